package matching_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"renlin.dev/pkg/decider/decidertest"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/audit/plancheck"
	"renlin.dev/services/matching"
	"renlin.dev/services/matching/internal/supply"
)

// dice is a deterministic generator (splitmix64).
type dice uint64

func (d *dice) roll(n int) int {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}

// newTown has many ask and many offer at once, over a place of thirty squares of 500 metres each way: twelve skills of which few are frequent,
// two providers of five in organisations, every third need assessed.
func newTown(t decidertest.TB, needs, providers int) *world {
	w, d := newWorld(t), dice(7)
	book := rulebook()
	book.Matching.Skills = nil
	for i := range 12 {
		book.Matching.Skills = append(book.Matching.Skills, &communityv1.Skill{Code: skillOf(i), Title: skillOf(i)})
	}
	w.Adopt(book)
	skill := func() string { return skillOf(min(d.roll(12), d.roll(12))) }
	cell := func() *matchingv1.Cell { return &matchingv1.Cell{East: int32(d.roll(30)), North: int32(d.roll(30))} }
	for i := range providers {
		registered := &matchingv1.ProviderRegistered{
			Member: id(fmt.Sprint("volunteer ", i)), Reach: &matchingv1.Reach{Cell: cell(), RadiusCells: uint32(3 + d.roll(6)), Languages: []string{"zh"}},
		}
		if d.roll(5) < 2 {
			registered.Org = id(fmt.Sprint("organisation ", d.roll(providers/80+2)))
		}
		provider := supply.ProviderID(registered.GetOrg(), registered.GetMember())
		w.Fact(supply.ProviderPath(provider), registered)
		for _, s := range slices.Compact([]string{skill(), skill(), skill()}) {
			if w.State.Version(supply.OfferPath(provider, s)) == 0 {
				w.Fact(supply.OfferPath(provider, s), &matchingv1.OfferPublished{Capacity: int64(1 + d.roll(4))})
			}
		}
	}
	for i := range needs {
		member := id(fmt.Sprint("resident ", i))
		raised := &matchingv1.NeedRaised{
			Skill: skill(), Quantity: int64(1 + d.roll(2)), Cell: cell(), Text: text("soup"), Beneficiary: member, By: member,
		}
		path := supply.NeedPath(id(fmt.Sprint("need ", i)))
		if i%3 > 0 {
			w.Fact(path, raised)
			continue
		}
		w.Fact(path, raised, &matchingv1.NeedAssessed{Priority: uint32(1 + d.roll(9)), Vulnerable: d.roll(5) == 0, By: id("gwen")})
	}
	return w
}

func skillOf(i int) string { return fmt.Sprintf("skill-%c", 'a'+i) }

// BenchmarkTown does what a planner does after each block, in a town of 10,000 needs and 3,000 providers: it takes what waits and what is
// free out of the state, works a plan of up to a hundred lines out, and has it judged. propose-ms is the first two, and judge-ms the third.
// Then whoever reads the record holds the plans against everything that waited and was free: check-ms is for one of them, read-ms for
// reading the whole record, and check-ratio is the former over propose-ms. All times are of the processor.
func BenchmarkTown(b *testing.B) {
	w := newTown(b, 10_000, 3_000)
	var propose, judge []time.Duration
	lines := 0
	for b.Loop() {
		w.Now += 1000
		question, err := json.Marshal(matching.ProposalQuestion{Now: w.Now})
		if err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		began := processor()
		raw, err := matching.AnswerProposal(w.State, question)
		propose = append(propose, processor()-began)
		var answer matching.ProposalAnswer
		plan := &matchingv1.AdoptPlan{}
		if err != nil || json.Unmarshal(raw, &answer) != nil || protojson.Unmarshal([]byte(answer.Plan), plan) != nil {
			b.Fatalf("%s: %v", raw, err)
		}
		lines += len(plan.GetMatches()) + len(plan.GetUnserved())
		in := w.Input("olga", "matching.adopt_plan", plan)
		began = processor()
		verdict := w.State.Judge(in)
		judge = append(judge, processor()-began)
		if verdict.Err != nil {
			b.Fatal(verdict.Err)
		}
		if _, err := w.Submit(in); err != nil {
			b.Fatal(err)
		}
	}
	began, c := processor(), plancheck.New()
	for i, commit := range w.Log {
		c.Add(uint64(i), w.Encode(commit))
		c.Block(uint64(i), 1, w.Heads[i].Hash())
	}
	read := processor() - began
	began = processor()
	r := c.Report()
	check := (processor() - began) / time.Duration(len(r.Plans))
	if !r.OK {
		b.Errorf("%+v", r)
	}
	slices.Sort(propose)
	slices.Sort(judge)
	millis := func(d time.Duration) float64 { return float64(d) / 1e6 }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(lines)/float64(len(propose)), "lines/plan")
	b.ReportMetric(millis(propose[len(propose)/2]), "propose-ms")
	b.ReportMetric(millis(propose[len(propose)-1]), "propose-worst-ms")
	b.ReportMetric(millis(judge[len(judge)/2]), "judge-ms")
	b.ReportMetric(millis(read), "read-ms")
	b.ReportMetric(millis(check), "check-ms")
	b.ReportMetric(float64(check)/float64(propose[len(propose)/2]), "check-ratio")
}
