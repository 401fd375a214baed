package keyfile_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"renlin.dev/pkg/keyfile"
)

func TestRivalsGetOneKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "a.key")
	keys := make([]string, 16)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			key, err := keyfile.LoadOrMake(path, rand.Reader)
			if err != nil {
				t.Error(err)
			}
			keys[i] = string(key)
		})
	}
	wg.Wait()
	for _, k := range keys {
		if k != keys[0] {
			t.Fatal("two rivals hold different keys")
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("key file is open to others: %v %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".key-*")); len(left) > 0 {
		t.Fatal("temporary files were left behind")
	}
}

func TestDamagedFileIsNotReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.key")
	if err := os.WriteFile(path, []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keyfile.LoadOrMake(path, rand.Reader); !errors.Is(err, keyfile.ErrDamaged) {
		t.Fatalf("got %v, want ErrDamaged", err)
	}
	if raw, _ := os.ReadFile(path); string(raw) != "not a key" {
		t.Fatal("the damaged file was overwritten")
	}
}
