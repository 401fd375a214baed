package main

import (
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

// loops play the closed loop again and again: topics, supporters until the rule convenes, statements, reactions, a motion, a poll. Of three
// polls one stays open because one voter is silent.
func (s *sower) loops(n int) {
	for i := range n {
		s.loop(fmt.Sprintf("loop %d", i), i%3 != 0)
	}
}

func (s *sower) loop(name string, ends bool) {
	s.Helper()
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

// money has a fund fill envelopes, and these pay neighbours.
func (s *sower) money(n int) {
	s.Helper()
	account := func(body *ledgerv1.OpenAccount) string {
		id, err := sownOf(s.must(s.First.Device, "ledger.open", body), "account")
		if err != nil {
			s.Fatal(err)
		}
		return id
	}
	source := account(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_SOURCE, Name: "街道拨款"})
	fund := account(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_FUND, Name: "维修资金"})
	envelopes, payees := make([]string, 40), make([]string, min(len(s.people), 500))
	for i := range envelopes {
		envelopes[i] = account(&ledgerv1.OpenAccount{
			Kind: ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, Name: fmt.Sprintf("楼道照明 %d", i), Fund: fund,
			Until: time.Now().Add(90 * 24 * time.Hour).UnixMilli(),
		})
	}
	for i := range payees {
		payees[i] = account(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE, Owner: s.people[i].Member})
	}
	for i := range min(60, n) {
		s.must(s.First.Device, "ledger.register_holding", &ledgerv1.RegisterHolding{
			Kind: ledgerv1.HoldingKind(1 + i%2), Name: fmt.Sprintf("水泵 %d", i), Papers: accessText("deed"),
		})
	}
	move := func(from, to string, fen int64) error {
		a, err := s.by(s.First.Device, "ledger.propose", proposedTransfer(true, from, to, fen))
		if err != nil {
			return err
		}
		id, err := sownOf(a, "transfer")
		if err == nil {
			_, err = s.by(s.Second.Device, "ledger.approve", &ledgerv1.ApproveTransfer{Transfer: id})
		}
		return err
	}
	for range len(envelopes) + 1 {
		if err := move(source, fund, 4_000_000); err != nil {
			s.Fatal(err)
		}
	}
	for _, e := range envelopes {
		if err := move(fund, e, 4_000_000); err != nil {
			s.Fatal(err)
		}
	}
	s.each("transfers", n, func(i int) error { return move(envelopes[i%len(envelopes)], payees[mrand.IntN(len(payees))], 1) })
}

// helpers has neighbours ask each other for help: of each five needs three are served to the end, one is taken on, one waits.
func (s *sower) helpers(n int) {
	s.Helper()
	providers := make([]string, max(4, min(400, len(s.people)/10)))
	s.each("providers", len(providers), func(i int) error {
		d := s.people[i]
		a, err := s.by(d, "matching.register_provider", &matchingv1.RegisterProvider{
			Member: d.Member, Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{}, RadiusCells: 20, Languages: []string{"zh"}},
		})
		if err != nil {
			return err
		}
		providers[i], err = sownOf(a, "provider")
		if err == nil {
			_, err = s.by(d, "matching.publish_offer", &matchingv1.PublishOffer{Provider: providers[i], Skill: "meal", Capacity: 10_000})
		}
		return err
	})
	needs := make([]string, n)
	s.each("needs", n, func(i int) error {
		asker := s.people[len(s.people)-1-i%(len(s.people)/2)]
		a, err := s.by(asker, "matching.raise_need", &matchingv1.RaiseNeed{
			Skill: "meal", Quantity: 1, Cell: &matchingv1.Cell{East: int32(i % 9), North: int32(i % 7)}, Text: accessText(fmt.Sprint("meal ", i)),
		})
		if err == nil {
			needs[i], err = sownOf(a, "need")
		}
		return err
	})
	for i, plan := range slices.Collect(slices.Chunk(needs, 50)) {
		at := i % len(providers)
		s.serve(plan[:len(plan)*4/5], providers[at], s.people[at])
	}
}

// serve has one provider serve what a plan gives them; the last quarter of it is only taken on.
func (s *sower) serve(needs []string, provider string, server *client.Device) {
	s.Helper()
	plan := &matchingv1.AdoptPlan{Claim: matchingv1.Claim_CLAIM_PROVISIONAL, PlannedAt: time.Now().UnixMilli() - 1000}
	for _, need := range needs {
		plan.Matches = append(plan.Matches, &matchingv1.Match{Need: need, Quantity: 1, Providers: []string{provider}})
	}
	var all []string
	for _, path := range s.must(s.First.Device, "matching.adopt_plan", plan).Changed {
		if id, ok := strings.CutPrefix(path, "assignment/"); ok {
			all = append(all, id)
		}
	}
	s.each("assignments", len(all), func(i int) error {
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
	for i := range 20 {
		s.must(s.First.Device, "aid.publish_notice", &aidv1.PublishNotice{
			Kind: "health", Scope: aidv1.NoticeScope_NOTICE_SCOPE_EVERYONE, Title: fmt.Sprintf("免费体检 %d", i), Text: "六十五岁以上居民可到卫生服务站体检。",
			ReachBy: time.Now().Add(time.Duration(20+i) * 24 * time.Hour).UnixMilli(),
		})
	}
}

func (s *sower) did(d *client.Device, operation string, body proto.Message) error {
	_, err := s.by(d, operation, body)
	return err
}

func changedBy(a *op.Answer) []string {
	if a == nil {
		return nil
	}
	return a.Changed
}
