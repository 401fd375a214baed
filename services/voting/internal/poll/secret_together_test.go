package poll

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"testing"

	"renlin.dev/pkg/chain"
	keys "renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// sealOf is a key of one trustee's.
func sealOf(t *testing.T) []byte {
	t.Helper()
	key, err := keys.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	seal := &keys.Seal{Purpose: keys.Secret, Threshold: 1, Key: key.Public()}
	seal.Keys = append(seal.Keys, key.Public())
	return seal.Bytes()
}

// A secret poll of owners opens at pass or fail whatever their number, if heads and area are judged together; apart it lapses from some
// number on, because it cannot be shown what the two verdicts betray.
func TestOwnersOpenTogether(t *testing.T) {
	t.Parallel()
	half := func(m communityv1.Measure) *communityv1.Requirement {
		return &communityv1.Requirement{
			Measure: m, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_PARTICIPANTS, Numerator: 1, Denominator: 2, Strict: true,
		}
	}
	seal := sealOf(t)
	for _, c := range []struct {
		owners int
		apart  string
	}{{30, ""}, {300, "leak.not_shown_safe"}, {5000, "leak.not_shown_safe"}} {
		t.Run(strconv.Itoa(c.owners), func(t *testing.T) {
			t.Parallel()
			roster := &Credentials{Rows: map[string]Credential{}}
			roll := &votingv1.Roll{AllHeads: int64(c.owners)}
			for i := range c.owners {
				key := sha256.Sum256(binary.BigEndian.AppendUint32(nil, uint32(i)))
				w := tally.Weight{Heads: 1, Area: []int64{62_50, 75_00, 89_30, 104_80, 128_00}[i%5]}
				roster.Rows[chain.KeyID(key[:])] = Credential{Key: key[:], Weight: w}
				roll.AllAreaCentiM2 += w.Area
			}
			for _, together := range []bool{false, true} {
				p := &Poll{
					Question: &proposalv1.Motion{}, Ceremony: &Ceremony{Seal: seal}, Secret: &Secret{Roll: roll},
					Rules: &communityv1.PollRules{
						Method: communityv1.Method_METHOD_YES_NO, Requirements: []*communityv1.Requirement{half(heads), half(area)},
						Secrecy: &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_PASS_FAIL, Together: together},
					},
				}
				want := c.apart
				if together {
					want = ""
				}
				if report, err := p.expectLeak(roster); err != nil || report.GetRefused() != want {
					t.Errorf("together %v: refused %q, want %q, %v", together, report.GetRefused(), want, err)
				}
			}
		})
	}
}
