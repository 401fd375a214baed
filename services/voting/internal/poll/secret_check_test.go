package poll

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// claim is a threshold that a total is held against besides its own.
func claim(e *votingv1.EncryptedTally, total int, threshold int64) {
	t := e.GetTotals()[total]
	t.Claims = append(t.Claims, &votingv1.TotalClaim{Threshold: threshold})
}

// A trustee opens what follows from the ballots, and nothing else: whatever differs from what they can reckon themselves is refused.
func TestCheckSums(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		level  communityv1.Secrecy
		damage func(*closed, []Row) []Row
		want   string
	}{
		"totals as they are":     {totals, nil, ""},
		"thresholds as they are": {passFail, nil, ""},
		"intervals as they are":  {interval, nil, ""},
		"no key": {totals, func(c *closed, rows []Row) []Row {
			c.poll.Ceremony.Seal = []byte{1}
			return rows
		}, ErrShare.Code},
		"a poll that is not open": {totals, func(c *closed, rows []Row) []Row {
			c.poll.Secret.Election = c.poll.Secret.Election[:31]
			return rows
		}, ErrNotOpen.Code},
		"another question": {totals, func(c *closed, rows []Row) []Row {
			c.poll.Question = &proposalv1.Motion{Title: "another"}
			return rows
		}, ErrSumsForeign.Code},
		"a question that cannot be written": {totals, func(c *closed, rows []Row) []Row {
			c.poll.Question = &proposalv1.Motion{Title: "\xff"}
			return rows
		}, "internal"},
		"a credential twice": {totals, func(_ *closed, rows []Row) []Row { return slices.Insert(rows, 1, rows[0]) }, ErrSumsForeign.Code},
		"a credential more": {totals, func(_ *closed, rows []Row) []Row {
			return append(rows, Row{Credential: Credential{Key: slices.Repeat([]byte{0xff}, 32)}})
		}, ErrSumsForeign.Code},
		"another weight": {totals, func(_ *closed, rows []Row) []Row {
			rows[0].Weight.Area++
			return rows
		}, ErrSumsForeign.Code},
		"a method without ballots": {totals, func(c *closed, rows []Row) []Row {
			c.poll.Rules.Method = communityv1.Method_METHOD_BUDGET_EQUAL_SHARES
			c.reseal(rows)
			return rows
		}, ErrMethodSecret.Code},
		"a key that is none": {totals, func(c *closed, rows []Row) []Row {
			rows[0].Key = rows[0].Key[:31]
			c.reseal(rows)
			return rows
		}, ErrSumsForeign.Code},
		"a ballot that proves nothing": {totals, func(_ *closed, rows []Row) []Row {
			rows[0].Ballot = spoil(rows[0].Ballot)
			return rows
		}, secretballot.ErrUnproved.Code},
		"a ballot that was not counted": {totals, func(c *closed, rows []Row) []Row {
			rows[0].Ballot = nil
			return rows
		}, ErrSumsDiffer.Code},
		"another number of ballots": {totals, func(c *closed, rows []Row) []Row {
			c.poll.Secret.Encrypted.Ballots--
			return rows
		}, ErrSumsDiffer.Code},
		"another sum": {totals, func(c *closed, rows []Row) []Row {
			list := c.poll.Secret.Encrypted.Totals
			list[0].Sum = list[1].Sum
			return rows
		}, ErrSumsDiffer.Code},
		"a bound below what the ballots can say": {totals, func(c *closed, rows []Row) []Row {
			c.poll.Secret.Encrypted.Totals[0].Bound--
			return rows
		}, ErrSumsDiffer.Code},
		"an option that the ballots do not have": {totals, func(c *closed, rows []Row) []Row {
			c.poll.Secret.Encrypted.Totals[2].Option = 3
			return rows
		}, ErrSumsDiffer.Code},
		"a threshold besides the ends of intervals": {interval, func(c *closed, rows []Row) []Row {
			claim(c.poll.Secret.Encrypted, 0, 7)
			return rows
		}, ErrSumsMore.Code},
		"an interval's end at another level": {passFail, func(c *closed, rows []Row) []Row {
			claim(c.poll.Secret.Encrypted, 0, 10)
			return rows
		}, ErrSumsMore.Code},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newClosed(t, closedRules(c.level), &proposalv1.Motion{}, votes(5, 3)...)
			rows := p.rows()
			if c.damage != nil {
				rows = c.damage(p, rows)
			}
			if got := refusal(p.poll.CheckSums(pollID, rows)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// reseal makes a roster of rows the one that was sealed, and binds ballots to what stands on the record by now.
func (c *closed) reseal(rows []Row) {
	roster := map[string]Credential{}
	for _, r := range rows {
		roster[chain.KeyID(r.Key)] = r.Credential
	}
	root := rosterRoot(roster)
	c.poll.Secret.Root = root[:]
	c.poll.Secret.Election, _ = c.poll.electionID(pollID)
}

// What is too much to be added up stops a poll only if it is to be added up.
func TestCheckSumsOfMuch(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		area int64
		in   []communityv1.Measure
		want string
	}{
		"more than there are numbers": {1 << 62, []communityv1.Measure{heads}, tally.ErrSumOverflow.Code},
		"an area that nobody opens":   {secretballot.TotalMax, []communityv1.Measure{heads}, ""},
		"an area that is opened":      {secretballot.TotalMax, []communityv1.Measure{heads, area}, secretballot.ErrOverflow.Code},
	} {
		p := newCast(t, closedRules(totals), &proposalv1.Motion{}, slices.Repeat([]vote{{c.area, []int64{1, 0, 0}}}, 3)...)
		election, err := p.poll.election()
		if err != nil {
			t.Fatal(err)
		}
		e := &votingv1.EncryptedTally{Secrecy: totals, Ballots: 3}
		if e.Totals, err = p.credentials.totals(election, []communityv1.Measure{heads}); err != nil {
			t.Fatal(err)
		}
		for _, m := range c.in[1:] {
			e.Totals = append(e.Totals, &votingv1.EncryptedTotal{Measure: m, Sum: e.Totals[0].Sum, Bound: secretballot.TotalMax})
		}
		p.poll.Secret.Encrypted = e
		if got := refusal(p.poll.CheckSums(pollID, p.rows())); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// No more is opened than the rules allow: of every total, and every threshold, that they do not name.
func TestModest(t *testing.T) {
	t.Parallel()
	const yes = communityv1.Of_OF_YES
	took := tally.Weight{Heads: 8, Area: 80}
	listed := func(m communityv1.Measure, option uint32, thresholds ...int64) *votingv1.EncryptedTotal {
		total := &votingv1.EncryptedTotal{Measure: m, Option: option, Bound: 80}
		for _, n := range thresholds {
			total.Claims = append(total.Claims, &votingv1.TotalClaim{Threshold: n})
		}
		return total
	}
	of := func(list ...*votingv1.EncryptedTotal) []*votingv1.EncryptedTotal { return list }
	single := &communityv1.PollRules{
		Method: communityv1.Method_METHOD_SINGLE, Secrecy: &communityv1.SecrecyRules{Secrecy: totals},
		Ballot: &communityv1.BallotRules{Form: formOne},
	}
	ofNothing := closedRules(passFail)
	ofNothing.Requirements = append(ofNothing.Requirements, requires(householdsOf, yes, communityv1.Base_BASE_ALL, 1, 2, false))
	unfit := closedRules(passFail)
	unfit.Requirements[1].Denominator = 0
	options := &proposalv1.Motion{Options: []*proposalv1.Option{{Code: "1"}, {Code: "2"}}}
	for name, c := range map[string]struct {
		rules    *communityv1.PollRules
		question *proposalv1.Motion
		level    communityv1.Secrecy
		listed   []*votingv1.EncryptedTotal
		want     string
	}{
		"all totals":               {closedRules(totals), nil, totals, of(listed(heads, 0), listed(heads, 1), listed(area, 0)), ""},
		"a total twice":            {closedRules(totals), nil, totals, of(listed(heads, 0), listed(heads, 0)), ErrSumsMore.Code},
		"what decides nothing":     {closedRules(totals), nil, totals, of(listed(householdsOf, 0)), ErrSumsMore.Code},
		"heads, which order":       {single, options, totals, of(listed(heads, 0), listed(heads, 1)), ""},
		"area, which does not":     {single, options, totals, of(listed(area, 0)), ErrSumsMore.Code},
		"less telling":             {closedRules(totals), nil, passFail, of(listed(heads, 0, 5)), ""},
		"more telling":             {closedRules(passFail), nil, totals, of(listed(heads, 0)), ErrSumsMore.Code},
		"what heads need":          {closedRules(passFail), nil, passFail, of(listed(heads, 0, 5)), ""},
		"what area needs":          {closedRules(passFail), nil, passFail, of(listed(area, 0, 41)), ""},
		"of heads what area needs": {closedRules(passFail), nil, passFail, of(listed(heads, 0, 41)), ErrSumsMore.Code},
		"of area what heads need":  {closedRules(passFail), nil, passFail, of(listed(area, 0, 5)), ErrSumsMore.Code},
		"one more":                 {closedRules(passFail), nil, passFail, of(listed(heads, 0, 5, 6)), ErrSumsMore.Code},
		"of no, not of yes":        {closedRules(passFail), nil, passFail, of(listed(heads, 1, 5)), ErrSumsMore.Code},
		"what the quorum needs":    {closedRules(passFail), nil, passFail, of(listed(heads, 0, 4)), ErrSumsMore.Code},
		"a share of nothing":       {ofNothing, nil, passFail, of(listed(householdsOf, 0, 0)), ErrSumsMore.Code},
		"an interval's end":        {closedRules(interval), nil, interval, of(listed(heads, 0, 5, 15)), ""},
		"beside it":                {closedRules(interval), nil, interval, of(listed(heads, 0, 16)), ErrSumsMore.Code},
		"thresholds beside totals": {closedRules(totals), nil, totals, of(listed(heads, 0, 7)), ErrSumsMore.Code},
		"no level, to split what is judged together": {
			together(), nil, passFail + 1, of(listed(heads, 0, 5), listed(area, 0, 41)), ErrSumsMore.Code,
		},
		"the last level, to split it": {together(), nil, passFail, of(listed(heads, 0, 5), listed(area, 0, 41)), ErrSumsMore.Code},
		"rules that contradict one":   {unfit, nil, passFail, nil, tally.ErrRuleMalformed.Code},
	} {
		p := &Poll{
			Question: c.question, Rules: c.rules, Roll: &votingv1.Roll{AllHeads: 10, AllAreaCentiM2: 100},
			Secret: &Secret{Encrypted: &votingv1.EncryptedTally{Secrecy: c.level, Totals: c.listed}},
		}
		if got := refusal(p.modest(took)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A sum hides a ballot between as many of the same weight as the rules say, and no fewer.
func TestHides(t *testing.T) {
	t.Parallel()
	of := func(areas ...int64) (list []Credential) {
		for _, n := range areas {
			list = append(list, Credential{Weight: tally.Weight{Heads: 1, Area: n}})
		}
		return list
	}
	both := []*votingv1.EncryptedTotal{{Measure: heads}, {Measure: area}}
	for name, c := range map[string]struct {
		level  communityv1.Secrecy
		least  uint32
		listed []*votingv1.EncryptedTotal
		took   []Credential
		want   string
	}{
		"nobody":                      {totals, 2, both, nil, ErrSumsFew.Code},
		"nobody, and nothing":         {passFail, 2, nil, nil, ErrSumsFew.Code},
		"as many as there must be":    {totals, 2, both, of(1, 1, 3, 3), ""},
		"one fewer":                   {totals, 2, both, of(1, 1, 3), ErrSumsFew.Code},
		"of heads alone":              {totals, 3, both[:1], of(1, 1, 3), ""},
		"of thresholds":               {passFail, 3, both, of(1, 1, 3), ""},
		"as the meter, if none is":    {totals, 0, both, of(1, 1, 1, 1, 1), ""},
		"one fewer than the meter is": {totals, 0, both, of(1, 1, 1, 1), ErrSumsFew.Code},
	} {
		p := &Poll{
			Rules:  &communityv1.PollRules{Secrecy: &communityv1.SecrecyRules{AnonymityMin: c.least}},
			Secret: &Secret{Encrypted: &votingv1.EncryptedTally{Secrecy: c.level, Totals: c.listed}},
		}
		if got := refusal(p.hides(c.took)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// What is judged together is just what the rules name.
func TestAsRuled(t *testing.T) {
	t.Parallel()
	rules := closedRules(passFail)
	rules.Secrecy.Together = true
	rules.Requirements = append(rules.Requirements, requires(householdsOf, communityv1.Of_OF_YES, communityv1.Base_BASE_ALL, 0, 1, false))
	apart := closedRules(passFail)
	e := &votingv1.EncryptedTally{Secrecy: passFail, Together: true, Totals: []*votingv1.EncryptedTotal{
		{Measure: heads, Claims: []*votingv1.TotalClaim{{Threshold: 5}}}, {Measure: area, Claims: []*votingv1.TotalClaim{{Threshold: 41}}},
	}}
	for name, c := range map[string]struct {
		rules  *communityv1.PollRules
		change func(*votingv1.EncryptedTally)
		want   bool
	}{
		"as the rules say, and of households nothing": {rules, func(*votingv1.EncryptedTally) {}, true},
		"without saying so":                           {rules, func(e *votingv1.EncryptedTally) { e.Together = false }, false},
		"nothing":                                     {rules, func(e *votingv1.EncryptedTally) { e.Totals, e.Together = nil, false }, true},
		"nothing, together":                           {rules, func(e *votingv1.EncryptedTally) { e.Totals = nil }, false},
		"one of two":                                  {rules, func(e *votingv1.EncryptedTally) { e.Totals = e.Totals[:1] }, false},
		"the other of two":                            {rules, func(e *votingv1.EncryptedTally) { e.Totals = e.Totals[1:] }, false},
		"one more": {rules, func(e *votingv1.EncryptedTally) {
			e.Totals = append(e.Totals, e.Totals[0])
		}, false},
		"another measure":                  {rules, func(e *votingv1.EncryptedTally) { e.Totals[0].Measure = householdsOf }, false},
		"another option":                   {rules, func(e *votingv1.EncryptedTally) { e.Totals[1].Option = tally.No }, false},
		"another threshold":                {rules, func(e *votingv1.EncryptedTally) { e.Totals[0].Claims[0].Threshold-- }, false},
		"a threshold more":                 {rules, func(e *votingv1.EncryptedTally) { claim(e, 0, 1) }, false},
		"by rules that judge apart":        {apart, func(*votingv1.EncryptedTally) {}, false},
		"apart, by rules that judge apart": {apart, func(e *votingv1.EncryptedTally) { e.Together = false }, true},
	} {
		roll := &votingv1.Roll{AllHeads: 10, AllAreaCentiM2: 100, AllMeasured: &votingv1.Measured{Households: 3}}
		p := &Poll{Rules: c.rules, Roll: roll, Secret: &Secret{Encrypted: proto.CloneOf(e)}}
		c.change(p.Secret.Encrypted)
		if got := p.asRuled(tally.Weight{Heads: 8, Area: 80}); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Trustees read the roster in parts, none of which is larger than it may be unless it is a single row.
func TestRows(t *testing.T) {
	t.Parallel()
	c := newClosed(t, closedRules(totals), nil, votes(2, 1)...)
	all := c.rows()
	one := rowBytes + len(all[0].Ballot)
	state := looking(t, c.poll, c.sealed(), nothing)
	for name, tt := range map[string]struct {
		poll     string
		after    []byte
		bytesMax int
		want     []Row
		rest     bool
	}{
		"all":               {pollID, nil, 3 * one, all, true},
		"what fits":         {pollID, nil, 3*one - 1, all[:2], false},
		"what just fits":    {pollID, nil, 2 * one, all[:2], false},
		"one at least":      {pollID, nil, 1, all[:1], false},
		"the rest":          {pollID, all[0].Key, 2 * one, all[1:], true},
		"after the last":    {pollID, all[2].Key, 1, nil, true},
		"of no such poll":   {"q", nil, 1, nil, true},
		"one after another": {pollID, all[1].Key, 1, all[2:], true},
	} {
		rows, rest := Rows(state, tt.poll, tt.after, tt.bytesMax)
		same := slices.EqualFunc(rows, tt.want, func(a, b Row) bool { return slices.Equal(a.Key, b.Key) && a.Sequence == b.Sequence })
		if !same || rest != tt.rest {
			t.Errorf("%s: %d rows, rest %v", name, len(rows), rest)
		}
	}
	if rows, rest := Rows(looking(t, c.poll, &Sealed{}, nothing), pollID, nil, 1); rows != nil || !rest {
		t.Errorf("of an open poll: %d rows, rest %v", len(rows), rest)
	}
	if rows, rest := Rows(looking(t, c.poll, nil, nothing), pollID, nil, 1); rows != nil || !rest {
		t.Errorf("of one that the Book has let go: %d rows, rest %v", len(rows), rest)
	}
}
