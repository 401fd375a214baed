package process

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/natstest"
)

// TestFoundingAgain: what becomes of a founding whose epoch key was used, when nothing of the first attempt is on a stream.
func TestFoundingAgain(t *testing.T) {
	t.Parallel()
	s := &Sequencers{js: natstest.Run(t).JetStream(t)}
	const began = 1_700_000_000_000
	founding := func(id byte, time int64) use {
		return use{Command: chain.CommandID{id}.String(), Genesis: chain.Hash{id, byte(time)}.String(), Time: time}
	}
	for _, c := range []struct {
		name string
		now  use
		err  error
	}{
		{"at once", founding(1, began+1), fault.ErrUnavailable},
		{"while the first may be under way", founding(1, began+29_999), fault.ErrUnavailable},
		{"when it is surely not", founding(1, began+30_000), nil},
		{"another founding", founding(2, began+60_000), errEpochUsed},
	} {
		if answer, err := s.again(t.Context(), founding(1, began), c.now); answer != nil || !errors.Is(err, c.err) {
			t.Errorf("%s: %s, %v", c.name, answer, err)
		}
	}
}

// TestEpochsKeep: a key that was told is there after a restart, and is told until it has founded something.
func TestEpochsKeep(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "epochs")
	var told []byte
	for _, c := range []struct {
		name string
		used bool
		same bool
	}{{"first", false, false}, {"again", true, true}, {"after its use", false, false}} {
		e, err := openEpochs(dir)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			public, err := e.next()
			if err != nil {
				t.Fatal(err)
			}
			if same := bytes.Equal(public, told); same != c.same && told != nil {
				t.Errorf("%s: the same key: %v", c.name, same)
			}
			if key, err := e.key(public); err != nil || !bytes.Equal(chain.Public(key), public) {
				t.Errorf("%s: the key's other half: %v", c.name, err)
			}
			c.same, told = true, public
		}
		if c.used {
			want := use{Command: chain.CommandID{1}.String(), Genesis: chain.Hash{2}.String(), Time: 3}
			if err := e.use(told, want); err != nil {
				t.Fatal(err)
			}
			if got, err := e.usedFor(told); err != nil || got == nil || *got != want {
				t.Errorf("%s: used for %v, %v", c.name, got, err)
			}
		}
		if err := e.close(); err != nil {
			t.Fatal(err)
		}
	}
	e, err := openEpochs(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	if _, err := e.key([]byte("nobody's")); !errors.Is(err, errEpochKey) {
		t.Errorf("a key that was not made here: %v", err)
	}
}
