package process

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/host"
	"renlin.dev/pkg/keyfile"
	"renlin.dev/services/gateway"
	"renlin.dev/services/matching"
)

// PlannerKey reads the device key of the program that plans, making it at the first start. Where it is lost, another one is enrolled.
func PlannerKey(data string) (ed25519.PrivateKey, error) {
	return keyfile.LoadOrMake(filepath.Join(data, "planner", "device.key"), rand.Reader)
}

// RunMatching hosts the matching service with the program beside it that plans by itself.
func RunMatching(ctx context.Context, env Env, model *decider.Model) error {
	key, err := PlannerKey(env.Data)
	if err != nil {
		return err
	}
	var h *host.Host // set before the planner is served: it looks at nothing until then
	planner := matching.NewPlanner(matching.PlannerConfig{
		Key: key, Rand: rand.Reader, Now: func() int64 { return time.Now().UnixMilli() }, Log: env.Log, Metrics: env.Metrics,
		Look: func(ctx context.Context, community string, fn func(*decider.State)) error {
			return h.Look(ctx, community, fn)
		},
		Submit: func(ctx context.Context, community string, raw []byte) error {
			ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
			defer cancel()
			return h.Submit(ctx, community, raw)
		},
	})
	return RunService(ctx, env, model, Beside{
		Run: func(ctx context.Context, nc *nats.Conn, hosting *host.Host) error {
			h = hosting
			return serveEach(ctx, nc, env.Log, planner.Serve)
		},
		Looks: map[string]host.Look{
			gateway.HelpedActs: matching.AnswerHelped, gateway.MatchingProposal: planner.Answer,
			gateway.MatchingReport: matching.AnswerReport, gateway.MatchingMine: matching.AnswerMine,
			gateway.MatchingBoard: matching.AnswerBoard,
		},
		Kept:   []string{gateway.MatchingReport, gateway.MatchingBoard}, // both go through all needs; a report is asked for by the minute
		Folded: planner.Folded,
	})
}
