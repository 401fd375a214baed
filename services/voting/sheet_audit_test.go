package voting_test

import (
	"errors"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// drawn is a clinic in which all have voted, ann and bob on sheets, and whose samples are drawn.
func drawn(t *testing.T) *clinic {
	t.Helper()
	c := newClinic(t, sheetRules(totals)).opens()
	for i, n := range []string{"cat", "dan", "eve", "fay"} {
		c.must(c.sends(device(credential(n)), 1, i/2))
	}
	c.twice("ann", yes)
	c.twice("bob", yes)
	c.finish()
	c.must(c.drawSamples(c.id))
	c.settle()
	return c
}

// comparing is what an auditor says who reads some options off a sheet.
func (c *clinic) comparing(voter, by string, options []uint32) *votingv1.CompareSecretPaper {
	c.t.Helper()
	sent, _ := c.counts(c.keyOf(voter))
	counts := &votingv1.SecretBallotCast{Key: c.keyOf(voter), Sequence: sent.Sequence, Ballot: sent.Ballot}
	body, err := c.sheetOf(voter).Compare(c.read, id(by), marked(options), counts)
	if err != nil {
		c.t.Fatal(err)
	}
	return body
}

func (c *clinic) compareSheet(voter, by string, options []uint32) error {
	return c.send("voting.compare_secret_paper", c.comparing(voter, by, options), by)
}

// The sample is of credentials, whom to call back of voters; an auditor who reads the same confirms, and the certificate says so.
func TestSheetsConfirmed(t *testing.T) {
	t.Parallel()
	c := drawn(t)
	s, keys := c.sample(c.id), []string{chain.KeyID(c.keyOf("ann")), chain.KeyID(c.keyOf("bob"))}
	slices.Sort(keys)
	asked := []string{id("ann"), id("bob")}
	slices.Sort(asked)
	if !slices.Equal(s.Compared, keys) || !slices.Equal(s.CallBacks, asked) || s.Papers != 2 || s.WrongMin != 1 {
		t.Fatalf("sample %+v", s)
	}
	for _, n := range []string{"ann", "bob"} {
		c.must(c.compareSheet(n, auditor, yes))
		c.must(c.send("voting.record_call_back", &votingv1.RecordCallBack{
			Poll: c.id, Voter: id(n), Answer: votingv1.Answer_ANSWER_CONFIRMED,
		}, auditor))
	}
	want := &votingv1.PaperAudit{
		Verdict: votingv1.PaperVerdict_PAPER_VERDICT_CONFIRMED, RiskLimitPermille: 50, Papers: 2, WrongMin: 1, Sampled: 2, Compared: 2,
		CallBacks: 2, Confirmed: 2,
	}
	if got := c.certified(c.id); !proto.Equal(got.GetPaperAudit(), want) || !got.GetAdopted() {
		t.Errorf("certificate %v", got)
	}
	c.honest(t)
}

// A sheet that says something else has all compared, and where so many differ that the result may be another, it is not adopted. What
// stands on the sheet is not on the record.
func TestSheetsDiffer(t *testing.T) {
	t.Parallel()
	c := drawn(t)
	c.must(c.compareSheet("ann", auditor, no))
	if s := c.sample(c.id); !s.Recount {
		t.Fatalf("sample %+v", s)
	}
	c.must(c.compareSheet("bob", auditor, yes))
	got := c.certified(c.id)
	if got.GetPaperAudit().GetVerdict() != votingv1.PaperVerdict_PAPER_VERDICT_DOUBTFUL || got.GetAdopted() {
		t.Errorf("certificate %v", got)
	}
	c.honest(t)
}

func TestSheetComparisonRefused(t *testing.T) {
	t.Parallel()
	type body = votingv1.CompareSecretPaper
	c := drawn(t)
	c.admit("watcher", "clerk")
	c.role("watcher", communityv1.Role_ROLE_AUDITOR, orgTwo)
	c.role("clerk", communityv1.Role_ROLE_AUDITOR, orgOne)
	c.role(giver, communityv1.Role_ROLE_AUDITOR, orgThree)
	for name, row := range map[string]struct {
		by     string
		change func(*body)
		want   *fault.Fault
	}{
		"by no auditor":         {"cat", func(*body) {}, standing.ErrRole},
		"by who entered it":     {"watcher", func(*body) {}, poll.ErrAuditor},
		"by who gave it out":    {giver, func(*body) {}, poll.ErrAuditor},
		"without the sheet":     {auditor, func(b *body) { b.Proof = nil }, poll.ErrSheetCompared},
		"with another's word":   {auditor, func(b *body) { b.Proof = c.comparing("ann", "watcher", yes).Proof }, poll.ErrSheetCompared},
		"of a device's ballot":  {auditor, func(b *body) { b.Key = public(credential("cat")) }, poll.ErrSampleOutside},
		"of nobody's":           {auditor, func(b *body) { b.Key = fixedKey(7) }, poll.ErrSampleOutside},
		"there is no such poll": {auditor, func(b *body) { b.Poll = id("none") }, poll.ErrUnknown},
	} {
		b := changed(c.comparing("ann", row.by, yes), row.change)
		if err := c.send("voting.compare_secret_paper", b, row.by); !is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
	c.must(c.compareSheet("ann", auditor, yes))
	if err := c.compareSheet("ann", auditor, yes); !errors.Is(err, poll.ErrCompared) {
		t.Errorf("twice: %v", err)
	}
	open := c.send("voting.compare_ballot", &votingv1.CompareBallot{Poll: c.id, Voter: id("ann")}, auditor)
	if !errors.Is(open, poll.ErrSecret) {
		t.Errorf("as in an open poll: %v", open)
	}
	call := c.send("voting.record_call_back", &votingv1.RecordCallBack{
		Poll: c.id, Voter: id("ann"), Answer: votingv1.Answer_ANSWER_DENIED,
	}, "clerk")
	if !errors.Is(call, poll.ErrAuditor) {
		t.Errorf("called back by the organisation that gave the sheet: %v", call)
	}
}

// Who registered a voter as their helper does not ask them whether they know of it.
func TestHelperCallsNobodyBack(t *testing.T) {
	t.Parallel()
	c := newClinic(t, sheetRules(totals))
	c.mandate("m", "ann", "gil", nil)
	b := c.registration("ann")
	b.Mandate = id("m")
	c.must(c.send("voting.register", b, "gil"))
	c.must(c.give("bob"))
	c.register("cat", "dan", "eve", "fay")
	c.lists()
	for _, n := range []string{"ann", "cat", "dan", "eve", "fay"} {
		c.must(c.sends(device(credential(n)), 1, 0))
	}
	c.twice("bob", yes)
	c.finish()
	c.must(c.drawSamples(c.id))
	c.settle()
	c.role("gil", communityv1.Role_ROLE_AUDITOR, orgThree)
	call := &votingv1.RecordCallBack{Poll: c.id, Voter: id("ann"), Answer: votingv1.Answer_ANSWER_CONFIRMED}
	if err := c.send("voting.record_call_back", call, "gil"); !errors.Is(err, poll.ErrAuditor) {
		t.Errorf("called back by the helper: %v", err)
	}
	c.must(c.send("voting.record_call_back", call, auditor))
	c.honest(t)
}

// Where only thresholds are shown, nobody knows how near the result is, and one wrong sheet is held to be enough.
func TestSheetsSampledBlindly(t *testing.T) {
	t.Parallel()
	c := newClinic(t, sheetRules(communityv1.Secrecy_SECRECY_PASS_FAIL)).opens()
	for _, n := range []string{"cat", "dan", "eve", "fay"} {
		c.must(c.sends(device(credential(n)), 1, 0))
	}
	c.twice("ann", yes)
	c.twice("bob", yes)
	c.finish()
	c.must(c.drawSamples(c.id))
	if s := c.sample(c.id); s.WrongMin != 1 || len(s.Compared) != 2 {
		t.Errorf("sample %+v", s)
	}
	if got := c.certified(c.id).GetPaperAudit().GetVerdict(); got != votingv1.PaperVerdict_PAPER_VERDICT_UNFINISHED {
		t.Errorf("an audit that nobody made is %v", got)
	}
}

// A helper's registration is marked, counted apart, and bounded as a ballot would be.
func TestHelperInSecret(t *testing.T) {
	t.Parallel()
	rules := sheetRules(totals)
	rules.Paper = nil
	rules.Turnout = &communityv1.TurnoutRules{ProxyShareNumerator: 1, ProxyShareDenominator: 7}
	c := newClinic(t, rules)
	c.mandate("m", "ann", "gil", nil)
	c.mandate("n", "bob", "gil", nil)
	helped := func(principal, mandate string) error {
		b := c.registration(principal)
		b.Mandate = id(mandate)
		return c.send("voting.register", b, "gil")
	}
	c.must(helped("ann", "m"))
	c.must(helped("ann", "m"))
	if err := helped("bob", "n"); !errors.Is(err, poll.ErrBallotProxyShare) {
		t.Errorf("one principal too many: %v", err)
	}
	c.register("bob", "cat", "dan", "eve", "fay")
	c.lists()
	for _, n := range sixOwners {
		c.must(c.sends(device(credential(n)), 1, 0))
	}
	by := c.finish().GetCastBy()
	want := &votingv1.CastBy{
		Device: &votingv1.CastShare{Ballots: 5, Heads: 5, AreaCentiM2: 500_00}, Hosted: &votingv1.CastShare{},
		Helper: &votingv1.CastShare{Ballots: 1, Heads: 1, AreaCentiM2: 100_00},
	}
	if !proto.Equal(by, want) {
		t.Errorf("cast by %v, want %v", by, want)
	}
	c.honest(t)
}
