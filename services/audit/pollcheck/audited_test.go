package pollcheck

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// TestWrongLeast: how many papers must be wrong for another result. All of them weigh one head; of the ten on the roll all take part.
func TestWrongLeast(t *testing.T) {
	t.Parallel()
	strict, plain := asksYes(inHeads, ofAll, 1, 2, true), asksYes(inHeads, ofAll, 1, 2, false)
	const totals, passFail = communityv1.Secrecy_SECRECY_TOTALS, communityv1.Secrecy_SECRECY_PASS_FAIL
	papers := []string{"a", "b", "c", "d"}
	for name, tt := range map[string]struct {
		q       *communityv1.Requirement
		papers  []string
		method  communityv1.Method
		secrecy communityv1.Secrecy
		told    communityv1.Secrecy
		want    uint32
	}{
		"8 of 10, more than half":      {strict, papers, communityv1.Method_METHOD_YES_NO, 0, 0, 3}, // 16 is 6 too many, and each moves it by 2
		"8 of 10, half":                {plain, papers, communityv1.Method_METHOD_YES_NO, 0, 0, 4},  // 16 is 7 too many
		"too few papers":               {strict, papers[:2], communityv1.Method_METHOD_YES_NO, 0, 0, 0},
		"no papers":                    {strict, nil, communityv1.Method_METHOD_YES_NO, 0, 0, 0},
		"of those who take part":       {asksYes(inHeads, ofWhom, 1, 2, true), papers, communityv1.Method_METHOD_YES_NO, 0, 0, 2},
		"a choice":                     {strict, papers, communityv1.Method_METHOD_SINGLE, 0, 0, 1},
		"a choice without papers":      {strict, nil, communityv1.Method_METHOD_SINGLE, 0, 0, 0},
		"in secret, all told":          {strict, papers, communityv1.Method_METHOD_YES_NO, totals, totals, 3},
		"in secret, hidden":            {strict, papers, communityv1.Method_METHOD_YES_NO, passFail, passFail, 1},
		"in secret, hidden, no papers": {strict, nil, communityv1.Method_METHOD_YES_NO, passFail, passFail, 0},
		"as asked, eight of ten":       {asksYes(inHeads, ofAll, 4, 5, false), papers, communityv1.Method_METHOD_YES_NO, 0, 0, 1},
		"it has failed":                {asksYes(inHeads, ofAll, 9, 10, false), papers, communityv1.Method_METHOD_YES_NO, 0, 0, 1},
	} {
		c := ofTen(tt.q)
		c.rules.Method, c.rules.Secrecy.Secrecy = tt.method, tt.secrecy
		c.weights = map[string]weight{}
		for _, id := range papers {
			c.weights[id] = weight{heads: 1}
		}
		c.tallied = &said{body: &votingv1.TallyRecorded{Tally: &votingv1.Tally{
			ParticipantsHeads: 10, Totals: []*votingv1.OptionTotal{{Heads: 8}, {}, {}}, Secret: &votingv1.SecretReport{Secrecy: tt.told},
		}}}
		if got := c.wrongLeast(tt.papers); got != tt.want {
			t.Errorf("%s: %d", name, got)
		}
	}
	if n := sampleLeast(2, 1, 500); n != 1 {
		t.Errorf("%d of two are drawn, where one misses half of the wrong ones", n)
	}
}

// TestAudit: what an audit of papers comes to.
func TestAudit(t *testing.T) {
	t.Parallel()
	two := sampling{papers: []string{"a", "b"}, wrong: 1}
	sample := &votingv1.SamplesDrawn{Compared: []string{"a"}, CallBacks: []string{"b", "c"}}
	const unfinished, confirmed = votingv1.PaperVerdict_PAPER_VERDICT_UNFINISHED, votingv1.PaperVerdict_PAPER_VERDICT_CONFIRMED
	for name, tt := range map[string]struct {
		paper *communityv1.PaperRules
		s     sampling
		drawn bool
		want  *votingv1.PaperAudit
	}{
		"no paper":              {nil, two, false, nil},
		"no paper, and samples": {nil, two, true, nil},
		"nothing is asked for":  {&communityv1.PaperRules{}, two, false, nil},
		"there was none":        {&communityv1.PaperRules{RiskLimitPermille: 5}, sampling{}, false, nil},
		"nobody drew": {&communityv1.PaperRules{RiskLimitPermille: 5}, two, false, &votingv1.PaperAudit{
			RiskLimitPermille: 5, Papers: 2, Verdict: unfinished,
		}},
		"only called back": {&communityv1.PaperRules{}, two, true, &votingv1.PaperAudit{
			Papers: 2, WrongMin: 1, Sampled: 1, CallBacks: 2, Compared: 1,
		}},
		"there was none, and was drawn": {&communityv1.PaperRules{RiskLimitPermille: 5}, sampling{}, true, &votingv1.PaperAudit{
			RiskLimitPermille: 5, Sampled: 1, CallBacks: 2, Compared: 1,
		}},
		"compared": {&communityv1.PaperRules{RiskLimitPermille: 5}, two, true, &votingv1.PaperAudit{
			RiskLimitPermille: 5, Papers: 2, WrongMin: 1, Sampled: 1, CallBacks: 2, Compared: 1, Verdict: confirmed,
		}},
	} {
		c := &checking{poll: &poll{
			rules: &communityv1.PollRules{Paper: tt.paper}, facts: []*said{{path: "comparison/a", body: &votingv1.BallotCompared{}}},
		}}
		if diff := cmp.Diff(tt.want, c.audit(tt.s, sample, tt.drawn, false), protocmp.Transform()); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// TestSamplesOfNone: where there is no paper there is nothing to look at, and where there could have been, and was none, nothing rests on
// what the voters weigh.
func TestSamplesOfNone(t *testing.T) {
	t.Parallel()
	for _, paper := range []*communityv1.PaperRules{nil, {}} {
		tallied := &said{index: 1, body: &votingv1.TallyRecorded{Tally: &votingv1.Tally{}}}
		certified := &said{index: 2, body: &votingv1.CertificateIssued{}}
		c := &checking{poll: &poll{
			rules: &communityv1.PollRules{Paper: paper}, facts: []*said{{}, tallied, certified}, tallied: tallied, certified: certified,
		}}
		c.samples()
		if c.check.Why != nil || len(c.findings) > 0 || (c.check.Looked > 0) != (paper != nil) {
			t.Errorf("%v: %+v, %+v", paper, c.check, c.findings)
		}
	}
	tallied := &said{index: 1, body: &votingv1.TallyRecorded{Tally: &votingv1.Tally{}}}
	c := &checking{poll: &poll{
		rules: &communityv1.PollRules{Paper: &communityv1.PaperRules{RiskLimitPermille: 5}}, facts: []*said{{}, tallied}, tallied: tallied,
	}}
	if c.samples(); c.check.Looked > 0 || len(c.findings) > 0 {
		t.Errorf("before the certificate: %+v, %+v", c.check, c.findings)
	}
}

// TestPrintChecks: of what a poll does not have nothing is printed.
func TestPrintChecks(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	(&Report{OK: true, Polls: []Poll{{Checks: []Check{{Name: "seed", State: None}, {Name: "roll", State: Holds}}}}}).Print(&b)
	if out := b.String(); strings.Contains(out, "seed") || !strings.Contains(out, "roll") {
		t.Error(out)
	}
}
