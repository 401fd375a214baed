package process

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"

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
	svc.MeasureIn(env.Metrics)
	call := op.NewCaller(nc)
	each := &audits{env: env, nc: nc, js: js, svc: svc, call: call}
	return serveEach(ctx, nc, env.Log, env.watch(bus.Audit, nc).over(each.serve))
}

// audits serves the audit of each community.
type audits struct {
	env  Env
	nc   *nats.Conn
	js   jetstream.JetStream
	svc  *op.Service
	call *op.Caller
}

func (s *audits) serve(ctx context.Context, community string, working func(check)) error {
	said := map[string]bool{}
	var saying sync.Mutex // guards said
	a, err := audit.Open(audit.Config{
		Community: community, Dir: filepath.Join(s.env.Data, "audit", community), Source: audit.NewStream(s.js, community), Log: s.env.Log,
		Halt: func(_ context.Context, reason string) {
			saying.Lock()
			defer saying.Unlock()
			if !said[reason] {
				s.env.Log.Error("writing is halted", "community", community, "err", errors.New(reason))
			}
			said[reason] = true
			_ = s.nc.Publish("seq."+community+".halt", []byte(reason)) // the sequencer compares for itself at its next start
		},
		Checkpoint: func(ctx context.Context) ([]byte, error) {
			raw, err := s.call.Bytes(ctx, "notary."+community+".checkpoint", nil)
			if len(raw) == 0 {
				return nil, err
			}
			return raw, err
		},
		Keys:       func(ctx context.Context) ([]byte, error) { return s.call.Bytes(ctx, "notary."+community+".keys", nil) },
		Grown:      func() { _ = s.nc.Publish("audit."+community+".grown", nil) }, // lost, the next one says the same
		RereadRest: s.env.RereadRest, Metrics: s.env.Metrics,
	})
	if audit.IsDamage(err) {
		return s.damaged(ctx, community, err)
	}
	if err != nil {
		return err
	}
	defer a.Close()
	if err := offerAudit(ctx, s.svc, community, a); err != nil {
		return err
	}
	working(a.Ready)
	return a.Run(ctx)
}

// damaged answers everybody that archive or tiles are not what they were, until the process is started anew. The sequencer, which asks
// at its start, then refuses to write.
func (s *audits) damaged(ctx context.Context, community string, err error) error {
	s.env.Log.Error("audit has stopped", "community", community, "err", err)
	for name := range answersOf(nil) { // any order: all are there at the end
		offer := s.svc.Bytes(ctx, "audit."+community+"."+name, name+"-"+community, func(context.Context, []byte) ([]byte, error) {
			return nil, audit.ErrDamaged
		})
		if offer != nil {
			return offer
		}
	}
	<-ctx.Done()
	return nil
}

func offerAudit(ctx context.Context, svc *op.Service, community string, a *audit.Audit) error {
	for name, answer := range answersOf(a) { // any order: all are there at the end
		if err := svc.Bytes(ctx, "audit."+community+"."+name, name+"-"+community, answer); err != nil {
			return err
		}
	}
	return nil
}

// answersOf gives what an audit answers on the bus, by the subject's end.
func answersOf(a *audit.Audit) map[string]func(context.Context, []byte) ([]byte, error) {
	return map[string]func(context.Context, []byte) ([]byte, error){
		"head":        func(context.Context, []byte) ([]byte, error) { return a.MarshalHead() },
		"consistency": func(_ context.Context, data []byte) ([]byte, error) { return a.AnswerConsistency(data) },
		"log":         func(ctx context.Context, data []byte) ([]byte, error) { return a.Log(ctx, string(data)) },
		"whole":       a.AnswerWhole,
		"blocks":      numbered(a.Blocks),
		"commits":     numbered(a.Commits),
	}
}

// numbered is an answer to a number.
func numbered(answer func(n uint64) ([]byte, error)) func(context.Context, []byte) ([]byte, error) {
	return func(_ context.Context, data []byte) ([]byte, error) {
		n, err := strconv.ParseUint(string(data), 10, 63)
		if err != nil {
			return nil, chain.ErrMalformed.Because(err)
		}
		return answer(n)
	}
}

// auditLog is audit's log as the notary asks it over the bus.
type auditLog struct {
	call      *op.Caller
	community string
	traced    []audit.Traced // with the last head; the notary asks and reads in one goroutine
}

func (l *auditLog) Head(ctx context.Context) (notary.Head, error) {
	raw, err := l.call.Bytes(ctx, "audit."+l.community+".head", nil)
	if err != nil {
		return notary.Head{}, err
	}
	var head audit.TracedHead
	err = json.Unmarshal(raw, &head)
	l.traced = head.Traced
	return notary.Head{Size: head.Size, Root: head.Root}, err
}

// causes gives the traces of the requests that a log of one size has and a shorter one has not.
func (l *auditLog) causes(from, to uint64) (out []string) {
	for _, t := range l.traced {
		if from < t.Size && t.Size <= to {
			out = append(out, t.Trace)
		}
	}
	return out
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
