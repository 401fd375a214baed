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
			gateway.HelpedActs: matching.AnswerHelped, gateway.MatchingMine: matching.AnswerMine,
		},
		Worked: map[string]host.Worked{ // each goes through all needs; a report is asked for by the minute
			gateway.MatchingProposal: {Begin: besides(planner.Begin), Same: matching.SameProposal},
			gateway.MatchingReport:   {Begin: besides(matching.BeginReport), Same: matching.SameReport},
			gateway.MatchingBoard:    {Begin: besides(matching.BeginBoard), Same: matching.SameReport},
		},
		Folded: planner.Folded,
	})
}

// besides has the host do what a service has begun.
func besides(begin matching.Begin) func(*decider.State, []byte) (*host.Work, error) {
	return func(s *decider.State, question []byte) (*host.Work, error) {
		things, finish, err := begin(s, question)
		if err != nil {
			return nil, err
		}
		return &host.Work{Things: things, Finish: finish}, nil
	}
}
