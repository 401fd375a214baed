package projection_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/projection"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// sheet is what every aggregate here holds: the words that were last written on it.
type sheet struct{ Title, Text string }

func write(s *sheet, e decider.Event) {
	if b, ok := e.Body.(*proposalv1.Motion); ok {
		s.Title, s.Text = b.GetTitle(), b.GetText()
	}
}

// testModel has shelves with boxes below them, and sheets in those.
func testModel() *decider.Model {
	return decider.NewModel("test", []uint32{1},
		decider.Kind("shelf", true, write), decider.Kind("box", true, write), decider.Kind("sheet", false, write))
}

// world is a record, its state, and a projection of it.
type world struct {
	testing.TB
	path   string
	state  *decider.State
	store  *projection.Store
	blocks []*chain.Block
}

const shape = "test 1"

var genesis = chain.Hash{7}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{TB: t, path: filepath.Join(t.TempDir(), "views", "test.sqlite"), state: decider.NewState(testModel())}
	w.open()
	return w
}

// open opens the projection, which the test's end closes.
func (w *world) open() {
	w.Helper()
	s, err := projection.Open(w.path, genesis, shape)
	if err != nil {
		w.Fatal(err)
	}
	w.store = s
	w.Cleanup(func() { _ = s.Close() }) // some tests close it themselves
}

func (w *world) close() {
	w.Helper()
	if err := w.store.Close(); err != nil {
		w.Fatal(err)
	}
}

// written is a change that puts words on a sheet, nothing but a retirement without any.
func written(path string, words ...string) decider.Change {
	if len(words) == 0 {
		return decider.On(path, &chainv1.Retired{})
	}
	return decider.On(path, &proposalv1.Motion{Title: words[0], Text: words[len(words)-1]})
}

// block makes and folds the next block, of one commit.
func (w *world) block(changes ...decider.Change) *chain.Block {
	w.Helper()
	n := len(w.blocks)
	raw, err := (&chain.Signed{Operation: "test.write", Contract: 1, IdempotencyKey: fmt.Sprint(n)}).Encode(nil)
	if err != nil {
		w.Fatal(err)
	}
	c := &chain.Commit{Author: chain.AuthorPolicy, ID: sha256.Sum256(raw), Service: "other", Command: raw}
	for _, ch := range changes {
		next := chain.Change{Aggregate: ch.Aggregate, Version: w.state.Version(ch.Aggregate) + 1}
		for _, e := range ch.Events {
			body, err := proto.Marshal(e)
			if err != nil {
				w.Fatal(err)
			}
			next.Events = append(next.Events, chain.Event{Type: string(e.ProtoReflect().Descriptor().FullName()), Body: body})
		}
		c.Changes = append(c.Changes, next)
	}
	encoded, err := c.Encode()
	if err != nil {
		w.Fatal(err)
	}
	b := &chain.Block{Commits: [][]byte{encoded}}
	b.Number, b.First, b.Count, b.Time = uint64(n), uint64(n), 1, int64(n)
	w.blocks = append(w.blocks, b)
	if err := w.state.ApplyBlock(b); err != nil {
		w.Fatal(err)
	}
	return b
}

// fold makes a block and takes it into the projection.
func (w *world) fold(changes ...decider.Change) {
	w.Helper()
	w.block(changes...)
	if err := w.store.Write(w.Context(), w.state, w.state.Changed()); err != nil {
		w.Fatal(err)
	}
}

// again folds the record from its beginning.
func (w *world) again() *decider.State {
	w.Helper()
	s := decider.NewState(testModel())
	for _, b := range w.blocks {
		if err := s.ApplyBlock(b); err != nil {
			w.Fatal(err)
		}
	}
	return s
}

// rows reads everything in a store: by path, version and state.
func rows(t testing.TB, s *projection.Store, collections ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, c := range collections {
		for after := ""; ; {
			page, err := s.Query(t.Context(), &op.Query{Path: c, After: after, Limit: 3})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Records {
				out[r.Path] = fmt.Sprintf("%d %s", r.Version, r.State)
			}
			if after = page.Next; after == "" {
				break
			}
		}
	}
	return out
}

// held says what the state holds, as rows would show it.
func held(t testing.TB, s *decider.State) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, path := range s.Aggregates() {
		value, version := s.Raw(path)
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		out[path] = fmt.Sprintf("%d %s", version, encoded)
	}
	return out
}

// agrees compares the store with the state: every row of some collections, and where both stand.
func (w *world) agrees(what string, collections ...string) {
	w.Helper()
	if diff := cmp.Diff(held(w, w.state), rows(w, w.store, collections...)); diff != "" {
		w.Errorf("%s (-state +rows):\n%s", what, diff)
	}
	position, block, err := w.store.Head(context.WithoutCancel(w.Context()))
	var want chain.Hash
	if w.state.Head() != nil {
		want = w.state.Head().Hash()
	}
	if err != nil || position != w.state.Position() || block != want {
		w.Errorf("%s: stands at %d %v (%v), the state at %d", what, position, block, err, w.state.Position())
	}
}

// bytesOf reads the projection's file after it was closed, when everything is in it.
func (w *world) bytesOf() []byte {
	w.Helper()
	raw, err := os.ReadFile(w.path)
	if err != nil {
		w.Fatal(err)
	}
	return raw
}

func (w *world) put(raw []byte) {
	w.Helper()
	if err := os.WriteFile(w.path, raw, 0o600); err != nil {
		w.Fatal(err)
	}
}
