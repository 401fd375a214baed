package forge

import (
	"bytes"
	"crypto/ed25519"
	"time"

	"golang.org/x/mod/sumdb/note"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/verify"
)

// Keys of the log and of the witnesses of every record.
var (
	LogKey      = Key("log")
	WitnessKeys = []ed25519.PrivateKey{Key("witness a"), Key("witness b")}
)

// Pack is how a bundle is put together. Make it with NewPack and change what is to be wrong.
type Pack struct {
	Manifest     verify.Manifest
	Checkpoint   merkle.Checkpoint
	NoCheckpoint bool
	LogKey       ed25519.PrivateKey   // that signs the checkpoint
	Witnesses    []ed25519.PrivateKey // that cosign it
	Withheld     map[uint64]bool
	// Missing leaves commits out of their blocks, hash and all.
	Missing map[uint64]bool
	Plain   bool

	record *Record
	sealed []chain.Sealed
}

// NewPack seals the record and gives an honest pack of it.
func NewPack(r *Record) *Pack {
	r.tb.Helper()
	p := &Pack{record: r, sealed: r.Seal(), LogKey: LogKey, Witnesses: WitnessKeys}
	var tree merkle.Tree
	for _, b := range r.Blocks {
		for _, raw := range b.Commits {
			tree.Append(merkle.LeafHash(chain.HashCommit(raw)))
		}
	}
	community := chain.CommunityID(r.Genesis())
	p.Checkpoint = merkle.Checkpoint{Origin: "renlin.dev/" + community, Size: tree.Size(), Root: tree.Root()}
	p.Manifest = verify.Manifest{Community: community, Genesis: r.Genesis().String(), LogKey: LogVKey(r.tb, p.Checkpoint.Origin)}
	for i := range WitnessKeys {
		p.Manifest.WitnessKeys = append(p.Manifest.WitnessKeys, WitnessVKey(r.tb, i))
	}
	return p
}

// LogVKey gives the log's verifier key under an origin.
func LogVKey(tb TB, origin string) string {
	tb.Helper()
	vkey, err := merkle.VerifierKey(origin, LogKey.Public().(ed25519.PublicKey))
	if err != nil {
		tb.Fatalf("log key: %v", err)
	}
	return vkey
}

// WitnessVKey gives a witness's verifier key.
func WitnessVKey(tb TB, i int) string {
	tb.Helper()
	return cosigner(tb, WitnessKeys[i]).VerifierKey()
}

func cosigner(tb TB, key ed25519.PrivateKey) *merkle.Cosigner {
	tb.Helper()
	name := "witness.example/" + chain.KeyID(key.Public().(ed25519.PublicKey))
	c, err := merkle.NewCosigner(name, key)
	if err != nil {
		tb.Fatalf("witness key: %v", err)
	}
	return c
}

// note signs the checkpoint.
func (p *Pack) note() []byte {
	p.record.tb.Helper()
	signer, err := merkle.NewSigner(p.Checkpoint.Origin, p.LogKey)
	if err != nil {
		p.record.tb.Fatalf("log key: %v", err)
	}
	var others []note.Signer
	for _, key := range p.Witnesses {
		others = append(others, cosigner(p.record.tb, key).At(time.UnixMilli(p.record.Last())))
	}
	signed, err := merkle.Sign(p.Checkpoint, signer, others...)
	if err != nil {
		p.record.tb.Fatalf("sign checkpoint: %v", err)
	}
	return signed
}

// Bytes gives the bundle's file.
func (p *Pack) Bytes() []byte {
	p.record.tb.Helper()
	w := &verify.Writer{Plain: p.Plain}
	index := uint64(0)
	for n, b := range p.record.Blocks {
		partial := false
		var shown [][]byte
		var hashes []chain.Hash
		for _, raw := range b.Commits {
			hash := chain.HashCommit(raw)
			partial = partial || p.Withheld[index] || p.Missing[index]
			switch {
			case p.Missing[index]:
			case p.Withheld[index]:
				shown, hashes = append(shown, nil), append(hashes, hash)
			default:
				shown, hashes = append(shown, raw), append(hashes, hash)
			}
			index++
		}
		if partial {
			w.Partial(&p.sealed[n], shown, hashes)
			continue
		}
		raw, err := chain.EncodeBlock(nil, &p.sealed[n], shown)
		if err != nil {
			p.record.tb.Fatalf("encode block: %v", err)
		}
		w.Whole(raw)
	}
	var checkpoint []byte
	if !p.NoCheckpoint {
		checkpoint = p.note()
	}
	var out bytes.Buffer
	if err := w.Flush(&out, p.Manifest, checkpoint); err != nil {
		p.record.tb.Fatalf("write bundle: %v", err)
	}
	return out.Bytes()
}

// Bundle opens the bundle's file.
func (p *Pack) Bundle() *verify.Bundle {
	p.record.tb.Helper()
	b, err := verify.Read(bytes.NewReader(p.Bytes()))
	if err != nil {
		p.record.tb.Fatalf("read bundle: %v", err)
	}
	return b
}

// Seal gives the header of a block as it stands in the bundle.
func (p *Pack) Seal(n int) chain.Sealed { return p.sealed[n] }

// Founding gives the bytes of the founding commit.
func (p *Pack) Founding() []byte { return p.record.Blocks[0].Commits[0] }
