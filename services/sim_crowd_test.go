package services_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community"
)

// crowd is a community's people, who do everything that can be done, mostly what makes sense, at once, and often what does not. What
// they know of the community is their ledger's.
type crowd struct {
	*ledger
	r      *rand.Rand
	now    int64
	noise  *rand.ChaCha8 // for boxes
	made   map[string]intent
	prints map[string]printed // papers, by id
	lies   map[string]bool    // words of trustees that deal falsely
	// Of secret polls: what is in ballots, what voters keep, by commitment.
	hides   map[string]hidden
	wallets map[string]*wallet
	// And of their sheets: what is behind marks, and the ballot that follows from a sheet and a choice.
	behind    map[string]read
	slipsMade map[string]string
	offset    uint32           // of the level of secrecy that comes first
	matches   bool             // in this play people ask for help, too
	banks     bool             // in this play books are kept, too
	veils     bool             // in this play trustees are for secret polls, in others for open ones: both would take long
	used      int              // keys of polls
	tried     map[string]int64 // what was done about a poll, and when
}

// The size of the place.
const (
	neighbours = 12
	imports    = 2
	perImport  = 3
	flatsMax   = 12
)

// Founders and key holders: ann and cat for one organisation, bob and dan for another.
const (
	ann, bob, cat, dan = "ann", "bob", "cat", "dan"
	orgOne, orgTwo     = "residents", "owners"
)

// signer is a key pair of the name's device or code; each is made once for all plays.
type signer struct {
	public  []byte
	private ed25519.PrivateKey
}

var (
	signers sync.Map // name -> *signer
	byKey   sync.Map // public key -> private
	idsMade sync.Map // name -> id
)

func signerOf(name string) *signer {
	if s, ok := signers.Load(name); ok {
		return s.(*signer)
	}
	seed := sha256.Sum256([]byte("device of " + name))
	private := ed25519.NewKeyFromSeed(seed[:])
	s := &signer{public: private.Public().(ed25519.PublicKey), private: private}
	signers.Store(name, s)
	byKey.Store(string(s.public), private)
	return s
}

func keyFor(name string) []byte { return signerOf(name).public }

// idFor makes an opaque id of a name.
func idFor(name string) string {
	if id, ok := idsMade.Load(name); ok {
		return id.(string)
	}
	sum := sha256.Sum256([]byte(name))
	id := chain.ShortID(sum[:])
	idsMade.Store(name, id)
	return id
}

// textFor is a reference to words in the vault.
func textFor(words string) *communityv1.Text {
	sum := sha256.Sum256([]byte(words))
	return &communityv1.Text{Ref: hex.EncodeToString(sum[:]), LengthBytes: uint32(len(words)), Commitment: sum[:]}
}

func neighbour(n int) string { return fmt.Sprint("neighbour ", n) }

func imported(batch, n int) string { return fmt.Sprintf("imported %d %d", batch, n) }

func newCrowd() *crowd {
	c := &crowd{
		ledger: newLedger(), made: map[string]intent{}, prints: map[string]printed{}, lies: map[string]bool{}, tried: map[string]int64{},
		hides: map[string]hidden{}, wallets: map[string]*wallet{}, behind: map[string]read{}, slipsMade: map[string]string{},
	}
	c.lied = func(word []byte) bool { return c.lies[string(word)] }
	c.known = func(box []byte) (intent, bool) {
		i, ok := c.made[string(box)]
		return i, ok
	}
	c.seen = func(mark []byte) read { return c.behind[string(mark)] }
	c.hid = func(ballot []byte) (hidden, bool) {
		h, ok := c.hides[string(ballot)]
		return h, ok
	}
	return c
}

// Block follows the record.
func (c *crowd) Block(b *chain.Block) []string { return c.take(b) }

// lateMS is how late a rule may be at the end of a play: clocks differ, and so do decision and block.
const lateMS = 3_000

// Rest looks for what is missing.
func (c *crowd) Rest(now int64) []string { return c.rest(now - lateMS) }

// Sign signs for real; now and then a signature is bad.
func (c *crowd) Sign(r *rand.Rand, s *chain.Signed, genesis chain.Hash) {
	author := chain.AuthorDevice
	if s.IdempotencyKey == "" {
		author, genesis = chain.AuthorGenesis, chain.Hash{}
	}
	keys := s.Signatures
	s.Signatures = nil
	for _, k := range keys {
		private, ok := byKey.Load(string(k.Key))
		if !ok {
			panic("a signer without a key")
		}
		if err := s.Sign(genesis, author, private.(ed25519.PrivateKey)); err != nil {
			panic(err)
		}
	}
	if author == chain.AuthorDevice && r.IntN(25) == 0 {
		s.Signatures[r.IntN(len(s.Signatures))].Sig[r.IntN(64)] ^= 1
	}
}

// deed is what somebody does.
type deed struct {
	operation string
	body      proto.Message
	keys      [][]byte // author first
}

// signed is the command of a deed.
func (d *deed) signed() *chain.Signed {
	raw, err := protojson.Marshal(d.body)
	if err != nil {
		panic(err)
	}
	var body bytes.Buffer // protojson puts a space here or there, otherwise in each build
	if err := json.Compact(&body, raw); err != nil {
		panic(err)
	}
	s := &chain.Signed{Suite: chain.SuiteIntl, Operation: d.operation, Contract: 1, Body: body.Bytes()}
	for _, key := range d.keys {
		s.Signatures = append(s.Signatures, chain.Signature{Key: key, Sig: make([]byte, 64)})
	}
	return s
}

func (d *deed) service() string {
	service, _, _ := bytes.Cut([]byte(d.operation), []byte("."))
	return string(service)
}

// Found founds the community.
func (c *crowd) Found(r *rand.Rand) (string, *chain.Signed) {
	c.r = r
	seed := [32]byte(binarySeed(r))
	// No chance is drawn for these: other plays stay as they are.
	c.noise, c.matches, c.banks = rand.NewChaCha8(seed), seed[0]%6 == 0, seed[1]%6 == 0
	c.offset, c.veils = uint32(r.IntN(3)), r.IntN(4) > 0
	founding := foundingOf(c.offset)
	if r.IntN(2) == 0 { // the others appoint them
		founding.Trustees = foundingTrustees()
	}
	if r.IntN(2) == 0 {
		founding.Registrar = registrarOf(fay, orgThree)
	}
	d := deed{community.OpFound, founding, [][]byte{keyFor(ann), keyFor(bob)}}
	return d.service(), d.signed()
}

func binarySeed(r *rand.Rand) []byte {
	seed := make([]byte, 32)
	for i := range seed {
		seed[i] = byte(r.UintN(256))
	}
	return seed
}

// Next lets somebody do something.
func (c *crowd) Next(r *rand.Rand, now int64, _ func(string) *decider.State) (string, *chain.Signed) {
	c.r, c.now = r, now
	var d *deed
	for d == nil {
		switch {
		case c.matches && r.IntN(2) == 0:
			d = c.thinkMatching()
		case c.banks && r.IntN(2) == 0:
			d = c.think(moneyDeeds)
		default:
			d = c.think(deeds)
		}
	}
	if c.chance(40) { // somebody else does it, or with somebody else
		d.keys[c.r.IntN(len(d.keys))] = c.anyKey()
	}
	if len(d.keys) == 1 && c.chance(10) {
		d.keys = append(d.keys, c.anyKey())
	}
	if len(d.keys) == 2 && bytes.Equal(d.keys[0], d.keys[1]) {
		d.keys = d.keys[:1]
	}
	return d.service(), d.signed()
}

// think picks something to do; nil when it makes no sense now.
func (c *crowd) think(deeds []weighted) *deed {
	total := 0
	for _, x := range deeds {
		total += x.weight
	}
	n := c.r.IntN(total)
	for _, x := range deeds {
		if n -= x.weight; n < 0 {
			return x.do(c)
		}
	}
	return nil
}

func (c *crowd) chance(perMille int) bool { return c.r.IntN(1000) < perMille }

func pick[T any](c *crowd, list []T) (one T, ok bool) {
	if len(list) == 0 {
		return one, false
	}
	return list[c.r.IntN(len(list))], true
}

// ids lists in order what is in a map and good.
func ids[V any](m map[string]V, good func(id string, v V) bool) []string {
	var out []string
	for _, id := range slices.Sorted(maps.Keys(m)) {
		if good(id, m[id]) {
			out = append(out, id)
		}
	}
	return out
}

// one of those that are good, or, rarely, any.
func anyOf[V any](c *crowd, m map[string]V, good func(id string, v V) bool) (string, bool) {
	if c.chance(60) {
		good = func(string, V) bool { return true }
	}
	return pick(c, ids(m, good))
}

// member is somebody with standing and, mostly, a key.
func (c *crowd) member() (string, bool) {
	return anyOf(c, c.people, func(id string, _ *person) bool { return c.active(id) && c.hasKey(id) })
}

// resident is a member who lives here.
func (c *crowd) resident() (string, bool) {
	return anyOf(c, c.people, func(id string, _ *person) bool { return c.counts(id) && c.hasKey(id) })
}

// keyOf is a key of a member's that is in force, nil for none.
func (c *crowd) keyOf(member string) []byte {
	if p := c.people[member]; p != nil {
		if key, ok := pick(c, p.inForce); ok {
			return []byte(key)
		}
	}
	return nil
}

func (c *crowd) hasKey(member string) bool { return len(c.people[member].inForce) > 0 }

func (c *crowd) anyKey() []byte {
	if key, ok := pick(c, ids(c.keys, func(string, *device) bool { return true })); ok && !c.chance(200) {
		return []byte(key)
	}
	return keyFor("stranger")
}

// by makes a member's deed, nil without a key.
func (c *crowd) by(member, operation string, body proto.Message, with ...string) *deed {
	d := &deed{operation: operation, body: body}
	for _, m := range append([]string{member}, with...) {
		key := c.keyOf(m)
		if key == nil {
			return nil
		}
		d.keys = append(d.keys, key)
	}
	return d
}

// again tells whether something was begun a moment ago and should not be begun again before one knows what came of it; people are not
// always that patient.
func (c *crowd) again(what string) bool { return c.lately(what, 50) }

// lately is again for what is thought of so often that few may be impatient.
func (c *crowd) lately(what string, impatient int) bool {
	if last, ok := c.tried[what]; ok && c.now-last < 500 && !c.chance(impatient) {
		return true
	}
	c.tried[what] = c.now
	return false
}

// office is somebody who holds a role.
func (c *crowd) office(r communityv1.Role) (string, bool) {
	return pick(c, ids(c.people, func(id string, p *person) bool {
		_, holds := p.roles[r]
		return holds && c.active(id) && c.hasKey(id)
	}))
}

// officers are two officers of different organisations; the first, if there is one to be had, of another than not.
func (c *crowd) officers(not string) (first, second string, ok bool) {
	first, ok = pick(c, ids(c.people, func(id string, p *person) bool {
		org := p.roles[communityv1.Role_ROLE_OFFICER]
		return org != "" && org != not && c.active(id)
	}))
	if !ok {
		return "", "", false
	}
	second, ok = pick(c, ids(c.people, func(id string, _ *person) bool {
		return c.officerOf(id) != "" && c.officerOf(id) != c.officerOf(first) && c.active(id)
	}))
	return first, second, ok
}
