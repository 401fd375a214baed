package voting_test

import (
	"testing"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// registeredBy is a hall in which ann has registered what somebody makes of her salt and her key, with the registrar's receipt for it.
func registeredBy(t *testing.T, salt, key []byte) *hall {
	t.Helper()
	h := newHall(t, hallRules(totals), question, alike(sixOwners...))
	body := h.registration("ann")
	body.Commitment = poll.CommitCredential(h.id, id("ann"), salt, key)
	body.Receipt = receiptOf(h, "ann", body.GetCommitment())
	h.must(h.send("voting.register", body, "ann"))
	h.register(sixOwners[1:]...) // so that all have
	h.must(h.list(true, h.rows(sixOwners...)...))
	return h
}

// TestContestByNoCredential: what opens a commitment to something that is no salt and key contests nothing: nobody could have listed it,
// and a poll would lapse by it whose roster is right.
func TestContestByNoCredential(t *testing.T) {
	t.Parallel()
	good, key := salt("ann"), public(credential("ann"))
	other := public("another credential")
	for name, tt := range map[string]struct {
		salt, key         []byte // committed to
		saidSalt, saidKey []byte // and said to have been
		want              string
	}{
		"listed":                        {good, key, good, key, "credentials.contest_unfounded"},
		"not listed":                    {good, other, good, other, ""},
		"no key":                        {good, nil, good, nil, "credentials.contest_opening"},
		"no salt":                       {nil, other, nil, other, "credentials.contest_opening"},
		"the salt's end before the key": {good, key, good[:31], append(good[31:32:32], key...), "credentials.contest_opening"},
		"the key's start in the salt":   {good, key, append(good[:32:32], key[0]), key[1:], "credentials.contest_opening"},
		"all of it as the key":          {good, key, nil, append(good[:32:32], key...), "credentials.contest_opening"},
		"all of it as the salt":         {good, key, append(good[:32:32], key...), nil, "credentials.contest_opening"},
		"a short salt":                  {good[:31], other, good[:31], other, "credentials.contest_opening"},
		"a long key":                    {good, append(other[:32:32], 0), good, append(other[:32:32], 0), "credentials.contest_opening"},
	} {
		h := registeredBy(t, tt.salt, tt.key)
		in := h.input("voting.contest_roster", &votingv1.ContestRoster{Poll: h.id, Voter: id("ann")}, "ann")
		in.Body = &votingv1.ContestRoster{Poll: h.id, Voter: id("ann"), Key: tt.saidKey, Salt: tt.saidSalt} // past the check of fields
		if got := code(h.state.Judge(in).Err); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// TestContestsOverBeforeTheirTime: of a poll that a record opens early, or ends, against all rules, nobody contests the roster.
func TestContestsOverBeforeTheirTime(t *testing.T) {
	t.Parallel()
	other := public("another credential")
	for name, tt := range map[string]struct {
		given func(h *hall)
		want  string
	}{
		"as it should be": {func(*hall) {}, ""},
		"open already": {func(h *hall) {
			h.on(h.id, &votingv1.PollOpened{Roll: &votingv1.Roll{}, ClosesAt: h.now + 1})
		}, "credentials.contest_over"},
		"certified": {func(h *hall) { h.on(h.id, &votingv1.CertificateIssued{}) }, "poll.lapsed"},
	} {
		h := registeredBy(t, salt("ann"), other)
		tt.given(h)
		contest := h.contest("ann")
		contest.Key = other
		if got := code(h.send("voting.contest_roster", contest, "ann")); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// TestOfficersContest: an officer contests for whom a sheet was given to, and for nobody else.
func TestOfficersContest(t *testing.T) {
	t.Parallel()
	c := newClinic(t, sheetRules(totals))
	c.must(c.give("ann"))
	c.register("bob", "cat", "dan", "eve", "fay")
	c.wait(60_000)
	c.must(c.list(true, c.rowsOf()...))
	for name, tt := range map[string]struct {
		body *votingv1.ContestRoster
		by   string
		want string
	}{
		"a sheet":                                {c.credentialOf("ann").Contest(), officer, "credentials.contest_unfounded"},
		"by no officer":                          {c.credentialOf("ann").Contest(), auditor, "registration.not_yours"},
		"a device's":                             {c.contest("bob"), officer, "registration.not_yours"},
		"never registered":                       {c.contest("gil"), officer, "registration.not_yours"},
		"never registered either, by themselves": {c.contest("gil"), "gil", "registration.missing"},
	} {
		if got := code(c.send("voting.contest_roster", tt.body, tt.by)); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// TestListsAtTheBound: a list too long is taken once, so that everybody sees that it is, and no row says where a sheet was given out.
func TestListsAtTheBound(t *testing.T) {
	t.Parallel()
	h := newHall(t, hallRules(totals), question, alike(append(sixOwners, "gil")...))
	h.register(sixOwners...)
	h.wait(60_000)
	rows := h.rows(append(sixOwners, "gil")...)
	for _, c := range []votingv1.Channel{votingv1.Channel_CHANNEL_KIOSK, votingv1.Channel_CHANNEL_DOOR, votingv1.Channel_CHANNEL_DEVICE} {
		row := changed(rows[0], func(r *votingv1.CredentialRow) { r.Channel = c })
		if got := code(h.list(false, row)); got != "credentials.row" {
			t.Errorf("a row of %v: %q", c, got)
		}
	}
	h.must(h.list(false, rows[:6]...)) // as many as have registered
	h.must(h.list(false, rows[6]))     // and one more
	again := changed(rows[6], func(r *votingv1.CredentialRow) { r.Key = fixedKey(0xff) })
	if got := code(h.list(false, again)); got != "credentials.many" {
		t.Errorf("and another: %q", got)
	}
}

// TestRegistrantsOfNothing: nobody is listed of a poll that there is not, that is open, or that has lapsed.
func TestRegistrantsOfNothing(t *testing.T) {
	t.Parallel()
	h := newHall(t, hallRules(totals), question, alike(sixOwners...))
	h.register("ann", "bob")
	if got := poll.Registrants(h.state, h.id, "", 9); len(got) != 2 {
		t.Errorf("of a poll: %v", got)
	}
	if got := poll.Registrants(h.state, id("none"), "", 9); len(got) != 0 {
		t.Errorf("of none: %v", got)
	}
	h.on(h.id, &votingv1.OpeningLapsed{})
	if got := poll.Registrants(h.state, h.id, "", 9); len(got) != 0 {
		t.Errorf("of one that lapsed: %v", got)
	}
	w, p := opened(t, "ann")
	w.fact("voting", decider.On(poll.Registrations(p)+"/"+id("ann"), &votingv1.VoterRegistered{Commitment: fixedKey(1)}))
	if got := poll.Registrants(w.state, p, "", 9); len(got) != 0 {
		t.Errorf("of an open one: %v", got)
	}
}

// TestRegistrationOfNobody: where nobody has registered, the poll lapses for that, and nothing is asked of the registrar.
func TestRegistrationOfNobody(t *testing.T) {
	t.Parallel()
	for registered, want := range map[bool]bool{false: false, true: true} {
		h := newHall(t, hallRules(totals), question, alike(sixOwners...))
		if registered {
			h.register("ann")
		}
		h.wait(60_000)
		if got := h.owes("roster-missing/" + h.id); got != want {
			t.Errorf("with a registration (%v) the list is waited for: %v", registered, got)
		}
	}
}

// TestRegistrationOfTheLapsed: of a poll that lapsed before voters could register they never can.
func TestRegistrationOfTheLapsed(t *testing.T) {
	t.Parallel()
	h := &hall{council: newCouncil(t, "t1", "t2"), areas: alike(sixOwners...)}
	h.appoint(registrar)
	h.settleIn()
	h.id = h.motion("roof", hallRules(totals), question)
	h.withhold = "voting.begin_registration"
	h.step(t, 0, 1)
	h.on(h.id, &votingv1.OpeningLapsed{Reason: "test"})
	h.withhold = ""
	h.settle()
	if got := h.poll(h.id); got.Secret != nil || got.Lapsed != "test" {
		t.Errorf("poll %+v", got)
	}
}

// TestHelpersRegistration: a helper registers under a mandate that is as old as the roll, by a device that is, and for nobody where they
// called the poll.
func TestHelpersRegistration(t *testing.T) {
	t.Parallel()
	rules := hallRules(totals)
	for name, tt := range map[string]struct {
		early, late func(h *hall)
		want        string
	}{
		"as old as the roll": {func(h *hall) { h.mandate("m", "ann", "sun", nil) }, func(*hall) {}, ""},
		"a mandate that came later": {func(*hall) {}, func(h *hall) {
			h.mandate("m", "ann", "sun", byOrganisations)
		}, "ballot.mandate_too_new"},
		"who called it": {func(h *hall) { h.mandate("m", "ann", "sun", nil) }, func(h *hall) {
			h.on(h.id, &votingv1.PollCalled{Question: question, Rules: rules, Convener: id("sun")},
				&votingv1.RegistrationBegun{Roll: &votingv1.Roll{Position: 1 << 40}, EndsAt: h.now + 1000,
					Registrar: &communityv1.Registrar{Key: public(registrar)}})
			h.on(h.id, &votingv1.PollKeyHeld{})
		}, "ballot.helper_convened"},
	} {
		h := &hall{council: newCouncil(t, "t1", "t2"), areas: alike(sixOwners...)}
		h.appoint(registrar)
		h.settleIn()
		h.admit("sun")
		tt.early(h)
		h.id = h.motion("roof", rules, question)
		h.step(t, 0, 1)
		tt.late(h)
		body := h.registration("ann")
		body.Mandate = id("m")
		if got := code(h.send("voting.register", body, "sun")); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
