package process

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/crypto/curve25519"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/keyfile"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/standing"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/voting/holder"
)

// identity is one keystore's: the device key that signs for it, and its X25519 key.
type identity struct {
	device ed25519.PrivateKey
	box    []byte // private
	public []byte
}

func loadIdentity(dir string) (*identity, error) {
	device, err := keyfile.LoadOrMake(filepath.Join(dir, "device.key"), rand.Reader)
	if err != nil {
		return nil, err
	}
	box, err := keyfile.LoadOrMake(filepath.Join(dir, "box.key"), rand.Reader)
	if err != nil {
		return nil, err
	}
	id := &identity{device: device, box: box.Seed()} // any 32 random bytes are an X25519 key
	id.public, err = curve25519.X25519(id.box, curve25519.Basepoint)
	return id, err
}

// RunHolder runs one keystore of polls' keys, "first" beside the voting service, "second" at another organisation.
func RunHolder(ctx context.Context, env Env, nc *nats.Conn, which string) error {
	dir := filepath.Join(env.Data, "holder-"+which)
	id, err := loadIdentity(dir)
	if err != nil {
		return err
	}
	svc, err := op.NewService(nc, "holder-"+which)
	if err != nil {
		return err
	}
	svc.LogTo(env.Log)
	err = svc.Bytes(ctx, "holder."+which+".identity", "identity", func(context.Context, []byte) ([]byte, error) {
		return json.Marshal(map[string][]byte{"key": chain.Public(id.device), "box_key": id.public})
	})
	if err != nil {
		return err
	}
	return serveEach(ctx, nc, env.Log, func(ctx context.Context, community string) error {
		return runAgent(ctx, env, nc, community, filepath.Join(dir, community), id)
	})
}

// stepInterval is how often a keystore looks for polls that want its hand.
const stepInterval = 250 * time.Millisecond

func runAgent(ctx context.Context, env Env, nc *nats.Conn, community, dir string, id *identity) error {
	record := &holderRecord{call: op.NewCaller(nc), community: community}
	var c standing.Community
	if err := record.state(ctx, "community", standing.CommunityPath, &c); err != nil {
		return err
	}
	genesis, err := record.genesis(ctx)
	if err != nil {
		return err
	}
	cfg := holder.Config{
		Folder: dir, Device: id.device, BoxKey: id.box, Holders: c.Holders, Genesis: genesis, Rand: rand.Reader,
		Now: func() int64 { return time.Now().UnixMilli() },
	}
	for _, h := range c.Holders {
		if bytes.Equal(h.GetKey(), chain.Public(id.device)) {
			cfg.Member = h.GetMember()
		}
	}
	if cfg.Member == "" {
		<-ctx.Done() // another keystore's community
		return nil
	}
	agent, err := holder.New(cfg, record)
	if err != nil {
		return errors.Join(errFinal, err)
	}
	changed := make(chan struct{})
	go func() {
		defer close(changed)
		for sleep(ctx, stepInterval) {
			select {
			case changed <- struct{}{}:
			case <-ctx.Done():
			}
		}
	}()
	return agent.Run(ctx, changed, func(err error) { env.Log.Warn("keystore's step failed", "community", community, "err", err) })
}

// holderRecord is the record as a keystore sees it: through the voting service, like everybody else.
type holderRecord struct {
	call      *op.Caller
	community string
}

func (r *holderRecord) state(ctx context.Context, service, path string, into any) error {
	page, err := r.call.Query(service)(ctx, &op.Query{Community: r.community, Path: path})
	if err != nil {
		return err
	}
	return json.Unmarshal(page.(*op.Page).Records[0].State, into)
}

func (r *holderRecord) genesis(ctx context.Context) (chain.Hash, error) {
	raw, err := r.call.Bytes(ctx, chain.InfoSubject(r.community), nil)
	if err != nil {
		return chain.Hash{}, err
	}
	var info struct{ Genesis string }
	if err := json.Unmarshal(raw, &info); err != nil {
		return chain.Hash{}, err
	}
	return chain.ParseHash(info.Genesis)
}

// Polls lists the polls whose key is not published.
func (r *holderRecord) Polls(ctx context.Context) ([]holder.Poll, error) {
	var out []holder.Poll
	for after := ""; ; {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		answer, err := r.call.Query("voting")(ctx, &op.Query{Community: r.community, Path: "poll", After: after, Limit: 1000})
		cancel()
		if err != nil {
			return nil, err
		}
		page := answer.(*op.Page)
		for _, record := range page.Records {
			var p pollRecord
			if err := json.Unmarshal(record.State, &p); err != nil {
				return nil, err
			}
			if len(p.PrivateKey) == 0 {
				out = append(out, holder.Poll{
					ID: record.Path[len("poll/"):], BoxKey: p.BoxKey, Wrapped: p.Wrapped, OfferedBy: p.OfferedBy, HeldBy: p.HeldBy, Closed: p.Closed,
				})
			}
		}
		if after = page.Next; after == "" {
			return out, nil
		}
	}
}

// pollRecord is what a keystore needs of a poll's record.
type pollRecord struct {
	BoxKey     []byte `json:"box_key"`
	Wrapped    []byte `json:"wrapped"`
	PrivateKey []byte `json:"private_key"`
	OfferedBy  string `json:"offered_by"`
	HeldBy     string `json:"held_by"`
	Closed     bool   `json:"closed"`
}

// Submit sends a signed command to the voting service.
func (r *holderRecord) Submit(ctx context.Context, raw []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	_, err := r.call.Command("voting")(ctx, &op.Request{Community: r.community, Raw: raw})
	return err
}

// RunTrustee runs the second keystore as a part of its own.
func RunTrustee(ctx context.Context, env Env) error {
	nc, err := env.Dial(bus.Trustee)
	if err != nil {
		return err
	}
	defer nc.Close()
	return RunHolder(ctx, env, nc, "second")
}
