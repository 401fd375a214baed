package order_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/merkle"
)

// encoded gives a picture's bytes.
func encoded(tb testing.TB, p *order.Picture) []byte {
	tb.Helper()
	var b []byte
	if err := p.Encode(func(piece []byte) error { b = append(b, piece...); return nil }); err != nil {
		tb.Fatal(err)
	}
	return b
}

func restored(tb testing.TB, raw []byte) *order.Machine {
	tb.Helper()
	m, err := order.Restore(order.Config{Epoch: 1, Sign: fakeSign, Kinds: kinds}, raw)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// crowd writes so many commits, in blocks of a few: topics of their own, and one that all change.
func crowd(tb testing.TB, commits, perBlock int) *world {
	tb.Helper()
	w := founded(tb)
	for n := 0; n < commits; {
		for range min(perBlock, commits-n) {
			n++
			w.admit("proposal", appendOf(tb, draft{idem: fmt.Sprint(n), changes: []chain.Change{
				change("topic/all", uint64(n)), change(fmt.Sprint("topic/x", n), 1),
			}}))
		}
		w.flush()
	}
	return w
}

// TestRestoredMachineGoesOn: it knows versions and commands, answers a repeat with the first receipt, refuses what is stale, and seals
// blocks that continue the record.
func TestRestoredMachineGoesOn(t *testing.T) {
	w := crowd(t, 30, 4)
	w.do("proposal", appendOf(t, draft{author: chain.AuthorPolicy, idem: "rule", cause: 1, changes: []chain.Change{change("topic/rule", 1)}}))
	w.m = restored(t, encoded(t, w.m.Picture()))
	for path, want := range map[string]uint64{"topic/all": 30, "topic/x7": 1, "topic": 31, "community/main": 1, "topic/none": 0} {
		if got := w.m.Version(path); got != want {
			t.Errorf("%s has version %d, want %d", path, got, want)
		}
	}
	again := draft{idem: "7", changes: []chain.Change{change("topic/all", 7), change("topic/x7", 1)}}
	if r := w.do("proposal", appendOf(t, again)); !r.Repeated || r.Receipts[0].Index != 7 {
		t.Errorf("repeated: %+v", r)
	}
	again.body = "other"
	if r := w.do("proposal", appendOf(t, again)); !errors.Is(r.Fault, chain.ErrReused) {
		t.Errorf("another of the same id: %+v", r)
	}
	rule := draft{author: chain.AuthorPolicy, idem: "rule", cause: 1, changes: []chain.Change{change("topic/rule", 1)}}
	if r := w.do("proposal", appendOf(t, rule)); !r.Repeated || r.Receipts[0].Index != 31 {
		t.Errorf("a rule's command, repeated: %+v", r)
	}
	stale := draft{idem: "new", changes: []chain.Change{change("topic/all", 30)}}
	if r := w.do("proposal", appendOf(t, stale)); !errors.Is(r.Fault, chain.ErrStale) {
		t.Errorf("stale: %+v", r)
	}
	if r := w.do("proposal", appendOf(t, draft{idem: "new", changes: []chain.Change{change("topic/all", 31)}})); r.Fault != nil {
		t.Errorf("new: %+v", r)
	}
	w.compareWithReplay()
}

// TestPictureBesideARunningMachine: whatever happens meanwhile, in chunks that the picture holds too, it shows the moment at which it was
// taken. The race detector looks on.
func TestPictureBesideARunningMachine(t *testing.T) {
	w := crowd(t, 5000, 500)
	member := func(n int) string { return fmt.Sprint("topic/x", 1+16*n) }
	for range 3 {
		w.admit("proposal", appendOf(t, draft{idem: fmt.Sprint("staged", w.m.Size()), changes: []chain.Change{
			change("topic/all", w.m.Version("topic/all")+1), change("topic/x1", w.m.Version("topic/x1")+1),
			change(fmt.Sprint("topic/z", w.m.Size()), 1),
		}}))
		want, picture := encoded(t, w.replayed(len(w.blocks)).Picture()), w.m.Picture()
		if picture.Size() != w.m.Size() || picture.Head().Hash() != w.m.HeadHash() {
			t.Fatal("the picture is of another block")
		}
		var drawing sync.WaitGroup
		var got []byte
		drawing.Go(func() { got = encoded(t, picture) })
		w.m.Abort()
		for n := range 300 {
			all := w.m.Version("topic/all")
			w.do("proposal", appendOf(t, draft{idem: fmt.Sprint("more", all), changes: []chain.Change{
				change("topic/all", all+1), change(member(n), w.m.Version(member(n))+1), change(fmt.Sprint("topic/y", all), 1),
			}}))
		}
		drawing.Wait()
		if !bytes.Equal(got, want) {
			t.Fatal("the picture shows another state than at its moment")
		}
	}
	w.compareWithReplay()
}

// TestPictureWithoutTheStaged: of what commits that are not durable have changed, several times over and in two blocks, a picture shows
// the state before the first of them.
func TestPictureWithoutTheStaged(t *testing.T) {
	w := crowd(t, 3, 1)
	want := encoded(t, w.replayed(len(w.blocks)).Picture())
	stage := func(from uint64) {
		for version := from; version < from+3; version++ {
			w.admit("proposal", appendOf(t, draft{idem: fmt.Sprint("staged", version), changes: []chain.Change{change("topic/all", version)}}))
		}
	}
	stage(4)
	if !bytes.Equal(encoded(t, w.m.Picture()), want) {
		t.Error("it shows what is staged")
	}
	w.m.Seal(nil)
	stage(7)
	if !bytes.Equal(encoded(t, w.m.Picture()), want) {
		t.Error("it shows what is under way, or staged upon it")
	}
}

// TestPictureAcrossGenerations: ids that were staged while the young ones became old stand among the old; they are not in a picture
// before their block, and restored ones are forgotten when they must be.
func TestPictureAcrossGenerations(t *testing.T) {
	w := given(t)
	w.now = start + order.Remembered
	w.admit("proposal", appendOf(t, draft{idem: "late", time: w.now, changes: []chain.Change{change("topic/late", 1)}}))
	raw, _ := w.m.Seal(nil)
	w.admit("proposal", appendOf(t, draft{idem: "staged", time: w.now, changes: []chain.Change{change("topic/staged", 1)}}))
	w.blocks = append(w.blocks, raw)
	w.m.Confirm()
	m := restored(t, encoded(t, w.m.Picture()))
	for idem, want := range map[string]bool{"post": true, "late": true, "staged": false} {
		if _, ok := m.Locate(chain.CommandIDOf([]byte("key"), idem)); ok != want {
			t.Errorf("%s is remembered: %v", idem, ok)
		}
	}
	w.m, w.now = m, w.now+order.Remembered
	w.do("proposal", appendOf(t, draft{idem: "turn", time: w.now, changes: []chain.Change{change("topic/turn", 1)}}))
	if _, ok := w.m.Locate(chain.CommandIDOf([]byte("key"), "post")); ok {
		t.Error("an id is remembered twice as long as it must be")
	}
	if _, ok := w.m.Locate(chain.CommandIDOf([]byte("genesis"), "")); ok {
		t.Error("an id was found that nobody has used")
	}
}

// TestEncodeStopsAtAnError: a disk that is full is told of once.
func TestEncodeStopsAtAnError(t *testing.T) {
	picture, full := crowd(t, 9000, 3000).m.Picture(), errors.New("full")
	pieces := 0
	_ = picture.Encode(func([]byte) error { pieces++; return nil })
	if pieces < 7 {
		t.Fatalf("%d pieces", pieces)
	}
	for fail := range pieces {
		n := 0
		err := picture.Encode(func([]byte) error {
			if n++; n > fail {
				return full
			}
			return nil
		})
		if !errors.Is(err, full) || n != fail+1 {
			t.Errorf("failed at piece %d: %v after %d", fail, err, n)
		}
	}
	if newMachine().Picture() != nil {
		t.Error("a picture of nothing")
	}
}

// TestBefore: from every place that Before gives, the tree and what is read from there on lead to the whole tree, and nothing asked for
// was left out.
func TestBefore(t *testing.T) {
	w := crowd(t, 4*4096+100, 999)
	for range 4096 - 101 { // the last part ends with a block
		w.do("proposal", nextTopic(t, fmt.Sprint("end", w.m.Size()), 0))
	}
	var leaves []chain.Hash
	var firsts []uint64
	for _, raw := range w.blocks {
		b, err := chain.DecodeBlock(raw)
		if err != nil {
			t.Fatal(err)
		}
		firsts = append(firsts, b.First)
		for _, c := range b.Commits {
			leaves = append(leaves, chain.LeafHash(chain.HashCommit(c)))
		}
	}
	if w.m.Size() != 5*4096 || uint64(len(leaves)) != w.m.Size() {
		t.Fatalf("%d commits", w.m.Size())
	}
	m, head := restored(t, encoded(t, w.m.Picture())), w.m.Head().Number
	latest := map[uint64]bool{}
	for _, size := range []uint64{0, 1, 4095, 4096, 4097, 8192, 8193, 16384, 16385, 5*4096 - 1, 5 * 4096, 5*4096 + 9} {
		for _, block := range []uint64{0, 1, 4, 5, 8, 9, 12, 13, 16, 17, head - 1, head, head + 5} {
			tree, from := m.Before(size, block)
			if tree.Size() > 0 && (tree.Size() >= size || from > block) || tree.Size()%4096 != 0 {
				t.Fatalf("asked for %d and block %d: tree of %d from block %d", size, block, tree.Size(), from)
			}
			if tree.Size() > 0 && (firsts[from] >= tree.Size() || from < head && firsts[from+1] < tree.Size()) {
				t.Fatalf("the last leaf of %d is not in block %d", tree.Size(), from)
			}
			latest[tree.Size()] = true
			for _, leaf := range leaves[tree.Size():] {
				tree.Append(merkle.Hash(leaf))
			}
			if whole := m.Tree(); tree.Root() != whole.Root() || whole != w.m.Tree() {
				t.Fatalf("asked for %d and block %d: the tree does not lead to the whole one", size, block)
			}
		}
	}
	if len(latest) != 6 {
		t.Errorf("so many places were given: %v", latest)
	}
}

// TestRestoreRefuses: what contradicts itself, or is not for this machine.
func TestRestoreRefuses(t *testing.T) {
	w := crowd(t, 3, 2)
	w.do("proposal", appendOf(t, draft{author: chain.AuthorPolicy, idem: "rule", changes: []chain.Change{change("topic/rule", 1)}}))
	raw := encoded(t, w.m.Picture())
	at := func(what string, n int) int { // where the n-th stands
		i := 0
		for ; n >= 0; n-- {
			i += bytes.Index(raw[i:], []byte(what)) + len(what)
		}
		return i
	}
	id := func(idem string) string { id := chain.CommandIDOf([]byte("key"), idem); return string(id[:]) }
	set := func(i int, to ...byte) func([]byte) []byte {
		return func(b []byte) []byte { copy(b[i:], to); return b }
	}
	rule := chain.PolicyID("proposal", "rule")
	cfg := order.Config{Epoch: 1, Sign: fakeSign, Kinds: kinds}
	for name, row := range map[string]struct {
		change func([]byte) []byte
		want   string
	}{
		"nothing":                      {func([]byte) []byte { return nil }, "too early"},
		"half a header":                {func(b []byte) []byte { return b[:50] }, "too early"},
		"a header of another format":   {set(0, 9), "format"},
		"no ids":                       {func(b []byte) []byte { return b[:len(b)-40] }, ""},
		"the last byte":                {func(b []byte) []byte { return b[:len(b)-1] }, "ill-formed"},
		"a byte more":                  {func(b []byte) []byte { return append(b, 0) }, "left over"},
		"a later epoch":                {set(1+32+3, 2), "epoch is later"},
		"ids from a time to come":      {set(chain.SealedHeaderBytes, 0x7f), "time to come"},
		"more paths than bytes":        {set(chain.SealedHeaderBytes+8+64, 0xff, 0xff, 3), "too early"},
		"a path twice":                 {set(at("topic/x1", 0)-1, '2'), "twice"},
		"a path that is none":          {set(at("topic/x1", 0)-1, '/'), "path is ill-formed"},
		"version 0":                    {set(at("topic/x2", 0), 0), "cannot be"},
		"a version before it could":    {set(at("topic/x2", 0), 9), "cannot be"},
		"a version of the future":      {set(at("topic/x2", 0), 1, 6), "cannot be"},
		"a number in too many bytes":   {set(at("topic/x2", 0), 0x81, 0), "ill-formed"},
		"an id twice":                  {set(at(id("2"), 0)-32, []byte(id("1"))...), "twice"},
		"a rule's id among the signed": {set(at(id("2"), 0)-32, rule[:]...), "twice"},
		"two commands at one place":    {set(at(id("2"), 0), 0), "cannot"},
		"a command of the future":      {set(at(id("3"), 0), 9), "cannot"},
		"a block of the future":        {set(at(id("3"), 0)+1, 9), "cannot"},
		"a command far away":           {set(at(id("3"), 0), 0xff, 0xff), ""},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := order.Restore(cfg, row.change(slices.Clone(raw)))
			if err == nil || !strings.Contains(err.Error(), row.want) || m != nil {
				t.Fatalf("error %v, want one about %q", err, row.want)
			}
		})
	}
	cfg.Genesis = chain.Hash{1}
	if _, err := order.Restore(cfg, raw); err == nil || !strings.Contains(err.Error(), "another community") {
		t.Errorf("another community's: %v", err)
	}
	cfg.Genesis = w.m.Genesis()
	if _, err := order.Restore(cfg, raw); err != nil {
		t.Errorf("its own: %v", err)
	}
}

// FuzzRestore: no input does harm, and what is taken is what would have been written.
func FuzzRestore(f *testing.F) {
	w := founded(f)
	f.Add(encoded(f, w.m.Picture()))
	f.Add(encoded(f, crowd(f, 20, 3).m.Picture()))
	whole := encoded(f, crowd(f, 4100, 500).m.Picture())
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := order.Restore(order.Config{Epoch: 1, Sign: fakeSign, Kinds: kinds}, raw)
		if err != nil {
			return
		}
		if !bytes.Equal(encoded(t, m.Picture()), raw) {
			t.Fatal("taken, and written otherwise")
		}
	})
}

// TestRestoreRefusesParts: the parts of the record end in blocks that ascend, up to the newest.
func TestRestoreRefusesParts(t *testing.T) {
	w := crowd(t, 2*4096, 999)
	raw := encoded(t, w.m.Picture())
	const first, second = chain.SealedHeaderBytes + 8 + 32, chain.SealedHeaderBytes + 8 + 32 + 1 + 32
	head := byte(w.m.Head().Number)
	for name, blocks := range map[string][2]byte{
		"the first behind the newest": {head + 1, head + 1}, "the second behind the newest": {4, head + 1}, "descending": {4, 3},
	} {
		spoilt := slices.Clone(raw)
		spoilt[first], spoilt[second] = blocks[0], blocks[1]
		_, err := order.Restore(order.Config{Epoch: 1, Sign: fakeSign, Kinds: kinds}, spoilt)
		if err == nil || !strings.Contains(err.Error(), "part of the record") {
			t.Errorf("%s: %v", name, err)
		}
	}
	raw[first], raw[second] = 4, head
	restored(t, raw)
}

// TestPictureWhileABlockIsUnderWay: neither it nor what is staged upon it is in the picture, though both changed the same.
func TestPictureWhileABlockIsUnderWay(t *testing.T) {
	w := given(t)
	want := encoded(t, w.m.Picture())
	w.admit("proposal", appendOf(t, draft{idem: "x", changes: []chain.Change{change("topic/a", 2), change("topic/b", 1)}}))
	if _, ok := w.m.Seal(nil); !ok {
		t.Fatal("nothing to seal")
	}
	w.admit("proposal", appendOf(t, draft{idem: "y", changes: []chain.Change{change("topic/a", 3), change("topic/c", 1)}}))
	if !bytes.Equal(encoded(t, w.m.Picture()), want) {
		t.Error("the picture shows what is not durable")
	}
}
