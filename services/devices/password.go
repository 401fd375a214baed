package devices

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"

	"renlin.dev/pkg/chain"
)

// Password is what is made for a device that is to be enrolled: it is told the password, and the record the key.
type Password struct {
	Password string `json:"password"`
	Key      []byte `json:"key"`
	Sensor   string `json:"sensor"`
}

// NewPassword makes one. Nobody keeps it: who loses it enrols the device anew.
func NewPassword() Password {
	var seed [ed25519.SeedSize]byte
	_, _ = rand.Read(seed[:]) // never fails
	key := ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey)
	return Password{Password: hex.EncodeToString(seed[:]), Key: key, Sensor: chain.KeyID(key)}
}
