package gateway

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle/durable"
	"renlin.dev/pkg/merkle/durable/durabletest"
	"renlin.dev/pkg/telemetry"
)

func testID(word string) string { return chain.KeyID([]byte(word)) }

func openTestBindings(t testing.TB, dir string, log *slog.Logger) *bindings {
	t.Helper()
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	b, err := openBindings(dir, rand.Reader, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() }) // it may be closed already
	return b
}

// bindingOf makes a binding of an account to a member.
func (b *bindings) bindingOf(member, account string) *binding {
	community := testID("here")
	return &binding{
		community: community, member: testID(member), provider: "wechat", identity: b.identityOf("wechat", community, account),
		key: testID(member + " key"), boundAt: 5,
	}
}

// TestBindingsLast: what was bound is bound after a restart, and what was ended is not; of the accounts' names nothing is on the disk.
func TestBindingsLast(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "bindings")
	b := openTestBindings(t, dir, nil)
	ann, bob := b.bindingOf("ann", testAccount), b.bindingOf("bob", "account-of-bob")
	elsewhere := *ann
	elsewhere.community = testID("elsewhere")
	elsewhere.identity = b.identityOf("wechat", elsewhere.community, testAccount)
	for _, one := range []*binding{ann, bob, &elsewhere} {
		if got, err := b.bind(one); err != nil || got != one {
			t.Fatalf("bind: %v", err)
		}
	}
	if elsewhere.identity == ann.identity || b.identityOf("other", ann.community, testAccount) == ann.identity || elsewhere.id() == ann.id() {
		t.Error("two communities, or two platforms, have one identity")
	}
	again := *ann
	if got, err := b.bind(&again); err != nil || got != ann {
		t.Errorf("the same again: %v", err)
	}
	if n, err := b.end(bob.community, bob.member, func(*binding) bool { return true }); n != 1 || err != nil {
		t.Errorf("end: %d, %v", n, err)
	}
	if _, err := openBindings(dir, rand.Reader, nil); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("a second gateway on the same directory: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = openTestBindings(t, dir, nil)
	if got := b.find(ann.community, ann.identity); got == nil || *got != *ann {
		t.Errorf("after a restart: %+v", got)
	}
	if got := b.find(elsewhere.community, elsewhere.identity); got == nil || got.member != ann.member {
		t.Errorf("elsewhere, after a restart: %+v", got)
	}
	if b.find(bob.community, bob.identity) != nil || len(b.of(bob.community, bob.member)) != 0 || len(b.all()) != 2 {
		t.Error("what was ended is back")
	}
	err := filepath.WalkDir(filepath.Dir(dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		silent(t, path, path+string(raw), "account-of-bob")
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestBindingsAreBounded, and an account is one member's.
func TestBindingsAreBounded(t *testing.T) {
	t.Parallel()
	b := openTestBindings(t, filepath.Join(t.TempDir(), "b"), nil)
	for n := range memberBindingsMax {
		if _, err := b.bind(b.bindingOf("ann", fmt.Sprint("account-", n))); err != nil {
			t.Fatal(err)
		}
	}
	more := b.bindingOf("ann", "one-more")
	if _, err := b.bind(more); !errors.Is(err, ErrBindingsMany) || !errors.Is(b.check(more), ErrBindingsMany) {
		t.Errorf("one too many: %v", err)
	}
	if _, err := b.bind(b.bindingOf("bob", "account-0")); !errors.Is(err, ErrBindingTaken) {
		t.Errorf("another's account: %v", err)
	}
	moved := b.bindingOf("ann", "account-0")
	moved.key = testID("another device")
	if got, err := b.bind(moved); err != nil || got != moved || len(b.of(moved.community, moved.member)) != memberBindingsMax {
		t.Errorf("on another device's word: %v", err)
	}
	if n, err := b.end(moved.community, moved.member, func(x *binding) bool { return x.key == moved.key }); n != 1 || err != nil {
		t.Errorf("ended %d, %v", n, err)
	}
	if _, err := b.bind(more); err != nil {
		t.Errorf("when there is a place: %v", err)
	}
	nowhere := openTestBindings(t, "", nil)
	if _, err := nowhere.bind(more); !errors.Is(err, ErrBindingsFull) || nowhere.find(more.community, more.identity) != nil {
		t.Errorf("where nothing is kept: %v", err)
	}
}

// TestOneBindingWins when several members claim an account at once, and it is the one on the disk.
func TestOneBindingWins(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "b")
	b := openTestBindings(t, dir, nil)
	var tries sync.WaitGroup
	results := make([]error, 30)
	for n := range results {
		tries.Go(func() { _, results[n] = b.bind(b.bindingOf(fmt.Sprint("member ", n), testAccount)) })
	}
	tries.Wait()
	winner := -1
	for n, err := range results {
		switch {
		case err == nil && winner >= 0:
			t.Error("two have won")
		case err == nil:
			winner = n
		case !errors.Is(err, ErrBindingTaken):
			t.Error(err)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = openTestBindings(t, dir, nil)
	all := b.all()
	if len(all) != 1 || winner < 0 || all[0].member != testID(fmt.Sprint("member ", winner)) {
		t.Errorf("%d on the disk; %d has won", len(all), winner)
	}
}

// TestDamagedBindings: a file that is torn, edited, moved or emptied binds nobody, is told to the operator, is ended with its member, and
// is replaced when the account is bound anew. Lost keys stop the start.
func TestDamagedBindings(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(raw []byte) []byte{
		"torn": func(raw []byte) []byte { return raw[:len(raw)/2] }, "emptied": func([]byte) []byte { return nil },
		"edited":  func(raw []byte) []byte { return bytes.Replace(raw, []byte(`"bound_at":5`), []byte(`"bound_at":6`), 1) },
		"garbage": func([]byte) []byte { return []byte("\x00\n\xff") }, "another's": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "b")
			b := openTestBindings(t, dir, nil)
			ann, bob := b.bindingOf("ann", testAccount), b.bindingOf("bob", "account-of-bob")
			for _, one := range []*binding{ann, bob} {
				if _, err := b.bind(one); err != nil {
					t.Fatal(err)
				}
			}
			raw, err := os.ReadFile(filepath.Join(dir, ann.file()))
			if err != nil {
				t.Fatal(err)
			}
			if damage == nil {
				if raw, err = os.ReadFile(filepath.Join(dir, bob.file())); err != nil {
					t.Fatal(err)
				}
			} else {
				raw = damage(raw)
			}
			if err := os.WriteFile(filepath.Join(dir, ann.file()), raw, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			var told bytes.Buffer
			b = openTestBindings(t, dir, telemetry.NewLogger(&told, "gateway", nil))
			got := b.find(ann.community, ann.identity)
			if got == nil || !got.damaged || got.member != ann.member || got.key != "" {
				t.Fatalf("after the damage: %+v", got)
			}
			if !strings.Contains(told.String(), ann.member) || strings.Count(told.String(), "\n") != 1 {
				t.Errorf("the operator is told: %s", &told)
			}
			taker := b.bindingOf("cat", testAccount) // whose account it shows to be by ticket and code
			if _, err := b.bind(taker); err != nil || len(b.of(ann.community, ann.member)) != 0 {
				t.Errorf("bound anew: %v", err)
			}
			if _, err := os.Stat(filepath.Join(dir, ann.file())); !os.IsNotExist(err) {
				t.Errorf("the damaged file: %v", err)
			}
			if err := errors.Join(b.Close(), os.Remove(dir+".key")); err != nil {
				t.Fatal(err)
			}
			if _, err := openBindings(dir, rand.Reader, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "2 bindings") {
				t.Errorf("without their key: %v", err)
			}
		})
	}
}

// onDisk reads what a disk that fails on demand holds.
func onDisk(t *testing.T, disk *durabletest.Disk) *bindings {
	t.Helper()
	b := newBindings(disk)
	if err := b.load(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBindingsFailAnywhere: every operation of binding, and of ending, fails once, with no, half and all of its effect, with and without a
// power failure. What was answered holds after it; what failed can be tried again, by somebody else too, and never gives one account two
// members.
func TestBindingsFailAnywhere(t *testing.T) {
	t.Parallel()
	struck := 0
	for at := 1; at <= 10; at++ {
		for _, effect := range []durabletest.Effect{durabletest.None, durabletest.Half, durabletest.Whole} {
			for _, power := range []bool{false, true} {
				for _, ending := range []bool{false, true} {
					if failBinding(t, durabletest.Fault{At: at, Effect: effect, PowerOff: power}, ending) {
						struck++
					}
				}
			}
		}
	}
	if struck < 40 {
		t.Errorf("only %d faults struck", struck)
	}
}

// failBinding strikes once, at binding or at ending, and tells whether it did.
func failBinding(t *testing.T, f durabletest.Fault, ending bool) bool {
	t.Helper()
	disk := durabletest.New()
	b := onDisk(t, disk)
	ann, bob := b.bindingOf("ann", testAccount), b.bindingOf("bob", testAccount)
	all := func(*binding) bool { return true }
	if ending {
		if _, err := b.bind(ann); err != nil {
			t.Fatal(err)
		}
	}
	disk.Inject(f)
	var err error
	if ending {
		_, err = b.end(ann.community, ann.member, all)
	} else {
		_, err = b.bind(ann)
	}
	hit := disk.Ops() >= f.At
	if !disk.Off() {
		disk.Inject(durabletest.Fault{})
	}
	if hit != (err != nil) {
		t.Fatalf("%+v, ending %v: struck %v, told %v", f, ending, hit, err)
	}
	if f.PowerOff && hit {
		disk.Reboot(uint64(f.At))
		b = onDisk(t, disk)
	} else if bound := b.find(ann.community, ann.identity) != nil; bound != (ending == hit) {
		t.Fatalf("%+v, ending %v: bound %v", f, ending, bound)
	}
	if _, err := b.end(ann.community, ann.member, all); err != nil {
		t.Fatalf("%+v, ending %v: ended again: %v", f, ending, err)
	}
	if _, err := b.bind(bob); err != nil {
		t.Fatalf("%+v, ending %v: another: %v", f, ending, err)
	}
	disk.Reboot(uint64(f.At))
	if list := onDisk(t, disk).all(); len(list) != 1 || list[0].member != bob.member || list[0].damaged {
		t.Fatalf("%+v, ending %v: after it %d on the disk", f, ending, len(list))
	}
	return hit
}

// TestUnsureBindings: what may be on the disk though nobody was told of it is taken away before another member has the account.
func TestUnsureBindings(t *testing.T) {
	t.Parallel()
	for at := 1; at <= 10; at++ {
		disk := durabletest.New()
		b := onDisk(t, disk)
		ann, bob := b.bindingOf("ann", testAccount), b.bindingOf("bob", testAccount)
		disk.Inject(durabletest.Fault{At: at, Effect: durabletest.Whole})
		_, err := b.bind(ann)
		_, taken := b.bind(bob)
		if (err == nil) == (taken == nil) {
			t.Fatalf("operation %d: ann %v, bob %v", at, err, taken)
		}
		disk.Reboot(uint64(at))
		if list := onDisk(t, disk).all(); len(list) != 1 || (list[0].member == ann.member) != (err == nil) {
			t.Fatalf("operation %d: ann %v, and %d on the disk", at, err, len(list))
		}
	}
}

// TestSessionNeedsItsBinding: a session that was opened in the very moment in which its account was unbound opens nothing.
func TestSessionNeedsItsBinding(t *testing.T) {
	t.Parallel()
	b := openTestBindings(t, filepath.Join(t.TempDir(), "b"), nil)
	g := &Gateway{bindings: b}
	ann := b.bindingOf("ann", testAccount)
	who := session{community: ann.community, member: ann.member, account: ann.identity, rests: ann.key}
	if err := g.accountStands(t.Context(), who, 0); !errors.Is(err, ErrExpired) {
		t.Errorf("unbound: %v", err)
	}
	for name, other := range map[string]*binding{
		"another member's":   b.bindingOf("bob", testAccount),
		"on another device":  {community: ann.community, member: ann.member, identity: ann.identity, key: testID("other")},
		"damaged since then": {community: ann.community, member: ann.member, identity: ann.identity, key: ann.key, damaged: true},
	} {
		b.put(other)
		if err := g.accountStands(t.Context(), who, 0); !errors.Is(err, ErrExpired) {
			t.Errorf("%s: %v", name, err)
		}
		b.drop(other)
	}
}

// FuzzDecodeBinding: whatever lies there, either it is exactly what was written under that name, or it binds nobody.
func FuzzDecodeBinding(f *testing.F) {
	b := openTestBindings(f, filepath.Join(f.TempDir(), "b"), nil)
	one := b.bindingOf("ann", testAccount)
	raw := encodeBinding(b.seal, one)
	f.Add(one.file(), raw)
	f.Add(one.file(), raw[:20])
	f.Add(one.file()+".tmp", raw)
	f.Add(b.bindingOf("bob", testAccount).file(), raw)
	f.Add("../"+one.file(), raw)
	f.Add("", []byte{})
	end := []byte("\n")
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		got, err := decodeBinding(b.seal, name, data)
		switch {
		case got == nil:
			if !errors.Is(err, errBindingName) {
				t.Fatal(err)
			}
		case got.file() != name:
			t.Fatalf("%q is read as %q", name, got.file())
		case err == nil && (got.damaged || !bytes.Equal(bytes.TrimSuffix(encodeBinding(b.seal, got), end), bytes.TrimSuffix(data, end))):
			t.Fatalf("%q is taken", data)
		case err != nil && !got.damaged:
			t.Fatal("damaged and not marked")
		}
	})
}
