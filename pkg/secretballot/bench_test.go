package secretballot_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/internal/group"
)

// box is many ballots of one election, each signed by its voter's credential.
type box struct {
	*world
	casts      []secretballot.Cast
	signatures [][]byte
}

// fillBox casts n ballots for one of the options.
func fillBox(t testing.TB, options, n int) *box {
	t.Helper()
	b := &box{world: newWorld(t, shapeOf(secretballot.Approval(options, 1, 1)))}
	b.casts, b.signatures = make([]secretballot.Cast, n), make([][]byte, n)
	spread(n, func(i int) {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			panic(err)
		}
		v := secretballot.Voter{Pseudonym: [32]byte(public), Sequence: 1}
		choice := make([]int64, options)
		choice[i%options] = 1
		raw, _, err := b.Encrypt(rand.Reader, v, choice)
		if err != nil {
			panic(err)
		}
		b.casts[i] = secretballot.Cast{Voter: v, Ballot: raw}
		b.signatures[i] = ed25519.Sign(private, b.signed(i))
	})
	return b
}

// signed is what a credential signs: about as much as an envelope holds.
func (b *box) signed(i int) []byte {
	return append(binary.BigEndian.AppendUint64(b.id[:], b.casts[i].Voter.Sequence), b.casts[i].Ballot...)
}

// checkSignature checks one.
func (b *box) checkSignature(i int) bool {
	return ed25519.Verify(b.casts[i].Voter.Pseudonym[:], b.signed(i), b.signatures[i])
}

// spread uses all processors.
func spread(n int, do func(int)) {
	next := make(chan int, n)
	for i := range n {
		next <- i
	}
	close(next)
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	all.Wait()
}

func perSecond(b *testing.B, perOp int) float64 {
	rate := float64(b.N*perOp) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "ballots/s")
	b.ReportMetric(0, "ns/op")
	return rate
}

// BenchmarkBallots shows what a voter's device, the ballot box and one core of an auditor do in a second.
func BenchmarkBallots(b *testing.B) {
	for _, options := range []int{2, 3, 10} {
		x := fillBox(b, options, 256)
		choice := make([]int64, options)
		choice[0] = 1
		name := "options=" + strconv.Itoa(options)
		b.Run(name+"/encrypt", func(b *testing.B) {
			for b.Loop() {
				x.cast(x.casts[0].Voter, choice...)
			}
			perSecond(b, 1)
			b.ReportMetric(float64(x.BallotBytes()), "bytes")
		})
		b.Run(name+"/verify one and signature", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				at := i % len(x.casts)
				if _, err := x.Verify(x.casts[at].Voter, x.casts[at].Ballot); err != nil || !x.checkSignature(at) {
					b.Fatal(err)
				}
			}
			perSecond(b, 1)
		})
		b.Run(name+"/verify batch", func(b *testing.B) {
			for b.Loop() {
				if _, bad := x.VerifyAll(x.casts, nil); len(bad) > 0 {
					b.Fatal(bad)
				}
			}
			perSecond(b, len(x.casts))
		})
		b.Run(name+"/verify batch and signatures", func(b *testing.B) {
			for b.Loop() {
				if _, bad := x.VerifyAll(x.casts, nil); len(bad) > 0 {
					b.Fatal(bad)
				}
				for i := range x.casts {
					if !x.checkSignature(i) {
						b.Fatal(i)
					}
				}
			}
			perSecond(b, len(x.casts))
		})
	}
}

// BenchmarkTally counts 10,000 ballots of 10 options that were verified before, weighted by area, and finds the totals.
func BenchmarkTally(b *testing.B) {
	x := fillBox(b, 10, 500)
	var ballots []*secretballot.Ballot
	weights := make([]int64, 10_000)
	for i := range weights {
		ballot, err := x.Decode(x.casts[i%len(x.casts)].Ballot)
		if err != nil {
			b.Fatal(err)
		}
		ballots, weights[i] = append(ballots, ballot), int64(5000+i%9973)
	}
	for name, weights := range map[string][]int64{"heads": ones(len(weights)), "area": weights} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				totals, bounds, err := x.Tally(ballots, weights)
				if err != nil {
					b.Fatal(err)
				}
				search, err := secretballot.NewTotals(bounds[0])
				if err != nil {
					b.Fatal(err)
				}
				for _, c := range totals {
					if _, err := search.Find(x.decrypt(c)); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkAudit checks 10,000 ballots of 3 options with their signatures on all processors, and counts them.
func BenchmarkAudit(b *testing.B) {
	x := fillBox(b, 3, 10_000)
	for b.Loop() {
		ballots, bad := x.VerifyAll(x.casts, spread)
		if len(bad) > 0 {
			b.Fatal(bad)
		}
		spread(len(x.casts), func(i int) {
			if !x.checkSignature(i) {
				panic("a signature is bad")
			}
		})
		if _, _, err := x.Tally(ballots, ones(len(ballots))); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTotals finds the worst of ten million.
func BenchmarkTotals(b *testing.B) {
	const bound = 10_000_000
	search, err := secretballot.NewTotals(bound)
	if err != nil {
		b.Fatal(err)
	}
	worst := group.NewElement().ScalarBaseMult(group.ScalarOf(bound))
	for b.Loop() {
		if _, err := search.Find(worst); err != nil {
			b.Fatal(err)
		}
	}
}
