package trustee

import (
	"testing"
	"time"

	"renlin.dev/pkg/secretballot/internal/group"
)

// multiplication measures the group's own multiplications by the secret and by two published scalars: what everything here is made of.
func multiplication(b *testing.B) (secret, published time.Duration) {
	b.Helper()
	const rounds = 200
	x, p := group.ScalarOf(12345), exponent(77)
	x.Invert(x)
	start := time.Now()
	for range rounds {
		p.ScalarMult(x, p)
	}
	secret = time.Since(start) / rounds
	start = time.Now()
	for range rounds {
		p.VarTimeMultiScalarMult([]*group.Scalar{x, x}, []*group.Element{p, p})
	}
	return secret, time.Since(start) / rounds
}

// report says how often the bare multiplications that the protocol cannot do without would fit into an operation.
func report(b *testing.B, least time.Duration) {
	b.Helper()
	each := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(float64(each)/float64(time.Millisecond), "ms")
	b.ReportMetric(float64(each)/float64(least), "x-bare-mults")
}

// BenchmarkDecryption is a tally of 10 choices by 5 trustees, all of whom do their part, and whose parts are all checked.
func BenchmarkDecryption(b *testing.B) {
	w := sealed(b, Secret, 3, 5)
	sums := w.sums(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	secret, published := multiplication(b)
	for b.Loop() {
		parts := w.partials(sums, 1, 2, 3, 4, 5)
		if _, err := Combine(w.seal, sums, parts); err != nil {
			b.Fatal(err)
		}
	}
	report(b, 5*(21*secret+11*published))
}

// sealedBench is a total of 25 bits, as an estate of 200,000 m² has it in 0.01 m², among 5 trustees of whom 3 are needed.
func sealedBench(b *testing.B) (*world, *Total, []*Blinded) {
	w := sealed(b, Secret, 3, 5)
	total := w.total(13_000_000, 20_000_000)
	if total.Bits() != 25 {
		b.Fatalf("%d bits", total.Bits())
	}
	return w, total, w.blinded(total, 1, 2, 3)
}

// BenchmarkSealedProve puts the parts together and proves one threshold.
func BenchmarkSealedProve(b *testing.B) {
	w, total, parts := sealedBench(b)
	secret, _ := multiplication(b)
	for b.Loop() {
		if _, err := w.open(1, total, parts).Prove(w.rand, 13_000_000, Claim{true, 10_000_001}); err != nil {
			b.Fatal(err)
		}
	}
	report(b, 25*4*secret)
}

// BenchmarkSealedVerify checks the three blinded parts and the proof of one threshold.
func BenchmarkSealedVerify(b *testing.B) {
	w, total, parts := sealedBench(b)
	v, err := w.open(1, total, parts).Prove(w.rand, 13_000_000, Claim{true, 10_000_001})
	if err != nil {
		b.Fatal(err)
	}
	_, published := multiplication(b)
	for b.Loop() {
		if _, err := v.Check(w.seal, total, parts); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(v.Bytes())), "bytes")
	report(b, 2*25*published)
}

// BenchmarkCeremony is a whole one of 5 trustees, all their work and all the checks.
func BenchmarkCeremony(b *testing.B) {
	for b.Loop() {
		sealed(b, Secret, 3, 5)
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(time.Millisecond), "ms")
}

// BenchmarkShared is the secret of one box, beside the library's X25519 in package ballot's own benchmark of opening.
func BenchmarkShared(b *testing.B) {
	secret, u := group.ScalarOf(12345), [32]byte(edwardsOf(group.ScalarOf(77)).BytesMontgomery())
	secret.Invert(secret)
	for b.Loop() {
		if _, ok := sharedSecret(secret, &u); !ok {
			b.Fatal("no point")
		}
	}
}
