package topic

import (
	"math"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

func TestNeeded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		members                uint32
		numerator, denominator int64
		active                 int
		want                   uint32
	}{
		{3, 1, 5, 10, 3},
		{3, 1, 5, 15, 3},
		{3, 1, 5, 16, 4}, // a share is rounded up
		{3, 1, 5, 20, 4},
		{0, 1, 3, 9, 3},
		{0, 1, 3, 10, 4},
		{0, 0, 0, 10, 1}, // never without anyone
		{0, 1, 3, 0, 1},
		{2, 1, 0, 10, 2}, // no denominator, no share
		{2, -1, 5, 10, 2},
		{2, 1, -5, 10, 2},
		{2, 5, 5, 10, 10},
		{2, 7, 5, 10, 14}, // more than everybody: nobody convenes
		{0, math.MaxInt64, 1, 10, math.MaxUint32},
		{0, math.MaxInt64, math.MaxInt64, 10, 10},
		{0, math.MaxInt64, math.MaxInt64 - 1, 10, 11},
	} {
		m := &communityv1.Matter{
			ThresholdMembers: c.members, ThresholdNumerator: c.numerator, ThresholdDenominator: c.denominator,
		}
		if got := Needed(m, c.active); got != c.want {
			t.Errorf("Needed(%d, %d/%d of %d) = %d, want %d", c.members, c.numerator, c.denominator, c.active, got, c.want)
		}
	}
}

// TestShareAgainstBig: the fast arithmetic agrees with that of any size.
func TestShareAgainstBig(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		numerator := rapid.Int64Range(1, math.MaxInt64).Draw(t, "numerator")
		denominator := rapid.Int64Range(1, math.MaxInt64).Draw(t, "denominator")
		active := rapid.IntRange(0, 1<<30).Draw(t, "active")
		want := new(big.Int).Mul(big.NewInt(numerator), big.NewInt(int64(active)))
		want.Add(want, big.NewInt(denominator-1)).Div(want, big.NewInt(denominator))
		if want.Cmp(big.NewInt(math.MaxUint32)) > 0 {
			want.SetInt64(math.MaxUint32)
		}
		if got := shareOf(numerator, denominator, active); uint64(got) != want.Uint64() {
			t.Errorf("share = %d, want %v", got, want)
		}
	})
}

func TestConvenePurpose(t *testing.T) {
	t.Parallel()
	matter, round, ok := parseConvene(convenePurpose("waste-sorting", 12))
	if matter != "waste-sorting" || round != 12 || !ok {
		t.Errorf("read back %q, %d, %v", matter, round, ok)
	}
	for _, other := range []string{
		"", "close/x", "convene/", "convene/x", "convene/x/", "convene/x/y", "convene/x/-1", "convene/x/4294967296",
	} {
		if _, _, ok := parseConvene(other); ok {
			t.Errorf("%q was taken for a convening", other)
		}
	}
}

func FuzzConvenePurpose(f *testing.F) {
	for _, seed := range []string{"convene/greening/1", "convene//", "convene/a/b/1", "execute/x/1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, purpose string) {
		matter, round, ok := parseConvene(purpose)
		if !ok {
			return
		}
		again, number, ok := parseConvene(convenePurpose(matter, round))
		if !ok || again != matter || number != round {
			t.Errorf("%q does not come back", purpose)
		}
	})
}

// TestMergedSupport: merging moves every supporter of a topic to another one, counts who supports both once, and loses nobody.
func TestMergedSupport(t *testing.T) {
	t.Parallel()
	x := &Index{Matters: map[string]*Matter{}, Topics: map[string]*Supported{}}
	for _, e := range []decider.Event{
		{Aggregate: "topic/a", Body: &proposalv1.TopicPosted{Matter: "parks", Author: "ann"}},
		{Aggregate: "topic/b", Body: &proposalv1.TopicPosted{Matter: "parks", Author: "bob"}},
		{Aggregate: "topic/c", Body: &proposalv1.TopicPosted{Matter: "parks", Author: "ann"}},
		{Aggregate: "topic/a/second/bob", Body: &proposalv1.TopicSeconded{}},
		{Aggregate: "topic/a/second/cat", Body: &proposalv1.TopicSeconded{}},
		{Aggregate: "topic/b/second/cat", Body: &proposalv1.TopicSeconded{}},
		{Aggregate: "topic/a/second/dan", Body: &proposalv1.TopicSeconded{}},
		{Aggregate: "topic/a", Body: &proposalv1.TopicMerged{Into: "b"}},
		{Aggregate: "topic/unknown", Body: &proposalv1.TopicMerged{Into: "b"}},
		{Aggregate: "topic/c", Body: &proposalv1.TopicMerged{Into: "unknown"}},
	} {
		fold(x, e)
	}
	want := &Index{
		Matters: map[string]*Matter{"parks": {
			Open: []string{"b", "c"}, Supporters: map[string]uint32{"ann": 2, "bob": 1, "cat": 1, "dan": 1},
		}},
		Topics: map[string]*Supported{
			"b": {Matter: "parks", Supporters: []string{"bob", "cat", "ann", "dan"}}, "c": {Matter: "parks", Supporters: []string{"ann"}},
		},
	}
	if diff := cmp.Diff(want, x); diff != "" {
		t.Errorf("support (-want +got):\n%s", diff)
	}
}
