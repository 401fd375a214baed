package pollcheck

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// TestTold: a tie of the tally is one that was, with what each had, or what one of them had.
func TestTold(t *testing.T) {
	t.Parallel()
	was := broken{options: []int{2, 0}, total: 3, value: "3/2", values: []string{"1", "2"}}
	for _, tt := range []struct {
		options []uint32
		total   int64
		value   string
		want    bool
	}{
		{[]uint32{2, 0}, 3, "3/2", true}, {[]uint32{2, 0}, 3, "2", true}, {[]uint32{2, 0}, 3, "4", false}, {[]uint32{2, 0}, 4, "2", false},
		{[]uint32{0, 2}, 3, "2", false},
	} {
		if got := was.told(&votingv1.Tie{Options: tt.options, Total: tt.total, Value: tt.value}); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

// options are a poll's that are counted.
func options(n int) *checking {
	c := &checking{poll: &poll{question: &proposalv1.Motion{}}}
	for o := range n {
		c.question.Options = append(c.question.Options, &proposalv1.Option{Code: string(rune('a' + o))})
	}
	return c
}

// TestUmpired: a tie decided if one answer to it gives other winners, and those for which there is no time are told.
func TestUmpired(t *testing.T) {
	t.Parallel()
	c, counts := options(3), 0
	s := c.umpired(func(u *umpire) []int {
		counts++
		for range 70 {
			u.first([]int{1, 0}, broken{})
		}
		return []int{u.first([]int{2}, broken{})}
	})
	if len(s.ties) != 70-trialsMax/2 || s.trials != trialsMax || counts != 1+trialsMax || !slices.Equal(s.ties[0].options, []int{0, 1}) {
		t.Errorf("%d ties, %d trials, %d counts", len(s.ties), s.trials, counts)
	}
	for instead, want := range []int{0, 1, 0} { // no other winner, the second, and nobody
		s := c.umpired(func(u *umpire) []int {
			if u.first([]int{0, 1, 2}, broken{}) == 1 && instead == 1 {
				return []int{1}
			}
			return []int{0}
		})
		if len(s.ties) != want || s.winners[0] != 0 {
			t.Errorf("%d: %+v", instead, s)
		}
	}
}

// counted is a count with its steps.
func counted(n int, count func(u *umpire) []int) (winners []int, steps []*votingv1.CountStep) {
	u := &umpire{order: upTo(n), places: upTo(n), turn: -1}
	return count(u), u.steps
}

func piled(weight int64, options ...int) heap { return heap{filling{options: options}, weight} }

func aStep(options []uint32, figures []string, won []uint32, out ...uint32) *votingv1.CountStep {
	return &votingv1.CountStep{Options: options, Figures: figures, Won: won, Out: out}
}

// TestTransfer: seats by transferable votes, worked out by hand.
func TestTransfer(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		heaps    []heap
		n, seats int
		winners  []int
		steps    []*votingv1.CountStep
	}{
		// Of 16 the quota is 4. Both a and b have 2 above it, and pass these on one after the other.
		"two at once": {
			[]heap{piled(6, 0, 2), piled(6, 1, 3), piled(1, 2), piled(1, 3), piled(2, 4)}, 5, 3, []int{0, 1, 2}, []*votingv1.CountStep{
				aStep([]uint32{0, 1, 2, 3, 4}, []string{"6", "6", "1", "1", "2"}, []uint32{0, 1}),
				aStep([]uint32{1, 2, 3, 4}, []string{"6", "3", "1", "2"}, nil), aStep([]uint32{2, 3, 4}, []string{"3", "3", "2"}, nil, 4),
				aStep([]uint32{2, 3}, []string{"3", "3"}, nil, 3), aStep([]uint32{2}, []string{"3"}, []uint32{2}),
			},
		},
		// As many as there are seats are elected, though one is below the quota of 2.
		"no more than seats": {[]heap{piled(5, 0), piled(1, 1)}, 2, 2, []int{0, 1}, []*votingv1.CountStep{
			aStep([]uint32{0, 1}, []string{"5", "1"}, []uint32{0, 1}),
		}},
		"fewer than seats": {[]heap{piled(2, 0), piled(1, 1)}, 2, 3, []int{0, 1}, []*votingv1.CountStep{
			aStep([]uint32{0, 1}, []string{"2", "1"}, []uint32{0, 1}),
		}},
		// Half of all is no more than the quota.
		"the quota is not enough": {[]heap{piled(2, 0), piled(1, 1, 2), piled(1, 2)}, 3, 1, []int{0}, []*votingv1.CountStep{
			aStep([]uint32{0, 1, 2}, []string{"2", "1", "1"}, nil, 2), aStep([]uint32{0, 1}, []string{"2", "1"}, nil, 1),
			aStep([]uint32{0}, []string{"2"}, []uint32{0}),
		}},
	} {
		winners, steps := counted(tt.n, func(u *umpire) []int { return transfer(tt.heaps, tt.n, tt.seats, u) })
		if diff := cmp.Diff(tt.steps, steps, protocmp.Transform()); diff != "" || !slices.Equal(winners, tt.winners) {
			t.Errorf("%s: %v\n%s", name, winners, diff)
		}
	}
}

// TestShare: each has 3/4. Three pay 1/3 for a. For b one of them gives the 5/12 that they have left, and the fourth 7/12. Nobody can pay
// for c: two carry what is missing beside the sixth that the fourth has left.
func TestShare(t *testing.T) {
	t.Parallel()
	heaps := []heap{piled(2, 0), piled(1, 0, 1, 2), piled(1, 1, 2)}
	winners, steps := counted(3, func(u *umpire) []int { return share(heaps, 3, 3, u) })
	var figures []string
	for _, s := range steps {
		figures = append(figures, s.GetFigures()...)
	}
	if !slices.Equal(winners, []int{0, 1, 2}) || !slices.Equal(figures, []string{"1/3", "7/12", "5/12"}) || !steps[2].GetCompletion() {
		t.Errorf("%v: %v", winners, figures)
	}
}
