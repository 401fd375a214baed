package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/observer"
	"renlin.dev/pkg/verify"
	"renlin.dev/services/renlin/internal/process"
)

// released is the record of docs/format, served as audit does.
type released struct {
	*verify.Bundle
	blocks [][]byte
	head   observer.Head
	size   uint64
}

func readReleased(tb testing.TB) *released {
	tb.Helper()
	raw, err := os.ReadFile("../../docs/format/record.renlin")
	if err != nil {
		tb.Fatal(err)
	}
	r := &released{}
	if r.Bundle, err = verify.Read(bytes.NewReader(raw)); err != nil {
		tb.Fatal(err)
	}
	for {
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r
		}
		if err != nil {
			tb.Fatal(err)
		}
		stored, err := chain.EncodeBlock(nil, &b.Sealed, b.Commits)
		if err != nil {
			tb.Fatal(err)
		}
		r.blocks = append(r.blocks, stored)
		r.head, r.size = observer.Head{Blocks: b.Number + 1, Hash: b.Sealed.Hash()}, b.First+uint64(b.Count)
	}
}

func (r *released) Head(context.Context) (observer.Head, error) { return r.head, nil }

func (r *released) Blocks(_ context.Context, from uint64) ([][]byte, error) {
	return r.blocks[from:min(from+16, uint64(len(r.blocks)))], nil
}

func (r *released) Checkpoint(context.Context) ([]byte, error) { return r.Bundle.Checkpoint, nil }

func (r *released) follow(tb testing.TB, dir string) *observer.Observer {
	tb.Helper()
	policy, err := r.Manifest.Policy()
	if err != nil {
		tb.Fatal(err)
	}
	o, err := observer.Open(observer.Config{
		Community: r.Manifest.Community, Models: process.Models(), Policy: policy, Build: "test", Path: filepath.Join(dir, "seen.json"),
	}, r)
	if err != nil {
		tb.Fatal(err)
	}
	return o
}

// TestFollowReleasedRecord: the released record, with every service's commits in it, is followed to its end and witnessed there, and again
// after a restart, which looks at the blocks' signatures alone.
func TestFollowReleasedRecord(t *testing.T) {
	t.Parallel()
	r, dir := readReleased(t), t.TempDir()
	for _, again := range []bool{false, true} {
		o := r.follow(t, dir)
		if err := errors.Join(o.Catch(t.Context()), o.Sure(r.size)); err != nil {
			t.Fatal(err)
		}
		got, blocks := o.Counts(), uint64(len(r.blocks))
		if got.Position != r.size || got.Anchored != r.size || (got.Signatures == blocks) != again || got.Signatures < blocks {
			t.Errorf("again %v: %+v of %d in %d blocks", again, got, r.size, blocks)
		}
	}
}

// BenchmarkFollow tells how quickly a record is followed at first, and after a restart.
func BenchmarkFollow(b *testing.B) {
	r := readReleased(b)
	for _, name := range []string{"first", "restarted"} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			if name == "restarted" {
				if o := r.follow(b, dir); errors.Join(o.Catch(b.Context()), o.Sure(r.size)) != nil {
					b.Fatal("it is not followed")
				}
			}
			for b.Loop() {
				if name == "first" {
					dir = b.TempDir()
				}
				if err := r.follow(b, dir).Catch(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(r.size)*float64(b.N)/b.Elapsed().Seconds(), "commits/s")
		})
	}
}
