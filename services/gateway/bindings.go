package gateway

import (
	"cmp"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/keyfile"
	"renlin.dev/pkg/merkle/durable"
)

// Faults of bindings.
var (
	ErrBindingTaken = fault.New(fault.Refused, "binding.taken",
		"This account is bound to a member of this community already.", "该账号已绑定本社区的一名成员。")
	ErrBindingsMany = fault.New(fault.Refused, "binding.too_many",
		"The member has as many bound accounts as anybody may have; unbind one first.", "该成员绑定的账号数量已达上限，请先解除一个。")
	ErrBindingUnknown = fault.New(fault.NotFound, "binding.unknown", "The member has no such bound account.", "该成员没有此绑定账号。")
	ErrBindingsFull   = fault.New(fault.Unavailable, "binding.full",
		"No further accounts can be bound here just now; please tell the operator.", "此处暂时无法绑定更多账号，请联系管理员。")
)

const (
	// memberBindingsMax bounds one member's bindings in a community.
	memberBindingsMax = 8
	// bindingsMax bounds all of them, which are held in memory.
	bindingsMax = 200_000
)

// identity is a platform's account in one community, as we keep it: HMAC of its name, under a key that only this gateway has. So who
// has the files and not the key cannot tell whose they are, nor that two communities have the same person.
type identity [sha256.Size]byte

// binding is an account that signs a member in.
type binding struct {
	community, member string
	identity          identity
	provider          string
	// key is the id of the member's key on which the binding rests: the device that signed for it, or the hosted key of who had a code.
	// When the key is signed off, the binding is no more.
	key     string
	boundAt int64 // ms since the Unix epoch
	// damaged: the file is there and cannot be read. It signs nobody in, until the account is bound anew.
	damaged bool
}

// id names a binding to its member. Nothing of the account can be told from it.
func (b *binding) id() string { return b.identity.id() }

func (i identity) id() string {
	sum := sha256.Sum256(append([]byte("renlin/binding/1\n"), i[:]...))
	return chain.ShortID(sum[:])
}

// place is where an account is looked up.
type place struct {
	community string
	identity  identity
}

// bindings keeps what binds accounts to members: one file each in a directory of its own, whole and synced before anybody is told, and
// all of them in memory. It is safe for concurrent use.
type bindings struct {
	disk     durable.Files // nil where nothing is kept
	identify []byte        // keys: of identities, of files
	seal     []byte
	close    func() error

	mu      sync.Mutex // guards what follows, and that files and memory say the same
	writer  *durable.Writer
	bound   map[place]*binding
	members map[owner][]*binding // oldest first
	// unsure are those that could not be written and may be on the disk all the same: nobody was told that they bind.
	unsure map[place]*binding
}

// openBindings reads every binding. The key is made with the first start: bindings whose key is lost bind nobody, so they are an error. A
// file that cannot be read is told to the operator and is not guessed at. An empty dir is a place where nothing can be bound.
func openBindings(dir string, entropy io.Reader, log *slog.Logger) (*bindings, error) {
	if dir == "" {
		return newBindings(nil), nil
	}
	disk, err := durable.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("open bindings: %w", err)
	}
	b := newBindings(disk)
	b.close = disk.Close
	key, err := b.key(dir+".key", entropy)
	if err == nil {
		err = b.load(key, log)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open bindings: %w", err), disk.Close())
	}
	return b, nil
}

func newBindings(disk durable.Files) *bindings {
	return &bindings{
		disk: disk, writer: durable.NewWriter(disk), close: func() error { return nil }, bound: map[place]*binding{},
		members: map[owner][]*binding{}, unsure: map[place]*binding{},
	}
}

// key reads the key, or makes it where there is nothing that it could have been for.
func (b *bindings) key(file string, entropy io.Reader) (ed25519.PrivateKey, error) {
	names, err := b.files()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(file); len(names) > 0 && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%d bindings are there and their key is not", len(names))
	}
	return keyfile.LoadOrMake(file, entropy)
}

// load reads what is on the disk.
func (b *bindings) load(key ed25519.PrivateKey, log *slog.Logger) error {
	names, err := b.files()
	if err != nil {
		return err
	}
	for purpose, into := range map[string]*[]byte{"identity": &b.identify, "file": &b.seal} { // any order
		if *into, err = hkdf.Key(sha256.New, key.Seed(), nil, "renlin/bindings/1\n"+purpose, sha256.Size); err != nil {
			return err
		}
	}
	for _, name := range names {
		raw, err := b.disk.ReadFile(name)
		if err != nil {
			return err
		}
		one, err := decodeBinding(b.seal, name, raw)
		if one == nil {
			log.Warn("what lies among the bindings is none", "err", err)
			continue
		}
		if err != nil {
			log.Error("a binding is damaged: its account must be bound anew", "community", one.community, "member", one.member, "err", err)
		}
		if b.bound[place{one.community, one.identity}] != nil { // names hold both, so only a hand can have put it there
			return fmt.Errorf("two members of %s have one account", one.community)
		}
		b.put(one)
	}
	for _, list := range b.members { // any order: each is sorted by itself
		slices.SortFunc(list, func(x, y *binding) int { return cmp.Compare(x.boundAt, y.boundAt) })
	}
	return nil
}

// files lists the files that may be bindings. What a crash left half-written has another ending, and is written over the next time.
func (b *bindings) files() (names []string, err error) {
	communities, err := b.disk.List(".")
	if err != nil {
		return nil, err
	}
	for _, community := range communities {
		if !opaqueID.MatchString(community) {
			continue // the lock
		}
		inside, err := b.disk.List(community)
		if err != nil {
			return nil, err
		}
		for _, name := range inside {
			if !strings.HasSuffix(name, ".tmp") {
				names = append(names, path.Join(community, name))
			}
		}
	}
	return names, nil
}

// put takes a binding into memory. The caller holds mu, or is alone.
func (b *bindings) put(one *binding) {
	who := owner{one.community, one.member}
	b.bound[place{one.community, one.identity}] = one
	b.members[who] = append(b.members[who], one)
}

// drop takes it out again. The caller holds mu.
func (b *bindings) drop(one *binding) {
	who := owner{one.community, one.member}
	delete(b.bound, place{one.community, one.identity})
	left := slices.DeleteFunc(slices.Clone(b.members[who]), func(x *binding) bool { return x == one })
	if b.members[who] = left; len(left) == 0 {
		delete(b.members, who)
	}
}

// identityOf gives the identity of a platform's account in a community.
func (b *bindings) identityOf(provider, community, account string) identity {
	mac := hmac.New(sha256.New, b.identify)
	_, _ = mac.Write([]byte(provider + "\n" + community + "\n" + account)) // never fails; none of the first two holds a line break
	return identity(mac.Sum(nil))
}

// find gives an account's binding; nil when it is bound to nobody.
func (b *bindings) find(community string, who identity) *binding {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bound[place{community, who}]
}

// of lists a member's bindings, oldest first.
func (b *bindings) of(community, member string) []*binding {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.members[owner{community, member}])
}

// restingOn names the member of a key on which bindings rest; "" if none do.
func (b *bindings) restingOn(community, key string) (member string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for at, one := range b.bound { // any order: a key is one member's
		if at.community == community && one.key == key {
			return one.member
		}
	}
	return ""
}

// all lists every binding, by community and member.
func (b *bindings) all() (out []*binding) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, list := range b.members {
		out = append(out, list...)
	}
	slices.SortFunc(out, func(x, y *binding) int {
		return cmp.Or(cmp.Compare(x.community, y.community), cmp.Compare(x.member, y.member), cmp.Compare(x.boundAt, y.boundAt))
	})
	return out
}

// bind binds an account, durably. Of two at once one wins; the winner's own repetition gets what is bound. What was damaged is replaced.
func (b *bindings) bind(one *binding) (*binding, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.bound[place{one.community, one.identity}]
	if err := b.room(one, before); err != nil {
		return before, err
	}
	if before != nil && !before.damaged && before.key == one.key {
		return before, nil
	}
	if before != nil && before.member != one.member { // damaged
		if err := b.remove(before); err != nil {
			return nil, err
		}
		before = nil
	}
	at := place{one.community, one.identity}
	if unsure := b.unsure[at]; unsure != nil && unsure.member != one.member { // or the account would be two members' after a restart
		if err := b.remove(unsure); err != nil {
			return nil, err
		}
	}
	if err := b.writer.Write(durable.Item{Name: one.file(), Data: encodeBinding(b.seal, one)}); err != nil {
		if before == nil || before.member != one.member {
			b.unsure[at] = one
		}
		return nil, fault.ErrInternal.Because(fmt.Errorf("write binding: %w", err))
	}
	delete(b.unsure, at)
	if before != nil {
		b.drop(before)
	}
	b.put(one)
	return one, nil
}

// room refuses a binding for which there is no place. The caller holds mu.
func (b *bindings) room(one, before *binding) error {
	switch {
	case b.disk == nil:
		return ErrBindingsFull
	case before != nil && !before.damaged && before.member != one.member:
		return ErrBindingTaken
	case before != nil && before.member == one.member:
		return nil // it takes the place of the one before
	case len(b.members[owner{one.community, one.member}]) >= memberBindingsMax:
		return ErrBindingsMany
	case len(b.bound) >= bindingsMax:
		return ErrBindingsFull
	}
	return nil
}

// check tells whether an account could be bound now.
func (b *bindings) check(one *binding) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.room(one, b.bound[place{one.community, one.identity}])
}

// end takes bindings of a member away, durably: those that match. It tells how many; at an error some may be gone and the rest not.
func (b *bindings) end(community, member string, match func(*binding) bool) (ended int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := slices.Clone(b.members[owner{community, member}])
	for _, one := range b.unsure { // any order
		if one.community == community && one.member == member {
			list = append(list, one)
		}
	}
	for _, one := range list {
		if !match(one) {
			continue
		}
		if err := b.remove(one); err != nil {
			return ended, err
		}
		ended++
	}
	return ended, nil
}

// remove takes one away, from the disk first: what cannot be removed there stays in memory, so that whoever asks again finds it. The caller
// holds mu.
func (b *bindings) remove(one *binding) error {
	err := b.disk.Remove(one.file())
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err == nil {
		err = b.disk.SyncDir(one.community)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.ErrInternal.Because(fmt.Errorf("remove binding: %w", err))
	}
	if at := (place{one.community, one.identity}); b.unsure[at] == one {
		delete(b.unsure, at)
		return nil
	}
	b.drop(one)
	return nil
}

// Close gives the directory up.
func (b *bindings) Close() error { return b.close() }
