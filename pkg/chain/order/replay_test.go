package order_test

import (
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
)

// forge seals commits as the block after the world's last one, whatever they are, and lets change spoil the header first.
func (w *world) forge(change func(*chain.Header), drafts ...draft) []byte {
	w.tb.Helper()
	var commits [][]byte
	var leaves []chain.Hash
	for _, d := range drafts {
		raw := d.encode(w.tb)
		commits, leaves = append(commits, raw), append(leaves, chain.LeafHash(chain.HashCommit(raw)))
	}
	h := chain.Header{Genesis: w.m.Genesis(), Epoch: 1, Count: uint32(len(commits)), Time: w.now}
	if head := w.m.Head(); head != nil {
		h.Number, h.First, h.Prev = head.Number+1, w.m.Size(), w.m.HeadHash()
	} else if len(drafts) > 0 {
		h.Genesis = chain.HashCommit(commits[0])
	}
	h.Root = chain.RootOfLeaves(leaves)
	if change != nil {
		change(&h)
	}
	sealed := fakeSign(h)
	raw, err := chain.EncodeBlock(nil, &sealed, commits)
	if err != nil {
		w.tb.Fatal(err)
	}
	return raw
}

// TestReplayRefuses: every way in which a block may not continue the chain.
func TestReplayRefuses(t *testing.T) {
	next := draft{idem: "n", changes: []chain.Change{change("topic/a", 2)}}
	cases := []struct {
		name   string
		change func(*chain.Header)
		drafts []draft
		want   string // part of the error; empty for none
	}{
		{"good", nil, []draft{next}, ""},
		{"other community", func(h *chain.Header) { h.Genesis[0]++ }, []draft{next}, "community"},
		{"number", func(h *chain.Header) { h.Number++ }, []draft{next}, "follows"},
		{"index", func(h *chain.Header) { h.First++ }, []draft{next}, "begins at index"},
		{"link", func(h *chain.Header) { h.Prev[0]++ }, []draft{next}, "does not name"},
		{"root", func(h *chain.Header) { h.Root[0]++ }, []draft{next}, "root"},
		{"time", func(h *chain.Header) { h.Time = start - 1 }, []draft{next}, "backwards"},
		{"epoch back", func(h *chain.Header) { h.Epoch = 0 }, []draft{next}, "epoch"},
		{"epoch ahead", func(h *chain.Header) { h.Epoch = 2 }, []draft{next}, "epoch"},
		{"version", nil, []draft{{idem: "n", changes: []chain.Change{change("topic/a", 3)}}}, "version"},
		{"version of a new one", nil, []draft{{idem: "n", changes: []chain.Change{change("topic/n", 2)}}}, "version"},
		{"id again", nil, []draft{{idem: "post", changes: []chain.Change{change("topic/a", 2)}}}, "already"},
		{"second founding", nil, []draft{{author: chain.AuthorGenesis, body: "b", changes: []chain.Change{change("topic/a", 2)}}}, "founding"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := given(t)
			_, err := w.m.Replay(w.forge(c.change, c.drafts...))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Fatalf("error %v, want one about %q", err, c.want)
			}
		})
	}
	t.Run("commit that is none", func(t *testing.T) {
		w := given(t)
		raw := w.forge(nil, next)
		raw[len(raw)-1-len(next.encode(t))+1] = 77 // its format
		if _, err := w.m.Replay(raw); err == nil {
			t.Fatal("taken")
		}
	})
	t.Run("nonsense", func(t *testing.T) {
		if _, err := newMachine().Replay([]byte("nonsense")); err == nil {
			t.Fatal("taken")
		}
	})
}

// TestReplayFounding: the first block holds the founding, which names the community.
func TestReplayFounding(t *testing.T) {
	cases := []struct {
		name   string
		change func(*chain.Header)
		draft  draft
		want   string
	}{
		{"good", nil, genesis, ""},
		{"no founding", nil, post, "founding"},
		{"other name", func(h *chain.Header) { h.Genesis[0]++ }, genesis, "founding"},
		{"not first", func(h *chain.Header) { h.Number = 1 }, genesis, "begin"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := &world{tb: t, m: newMachine(), now: start}
			leaves, err := w.m.Replay(w.forge(c.change, c.draft))
			if c.want == "" && (err != nil || len(leaves) != 1) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Fatalf("error %v, want one about %q", err, c.want)
			}
		})
	}
	named := order.New(order.Config{Genesis: chain.Hash{1}, Epoch: 1, Sign: fakeSign, Kinds: kinds})
	w := &world{tb: t, m: newMachine(), now: start}
	if _, err := named.Replay(w.forge(nil, genesis)); err == nil {
		t.Error("the block of another community was taken")
	}
}

// TestReplayGivesLeaves: the leaves are those of the block's commits, in order, and not spoilt by the root's computation.
func TestReplayGivesLeaves(t *testing.T) {
	w := given(t)
	raw := w.forge(nil, draft{idem: "1", changes: []chain.Change{change("topic/x", 1)}},
		draft{idem: "2", changes: []chain.Change{change("topic/x", 2)}}, draft{idem: "3", changes: []chain.Change{change("topic/x", 3)}})
	leaves, err := w.m.Replay(raw)
	if err != nil {
		t.Fatal(err)
	}
	b, err := chain.DecodeBlock(raw)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range b.Commits {
		if leaves[i] != chain.LeafHash(chain.HashCommit(c)) {
			t.Fatalf("leaf %d is wrong", i)
		}
	}
	if chain.RootOfLeaves(leaves) != b.Root {
		t.Fatal("root of the leaves is wrong")
	}
}

// TestProgrammingErrors: what no caller may do, whatever the input.
func TestProgrammingErrors(t *testing.T) {
	staged := func() *world {
		w := given(t)
		w.admit("proposal", nextTopic(t, "a1", 0))
		return w
	}
	for name, do := range map[string]func(){
		"replay while staged":   func() { w := staged(); w.m.Replay(w.blocks[0]) },
		"seal twice":            func() { w := staged(); w.m.Seal(nil); w.m.Seal(nil) },
		"confirm without block": func() { staged().m.Confirm() },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			do()
		})
	}
}
