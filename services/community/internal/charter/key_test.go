package charter_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/big"
	"testing"

	"renlin.dev/services/community/internal/charter"
)

// The points of small order are found here by arithmetic that has nothing to do with the list: y is the coordinate of such a point
// exactly when doubling it three times gives the neutral one.
func TestSmallOrderKeysAreRefused(t *testing.T) {
	t.Parallel()
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	mod := func(x *big.Int) *big.Int { return x.Mod(x, p) }
	mul := func(a, b *big.Int) *big.Int { return mod(new(big.Int).Mul(a, b)) }
	inv := func(a *big.Int) *big.Int { return new(big.Int).ModInverse(a, p) }
	one := big.NewInt(1)
	d := mul(big.NewInt(-121665), inv(big.NewInt(121666)))
	// double takes y² to the y² of twice the point: x² = (y²-1)/(dy²+1), y' = (y²+x²)/(2-y²+x²) on -x²+y² = 1+dx²y².
	double := func(yy *big.Int) *big.Int {
		xx := mul(new(big.Int).Sub(yy, one), inv(mod(new(big.Int).Add(mul(d, yy), one))))
		y := mul(new(big.Int).Add(yy, xx), inv(mod(new(big.Int).Add(new(big.Int).Sub(big.NewInt(2), yy), xx))))
		return mul(y, y)
	}
	small := func(y *big.Int) bool {
		yy := mul(y, y)
		return double(double(double(yy))).Cmp(one) == 0
	}
	if small(mul(big.NewInt(4), inv(big.NewInt(5)))) {
		t.Fatal("the base point is of small order: the arithmetic is wrong")
	}
	listed := []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	}
	for _, text := range listed {
		key, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		little := bytes.Clone(key)
		for i := range 16 {
			little[i], little[31-i] = little[31-i], little[i]
		}
		if !small(mod(new(big.Int).SetBytes(little))) {
			t.Errorf("%s is of no small order: the list is wrong", text)
		}
		for _, sign := range []byte{0, 0x80} {
			key[31] = key[31]&0x7f | sign
			if !errors.Is(charter.CheckSigningKey(key), charter.ErrKeyWeak) {
				t.Errorf("%x passes", key)
			}
		}
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	for i := range 50 {
		seed := sha256.Sum256([]byte{byte(i)})
		key := ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey)
		if err := charter.CheckSigningKey(key); err != nil {
			t.Fatal(err)
		}
		if err := charter.CheckBoxKey(seed[:]); err != nil {
			t.Fatal(err)
		}
	}
	for _, size := range []int{0, 31, 33} {
		if charter.CheckSigningKey(make([]byte, size)) == nil || charter.CheckBoxKey(bytes.Repeat([]byte{9}, size)) == nil {
			t.Errorf("a key of %d bytes passes", size)
		}
	}
	for _, weak := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	} {
		key, err := hex.DecodeString(weak)
		if err != nil {
			t.Fatal(err)
		}
		if !errors.Is(charter.CheckBoxKey(key), charter.ErrKeyWeak) {
			t.Errorf("%s passes", weak)
		}
	}
}
