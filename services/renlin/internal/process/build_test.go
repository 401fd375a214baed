package process

import (
	"os"
	"path/filepath"
	"testing"
)

// TestBuild: another program has another name, however little differs; the same has the same. That a snapshot and a projection of another
// build are made anew is tested where they are read (packages runner and host).
func TestBuild(t *testing.T) {
	t.Parallel()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(own)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, flip := range []int{-1, 0, len(raw) / 2, len(raw) - 1} {
		other := append([]byte(nil), raw...)
		if flip >= 0 {
			other[flip] ^= 1
		}
		path := filepath.Join(t.TempDir(), "program")
		if err := os.WriteFile(path, other, 0o700); err != nil {
			t.Fatal(err)
		}
		name, err := buildOf(path)
		if err != nil || names[name] {
			t.Errorf("flipped at %d: %q, %v", flip, name, err)
		}
		names[name] = true
		if (name == build()) != (flip < 0) {
			t.Errorf("flipped at %d: %q, this program is %q", flip, name, build())
		}
	}
	if name, err := buildOf(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Errorf("no program is %q", name)
	}
}
