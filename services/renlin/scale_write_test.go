package main

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/client"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// writing is one thing that a screen sends.
type writing struct {
	operation, path string
	body            proto.Message
}

// writeOn has neighbours write, one after another, some twenty times a second, until ctx ends.
func (a *asking) writeOn(ctx context.Context) {
	turn := time.NewTicker(50 * time.Millisecond)
	defer turn.Stop()
	gateway := client.New(a.address)
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-turn.C:
		}
		own := *a.s.people[i%len(a.s.people)]
		own.Gateway, own.Tries = gateway, 1
		other := a.s.people[(i+1)%len(a.s.people)]
		for _, w := range []writing{[]writing{
			{"proposal.post", "topics", &proposalv1.PostTopic{Matter: neighbourhood.MatterLift, Text: accessText(fmt.Sprint("lift ", i))}},
			{"ledger.report_work", "works", &ledgerv1.ReportWork{Counterparty: other.Member, Minutes: 5, What: accessText("shopping")}},
			{"matching.raise_need", "needs", &matchingv1.RaiseNeed{
				Skill: "errand", Quantity: 1, Cell: &matchingv1.Cell{}, Text: accessText(fmt.Sprint("errand ", i)),
			}},
		}[i%3]} {
			began := time.Now()
			if _, err := own.Do(ctx, w.operation, w.path, w.body); err != nil {
				if ctx.Err() == nil {
					a.Errorf("%s: %v", w.operation, err)
				}
				return
			}
			a.note("POST "+w.operation, time.Since(began))
		}
	}
}
