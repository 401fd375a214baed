package merkle_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	formats "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"renlin.dev/pkg/merkle"
)

const origin = "renlin.example/pilot"

var noon = time.Unix(1790000000, 0)

// key returns the same key for the same number.
func key(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

func logSigner(tb testing.TB, name string, n byte) *merkle.Signer {
	s, err := merkle.NewSigner(name, key(n))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func cosigner(tb testing.TB, name string, n byte) *merkle.Cosigner {
	c, err := merkle.NewCosigner(name, key(n))
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func verifier(tb testing.TB, vkey string) note.Verifier {
	v, err := merkle.NewVerifier(vkey)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func signed(tb testing.TB, c merkle.Checkpoint, first note.Signer, others ...note.Signer) []byte {
	n, err := merkle.Sign(c, first, others...)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

func pilot(size int) merkle.Checkpoint {
	return merkle.Checkpoint{Origin: origin, Size: uint64(size), Root: merkle.Root(entries(size))}
}

func TestCheckpointText(t *testing.T) {
	got := merkle.Checkpoint{Origin: origin, Size: 103, Root: merkle.Hash{1}}.Text()
	want := origin + "\n103\nAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	if got != want {
		t.Errorf("text is %q", got)
	}
}

func TestParseCheckpoint(t *testing.T) {
	root := "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	table := []struct {
		name, text string
		good       bool
	}{
		{"plain", "o\n1\n" + root + "\n", true},
		{"size zero", "o\n0\n" + root + "\n", true},
		{"largest size", "o\n18446744073709551615\n" + root + "\n", true},
		{"extension lines", "o\n1\n" + root + "\nx y\nz\n", true},
		{"origin with spaces", "a log of mine\n1\n" + root + "\n", true},
		{"nothing", "", false},
		{"no origin", "\n1\n" + root + "\n", false},
		{"leading zero", "o\n01\n" + root + "\n", false},
		{"plus sign", "o\n+1\n" + root + "\n", false},
		{"negative", "o\n-1\n" + root + "\n", false},
		{"beyond uint64", "o\n18446744073709551616\n" + root + "\n", false},
		{"hexadecimal", "o\n0x1\n" + root + "\n", false},
		{"CRLF", "o\r\n1\r\n" + root + "\r\n", false},
		{"CR inside base64", "o\n1\n" + root[:8] + "\r" + root[8:] + "\n", false},
		{"tab in origin", "o\t\n1\n" + root + "\n", false},
		{"short root", "o\n1\nAQAA\n", false},
		{"long root", "o\n1\n" + strings.Repeat("AAAA", 11) + "\n", false},
		{"loose base64", "o\n1\nAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n", false},
		{"unpadded base64", "o\n1\n" + strings.TrimSuffix(root, "=") + "\n", false},
		{"no last newline", "o\n1\n" + root, false},
		{"unfinished extension", "o\n1\n" + root + "\nx", false},
		{"empty extension", "o\n1\n" + root + "\n\n", false},
		{"empty extension between", "o\n1\n" + root + "\na\n\nb\n", false},
		{"not UTF-8", "o\xff\n1\n" + root + "\n", false},
	}
	for _, row := range table {
		c, err := merkle.ParseCheckpoint(row.text)
		switch {
		case row.good && (err != nil || c.Text() != row.text):
			t.Errorf("%s: %v", row.name, err)
		case !row.good && !errors.Is(err, merkle.ErrCheckpoint):
			t.Errorf("%s: accepted, or wrong error: %v", row.name, err)
		}
	}
	_, err := merkle.ParseCheckpoint(strings.Repeat("x", merkle.NoteBytesMax+1))
	if !errors.Is(err, merkle.ErrCheckpoint) {
		t.Errorf("an oversize text: %v", err)
	}
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add(pilot(3).Text())
	f.Add("o\n01\nAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nx\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := merkle.ParseCheckpoint(text)
		if err == nil && c.Text() != text {
			t.Fatal("accepted what is not written back the same")
		}
	})
}

func FuzzOpen(f *testing.F) {
	s := logSigner(f, origin, 1)
	w := cosigner(f, "witness.example/w1", 2)
	good := signed(f, pilot(3), s, w.At(noon))
	f.Add(good)
	f.Add(bytes.Replace(good, []byte("\n3\n"), []byte("\n4\n"), 1))
	v := verifier(f, s.VerifierKey())
	text := pilot(3).Text()
	f.Fuzz(func(t *testing.T, data []byte) {
		c, _, err := merkle.Open(data, v)
		if err == nil && c.Text() != text {
			t.Fatal("a checkpoint that was never signed verified")
		}
		_, _ = merkle.Peek(data)
		_, _, _ = merkle.Join(good, data, w.Verifier())
	})
}

func TestOpen(t *testing.T) {
	s, stranger := logSigner(t, origin, 1), logSigner(t, origin, 9)
	v := verifier(t, s.VerifierKey())
	good := signed(t, pilot(5), s)
	other := signed(t, pilot(5), stranger)
	line := func(n []byte) string { _, l, _ := strings.Cut(string(n), "\n\n"); return l }
	elsewhere := logSigner(t, "elsewhere.example", 3)
	table := []struct {
		name string
		note string
		want error
	}{
		{"signed", string(good), nil},
		{"with a stranger's signature", string(good) + line(other), nil},
		{"signed by a stranger only", string(other), merkle.ErrSignature},
		{"edited", strings.Replace(string(good), "\n5\n", "\n6\n", 1), merkle.ErrSignature},
		{"no signature", pilot(5).Text() + "\n", merkle.ErrSignature},
		{"not a note", "x", merkle.ErrSignature},
		{"signature of another checkpoint", pilot(6).Text() + "\n" + line(good), merkle.ErrSignature},
		{"signature under another origin", "elsewhere.example" + strings.TrimPrefix(string(good), origin), merkle.ErrSignature},
	}
	for _, row := range table {
		c, n, err := merkle.Open([]byte(row.note), v, verifier(t, elsewhere.VerifierKey()))
		switch {
		case row.want == nil && (err != nil || c != pilot(5) || len(n.Sigs) != 1):
			t.Errorf("%s: %v", row.name, err)
		case row.want != nil && !errors.Is(err, row.want):
			t.Errorf("%s: %v", row.name, err)
		}
	}
	// A text that is signed but is no checkpoint.
	odd, err := note.Sign(&note.Note{Text: "hello\n"}, s)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = merkle.Open(odd, v)
	if !errors.Is(err, merkle.ErrCheckpoint) {
		t.Errorf("a signed text that is no checkpoint: %v", err)
	}
}

func TestOpenNeedsAKeyOfTheOrigin(t *testing.T) {
	// Given a key of another log, known to the reader, that signs this log's checkpoint.
	foreign := logSigner(t, "elsewhere.example", 3)
	n, err := note.Sign(&note.Note{Text: pilot(5).Text()}, foreign)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = merkle.Open(n, verifier(t, foreign.VerifierKey()))
	if !errors.Is(err, merkle.ErrSignature) {
		t.Errorf("another log's key vouched for this log: %v", err)
	}
}

func TestOpenWhileTheLogChangesItsKey(t *testing.T) {
	older, newer := logSigner(t, origin, 1), logSigner(t, origin, 2)
	n := signed(t, pilot(5), older, newer)
	c, opened, err := merkle.Open(n, verifier(t, older.VerifierKey()), verifier(t, newer.VerifierKey()))
	if err != nil || c != pilot(5) || len(opened.Sigs) != 2 {
		t.Fatalf("two keys: %v", err)
	}
	_, _, err = merkle.Open(n, verifier(t, newer.VerifierKey()))
	if err != nil {
		t.Errorf("the new key alone: %v", err)
	}
}

func TestSignRefuses(t *testing.T) {
	s := logSigner(t, origin, 1)
	for name, c := range map[string]merkle.Checkpoint{
		"another origin":   {Origin: "elsewhere.example", Size: 1},
		"broken extension": {Origin: origin, Size: 1, Extension: "no newline"},
	} {
		n, err := merkle.Sign(c, s)
		if err == nil {
			t.Errorf("%s: signed %q", name, n)
		}
	}
}

func TestPeekAsksNoKey(t *testing.T) {
	c, err := merkle.Peek(signed(t, pilot(7), logSigner(t, origin, 1)))
	if err != nil || c != pilot(7) {
		t.Errorf("peek: %v, %v", c, err)
	}
	_, err = merkle.Peek([]byte("x\n\ny\n"))
	if !errors.Is(err, merkle.ErrSignature) {
		t.Errorf("peek into no note: %v", err)
	}
}

func TestJoin(t *testing.T) {
	s, w1, w2 := logSigner(t, origin, 1), cosigner(t, "w.example/1", 2), cosigner(t, "w.example/2", 3)
	cp := signed(t, pilot(5), s)
	lines := func(c merkle.Checkpoint, w ...note.Signer) []byte {
		full := signed(t, c, s, w...)
		_, l, _ := bytes.Cut(bytes.TrimPrefix(full, signed(t, c, s)[:0]), []byte("\n\n"))
		_, l, _ = bytes.Cut(l, []byte("\n")) // without the log's own line
		return l
	}
	// Given the answers of two witnesses.
	one, sigs, err := merkle.Join(cp, lines(pilot(5), w1.At(noon)), w1.Verifier())
	if err != nil || len(sigs) != 1 {
		t.Fatal(err)
	}
	two, _, err := merkle.Join(one, lines(pilot(5), w2.At(noon)), w2.Verifier())
	if err != nil || !bytes.Equal(two, signed(t, pilot(5), s, w1.At(noon), w2.At(noon))) {
		t.Fatalf("two cosignatures: %v\n%s", err, two)
	}
	// A later answer of the first replaces its earlier one.
	again, _, err := merkle.Join(two, lines(pilot(5), w1.At(noon.Add(time.Hour))), w1.Verifier())
	if err != nil || bytes.Count(again, []byte("\n— ")) != 3 {
		t.Fatalf("renewed: %v\n%s", err, again)
	}
	_, n, err := merkle.Open(again, verifier(t, s.VerifierKey()), w1.Verifier())
	if err != nil {
		t.Fatal(err)
	}
	at, err := merkle.CosignatureTime(n.Sigs[1])
	if err != nil || !at.Equal(noon.Add(time.Hour)) {
		t.Errorf("time after renewal is %v, %v", at, err)
	}
	for name, bad := range map[string][]byte{
		"another checkpoint's": lines(pilot(6), w1.At(noon)),
		"a stranger's":         lines(pilot(5), w2.At(noon)),
		"nothing":              nil,
		"garbage":              []byte("<html>"),
		"a whole other note":   signed(t, pilot(5), s, w1.At(noon)),
		"too much":             bytes.Repeat([]byte("x"), merkle.NoteBytesMax+1),
	} {
		_, _, err := merkle.Join(cp, bad, w1.Verifier())
		if !errors.Is(err, merkle.ErrSignature) {
			t.Errorf("%s lines: %v", name, err)
		}
	}
}

// TestCosignatureIsTheStandardOne reads ours with the reference library, and the reference library's with ours.
func TestCosignatureIsTheStandardOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := ed25519.NewKeyFromSeed(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed"))
		at := time.Unix(rapid.Int64Range(1, math.MaxInt64).Draw(t, "time"), 0)
		w, err := merkle.NewCosigner("witness.example/w1", seed)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := formats.NewVerifierForCosignatureV1(w.VerifierKey())
		if err != nil || theirs.KeyHash() != w.At(at).KeyHash() {
			t.Fatal("the reference library has another key id", err)
		}
		text := []byte(pilot(rapid.IntRange(0, 9).Draw(t, "size")).Text())
		sig, err := w.At(at).Sign(text)
		if err != nil || !theirs.Verify(text, sig) {
			t.Fatal("the reference library refuses our cosignature", err)
		}
		sig[rapid.IntRange(0, len(sig)-1).Draw(t, "byte")] ^= 1
		if w.Verifier().Verify(text, sig) {
			t.Fatal("a changed cosignature verifies")
		}
		secret, err := merkle.SecretKey("witness.example/w1", seed)
		if err != nil {
			t.Fatal(err)
		}
		signer, err := formats.NewSignerForCosignatureV1(secret)
		if err != nil {
			t.Fatal(err)
		}
		sig, err = signer.Sign(text)
		if err != nil || !w.Verifier().Verify(text, sig) {
			t.Fatal("we refuse the reference library's cosignature", err)
		}
	})
}

func TestCosignerRefuses(t *testing.T) {
	w := cosigner(t, "witness.example/w1", 2)
	for name, row := range map[string]struct {
		at   time.Time
		text string
	}{
		"a time before 1970":   {time.Unix(0, 0), pilot(1).Text()},
		"what is no tree head": {noon, "cosignature/v1\n"},
	} {
		_, err := w.At(row.at).Sign([]byte(row.text))
		if err == nil {
			t.Errorf("cosigned %s", name)
		}
	}
}

func TestSecretKeys(t *testing.T) {
	text, err := merkle.SecretKey(origin, key(7))
	if err != nil {
		t.Fatal(err)
	}
	name, k, err := merkle.ParseSecretKey(text)
	if err != nil || name != origin || !k.Equal(key(7)) {
		t.Fatalf("read back: %v", err)
	}
	if _, err := note.NewSigner(text); err != nil {
		t.Errorf("x/mod cannot read it: %v", err)
	}
	for name, bad := range map[string]string{
		"nothing": "", "a public key": logSigner(t, origin, 7).VerifierKey(),
		"another name": strings.Replace(text, origin, "other.example", 1),
		"cut off":      text[:len(text)-4], "other bytes": strings.Replace(text, "AQcH", "AQgH", 1),
		"unknown type": strings.Replace(text, "AQcH", "AgcH", 1), "no name": strings.Replace(text, origin, "", 1),
	} {
		_, _, err := merkle.ParseSecretKey(bad)
		if !errors.Is(err, merkle.ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVerifierKeys(t *testing.T) {
	plain := logSigner(t, origin, 7).VerifierKey()
	co := cosigner(t, "w.example", 7).VerifierKey()
	ml, mlKey, err := formats.GenerateMLDSAKey("w.example")
	if err != nil || ml == "" {
		t.Fatal(err)
	}
	table := []struct {
		name, vkey   string
		log, witness bool
	}{
		{"log key", plain, true, false},
		{"cosignature key", co, false, true},
		{"ML-DSA key", mlKey, false, true},
		{"wrong key id", strings.Replace(co, "+", "+0", 1)[:len("w.example+")+8] + co[len("w.example+")+8:], false, false},
		{"other name", "x" + co, false, false},
		{"nothing", "", false, false},
		{"no key", "w.example+01234567+", false, false},
		{"short key", "w.example+01234567+BAAA", false, false},
	}
	for _, row := range table {
		_, err := merkle.NewVerifier(row.vkey)
		if (err == nil) != row.log || err != nil && !errors.Is(err, merkle.ErrKey) {
			t.Errorf("%s as log: %v", row.name, err)
		}
		_, err = merkle.NewCosignatureVerifier(row.vkey)
		if (err == nil) != row.witness || err != nil && !errors.Is(err, merkle.ErrKey) {
			t.Errorf("%s as witness: %v", row.name, err)
		}
	}
	for _, bad := range []string{"", "with space", "with+plus"} {
		_, err := merkle.NewSigner(bad, key(1))
		_, err2 := merkle.NewCosigner(bad, key(1))
		if err == nil || err2 == nil {
			t.Errorf("the name %q was accepted", bad)
		}
	}
	if diff := cmp.Diff(cosigner(t, "w.example", 7).VerifierKey(), co); diff != "" {
		t.Error(diff)
	}
}

func TestCosignatureTimeRefusesZero(t *testing.T) {
	for _, sig := range []string{"", "AAAA", strings.Repeat("A", 104), "AAAAAIAA" + strings.Repeat("A", 96)} {
		_, err := merkle.CosignatureTime(note.Signature{Base64: sig})
		if !errors.Is(err, merkle.ErrSignature) {
			t.Errorf("%q: %v", sig, err)
		}
	}
}
