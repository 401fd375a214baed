package sequencer

import (
	"path/filepath"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/natstest"
)

// TestSyncStore: a directory that does not hold the stream is a mistake, and not a stream that needs no sync.
func TestSyncStore(t *testing.T) {
	t.Parallel()
	srv := natstest.Run(t)
	js := srv.JetStream(t)
	if _, err := js.CreateStream(t.Context(), streamConfig("c", 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), chain.BlockSubject("c"), []byte("block")); err != nil {
		t.Fatal(err)
	}
	stream := chain.StreamName("c")
	if err := syncStore(srv.StoreDir(), stream); err != nil {
		t.Error(err)
	}
	for name, c := range map[string][2]string{
		"another directory": {t.TempDir(), stream}, "no directory": {filepath.Join(t.TempDir(), "none"), stream},
		"another stream": {srv.StoreDir(), chain.StreamName("d")},
	} {
		if syncStore(c[0], c[1]) == nil {
			t.Errorf("%s: it is said to be synced", name)
		}
	}
}
