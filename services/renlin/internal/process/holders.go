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
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/keyfile"
	"renlin.dev/pkg/op"
	keys "renlin.dev/pkg/secretballot/trustee"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/holder"
	"renlin.dev/services/voting/trustee"
)

// identity is one keystore's: the device key that signs for it, its X25519 key, and its key as a trustee.
type identity struct {
	device  ed25519.PrivateKey
	box     []byte // private
	public  []byte
	trustee *keys.Key
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
	seed, err := keyfile.LoadOrMake(filepath.Join(dir, "trustee.key"), rand.Reader)
	if err != nil {
		return nil, err
	}
	id := &identity{device: device, box: box.Seed()} // any 32 random bytes are an X25519 key
	if id.trustee, err = trustee.KeyOf(seed.Seed()); err != nil {
		return nil, err
	}
	id.public, err = curve25519.X25519(id.box, curve25519.Basepoint)
	return id, err
}

// RunHolder runs one keystore of polls' keys, "first" beside the voting service, "second" at another organisation. Name is what /readyz
// calls it.
func RunHolder(ctx context.Context, env Env, nc *nats.Conn, which, name string) error {
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
		return json.Marshal(holderIdentity{Key: chain.Public(id.device), BoxKey: id.public, TrusteeKey: id.trustee.Public().Bytes()})
	})
	if err != nil {
		return err
	}
	w := env.watch(name, nc)
	list := func(ctx context.Context) []string { return communitiesAsked(ctx, op.NewCaller(nc)) }
	return serveListed(ctx, env.Log, list, w.over(func(ctx context.Context, community string, ready func(check)) error {
		return runAgent(ctx, env, nc, name, community, filepath.Join(dir, community), id, ready)
	}))
}

// communitiesAsked lists the communities as the sequencer tells them: another organisation's keystore sees no stream.
func communitiesAsked(ctx context.Context, call *op.Caller) []string {
	raw, err := call.Bytes(ctx, "seq.communities", nil)
	var list struct {
		Communities []string `json:"communities"`
	}
	if err != nil || json.Unmarshal(raw, &list) != nil {
		return nil // it is asked again
	}
	return list.Communities
}

// stepInterval is how often a keystore looks for polls that want its hand.
const stepInterval = 250 * time.Millisecond

// runAgent tends a community's polls as a holder of their keys, as a trustee, or as both, whichever its member is.
func runAgent(ctx context.Context, env Env, nc *nats.Conn, part, community, dir string, id *identity, ready func(check)) error {
	record, err := openRecord(ctx, nc, community, id.device)
	if err != nil {
		return err
	}
	own, err := env.follow(part, community, record.call)
	if err != nil {
		return err
	}
	ready(own.check)
	steps, err := agents(ctx, record, own, dir, id)
	if own.ended() {
		<-ctx.Done() // whoever asks is told why
		return nil
	}
	if err != nil {
		return err
	}
	return stepping(ctx, env, community, own.around(func(ctx context.Context) error {
		var failed []error
		for _, one := range steps {
			failed = append(failed, one(ctx))
		}
		return errors.Join(failed...)
	}))
}

// stepping takes a keystore's step again and again until ctx ends.
func stepping(ctx context.Context, env Env, community string, step func(context.Context) error) error {
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
	return holder.Run(ctx, step, changed, func(err error) { env.Log.Warn("keystore's step failed", "community", community, "err", err) })
}

// agents gives what a keystore does for a community. As a holder the founding names it; as a trustee each poll does, because trustees may
// be appointed later.
func agents(
	ctx context.Context, record *holderRecord, own *follower, dir string, id *identity,
) (steps []func(context.Context) error, err error) {
	holders, err := own.holders(ctx, record)
	if err != nil {
		return nil, err
	}
	for _, h := range holders {
		if !bytes.Equal(h.GetKey(), chain.Public(id.device)) {
			continue
		}
		agent, err := holder.New(holder.Config{
			Folder: dir, Member: h.GetMember(), Device: id.device, BoxKey: id.box, Holders: holders, Genesis: record.genesis,
			Rand: rand.Reader, Now: record.now,
		}, own.holder(record))
		if err != nil {
			return nil, errors.Join(errFinal, err)
		}
		steps = append(steps, agent.Step)
	}
	agent := &trustee.Agent{Key: id.trustee, Rand: rand.Reader, Record: own.trustee(record)}
	return append(steps, agent.Step), nil
}

// holderRecord is the record as the voting service tells it to a keystore, trustee or registrar.
type holderRecord struct {
	call      *op.Caller
	community string
	genesis   chain.Hash
	device    ed25519.PrivateKey // signs for the keystore
}

// openRecord makes the record of a community for whoever signs with a device; it fails while the community cannot be asked.
func openRecord(ctx context.Context, nc *nats.Conn, community string, device ed25519.PrivateKey) (*holderRecord, error) {
	r := &holderRecord{call: op.NewCaller(nc), community: community, device: device}
	var err error
	r.genesis, err = r.askGenesis(ctx)
	return r, err
}

// now gives ms since the Unix epoch.
func (r *holderRecord) now() int64 { return time.Now().UnixMilli() }

func (r *holderRecord) state(ctx context.Context, service, path string, into any) error {
	page, err := r.call.Query(service)(ctx, &op.Query{Community: r.community, Path: path})
	if err != nil {
		return err
	}
	records := page.(*op.Page).Records
	if len(records) == 0 { // whoever does not believe the service must not fall over it
		return fault.ErrUnavailable
	}
	return json.Unmarshal(records[0].State, into)
}

func (r *holderRecord) askGenesis(ctx context.Context) (chain.Hash, error) {
	raw, err := r.call.Bytes(ctx, chain.InfoSubject(r.community), nil)
	if err != nil {
		return chain.Hash{}, err
	}
	var info struct{ Genesis string }
	if err := json.Unmarshal(raw, &info); err != nil {
		return chain.Hash{}, err
	}
	genesis, err := chain.ParseHash(info.Genesis)
	if err == nil && chain.CommunityID(genesis) != r.community { // the founding is not written yet; it is asked again
		err = fault.ErrUnavailable
	}
	return genesis, err
}

// Polls lists the polls whose key is not published.
func (r *holderRecord) Polls(ctx context.Context) ([]holder.Poll, error) {
	return listed(ctx, r, unpublished, byID, func(raw []byte) ([]holder.Poll, string, error) {
		var page voting.PollsPage
		err := json.Unmarshal(raw, &page)
		return page.Polls, page.Next, err
	})
}

// unpublished names the keystores' question: which polls' keys are not published. All polls ever would be too many to ask for at each step.
const unpublished = "unpublished"

// ceremonies names the trustees' question: which polls may want their hand.
const ceremonies = "ceremonies"

// registrations and registrants name the registrar's questions: which secret polls may want its hand, and who has registered for one.
const (
	registrations = "registrations"
	registrants   = "registrants"
)

// Ceremonies lists the polls that may want a trustee's hand.
func (r *holderRecord) Ceremonies(ctx context.Context) ([]trustee.Poll, error) {
	return listed(ctx, r, ceremonies, byID, func(raw []byte) ([]trustee.Poll, string, error) {
		var page voting.CeremoniesPage
		err := json.Unmarshal(raw, &page)
		return page.Polls, page.Next, err
	})
}

// ballots names the trustees' question for a secret poll's roster and ballots.
const ballots = "ballots"

// Ballots lists the roster of a secret poll, with the ballots that count.
func (r *holderRecord) Ballots(ctx context.Context, poll string) ([]trustee.Row, error) {
	question := func(after string) ([]byte, error) {
		return json.Marshal(voting.BallotsQuestion{Poll: poll, After: []byte(after)})
	}
	return listed(ctx, r, ballots, question, func(raw []byte) ([]trustee.Row, string, error) {
		var page voting.BallotsPage
		err := json.Unmarshal(raw, &page)
		return page.Rows, string(page.Next), err
	})
}

// Command signs a command with the keystore's device and sends it.
func (r *holderRecord) Command(ctx context.Context, operation string, body proto.Message) error {
	raw, err := holder.Sign(r.genesis, r.device, rand.Reader, r.now(), operation, body)
	if err != nil {
		return err
	}
	return r.Submit(ctx, raw)
}

// Submit sends a signed command to the voting service.
func (r *holderRecord) Submit(ctx context.Context, raw []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	_, err := r.call.Command("voting")(ctx, &op.Request{Community: r.community, Raw: raw})
	return err
}

// RunKeystore runs the second keystore as a part of its own.
func RunKeystore(ctx context.Context, env Env) error {
	nc, err := env.Dial(bus.Keystore)
	if err != nil {
		return err
	}
	defer nc.Close()
	return RunHolder(ctx, env, nc, "second", bus.Keystore)
}
