package process

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"path/filepath"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/keyfile"
	"renlin.dev/pkg/op"
	keys "renlin.dev/pkg/secretballot/trustee"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/voting/trustee"
)

// trusteeFolder is where a trustee's keys lie below its data directory, and no file else: whatever it has said follows from them.
const trusteeFolder = "trustee"

// TrusteeIdentity is what others must know of a trustee who is nothing else: the public halves of the device key that signs for it, and of
// its long-term key. A founding names both; a trustee who is appointed later enrols the first and is appointed with the second.
type TrusteeIdentity struct {
	Key        []byte `json:"key"`
	TrusteeKey []byte `json:"trustee_key"`
}

// LoadTrustee reads a trustee's keys, making them at the first start. One that is lost is made anew: the trustee is a stranger to the polls
// whose keys were begun before, is left out by name, and has to be appointed with its new key.
func LoadTrustee(data string) (device ed25519.PrivateKey, long *keys.Key, err error) {
	dir := filepath.Join(data, trusteeFolder)
	if device, err = keyfile.LoadOrMake(filepath.Join(dir, "device.key"), rand.Reader); err != nil {
		return nil, nil, err
	}
	seed, err := keyfile.LoadOrMake(filepath.Join(dir, "trustee.key"), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	long, err = trustee.KeyOf(seed.Seed())
	return device, long, err
}

// IdentityOf gives what may be told of a trustee's keys.
func IdentityOf(device ed25519.PrivateKey, long *keys.Key) TrusteeIdentity {
	return TrusteeIdentity{Key: chain.Public(device), TrusteeKey: long.Public().Bytes()}
}

// RunTrustee runs a trustee who holds nothing of polls without trustees: it has a part of each poll's key, and no key of any poll.
func RunTrustee(ctx context.Context, env Env) error {
	nc, err := env.Dial(bus.Trustee)
	if err != nil {
		return err
	}
	defer nc.Close()
	device, long, err := LoadTrustee(env.Data)
	if err != nil {
		return err
	}
	svc, err := op.NewService(nc, bus.Trustee)
	if err != nil {
		return err
	}
	svc.LogTo(env.Log)
	svc.MeasureIn(env.Metrics)
	err = svc.Bytes(ctx, "trustee.identity", "identity", func(context.Context, []byte) ([]byte, error) {
		return json.Marshal(IdentityOf(device, long))
	})
	if err != nil {
		return err
	}
	list := func(ctx context.Context) []string { return communitiesAsked(ctx, op.NewCaller(nc)) }
	run := func(ctx context.Context, community string, ready func(check)) error {
		record, err := openRecord(ctx, nc, community, device)
		if err != nil {
			return err
		}
		own, err := env.follow(bus.Trustee, community, record.call)
		if err != nil {
			return err
		}
		agent := &trustee.Agent{Key: long, Rand: rand.Reader, Record: own.trustee(record)}
		ready(own.check)
		return stepping(ctx, env, community, own.around(agent.Step))
	}
	return serveListed(ctx, env.Log, list, env.watch(bus.Trustee, nc).over(run))
}
