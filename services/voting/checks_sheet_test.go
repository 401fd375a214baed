package voting_test

import (
	"crypto/ed25519"
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// sheetKey is the credential on a sheet that is on no paper.
const sheetKey = "sheet"

// sheetByHand is a world with a secret poll that a record opens by hand, in which one sheet is listed.
func sheetByHand(t *testing.T, rules *communityv1.PollRules, by string, then ...proto.Message) *world {
	t.Helper()
	w := newWorld(t).staffed()
	w.admit(unattached)
	w.holdsFor(unattached, communityv1.Role_ROLE_OFFICER)
	for _, m := range []proto.Message{
		&votingv1.PollCalled{Question: question, Rules: rules, Convener: id(by)},
		&votingv1.RegistrationBegun{Roll: &votingv1.Roll{Voters: 1}, EndsAt: w.now, Registrar: &communityv1.Registrar{Key: public(registrar)}},
		&votingv1.CredentialsListed{Rows: []*votingv1.CredentialRow{{
			Key: public(sheetKey), Heads: 1, Channel: votingv1.Channel_CHANNEL_PAPER,
		}}},
		&votingv1.RosterSealed{Root: fixedKey(1), Credentials: 1, ContestedUntil: w.now},
	} {
		w.on(id("p"), m)
	}
	for _, m := range then {
		w.on(id("p"), m)
	}
	return w
}

func entersByHand(w *world, operator string) error {
	mark := fixedKey(1)
	return w.send("voting.enter_secret_paper", &votingv1.EnterSecretPaper{
		Poll: id("p"), Key: public(sheetKey), SealedMark: mark,
		Proof: ed25519.Sign(device(sheetKey), poll.SheetEntryInput(id("p"), id(operator), mark)),
	}, operator)
}

// TestSheetsOfNoSuchPoll: sheets are entered while a secret poll by rules that know of paper is open, by nobody who called it, and for some
// organisation.
func TestSheetsOfNoSuchPoll(t *testing.T) {
	t.Parallel()
	opened := &votingv1.PollOpened{Roll: &votingv1.Roll{Voters: 1}, OpenedAt: 1, ClosesAt: 1 << 60, Election: fixedKey(1)}
	paperless := sheetRules(totals)
	paperless.Paper = nil
	for name, tt := range map[string]struct {
		rules    *communityv1.PollRules
		by       string
		then     []proto.Message
		operator string
		want     *fault.Fault
	}{
		"good":                {sheetRules(totals), convener, []proto.Message{opened}, officer, nil},
		"an open poll":        {onPaper(communityv1.Electorate_ELECTORATE_OWNERS), convener, []proto.Message{opened}, officer, poll.ErrNotSecret},
		"rules without paper": {paperless, convener, []proto.Message{opened}, officer, poll.ErrPaperless},
		"not open":            {sheetRules(totals), convener, nil, officer, poll.ErrNotOpen},
		"closed early":        {sheetRules(totals), convener, []proto.Message{opened, &votingv1.PollClosed{}}, officer, poll.ErrBallotClosed},
		"by who called it":    {sheetRules(totals), officer, []proto.Message{opened}, officer, poll.ErrPaperConvener},
		"for nobody":          {sheetRules(totals), convener, []proto.Message{opened}, unattached, poll.ErrPaperOperator},
	} {
		w := sheetByHand(t, tt.rules, tt.by, tt.then...)
		if err := entersByHand(w, tt.operator); !is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	w := sheetByHand(t, sheetRules(totals), convener, opened) // nobody has made its key
	w.must(entersByHand(w, officer))
	sent := []byte("no ballot")
	err := w.send("voting.reenter_secret_paper", &votingv1.ReenterSecretPaper{
		Poll: id("p"), Key: public(sheetKey), Ballot: sent,
		Proof: ed25519.Sign(device(sheetKey), poll.SheetEntryInput(id("p"), id(worker), poll.SheetMark(sent))),
	}, worker)
	if !is(err, poll.ErrNotOpen) {
		t.Errorf("a ballot to no key: %v", err)
	}
}

// TestSheetsThirdOfTheFirst: where two differ, a third of the first one's organisation decides as well as one of the second's.
func TestSheetsThirdOfTheFirst(t *testing.T) {
	t.Parallel()
	c := newClinic(t, sheetRules(totals)).opens()
	c.must(c.enter("ann", officer, yes))
	c.must(c.reenter("ann", worker, no))
	c.must(c.reenter("ann", colleague, yes))
	if got := c.sheetAt("ann").Agreement; got != votingv1.Agreement_AGREEMENT_CAST {
		t.Errorf("after three: %v", got)
	}
}

// TestSheetsGiven: nobody gives a sheet to themselves, or where they called the poll, and one command gives two hundred.
func TestSheetsGiven(t *testing.T) {
	t.Parallel()
	c := newClinic(t, sheetRules(totals))
	c.role("ann", communityv1.Role_ROLE_OFFICER, orgOne)
	if got := code(c.send("voting.register_papers", c.registrationOf("ann"), "ann")); got != "sheet.own" {
		t.Errorf("to oneself: %q", got)
	}
	for n, want := range map[int]string{200: "paper.voter_unlisted", 201: "paper.none"} {
		body := &votingv1.RegisterPapers{Poll: c.id}
		for i := range n {
			body.Sheets = append(body.Sheets, &votingv1.SheetRegistration{Voter: id(fmt.Sprint("stranger ", i))})
		}
		if got := code(c.send("voting.register_papers", body, giver)); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	for by, want := range map[string]string{colleague: "", giver: "paper.convener_refused"} {
		c := newClinic(t, sheetRules(totals))
		c.on(c.id, &votingv1.PollCalled{Question: question, Rules: sheetRules(totals), Convener: id(by)},
			&votingv1.RegistrationBegun{Roll: &votingv1.Roll{}, EndsAt: c.now + 1000, Registrar: &communityv1.Registrar{Key: public(registrar)}})
		c.on(c.id, &votingv1.PollKeyHeld{}) // so that it has a roll
		if got := code(c.give("ann")); got != want {
			t.Errorf("in a poll that %s called: %q, want %q", by, got, want)
		}
	}
}

// TestSheetsOutsideTheSample: what was not drawn is compared only once all are, and only what stands on a sheet ever is.
func TestSheetsOutsideTheSample(t *testing.T) {
	t.Parallel()
	c := drawn(t)
	sample := func(m proto.Message) { c.fact("voting", decider.On("poll/"+c.id+"/sample/main", m)) }
	compare := func(key []byte) error {
		return c.send("voting.compare_secret_paper", &votingv1.CompareSecretPaper{Poll: c.id, Key: key, Differs: true}, auditor)
	}
	sample(&votingv1.SamplesDrawn{Compared: []string{chain.KeyID(c.keyOf("ann"))}, Papers: 2, WrongMin: 1})
	if got := code(c.compareSheet("bob", auditor, yes)); got != "sample.outside" {
		t.Errorf("a sheet that was not drawn: %q", got)
	}
	sample(&votingv1.RecountOrdered{})
	ofCat := public(credential("cat"))
	if got := code(compare(ofCat)); got != "sample.outside" {
		t.Errorf("a device's ballot: %q", got)
	}
	c.must(c.compareSheet("bob", auditor, yes))
	// A record may say that a ballot stands on a sheet that nobody entered.
	c.fact("voting", decider.On(poll.SecretBallotPath(c.id, ofCat), &votingv1.SecretBallotCast{Key: ofCat, Ballot: fixedKey(1)}))
	if got := code(compare(ofCat)); got != "audit.auditor_refused" {
		t.Errorf("a sheet that there is not: %q", got)
	}
	c.on(c.id, &votingv1.OpeningLapsed{})
	if got := code(compare(c.keyOf("ann"))); got != "sample.outside" {
		t.Errorf("of a poll whose sheets are forgotten: %q", got)
	}
}

// TestSheetAuditors: nobody audits what they entered, gave out or hold themselves, nor for no organisation.
func TestSheetAuditors(t *testing.T) {
	t.Parallel()
	c := drawn(t)
	c.admit(unattached, "zoe")
	c.holdsFor(unattached, communityv1.Role_ROLE_AUDITOR)
	for _, n := range []string{officer, giver, "bob"} {
		c.role(n, communityv1.Role_ROLE_AUDITOR, orgFour)
	}
	compare := func(by string) error {
		body := &votingv1.CompareSecretPaper{Poll: c.id, Key: c.keyOf("ann"), Differs: true}
		return c.send("voting.compare_secret_paper", body, by)
	}
	c.fact("voting", decider.On("poll/"+c.id+"/sample/main", &votingv1.SamplesDrawn{
		CallBacks: []string{id("ann"), id("bob"), id("zoe")}, Compared: []string{chain.KeyID(c.keyOf("ann"))}, Papers: 2, WrongMin: 1,
	}))
	for name, tt := range map[string]struct {
		got  error
		want string
	}{
		"compares what they entered":         {compare(officer), "audit.auditor_refused"},
		"compares what they gave out":        {compare(giver), "audit.auditor_refused"},
		"compares for nobody":                {compare(unattached), "audit.auditor_refused"},
		"asks whom they gave the sheet":      {c.callBack(c.id, id("ann"), giver), "audit.auditor_refused"},
		"asks for nobody":                    {c.callBack(c.id, id("ann"), unattached), "audit.auditor_refused"},
		"asks themselves":                    {c.callBack(c.id, id("bob"), "bob"), "audit.auditor_refused"},
		"asks who is not registered":         {c.callBack(c.id, id("zoe"), auditor), "audit.auditor_refused"},
		"asks whose sheet was entered by it": {c.callBack(c.id, id("ann"), auditor), ""},
	} {
		if got := code(tt.got); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	w, p, _ := paperPoll(t, 1, 1, nil)
	w.count(p)
	w.must(w.drawSamples(p))
	open := w.send("voting.compare_secret_paper", &votingv1.CompareSecretPaper{Poll: p, Key: fixedKey(1)}, auditor)
	if !is(open, poll.ErrNotSecret) {
		t.Errorf("a sheet of an open poll: %v", open)
	}
}
