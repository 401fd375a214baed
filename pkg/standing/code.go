package standing

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
)

// The one-time code: 15 characters of chance, 75 bits, and one that finds slips of the finger. An officer makes it, tells it to the
// member on a second channel, and puts only the public half of the key that it derives on the record. Whoever reads the record could
// try codes at leisure, one Ed25519 key each, salted by community and member so that no work serves twice: at a thousand million
// tries a second half the codes take 600,000 years, and the code is good for days and once. So no slow hash: it would add minutes
// on an old telephone and hours to a roster of thousands, and nothing else.
const (
	codeChance   = 15
	codeAlphabet = "abcdefghijklmnopqrstuvwxyz234567"
	codeGroup    = 4
	domainCode   = "renlin/code/1\n"
)

// ErrCode: the code was not typed as it was given.
var ErrCode = fault.New(fault.Invalid, "code.mistyped", "The code was not typed correctly; please check it.", "验证码输入有误，请核对。")

// NewCode makes a one-time code from a source of chance, written in four groups of four. A source that fails is a broken machine
// and panics.
func NewCode(rand io.Reader) string {
	var chance [codeChance]byte
	if _, err := io.ReadFull(rand, chance[:]); err != nil {
		panic("source of chance: " + err.Error())
	}
	symbols := make([]byte, 0, codeChance+1)
	for _, c := range chance {
		symbols = append(symbols, c&31) // 256 is a multiple of 32: no symbol is likelier than another
	}
	symbols = append(symbols, checkSymbol(symbols))
	var b strings.Builder
	for i, s := range symbols {
		if i > 0 && i%codeGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(codeAlphabet[s])
	}
	return b.String()
}

// CodeKey derives the key of a member's one-time code, the same on the officer's and on the member's side. Capitals, spaces and
// hyphens do not matter; a slip of the finger is ErrCode.
func CodeKey(genesis chain.Hash, member, code string) (ed25519.PrivateKey, error) {
	symbols, err := readCode(code)
	if err != nil {
		return nil, err
	}
	seed, err := hkdf.Key(sha256.New, symbols, genesis[:], domainCode+member, ed25519.SeedSize)
	if err != nil {
		return nil, fmt.Errorf("derive key of code: %w", err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// readCode gives the symbols of chance. 0, 1 and 8 are in no code and are read as the letters they resemble.
func readCode(code string) ([]byte, error) {
	symbols := make([]byte, 0, codeChance+1)
	for i := range len(code) {
		c := code[i]
		switch {
		case c == ' ' || c == '-':
			continue
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c == '0':
			c = 'o'
		case c == '1':
			c = 'l'
		case c == '8':
			c = 'b'
		}
		at := strings.IndexByte(codeAlphabet, c)
		if at < 0 || len(symbols) > codeChance {
			return nil, ErrCode
		}
		symbols = append(symbols, byte(at))
	}
	if len(symbols) != codeChance+1 || checkSymbol(symbols[:codeChance]) != symbols[codeChance] {
		return nil, ErrCode
	}
	return symbols[:codeChance], nil
}

// checkSymbol is the sum of the symbols, each times another power of x, in the field of 32 elements (x⁵ = x² + 1). All powers and so all
// weights differ, which finds every single wrong symbol and every two that changed places.
func checkSymbol(symbols []byte) byte {
	var sum byte
	for i := len(symbols) - 1; i >= 0; i-- { // Horner's rule
		sum = timesX(sum) ^ symbols[i]
	}
	return timesX(sum) // the check symbol itself has weight one
}

func timesX(s byte) byte {
	s <<= 1
	if s&32 != 0 {
		s ^= 32 | 5
	}
	return s
}
