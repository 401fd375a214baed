package abroad_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"renlin.dev/pkg/abroad"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
)

var noon = time.Date(2027, 1, 15, 12, 0, 0, 0, time.UTC)

func keyOf(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func communityOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return chain.ShortID(sum[:])
}

// town is a community's log of a few commits, with a witness.
type town struct {
	community string
	commits   [][]byte
	log       *merkle.Signer
	witness   *merkle.Cosigner
}

func newTown(tb testing.TB, name string, commits int) *town {
	tb.Helper()
	t := &town{community: communityOf(name)}
	var err error
	if t.log, err = merkle.NewSigner("renlin.dev/"+t.community, keyOf(name)); err != nil {
		tb.Fatal(err)
	}
	if t.witness, err = merkle.NewCosigner("witness.example/"+name, keyOf(name+"'s witness")); err != nil {
		tb.Fatal(err)
	}
	command, err := (&chain.Signed{
		Operation: "other.fact", Contract: 1, IdempotencyKey: "x", Signatures: []chain.Signature{{Key: []byte{1}}},
	}).Encode(nil)
	if err != nil {
		tb.Fatal(err)
	}
	for i := range commits {
		raw, err := (&chain.Commit{
			Author: chain.AuthorDevice, Time: noon.UnixMilli(), ID: sha256.Sum256(command), Service: "matching", Command: command,
			Changes: []chain.Change{{
				Aggregate: "referral/" + communityOf(name), Version: uint64(i + 1), Events: []chain.Event{{Type: "x.Y", Body: []byte{byte(i)}}},
			}},
		}).Encode()
		if err != nil {
			tb.Fatal(err)
		}
		t.commits = append(t.commits, raw)
	}
	return t
}

func (t *town) policy() string {
	return "log " + t.log.VerifierKey() + "\nwitness w " + t.witness.VerifierKey() + "\nquorum w\n"
}

// proof gives the proof of a commit under a checkpoint that others may sign too.
func (t *town) proof(tb testing.TB, index int, others ...note.Signer) []byte {
	tb.Helper()
	entries := make([]merkle.Hash, len(t.commits))
	for i, raw := range t.commits {
		entries[i] = merkle.Hash(chain.HashCommit(raw))
	}
	head := merkle.Checkpoint{Origin: t.log.Name(), Size: uint64(len(entries)), Root: merkle.Root(entries)}
	signed, err := merkle.Sign(head, t.log, others...)
	if err != nil {
		tb.Fatal(err)
	}
	return merkle.FormatProof(uint64(index), merkle.PathIn(entries, index), signed)
}

func (t *town) known(tb testing.TB, policy string) *abroad.Log {
	tb.Helper()
	l, err := abroad.ReadLog(t.community, policy)
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// TestOpen: what counts, and what does not.
func TestOpen(t *testing.T) {
	t.Parallel()
	home, other := newTown(t, "home", 5), newTown(t, "other", 5)
	good := home.proof(t, 3, home.witness.At(noon))
	stranger := newTown(t, "stranger", 1)
	extra := strings.Replace(string(good), "index 3\n", "extra aGVsbG8=\nindex 3\n", 1)
	for name, c := range map[string]struct {
		commit, proof []byte
		want          error
	}{
		"well":                        {home.commits[3], good, nil},
		"another commit":              {home.commits[2], good, abroad.ErrProof},
		"a commit that is cut short":  {home.commits[3][:40], good, abroad.ErrProof},
		"another community's":         {other.commits[3], other.proof(t, 3, other.witness.At(noon)), abroad.ErrProof},
		"without its witness":         {home.commits[3], home.proof(t, 3), abroad.ErrProof},
		"a witness of the day after":  {home.commits[3], home.proof(t, 3, home.witness.At(noon.Add(24*time.Hour))), abroad.ErrProof},
		"a stranger signed it too":    {home.commits[3], home.proof(t, 3, home.witness.At(noon), stranger.witness.At(noon)), abroad.ErrSurplus},
		"words beside":                {home.commits[3], []byte(extra), abroad.ErrSurplus},
		"nothing":                     {nil, nil, abroad.ErrProof},
		"the place of another commit": {home.commits[3], []byte(strings.Replace(string(good), "index 3", "index 2", 1)), abroad.ErrProof},
	} {
		_, err := home.known(t, home.policy()).Open(c.commit, c.proof, noon.UnixMilli())
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestTrim: a proof with strangers' signatures counts once it is trimmed.
func TestTrim(t *testing.T) {
	t.Parallel()
	home, stranger := newTown(t, "home", 5), newTown(t, "stranger", 1)
	l := home.known(t, home.policy())
	tight, err := l.Trim(home.proof(t, 1, home.witness.At(noon), stranger.witness.At(noon)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Open(home.commits[1], tight, noon.UnixMilli()); err != nil {
		t.Fatal(err)
	}
}

// TestPolicies: whose log a policy may name.
func TestPolicies(t *testing.T) {
	t.Parallel()
	home, other := newTown(t, "home", 1), newTown(t, "other", 1)
	for name, c := range map[string]struct {
		policy string
		ok     bool
	}{
		"well":                {home.policy(), true},
		"without witnesses":   {"log " + home.log.VerifierKey() + "\nquorum none\n", true},
		"another's log":       {other.policy(), false},
		"another's log too":   {"log " + other.log.VerifierKey() + "\n" + home.policy(), false},
		"no log":              {"witness w " + home.witness.VerifierKey() + "\nquorum w\n", false},
		"nothing":             {"", false},
		"what is no policy":   {"trust me\n", false},
		"cut short":           {strings.TrimSuffix(home.policy(), "\n"), false},
		"a quorum of nothing": {"log " + home.log.VerifierKey() + "\n", false},
	} {
		if _, err := abroad.ReadLog(home.community, c.policy); (err == nil) != c.ok || err != nil && !errors.Is(err, abroad.ErrPolicy) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzOpen: whatever comes, only what stands in the log is opened, and from nothing that holds more than it needs.
func FuzzOpen(f *testing.F) {
	home := newTown(f, "home", 5)
	l := home.known(f, home.policy())
	good := home.proof(f, 3, home.witness.At(noon))
	f.Add(home.commits[3], good)
	f.Add(home.commits[2], good)
	f.Add([]byte{}, []byte("c2sp.org/tlog-proof@v1\n"))
	f.Fuzz(func(t *testing.T, commit, proof []byte) {
		if _, err := l.Open(commit, proof, noon.UnixMilli()); err != nil {
			return
		}
		tight, err := l.Trim(proof)
		if err != nil || string(tight) != string(proof) {
			t.Fatalf("opened what can be trimmed: %v", err)
		}
		for _, raw := range home.commits {
			if string(raw) == string(commit) {
				return
			}
		}
		t.Fatal("opened what is not in the log")
	})
}
