package notary_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/merkle/durable/durabletest"
	"renlin.dev/pkg/merkle/tiles"
	"renlin.dev/services/notary"
	"renlin.dev/services/witness"
)

const community = "c1"

var noon = time.Unix(1790000000, 0)

func key(n byte) ed25519.PrivateKey { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32)) }

func signerOf(tb testing.TB, n byte) *merkle.Signer {
	tb.Helper()
	s, err := merkle.NewSigner(notary.Origin(community), key(n))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// histories are made once: they are only read.
var histories sync.Map

// history is a log that can prove things about itself. Two histories agree on their first common entries.
func history(tb testing.TB, common int) *tiles.Store {
	tb.Helper()
	if made, ok := histories.Load(common); ok {
		return made.(*tiles.Store)
	}
	s, err := tiles.New(durabletest.New(), tiles.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	entries := make([]merkle.Hash, 300)
	for i := range entries {
		entries[i] = sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
		if i >= common {
			entries[i][0] ^= 1
		}
	}
	if err := s.Append(0, entries); err != nil {
		tb.Fatal(err)
	}
	histories.Store(common, s)
	return s
}

// auditLog is a log that shows as many entries of its history as a test says, or something else.
type auditLog struct {
	mu     sync.Mutex // guards what follows
	tree   *tiles.Store
	size   uint64
	root   *merkle.Hash  // in place of the true one
	proof  []merkle.Hash // in place of the true one, when forged
	forged bool
	away   error
	asked  int // for proofs
}

func (l *auditLog) show(size uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.size = size
}

func (l *auditLog) Head(context.Context) (notary.Head, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.away != nil || l.size == 0 {
		return notary.Head{Root: merkle.EmptyRoot()}, l.away
	}
	if l.root != nil {
		return notary.Head{Size: l.size, Root: *l.root}, nil
	}
	root, err := l.tree.Root(l.size)
	return notary.Head{Size: l.size, Root: root}, err
}

func (l *auditLog) Consistency(_ context.Context, from, to uint64) ([]merkle.Hash, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	if l.forged {
		return l.proof, nil
	}
	return l.tree.Consistency(from, to)
}

// shelf is a store of published checkpoints that several notaries can share.
type shelf struct {
	notes [][]byte
	fail  int // the number of the publication that fails, counted from 1; 0 for none
	whole bool
	done  int
}

// view is one notary's sight of a shelf: it publishes only behind what it has seen.
type view struct {
	*shelf
	seen int
}

func (v *view) Publish(_ context.Context, checkpoint []byte) error {
	v.done++
	struck := v.done == v.fail
	if struck && !v.whole {
		return errBroken
	}
	if v.seen != len(v.notes) {
		return notary.ErrMoved
	}
	v.notes = append(v.notes, bytes.Clone(checkpoint))
	if struck {
		return errBroken
	}
	v.seen = len(v.notes)
	return nil
}

func (v *view) Last(context.Context) ([]byte, error) {
	v.seen = len(v.notes)
	if v.seen == 0 {
		return nil, nil
	}
	return v.notes[v.seen-1], nil
}

// sizes gives the sizes of what was published, each note checked against the log's key.
func (s *shelf) sizes(tb testing.TB) []uint64 {
	tb.Helper()
	var out []uint64
	for _, raw := range s.notes {
		out = append(out, opened(tb, raw).Size)
	}
	return out
}

func opened(tb testing.TB, raw []byte, known ...note.Verifier) merkle.Checkpoint {
	tb.Helper()
	v, err := merkle.NewVerifier(signerOf(tb, 1).VerifierKey())
	if err != nil {
		tb.Fatal(err)
	}
	c, n, err := merkle.Open(raw, append([]note.Verifier{v}, known...)...)
	if err != nil {
		tb.Fatalf("%v in %s", err, raw)
	}
	if len(n.Sigs) != 1+len(known) {
		tb.Fatalf("%d signatures of %d in %s", len(n.Sigs), 1+len(known), raw)
	}
	return c
}

// friend is a real witness that a test can make unreachable, and let hang.
type friend struct {
	*witness.Client
	disk *durabletest.Disk

	mu   sync.Mutex // guards what follows while a notary runs
	away error
	hang bool
}

func (f *friend) leave(away error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = away
}

func (f *friend) Cosign(ctx context.Context, checkpoint []byte, consistency witness.ConsistencyFunc) ([]byte, error) {
	f.mu.Lock()
	hang, away := f.hang, f.away
	f.mu.Unlock()
	if hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if away != nil {
		return nil, away
	}
	return f.Client.Cosign(ctx, checkpoint, consistency)
}

// befriend starts a witness with this key, on this disk, whose clock stands at its place beside noon.
func befriend(tb testing.TB, n byte, disk *durabletest.Disk, apart time.Duration) *friend {
	tb.Helper()
	c, err := merkle.NewCosigner(fmt.Sprintf("witness.example/w%d", n), key(n))
	if err != nil {
		tb.Fatal(err)
	}
	log := signerOf(tb, 1).VerifierKey()
	now := func() time.Time { return noon.Add(apart) }
	w, err := witness.New(witness.Config{Files: disk, Cosigner: c, Logs: []string{log}, Now: now})
	if err != nil {
		tb.Fatal(err)
	}
	client, err := witness.NewClient(witness.ClientConfig{
		Local: w, VerifierKey: w.VerifierKey(), Log: log, Now: func() time.Time { return noon },
	})
	if err != nil {
		tb.Fatal(err)
	}
	return &friend{Client: client, disk: disk}
}

// world is what one notary stands in.
type world struct {
	log     *auditLog
	disk    *durabletest.Disk
	shelf   *shelf
	friends []*friend
	quorum  int

	mu   sync.Mutex // guards told while a notary runs
	told [][]byte
}

func (w *world) tell(n []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, n)
}

func (w *world) timesTold() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.told)
}

func newWorld(tb testing.TB, witnesses int) *world {
	tb.Helper()
	w := &world{log: &auditLog{tree: history(tb, 300)}, disk: durabletest.New(), shelf: &shelf{}, quorum: witnesses}
	for i := range witnesses {
		w.friends = append(w.friends, befriend(tb, byte(50+i), durabletest.New(), 0))
	}
	return w
}

func (w *world) config(tb testing.TB) notary.Config {
	cfg := notary.Config{
		Community: community, Signer: signerOf(tb, 1), Files: w.disk, Log: w.log, QuorumMin: w.quorum, Store: &view{shelf: w.shelf},
		Interval: time.Second, Now: func() time.Time { return noon },
		Published: w.tell,
	}
	for _, f := range w.friends {
		cfg.Witnesses = append(cfg.Witnesses, f)
	}
	return cfg
}

func (w *world) open(tb testing.TB) *notary.Notary {
	tb.Helper()
	n, err := notary.Open(tb.Context(), w.config(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// grow shows more of the log and expects that it is published.
func (w *world) grow(tb testing.TB, n *notary.Notary, size uint64) {
	tb.Helper()
	w.log.show(size)
	if err := n.Step(tb.Context()); err != nil {
		tb.Fatalf("at %d entries: %v", size, err)
	}
	w.expect(tb, n, size)
}

// expect holds the notary's answer, the shelf and what it told against each other.
func (w *world) expect(tb testing.TB, n *notary.Notary, size uint64) {
	tb.Helper()
	last := w.shelf.notes[len(w.shelf.notes)-1]
	if got := opened(tb, last, w.verifiers()...).Size; got != size || !bytes.Equal(n.Checkpoint(), last) {
		tb.Fatalf("published at %d entries, want %d, or the notary answers another", got, size)
	}
	if len(w.told) == 0 || !bytes.Equal(w.told[len(w.told)-1], last) {
		tb.Fatal("nobody was told")
	}
	if !slices.IsSorted(w.shelf.sizes(tb)) {
		tb.Fatalf("published sizes %v", w.shelf.sizes(tb))
	}
}

func (w *world) verifiers() []note.Verifier {
	var out []note.Verifier
	for _, f := range w.friends {
		out = append(out, f.Verifier())
	}
	return out
}

// signedOn reads the size of the checkpoint on a notary's disk; 0 for none.
func signedOn(tb testing.TB, disk *durabletest.Disk) uint64 {
	tb.Helper()
	raw, err := disk.ReadFile("signed")
	if err != nil {
		return 0
	}
	return opened(tb, raw).Size
}
