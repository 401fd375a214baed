package merkle_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/transparency-dev/formats/witness"
	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"renlin.dev/pkg/merkle"
)

// village is a policy over two groups, the one of design: government any of two, people any of two, both needed.
func village(tb testing.TB) (text string, log *merkle.Signer, w []*merkle.Cosigner) {
	log = logSigner(tb, origin, 1)
	var b strings.Builder
	fmt.Fprintf(&b, "# who is believed\nlog %s\n\n", log.VerifierKey())
	for i, name := range []string{"street", "district", "committee", "auditor"} {
		w = append(w, cosigner(tb, name+".example", byte(10+i)))
		fmt.Fprintf(&b, "witness %s %s https://%s.example/witness\n", name, w[i].VerifierKey(), name)
	}
	b.WriteString("group gov any street district\n\tgroup  people\tany committee auditor\ngroup q all gov people\nquorum q\n")
	return b.String(), log, w
}

func parse(tb testing.TB, text string) *merkle.Policy {
	p, err := merkle.ParsePolicy([]byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// TestPolicyKeyIDs: a note's signature names its key by 32 bits beside the name. Two keys that cannot be told apart are refused. This pair
// is the first that a search over the hashes of numbers finds, after a second.
func TestPolicyKeyIDs(t *testing.T) {
	var keys []string
	for _, i := range []uint64{38126, 110561} {
		key := sha256.Sum256(binary.BigEndian.AppendUint64(nil, i))
		vkey, err := merkle.CosignerKey("w.example", key[:])
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, vkey)
	}
	if a, b := strings.Split(keys[0], "+"), strings.Split(keys[1], "+"); a[1] != b[1] || a[2] == b[2] {
		t.Fatalf("the keys %v have two ids", keys)
	}
	_, err := merkle.ParsePolicy([]byte("witness a " + keys[0] + "\nwitness b " + keys[1] + "\ngroup g any a b\nquorum g\n"))
	if err == nil || !strings.Contains(err.Error(), "same name and key id") {
		t.Errorf("got %v", err)
	}
}

// TestDistinctKeys: a party must not count twice, under whatever name and as whatever kind of signer.
func TestDistinctKeys(t *testing.T) {
	log, a, again, b := logSigner(t, origin, 1), cosigner(t, "a.example", 2), cosigner(t, "b.example", 2), cosigner(t, "b.example", 3)
	if err := merkle.DistinctKeys(log.VerifierKey(), a.VerifierKey(), b.VerifierKey()); err != nil {
		t.Error(err)
	}
	for _, keys := range [][]string{
		{a.VerifierKey(), a.VerifierKey()}, {a.VerifierKey(), again.VerifierKey()},
		{log.VerifierKey(), cosigner(t, "c.example", 1).VerifierKey()}, {"x"}, {"a+b+c"},
	} {
		if err := merkle.DistinctKeys(keys...); !errors.Is(err, merkle.ErrKey) {
			t.Errorf("%v: %v", keys, err)
		}
	}
}

func TestPolicyCheck(t *testing.T) {
	text, log, w := village(t)
	p := parse(t, text)
	fresh := merkle.Freshness{Now: noon, AgeMax: time.Hour}
	at := func(d time.Duration, who ...int) (out []note.Signer) {
		for _, i := range who {
			out = append(out, w[i].At(noon.Add(d)))
		}
		return out
	}
	table := []struct {
		name           string
		sigs           []note.Signer
		fresh          merkle.Freshness
		counted, stale int
		good           bool
	}{
		{"one of each group", at(0, 0, 2), fresh, 2, 0, true},
		{"everybody", at(0, 0, 1, 2, 3), fresh, 4, 0, true},
		{"government alone", at(0, 0, 1), fresh, 2, 0, false},
		{"people alone", at(0, 2, 3), fresh, 2, 0, false},
		{"nobody", nil, fresh, 0, 0, false},
		{"exactly as old as allowed", at(-time.Hour, 0, 2), fresh, 2, 0, true},
		{"a second too old", at(-time.Hour-time.Second, 0, 2), fresh, 0, 2, false},
		{"one stale, its twin fresh", slices.Concat(at(-2*time.Hour, 0), at(0, 1, 2)), fresh, 2, 1, true},
		{"five minutes ahead", at(merkle.FutureMax, 0, 2), fresh, 2, 0, true},
		{"more than five minutes ahead", at(merkle.FutureMax+time.Second, 0, 2), fresh, 0, 2, false},
		{"ahead, no age asked", at(merkle.FutureMax+time.Second, 0, 2), merkle.Freshness{Now: noon}, 0, 2, false},
		{"ancient, no age asked", at(-10000*time.Hour, 0, 2), merkle.Freshness{Now: noon}, 2, 0, true},
		{"ancient, no clock", at(-10000*time.Hour, 0, 2), merkle.Freshness{}, 2, 0, true},
	}
	for _, row := range table {
		n := signed(t, pilot(5), log, row.sigs...)
		c, err := p.Check(n, row.fresh)
		var short *merkle.QuorumError
		switch {
		case row.good && (err != nil || c != pilot(5)):
			t.Errorf("%s: %v", row.name, err)
		case !row.good && (!errors.As(err, &short) || len(short.Counted) != row.counted || len(short.Stale) != row.stale):
			t.Errorf("%s: %v", row.name, err)
		}
		_, found, _ := p.Examine(n, row.fresh)
		if len(found) != row.counted+row.stale {
			t.Errorf("%s: %d cosignatures found", row.name, len(found))
		}
	}
}

func TestPolicyRefusesNotes(t *testing.T) {
	text, log, w := village(t)
	p := parse(t, text)
	good := signed(t, pilot(5), log, w[0].At(noon), w[2].At(noon))
	more := good
	for i := range 16 { // strangers' signatures are ignored, many of them too
		n := signed(t, pilot(5), log, cosigner(t, fmt.Sprintf("stranger%d.example", i), byte(100+i)).At(noon))
		more = append(slices.Clone(more), n[len(signed(t, pilot(5), log)):]...)
	}
	elsewhere := merkle.Checkpoint{Origin: "elsewhere.example", Size: 5, Root: pilot(5).Root}
	byLogOfThisName, err := note.Sign(&note.Note{Text: elsewhere.Text()}, log, w[0].At(noon), w[2].At(noon))
	if err != nil {
		t.Fatal(err)
	}
	stolen := pilot(6).Text() + string(good[len(pilot(5).Text()):])
	fake := signed(t, pilot(5), log, cosigner(t, "street.example", 77).At(noon), w[2].At(noon))
	headless := pilot(5).Text() + "\n" + string(good[len(signed(t, pilot(5), log)):])
	for name, row := range map[string]struct {
		note string
		want error
	}{
		"good":                           {string(good), nil},
		"good with sixteen strangers":    {string(more), nil},
		"edited size":                    {strings.Replace(string(good), "\n5\n", "\n4\n", 1), merkle.ErrSignature},
		"signatures moved to another":    {stolen, merkle.ErrSignature},
		"log's key under another origin": {string(byLogOfThisName), merkle.ErrSignature},
		"log not in the policy":          {string(signed(t, elsewhere, logSigner(t, "elsewhere.example", 5))), merkle.ErrSignature},
		"witness's name, another key":    {string(fake), errQuorum},
		"log's signature missing":        {headless, merkle.ErrSignature},
		"empty":                          {"", merkle.ErrSignature},
		"huge":                           {strings.Repeat("x", merkle.NoteBytesMax+1), merkle.ErrSignature},
	} {
		_, err := p.Check([]byte(row.note), merkle.Freshness{})
		var short *merkle.QuorumError
		switch {
		case row.want == nil && err != nil, row.want == errQuorum && !errors.As(err, &short):
			t.Errorf("%s: %v", name, err)
		case row.want != nil && row.want != errQuorum && !errors.Is(err, row.want):
			t.Errorf("%s: %v", name, err)
		}
	}
}

var errQuorum = errors.New("a *QuorumError")

func TestParsePolicyRefuses(t *testing.T) {
	log, w1, w2 := logSigner(t, origin, 1).VerifierKey(), cosigner(t, "a.example", 2).VerifierKey(), cosigner(t, "b.example", 3).VerifierKey()
	head := "log " + log + "\nwitness a " + w1 + "\nwitness b " + w2 + "\n"
	for name, text := range map[string]string{
		"nothing":                         "",
		"no quorum":                       head,
		"two quorums":                     head + "quorum a\nquorum a\n",
		"quorum undefined":                head + "quorum c\n",
		"quorum before its definition":    "quorum a\n" + head,
		"last line cut off":               head + "group g all a b\nquorum a",
		"log key as witness":              head + "witness c " + log + "\nquorum a\n",
		"witness key as log":              "log " + w1 + "\nquorum none\n",
		"log twice":                       head + "log " + log + "\nquorum a\n",
		"witness key twice":               head + "witness c " + w1 + "\nquorum a\n",
		"witness key under another name":  head + "witness c " + cosigner(t, "c.example", 2).VerifierKey() + "\nquorum a\n",
		"the log's own key as witness":    head + "witness c " + cosigner(t, "c.example", 1).VerifierKey() + "\nquorum a\n",
		"witness name twice":              head + "witness a " + cosigner(t, "c.example", 4).VerifierKey() + "\nquorum a\n",
		"group name of a witness":         head + "group a any b\nquorum a\n",
		"member twice in a group":         head + "group g 2 a a\nquorum g\n",
		"member of two groups":            head + "group g any a\ngroup h any a b\nquorum h\n",
		"member undefined":                head + "group g any c\nquorum g\n",
		"group of itself":                 head + "group g any g\nquorum g\n",
		"none as member":                  head + "group g any none\nquorum g\n",
		"none as name":                    head + "group none any a\nquorum none\n",
		"threshold zero":                  head + "group g 0 a b\nquorum g\n",
		"threshold above members":         head + "group g 3 a b\nquorum g\n",
		"threshold with leading zero":     head + "group g 01 a b\nquorum g\n",
		"threshold with sign":             head + "group g +1 a b\nquorum g\n",
		"threshold a word":                head + "group g most a b\nquorum g\n",
		"group without members":           head + "group g any\nquorum a\n",
		"unknown keyword":                 head + "trust a\nquorum a\n",
		"too many words":                  head + "quorum a b\n",
		"CRLF":                            strings.ReplaceAll(head+"quorum a\n", "\n", "\r\n"),
		"NUL":                             head + "# \x00\nquorum a\n",
		"DEL":                             head + "# \x7f\nquorum a\n",
		"comment behind words is no word": head + "quorum a # yes\n",
		"damaged key":                     head + "witness c " + w1[:len(w1)-5] + "\nquorum a\n",
		"huge":                            "#" + strings.Repeat("x", 1<<20) + "\nquorum none\n",
	} {
		_, err := merkle.ParsePolicy([]byte(text))
		if !errors.Is(err, merkle.ErrPolicy) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), ".example") {
			t.Errorf("%s: the error repeats the input: %v", name, err)
		}
	}
}

func TestPolicyForms(t *testing.T) {
	log, w := logSigner(t, origin, 1), cosigner(t, "a.example", 2)
	head := "log " + log.VerifierKey() + " https://log.example\nwitness 街道 " + w.VerifierKey() + "\n"
	bare, one := signed(t, pilot(3), log), signed(t, pilot(3), log, w.At(noon))
	for name, row := range map[string]struct {
		text      string
		bare, one bool
	}{
		"no cosignature asked": {head + "quorum none\n", true, true},
		"a single witness":     {head + "quorum 街道\n", false, true},
		"group of one by k":    {head + "group g 1 街道\nquorum g\n", false, true},
		"without any log":      {"quorum none\n", false, false},
	} {
		p := parse(t, row.text)
		_, err := p.Check(bare, merkle.Freshness{})
		_, err2 := p.Check(one, merkle.Freshness{})
		if (err == nil) != row.bare || (err2 == nil) != row.one {
			t.Errorf("%s: bare %v, cosigned %v", name, err, err2)
		}
	}
	p := parse(t, head+"quorum none\n")
	want := []merkle.KeyedParty{{Name: origin, VerifierKey: log.VerifierKey(), URL: "https://log.example"}}
	if diff := cmp.Diff(want, p.Logs()); diff != "" {
		t.Error(diff)
	}
	want = []merkle.KeyedParty{{Name: "街道", VerifierKey: w.VerifierKey()}}
	if diff := cmp.Diff(want, p.Witnesses()); diff != "" {
		t.Error(diff)
	}
}

// TestPolicyAgreesWithReference draws random nested policies and random sets of cosignatures.
func TestPolicyAgreesWithReference(t *testing.T) {
	log := logSigner(t, origin, 1)
	var ws []*merkle.Cosigner
	for i := range 6 {
		ws = append(ws, cosigner(t, fmt.Sprintf("w%d.example", i), byte(20+i)))
	}
	rapid.Check(t, func(rt *rapid.T) {
		var b strings.Builder
		b.WriteString("log " + log.VerifierKey() + "\n")
		var free []string
		for i, w := range ws {
			free = append(free, fmt.Sprintf("w%d", i))
			fmt.Fprintf(&b, "witness w%d %s https://w%d.example\n", i, w.VerifierKey(), i)
		}
		for g := range rapid.IntRange(1, 4).Draw(rt, "groups") {
			n := rapid.IntRange(1, len(free)).Draw(rt, "members")
			k := rapid.SampledFrom([]string{"any", "all", fmt.Sprint(rapid.IntRange(1, n).Draw(rt, "k"))}).Draw(rt, "threshold")
			free = rapid.Permutation(free).Draw(rt, "order")
			fmt.Fprintf(&b, "group g%d %s %s\n", g, k, strings.Join(free[:n], " "))
			free = append(slices.Clone(free[n:]), fmt.Sprintf("g%d", g))
		}
		b.WriteString("quorum " + rapid.SampledFrom(free).Draw(rt, "quorum") + "\n")
		var sigs []note.Signer
		for i, w := range ws {
			if rapid.Bool().Draw(rt, fmt.Sprintf("w%d signs", i)) {
				sigs = append(sigs, w.At(noon))
			}
		}
		n, err := merkle.Sign(pilot(2), log, sigs...)
		if err != nil {
			rt.Fatal(err)
		}
		ours, err := merkle.ParsePolicy([]byte(b.String()))
		if err != nil {
			rt.Fatal(err)
		}
		theirs, err := witness.ParsePolicy([]byte(b.String()))
		if err != nil {
			rt.Fatal(err)
		}
		_, err = ours.Check(n, merkle.Freshness{})
		if (err == nil) != theirs.Satisfied(n) {
			rt.Fatalf("we say %v, the reference %v, of\n%s", err, theirs.Satisfied(n), b.String())
		}
	})
}

func FuzzParsePolicy(f *testing.F) {
	text, log, w := village(f)
	f.Add([]byte(text))
	f.Add([]byte("witness a b\nquorum none\n"))
	f.Add([]byte("group g 99999999999999999999 a\nquorum g\n"))
	n := signed(f, pilot(3), log, w[0].At(noon))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := merkle.ParsePolicy(data)
		if err == nil {
			_, _ = p.Check(n, merkle.Freshness{})
		}
	})
}
