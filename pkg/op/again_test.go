package op_test

import (
	"context"
	"testing"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
)

// TestOfferedAgain: a community's work that failed is begun anew and offers the same again; then the first offer answers nobody.
func TestOfferedAgain(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	ended, end := context.WithCancel(t.Context())
	err := b.service.Commands(ended, communityID, func(context.Context, any) (any, error) { return nil, fault.ErrUnavailable })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.caller.Command("proposal")(within(t, soon), &op.Request{Community: communityID}); err == nil {
		t.Error("the first offer does not answer")
	}
	end()
	b.commands(t, func(ctx context.Context, _ *op.Request) (*op.Answer, error) { return &op.Answer{Index: 7}, ctx.Err() })
	for range 32 { // a queue group of two would send about half of them to the first
		answer, err := b.caller.Command("proposal")(within(t, soon), &op.Request{Community: communityID})
		if err != nil || answer.(*op.Answer).Index != 7 {
			t.Fatalf("answered %v, %v", answer, err)
		}
	}
}
