package verify_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/verify"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// TestTrueRecord: the report of a record in which nothing is wrong.
func TestTrueRecord(t *testing.T) {
	t.Parallel()
	r := history(t)
	for name, want := range map[string]struct {
		policy, keys string
		witnesses    []string
	}{
		"the bundle's own keys": {"", "bundle", []string{"w1", "w2"}},
		"a policy":              {"group both all a b\nquorum both\n", "policy", []string{"a", "b"}},
		"no quorum":             {"quorum none\n", "policy", []string{"a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := forge.NewPack(r.Clone())
			opts := verify.Options{}
			if want.policy != "" {
				opts.Policy = policy(t, p, want.policy)
			}
			report := run(t, p, opts)
			signatures := uint64(len(r.Blocks)) // and those of every command; the founding has two, a rule's none
			for i := range r.Size() {
				signatures += uint64(len(r.Signed(r.Commit(i)).Signatures))
			}
			switch {
			case !report.OK, report.Err != nil, report.Findings == nil, len(report.Findings) > 0, report.Unjudged+report.Withheld != 0:
				t.Errorf("it is not good: %+v", report)
			case report.Commits != r.Size(), report.Anchored != r.Size(), report.Signatures != signatures:
				t.Errorf("it counts %d commits, %d anchored, %d signatures, want %d, %d, %d",
					report.Commits, report.Anchored, report.Signatures, r.Size(), r.Size(), signatures)
			case report.Keys != want.keys, !slices.Equal(report.Witnesses, want.witnesses), report.Community != p.Manifest.Community:
				t.Errorf("it names keys %s, witnesses %v, community %s", report.Keys, report.Witnesses, report.Community)
			}
		})
	}
}

// TestOneWitnessIsEnoughWithoutPolicy: a bundle's own keys are claims; that one of several witnesses was away is no lie.
func TestOneWitnessIsEnoughWithoutPolicy(t *testing.T) {
	t.Parallel()
	p := forge.NewPack(history(t))
	p.Witnesses = p.Witnesses[1:]
	if report := run(t, p, verify.Options{}); !report.OK || !slices.Equal(report.Witnesses, []string{"w2"}) {
		t.Errorf("got %+v", report)
	}
}

// TestCheckpointInTheMiddle: what was written after the checkpoint is checked, and not called anchored.
func TestCheckpointInTheMiddle(t *testing.T) {
	t.Parallel()
	r := history(t)
	for size := uint64(1); size <= r.Size(); size++ {
		var tree merkle.Tree
		for i := range size {
			raw, err := r.Commit(i).Encode()
			if err != nil {
				t.Fatal(err)
			}
			tree.Append(merkle.LeafHash(chain.HashCommit(raw)))
		}
		p := forge.NewPack(r.Clone())
		p.Checkpoint.Size, p.Checkpoint.Root = size, tree.Root()
		if report := run(t, p, verify.Options{}); !report.OK || report.Anchored != size {
			t.Errorf("at size %d: %+v", size, report)
		}
	}
}

// TestWithheld: whatever is withheld, a true record is never accused, and what could not be judged is listed, not called good.
func TestWithheld(t *testing.T) {
	t.Parallel()
	r := history(t)
	rapid.Check(t, func(rt *rapid.T) {
		p := forge.NewPack(r.Clone())
		p.Withheld = map[uint64]bool{}
		for _, i := range rapid.SliceOfDistinct(rapid.Uint64Range(1, r.Size()-1), rapid.ID[uint64]).Draw(rt, "withheld") {
			p.Withheld[i] = true
		}
		report := run(t, p, verify.Options{})
		if !report.OK || report.Commits != r.Size() || report.Withheld != uint64(len(p.Withheld)) {
			rt.Fatalf("it is accused, or miscounted: %+v", report)
		}
		listed := map[uint64]string{}
		for _, u := range report.NotJudged {
			listed[u.Index] = u.Why
		}
		if uint64(len(listed)) != report.Unjudged {
			rt.Fatalf("%d are listed, %d counted", len(listed), report.Unjudged)
		}
		for i := range r.Size() {
			if (listed[i] == "withheld") != p.Withheld[i] {
				rt.Fatalf("commit %d is listed as %q, withheld: %v", i, listed[i], p.Withheld[i])
			}
		}
		for i := range p.Withheld { // whatever reads what a withheld commit changed rests on it
			for _, later := range resting(r, i) {
				if listed[later] == "" {
					rt.Fatalf("commit %d rests on %d, which is withheld, and is called good", later, i)
				}
			}
		}
	})
}

// resting lists the commits that read or change something that a commit changed.
func resting(r *forge.Record, index uint64) (all []uint64) {
	changed := map[string]bool{}
	for _, ch := range r.Commit(index).Changes {
		changed[ch.Aggregate], changed[chain.Collection(ch.Aggregate)] = true, true
	}
	for i := index + 1; i < r.Size(); i++ {
		c := r.Commit(i)
		touches := slices.ContainsFunc(c.Changes, func(ch chain.Change) bool { return changed[ch.Aggregate] })
		for _, read := range append(c.Reads, c.Collections...) {
			touches = touches || changed[read.Key]
		}
		if touches {
			all = append(all, i)
		}
	}
	return all
}

// TestCollectionCountsCommits: a commit that changes two members of a collection counts once for it. Whoever counted twice would accuse the
// next one that read the collection.
func TestCollectionCountsCommits(t *testing.T) {
	t.Parallel()
	r := history(t)
	both, next := alien(r, "a"), alien(r, "c")
	more := both.Changes[0]
	more.Aggregate = "note/b"
	both.Changes = append(both.Changes, more)
	next.Collections = []chain.Read{{Key: "note"}}
	r.Append(0, both, next)
	r.Renumber()
	if got := r.Commit(r.Size() - 1).Collections[0].Version; got != 1 {
		t.Fatalf("the collection has version %d", got)
	}
	if report := run(t, forge.NewPack(r), verify.Options{}); !report.OK {
		t.Errorf("got %+v", report)
	}
}

// TestOmissionBehindWithheld: a reaction that is missing while something is withheld is not called an omission, and is counted.
func TestOmissionBehindWithheld(t *testing.T) {
	t.Parallel()
	r := history(t)
	p := forge.NewPack(r)
	p.Withheld = map[uint64]bool{r.Find(rule): true}
	if report := run(t, p, verify.Options{}); !report.OK || report.Uncertain != 1 {
		t.Errorf("got %+v", report)
	}
}

// TestUnknownService: a service whose rules nobody gave is unjudged, each commit of it listed.
func TestUnknownService(t *testing.T) {
	t.Parallel()
	r := history(t)
	b := forge.NewPack(r).Bundle()
	report := verify.Run(t.Context(), b, verify.Options{Judge: verify.NewJudge(register())})
	if !report.OK || report.Unjudged != 5 || len(report.NotJudged) != 5 || report.NotJudged[0].Why != "service.no_model" {
		t.Errorf("with one service's rules: %+v", report)
	}
	report = verify.Run(t.Context(), forge.NewPack(r).Bundle(), verify.Options{})
	if !report.OK || report.Unjudged != r.Size() {
		t.Errorf("without rules: %+v", report)
	}
	if report = run(t, withAlien(r, func(c *chain.Commit) { c.ID[0] ^= 1 }), verify.Options{}); report.OK {
		t.Error("without rules, ids are not checked")
	}
}

// TestMalformedIsUnjudged: a commit that cannot be read is a finding, and among those that nobody could judge.
func TestMalformedIsUnjudged(t *testing.T) {
	t.Parallel()
	r := history(t)
	r.Append(0, alien(r, "a"))
	r.Set(r.Size()-1, []byte("no commit"))
	report := run(t, forge.NewPack(r), verify.Options{})
	want := verify.Unjudged{Index: r.Size() - 1, Why: "commit.malformed"}
	if report.OK || report.Withheld != 0 || report.Unjudged != 1 || !slices.Contains(report.NotJudged, want) {
		t.Errorf("got %+v", report)
	}
}

// TestSkippedIsNeverGood: a report that left something out is for benchmarks.
func TestSkippedIsNeverGood(t *testing.T) {
	t.Parallel()
	r := history(t)
	for _, opts := range []verify.Options{{SkipSignatures: true}, {SkipDecisions: true}} {
		report := run(t, forge.NewPack(r.Clone()), opts)
		if report.OK || len(report.Findings) > 0 {
			t.Errorf("%+v: %+v", opts, report)
		}
		if (report.Signatures == 0) != opts.SkipSignatures {
			t.Errorf("%d signatures were checked", report.Signatures)
		}
	}
}

// TestFirstBadCommit: several lies come out in the record's order, whoever was quicker.
func TestFirstBadCommit(t *testing.T) {
	t.Parallel()
	r := history(t)
	r.EditCommand(2, func(s *chain.Signed) { s.Signatures[0].Sig[0] ^= 1 })
	r.EditCommand(4, func(s *chain.Signed) { s.Signatures[0].Sig[0] ^= 1 })
	r.Edit(r.Size()-1, func(c *chain.Commit) { c.Rules = 7 })
	p := forge.NewPack(r)
	report := run(t, p, verify.Options{})
	var got []uint64
	for _, f := range report.Findings {
		got = append(got, f.Index)
	}
	if want := []uint64{2, 4, r.Size() - 1}; !slices.Equal(got, want) {
		t.Errorf("found at %v, want %v", got, want)
	}
	report = run(t, p, verify.Options{FindingsMax: 1})
	if len(report.Findings) != 1 || report.OK {
		t.Errorf("with room for one: %+v", report)
	}
}

// TestFindingsKeepTheFirst: with more findings than room, those that come first in the record stay, from any number of goroutines.
func TestFindingsKeepTheFirst(t *testing.T) {
	t.Parallel()
	const all, room = 1000, 7
	order := rand.Perm(all)
	list := verify.NewFindings(room)
	var wait sync.WaitGroup
	for part := range slices.Chunk(order, all/8) {
		wait.Go(func() {
			for _, i := range part {
				list.Add(verify.Finding{Index: uint64(i), Check: "x"})
			}
		})
	}
	wait.Wait()
	for i, f := range list.Sorted() {
		if f.Index != uint64(i) {
			t.Fatalf("finding %d has index %d", i, f.Index)
		}
	}
	if n := len(list.Sorted()); n != room {
		t.Errorf("%d are kept, want %d", n, room)
	}
}

// TestStopsWhenHopeless: nobody reads a bad record for ever.
func TestStopsWhenHopeless(t *testing.T) {
	t.Parallel()
	r := history(t)
	for range 500 {
		r.Append(0, alien(r, "a"))
	}
	p := forge.NewPack(r)
	report := run(t, p, verify.Options{FindingsMax: 20})
	if report.OK || !report.Stopped || len(report.Findings) != 20 || report.Commits > r.Size()/2 {
		t.Errorf("stopped %v after %d commits with %d findings", report.Stopped, report.Commits, len(report.Findings))
	}
}

// TestCancelled: a run that was cut short is never good.
func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	blocks := 0
	report := verify.Run(ctx, forge.NewPack(history(t)).Bundle(), verify.Options{
		Judge: verify.NewJudge(parish()...), Progress: func(int, int) {
			if blocks++; blocks == 2 {
				cancel()
			}
		},
	})
	if report.OK || !errors.Is(report.Err, context.Canceled) || blocks != 2 {
		t.Errorf("after %d blocks: %+v", blocks, report)
	}
}

// TestProgress comes to the end.
func TestProgress(t *testing.T) {
	t.Parallel()
	var done, all, calls int
	r := history(t)
	report := run(t, forge.NewPack(r), verify.Options{Progress: func(d, a int) {
		if d <= done || d > a {
			t.Errorf("%d of %d after %d", d, a, done)
		}
		done, all, calls = d, a, calls+1
	}})
	if !report.OK || done != all || calls != len(r.Blocks) {
		t.Errorf("%d of %d in %d calls", done, all, calls)
	}
}

// TestRunTwice: a bundle is read once.
func TestRunTwice(t *testing.T) {
	t.Parallel()
	b := forge.NewPack(history(t)).Bundle()
	verify.Run(t.Context(), b, verify.Options{})
	if report := verify.Run(t.Context(), b, verify.Options{}); report.OK || !errors.Is(report.Err, verify.ErrBundle) {
		t.Errorf("the second time: %+v", report)
	}
}

// TestEpochKey reads it from a founding and from nothing else.
func TestEpochKey(t *testing.T) {
	t.Parallel()
	encode := func(events ...chain.Event) []byte {
		c := &chain.Commit{Author: chain.AuthorGenesis, Changes: []chain.Change{{Aggregate: "community/main", Version: 1, Events: events}}}
		raw, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	other := event(&communityv1.MemberAdmitted{})
	good := event(&communityv1.CommunityFounded{EpochKey: forge.Public("epoch")})
	if key, err := verify.EpochKey(encode(other, good)); err != nil || !key.Equal(forge.Public("epoch")) {
		t.Errorf("got %x, %v", []byte(key), err)
	}
	short := event(&communityv1.CommunityFounded{EpochKey: forge.Public("epoch")[:16]})
	broken := good
	broken.Body = []byte{0xff}
	for name, raw := range map[string][]byte{
		"none": encode(other), "short": encode(short), "broken": encode(broken), "no commit": []byte("x"),
	} {
		if key, err := verify.EpochKey(raw); err == nil {
			t.Errorf("%s: got %x", name, []byte(key))
		}
	}
}

// TestLargeRecord goes through many batches of signatures, in blocks of every shape.
func TestLargeRecord(t *testing.T) {
	t.Parallel()
	w := founded(t, forge.EpochKey.Public().(ed25519.PublicKey))
	for i := range 300 {
		w.PerBlock = 1 + i*i%70
		w.Do(admit, &communityv1.AdmitMember{}, forge.Key(fmt.Sprint("member ", i)))
	}
	w.Flush()
	r := w.Record
	if report := run(t, forge.NewPack(r), verify.Options{}); !report.OK || report.Commits != 301 {
		t.Fatalf("got %+v", report)
	}
	for _, at := range []uint64{1, 64, 150, 300} {
		bad := r.Clone()
		bad.EditCommand(at, func(s *chain.Signed) { s.Signatures[0].Sig[0] ^= 1 })
		report := run(t, forge.NewPack(bad), verify.Options{Workers: 3})
		if len(report.Findings) != 1 || report.Findings[0].Index != at {
			t.Errorf("a bad signature at %d: %+v", at, report.Findings)
		}
	}
	if !bytes.Equal(forge.NewPack(r).Bytes(), forge.NewPack(r.Clone()).Bytes()) {
		t.Error("one record has two bundles")
	}
}
