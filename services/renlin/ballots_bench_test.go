package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// benchVoters is how many devices share the ballots of a benchmark; each casts again and again, and its last word counts. One more
// voter never casts, or the poll would close.
const benchVoters = 400

// votersAtOnce keeps two processors busy, and fills blocks.
const votersAtOnce = 256

// openRate is how many ballots a second come in, whatever became of those before.
const openRate = 1000

// BenchmarkBallotHTTP casts ballots that are signed with keys which their voters hold, through a pilot's HTTP address, and waits for each
// receipt: the whole way there and back, with the voters' clients on the same processors. "closed" has as many voters wait as fit; "open"
// has them come at a fixed rate, and counts the time of each from when it was to begin. Their boxes are sealed before, as voters do who
// take their time; "sealing" is "closed" with that work inside. "floor" is what signing, net/http and checking the signature cost alone:
// a server that keeps nothing and answers as many bytes.
func BenchmarkBallotHTTP(b *testing.B) {
	tuneCollector()
	address, _ := startPilot(b)
	n, voters := foundVoters(b, address, benchVoters+1)
	voters = voters[:benchVoters]
	poll, state := openPoll(b, n)
	var ballots []*votingv1.CastBallot
	for _, d := range voters {
		box, err := ballot.Seal(rand.Reader, state.BoxKey, poll, d.Member, yes)
		if err != nil {
			b.Fatal(err)
		}
		ballots = append(ballots, &votingv1.CastBallot{Poll: poll, Voter: d.Member, Box: box})
	}
	cast := func(ctx context.Context, i int) error {
		_, err := voters[i].Do(ctx, "voting.cast", "polls/"+poll+"/ballots", ballots[i])
		return err
	}
	var floor float64
	b.Run("floor", func(b *testing.B) {
		bare := client.New(floorServer(b))
		floor = closedLoop(b, len(voters), "ballots/s", func(ctx context.Context, i int) error {
			d := *voters[i]
			d.Gateway = bare
			_, err := d.Do(ctx, "voting.cast", "polls/"+poll+"/ballots", ballots[i])
			return err
		})
	})
	b.Run("closed", func(b *testing.B) {
		rate := closedLoop(b, len(voters), "ballots/s", cast)
		if floor > 0 {
			b.ReportMetric(rate/floor, "floor-ratio")
		}
	})
	b.Run("sealing", func(b *testing.B) {
		closedLoop(b, len(voters), "ballots/s", func(ctx context.Context, i int) error {
			_, err := neighbourhood.Cast(ctx, voters[i], poll, state.BoxKey, yes)
			return err
		})
	})
	b.Run("open", func(b *testing.B) { openLoop(b, len(voters), cast) })
}

// closedLoop does something b.N times, each one's next when their last was answered, and gives how often a second.
func closedLoop(b *testing.B, voters int, unit string, cast func(ctx context.Context, voter int) error) float64 {
	b.Helper()
	began := time.Now()
	err := neighbourhood.Parallel(b.Context(), votersAtOnce, b.N, func(ctx context.Context, i int) error { return cast(ctx, i%voters) })
	if err != nil {
		b.Fatal(err)
	}
	rate := float64(b.N) / time.Since(began).Seconds()
	b.ReportMetric(rate, unit)
	return rate
}

// openLoop begins b.N ballots at openRate and reports how long they took from when they were to begin, also if the sender was late.
func openLoop(b *testing.B, voters int, cast func(ctx context.Context, voter int) error) {
	b.Helper()
	var wg sync.WaitGroup
	took := make([]time.Duration, b.N)
	failed := make(chan error, b.N)
	began := time.Now()
	turn := time.NewTimer(time.Hour)
	defer turn.Stop()
	for i := range b.N {
		due := began.Add(time.Duration(i) * time.Second / openRate)
		turn.Reset(time.Until(due))
		<-turn.C
		wg.Go(func() {
			if err := cast(b.Context(), i%voters); err != nil {
				failed <- err
			}
			took[i] = time.Since(due)
		})
	}
	wg.Wait()
	select {
	case err := <-failed:
		b.Fatal(err)
	default:
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[b.N/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[b.N*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "ballots/s")
}

// floorServer checks what it is sent as every deciding service does, and answers as much as a receipt is.
func floorServer(b *testing.B) string {
	answer, err := json.Marshal(op.Answer{Index: 1, Position: 2, Receipt: make([]byte, 700), Changed: []string{"poll/ballot"}})
	if err != nil {
		b.Fatal(err)
	}
	var genesis chain.Hash
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		sig, serr := op.ParseSignature(r.Header.Get(op.HeaderSignature))
		notAfter, nerr := strconv.ParseInt(r.Header.Get(op.HeaderNotAfter), 10, 64)
		if err != nil || serr != nil || nerr != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		s := &chain.Signed{
			Suite: chain.SuiteIntl, Operation: "voting.cast", Contract: 1, IdempotencyKey: r.Header.Get(op.HeaderIdempotencyKey),
			NotAfter: notAfter, Body: body, Signatures: []chain.Signature{sig},
		}
		id, err := s.ID(chain.AuthorDevice, "")
		if err != nil || s.CheckSignatures(genesis, id) == nil { // of another community, so it is false: what it costs is the same
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(answer)
	}))
	b.Cleanup(server.Close)
	return server.URL
}
