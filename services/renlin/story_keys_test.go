package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	"renlin.dev/services/gateway"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// keysOfALife is one old person's keys and accounts over the years, at a real pilot, with the officers who help.
type keysOfALife struct {
	*testing.T
	cfg     pilotConfig
	address string
	stop    func()
	n       *neighbourhood.Neighbourhood
	old     string
	phone   *phone
	devices []*client.Device
	posted  int
}

func newKeysOfALife(t *testing.T) *keysOfALife {
	t.Helper()
	l := &keysOfALife{T: t, cfg: testPilot(t)}
	platform, provider := startPlatform(t)
	raw, err := json.Marshal(map[string][]gateway.ProviderConfig{"providers": {provider}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "providers.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if l.cfg.providers, err = readProviders(file); err != nil {
		t.Fatal(err)
	}
	l.address, l.stop = watchPilot(t, t.Context(), l.cfg, io.Discard)
	l.n, _ = foundVoters(t, l.address, 1)
	l.old = client.NewID()
	if err := l.n.Admit(t.Context(), []*communityv1.ImportRow{{Member: l.old}}); err != nil {
		t.Fatal(err)
	}
	l.phone = &phone{t: t, platform: platform, account: "o6_old_person", g: l.n.Gateway, community: l.n.Community}
	return l
}

// restart stops the pilot and starts it again; every device is told where it is now.
func (l *keysOfALife) restart() {
	l.Helper()
	l.stop()
	l.address, l.stop = watchPilot(l.T, l.Context(), l.cfg, io.Discard)
	g := client.New(l.address)
	l.n.Gateway, l.phone.g = g, g
	for _, d := range append([]*client.Device{l.n.First.Device, l.n.Second.Device}, l.devices...) {
		d.Gateway = g
	}
	for _, d := range []*client.Device{l.n.First.Device, l.n.Second.Device} {
		signedIn(l.T, d)
	}
}

// host has a key hosted by the second organisation's officer, and by the first's too where the rules want both.
func (l *keysOfALife) host(cosigners ...ed25519.PrivateKey) (key []byte, err error) {
	l.Helper()
	var out struct{ Key []byte }
	if err := l.n.Second.Post(l.Context(), "/v1/communities/"+l.n.Community+"/hosted-keys", nil, []byte(memberJSON(l.old)), &out); err != nil {
		l.Fatal(err)
	}
	_, err = l.n.Second.Do(l.Context(), "community.host_key", "members/"+l.old+"/hosted-keys",
		&communityv1.HostKey{Member: l.old, Key: out.Key}, cosigners...)
	return out.Key, err
}

// enrol has a new device make a key and enrol it with a code.
func (l *keysOfALife) enrol(code string) *client.Device {
	l.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		l.Fatal(err)
	}
	paper, err := standing.CodeKey(l.n.Genesis, l.old, code)
	if err != nil {
		l.Fatal(err)
	}
	d := &client.Device{Gateway: l.n.Gateway, Community: l.n.Community, Genesis: l.n.Genesis, Member: l.old, Key: key}
	if _, err := d.Do(l.Context(), "community.enrol_key", "members/"+l.old+"/keys",
		&communityv1.EnrolKey{Member: l.old, Key: key.Public().(ed25519.PublicKey)}, paper); err != nil {
		l.Fatalf("enrol: %v", err)
	}
	signedIn(l.T, d)
	l.devices = append(l.devices, d)
	return d
}

// post has a topic posted in the old person's name, by a device or by an account's session, and tells why not; nobody may have many open.
func (l *keysOfALife) post(d *client.Device) error {
	l.Helper()
	sealed, err := d.PutText(l.Context(), l.old, "the lamp in the stairwell is broken")
	if err != nil {
		return err
	}
	answer, err := d.Do(l.Context(), "proposal.post", "topics",
		&proposalv1.PostTopic{Matter: neighbourhood.MatterGreening, Text: neighbourhood.Text(sealed)})
	if err != nil {
		return err
	}
	l.posted++
	topic := made(answer, "topic")
	_, err = d.Do(l.Context(), "proposal.withdraw", "topics/"+topic+"/withdrawal", &proposalv1.WithdrawTopic{Topic: topic})
	return err
}

// atThePhone is the session of the phone's account.
func (l *keysOfALife) atThePhone() *client.Device {
	return &client.Device{Gateway: l.n.Gateway, Community: l.n.Community, Genesis: l.n.Genesis, Token: l.phone.token}
}

// signOff has somebody sign a key off, by its id, as the list of devices shows it.
func (l *keysOfALife) signOff(by *client.Device, key ed25519.PrivateKey) {
	l.Helper()
	id := chain.KeyID(key.Public().(ed25519.PublicKey))
	if _, err := by.Do(l.Context(), "community.revoke_key", "keys/revocation", &communityv1.RevokeKey{KeyId: id}); err != nil {
		l.Fatalf("sign off: %v", err)
	}
}

// over fails unless a device's sessions have ended at once and it opens no other.
func (l *keysOfALife) over(d *client.Device) {
	l.Helper()
	inbox := "/v1/communities/" + l.n.Community + "/inbox"
	wantFault(l.T, "a lost device reads", d.Get(l.Context(), inbox, new(any)), fault.Unauthenticated, "key.revoked")
	wantFault(l.T, "a lost device signs in", d.SignIn(l.Context()), fault.Unauthenticated, "key.revoked")
	wantFault(l.T, "a lost device acts", l.post(d), fault.Unauthenticated, "key.revoked")
}

// TestKeysOfALife: an old person without a phone, then with a mini-program on their daughter's phone, then with a phone of their own and a
// second one; one is lost, then the other, and at last a key is hosted again. docs/SIGN-IN.md tells the same.
func TestKeysOfALife(t *testing.T) {
	l := newKeysOfALife(t)
	first, err := l.host()
	if err != nil {
		t.Fatalf("host: %v", err)
	}

	// A code on paper, typed into the mini-program: from then on a tap signs in.
	ticket := l.phone.unbound()
	if err := l.phone.redeem(l.n.Genesis, l.old, invite(t, l.n, l.old), ticket); err != nil {
		t.Fatalf("bind by code: %v", err)
	}
	l.phone.signedIn()
	if err := l.post(l.atThePhone()); err != nil {
		t.Errorf("a topic by the hosted key: %v", err)
	}

	// A phone of their own: the hosted key goes with its enrolment, and what rested on it.
	own := l.enrol(invite(t, l.n, l.old))
	if code := l.phone.reads(); code != "session.expired" {
		t.Errorf("the account that rested on the hosted key: %q", code)
	}
	if code := l.phone.bind(own, l.old, l.phone.unbound()); code != "" {
		t.Fatalf("bind by the phone: %q", code)
	}
	l.restart()
	l.phone.signedIn()
	wantFault(t, "an account signs for who has a device", l.post(l.atThePhone()), fault.Unauthenticated, "key.revoked")
	signedIn(t, own)
	if err := l.post(own); err != nil {
		t.Errorf("a topic by the phone: %v", err)
	}

	l.lose(own)
	l.hostAgain(first)
	l.verified()
}

// lose has the phone lost when there is a second one, and the second when there is none.
func (l *keysOfALife) lose(own *client.Device) {
	l.Helper()
	code := standing.NewCode(rand.Reader)
	key, err := standing.CodeKey(l.n.Genesis, l.old, code)
	if err != nil {
		l.Fatal(err)
	}
	alone := &communityv1.InviteMembers{Invites: []*communityv1.Invite{{Member: l.old, CodeKey: key.Public().(ed25519.PublicKey)}}}
	_, err = l.n.Second.Do(l.Context(), "community.invite_members", "invites", alone)
	wantFault(l.T, "one organisation alone, for who has a device", err, fault.Forbidden, "signature.second_org")
	second := l.enrol(invite(l.T, l.n, l.old, l.n.First.Key))
	if keys, bindings := l.phone.devices(); len(keys) != 2 || len(bindings) != 1 {
		l.Errorf("devices: %v, %v", keys, bindings)
	}

	l.signOff(l.n.First.Device, own.Key) // the officer whom they rang up
	l.over(own)
	if code := l.phone.reads(); code != "session.expired" {
		l.Errorf("the account that rested on the lost phone: %q", code)
	}
	if code := l.phone.bind(second, l.old, l.phone.unbound()); code != "" {
		l.Fatalf("bind by the second device: %q", code)
	}

	third := l.enrol(invite(l.T, l.n, l.old, l.n.First.Key)) // the second is lost as well; two organisations vouch
	l.signOff(third, second.Key)
	l.over(second)
	l.phone.unbound()
	if err := l.post(third); err != nil {
		l.Errorf("a topic by the newest device: %v", err)
	}
	l.signOff(l.n.First.Device, third.Key) // and the last
	l.over(third)
}

// hostAgain has a key hosted once more: another one, and by two organisations.
func (l *keysOfALife) hostAgain(first []byte) {
	l.Helper()
	_, err := l.host()
	wantFault(l.T, "one organisation alone, for who had a device", err, fault.Forbidden, "signature.second_org")
	again, err := l.host(l.n.First.Key)
	if err != nil || string(again) == string(first) {
		l.Fatalf("hosted again: %v; the old key: %v", err, string(again) == string(first))
	}
	if err := l.phone.redeem(l.n.Genesis, l.old, invite(l.T, l.n, l.old, l.n.First.Key), l.phone.unbound()); err != nil {
		l.Fatalf("bind by code again: %v", err)
	}
	l.phone.signedIn()
	if err := l.post(l.atThePhone()); err != nil {
		l.Errorf("a topic by the new hosted key: %v", err)
	}
}

// verified exports the record and has it judged offline.
func (l *keysOfALife) verified() {
	l.Helper()
	if l.posted != 4 {
		l.Errorf("%d topics were posted", l.posted)
	}
	bundle := filepath.Join(l.TempDir(), "life.renlin")
	code, _, stderr := renlin(l.T, "export", "-o", bundle, "-http", l.address, "-community", l.n.Community,
		"-token", filepath.Join(l.cfg.data, "token"))
	if code != exitDone {
		l.Fatalf("export: exit %d, %s", code, stderr)
	}
	if report := verifyJSON(l.T, bundle, exitDone); !report.OK || report.Unjudged != 0 {
		l.Errorf("the record does not verify: %+v", report)
	}
}

// TestErasedStaysErased: who puts an erased person's binding back, as an old copy of the directory would, finds it gone soon after the
// start.
func TestErasedStaysErased(t *testing.T) {
	l := newKeysOfALife(t)
	own := l.enrol(invite(t, l.n, l.old))
	if code := l.phone.bind(own, l.old, l.phone.unbound()); code != "" {
		t.Fatalf("bind: %q", code)
	}
	found, err := filepath.Glob(filepath.Join(l.cfg.data, "gateway", "bindings", l.n.Community, l.old+".*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	copied, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := own.Do(t.Context(), "vault.erase", "erasures", &vaultv1.EraseSubject{Subject: l.old}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(found[0]); !os.IsNotExist(err) {
		t.Errorf("the erasure was answered, and the binding is there: %v", err)
	}
	l.stop()
	if err := os.WriteFile(found[0], copied, 0o600); err != nil {
		t.Fatal(err)
	}
	l.address, l.stop = watchPilot(t, t.Context(), l.cfg, io.Discard)
	l.phone.g = client.New(l.address)
	soon, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	err = neighbourhood.Eventually(soon, "review", func() error {
		if _, err := os.Stat(found[0]); err == nil {
			return fault.ErrUnavailable
		}
		return nil
	})
	if err != nil {
		t.Errorf("after the start: %v", err)
	}
	anyone := &client.Device{Gateway: l.phone.g}
	known := func() error { return anyone.Get(soon, "/v1/communities/"+l.n.Community, new(any)) }
	if err := neighbourhood.Eventually(soon, "community after the start", known); err != nil {
		t.Error(err)
	}
	l.phone.unbound()
}
