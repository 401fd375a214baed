package neighbourhood

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// making does something that makes a record of a kind and answers its id.
func making(ctx context.Context, d *client.Device, kind, operation, path string, body proto.Message) (string, error) {
	answer, err := d.Do(ctx, operation, path, body)
	if err != nil {
		return "", fmt.Errorf("%s: %w", operation, err)
	}
	return created(answer, kind)
}

// deed is one step of somebody's.
type deed struct {
	by        *client.Device
	operation string
	path      string
	body      proto.Message
}

// inTurn does steps one after another.
func inTurn(ctx context.Context, deeds ...deed) error {
	for _, s := range deeds {
		if _, err := s.by.Do(ctx, s.operation, s.path, s.body); err != nil {
			return fmt.Errorf("%s: %w", s.operation, err)
		}
	}
	return nil
}

// PlayNeighbours plays help and what comes of it: a resident without a device needs a meal, a neighbour brings it, and an hour of work
// becomes a credit, which goes on to a third; then money comes in and is paid out by two persons, and everybody sees the books.
func (x *Example) PlayNeighbours(ctx context.Context, say func(format string, args ...any)) error {
	if err := x.serve(ctx, say); err != nil {
		return err
	}
	if err := x.credit(ctx, say); err != nil {
		return err
	}
	return x.pay(ctx, say)
}

// serve brings a need to its confirmation.
func (x *Example) serve(ctx context.Context, say func(string, ...any)) error {
	helper, helped := x.Residents[2], x.Hosted
	reach := &matchingv1.Reach{Cell: &matchingv1.Cell{East: 1}, RadiusCells: 3, Languages: []string{"zh"}}
	provider, err := making(ctx, helper, "provider", "matching.register_provider", "providers",
		&matchingv1.RegisterProvider{Member: helper.Member, Reach: reach})
	if err != nil {
		return err
	}
	if err := inTurn(ctx, deed{helper, "matching.publish_offer", "providers/" + provider + "/offers",
		&matchingv1.PublishOffer{Provider: provider, Skill: "meal", Capacity: 2}}); err != nil {
		return err
	}
	sealed, err := helped.PutText(ctx, helped.Member, "腿脚不便，请帮忙送一顿午饭")
	if err != nil {
		return fmt.Errorf("seal need: %w", err)
	}
	need, err := making(ctx, helped, "need", "matching.raise_need", "needs", &matchingv1.RaiseNeed{
		Skill: "meal", Quantity: 1, Cell: &matchingv1.Cell{}, Languages: []string{"zh"}, Text: Text(sealed),
	})
	if err != nil {
		return err
	}
	say("a resident without a device asked for a meal, and a neighbour offers to bring some")
	assignment, err := making(ctx, x.First.Device, "assignment", "matching.adopt_plan", "plans", &matchingv1.AdoptPlan{
		Claim: matchingv1.Claim_CLAIM_PROVISIONAL, PlannedAt: time.Now().UnixMilli() - 1000,
		Matches: []*matchingv1.Match{{Need: need, Quantity: 1, Providers: []string{provider}}},
	})
	if err != nil {
		return err
	}
	at := "assignments/" + assignment
	err = inTurn(ctx,
		deed{helper, "matching.accept", at + "/acceptance", &matchingv1.AcceptAssignment{Assignment: assignment, Provider: provider}},
		deed{helper, "matching.start", at + "/departure", &matchingv1.StartAssignment{Assignment: assignment}},
		deed{helper, "matching.complete", at + "/completion", &matchingv1.CompleteAssignment{Assignment: assignment, Quantity: 1}},
		deed{helped, "matching.confirm", at + "/confirmation", &matchingv1.ConfirmAssignment{Assignment: assignment, Quantity: 1}},
	)
	if err == nil {
		say("an officer matched the two; the neighbour accepted, went, and brought it; whoever was helped confirmed it")
	}
	return err
}

// housed puts residents on the register of households, each alone: only then can it be told that two do not live together.
func (x *Example) housed(ctx context.Context, members ...int) error {
	for _, i := range members {
		who := x.Hosted.Member
		if i < len(x.Residents) {
			who = x.Residents[i].Member
		}
		if err := inTurn(ctx, deed{x.Second.Device, "community.form_household", "households",
			&communityv1.FormHousehold{Household: client.NewID(), Unit: x.Units[i], Members: []string{who}}}); err != nil {
			return err
		}
	}
	return nil
}

// credit makes a credit of an hour's work and gives part of it on.
func (x *Example) credit(ctx context.Context, say func(string, ...any)) error {
	helper, helped, third := x.Residents[2], x.Hosted, x.Residents[3]
	if err := x.housed(ctx, 2, len(x.Residents)); err != nil {
		return err
	}
	sealed, err := helper.PutText(ctx, helper.Member, "送午饭，来回一小时")
	if err != nil {
		return fmt.Errorf("seal work: %w", err)
	}
	work, err := making(ctx, helper, "work", "ledger.report_work", "works",
		&ledgerv1.ReportWork{Counterparty: helped.Member, Minutes: 60, What: Text(sealed)})
	if err != nil {
		return err
	}
	err = inTurn(ctx,
		deed{helped, "ledger.confirm_work", "works/" + work + "/confirmation", &ledgerv1.ConfirmWork{Work: work}},
		deed{helper, "ledger.spend", "spendings", &ledgerv1.SpendCredits{To: third.Member, Amount: 20}},
	)
	if err == nil {
		say("an hour of work, confirmed by somebody of another household, became one credit; a third of it went on to another neighbour")
	}
	return err
}

// account opens an account for money.
func (x *Example) account(ctx context.Context, body *ledgerv1.OpenAccount) (string, error) {
	return making(ctx, x.First.Device, "account", "ledger.open", "accounts", body)
}

// moves has one officer propose a transfer and the other approve it; the first cannot do both.
func (x *Example) moves(ctx context.Context, from, to string, fen int64) error {
	sealed, err := x.First.PutText(ctx, x.First.Member, "示例款项")
	if err != nil {
		return fmt.Errorf("seal purpose: %w", err)
	}
	transfer, err := making(ctx, x.First.Device, "transfer", "ledger.propose", "transfers", &ledgerv1.ProposeTransfer{
		Lines: []*ledgerv1.Line{{From: from, To: to, Amount: fen}}, Purpose: Text(sealed), PostWhenApproved: true,
	})
	if err != nil {
		return err
	}
	path, body := "transfers/"+transfer+"/approvals", &ledgerv1.ApproveTransfer{Transfer: transfer}
	if _, err := x.First.Do(ctx, "ledger.approve", path, body); err == nil || fault.Of(err).Code != "transfer.own" {
		return fmt.Errorf("the maker approved their own transfer: %w", err)
	}
	return inTurn(ctx, deed{x.Second.Device, "ledger.approve", path, body})
}

// pay brings money into a budget and pays a neighbour back out of it, each time by two persons; then it reads what everybody can.
func (x *Example) pay(ctx context.Context, say func(string, ...any)) error {
	helper := x.Residents[2]
	accounts := map[string]string{}
	for _, a := range []struct {
		name string
		body *ledgerv1.OpenAccount
	}{
		{"source", &ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_SOURCE, Name: "街道拨款 / Grant"}},
		{"fund", &ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_FUND, Name: "互助资金 / Mutual aid"}},
		{"envelope", &ledgerv1.OpenAccount{
			Kind: ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, Name: "送餐补贴 / Meals", Until: time.Now().Add(24 * time.Hour).UnixMilli(),
		}},
		{"payee", &ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE, Owner: helper.Member}},
	} {
		if a.name == "envelope" {
			a.body.Fund = accounts["fund"]
		}
		id, err := x.account(ctx, a.body)
		if err != nil {
			return err
		}
		accounts[a.name] = id
	}
	for _, step := range []struct {
		from, to string
		fen      int64
	}{{"source", "fund", 1000_00}, {"fund", "envelope", 200_00}, {"envelope", "payee", 18_50}} {
		if err := x.moves(ctx, accounts[step.from], accounts[step.to], step.fen); err != nil {
			return err
		}
	}
	say("a grant came into a fund, a part of it into a budget for meals, and the neighbour got 18.50 yuan back: each time one officer " +
		"proposed it and one of another organisation agreed; the proposer's own word was refused")
	var own struct {
		Entries []struct {
			Index  uint64
			Amount int64
		}
	}
	err := Eventually(ctx, "own entries", func() error {
		if err := helper.Get(ctx, "/v1/communities/"+x.Community+"/own-entries", &own); err != nil {
			return err
		}
		if len(own.Entries) == 0 || own.Entries[0].Amount != 18_50 {
			return errNotYet
		}
		return nil
	})
	if err != nil {
		return err
	}
	say("the neighbour finds %d entries of their own; the log proves each, this one as commit %d", len(own.Entries), own.Entries[0].Index)
	var books struct {
		Envelopes []struct {
			Paid       int64
			PaidPeople int64 `json:"paid_people"`
		}
	}
	if err := x.First.Get(ctx, "/v1/communities/"+x.Community+"/books", &books); err != nil {
		return fmt.Errorf("read the books: %w", err)
	}
	if len(books.Envelopes) != 1 || books.Envelopes[0].Paid != 18_50 || books.Envelopes[0].PaidPeople != -1 {
		return fmt.Errorf("the open books say %+v", books)
	}
	say("everybody reads without signing in that the budget has paid 18.50 yuan; to how few people is held back")
	return nil
}
