package matching_test

import (
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider/decidertest"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// FuzzPlan: whatever a plan says, it is refused, or it takes nothing that is not there.
func FuzzPlan(f *testing.F) {
	prepare := func(t decidertest.TB) (*world, *matchingv1.AdoptPlan) {
		w := newWorld(t)
		w.need("ann", 2)
		w.need("dan", 3)
		w.provider("bob", 1, 2)
		w.provider("cat", 3, 2)
		plan, _ := w.proposed()
		return w, plan
	}
	_, seed := prepare(f)
	raw, err := proto.Marshal(seed)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	provisional := proto.Clone(seed).(*matchingv1.AdoptPlan)
	provisional.Claim, provisional.Prices = matchingv1.Claim_CLAIM_PROVISIONAL, nil
	if raw, err = proto.Marshal(provisional); err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		plan := &matchingv1.AdoptPlan{}
		if proto.Unmarshal(raw, plan) != nil {
			return
		}
		w, best := prepare(t)
		if w.Try("olga", "matching.adopt_plan", plan) != "" {
			return
		}
		for _, provider := range best.GetMatches()[0].GetProviders() {
			if o := w.offerState(provider); o.Taken < 0 || o.Taken > o.Capacity || o.Standby < 0 || o.Standby > 3*o.Capacity {
				t.Errorf("offer: %+v", o)
			}
		}
	})
}

// BenchmarkProposal works out a plan of so many needs among so many providers.
func BenchmarkProposal(b *testing.B) {
	for _, size := range []int{20, 80} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			w := newWorld(b)
			for i := range size {
				w.need(residents[i%len(residents)], int64(i%3+1))
				if i < size/2 {
					w.Admit(fmt.Sprint("volunteer ", i))
					w.provider(fmt.Sprint("volunteer ", i), int32(i%9), 2)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				w.proposed()
			}
		})
	}
}
