package seal_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/chacha20poly1305"
	"pgregory.net/rapid"

	"renlin.dev/pkg/seal"
)

// entropy answers a reader whose bytes depend on the seed alone.
func entropy(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

// newKey draws a key or fails the test.
func newKey(tb testing.TB, seed byte) seal.Key {
	tb.Helper()
	key, err := seal.NewKey(entropy(seed))
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func TestSealedBytesAreStable(t *testing.T) {
	t.Parallel()
	key := seal.Key(bytes.Repeat([]byte{7}, seal.KeyBytes))
	nonce := bytes.Repeat([]byte{9}, chacha20poly1305.NonceSizeX)
	sealed, err := seal.Seal(bytes.NewReader(nonce), key, []byte("abc"), []byte("context"))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		t.Fatal(err)
	}
	want := aead.Seal(append([]byte{1}, nonce...), nonce, []byte("abc"), []byte("renlin/seal/1\ncontext"))
	if !bytes.Equal(sealed, want) {
		t.Errorf("sealed as %x, released form is %x", sealed, want)
	}
	if ref := seal.Ref([]byte("abc")); ref != "14fd0b33a41245f727913ad6da5605312bdd291b8c5dd4d33b8526d26987cac3" {
		t.Errorf("reference form changed: %s", ref)
	}
}

func TestSealOpen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Byte().Draw(t, "seed")
		key, err := seal.NewKey(entropy(seed))
		if err != nil {
			t.Fatal(err)
		}
		plaintext := rapid.SliceOf(rapid.Byte()).Draw(t, "plaintext")
		context := rapid.SliceOf(rapid.Byte()).Draw(t, "context")
		sealed, err := seal.Seal(entropy(seed+1), key, plaintext, context)
		if err != nil {
			t.Fatal(err)
		}
		got, err := seal.Open(key, sealed, context)
		if err != nil || !bytes.Equal(got, plaintext) || len(sealed) != len(plaintext)+seal.Overhead {
			t.Fatalf("opened to %d bytes, %v", len(got), err)
		}
		bit := rapid.IntRange(0, len(sealed)*8-1).Draw(t, "bit")
		damaged := bytes.Clone(sealed)
		damaged[bit/8] ^= 1 << (bit % 8)
		if _, err := seal.Open(key, damaged, context); !errors.Is(err, seal.ErrBroken) {
			t.Fatalf("bit %d flipped: %v", bit, err)
		}
		if _, err := seal.Open(key, sealed, append(context, 0)); !errors.Is(err, seal.ErrBroken) {
			t.Fatalf("another context: %v", err)
		}
		key[0] ^= 1
		if _, err := seal.Open(key, sealed, context); !errors.Is(err, seal.ErrBroken) {
			t.Fatalf("another key: %v", err)
		}
	})
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	key := newKey(t, 1)
	if _, err := seal.Seal(entropy(1), key, make([]byte, seal.PlaintextBytesMax+1), nil); !errors.Is(err, seal.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if _, err := seal.Seal(strings.NewReader("short"), key, nil, nil); err == nil {
		t.Error("sealed without a whole nonce")
	}
	if _, err := seal.NewKey(strings.NewReader("short")); err == nil {
		t.Error("a key without entropy")
	}
	if _, err := seal.NewSalt(strings.NewReader("short")); err == nil {
		t.Error("a salt without entropy")
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	key := newKey(t, 1)
	identity, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		for _, secret := range []any{key, &key, identity, &identity, struct{ K seal.Key }{key}} {
			printed := fmt.Sprintf(verb, secret)
			leaks := strings.Contains(printed, hex.EncodeToString(key[:4])) || strings.Contains(printed, "AGE-")
			if !strings.Contains(printed, "(secret)") || leaks {
				t.Errorf("%s of %T prints %s", verb, secret, printed)
			}
		}
	}
	for _, secret := range []any{key, identity} {
		if out, err := json.Marshal(secret); err == nil {
			t.Errorf("%T became JSON: %s", secret, out)
		}
	}
}

func TestCommitment(t *testing.T) {
	t.Parallel()
	salt, plaintext := make([]byte, 16), []byte("李雷, 13800000000")
	for i := range salt {
		salt[i] = byte(i)
	}
	commitment := seal.Commit(salt, plaintext)
	if got := hex.EncodeToString(commitment[:]); got != "9b6858ca77ecabd6ddad62184d25c631b0627f774043f7286c2ef9b55aa7157b" {
		t.Errorf("commitment form changed: %s", got)
	}
	for name, c := range map[string]struct {
		commitment, salt, plaintext []byte
		want                        bool
	}{
		"right":                {commitment[:], salt, plaintext, true},
		"another plaintext":    {commitment[:], salt, append(plaintext, ' '), false},
		"another salt":         {commitment[:], append([]byte{1}, salt[1:]...), plaintext, false},
		"salt padded":          {commitment[:], append(salt[:16:16], 0), plaintext, false},
		"salt too short":       {commitment[:], salt[:15], plaintext, false},
		"salt too long":        {commitment[:], make([]byte, 33), plaintext, false},
		"commitment cut short": {commitment[:31], salt, plaintext, false},
		"nothing":              {nil, nil, nil, false},
	} {
		if got := seal.Check(c.commitment, c.salt, c.plaintext); got != c.want {
			t.Errorf("%s: Check is %v", name, got)
		}
	}
	if fresh, err := seal.NewSalt(entropy(1)); err != nil || len(fresh) != seal.SaltBytesMax {
		t.Errorf("salt of %d bytes, %v", len(fresh), err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a commitment without salt did not panic")
		}
	}()
	seal.Commit(nil, plaintext)
}

func TestIsRef(t *testing.T) {
	t.Parallel()
	ref := seal.Ref(nil)
	for s, want := range map[string]bool{
		ref: true, "": false, ref[1:]: false, ref + "00": false, strings.ToUpper(ref): false, strings.Repeat("g", 64): false,
	} {
		if got := seal.IsRef(s); got != want {
			t.Errorf("IsRef(%q) = %v", s, got)
		}
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	one, err1 := seal.NewIdentity()
	two, err2 := seal.NewIdentity()
	stranger, err3 := seal.NewIdentity()
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	secret := []byte("a secret of some length")
	wrapped, err := seal.Wrap(secret, "label", one.Custodian(), two.Custodian())
	if err != nil {
		t.Fatal(err)
	}
	for _, with := range []seal.Identity{one, two} {
		again, err := seal.ParseIdentity(with.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := seal.Unwrap(wrapped, "label", again); err != nil || !bytes.Equal(got, secret) {
			t.Errorf("a custodian unwraps %q, %v", got, err)
		}
	}
	damaged := bytes.Clone(wrapped)
	damaged[len(damaged)-1] ^= 1
	for name, try := range map[string]func() ([]byte, error){
		"a stranger":    func() ([]byte, error) { return seal.Unwrap(wrapped, "label", stranger) },
		"another label": func() ([]byte, error) { return seal.Unwrap(wrapped, "labe", one) },
		"damaged":       func() ([]byte, error) { return seal.Unwrap(damaged, "label", one) },
		"nothing":       func() ([]byte, error) { return seal.Unwrap(nil, "label", one) },
		"huge":          func() ([]byte, error) { return seal.Unwrap(make([]byte, 1<<20), "label", one) },
	} {
		if got, err := try(); !errors.Is(err, seal.ErrBroken) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	long := strings.Repeat("x", 255)
	if wrapped, err = seal.Wrap(make([]byte, 1<<10), long, one.Custodian()); err != nil {
		t.Fatal(err)
	}
	if got, err := seal.Unwrap(wrapped, long, one); err != nil || len(got) != 1<<10 {
		t.Errorf("the largest secret: %d bytes, %v", len(got), err)
	}
	for name, try := range map[string]func() ([]byte, error){
		"nobody":          func() ([]byte, error) { return seal.Wrap(secret, "label") },
		"too many":        func() ([]byte, error) { return seal.Wrap(secret, "label", make([]seal.Custodian, 17)...) },
		"long label":      func() ([]byte, error) { return seal.Wrap(secret, long+"x", one.Custodian()) },
		"too much secret": func() ([]byte, error) { return seal.Wrap(make([]byte, 1<<10+1), "label", one.Custodian()) },
	} {
		if _, err := try(); err == nil {
			t.Errorf("wrapped for %s", name)
		}
	}
}

// TestUnwrapOfForgedPayload: anybody can wrap anything to a custodian, whose public key is known.
func TestUnwrapOfForgedPayload(t *testing.T) {
	t.Parallel()
	own, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	to, err := age.ParseX25519Recipient(own.Custodian().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, payload := range []string{"", "\xff", "\x06label", "\x05label" + strings.Repeat("x", 1<<10+1)} {
		var wrapped bytes.Buffer
		w, err := age.Encrypt(&wrapped, to)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, payload); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if got, err := seal.Unwrap(wrapped.Bytes(), "label", own); !errors.Is(err, seal.ErrBroken) {
			t.Errorf("payload %.10q unwraps to %d bytes, %v", payload, len(got), err)
		}
	}
}

func TestParseCustodianRepeatsNothing(t *testing.T) {
	t.Parallel()
	identity, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	if c, err := seal.ParseCustodian(identity.Custodian().String()); err != nil || c.String() != identity.Custodian().String() {
		t.Errorf("custodian comes back as %v, %v", c, err)
	}
	if _, err := seal.ParseCustodian(identity.Reveal()); err == nil || strings.Contains(err.Error(), "AGE") {
		t.Errorf("a secret pasted in the wrong place: %v", err)
	}
	if _, err := seal.ParseIdentity("li lei"); err == nil || strings.Contains(err.Error(), "lei") {
		t.Errorf("rubbish as identity: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	key := newKey(f, 1)
	sealed, err := seal.Seal(entropy(2), key, []byte("abc"), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := seal.Open(key, b, nil); err == nil && !bytes.Equal(b, sealed) {
			t.Error("opened what nobody sealed")
		}
	})
}

func FuzzUnwrap(f *testing.F) {
	identity, err := seal.NewIdentity()
	if err != nil {
		f.Fatal(err)
	}
	wrapped, err := seal.Wrap([]byte("secret"), "label", identity.Custodian())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(wrapped)
	f.Add([]byte("age-encryption.org/v1\n-> X25519 a\nb\n--- c\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := seal.Unwrap(b, "label", identity); err == nil && string(got) != "secret" {
			t.Error("unwrapped what nobody wrapped")
		}
		if _, err := seal.ParseCustodian(string(b)); err == nil && len(b) > 100 {
			t.Error("a custodian of unlikely length")
		}
	})
}
