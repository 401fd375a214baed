// Package device is what a device at the MQTT edge is and says, as functions of bytes: its name and password, the subjects that are its
// own, its messages, and the signed command that a message becomes.
package device

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
)

// ErrDevice: not who it says it is. Whether the name or the password was wrong is not told.
var ErrDevice = fault.New(fault.Unauthenticated, "device.unknown",
	"This device is not enrolled by this password.", "此设备未以该密码登记。")

// Identity is a device that has shown its seed.
type Identity struct {
	Community, Sensor string
	Key               ed25519.PrivateKey
}

var (
	nameForm     = regexp.MustCompile(`^([a-z2-7]{26})/([a-z2-7]{26})$`)
	passwordForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Enter judges a name and a password by themselves: the password is the seed of the key that the name names. Whether the record knows that
// key is another question.
func Enter(name, password string) (Identity, error) {
	m := nameForm.FindStringSubmatch(name)
	if m == nil || !passwordForm.MatchString(password) {
		return Identity{}, ErrDevice
	}
	seed, err := hex.DecodeString(password)
	if err != nil {
		return Identity{}, ErrDevice
	}
	id := Identity{Community: m[1], Sensor: m[2], Key: ed25519.NewKeyFromSeed(seed)}
	if chain.KeyID(id.Public()) != id.Sensor {
		return Identity{}, ErrDevice
	}
	return id, nil
}

// ConnectionsMax is how often one device is connected at once, each under a client id of its own: what is dead is not always noticed at
// once. Whatever the broker keeps for a client id it keeps so often for a device, and no more.
const ConnectionsMax = 4

// Owns tells whether a client id is a device's own: its sensor's whole name, by itself or with -1, -2 or -3 behind it.
func (id Identity) Owns(clientID string) bool {
	number, ok := strings.CutPrefix(clientID, id.Sensor)
	return ok && (number == "" || len(number) == 2 && number[0] == '-' && number[1] >= '1' && number[1] < '0'+ConnectionsMax)
}

// Name is what a device calls itself.
func (id Identity) Name() string { return id.Community + "/" + id.Sensor }

// Public is the key that is enrolled.
func (id Identity) Public() ed25519.PublicKey { return id.Key.Public().(ed25519.PublicKey) }

// Signals and Answers are the subjects that are a device's own.
func (id Identity) Signals() string { return SignalsPrefix + id.Community + "." + id.Sensor }

// Answers is where it is told what became of what it said.
func (id Identity) Answers() string { return answersPrefix + id.Community + "." + id.Sensor }

// Prefixes of subjects.
const (
	SignalsPrefix = "signals."
	answersPrefix = "answers."
)

// Sender gives the name of the device to which a subject of signals belongs.
func Sender(subject string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(subject, SignalsPrefix)
	if !ok {
		return "", false
	}
	name = strings.Replace(rest, ".", "/", 1)
	return name, nameForm.MatchString(name)
}

// KeyOf makes an idempotency key of what tells a message apart: when it was stored and where. The broker gives the same message again
// under the same two, so it is the same command again.
func KeyOf(sensor string, storedAt int64, sequence uint64) string {
	b := append([]byte("renlin/device/v1\x00"), sensor...)
	b = binary.BigEndian.AppendUint64(b, uint64(storedAt))
	b = binary.BigEndian.AppendUint64(b, sequence)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// How long after it was said a command may still be recorded: a signal longer than anything is tried; the word that all is well only while
// it is true, or yesterday's would be taken for today's.
const (
	signalHolds = 2 * 24 * 3600 * 1000
	wellHolds   = 10 * 60 * 1000
)

// Command signs what a device has said at a time, for its community. The same message gives the same bytes.
func (id Identity) Command(genesis chain.Hash, s *Said, idempotencyKey string, saidAt int64) ([]byte, error) {
	loose, err := protojson.Marshal(s.Body)
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	if err := json.Compact(&body, loose); err != nil { // protojson writes spaces as it likes
		return nil, err
	}
	signed := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: s.Operation, Contract: 1, IdempotencyKey: idempotencyKey,
		NotAfter: saidAt + s.Holds, Body: body.Bytes(),
	}
	if err := signed.Sign(genesis, chain.AuthorDevice, id.Key); err != nil {
		return nil, err
	}
	return signed.Encode(nil)
}
