package trustee

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/edwards25519"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/internal/group"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var update = flag.Bool("update", false, "write docs/format/trustee.json anew; only when vectors are added")

// message is one that somebody publishes, and the fault with which it is refused, if it is.
type message struct {
	Name  string `json:"name"`
	Bytes string `json:"bytes"`
	Fault string `json:"fault,omitempty"`
}

// script is a ceremony and what is published in it, in order.
type script struct {
	Name     string    `json:"name"`
	Ceremony string    `json:"ceremony"`
	ID       string    `json:"id"`
	Messages []message `json:"messages"`
	Seal     string    `json:"seal,omitempty"`
	Liar     int       `json:"liar,omitempty"`
	// Keys and Shares are the trustees' secrets.
	Keys   []string `json:"keys"`
	Shares []string `json:"shares,omitempty"`
}

// sum is an encryption and what is in it.
type sum struct {
	A     string `json:"a"`
	B     string `json:"b"`
	Value uint64 `json:"value"`
}

type decryption struct {
	Name     string    `json:"name,omitempty"`
	Seal     string    `json:"seal"`
	Election string    `json:"election"`
	Sums     []sum     `json:"sums"`
	Partials []message `json:"partials"`
	// Fault is why the parts do not open the sums, if they do not.
	Fault string `json:"fault,omitempty"`
}

type rollCall struct {
	Seal    string    `json:"seal"`
	Secret  string    `json:"secret"`
	Exposed []message `json:"exposed"`
	Poll    string    `json:"poll"`
	Voter   string    `json:"voter"`
	Box     string    `json:"box"`
	Choice  string    `json:"choice"`
}

// sharedVector is the secret between x·B and an ephemeral u; empty if u has none.
type sharedVector struct {
	Name      string `json:"name"`
	Secret    string `json:"secret"`
	Ephemeral string `json:"ephemeral"`
	Shared    string `json:"shared"`
}

type claimVector struct {
	Reached   bool   `json:"reached"`
	Threshold uint64 `json:"threshold"`
}

type verdictVector struct {
	message
	Claims []claimVector `json:"claims,omitempty"`
}

type sealedTotal struct {
	Ceremony string          `json:"ceremony"`
	Seal     string          `json:"seal"`
	Election string          `json:"election"`
	Measure  string          `json:"measure"`
	Sum      sum             `json:"sum"`
	Bound    uint64          `json:"bound"`
	Subject  string          `json:"subject"`
	Blinded  []message       `json:"blinded"`
	Sealed   string          `json:"commitment,omitempty"`
	Verdicts []verdictVector `json:"verdicts"`
}

type vectors struct {
	SecondGenerator string         `json:"second_generator"`
	Scripts         []script       `json:"ceremonies"`
	Decryption      decryption     `json:"decryption"`
	RollCall        rollCall       `json:"roll_call"`
	Shared          []sharedVector `json:"shared_secrets"`
	Total           sealedTotal    `json:"sealed_total"`
	Decryptions     []decryption   `json:"more_decryptions"`
	Totals          []sealedTotal  `json:"more_sealed_totals"`
}

func text(b []byte) string { return hex.EncodeToString(b) }

func code(err error) string {
	if err == nil {
		return ""
	}
	return fault.Of(err).Code
}

// say adds a message to the record and notes what became of it.
func (s *script) say(r *Record, name string, b []byte) {
	s.Messages = append(s.Messages, message{name, text(b), code(added(r, b))})
}

func (w *world) script(name string) *script {
	id := w.ceremony.ID()
	s := &script{Name: name, Ceremony: text(w.ceremony.Bytes()), ID: text(id[:])}
	for _, key := range w.keys {
		s.Keys = append(s.Keys, text(key.Bytes()))
	}
	return s
}

// finish notes how the ceremony ended.
func (s *script) finish(w *world) script {
	w.Helper()
	s.Liar = w.record.Liar()
	if w.record.Step() == Sealed {
		s.Seal = text(w.seal.Bytes())
		for _, share := range w.shares {
			s.Shares = append(s.Shares, text(share.secret.Bytes()))
		}
	}
	return *s
}

// honestScript says a whole ceremony that w has been through, over a record of its own.
func honestScript(w *world, name string) script {
	w.Helper()
	s := w.script(name)
	again, err := NewRecord(w.ceremony)
	w.must(err)
	for _, m := range w.record.commits {
		s.say(again, "commit", m.Bytes())
	}
	for _, m := range w.record.reveals {
		s.say(again, "reveal", m.Bytes())
	}
	for _, m := range w.record.deals {
		s.say(again, "deal", m.Bytes())
	}
	for _, m := range w.record.acks {
		s.say(again, "ack", m.Bytes())
	}
	return s.finish(w)
}

// refusalsScript is a ceremony with everything that is refused on the way, and that comes to no end.
func refusalsScript(t *testing.T) script {
	w := begin(t, Secret, 2, 3)
	w.ceremony.Context = [32]byte{7}
	w.record, _ = NewRecord(w.ceremony)
	for i, key := range w.keys {
		w.dealers[i], _ = NewDealer(w.ceremony, key)
	}
	s := w.script("refusals")
	say := func(name string, b []byte) { s.say(w.record, name, b) }
	f := &forged{w, 3, []*group.Scalar{group.ScalarOf(1001), group.ScalarOf(1002)}}
	rogue := f.reveal()
	negated := &forged{w, 2, []*group.Scalar{group.NewScalar().Negate(w.dealers[0].coefficients[0]), group.ScalarOf(5)}}
	first, _ := w.dealers[0].Commit()
	say("commit", first.Bytes())
	say("a second commit", first.Bytes())
	early, _ := w.dealers[0].Reveal()
	say("a reveal before the last commit", early.Bytes())
	say("commit", (&Commit{2, negated.reveal().hash(w.record.id)}).Bytes())
	long := &forged{w, 3, append(f.secrets, group.ScalarOf(3))}
	say("commit", (&Commit{3, long.reveal().hash(w.record.id)}).Bytes())
	say("index 4", (&Commit{4, first.Hash}).Bytes())
	say("index 0", (&Commit{0, first.Hash}).Bytes())
	say("reveal", early.Bytes())
	say("a key that is the first one's negation", negated.reveal().Bytes())
	say("not what was committed to", rogue.Bytes())
	say("a polynomial of another degree", long.reveal().Bytes())
	say("something left over", append(early.Bytes(), 0))
	return s.finish(w)
}

// rogueScript has reveals that fit their commits and prove nothing, or hold what is no key.
func rogueScript(t *testing.T) script {
	w := begin(t, Secret, 2, 3)
	s := w.script("a rogue key")
	f := &forged{w, 3, []*group.Scalar{group.ScalarOf(1001), group.ScalarOf(1002)}}
	rogue := f.reveal()
	for _, d := range w.dealers[:2] {
		other, _ := d.Reveal()
		rogue.Coefficients[0] = group.NewElement().Subtract(rogue.Coefficients[0], other.Coefficients[0])
		rogue.Point = edwards25519.NewIdentityPoint().Subtract(rogue.Point, other.Point)
		m, _ := d.Commit()
		s.say(w.record, "commit", m.Bytes())
	}
	f.prove(rogue)
	s.say(w.record, "commit", (&Commit{3, rogue.hash(w.record.id)}).Bytes())
	s.say(w.record, "a key of one's own less all the others", rogue.Bytes())
	const first, pointAt = 4, 4 + 2*32
	for _, c := range []struct {
		name string
		at   int
		with []byte
	}{
		{"no element", first, bytes.Repeat([]byte{0xff}, 32)}, {"the identity", first, make([]byte, 32)},
		{"a point of order 8", pointAt, smallOrder}, {"a point's second spelling", pointAt, edwardsFieldMinus(0)},
		{"the neutral point", pointAt, append([]byte{1}, make([]byte, 31)...)},
		{"a response of l or more", pointAt + 3*32, bytes.Repeat([]byte{0xff}, 32)},
	} {
		b := rogue.Bytes()
		copy(b[c.at:], c.with)
		s.say(w.record, c.name, b)
	}
	return s.finish(w)
}

func complaintScript(t *testing.T) script {
	w := begin(t, Secret, 2, 3)
	s := w.script("a false share and two complaints")
	say := func(name string, b []byte) { s.say(w.record, name, b) }
	for _, d := range w.dealers {
		m, _ := d.Commit()
		say("commit", m.Bytes())
	}
	for _, d := range w.dealers {
		m, _ := d.Reveal()
		say("reveal", m.Bytes())
	}
	one, _ := w.dealers[0].Deal()
	say("deal", one.Bytes())
	copied := &Deal{3, one.Envelope}
	say("another's envelope", copied.Bytes())
	say("deal with a false share for trustee 3", w.badDeal(2, 3, group.ScalarOf(5).Bytes()).Bytes())
	three, _ := w.dealers[2].Deal()
	say("deal", three.Bytes())
	shared := group.NewElement().ScalarMult(w.keys[2].secret, one.Envelope.Ephemeral)
	unfounded, err := complain(w.rand, w.record, w.keys[2], 3, one, shared)
	w.must(err)
	say("a complaint about a right share", unfounded.Bytes())
	lying := *unfounded
	lying.Shared = group.Base()
	say("a complaint with another value", lying.Bytes())
	_, complaint, err := Receive(w.rand, w.record, w.keys[2])
	w.must(err)
	say("a complaint about the false share", complaint.Bytes())
	say("a complaint after the end", complaint.Bytes())
	return s.finish(w)
}

func (w *world) sumVector(c secretballot.Ciphertext, value uint64) sum {
	return sum{text(c.A.Bytes()), text(c.B.Bytes()), value}
}

func decryptionVectors(t *testing.T, w *world) decryption {
	sums := w.sums(12, 0, 7)
	d := decryption{Seal: text(w.seal.Bytes()), Election: text(sums.Election[:])}
	for i, v := range []uint64{12, 0, 7} {
		d.Sums = append(d.Sums, w.sumVector(sums.List[i], v))
	}
	note := func(name string, m *Partial) {
		d.Partials = append(d.Partials, message{name, text(m.Bytes()), code(m.Check(w.seal, sums))})
	}
	for _, m := range w.partials(sums, 1, 2, 3) {
		note("part", m)
	}
	wrong, err := (&Share{2, group.ScalarOf(5)}).forge(w, sums)
	w.must(err)
	note("another secret than the share", wrong)
	note("of other ciphertexts", w.partials(w.sums(12, 0, 7), 2)[0])
	renamed := w.partials(sums, 1)[0]
	renamed.Trustee = 3
	note("another's part", renamed)
	return d
}

func rollCallVectors(t *testing.T, w *world) rollCall {
	choice := &votingv1.Choice{Options: []uint32{2, 0}}
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(choice)
	w.must(err)
	box, err := ballot.Seal(w.rand, w.seal.BoxKey[:], pollID, voterID, choice)
	w.must(err)
	secret, err := Rebuild(w.seal, w.exposed(1, 3))
	w.must(err)
	out := rollCall{Seal: text(w.seal.Bytes()), Secret: text(secret.secret.Bytes()), Poll: pollID, Voter: voterID}
	out.Box, out.Choice = text(box), text(raw)
	for _, m := range append(w.exposed(1, 2, 3), &Exposed{2, group.ScalarOf(5)}) {
		out.Exposed = append(out.Exposed, message{"share", text(m.Bytes()), code(m.Check(w.seal))})
	}
	return out
}

func sharedVectors(w *world) []sharedVector {
	secret := w.dealers[0].coefficients[0]
	var out []sharedVector
	for _, c := range []struct {
		name string
		u    []byte
	}{
		{"an ephemeral key", edwardsOf(group.ScalarOf(77)).BytesMontgomery()},
		{"the base point", append([]byte{9}, make([]byte, 31)...)},
		{"on the twist", append([]byte{2}, make([]byte, 31)...)},
		{"zero", make([]byte, 32)},
		{"minus one", edwardsFieldMinus(1)},
		{"the field's prime, which is zero", edwardsFieldMinus(0)},
	} {
		v := sharedVector{Name: c.name, Secret: text(secret.Bytes()), Ephemeral: text(c.u)}
		if got, ok := sharedSecret(secret, (*[32]byte)(c.u)); ok {
			v.Shared = text(got[:])
		}
		out = append(out, v)
	}
	return out
}

func totalVectors(t *testing.T, w *world) sealedTotal {
	total := w.total(640, 1000)
	parts := w.blinded(total, 1, 2, 3)
	subject := total.subject(w.seal)
	out := sealedTotal{
		Ceremony: text(w.ceremony.Bytes()), Seal: text(w.seal.Bytes()), Election: text(total.Election[:]), Measure: total.Measure,
		Sum: w.sumVector(total.Sum, 640), Bound: total.Bound, Subject: text(subject[:]), Sealed: text(commitment(total, parts[:2]).Bytes()),
	}
	wrong := *parts[2]
	wrong.Part = group.NewElement().Add(wrong.Part, group.Base())
	for _, m := range append(parts, &wrong) {
		out.Blinded = append(out.Blinded, message{"part", text(m.Bytes()), code(m.Check(w.seal, total))})
	}
	o := w.open(1, total, parts)
	note := func(name string, v *Verdict) *Verdict {
		claims, err := v.Check(w.seal, total, parts)
		n := verdictVector{message: message{name, text(v.Bytes()), code(err)}}
		for _, c := range claims {
			n.Claims = append(n.Claims, claimVector(c))
		}
		out.Verdicts = append(out.Verdicts, n)
		return v
	}
	prove := func(claims ...Claim) *Verdict {
		v, err := o.Prove(w.rand, 640, claims...)
		w.must(err)
		return v
	}
	v := note("at least 640", prove(Claim{true, 640}))
	note("below 641", prove(Claim{false, 641}))
	note("from 600 to 699", prove(Within(600, 699, 1000)...))
	v.Proofs[0].Claim.Threshold = 641
	note("another threshold", v)
	v.Proofs[0].Claim = Claim{false, 640}
	note("the other direction", v)
	claim := Claim{true, 641}
	p, err := proveRange(w.rand, v.bind(w.seal, total, parts[:2], claim), claim.difference(commitment(total, parts[:2])), 10, 1023,
		group.NewScalar().Negate(o.blinding))
	w.must(err)
	p.Claim, v.Proofs = claim, []*RangeProof{p}
	note("640 - 641 as 1023", v)
	return out
}

func buildVectors(t *testing.T) vectors {
	t.Helper()
	secret, open, alone := sealed(t, Secret, 2, 3), sealed(t, Open, 2, 3), sealed(t, Secret, 1, 1)
	v := vectors{
		SecondGenerator: text(group.Second().Bytes()),
		Scripts: []script{
			honestScript(secret, "secret, 2 of 3"), honestScript(open, "open, 2 of 3"), honestScript(alone, "secret, 1 of 1"),
			refusalsScript(t), rogueScript(t), complaintScript(t),
		},
		Decryption: decryptionVectors(t, secret),
		RollCall:   rollCallVectors(t, open),
		Shared:     sharedVectors(open),
		Total:      totalVectors(t, secret),
	}
	v.addedVectors(t)
	return v
}

// TestVectors holds every byte to what was once released: made from chance that is known, messages never change.
func TestVectors(t *testing.T) {
	heldToFile(t, filepath.Join("..", "..", "..", "docs", "format", "trustee.json"), buildVectors(t))
}

// heldToFile compares vectors with the released ones, or writes them if that was asked for.
func heldToFile(t *testing.T, path string, v any) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatal("messages no longer have the released bytes")
	}
}
