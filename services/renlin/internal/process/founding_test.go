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
	commit := func(id byte, time int64) []byte {
		c := &chain.Commit{
			Author: chain.AuthorGenesis, ID: chain.CommandID{id}, Time: time, Service: "community", Command: []byte("command"),
			Changes: []chain.Change{{Aggregate: "community/main", Version: 1, Events: []chain.Event{{Type: "x"}}}},
		}
		raw, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	const began = 1_700_000_000_000
	before := commit(1, began)
	for _, c := range []struct {
		name string
		now  []byte
		want []byte
		err  error
	}{
		{"at once", commit(1, began+2_000), before, nil},
		{"while the first may be under way", commit(1, began+2_001), nil, fault.ErrUnavailable},
		{"when it is surely not", commit(1, began+30_000), commit(1, began+30_000), nil},
		{"another founding", commit(2, began+60_000), nil, errEpochUsed},
	} {
		got, answer, err := s.again(t.Context(), before, c.now)
		if !bytes.Equal(got, c.want) || answer != nil || !errors.Is(err, c.err) {
			t.Errorf("%s: %x, %s, %v", c.name, got, answer, err)
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
			if err := e.use(told, []byte("commit")); err != nil {
				t.Fatal(err)
			}
			if raw, err := e.founding(told); err != nil || string(raw) != "commit" {
				t.Errorf("%s: founding %q, %v", c.name, raw, err)
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
