package voting_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/realdata"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// The owners' double majority of Civil Code art. 278 as a rulebook writes it: area and heads, each by itself.
func ownersRules(item int) *communityv1.PollRules {
	rules := yesNo(communityv1.Electorate_ELECTORATE_OWNERS)
	rules.Requirements = nil
	for _, m := range []communityv1.Measure{communityv1.Measure_MEASURE_AREA, communityv1.Measure_MEASURE_HEADS} {
		majority := &communityv1.Requirement{
			Measure: m, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_PARTICIPANTS, Numerator: 1, Denominator: 2, Strict: true,
		}
		if item >= 6 && item <= 8 {
			majority.Numerator, majority.Denominator, majority.Strict = 3, 4, false
		}
		rules.Requirements = append(rules.Requirements, &communityv1.Requirement{
			Measure: m, Of: communityv1.Of_OF_PARTICIPANTS, Base: communityv1.Base_BASE_ALL, Numerator: 2, Denominator: 3, Quorum: true,
		}, majority)
	}
	return rules
}

// side is a number of heads and the area that they own together, in 0.01 m².
type side struct{ heads, area int64 }

// ownersPoll holds a whole poll with exactly these figures.
func ownersPoll(t *testing.T, item int, all, yeas, nays, abstentions side) *votingv1.Tally {
	t.Helper()
	w := newWorld(t)
	silent := side{all.heads - yeas.heads - nays.heads - abstentions.heads, all.area - yeas.area - nays.area - abstentions.area}
	var voters []given
	for k, s := range []side{yeas, nays, abstentions, silent} {
		for i := range s.heads {
			name := strconv.Itoa(k) + " " + strconv.FormatInt(i, 10)
			area := s.area / s.heads
			if i == 0 {
				area += s.area % s.heads
			}
			w.admit(name)
			w.unit("first flat of "+name, name, area/3)
			w.unit("second flat of "+name, name, area-area/3) // two flats are one head
			if k < 3 {
				voters = append(voters, given{name, pick(uint32(k))})
			}
		}
	}
	p := w.motion("roof", ownersRules(item), question)
	w.open(p)
	w.mustRoll(p, all, all)
	for _, b := range voters {
		w.must(w.vote(p, b.voter, b.choice.GetOptions()))
	}
	return w.count(p)
}

var resultNames = map[string]votingv1.Result{"passed": passed, "rejected": rejected, "no_quorum": noQuorum}

// The boundary vectors, each as a whole poll: sealed roll, sealed ballots, published key.
func TestOwnersVectors(t *testing.T) {
	t.Parallel()
	raw := realdata.Read(t, "owners", "art278_boundary_vectors.json")
	var vectors []struct {
		Name       string             `json:"name"`
		Item       int                `json:"matter_item"`
		TotalHeads int64              `json:"total_heads"`
		TotalArea  string             `json:"total_area"`
		For        [2]json.RawMessage `json:"for"`
		Against    [2]json.RawMessage `json:"against"`
		Abstain    [2]json.RawMessage `json:"abstain"`
		Expected   string             `json:"expected"`
	}
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) == 0 {
		t.Fatal("no vectors")
	}
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			all := side{v.TotalHeads, centi(t, v.TotalArea)}
			got := ownersPoll(t, v.Item, all, sideOf(t, v.For), sideOf(t, v.Against), sideOf(t, v.Abstain))
			if want, known := resultNames[v.Expected]; !known || got.GetResult() != want {
				t.Errorf("got %v, want %s: %v", got.GetResult(), v.Expected, got.GetInequalities())
			}
		})
	}
}

func sideOf(t *testing.T, raw [2]json.RawMessage) side {
	t.Helper()
	heads, err := strconv.ParseInt(string(raw[0]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return side{heads, centi(t, strings.Trim(string(raw[1]), `"`))}
}

// centi reads m² with up to two decimals as 0.01 m².
func centi(t *testing.T, s string) int64 {
	t.Helper()
	whole, part, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The bounds themselves, one head or 0.01 m² to either side, ordinary and special matters.
func TestOwnersBounds(t *testing.T) {
	t.Parallel()
	all := side{30, 3000_00}
	cases := map[string]struct {
		item       int
		yeas, nays side
		want       votingv1.Result
	}{
		"two thirds take part, just over half agree": {4, side{11, 1000_01}, side{9, 999_99}, passed},
		"heads at half":                     {4, side{10, 1000_01}, side{10, 999_99}, rejected},
		"area at half":                      {4, side{11, 1000_00}, side{9, 1000_00}, rejected},
		"heads one short of two thirds":     {4, side{19, 2000_00}, side{}, noQuorum},
		"area 0.01 m² short of two thirds":  {4, side{20, 1999_99}, side{}, noQuorum},
		"three quarters exactly":            {6, side{15, 1500_00}, side{5, 500_00}, passed},
		"heads one short of three quarters": {7, side{14, 1500_00}, side{6, 500_00}, rejected},
		"area 0.01 m² short of that":        {8, side{15, 1499_99}, side{5, 500_01}, rejected},
		"nobody":                            {4, side{}, side{}, noQuorum},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ownersPoll(t, c.item, all, c.yeas, c.nays, side{})
			if got.GetResult() != c.want {
				t.Errorf("got %v, want %v: %v", got.GetResult(), c.want, got.GetInequalities())
			}
			for _, line := range got.GetInequalities() {
				if line.GetLeft() == "" || line.GetRight() == "" || line.GetRequirement() == nil {
					t.Errorf("an inequality is not written out: %v", line)
				}
			}
		})
	}
}

// mustRoll checks what the roll adds up to, and what a share of all is a share of.
func (w *world) mustRoll(p string, listed, all side) {
	w.t.Helper()
	roll := w.poll(p).Roll
	if got := (side{roll.GetHeads(), roll.GetAreaCentiM2()}); got != listed {
		w.t.Fatalf("the roll has %v, want %v", got, listed)
	}
	if got := (side{roll.GetAllHeads(), roll.GetAllAreaCentiM2()}); got != all {
		w.t.Fatalf("of all there are %v, want %v", got, all)
	}
}

// A quorum is of all owners and of all area. Who takes others off the roll, or leaves flats without an owner, does not come nearer to one:
// what was a quorum short by a head or a flat stays short.
func TestOwnersQuorumIsOfAll(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		change      func(w *world)
		listed, all side
		want        votingv1.Result
	}{
		"nothing is changed": {func(*world) {}, side{6, 600_00}, side{6, 600_00}, passed},
		"two silent owners are revoked": {
			func(w *world) { w.revoke("silent one"); w.revoke("silent two") }, side{4, 400_00}, side{6, 600_00}, passed,
		},
		"an owner is revoked who would have voted": {
			func(w *world) { w.revoke("voter four") }, side{5, 500_00}, side{6, 600_00}, noQuorum,
		},
		"unsold flats are one head": {
			func(w *world) { w.unsold("flat seven", 1); w.unsold("flat eight", 1) }, side{6, 600_00}, side{7, 600_02}, noQuorum,
		},
		"unsold area counts": {
			func(w *world) {
				w.admit("voter five", "voter six", "voter seven") // heads enough for any quorum
				for _, n := range []string{"voter five", "voter six", "voter seven"} {
					w.unit("cellar of "+n, n, 1)
				}
				w.unsold("tower", 200_00)
			}, side{9, 600_03}, side{10, 800_03}, noQuorum,
		},
		"a founding officer owns a flat": {
			func(w *world) {
				founder := "officer of the founding" // stands for an organisation and is on no roll
				w.factBy(chain.AuthorGenesis, "community", decider.On("member/"+id(founder), &communityv1.MemberAdmitted{}))
				w.unit("the officer's flat", founder, 1)
			}, side{6, 600_00}, side{7, 600_01}, noQuorum,
		},
		"an officer who lives here owns a flat": {
			func(w *world) { w.unit("the officer's flat", officer, 1) }, side{7, 600_01}, side{7, 600_01}, noQuorum,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			voters := []string{"voter one", "voter two", "voter three", "voter four"} // two thirds of six to the 0.01 m²
			for _, n := range append(voters, "silent one", "silent two") {
				w.admit(n)
				w.unit("flat of "+n, n, 100_00)
			}
			c.change(w)
			p := w.motion("roof", ownersRules(4), question)
			w.open(p)
			w.mustRoll(p, c.listed, c.all)
			for _, n := range append(voters, "voter five", "voter six", "voter seven") {
				if m := decider.Peek[standing.Member](w.state, "member/"+id(n)); m != nil && !m.Revoked {
					w.must(w.vote(p, n, yes))
				}
			}
			got := w.count(p)
			if got.GetResult() != c.want {
				t.Errorf("got %v, want %v: %v", got.GetResult(), c.want, got.GetInequalities())
			}
			w.wait(20_000)
			certificate := w.events(poll.Path(p))[0].(*votingv1.CertificateIssued)
			if roll := certificate.GetRoll(); roll.GetAllHeads() != c.all.heads || roll.GetAllAreaCentiM2() != c.all.area {
				t.Errorf("the certificate does not say of how many: %v", roll)
			}
		})
	}
}
