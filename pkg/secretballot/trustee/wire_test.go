package trustee

import (
	"bytes"
	"slices"
	"testing"

	"renlin.dev/pkg/secretballot/internal/group"
)

// decoders read a message of each kind and write it again.
var decoders = map[kind]func([]byte) ([]byte, error){
	kindCeremony: again(DecodeCeremony), kindCommit: again(DecodeCommit), kindReveal: again(DecodeReveal), kindDeal: again(DecodeDeal),
	kindComplaint: again(DecodeComplaint), kindAck: again(DecodeAck), kindSeal: again(DecodeSeal), kindPartial: again(DecodePartial),
	kindExposed: again(DecodeExposed), kindBlinded: again(DecodeBlinded), kindVerdict: again(DecodeVerdict),
	kindJoint: again(DecodeJoint),
}

func again[M interface{ Bytes() []byte }](decode func([]byte) (M, error)) func([]byte) ([]byte, error) {
	return func(b []byte) ([]byte, error) {
		m, err := decode(b)
		if err != nil {
			return nil, err
		}
		return m.Bytes(), nil
	}
}

// samples are a message of each kind, and the world that they belong to.
func samples(t failer) (*world, map[kind][]byte) {
	t.Helper()
	w := sealed(t, Secret, 2, 3)
	shared := group.NewElement().ScalarMult(w.keys[2].secret, w.record.deals[0].Envelope.Ephemeral)
	complaint, err := complain(w.rand, w.record, w.keys[2], 3, w.record.deals[0], shared)
	w.must(err)
	total := w.total(5, 100)
	parts := w.blinded(total, 1, 2)
	v, err := w.open(1, total, parts).Prove(w.rand, 5, Within(4, 6, 100)...)
	w.must(err)
	joint := w.together([]uint64{5, 6}, []uint64{100, 9}, []uint64{5, 7}, 1, 2).prove(1)
	return w, map[kind][]byte{
		kindCeremony: w.ceremony.Bytes(), kindCommit: w.record.commits[0].Bytes(), kindReveal: w.record.reveals[0].Bytes(),
		kindDeal: w.record.deals[0].Bytes(), kindComplaint: complaint.Bytes(), kindAck: w.record.acks[0].Bytes(), kindSeal: w.seal.Bytes(),
		kindPartial: w.partials(w.sums(1, 2), 1)[0].Bytes(), kindExposed: (&Exposed{1, w.shares[0].secret}).Bytes(),
		kindBlinded: parts[0].Bytes(), kindVerdict: v.Bytes(), kindJoint: joint.Bytes(),
	}
}

// Every message has one encoding: nothing may be cut off, added, or spelled otherwise, at any place.
func TestEncodings(t *testing.T) {
	t.Parallel()
	_, all := samples(t)
	if len(all) != len(decoders) {
		t.Fatalf("%d kinds of %d", len(all), len(decoders))
	}
	for k, good := range all {
		decode := decoders[k]
		if b, err := decode(good); err != nil || !bytes.Equal(b, good) {
			t.Fatalf("kind %d: comes back as %x, %v", k, b, err)
		}
		for n := range good {
			if _, err := decode(good[:n]); err == nil {
				t.Errorf("kind %d: %d bytes of %d are read", k, n, len(good))
			}
		}
		_, err := decode(append(slices.Clone(good), 0))
		refused(t, "something left over", err, ErrMalformed, "")
		for at := range good {
			for _, x := range []byte{1, 0x80} {
				changed := slices.Clone(good)
				changed[at] ^= x
				if b, err := decode(changed); err == nil && (at < 2 || !bytes.Equal(b, changed)) {
					t.Errorf("kind %d: byte %d changed to %#x reads as %x", k, at, changed[at], b)
				}
			}
		}
		for other, read := range decoders {
			if _, err := read(good); err == nil && other != k {
				t.Errorf("kind %d reads as kind %d", k, other)
			}
		}
		if k == kindCeremony || k == kindSeal {
			continue // whose index is 0
		}
		for _, index := range []byte{0, 10, 255} {
			changed := slices.Clone(good)
			changed[2] = index
			_, err := decode(changed)
			refused(t, "an index of nobody", err, ErrStranger, "")
		}
	}
}

// Counts out of bounds are refused before anything is allocated or computed.
func TestCounts(t *testing.T) {
	t.Parallel()
	_, all := samples(t)
	for name, c := range map[string]struct {
		kind kind
		at   int
		with []byte
	}{
		"a ceremony of 10":           {kindCeremony, 5, []byte{10}},
		"a ceremony of nobody":       {kindCeremony, 5, []byte{0}},
		"a ceremony that speaks":     {kindCeremony, 2, []byte{1}},
		"a reveal of 10":             {kindReveal, 3, []byte{10}},
		"a reveal of nothing":        {kindReveal, 3, []byte{0}},
		"an envelope to nobody":      {kindDeal, 3 + 96, []byte{0}},
		"readers that do not ascend": {kindDeal, 3 + 96 + 1 + 49, []byte{1}},
		"a reader beyond 9":          {kindDeal, 3 + 96 + 1 + 2*49, []byte{10}},
		"dealer 0":                   {kindComplaint, 3, []byte{0}},
		"dealer 10":                  {kindComplaint, 3, []byte{10}},
		"no purpose":                 {kindSeal, 3, []byte{0}},
		"a third purpose":            {kindSeal, 3, []byte{3}},
		"a seal of 4 of 3":           {kindSeal, 4, []byte{4}},
		"a seal of 0 of 3":           {kindSeal, 4, []byte{0}},
		"a seal that speaks":         {kindSeal, 2, []byte{1}},
		"no parts":                   {kindPartial, 3, []byte{0, 0}},
		"65,535 parts":               {kindPartial, 3, []byte{0xff, 0xff}},
		"an empty quorum":            {kindVerdict, 3, []byte{0}},
		"a quorum that repeats":      {kindVerdict, 5, []byte{1}},
		"no claims":                  {kindVerdict, 6, []byte{0}},
		"three claims":               {kindVerdict, 6, []byte{3}},
		"reached twice over":         {kindVerdict, 7, []byte{2}},
		"no bits":                    {kindVerdict, 16, []byte{0}},
		"41 bits":                    {kindVerdict, 16, []byte{41}},
		"reached three times over":   {kindJoint, 3, []byte{3}},
		"no totals":                  {kindJoint, 4, []byte{0}},
		"five totals":                {kindJoint, 4, []byte{5}},
		"a total of nobody":          {kindJoint, 5, []byte{0}},
		"a total's quorum repeats":   {kindJoint, 7, []byte{1}},
	} {
		changed := slices.Clone(all[c.kind])
		copy(changed[c.at:], c.with)
		_, err := decoders[c.kind](changed)
		refused(t, name, err, ErrMalformed, "")
	}
	for _, n := range []int{0, sumsMax + 1} { // of a message that is otherwise whole
		m := &Partial{Trustee: 1, Proof: &group.DLEQ{Response: group.ScalarOf(1)}}
		m.Parts = slices.Repeat([]*group.Element{group.Base()}, n)
		m.Proof.Commitments = slices.Repeat([]*group.Element{group.Base()}, n+1)
		_, err := DecodePartial(m.Bytes())
		refused(t, "parts", err, ErrMalformed, "")
	}
	many := slices.Clone(all[kindCeremony])
	many[4] = 4
	_, err := DecodeCeremony(many)
	refused(t, "a ceremony of 4 of 3", err, ErrParameters, "")
	w := begin(t, Secret, 1, 1)
	for _, b := range [][]byte{nil, {1}, {1, byte(kindSeal), 0}, {1, byte(kindPartial), 1}} {
		refused(t, "no step of a ceremony", added(w.record, b), ErrMalformed, "")
	}
}

// FuzzMessages gives any bytes to every decoder and every check.
func FuzzMessages(f *testing.F) {
	w, all := samples(f)
	for _, b := range all {
		f.Add(b)
	}
	total, sums := w.total(5, 100), w.sums(1, 2)
	f.Fuzz(func(t *testing.T, b []byte) {
		for k, decode := range decoders {
			if out, err := decode(b); err == nil && (!bytes.Equal(out, b) || b[1] != byte(k)) {
				t.Fatalf("kind %d: %x comes back as %x", k, b, out)
			}
		}
		record, err := NewRecord(w.ceremony)
		if err != nil {
			t.Fatal(err)
		}
		_ = added(record, b)
		_ = added(w.record, b)
		if m, err := DecodePartial(b); err == nil {
			_, _ = Combine(w.seal, sums, []*Partial{m, m})
		}
		if m, err := DecodeExposed(b); err == nil {
			_, _ = Rebuild(w.seal, []*Exposed{m})
		}
		if m, err := DecodeBlinded(b); err == nil {
			_, _ = OpenTotal(w.keys[0], w.ceremony, w.seal, total, []*Blinded{m})
		}
		if m, err := DecodeVerdict(b); err == nil && bytes.Equal(m.Bytes(), all[kindVerdict]) {
			return // the one that is known
		} else if err == nil {
			if claims, err := m.Check(w.seal, total, nil); err == nil {
				t.Fatalf("proves %v of nothing", claims)
			}
		}
		if m, err := DecodeJoint(b); err == nil && !bytes.Equal(m.Bytes(), all[kindJoint]) {
			if claims, err := m.Check(w.seal, []*Total{total}, [][]*Blinded{nil}); err == nil {
				t.Fatalf("proves %v of nothing", claims)
			}
		}
	})
}

// FuzzShared gives any ephemeral key to the opening of boxes.
func FuzzShared(f *testing.F) {
	f.Add(make([]byte, 32), make([]byte, 64))
	f.Add(edwardsFieldMinus(1), bytes.Repeat([]byte{7}, 64))
	f.Fuzz(func(t *testing.T, u, chance []byte) {
		secret, err := group.RandomScalar(bytes.NewReader(chance))
		if err != nil || len(u) != 32 {
			return
		}
		a, okA := sharedSecret(secret, (*[32]byte)(u))
		b, okB := sharedSecret(group.NewScalar().Negate(secret), (*[32]byte)(u))
		if okA != okB || a != b {
			t.Fatalf("x and -x give %x and %x", a, b)
		}
	})
}
