package process

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/host"
	"renlin.dev/pkg/merkle/durable"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/seal"
	"renlin.dev/pkg/telemetry/metrics"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	"renlin.dev/services/vault"
)

// vaults holds the open store of every community.
type vaults struct {
	env   Env
	own   seal.Identity
	reads metrics.Counter

	mu   sync.Mutex // guards open
	open map[string]*openVault
}

// openVault is one community's store and what must be closed with it.
type openVault struct {
	*vault.Store
	folders []io.Closer
}

// RunVault hosts the vault service: its rules, its sealed texts, and the destruction of keys once it is on the record.
func RunVault(ctx context.Context, env Env, model *decider.Model) error {
	nc, err := env.Dial(model.Service)
	if err != nil {
		return err
	}
	defer nc.Close()
	own, err := vaultIdentity(filepath.Join(env.Data, "vault", "own.identity"))
	if err != nil {
		return err
	}
	v := &vaults{env: env, own: own, open: map[string]*openVault{}, reads: countReads(env.Metrics)}
	defer v.close()
	h, err := host.New(host.Config{
		Model: model, Bus: nc, Dir: filepath.Join(env.Data, "views"), Build: build(), Log: env.Log, After: v.after,
		Metrics: env.Metrics,
		Folded: func(community string, state *decider.State) error {
			s, err := v.store(community)
			if err != nil {
				return err
			}
			return s.Settle(state)
		},
	})
	if err != nil {
		return err
	}
	run := hosting(h)
	w := env.watch(model.Service, nc)
	w.position = h.Position
	return serveEach(ctx, nc, env.Log, w.over(func(ctx context.Context, community string, working func(check)) error {
		put := v.putter(community, func(ctx context.Context) error { return h.CaughtUp(ctx, community) })
		if err := h.Service().Bytes(ctx, "vault."+community+".put", "put-"+community, put); err != nil {
			return err
		}
		return run(ctx, community, working)
	}))
}

// vaultIdentity reads the vault's own custodian secret, making it at the first start.
func vaultIdentity(path string) (seal.Identity, error) {
	raw, err := os.ReadFile(path)
	if err == nil {
		return seal.ParseIdentity(string(raw))
	}
	if !errors.Is(err, os.ErrNotExist) {
		return seal.Identity{}, fmt.Errorf("read vault's identity: %w", err)
	}
	id, err := seal.NewIdentity()
	if err != nil {
		return seal.Identity{}, err
	}
	dir, err := durable.Open(filepath.Dir(path))
	if err != nil {
		return seal.Identity{}, err
	}
	err = durable.NewWriter(dir).Write(durable.Item{Name: filepath.Base(path), Data: []byte(id.Reveal())})
	return id, errors.Join(err, dir.Close())
}

func (v *vaults) store(community string) (*openVault, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if s := v.open[community]; s != nil {
		return s, nil
	}
	s := &openVault{}
	if err := s.openIn(v, community); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	v.open[community] = s
	return s, nil
}

// openIn opens a community's folders: sealed texts and keys in the data directory, and the texts a second time, without any key, in the
// state directory, which an operator may put on another disk.
func (s *openVault) openIn(v *vaults, community string) error {
	if v.env.Data == "" || v.env.State == "" {
		return errors.New("open vault: it needs a data directory and a state directory")
	}
	dir := filepath.Join(v.env.Data, "vault", community)
	files, err := durable.Open(filepath.Join(dir, "texts"))
	if err != nil {
		return err
	}
	s.folders = append(s.folders, files)
	mirror, err := durable.Open(filepath.Join(v.env.State, "vault", community, "texts"))
	if err != nil {
		return err
	}
	s.folders = append(s.folders, mirror)
	keys, err := seal.OpenFolder(filepath.Join(dir, "keys"))
	if err != nil {
		return err
	}
	s.folders = append(s.folders, keys)
	ring, err := seal.OpenKeyring(keys, seal.Custody{Own: v.own, Entropy: rand.Reader})
	if err != nil {
		return err
	}
	s.Store, err = vault.Open(vault.Config{Community: community, Files: files, Mirror: mirror, Keys: ring, Entropy: rand.Reader})
	return err
}

// Close closes every folder that was opened.
func (s *openVault) Close() error {
	var all []error
	for _, folder := range s.folders {
		all = append(all, folder.Close())
	}
	return errors.Join(all...)
}

func (v *vaults) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for community, s := range v.open {
		if err := s.Close(); err != nil {
			v.env.Log.Warn("vault was not closed cleanly", "community", community, "err", err)
		}
	}
}

// putWaitMax bounds how long a text waits for the vault to have come to the record's end.
const putWaitMax = 10 * time.Second

// putter seals texts once everything is folded that was on the record at the start: until then an erasure may not be settled that a crash
// has interrupted, and a text sealed under that key would be lost the moment after.
func (v *vaults) putter(community string, caughtUp func(context.Context) error) func(context.Context, []byte) ([]byte, error) {
	return func(ctx context.Context, data []byte) ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, putWaitMax)
		defer cancel()
		if err := caughtUp(ctx); err != nil {
			return nil, err
		}
		return v.put(community, data)
	}
}

// subjectBytes is the length of the member id that stands before a text on the bus.
const subjectBytes = 26

func (v *vaults) put(community string, data []byte) ([]byte, error) {
	if len(data) < subjectBytes {
		return nil, fault.ErrMalformed
	}
	s, err := v.store(community)
	if err != nil {
		return nil, err
	}
	sealed, err := s.Put(string(data[:subjectBytes]), data[subjectBytes:])
	if err != nil {
		return nil, err
	}
	return json.Marshal(sealed)
}

// after does what a durable command of the vault asked for: it shows the text, or destroys the key. Settle destroys it too; done here,
// nobody is told of an erasure that is not carried out.
func (v *vaults) after(_ context.Context, community string, s *chain.Signed, answer *op.Answer) (json.RawMessage, error) {
	switch s.Operation {
	case vault.OpErase:
		var erase vaultv1.EraseSubject
		if err := protojson.Unmarshal(s.Body, &erase); err != nil {
			return nil, decider.ErrBody.Because(err)
		}
		store, err := v.store(community)
		if err != nil {
			return nil, err
		}
		return nil, store.Erase(erase.GetSubject())
	case vault.OpRead:
		return v.show(community, s, answer)
	}
	return nil, nil
}

// show opens the text that a durable read asked for, sealed to the key that the read names: whoever sees the record can send the same
// request again, and gets a box that only the first reader opens. Once the request has expired its repetition gets its receipt alone.
func (v *vaults) show(community string, s *chain.Signed, answer *op.Answer) (json.RawMessage, error) {
	if answer.Repeated && time.Now().UnixMilli() >= s.NotAfter {
		return nil, nil
	}
	var read vaultv1.ReadText
	if err := protojson.Unmarshal(s.Body, &read); err != nil {
		return nil, decider.ErrBody.Because(err)
	}
	store, err := v.store(community)
	if err != nil {
		return nil, err
	}
	opened, err := store.Get(read.GetRef(), read.GetSubject())
	if err != nil {
		return nil, err
	}
	v.reads.With(purposeOf(read.GetPurpose())).Add(1)
	box, err := seal.SealAnswer(rand.Reader, read.GetReaderKey(), opened.Salt, opened.Text)
	if err != nil {
		return nil, err
	}
	return json.Marshal(vault.Answer{Box: box})
}
