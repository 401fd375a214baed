package registrar

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"renlin.dev/services/voting/credential"
)

// Wherever it dies while it keeps a credential, the voter sends it again and it is listed, once; and no receipt was given for what is lost.
func TestCrashesWhileKeeping(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"begin", "half", "written", "synced"} {
		for _, before := range []int{0, 1, 3} {
			t.Run(fmt.Sprint(line, before), func(t *testing.T) {
				t.Parallel()
				b, folder := newBoard(t, roof), t.TempDir()
				a := agent(t, b, folder)
				var all []*credential.Credential
				for i := range before {
					all = append(all, made(t, roof, fmt.Sprint(i)))
					b.register(all[i], register(t, a, all[i]), 1)
				}
				a.store.crash = dieAt(line)
				c := made(t, roof, "ann")
				if receipt, err := a.Register(t.Context(), c.Poll, c.Voter, sealed(t, c)); !errors.Is(err, errCrash) || receipt != nil {
					t.Fatalf("receipt %x, %v", receipt, err)
				}
				for _, restarted := range []bool{false, true} { // it may have been a full disk, and no crash
					if restarted {
						a = agent(t, b, folder)
					}
					a.store.crash = nil
					b.register(c, register(t, a, c), 1)
					next := made(t, roof, fmt.Sprint("next", restarted))
					b.register(next, register(t, a, next), 1)
				}
				a = agent(t, b, folder)
				b.poll(roof).Ended = true
				if err := a.Step(t.Context()); err != nil || len(b.rows[roof]) != before+3 {
					t.Fatalf("%d rows: %v", len(b.rows[roof]), err)
				}
			})
		}
	}
}

func dieAt(line string) func(string) error {
	return func(at string) error {
		if at == line {
			return errCrash
		}
		return nil
	}
}

// Between any two lists it may die, and the answer may be lost: it goes on where the record ends.
func TestCrashesWhileListing(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]func(b *board, on bool){
		"not persisted":  func(b *board, on bool) { b.refuse = on },
		"persisted, but": func(b *board, on bool) { b.lose = on },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, folder := newBoard(t, roof), t.TempDir()
			a := agent(t, b, folder)
			for i := range 401 {
				c := made(t, roof, fmt.Sprint(i))
				b.register(c, register(t, a, c), 1)
			}
			b.poll(roof).Ended = true
			for n := 0; !b.poll(roof).Sealed; n++ {
				trouble(b, n%2 == 0)
				if n > 20 {
					t.Fatal("it does not come to an end")
				}
				if err := agent(t, b, folder).Step(t.Context()); err != nil && !errors.Is(err, errLostAnswer) {
					t.Fatal(err)
				}
			}
			if b.lists != 3 || len(b.rows[roof]) != 401 {
				t.Errorf("%d lists, %d rows", b.lists, len(b.rows[roof]))
			}
		})
	}
}

// What is kept is forgotten when the record says that the poll is over, and not because it says nothing.
func TestForgets(t *testing.T) {
	t.Parallel()
	b, folder := newBoard(t, roof, lift), t.TempDir()
	a := agent(t, b, folder)
	for _, p := range []string{roof, lift} {
		c := made(t, p, "ann")
		b.register(c, register(t, a, c), 1)
	}
	files := func() int {
		found, err := filepath.Glob(filepath.Join(folder, "*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	b.polls = nil
	if err := a.Step(t.Context()); !errors.Is(err, errLostAnswer) || files() != 2 {
		t.Fatalf("%d files after silence: %v", files(), err)
	}
	b.over[roof], b.over[lift] = false, false
	if err := a.Step(t.Context()); err != nil || files() != 2 {
		t.Fatalf("%d files: %v", files(), err)
	}
	b.over[roof] = true
	a.store.crash = dieAt("deleted")
	if err := a.Step(t.Context()); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	a.store.crash = nil
	for _, again := range []*Agent{a, agent(t, b, folder)} {
		if err := again.Step(t.Context()); err != nil || files() != 1 || !slices.Equal(again.kept(), []string{lift}) {
			t.Fatalf("%d files, kept %v: %v", files(), again.kept(), err)
		}
	}
}

// While a voter's row is missing nothing is listed, and the operator is told; a spoilt row that nobody registered by is no matter.
func TestDamagedRows(t *testing.T) {
	t.Parallel()
	b, folder := newBoard(t, roof), t.TempDir()
	a := agent(t, b, folder)
	unused := made(t, roof, "ann")
	register(t, a, unused)
	for _, name := range []string{"ann", "bob"} {
		c := made(t, roof, name)
		b.register(c, register(t, a, c), 1)
	}
	path := filepath.Join(folder, roof+ending)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	spoil := func(at int) {
		t.Helper()
		bad := bytes.Clone(good)
		bad[at] ^= 1
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b.poll(roof).Ended = true
	spoil(len(heading) + rowBytes + 70)
	if err := agent(t, b, folder).Step(t.Context()); !errors.Is(err, errLost) || b.lists != 0 {
		t.Fatalf("%d lists: %v", b.lists, err)
	}
	spoil(len(heading) + 70)
	again := agent(t, b, folder)
	if n := len(again.store.by[roof].of[id("ann")]); n != 1 {
		t.Errorf("%d rows of ann's are taken for good", n)
	}
	if err := again.Step(t.Context()); err != nil || len(b.rows[roof]) != 2 {
		t.Fatalf("%d rows: %v", len(b.rows[roof]), err)
	}
}

// If the record lists what the store does not have, nothing is added to it.
func TestForeignRows(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(p *Poll){
		"more than there are":      func(p *Poll) { p.Listed, p.LastKey = 1, make([]byte, 32) },
		"all, and not sealed":      func(p *Poll) { p.Listed, p.LastKey = 2, bytes.Repeat([]byte{255}, 32) },
		"a key that is not ours":   func(p *Poll) { p.Listed, p.LastKey = 1, bytes.Repeat([]byte{255}, 32) },
		"nothing, and not nothing": func(p *Poll) { p.Listed = 7 },
	} {
		b := newBoard(t, roof)
		a := agent(t, b, t.TempDir())
		for _, n := range []string{"ann", "bob"} {
			c := made(t, roof, n)
			b.register(c, register(t, a, c), 1)
		}
		b.poll(roof).Ended = true
		spoil(b.poll(roof))
		if err := a.Step(t.Context()); !errors.Is(err, errListed) || b.lists != 0 {
			t.Errorf("%s: %d lists, %v", name, b.lists, err)
		}
	}
}

// FuzzStore: whatever stands in a file, the agent starts, and what it then keeps is there after the next start.
func FuzzStore(f *testing.F) {
	r := &credential.Registration{Poll: roof, Voter: id("ann"), Key: bytes.Repeat([]byte{5}, 32)}
	f.Add([]byte{})
	f.Add([]byte(heading[:4]))
	f.Add(append([]byte(heading), row(r, false)...))
	f.Add(append(append([]byte(heading), row(r, false)...), row(r, false)[:9]...))
	f.Fuzz(func(t *testing.T, raw []byte) {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, roof+ending), raw, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := openStore(folder)
		if err != nil {
			t.Fatal(err)
		}
		next := &credential.Registration{Poll: roof, Voter: id("bob"), Key: bytes.Repeat([]byte{6}, 32)}
		if err := s.keep(next, false); errors.Is(err, ErrTaken) || errors.Is(err, ErrMany) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		before := len(s.by[roof].of[id("ann")])
		s, err = openStore(folder)
		if err != nil || s.find(roof, next.Voter, next.Commitment()) == nil || len(s.by[roof].of[id("ann")]) != before {
			t.Fatalf("lost: %v", err)
		}
	})
}
