package trustee

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/internal/group"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// released is what docs/format/trustee.json holds.
func released(t *testing.T) vectors {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "format", "trustee.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// readable decodes what must be readable.
func readable[M any](t *testing.T, decode func([]byte) (M, error), s string) M {
	t.Helper()
	m, err := decode(unhex(t, s))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (s sum) ciphertext(t *testing.T) secretballot.Ciphertext {
	t.Helper()
	return secretballot.Ciphertext{A: readable(t, group.DecodeAny, s.A), B: readable(t, group.DecodeAny, s.B)}
}

// Ceremonies that were once released go on alike: each message is taken, or refused with the same fault, and the same keys follow.
func TestReleasedCeremonies(t *testing.T) {
	t.Parallel()
	for _, s := range released(t).Scripts {
		c := readable(t, DecodeCeremony, s.Ceremony)
		if id := c.ID(); text(id[:]) != s.ID {
			t.Errorf("%s: id %x", s.Name, id)
		}
		r, err := NewRecord(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range s.Messages {
			if got := code(added(r, unhex(t, m.Bytes))); got != m.Fault {
				t.Errorf("%s: %s: %q, want %q", s.Name, m.Name, got, m.Fault)
			}
		}
		if r.Liar() != s.Liar || (r.Step() == Sealed) != (s.Seal != "") {
			t.Errorf("%s: liar %d, step %d", s.Name, r.Liar(), r.Step())
		}
		if s.Seal == "" {
			continue
		}
		if err := r.CheckSeal(readable(t, DecodeSeal, s.Seal)); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		for i, key := range s.Keys {
			share, _, err := Receive(nil, r, readable(t, DecodeKey, key))
			if err != nil || text(share.secret.Bytes()) != s.Shares[i] {
				t.Errorf("%s: trustee %d has another share: %v", s.Name, i+1, err)
			}
		}
	}
}

func TestReleasedDecryptions(t *testing.T) {
	t.Parallel()
	v := released(t)
	for _, d := range append(v.Decryptions, v.Decryption) {
		sums, values := &Sums{Election: [32]byte(unhex(t, d.Election))}, []uint64{}
		for _, s := range d.Sums {
			sums.List, values = append(sums.List, s.ciphertext(t)), append(values, s.Value)
		}
		var parts []*Partial
		seal := readable(t, DecodeSeal, d.Seal)
		for _, m := range d.Partials {
			parts = append(parts, readable(t, DecodePartial, m.Bytes))
			if got := code(parts[len(parts)-1].Check(seal, sums)); got != m.Fault {
				t.Errorf("%s: %s: %q, want %q", d.Name, m.Name, got, m.Fault)
			}
		}
		slices.Reverse(parts)
		if o, err := Combine(seal, sums, parts); code(err) != d.Fault || err == nil && !o.holds(values...) {
			t.Errorf("%s: the sums open to something else: %v", d.Name, err)
		}
	}
}

func TestReleasedRollCall(t *testing.T) {
	t.Parallel()
	v := released(t)
	var shares []*Exposed
	for _, m := range v.RollCall.Exposed {
		shares = append(shares, readable(t, DecodeExposed, m.Bytes))
	}
	secret, err := Rebuild(readable(t, DecodeSeal, v.RollCall.Seal), shares)
	if err != nil || text(secret.secret.Bytes()) != v.RollCall.Secret {
		t.Fatalf("rebuilt another secret: %v", err)
	}
	choice, err := secret.Opener(v.RollCall.Poll).Open(v.RollCall.Voter, unhex(t, v.RollCall.Box))
	want := &votingv1.Choice{}
	if uerr := proto.Unmarshal(unhex(t, v.RollCall.Choice), want); uerr != nil || err != nil || !proto.Equal(choice, want) {
		t.Errorf("the box opens to %v, %v", choice, err)
	}
	for _, s := range v.Shared {
		got, ok := sharedSecret(readable(t, group.DecodeScalar, s.Secret), (*[32]byte)(unhex(t, s.Ephemeral)))
		if ok != (s.Shared != "") || ok && text(got[:]) != s.Shared {
			t.Errorf("%s: %x, %v", s.Name, got, ok)
		}
	}
}

func TestReleasedVerdicts(t *testing.T) {
	t.Parallel()
	v := released(t)
	for _, z := range append(v.Totals, v.Total) {
		z.check(t)
	}
}

func (v *sealedTotal) check(t *testing.T) {
	t.Helper()
	seal := readable(t, DecodeSeal, v.Seal)
	total := &Total{Election: [32]byte(unhex(t, v.Election)), Measure: v.Measure, Sum: v.Sum.ciphertext(t), Bound: v.Bound}
	if subject := total.subject(seal); text(subject[:]) != v.Subject {
		t.Errorf("subject %x", subject)
	}
	var parts []*Blinded
	for _, m := range v.Blinded {
		part := readable(t, DecodeBlinded, m.Bytes)
		if got := code(part.Check(seal, total)); got != m.Fault {
			t.Errorf("%s: %q, want %q", m.Name, got, m.Fault)
		} else if got == "" {
			parts = append(parts, part)
		}
	}
	if v.Sealed != "" && text(commitment(total, parts[:seal.Threshold]).Bytes()) != v.Sealed {
		t.Error("the commitment is another")
	}
	if value, public := total.Sum.Public(); public && value.Equal(exponent(v.Sum.Value)) != 1 {
		t.Error("the public total is another")
	}
	for _, m := range v.Verdicts {
		claims, err := readable(t, DecodeVerdict, m.Bytes).Check(seal, total, parts)
		if code(err) != m.Fault {
			t.Errorf("%s: %v, want %q", m.Name, err, m.Fault)
		}
		if !slices.EqualFunc(claims, m.Claims, func(c Claim, w claimVector) bool { return claimVector(c) == w }) {
			t.Errorf("%s: proves %v", m.Name, claims)
		}
	}
}
