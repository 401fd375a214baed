package process

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/keyfile"
	"renlin.dev/pkg/merkle/durable"
)

// Faults of epoch keys.
var (
	errEpochKey = fault.New(fault.Refused, "epoch_key.unknown",
		"The founding names an epoch key that was not made here.", "创建命令中的纪元密钥不是由本系统生成的。")
	errEpochUsed = fault.New(fault.Refused, "epoch_key.used",
		"The founding names an epoch key that has founded another community; please ask for a new one.",
		"创建命令中的纪元密钥已用于另一个社区，请重新获取。")
)

// epochs keeps the keys of epochs, and what each of them founds: one community, ever. A key is on disk, and its name too, before its
// public half is told; a founding is on disk before anything of it is written elsewhere.
type epochs struct {
	path string

	mu     sync.Mutex // guards what follows
	dir    *durable.Dir
	writer *durable.Writer
	unused string // names a key that has founded nothing; empty for none
}

// What stands beside each other in the folder, named after the public key.
const (
	keySuffix      = ".key"
	foundingSuffix = ".founding"
)

// openEpochs opens the folder and looks for a key that was handed out and not used.
func openEpochs(path string) (*epochs, error) {
	dir, err := durable.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open epoch keys: %w", err)
	}
	e := &epochs{path: path, dir: dir, writer: durable.NewWriter(dir)}
	names, err := dir.List(".")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open epoch keys: %w", err), dir.Close())
	}
	founded := map[string]bool{}
	for _, name := range names {
		if id, ok := strings.CutSuffix(name, foundingSuffix); ok {
			founded[id] = true
		}
	}
	for _, name := range names {
		if id, ok := strings.CutSuffix(name, keySuffix); ok && !founded[id] {
			e.unused = id
			break
		}
	}
	return e, nil
}

func (e *epochs) close() error { return e.dir.Close() }

// next gives the public half of a key that has founded nothing: the same until it is used, for anybody may ask.
func (e *epochs) next() (ed25519.PublicKey, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.unused != "" {
		key, err := keyfile.Load(filepath.Join(e.path, e.unused+keySuffix))
		if err != nil {
			return nil, err
		}
		return chain.Public(key), nil
	}
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(rand.Reader, seed); err != nil {
		return nil, fmt.Errorf("make epoch key: %w", err)
	}
	public := chain.Public(ed25519.NewKeyFromSeed(seed))
	id := chain.KeyID(public)
	err := e.writer.Write(durable.Item{Name: id + keySuffix, Data: []byte(hex.EncodeToString(seed)), Once: true})
	if err != nil {
		return nil, fmt.Errorf("keep epoch key: %w", err)
	}
	e.unused = id
	return public, nil
}

// key gives the private half of a key that was made here.
func (e *epochs) key(public []byte) (ed25519.PrivateKey, error) {
	key, err := keyfile.Load(filepath.Join(e.path, chain.KeyID(public)+keySuffix))
	if err != nil {
		return nil, errEpochKey.Because(err)
	}
	return key, nil
}

// founding gives the founding commit that a key was last used for; nil for none.
func (e *epochs) founding(public []byte) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	raw, err := e.dir.ReadFile(chain.KeyID(public) + foundingSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return raw, err
}

// use notes durably what a key founds, before anything of it is written.
func (e *epochs) use(public, commit []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	id := chain.KeyID(public)
	if err := e.writer.Write(durable.Item{Name: id + foundingSuffix, Data: commit}); err != nil {
		return fmt.Errorf("keep founding: %w", err)
	}
	if e.unused == id {
		e.unused = ""
	}
	return nil
}
