package verify_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"renlin.dev/pkg/verify"
)

// TestSpool: a bundle whose blocks were gathered in a file is that of one gathered in memory; a file that fails is an error.
func TestSpool(t *testing.T) {
	t.Parallel()
	write := func(spool io.ReadWriteSeeker) ([]byte, error) {
		w := verify.Writer{Plain: true, Spool: spool}
		for i := range 5 {
			w.Whole(bytes.Repeat([]byte{byte(i)}, 1000*i))
		}
		var out bytes.Buffer
		err := w.Flush(&out, verify.Manifest{Community: "x"}, []byte("checkpoint"))
		return out.Bytes(), err
	}
	want, err := write(nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "spool"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := write(f); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, want %d, %v", len(got), len(want), err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := write(f); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a spool that cannot be written: %v", err)
	}
}
