package registrar

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/curve25519"
	"golang.org/x/crypto/nacl/box"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/credential"
)

var (
	errLostAnswer = errors.New("connection lost")
	errCrash      = errors.New("crash")
	roof, lift    = id("roof"), id("lift")
	device        = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	boxKey        = bytes.Repeat([]byte{8}, 32)
)

// id makes an opaque id out of a word.
func id(word string) string {
	sum := sha256.Sum256([]byte(word))
	return chain.ShortID(sum[:])
}

func boxPublic(t *testing.T) []byte {
	t.Helper()
	public, err := curve25519.X25519(boxKey, curve25519.Basepoint)
	if err != nil {
		t.Fatal(err)
	}
	return public
}

// board is a record that knows the few rules a registrar leans on.
type board struct {
	t      *testing.T
	polls  []Poll
	voters map[string][]Voter
	over   map[string]bool
	rows   map[string][]*votingv1.CredentialRow
	lists  int
	refuse bool // nothing is written, and the answer is lost
	lose   bool // it is written, and the answer is lost
	asked  int  // for the polls
}

func newBoard(t *testing.T, ids ...string) *board {
	b := &board{t: t, voters: map[string][]Voter{}, over: map[string]bool{}, rows: map[string][]*votingv1.CredentialRow{}}
	for _, p := range ids {
		b.polls = append(b.polls, Poll{ID: p, Registrar: &communityv1.Registrar{Key: chain.Public(device), BoxKey: boxPublic(t)}})
	}
	return b
}

func (b *board) Polls(context.Context) ([]Poll, error) { b.asked++; return slices.Clone(b.polls), nil }

func (b *board) Voters(_ context.Context, poll string) ([]Voter, error) { return b.voters[poll], nil }

func (b *board) Over(_ context.Context, poll string) (bool, error) {
	if over, said := b.over[poll]; said {
		return over, nil
	}
	return false, errLostAnswer
}

func (b *board) Command(_ context.Context, operation string, body proto.Message) error {
	if b.refuse {
		return errLostAnswer
	}
	list := body.(*votingv1.ListCredentials)
	p := b.poll(list.GetPoll())
	if operation != "voting.list_credentials" || !p.Ended || p.Sealed || len(list.GetRows()) == 0 || len(list.GetRows()) > 200 {
		b.t.Fatalf("%s of %d rows for %+v", operation, len(list.GetRows()), p)
	}
	for _, row := range list.GetRows() {
		if bytes.Compare(row.GetKey(), p.LastKey) <= 0 {
			b.t.Fatal("the keys do not ascend")
		}
		p.Listed, p.LastKey = p.Listed+1, row.GetKey()
	}
	b.lists++
	b.rows[p.ID] = append(b.rows[p.ID], list.GetRows()...)
	p.Sealed = list.GetLast()
	if b.lose {
		return errLostAnswer
	}
	return nil
}

func (b *board) poll(id string) *Poll {
	return &b.polls[slices.IndexFunc(b.polls, func(p Poll) bool { return p.ID == id })]
}

// register puts a voter's registration on the record, as the rule would: the last one counts.
func (b *board) register(c *credential.Credential, receipt []byte, heads int64) {
	b.t.Helper()
	body, err := c.Register(chain.Public(device), receipt)
	if err != nil {
		b.t.Fatal(err)
	}
	v := Voter{ID: c.Voter, Commitment: body.GetCommitment(), Row: &votingv1.CredentialRow{Heads: heads, AreaCentiM2: 100 * heads}}
	list := slices.DeleteFunc(slices.Clone(b.voters[c.Poll]), func(o Voter) bool { return o.ID == c.Voter })
	b.voters[c.Poll] = append(list, v)
}

func agent(t *testing.T, b *board, folder string) *Agent {
	t.Helper()
	a, err := New(Config{Folder: folder, Device: device, BoxKey: boxKey}, b)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func made(t *testing.T, poll, voter string) *credential.Credential {
	t.Helper()
	c, err := credential.New(rand.Reader, poll, id(voter))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sealed(t *testing.T, c *credential.Credential) []byte {
	t.Helper()
	raw, err := c.Seal(rand.Reader, boxPublic(t))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func register(t *testing.T, a *Agent, c *credential.Credential) []byte {
	t.Helper()
	receipt, err := a.Register(t.Context(), c.Poll, c.Voter, sealed(t, c))
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

// The whole way: two polls, voters who register once or again or not at all, and a list of those who count.
func TestRegistersAndLists(t *testing.T) {
	t.Parallel()
	b := newBoard(t, roof, lift)
	a := agent(t, b, t.TempDir())
	if err := a.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{}
	for i := range 450 {
		c := made(t, roof, fmt.Sprint("voter", i))
		receipt := register(t, a, c)
		switch i % 4 {
		case 1: // never puts it on the record
			continue
		case 2: // the second of two counts
			c = made(t, roof, fmt.Sprint("voter", i))
			receipt = register(t, a, c)
		case 3: // the first of two counts
			register(t, a, made(t, roof, fmt.Sprint("voter", i)))
		}
		b.register(c, receipt, int64(i+1))
		want[string(c.Public())] = int64(i + 1)
	}
	other := made(t, lift, "voter0")
	b.register(other, register(t, a, other), 5)
	if err := a.Step(t.Context()); err != nil || b.lists != 0 {
		t.Fatalf("%d lists before the end: %v", b.lists, err)
	}
	b.poll(roof).Ended = true
	if err := a.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p := b.poll(roof); !p.Sealed || b.lists != 2 || len(b.rows[roof]) != len(want) || b.poll(lift).Listed != 0 {
		t.Fatalf("%d lists, %d rows, want %d", b.lists, len(b.rows[roof]), len(want))
	}
	for _, row := range b.rows[roof] {
		if heads := want[string(row.GetKey())]; heads == 0 || row.GetHeads() != heads || row.GetAreaCentiM2() != 100*heads {
			t.Fatalf("row %v", row)
		}
	}
	if got := a.kept(); !slices.Equal(got, slices.Sorted(slices.Values([]string{roof, lift}))) {
		t.Errorf("keeps %v", got)
	}
	if err := a.Step(t.Context()); err != nil || b.lists != 2 {
		t.Errorf("listed again: %v", err)
	}
	if got := a.kept(); !slices.Equal(got, []string{lift}) {
		t.Errorf("keeps %v when the roster is sealed", got)
	}
}

// A poll whose registrar is somebody else is none of ours, and so is one that is over.
func TestTakesOnlyItsOwn(t *testing.T) {
	t.Parallel()
	b := newBoard(t, roof, lift)
	b.polls[1].Registrar = &communityv1.Registrar{Key: bytes.Repeat([]byte{9}, 32)}
	a := agent(t, b, t.TempDir())
	refuse := func(poll string) {
		t.Helper()
		c := made(t, poll, "ann")
		if _, err := a.Register(t.Context(), c.Poll, c.Voter, sealed(t, c)); !errors.Is(err, ErrNotRegistering) {
			t.Errorf("%s: %v", poll, err)
		}
	}
	refuse(lift)
	refuse(id("none"))
	b.polls[1].Ended, b.voters[lift] = true, []Voter{{ID: id("ann"), Row: &votingv1.CredentialRow{}}}
	if err := a.Step(t.Context()); err != nil || b.lists != 0 {
		t.Errorf("%d lists: %v", b.lists, err)
	}
	register(t, a, made(t, roof, "ann"))
	b.polls[0].Ended = true
	if err := a.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	refuse(roof)
}

// A poll that was called after the last look is found; one that is known is not asked for again.
func TestAsksOnce(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	a := agent(t, b, t.TempDir())
	if err := a.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.polls = newBoard(t, roof).polls
	for i := range 5 {
		register(t, a, made(t, roof, fmt.Sprint(i)))
	}
	if b.asked != 2 {
		t.Errorf("asked %d times", b.asked)
	}
}

// What is no registration of whoever sent it is refused, whatever was done to it, and leaves nothing.
func TestHostileRegistrations(t *testing.T) {
	t.Parallel()
	b := newBoard(t, roof)
	a := agent(t, b, t.TempDir())
	c := made(t, roof, "ann")
	good := sealed(t, c)
	box := func(plain []byte) []byte {
		raw, err := box.SealAnonymous(nil, plain, (*[32]byte)(boxPublic(t)), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	r := credential.Registration{Poll: roof, Voter: c.Voter, Salt: c.Salt, Key: c.Public()}
	weak := r
	weak.Key = append([]byte{1}, make([]byte, 31)...)
	elsewhere := r
	elsewhere.Poll = "../../../../../../etc/pass"
	foreign, err := c.Seal(rand.Reader, bytes.Repeat([]byte{9}, 32))
	if err != nil {
		t.Fatal(err)
	}
	nowhere := &credential.Credential{Poll: id("x"), Voter: c.Voter, Key: c.Key}
	flipped := bytes.Clone(good)
	flipped[40] ^= 1
	for name, k := range map[string]struct {
		poll   string // roof if empty
		member string
		sealed []byte
		want   error
	}{
		"nothing":                {"", c.Voter, nil, ErrUnreadable},
		"too short":              {"", c.Voter, good[:len(good)-1], ErrUnreadable},
		"too long":               {"", c.Voter, append(bytes.Clone(good), 0), ErrUnreadable},
		"a bit flipped":          {"", c.Voter, flipped, ErrUnreadable},
		"sealed for another":     {"", c.Voter, foreign, ErrUnreadable},
		"of another form":        {"", c.Voter, box(c.Bytes()), ErrUnreadable},
		"empty inside":           {"", c.Voter, box(nil), ErrUnreadable},
		"long inside":            {"", c.Voter, box(append(r.Bytes(), 0)), ErrUnreadable},
		"a path":                 {"", c.Voter, box(elsewhere.Bytes()), ErrUnreadable},
		"another's":              {"", id("bob"), good, ErrOthers},
		"nobody's":               {"", "", good, ErrOthers},
		"anybody's key":          {"", c.Voter, box(weak.Bytes()), ErrWeak},
		"for another poll":       {lift, c.Voter, good, ErrOthers},
		"a poll that is no poll": {id("x"), c.Voter, sealed(t, nowhere), ErrNotRegistering},
	} {
		if _, err := a.Register(t.Context(), cmp.Or(k.poll, roof), k.member, k.sealed); !errors.Is(err, k.want) {
			t.Errorf("%s: %v, want %v", name, err, k.want)
		}
	}
	if kept := a.kept(); len(kept) != 0 {
		t.Errorf("kept %v", kept)
	}
}

// Sent again, a credential gets the same receipt and no second row; there are eight for each voter, and none that another voter has.
func TestCandidates(t *testing.T) {
	t.Parallel()
	b := newBoard(t, roof, lift)
	a := agent(t, b, t.TempDir())
	c := made(t, roof, "ann")
	first := register(t, a, c)
	for range 10 {
		if again := register(t, a, c); !bytes.Equal(first, again) {
			t.Fatal("another receipt for the same credential")
		}
	}
	resalted := *c // the same key under another salt is another candidate
	resalted.Salt[0]++
	if again := register(t, a, &resalted); bytes.Equal(first, again) {
		t.Error("one receipt for two commitments")
	}
	for range candidatesMax - 2 {
		register(t, a, made(t, roof, "ann"))
	}
	ninth := made(t, roof, "ann")
	if _, err := a.Register(t.Context(), roof, ninth.Voter, sealed(t, ninth)); !errors.Is(err, ErrMany) {
		t.Errorf("the ninth: %v", err)
	}
	register(t, a, c) // what is kept is still answered for
	register(t, a, made(t, lift, "ann"))
	register(t, a, made(t, roof, "bob"))
	stolen := *c
	stolen.Voter = id("bob")
	if _, err := a.Register(t.Context(), roof, stolen.Voter, sealed(t, &stolen)); !errors.Is(err, ErrTaken) {
		t.Errorf("another's key: %v", err)
	}
}

// What others bring for a voter takes no place from what the voter sends, nor the other way round, and is told apart after a restart.
func TestBrought(t *testing.T) {
	t.Parallel()
	b, folder := newBoard(t, roof), t.TempDir()
	a := agent(t, b, folder)
	bring := func() error {
		c := made(t, roof, "ann")
		_, err := a.Bring(t.Context(), roof, c.Voter, sealed(t, c))
		return err
	}
	own := func() error {
		c := made(t, roof, "ann")
		_, err := a.Register(t.Context(), roof, c.Voter, sealed(t, c))
		return err
	}
	for n := range broughtMax {
		if err := bring(); err != nil {
			t.Fatalf("brought %d: %v", n, err)
		}
	}
	if err := bring(); !errors.Is(err, ErrManyBrought) {
		t.Errorf("one brought too many: %v", err)
	}
	a = agent(t, b, folder)
	if err := bring(); !errors.Is(err, ErrManyBrought) {
		t.Errorf("one brought too many after a restart: %v", err)
	}
	for n := range candidatesMax {
		if err := own(); err != nil {
			t.Fatalf("the voter's own %d: %v", n, err)
		}
	}
	if err := own(); !errors.Is(err, ErrMany) {
		t.Errorf("one too many of the voter's own: %v", err)
	}
}

// Rows from before it was told who brought them are the voter's own: their check sum is over the registration alone.
func TestOldRowsAreOwn(t *testing.T) {
	t.Parallel()
	c := made(t, roof, "ann")
	r := &credential.Registration{Poll: c.Poll, Voter: c.Voter, Salt: c.Salt, Key: c.Public()}
	sum := sha256.Sum256(r.Bytes())
	old := append(r.Bytes(), sum[:sumBytes]...)
	if got := readSent(roof, append([]byte(heading), old...)); len(got.of[c.Voter]) != 1 || got.other[c.Voter] != 0 {
		t.Errorf("kept %+v", got)
	}
}

// One poll's trouble is not another's.
func TestOnePollAtATime(t *testing.T) {
	t.Parallel()
	b := newBoard(t, roof, lift)
	a := agent(t, b, t.TempDir())
	c := made(t, lift, "ann")
	b.register(c, register(t, a, c), 1)
	b.voters[roof] = []Voter{{ID: id("ann"), Commitment: make([]byte, 32), Row: &votingv1.CredentialRow{}}}
	b.poll(roof).Ended, b.poll(lift).Ended = true, true
	if err := a.Step(t.Context()); !errors.Is(err, errLost) || !strings.Contains(err.Error(), roof) || !b.poll(lift).Sealed {
		t.Errorf("got %v", err)
	}
}

// A registrar's folder is nobody else's to read.
func TestFolderIsPrivate(t *testing.T) {
	t.Parallel()
	b, folder := newBoard(t, roof), filepath.Join(t.TempDir(), "new")
	register(t, agent(t, b, folder), made(t, roof, "ann"))
	for _, path := range []string{folder, filepath.Join(folder, roof+ending)} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
	if _, err := New(Config{Folder: folder, Device: device, BoxKey: nil}, b); err == nil {
		t.Error("a registrar without a box key")
	}
}
