package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// copies is a pilot's directories, data and state, at two moments: when something was on the record, and later, when more was.
type copies struct {
	old, now string
	n        *neighbourhood.Neighbourhood
	units    int // on the record now
}

// unitsEach is how many units are registered before each of the two moments, each in a block of its own.
const unitsEach = 25

// makeCopies founds a community, writes, stops the pilot, copies its directories, writes more, stops and copies again.
func makeCopies(ctx context.Context, t *testing.T) *copies {
	t.Helper()
	v := newVictim(t)
	c := &copies{old: filepath.Join(t.TempDir(), "old"), now: filepath.Join(t.TempDir(), "now")}
	v.start(ctx)
	c.n = foundPlain(ctx, t, v.url(), "damage")
	for _, to := range []string{c.old, c.now} {
		if v.cmd == nil {
			v.start(ctx)
		}
		d := v.device(c.n.First.Device)
		var last uint64
		for range unitsEach {
			last = register(ctx, t, d)
			c.units++
		}
		exportAll(ctx, t, v.url(), v.token(), c.n.Community, last) // so that checkpoint, archive and tiles have come as far
		v.stop()
		copyTree(t, v.dir, to)
	}
	return c
}

// register writes one unit, as soon as writing is possible.
func register(ctx context.Context, t *testing.T, d *client.Device) (index uint64) {
	t.Helper()
	a := registration(d)
	err := neighbourhood.Eventually(ctx, "register unit", func() error {
		answer, err := d.Send(ctx, a.signed, "/v1/communities/"+d.Community+"/units")
		if err == nil {
			index = answer.Index
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return index
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// again starts a pilot on a copy after something was done to it.
func (c *copies) again(ctx context.Context, t *testing.T, change func(t *testing.T, v *victim)) *victim {
	t.Helper()
	v := newVictim(t)
	copyTree(t, c.now, v.dir)
	change(t, v)
	v.start(ctx)
	return v
}

// streamDir is where the server keeps the community's stream.
func (c *copies) streamDir(v *victim) string {
	return filepath.Join(v.data(), "jetstream", "jetstream", "$G", "streams", "EVT_"+c.n.Community)
}

// store gives the name of the stream's one file of messages.
func (c *copies) store(v *victim) string { return filepath.Join(c.streamDir(v), "msgs", "1.blk") }

// headRecord is the sequencer's memory outside the data directory.
func (c *copies) headRecord(v *victim) string {
	return filepath.Join(v.state(), "heads", c.n.Community+".head")
}

// archive is audit's own copy of the record.
func (c *copies) archive(v *victim) string {
	return filepath.Join(v.data(), "audit", c.n.Community, "blocks.log")
}

// edit changes a file's bytes.
func edit(t *testing.T, name string, change func(raw []byte) []byte) {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, change(raw), 0o600); err != nil {
		t.Fatal(err)
	}
}

// flip changes one bit of a file at a place between its beginning (0) and its end (1).
func flip(t *testing.T, name string, place float64) {
	t.Helper()
	edit(t, name, func(raw []byte) []byte {
		raw[int(place*float64(len(raw)))] ^= 4
		return raw
	})
}

// cut leaves so much of a file.
func cut(t *testing.T, name string, keep func(size int) int) {
	t.Helper()
	edit(t, name, func(raw []byte) []byte { return raw[:keep(len(raw))] })
}

func remove(t *testing.T, name string) {
	t.Helper()
	if _, err := os.Stat(name); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(name); err != nil {
		t.Fatal(err)
	}
}

// refusedFor waits until writing is refused, holds the answer that a member gets to being a clear one, and gives the reason that everybody
// is told, which must contain one of those wanted, with bars between.
func refusedFor(ctx context.Context, t *testing.T, d *client.Device, want string) string {
	t.Helper()
	var info struct{ State, Reason string }
	err := neighbourhood.Eventually(brief(ctx, t), "writing stops", func() error {
		if err := d.Get(ctx, "/v1/communities/"+d.Community, &info); err != nil || info.State != "stopped" {
			return fmt.Errorf("state %q, %v", info.State, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	told := func(reason string) bool { return strings.Contains(info.Reason, reason) }
	if !slices.ContainsFunc(strings.Split(want, "|"), told) {
		t.Errorf("stopped because %q, want %q", info.Reason, want)
	}
	a := registration(d)
	_, err = d.Send(ctx, a.signed, "/v1/communities/"+d.Community+"/units")
	if f := fault.Of(err); err == nil || f.Code != "sequencer.stopped" || f.Kind != fault.Unavailable {
		t.Errorf("a member who writes is told %v", err)
	}
	return info.Reason
}

// brief bounds the wait for what must happen soon.
func brief(ctx context.Context, t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 40*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// readable signs in and tells how many units can be read, once so many commits were folded.
func (c *copies) readable(ctx context.Context, t *testing.T, v *victim, position uint64) int {
	t.Helper()
	d := v.device(c.n.First.Device)
	if err := neighbourhood.Eventually(brief(ctx, t), "sign in", func() error { return d.SignIn(ctx) }); err != nil {
		t.Error(err)
		return -1
	}
	page, err := d.Records(ctx, "unit", "", position)
	if err != nil {
		t.Error(err)
		return -1
	}
	return len(page.Records)
}

// cutOff are the reasons that are given when blocks are gone that were acknowledged.
const cutOff = "head record says|messages of it are missing|cannot be read|stream has a gap"

// TestDamageAtStart: whatever became of stream, archive or head record while a pilot was down is noticed when it is started, named to the
// operator and to everybody, and nothing is written on it. What can be read still can be.
func TestDamageAtStart(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	c := makeCopies(ctx, t)
	index := func(v *victim) string { return filepath.Join(c.streamDir(v), "msgs", "index.db") }

	for _, row := range []struct {
		name   string
		damage func(t *testing.T, v *victim)
		reason string // or, behind a bar, another: how the server takes damage depends on whether it was stopped cleanly
		least  int    // units that must be readable
	}{
		{"a whole old data directory restored", func(t *testing.T, v *victim) {
			remove(t, v.data())
			copyTree(t, filepath.Join(c.old, "data"), v.data())
		}, "head record says", unitsEach},
		{"last block torn", func(t *testing.T, v *victim) { cut(t, c.store(v), func(n int) int { return n - 7 }) }, cutOff, c.units - 1},
		{"stream cut to half", func(t *testing.T, v *victim) { cut(t, c.store(v), func(n int) int { return n / 2 }) }, cutOff, 1},
		{"stream cut to half, index lost", func(t *testing.T, v *victim) {
			cut(t, c.store(v), func(n int) int { return n / 2 })
			remove(t, index(v))
		}, cutOff, 1},
		{"stream cut to nothing", func(t *testing.T, v *victim) {
			cut(t, c.store(v), func(int) int { return 0 })
			remove(t, index(v))
		}, "stream is empty or missing", 0},
		{"stream gone", func(t *testing.T, v *victim) { remove(t, c.streamDir(v)) }, "stream is empty or missing", 0},
		{"all of the data gone", func(t *testing.T, v *victim) { remove(t, v.data()) }, "stream is empty or missing", 0},
		{"a bit in the tail", func(t *testing.T, v *victim) { flip(t, c.store(v), 0.995) }, cutOff, c.units - 1},
		{"a bit in the tail, index lost", func(t *testing.T, v *victim) {
			flip(t, c.store(v), 0.995)
			remove(t, index(v))
		}, cutOff, c.units - 1},
		{"a bit in the middle", func(t *testing.T, v *victim) { flip(t, c.store(v), 0.5) }, cutOff, 1},
		{"a bit in the middle, index lost", func(t *testing.T, v *victim) {
			flip(t, c.store(v), 0.5)
			remove(t, index(v))
		}, cutOff, 1},
		{"head record lost", func(t *testing.T, v *victim) { remove(t, c.headRecord(v)) }, "head record is missing", c.units},
		{"head record damaged", func(t *testing.T, v *victim) {
			flip(t, c.headRecord(v), 0.1) // both of its slots
			flip(t, c.headRecord(v), 0.6)
		}, "head record is damaged", c.units},
		{"a bit in the archive", func(t *testing.T, v *victim) { flip(t, c.archive(v), 0.5) }, "archive is damaged", c.units},
		{"archive torn", func(t *testing.T, v *victim) { cut(t, c.archive(v), func(n int) int { return n - 7 }) }, "archive is damaged", c.units},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := c.again(ctx, t, row.damage)
			t.Log(refusedFor(ctx, t, v.device(c.n.First.Device), row.reason))
			if row.least > 0 {
				if n := c.readable(ctx, t, v, 0); n < row.least {
					t.Errorf("%d units can be read, want %d", n, row.least)
				}
			}
			if len(v.said("writing is refused"))+len(v.said("writing stopped")) != 1 {
				t.Error("the operator was not told, or not once")
			}
		})
	}
}

// TestNoDamage: a pilot goes on after what is no damage: nothing at all, an index that is only an index, and what can be made again.
func TestNoDamage(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	c := makeCopies(ctx, t)
	for name, change := range map[string]func(t *testing.T, v *victim){
		"nothing":          func(*testing.T, *victim) {},
		"index lost":       func(t *testing.T, v *victim) { remove(t, filepath.Join(c.streamDir(v), "msgs", "index.db")) },
		"archive lost":     func(t *testing.T, v *victim) { remove(t, c.archive(v)) },
		"audit lost":       func(t *testing.T, v *victim) { remove(t, filepath.Dir(c.archive(v))) },
		"projections lost": func(t *testing.T, v *victim) { remove(t, filepath.Join(v.data(), "views")) },
		"head record lost, stream adopted": func(t *testing.T, v *victim) {
			remove(t, c.headRecord(v))
			v.flags = []string{"-adopt", c.n.Community}
		},
		"an old archive": func(t *testing.T, v *victim) {
			remove(t, filepath.Dir(c.archive(v)))
			copyTree(t, filepath.Join(c.old, "data", "audit", c.n.Community), filepath.Dir(c.archive(v)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := c.again(ctx, t, change)
			last := register(brief(ctx, t), t, v.device(c.n.First.Device))
			if n := c.readable(ctx, t, v, last+1); n != c.units+1 {
				t.Errorf("%d units can be read, want %d", n, c.units+1)
			}
			exportAll(brief(ctx, t), t, v.url(), v.token(), c.n.Community, last)
			for _, msg := range alarming {
				for _, line := range v.said(msg) {
					t.Errorf("false alarm: %s", line)
				}
			}
		})
	}
}

// TestDamageWhileRunning: what changes on disk below a running pilot is found when audit reads the whole record again, and stops writing;
// reading goes on.
func TestDamageWhileRunning(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	c := makeCopies(ctx, t)
	for _, row := range []struct {
		name   string
		reread string // the server keeps in memory for ten seconds what anybody has read, so that nobody sees the disk before
		file   func(v *victim) string
		reason string
	}{
		{"stream", "14s", c.store, "audit (reread): "},
		{"archive", "200ms", c.archive, "archive is damaged"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			v := c.again(ctx, t, func(_ *testing.T, v *victim) { v.flags = []string{"-reread", row.reread} })
			last := register(ctx, t, v.device(c.n.First.Device))
			flip(t, row.file(v), 0.5)
			t.Log(refusedFor(ctx, t, v.device(c.n.First.Device), row.reason))
			if n := c.readable(ctx, t, v, last+1); n != c.units+1 {
				t.Errorf("%d units can be read, want %d", n, c.units+1)
			}
			if len(v.said("writing stopped")) != 1 {
				t.Error("the operator was not told, or not once")
			}
		})
	}
}
