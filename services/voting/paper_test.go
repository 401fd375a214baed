package voting_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

func TestPapersIssuedRefused(t *testing.T) {
	t.Parallel()
	good := func(w *world, p string) *votingv1.IssuePapers {
		return &votingv1.IssuePapers{Poll: p, Papers: []*votingv1.PaperSerial{serialOf(w.print(p, "ann", "1")), serialOf(w.print(p, "bob", "2"))}}
	}
	cases := map[string]struct {
		given func(w *world, p string)
		with  func(w *world, p string, b *votingv1.IssuePapers)
		by    string
		want  string
	}{
		"good":             {nil, nil, officer, ""},
		"by a grid worker": {nil, nil, worker, "role.missing"},
		"no such poll":     {nil, func(_ *world, _ string, b *votingv1.IssuePapers) { b.Poll = id("other") }, officer, "poll.unknown"},
		"closed":           {func(w *world, _ string) { w.now += 60_000 }, nil, officer, "ballot.closed"},
		"none":             {nil, func(_ *world, _ string, b *votingv1.IssuePapers) { b.Papers = nil }, officer, "paper.none"},
		"201": {nil, func(_ *world, _ string, b *votingv1.IssuePapers) {
			b.Papers = make([]*votingv1.PaperSerial, 201)
			for i := range b.Papers {
				b.Papers[i] = &votingv1.PaperSerial{}
			}
		}, officer, "paper.none"},
		"without a commitment": {nil, func(_ *world, _ string, b *votingv1.IssuePapers) { b.Papers[0].Commitment = nil }, officer,
			"paper.commitment_malformed"},
		"off the roll": {nil, func(_ *world, _ string, b *votingv1.IssuePapers) { b.Papers[0].Voter = id("dan") }, officer,
			"paper.voter_unlisted"},
		"two for one": {nil, func(w *world, p string, b *votingv1.IssuePapers) { b.Papers[1] = serialOf(w.print(p, "ann", "3")) }, officer,
			"paper.voter_twice"},
		"one serial twice": {nil, func(_ *world, _ string, b *votingv1.IssuePapers) { b.Papers[1].Commitment = b.Papers[0].Commitment }, officer,
			"paper.serial_taken"},
		"a serial again": {func(w *world, p string) { w.issued(p, "ann", "1") }, func(_ *world, _ string, b *votingv1.IssuePapers) {
			b.Papers[1].Commitment, b.Papers = b.Papers[0].Commitment, b.Papers[1:]
		}, officer, "paper.serial_taken"},
		"a second sheet": {func(w *world, p string) { w.issued(p, "ann", "0") }, nil, officer, ""},
		"a sixth": {func(w *world, p string) {
			for _, word := range []string{"a", "b", "c", "d", "e"} {
				w.issued(p, "ann", word)
			}
		}, nil, officer, "paper.too_many"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := papered(t, "ann", "bob")
			w.admit("dan")
			if c.given != nil {
				c.given(w, p)
			}
			body := good(w, p)
			if c.with != nil {
				c.with(w, p, body)
			}
			if got := code(w.send("voting.issue_papers", body, c.by)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestPapersWithoutRules: where the rules do not know of paper, nothing is issued and no station named, and ballots say nothing of
// channels.
func TestPapersWithoutRules(t *testing.T) {
	t.Parallel()
	w, p := opened(t, "ann")
	w.staffed()
	if got := code(w.issue(w.print(p, "ann", "1"))); got != "paper.not_allowed" {
		t.Errorf("issued: %q", got)
	}
	body := &votingv1.CastBallot{Poll: p, Voter: id("ann"), Box: w.seal(p, "ann", nil), Station: votingv1.Channel_CHANNEL_KIOSK}
	if got := code(w.send("voting.cast", body, "ann", officer)); got != "ballot.station" {
		t.Errorf("at a kiosk: %q", got)
	}
	w.must(w.vote(p, "ann", yes, officer))
	if cast := w.events(poll.BallotPath(p, id("ann")))[0].(*votingv1.BallotCast); cast.GetChannel() != 0 {
		t.Errorf("cast %v", cast)
	}
	if got := w.count(p); got.GetChannels() != nil {
		t.Errorf("tally %v", got)
	}
	if c := w.certified(p); c.GetPaperAudit() != nil {
		t.Errorf("certificate %v", c)
	}
	w.honest(t)
	unopened := newWorld(t).staffed()
	q := unopened.motion("roof", onPaper(communityv1.Electorate_ELECTORATE_OWNERS), question)
	if got := code(unopened.issue(unopened.print(q, "ann", "1"))); got != "poll.not_open" {
		t.Errorf("before the opening: %q", got)
	}
}

// entryCase is one refusal of a first or a further entry.
type entryCase struct {
	given func(w *world, p string)
	with  func(w *world, b *votingv1.EnterPaper)
	by    string
	want  string
}

func TestPaperEnteredRefused(t *testing.T) {
	t.Parallel()
	cases := map[string]entryCase{
		"good":              {nil, nil, officer, ""},
		"by a resident":     {nil, nil, "bob", "role.missing"},
		"by its voter":      {func(w *world, _ string) { w.role("ann", communityv1.Role_ROLE_OFFICER, orgOne) }, nil, "ann", "paper.own"},
		"no such poll":      {nil, func(_ *world, b *votingv1.EnterPaper) { b.Poll = id("other") }, officer, "poll.unknown"},
		"closed":            {func(w *world, _ string) { w.now += 60_000 }, nil, officer, "ballot.closed"},
		"off the roll":      {nil, func(_ *world, b *votingv1.EnterPaper) { b.Voter = id("dan") }, officer, "paper.voter_unlisted"},
		"another voter's":   {nil, func(_ *world, b *votingv1.EnterPaper) { b.Voter = id("bob") }, officer, "paper.unknown"},
		"another sheet":     {nil, func(_ *world, b *votingv1.EnterPaper) { b.Paper = id("other") }, officer, "paper.unknown"},
		"the wrong code":    {nil, func(_ *world, b *votingv1.EnterPaper) { b.Proof = fixedKey(1) }, officer, "paper.serial_wrong"},
		"no code":           {nil, func(_ *world, b *votingv1.EnterPaper) { b.Proof = nil }, officer, "paper.serial_wrong"},
		"no mark":           {nil, func(_ *world, b *votingv1.EnterPaper) { b.SealedMark = nil }, officer, "paper.mark_malformed"},
		"no box":            {nil, func(_ *world, b *votingv1.EnterPaper) { b.Box = nil }, officer, "ballot.box_size"},
		"without a picture": {nil, func(_ *world, b *votingv1.EnterPaper) { b.Evidence = nil }, officer, "paper.evidence_missing"},
		"a picture without commitment": {nil, func(_ *world, b *votingv1.EnterPaper) {
			b.Evidence = changed(b.GetEvidence(), func(e *communityv1.Text) { e.Commitment = nil })
		}, officer, "paper.evidence_missing"},
		"voided": {func(w *world, p string) {
			s := w.print(p, "ann", "1")
			w.must(w.send("voting.void_paper", &votingv1.VoidPaper{Poll: p, Voter: s.Voter, Paper: paperID(s)}, officer))
		}, nil, officer, "paper.voided"},
		"entered before": {func(w *world, p string) { w.must(w.enter(w.print(p, "ann", "1"), worker, yes)) }, nil, officer, "paper.entered"},
		"twice by one": {func(w *world, p string) { w.must(w.enter(w.print(p, "ann", "1"), officer, yes)) }, nil, officer,
			"paper.same_operator"},
		"to the end": {func(w *world, p string) { w.twice(w.print(p, "ann", "1"), yes) }, nil, third, "paper.used"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := papered(t, "ann", "bob")
			w.admit("dan")
			s := w.issued(p, "ann", "1")
			if c.given != nil {
				c.given(w, p)
			}
			body := w.entered(s, c.by, yes)
			if c.with != nil {
				c.with(w, body)
			}
			if got := code(w.send("voting.enter_paper", body, c.by)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestPaperReenteredRefused(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		given func(w *world, p string)
		with  func(w *world, b *votingv1.ReenterPaper)
		by    string
		n     int
		want  string
	}{
		"good": {nil, nil, worker, 2, ""},
		"not entered yet": {func(w *world, p string) { w.issued(p, "bob", "2") }, func(w *world, b *votingv1.ReenterPaper) {
			s := w.print(b.GetPoll(), "bob", "2")
			proto.Reset(b)
			proto.Merge(b, w.reentered(s, 1, yes))
		}, worker, 2, "paper.not_entered"},
		"by the first": {nil, nil, officer, 2, "paper.same_operator"},
		"by the same office": {func(w *world, _ string) { w.role(holderOne, communityv1.Role_ROLE_OFFICER, orgOne) }, nil, holderOne, 2,
			"paper.same_organisation"},
		"the first's proof": {nil, func(w *world, b *votingv1.ReenterPaper) {
			proof := w.print(b.GetPoll(), "ann", "1").Proof(1)
			b.Proof = proof[:]
		}, worker, 2, "paper.serial_wrong"},
		"the third's proof": {nil, nil, worker, 3, "paper.serial_wrong"},
		"no mark":           {nil, func(_ *world, b *votingv1.ReenterPaper) { b.Mark = nil }, worker, 2, "paper.mark_malformed"},
		"no picture":        {nil, func(_ *world, b *votingv1.ReenterPaper) { b.Evidence = nil }, worker, 2, "paper.evidence_missing"},
		"the first's box": {nil, func(w *world, b *votingv1.ReenterPaper) {
			for _, c := range w.commits {
				for _, ch := range c.Changes {
					for _, e := range ch.Events {
						if m, err := decider.DecodeEvent(e); err == nil {
							if first, ok := m.(*votingv1.PaperEntered); ok {
								b.Box = first.GetBox()
							}
						}
					}
				}
			}
		}, worker, 2, "paper.box_copied"},
		"a third of neither": {func(w *world, p string) { w.must(w.reenter(w.print(p, "ann", "1"), worker, 2, no)) }, nil, outsider, 3,
			"paper.third_organisation"},
		"a third of one": {func(w *world, p string) { w.must(w.reenter(w.print(p, "ann", "1"), worker, 2, no)) }, nil, third, 3, ""},
		"a third who was second": {func(w *world, p string) { w.must(w.reenter(w.print(p, "ann", "1"), worker, 2, no)) }, nil, worker, 3,
			"paper.same_operator"},
		"a fourth": {func(w *world, p string) {
			w.must(w.reenter(w.print(p, "ann", "1"), worker, 2, no))
			w.must(w.reenter(w.print(p, "ann", "1"), third, 3, []uint32{2}))
		}, nil, holderTwo, 3, "role.missing"},
		"after three": {func(w *world, p string) {
			w.must(w.reenter(w.print(p, "ann", "1"), worker, 2, no))
			w.must(w.reenter(w.print(p, "ann", "1"), third, 3, []uint32{2}))
		}, nil, outsider, 3, "paper.used"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := papered(t, "ann", "bob")
			s := w.issued(p, "ann", "1")
			w.must(w.enter(s, officer, yes))
			if c.given != nil {
				c.given(w, p)
			}
			body := w.reentered(s, c.n, yes)
			if c.with != nil {
				c.with(w, body)
			}
			if got := code(w.send("voting.reenter_paper", body, c.by)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestConvenerEntersNone: whoever called the poll enters no paper in it.
func TestConvenerEntersNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &communityv1.Matter{
		Code: "roof", Poll: onPaper(communityv1.Electorate_ELECTORATE_OWNERS), DirectConvener: id(orgOne),
	}).staffed()
	w.admit("ann")
	w.unit("flat", "ann", 100)
	s := w.issued(w.direct(worker), "ann", "1")
	if got := code(w.enter(s, worker, yes)); got != "paper.convener_refused" {
		t.Errorf("got %q", got)
	}
}

// TestPaperCast: two that agree cast the ballot in the commit of the second, and what is counted is what stood on the sheet.
func TestPaperCast(t *testing.T) {
	t.Parallel()
	w, p := papered(t, "ann", "bob")
	s := w.issued(p, "ann", "1")
	w.must(w.enter(s, worker, no)) // a grid worker may be first as well
	if w.state.Version(poll.BallotPath(p, s.Voter)) != 0 {
		t.Fatal("one entry casts")
	}
	w.must(w.reenter(s, officer, 2, no))
	cast := w.events(poll.BallotPath(p, s.Voter))[0].(*votingv1.BallotCast)
	wantCast := &votingv1.BallotCast{Box: cast.GetBox(), InPerson: true, Channel: votingv1.Channel_CHANNEL_PAPER, Paper: 1, Twin: 1}
	if !proto.Equal(cast, wantCast) {
		t.Errorf("cast %v", cast)
	}
	if c := w.commits[len(w.commits)-1]; c.Actor != id(officer) || c.Author != chain.AuthorDevice {
		t.Errorf("acted by %s", c.Actor)
	}
	got := w.count(p)
	want := &votingv1.ChannelReport{
		Channels:            []*votingv1.ChannelShare{{Channel: votingv1.Channel_CHANNEL_PAPER, Ballots: 1, Heads: 1, AreaCentiM2: 100_00}},
		StandsWithoutPapers: false, PapersIssued: 1,
		OperatorsOver: got.GetChannels().GetOperatorsOver(),
	}
	over := len(want.GetOperatorsOver())
	if !proto.Equal(got.GetChannels(), want) || got.GetTotals()[1].GetHeads() != 1 || got.GetInPerson() != 1 || over != 2 {
		t.Errorf("tally %v", got)
	}
	w.honest(t)
}

// TestPaperDisputed: two that differ cast nothing and are a finding; a third decides, by the first's word, the second's, or neither's.
func TestPaperDisputed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		third     []uint32
		agreement votingv1.Agreement
		twin      uint32
	}{
		"the first was right":  {yes, votingv1.Agreement_AGREEMENT_CAST, 1},
		"the second was right": {no, votingv1.Agreement_AGREEMENT_CAST, 2},
		"neither was":          {[]uint32{2}, votingv1.Agreement_AGREEMENT_UNRESOLVED, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := papered(t, "ann")
			s := w.issued(p, "ann", "1")
			w.must(w.enter(s, officer, yes))
			w.must(w.reenter(s, worker, 2, no))
			if got := w.sheet(s).Agreement; got != votingv1.Agreement_AGREEMENT_DISPUTED {
				t.Fatalf("after two: %v", got)
			}
			if w.state.Version(poll.BallotPath(p, s.Voter)) != 0 {
				t.Fatal("a dispute casts")
			}
			w.must(w.reenter(s, third, 3, c.third))
			if got := w.sheet(s).Agreement; got != c.agreement {
				t.Errorf("after three: %v", got)
			}
			got := w.count(p)
			if c.twin == 0 {
				if got.GetBallots() != 0 || got.GetChannels().GetPapersUnresolved() != 1 {
					t.Errorf("tally %v", got)
				}
				return
			}
			if got.GetBallots() != 1 || got.GetInvalid() != 0 || got.GetTotals()[c.third[0]].GetHeads() != 1 {
				t.Errorf("tally %v", got)
			}
			w.honest(t)
		})
	}
}

// TestPaperBoxesUnequal: an operator who seals something else than they said makes the ballot invalid, for everybody to see.
func TestPaperBoxesUnequal(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(w *world, p string) []byte{
		"another choice": func(w *world, p string) []byte { return w.boxOf(w.print(p, "ann", "1"), no) },
		"another voter":  func(w *world, p string) []byte { return w.boxOf(w.print(p, "bob", "1"), yes) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := papered(t, "ann", "bob")
			s := w.issued(p, "ann", "1")
			w.must(w.send("voting.enter_paper", changed(w.entered(s, officer, yes), func(b *votingv1.EnterPaper) { b.Box = forge(w, p) }), officer))
			w.must(w.reenter(s, worker, 2, yes))
			got := w.count(p)
			if got.GetInvalid() != 1 || got.GetInvalidBallots().GetUnequal() != 1 || got.GetInvalidBallots().GetOutsideRules() != 0 ||
				got.GetTotals()[0].GetHeads() != 0 {
				t.Errorf("tally %v", got)
			}
		})
	}
}
