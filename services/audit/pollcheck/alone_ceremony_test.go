package pollcheck

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// hands are trustees with their keys, of an organisation each.
type hands struct {
	t    *testing.T
	keys []*trustee.Key
	list []*communityv1.Trustee
}

func newHands(t *testing.T, n int) *hands {
	h, random := &hands{t: t}, chance()
	for i := range n {
		key, err := trustee.NewKey(random)
		if err != nil {
			t.Fatal(err)
		}
		h.keys = append(h.keys, key)
		h.list = append(h.list, &communityv1.Trustee{
			Member: fmt.Sprint("member ", i+1), Org: fmt.Sprint("org ", i+1), TrusteeKey: key.Public().Bytes(),
		})
	}
	return h
}

// answersBy is until when a round may take.
const answersBy = 1000

func (h *hands) begun(round, threshold uint32, n int) *votingv1.CeremonyBegun {
	b := &votingv1.CeremonyBegun{Round: round, Trustees: h.list[:n], Threshold: threshold, AnswersBy: answersBy}
	b.Context = contextOf("p", b)
	return b
}

// promise is a trustee's for the breaking of ties.
func promise(n int) []byte {
	sum := sha256.Sum256([]byte{byte(n)})
	return sum[:]
}

// words are all that is said in a round, in its order, and the key that follows. The first of each trustee comes with a promise.
func (h *hands) words(b *votingv1.CeremonyBegun) (facts []said, seal *trustee.Seal) {
	c := &trustee.Ceremony{Context: [32]byte(b.GetContext()), Purpose: trustee.Open, Threshold: int(b.GetThreshold())}
	for range b.GetTrustees() {
		c.Keys = append(c.Keys, h.keys[len(c.Keys)].Public())
	}
	r, err := trustee.NewRecord(c)
	h.must(err)
	say := func(n int, m interface{ Bytes() []byte }, err error) {
		h.must(err)
		_, err = r.Add(m.Bytes())
		h.must(err)
		word := &votingv1.KeyPartAdded{Round: b.GetRound(), Trustee: uint32(n), Message: m.Bytes()}
		if len(facts) < len(c.Keys) {
			word.NonceCommitment = promise(n)
		}
		facts = append(facts, said{body: word, actor: h.list[n-1].GetMember()})
	}
	var dealers []*trustee.Dealer
	for _, key := range h.keys[:len(c.Keys)] {
		d, err := trustee.NewDealer(c, key)
		h.must(err)
		dealers = append(dealers, d)
		commit, err := d.Commit()
		say(d.Trustee(), commit, err)
	}
	for _, d := range dealers {
		reveal, err := d.Reveal()
		say(d.Trustee(), reveal, err)
	}
	for _, d := range dealers {
		deal, err := d.Deal()
		say(d.Trustee(), deal, err)
	}
	random := chance()
	for i, key := range h.keys[:len(c.Keys)] {
		share, _, err := trustee.Receive(random, r, key)
		h.must(err)
		ack, err := share.Ack(random, r)
		say(i+1, ack, err)
	}
	seal, err = r.Seal()
	h.must(err)
	return facts, seal
}

func (h *hands) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// TestCeremonyAlone: rounds follow one another, and what belongs to one stands in it.
func TestCeremonyAlone(t *testing.T) {
	t.Parallel()
	h := newHands(t, 3)
	first := h.begun(1, 2, 3)
	words, seal := h.words(first)
	third := words[2]
	began, silent := saying(first), saying(&votingv1.CeremonyFailed{Round: 1, Trustees: []uint32{3}}).when(answersBy)
	failed := []said{began, words[0], words[1], silent}
	of := func(least uint32, n int, facts ...said) *checking {
		r := &communityv1.PollRules{Secrecy: &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_OPEN, TrusteesMin: least}}
		return alone(r, facts...).having(func(c *checking) { c.trustees = h.list[:n] })
	}
	then := func(facts ...said) *checking { return of(2, 3, slices.Concat(failed, facts)...) }
	keyless := h.begun(1, 2, 3)
	keyless.Trustees = slices.Clone(h.list)
	keyless.Trustees[0] = &communityv1.Trustee{Member: "member 1", Org: "org 1", TrusteeKey: []byte{1}}
	keyless.Context = contextOf("p", keyless)
	unpromised := slices.Clone(words)
	unpromised[0].body = &votingv1.KeyPartAdded{Round: 1, Trustee: 1, Message: words[0].body.(*votingv1.KeyPartAdded).GetMessage()}
	others := words[1]
	others.actor = "member 1"
	others.body = &votingv1.KeyPartAdded{
		Round: 1, Trustee: 1, Message: words[1].body.(*votingv1.KeyPartAdded).GetMessage(), NonceCommitment: promise(1),
	}
	mumbled := said{actor: "member 1", body: &votingv1.KeyPartAdded{Round: 1, Trustee: 1, Message: []byte{1}, NonceCommitment: promise(1)}}
	run := (*checking).ceremony
	keyed := saying(&votingv1.PollKeySealed{Seal: seal.Bytes(), BoxKey: seal.BoxKey[:]})
	whole := func(c *checking) { c.ceremony(); c.checkSeal() }
	ask(t, []asking{
		{"the second round first", of(2, 3, saying(h.begun(2, 2, 3))), run, "fails ceremony.round"},
		{"the second in the first", of(2, 3, began, saying(h.begun(2, 2, 3))), run, "fails ceremony.round"},
		{"silent until the time is over", then(), run, "holds"},
		{"a second round", then(saying(h.begun(2, 2, 2))), run, "holds"},
		{"a third instead of it", then(saying(h.begun(3, 2, 2))), run, "fails ceremony.round"},
		{"a word before there is a round", of(2, 3, said{body: &votingv1.KeyPartAdded{}}), run, "fails ceremony.round"},
		{"a word behind its end", then(third), run, "fails ceremony.round"},
		{"failed twice", then(silent), run, "fails ceremony.round"},
		{"another round failed", of(2, 3, began, words[0], words[1],
			saying(&votingv1.CeremonyFailed{Round: 2, Trustees: []uint32{3}}).when(answersBy)), run, "fails ceremony.round"},
		{"sealed without a round", of(2, 3, keyed), run, "none"},
		{"sealed", of(2, 3, slices.Concat([]said{began}, words, []said{keyed})...), whole, "holds"},
		{"sealed though it failed", of(2, 3, slices.Concat([]said{began}, words, []said{saying(&votingv1.CeremonyFailed{Round: 1}), keyed})...),
			whole, "fails seal.differs"},
		{"fewer than must act together", of(3, 2, saying(h.begun(1, 3, 2))), run, "fails ceremony.terms ceremony.terms"},
		{"a word that is none", of(2, 3, began, mumbled), run, "fails ceremony.message"},
		{"another's word", of(2, 3, began, others), run, "fails ceremony.speaker"},
		{"no promise", of(2, 3, slices.Concat([]said{began}, unpromised)...), run, "fails ceremony.nonce"},
		{"nobody failed, of a round that was none",
			of(2, 3, saying(keyless), saying(&votingv1.CeremonyFailed{Round: 1})).having(func(c *checking) { c.trustees = keyless.GetTrustees() }),
			run, "fails ceremony.terms"},
	})
}

// TestGuiltyDealer: a round fails by the dealer of a false share, before its time is over.
func TestGuiltyDealer(t *testing.T) {
	t.Parallel()
	var file struct {
		Ceremonies []struct {
			Ceremony string
			Messages []struct{ Bytes string }
			Liar     uint32
		}
	}
	raw, err := os.ReadFile("../../../docs/format/trustee.json")
	if err == nil {
		err = json.Unmarshal(raw, &file)
	}
	if err != nil {
		t.Fatal(err)
	}
	liars := 0
	for _, v := range file.Ceremonies {
		raw, err := hex.DecodeString(v.Ceremony)
		if err != nil {
			t.Fatal(err)
		}
		terms, err := trustee.DecodeCeremony(raw)
		if err != nil {
			t.Fatal(err)
		}
		record, err := trustee.NewRecord(terms)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range v.Messages {
			word, err := hex.DecodeString(m.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = record.Add(word) // some of them are refused
		}
		var want []uint32
		if v.Liar > 0 {
			want, liars = []uint32{v.Liar}, liars+1
		}
		r := &round{record: record, terms: &votingv1.CeremonyBegun{AnswersBy: answersBy}}
		if got := r.guilty(&said{time: answersBy - 1}); !slices.Equal(got, want) {
			t.Errorf("%v are guilty, want %v", got, want)
		}
	}
	if liars == 0 {
		t.Error("nobody lied")
	}
}

// TestCertificateAlone: what is compared, and that nothing is where something is hidden.
func TestCertificateAlone(t *testing.T) {
	t.Parallel()
	certified := saying(&votingv1.CertificateIssued{Objections: 1}).in(3)
	behind := func(c *checking) { c.hidden = hidden{2} }
	appealed := saying(&votingv1.CertificateIssued{Appeal: "a"})
	run := (*checking).certificate
	ask(t, []asking{
		{"no objection", alone(openRules(1), certified), run, "fails certificate.objections"},
		{"one may be hidden", alone(openRules(1), certified).having(behind), run, "unchecked"},
		{"another appeal", alone(openRules(1), appealed), run, "fails certificate.motion"},
	})
}
