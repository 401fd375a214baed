package decidertest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Epoch signs the blocks.
var Epoch = Device("sequencer")

// ID gives a person's, or anything's, opaque id.
func ID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return chain.ShortID(sum[:])
}

// KeyOf gives the public key of a person's device. Nobody has the private one: a World does not check signatures.
func KeyOf(name string) []byte {
	sum := sha256.Sum256([]byte("key of " + name))
	return sum[:]
}

// Device gives a key that signs, for where signatures are checked.
func Device(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("device of " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// Text gives a reference to words in the vault.
func Text(words string) *communityv1.Text {
	sum := sha256.Sum256([]byte(words))
	return &communityv1.Text{Ref: hex.EncodeToString(sum[:]), LengthBytes: uint32(len(words)), Commitment: sum[:]}
}

// Code is the code of a refusal, "" for none.
func Code(err error) string {
	if err == nil {
		return ""
	}
	return fault.Of(err).Code
}

// EventsOf names what a commit says: "aggregate kind: fact, fact".
func EventsOf(c *chain.Commit) []string {
	var out []string
	for _, ch := range c.Changes {
		var names []string
		for _, e := range ch.Events {
			names = append(names, nameOf(e))
		}
		out = append(out, chain.KindOf(ch.Aggregate)+": "+strings.Join(names, ", "))
	}
	return out
}

func nameOf(e chain.Event) string { return e.Type[strings.LastIndexByte(e.Type, '.')+1:] }

// LapseOf answers the reason when the commit is a lapse.
func LapseOf(c *chain.Commit) (string, bool) {
	for _, ch := range c.Changes {
		for _, e := range ch.Events {
			if nameOf(e) != "Lapsed" {
				continue
			}
			body, err := decider.DecodeEvent(e)
			if err != nil {
				return "", false
			}
			return body.(interface{ GetReason() string }).GetReason(), true
		}
	}
	return "", false
}
