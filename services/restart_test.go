package services_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/natstest"
	"renlin.dev/services/audit"
	"renlin.dev/services/sequencer"
)

// TestOldDamageStopsWriting: a bit of an old block flips on disk. A sequencer that starts from its snapshot does not read there and writes;
// audit does read there, by itself and soon, and stops the writing. Without the snapshot the sequencer would have found it.
func TestOldDamageStopsWriting(t *testing.T) {
	t.Parallel()
	r := beginLongRecord(t, 50, 64)
	r.signed = true
	r.grow(9000)
	state, archive := t.TempDir(), t.TempDir()
	srv := natstest.Run(t, natstest.Dir(r.dir))
	cfg := r.config(srv, state)
	cfg.AdoptStream = true
	q := opened(t, cfg)
	a, stop := r.audited(t, srv, archive, func(string) {})
	for a.Head().Size < uint64(r.commit)+1 || a.Head().Block < r.prev.Number {
		<-time.After(time.Millisecond)
	}
	stop()
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	flip := r.flipLater(t, srv, 20)
	srv.Stop()
	flip()
	srv.Restart(t)

	cfg.AdoptStream = false
	q = opened(t, cfg)
	if _, err := q.Append(t.Context(), "proposal", r.next()); err != nil {
		t.Fatalf("nothing is known yet: %v", err)
	}
	halted := make(chan string, 100)
	_, stop = r.audited(t, srv, archive, func(reason string) {
		q.Halt(reason)
		halted <- reason
	})
	if reason := <-halted; !strings.Contains(reason, "audit (reread): ") || !strings.Contains(reason, "block 20") {
		t.Errorf("stopped because %q", reason)
	}
	_, err := q.Append(t.Context(), "proposal", r.next())
	for err == nil {
		_, err = q.Append(t.Context(), "proposal", r.next())
	}
	if !errors.Is(err, chain.ErrStopped) || !strings.Contains(q.Info().Reason, "block 20") {
		t.Errorf("a member who writes is told %v, everybody %q", err, q.Info().Reason)
	}
	stop()
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(cfg.SnapshotDir); err != nil {
		t.Fatal(err)
	}
	var d *sequencer.Difference
	if q, err := sequencer.Open(t.Context(), cfg); !errors.As(err, &d) || !strings.Contains(err.Error(), "block 20") {
		t.Errorf("read as a whole: %v", err)
		if err == nil {
			q.Close()
		}
	}
}

func opened(t *testing.T, cfg sequencer.Config) *sequencer.Sequencer {
	t.Helper()
	q, err := sequencer.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	return q
}

// audited runs an audit of the record until stop is called.
func (r *longRecord) audited(t *testing.T, srv *natstest.Server, dir string, halt func(reason string)) (a *audit.Audit, stop func()) {
	t.Helper()
	a, err := audit.Open(audit.Config{
		Community: r.community, Dir: dir, Source: audit.NewStream(srv.JetStream(t), r.community), Log: slog.New(slog.DiscardHandler),
		Halt:       func(_ context.Context, reason string) { halt(reason) },
		Checkpoint: func(context.Context) ([]byte, error) { return nil, nil },
		Keys:       func(context.Context) ([]byte, error) { return nil, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	return a, func() {
		cancel()
		if err := errors.Join(<-ended, a.Close()); err != nil {
			t.Error(err)
		}
	}
}

// next asks for the commit after the record's last one.
func (r *longRecord) next() *chain.Request {
	return &chain.Request{Ask: chain.AskAppend, Commits: [][]byte{r.reaction(r.prev.Time)}}
}

// flipLater reads a block and gives the function that changes one bit of it, where it stands in the files of a server that is down. The
// server does not look at it when it starts.
func (r *longRecord) flipLater(t *testing.T, srv *natstest.Server, block uint64) (flip func()) {
	t.Helper()
	stream, err := srv.JetStream(t).Stream(t.Context(), chain.StreamName(r.community))
	if err != nil {
		t.Fatal(err)
	}
	stored, err := chain.ReadBlock(t.Context(), stream, block)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		files, err := filepath.Glob(filepath.Join(srv.StoreDir(), "jetstream", "*", "streams", chain.StreamName(r.community), "msgs", "*.blk"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if at := bytes.Index(raw, stored); at >= 0 {
				raw[at+len(stored)/2] ^= 4
				if err := os.WriteFile(file, raw, 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
		}
		t.Fatal("the block is in no file as it was published")
	}
}
