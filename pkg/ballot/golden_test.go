package ballot_test

import (
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"renlin.dev/pkg/ballot"
)

var write = flag.Bool("write", false, "write golden files that are missing")

// checkGolden compares a private key, its public half and a box, each a line of hex, with a file that is only ever written once.
func checkGolden(t *testing.T, name string, parts ...[]byte) {
	t.Helper()
	var lines []string
	for _, p := range parts {
		lines = append(lines, hex.EncodeToString(p))
	}
	got, path := strings.Join(lines, "\n")+"\n", filepath.Join("testdata", "golden", name)
	want, err := os.ReadFile(path)
	if os.IsNotExist(err) && *write {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the bytes of a box have changed:\n%s\nwant\n%s", got, want)
	}
	if c, err := ballot.Open(parts[0], parts[1], pollID, voterID, parts[2]); err != nil || len(c.GetOptions()) != 2 {
		t.Errorf("the golden box opens to %v, %v", c, err)
	}
}
