package chain_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"renlin.dev/pkg/chain"
)

var update = flag.Bool("update", false, "write docs/format/vectors.json anew; only when vectors are added")

// vector is one golden value: its bytes in hex, and what follows from them.
type vector struct {
	Name   string            `json:"name"`
	Bytes  string            `json:"bytes"`
	Fields map[string]string `json:"fields"`
}

type vectors struct {
	Signed   []vector `json:"signed"`
	Commits  []vector `json:"commits"`
	Blocks   []vector `json:"blocks"`
	Receipts []vector `json:"receipts"`
	EpochKey string   `json:"epoch_key"`
}

// seeded gives a key pair that everybody may know.
func seeded(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

type authored struct {
	name    string
	author  chain.Author
	service string
	signed  chain.Signed
	signers []ed25519.PrivateKey
	commit  chain.Commit
}

func one(aggregate string, version uint64, events []chain.Event) []chain.Change {
	return []chain.Change{{Aggregate: aggregate, Version: version, Events: events}}
}

func authors() []authored {
	event := func(typ, body string) []chain.Event { return []chain.Event{{Type: typ, Body: []byte(body)}} }
	topic := "topic/aaaaaaaaaaaaaaaaaaaaaaaaaa"
	member := "bbbbbbbbbbbbbbbbbbbbbbbbbb"
	return []authored{
		{"genesis", chain.AuthorGenesis, "community",
			chain.Signed{Suite: 1, Operation: "community.found", Contract: 1, Body: []byte(`{"suite":1,"name":"示例社区"}`)},
			[]ed25519.PrivateKey{seeded(1), seeded(2)},
			chain.Commit{Rules: 1, Changes: one("community/main", 1, event("renlin.community.v1.CommunityFounded", "\x08\x01"))}},
		{"device", chain.AuthorDevice, "proposal",
			chain.Signed{
				Suite: 1, Operation: "proposal.second", Contract: 1, IdempotencyKey: "k-1", NotAfter: 1795000600000,
				Body: []byte(`{"topic":"aaaaaaaaaaaaaaaaaaaaaaaaaa"}`),
			},
			[]ed25519.PrivateKey{seeded(3)},
			chain.Commit{Rules: 1, Actor: member, Reads: []chain.Read{{Key: "member/" + member, Version: 1}, {Key: topic, Version: 1}},
				Collections: []chain.Read{{Key: topic + "/second", Version: 0}},
				Changes:     one(topic+"/second/"+member, 1, event("renlin.proposal.v1.TopicSeconded", "\x0a\x05water"))}},
		{"hosted", chain.AuthorHosted, "voting",
			chain.Signed{Suite: 1, Operation: "voting.cast", Contract: 1, IdempotencyKey: "k-2", NotAfter: 1795000600000, Body: []byte(`{}`)},
			[]ed25519.PrivateKey{seeded(4), seeded(5)},
			chain.Commit{Rules: 1, Actor: member, Through: "cccccccccccccccccccccccccc", WindowFrom: 1795000000000, WindowUntil: 1795000500000,
				Changes: []chain.Change{{Aggregate: "poll/p/ballot/" + member, Version: 2, Events: event("renlin.voting.v1.BallotCast", "\x10\x01")}}}},
		{"credential", chain.AuthorCredential, "voting",
			chain.Signed{Suite: 1, Operation: "voting.cast_secret", Contract: 1, IdempotencyKey: "k-3", NotAfter: 1795000600000, Body: []byte(`{}`)},
			[]ed25519.PrivateKey{seeded(6)},
			chain.Commit{Rules: 1, Changes: one("poll/p/secret/x", 1, event("renlin.voting.v1.BallotCast", ""))}},
		{"policy", chain.AuthorPolicy, "proposal",
			chain.Signed{Operation: "proposal.convene", Contract: 1, IdempotencyKey: "convene/water/1", Body: []byte("\x0a\x05water\x10\x01")}, nil,
			chain.Commit{Rules: 1, Cause: 3, WindowFrom: 1795000000000,
				Changes: []chain.Change{
					{Aggregate: "deliberation/d", Version: 1, Events: append(
						event("renlin.proposal.v1.DeliberationConvened", "\x0a\x05water"), event("renlin.proposal.v1.NoticeGiven", "\x08\x02")...)},
					{Aggregate: topic, Version: 2, Events: event("renlin.proposal.v1.TopicTaken", "\x0a\x01d")}}}},
	}
}

func buildVectors(t *testing.T) vectors {
	t.Helper()
	epoch := seeded(9)
	out := vectors{EpochKey: hex.EncodeToString(epoch.Public().(ed25519.PublicKey))}
	var genesis chain.Hash
	var commits [][]byte
	for i, a := range authors() {
		for _, k := range a.signers {
			if err := a.signed.Sign(genesis, a.author, k); err != nil {
				t.Fatal(err)
			}
		}
		id, err := a.signed.ID(a.author, a.service)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := a.signed.Encode(nil)
		if err != nil {
			t.Fatal(err)
		}
		out.Signed = append(out.Signed, vector{a.name, hex.EncodeToString(raw), map[string]string{
			"id": id.String(), "signing_input": hex.EncodeToString(a.signed.SigningInput(genesis, id)), "genesis": genesis.String(),
		}})
		c := a.commit
		c.Author, c.Service, c.ID, c.Command, c.Time = a.author, a.service, id, raw, 1795000000000+int64(i)
		c.Salt = [16]byte(bytes.Repeat([]byte{byte(i + 1)}, 16))
		encoded, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			genesis = chain.HashCommit(encoded)
		}
		leaf := chain.LeafHash(chain.HashCommit(encoded))
		out.Commits = append(out.Commits, vector{a.name, hex.EncodeToString(encoded), map[string]string{
			"hash": chain.HashCommit(encoded).String(), "leaf": leaf.String(), "id": id.String(), "service": c.Service, "actor": c.Actor,
		}})
		commits = append(commits, encoded)
	}
	addBlocks(t, &out, genesis, epoch, commits)
	return out
}

// addBlocks puts the founding commit into one block and the others into a second.
func addBlocks(t *testing.T, out *vectors, genesis chain.Hash, epoch ed25519.PrivateKey, commits [][]byte) {
	t.Helper()
	var prev chain.Hash
	for n, group := range [][][]byte{commits[:1], commits[1:]} {
		leaves := make([]chain.Hash, len(group))
		for i, c := range group {
			leaves[i] = chain.LeafHash(chain.HashCommit(c))
		}
		paths := chain.NewPaths(leaves)
		sealed := chain.Seal(chain.Header{
			Genesis: genesis, Number: uint64(n), First: uint64(n), Count: uint32(len(group)), Time: 1795000000100 + int64(n),
			Prev: prev, Root: paths.Root(),
		}, epoch)
		prev = sealed.Hash()
		raw, err := chain.EncodeBlock(nil, &sealed, group)
		if err != nil {
			t.Fatal(err)
		}
		fields := map[string]string{"hash": prev.String(), "root": sealed.Root.String()}
		out.Blocks = append(out.Blocks, vector{"block", hex.EncodeToString(raw), fields})
		for i, c := range group {
			r := chain.Receipt{Sealed: sealed, Index: sealed.First + uint64(i), Commit: chain.HashCommit(c), Path: paths.Path(i)}
			if err := r.Check(epoch.Public().(ed25519.PublicKey)); err != nil {
				t.Fatal(err)
			}
			out.Receipts = append(out.Receipts, vector{"receipt", hex.EncodeToString(r.Encode()), map[string]string{"commit": r.Commit.String()}})
		}
	}
}

// TestVectors holds the encoders to bytes that were once released. Ed25519 signatures are deterministic, so whole records are.
func TestVectors(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "format", "vectors.json")
	got, err := json.MarshalIndent(buildVectors(t), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatal("the encoders no longer give the released bytes")
	}
}

// TestVectorsDecode reads every released value and writes it again.
func TestVectorsDecode(t *testing.T) {
	v := buildVectors(t)
	for _, c := range v.Commits {
		raw, _ := hex.DecodeString(c.Bytes)
		commit, err := chain.DecodeCommit(raw)
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		again, err := commit.Encode()
		if err != nil || !bytes.Equal(raw, again) {
			t.Fatalf("%s: does not survive decoding (%v)", c.Name, err)
		}
		if commit.ID.String() != c.Fields["id"] || commit.Service != c.Fields["service"] {
			t.Fatalf("%s: fields differ", c.Name)
		}
	}
	for _, s := range v.Signed {
		raw, _ := hex.DecodeString(s.Bytes)
		signed, err := chain.DecodeSigned(raw)
		if err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		if again, err := signed.Encode(nil); err != nil || !bytes.Equal(raw, again) {
			t.Fatalf("%s: does not survive decoding (%v)", s.Name, err)
		}
	}
	for _, b := range v.Blocks {
		raw, _ := hex.DecodeString(b.Bytes)
		block, err := chain.DecodeBlock(raw)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := chain.EncodeBlock(nil, &block.Sealed, block.Commits); err != nil || !bytes.Equal(raw, again) {
			t.Fatalf("block does not survive decoding (%v)", err)
		}
	}
}
