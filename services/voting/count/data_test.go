package count

import (
	"os"
	"path/filepath"
	"testing"
)

// realFile reads a file of real input with known answers, which lies outside the tree where RENLIN_DATA says.
func realFile(t *testing.T, name ...string) []byte {
	t.Helper()
	root := os.Getenv("RENLIN_DATA")
	if root == "" {
		t.Skip("RENLIN_DATA is not set: the real files with known answers are not at hand")
	}
	data, err := os.ReadFile(filepath.Join(append([]string{root}, name...)...))
	if err != nil {
		t.Fatalf("RENLIN_DATA is set, so the file must be there: %v", err)
	}
	return data
}
