package process

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"path/filepath"

	"golang.org/x/crypto/curve25519"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/keyfile"
	"renlin.dev/pkg/op"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/registrar"
)

// RegistrarIdentity is what others must know of a registrar: the public halves of the device key that signs receipts and lists, and of the
// key to which credentials are sealed. A founding names both; a registrar who is appointed later enrols the first and is appointed with
// both.
type RegistrarIdentity struct {
	Key    []byte `json:"key"`
	BoxKey []byte `json:"box_key"`
}

// LoadRegistrar reads a registrar's keys, making them at the first start. Where they are lost, polls whose registration had begun lapse,
// and the registrar is appointed anew.
func LoadRegistrar(data string) (device ed25519.PrivateKey, box []byte, id *RegistrarIdentity, err error) {
	dir := filepath.Join(data, bus.Registrar)
	if device, err = keyfile.LoadOrMake(filepath.Join(dir, "device.key"), rand.Reader); err != nil {
		return nil, nil, nil, err
	}
	seed, err := keyfile.LoadOrMake(filepath.Join(dir, "box.key"), rand.Reader)
	if err != nil {
		return nil, nil, nil, err
	}
	box = seed.Seed() // any 32 random bytes are an X25519 key
	public, err := curve25519.X25519(box, curve25519.Basepoint)
	return device, box, &RegistrarIdentity{Key: chain.Public(device), BoxKey: public}, err
}

// RunRegistrar runs the registrar of secret polls. Its keys are with its data; what voters have sent it is with its state, for it must be
// in no backup that outlasts the poll.
func RunRegistrar(ctx context.Context, env Env) error {
	nc, err := env.Dial(bus.Registrar)
	if err != nil {
		return err
	}
	defer nc.Close()
	device, box, id, err := LoadRegistrar(env.Data)
	if err != nil {
		return err
	}
	svc, err := op.NewService(nc, bus.Registrar)
	if err != nil {
		return err
	}
	svc.LogTo(env.Log)
	svc.MeasureIn(env.Metrics)
	err = svc.Bytes(ctx, "registrar.identity", "identity", func(context.Context, []byte) ([]byte, error) { return json.Marshal(id) })
	if err != nil {
		return err
	}
	list := func(ctx context.Context) []string { return communitiesAsked(ctx, op.NewCaller(nc)) }
	run := func(ctx context.Context, community string, ready func(check)) error {
		record, err := openRecord(ctx, nc, community, device)
		if err != nil {
			return err
		}
		own, err := env.follow(bus.Registrar, community, record.call)
		if err != nil {
			return err
		}
		agent, err := registrar.New(registrar.Config{
			Folder: filepath.Join(env.State, bus.Registrar, community), Device: device, BoxKey: box,
		}, own.registrar(&registrarRecord{record}))
		if err != nil {
			return err
		}
		take := func(ctx context.Context, data []byte) ([]byte, error) { return takeCredential(ctx, agent, data) }
		if err := svc.Bytes(ctx, "registrar."+community+".register", "register-"+community, take); err != nil {
			return err
		}
		ready(own.check)
		return stepping(ctx, env, community, own.around(agent.Step))
	}
	return serveListed(ctx, env.Log, list, env.watch(bus.Registrar, nc).over(run))
}

// takeCredential reads what the gateway passes on: the poll of the address, the voter, whether the session is theirs ("=") or of somebody
// who brings it ("+"), and what the device has sealed.
func takeCredential(ctx context.Context, agent *registrar.Agent, data []byte) ([]byte, error) {
	const how = 2 * ballot.IDBytes
	if len(data) <= how {
		return nil, fault.ErrMalformed
	}
	poll, voter, sealed := string(data[:ballot.IDBytes]), string(data[ballot.IDBytes:how]), data[how+1:]
	switch data[how] {
	case '=':
		return agent.Register(ctx, poll, voter, sealed)
	case '+':
		return agent.Bring(ctx, poll, voter, sealed)
	}
	return nil, fault.ErrMalformed
}

// registrarRecord is the record as the voting service tells it to the registrar.
type registrarRecord struct{ *holderRecord }

// Polls lists the secret polls whose voters register or have registered.
func (r *registrarRecord) Polls(ctx context.Context) ([]registrar.Poll, error) {
	return listed(ctx, r.holderRecord, registrations, byID, func(raw []byte) (out []registrar.Poll, next string, err error) {
		var page voting.RegistrationsPage
		if err := json.Unmarshal(raw, &page); err != nil {
			return nil, "", err
		}
		for _, p := range page.Polls {
			out = append(out, registrar.Poll{
				ID: p.ID, Registrar: p.Registrar, Ended: p.Ended, Listed: p.Listed, LastKey: p.LastKey, Sealed: p.Over,
			})
		}
		return out, page.Next, nil
	})
}

// Voters lists who has registered for a poll.
func (r *registrarRecord) Voters(ctx context.Context, poll string) ([]registrar.Voter, error) {
	question := func(after string) ([]byte, error) {
		return json.Marshal(voting.RegistrantsQuestion{Poll: poll, After: after})
	}
	return listed(ctx, r.holderRecord, registrants, question, func(raw []byte) (out []registrar.Voter, next string, err error) {
		var page voting.RegistrantsPage
		if err := json.Unmarshal(raw, &page); err != nil {
			return nil, "", err
		}
		for _, v := range page.Voters {
			out = append(out, registrar.Voter{ID: v.Voter, Commitment: v.Commitment, Row: &votingv1.CredentialRow{
				Heads: v.Heads, AreaCentiM2: v.AreaCentiM2, Measured: v.Measured, Channel: v.Channel,
			}})
		}
		return out, page.Next, nil
	})
}

// errNoPoll says that the record tells nothing of a poll: what is kept of it stays.
var errNoPoll = errors.New("the record has no such poll")

// Over asks the record of a poll whether it is open or has lapsed.
func (r *registrarRecord) Over(ctx context.Context, poll string) (bool, error) {
	var state struct {
		Matter   string `json:"matter"`
		Lapsed   string `json:"lapsed"`
		OpenedAt int64  `json:"opened_at"`
	}
	if err := r.state(ctx, voting.Name, "poll/"+poll, &state); err != nil {
		return false, err
	}
	if state.Matter == "" {
		return false, errNoPoll
	}
	return state.Lapsed != "" || state.OpenedAt > 0, nil
}
