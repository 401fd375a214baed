package credit

import (
	"slices"
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/book"
	"renlin.dev/services/ledger/internal/kin"
	"renlin.dev/services/ledger/internal/rulings"
	"renlin.dev/services/ledger/internal/words"
)

// The states of a clawback. All but the first two are final.
const (
	Found    = "found"    // there is time for an appeal
	Appealed = "appealed" // it waits for a decision
	Taken    = "taken"
	Granted  = "granted" // the appeal was right
	Dropped  = "dropped" // nobody decided it in time
)

// Clawback is aggregate clawback/<work>: credits of work that an auditor found was not done. Times are milliseconds since the Unix epoch.
type Clawback struct {
	Worker       string     `json:"worker"`
	Counterparty string     `json:"counterparty"`
	Minutes      int64      `json:"minutes"`
	State        string     `json:"state"`
	Reason       words.Text `json:"reason"`
	FoundBy      string     `json:"found_by"`
	Org          string     `json:"org"` // the auditor's
	FoundAt      int64      `json:"found_at"`
	AppealBy     int64      `json:"appeal_by"`
	ConfirmedAt  int64      `json:"confirmed_at"` // the work

	Appeal     words.Text `json:"appeal"`
	AppealedBy string     `json:"appealed_by,omitempty"`
	DecideBy   int64      `json:"decide_by,omitempty"`
	Decision   words.Text `json:"decision"`
	DecidedBy  string     `json:"decided_by,omitempty"`
	DecidedOrg string     `json:"decided_org,omitempty"`
	EndedAt    int64      `json:"ended_at,omitempty"`
	Taken      int64      `json:"taken"`
	Owed       int64      `json:"owed"`
}

// ClawbackPath names the aggregate of the clawback of some work.
func ClawbackPath(work string) string { return "clawback/" + work }

func evolveClawback(c *Clawback, e decider.Event) {
	switch b := e.Body.(type) {
	case *ledgerv1.ClawbackProposed:
		*c = Clawback{
			Worker: b.GetWorker(), Counterparty: b.GetCounterparty(), Minutes: b.GetMinutes(), State: Found, Reason: words.Of(b.GetReason()),
			FoundBy: e.Actor, Org: b.GetOrg(), FoundAt: e.Time, AppealBy: b.GetAppealBy(), ConfirmedAt: b.GetConfirmedAt(),
		}
	case *ledgerv1.ClawbackAppealed:
		c.State, c.Appeal, c.AppealedBy, c.DecideBy = Appealed, words.Of(b.GetReason()), e.Actor, b.GetDecideBy()
	case *ledgerv1.AppealDecided:
		c.Decision, c.DecidedBy, c.DecidedOrg = words.Of(b.GetReason()), e.Actor, b.GetOrg()
		if b.GetGranted() {
			c.State, c.EndedAt = Granted, e.Time
		}
	case *ledgerv1.ClawbackPosted:
		c.State, c.EndedAt, c.Taken, c.Owed = Taken, e.Time, b.GetTaken(), b.GetOwed()
	case *ledgerv1.ClawbackDropped:
		c.State, c.EndedAt = Dropped, e.Time
	}
}

// ProposeClawback is an auditor's finding that confirmed work was not done. It takes nothing yet.
func ProposeClawback(v *decider.View, cmd *decider.Command, body *ledgerv1.ProposeClawback) ([]decider.Change, error) {
	w, ok := decider.Get[Work](v, WorkPath(body.GetWork()))
	switch {
	case !ok:
		return nil, ErrWork
	case w.Minted == 0:
		return nil, ErrNothingMade
	case v.Exists(ClawbackPath(body.GetWork())): // nobody is tried twice for one thing
		return nil, ErrFoundBefore
	}
	if err := standing.CheckText(body.GetReason()); err != nil {
		return nil, err
	}
	org, err := apart(v, cmd.Actor, []string{w.Worker, w.Counterparty}, communityv1.Role_ROLE_AUDITOR)
	if err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(ClawbackPath(body.GetWork()), &ledgerv1.ClawbackProposed{
		Worker: w.Worker, Counterparty: w.Counterparty, Minutes: w.Minted, Reason: body.GetReason(), Org: org,
		AppealBy: cmd.Time + rulings.Of(v).AppealMillis, ConfirmedAt: w.EndedAt,
	})}, nil
}

// apart gives the organisation for which somebody judges what concerns some people: one for which they hold one of some offices, and in
// which none of these holds any. They neither are nor live with one of them.
func apart(v *decider.View, who string, people []string, offices ...communityv1.Role) (org string, err error) {
	m, err := standing.Active(v, who)
	if err != nil {
		return "", err
	}
	if kin.Together(v, who, people...) {
		return "", ErrConcerned
	}
	for _, office := range offices {
		if org = m.Roles[office]; org != "" && !holdsOffice(v, org, people) {
			return org, nil
		}
	}
	return "", ErrSameOrg
}

// holdsOffice tells whether one of some people has a role in an organisation.
func holdsOffice(v *decider.View, org string, people []string) bool {
	return slices.ContainsFunc(people, func(who string) bool {
		m, ok := decider.Get[standing.Member](v, "member/"+who)
		if !ok {
			return false
		}
		for _, of := range m.Roles { // any order: one is enough
			if of == org {
				return true
			}
		}
		return false
	})
}

// Appeal is the word of one of the two concerned against a finding.
func Appeal(v *decider.View, cmd *decider.Command, body *ledgerv1.AppealClawback) ([]decider.Change, error) {
	c, ok := decider.Get[Clawback](v, ClawbackPath(body.GetWork()))
	switch {
	case !ok:
		return nil, ErrNoClawback
	case cmd.Actor != c.Worker && cmd.Actor != c.Counterparty:
		return nil, ErrNotConcerned
	case c.State != Found:
		return nil, ErrAppealed
	case cmd.Time >= c.AppealBy:
		return nil, ErrAppealLate
	}
	if err := standing.CheckText(body.GetReason()); err != nil {
		return nil, err
	}
	v.Window(0, c.AppealBy)
	return []decider.Change{decider.On(ClawbackPath(body.GetWork()), &ledgerv1.ClawbackAppealed{
		Reason: body.GetReason(), DecideBy: cmd.Time + rulings.Of(v).DecideMillis, Mandate: cmd.Mandate,
	})}, nil
}

// DecideAppeal is the word of somebody with an office in an organisation that is neither the finding's nor one of those concerned.
func DecideAppeal(v *decider.View, cmd *decider.Command, body *ledgerv1.DecideAppeal) ([]decider.Change, error) {
	c, ok := decider.Get[Clawback](v, ClawbackPath(body.GetWork()))
	switch {
	case !ok:
		return nil, ErrNoClawback
	case c.State != Appealed:
		return nil, ErrNoAppeal
	case cmd.Time >= c.DecideBy:
		return nil, ErrAppealLate
	}
	if err := standing.CheckText(body.GetReason()); err != nil {
		return nil, err
	}
	people := []string{c.Worker, c.Counterparty, c.FoundBy}
	org, err := apart(v, cmd.Actor, people, communityv1.Role_ROLE_AUDITOR, communityv1.Role_ROLE_OFFICER)
	switch {
	case err != nil:
		return nil, err
	case org == c.Org: // whoever found it may have left that office since
		return nil, ErrSameOrg
	}
	v.Window(0, c.DecideBy)
	decided := &ledgerv1.AppealDecided{Granted: body.GetGranted(), Reason: body.GetReason(), Org: org}
	if body.GetGranted() {
		return []decider.Change{decider.On(ClawbackPath(body.GetWork()), decided)}, nil
	}
	changes, posted, err := take(v, c, body.GetWork())
	if err != nil {
		return nil, err
	}
	return append(changes, decider.On(ClawbackPath(body.GetWork()), decided, posted)), nil
}

// take moves what is left of some work's credits back to where they came from, the first to end first, and notes what is owed beside it.
func take(v *decider.View, c *Clawback, work string) ([]decider.Change, *ledgerv1.ClawbackPosted, error) {
	entries := book.NewEntries(v)
	own, err := entries.Account(AccountID(c.Worker))
	if err != nil {
		own = &book.Account{} // all that the work brought was kept for another clawback
	}
	var lots []*ledgerv1.Lot
	taken := int64(0)
	for _, l := range own.Lots {
		if part := min(c.Minutes-taken, l.Amount); part > 0 {
			lots, taken = append(lots, &ledgerv1.Lot{Amount: part, ExpiresAt: l.ExpiresAt}), taken+part
		}
	}
	if err := entries.Move(AccountID(c.Worker), MintID, work, taken, 0, lots, nil); err != nil {
		return nil, nil, err
	}
	posted := &ledgerv1.ClawbackPosted{Taken: taken, Owed: c.Minutes - taken, Worker: c.Worker, ConfirmedAt: c.ConfirmedAt}
	changes := entries.Changes()
	if posted.GetOwed() > 0 {
		changes = append(changes, decider.On(EarningsPath(c.Worker), &ledgerv1.OwedCounted{Minutes: posted.GetOwed()}))
	}
	return changes, posted, nil
}

// OnClawbackProposed sets the timer of the appeal.
func OnClawbackProposed(_ *decider.View, e decider.Event, body *ledgerv1.ClawbackProposed) []decider.Demand {
	return settle(e, "clawback/", body.GetAppealBy())
}

// OnClawbackAppealed sets the timer of the decision.
func OnClawbackAppealed(_ *decider.View, e decider.Event, body *ledgerv1.ClawbackAppealed) []decider.Demand {
	return settle(e, "clawback-appeal/", body.GetDecideBy())
}

func settle(e decider.Event, purpose string, due int64) []decider.Demand {
	work, ok := strings.CutPrefix(e.Aggregate, "clawback/")
	if !ok {
		return nil
	}
	return []decider.Demand{{
		Purpose: purpose + work, Operation: "ledger.settle_clawback", Body: &ledgerv1.SettleClawback{Work: work}, Due: due,
	}}
}

// Settle takes the credits when nobody has appealed in time, and lets go of them when nobody has decided an appeal.
func Settle(v *decider.View, cmd *decider.Command, body *ledgerv1.SettleClawback) ([]decider.Change, error) {
	c, ok := decider.Get[Clawback](v, ClawbackPath(body.GetWork()))
	switch {
	case !ok:
		return nil, ErrNoClawback
	case c.State == Appealed && cmd.Time >= c.DecideBy:
		return []decider.Change{decider.On(ClawbackPath(body.GetWork()), &ledgerv1.ClawbackDropped{})}, nil
	case c.State != Found:
		return nil, ErrAppealed
	case cmd.Time < c.AppealBy:
		return nil, ErrAppealTime
	}
	changes, posted, err := take(v, c, body.GetWork())
	if err != nil {
		return nil, err
	}
	return append(changes, decider.On(ClawbackPath(body.GetWork()), posted)), nil
}
