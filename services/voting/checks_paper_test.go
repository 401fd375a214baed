package voting_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Who holds an office for nobody, and a third person of the first organisation.
const (
	unattached = "unattached"
	second     = "second officer"
)

// holdsFor gives a role for no organisation.
func (w *world) holdsFor(name string, r communityv1.Role) {
	w.fact("community", decider.On("member/"+id(name), &communityv1.RoleGranted{Role: r}))
}

// TestVoidRefused: what is voided, used or not there is not voided again.
func TestVoidRefused(t *testing.T) {
	t.Parallel()
	w, p := papered(t, "ann", "bob")
	s, used := w.issued(p, "ann", "1"), w.issued(p, "bob", "2")
	w.twice(used, yes)
	void := func(s *ballot.Paper) error {
		return w.send("voting.void_paper", &votingv1.VoidPaper{Poll: p, Voter: s.Voter, Paper: paperID(s)}, officer)
	}
	for name, tt := range map[string]struct {
		sheet *ballot.Paper
		want  string
	}{
		"never issued":         {w.print(p, "ann", "3"), "paper.unknown"},
		"of who never had one": {w.print(p, "cat", "3"), "paper.unknown"},
		"entered to the end":   {used, "paper.used"},
	} {
		if got := code(void(tt.sheet)); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	w.must(void(s))
	if got := code(void(s)); got != "paper.voided" {
		t.Errorf("voided: %q", got)
	}
}

// TestThirdOfTheFirst: where two differ, a third of the first one's organisation decides as well as one of the second's.
func TestThirdOfTheFirst(t *testing.T) {
	t.Parallel()
	w, p := papered(t, "ann")
	w.admit(second)
	w.role(second, communityv1.Role_ROLE_OFFICER, orgOne)
	s := w.issued(p, "ann", "1")
	w.must(w.enter(s, officer, yes))
	w.must(w.reenter(s, worker, 2, no))
	if got := code(w.reenter(s, outsider, 3, yes)); got != "paper.third_organisation" {
		t.Errorf("of neither: %q", got)
	}
	w.must(w.reenter(s, second, 3, yes))
	if got := w.sheet(s).Agreement; got != votingv1.Agreement_AGREEMENT_CAST {
		t.Errorf("after three: %v", got)
	}
}

// TestProofsAreHashes: a sheet whose serial follows from something else than a proof is entered by nobody, least of all where it follows
// from nothing, which needs no reading.
func TestProofsAreHashes(t *testing.T) {
	t.Parallel()
	for length, want := range map[int]string{sha256.Size: "", 0: "paper.serial_wrong"} {
		w, p := papered(t, "ann")
		proof := []byte(strings.Repeat("x", length))
		commitment := ballot.StepProof(proof)
		issue := &votingv1.IssuePapers{Poll: p, Papers: []*votingv1.PaperSerial{{Voter: id("ann"), Commitment: commitment[:]}}}
		w.must(w.send("voting.issue_papers", issue, officer))
		entry := changed(w.entered(w.print(p, "ann", "1"), officer, yes), func(b *votingv1.EnterPaper) {
			b.Paper, b.Proof = ballot.PaperID(commitment[:]), proof
		})
		if got := code(w.send("voting.enter_paper", entry, officer)); got != want {
			t.Errorf("of %d bytes: %q, want %q", length, got, want)
		}
	}
}

// TestOfficeOfNobody: who holds an office for no organisation neither enters nor audits anything: there is nobody whom they would be
// independent of.
func TestOfficeOfNobody(t *testing.T) {
	t.Parallel()
	w, p := papered(t, "ann", "bob")
	w.admit(unattached)
	w.holdsFor(unattached, communityv1.Role_ROLE_OFFICER)
	w.holdsFor(unattached, communityv1.Role_ROLE_AUDITOR)
	s := w.issued(p, "ann", "1")
	if got := code(w.enter(s, unattached, yes)); got != "paper.operator_refused" {
		t.Errorf("enters: %q", got)
	}
	w.twice(s, yes)
	w.count(p)
	w.must(w.drawSamples(p))
	compare := &votingv1.CompareBallot{Poll: p, Voter: id("ann")}
	if got := code(w.send("voting.compare_ballot", compare, unattached)); got != "audit.auditor_refused" {
		t.Errorf("compares: %q", got)
	}
	if got := code(w.callBack(p, id("ann"), unattached)); got != "audit.auditor_refused" {
		t.Errorf("calls back: %q", got)
	}
}

func (w *world) callBack(p, member, by string) error {
	return w.send("voting.record_call_back", &votingv1.RecordCallBack{
		Poll: p, Voter: member, Answer: votingv1.Answer_ANSWER_CONFIRMED,
	}, by)
}

// TestSamplesOfNothing: where there is no paper, or no poll behind a tally, nothing is drawn, called back or compared.
func TestSamplesOfNothing(t *testing.T) {
	t.Parallel()
	w, p := opened(t, "ann")
	w.staffed()
	w.must(w.vote(p, "ann", yes))
	w.count(p)
	if got := code(w.drawSamples(p)); got != "sample.none" {
		t.Errorf("rules without paper: %q", got)
	}
	if got := code(w.callBack(p, id("ann"), auditor)); got != "sample.not_drawn" {
		t.Errorf("a call without a sample: %q", got)
	}
	if got := code(w.callBack(id("none"), id("ann"), auditor)); got != "poll.unknown" {
		t.Errorf("a call about no poll: %q", got)
	}
	w.on(id("none"), &votingv1.TallyRecorded{Tally: &votingv1.Tally{}})
	if got := code(w.drawSamples(id("none"))); got != "sample.none" {
		t.Errorf("a tally of no poll: %q", got)
	}
}

// TestOutsideTheSample: only whose ballot came on paper is compared, whatever the sample says, and only who voted is called back.
func TestOutsideTheSample(t *testing.T) {
	t.Parallel()
	w, p := papered(t, "ann", "bob", "cat", "dan")
	w.twice(w.issued(p, "ann", "1"), yes)
	w.twice(w.issued(p, "bob", "2"), yes)
	w.must(w.vote(p, "cat", yes))
	w.count(p)
	sample := func(s *votingv1.SamplesDrawn) { w.fact("voting", decider.On("poll/"+p+"/sample/main", s)) }
	sample(&votingv1.SamplesDrawn{CallBacks: []string{id("dan")}, Compared: []string{id("ann")}, Papers: 2, WrongMin: 1})
	if got := code(w.callBack(p, id("dan"), auditor)); got != "audit.auditor_refused" {
		t.Errorf("a call to who did not vote: %q", got)
	}
	if got := code(w.compare(p, "bob", false)); got != "sample.outside" {
		t.Errorf("a paper that was not drawn: %q", got)
	}
	w.must(w.compare(p, "ann", true)) // so that all are to be compared
	for name, want := range map[string]string{"bob": "", "cat": "sample.outside", "dan": "sample.outside"} {
		if got := code(w.compare(p, name, false)); got != want {
			t.Errorf("%s, once all are compared: %q, want %q", name, got, want)
		}
	}
}

// TestCallBackOfTheHelped: who had a sheet, and whose helper cast instead, is called back about the helper's ballot.
func TestCallBackOfTheHelped(t *testing.T) {
	t.Parallel()
	w := newWorld(t).staffed()
	w.admit("ann", "bob", "sun")
	w.unit("ann's", "ann", 100_00)
	w.unit("bob's", "bob", 100_00)
	w.mandate("m", "ann", "sun", nil)
	p := w.motion("roof", onPaper(communityv1.Electorate_ELECTORATE_OWNERS), question)
	w.open(p)
	w.issued(p, "ann", "1")
	w.must(w.voteFor(p, "ann", "sun", "m", yes))
	w.twice(w.issued(p, "bob", "2"), yes)
	w.count(p)
	w.must(w.drawSamples(p))
	w.must(w.callBack(p, id("ann"), auditor))
}

// TestAuditOfNothing: a certificate speaks of an audit only where papers were to be audited, and looks for one only where the rules know of
// paper.
func TestAuditOfNothing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change  func(r *communityv1.PollRules)
		onPaper bool
		audit   bool
		looks   bool // the certificate rests on whether a sample was drawn
	}{
		"papers to audit":   {func(*communityv1.PollRules) {}, true, true, true},
		"no paper":          {func(*communityv1.PollRules) {}, false, false, true},
		"no limit of risk":  {func(r *communityv1.PollRules) { r.Paper.RiskLimitPermille, r.Paper.AuditSeconds = 0, 0 }, true, false, true},
		"none of the rules": {func(r *communityv1.PollRules) { r.Paper = nil }, false, false, false},
	} {
		rules := onPaper(communityv1.Electorate_ELECTORATE_OWNERS)
		tt.change(rules)
		w := newWorld(t).staffed()
		w.admit("ann")
		w.unit("flat", "ann", 1)
		p := w.motion("roof", rules, question)
		w.open(p)
		if tt.onPaper {
			w.twice(w.issued(p, "ann", "1"), yes)
		} else {
			w.must(w.vote(p, "ann", yes))
		}
		w.count(p)
		if got := w.certified(p).GetPaperAudit(); (got != nil) != tt.audit {
			t.Errorf("%s: audit %v", name, got)
		}
		looks := false
		for _, r := range w.lastCommit().Reads {
			looks = looks || strings.Contains(r.Key, "/sample/")
		}
		if looks != tt.looks {
			t.Errorf("%s: it is looked at whether a sample was drawn: %v", name, looks)
		}
	}
}

// TestCountedBoxUnopened: a paper whose counted box does not open is one that does not open, whatever the other operator's holds.
func TestCountedBoxUnopened(t *testing.T) {
	t.Parallel()
	w, p := papered(t, "ann")
	s := w.issued(p, "ann", "1")
	w.must(w.enter(s, officer, yes))
	body := changed(w.reentered(s, 2, yes), func(b *votingv1.ReenterPaper) { b.Box = make([]byte, ballot.BytesMin) })
	w.must(w.send("voting.reenter_paper", body, worker))
	got := w.count(p).GetInvalidBallots()
	if got.GetUnopened() != 1 || got.GetUnequal() != 0 {
		t.Errorf("invalid ballots %v", got)
	}
}

// TestEveryPaperIssued: a command issues as many as two hundred.
func TestEveryPaperIssued(t *testing.T) {
	t.Parallel()
	w, p := papered(t, "ann")
	for n, want := range map[int]string{200: "paper.voter_unlisted", 201: "paper.none"} {
		body := &votingv1.IssuePapers{Poll: p}
		for i := range n {
			body.Papers = append(body.Papers, serialOf(w.print(p, fmt.Sprint("stranger ", i), "1")))
		}
		if got := code(w.send("voting.issue_papers", body, officer)); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
