package process

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/op"
	"renlin.dev/services/audit"
	"renlin.dev/services/notary"
	"renlin.dev/services/renlin/internal/bus"
)

// RunAudits serves every community's audit until ctx ends.
func RunAudits(ctx context.Context, env Env) error {
	nc, err := env.Dial(bus.Audit)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	svc, err := op.NewService(nc, "audit")
	if err != nil {
		return err
	}
	svc.LogTo(env.Log)
	call := op.NewCaller(nc)
	w := env.watch(bus.Audit, nc)
	return serveEach(ctx, nc, env.Log, w.over(func(ctx context.Context, community string, working func(check)) error {
		a, err := audit.Open(audit.Config{
			Community: community, Dir: filepath.Join(env.Data, "audit", community), Source: &source{js: js, community: community}, Log: env.Log,
			Halt: func(_ context.Context, reason string) {
				env.Log.Error("writing is halted", "community", community, "err", errors.New(reason))
				_ = nc.Publish("seq."+community+".halt", []byte(reason)) // the sequencer compares for itself at its next start
			},
			Checkpoint: func(ctx context.Context) ([]byte, error) {
				raw, err := call.Bytes(ctx, "notary."+community+".checkpoint", nil)
				if len(raw) == 0 {
					return nil, err
				}
				return raw, err
			},
			Keys: func(ctx context.Context) ([]byte, error) { return call.Bytes(ctx, "notary."+community+".keys", nil) },
		})
		if err != nil {
			return err
		}
		defer a.Close()
		if err := offerAudit(ctx, svc, community, a); err != nil {
			return err
		}
		working(a.Ready)
		return a.Run(ctx)
	}))
}

func offerAudit(ctx context.Context, svc *op.Service, community string, a *audit.Audit) error {
	for name, answer := range map[string]func(context.Context, []byte) ([]byte, error){
		"head":        func(context.Context, []byte) ([]byte, error) { return a.MarshalHead() },
		"consistency": func(_ context.Context, data []byte) ([]byte, error) { return a.AnswerConsistency(data) },
		"log":         func(ctx context.Context, data []byte) ([]byte, error) { return a.Log(ctx, string(data)) },
		"blocks": func(_ context.Context, data []byte) ([]byte, error) {
			from, err := strconv.ParseUint(string(data), 10, 63)
			if err != nil {
				return nil, chain.ErrMalformed.Because(err)
			}
			return a.Blocks(from)
		},
	} {
		if err := svc.Bytes(ctx, "audit."+community+"."+name, name+"-"+community, answer); err != nil {
			return err
		}
	}
	return nil
}

// source is a community's stream as audit reads it.
type source struct {
	js        jetstream.JetStream
	community string
}

func (s *source) Follow(ctx context.Context, from uint64, prev *chain.Sealed, each func(raw []byte, header nats.Header) error) error {
	return chain.Follow(ctx, s.js, chain.FollowConfig{Community: s.community, From: from, Prev: prev},
		func(raw []byte, _ *chain.Block, header nats.Header) error { return each(raw, header) })
}

func (s *source) Read(ctx context.Context, number uint64) ([]byte, error) {
	stream, err := s.js.Stream(ctx, chain.StreamName(s.community))
	if err != nil {
		return nil, unreachable(err)
	}
	raw, err := chain.ReadBlock(ctx, stream, number)
	return raw, unreachable(err)
}

// unreachable tells a server that is away from a stream that holds something else.
func unreachable(err error) error {
	if err == nil || errors.Is(err, chain.ErrNoBlock) || errors.Is(err, jetstream.ErrStreamNotFound) {
		return err
	}
	return errors.Join(audit.ErrUnavailable, err)
}

// auditLog is audit's log as the notary asks it over the bus.
type auditLog struct {
	call      *op.Caller
	community string
}

func (l *auditLog) Head(ctx context.Context) (notary.Head, error) {
	raw, err := l.call.Bytes(ctx, "audit."+l.community+".head", nil)
	if err != nil {
		return notary.Head{}, err
	}
	var head audit.Head
	err = json.Unmarshal(raw, &head)
	return notary.Head{Size: head.Size, Root: head.Root}, err
}

func (l *auditLog) Consistency(ctx context.Context, from, to uint64) ([]merkle.Hash, error) {
	body, err := json.Marshal(audit.ConsistencyRequest{From: from, To: to})
	if err != nil {
		return nil, err
	}
	raw, err := l.call.Bytes(ctx, "audit."+l.community+".consistency", body)
	if err != nil {
		return nil, err
	}
	var list []string
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("read consistency proof: %w", err)
	}
	path := make([]merkle.Hash, len(list))
	for i, text := range list {
		h, err := hex.DecodeString(text)
		if err != nil || len(h) != len(path[i]) {
			return nil, errors.New("read consistency proof: a hash is malformed")
		}
		copy(path[i][:], h)
	}
	return path, nil
}
