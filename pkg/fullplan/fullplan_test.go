package fullplan_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"renlin.dev/pkg/fullplan"
)

// town is a plan of two needs and four offers: the hall has its share, the inn is full from before and scarce, and nobody takes from the
// far one.
func town() *fullplan.Plan {
	leaving := fullplan.Margin{30_000, 1 << 25}
	s := fullplan.Skill{
		Skill: "meal",
		Needs: []fullplan.Need{{Need: "n2", Waiting: 3, Left: 1, Leaving: leaving}, {Need: "n1", Waiting: 2, Leaving: leaving}},
		Offers: []fullplan.Offer{
			{Provider: "p3", Party: "p3", Free: 9}, {Provider: "p1", Party: "hall", Free: 5}, {Provider: "p2", Party: "inn"},
			{Provider: "p0", Party: "nobody", Free: 1},
		},
		// To n2, which stands first, and n1, from p3, p1 and p2.
		Arcs: []fullplan.Arc{{0, 1, 1300, 7, 2}, {1, 0, 4000, 5, 2}, {1, 1, 5000, 6, 0}, {0, 2, 650, 9, 0}},
	}
	s.Complete(fullplan.Terms{Prices: map[string]fullplan.Margin{"p1": {28_700, 1<<25 - 7}}, Most: 2, Bounded: true})
	return &fullplan.Plan{Format: fullplan.Format, Base: 5, PlannedAt: 9, Seed: strings.Repeat("ab", 32), Skills: []fullplan.Skill{s}}
}

// TestPotentials: every node of the network has its potential, what is scarce and not taken from too, and that shows that the plan is the
// cheapest.
func TestPotentials(t *testing.T) {
	t.Parallel()
	p := town()
	s := p.Skills[0]
	if err := p.Check(); err != nil {
		t.Error(err)
	}
	if len(s.Offers) != 3 || s.Needs[0].Need != "n1" || s.Needs[0].Value[0] != 4000 || s.Needs[1].Value[0] != 30_000 {
		t.Errorf("%+v", s)
	}
	for i, want := range []int64{28_700, 29_350, 0} { // of one who could serve nobody nothing is said
		if got := s.Offers[i].Price[0]; got != want {
			t.Errorf("%s: %d, want %d", s.Offers[i].Provider, got, want)
		}
	}
	want := []fullplan.Share{{Party: "hall", Most: 2, Price: fullplan.Margin{28_700, 1<<25 - 7}}, {Party: "p3", Most: 2}}
	if !reflect.DeepEqual(s.Shares, want) {
		t.Errorf("%+v", s.Shares)
	}
	if s.Objective[0] != 2*1300+2*4000+30_000 {
		t.Errorf("%v", s.Objective)
	}
	for _, c := range []struct {
		need, provider, next string
		price, extra         int64
	}{{"n1", "p3", "", 0, 26_000}, {"n2", "p1", "", 28_700, 0}} {
		why, ok := p.Why(c.need, c.provider)
		if !ok || why.Next != c.next || why.Price != c.price || why.Extra != c.extra {
			t.Errorf("%s by %s: %+v", c.need, c.provider, why)
		}
	}
	if _, ok := p.Why("n1", "p1"); ok {
		t.Error("it explains what it does not do")
	}
}

// TestCheckFinds: one wrong number anywhere, and the plan is shown to be the cheapest no more.
func TestCheckFinds(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(s *fullplan.Skill){
		"a cheaper arc":          func(s *fullplan.Skill) { s.Arcs[3][2]-- },
		"a dearer arc with flow": func(s *fullplan.Skill) { s.Arcs[1][2]++ },
		"its second cost":        func(s *fullplan.Skill) { s.Arcs[1][3]++ },
		"less flows":             func(s *fullplan.Skill) { s.Arcs[1][4]-- },
		"more is left":           func(s *fullplan.Skill) { s.Needs[0].Left++ },
		"more waits":             func(s *fullplan.Skill) { s.Needs[0].Waiting++ },
		"leaving is cheaper":     func(s *fullplan.Skill) { s.Needs[1].Leaving[0]-- },
		"a margin":               func(s *fullplan.Skill) { s.Needs[0].Value[0]++ },
		"a price of the free":    func(s *fullplan.Skill) { s.Offers[2].Price[0]++ },
		"less is free":           func(s *fullplan.Skill) { s.Offers[2].Free = 1 },
		"the share is larger":    func(s *fullplan.Skill) { s.Shares[0].Most++ },
		"the share is smaller":   func(s *fullplan.Skill) { s.Shares[0].Most-- },
		"the share is worth more": func(s *fullplan.Skill) {
			s.Shares[0].Price[0]++
		},
		"what is scarce is worth less": func(s *fullplan.Skill) { s.Offers[1].Price[0]-- },
		"the objective":                func(s *fullplan.Skill) { s.Objective[0]-- },
		"its second cost too":          func(s *fullplan.Skill) { s.Objective[1]++ },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := town()
			spoil(&p.Skills[0])
			if err := p.Check(); !errors.Is(err, fullplan.ErrNotOptimal) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestTooLarge: what is larger than may be has no bytes.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	p := town()
	p.Skills[0].Skill = strings.Repeat("x", fullplan.BytesMax)
	if _, _, err := p.Encode(); !errors.Is(err, fullplan.ErrTooLarge) {
		t.Errorf("%v", err)
	}
	p = town()
	p.Skills[0].Needs = make([]fullplan.Need, 101)
	if _, _, err := p.Encode(); !errors.Is(err, fullplan.ErrTooLarge) {
		t.Errorf("%v", err)
	}
}

// FuzzDecode: whatever comes is no full plan, or is written just so, and checking and explaining it does not fall over.
func FuzzDecode(f *testing.F) {
	raw, _, err := town().Encode()
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{
		raw, nil, []byte("{}"), []byte("null"), append(bytes.Clone(raw), '\n'), bytes.Replace(raw, []byte(`[1,1,`), []byte(`[1,9,`), 1),
		bytes.Replace(raw, []byte(`"waiting":3`), []byte(`"waiting":9223372036854775807`), 1),
		bytes.Replace(raw, []byte(`"shares":[`), []byte(`"more":1,"shares":[`), 1), bytes.Replace(raw, []byte(`n2`), []byte(`n1`), 1),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := fullplan.Decode(raw)
		if err != nil {
			return
		}
		again, _, err := p.Encode()
		if err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("written again: %v\n%s", err, again)
		}
		_ = p.Check()
		for _, s := range p.Skills {
			for _, a := range s.Arcs {
				p.Why(s.Needs[a[0]].Need, s.Offers[a[1]].Provider)
			}
		}
	})
}
