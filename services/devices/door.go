package devices

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"golang.org/x/time/rate"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/services/devices/internal/device"
)

const (
	// insider is the name by which this process joins its own broker.
	insider = "renlin-devices"
	// askMax bounds what a connecting device may be looked at.
	askMax = 5 * time.Second
	// knownMax bounds the devices whose seeds are in memory.
	knownMax = 1 << 16
)

// Attempts of one network to connect, and what one device may say: warnings and alarms each in a bucket of their own, so that no chatter
// keeps an alarm out. The rules count too, and by the record.
const (
	connectsPerSecond, connectsBurst = 5, 300
	saysPerSecond, saysBurst         = 1, 30
)

// ErrFlood: more than any device needs to say.
var ErrFlood = fault.New(fault.TooMany, "signal.flood", "This device speaks too fast.", "该设备发送过快。")

// known is a device that has shown its seed to this process.
type known struct {
	device.Identity
	genesis          chain.Hash
	warnings, alarms *rate.Limiter
}

// says draws from the bucket of what a device says.
func (k *known) says(s *device.Said, now time.Time) bool {
	if s.Alarm {
		return k.alarms.AllowN(now, 1)
	}
	return k.warnings.AllowN(now, 1)
}

// door lets devices in by what the record says of them. It implements server.Authentication.
type door struct {
	call   *op.Caller
	meter  *meter
	now    func() time.Time
	secret string // of this process's own connection
	broker *server.Server

	mu       sync.Mutex        // guards what follows
	opened   context.Context   // Run's, while it is open
	devices  map[string]*known // by name
	networks *networks
}

func newDoor(call *op.Caller, now func() time.Time, m *meter) *door {
	if now == nil {
		now = time.Now
	}
	return &door{call: call, meter: m, now: now, secret: rand.Text(), devices: map[string]*known{}, networks: newNetworks()}
}

// Check implements server.Authentication. It runs on the connection's own goroutine, so who is looked at holds up nobody else.
func (d *door) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	if o.Username == insider {
		return subtle.ConstantTimeCompare([]byte(o.Password), []byte(d.secret)) == 1
	}
	id, outcome := d.judge(c, o.Username, o.Password)
	d.meter.connects.With(outcome).Add(1)
	if outcome != connectOk {
		return false
	}
	c.RegisterUser(&server.User{Username: id.Name(), Permissions: &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{id.Signals()}},
		Subscribe: &server.SubjectPermission{Allow: []string{id.Answers()}},
	}})
	return true
}

// judge tells who it is that connects, and what is to become of it.
func (d *door) judge(c server.ClientAuthentication, username, password string) (id device.Identity, outcome string) {
	ctx, outcome := d.admits(c.RemoteAddress())
	if ctx == nil {
		return id, outcome
	}
	id, err := device.Enter(username, password)
	if err != nil || !d.fits(c.GetID(), id) {
		return id, connectForm
	}
	ctx, cancel := context.WithTimeout(ctx, askMax)
	defer cancel()
	err = d.enter(ctx, id)
	switch f := fault.Of(err); {
	case err == nil:
		return id, connectOk
	case f != nil && (f.Kind.Temporary() || f.Kind == fault.Internal):
		return id, connectAway
	}
	return id, connectUnknown
}

// fits tells whether a connection goes under a client id of its device's own. The broker hangs up on whoever has a client id when another
// comes with it, so nobody may come with another's, and nobody is connected more often than they have ids.
func (d *door) fits(connection uint64, id device.Identity) bool {
	me, err := d.broker.Connz(&server.ConnzOptions{CID: connection, Username: true})
	return err == nil && len(me.Conns) == 1 && id.Owns(me.Conns[0].MQTTClient)
}

// open lets devices in until ctx ends.
func (d *door) open(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opened = ctx
}

// admits counts an attempt to connect, and gives the context in which it is looked at; nil for none, and why.
func (d *door) admits(from net.Addr) (ctx context.Context, outcome string) {
	at, _ := netip.ParseAddrPort(from.String())
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.opened == nil || d.opened.Err() != nil {
		return nil, connectClosed
	}
	if !d.networks.allow(at.Addr(), d.now()) {
		return nil, connectFlood
	}
	return d.opened, ""
}

// enter holds a device against the record, and remembers it.
func (d *door) enter(ctx context.Context, id device.Identity) error {
	page, err := d.call.Query("aid")(ctx, &op.Query{Community: id.Community, Path: "sensor/" + id.Sensor})
	if err != nil {
		return err
	}
	var s struct {
		ByPassword bool `json:"by_password"`
		Revoked    bool `json:"revoked"`
	}
	if err := json.Unmarshal(page.(*op.Page).Records[0].State, &s); err != nil {
		return err
	}
	if s.Revoked || !s.ByPassword { // the seed of a device that signs was never meant to be told to anybody
		return device.ErrDevice
	}
	if d.find(id.Name()) != nil {
		return nil
	}
	genesis, err := d.genesis(ctx, id.Community)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.devices) >= knownMax {
		return fault.ErrBusy
	}
	d.devices[id.Name()] = &known{
		Identity: id, genesis: genesis,
		warnings: rate.NewLimiter(saysPerSecond, saysBurst), alarms: rate.NewLimiter(saysPerSecond, saysBurst),
	}
	return nil
}

// genesis asks a community's sequencer for what its commands are signed over, which must be what the community's name says.
func (d *door) genesis(ctx context.Context, community string) (chain.Hash, error) {
	raw, err := d.call.Bytes(ctx, "seq."+community+".info", nil)
	if err != nil {
		return chain.Hash{}, err
	}
	var info struct {
		Genesis string `json:"genesis"`
	}
	if err := json.Unmarshal(raw, &info); err != nil {
		return chain.Hash{}, err
	}
	genesis, err := chain.ParseHash(info.Genesis)
	if err == nil && chain.CommunityID(genesis) != community {
		err = fault.ErrUnavailable
	}
	return genesis, err
}

// find gives a device that has shown its seed; nil for none.
func (d *door) find(name string) *known {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.devices[name]
}

// forget drops a device whose right has ended.
func (d *door) forget(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.devices, name)
}
