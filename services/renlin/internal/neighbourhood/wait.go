package neighbourhood

import (
	"context"
	"fmt"
	"time"
)

// Eventually asks again and again until the answer is no error, or ctx ends: for what a rule or another daemon does in its own time.
func Eventually(ctx context.Context, what string, ask func() error) error {
	for pause := 20 * time.Millisecond; ; pause = min(pause*3/2, 500*time.Millisecond) {
		err := ask()
		if err == nil {
			return nil
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return fmt.Errorf("%s: not done in time: %w", what, err)
		case <-t.C:
		}
	}
}
