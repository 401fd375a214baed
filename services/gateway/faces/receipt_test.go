package faces_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
)

var write = flag.Bool("write", false, "write testdata/receipt.json")

// sample is what the page's script is tested with: a receipt, what the page knows of the community, and a proof of the entry in the log.
type sample struct {
	Receipt   string   `json:"receipt"`
	Genesis   string   `json:"genesis"`
	EpochKey  string   `json:"epoch_key"`
	Index     uint64   `json:"index"`
	Proof     string   `json:"proof"`
	Log       string   `json:"log"`
	Witnesses []string `json:"witnesses"`
}

func key(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// pathOf is the path from an entry to the root over some, from the sibling upwards (RFC 6962).
func pathOf(entries []merkle.Hash, i int) []merkle.Hash {
	if len(entries) == 1 {
		return nil
	}
	k := 1
	for 2*k < len(entries) {
		k *= 2
	}
	if i < k {
		return append(pathOf(entries[:k], i), merkle.Root(entries[k:]))
	}
	return append(pathOf(entries[k:], i-k), merkle.Root(entries[:k]))
}

// TestSampleOfReceipt holds the script's test input to what Go makes and takes: receipt.test.mjs must check the same.
func TestSampleOfReceipt(t *testing.T) {
	t.Parallel()
	const first, inBlock, size, at = 6, 5, 11, 2
	var entries []merkle.Hash
	for i := range size {
		entries = append(entries, sha256.Sum256([]byte{byte(i)}))
	}
	block := entries[first:]
	receipt := chain.Receipt{
		Sealed: chain.Seal(chain.Header{
			Genesis: chain.Hash(entries[0]), Number: 3, First: first, Count: inBlock, Time: 1795961234567, Prev: chain.Hash(entries[1]),
			Root: chain.Hash(merkle.Root(block)),
		}, key("epoch")),
		Index: first + at, Commit: chain.Hash(block[at]),
	}
	for _, h := range pathOf(block, at) {
		receipt.Path = append(receipt.Path, chain.Hash(h))
	}
	epoch := key("epoch").Public().(ed25519.PublicKey)
	if err := receipt.Check(epoch); err != nil {
		t.Fatal(err)
	}
	log, err := merkle.NewSigner("renlin.dev/example", key("log"))
	if err != nil {
		t.Fatal(err)
	}
	s := sample{
		Receipt: base64.StdEncoding.EncodeToString(receipt.Encode()), Genesis: hex.EncodeToString(entries[0][:]),
		EpochKey: base64.StdEncoding.EncodeToString(epoch), Index: receipt.Index, Log: log.VerifierKey(),
	}
	var cosigners []note.Signer
	for _, name := range []string{"east", "west", "absent"} {
		w, err := merkle.NewCosigner("example.org/"+name, key(name))
		if err != nil {
			t.Fatal(err)
		}
		if s.Witnesses = append(s.Witnesses, w.VerifierKey()); name != "absent" {
			cosigners = append(cosigners, w.At(time.Unix(1795961300, 0)))
		}
	}
	point := merkle.Checkpoint{Origin: "renlin.dev/example", Size: size, Root: merkle.Root(entries)}
	signed, err := merkle.Sign(point, log, cosigners...)
	if err != nil {
		t.Fatal(err)
	}
	s.Proof = string(merkle.FormatProof(receipt.Index, pathOf(entries, int(receipt.Index)), signed))
	got, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	const file = "testdata/receipt.json"
	if *write {
		if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(file); err != nil || !bytes.Equal(want, append(got, '\n')) {
		t.Fatalf("%s is not what it should be (%v); go test -write writes it", file, err)
	}
}
