package main

import (
	"context"
	"crypto/rand"
	"fmt"
	mrand "math/rand/v2"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// scaleRulebook is the example's, under which nothing runs out while a record is sown.
func scaleRulebook(firstOrg string) *communityv1.Rulebook {
	const week = 7 * 24 * 3600
	book := directRulebook(firstOrg)
	book.OpenTopicsMax = 100
	for _, m := range book.GetMatters() {
		m.DeliberationSeconds, m.Poll.VotingSeconds = week, week
	}
	book.Matching.OfferSeconds, book.Matching.CheckInSeconds, book.Matching.ConfirmSeconds = week, week, week
	book.Ledger = &communityv1.LedgerRules{WeekMinutesMax: 10_000}
	return book
}

// loop plays a closed loop: topics, supporters until the rule convenes, statements, reactions, a motion, a poll. One that does not end
// stays open because one voter is silent.
func (s *sower) loop(n int, ends bool) {
	s.Helper()
	name := fmt.Sprintf("loop %d", n)
	topics := make([]string, min(25, len(s.people)/4))
	order := mrand.Perm(len(s.people))
	s.each(name+", topics", len(topics), func(i int) (err error) {
		d := s.people[order[i]]
		a, err := s.by(d, "proposal.post", &proposalv1.PostTopic{Matter: neighbourhood.MatterGreening, Text: accessText(name + fmt.Sprint(i))})
		if err == nil {
			topics[i], err = sownOf(a, "topic")
		}
		return err
	})
	s.each(name+", supporters", len(order)/2, func(i int) error {
		if i < len(topics) {
			return nil // has raised one
		}
		_, err := s.by(s.people[order[i]], "proposal.second", &proposalv1.SecondTopic{Topic: topics[i%len(topics)]})
		if turnedDown(err, "topic.") {
			return nil // the rule has convened a deliberation of it already
		}
		return err
	})
	var topic struct{ Deliberation string }
	s.until("deliberation", "topic/"+topics[0], &topic, func() bool { return topic.Deliberation != "" })
	s.deliberate(name, topic.Deliberation)
	s.must(s.First.Device, "proposal.close", &proposalv1.CloseDeliberation{
		Deliberation: topic.Deliberation, Minutes: "多数赞成。", Motion: &proposalv1.Motion{Title: name, Text: "先装四张长椅，再种三棵树。"},
	})
	s.vote(name, ends)
}

func (s *sower) deliberate(name, deliberation string) {
	s.Helper()
	statements := make([]string, 20)
	s.each(name+", statements", len(statements), func(i int) error {
		a, err := s.by(s.people[i%len(s.people)], "proposal.submit", &proposalv1.SubmitStatement{
			Deliberation: deliberation, Text: accessText(fmt.Sprint(name, " statement ", i)),
		})
		for _, path := range changedBy(a) {
			if at := strings.Index(path, "/statement/"); at > 0 {
				statements[i] = path[at+len("/statement/"):]
			}
		}
		return err
	})
	s.each(name+", reactions", len(s.people)/2, func(i int) error {
		_, err := s.by(s.people[i], "proposal.react", &proposalv1.React{
			Deliberation: deliberation, Statement: statements[mrand.IntN(len(statements))], Attitude: proposalv1.Attitude(1 + i%3),
		})
		return err
	})
}

func (s *sower) vote(name string, ends bool) {
	s.Helper()
	poll := ""
	s.eventually("poll called", func() error {
		page, err := s.page("poll", s.polls)
		if err != nil || len(page.Records) == 0 {
			return fmt.Errorf("no poll yet: %w", err)
		}
		for _, r := range page.Records {
			if id := strings.TrimPrefix(r.Path, "poll/"); !s.voted[id] {
				poll = id
				return nil
			}
		}
		s.polls = page.Next
		return fmt.Errorf("no new poll yet")
	})
	s.voted[poll] = true
	var state neighbourhood.PollState
	s.until("poll open", "poll/"+poll, &state, func() bool { return state.Roll != nil && len(state.BoxKey) > 0 })
	voters := s.people
	if !ends {
		voters = voters[1:]
	}
	s.each(name+", ballots", len(voters), func(i int) error {
		d, choice := voters[i], yes
		if i%4 == 3 {
			choice = no
		}
		box, err := ballot.Seal(rand.Reader, state.BoxKey, poll, d.Member, choice)
		if err != nil {
			return err
		}
		_, err = s.by(d, "voting.cast", &votingv1.CastBallot{Poll: poll, Voter: d.Member, Box: box})
		return err
	})
}

// credits has neighbours work for each other, and spend what that earned.
func (s *sower) credits(n int) {
	s.Helper()
	s.each("works", n, func(i int) error {
		worker, other := s.two()
		a, err := s.by(worker, "ledger.report_work", &ledgerv1.ReportWork{Counterparty: other.Member, Minutes: 5, What: accessText("shopping")})
		if err != nil {
			return err
		}
		id, err := sownOf(a, "work")
		if err == nil {
			_, err = s.by(other, "ledger.confirm_work", &ledgerv1.ConfirmWork{Work: id})
		}
		if err == nil && i%2 == 0 {
			_, err = s.by(worker, "ledger.spend", &ledgerv1.SpendCredits{To: other.Member, Amount: 1})
			if turnedDown(err, "credit") || turnedDown(err, "spending") {
				return nil
			}
		}
		return err
	})
}

// tillage opens what rounds go through: accounts and holdings, a fund that has filled envelopes, providers.
func (s *sower) tillage() {
	s.Helper()
	source := s.account(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_SOURCE, Name: "街道拨款"})
	s.fund = s.account(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_FUND, Name: "维修资金"})
	s.envelopes, s.payees = make([]string, 40), make([]string, min(len(s.people), 500))
	for i := range s.envelopes {
		s.envelopes[i] = s.account(&ledgerv1.OpenAccount{
			Kind: ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, Name: fmt.Sprintf("楼道照明 %d", i), Fund: s.fund,
			Until: time.Now().Add(90 * 24 * time.Hour).UnixMilli(),
		})
	}
	s.each("payees", len(s.payees), func(i int) (err error) {
		s.payees[i], err = s.made(s.First.Device, "account", "ledger.open",
			&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE, Owner: s.people[i].Member})
		return err
	})
	for i := range 60 {
		s.must(s.First.Device, "ledger.register_holding", &ledgerv1.RegisterHolding{
			Kind: ledgerv1.HoldingKind(1 + i%2), Name: fmt.Sprintf("水泵 %d", i), Papers: accessText("deed"),
		})
	}
	for range len(s.envelopes) + 1 {
		if err := s.move(source, s.fund, 4_000_000); err != nil {
			s.Fatal(err)
		}
	}
	for _, e := range s.envelopes {
		if err := s.move(s.fund, e, 4_000_000); err != nil {
			s.Fatal(err)
		}
	}
	for i := range 20 {
		s.must(s.First.Device, "aid.publish_notice", &aidv1.PublishNotice{
			Kind: "health", Scope: aidv1.NoticeScope_NOTICE_SCOPE_EVERYONE, Title: fmt.Sprintf("免费体检 %d", i), Text: "六十五岁以上居民可到卫生服务站体检。",
			ReachBy: time.Now().Add(time.Duration(20+i) * 24 * time.Hour).UnixMilli(),
		})
	}
	s.serving(max(4, min(400, len(s.people)/10)))
}

func (s *sower) account(body *ledgerv1.OpenAccount) string {
	s.Helper()
	id, err := s.made(s.First.Device, "account", "ledger.open", body)
	if err != nil {
		s.Fatal(err)
	}
	return id
}

// move has two organisations agree on a transfer.
func (s *sower) move(from, to string, fen int64) error {
	id, err := s.made(s.First.Device, "transfer", "ledger.propose", proposedTransfer(true, from, to, fen))
	if err != nil {
		return err
	}
	return s.did(s.Second.Device, "ledger.approve", &ledgerv1.ApproveTransfer{Transfer: id})
}

// money has envelopes pay neighbours, each its own, so that none waits for another's.
func (s *sower) money(n int) {
	s.Helper()
	s.each("envelopes' transfers", len(s.envelopes), func(i int) error {
		for k := i; k < n; k += len(s.envelopes) {
			if err := s.move(s.envelopes[i], s.payees[k%len(s.payees)], 1); err != nil {
				return err
			}
		}
		return nil
	})
}

// serving has neighbours offer meals.
func (s *sower) serving(n int) {
	s.Helper()
	s.providers = make([]string, n)
	s.each("providers", n, func(i int) (err error) {
		d := s.people[i]
		s.providers[i], err = s.made(d, "provider", "matching.register_provider", &matchingv1.RegisterProvider{
			Member: d.Member, Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{}, RadiusCells: 20, Languages: []string{"zh"}},
		})
		if err != nil {
			return err
		}
		return s.did(d, "matching.publish_offer", &matchingv1.PublishOffer{Provider: s.providers[i], Skill: "meal", Capacity: 10_000})
	})
}

// helpers has neighbours ask each other for help: of each five needs three are served to the end, one is taken on, one waits.
func (s *sower) helpers(n int) {
	s.Helper()
	needs := make([]string, n)
	s.each("needs", n, func(i int) (err error) {
		asker := s.people[len(s.people)-1-mrand.IntN(len(s.people)/2)]
		needs[i], err = s.made(asker, "need", "matching.raise_need", &matchingv1.RaiseNeed{
			Skill: "meal", Quantity: 1, Cell: &matchingv1.Cell{East: int32(i % 9), North: int32(i % 7)}, Text: accessText(fmt.Sprint("meal ", i)),
		})
		return err
	})
	plans := slices.Collect(slices.Chunk(needs, 50))
	first := mrand.IntN(len(s.providers))
	s.each("plans", len(plans), func(i int) error {
		at := (first + i) % len(s.providers)
		return s.serve(plans[i][:len(plans[i])*4/5], s.providers[at], s.people[at])
	})
}

// serve has one provider serve what a plan gives them; the last quarter of it is only taken on.
func (s *sower) serve(needs []string, provider string, server *client.Device) error {
	plan := &matchingv1.AdoptPlan{Claim: matchingv1.Claim_CLAIM_PROVISIONAL, PlannedAt: time.Now().UnixMilli() - 1000}
	for _, need := range needs {
		plan.Matches = append(plan.Matches, &matchingv1.Match{Need: need, Quantity: 1, Providers: []string{provider}})
	}
	adopted, err := s.by(s.First.Device, "matching.adopt_plan", plan)
	var all []string
	for _, path := range changedBy(adopted) {
		if id, ok := strings.CutPrefix(path, "assignment/"); ok {
			all = append(all, id)
		}
	}
	if err != nil {
		return err
	}
	return neighbourhood.Parallel(s.ctx, len(all), len(all), func(_ context.Context, i int) error {
		err := s.did(server, "matching.accept", &matchingv1.AcceptAssignment{Assignment: all[i], Provider: provider})
		if err != nil || i >= len(all)*3/4 {
			return err
		}
		if err = s.did(server, "matching.complete", &matchingv1.CompleteAssignment{Assignment: all[i], Quantity: 1}); err == nil {
			err = s.did(s.First.Device, "matching.confirm", &matchingv1.ConfirmAssignment{Assignment: all[i], Quantity: 1})
		}
		return err
	})
}

// cases has grid workers look after people: of each two cases one goes on to a delivery that is acknowledged.
func (s *sower) cases(n int) {
	s.Helper()
	s.each("cases", n, func(i int) error {
		worker, file := s.workers[i%len(s.workers)], client.NewID()
		steps := []func() error{
			func() error { return s.did(worker, "aid.register", &aidv1.RegisterBeneficiary{Beneficiary: file}) },
		}
		for _, p := range []aidv1.ConsentPurpose{aidv1.ConsentPurpose_CONSENT_PURPOSE_CASE_WORK, aidv1.ConsentPurpose_CONSENT_PURPOSE_DELIVERY} {
			steps = append(steps, func() error {
				return s.did(worker, "aid.give_consent", &aidv1.GiveConsent{Beneficiary: file, Purpose: p, Evidence: accessText("said so")})
			})
		}
		for _, step := range steps {
			if err := step(); err != nil {
				return err
			}
		}
		ask := aidAsk(file)
		ask.Text = accessText(fmt.Sprint("hungry ", i))
		a, err := s.by(worker, "aid.request", ask)
		if err != nil {
			return err
		}
		id, err := sownOf(a, "aid-case")
		if err == nil {
			err = s.did(worker, "aid.assign", &aidv1.AssignCase{Case: id, Worker: worker.Member})
		}
		if err == nil && i%2 == 0 {
			err = s.did(worker, "aid.assess", &aidv1.AssessCase{Case: id, Urgency: aidv1.Urgency_URGENCY_ORDINARY, Findings: accessText("found")})
		}
		return err
	})
}

func (s *sower) did(d *client.Device, operation string, body proto.Message) error {
	_, err := s.by(d, operation, body)
	return err
}

// made does something and gives the id of what it makes.
func (s *sower) made(d *client.Device, kind, operation string, body proto.Message) (string, error) {
	a, err := s.by(d, operation, body)
	if err != nil {
		return "", err
	}
	return sownOf(a, kind)
}

func changedBy(a *op.Answer) []string {
	if a == nil {
		return nil
	}
	return a.Changed
}
