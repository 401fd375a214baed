package process

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/host"
	"renlin.dev/services/aid"
	"renlin.dev/services/community"
	"renlin.dev/services/gateway"
	"renlin.dev/services/ledger"
	"renlin.dev/services/matching"
	"renlin.dev/services/proposal"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/vault"
	"renlin.dev/services/voting"
)

// Models gives the rules of all services, in the order in which an observer runs them.
func Models() []*decider.Model {
	return []*decider.Model{
		community.Model(), proposal.Model(), voting.Model(), vault.Model(), ledger.Model(), aid.Model(),
		matching.Model(),
	}
}

// ModelOf finds one service's rules.
func (e *Env) ModelOf(service string) *decider.Model {
	for _, m := range e.Models {
		if m.Service == service {
			return m
		}
	}
	panic("no such service: " + service)
}

// Token reads the operator's token, making it at the first start.
func Token(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(raw)), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read token: %w", err)
	}
	var chance [24]byte
	if _, err := io.ReadFull(rand.Reader, chance[:]); err != nil {
		return "", fmt.Errorf("make token: %w", err)
	}
	token := hex.EncodeToString(chance[:])
	if err := os.WriteFile(path, []byte(token+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write token: %w", err)
	}
	return token, nil
}

// OpenGateway connects the gateway to the bus. The caller serves it, has Reviewed run beside it, and after that closes it and the
// connection.
func OpenGateway(env Env, token string, development bool) (*gateway.Gateway, *nats.Conn, error) {
	var platforms []gateway.Provider
	for _, cfg := range env.Providers {
		p, err := gateway.NewCode2Session(cfg, env.Log)
		if err != nil {
			return nil, nil, err
		}
		platforms = append(platforms, p)
	}
	nc, err := env.Dial(bus.Gateway)
	if err != nil {
		return nil, nil, err
	}
	dir := filepath.Join(env.Data, "gateway")
	g, err := gateway.New(gateway.Config{
		Models: env.Models, Bus: nc, Log: env.Log, HostedDir: filepath.Join(dir, "hosted"), BindingsDir: filepath.Join(dir, "bindings"),
		OperatorToken: token, Development: development, DevelopmentFrom: env.DevelopmentFrom, Limits: env.Limits, Metrics: env.Metrics,
		CursorKey: filepath.Join(dir, "cursor.key"), Providers: platforms,
		Traces: env.Traces, Parts: partsShown(), Process: env.Process, Ordered: bus.TakesOrders, Phone: env.Phone,
	})
	if err != nil {
		nc.Close()
		return nil, nil, err
	}
	env.watch(bus.Gateway, nc)
	return g, nc, nil
}

// partsShown are the parts that an operator's page asks, in the order in which a command meets them.
func partsShown() []string {
	return []string{
		bus.Community, bus.Proposal, bus.Voting, bus.Matching, bus.Aid, bus.Ledger, bus.Vault, bus.Sequencer, bus.Audit, bus.Notary,
		bus.Keystore, bus.Trustee, bus.Registrar,
	}
}

// reviewInterval is how long what binds accounts may rest on nothing where the gateway did not see it end.
const reviewInterval = time.Minute

// reviewSoon is the first pause when they could not all be looked at.
const reviewSoon = 100 * time.Millisecond

// Reviewed has a gateway look at what it binds, at the start and now and then, until ctx ends; sooner again while services cannot be asked.
func Reviewed(ctx context.Context, env Env, g *gateway.Gateway) error {
	for wait := reviewSoon; ; wait = min(2*wait, reviewInterval) {
		if err := g.Review(ctx); err == nil {
			wait = reviewInterval
		} else if ctx.Err() == nil && wait == reviewInterval {
			env.Log.Warn("bindings were not all reviewed", "err", err)
		}
		if !sleep(ctx, wait) {
			return nil
		}
	}
}

// Part is one daemon's work.
type Part func(ctx context.Context, env Env) error

// DomainParts gives the parts that host rules, by name.
func DomainParts() map[string]Part {
	return map[string]Part{
		bus.Community: func(ctx context.Context, env Env) error { return RunCommunity(ctx, env, env.ModelOf("community")) },
		bus.Proposal: func(ctx context.Context, env Env) error {
			looks := map[string]host.Look{gateway.HelpedActs: proposal.AnswerHelped}
			return RunService(ctx, env, env.ModelOf("proposal"), Beside{Looks: looks})
		},
		bus.Matching: func(ctx context.Context, env Env) error { return RunMatching(ctx, env, env.ModelOf("matching")) },
		bus.Voting:   func(ctx context.Context, env Env) error { return RunVoting(ctx, env, env.ModelOf("voting")) },
		bus.Vault:    func(ctx context.Context, env Env) error { return RunVault(ctx, env, env.ModelOf("vault")) },
		bus.Ledger: func(ctx context.Context, env Env) error {
			looks := map[string]host.Look{
				gateway.HelpedActs: ledger.AnswerHelped, gateway.LedgerBooks: ledger.AnswerBooks, gateway.LedgerOwn: ledger.AnswerOwn,
				gateway.LedgerWorks: ledger.AnswerWorks,
			}
			return RunService(ctx, env, env.ModelOf("ledger"), Beside{Looks: looks, Kept: []string{gateway.LedgerBooks}})
		},
		bus.Aid: func(ctx context.Context, env Env) error {
			looks := map[string]host.Look{
				gateway.HelpedActs: aid.AnswerHelped, gateway.MineAid: aid.AnswerMine, gateway.AidFigures: aid.AnswerFigures,
				gateway.AidBoard: aid.AnswerBoard, gateway.OwnFiles: aid.AnswerOwnFiles, gateway.OwnOrders: aid.AnswerCarried,
				gateway.OwnNotices: aid.AnswerOwnNotices, gateway.NoticeUnreached: aid.AnswerUnreached,
				gateway.NoticeFigures: aid.AnswerNoticeFigures,
			}
			return RunService(ctx, env, env.ModelOf("aid"), Beside{Looks: looks, Kept: []string{gateway.AidFigures}})
		},
		bus.Audit:     RunAudits,
		bus.Keystore:  RunKeystore,
		bus.Trustee:   RunTrustee,
		bus.Registrar: RunRegistrar,
	}
}
