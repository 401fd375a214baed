package decider_test

import (
	"fmt"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
)

// record makes a record of about so many commits, a handful a block: joins, topics, seconds, gifts.
func record(tb testing.TB, commits int) *world {
	tb.Helper()
	w := founded(tb, commits/8)
	members := commits / 8
	topics := []string{}
	for i := 0; int(w.machine.Size()) < commits; i++ {
		who := fmt.Sprint("m", i%members)
		var a *decider.Admitted
		service := toy.Forum
		switch {
		case i%16 == 0:
			a = w.command(who, fmt.Sprint("t", i), "forum.post", &toyv1.Post{Matter: "lift"})
		case i%4 == 1:
			service = toy.Register
			to := member(fmt.Sprint("m", (i+1)%members))
			a = w.command(who, fmt.Sprint("g", i), "register.give", &toyv1.Give{To: to, Points: 1})
		default:
			a = w.command(who, fmt.Sprint("s", i), "forum.second", &toyv1.Second{Topic: topics[len(topics)-1]})
		}
		r := w.do(service, a)
		if r.Fault == nil && i%16 == 0 {
			topics = append(topics, r.Changed[0][len("topic/"):])
		}
		if i%64 == 0 {
			w.now += 100
		}
	}
	return w
}

// BenchmarkAuditor judges every commit again and folds it under both models, on one core, without signatures.
func BenchmarkAuditor(b *testing.B) {
	w := record(b, 20_000)
	var commits int
	for b.Loop() {
		_, findings, err := reexecuteQuick(w.blocks)
		if err != nil || len(findings) > 0 {
			b.Fatal(err, findings[:1])
		}
		commits += int(w.machine.Size())
	}
	b.ReportMetric(float64(commits)/b.Elapsed().Seconds(), "commits/s")
	b.ReportMetric(0, "ns/op")
}

// reexecuteQuick leaves links and roots to whoever verifies them anyway.
func reexecuteQuick(blocks []*chain.Block) (*decider.AuditReport, []decider.Finding, error) {
	a := decider.NewAuditor(toy.Models(), decider.AuditConfig{})
	var all []decider.Finding
	for _, b := range blocks {
		for i, c := range b.Commits {
			all = append(all, a.Commit(b.First+uint64(i), c, b.Time)...)
		}
		all = append(all, a.EndBlock(&b.Sealed)...)
	}
	return a.Report(), all, nil
}
