package seal_test

import (
	"bytes"
	"errors"
	"testing"

	"golang.org/x/crypto/curve25519"
	"golang.org/x/crypto/nacl/box"
	"pgregory.net/rapid"

	"renlin.dev/pkg/seal"
)

// An answer is what docs/format.md says, made here once more with the library's box alone.
func TestAnswerBytesAreStable(t *testing.T) {
	t.Parallel()
	reader, ephemeral := bytes.Repeat([]byte{3}, 32), bytes.Repeat([]byte{5}, 32)
	nonce := bytes.Repeat([]byte{9}, 24)
	public, err := curve25519.X25519(reader, curve25519.Basepoint)
	if err != nil {
		t.Fatal(err)
	}
	got, err := seal.SealAnswer(bytes.NewReader(append(bytes.Clone(ephemeral), nonce...)), public, []byte("salt"), []byte("text"))
	if err != nil {
		t.Fatal(err)
	}
	from, err := curve25519.X25519(ephemeral, curve25519.Basepoint)
	if err != nil {
		t.Fatal(err)
	}
	plain := []byte("renlin/answer/1\n\x04salttext")
	want := box.Seal(append(from, nonce...), plain, (*[24]byte)(nonce), (*[32]byte)(public), (*[32]byte)(ephemeral))
	if !bytes.Equal(got, want) {
		t.Errorf("sealed as %x, released form is %x", got, want)
	}
}

func TestAnswerOpens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Byte().Draw(t, "seed")
		public, private, err := seal.NewReaderKey(entropy(seed))
		if err != nil {
			t.Fatal(err)
		}
		salt := rapid.SliceOfN(rapid.Byte(), 0, seal.SaltBytesMax).Draw(t, "salt")
		text := rapid.SliceOf(rapid.Byte()).Draw(t, "text")
		sealed, err := seal.SealAnswer(entropy(seed+1), public, salt, text)
		if err != nil {
			t.Fatal(err)
		}
		gotSalt, gotText, err := seal.OpenAnswer(private, sealed)
		if err != nil || !bytes.Equal(gotSalt, salt) || !bytes.Equal(gotText, text) {
			t.Fatalf("opened %x %x, %v", gotSalt, gotText, err)
		}
		_, other, err := seal.NewReaderKey(entropy(seed + 2))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := seal.OpenAnswer(other, sealed); !errors.Is(err, seal.ErrBroken) {
			t.Fatalf("another's key: %v", err)
		}
		at := rapid.IntRange(seal.ReaderKeyBytes, len(sealed)-1).Draw(t, "at")
		damaged := bytes.Clone(sealed)
		damaged[at] ^= 1
		if _, _, err := seal.OpenAnswer(private, damaged); !errors.Is(err, seal.ErrBroken) {
			t.Fatalf("byte %d damaged: %v", at, err)
		}
	})
}

func TestAnswerRefused(t *testing.T) {
	t.Parallel()
	public, private, err := seal.NewReaderKey(entropy(1))
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string][]byte{"none": nil, "short": public[:31], "weak": make([]byte, 32)} {
		if seal.IsReaderKey(key) {
			t.Errorf("%s: taken for a key", name)
		}
		if _, err := seal.SealAnswer(entropy(2), key, nil, nil); !errors.Is(err, seal.ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := seal.SealAnswer(entropy(2), public, make([]byte, seal.SaltBytesMax+1), nil); !errors.Is(err, seal.ErrBroken) {
		t.Errorf("a salt that is too long: %v", err)
	}
	// What is in the box must be an answer: with the domain, and a salt that is all there.
	for name, plain := range map[string]string{
		"another domain": "renlin/other/1\n\x00", "no salt length": "renlin/answer/1\n", "cut salt": "renlin/answer/1\n\x02a",
	} {
		from, mine, err := seal.NewReaderKey(entropy(3))
		if err != nil {
			t.Fatal(err)
		}
		var nonce [24]byte
		sealed := box.Seal(append(from, nonce[:]...), []byte(plain), &nonce, (*[32]byte)(public), (*[32]byte)(mine))
		if _, _, err := seal.OpenAnswer(private, sealed); !errors.Is(err, seal.ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, b := range [][]byte{nil, make([]byte, 55), make([]byte, 56), make([]byte, 72)} {
		if _, _, err := seal.OpenAnswer(private, b); !errors.Is(err, seal.ErrBroken) {
			t.Errorf("%d bytes: %v", len(b), err)
		}
	}
}
