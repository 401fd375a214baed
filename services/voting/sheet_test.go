package voting_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// A poll in which two vote on sheets and four by device is counted as one, is audited, and re-executes to the same.
func TestSecretPaper(t *testing.T) {
	t.Parallel()
	c := newClinic(t, sheetRules(totals)).opens()
	for i, n := range []string{"cat", "dan", "eve", "fay"} {
		c.must(c.sends(device(credential(n)), 1, i/2))
	}
	c.twice("ann", yes)
	c.must(c.enter("bob", third, yes))
	c.must(c.reenter("bob", outsider, yes))
	got := c.finish()
	if got.GetResult() != votingv1.Result_RESULT_PASSED || got.GetTotals()[0].GetHeads() != 4 || got.GetBallots() != 6 {
		t.Fatalf("tally %v", got)
	}
	want := &votingv1.ChannelReport{
		Channels: []*votingv1.ChannelShare{
			{Channel: votingv1.Channel_CHANNEL_DEVICE, Ballots: 4, Heads: 4, AreaCentiM2: 400_00},
			{Channel: votingv1.Channel_CHANNEL_PAPER, Ballots: 2, Heads: 2, AreaCentiM2: 200_00},
		},
		PapersIssued: 2,
	}
	if got := got.GetChannels(); !proto.Equal(got, want) {
		t.Fatalf("channels %v, want %v", got, want)
	}
	c.honest(t)
}

// Two who read the same make one ballot, and of two choices neither tells the other.
func TestSheetBallotIsOne(t *testing.T) {
	t.Parallel()
	c := newClinic(t, sheetRules(totals)).opens()
	first, again := c.reentryOf("ann", worker, yes), c.reentryOf("ann", third, yes)
	if !bytes.Equal(first.GetBallot(), again.GetBallot()) || bytes.Equal(first.GetProof(), again.GetProof()) {
		t.Error("two operators who read the same have not made the same ballot, or the same proof")
	}
	other := c.reentryOf("ann", worker, no)
	if bytes.Equal(first.GetBallot()[1:33], other.GetBallot()[1:33]) {
		t.Error("two choices have one random number, so each tells the other")
	}
}

func TestSheetRegistrationRefused(t *testing.T) {
	t.Parallel()
	type body = votingv1.RegisterPapers
	c := newClinic(t, sheetRules(totals))
	c.register("cat")
	c.admit("zoe")
	unpapered := newClinic(t, hallRules(totals))
	for name, row := range map[string]struct {
		by     string
		change func(*body)
		want   *fault.Fault
	}{
		"nobody's":           {giver, func(b *body) { b.Sheets = nil }, poll.ErrPaperNone},
		"too many":           {giver, func(b *body) { b.Sheets = make([]*votingv1.SheetRegistration, 201) }, poll.ErrPaperNone},
		"by telephone":       {giver, func(b *body) { b.Station = votingv1.Channel_CHANNEL_DEVICE }, poll.ErrSheetStation},
		"by a helper":        {giver, func(b *body) { b.Station = votingv1.Channel_CHANNEL_HELPER }, poll.ErrSheetStation},
		"one voter's twice":  {giver, func(b *body) { b.Sheets = append(b.Sheets, b.Sheets[0]) }, poll.ErrPaperTwice},
		"of nobody listed":   {giver, func(b *body) { b.Sheets[0].Voter = id("zoe") }, poll.ErrPaperUnlisted},
		"another's receipt":  {giver, func(b *body) { b.Sheets[0].Receipt = receiptOf(c.hall, "bob", b.Sheets[0].Commitment) }, poll.ErrReceipt},
		"who has registered": {giver, func(b *body) { b.Sheets = c.registrationOf("cat").Sheets }, poll.ErrRegistrationStands},
		"in an open poll":    {giver, func(b *body) { b.Poll = id("none") }, poll.ErrUnknown},
		"a kiosk":            {giver, func(b *body) { b.Station = votingv1.Channel_CHANNEL_KIOSK }, nil},
	} {
		b := changed(c.registrationOf("ann"), row.change)
		if err := c.send("voting.register_papers", b, row.by); !is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
	if err := unpapered.give("ann"); !errors.Is(err, poll.ErrPaperless) {
		t.Errorf("rules without paper: %v", err)
	}
	c.wait(60_000)
	if err := c.give("bob"); !errors.Is(err, poll.ErrRegistrationOver) {
		t.Errorf("too late: %v", err)
	}
}

// is tells whether an error is the fault that is wanted, which is nil where none is.
func is(err error, want *fault.Fault) bool {
	if want == nil {
		return err == nil
	}
	return errors.Is(err, want)
}

// The voter's own device replaces a sheet, and a sheet a helper's registration, whichever comes first; and only who gave a sheet replaces
// it by another.
func TestRegistrationRanks(t *testing.T) {
	t.Parallel()
	c := newClinic(t, sheetRules(totals))
	c.mandate("m", "ann", "gil", nil)
	helped := func() error {
		b := c.registration("ann")
		b.Mandate = id("m")
		return c.send("voting.register", b, "gil")
	}
	c.must(helped())
	c.must(helped())
	c.must(c.give("ann"))
	if err := helped(); !errors.Is(err, poll.ErrRegistrationStands) {
		t.Errorf("a helper after a sheet: %v", err)
	}
	c.must(c.give("ann"))
	err := c.send("voting.register_papers", c.registrationOf("ann"), colleague)
	if !errors.Is(err, poll.ErrRegistrationStands) {
		t.Errorf("another officer's sheet after a sheet: %v", err)
	}
	c.must(c.send("voting.register", c.registration("ann"), "ann"))
	if err := c.give("ann"); !errors.Is(err, poll.ErrRegistrationStands) {
		t.Errorf("a sheet after the voter's device: %v", err)
	}
	if err := helped(); !errors.Is(err, poll.ErrRegistrationStands) {
		t.Errorf("a helper after the voter's device: %v", err)
	}
}

// Whom somebody else has registered has all of the time to replace that, however many have registered; only when all have done it
// themselves does registration end at once.
func TestRegistrationWaitsForTheBrought(t *testing.T) {
	t.Parallel()
	for name, bring := range map[string]func(c *clinic) error{
		"on a sheet": func(c *clinic) error { return c.give("ann") },
		"by a helper": func(c *clinic) error {
			c.mandate("m", "ann", "gil", nil)
			b := c.registration("ann")
			b.Mandate = id("m")
			return c.send("voting.register", b, "gil")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t, sheetRules(totals))
			c.register("bob", "cat", "dan", "eve", "fay", "gil")
			c.must(bring(c))
			c.settle()
			if c.poll(c.id).Secret.Ended {
				t.Fatal("registration has ended before the voter could see who registered them")
			}
			c.must(c.send("voting.register", c.registration("ann"), "ann"))
			c.settle()
			if !c.poll(c.id).Secret.Ended {
				t.Error("registration goes on though all have registered by themselves")
			}
		})
	}
}

// A row that says another way than the voter's makes the roster wrong by its weights, or by the voter's contest.
func TestSheetRosterIsHeld(t *testing.T) {
	t.Parallel()
	t.Run("by number", func(t *testing.T) {
		t.Parallel()
		c := newClinic(t, sheetRules(totals))
		c.must(c.give("ann"))
		c.register("bob", "cat", "dan", "eve", "fay")
		c.wait(60_000)
		rows := c.rowsOf()
		for _, r := range rows {
			r.Channel = votingv1.Channel_CHANNEL_UNSPECIFIED
		}
		c.must(c.list(true, rows...))
		c.lapsed("credentials.wrong")
	})
	t.Run("by the officer to whom the voter brings the sheet", func(t *testing.T) {
		t.Parallel()
		c := newClinic(t, sheetRules(totals))
		c.must(c.give("ann"))
		c.register("bob", "cat", "dan", "eve", "fay")
		c.wait(60_000)
		rows := c.rowsOf()
		other := 0
		if bytes.Equal(rows[0].Key, c.keyOf("ann")) {
			other = 1
		}
		for _, r := range rows {
			r.Channel = votingv1.Channel_CHANNEL_UNSPECIFIED
		}
		rows[other].Channel = votingv1.Channel_CHANNEL_PAPER
		c.must(c.list(true, rows...))
		contest := c.credentialOf("ann").Contest()
		if err := c.send("voting.contest_roster", contest, "bob"); !errors.Is(err, poll.ErrRegistrationForeign) {
			t.Errorf("another voter: %v", err)
		}
		c.must(c.send("voting.contest_roster", contest, officer))
		c.lapsed("credentials.contested")
	})
	t.Run("and a right one stands", func(t *testing.T) {
		t.Parallel()
		c := newClinic(t, sheetRules(totals))
		c.must(c.give("ann", "bob"))
		c.register("cat", "dan", "eve", "fay")
		c.wait(60_000)
		c.must(c.list(true, c.rowsOf()...))
		if err := c.send("voting.contest_roster", c.credentialOf("ann").Contest(), officer); !errors.Is(err, poll.ErrContestUnfounded) {
			t.Errorf("a right row: %v", err)
		}
		c.opened()
	})
}

func TestSheetEntryRefused(t *testing.T) {
	t.Parallel()
	c := newClinic(t, sheetRules(totals)).opens()
	c.must(c.send("voting.enter_secret_paper", c.entryOf("ann", officer, yes), officer))
	enter := func(by string, change func(*votingv1.EnterSecretPaper)) error {
		return c.send("voting.enter_secret_paper", changed(c.entryOf("bob", by, yes), change), by)
	}
	reenter := func(by, of string, change func(*votingv1.ReenterSecretPaper)) error {
		return c.send("voting.reenter_secret_paper", changed(c.reentryOf(of, by, yes), change), by)
	}
	type entry = votingv1.EnterSecretPaper
	type reentry = votingv1.ReenterSecretPaper
	same, again := func(*entry) {}, func(*reentry) {}
	ofDevice := public(credential("cat"))
	for name, row := range map[string]struct {
		got  error
		want *fault.Fault
	}{
		"no such poll":               {enter(officer, func(b *entry) { b.Poll = id("none") }), poll.ErrUnknown},
		"a device's credential":      {enter(officer, func(b *entry) { b.Key = ofDevice }), poll.ErrSheetUnlisted},
		"no credential":              {enter(officer, func(b *entry) { b.Key = fixedKey(9) }), poll.ErrSheetUnlisted},
		"who gave sheets out":        {enter(giver, same), poll.ErrSheetGiver},
		"no operator":                {enter("cat", same), standing.ErrRole},
		"no mark":                    {enter(officer, func(b *entry) { b.SealedMark = nil }), poll.ErrPaperMark},
		"another mark":               {enter(officer, func(b *entry) { b.SealedMark[0] ^= 1 }), poll.ErrPaperProof},
		"unread":                     {enter(officer, func(b *entry) { b.Proof[0] ^= 1 }), poll.ErrPaperProof},
		"another operator's proof":   {c.send("voting.enter_secret_paper", c.entryOf("bob", worker, yes), officer), poll.ErrPaperProof},
		"entered":                    {c.send("voting.enter_secret_paper", c.entryOf("ann", worker, yes), worker), poll.ErrPaperEntered},
		"by the same":                {reenter(officer, "ann", again), poll.ErrSameOperator},
		"for the same organisation":  {reenter(colleague, "ann", again), poll.ErrSameOrg},
		"not entered":                {reenter(worker, "bob", again), poll.ErrPaperFresh},
		"reentered unread":           {reenter(worker, "ann", func(b *reentry) { b.Proof = nil }), poll.ErrPaperProof},
		"another ballot than proved": {reenter(worker, "ann", func(b *reentry) { b.Ballot[40] ^= 1 }), poll.ErrPaperProof},
	} {
		if !is(row.got, row.want) {
			t.Errorf("%s: %v, want %v", name, row.got, row.want)
		}
	}
	c.must(c.reenter("ann", worker, yes))
	if err := c.reenter("ann", third, yes); !errors.Is(err, poll.ErrPaperUsed) {
		t.Errorf("after the end: %v", err)
	}
	c.now = c.poll(c.id).ClosesAt
	if err := c.enter("bob", officer, yes); !errors.Is(err, poll.ErrBallotClosed) {
		t.Errorf("at the close: %v", err)
	}
}

// Two who read different things dispute; a third of either organisation decides, or nobody does and the sheet counts for nothing.
func TestSheetDisputed(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		third     []uint32
		agreement votingv1.Agreement
		twin      uint32
	}{
		"the first is right":  {yes, votingv1.Agreement_AGREEMENT_CAST, 1},
		"the second is right": {no, votingv1.Agreement_AGREEMENT_CAST, 2},
		"nobody is":           {[]uint32{2}, votingv1.Agreement_AGREEMENT_UNRESOLVED, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClinic(t, sheetRules(totals)).opens()
			c.must(c.enter("ann", officer, yes))
			c.must(c.reenter("ann", worker, no))
			if got := c.sheetAt("ann"); got.Agreement != votingv1.Agreement_AGREEMENT_DISPUTED {
				t.Fatalf("sheet %+v", got)
			}
			if _, cast := c.counts(c.keyOf("ann")); cast {
				t.Fatal("a disputed sheet counts")
			}
			if err := c.reenter("ann", outsider, row.third); !errors.Is(err, poll.ErrThirdOrg) {
				t.Errorf("a third organisation: %v", err)
			}
			c.must(c.reenter("ann", third, row.third))
			sent, cast := c.counts(c.keyOf("ann"))
			if got := c.sheetAt("ann"); got.Agreement != row.agreement || cast != (row.twin > 0) {
				t.Fatalf("sheet %+v, cast %v", got, cast)
			}
			if cast && !bytes.Equal(sent.Ballot, c.reentryOf("ann", third, row.third).GetBallot()) {
				t.Error("another ballot counts than the one that two have read")
			}
			c.honest(t)
		})
	}
}

// What the two entries show of each other before they agree: nothing that the second could copy.
func TestSheetFirstEntryIsBlind(t *testing.T) {
	t.Parallel()
	c := newClinic(t, sheetRules(totals)).opens()
	entry := c.entryOf("ann", officer, yes)
	mark := poll.SheetMark(c.reentryOf("ann", worker, yes).GetBallot())
	sealed := ballot.SealMark(id(officer), mark)
	if !bytes.Equal(sealed[:], entry.GetSealedMark()) || bytes.Equal(sealed[:], mark) {
		t.Error("the first entry's mark is not sealed to its operator")
	}
}

// A sheet's credential votes by its sheet alone: whoever has kept its code cannot cast or challenge by it from a device, whenever they try,
// and takes nothing from the voter by trying.
func TestSheetAndDevice(t *testing.T) {
	t.Parallel()
	c := newClinic(t, sheetRules(totals)).opens()
	tries := func(when string) {
		t.Helper()
		key := c.credentialOf("ann").Key
		if err := c.sends(key, 1, 1); !errors.Is(err, poll.ErrBallotOnPaper) {
			t.Errorf("a device casts %s: %v", when, err)
		}
		if err := c.challenges(key, 1, 1); !errors.Is(err, poll.ErrBallotOnPaper) {
			t.Errorf("a device challenges %s: %v", when, err)
		}
	}
	tries("before the first entry")
	c.must(c.enter("ann", officer, yes))
	tries("between the entries")
	if _, cast := c.counts(c.keyOf("ann")); cast {
		t.Fatal("a sheet counts that was entered once")
	}
	c.must(c.reenter("ann", worker, yes))
	tries("after the second entry")
	sent, cast := c.counts(c.keyOf("ann"))
	if !cast || sent.Sequence != 0 {
		t.Errorf("what counts is numbered %d, cast %v", sent.Sequence, cast)
	}
	c.now = c.poll(c.id).ClosesAt
	c.settle()
	if e := c.poll(c.id).Secret.Encrypted; e.GetBallots() != 1 || e.GetReplaced() != 0 || e.GetChallenged() != 0 {
		t.Errorf("%d ballots, %d replaced, %d challenged", e.GetBallots(), e.GetReplaced(), e.GetChallenged())
	}
	c.honest(t)
}

// A poll that closes when all have voted waits for the second entry of every sheet, whoever has its code.
func TestSheetsComplete(t *testing.T) {
	t.Parallel()
	rules := sheetRules(totals)
	rules.CloseWhenComplete = true
	c := newClinic(t, rules).opens()
	c.twice("ann", yes)
	c.must(c.enter("bob", officer, yes))
	for i, n := range []string{"cat", "dan", "eve", "fay"} {
		c.must(c.sends(device(credential(n)), 1, i/2))
	}
	if err := c.sends(c.credentialOf("bob").Key, 1, 1); !errors.Is(err, poll.ErrBallotOnPaper) {
		t.Errorf("a device in a sheet's place: %v", err)
	}
	c.settle()
	if c.poll(c.id).Closed {
		t.Fatal("the poll is closed over a sheet that was entered once")
	}
	c.must(c.reenter("bob", worker, yes))
	c.settle()
	if !c.poll(c.id).Closed {
		t.Error("the poll is open though all have voted")
	}
}

// A ballot with proofs that do not hold is refused though two operators would agree on it.
func TestSheetBallotMustBeSound(t *testing.T) {
	t.Parallel()
	c := newClinic(t, sheetRules(totals)).opens()
	forged := c.reentryOf("ann", worker, yes).GetBallot()
	forged[len(forged)-1] ^= 1
	key, mark := c.credentialOf("ann").Key, poll.SheetMark(forged)
	sealed := ballot.SealMark(id(officer), mark)
	c.must(c.send("voting.enter_secret_paper", &votingv1.EnterSecretPaper{
		Poll: c.id, Key: c.keyOf("ann"), SealedMark: sealed[:], Proof: ed25519.Sign(key, poll.SheetEntryInput(c.id, id(officer), sealed[:])),
	}, officer))
	err := c.send("voting.reenter_secret_paper", &votingv1.ReenterSecretPaper{
		Poll: c.id, Key: c.keyOf("ann"), Ballot: forged, Proof: ed25519.Sign(key, poll.SheetEntryInput(c.id, id(worker), mark)),
	}, worker)
	if got := code(err); got != "secret_ballot.unproved" && got != "secret_ballot.malformed" {
		t.Errorf("a ballot without proofs: %v", err)
	}
}

// Sheets at the levels that show less than totals are entered and counted likewise.
func TestSheetsSealed(t *testing.T) {
	t.Parallel()
	c := newClinic(t, sheetRules(communityv1.Secrecy_SECRECY_PASS_FAIL)).opens()
	for i, n := range []string{"cat", "dan", "eve", "fay"} {
		c.must(c.sends(device(credential(n)), 1, i/2))
	}
	c.twice("ann", yes)
	c.twice("bob", yes)
	if got := c.finish(); got.GetResult() != votingv1.Result_RESULT_PASSED || len(got.GetChannels().GetOperatorsOver()) != 2 {
		t.Errorf("tally %v", got)
	}
	c.honest(t)
}
