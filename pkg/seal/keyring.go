package seal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"

	"renlin.dev/pkg/merkle/durable"
)

// Store is the folder that a keyring lives in, for the keyring alone.
type Store interface {
	durable.Files
	// Overwrite puts data over the bytes that an existing file has now, in place, and syncs them.
	Overwrite(name string, data []byte) error
}

// Custody says who can open the keys of a keyring.
type Custody struct {
	// Own is the secret of the process that holds the keyring; its public half is always among the custodians.
	Own Identity
	// Others are custodians of other organisations, who hold a copy of the wrapped keys or are brought one.
	Others []Custodian
	// Entropy is where keys are drawn from.
	Entropy io.Reader
}

// Keyring keeps one data key for each person (the subject, an opaque id), wrapped to the custodians, one file a key. It holds no key
// in memory. It is safe for concurrent use.
//
// What a crash leaves: Create either left nothing or a key that the next Create finds. Destroy writes the gravestone first; from
// then on the key counts as destroyed, and whatever is left of it is removed by the next Destroy or the next OpenKeyring.
//
// BUG(seal): overwriting reaches the blocks that the file has now. Copies that a file system, a flash disk or a backup made
// are out of reach; there, what was wrapped is safe only as long as the custodians' secrets are.
type Keyring struct {
	custody Custody
	store   Store

	mu     sync.Mutex
	writer *durable.Writer // guarded by mu
	unsure bool            // a write has failed, so names may not be durable yet; guarded by mu
}

// The names of a subject's files end in the first two; the third is what durable adds while it writes. A label begins with
// labelKey.
const (
	suffixKey   = ".key"
	suffixStone = ".gone"
	suffixTemp  = ".tmp"
	labelKey    = "renlin/subject-key/1\n"
)

var subjectPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// errSubject is a programming error of the caller: subjects are ids that the caller has checked.
var errSubject = errors.New("use keyring: the subject is no id")

// OpenKeyring takes over the folder and finishes what a crash interrupted.
func OpenKeyring(store Store, custody Custody) (*Keyring, error) {
	k := &Keyring{custody: custody, store: store, writer: durable.NewWriter(store), unsure: true}
	if err := k.settle(); err != nil {
		return nil, err
	}
	names, err := store.List(".")
	if err != nil {
		return nil, fmt.Errorf("list keyring: %w", err)
	}
	for _, name := range names {
		subject, isKey := strings.CutSuffix(strings.TrimSuffix(name, suffixTemp), suffixKey)
		if !isKey || !slices.Contains(names, subject+suffixStone) {
			continue
		}
		if err := k.Destroy(subject); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// Create makes the subject's key and answers it once it is durable. If there is one already it answers that: a Create that failed may
// have taken effect. ErrErased if the key was destroyed.
func (k *Keyring) Create(subject string) (Key, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	key, err := k.load(subject)
	if !errors.Is(err, ErrNoKey) {
		return key, err
	}
	key, err = NewKey(k.custody.Entropy)
	if err != nil {
		return Key{}, err
	}
	wrapped, err := Wrap(key[:], labelKey+subject, append([]Custodian{k.custody.Own.Custodian()}, k.custody.Others...)...)
	if err != nil {
		return Key{}, err
	}
	if err := k.writer.Write(durable.Item{Name: subject + suffixKey, Data: wrapped, Once: true}); err != nil {
		k.unsure = true // it may be there all the same, and not be durable
		return Key{}, fmt.Errorf("write key: %w", err)
	}
	return key, nil
}

// Key answers the subject's key. ErrErased if it was destroyed, ErrNoKey if there never was one, ErrBroken if its file is damaged or
// was wrapped to somebody else.
func (k *Keyring) Key(subject string) (Key, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.load(subject)
}

// Wrapped answers the subject's key as it lies in the file, for a custodian's own copy. Whoever keeps a copy must be told of
// Destroy.
func (k *Keyring) Wrapped(subject string) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.read(subject)
}

// Destroy makes the subject's key unrecoverable here, and keeps any other from being made for it. It may be called again at any
// time, and must be if it failed. It answers nil only when everything is durable.
func (k *Keyring) Destroy(subject string) error {
	if !subjectPattern.MatchString(subject) {
		return errSubject
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	// The gravestone is durable before anything is lost: a crash below leaves a destroyed key, never a missing one.
	if err := k.writer.Write(durable.Item{Name: subject + suffixStone, Data: []byte("destroyed\n"), Once: true}); err != nil {
		k.unsure = true
		return fmt.Errorf("write gravestone: %w", err)
	}
	for _, name := range []string{subject + suffixKey, subject + suffixKey + suffixTemp} { // the second is what a crash of Create left
		if err := k.shred(name); err != nil {
			return err
		}
	}
	if err := k.store.SyncDir("."); err != nil {
		return fmt.Errorf("sync keyring: %w", err)
	}
	return nil
}

// shred overwrites a file and removes its name; an absent file is done already.
func (k *Keyring) shred(name string) error {
	old, err := k.store.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("read key: %w", err)
	}
	if err := k.store.Overwrite(name, make([]byte, len(old))); err != nil {
		return fmt.Errorf("overwrite key: %w", err)
	}
	if err := k.store.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove key: %w", err)
	}
	return nil
}

// load reads and unwraps a key. The caller holds mu.
func (k *Keyring) load(subject string) (Key, error) {
	wrapped, err := k.read(subject)
	if err != nil {
		return Key{}, err
	}
	secret, err := Unwrap(wrapped, labelKey+subject, k.custody.Own)
	if err != nil {
		return Key{}, err
	}
	if len(secret) != KeyBytes {
		return Key{}, ErrBroken
	}
	return Key(secret), nil
}

// read answers a key's file, if there is one and no gravestone. The caller holds mu.
func (k *Keyring) read(subject string) ([]byte, error) {
	if !subjectPattern.MatchString(subject) {
		return nil, errSubject
	}
	if err := k.settle(); err != nil {
		return nil, err
	}
	_, err := k.store.ReadFile(subject + suffixStone)
	if err == nil {
		return nil, ErrErased
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read gravestone: %w", err)
	}
	wrapped, err := k.store.ReadFile(subject + suffixKey)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoKey
	} else if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	return wrapped, nil
}

// settle makes the names that are in the folder durable, after a failed write and at the start: whoever seals something with a
// key that a power failure then takes away has lost it. The caller holds mu, or is the only one.
func (k *Keyring) settle() error {
	if !k.unsure {
		return nil
	}
	if err := k.store.SyncDir("."); err != nil {
		return fmt.Errorf("sync keyring: %w", err)
	}
	k.unsure = false
	return nil
}
