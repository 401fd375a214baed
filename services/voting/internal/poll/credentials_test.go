package poll

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// octets are bytes that stand in hex.
type octets []byte

func (o *octets) UnmarshalText(text []byte) (err error) {
	*o, err = hex.DecodeString(string(text))
	return err
}

// credentialVectors are docs/format/credentials.json.
type credentialVectors struct {
	Registrations []struct {
		Poll, Voter                               string
		Salt, Key, Commitment, Registrar, Receipt octets
	}
	Rosters []struct {
		Name string
		Rows []struct {
			Key         octets
			Heads       int64
			AreaCentiM2 int64 `json:"area_centi_m2"`
			Households  int64
			Weight      int64
		}
		Root octets
	}
	Elections []struct {
		Poll                                        string
		Question, Rules, Roll, Root, Seal, Election octets
	}
}

// Commitments, receipts, rosters and elections are those of docs/format/credentials.json, which were computed from docs/format.md by
// another program. Vectors are only added.
func TestCredentialVectors(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "format", "credentials.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors credentialVectors
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors.Registrations) < 3 || len(vectors.Rosters) < 3 || len(vectors.Elections) < 1 {
		t.Fatalf("%d registrations, %d rosters, %d elections", len(vectors.Registrations), len(vectors.Rosters), len(vectors.Elections))
	}
	for _, r := range vectors.Registrations {
		if got := CommitCredential(r.Poll, r.Voter, r.Salt, r.Key); !bytes.Equal(got, r.Commitment) {
			t.Errorf("%s is committed to by %x", r.Voter, got)
		}
		if !ed25519.Verify(ed25519.PublicKey(r.Registrar), ReceiptInput(r.Poll, r.Voter, r.Commitment), r.Receipt) {
			t.Errorf("the receipt of %s is none", r.Voter)
		}
	}
	for _, roster := range vectors.Rosters {
		rows := map[string]Credential{}
		for _, r := range roster.Rows {
			rows[chain.KeyID(r.Key)] = Credential{Key: r.Key, Weight: rowWeight(&votingv1.CredentialRow{
				Heads: r.Heads, AreaCentiM2: r.AreaCentiM2, Measured: &votingv1.Measured{Households: r.Households, Weight: r.Weight},
			})}
		}
		if got := rosterRoot(rows); !bytes.Equal(got[:], roster.Root) {
			t.Errorf("%s: sealed as %x", roster.Name, got)
		}
	}
	for _, e := range vectors.Elections {
		p := &Poll{
			Question: &proposalv1.Motion{}, Rules: &communityv1.PollRules{}, Ceremony: &Ceremony{Seal: e.Seal},
			Secret: &Secret{Roll: &votingv1.Roll{}, Root: e.Root},
		}
		for _, part := range []struct {
			raw  []byte
			into proto.Message
		}{{e.Question, p.Question}, {e.Rules, p.Rules}, {e.Roll, p.Secret.Roll}} {
			if err := proto.Unmarshal(part.raw, part.into); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := p.electionID(e.Poll); err != nil || !bytes.Equal(got, e.Election) {
			t.Errorf("%s: ballots are bound to %x (%v)", e.Poll, got, err)
		}
	}
}
