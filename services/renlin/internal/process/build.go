package process

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"sync"
)

// build names this program's way of folding: snapshots and projections of another are made anew. No number kept by hand and no revision
// tells of every change, such as of a library's or of a tree with changes; the executable's own bytes do. Where they cannot be read,
// nothing that was kept before this start is believed.
var build = sync.OnceValue(func() string {
	path, err := os.Executable()
	if err == nil {
		var name string
		if name, err = buildOf(path); err == nil {
			return name
		}
	}
	return rand.Text()
})

// buildOf names the program in a file.
func buildOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read own program: %w", err)
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", fmt.Errorf("read own program: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
