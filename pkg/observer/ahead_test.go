package observer_test

import (
	"testing"
	"time"

	"renlin.dev/pkg/observer"
)

// TestAhead: nothing is sure of a record whose time has not come by the observer's own clock, however sound it is; when the clock has come
// to it everything is.
func TestAhead(t *testing.T) {
	t.Parallel()
	w := history(t, 3)
	last := time.UnixMilli(w.Record.Last())
	for name, c := range map[string]struct {
		behind time.Duration // how far the clock is behind the record
		sure   bool
	}{
		"together":        {0, true},
		"a while later":   {-time.Hour, true},
		"at the bound":    {observer.AheadMax, true},
		"past the bound":  {observer.AheadMax + time.Millisecond, false},
		"a day behind it": {24 * time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := open(t, configOf(w.Record, t.TempDir()), serve(t, w.Record.In(t)))
			o.At(func() time.Time { return last.Add(-c.behind) })
			if err := o.Catch(t.Context()); err != nil {
				t.Fatal(err)
			}
			err := o.Sure(1)
			if c.sure {
				if err != nil {
					t.Error(err)
				}
				return
			}
			refused(t, err, observer.ErrAhead)
			if err := o.Stopped(); err != nil {
				t.Errorf("a clock ends the work: %v", err)
			}
			o.At(func() time.Time { return last })
			if err := o.Sure(1); err != nil {
				t.Errorf("the clock has come to the record: %v", err)
			}
		})
	}
}
