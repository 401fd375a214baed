package seal_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"renlin.dev/pkg/merkle/durable"
	"renlin.dev/pkg/merkle/durable/durabletest"
	"renlin.dev/pkg/seal"
)

// disk makes a Store of the disk that fails on demand. Its Overwrite may lose what was there before it wrote, as a disk may.
type disk struct{ *durabletest.Disk }

func (d disk) Overwrite(name string, data []byte) error {
	f, err := d.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// identity answers a custodian's secret or fails the test.
func identity(tb testing.TB) seal.Identity {
	tb.Helper()
	id, err := seal.NewIdentity()
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

// open opens a keyring or fails the test.
func open(tb testing.TB, store seal.Store, custody seal.Custody) *seal.Keyring {
	tb.Helper()
	keyring, err := seal.OpenKeyring(store, custody)
	if err != nil {
		tb.Fatal(err)
	}
	return keyring
}

func TestKeyringOnDisk(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "keys")
	folder, err := seal.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	own, other := identity(t), identity(t)
	custody := seal.Custody{Own: own, Others: []seal.Custodian{other.Custodian()}, Entropy: entropy(1)}
	keyring := open(t, folder, custody)
	if _, err := keyring.Key("li"); !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("a key that was never made: %v", err)
	}
	key, err := keyring.Create("li")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := keyring.Create("li"); err != nil || again != key {
		t.Errorf("a second Create gives another key, %v", err)
	}
	wrapped, err := keyring.Wrapped("li")
	if err != nil {
		t.Fatal(err)
	}
	if secret, err := seal.Unwrap(wrapped, "renlin/subject-key/1\nli", other); err != nil || seal.Key(secret) != key {
		t.Errorf("the other custodian cannot open it: %v", err)
	}
	if _, err := seal.OpenFolder(dir); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("a second process opens it: %v", err)
	}
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if info, infoErr := d.Info(); err == nil && infoErr == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", filepath.Base(name), info.Mode())
		}
		return err
	})
	if err := errors.Join(err, folder.Close()); err != nil {
		t.Fatal(err)
	}
	if folder, err = seal.OpenFolder(dir); err != nil {
		t.Fatal(err)
	}
	keyring = open(t, folder, custody)
	if again, err := keyring.Key("li"); err != nil || again != key {
		t.Errorf("after a restart: %v", err)
	}
	held, err := os.Open(filepath.Join(dir, "li.key")) // the blocks, whatever happens to the name
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := keyring.Destroy("li"); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := io.ReadAll(held); err != nil || len(left) == 0 || len(bytes.Trim(left, "\x00")) > 0 {
		t.Errorf("%d bytes are left, not all of them zero, %v", len(left), err)
	}
	if _, err := os.Stat(filepath.Join(dir, "li.key")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
	isErased(t, keyring, "li")
	if err := errors.Join(held.Close(), folder.Close()); err != nil {
		t.Fatal(err)
	}
}

// isErased fails unless every way to a destroyed key says that it is erased.
func isErased(tb testing.TB, keyring *seal.Keyring, subject string) {
	tb.Helper()
	_, errKey := keyring.Key(subject)
	_, errCreate := keyring.Create(subject)
	_, errWrapped := keyring.Wrapped(subject)
	for _, err := range []error{errKey, errCreate, errWrapped} {
		if !errors.Is(err, seal.ErrErased) {
			tb.Errorf("a destroyed key: %v", err)
		}
	}
}

func TestFolderOverwritesInPlace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder, err := seal.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "f"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	held, err := os.Open(filepath.Join(dir, "f")) // the same file, whatever happens to its name
	if err != nil {
		t.Fatal(err)
	}
	if err := folder.Overwrite("f", []byte("0000")); err != nil {
		t.Fatal(err)
	}
	content := make([]byte, 10)
	if n, _ := held.Read(content); string(content[:n]) != "0000et" {
		t.Errorf("the file holds %q", content[:n])
	}
	if err := errors.Join(held.Close(), folder.Close()); err != nil {
		t.Fatal(err)
	}
	if err := folder.Overwrite("../f", nil); err == nil {
		t.Error("wrote outside the folder")
	}
}

func TestKeyringRefuses(t *testing.T) {
	t.Parallel()
	store := disk{durabletest.New()}
	custody := seal.Custody{Own: identity(t), Entropy: entropy(1)}
	keyring := open(t, store, custody)
	for _, bad := range []string{"", "..", "../x", "Li", "a/b", ".x", strings.Repeat("x", 65), "a b", "李"} {
		_, err := keyring.Create(bad)
		if err == nil || keyring.Destroy(bad) == nil {
			t.Errorf("took %q for a subject", bad)
		}
	}
	if _, err := keyring.Create("a"); err != nil {
		t.Fatal(err)
	}
	if _, err := keyring.Key("a"); err != nil {
		t.Error(err)
	}
	wrapped, err := store.ReadFile("a.key")
	if err != nil {
		t.Fatal(err)
	}
	store.Damage("b.key", wrapped)
	if _, err := keyring.Key("b"); !errors.Is(err, seal.ErrBroken) {
		t.Errorf("another person's key under this name: %v", err)
	}
	if _, err := open(t, store, seal.Custody{Own: identity(t)}).Key("a"); !errors.Is(err, seal.ErrBroken) {
		t.Errorf("a stranger opens the keyring: %v", err)
	}
	starved := open(t, store, seal.Custody{Own: custody.Own, Entropy: strings.NewReader("")})
	if _, err := starved.Create("c"); err == nil {
		t.Error("a key without entropy")
	}
}

// faults runs body once for each operation that it does on a disk, with each effect, as a failure and as a power failure. The
// body does its work on the disk and answers whether it was acknowledged; then look judges what is left after each of several
// reboots.
func faults(t *testing.T, prepare func(disk), body func(disk) (acknowledged bool), look func(t *testing.T, d disk, acknowledged bool)) {
	t.Helper()
	probe := disk{durabletest.New()}
	prepare(probe)
	probe.Inject(durabletest.Fault{})
	if !body(probe) {
		t.Fatal("the work fails without a fault")
	}
	steps := probe.Ops()
	if steps < 3 {
		t.Fatalf("only %d operations", steps)
	}
	for at := 0; at <= steps; at++ { // at 0 nothing fails until the reboot
		for _, effect := range []durabletest.Effect{durabletest.None, durabletest.Half, durabletest.Whole} {
			for _, power := range []bool{false, true} {
				for seed := range uint64(6) {
					d := disk{durabletest.New()}
					prepare(d)
					d.Inject(durabletest.Fault{At: at, Effect: effect, PowerOff: power})
					acknowledged := body(d)
					d.Reboot(seed)
					look(t, d, acknowledged)
				}
			}
		}
	}
}

func TestCreateThroughFaults(t *testing.T) {
	t.Parallel()
	custody := seal.Custody{Own: identity(t), Entropy: entropy(1)}
	var handed seal.Key // what the last run of the body handed out
	body := func(d disk) bool {
		keyring, err := seal.OpenKeyring(d, custody)
		if err != nil {
			return false
		}
		handed, err = keyring.Create("li")
		if err != nil { // the same process tries again, which works unless the power is off
			handed, err = keyring.Create("li")
		}
		return err == nil
	}
	faults(t, func(disk) {}, body, func(t *testing.T, d disk, acknowledged bool) {
		keyring := open(t, d, custody)
		got, err := keyring.Key("li")
		if acknowledged && (err != nil || got != handed) {
			t.Errorf("a key that was handed out is lost: %v", err)
		}
		if err != nil && !errors.Is(err, seal.ErrNoKey) {
			t.Errorf("left behind: %v", err)
		}
		if _, err := keyring.Create("li"); err != nil {
			t.Errorf("cannot go on: %v", err)
		}
	})
}

// TestKeyFoundAfterAKillIsDurable: a process was killed before it could sync the folder; the next one hands the key out, so it
// must see to it that no power failure takes it away.
func TestKeyFoundAfterAKillIsDurable(t *testing.T) {
	t.Parallel()
	custody := seal.Custody{Own: identity(t), Entropy: entropy(1)}
	found := 0
	for at := 1; at <= 10; at++ {
		for seed := range uint64(16) {
			d := disk{durabletest.New()}
			killed := open(t, d, custody)
			d.Inject(durabletest.Fault{At: at})
			if _, err := killed.Create("li"); err == nil || len(d.Files("li.key")) == 0 {
				continue
			}
			key, err := open(t, d, custody).Key("li")
			if errors.Is(err, seal.ErrNoKey) {
				continue // only the temporary file is there
			}
			found++
			d.Reboot(seed)
			if again, errAgain := open(t, d, custody).Key("li"); err != nil || errAgain != nil || again != key {
				t.Fatalf("operation %d, seed %d: a key that was handed out is lost: %v, %v", at, seed, err, errAgain)
			}
		}
	}
	if found == 0 {
		t.Error("no fault leaves a key behind")
	}
}

func TestDestroyThroughFaults(t *testing.T) {
	t.Parallel()
	custody := seal.Custody{Own: identity(t), Entropy: entropy(1)}
	prepare := func(d disk) {
		keyring := open(t, d, custody)
		if _, err := keyring.Create("li"); err != nil {
			t.Fatal(err)
		}
	}
	body := func(d disk) bool {
		keyring, err := seal.OpenKeyring(d, custody)
		return err == nil && keyring.Destroy("li") == nil
	}
	faults(t, prepare, body, func(t *testing.T, d disk, acknowledged bool) {
		if acknowledged && len(d.Files("li.key")) > 0 {
			t.Errorf("acknowledged, and still there: %v", d.Files(""))
		}
		keyring := open(t, d, custody)
		_, err := keyring.Key("li")
		if acknowledged && !errors.Is(err, seal.ErrErased) || err != nil && !errors.Is(err, seal.ErrErased) {
			t.Errorf("acknowledged %v, the key is %v", acknowledged, err) // neither lost nor broken without a gravestone
		}
		if errors.Is(err, seal.ErrErased) && len(d.Files("li.key")) > 0 {
			t.Error("opening the keyring did not finish the work")
		}
		if err := keyring.Destroy("li"); err != nil {
			t.Error(err)
		}
		isErased(t, keyring, "li")
	})
}

// TestDestroyTakesWhatACrashLeft: the temporary file of an interrupted Create holds a wrapped key, too.
func TestDestroyTakesWhatACrashLeft(t *testing.T) {
	t.Parallel()
	store := disk{durabletest.New()}
	custody := seal.Custody{Own: identity(t), Entropy: entropy(1)}
	keyring := open(t, store, custody)
	store.Damage("li.key.tmp", []byte("a wrapped key"))
	if err := keyring.Destroy("li"); err != nil {
		t.Fatal(err)
	}
	store.Damage("li.key.tmp", []byte("a wrapped key, back from an old copy"))
	open(t, store, custody)
	if left := store.Files("li.key"); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
