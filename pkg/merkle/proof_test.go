package merkle_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/merkle"
)

// proofOf returns an offline proof of entry i among n, with the policy that accepts it.
func proofOf(tb testing.TB, i, n int) ([]byte, *merkle.Policy) {
	text, log, w := village(tb)
	cp := signed(tb, pilot(n), log, w[0].At(noon), w[3].At(noon))
	return merkle.FormatProof(uint64(i), merkle.PathIn(entries(n), i), cp), parse(tb, text)
}

func TestProofRoundTrip(t *testing.T) {
	for _, n := range []int{1, 2, 255, 256, 257} {
		for _, i := range []int{0, n / 2, n - 1} {
			text, policy := proofOf(t, i, n)
			c, index, err := merkle.VerifyProof(text, entries(n)[i], policy, merkle.Freshness{Now: noon})
			if err != nil || c != pilot(n) || index != uint64(i) {
				t.Errorf("entry %d of %d: %v", i, n, err)
			}
			_, _, err = merkle.VerifyProof(text, merkle.Hash{9}, policy, merkle.Freshness{})
			if !errors.Is(err, merkle.ErrProof) {
				t.Errorf("another entry under the proof of %d: %v", i, err)
			}
		}
	}
}

func TestProofText(t *testing.T) {
	text, _ := proofOf(t, 2, 3)
	if !strings.HasPrefix(string(text), "c2sp.org/tlog-proof@v1\nindex 2\n") || !strings.Contains(string(text), "=\n\n"+origin+"\n3\n") {
		t.Errorf("not a tlog-proof:\n%s", text)
	}
	good := string(text)
	hash := strings.Split(good, "\n")[2]
	for name, bad := range map[string]string{
		"nothing":           "",
		"other header":      strings.Replace(good, "@v1", "@v2", 1),
		"CRLF":              strings.ReplaceAll(good, "\n", "\r\n"),
		"leading zero":      strings.Replace(good, "index 2", "index 02", 1),
		"negative":          strings.Replace(good, "index 2", "index -2", 1),
		"no index":          strings.Replace(good, "index 2\n", "", 1),
		"short hash":        strings.Replace(good, hash, "AAAA", 1),
		"loose base64":      strings.Replace(good, hash, hash[:42]+"/"+"=", 1),
		"last newline gone": strings.TrimSuffix(good, "\n"),
		"extra after index": strings.Replace(good, "index 2\n", "index 2\nextra AAAA\n", 1),
		"63 hashes":         strings.Replace(good, hash+"\n", strings.Repeat(hash+"\n", 63), 1),
		"huge":              good + strings.Repeat("x", merkle.ProofBytesMax),
	} {
		_, err := merkle.ParseProof([]byte(bad))
		if !errors.Is(err, merkle.ErrProofText) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p, err := merkle.ParseProof([]byte(strings.Replace(good, "index", "extra aGk=\nindex", 1)))
	if err != nil || string(p.Extra) != "hi" {
		t.Errorf("extra data: %v", err)
	}
}

func TestVerifyProofRefusesAnyChangedByte(t *testing.T) {
	text, policy := proofOf(t, 4, 9)
	entry := entries(9)[4]
	rapid.Check(t, func(t *rapid.T) {
		bad := bytes.Clone(text)
		i := rapid.IntRange(0, len(bad)-1).Draw(t, "at")
		bad[i] ^= byte(rapid.IntRange(1, 255).Draw(t, "xor"))
		// The signature lines of the two witnesses are the last; one of either group suffices, so that what turns
		// one of them into a stranger's line is no forgery but makes the quorum fail. Nothing may pass.
		c, index, err := merkle.VerifyProof(bad, entry, policy, merkle.Freshness{Now: noon})
		if err == nil {
			t.Fatalf("byte %d changed, still proof of %v at %d", i, c, index)
		}
	})
}

// TestSignatureHasOneSpelling: the bits that base64 leaves over in its last letter are zero, in each signature's line.
func TestSignatureHasOneSpelling(t *testing.T) {
	text, policy := proofOf(t, 4, 9)
	lines := strings.SplitAfter(string(text), "\n")
	for i, line := range lines {
		body, ok := strings.CutPrefix(line, "— ")
		if !ok {
			continue
		}
		last := strings.Index(body, "=") - 1
		bad := slices.Clone(lines)
		bad[i] = "— " + body[:last] + string(body[last]+1) + body[last+1:]
		_, _, err := merkle.VerifyProof([]byte(strings.Join(bad, "")), entries(9)[4], policy, merkle.Freshness{Now: noon})
		if !errors.Is(err, merkle.ErrSignature) {
			t.Errorf("%q: %v", bad[i], err)
		}
	}
}

func TestVerifyProofAsksThePolicy(t *testing.T) {
	text, policy := proofOf(t, 4, 9)
	late := merkle.Freshness{Now: noon.Add(48 * 3600e9), AgeMax: 24 * 3600e9}
	var short *merkle.QuorumError
	_, _, err := merkle.VerifyProof(text, entries(9)[4], policy, late)
	if !errors.As(err, &short) || len(short.Stale) != 2 {
		t.Errorf("two days later: %v", err)
	}
	_, _, err = merkle.VerifyProof([]byte("x"), merkle.Hash{}, policy, late)
	if !errors.Is(err, merkle.ErrProofText) {
		t.Errorf("no proof: %v", err)
	}
}

func FuzzVerifyProof(f *testing.F) {
	text, policy := proofOf(f, 4, 9)
	f.Add(text)
	f.Add(bytes.Replace(text, []byte("index 4"), []byte("index 4611686018427387905"), 1))
	set := entries(9)
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := merkle.ParseProof(data)
		if err == nil && len(p.Extra) == 0 && !bytes.Contains(data, []byte("extra")) &&
			!bytes.Equal(merkle.FormatProof(p.Index, p.Path, p.Checkpoint), data) {
			t.Fatal("accepted what is not written back the same")
		}
		c, i, err := merkle.VerifyProof(data, set[4], policy, merkle.Freshness{})
		if err == nil && (i != 4 || c != pilot(9)) {
			t.Fatal("proved what is not so")
		}
	})
}

func TestTilePaths(t *testing.T) {
	for path, want := range map[string]merkle.Tile{
		"tile/0/000":                               {H: 8, L: 0, N: 0, W: 256},
		"tile/0/x001/x234/067":                     {H: 8, L: 0, N: 1234067, W: 256},
		"tile/2/000.p/1":                           {H: 8, L: 2, N: 0, W: 1},
		"tile/63/255.p/255":                        {H: 8, L: 63, N: 255, W: 255},
		"tile/entries/000":                         {H: 8, L: -1, N: 0, W: 256},
		"tile/entries/x001/000.p/112":              {H: 8, L: -1, N: 1000, W: 112},
		"tile/0/x009/x223/x372/x036/x854/x775/807": {H: 8, N: 9223372036854775807, W: 256},
	} {
		got, err := merkle.ParseTilePath(path)
		if err != nil || got != want || merkle.TilePath(want) != path {
			t.Errorf("%q: %+v, %v", path, got, err)
		}
	}
	for _, path := range []string{
		"", "/tile/0/000", "tile/", "tile/0", "tile/0/", "tile/0/000/", "tile/0/0", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/-1/000",
		"tile/+0/000", "tile/8/0/000", "tile/data/000", "tile/0/x001", "tile/0/x000/001", "tile/0/001/001", "tile/0/../000", "tile/.p/1",
		"tile/0/.p/1", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/entries", "tile/entries/",
		"tile/entries/+00", "tile/0/x9223/x372/x036/x854/x775", "tile/0/x009/x223/x372/x036/x854/x775/808",
	} {
		got, err := merkle.ParseTilePath(path)
		if !errors.Is(err, merkle.ErrTilePath) {
			t.Errorf("%q: accepted as %+v", path, got)
		}
	}
}

func FuzzParseTilePath(f *testing.F) {
	f.Add("tile/0/x001/x234/067.p/8")
	f.Add("tile/entries/.p/1")
	f.Fuzz(func(t *testing.T, path string) {
		tile, err := merkle.ParseTilePath(path)
		if err == nil && merkle.TilePath(tile) != path {
			t.Fatal("accepted what is not written back the same")
		}
		if err == nil && (tile.W < 1 || tile.W > 256 || tile.N < 0 || tile.L < -1 || tile.L > 63) {
			t.Fatalf("impossible tile %+v", tile)
		}
	})
}
