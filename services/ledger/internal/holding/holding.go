// Package holding keeps the register of what the community owns besides its funds: assets that are used, and resources that are let.
//
// An officer puts something onto the register with its papers, and tells what becomes of it, each time with evidence: its condition, a
// lease, an income, its disposal. An income is shown by the transfer that brought it from a source into a fund, and counts once. What is
// disposed of takes two officers of different organisations, and is told of no more. Everything that was told stays.
package holding

import (
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/book"
	"renlin.dev/services/ledger/internal/payment"
	"renlin.dev/services/ledger/internal/words"
)

// Refusals about holdings.
var (
	// ErrUnknown: there is no such holding.
	ErrUnknown = fault.New(fault.NotFound, "holding.unknown", "There is no such thing on the register.", "登记册中没有该项资产资源。")
	// ErrKind: it is neither an asset nor a resource, or has no name that can be read.
	ErrKind = fault.New(fault.Invalid, "holding.malformed",
		"Please say whether it is an asset or a resource, and give it a name that can be read.", "请注明属于资产还是资源，并填写可读的名称。")
	// ErrReport: what is told does not fit.
	ErrReport = fault.New(fault.Invalid, "holding.report_malformed",
		"This does not fit what is reported: a condition, a lease with its end, an income with its transfer, or a disposal.",
		"所填内容与报告类型不符：状况、出租（含期限）、收入（含转账）或处置。")
	// ErrIncome: the transfer shows no income, or was shown already.
	ErrIncome = fault.New(fault.Refused, "holding.income_unshown",
		"An income is shown by a transfer from a source into a fund that was carried out, once.", "收入须由一笔已执行的由来源转入资金的转账证明，且只能使用一次。")
	// ErrDisposed: it is not the community's any more.
	ErrDisposed = fault.New(fault.Refused, "holding.disposed", "The community does not have this any more.", "该项资产资源已处置。")
	// ErrSecond: a disposal takes two organisations.
	ErrSecond = fault.New(fault.Forbidden, "holding.second_org",
		"Giving something up needs the signature of a second organisation's officer.", "处置须由另一组织的负责人共同签名。")
)

// Holding is aggregate holding/<id>. Times are milliseconds since the Unix epoch.
type Holding struct {
	Kind         string     `json:"kind"` // asset or resource
	Name         string     `json:"name"`
	Papers       words.Text `json:"papers"`
	Org          string     `json:"org"` // whose officer registered it
	RegisteredAt int64      `json:"registered_at"`
	Condition    string     `json:"condition,omitempty"`
	LeasedUntil  int64      `json:"leased_until,omitempty"`
	IncomeFen    int64      `json:"income_fen"`
	DisposedAt   int64      `json:"disposed_at,omitempty"`
	Reports      []Report   `json:"reports,omitempty"` // the last ones; all of them are on the record
}

// Report is something that was told of a holding.
type Report struct {
	Kind     string     `json:"kind"`
	Evidence words.Text `json:"evidence"`
	Transfer string     `json:"transfer,omitempty"`
	Org      string     `json:"org"`
	At       int64      `json:"at"`
	Position uint64     `json:"position"` // of its commit, whose index is one less: the log proves that it was told
}

// Shown is aggregate income/<transfer>: a transfer shows one income.
type Shown struct {
	Holding string `json:"holding"`
}

// reportsMax is how many reports a state shows.
const reportsMax = 20

// Clone copies what Evolve writes into.
func (h *Holding) Clone() *Holding {
	dup := *h
	dup.Reports = slices.Clone(h.Reports)
	return &dup
}

// Path names a holding's aggregate.
func Path(id string) string { return "holding/" + id }

// Kinds registers the aggregates of this package.
func Kinds(m *decider.Model) {
	decider.Kind("holding", true, evolve)(m)
	decider.Kind("income", true, func(s *Shown, e decider.Event) {
		if b, ok := e.Body.(*ledgerv1.IncomeShown); ok {
			s.Holding = b.GetHolding()
		}
	})(m)
}

var (
	kindOf = map[ledgerv1.HoldingKind]string{
		ledgerv1.HoldingKind_HOLDING_KIND_ASSET: "asset", ledgerv1.HoldingKind_HOLDING_KIND_RESOURCE: "resource",
	}
	reportOf = map[ledgerv1.ReportKind]string{
		ledgerv1.ReportKind_REPORT_KIND_CONDITION: "condition", ledgerv1.ReportKind_REPORT_KIND_LEASE: "lease",
		ledgerv1.ReportKind_REPORT_KIND_INCOME: "income", ledgerv1.ReportKind_REPORT_KIND_DISPOSAL: "disposal",
	}
	conditionOf = map[ledgerv1.Condition]string{
		ledgerv1.Condition_CONDITION_GOOD: "good", ledgerv1.Condition_CONDITION_WORN: "worn", ledgerv1.Condition_CONDITION_BROKEN: "broken",
	}
)

func evolve(h *Holding, e decider.Event) {
	switch b := e.Body.(type) {
	case *ledgerv1.HoldingRegistered:
		*h = Holding{
			Kind: kindOf[b.GetKind()], Name: b.GetName(), Papers: words.Of(b.GetPapers()), Org: b.GetOrg(), RegisteredAt: e.Time,
		}
	case *ledgerv1.HoldingReported:
		switch b.GetKind() {
		case ledgerv1.ReportKind_REPORT_KIND_CONDITION:
			h.Condition = conditionOf[b.GetCondition()]
		case ledgerv1.ReportKind_REPORT_KIND_LEASE:
			h.LeasedUntil = b.GetUntil()
		case ledgerv1.ReportKind_REPORT_KIND_INCOME:
			h.IncomeFen += b.GetAmountFen()
		case ledgerv1.ReportKind_REPORT_KIND_DISPOSAL:
			h.DisposedAt = e.Time
		}
		h.Reports = append(h.Reports, Report{
			Kind: reportOf[b.GetKind()], Evidence: words.Of(b.GetEvidence()), Transfer: b.GetTransfer(), Org: b.GetOrg(), At: e.Time,
			Position: e.Position,
		})
		if n := len(h.Reports); n > reportsMax {
			h.Reports = slices.Clone(h.Reports[n-reportsMax:])
		}
	}
}

// Register puts something onto the register.
func Register(v *decider.View, cmd *decider.Command, body *ledgerv1.RegisterHolding) ([]decider.Change, error) {
	if kindOf[body.GetKind()] == "" || !book.Readable(body.GetName()) {
		return nil, ErrKind
	}
	if err := standing.CheckText(body.GetPapers()); err != nil {
		return nil, err
	}
	org, err := payment.Officer(v, cmd.Actor)
	if err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(Path(cmd.ID.NewAggregate()), &ledgerv1.HoldingRegistered{
		Kind: body.GetKind(), Name: body.GetName(), Papers: body.GetPapers(), Org: org,
	})}, nil
}

// Tell records what becomes of a holding.
func Tell(v *decider.View, cmd *decider.Command, body *ledgerv1.ReportHolding) ([]decider.Change, error) {
	h, ok := decider.Get[Holding](v, Path(body.GetHolding()))
	switch {
	case !ok:
		return nil, ErrUnknown
	case h.DisposedAt > 0:
		return nil, ErrDisposed
	}
	if err := fits(cmd.Time, body); err != nil {
		return nil, err
	}
	org, err := payment.Officer(v, cmd.Actor)
	if err != nil {
		return nil, err
	}
	reported := &ledgerv1.HoldingReported{
		Kind: body.GetKind(), Condition: body.GetCondition(), Evidence: body.GetEvidence(), Transfer: body.GetTransfer(),
		Until: body.GetUntil(), Org: org,
	}
	changes := []decider.Change{}
	switch body.GetKind() {
	case ledgerv1.ReportKind_REPORT_KIND_DISPOSAL:
		if !second(v, cmd, org) {
			return nil, ErrSecond
		}
	case ledgerv1.ReportKind_REPORT_KIND_INCOME:
		if reported.AmountFen, err = income(v, body.GetTransfer()); err != nil {
			return nil, err
		}
		changes = append(changes, decider.On("income/"+body.GetTransfer(), &ledgerv1.IncomeShown{Holding: body.GetHolding()}))
	}
	return append(changes, decider.On(Path(body.GetHolding()), reported)), nil
}

// fits refuses a report that does not say what its kind says.
func fits(now int64, body *ledgerv1.ReportHolding) error {
	kind := body.GetKind()
	lease, known := kind == ledgerv1.ReportKind_REPORT_KIND_LEASE, conditionOf[body.GetCondition()] != ""
	switch {
	case reportOf[kind] == "",
		known != (kind == ledgerv1.ReportKind_REPORT_KIND_CONDITION) || !known && body.GetCondition() != 0,
		(body.GetTransfer() != "") != (kind == ledgerv1.ReportKind_REPORT_KIND_INCOME),
		lease && body.GetUntil() <= now, !lease && body.GetUntil() != 0:
		return ErrReport
	}
	return standing.CheckText(body.GetEvidence())
}

// second tells whether an officer of another organisation has signed too.
func second(v *decider.View, cmd *decider.Command, org string) bool {
	return slices.ContainsFunc(cmd.Cosigners, func(id string) bool {
		m, err := standing.Active(v, id)
		if err != nil {
			return false
		}
		other, holds := m.Roles[communityv1.Role_ROLE_OFFICER]
		return holds && other != org
	})
}

// income gives what a transfer brought from sources into funds, without what was taken back since.
func income(v *decider.View, transfer string) (fen int64, err error) {
	t, ok := decider.Get[payment.Transfer](v, payment.Path(transfer))
	if !ok || t.State != payment.Posted || v.Exists("income/"+transfer) {
		return 0, ErrIncome
	}
	for _, l := range t.Lines {
		from, ok := decider.Get[book.Account](v, book.Path(l.From))
		if !ok || from.Kind != book.Source {
			return 0, ErrIncome
		}
		fen += l.Posted - l.Corrected
	}
	if fen == 0 { // all of it went back
		return 0, ErrIncome
	}
	return fen, nil
}
