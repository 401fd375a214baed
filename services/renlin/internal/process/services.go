package process

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/host"
	"renlin.dev/pkg/op"
	"renlin.dev/services/community"
	"renlin.dev/services/gateway"
	"renlin.dev/services/voting"
)

// Beside is what a service does beside deciding. Its zero value is nothing.
type Beside struct {
	// Run works until ctx ends.
	Run func(ctx context.Context, nc *nats.Conn, h *host.Host) error
	// Looks are what else its state may be asked.
	Looks map[string]host.Look
	// Kept names those whose answers are kept until the next commit; see host.Config.
	Kept []string
	// Worked are such questions whose answers take long to work out.
	Worked map[string]host.Worked
	// Folded is told of every block; see host.Config.
	Folded func(community string, state *decider.State) error
}

// RunService hosts one service for all communities until ctx ends.
func RunService(ctx context.Context, env Env, model *decider.Model, beside Beside) error {
	nc, err := env.Dial(model.Service)
	if err != nil {
		return err
	}
	defer nc.Close()
	h, err := host.New(host.Config{
		Model: model, Bus: nc, Dir: filepath.Join(env.Data, "views"), Build: build(), Log: env.Log, Looks: beside.Looks,
		Kept: beside.Kept, Worked: beside.Worked, Folded: beside.Folded, Metrics: env.Metrics,
	})
	if err != nil {
		return err
	}
	w := env.watch(model.Service, nc)
	w.position = h.Position
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return serveEach(ctx, nc, env.Log, w.over(hosting(h))) })
	if beside.Run != nil {
		group.Go(func() error { return beside.Run(ctx, nc, h) })
	}
	return group.Wait()
}

// hosting is a host's work for a community, which is ready when its runner is.
func hosting(h *host.Host) func(ctx context.Context, community string, working func(check)) error {
	return func(ctx context.Context, community string, working func(check)) error {
		working(func(context.Context) error { return h.Ready(community) })
		return h.Run(ctx, community)
	}
}

// Founding answers what a founding must name, and founds.
func Founding(ctx context.Context, nc *nats.Conn, h *host.Host) error {
	f := &founding{call: op.NewCaller(nc)}
	if err := h.Service().Bytes(ctx, "found.terms", "terms", f.terms); err != nil {
		return err
	}
	if err := h.Service().Bytes(ctx, "found.community", "found", f.found); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

type founding struct{ call *op.Caller }

// holderIdentity is what a founding must name of a keystore: as a holder of polls' keys, and as a trustee.
type holderIdentity struct {
	Key        []byte `json:"key"`
	BoxKey     []byte `json:"box_key"`
	TrusteeKey []byte `json:"trustee_key"`
}

func (f *founding) terms(ctx context.Context, _ []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var epoch struct{ Key []byte }
	raw, err := f.call.Bytes(ctx, "seq.new_key", nil)
	if err == nil {
		err = json.Unmarshal(raw, &epoch)
	}
	if err != nil {
		return nil, fmt.Errorf("ask for an epoch key: %w", err)
	}
	var holders []holderIdentity
	for _, which := range []string{"first", "second"} {
		var id holderIdentity
		raw, err := f.call.Bytes(ctx, "holder."+which+".identity", nil)
		if err == nil {
			err = json.Unmarshal(raw, &id)
		}
		if err != nil {
			return nil, fmt.Errorf("ask for the %s keystore: %w", which, err)
		}
		holders = append(holders, id)
	}
	var third TrusteeIdentity
	raw, err = f.call.Bytes(ctx, "trustee.identity", nil)
	if err == nil {
		err = json.Unmarshal(raw, &third)
	}
	if err != nil {
		return nil, fmt.Errorf("ask for the trustee: %w", err)
	}
	var registrar RegistrarIdentity
	raw, err = f.call.Bytes(ctx, "registrar.identity", nil)
	if err == nil {
		err = json.Unmarshal(raw, &registrar)
	}
	if err != nil {
		return nil, fmt.Errorf("ask for the registrar: %w", err)
	}
	return json.Marshal(map[string]any{
		"epoch_key": epoch.Key, "holders": holders, "trustees": []TrusteeIdentity{third}, "registrar": registrar,
	})
}

// found judges the founding command over the empty record and has its commit written.
func (f *founding) found(ctx context.Context, raw []byte) ([]byte, error) {
	signed, err := chain.DecodeSigned(raw)
	if err != nil {
		return nil, chain.ErrMalformed.Because(err)
	}
	if err := community.CheckFounding(signed); err != nil {
		return nil, err
	}
	id, err := signed.ID(chain.AuthorGenesis, community.Service)
	if err != nil {
		return nil, chain.ErrMalformed.Because(err)
	}
	in := &decider.Input{Raw: raw, Signed: signed, ID: id, Time: time.Now().UnixMilli(), Salt: chain.FoundingSalt(raw), Genesis: true}
	verdict := decider.NewState(community.Model()).Judge(in)
	if verdict.Err != nil {
		return nil, verdict.Err
	}
	commit, err := verdict.Commit.Encode()
	if err != nil {
		return nil, chain.ErrTooLarge.Because(err)
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return f.call.Bytes(ctx, "seq.found", commit)
}

// RunVoting hosts the voting service with the first keystore beside it.
func RunVoting(ctx context.Context, env Env, model *decider.Model) error {
	return RunService(ctx, env, model, Beside{
		Run: func(ctx context.Context, nc *nats.Conn, _ *host.Host) error {
			return RunHolder(ctx, env, nc, "first", "holder-first")
		},
		Looks: map[string]host.Look{
			unpublished: voting.AnswerPolls, ceremonies: voting.AnswerCeremonies, ballots: voting.AnswerBallots,
			registrations: voting.AnswerRegistrations, registrants: voting.AnswerRegistrants, gateway.VotersNotices: voting.AnswerNotices,
			gateway.HelpedActs: voting.AnswerHelped,
		},
	})
}

// RunCommunity hosts the community service with the founding beside it.
func RunCommunity(ctx context.Context, env Env, model *decider.Model) error {
	return RunService(ctx, env, model, Beside{
		Run: Founding, Looks: map[string]host.Look{gateway.MembersMandates: community.AnswerMandates},
	})
}
