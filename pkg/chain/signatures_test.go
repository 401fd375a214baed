package chain_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
)

var home = chain.Hash{7}

// signedBy is a command with the signatures of these keys.
func signedBy(t *testing.T, keys ...byte) *chain.Signed {
	t.Helper()
	s := &chain.Signed{Suite: 1, Operation: "voting.cast", Contract: 1, IdempotencyKey: "k", NotAfter: 7, Body: []byte(`{"poll":"a"}`)}
	for _, k := range keys {
		if err := s.Sign(home, chain.AuthorDevice, seeded(k)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// TestSignatureMoves: a signature holds for what was signed and for nothing else.
func TestSignatureMoves(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		move func(s *chain.Signed, genesis *chain.Hash)
		want error
	}{
		{"nothing", func(*chain.Signed, *chain.Hash) {}, nil},
		{"another community", func(_ *chain.Signed, g *chain.Hash) { g[31]++ }, chain.ErrSignature},
		{"the founding's", func(_ *chain.Signed, g *chain.Hash) { *g = chain.Hash{} }, chain.ErrSignature},
		{"another operation", func(s *chain.Signed, _ *chain.Hash) { s.Operation = "voting.cash" }, chain.ErrSignature},
		{"another contract", func(s *chain.Signed, _ *chain.Hash) { s.Contract++ }, chain.ErrSignature},
		{"another expiry", func(s *chain.Signed, _ *chain.Hash) { s.NotAfter++ }, chain.ErrSignature},
		{"another body", func(s *chain.Signed, _ *chain.Hash) { s.Body = []byte(`{"poll":"b"}`) }, chain.ErrSignature},
		{"another number", func(s *chain.Signed, _ *chain.Hash) { s.IdempotencyKey = "l" }, chain.ErrSignature},
		{"no suite", func(s *chain.Signed, _ *chain.Hash) { s.Suite = chain.SuiteNone }, chain.ErrSuite},
		{"suite 2", func(s *chain.Signed, _ *chain.Hash) { s.Suite = 2 }, chain.ErrSuite},
		{"no signature", func(s *chain.Signed, _ *chain.Hash) { s.Signatures = nil }, chain.ErrUnsigned},
		{"a flipped bit", func(s *chain.Signed, _ *chain.Hash) { s.Signatures[1].Sig[0] ^= 1 }, chain.ErrSignature},
		{"a short signature", func(s *chain.Signed, _ *chain.Hash) { s.Signatures[0].Sig = s.Signatures[0].Sig[:63] }, chain.ErrSignature},
		{"an empty signature", func(s *chain.Signed, _ *chain.Hash) { s.Signatures[1].Sig = nil }, chain.ErrSignature},
		{"a short key", func(s *chain.Signed, _ *chain.Hash) { s.Signatures[1].Key = s.Signatures[1].Key[:31] }, chain.ErrSignature},
		{"an empty key", func(s *chain.Signed, _ *chain.Hash) { s.Signatures[1].Key = nil }, chain.ErrSignature},
		{"a long key", func(s *chain.Signed, _ *chain.Hash) { s.Signatures[1].Key = append(s.Signatures[1].Key, 0) }, chain.ErrSignature},
		{"a cosigner's key", func(s *chain.Signed, _ *chain.Hash) { s.Signatures[1].Key = chain.Public(seeded(3)) }, chain.ErrSignature},
		{"the cosigner as author", func(s *chain.Signed, _ *chain.Hash) { slices.Reverse(s.Signatures) }, chain.ErrSignature},
		{"the same key twice", func(s *chain.Signed, _ *chain.Hash) { s.Signatures[1] = s.Signatures[0] }, chain.ErrSignature},
	} {
		s, genesis := signedBy(t, 1, 2), home
		c.move(s, &genesis)
		id, _ := s.ID(chain.AuthorDevice, "voting") // what everybody derives; without a signature nothing
		if got := s.CheckSignatures(genesis, id); !errors.Is(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestSmallOrderKeys: under these keys, a signature that nobody made would hold.
func TestSmallOrderKeys(t *testing.T) {
	t.Parallel()
	zeros := strings.Repeat("00", 31)
	universal := append([]byte{1}, make([]byte, 63)...) // R the neutral element, S zero: under the neutral element it holds for everything
	neutral, err := hex.DecodeString("01" + zeros)
	if err != nil {
		t.Fatal(err)
	}
	if !ed25519.Verify(neutral, []byte("anything"), universal) {
		t.Fatal("the library refuses it by itself")
	}
	for _, text := range []string{
		"00" + zeros, "01" + zeros, "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"ec" + strings.Repeat("ff", 30) + "7f", "ed" + strings.Repeat("ff", 30) + "7f", "ee" + strings.Repeat("ff", 30) + "7f",
	} {
		point, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, sign := range []byte{0, 0x80} {
			key := slices.Clone(point)
			key[31] |= sign
			held := 0 // bodies that the library would take the signature for: one in eight, or all
			for n := range byte(64) {
				s := signedBy(t)
				s.Body = []byte{n}
				s.Signatures = []chain.Signature{{Key: key, Sig: universal}}
				id, _ := s.ID(chain.AuthorDevice, "voting")
				if ed25519.Verify(key, s.SigningInput(home, id), universal) {
					held++
				}
				if err := s.CheckSignatures(home, id); !errors.Is(err, chain.ErrSignature) {
					t.Errorf("key %x: %v", key, err)
				}
			}
			if held == 0 {
				t.Errorf("key %x is mistyped: nothing holds under it", key)
			}
		}
	}
}

// TestSignedLimits: the encoder refuses what the decoder would.
func TestSignedLimits(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*chain.Signed){
		"ill-formed operation": func(s *chain.Signed) { s.Operation = "\xff" },
		"ill-formed number":    func(s *chain.Signed) { s.IdempotencyKey = "\xff" },
		"long operation":       func(s *chain.Signed) { s.Operation = strings.Repeat("a", 1<<16) },
		"long number":          func(s *chain.Signed) { s.IdempotencyKey = strings.Repeat("a", chain.IdempotencyKeyBytesMax+1) },
		"5 signatures":         func(s *chain.Signed) { s.Signatures = make([]chain.Signature, chain.SignaturesMax+1) },
		"long key":             func(s *chain.Signed) { s.Signatures[0].Key = make([]byte, 1<<16) },
		"long signature":       func(s *chain.Signed) { s.Signatures[0].Sig = make([]byte, 1<<16) },
	} {
		s := signedBy(t, 1)
		change(s)
		if raw, err := s.Encode(nil); err == nil {
			t.Errorf("%s: encoded as %d bytes", name, len(raw))
		}
	}
	s := signedBy(t, 1, 2, 3, 4)
	s.IdempotencyKey = strings.Repeat("a", chain.IdempotencyKeyBytesMax)
	raw, err := s.Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chain.DecodeSigned(raw); err != nil {
		t.Error(err)
	}
}
