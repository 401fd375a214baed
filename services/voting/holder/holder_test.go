package holder

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var (
	errLost  = errors.New("connection lost")
	errCrash = errors.New("crash")
	poll     = strings.Repeat("p", 26)
	members  = [2]string{strings.Repeat("a", 26), strings.Repeat("b", 26)}
)

// board is a record that knows the few rules a keystore leans on.
type board struct {
	t      *testing.T
	polls  []Poll
	refuse bool // nothing is written and the answer is lost
	lose   bool // it is written and the answer is lost
	sent   []string
	public []byte // private key once published
}

func (b *board) Polls(context.Context) ([]Poll, error) {
	return append([]Poll{}, b.polls...), nil
}

func (b *board) Submit(_ context.Context, raw []byte) error {
	if b.refuse {
		return errLost
	}
	s, err := chain.DecodeSigned(raw)
	if err != nil {
		b.t.Fatal(err)
	}
	id, err := s.ID(chain.AuthorDevice, "")
	if err != nil {
		b.t.Fatal(err)
	}
	if err := s.CheckSignatures(chain.Hash{1}, id); err != nil {
		b.t.Fatal(err)
	}
	b.sent = append(b.sent, s.Operation)
	by := members[0]
	if bytes.Equal(s.Signatures[0].Key, deviceOf(1).Public().(ed25519.PublicKey)) {
		by = members[1]
	}
	b.write(s, by)
	if b.lose {
		return errLost
	}
	return nil
}

func (b *board) write(s *chain.Signed, by string) {
	p := &b.polls[0]
	switch s.Operation {
	case "voting.offer_key":
		m := &votingv1.OfferKey{}
		b.must(protojson.Unmarshal(s.Body, m))
		if len(p.BoxKey) > 0 {
			b.t.Error("offered twice")
		}
		p.BoxKey, p.Wrapped, p.OfferedBy = m.GetBoxKey(), m.GetWrapped(), by
	case "voting.hold_key":
		m := &votingv1.HoldKey{}
		b.must(protojson.Unmarshal(s.Body, m))
		if p.OfferedBy == by || !bytes.Equal(m.GetBoxKey(), p.BoxKey) || p.HeldBy != "" {
			b.t.Error("held wrongly")
		}
		p.HeldBy = by
	case "voting.refuse_key":
		m := &votingv1.RefuseKey{}
		b.must(protojson.Unmarshal(s.Body, m))
		if p.OfferedBy == by || !bytes.Equal(m.GetBoxKey(), p.BoxKey) || p.HeldBy != "" {
			b.t.Error("refused wrongly")
		}
		p.BoxKey, p.Wrapped, p.OfferedBy, p.Refused = nil, nil, "", append(p.Refused, m.GetBoxKey())
	case "voting.publish_key":
		m := &votingv1.PublishKey{}
		b.must(protojson.Unmarshal(s.Body, m))
		if !p.Closed || !ballot.Fits(m.GetPrivateKey(), p.BoxKey) {
			b.t.Error("published wrongly")
		}
		b.public, b.polls = m.GetPrivateKey(), nil
	default:
		b.t.Errorf("unknown operation %s", s.Operation)
	}
}

func (b *board) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func deviceOf(i int) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(i + 1)}, ed25519.SeedSize))
}

func boxKeyOf(i int) []byte { return bytes.Repeat([]byte{byte(i + 50)}, ballot.KeyBytes) }

func configOf(i int, folder string) Config {
	c := Config{
		Folder: folder, Member: members[i], Device: deviceOf(i), BoxKey: boxKeyOf(i), Genesis: chain.Hash{1}, Rand: rand.Reader,
		Now: func() int64 { return 1 },
	}
	for k := range members {
		c.Holders = append(c.Holders, &communityv1.Holder{Member: members[k], BoxKey: publicOf(boxKeyOf(k))})
	}
	return c
}

func open(t *testing.T, i int, folder string, b *board) *Agent {
	t.Helper()
	a, err := New(configOf(i, folder), b)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Whatever line of the keeping it dies at, and whatever happens to the answers, a keystore that is started again brings the poll on, the
// key that was offered is on both disks, and nobody publishes before the close.
func TestCrashes(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"", "begin", "written", "renamed"} {
		for _, victim := range []int{0, 1} {
			for name, trouble := range map[string]func(b *board, on bool){
				"no trouble":     func(*board, bool) {},
				"not persisted":  func(b *board, on bool) { b.refuse = on },
				"persisted, but": func(b *board, on bool) { b.lose = on },
			} {
				t.Run(strings.Join([]string{line, members[victim][:1], name}, "/"), func(t *testing.T) {
					t.Parallel()
					crashThrough(t, line, victim, trouble)
				})
			}
		}
	}
}

func crashThrough(t *testing.T, line string, victim int, trouble func(b *board, on bool)) {
	b := &board{t: t, polls: []Poll{{ID: poll}}}
	folders := [2]string{t.TempDir(), t.TempDir()}
	attempt := func(i int, crash bool) {
		a := open(t, i, folders[i], b)
		if crash && i == victim && line != "" {
			a.store.crash = func(at string) error {
				if at == line {
					return errCrash
				}
				return nil
			}
		}
		if err := a.Step(t.Context()); err != nil && !errors.Is(err, errCrash) && !errors.Is(err, errLost) {
			t.Fatal(err)
		}
	}
	round := func(i int) {
		attempt(i, true) // dies
		trouble(b, true)
		attempt(i, false) // sends, and does not hear
		trouble(b, false)
		attempt(i, false) // goes on
	}
	round(0)
	round(1)
	if b.polls[0].HeldBy != members[1] {
		t.Fatalf("the poll did not open: %v", b.polls)
	}
	for i := range folders {
		if kept, err := filepath.Glob(filepath.Join(folders[i], "*.key")); err != nil || len(kept) != 1 {
			t.Errorf("keystore %d has made %d keys", i, len(kept))
		}
		if _, err := open(t, i, folders[i], b).store.find(poll, b.polls[0].BoxKey); err != nil {
			t.Errorf("keystore %d: %v", i, err)
		}
		attempt(i, false)
	}
	if b.public != nil {
		t.Fatal("published before the close")
	}
	b.polls[0].Closed = true
	round(victim)
	if b.public == nil {
		t.Fatal("not published")
	}
}

// The key's file is the user's alone, and says what it is.
func TestKeyFile(t *testing.T) {
	t.Parallel()
	b := &board{t: t, polls: []Poll{{ID: poll}}}
	folder := filepath.Join(t.TempDir(), "keys")
	b.must(open(t, 0, folder, b).Step(t.Context()))
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	info, err := os.Stat(files[0])
	b.must(err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	name, err := fileName(poll, b.polls[0].BoxKey)
	b.must(err)
	if filepath.Base(files[0]) != name {
		t.Errorf("named %s", files[0])
	}
}

// A second holder refuses a copy that does not open or does not fit, and a keystore publishes nothing that it has lost or that was
// damaged.
func TestRefusesBadKeys(t *testing.T) {
	t.Parallel()
	b := &board{t: t, polls: []Poll{{ID: poll}}}
	b.must(open(t, 0, t.TempDir(), b).Step(t.Context()))
	good := b.polls[0]
	folder := t.TempDir()
	two := open(t, 1, folder, b)

	b.polls[0].Wrapped = bytes.Clone(good.Wrapped)
	b.polls[0].Wrapped[60] ^= 1
	if err := two.Step(t.Context()); !errors.Is(err, ErrWrapped) || len(b.polls[0].Refused) != 1 {
		t.Errorf("a damaged copy: %v, refused %x", err, b.polls[0].Refused)
	}
	b.polls[0] = good
	b.polls[0].BoxKey = publicOf(boxKeyOf(9))
	if err := two.Step(t.Context()); !errors.Is(err, ErrWrapped) || len(b.polls[0].Refused) != 1 {
		t.Errorf("a copy of another key: %v, refused %x", err, b.polls[0].Refused)
	}
	b.polls[0] = good
	b.must(two.Step(t.Context()))
	b.polls[0].Closed = true

	path := filepath.Join(folder, must(fileName(poll, good.BoxKey)))
	if err := open(t, 1, t.TempDir(), b).Step(t.Context()); !errors.Is(err, errKeyLost) {
		t.Errorf("a lost key: %v", err)
	}
	content, err := os.ReadFile(path)
	b.must(err)
	content[len(keyHeading)] ^= 1
	b.must(os.WriteFile(path, content, 0o600))
	if err := two.Step(t.Context()); !errors.Is(err, errKeyBroken) {
		t.Errorf("a damaged key: %v", err)
	}
	if b.public != nil {
		t.Error("something was published")
	}
}

// After a refusal the first holder offers another key, not the refused one that is still on its disk, and the poll opens.
func TestOffersAnother(t *testing.T) {
	t.Parallel()
	b := &board{t: t, polls: []Poll{{ID: poll}}}
	one, two := open(t, 0, t.TempDir(), b), open(t, 1, t.TempDir(), b)
	b.must(one.Step(t.Context()))
	refused := b.polls[0].BoxKey
	b.polls[0].Wrapped[60] ^= 1
	if err := two.Step(t.Context()); !errors.Is(err, ErrWrapped) {
		t.Fatal(err)
	}
	b.must(two.Step(t.Context())) // has nothing to say until there is another offer
	b.must(one.Step(t.Context()))
	if bytes.Equal(b.polls[0].BoxKey, refused) {
		t.Fatal("the refused key is offered again")
	}
	b.must(two.Step(t.Context()))
	if b.polls[0].HeldBy != members[1] {
		t.Errorf("sent %v", b.sent)
	}
}

// A key that was never offered and is damaged is passed over for a new one.
func TestDamagedPendingKey(t *testing.T) {
	t.Parallel()
	b := &board{t: t, polls: []Poll{{ID: poll}}, refuse: true}
	folder := t.TempDir()
	a := open(t, 0, folder, b)
	if err := a.Step(t.Context()); !errors.Is(err, errLost) {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.key"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	content, err := os.ReadFile(files[0])
	b.must(err)
	content[len(keyHeading)+9] ^= 1 // another hex digit or none: not the key of the file's name either way
	b.must(os.WriteFile(files[0], content, 0o600))
	b.refuse = false
	b.must(a.Step(t.Context()))
	if _, err := a.store.find(poll, b.polls[0].BoxKey); err != nil {
		t.Errorf("the key that was offered: %v", err)
	}
}

func must(name string, err error) string {
	if err != nil {
		panic(err)
	}
	return name
}

// One poll's trouble is not another's, and an id from outside is never a path.
func TestOnePollAtATime(t *testing.T) {
	t.Parallel()
	lost := Poll{ID: strings.Repeat("q", 26), BoxKey: boxKeyOf(3), HeldBy: members[1], Closed: true}
	b := &board{t: t, polls: []Poll{{ID: poll}, {ID: "../../etc"}, lost}}
	err := open(t, 0, t.TempDir(), b).Step(t.Context())
	if !errors.Is(err, errPollID) || !errors.Is(err, errKeyLost) {
		t.Errorf("got %v", err)
	}
	if len(b.polls[0].BoxKey) == 0 {
		t.Error("the good poll got no key")
	}
}

func TestConfigRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(c *Config){
		"a member who is no holder": func(c *Config) { c.Member = poll },
		"one holder":                func(c *Config) { c.Holders = c.Holders[:1] },
		"another box key":           func(c *Config) { c.BoxKey = boxKeyOf(1) },
		"no box key":                func(c *Config) { c.BoxKey = nil },
		"a weak other":              func(c *Config) { c.Holders[1].BoxKey = make([]byte, 32) },
	} {
		c := configOf(0, t.TempDir())
		change(&c)
		if _, err := New(c, &board{}); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Run steps whenever it is told to, reports what failed, and ends with its context.
func TestRun(t *testing.T) {
	t.Parallel()
	b := &board{t: t, polls: []Poll{{ID: poll}}, refuse: true}
	a := open(t, 0, t.TempDir(), b)
	ctx, cancel := context.WithCancel(t.Context())
	changed, failed, done := make(chan struct{}), make(chan error), make(chan error)
	go func() { done <- Run(ctx, a.Step, changed, func(err error) { failed <- err }) }()
	if err := <-failed; !errors.Is(err, errLost) {
		t.Errorf("reported %v", err)
	}
	changed <- struct{}{}
	if err := <-failed; !errors.Is(err, errLost) {
		t.Errorf("reported %v", err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

// trouble fails as a list says, one entry a step.
type trouble struct {
	list []error
	next int
}

func (r *trouble) Polls(context.Context) ([]Poll, error) {
	r.next++
	return nil, r.list[r.next-1]
}

func (*trouble) Submit(context.Context, []byte) error { return nil }

// A failure that goes on is told ever more rarely; a new one, or the same after a success, at once.
func TestRunBacksOff(t *testing.T) {
	t.Parallel()
	r := &trouble{list: []error{
		errLost, errLost, errLost, errLost, errLost, errLost, errLost, errLost, errLost, errCrash, errCrash, errCrash, nil, errCrash,
	}}
	a, err := New(configOf(0, t.TempDir()), r)
	if err != nil {
		t.Fatal(err)
	}
	changed, done := make(chan struct{}), make(chan error)
	var told []int
	go func() { done <- Run(t.Context(), a.Step, changed, func(error) { told = append(told, r.next) }) }()
	for range len(r.list) - 1 {
		changed <- struct{}{}
	}
	close(changed)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if want := []int{1, 2, 4, 8, 10, 11, 14}; !slices.Equal(told, want) {
		t.Errorf("told at steps %v, want %v", told, want)
	}
}
