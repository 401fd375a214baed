package poll

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

var byHouseholds = &communityv1.PollRules{Requirements: []*communityv1.Requirement{{Measure: communityv1.Measure_MEASURE_HOUSEHOLDS}}}

// Rolls seal to the roots that docs/format/roll.json holds, which were computed from docs/format.md by another program. Vectors are only
// added.
func TestRollVectors(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "format", "roll.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Rolls []struct {
			Name   string
			Voters []struct {
				Member      string
				Heads       int64
				AreaCentiM2 int64 `json:"area_centi_m2"`
				Households  *int64
				Weight      int64
				Units       []struct {
					Unit        string
					AreaCentiM2 int64 `json:"area_centi_m2"`
				}
				Entry string
			}
			Root string
		}
	}
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors.Rolls) < 5 {
		t.Fatalf("%d rolls", len(vectors.Rolls))
	}
	for _, roll := range vectors.Rolls {
		s := Sealed{Roll: map[string]standing.Voter{}, All: standing.Whole{Heads: 9, AreaCentiM2: 99}}
		for _, v := range roll.Voters {
			voter := standing.Voter{Member: v.Member, Heads: v.Heads, AreaCentiM2: v.AreaCentiM2, Weight: v.Weight}
			if v.Households != nil {
				voter.Households, s.Rules = *v.Households, byHouseholds
			}
			for _, u := range v.Units {
				voter.Units = append(voter.Units, standing.Share{Unit: u.Unit, AreaCentiM2: u.AreaCentiM2})
			}
			s.Roll[v.Member] = voter
			if entry := s.rollEntry(voter); hex.EncodeToString(entry[:]) != v.Entry {
				t.Errorf("%s: the entry of %s is %x", roll.Name, v.Member, entry)
			}
		}
		sum, err := s.summary(7)
		if err != nil {
			t.Fatal(err)
		}
		if hex.EncodeToString(sum.GetRoot()) != roll.Root || sum.GetPosition() != 7 || sum.GetAllHeads() != 9 || sum.GetAllAreaCentiM2() != 99 {
			t.Errorf("%s: sealed as %v", roll.Name, sum)
		}
	}
}
