package standing_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/standing"
)

const someMember = "aaaaaaaaaaaaaaaaaaaaaaaaaa"

func chance(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

func TestCodeForm(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[a-z2-7]{4}(-[a-z2-7]{4}){3}$`)
	seen := map[string]bool{}
	for i := range 200 {
		code := standing.NewCode(chance(byte(i)))
		if !form.MatchString(code) || seen[code] {
			t.Fatalf("code %d is %q", i, code)
		}
		seen[code] = true
		if _, err := standing.CodeKey(chain.Hash{}, someMember, code); err != nil {
			t.Fatalf("a fresh code is refused: %v", err)
		}
	}
}

// The derivation is fixed for good: a code on paper must work with the next version of the program.
func TestCodeKeyGolden(t *testing.T) {
	t.Parallel()
	code := standing.NewCode(bytes.NewReader(make([]byte, 15)))
	if code != "aaaa-aaaa-aaaa-aaaa" {
		t.Fatalf("code of zeros is %q", code)
	}
	code = standing.NewCode(bytes.NewReader([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 31}))
	if code != "abcd-efgh-ijkl-mn75" {
		t.Fatalf("code is %q", code)
	}
	key, err := standing.CodeKey(chain.Hash{1, 2, 3}, someMember, code)
	if err != nil {
		t.Fatal(err)
	}
	const want = "f6fb4f5765a62a01b0424b8361a94337c4a1c3eabf00d1858c58cb024aba36d4" // by another implementation
	if got := hex.EncodeToString(key.Public().(ed25519.PublicKey)); got != want {
		t.Fatalf("public key is %s", got)
	}
}

func TestCodeIsForOneMemberOfOneCommunity(t *testing.T) {
	t.Parallel()
	code := standing.NewCode(chance(1))
	keys := map[string]bool{}
	for _, genesis := range []chain.Hash{{}, {1}} {
		for _, member := range []string{someMember, strings.Repeat("b", 26)} {
			key, err := standing.CodeKey(genesis, member, code)
			if err != nil {
				t.Fatal(err)
			}
			keys[string(key)] = true
		}
	}
	if len(keys) != 4 {
		t.Fatalf("4 derivations give %d keys", len(keys))
	}
}

func TestCodeAsPeopleType(t *testing.T) {
	t.Parallel()
	code := standing.NewCode(chance(7))
	want, err := standing.CodeKey(chain.Hash{}, someMember, code)
	if err != nil {
		t.Fatal(err)
	}
	bare := strings.ReplaceAll(code, "-", "")
	for name, typed := range map[string]string{
		"bare": bare, "capitals": strings.ToUpper(code), "spaces": " " + strings.ReplaceAll(code, "-", " - ") + " ",
		"digits": strings.NewReplacer("o", "0", "l", "1", "b", "8").Replace(code),
	} {
		got, err := standing.CodeKey(chain.Hash{}, someMember, typed)
		if err != nil || !got.Equal(want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, typed := range map[string]string{
		"empty": "", "short": bare[:15], "long": bare + "a", "foreign": bare[:15] + "9", "far too long": strings.Repeat(bare, 1000),
		"no ascii": "码" + bare,
	} {
		if _, err := standing.CodeKey(chain.Hash{}, someMember, typed); !errors.Is(err, standing.ErrCode) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// One wrong character, or two that changed places, never make another good code.
func TestCodeFindsSlips(t *testing.T) {
	t.Parallel()
	const alphabet = "abcdefghijklmnopqrstuvwxyz234567"
	rapid.Check(t, func(t *rapid.T) {
		code := []byte(strings.ReplaceAll(standing.NewCode(chance(rapid.Byte().Draw(t, "seed"))), "-", ""))
		i, j := rapid.IntRange(0, 15).Draw(t, "i"), rapid.IntRange(0, 15).Draw(t, "j")
		slip := bytes.Clone(code)
		if rapid.Bool().Draw(t, "swap") {
			slip[i], slip[j] = slip[j], slip[i]
		} else {
			slip[i] = alphabet[rapid.IntRange(0, 31).Draw(t, "symbol")]
		}
		if bytes.Equal(slip, code) {
			return
		}
		if _, err := standing.CodeKey(chain.Hash{}, someMember, string(slip)); !errors.Is(err, standing.ErrCode) {
			t.Fatalf("%s is taken for %s", slip, code)
		}
	})
}

// Every letter and digit of the alphabet may be typed in capitals.
func TestCodeInCapitals(t *testing.T) {
	t.Parallel()
	for from := range byte(3) {
		var symbols [15]byte
		for i := range symbols {
			symbols[i] = (from*15 + byte(i)) % 32
		}
		code := standing.NewCode(bytes.NewReader(symbols[:]))
		small, err := standing.CodeKey(chain.Hash{}, someMember, code)
		if err != nil {
			t.Fatal(err)
		}
		if large, err := standing.CodeKey(chain.Hash{}, someMember, strings.ToUpper(code)); err != nil || !large.Equal(small) {
			t.Errorf("%s in capitals: %v", code, err)
		}
	}
}

func TestCodeWithoutChancePanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Fatal("a code without chance")
		}
	}()
	standing.NewCode(io.LimitReader(chance(0), 14))
}

func FuzzCodeKey(f *testing.F) {
	f.Add("abcd-efgh-ijkl-mn75")
	f.Add("")
	f.Add("0000 1111 8888 ----")
	f.Fuzz(func(t *testing.T, code string) {
		key, err := standing.CodeKey(chain.Hash{}, someMember, code)
		if (err == nil) != (len(key) == ed25519.PrivateKeySize) {
			t.Fatal("neither key nor error, or both")
		}
	})
}
