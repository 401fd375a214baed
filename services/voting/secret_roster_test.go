package voting_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// A secret poll comes from its call to its opening by itself, at every level, and closes when every credential has cast, however few of the
// roll have one.
func TestSecretPollOpens(t *testing.T) {
	t.Parallel()
	for name, level := range map[string]communityv1.Secrecy{
		"totals": totals, "interval": communityv1.Secrecy_SECRECY_INTERVAL, "pass or fail": communityv1.Secrecy_SECRECY_PASS_FAIL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t, hallRules(level), question, alike(append(sixOwners, "gil")...))
			begun := h.poll(h.id).Secret
			if begun == nil || begun.Roll.GetVoters() != 7 || begun.Registrar.GetMember() != id(registrar) || begun.EndsAt != h.now+60_000 {
				t.Fatalf("registration %+v", begun)
			}
			h.appoint("another registrar") // no matter to this poll
			h.register(sixOwners...)
			h.register("ann") // again
			h.wait(60_000)
			if s := h.poll(h.id).Secret; !s.Ended || s.Registered != 6 || s.ListedBy != h.now+60_000 {
				t.Fatalf("registration ended %v, %d registered, listed by %d", s.Ended, s.Registered, s.ListedBy)
			}
			rows := h.rows(sixOwners...)
			h.must(h.list(false, rows[:2]...))
			h.must(h.list(true, rows[2:]...))
			s := h.poll(h.id).Secret
			if !bytes.Equal(s.Root, rosterRootOf(rows)) || s.Credentials != 6 || s.ContestedUntil != h.now+60_000 {
				t.Fatalf("roster %+v", s)
			}
			h.wait(59_999)
			if h.poll(h.id).Roll != nil {
				t.Fatal("the poll opened while its roster could be contested")
			}
			h.wait(1)
			got, opened := h.poll(h.id), findEvent[*votingv1.PollOpened](t, h)
			bound := bytes.Equal(got.Secret.Election, h.electionID())
			if got.Roll == nil || got.ClosesAt != h.now+60_000 || !proto.Equal(got.Roll, s.Roll) || !bound {
				t.Fatalf("opened as %+v, lapsed %q", opened, got.Lapsed)
			}
			if opened.GetLeak().GetRefused() != "" || opened.GetLeak().GetAnonymityMin() < 5 {
				t.Errorf("leak %v", opened.GetLeak())
			}
			h.castAll(t)
			if closed := findEvent[*votingv1.PollClosed](t, h); closed.GetBallots() != 6 {
				t.Errorf("closed %v", closed)
			}
			if findings, _ := audited(t, h.commits, h.now); len(findings) != 0 {
				t.Errorf("judged again: %v", findings)
			}
		})
	}
}

// castAll has every credential vote; the poll closes with the last one, and not before.
func (h *hall) castAll(t *testing.T) {
	t.Helper()
	election := h.election()
	for i, n := range sixOwners {
		if h.poll(h.id).Closed {
			t.Fatalf("closed before %s has cast", n)
		}
		voter := secretballot.Voter{Pseudonym: [32]byte(public(credential(n))), Sequence: 1}
		ballot, _, err := election.Encrypt(rand.Reader, voter, choice(i%2))
		if err != nil {
			t.Fatal(err)
		}
		h.must(h.send("voting.cast_secret", &votingv1.CastSecret{Poll: h.id, Sequence: 1, Ballot: ballot}, credential(n)))
		h.settle()
	}
	if !h.poll(h.id).Closed {
		t.Error("not closed though every credential has cast")
	}
}

// rootOf computes a roster's root from docs/format.md alone, of six rows.
func rosterRootOf(rows []*votingv1.CredentialRow) []byte {
	var leaves [][32]byte
	for _, r := range rows {
		b := append([]byte("renlin/roster/1\n"), r.GetKey()...)
		for _, v := range []int64{r.GetHeads(), r.GetAreaCentiM2(), r.GetMeasured().GetHouseholds(), r.GetMeasured().GetWeight()} {
			b = binary.BigEndian.AppendUint64(b, uint64(v))
		}
		entry := sha256.Sum256(b)
		leaves = append(leaves, sha256.Sum256(append([]byte{0}, entry[:]...)))
	}
	node := func(a, b [32]byte) [32]byte { return sha256.Sum256(append(append([]byte{1}, a[:]...), b[:]...)) }
	root := node(node(node(leaves[0], leaves[1]), node(leaves[2], leaves[3])), node(leaves[4], leaves[5]))
	return root[:]
}

// electionID computes what ballots are bound to from docs/format.md alone.
func (h *hall) electionID() []byte {
	p := h.poll(h.id)
	b := append(binary.BigEndian.AppendUint16([]byte("renlin/election/1\n"), uint16(len(h.id))), h.id...)
	for _, m := range []proto.Message{p.Question, p.Rules, p.Secret.Roll} {
		sum := sha256.Sum256(h.encode(m))
		b = append(b, sum[:]...)
	}
	sum := sha256.Sum256(append(append(b, p.Secret.Root...), p.Ceremony.Seal...))
	return sum[:]
}

// Who may register when, and with what.
func TestRegisterRefused(t *testing.T) {
	t.Parallel()
	type body = votingv1.RegisterVoter
	h := newHall(t, hallRules(totals), question, alike(append(sixOwners, "gil")...))
	h.admit("zoe") // after the roll was sealed
	h.enrol("ann", "ann's new phone", false)
	open := h.motion("open", openRules(2), question)
	h.step(t, 0, 1)
	signed := func(by, poll, voter string, commitment []byte) []byte {
		return ed25519.Sign(device(by), append(binary16(binary16([]byte("renlin/registration/1\n"), poll), voter), commitment...))
	}
	for name, c := range map[string]struct {
		by     string
		with   []string
		change func(*body)
		want   string
	}{
		"another's":            {"bob", nil, func(*body) {}, "registration.not_yours"},
		"with somebody beside": {"ann", []string{officer}, func(*body) {}, "registration.not_yours"},
		"no such poll":         {"ann", nil, func(b *body) { b.Poll = id("no poll") }, "poll.unknown"},
		"an open poll":         {"ann", nil, func(b *body) { b.Poll = open }, "poll.not_secret"},
		"off the roll":         {"zoe", nil, func(b *body) { *b = *h.registration("zoe") }, "roll.unlisted"},
		"the registrar":        {registrar, nil, func(b *body) { *b = *h.registration(registrar) }, "roll.unlisted"},
		"a key too new":        {"ann's new phone", nil, func(*body) {}, "registration.key_too_new"},
		"no commitment":        {"ann", nil, func(b *body) { b.Commitment = nil }, "registration.commitment_size"},
		"a short commitment":   {"ann", nil, func(b *body) { b.Commitment = b.Commitment[1:] }, "field.invalid"},
		"no receipt":           {"ann", nil, func(b *body) { b.Receipt = nil }, "registration.receipt"},
		"another's receipt":    {"ann", nil, func(b *body) { b.Receipt = h.registration("bob").GetReceipt() }, "registration.receipt"},
		"another commitment":   {"ann", nil, func(b *body) { b.Commitment = h.committed("bob") }, "registration.receipt"},
		"a receipt of one's own": {"ann", nil, func(b *body) {
			b.Receipt = signed("ann", h.id, id("ann"), b.GetCommitment())
		}, "registration.receipt"},
		"of another poll": {"ann", nil, func(b *body) {
			b.Receipt = signed(registrar, id("another poll"), id("ann"), b.GetCommitment())
		}, "registration.receipt"},
	} {
		b := h.registration("ann")
		c.change(b)
		if got := code(h.send("voting.register", b, append([]string{c.by}, c.with...)...)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	h.revoke("gil")
	if got := code(h.send("voting.register", h.registration("gil"), "gil")); got == "" {
		t.Error("a revoked member has registered")
	}
	late := h.registration("ann")
	h.now = h.poll(h.id).Secret.EndsAt
	if got := code(h.send("voting.register", late, "ann")); got != "registration.over" {
		t.Errorf("at the end: %q", got)
	}
	h.now--
	h.register(sixOwners...)
	h.wait(1)
	if got := code(h.send("voting.register", late, "ann")); got != "registration.over" {
		t.Errorf("after the end: %q", got)
	}
}

func binary16(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

// A registration that is on its way when registration ends is not written.
func TestRegistrationHeldToItsWindow(t *testing.T) {
	t.Parallel()
	h := newHall(t, hallRules(totals), question, alike(sixOwners...))
	in := h.input("voting.register", h.registration("ann"), "ann")
	v := h.state.Judge(in)
	if v.Err != nil || v.Commit.WindowUntil != h.poll(h.id).Secret.EndsAt {
		t.Errorf("window until %d: %v", v.Commit.WindowUntil, v.Err)
	}
}

// Before its key is made nobody registers, and nothing is listed or contested.
func TestRegistrationAwaited(t *testing.T) {
	t.Parallel()
	h := &hall{council: newCouncil(t, "t1", "t2"), areas: alike(sixOwners...)}
	h.appoint(registrar)
	h.settleIn()
	h.id = h.motion("roof", hallRules(totals), question)
	for operation, body := range map[string]proto.Message{
		"voting.register":         h.registration("ann"),
		"voting.contest_roster":   h.contest("ann"),
		"voting.list_credentials": &votingv1.ListCredentials{Poll: h.id, Rows: h.rows("ann")},
	} {
		if got := code(h.send(operation, body, "ann")); got != "registration.not_begun" {
			t.Errorf("%s: %q", operation, got)
		}
	}
}

// Registration ends at once when everybody on the roll has registered, and an end that comes later changes nothing.
func TestRegistrationComplete(t *testing.T) {
	t.Parallel()
	h := newHall(t, hallRules(totals), question, alike(sixOwners...))
	h.register(sixOwners[:5]...)
	if h.poll(h.id).Secret.Ended {
		t.Fatal("ended before everybody has registered")
	}
	h.wait(10_000)
	h.register("eve", "fay")
	h.wait(50_000)
	if s := h.poll(h.id).Secret; !s.Ended || s.Registered != 6 || s.ListedBy != h.now+10_000 {
		t.Fatalf("state %+v", s)
	}
	h.must(h.list(true, h.rows(sixOwners...)...))
	h.wait(60_000)
	if h.poll(h.id).Roll == nil {
		t.Error("not opened")
	}
}

// Who lists credentials when, and in which form.
func TestListRefused(t *testing.T) {
	t.Parallel()
	h := newHall(t, hallRules(totals), question, alike(sixOwners...))
	h.enrol(registrar, "registrar's new phone", false)
	rows := h.rows(sixOwners...)
	if got := code(h.list(false, rows[0])); got != "registration.under_way" {
		t.Errorf("while voters register: %q", got)
	}
	h.register(sixOwners[:4]...)
	h.wait(60_000)
	rows = h.rows(sixOwners[:4]...)
	h.must(h.list(false, rows[1]))
	changed := func(change func(*votingv1.CredentialRow)) []*votingv1.CredentialRow {
		row := proto.CloneOf(rows[2])
		change(row)
		return []*votingv1.CredentialRow{row}
	}
	measured := func(households, weight int64) []*votingv1.CredentialRow {
		return changed(func(r *votingv1.CredentialRow) {
			r.Measured = &votingv1.Measured{Households: households, Weight: weight}
		})
	}
	many := make([]*votingv1.CredentialRow, 201)
	for i := range many {
		many[i] = &votingv1.CredentialRow{Key: bytes.Repeat([]byte{255}, 32), Heads: 1}
	}
	for name, c := range map[string]struct {
		by   string
		rows []*votingv1.CredentialRow
		want string
	}{
		"another":                 {"ann", rows[2:], "credentials.not_registrar"},
		"with another device":     {"registrar's new phone", rows[2:], "credentials.not_registrar"},
		"nothing":                 {registrar, nil, "credentials.rows"},
		"too much":                {registrar, many, "credentials.rows"},
		"one that was listed":     {registrar, rows[1:], "credentials.order"},
		"one before that":         {registrar, rows[:1], "credentials.order"},
		"twice":                   {registrar, append(rows[2:3:3], rows[2]), "credentials.order"},
		"in another order":        {registrar, []*votingv1.CredentialRow{rows[3], rows[2]}, "credentials.order"},
		"no key":                  {registrar, changed(func(r *votingv1.CredentialRow) { r.Key = nil }), "credentials.row"},
		"half a key":              {registrar, changed(func(r *votingv1.CredentialRow) { r.Key = r.Key[:16] }), "field.invalid"},
		"less than no heads":      {registrar, changed(func(r *votingv1.CredentialRow) { r.Heads = -1 }), "credentials.row"},
		"less than no area":       {registrar, changed(func(r *votingv1.CredentialRow) { r.AreaCentiM2 = -1 }), "credentials.row"},
		"less than no households": {registrar, measured(-1, 0), "credentials.row"},
		"less than no weight":     {registrar, measured(0, -1), "credentials.row"},
	} {
		got := code(h.send("voting.list_credentials", &votingv1.ListCredentials{Poll: h.id, Rows: c.rows}, c.by))
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	last := &votingv1.ListCredentials{Poll: h.id, Rows: rows[2:], Last: true}
	h.now = h.poll(h.id).Secret.ListedBy
	if got := code(h.send("voting.list_credentials", last, registrar)); got != "credentials.late" {
		t.Errorf("too late: %q", got)
	}
	h.now--
	if v := h.state.Judge(h.input("voting.list_credentials", last, registrar)); v.Err != nil || v.Commit.WindowUntil != h.now+1 {
		t.Errorf("the window of the last list: %v", v.Err)
	}
	h.must(h.list(true, rows[2:]...))
	if got := code(h.list(true, rows[3])); got != "poll.lapsed" { // one of four was left out
		t.Errorf("after the last: %q", got)
	}
}

// A roster that is sealed is complete.
func TestListAfterTheLast(t *testing.T) {
	t.Parallel()
	h := newHall(t, hallRules(totals), question, alike(sixOwners...))
	h.register(sixOwners...)
	h.must(h.list(true, h.rows(sixOwners...)...))
	if got := code(h.list(true, &votingv1.CredentialRow{Key: bytes.Repeat([]byte{255}, 32), Heads: 1})); got != "credentials.sealed" {
		t.Errorf("got %q", got)
	}
}

// What a registrar lists that cannot be right, or does not list, makes the poll lapse, by the rules alone or by a voter's word.
func TestRosterWrong(t *testing.T) {
	t.Parallel()
	type rows = []*votingv1.CredentialRow
	areas := alike(append(sixOwners, "gil", "hal", "ida", "jon", "kim", "lea")...)
	for _, n := range []string{"gil", "hal", "ida", "jon", "kim", "lea"} {
		areas[n] = 50_00
	}
	stranger := &votingv1.CredentialRow{Key: public("nobody's credential"), Heads: 1, AreaCentiM2: 100_00}
	of := func(r rows, voter string) *votingv1.CredentialRow {
		for _, row := range r {
			if bytes.Equal(row.GetKey(), public(credential(voter))) {
				return row
			}
		}
		panic("no such row")
	}
	for name, c := range map[string]struct {
		change  func(rows) rows
		contest string // who contests; empty for nobody
		want    string
	}{
		"right":            {func(r rows) rows { return r }, "", ""},
		"one left out":     {func(r rows) rows { return r[1:] }, "", "credentials.wrong"},
		"one invented":     {func(r rows) rows { return append(r, stranger) }, "", "credentials.wrong"},
		"heavier":          {func(r rows) rows { of(r, "ann").AreaCentiM2++; return r }, "", "credentials.wrong"},
		"of two heads":     {func(r rows) rows { of(r, "ann").Heads++; return r }, "", "credentials.wrong"},
		"of a household":   {func(r rows) rows { of(r, "ann").Measured = &votingv1.Measured{Households: 1}; return r }, "", "credentials.wrong"},
		"nobody's for one": {func(r rows) rows { of(r, "ann").Key = stranger.GetKey(); return r }, "ann", "credentials.contested"},
		"two swapped": {func(r rows) rows {
			of(r, "ann").AreaCentiM2, of(r, "gil").AreaCentiM2 = 50_00, 100_00
			return r
		}, "gil", "credentials.contested"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t, hallRules(communityv1.Secrecy_SECRECY_PASS_FAIL), question, areas)
			h.register(h.voters...)
			h.must(h.list(true, ascending(c.change(h.rows(h.voters...)))...))
			if c.contest != "" {
				h.must(h.send("voting.contest_roster", h.contest(c.contest), c.contest))
				if got := findEvent[*votingv1.RosterContested](t, h); got.GetVoter() != id(c.contest) {
					t.Errorf("contested %v", got)
				}
			}
			if c.want == "" {
				h.opened()
				return
			}
			h.lapsed(c.want)
			if findings, _ := audited(t, h.commits, h.now); len(findings) != 0 {
				t.Errorf("judged again: %v", findings)
			}
		})
	}
}

// What is listed beyond all measure is refused, and what is there already makes the poll lapse when it ends.
func TestRosterLong(t *testing.T) {
	t.Parallel()
	h := newHall(t, hallRules(totals), question, alike(sixOwners...))
	h.register(sixOwners...)
	var rows []*votingv1.CredentialRow
	for i := range 7 {
		rows = append(rows, &votingv1.CredentialRow{Key: bytes.Repeat([]byte{byte(i + 1)}, 32), Heads: 1, AreaCentiM2: 100_00})
	}
	h.must(h.list(false, rows...))
	if got := code(h.list(true, &votingv1.CredentialRow{Key: bytes.Repeat([]byte{9}, 32), Heads: 1})); got != "credentials.many" {
		t.Errorf("got %q", got)
	}
	h.lapsed("credentials.missing")
}

// A registrar who is silent, or stops half way, and voters who do not come, make the poll lapse in time.
func TestRegistrationLapses(t *testing.T) {
	t.Parallel()
	t.Run("no roster", func(t *testing.T) {
		t.Parallel()
		h := newHall(t, hallRules(totals), question, alike(sixOwners...))
		h.register(sixOwners...)
		h.must(h.list(false, h.rows(sixOwners...)[:3]...))
		h.wait(59_999)
		if h.poll(h.id).Lapsed != "" {
			t.Fatal("lapsed too early")
		}
		h.wait(1)
		h.lapsed("credentials.missing")
	})
	t.Run("nobody registers", func(t *testing.T) {
		t.Parallel()
		h := newHall(t, hallRules(totals), question, alike(sixOwners...))
		h.lapsed("registration.nobody")
	})
	t.Run("nobody is on the roll", func(t *testing.T) {
		t.Parallel()
		h := newHall(t, hallRules(totals), question, nil)
		if h.poll(h.id).Secret != nil {
			t.Error("registration has begun")
		}
		h.lapsed("roll.empty")
	})
	t.Run("no registrar", func(t *testing.T) {
		t.Parallel()
		h := &hall{council: newCouncil(t, "t1", "t2"), areas: alike(sixOwners...)}
		h.settleIn()
		rules := hallRules(totals)
		rules.Notice = &communityv1.NoticeRules{NoticeSeconds: 100}
		h.id = h.motion("roof", rules, question)
		h.step(t, 0, 1)
		if h.poll(h.id).Notice != nil {
			t.Error("a notice of what will never be")
		}
		h.lapsed("registration.no_registrar")
	})
}
