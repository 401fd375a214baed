package people

import (
	"encoding/hex"
	"slices"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Invite is aggregate invite/<member>: the one-time code that is out, if any. A later one replaces it.
type Invite struct {
	CodeKey   string `json:"code_key"`   // public key in hex
	Org       string `json:"org"`        // whose officer gave it
	ExpiresAt int64  `json:"expires_at"` // ms since the Unix epoch
	Used      bool   `json:"used,omitempty"`
}

// Keyring is aggregate keyring/<member>: the keys in force, by id.
type Keyring struct {
	Devices []string `json:"devices"`
	Hosted  string   `json:"hosted,omitempty"`
	// HadDevice stays set for good: who ever had a device of their own gets another key only from two organisations.
	HadDevice bool `json:"had_device,omitempty"`
}

// Clone copies what Evolve writes into.
func (k *Keyring) Clone() *Keyring {
	dup := *k
	dup.Devices = slices.Clone(k.Devices)
	return &dup
}

// Kinds registers what only this service keeps.
func Kinds() decider.Part {
	return func(m *decider.Model) {
		decider.Kind("invite", true, evolveInvite)(m)
		decider.Kind("keyring", true, evolveKeyring)(m)
		decider.Kind("helper", true, evolveHelper)(m)
		amendmentKinds(m)
	}
}

func evolveInvite(i *Invite, e decider.Event) {
	switch b := e.Body.(type) {
	case *communityv1.MemberInvited:
		*i = Invite{CodeKey: hex.EncodeToString(b.GetCodeKey()), Org: b.GetOrg(), ExpiresAt: b.GetExpiresAt()}
	case *communityv1.InviteUsed:
		i.Used = true
	}
}

func evolveKeyring(k *Keyring, e decider.Event) {
	switch b := e.Body.(type) {
	case *communityv1.KeyKept:
		if b.GetHosted() {
			k.Hosted = b.GetKeyId()
			return
		}
		k.Devices, k.HadDevice = append(k.Devices, b.GetKeyId()), true
	case *communityv1.KeyDropped:
		if b.GetKeyId() == k.Hosted {
			k.Hosted = ""
			return
		}
		k.Devices = slices.DeleteFunc(k.Devices, func(id string) bool { return id == b.GetKeyId() })
	}
}
