package process

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/keyfile"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/op"
	"renlin.dev/services/notary"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/witness"
)

// WitnessAddress is a witness that runs elsewhere.
type WitnessAddress struct {
	URL string `json:"url"`
	Key string `json:"key"` // C2SP verifier key
}

// NotaryConfig says who cosigns and how often the notary signs.
type NotaryConfig struct {
	Interval time.Duration
	// Home is a witness in this process; nil when all are elsewhere.
	Home      *witness.Witness
	Witnesses []WitnessAddress
}

// HomeWitness opens the witness of a pilot: key and memory lie outside the data directory.
func HomeWitness(env Env) (*witness.Witness, error) {
	dir := filepath.Join(env.State, "witness")
	key, err := keyfile.LoadOrMake(filepath.Join(dir, "witness.key"), rand.Reader)
	if err != nil {
		return nil, err
	}
	cosigner, err := merkle.NewCosigner("renlin.dev/witness/home", key)
	if err != nil {
		return nil, err
	}
	return witness.New(witness.Config{StateDir: filepath.Join(dir, "logs"), Cosigner: cosigner, Logger: env.Log, Metrics: env.Metrics})
}

// NotaryKey reads the key of all of a notary's logs from its data directory, making it at the first start.
func NotaryKey(data string) (ed25519.PrivateKey, error) {
	return keyfile.LoadOrMake(filepath.Join(data, "notary", "log.key"), rand.Reader)
}

// RunNotaries serves every community's notary until ctx ends.
func RunNotaries(ctx context.Context, env Env, cfg NotaryConfig) error {
	nc, err := env.Dial(bus.Notary)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	svc, err := op.NewService(nc, "notary")
	if err != nil {
		return err
	}
	svc.LogTo(env.Log)
	svc.MeasureIn(env.Metrics)
	key, err := NotaryKey(env.Data)
	if err != nil {
		return err
	}
	w := env.watch(bus.Notary, nc)
	return serveEach(ctx, nc, env.Log, w.over(func(ctx context.Context, community string, working func(check)) error {
		signer, err := merkle.NewSigner(notary.Origin(community), key)
		if err != nil {
			return err
		}
		store, err := notary.OpenNotes(ctx, js, community)
		if err != nil {
			return err
		}
		last, err := store.Last(ctx)
		if err != nil {
			return err
		}
		witnesses, err := cfg.clients(signer.VerifierKey(), last)
		if err != nil {
			return err
		}
		log := &auditLog{call: op.NewCaller(nc), community: community}
		n, err := notary.Open(ctx, notary.Config{
			Community: community, Signer: signer, Dir: filepath.Join(env.Data, "notary", community), Log: log,
			Witnesses: witnesses, QuorumMin: len(witnesses), Store: store, Interval: cfg.Interval, Logger: env.Log,
			Metrics: env.Metrics, Causes: log.causes,
			Published: func(note []byte) { _ = nc.Publish("seq."+community+".checkpointed", note) }, // lost, the next one does the same
		})
		if err != nil {
			return err
		}
		defer n.Close()
		if err := offerNotary(ctx, svc, community, n, store); err != nil {
			return err
		}
		working(func(context.Context) error {
			return refusalOf(n.Refusal())
		})
		return n.Run(ctx)
	}))
}

// Why a notary does not sign. The public page of the record says so of the first three.
var (
	errLogForked = fault.New(fault.Unavailable, "notary.forked",
		"The log contradicts what was signed and witnessed; nothing is signed any more.", "日志与已签署并经见证的内容互相矛盾，不再签署。")
	errLogShrunk = fault.New(fault.Unavailable, "notary.shrunk",
		"The log is shorter than what was signed; nothing is signed any more.", "日志短于已签署的内容，不再签署。")
	errUnwitnessed = fault.New(fault.Unavailable, "notary.unwitnessed",
		"The witnesses do not confirm the newest state, so it is not published.", "见证方未确认最新状态，因此暂不发布。")
	errRefuses = fault.New(fault.Unavailable, "notary.refuses",
		"No checkpoint can be signed or published just now; the operator has been told.", "暂时无法签署或发布检查点，已通知管理员。")
)

// refusalOf names why a notary does not sign or publish; nil for nil.
func refusalOf(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, notary.ErrStopped), errors.Is(err, notary.ErrForked):
		return errLogForked.Because(err)
	case errors.Is(err, notary.ErrShrunk):
		return errLogShrunk.Because(err)
	case errors.Is(err, notary.ErrQuorum):
		return errUnwitnessed.Because(err)
	}
	return errRefuses.Because(err)
}

// clients makes a client for every witness, and tells the home witness of the log.
func (cfg NotaryConfig) clients(log string, last []byte) ([]notary.Witness, error) {
	var out []notary.Witness
	if cfg.Home != nil {
		if err := cfg.Home.AddLog(log); err != nil {
			return nil, err
		}
		c, err := witness.NewClient(witness.ClientConfig{Local: cfg.Home, VerifierKey: cfg.Home.VerifierKey(), Log: log, Seen: last})
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	for _, w := range cfg.Witnesses {
		c, err := witness.NewClient(witness.ClientConfig{URL: w.URL, VerifierKey: w.Key, Log: log, Seen: last})
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func offerNotary(ctx context.Context, svc *op.Service, community string, n *notary.Notary, notes *notary.Notes) error {
	err := svc.Bytes(ctx, "notary."+community+".checkpoint", "checkpoint-"+community, func(context.Context, []byte) ([]byte, error) {
		return n.Checkpoint(), nil
	})
	if err != nil {
		return err
	}
	err = svc.Bytes(ctx, "notary."+community+".checkpoints", "checkpoints-"+community, func(ctx context.Context, _ []byte) ([]byte, error) {
		some, err := notes.Some(ctx)
		if err != nil {
			return nil, err
		}
		return json.Marshal(some)
	})
	if err != nil {
		return err
	}
	return svc.Bytes(ctx, "notary."+community+".keys", "keys-"+community, func(context.Context, []byte) ([]byte, error) {
		log, witnesses := n.Keys()
		return json.Marshal(map[string]any{"log": log, "witnesses": witnesses})
	})
}
