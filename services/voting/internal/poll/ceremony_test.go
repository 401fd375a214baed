package poll

import (
	"bytes"
	"slices"
	"testing"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/decider"
	keys "renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// openPoll is a poll by trustees whose ballots are opened, closed, with nothing published yet.
func openPoll(d *desk) *Poll {
	rules := closedRules(open)
	rules.TieRule = communityv1.TieRule_TIE_RULE_SEED
	return &Poll{Question: &proposalv1.Motion{}, Rules: rules, Roll: &votingv1.Roll{}, Closed: true, Ceremony: d.ceremony()}
}

// exposed is a trustee's share as it is published.
func (d *desk) exposed(t *testing.T, number int) []byte {
	t.Helper()
	seal, err := keys.DecodeSeal(d.made.Seal)
	if err != nil {
		t.Fatal(err)
	}
	share, err := d.shares[number-1].Expose(seal)
	if err != nil {
		t.Fatal(err)
	}
	return share.Bytes()
}

// A share is published once, after the close, by its trustee, with the number that they promised.
func TestPublishShare(t *testing.T) {
	t.Parallel()
	d := deskFor(t, keys.Open)
	long := CommitNonce(make([]byte, nonceBytes+1))
	for name, c := range map[string]struct {
		damage func(*Poll, *votingv1.PublishShare)
		want   string
	}{
		"as it is":        {func(*Poll, *votingv1.PublishShare) {}, ""},
		"no ceremony":     {func(p *Poll, _ *votingv1.PublishShare) { p.Ceremony = nil }, ErrNoCeremony.Code},
		"no trustee":      {func(p *Poll, _ *votingv1.PublishShare) { p.Ceremony.Trustees = p.Ceremony.Trustees[1:] }, ErrTrustee.Code},
		"not closed":      {func(p *Poll, _ *votingv1.PublishShare) { p.Closed = false }, ErrNotClosed.Code},
		"certified":       {func(p *Poll, _ *votingv1.PublishShare) { p.Certified = true }, ErrCertified.Code},
		"published":       {func(p *Poll, _ *votingv1.PublishShare) { p.Ceremony.Shares[0] = []byte{1} }, ErrPublished.Code},
		"a secret poll":   {func(p *Poll, _ *votingv1.PublishShare) { p.Rules.Secrecy.Secrecy = totals }, ErrShareSecret.Code},
		"no key":          {func(p *Poll, _ *votingv1.PublishShare) { p.Ceremony.Seal = []byte{1} }, ErrShare.Code},
		"no share":        {func(_ *Poll, b *votingv1.PublishShare) { b.Message = []byte{1} }, keys.ErrMalformed.Code},
		"another's share": {func(_ *Poll, b *votingv1.PublishShare) { b.Message = d.exposed(t, 2) }, ErrTrustee.Code},
		"a wrong share": {func(_ *Poll, b *votingv1.PublishShare) {
			b.Message = slices.Concat(b.Message[:3], d.exposed(t, 2)[3:])
		}, keys.ErrExposed.Code},
		"no number":        {func(_ *Poll, b *votingv1.PublishShare) { b.Nonce = nil }, ErrNonce.Code},
		"another number":   {func(_ *Poll, b *votingv1.PublishShare) { b.Nonce = spoil(b.Nonce) }, ErrNonce.Code},
		"another's number": {func(_ *Poll, b *votingv1.PublishShare) { b.Nonce = nonceOf(2) }, ErrNonce.Code},
		"a long number that was promised": {func(p *Poll, b *votingv1.PublishShare) {
			p.Ceremony.Promised[0], b.Nonce = long[:], make([]byte, nonceBytes+1)
		}, ErrNonce.Code},
	} {
		p, body := openPoll(d), &votingv1.PublishShare{Poll: pollID, Message: d.exposed(t, 1), Nonce: nonceOf(1)}
		c.damage(p, body)
		looking(t, p, &Sealed{}, func(v *decider.View) {
			if _, err := PublishShare(v, by(1), body); refusal(err) != c.want {
				t.Errorf("%s: %q, want %q", name, refusal(err), c.want)
			}
		})
	}
}

// An open poll is counted as soon as enough shares are there and every number, or whoever keeps theirs was named; and only once.
func TestCounting(t *testing.T) {
	t.Parallel()
	d := deskFor(t, keys.Open)
	publish := func(p *Poll, numbers ...int) {
		for _, n := range numbers {
			p.Ceremony.Shares[n-1], p.Ceremony.Nonces[n-1] = d.exposed(t, n), nonceOf(n)
		}
	}
	for name, c := range map[string]struct {
		given func(*Poll) *Sealed
		want  int
	}{
		"nothing published":    {func(*Poll) *Sealed { return &Sealed{} }, 0},
		"too few":              {func(p *Poll) *Sealed { publish(p, 1); p.Rules.TieRule = 0; return &Sealed{} }, 0},
		"enough, of two parts": {func(p *Poll) *Sealed { publish(p, 1, 3); p.Rules.TieRule = 0; return &Sealed{} }, 1},
		"a number is missing":  {func(p *Poll) *Sealed { publish(p, 1, 3); return &Sealed{} }, 0},
		"it was waited for":    {func(p *Poll) *Sealed { publish(p, 1, 3); p.Ceremony.Withheld = []uint32{2}; return &Sealed{} }, 1},
		"all":                  {func(p *Poll) *Sealed { publish(p, 1, 2, 3); return &Sealed{} }, 1},
		"counted":              {func(p *Poll) *Sealed { publish(p, 1, 2, 3); p.Tally = &votingv1.Tally{}; return &Sealed{} }, 0},
		"nothing in the Book":  {func(p *Poll) *Sealed { publish(p, 1, 2, 3); return nil }, 0},
		"without a ceremony":   {func(p *Poll) *Sealed { p.Ceremony = nil; return &Sealed{} }, 0},
	} {
		p := openPoll(d)
		sealed := c.given(p)
		looking(t, p, sealed, func(v *decider.View) {
			if got := counting(v, pollID); len(got) != c.want {
				t.Errorf("%s: %v", name, got)
			}
		})
	}
	p := openPoll(d)
	publish(p, 1, 2, 3)
	looking(t, p, &Sealed{}, func(v *decider.View) {
		if _, err := ReportSharesMissing(v, nil, &votingv1.ReportSharesMissing{Poll: pollID}); refusal(err) != ErrPublished.Code {
			t.Errorf("a finding against nobody: %v", err)
		}
	})
}

// The boxes are opened by what stands on the record, and by nothing that cannot be read.
func TestOpener(t *testing.T) {
	t.Parallel()
	d := deskFor(t, keys.Open)
	for name, c := range map[string]struct {
		damage func(*Poll)
		want   string
	}{
		"as it is": {func(*Poll) {}, ""},
		"no key":   {func(p *Poll) { p.Ceremony.Seal = []byte{1} }, keys.ErrMalformed.Code},
		"no share": {func(p *Poll) { p.Ceremony.Shares[1] = []byte{1} }, keys.ErrMalformed.Code},
		"too few":  {func(p *Poll) { p.Ceremony.Shares[0] = nil }, keys.ErrFew.Code},
	} {
		p := openPoll(d)
		p.Ceremony.Shares[0], p.Ceremony.Shares[1] = d.exposed(t, 1), d.exposed(t, 2)
		c.damage(p)
		if _, err := p.opener(pollID); refusal(err) != c.want {
			t.Errorf("%s: %q, want %q", name, refusal(err), c.want)
		}
	}
}

// A seed is made of what two organisations have revealed in time, if the rules ask for one and trustees have promised it.
func TestTieSeed(t *testing.T) {
	t.Parallel()
	d := deskFor(t, keys.Open)
	for name, c := range map[string]struct {
		given func(*Poll)
		want  bool
	}{
		"of two":                 {func(*Poll) {}, true},
		"of one":                 {func(p *Poll) { p.Ceremony.Shares[0] = nil }, false},
		"of two, one too late":   {func(p *Poll) { p.Ceremony.Withheld = []uint32{2} }, false},
		"of one organisation":    {func(p *Poll) { p.Ceremony.Trustees = slices.Repeat(p.Ceremony.Trustees[:1], 3) }, false},
		"the rules ask for none": {func(p *Poll) { p.Rules.TieRule = communityv1.TieRule_TIE_RULE_UNSPECIFIED }, false},
		"nobody has promised":    {func(p *Poll) { p.Ceremony = nil }, false},
	} {
		p := openPoll(d)
		for i := range 2 {
			p.Ceremony.Shares[i], p.Ceremony.Nonces[i] = d.exposed(t, i+1), nonceOf(i+1)
		}
		c.given(p)
		if got := p.tieSeed(pollID); (len(got) > 0) != c.want {
			t.Errorf("%s: %x", name, got)
		}
	}
}

// What was said is said again only if it holds.
func TestCeremonyRecord(t *testing.T) {
	t.Parallel()
	d := deskFor(t, keys.Secret)
	for name, c := range map[string]struct {
		damage func(*Ceremony)
		want   string
	}{
		"as it is":               {func(*Ceremony) {}, ""},
		"a key that is none":     {func(c *Ceremony) { c.Trustees = []*communityv1.Trustee{{TrusteeKey: []byte{1}}} }, "element.malformed"},
		"more than there are":    {func(c *Ceremony) { c.Threshold, c.Said = 4, nil }, keys.ErrParameters.Code},
		"what nobody could say":  {func(c *Ceremony) { c.Said[0] = []byte{1} }, keys.ErrMalformed.Code},
		"what is not due yet":    {func(c *Ceremony) { c.Said = c.Said[3:] }, keys.ErrStep.Code},
		"what was said already":  {func(c *Ceremony) { c.Said = append(c.Said, c.Said[0]) }, keys.ErrDuplicate.Code},
		"of another poll's key":  {func(c *Ceremony) { c.Context = nonceOf(9) }, keys.ErrUncommitted.Code},
		"with another threshold": {func(c *Ceremony) { c.Threshold = 3 }, keys.ErrUncommitted.Code},
	} {
		said := d.ceremony()
		c.damage(said)
		if _, err := said.Record(totals); refusal(err) != c.want {
			t.Errorf("%s: %q, want %q", name, refusal(err), c.want)
		}
	}
}

// A word is taken of a trustee whose turn it is, in a round that goes on and whose record holds.
func TestAddKeyPart(t *testing.T) {
	t.Parallel()
	d := deskFor(t, keys.Secret)
	const first, later = 0, 3 // in what was said
	for name, c := range map[string]struct {
		at     int
		damage func(*Poll, *votingv1.AddKeyPart)
		want   string
	}{
		"a commitment": {first, func(*Poll, *votingv1.AddKeyPart) {}, ""},
		"a later word": {later, func(*Poll, *votingv1.AddKeyPart) {}, ""},
		"no ceremony":  {first, func(p *Poll, _ *votingv1.AddKeyPart) { p.Ceremony = nil }, ErrNoCeremony.Code},
		"no trustee": {first, func(p *Poll, _ *votingv1.AddKeyPart) {
			p.Ceremony.Trustees[0] = &communityv1.Trustee{}
		}, ErrTrustee.Code},
		"lapsed":              {first, func(p *Poll, _ *votingv1.AddKeyPart) { p.Lapsed = "x" }, ErrLapsed.Code},
		"sealed":              {first, func(p *Poll, _ *votingv1.AddKeyPart) { p.Ceremony.Seal = []byte{1} }, ErrRoundOver.Code},
		"failed":              {first, func(p *Poll, _ *votingv1.AddKeyPart) { p.Ceremony.Failed = true }, ErrRoundOver.Code},
		"another round":       {first, func(_ *Poll, b *votingv1.AddKeyPart) { b.Round++ }, ErrRoundOver.Code},
		"too late":            {first, func(p *Poll, _ *votingv1.AddKeyPart) { p.Ceremony.AnswersBy = 200 }, ErrRoundOver.Code},
		"a record that fails": {later, func(p *Poll, _ *votingv1.AddKeyPart) { p.Ceremony.Said[1] = []byte{1} }, ErrPart.Code},
		"no word":             {first, func(_ *Poll, b *votingv1.AddKeyPart) { b.Message = nil }, keys.ErrMalformed.Code},
		"another's word":      {first, func(_ *Poll, b *votingv1.AddKeyPart) { b.Message = d.made.Said[1] }, ErrTrustee.Code},
		"no promise":          {first, func(_ *Poll, b *votingv1.AddKeyPart) { b.NonceCommitment = nil }, ErrNonceCommitment.Code},
		"a promise too long":  {first, func(_ *Poll, b *votingv1.AddKeyPart) { b.NonceCommitment = make([]byte, 33) }, ErrNonceCommitment.Code},
		"another's promise": {first, func(p *Poll, b *votingv1.AddKeyPart) {
			p.Ceremony.Promised[1] = b.NonceCommitment
		}, ErrNonceCommitment.Code},
		"a promise that is not due": {later, func(_ *Poll, b *votingv1.AddKeyPart) {
			b.NonceCommitment = nonceOf(9)
		}, ErrNonceCommitment.Code},
	} {
		p := &Poll{Rules: closedRules(totals), Ceremony: d.ceremony()}
		body := &votingv1.AddKeyPart{Poll: pollID, Round: 1, Message: p.Ceremony.Said[c.at]}
		p.Ceremony.Said, p.Ceremony.Seal = p.Ceremony.Said[:c.at], nil
		p.Ceremony.Trustees = slices.Clone(p.Ceremony.Trustees)
		if c.at == first {
			body.NonceCommitment = p.Ceremony.Promised[0]
			clear(p.Ceremony.Promised)
		}
		c.damage(p, body)
		looking(t, p, &Sealed{}, func(v *decider.View) {
			if _, err := AddKeyPart(v, by(1), body); refusal(err) != c.want {
				t.Errorf("%s: %q, want %q", name, refusal(err), c.want)
			}
		})
	}
}

// A round ends by who has not spoken, and not at all when everybody has.
func TestEndRound(t *testing.T) {
	t.Parallel()
	d := deskFor(t, keys.Secret)
	for name, c := range map[string]struct {
		damage func(*Ceremony)
		want   string
		silent []uint32
	}{
		"nobody has spoken":   {func(c *Ceremony) { c.Said = nil }, "", []uint32{1, 2, 3}},
		"two have not":        {func(c *Ceremony) { c.Said = c.Said[:4] }, "", []uint32{2, 3}},
		"all is said":         {func(*Ceremony) {}, ErrRoundOver.Code, nil},
		"a record that fails": {func(c *Ceremony) { c.Said[1] = []byte{1} }, ErrPart.Code, nil},
		"sealed":              {func(c *Ceremony) { c.Said, c.Seal = nil, []byte{1} }, ErrRoundOver.Code, nil},
	} {
		p := &Poll{Rules: closedRules(totals), Ceremony: d.ceremony()}
		p.Ceremony.Seal = nil
		c.damage(p.Ceremony)
		looking(t, p, &Sealed{}, func(v *decider.View) {
			changes, err := EndRound(v, nil, &votingv1.EndRound{Poll: pollID, Round: 1})
			if refusal(err) != c.want {
				t.Fatalf("%s: %q, want %q", name, refusal(err), c.want)
			}
			if err == nil && !slices.Equal(changes[0].Events[0].(*votingv1.CeremonyFailed).GetTrustees(), c.silent) {
				t.Errorf("%s: %v", name, changes)
			}
		})
	}
}

// The key follows when all is said, and nothing from what nobody could have said, or where there is no ceremony.
func TestCeremonyGoesOn(t *testing.T) {
	t.Parallel()
	d := deskFor(t, keys.Secret)
	event := decider.Event{Aggregate: "poll/" + pollID}
	for name, c := range map[string]struct {
		damage func(*Poll)
		sealed int
		next   int
	}{
		"all is said":         {func(*Poll) {}, 1, 1},
		"one has not spoken":  {func(p *Poll) { p.Ceremony.Said = p.Ceremony.Said[:11] }, 0, 1},
		"a record that fails": {func(p *Poll) { p.Ceremony.Said[1] = []byte{1} }, 0, 1},
		"no ceremony":         {func(p *Poll) { p.Ceremony = nil }, 0, 0},
	} {
		p := &Poll{Rules: closedRules(totals), Ceremony: d.ceremony()}
		c.damage(p)
		looking(t, p, &Sealed{}, func(v *decider.View) {
			demands := OnKeyPartAdded(v, event, nil)
			if len(demands) != c.sealed {
				t.Errorf("%s: %v", name, demands)
			}
			if len(demands) > 0 && !bytes.Equal(demands[0].Body.(*votingv1.SealPollKey).GetSeal(), d.made.Seal) {
				t.Errorf("%s: another key", name)
			}
			demands = OnCeremonyFailed(v, event, &votingv1.CeremonyFailed{Trustees: []uint32{2}})
			if len(demands) != c.next {
				t.Errorf("%s: %v", name, demands)
			}
			if len(demands) > 0 && len(demands[0].Body.(*votingv1.BeginCeremony).GetTrustees()) != 2 {
				t.Errorf("%s: who failed stays", name)
			}
		})
	}
}

// Two holders of two organisations have a key's word, and nobody else.
func TestHolders(t *testing.T) {
	t.Parallel()
	key := nonceOf(0) // any bytes are a key for boxes
	founded := &communityv1.CommunityFounded{Holders: []*communityv1.Holder{
		{Member: "one", Org: "a"}, {Member: "two", Org: "b"}, {Member: "same", Org: "a"},
	}}
	for name, c := range map[string]struct {
		actor, offered string
		change         func(*votingv1.OfferKey)
		hold, offer    string
	}{
		"the other":              {"two", "one", nil, "", ""},
		"of the same":            {"same", "one", nil, ErrSameHolder.Code, ""},
		"nobody":                 {"three", "one", nil, ErrHolder.Code, ErrHolder.Code},
		"of nobody's":            {"two", "three", nil, ErrSameHolder.Code, ""},
		"nobody, of nobody's":    {"three", "four", nil, ErrHolder.Code, ErrHolder.Code},
		"a key that is too long": {"two", "one", func(b *votingv1.OfferKey) { b.BoxKey = append(b.BoxKey, 0) }, "", ErrKeyWeak.Code},
		"no key":                 {"two", "one", func(b *votingv1.OfferKey) { b.BoxKey = nil }, "", ErrKeyWeak.Code},
		"a weak key":             {"two", "one", func(b *votingv1.OfferKey) { b.BoxKey = make([]byte, ballot.KeyBytes) }, "", ErrKeyWeak.Code},
		"no copy":                {"two", "one", func(b *votingv1.OfferKey) { b.Wrapped = nil }, "", ErrWrapped.Code},
	} {
		p := &Poll{Rules: &communityv1.PollRules{}, BoxKey: key, OfferedBy: c.offered}
		looking(t, p, &Sealed{}, func(v *decider.View) {
			cmd := &decider.Command{Actor: c.actor}
			if _, err := HoldKey(v, cmd, &votingv1.HoldKey{Poll: pollID, BoxKey: key}); refusal(err) != c.hold {
				t.Errorf("%s holds: %q, want %q", name, refusal(err), c.hold)
			}
			if _, err := HoldKey(v, cmd, &votingv1.HoldKey{Poll: "q", BoxKey: key}); refusal(err) != ErrUnknown.Code {
				t.Errorf("%s holds nothing: %q", name, refusal(err))
			}
		}, given{"community/main", founded})
		p = &Poll{Rules: &communityv1.PollRules{}}
		body := &votingv1.OfferKey{Poll: pollID, BoxKey: slices.Clone(key), Wrapped: make([]byte, WrappedBytes)}
		if c.change != nil {
			c.change(body)
		}
		looking(t, p, &Sealed{}, func(v *decider.View) {
			if _, err := OfferKey(v, &decider.Command{Actor: c.actor}, body); refusal(err) != c.offer {
				t.Errorf("%s offers: %q, want %q", name, refusal(err), c.offer)
			}
		}, given{"community/main", founded})
	}
}
