package process

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/seal"
)

// TestPutWaitsForErasures: after a crash between an erasure's commit and the destruction of the key, no text is sealed under that key
// before the erasure is carried out.
func TestPutWaitsForErasures(t *testing.T) {
	own, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	v := &vaults{env: Env{Data: t.TempDir(), State: t.TempDir(), Log: slog.New(slog.DiscardHandler)}, own: own, open: map[string]*openVault{}}
	defer v.close()
	community, subject := client.NewID(), client.NewID()
	data := []byte(subject + "words")
	at := func(caughtUp func(context.Context) error) error {
		_, err := v.putter(community, caughtUp)(t.Context(), data)
		return err
	}
	if err := at(func(context.Context) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := at(func(context.Context) error { return fault.ErrUnavailable }); !errors.Is(err, fault.ErrUnavailable) {
		t.Errorf("while the record is being folded: %v", err)
	}
	err = at(func(context.Context) error { // the fold meets the erasure only now
		s, err := v.store(community)
		if err != nil {
			return err
		}
		return s.Erase(subject)
	})
	if !errors.Is(err, seal.ErrErased) {
		t.Errorf("after the erasure was folded: %v", err)
	}
}
