package ballot_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// fixedPaper is a paper with nothing drawn by chance.
func fixedPaper(t *testing.T) *ballot.Paper {
	t.Helper()
	poll, voter := chain.ShortID(make([]byte, 16)), chain.ShortID(bytes.Repeat([]byte{9}, 16))
	p, err := ballot.NewPaper(bytes.NewReader(bytes.Repeat([]byte{7}, 16)), poll, voter)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestPaperVectors holds every hash of a paper against what another implementation gives (docs/formats.md).
func TestPaperVectors(t *testing.T) {
	t.Parallel()
	p := fixedPaper(t)
	commitment, proof := p.Commitment(), p.Proof(ballot.EntriesMax)
	mark := p.Mark(&votingv1.Choice{Options: []uint32{2, 0}, Points: []int64{3, -1}})
	sealed := ballot.SealMark(p.Voter, mark[:])
	for what, got := range map[string]string{
		"text": p.Text(), "commitment": hex.EncodeToString(commitment[:]), "proof": hex.EncodeToString(proof[:]),
		"mark": hex.EncodeToString(mark[:]), "sealed": hex.EncodeToString(sealed[:]), "id": ballot.PaperID(commitment[:]),
	} {
		if got != paperVectors[what] {
			t.Errorf("%s is %s", what, got)
		}
	}
}

// TestPaperText: what was printed is read again, and nothing that differs from it in one character.
func TestPaperText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(what string) []byte { return rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, what) }
		p, err := ballot.NewPaper(bytes.NewReader(draw("secret")), chain.ShortID(draw("poll")), chain.ShortID(draw("voter")))
		if err != nil {
			t.Fatal(err)
		}
		text := p.Text()
		if got, err := ballot.ParsePaper(text); err != nil || *got != *p {
			t.Fatalf("%s is read as %v, %v", text, got, err)
		}
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		slip := text[:at] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[rapid.IntRange(0, 31).Draw(t, "sign")]) + text[at+1:]
		if _, err := ballot.ParsePaper(slip); (err == nil) != (slip == text) {
			t.Fatalf("%s is taken for %s", slip, text)
		}
	})
}

func TestPaperRefused(t *testing.T) {
	t.Parallel()
	good := fixedPaper(t).Text()
	for what, text := range map[string]string{
		"empty": "", "bare": good[10:], "small letters": strings.ToLower(good), "short": good[:len(good)-1], "long": good + "A",
		"another kind": "RENLIN-P2:" + good[10:], "a line": good + "\n",
	} {
		if _, err := ballot.ParsePaper(text); err == nil {
			t.Errorf("%s is read", what)
		}
	}
	as := strings.Repeat("a", 25)
	for _, id := range []string{"", "ann", as, as + "aa", as + "1", strings.ToUpper(as + "a")} {
		if _, err := ballot.NewPaper(bytes.NewReader(make([]byte, 16)), id, chain.ShortID(make([]byte, 16))); err == nil {
			t.Errorf("a paper for poll %q", id)
		}
	}
	if _, err := ballot.NewPaper(bytes.NewReader(nil), chain.ShortID(make([]byte, 16)), chain.ShortID(make([]byte, 16))); err == nil {
		t.Error("a paper without chance")
	}
}

// TestPaperProofs: each proof shows the one before and not the one after, and other papers have others.
func TestPaperProofs(t *testing.T) {
	t.Parallel()
	p := fixedPaper(t)
	before := p.Commitment()
	for n := 1; n <= ballot.EntriesMax; n++ {
		proof := p.Proof(n)
		if ballot.StepProof(proof[:]) != before || proof == before {
			t.Errorf("proof %d does not show the one before", n)
		}
		before = proof
	}
	other := *p
	other.Poll, other.Voter = p.Voter, p.Poll
	secret := *p
	secret.Secret[0]++
	for _, o := range []*ballot.Paper{&other, &secret} {
		if o.Commitment() == p.Commitment() || o.Mark(&votingv1.Choice{}) == p.Mark(&votingv1.Choice{}) {
			t.Error("another paper has the same hashes")
		}
	}
}

// TestPaperMarks: choices that differ in anything that counts have other marks.
func TestPaperMarks(t *testing.T) {
	t.Parallel()
	p, seen := fixedPaper(t), map[[32]byte]string{}
	for what, c := range map[string]*votingv1.Choice{
		"blank": {}, "yes": {Options: []uint32{0}}, "no": {Options: []uint32{1}}, "both": {Options: []uint32{0, 1}},
		"the other way": {Options: []uint32{1, 0}}, "a point": {Points: []int64{1}}, "with a point": {Options: []uint32{0}, Points: []int64{1}},
		"below zero": {Options: []uint32{0}, Points: []int64{-1}},
	} {
		mark := p.Mark(c)
		if other, twice := seen[mark]; twice {
			t.Errorf("%s has the mark of %s", what, other)
		}
		seen[mark] = what
		if ballot.SealMark("a", mark[:]) == ballot.SealMark("b", mark[:]) {
			t.Error("two operators seal a mark alike")
		}
	}
	if p.Mark(&votingv1.Choice{Padding: []byte{0}}) != p.Mark(&votingv1.Choice{}) {
		t.Error("padding changes a mark")
	}
}

func FuzzParsePaper(f *testing.F) {
	f.Add("RENLIN-P1:")
	f.Add(paperVectors["text"])
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := ballot.ParsePaper(text); err == nil && p.Text() != text {
			t.Errorf("%q is read as %q", text, p.Text())
		}
	})
}

// paperVectors are of the paper with a poll's id of zeros, a voter's of nines and a secret of sevens, computed by another implementation.
var paperVectors = map[string]string{
	"text":       "RENLIN-P1:AAAAAAAAAAAAAAAAAAAAAAAAAABEEQSCIJBEEQSCIJBEEQSCIJBEA4DQOBYHA4DQOBYHA4DQOBYHA7QCSRUINMXTEIY",
	"commitment": "8fe47cc1cda1042eb160b591c8d4bc7b2b3efceaec0dca41bb26352912cdf761",
	"proof":      "07f6ccfc8eb8d6b48ae8b7f5123c290c9191ccbe2e474137306769fcbd122c84",
	"mark":       "338a6cbe11dd5ca841902ebf3bc1df284deda9115150ac35440678f8a5bb9ae1",
	"sealed":     "9e90a216c6ae679896fd708c7ea4b4f404b5cf1af33484b19745f05ae7fcdc5e",
	"id":         "sectct2n2vxefwgq63z33xdm2q",
}
