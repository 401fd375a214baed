package process

import (
	"errors"
	"fmt"
	"testing"

	"renlin.dev/pkg/fault"
	"renlin.dev/services/notary"
)

// Given a notary that does not sign, when it is asked why, then a contradiction is told as that, and nothing else is.
func TestRefusalsOfNotaries(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{ // any order: each alone
		notary.ErrStopped: "notary.forked", notary.ErrForked: "notary.forked", notary.ErrShrunk: "notary.shrunk",
		notary.ErrQuorum: "notary.unwitnessed", notary.ErrMoved: "notary.refuses", errors.New("no disk"): "notary.refuses",
	} {
		if f := fault.Of(refusalOf(fmt.Errorf("sign: %w", err))); f.Code != want {
			t.Errorf("%v: %s", err, f.Code)
		}
	}
	if err := refusalOf(nil); err != nil {
		t.Error(err)
	}
}
