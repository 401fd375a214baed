package poll

import (
	"fmt"
	"strings"
	"testing"

	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// pointed tells whether ballots are rows of points.
func (f *fillings) pointed() bool {
	kind := f.poll.Form.Kind
	return kind == tally.KindScoring || kind == tally.KindCumulative || kind == tally.KindQuadratic
}

// beginnings are those of all ballots that are listed, and the blank one's, to which points lead, too, if nothing need be given.
func (f *fillings) beginnings() map[string]bool {
	var all [][]int64
	if f.pointed() && f.poll.Form.ChoicesMin == 0 {
		all = append(all, make([]int64, f.options))
	}
	for _, choice := range f.list {
		var steps []int64
		if f.pointed() {
			steps = make([]int64, f.options)
		}
		for i, o := range choice.GetOptions() {
			if f.pointed() {
				steps[o] = choice.GetPoints()[i]
			} else {
				steps = append(steps, int64(o))
			}
		}
		all = append(all, steps)
	}
	out := map[string]bool{"[]": true}
	for _, steps := range all {
		for i := range steps {
			out[fmt.Sprint(steps[:i+1])] = true
		}
	}
	return out
}

// However many ways there are, not many more are listed than may be.
func TestFillingsStop(t *testing.T) {
	t.Parallel()
	const runoff, star = communityv1.Method_METHOD_INSTANT_RUNOFF, communityv1.Method_METHOD_STAR
	for name, c := range map[string]struct {
		method  communityv1.Method
		ballot  *communityv1.BallotRules
		options int
		look    func(*fillings)
	}{
		"rankings of seven":  {runoff, nil, 7, func(f *fillings) { f.lists(nil) }},
		"five stars of five": {star, &communityv1.BallotRules{PointsMax: 5}, 5, func(f *fillings) { f.points(nil, 0) }},
	} {
		count, err := newCount(optionsOf(make([]int64, c.options)...), totalsOf(c.method, c.ballot), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		f := &fillings{count: count, options: uint32(c.options)}
		c.look(f)
		if n := len(f.list); !f.many() || n > secretballot.OneOfMax+c.options*c.options {
			t.Errorf("%s: %d are listed", name, n)
		}
	}
}

// What selections say is the choice that they were made of.
func TestFilled(t *testing.T) {
	t.Parallel()
	runoff := totalsOf(communityv1.Method_METHOD_INSTANT_RUNOFF, nil)
	p := &Poll{Question: optionsOf(1, 1), Rules: runoff}
	for name, c := range map[string]struct {
		poll       *Poll
		selections []int64
		want       string
		by         bool
		err        string
	}{
		"the first":        {p, []int64{1, 0, 0, 0}, "0", true, ""},
		"the last":         {p, []int64{0, 0, 0, 1}, "10", true, ""},
		"blank":            {p, []int64{0, 0, 0, 0}, "", true, ""},
		"one more":         {p, []int64{0, 0, 0, 0, 1}, "", true, secretballot.ErrChoice.Code},
		"one fewer":        {p, []int64{0, 0, 0}, "", true, secretballot.ErrChoice.Code},
		"of too many":      {&Poll{Question: optionsOf(make([]int64, 9)...), Rules: runoff}, nil, "", true, ErrSecretFillings.Code},
		"of yes or no":     {&Poll{Rules: closedRules(totals)}, []int64{1, 0, 0}, "", false, ""},
		"of an open order": {&Poll{Rules: &communityv1.PollRules{Method: runoff.Method}}, nil, "", false, ""},
	} {
		choice, by, err := Filled(c.poll, c.selections)
		if said := strings.Join(written([]*votingv1.Choice{choice}), ""); said != c.want || by != c.by || refusal(err) != c.err {
			t.Errorf("%s: %v, %v, %v", name, said, by, err)
		}
	}
}

// Fillings that cannot be listed are not counted, nor those of which more are known than took part.
func TestHearFillings(t *testing.T) {
	t.Parallel()
	rules := totalsOf(communityv1.Method_METHOD_INSTANT_RUNOFF, nil)
	c, err := newCount(optionsOf(0, 0), rules, &votingv1.Roll{AllHeads: 9}, nil)
	if err != nil {
		t.Fatal(err)
	}
	e := &votingv1.EncryptedTally{Secrecy: totals, Totals: []*votingv1.EncryptedTotal{{Measure: heads}}}
	for name, tt := range map[string]struct {
		options int
		yes     int64
		want    string
	}{
		"as it is":            {2, 3, ""},
		"of too many":         {9, 3, ErrSecretFillings.Code},
		"more than took part": {2, 4, ErrUncounted.Code},
	} {
		p := &Poll{Question: optionsOf(make([]int64, tt.options)...), Rules: rules, Secret: &Secret{Encrypted: e}}
		_, err := c.hearFillings(p, &found{spans: []span{{tt.yes, tt.yes}}}, tally.Weight{Heads: 3})
		if refusal(err) != tt.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
