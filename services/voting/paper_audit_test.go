package voting_test

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// audited poll: so many owners, of whom each votes on paper, the first so many for yes.
func paperPoll(t tester, voters, ayes int, change func(r *communityv1.PollRules)) (*world, string, []*ballot.Paper) {
	t.Helper()
	w := newWorld(t).staffed()
	for i := range voters {
		n := fmt.Sprint("voter ", i)
		w.admit(n)
		w.unit("flat of "+n, n, 100_00)
	}
	r := onPaper(communityv1.Electorate_ELECTORATE_OWNERS)
	if change != nil {
		change(r)
	}
	p := w.motion("roof", r, question)
	w.open(p)
	var sheets []*ballot.Paper
	for i := range voters {
		n := fmt.Sprint("voter ", i)
		s := w.issued(p, n, n)
		options := no
		if i < ayes {
			options = yes
		}
		w.twice(s, options)
		sheets = append(sheets, s)
	}
	return w, p, sheets
}

func TestSamplesRefused(t *testing.T) {
	t.Parallel()
	draw := func(block func(w *world) []byte) func(w *world, p string) error {
		return func(w *world, p string) error {
			return w.send("voting.draw_samples", &votingv1.DrawSamples{Poll: p, Block: block(w)}, "voter 0")
		}
	}
	other := func(change func(h *chain.Header), key ed25519.PrivateKey) func(w *world, p string) error {
		return draw(func(w *world) []byte {
			h := chain.Header{Genesis: chain.Hash{1}, First: w.tallied(), Count: 1}
			if change != nil {
				change(&h)
			}
			s := chain.Seal(h, key)
			return s.Encode()
		})
	}
	sequencer := device("sequencer")
	for name, c := range map[string]struct {
		when func(w *world, p string) error
		want string
	}{
		"the tally's block":       {draw(func(w *world) []byte { return w.header(w.tallied(), 1) }), ""},
		"with others before":      {draw(func(w *world) []byte { return w.header(w.tallied()-3, 4) }), ""},
		"with others after":       {draw(func(w *world) []byte { return w.header(w.tallied(), 9) }), ""},
		"the block before":        {draw(func(w *world) []byte { return w.header(w.tallied()-3, 3) }), "sample.block"},
		"the block after":         {draw(func(w *world) []byte { return w.header(w.tallied()+1, 3) }), "sample.block"},
		"signed by somebody else": {other(nil, device("ann")), "sample.block"},
		"of another signature": {draw(func(w *world) []byte {
			b := w.header(w.tallied(), 1)
			b[len(b)-1] ^= 1
			return b
		}), "sample.block"},
		"no block":          {draw(func(*world) []byte { return nil }), "sample.block"},
		"at the end of all": {other(func(h *chain.Header) { h.First = 1<<64 - 1 }, sequencer), "sample.block"},
		"no such poll": {func(w *world, _ string) error {
			return w.send("voting.draw_samples", &votingv1.DrawSamples{Poll: id("other")}, "voter 0")
		}, "poll.unknown"},
		"again":                 {func(w *world, p string) error { w.must(w.drawSamples(p)); return w.drawSamples(p) }, "sample.drawn"},
		"after the certificate": {func(w *world, p string) error { w.wait(200_000); return w.drawSamples(p) }, "certificate.issued"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p, _ := paperPoll(t, 2, 2, nil)
			w.count(p)
			if got := code(c.when(w, p)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	w, p := papered(t, "ann")
	w.must(w.vote(p, "ann", yes))
	if got := code(w.send("voting.draw_samples", &votingv1.DrawSamples{Poll: p}, "ann")); got != "tally.missing" {
		t.Errorf("before the tally: %q", got)
	}
	w.count(p)
	if got := code(w.drawSamples(p)); got != "sample.none" {
		t.Errorf("nothing to draw from: %q", got)
	}
}

// TestAuditOfHouseholds: of households it is not known how many one paper moves, so every paper is compared.
func TestAuditOfHouseholds(t *testing.T) {
	t.Parallel()
	w, p, _ := paperPoll(t, 10, 9, func(r *communityv1.PollRules) {
		r.Requirements = []*communityv1.Requirement{{
			Measure: byHouseholds, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_PARTICIPANTS, Numerator: 1, Denominator: 2, Strict: true,
		}}
	})
	w.count(p)
	w.must(w.drawSamples(p))
	if s := w.sample(p); s.Papers != 10 || s.WrongMin != 1 || len(s.Compared) != 10 {
		t.Errorf("sample %+v", s)
	}
}

// TestAuditConfirmed: the sample is as large as the risk limit asks, and when all of it agrees the certificate says so.
func TestAuditConfirmed(t *testing.T) {
	t.Parallel()
	// Of 10 papers 9 say yes: 8 heads are between the sides, a wrong paper moves each side by one, so 3 must be wrong. That fewer than
	// that many drawn miss all 3 has a chance of C(7,n)/C(10,n): 1/12 for five, 1/30 for six.
	w, p, _ := paperPoll(t, 10, 9, nil)
	w.count(p)
	w.must(w.drawSamples(p))
	s := w.sample(p)
	if s.Papers != 10 || s.WrongMin != 3 || len(s.Compared) != 6 || len(s.CallBacks) != 10 || !slices.IsSorted(s.Compared) {
		t.Fatalf("sample %+v", s)
	}
	for i := range 10 {
		n := fmt.Sprint("voter ", i)
		want := ""
		if !slices.Contains(s.Compared, id(n)) {
			want = "sample.outside"
		}
		if got := code(w.compare(p, n, false)); got != want {
			t.Errorf("%s: got %q, want %q", n, got, want)
		}
	}
	for i, a := range []votingv1.Answer{1, 2, 3} {
		w.must(w.send("voting.record_call_back", &votingv1.RecordCallBack{Poll: p, Voter: id(fmt.Sprint("voter ", i)), Answer: a}, auditor))
	}
	got := w.certified(p).GetPaperAudit()
	want := &votingv1.PaperAudit{
		Verdict: votingv1.PaperVerdict_PAPER_VERDICT_CONFIRMED, RiskLimitPermille: 50, Papers: 10, WrongMin: 3, Sampled: 6, Compared: 6,
		CallBacks: 10, Confirmed: 1, Denied: 1, Unreached: 1,
	}
	if !proto.Equal(got, want) {
		t.Errorf("certificate says %v", got)
	}
	w.honest(t)
}

// TestAuditOutcomes: one that differs has all compared; what is not compared in time, or was not drawn, is a finding.
func TestAuditOutcomes(t *testing.T) {
	t.Parallel()
	all := func(differ int) func(w *world, p string) {
		return func(w *world, p string) {
			w.must(w.drawSamples(p))
			for _, m := range w.sample(p).Compared[:1] {
				w.must(w.compareMember(p, m, true))
			}
			left := differ - 1
			for i := range 10 {
				if got := code(w.compare(p, fmt.Sprint("voter ", i), left > 0)); got == "" {
					left--
				} else if got != "audit.compared" {
					w.t.Fatalf("refused: %s", got)
				}
			}
		}
	}
	for name, c := range map[string]struct {
		ayes int
		when func(w *world, p string)
		want votingv1.PaperVerdict
	}{
		"nobody drew":     {9, func(*world, string) {}, votingv1.PaperVerdict_PAPER_VERDICT_UNFINISHED},
		"nobody compared": {9, func(w *world, p string) { w.must(w.drawSamples(p)) }, votingv1.PaperVerdict_PAPER_VERDICT_UNFINISHED},
		"one short": {9, func(w *world, p string) {
			w.must(w.drawSamples(p))
			for _, m := range w.sample(p).Compared[1:] {
				w.must(w.compareMember(p, m, false))
			}
		}, votingv1.PaperVerdict_PAPER_VERDICT_UNFINISHED},
		"the sample only, and one differs": {9, func(w *world, p string) {
			w.must(w.drawSamples(p))
			for i, m := range w.sample(p).Compared {
				w.must(w.compareMember(p, m, i == 0))
			}
		}, votingv1.PaperVerdict_PAPER_VERDICT_UNFINISHED},
		"two of all differ":   {9, all(2), votingv1.PaperVerdict_PAPER_VERDICT_RECOUNTED},
		"three of all differ": {9, all(3), votingv1.PaperVerdict_PAPER_VERDICT_DOUBTFUL},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p, _ := paperPoll(t, 10, c.ayes, nil)
			w.count(p)
			c.when(w, p)
			got := w.certified(p)
			doubtful := c.want == votingv1.PaperVerdict_PAPER_VERDICT_DOUBTFUL
			if got.GetPaperAudit().GetVerdict() != c.want || got.GetAdopted() == doubtful {
				t.Errorf("certificate %v", got)
			}
			w.honest(t)
		})
	}
}

func (w *world) compareMember(p, member string, differs bool) error {
	return w.send("voting.compare_ballot", &votingv1.CompareBallot{Poll: p, Voter: member, Differs: differs}, auditor)
}

// TestAuditNotNeeded: where no number of wrong papers would give another result, none are compared.
func TestAuditNotNeeded(t *testing.T) {
	t.Parallel()
	w := newWorld(t).staffed()
	for i := range 9 {
		n := fmt.Sprint("voter ", i)
		w.admit(n)
		w.unit("flat of "+n, n, 1)
	}
	p := w.motion("roof", onPaper(communityv1.Electorate_ELECTORATE_OWNERS), question)
	w.open(p)
	for i := range 8 {
		w.must(w.vote(p, fmt.Sprint("voter ", i), yes))
	}
	w.twice(w.issued(p, "voter 8", "1"), yes)
	w.count(p)
	w.must(w.drawSamples(p))
	if s := w.sample(p); s.WrongMin != 0 || len(s.Compared) != 0 || s.Papers != 1 {
		t.Errorf("sample %+v", s)
	}
	if got := w.certified(p).GetPaperAudit().GetVerdict(); got != votingv1.PaperVerdict_PAPER_VERDICT_NOT_NEEDED {
		t.Errorf("verdict %v", got)
	}
}

func TestChecksRefused(t *testing.T) {
	t.Parallel()
	answer := func(voter string, a votingv1.Answer, by string) func(w *world, p string) error {
		return func(w *world, p string) error {
			return w.send("voting.record_call_back", &votingv1.RecordCallBack{Poll: p, Voter: id(voter), Answer: a}, by)
		}
	}
	compare := func(voter, by string) func(w *world, p string) error {
		return func(w *world, p string) error {
			return w.send("voting.compare_ballot", &votingv1.CompareBallot{Poll: p, Voter: id(voter)}, by)
		}
	}
	did := func(when func(w *world, p string) error) func(w *world, p string) {
		return func(w *world, p string) { w.must(when(w, p)) }
	}
	role := func(name, org string) func(w *world, p string) {
		return func(w *world, _ string) { w.role(name, communityv1.Role_ROLE_AUDITOR, org) }
	}
	for name, c := range map[string]struct {
		given func(w *world, p string)
		when  func(w *world, p string) error
		want  string
	}{
		"compared by an officer":      {nil, compare("voter 0", outsider), "role.missing"},
		"by an auditor of the first":  {role(outsider, orgOne), compare("voter 0", outsider), "audit.auditor_refused"},
		"of the second":               {role(outsider, orgTwo), compare("voter 0", outsider), "audit.auditor_refused"},
		"by who entered it":           {role(worker, orgFour), compare("voter 0", worker), "audit.auditor_refused"},
		"by the voter":                {role("voter 0", orgFour), compare("voter 0", "voter 0"), "audit.auditor_refused"},
		"somebody's who did not vote": {nil, compare("bob", auditor), "sample.outside"},
		"twice":                       {did(compare("voter 0", auditor)), compare("voter 0", auditor), "audit.compared"},
		"called back by an officer":   {nil, answer("voter 0", 1, outsider), "role.missing"},
		"by who entered":              {role(worker, orgFour), answer("voter 0", 1, worker), "audit.auditor_refused"},
		"without an answer":           {nil, answer("voter 0", 0, auditor), "call_back.answer_missing"},
		"an answer of no kind":        {nil, answer("voter 0", 4, auditor), "call_back.answer_missing"},
		"who is not in the sample":    {nil, answer("bob", 1, auditor), "sample.outside"},
		"answered":                    {did(answer("voter 0", 2, auditor)), answer("voter 0", 1, auditor), "call_back.answered"},
		"not reached at first":        {did(answer("voter 0", 3, auditor)), answer("voter 0", 1, auditor), ""},
		"compared after the end":      {func(w *world, _ string) { w.wait(200_000) }, compare("voter 0", auditor), "certificate.issued"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p, _ := paperPoll(t, 2, 1, nil)
			w.admit("bob")
			w.count(p)
			if got := code(compare("voter 0", auditor)(w, p)); got != "sample.not_drawn" {
				t.Fatalf("before the sample: %q", got)
			}
			w.must(w.drawSamples(p))
			if c.given != nil {
				c.given(w, p)
			}
			if got := code(c.when(w, p)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestHelpersCalledBack: voters for whom a helper cast are called back too, whichever share of all.
func TestHelpersCalledBack(t *testing.T) {
	t.Parallel()
	w, p := papered(t, "ann", "bob", "sun")
	w.mandate("m", "ann", "sun", nil)
	w.must(w.voteFor(p, "ann", "sun", "m", yes))
	w.must(w.vote(p, "bob", yes))
	got := w.count(p)
	if c := got.GetChannels().GetChannels(); len(c) != 2 || c[1].GetChannel() != votingv1.Channel_CHANNEL_HELPER {
		t.Errorf("channels %v", c)
	}
	w.must(w.drawSamples(p))
	if s := w.sample(p); !slices.Equal(s.CallBacks, []string{id("ann")}) || len(s.Compared) != 0 {
		t.Errorf("sample %+v", s)
	}
	w.must(w.send("voting.record_call_back", &votingv1.RecordCallBack{Poll: p, Voter: id("ann"), Answer: 2}, auditor))
	if a := w.certified(p).GetPaperAudit(); a.GetDenied() != 1 || a.GetVerdict() != 0 || a.GetPapers() != 0 {
		t.Errorf("certificate says %v", a)
	}
}

// TestWrongMinNeverTooMany: no fewer papers than the sample assumes could have given another result.
func TestWrongMinNeverTooMany(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		voters := rapid.IntRange(1, 5).Draw(t, "voters")
		choices := rapid.SliceOfN(rapid.Uint32Range(0, 2), voters, voters).Draw(t, "choices")
		areas := rapid.SliceOfN(rapid.Int64Range(1, 4), voters, voters).Draw(t, "areas")
		on := rapid.SliceOfN(rapid.Bool(), voters, voters).Draw(t, "on paper")
		rules := drawRequirements(t)
		result := func(choices []uint32) (*world, string, votingv1.Result) {
			w := newWorld(t).staffed()
			for i, area := range areas {
				n := fmt.Sprint("voter ", i)
				w.admit(n)
				w.unit("flat of "+n, n, area)
			}
			p := w.motion("roof", rules, question)
			w.open(p)
			for i, c := range choices {
				n := fmt.Sprint("voter ", i)
				if on[i] {
					w.twice(w.issued(p, n, n), []uint32{c})
				} else {
					w.must(w.vote(p, n, []uint32{c}))
				}
			}
			return w, p, w.count(p).GetResult()
		}
		w, p, counted := result(choices)
		if !slices.Contains(on, true) {
			return
		}
		w.must(w.drawSamples(p))
		least := int(w.sample(p).WrongMin)
		wrong, truth := 0, slices.Clone(choices)
		for i := range truth {
			if on[i] && (least == 0 || wrong < least-1) {
				truth[i] = rapid.Uint32Range(0, 2).Draw(t, "really")
				if truth[i] != choices[i] {
					wrong++
				}
			}
		}
		if _, _, really := result(truth); really != counted {
			t.Fatalf("%d wrong papers give %v instead of %v; at least %d were said to be needed", wrong, counted, really, least)
		}
	})
}

// drawRequirements draws rules that know of paper, with requirements of every sort.
func drawRequirements(t *rapid.T) *communityv1.PollRules {
	r := onPaper(communityv1.Electorate_ELECTORATE_OWNERS)
	r.Requirements = nil
	for _, of := range []communityv1.Of{communityv1.Of_OF_PARTICIPANTS, communityv1.Of_OF_YES} {
		base := communityv1.Base_BASE_ALL
		if of == communityv1.Of_OF_YES {
			base = communityv1.Base(rapid.Int32Range(1, 3).Draw(t, "base"))
		}
		r.Requirements = append(r.Requirements, &communityv1.Requirement{
			Measure: communityv1.Measure(rapid.Int32Range(1, 2).Draw(t, "measure")), Of: of, Base: base,
			Numerator: rapid.Int64Range(1, 3).Draw(t, "numerator"), Denominator: 4, Strict: rapid.Bool().Draw(t, "strict"),
			Quorum: of == communityv1.Of_OF_PARTICIPANTS,
		})
	}
	return r
}
