package services_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/verify"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// busy is a community in which so many residents are admitted, enrol a device, second topics and react to statements: about twelve
// commits each, by the real services' rules.
func busy(tb testing.TB, members int) *forge.Record {
	tb.Helper()
	names := make([]string, members)
	for i := range names {
		names[i] = fmt.Sprint("resident ", i)
	}
	w := settled(tb, names...)
	var topics []string
	for i := range 4 {
		posted := w.Do("proposal.post", &proposalv1.PostTopic{Matter: "parks", Text: storyText("trees")}, forge.Key(names[i]))
		topics = append(topics, posted.ID.NewAggregate())
	}
	for _, topic := range topics {
		for _, name := range names[4:] {
			w.Do("proposal.second", &proposalv1.SecondTopic{Topic: topic}, forge.Key(name))
		}
	}
	raised := w.Do("proposal.post", &proposalv1.PostTopic{Matter: "works", Text: storyText("the roof leaks")}, forge.Key(names[0]))
	for i := 1; len(w.State("proposal").Members("deliberation")) == 0; i++ {
		w.Do("proposal.second", &proposalv1.SecondTopic{Topic: raised.ID.NewAggregate()}, forge.Key(names[i]))
	}
	deliberation := w.State("proposal").Members("deliberation")[0]
	for i := range 5 {
		said := w.Do("proposal.submit", &proposalv1.SubmitStatement{Deliberation: deliberation, Text: storyText("soon")}, forge.Key(names[i]))
		for j, name := range names {
			w.Do("proposal.react", &proposalv1.React{
				Deliberation: deliberation, Statement: said.ID.NewAggregate(), Attitude: proposalv1.Attitude(1 + j%3),
			}, forge.Key(name))
		}
	}
	w.Do("community.admit_member", &communityv1.AdmitMember{Member: forge.ID("zoe"), Profile: storyText("zoe")}, forge.Key("ann"))
	w.Flush()
	return w.Record
}

// oneCore keeps a part of a benchmark to one core, the collector included.
func oneCore(b *testing.B) {
	b.Helper()
	before := runtime.GOMAXPROCS(1)
	b.Cleanup(func() { runtime.GOMAXPROCS(before) })
}

// BenchmarkVerify is what an outsider's audit costs. Reading the bundle is in every figure; its compression is only in whole and read.
// Signatures have their peer, bare ed25519.Verify on every core, in the same run.
func BenchmarkVerify(b *testing.B) {
	r := busy(b, 500)
	commits := float64(r.Size())
	bytesOf := func(perBlock int, plain bool) []byte {
		dup := r.Clone()
		dup.Regroup(perBlock)
		p := forge.NewPack(dup)
		p.Plain = plain
		return p.Bytes()
	}
	// rate tells commits by wall time, and by the time that the processors really gave.
	rate := func(b *testing.B, began time.Duration) {
		b.Helper()
		n := commits * float64(b.N)
		b.ReportMetric(n/b.Elapsed().Seconds(), "commits/s")
		if used := cpuTime() - began; used > 0 {
			b.ReportMetric(n/used.Seconds(), "commits/cpu-s")
		}
	}
	run := func(b *testing.B, raw []byte, opts verify.Options) *verify.Report {
		b.Helper()
		if !opts.SkipDecisions {
			opts.Judge = verify.NewJudge(models()...)
		}
		bundle, err := verify.Read(bytes.NewReader(raw))
		if err != nil {
			b.Fatal(err)
		}
		report := verify.Run(b.Context(), bundle, opts)
		if report.Err != nil || len(report.Findings) > 0 || float64(report.Commits) != commits {
			b.Fatalf("%+v", report)
		}
		return report
	}
	for _, perBlock := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("links/block=%d", perBlock), func(b *testing.B) {
			oneCore(b)
			raw := bytesOf(perBlock, true)
			b.ReportAllocs()
			began := cpuTime()
			for b.Loop() {
				run(b, raw, verify.Options{SkipSignatures: true, SkipDecisions: true})
			}
			rate(b, began)
		})
	}
	b.Run("decisions", func(b *testing.B) {
		oneCore(b)
		raw := bytesOf(64, true)
		b.ReportAllocs()
		began := cpuTime()
		for b.Loop() {
			run(b, raw, verify.Options{SkipSignatures: true})
		}
		rate(b, began)
	})
	b.Run("signatures", func(b *testing.B) {
		raw := bytesOf(64, true)
		jobs := bareJobs(b, r)
		var ours, bare, single time.Duration
		var checked uint64
		for b.Loop() {
			t0 := time.Now()
			checked += run(b, raw, verify.Options{SkipDecisions: true}).Signatures
			t1 := time.Now()
			verifyBare(jobs, runtime.GOMAXPROCS(0))
			t2 := time.Now()
			verifyBare(jobs[:len(jobs)/4], 1)
			ours, bare, single = ours+t1.Sub(t0), bare+t2.Sub(t1), single+time.Since(t2)
		}
		n := float64(b.N)
		bareRate, singleRate := n*float64(len(jobs))/bare.Seconds(), n*float64(len(jobs)/4)/single.Seconds()
		rate := float64(checked) / ours.Seconds()
		b.ReportMetric(rate, "signatures/s")
		b.ReportMetric(singleRate, "bare-one-core/s")
		b.ReportMetric(bareRate, "bare-all-cores/s")
		b.ReportMetric(rate/bareRate, "x-bare-all-cores")
		b.ReportMetric(rate/(singleRate*float64(runtime.GOMAXPROCS(0))), "x-bare-times-cores")
	})
	b.Run("whole", func(b *testing.B) {
		raw := bytesOf(64, false)
		b.ReportAllocs()
		began := cpuTime()
		for b.Loop() {
			if !run(b, raw, verify.Options{}).OK {
				b.Fatal("not good")
			}
		}
		rate(b, began)
		b.ReportMetric(float64(len(raw))/commits, "bundle-bytes/commit")
	})
	b.Run("read", func(b *testing.B) {
		oneCore(b)
		raw := bytesOf(64, false)
		began := cpuTime()
		for b.Loop() {
			run(b, raw, verify.Options{SkipSignatures: true, SkipDecisions: true})
		}
		rate(b, began)
	})
}

// bareJob is one signature with nothing around it.
type bareJob struct {
	key        ed25519.PublicKey
	input, sig []byte
}

func bareJobs(b *testing.B, r *forge.Record) (jobs []bareJob) {
	b.Helper()
	for i := range r.Size() {
		c := r.Commit(i)
		s := r.Signed(c)
		genesis := r.Genesis()
		if c.Author == chain.AuthorGenesis {
			genesis = chain.Hash{}
		}
		input := s.SigningInput(genesis, c.ID)
		for _, sig := range s.Signatures {
			jobs = append(jobs, bareJob{sig.Key, input, sig.Sig})
		}
	}
	return jobs
}

func verifyBare(jobs []bareJob, workers int) {
	var wait sync.WaitGroup
	for k := range workers {
		wait.Go(func() {
			for i := k; i < len(jobs); i += workers {
				if !ed25519.Verify(jobs[i].key, jobs[i].input, jobs[i].sig) {
					panic("a true signature does not hold")
				}
			}
		})
	}
	wait.Wait()
}
