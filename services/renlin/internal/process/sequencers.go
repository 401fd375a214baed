package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/verify"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/sequencer"
)

// Sequencers runs the sequencer of every community, and founds new ones.
type Sequencers struct {
	env   Env
	fsync sequencer.Fsync
	nc    *nats.Conn
	js    jetstream.JetStream
	kinds map[string][]string

	epochs   *epochs
	founding chan struct{} // taken while a founding is under way

	mu   sync.Mutex // guards open
	open map[string]*sequencer.Sequencer
}

// RunSequencers serves until ctx ends.
func RunSequencers(ctx context.Context, env Env, fsync sequencer.Fsync) error {
	nc, err := env.Dial(bus.Sequencer)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	keys, err := openEpochs(filepath.Join(env.Data, "sequencer", "epochs"))
	if err != nil {
		return err
	}
	defer keys.close()
	s := &Sequencers{
		env: env, fsync: fsync, nc: nc, js: js, kinds: map[string][]string{}, epochs: keys, founding: make(chan struct{}, 1),
		open: map[string]*sequencer.Sequencer{},
	}
	for _, m := range env.Models {
		s.kinds[m.Service] = m.OwnKinds()
	}
	svc, err := op.NewService(nc, "sequencer")
	if err != nil {
		return err
	}
	svc.LogTo(env.Log)
	for subject, answer := range map[string]func(context.Context, []byte) ([]byte, error){
		"seq.new_key": s.newKey, "seq.found": s.found, "seq.communities": s.communities,
	} {
		if err := svc.Bytes(ctx, subject, "seq-"+filepath.Ext(subject)[1:], answer); err != nil {
			return err
		}
	}
	return serveEach(ctx, nc, env.Log, env.watch(bus.Sequencer, nc).over(s.serve))
}

// newKey tells the public half of an epoch key for a founding.
func (s *Sequencers) newKey(context.Context, []byte) ([]byte, error) {
	public, err := s.epochs.next()
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string][]byte{"key": public})
}

func (s *Sequencers) communities(context.Context, []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []string{}
	for community := range s.open {
		list = append(list, community)
	}
	slices.Sort(list)
	return json.Marshal(map[string][]string{"communities": list})
}

// config makes a community's configuration out of its founding commit, whose epoch key must be one of ours.
func (s *Sequencers) config(genesis []byte) (sequencer.Config, string, error) {
	hash := chain.HashCommit(genesis)
	community := chain.CommunityID(hash)
	public, err := verify.EpochKey(genesis)
	if err != nil {
		return sequencer.Config{}, "", chain.ErrMalformed.Because(err)
	}
	key, err := s.epochs.key(public)
	if err != nil {
		return sequencer.Config{}, "", err
	}
	// A community that is here has used its key, also when its founding was lost from the disk.
	if before, err := s.epochs.founding(public); err != nil {
		return sequencer.Config{}, "", err
	} else if before == nil {
		if err := s.epochs.use(public, genesis); err != nil {
			return sequencer.Config{}, "", err
		}
	}
	head := filepath.Join(s.env.State, "heads", community+".head")
	if err := os.MkdirAll(filepath.Dir(head), 0o700); err != nil {
		return sequencer.Config{}, "", err
	}
	return sequencer.Config{
		Dial:       func(options ...nats.Option) (*nats.Conn, error) { return s.env.Dial(bus.Sequencer, options...) },
		HeadRecord: head, Genesis: hash, Key: key, Kinds: s.kinds, Fsync: s.fsync, StoreDir: s.env.Store, Log: s.env.Log,
	}, community, nil
}

// serve opens one community's sequencer and keeps it until ctx ends. When it cannot be opened, because the stream is not what was
// promised or because those who could tell are not up yet, it is tried again; until then nothing is written.
func (s *Sequencers) serve(ctx context.Context, community string, working func(check)) error {
	stream, err := s.js.Stream(ctx, chain.StreamName(community))
	if err != nil {
		return err
	}
	raw, err := chain.ReadBlock(ctx, stream, 0)
	if err != nil {
		return err
	}
	first, err := chain.DecodeBlock(raw)
	if err != nil {
		return err
	}
	cfg, named, err := s.config(first.Commits[0])
	if err != nil {
		return err
	}
	if named != community {
		return errors.New("the stream's founding commit is another community's")
	}
	call := op.NewCaller(s.nc)
	key := &pinnedKey{
		community: community, path: filepath.Join(filepath.Dir(cfg.HeadRecord), community+".notary"),
		ask: func(ctx context.Context) ([]byte, error) { return call.Bytes(ctx, "notary."+community+".keys", nil) },
	}
	cfg.Witnessed = &witnessed{call: call, community: community, key: key}
	q, err := sequencer.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() {
		s.mu.Lock()
		delete(s.open, community)
		s.mu.Unlock()
		_ = q.Close()
	}()
	subs, err := s.listen(ctx, community, q, key)
	if err != nil {
		return err
	}
	defer unsubscribe(subs)
	if err := q.Serve(); err != nil {
		return err
	}
	s.mu.Lock()
	s.open[community] = q
	s.mu.Unlock()
	working(func(context.Context) error {
		if q.Info().State != sequencer.StateWriting {
			return chain.ErrStopped
		}
		return nil
	})
	<-ctx.Done()
	return nil
}

// listen takes halts from audit and checkpoints from the notary. Whoever the bus lets through, a checkpoint is believed for its signature.
func (s *Sequencers) listen(ctx context.Context, community string, q *sequencer.Sequencer, key *pinnedKey) ([]*nats.Subscription, error) {
	halt, err := s.nc.Subscribe("seq."+community+".halt", func(m *nats.Msg) { q.Halt(string(m.Data)) })
	if err != nil {
		return nil, err
	}
	checkpointed, err := s.nc.Subscribe("seq."+community+".checkpointed", func(m *nats.Msg) {
		c, err := key.open(ctx, m.Data)
		if err == nil {
			err = q.Checkpointed(c.Size, chain.Hash(c.Root))
		}
		if err != nil {
			s.env.Log.Error("checkpoint was not noted in the head record", "community", community, "err", err)
		}
	})
	return []*nats.Subscription{halt, checkpointed}, err
}

func unsubscribe(subs []*nats.Subscription) {
	for _, sub := range subs {
		_ = sub.Unsubscribe() // the connection is going away
	}
}

// witnessed asks audit and notary what they have seen.
type witnessed struct {
	call      *op.Caller
	community string
	key       *pinnedKey
}

// askTimeout bounds the questions at a sequencer's start.
const askTimeout = 5 * time.Second

func (w *witnessed) Head(ctx context.Context) (uint64, chain.Hash, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	raw, err := w.call.Bytes(ctx, "audit."+w.community+".head", nil)
	if err != nil {
		return 0, chain.Hash{}, false, fmt.Errorf("ask the archive: %w", err)
	}
	var head struct {
		Block uint64
		Hash  string
		Empty bool
	}
	if err := json.Unmarshal(raw, &head); err != nil || head.Empty {
		return 0, chain.Hash{}, false, err
	}
	hash, err := chain.ParseHash(head.Hash)
	return head.Block, hash, err == nil, err
}

func (w *witnessed) Checkpoint(ctx context.Context) (uint64, chain.Hash, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	raw, err := w.call.Bytes(ctx, "notary."+w.community+".checkpoint", nil)
	if err != nil {
		return 0, chain.Hash{}, false, fmt.Errorf("ask the notary: %w", err)
	}
	if len(raw) == 0 {
		return 0, chain.Hash{}, false, nil
	}
	c, err := w.key.open(ctx, raw)
	return c.Size, chain.Hash(c.Root), err == nil, err
}
