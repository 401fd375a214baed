package vault

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/merkle/durable"
	"renlin.dev/pkg/seal"
	"renlin.dev/pkg/standing"
)

// Faults of the store. A destroyed key is seal.ErrErased.
var (
	// ErrTextSize: the text is empty or longer than one may be.
	ErrTextSize = fault.New(fault.TooLarge, "text.size", "A text has 1 to 65,536 bytes.", "文本长度须为1至65536字节。")
	// ErrTextUnknown: there is no such text here, or it is not this subject's.
	ErrTextUnknown = fault.New(fault.NotFound, "text.unknown", "There is no such text of this person.", "没有此人的该文本。")
	// ErrTextDamaged: the sealed bytes do not fit their name, and no mirror has better ones.
	ErrTextDamaged = fault.New(fault.Internal, "text.damaged", "The text is damaged; please tell the operator.", "文本已损坏，请联系管理员。")
)

// domainText binds sealed bytes to being a text of a community's subject.
const domainText = "renlin/text/1\n"

// Config is what a Store is made of. Mirror may be nil; everything else is needed.
type Config struct {
	// Community is the community's id: what is sealed for one cannot be opened as another's.
	Community string
	// Files holds sealed texts by their reference, Mirror a second copy, best on another disk. Neither ever holds a key, so they may
	// be copied and backed up freely.
	Files, Mirror durable.Files
	// Keys holds one key a subject, in a folder of its own that goes into no backup of the texts.
	Keys *seal.Keyring
	// Entropy is where nonces and salts are drawn from; safe for concurrent use, as crypto/rand.Reader is.
	Entropy io.Reader
}

// Store keeps one community's sealed texts. It is safe for concurrent use.
type Store struct {
	cfg Config

	mu       sync.Mutex
	files    *durable.Writer // guarded by mu
	mirror   *durable.Writer // guarded by mu; nil without one
	settled  map[string]bool // subjects whose keys this process has destroyed; guarded by mu
	repaired int             // texts that were taken from one copy into the other; guarded by mu
}

// Sealed is what a client learns about a text that it put in. The salt is for whoever shall be able to check the commitment; it is kept
// in the vault with the text and erased with it.
type Sealed struct {
	Ref         string `json:"ref"`
	LengthBytes uint32 `json:"length_bytes"`
	Commitment  []byte `json:"commitment"`
	Salt        []byte `json:"salt"`
}

// Opened is a text, with the salt against which its commitment on the record can be checked. It leaves the service as an Answer only.
type Opened struct {
	Text, Salt []byte
}

// Answer is what a read is answered beside its receipt: text and salt, sealed to the key that the read named (seal.SealAnswer).
type Answer struct {
	Box []byte `json:"box"`
}

// Open takes over the files and, with a mirror, completes each copy from the other. Only bytes that fit their name are taken over.
func Open(cfg Config) (*Store, error) {
	s := &Store{cfg: cfg, files: durable.NewWriter(cfg.Files), settled: map[string]bool{}}
	if cfg.Mirror == nil {
		return s, nil
	}
	s.mirror = durable.NewWriter(cfg.Mirror)
	if err := s.complete(cfg.Files, cfg.Mirror, s.mirror); err != nil {
		return nil, err
	}
	if err := s.complete(cfg.Mirror, cfg.Files, s.files); err != nil {
		return nil, err
	}
	return s, nil
}

// Repaired tells how many texts were taken from one copy into the other since Open began.
func (s *Store) Repaired() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.repaired
}

// name gives the file of a reference: spread over folders, or one would hold them all.
func name(ref string) string { return ref[:2] + "/" + ref }

// context is what sealed bytes are bound to.
func (s *Store) context(subject string) []byte {
	return []byte(domainText + s.cfg.Community + "\n" + subject)
}

// Put seals a text under the subject's key and answers once it is durable, in the mirror too. A Put that failed may be repeated: at
// worst some bytes stay that nobody can name. seal.ErrErased if the subject was erased.
func (s *Store) Put(subject string, plaintext []byte) (*Sealed, error) {
	if len(plaintext) == 0 || len(plaintext) > standing.TextBytesMax {
		return nil, ErrTextSize
	}
	key, err := s.cfg.Keys.Create(subject)
	if err != nil {
		return nil, err
	}
	salt, err := seal.NewSalt(s.cfg.Entropy)
	if err != nil {
		return nil, err
	}
	commitment := seal.Commit(salt, plaintext)
	sealed, err := seal.Seal(s.cfg.Entropy, key, append(append([]byte{}, salt...), plaintext...), s.context(subject))
	if err != nil {
		return nil, err
	}
	out := &Sealed{Ref: seal.Ref(sealed), LengthBytes: uint32(len(plaintext)), Commitment: commitment[:], Salt: salt}
	item := durable.Item{Name: name(out.Ref), Data: sealed, Once: true}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.files.Write(item); err != nil {
		return nil, fmt.Errorf("write text: %w", err)
	}
	if s.mirror != nil {
		if err := s.mirror.Write(item); err != nil {
			return nil, fmt.Errorf("mirror text: %w", err)
		}
	}
	return out, nil
}

// Get opens a text. It is for a read that is on the record: the caller has the durable commit that holds TextRead with this very
// reference and subject.
func (s *Store) Get(ref, subject string) (*Opened, error) {
	if !seal.IsRef(ref) {
		return nil, ErrTextUnknown
	}
	key, err := s.cfg.Keys.Key(subject)
	if errors.Is(err, seal.ErrNoKey) {
		return nil, ErrTextUnknown
	} else if err != nil {
		return nil, err
	}
	sealed, err := s.read(ref)
	if err != nil {
		return nil, err
	}
	plain, err := seal.Open(key, sealed, s.context(subject))
	if err != nil || len(plain) < seal.SaltBytesMax {
		return nil, ErrTextUnknown // the bytes are whole, see read: so they are another subject's
	}
	return &Opened{Salt: plain[:seal.SaltBytesMax], Text: plain[seal.SaltBytesMax:]}, nil
}

// read finds whole bytes in either copy, and mends the other.
func (s *Store) read(ref string) ([]byte, error) {
	sealed, err := whole(s.cfg.Files, ref)
	if err == nil || s.cfg.Mirror == nil {
		return sealed, err
	}
	sealed, second := whole(s.cfg.Mirror, ref)
	if second != nil {
		return nil, err // what is wrong with the first copy says more
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files.Write(durable.Item{Name: name(ref), Data: sealed}) == nil {
		s.repaired++ // if it failed, the next read tries again
	}
	return sealed, nil
}

// whole reads a file and holds it against its name.
func whole(files durable.Files, ref string) ([]byte, error) {
	sealed, err := files.ReadFile(name(ref))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrTextUnknown
	case err != nil:
		return nil, fmt.Errorf("read text: %w", err)
	case seal.Ref(sealed) != ref:
		return nil, ErrTextDamaged
	}
	return sealed, nil
}

// complete copies what one set of files has whole and the other has not.
func (s *Store) complete(from, to durable.Files, w *durable.Writer) error {
	dirs, err := from.List(".")
	if err != nil {
		return fmt.Errorf("list texts: %w", err)
	}
	for _, dir := range dirs {
		if len(dir) != 2 {
			continue // a lock file
		}
		names, err := from.List(dir)
		if err != nil {
			return fmt.Errorf("list texts: %w", err)
		}
		for _, ref := range names {
			if !seal.IsRef(ref) || name(ref) != dir+"/"+ref {
				continue // what a crash left half written
			}
			if _, err := whole(to, ref); err == nil {
				continue
			}
			sealed, err := whole(from, ref)
			if err != nil {
				continue // then this copy is no help
			}
			if err := w.Write(durable.Item{Name: name(ref), Data: sealed}); err != nil {
				return fmt.Errorf("complete texts: %w", err)
			}
			s.repaired++
		}
	}
	return nil
}

// Erase destroys a subject's key. It is for an erasure that is on the record: the caller has the durable commit that holds
// SubjectErased, as Settle has. It may be called again at any time and must be if it failed.
func (s *Store) Erase(subject string) error {
	if err := s.cfg.Keys.Destroy(subject); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settled[subject] = true
	return nil
}

// Settle destroys the key of everybody whose erasure the folded record holds, and so is durable. Call it at every start, before the
// first Put or Get, and after every block: what this process has settled before costs a look-up.
func (s *Store) Settle(state *decider.State) error {
	for _, subject := range state.Members("subject") {
		s.mu.Lock()
		done := s.settled[subject]
		s.mu.Unlock()
		if done {
			continue
		}
		if err := s.Erase(subject); err != nil {
			return fmt.Errorf("settle erasures: %w", err)
		}
	}
	return nil
}
