package services_test

import (
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/sim"
	"renlin.dev/pkg/rules"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/community"
)

// treasury is a community whose people work for each other, doubt it, share out credits and money by a formula that they vote on, and take
// back what was paid by mistake, some of them by a helper's hand. Now and then nothing happens for some days.
type treasury struct{ *crowd }

// settling is done until there is somebody to do something.
var settling = []weighted{{18, (*crowd).admits}, {18, (*crowd).invitesSome}, {40, (*crowd).enrols}, {10, (*crowd).flat}}

var treasuryDeeds, councilDeeds []weighted

func init() {
	treasuryDeeds = []weighted{
		{30, (*crowd).opensAccount}, {2, (*crowd).opensDividends}, {24, (*crowd).pays}, {60, (*crowd).settlesTransfer}, {6, (*crowd).corrects},
		{30, (*crowd).toils}, {70, (*crowd).answersWork}, {14, (*crowd).spends}, {10, (*crowd).keepsBooks}, {6, (*crowd).sharesOut},
		{12, (*crowd).doubts}, {20, (*crowd).appealsIt}, {20, (*crowd).decidesIt}, {8, (*crowd).letsWork}, {30, (*crowd).helpsWork},
		{4, (*crowd).movesIn}, {1, (*crowd).seats}, {1, (*crowd).revokes}, {1, (*crowd).endsMandate},
	}
	councilDeeds = []weighted{
		{9, (*crowd).posts}, {60, (*crowd).seconds}, {30, (*crowd).proposesFormula}, {60, (*crowd).offers}, {80, (*crowd).holdsIt},
		{150, (*crowd).votes}, {90, (*crowd).publishes}, {120, (*crowd).adoptsFormula}, {2, (*crowd).reports}, {2, (*crowd).vetoesIt},
	}
}

// formulaBook is a rulebook of a version, by one of some formulas.
func formulaBook(version uint32, n int) *communityv1.Rulebook {
	book := bookOf(version, 0)
	matter := book.GetMatters()[0]
	matter.Poll.Paper, matter.Poll.OpenWithinSeconds, matter.ThresholdMembers, matter.ThresholdDenominator = nil, 5, 2, 0
	matter.ThresholdNumerator, matter.Poll.ExecutionExpirySeconds, matter.Poll.VetoSeconds = 0, 20*24*3600, 1
	book.Matters = book.GetMatters()[:1]
	r := book.GetLedger()
	r.AppealSeconds, r.AppealDecideSeconds, r.HoldSeconds, r.WeekMinutesMax, r.EmergencyConfirmSeconds = 1, 2, 3, 5000, 2
	r.DividendPoolPermille, r.DividendEqualPermille = uint32(500+100*n), uint32(250*n)
	r.MoneyDividendPermille, r.MoneyEqualPermille = uint32(700-100*n), uint32(1000-333*n)
	return book
}

const formulas = 4

// Found founds the community.
func (t *treasury) Found(r *rand.Rand) (string, *chain.Signed) {
	t.r = r
	t.noise = rand.NewChaCha8([32]byte(binarySeed(r)))
	founding := foundingOf(0)
	founding.Rulebook = formulaBook(1, r.IntN(formulas))
	d := deed{community.OpFound, founding, [][]byte{keyFor(ann), keyFor(bob)}}
	return d.service(), d.signed()
}

// Next lets somebody do something.
func (t *treasury) Next(r *rand.Rand, now int64, _ func(string) *decider.State) (string, *chain.Signed) {
	t.r, t.now = r, now
	residents := ids(t.people, func(id string, _ *person) bool { return t.counts(id) && t.hasKey(id) })
	var d *deed
	for d == nil {
		switch {
		case len(residents) < 6 && !t.chance(100):
			d = t.think(settling)
		case t.chance(450):
			d = t.think(councilDeeds)
		default:
			d = t.think(treasuryDeeds)
		}
	}
	if t.chance(20) {
		d.keys[t.r.IntN(len(d.keys))] = t.anyKey()
	}
	if len(d.keys) == 2 && slices.Equal(d.keys[0], d.keys[1]) {
		d.keys = d.keys[:1]
	}
	return d.service(), d.signed()
}

// Idle lets days go by, so that another dividend may be declared.
func (t *treasury) Idle(r *rand.Rand) int64 {
	if len(t.books.shares) == 0 || r.IntN(40) > 0 {
		return 0
	}
	return 25 * 3600_000 * (1 + r.Int64N(3))
}

// opensDividends opens an envelope that dividends are paid out of.
func (c *crowd) opensDividends() *deed {
	officer, _, ok := c.officers("")
	fund, found := pick(c, c.kept(ledgerv1.AccountKind_ACCOUNT_KIND_FUND))
	open := slices.ContainsFunc(slices.Collect(maps.Values(c.books.accounts)), func(a *purse) bool { return a.dividend && a.until > c.now })
	if !ok || !found || open {
		return nil
	}
	return c.by(officer, "ledger.open", &ledgerv1.OpenAccount{
		Kind: ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, Name: "Dividends", Fund: fund, Until: c.now + 10*24*3600_000, Dividend: true,
	})
}

// sharesOut declares a dividend in money, or in credits.
func (c *crowd) sharesOut() *deed {
	first, second, ok := c.officers("")
	envelope, found := anyOf(c, c.books.accounts, func(_ string, a *purse) bool { return a.dividend && a.until > c.now && a.has > 0 })
	if !ok {
		return nil
	}
	if !found || c.chance(300) {
		return c.by(first, "ledger.declare_dividend", &ledgerv1.DeclareDividend{})
	}
	body := &ledgerv1.DeclareDividend{Envelope: envelope}
	third, there := pick(c, ids(c.people, func(id string, _ *person) bool {
		return c.active(id) && !slices.Contains([]string{"", c.officerOf(first), c.officerOf(second)}, c.officerOf(id))
	}))
	if there && c.chance(700) {
		return c.by(first, "ledger.declare_dividend", body, second, third)
	}
	return c.by(first, "ledger.declare_dividend", body, second)
}

// seats makes somebody an auditor or an officer of the third organisation.
func (c *crowd) seats() *deed {
	member, ok := c.resident()
	role := []communityv1.Role{communityv1.Role_ROLE_AUDITOR, communityv1.Role_ROLE_OFFICER}[c.r.IntN(2)]
	if _, there := c.office(role); !ok || there && c.chance(700) {
		return nil
	}
	return c.by(idFor(ann), community.OpGrantRole, &communityv1.GrantRole{Member: member, Role: role, Org: idFor(orgThree)}, idFor(bob))
}

// movesIn has two live together, or one alone again.
func (c *crowd) movesIn() *deed {
	one, ok := c.resident()
	other, found := c.member()
	first, second, there := c.officers("")
	unit, flat := pick(c, ids(c.flats, func(string, *flat) bool { return true }))
	if !ok || !found || !there || !flat {
		return nil
	}
	body := &communityv1.FormHousehold{Household: idFor("household of " + one), Unit: unit, Members: []string{one}}
	if c.chance(400) && one != other {
		body.Members = append(body.Members, other)
	}
	return c.by(first, community.OpFormHousehold, body, second)
}

// doubts has an auditor find that work was not done.
func (c *crowd) doubts() *deed {
	id, ok := anyOf(c, c.books.jobs, func(_ string, j *toil) bool { return j.minted > 0 && j.back == nil })
	auditor, found := c.office(communityv1.Role_ROLE_AUDITOR)
	if !ok || !found || c.again("doubt "+id) {
		return nil
	}
	return c.by(auditor, "ledger.propose_clawback", &ledgerv1.ProposeClawback{Work: id, Reason: textFor("nobody was there")})
}

// appealsIt has one of the two concerned appeal.
func (c *crowd) appealsIt() *deed {
	id, ok := anyOf(c, c.books.jobs, func(_ string, j *toil) bool { return j.back != nil && !j.back.appealed && !j.back.ended })
	if !ok || c.again("appeal "+id) {
		return nil
	}
	j := c.books.jobs[id]
	return c.by([]string{j.worker, j.counterparty}[c.r.IntN(2)], "ledger.appeal_clawback", &ledgerv1.AppealClawback{
		Work: id, Reason: textFor("I was"),
	})
}

// decidesIt decides an appeal.
func (c *crowd) decidesIt() *deed {
	id, ok := anyOf(c, c.books.jobs, func(_ string, j *toil) bool { return j.back != nil && j.back.appealed && !j.back.ended })
	officer, _, found := c.officers("")
	if auditor, there := c.office(communityv1.Role_ROLE_AUDITOR); there && c.chance(300) {
		officer = auditor
	}
	if !ok || !found || c.chance(300) || c.again("decide "+id) {
		return nil
	}
	return c.by(officer, "ledger.decide_appeal", &ledgerv1.DecideAppeal{Work: id, Granted: c.chance(300), Reason: textFor("a photograph")})
}

// letsWork has somebody let another keep their credits for them.
func (c *crowd) letsWork() *deed {
	principal, ok := c.resident()
	helper, found := c.resident()
	if !ok || !found || principal == helper {
		return nil
	}
	return c.by(principal, community.OpGrantMandate, &communityv1.GrantMandate{
		Principal: principal, Helper: helper, Until: c.now + 2000 + int64(c.r.IntN(15_000)), Proxy: textFor("a proxy of " + principal),
		Acts: []communityv1.Act{communityv1.Act_ACT_CREDITS},
	})
}

// helpsWork does something about a principal's credits, or accepts the mandate first.
func (c *crowd) helpsWork() *deed {
	id, ok := anyOf(c, c.mandates, func(_ string, m *mandate) bool { return c.mandateInForce(m, c.now) })
	if !ok {
		return nil
	}
	m := c.mandates[id]
	if m.waits && c.chance(900) {
		return c.by(m.helper, community.OpAcceptMandate, &communityv1.AcceptMandate{Mandate: id})
	}
	var d *deed
	switch c.r.IntN(5) {
	case 0, 1:
		d = c.toils()
	case 2:
		if work, ok := pick(c, ids(c.books.work, func(_ string, w *ledgerv1.WorkReported) bool {
			return w.GetCounterparty() == m.principal
		})); ok {
			d = &deed{operation: "ledger.confirm_work", body: &ledgerv1.ConfirmWork{Work: work}}
			if c.chance(150) {
				d = &deed{operation: "ledger.decline_work", body: &ledgerv1.DeclineWork{Work: work}}
			}
		}
	case 3:
		d = c.spends()
	case 4:
		d = c.appealsIt()
	}
	if d == nil {
		return nil
	}
	setField(d.body, "mandate", id)
	setField(d.body, "principal", m.principal)
	return c.by(m.helper, d.operation, d.body)
}

// proposesFormula closes a deliberation with a motion on how dividends are shared, mostly.
func (c *crowd) proposesFormula() *deed {
	id, ok := c.running()
	who, found := c.office(communityv1.Role_ROLE_CONVENER)
	if !ok || !found || c.again("close "+id) {
		return nil
	}
	d := c.closes()
	if d == nil || c.chance(100) {
		return d
	}
	next := formulaBook(c.book.GetVersion()+1, c.r.IntN(formulas))
	motion := questionOf(communityv1.Method_METHOD_YES_NO)
	motion.Text += "\n" + rules.VoteOnlyPrefix + rules.VoteOnlyDigest(next)
	d.body.(*proposalv1.CloseDeliberation).Motion = motion
	return c.by(who, d.operation, d.body)
}

// adoptsFormula amends the rulebook by a motion, mostly by one that is in force and to what it names.
func (c *crowd) adoptsFormula() *deed {
	first, second, ok := c.officers("")
	if !ok {
		return nil
	}
	id, found := anyOf(c, c.motions, func(id string, m *motion) bool { return m.inForce && !m.done && !m.expired && !c.voted[id] })
	if !found {
		if c.chance(990) {
			return nil
		}
		return c.by(first, community.OpAmendRulebook, &communityv1.AmendRulebook{
			Rulebook: formulaBook(c.book.GetVersion()+1, c.r.IntN(formulas)),
		}, second)
	}
	if c.again("adopt " + id) {
		return nil
	}
	body := &communityv1.AmendRulebook{Motion: id}
	named := rules.VoteOnlyNamed(c.motions[id].text)
	for n := range formulas {
		if body.Rulebook = formulaBook(c.book.GetVersion()+1, n); rules.VoteOnlyDigest(body.GetRulebook()) == named && !c.chance(50) {
			break
		}
	}
	return c.by(first, community.OpAmendRulebook, body, second)
}

// treasuryPlay is a play that adds to a tally at its end.
type treasuryPlay struct {
	*treasury
	into *tally
}

// Rest adds what happened.
func (p *treasuryPlay) Rest(now int64) []string {
	p.into.add(p.happened)
	return p.treasury.Rest(now)
}

// TestSimulationOfMoney: the same promises where credits and money are shared out, taken back and corrected, and all of that happens.
func TestSimulationOfMoney(t *testing.T) {
	cfg := simulation()
	cfg.Seeds = sim.Seeds{Quick: 30, CI: 200, Long: 3_000}
	cfg.Commands = 450
	all := &tally{happened: map[string]int{}}
	cfg.Workload = func() sim.Workload { return &treasuryPlay{&treasury{crowd: newCrowd()}, all} }
	sim.Check(t, cfg)
	t.Logf("happened: %v", all.happened)
	if t.Failed() || os.Getenv("RENLIN_SEED") != "" {
		return
	}
	commands := notEvents()
	for _, f := range files() {
		for i := range f.Messages().Len() {
			m := f.Messages().Get(i)
			if f.Package() == "renlin.ledger.v1" && !commands[m.FullName()] && all.happened[string(m.Name())] == 0 {
				t.Errorf("%s never happened", m.FullName())
			}
		}
	}
	for _, what := range []string{"MotionUsed", "a dividend by a formula that was voted on"} {
		if all.happened[what] == 0 {
			t.Errorf("%s never happened", what)
		}
	}
}
