package device_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/services/devices/internal/device"
)

var (
	seed      = bytes.Repeat([]byte{7}, ed25519.SeedSize)
	sensor    = chain.KeyID(ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey))
	community = chain.CommunityID(chain.Hash{1})
)

func enter(t testing.TB) device.Identity {
	t.Helper()
	id, err := device.Enter(community+"/"+sensor, hex.EncodeToString(seed))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestCommand: a message becomes the same signed command each time, which says no more than the device did.
func TestCommand(t *testing.T) {
	t.Parallel()
	id := enter(t)
	said, err := device.Read([]byte(`{"level":"warning","kind":"smoke"}`))
	if err != nil || said.Alarm {
		t.Fatal(said, err)
	}
	key := device.KeyOf(id.Sensor, 1_800_000_000_000, 5)
	first, err := id.Command(chain.Hash{1}, said, key, 1_800_000_000_000)
	if err != nil {
		t.Fatal(err)
	}
	second, err := id.Command(chain.Hash{1}, said, key, 1_800_000_000_000)
	if err != nil || !bytes.Equal(first, second) {
		t.Error("two commands of one message", err)
	}
	signed, err := chain.DecodeSigned(first)
	if err != nil {
		t.Fatal(err)
	}
	commandID, err := signed.ID(chain.AuthorDevice, "aid")
	if err != nil || signed.CheckSignatures(chain.Hash{1}, commandID) != nil || signed.CheckSignatures(chain.Hash{2}, commandID) == nil {
		t.Error("signed for another community", err)
	}
	if string(signed.Body) != `{"kind":"SIGNAL_KIND_SMOKE","level":"SIGNAL_LEVEL_WARNING"}` {
		t.Errorf("says %s", signed.Body)
	}
}

// TestKeyOf: each message has a key of its own.
func TestKeyOf(t *testing.T) {
	t.Parallel()
	keys := map[string]bool{}
	for _, key := range []string{
		device.KeyOf("a", 1, 2), device.KeyOf("b", 1, 2), device.KeyOf("a", 2, 2), device.KeyOf("a", 1, 3), device.KeyOf("a", 1, 2),
	} {
		keys[key] = true
	}
	if len(keys) != 4 {
		t.Errorf("%d keys of four messages", len(keys))
	}
}

// TestOwns: a device comes under its own name, whole, of which there are four.
func TestOwns(t *testing.T) {
	t.Parallel()
	id := enter(t)
	for clientID, owns := range map[string]bool{
		sensor: true, sensor + "-1": true, sensor + "-2": true, sensor + "-3": true,
		sensor + "-0": false, sensor + "-4": false, sensor + "-": false, sensor + "1": false, sensor + "-11": false, sensor + "--1": false,
		sensor[:25]: false, sensor[:8]: false, sensor[:8] + "-2": false, strings.ToUpper(sensor): false, " " + sensor: false,
		"": false, community: false, "mosquitto-1": false, "K5KWjdWi7xGSxxxfooBarq": false,
	} {
		if id.Owns(clientID) != owns {
			t.Errorf("%q: %v", clientID, !owns)
		}
	}
}

func TestSubjects(t *testing.T) {
	t.Parallel()
	id := enter(t)
	if name, ok := device.Sender(id.Signals()); !ok || name != id.Name() {
		t.Errorf("%s is of %q", id.Signals(), name)
	}
	for _, subject := range []string{
		"", "signals.", id.Answers(), id.Signals() + ".x",
		"signals." + id.Sensor, strings.ToUpper(id.Signals()),
	} {
		if name, ok := device.Sender(subject); ok {
			t.Errorf("%q is of %q", subject, name)
		}
	}
}

// FuzzEnter: no name and password but those of one key come in, and what comes in owns subjects without wildcards.
func FuzzEnter(f *testing.F) {
	f.Add(community+"/"+sensor, hex.EncodeToString(seed))
	f.Add("*/>", strings.Repeat("0", 64))
	f.Fuzz(func(t *testing.T, name, password string) {
		id, err := device.Enter(name, password)
		if err != nil {
			if !errors.Is(err, device.ErrDevice) {
				t.Errorf("refused by %v", err)
			}
			return
		}
		if id.Name() != name || chain.KeyID(id.Public()) != id.Sensor || strings.ContainsAny(id.Signals()+id.Answers(), "*> ") {
			t.Errorf("%q came in as %s", name, id.Name())
		}
	})
}

// FuzzRead: whatever is sent is one of a device's two words or refused as no message, and what is taken can be signed.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`{"kind":"fall","level":"alarm"}`, `{"kind":"well"}`, `{"kind":1}`, "{}", "\x00", `{"kind":"fall","level":"alarm"} x`,
	} {
		f.Add([]byte(seed))
	}
	id := enter(f)
	f.Fuzz(func(t *testing.T, payload []byte) {
		said, err := device.Read(payload)
		if err != nil {
			if !errors.Is(err, device.ErrMessage) {
				t.Errorf("refused by %v", err)
			}
			return
		}
		if said.Operation != "aid.send_signal" && said.Operation != "aid.send_well" {
			t.Errorf("became %s", said.Operation)
		}
		if _, err := id.Command(chain.Hash{1}, said, device.KeyOf(id.Sensor, 1, 1), 1); err != nil {
			t.Error(err)
		}
	})
}
