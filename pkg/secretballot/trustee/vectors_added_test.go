package trustee

import (
	"testing"

	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/internal/group"
)

// addedVectors are those that came after the first release. They draw on a world of their own, so that what was released stays as it is.
func (v *vectors) addedVectors(t *testing.T) {
	t.Helper()
	repeated := keyScript(t, "a key that is another's", func(w *world, third *forged) {
		third.secrets[0] = w.dealers[0].coefficients[0]
	})
	void := keyScript(t, "keys that add up to nothing", func(w *world, third *forged) {
		sum := group.NewScalar().Add(w.dealers[0].coefficients[0], w.dealers[1].coefficients[0])
		third.secrets[0] = sum.Negate(sum)
	})
	voidPart := keyScript(t, "a trustee's part of the key that is nothing", func(w *world, third *forged) {
		sum := group.NewScalar().Add(evaluate(w.dealers[0].coefficients, 2), evaluate(w.dealers[1].coefficients, 2))
		sum.Add(sum, third.secrets[0])
		third.secrets[1] = sum.Multiply(sum.Negate(sum), group.NewScalar().Invert(group.ScalarOf(2)))
	})
	v.Scripts = append(v.Scripts, repeated, void, voidPart, ackScript(t))
	w := sealed(t, Secret, 2, 3)
	v.Decryptions = []decryption{publicSums(w), fewParts(w), nothingHidden(w)}
	v.Totals = []sealedTotal{boundVectors(w), publicTotal(w)}
}

// keyScript is a ceremony whose third trustee knows the others' secrets, and reveals a polynomial of which the test chooses a coefficient.
func keyScript(t *testing.T, name string, choose func(*world, *forged)) script {
	w := begin(t, Secret, 2, 3)
	s := w.script(name)
	third := &forged{w, 3, []*group.Scalar{group.ScalarOf(1001), group.ScalarOf(1002)}}
	choose(w, third)
	for _, d := range w.dealers[:2] {
		m, err := d.Commit()
		w.must(err)
		s.say(w.record, "commit", m.Bytes())
	}
	rogue := third.reveal()
	s.say(w.record, "commit", (&Commit{3, rogue.hash(w.record.id)}).Bytes())
	for _, d := range w.dealers[:2] {
		m, err := d.Reveal()
		w.must(err)
		s.say(w.record, "reveal", m.Bytes())
	}
	s.say(w.record, name, rogue.Bytes())
	return s.finish(w)
}

// ackScript is a whole ceremony in which an ack proves another share than the trustee's before the right one does.
func ackScript(t *testing.T) script {
	w := sealed(t, Secret, 2, 3)
	s := w.script("acks that prove nothing")
	again, err := NewRecord(w.ceremony)
	w.must(err)
	for i := range w.dealers {
		s.say(again, "commit", w.record.commits[i].Bytes())
	}
	for i := range w.dealers {
		s.say(again, "reveal", w.record.reveals[i].Bytes())
	}
	for i := range w.dealers {
		s.say(again, "deal", w.record.deals[i].Bytes())
	}
	other, err := (&Share{1, group.ScalarOf(5)}).Ack(w.rand, again)
	w.must(err)
	s.say(again, "an ack of another share", other.Bytes())
	s.say(again, "another's ack", (&Ack{1, w.record.acks[1].Proof}).Bytes())
	for i := range w.dealers {
		s.say(again, "ack", w.record.acks[i].Bytes())
	}
	return s.finish(w)
}

// decryptionOf notes sums, what is in them, and parts with what becomes of each and of all together.
func (w *world) decryptionOf(name string, sums *Sums, values []uint64, parts []*Partial) decryption {
	w.Helper()
	_, err := Combine(w.seal, sums, parts)
	d := decryption{Name: name, Seal: text(w.seal.Bytes()), Election: text(sums.Election[:]), Fault: code(err)}
	for i, v := range values {
		d.Sums = append(d.Sums, w.sumVector(sums.List[i], v))
	}
	for _, m := range parts {
		d.Partials = append(d.Partials, message{"part", text(m.Bytes()), code(m.Check(w.seal, sums))})
	}
	return d
}

// publicSums are those of two who conspired, and who are hidden beside them; and parts for another list of sums.
func publicSums(w *world) decryption {
	w.Helper()
	house := w.electorate()
	house.conspire()
	of, _ := house.tally()
	nobody := secretballot.Ciphertext{A: group.NewElement(), B: group.NewElement()}
	sums := &Sums{Election: [32]byte{9}, List: []secretballot.Ciphertext{w.encrypt(12), of[0], w.encrypt(7), nobody}}
	parts := w.partials(sums, 1, 3)
	hidden := &Sums{Election: sums.Election, List: []secretballot.Ciphertext{sums.List[0], sums.List[2]}}
	elsewhere := &Sums{Election: sums.Election, List: []secretballot.Ciphertext{of[0], sums.List[0], sums.List[2], sums.List[3]}}
	parts = append(append(parts, w.partials(hidden, 2)...), w.partials(elsewhere, 2)...)
	return w.decryptionOf("public sums among hidden ones", sums, []uint64{12, 8, 7, 0}, parts)
}

func fewParts(w *world) decryption {
	w.Helper()
	sums := w.sums(4)
	parts := w.partials(sums, 2)
	return w.decryptionOf("too few parts", sums, []uint64{4}, append(parts, parts[0]))
}

func nothingHidden(w *world) decryption {
	w.Helper()
	public := secretballot.Ciphertext{A: group.NewElement(), B: exponent(8)}
	sums := &Sums{Election: [32]byte{9}, List: []secretballot.Ciphertext{public, public}}
	return w.decryptionOf("public sums alone", sums, []uint64{8, 8}, w.partials(w.sums(8), 1))
}

// sealedOf notes a total, parts, and verdicts with what becomes of each.
func (w *world) sealedOf(total *Total, value uint64, parts []*Blinded) *sealedTotal {
	w.Helper()
	subject := total.subject(w.seal)
	out := &sealedTotal{
		Ceremony: text(w.ceremony.Bytes()), Seal: text(w.seal.Bytes()), Election: text(total.Election[:]), Measure: total.Measure,
		Sum: w.sumVector(total.Sum, value), Bound: total.Bound, Subject: text(subject[:]),
	}
	for _, m := range parts {
		out.Blinded = append(out.Blinded, message{"part", text(m.Bytes()), code(m.Check(w.seal, total))})
	}
	return out
}

func (z *sealedTotal) note(w *world, name string, v *Verdict, total *Total, parts []*Blinded) {
	claims, err := v.Check(w.seal, total, parts)
	n := verdictVector{message: message{name, text(v.Bytes()), code(err)}}
	for _, c := range claims {
		n.Claims = append(n.Claims, claimVector(c))
	}
	z.Verdicts = append(z.Verdicts, n)
}

// boundVectors: thresholds outside of what the roll allows, quorums that are none, and a second part of a trustee.
func boundVectors(w *world) sealedTotal {
	w.Helper()
	total := w.total(5, 9)
	parts := append(w.blinded(total, 1, 2), w.blinded(total, 1)...)
	z := w.sealedOf(total, 5, parts)
	z.Sealed = text(commitment(total, parts[:2]).Bytes())
	prove := func(parts []*Blinded) *Verdict {
		v, err := w.open(3, total, parts).Prove(w.rand, 5, Claim{true, 5})
		w.must(err)
		return v
	}
	v := prove(parts)
	z.note(w, "at least 5", v, total, parts)
	for _, c := range []struct {
		name      string
		threshold uint64
	}{{"at least 0", 0}, {"at least 10 of 9", 10}} {
		v.Proofs[0].Claim.Threshold = c.threshold
		z.note(w, c.name, v, total, parts)
	}
	v = prove(parts)
	v.Quorum = v.Quorum[:1]
	z.note(w, "of one trustee", v, total, parts)
	v.Quorum = []int{1, 3}
	z.note(w, "of a trustee who did no part", v, total, parts)
	later := []*Blinded{parts[2], parts[1]}
	z.note(w, "of a trustee's later part", prove(later), total, parts)
	return *z
}

// publicTotal is a total that hides nothing, with what nobody should have published for it.
func publicTotal(w *world) sealedTotal {
	w.Helper()
	hidden := w.total(5, 9)
	parts := w.blinded(hidden, 1, 2)
	v, err := w.open(1, hidden, parts).Prove(w.rand, 5, Claim{true, 5})
	w.must(err)
	total := *hidden
	total.Sum = secretballot.Ciphertext{A: group.NewElement(), B: exponent(8)}
	z := w.sealedOf(&total, 8, parts)
	z.note(w, "of another sum", v, &total, parts)
	return *z
}

// A key that annuls the others' needs their secrets; the vectors of it are as well made as can be.
func TestAddedScripts(t *testing.T) {
	t.Parallel()
	v := vectors{}
	v.addedVectors(t)
	want := map[string]string{
		"a key that is another's": "trustee.key_repeated", "keys that add up to nothing": "trustee.key_void",
		"a trustee's part of the key that is nothing": "trustee.key_void",
		"an ack of another share":                     "trustee.ack", "another's ack": "trustee.ack",
	}
	for _, s := range v.Scripts {
		for _, m := range s.Messages {
			if m.Fault != want[m.Name] {
				t.Errorf("%s: %s: %q, want %q", s.Name, m.Name, m.Fault, want[m.Name])
			}
			delete(want, m.Name)
		}
	}
	if len(want) != 0 {
		t.Errorf("not said: %v", want)
	}
	faults := map[string]string{"public sums among hidden ones": "", "too few parts": "trustee.few", "public sums alone": ""}
	for _, d := range v.Decryptions {
		if want, ok := faults[d.Name]; !ok || d.Fault != want {
			t.Errorf("%s: %q", d.Name, d.Fault)
		}
	}
	var verdicts []string
	for _, z := range v.Totals {
		for _, v := range z.Verdicts {
			verdicts = append(verdicts, v.Fault)
		}
	}
	wantVerdicts := []string{"", "trustee.bound", "trustee.bound", "trustee.few", "trustee.stranger", "trustee.verdict", "trustee.public"}
	if len(verdicts) != len(wantVerdicts) {
		t.Fatalf("verdicts: %q", verdicts)
	}
	for i, want := range wantVerdicts {
		if verdicts[i] != want {
			t.Errorf("verdict %d: %q, want %q", i, verdicts[i], want)
		}
	}
}
