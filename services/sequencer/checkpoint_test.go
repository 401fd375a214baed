package sequencer

import (
	"errors"
	"path/filepath"
	"testing"

	"renlin.dev/pkg/chain"
)

// TestCheckpointsOnlyGrow: what the head record holds of the log is never taken back, also not across a restart.
func TestCheckpointsOnlyGrow(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "head")
	r, err := openHeadRecord(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.create(Head{Genesis: chain.Hash{1}, Blocks: 1}); err != nil {
		t.Fatal(err)
	}
	for n, c := range []struct {
		size uint64
		root byte
		want error
	}{
		{0, 0, nil}, {3, 3, nil}, {3, 3, nil}, {2, 2, errCheckpoint}, {0, 0, errCheckpoint}, {3, 4, errCheckpoint}, {5, 5, nil},
		{3, 3, errCheckpoint},
	} {
		if err := r.checkpoint(c.size, chain.Hash{c.root}); !errors.Is(err, c.want) {
			t.Errorf("checkpoint %d of size %d: %v, want %v", n, c.size, err, c.want)
		}
	}
	r.close()
	again, err := openHeadRecord(path)
	if err != nil {
		t.Fatal(err)
	}
	defer again.close()
	if now := again.now(); now.Size != 5 || now.Root != (chain.Hash{5}) {
		t.Errorf("noted %+v", now)
	}
	if err := again.checkpoint(4, chain.Hash{4}); !errors.Is(err, errCheckpoint) {
		t.Errorf("after a restart: %v", err)
	}
}
