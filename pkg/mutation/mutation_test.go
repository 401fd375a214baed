package mutation

import "testing"

func TestShare(t *testing.T) {
	t.Parallel()
	for said, want := range map[string][2]int{"": {0, 1}, "0/1": {0, 1}, "3/4": {3, 4}} {
		if first, each, err := share(said); err != nil || [2]int{first, each} != want {
			t.Errorf("%q: %d of %d, %v", said, first, each, err)
		}
	}
	for _, said := range []string{"4/4", "-1/4", "1/0", "1", "x/y"} {
		if _, _, err := share(said); err == nil {
			t.Errorf("%q is taken", said)
		}
	}
}
