package vault_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/merkle/durable"
	"renlin.dev/pkg/merkle/durable/durabletest"
	"renlin.dev/pkg/seal"
	"renlin.dev/pkg/standing"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	"renlin.dev/services/vault"
)

// canary is a text that must be nowhere but where it may be read.
const canary = "王小明 13800001111 3栋2单元501"

// disk is a keyring's folder on a disk that fails on demand.
type disk struct{ *durabletest.Disk }

func (d disk) Overwrite(name string, data []byte) error {
	f, err := d.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// entropy is chance that can be had again, safe for concurrent use.
type entropy struct {
	mu  sync.Mutex
	src *rand.ChaCha8
}

func (e *entropy) Read(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.src.Read(p)
}

// rig is a store on three disks: texts, their mirror, keys.
type rig struct {
	tb                  testing.TB
	files, mirror, keys *durabletest.Disk
	own                 seal.Identity
	entropy             *entropy
	store               *vault.Store
}

func newRig(tb testing.TB) *rig {
	tb.Helper()
	own, err := seal.NewIdentity()
	if err != nil {
		tb.Fatal(err)
	}
	r := &rig{
		tb: tb, files: durabletest.New(), mirror: durabletest.New(), keys: durabletest.New(), own: own,
		entropy: &entropy{src: rand.NewChaCha8([32]byte{1})},
	}
	if err := r.open(); err != nil {
		tb.Fatal(err)
	}
	return r
}

// open starts the store anew on what the disks hold.
func (r *rig) open() error {
	keys, err := seal.OpenKeyring(disk{r.keys}, seal.Custody{Own: r.own, Entropy: r.entropy})
	if err != nil {
		return err
	}
	store, err := vault.Open(vault.Config{Community: id("community"), Files: r.files, Mirror: r.mirror, Keys: keys, Entropy: r.entropy})
	if err != nil {
		return err
	}
	r.store = store
	return nil
}

func (r *rig) put(subject, text string) *vault.Sealed {
	r.tb.Helper()
	s, err := r.store.Put(id(subject), []byte(text))
	if err != nil {
		r.tb.Fatal(err)
	}
	return s
}

// reads checks that a text is there and whole.
func (r *rig) reads(s *vault.Sealed, subject, text string) {
	r.tb.Helper()
	o, err := r.store.Get(s.Ref, id(subject))
	if err != nil {
		r.tb.Fatal(err)
	}
	if string(o.Text) != text || !bytes.Equal(o.Salt, s.Salt) || !seal.Check(s.Commitment, o.Salt, o.Text) {
		r.tb.Fatal("another text, or one that does not fit its commitment")
	}
}

func TestPutAndGet(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.put("ann", canary)
	if s.LengthBytes != uint32(len(canary)) || !seal.IsRef(s.Ref) || len(s.Commitment) != 32 || len(s.Salt) != 32 {
		t.Errorf("sealed %+v", s)
	}
	r.reads(s, "ann", canary)
	if twice := r.put("ann", canary); twice.Ref == s.Ref || bytes.Equal(twice.Commitment, s.Commitment) {
		t.Error("the same text twice can be told to be the same")
	}
	r.put("bob", "a")
	for _, c := range []struct {
		name, ref, subject string
		want               error
	}{
		{"another's", s.Ref, "bob", vault.ErrTextUnknown},
		{"nobody's", s.Ref, "eve", vault.ErrTextUnknown},
		{"unknown", ref("x"), "ann", vault.ErrTextUnknown},
		{"no reference", "x", "ann", vault.ErrTextUnknown},
		{"a path", "../../etc/passwd", "ann", vault.ErrTextUnknown},
		{"in capitals", strings.ToUpper(s.Ref), "ann", vault.ErrTextUnknown},
	} {
		if _, err := r.store.Get(c.ref, id(c.subject)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// The disks hold no word of a text, and the folders of texts no key.
func TestNothingInClear(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.put("ann", canary)
	for _, d := range []*durabletest.Disk{r.files, r.mirror, r.keys} {
		for _, name := range d.Files("") {
			data, err := d.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(data, []byte("13800001111")) || bytes.Contains(data, s.Salt) {
				t.Errorf("%s has it in clear", name)
			}
			if d != r.keys && strings.Contains(name, id("ann")) {
				t.Errorf("%s tells whose text it is", name)
			}
		}
	}
}

func TestTextSizes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for size, want := range map[int]error{
		0: vault.ErrTextSize, 1: nil, standing.TextBytesMax: nil, standing.TextBytesMax + 1: vault.ErrTextSize,
	} {
		if _, err := r.store.Put(id("ann"), make([]byte, size)); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	if _, err := r.store.Put("../x", []byte("a")); err == nil {
		t.Error("a subject that is a path")
	}
}

// Another community's store cannot open these bytes, though it had the key.
func TestBoundToCommunity(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.put("ann", canary)
	keys, err := seal.OpenKeyring(disk{r.keys}, seal.Custody{Own: r.own, Entropy: r.entropy})
	if err != nil {
		t.Fatal(err)
	}
	other, err := vault.Open(vault.Config{Community: id("another"), Files: r.files, Keys: keys, Entropy: r.entropy})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Get(s.Ref, id("ann")); !errors.Is(err, vault.ErrTextUnknown) {
		t.Errorf("%v", err)
	}
}

func TestErasure(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	mine, others := r.put("ann", canary), r.put("bob", "stays")
	old := r.keys.Clone() // a backup of the keys, which nobody should have
	if err := r.store.Erase(id("ann")); err != nil {
		t.Fatal(err)
	}
	gone := func(when string) {
		t.Helper()
		if _, err := r.store.Get(mine.Ref, id("ann")); !errors.Is(err, seal.ErrErased) {
			t.Errorf("%s: read: %v", when, err)
		}
		if _, err := r.store.Put(id("ann"), []byte("again")); !errors.Is(err, seal.ErrErased) {
			t.Errorf("%s: put: %v", when, err)
		}
		r.reads(others, "bob", "stays")
	}
	gone("at once")
	if err := r.open(); err != nil {
		t.Fatal(err)
	}
	gone("after a start")
	if err := r.store.Erase(id("ann")); err != nil {
		t.Errorf("erasing again: %v", err)
	}
	// A restored backup brings the key back, until the record is heard.
	r.keys = old
	if err := r.open(); err != nil {
		t.Fatal(err)
	}
	r.reads(mine, "ann", canary)
	w := newWorld(t)
	if _, err := w.try(vault.OpErase, &vaultv1.EraseSubject{Subject: id("ann")}, "ann"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := r.store.Settle(w.state); err != nil {
			t.Fatal(err)
		}
	}
	gone("after a restored backup")
}

// Settle does what the record says, once for each, and tries again what failed.
func TestSettle(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put("ann", "a")
	r.put("bob", "b")
	w := newWorld(t)
	settle := func() int {
		before := r.keys.Ops()
		if err := r.store.Settle(w.state); err != nil {
			t.Fatal(err)
		}
		return r.keys.Ops() - before
	}
	if n := settle(); n != 0 {
		t.Errorf("%d operations for nothing", n)
	}
	for _, name := range []string{"ann", "bob"} {
		if _, err := w.try(vault.OpErase, &vaultv1.EraseSubject{Subject: id(name)}, name); err != nil {
			t.Fatal(err)
		}
	}
	r.keys.Inject(durabletest.Fault{At: 1, Effect: durabletest.None})
	if err := r.store.Settle(w.state); err == nil {
		t.Fatal("a failed write is no settlement")
	}
	if n := settle(); n == 0 {
		t.Error("what failed was not tried again")
	}
	if n := settle(); n != 0 {
		t.Errorf("%d operations for what is settled", n)
	}
	for _, name := range []string{"ann", "bob"} {
		if _, err := r.store.Put(id(name), []byte("x")); !errors.Is(err, seal.ErrErased) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMirrorMends(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	lost, spoilt, late := r.put("ann", "one"), r.put("ann", "two"), r.put("bob", "three")
	path := func(s *vault.Sealed) string { return s.Ref[:2] + "/" + s.Ref }
	r.files.Lose(path(lost))
	data, err := r.files.ReadFile(path(spoilt))
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.Clone(data)
	data[30] ^= 1
	r.files.Damage(path(spoilt), data)
	r.mirror.Lose(path(late))
	r.reads(lost, "ann", "one")
	r.reads(spoilt, "ann", "two")
	if n := r.store.Repaired(); n != 2 {
		t.Errorf("%d repaired by reading", n)
	}
	if err := r.open(); err != nil {
		t.Fatal(err)
	}
	if n := r.store.Repaired(); n != 1 {
		t.Errorf("%d repaired at the start", n)
	}
	for s, text := range map[*vault.Sealed]string{lost: "one", spoilt: "two"} {
		r.reads(s, "ann", text)
	}
	// Both copies spoilt: said, not shown.
	r.files.Damage(path(late), data)
	r.mirror.Damage(path(late), data)
	if _, err := r.store.Get(late.Ref, id("bob")); !errors.Is(err, vault.ErrTextDamaged) {
		t.Errorf("%v", err)
	}
	r.files.Lose(path(late))
	if _, err := r.store.Get(late.Ref, id("bob")); !errors.Is(err, vault.ErrTextUnknown) {
		t.Errorf("%v", err)
	}
}

// Whatever fails or when the power goes: what Put answered is there, whole, after the next start, in both copies; and a subject
// whose erasure was answered stays erased.
func TestNothingAnsweredIsLost(t *testing.T) {
	t.Parallel()
	type answered struct {
		s             *vault.Sealed
		subject, text string
	}
	failed, power := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		r := newRig(t)
		disks := []*durabletest.Disk{r.files, r.mirror, r.keys}
		var kept []answered
		erased := map[string]bool{}
		for i := range rapid.IntRange(1, 8).Draw(rt, "steps") {
			d := rapid.SampledFrom(disks).Draw(rt, "disk")
			if rapid.Bool().Draw(rt, "fault") {
				effect := rapid.SampledFrom([]durabletest.Effect{durabletest.None, durabletest.Whole, durabletest.Half}).Draw(rt, "effect")
				d.Inject(durabletest.Fault{
					At: rapid.IntRange(1, 8).Draw(rt, "at"), Effect: effect, PowerOff: rapid.Bool().Draw(rt, "power"),
				})
			}
			subject, text := fmt.Sprint("p", rapid.IntRange(0, 2).Draw(rt, "subject")), fmt.Sprint("text ", i)
			if rapid.IntRange(0, 5).Draw(rt, "erase") == 0 {
				erased[subject] = r.store.Erase(id(subject)) == nil || erased[subject]
			} else if s, err := r.store.Put(id(subject), []byte(text)); err == nil {
				if erased[subject] {
					rt.Fatal("a text was put under a destroyed key")
				}
				kept = append(kept, answered{s, subject, text})
			} else if !errors.Is(err, seal.ErrErased) {
				failed++
			}
			if r.files.Off() || r.mirror.Off() || r.keys.Off() || rapid.Bool().Draw(rt, "restart") {
				for _, d := range disks {
					if d.Off() {
						power++
					}
					d.Reboot(rapid.Uint64().Draw(rt, "seed"))
				}
				if err := r.open(); err != nil {
					rt.Fatalf("start: %v", err)
				}
			}
		}
		for _, d := range disks {
			d.Reboot(1)
		}
		if err := r.open(); err != nil {
			rt.Fatalf("start: %v", err)
		}
		for _, k := range kept {
			o, err := r.store.Get(k.s.Ref, id(k.subject))
			switch {
			case errors.Is(err, seal.ErrErased): // an Erase that failed may have taken effect
			case err != nil:
				rt.Fatalf("an answered text is lost: %v", err)
			case erased[k.subject]:
				rt.Fatal("an erased text can be read")
			case string(o.Text) != k.text:
				rt.Fatal("an answered text is another")
			}
			name := k.s.Ref[:2] + "/" + k.s.Ref
			for _, d := range []*durabletest.Disk{r.files, r.mirror} {
				if data, err := d.ReadFile(name); err != nil || seal.Ref(data) != k.s.Ref {
					rt.Fatalf("a copy is missing: %v", err)
				}
			}
		}
	})
	if failed == 0 || power == 0 {
		t.Errorf("%d failed writes, %d power failures: the test says nothing", failed, power)
	}
}

// On the operating system's own files, from many hands at once.
func TestStoreOnFolders(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	own, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	files, err := durable.Open(filepath.Join(base, "texts"))
	if err != nil {
		t.Fatal(err)
	}
	folder, err := seal.OpenFolder(filepath.Join(base, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	chance := &entropy{src: rand.NewChaCha8([32]byte{2})}
	keys, err := seal.OpenKeyring(folder, seal.Custody{Own: own, Entropy: chance})
	if err != nil {
		t.Fatal(err)
	}
	store, err := vault.Open(vault.Config{Community: id("c"), Files: files, Keys: keys, Entropy: chance})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			subject, text := id(fmt.Sprint(i%4)), []byte(fmt.Sprint("text ", i))
			s, err := store.Put(subject, text)
			if err != nil {
				t.Errorf("put: %v", err)
				return
			}
			if o, err := store.Get(s.Ref, subject); err != nil || !bytes.Equal(o.Text, text) {
				t.Errorf("get: %v", err)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(files.Close(), folder.Close()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(base, "keys"))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("keys' folder: %v, %v", info.Mode(), err)
	}
}
