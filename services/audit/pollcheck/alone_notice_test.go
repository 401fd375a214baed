package pollcheck

import (
	"slices"
	"testing"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// TestProves: every way by which a notice can come has its proof, and with anything of it missing there is none.
func TestProves(t *testing.T) {
	t.Parallel()
	const (
		app      = votingv1.DeliveryChannel_DELIVERY_CHANNEL_APP
		hosted   = votingv1.DeliveryChannel_DELIVERY_CHANNEL_HOSTED
		helper   = votingv1.DeliveryChannel_DELIVERY_CHANNEL_HELPER
		inPerson = votingv1.DeliveryChannel_DELIVERY_CHANNEL_IN_PERSON
		letter   = votingv1.DeliveryChannel_DELIVERY_CHANNEL_LETTER
		door     = votingv1.DeliveryChannel_DELIVERY_CHANNEL_DOOR
		phone    = votingv1.DeliveryChannel_DELIVERY_CHANNEL_PHONE
		posted   = votingv1.DeliveryChannel_DELIVERY_CHANNEL_POSTED
	)
	const device, host = chain.AuthorDevice, chain.AuthorHosted
	paper := &communityv1.Text{Ref: "r"}
	both := []string{"o", "q"}
	for i, v := range []struct {
		channel  votingv1.DeliveryChannel
		author   chain.Author
		actor    string // of a delivery to v
		by       []string
		mandate  string
		evidence *communityv1.Text
		keys     int
		want     bool
	}{
		{app, device, "v", []string{"v"}, "", nil, 1, true}, {app, host, "v", []string{"v"}, "", nil, 1, false},
		{app, device, "o", []string{"v"}, "", nil, 1, false}, {app, device, "v", []string{"o"}, "", nil, 1, false},
		{app, device, "v", []string{"v"}, "m", nil, 1, false},
		{hosted, host, "v", []string{"v"}, "", nil, 1, true}, {hosted, device, "v", []string{"v"}, "", nil, 1, false},
		{hosted, host, "o", []string{"v"}, "", nil, 1, false}, {hosted, host, "v", []string{"o"}, "", nil, 1, false},
		{hosted, host, "v", []string{"v"}, "m", nil, 1, false},
		{helper, device, "v", []string{"h"}, "m", nil, 1, true}, {helper, device, "h", []string{"h"}, "m", nil, 1, false},
		{helper, device, "v", []string{"h", "o"}, "m", nil, 1, false}, {helper, device, "v", []string{"v"}, "m", nil, 1, false},
		{helper, device, "v", []string{"h"}, "", nil, 1, false}, {helper, device, "v", []string{"convener"}, "m", nil, 1, false},
		{helper, device, "v", nil, "m", nil, 1, false},
		{letter, device, "o", []string{"o"}, "", paper, 1, true}, {letter, device, "o", []string{"o"}, "", nil, 1, false},
		{inPerson, device, "o", []string{"o"}, "", paper, 1, true}, {inPerson, device, "o", []string{"o"}, "", nil, 1, false},
		{letter, device, "convener", []string{"convener"}, "", paper, 1, false}, {letter, device, "o", nil, "", paper, 1, false},
		{letter, device, "o", []string{"o", "q", "r"}, "", paper, 3, false}, {letter, device, "q", []string{"o"}, "", paper, 1, false},
		{letter, device, "v", []string{"v"}, "", paper, 1, false}, {letter, device, "o", both, "", paper, 1, false},
		{letter, device, "o", both, "", paper, 2, true},
		{door, device, "o", both, "", paper, 2, true}, {door, device, "o", []string{"o"}, "", paper, 1, false},
		{door, device, "o", []string{"o", "o"}, "", paper, 2, false}, {door, device, "o", both, "", nil, 2, false},
		{phone, device, "o", both, "", nil, 2, true}, {phone, device, "o", []string{"o"}, "", nil, 2, false},
		{phone, device, "o", []string{"o", "o"}, "", nil, 2, false},
		{posted, device, "o", []string{"o"}, "", paper, 1, true}, {posted, device, "o", []string{"o"}, "", nil, 1, false},
		{0, device, "o", both, "", paper, 2, false},
	} {
		c := alone(openRules(1), said{body: &votingv1.DeliveryFailed{By: both}, path: "delivery/v"})
		c.facts[0].body.(*votingv1.PollCalled).Convener = "convener"
		s := &said{author: v.author, actor: v.actor, keys: make([][]byte, v.keys), path: "delivery/v", index: 9}
		b := &votingv1.NoticeDelivered{Channel: v.channel, By: v.by, Mandate: v.mandate, Evidence: v.evidence}
		if got := c.proves(s, b); got != v.want {
			t.Errorf("%d: %s by %s, %v: %v", i, v.channel, v.actor, v.by, got)
		}
	}
}

// TestSought: on the board is only who was looked for before, by two, as far as the record is shown.
func TestSought(t *testing.T) {
	t.Parallel()
	posted := &said{index: 5, path: "delivery/v"}
	both := []string{"o", "q"}
	of := func(s said) *checking { return alone(openRules(1), s) }
	failed := said{body: &votingv1.DeliveryFailed{By: both}, path: "delivery/v"}
	alike := said{body: &votingv1.NoticeDelivered{By: both}, path: "delivery/v"}
	other := said{body: &votingv1.DeliveryFailed{By: both}, path: "delivery/w"}
	lonely := said{body: &votingv1.DeliveryFailed{By: both[:1]}, path: "delivery/v"}
	for name, v := range map[string]struct {
		c    *checking
		want bool
	}{
		"by two":            {of(failed), true},
		"something else":    {of(alike), false},
		"later":             {of(failed.in(6)), false},
		"at the same time":  {of(failed.in(5)), false},
		"somebody else":     {of(other), false},
		"by one":            {of(lonely), false},
		"it may be hidden":  {of(lonely).having(func(c *checking) { c.hidden = hidden{3} }), true},
		"it is hidden then": {of(lonely).having(func(c *checking) { c.hidden = hidden{7} }), false},
	} {
		if v.c.sought(posted) != v.want {
			t.Errorf("%s: %v", name, !v.want)
		}
	}
}

// TestInTime: a delivery counts that comes before the opening, or as long before the close as the rules say.
func TestInTime(t *testing.T) {
	t.Parallel()
	rules := openRules(1)
	rules.VotingSeconds, rules.Notice = 100, &communityv1.NoticeRules{NoticeSeconds: 10}
	opened := saying(&votingv1.PollOpened{ClosesAt: 100_000}).in(4)
	extended := saying(&votingv1.PollExtended{ClosesAt: 200_000}).in(6)
	for name, v := range map[string]struct {
		c    *checking
		at   uint64
		time int64
		want bool
	}{
		"not open yet":                       {alone(rules), 9, 999_999, true},
		"before the opening":                 {alone(rules, opened), 3, 99_000, true},
		"in the commit of the opening":       {alone(rules, opened), 4, 99_000, false},
		"just in time":                       {alone(rules, opened), 5, 90_000, true},
		"a moment later":                     {alone(rules, opened), 5, 90_001, false},
		"before it was extended":             {alone(rules, opened, extended), 5, 99_000, false},
		"after it was extended":              {alone(rules, opened, extended), 7, 190_000, true},
		"in the commit that has extended it": {alone(rules, opened, extended), 6, 190_000, false},
	} {
		if v.c.inTime(&said{index: v.at, time: v.time}) != v.want {
			t.Errorf("%s: %v", name, !v.want)
		}
	}
}

// TestNoticedAlone: what the tally says of a notice.
func TestNoticedAlone(t *testing.T) {
	t.Parallel()
	issued := &votingv1.NoticeIssued{Notice: []byte{1}}
	none := said{body: &votingv1.DeliveryFailed{Notice: []byte{1}, By: []string{"o"}}, path: "delivery/v"}
	report := func(r *votingv1.NoticeReport) said { return tallied(&votingv1.Tally{Notice: r}) }
	roll := func(voters ...string) func(c *checking) {
		return func(c *checking) {
			c.roll = &roll{voters: map[string]weight{}}
			for _, v := range voters {
				c.roll.voters[v] = weight{heads: 1}
			}
		}
	}
	hide := func(c *checking) {
		roll("v", "w")(c)
		c.rollHidden = true
	}
	run := func(c *checking) {
		for _, s := range c.facts { // of the notice itself nothing is asked here
			if b, ok := s.body.(*votingv1.NoticeIssued); ok {
				question, digest := c.noticeDigest(b)
				b.Question, b.Notice = question[:], digest[:]
				none.body.(*votingv1.DeliveryFailed).Notice = digest[:]
				if r := c.tally().GetNotice(); r != nil {
					r.Notice = digest[:]
				}
			}
		}
		c.notices()
	}
	of := func(r *votingv1.NoticeReport) *checking { return alone(openRules(1), saying(issued), none, report(r)) }
	right := func() *votingv1.NoticeReport { return &votingv1.NoticeReport{Failed: 1, Untried: 1} }
	wrong := right()
	wrong.Failed, wrong.Untried = 0, 2
	ask(t, []asking{
		{"as it was", of(right()).having(roll("v", "w")), run, "holds"},
		{"one who was looked for as one who was not", of(wrong).having(roll("v", "w")), run, "fails notice.report"},
		{"no report", of(nil).having(roll("v", "w")), run, "fails notice.report"},
		{"a report of no notice", alone(openRules(1), report(right())).having(roll("v", "w")), run, "fails notice.report"},
		{"an empty one", alone(openRules(1), report(&votingv1.NoticeReport{})).having(roll()), run, "fails notice.report"},
		{"no roll", of(right()), run, "unchecked"},
		{"another roll perhaps", of(wrong).having(hide), run, "unchecked"},
		{"a delivery of no notice", alone(openRules(1), none), run, "unchecked"},
		{"somebody who is not on the roll", of(&votingv1.NoticeReport{Untried: 1}).having(roll("w")), run, "fails notice.delivery"},
		{"perhaps", alone(openRules(1), saying(issued), none).having(roll("w")).having(func(c *checking) { c.rollHidden = true }), run, "holds"},
	})
}

// TestSharesAlone: keys and shares come behind the close, and a seed is of two organisations.
func TestSharesAlone(t *testing.T) {
	t.Parallel()
	closed := saying(&votingv1.PollClosed{}).in(4)
	key := saying(&votingv1.KeyPublished{})
	held := func(c *checking) { c.heldKey() }
	share := saying(&votingv1.SharePublished{Trustee: 1, Nonce: make([]byte, 32)})
	h := newHands(t, 3)
	begun := h.begun(1, 2, 3)
	words, seal := h.words(begun)
	rebuilt := func(c *checking) {
		c.seal = seal
		c.rebuilt()
	}
	of := func(facts ...said) *checking {
		return alone(openRules(1), slices.Concat([]said{saying(begun)}, words, facts)...)
	}
	many := uint64(len(words) + 2)
	closed2 := closed.in(many)
	ask(t, []asking{
		{"a key and no close", alone(openRules(1), key), held, "fails shares.early shares.key"},
		{"a key with the close", alone(openRules(1), closed, key.in(4)), held, "fails shares.early shares.key"},
		{"a key behind it", alone(openRules(1), closed, key.in(5)), held, "fails shares.key"},
		{"a share and no close", of(share), rebuilt, "fails shares.early shares.wrong shares.nonce"},
		{"a share with the close", of(closed2, share.in(many)), rebuilt, "fails shares.early shares.wrong shares.nonce"},
		{"a share behind it", of(closed2, share.in(many+1)), rebuilt, "fails shares.wrong shares.nonce"},
		{"no share", of(closed2), rebuilt, "none"},
		{"counted without", of(closed2, tallied(&votingv1.Tally{}).in(many+1)), rebuilt, "fails shares.few"},
	})
	for name, v := range map[string]struct {
		rule   communityv1.TieRule
		nonces map[uint32][]byte
		want   bool
	}{
		"no rule":          {0, map[uint32][]byte{1: {1}, 2: {2}}, false},
		"of two":           {communityv1.TieRule_TIE_RULE_SEED, map[uint32][]byte{1: {1}, 2: {2}}, true},
		"of three":         {communityv1.TieRule_TIE_RULE_SEED, map[uint32][]byte{1: {1}, 2: {2}, 3: {3}}, true},
		"of one":           {communityv1.TieRule_TIE_RULE_SEED, map[uint32][]byte{1: {1}}, false},
		"of somebody else": {communityv1.TieRule_TIE_RULE_SEED, map[uint32][]byte{1: {1}, 9: {2}}, false},
		"of nobody":        {communityv1.TieRule_TIE_RULE_SEED, nil, false},
	} {
		r := openRules(2)
		r.TieRule = v.rule
		if got := alone(r, saying(begun)).seedOf(v.nonces); (got != nil) != v.want {
			t.Errorf("%s: %x", name, got)
		}
	}
}
