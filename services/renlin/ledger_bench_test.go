package main

import (
	"context"
	"testing"

	"renlin.dev/pkg/client"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// BenchmarkSpendingHTTP spends credits through a pilot's HTTP address, each member's next when the last was answered. "neighbours" gives to
// one after another, so that no account is in many expenses at once; "pool" gives all to the one account that everybody writes. What the
// lane makes of that is the ratio.
func BenchmarkSpendingHTTP(b *testing.B) {
	tuneCollector()
	address, _ := startPilot(b)
	n, members := foundVoters(b, address, benchVoters)
	earn(b, n, members)
	spend := func(ctx context.Context, d *client.Device, to string) error {
		_, err := d.Do(ctx, "ledger.spend", "spendings", &ledgerv1.SpendCredits{To: to, Amount: 1})
		return err
	}
	var apart float64
	b.Run("neighbours", func(b *testing.B) {
		apart = closedLoop(b, len(members), "payments/s", func(ctx context.Context, i int) error {
			return spend(ctx, members[i], members[(i+7)%len(members)].Member)
		})
	})
	b.Run("pool", func(b *testing.B) {
		together := closedLoop(b, len(members), "payments/s", func(ctx context.Context, i int) error { return spend(ctx, members[i], "") })
		b.ReportMetric(together/apart, "neighbours-ratio")
	})
}

// earn has every member, each of whom lives alone, work ten hours for the next one.
func earn(b *testing.B, n *neighbourhood.Neighbourhood, members []*client.Device) {
	b.Helper()
	unit := client.NewID()
	_, err := n.First.Do(b.Context(), "community.register_unit", "units", &communityv1.RegisterUnit{Unit: unit, AreaCentiM2: 5000})
	if err != nil {
		b.Fatal(err)
	}
	for _, m := range members {
		_, err := n.First.Do(b.Context(), "community.form_household", "households", &communityv1.FormHousehold{
			Household: client.NewID(), Unit: unit, Members: []string{m.Member},
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	err = neighbourhood.Parallel(b.Context(), votersAtOnce, len(members), func(ctx context.Context, i int) error {
		other := members[(i+1)%len(members)]
		out, err := members[i].Do(ctx, "ledger.report_work", "works", &ledgerv1.ReportWork{
			Counterparty: other.Member, Minutes: 600, What: accessText("shopping"),
		})
		if err != nil {
			return err
		}
		id := out.Changed[0][len("work/"):]
		_, err = other.Do(ctx, "ledger.confirm_work", "works/"+id+"/confirmation", &ledgerv1.ConfirmWork{Work: id})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}
