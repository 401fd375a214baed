package process

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"renlin.dev/pkg/decider"
)

// TestKeepEndsWithARuleThatPanics: the same program would panic on the same record again; other communities' work goes on.
func TestKeepEndsWithARuleThatPanics(t *testing.T) {
	t.Parallel()
	runs := 0
	keep(t.Context(), slog.New(slog.DiscardHandler), "c", func(context.Context, string) error {
		runs++
		return fmt.Errorf("fold block 3: %w", decider.ErrFold)
	})
	if runs != 1 {
		t.Errorf("ran %d times", runs)
	}
}
