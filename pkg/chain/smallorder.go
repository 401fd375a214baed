package chain

import (
	"crypto/ed25519"
	"encoding/hex"
)

// smallOrders are the y coordinates, with the sign bit cleared, of the points whose order divides 8, and their second encodings with y
// not reduced. Under such a key a signature holds for messages that nobody signed: under y = 1 one and the same for all of them.
var smallOrders = func() (points [7][ed25519.PublicKeySize]byte) {
	for i, encoded := range [len(points)]string{
		"0000000000000000000000000000000000000000000000000000000000000000", // order 4
		"0100000000000000000000000000000000000000000000000000000000000000", // order 1
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", // order 8
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", // order 8
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // p-1: order 2
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // p: the same as 0
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // p+1: the same as 1
	} {
		if n, err := hex.Decode(points[i][:], []byte(encoded)); err != nil || n != ed25519.PublicKeySize {
			panic("chain: a point of small order is mistyped")
		}
	}
	return points
}()

// smallOrder tells whether a key is one of them. It takes no secret, so it need not take the same time for all.
func smallOrder(key []byte) bool {
	point := [ed25519.PublicKeySize]byte(key)
	point[len(point)-1] &= 0x7f
	for i := range smallOrders {
		if point == smallOrders[i] {
			return true
		}
	}
	return false
}

// WeakKey tells whether a key is none, or one under which anybody can sign.
func WeakKey(key []byte) bool { return len(key) != ed25519.PublicKeySize || smallOrder(key) }
