package gateway

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"maps"
	"sync"
	"time"

	"renlin.dev/pkg/fault"
)

// ErrTicket: whoever wants to bind an account must show that it is theirs, not long before.
var ErrTicket = fault.New(fault.Forbidden, "ticket.expired",
	"Too much time has passed since you signed in on the platform; please sign in there again.", "平台登录已过期，请重新从平台登录后再绑定。")

const (
	ticketLifetime = 10 * time.Minute
	ticketsMax     = 20_000
)

// ticket is an account that has just signed in and is bound to nobody.
type ticket struct {
	place
	provider string
	until    time.Time
}

// tickets are kept by their digest. What a member signs on the record to bind an account names the digest, so nobody who reads the record
// can use it for an account of theirs. They are lost at restart: who was about to bind signs in on the platform again.
type tickets struct {
	cfg Config

	mu   sync.Mutex // guards what follows
	live map[[32]byte]ticket
	by   map[place][32]byte // an account's newest, the only one that is good
	// taken are those with which a request is binding just now.
	taken map[[32]byte]bool
}

func newTickets(cfg Config) *tickets {
	return &tickets{cfg: cfg, live: map[[32]byte]ticket{}, by: map[place][32]byte{}, taken: map[[32]byte]bool{}}
}

// open gives a ticket for an account.
func (t *tickets) open(provider string, at place) (string, error) {
	var raw [32]byte
	if _, err := io.ReadFull(t.cfg.Entropy, raw[:]); err != nil {
		return "", fault.ErrInternal.Because(err)
	}
	secret := base64.RawURLEncoding.EncodeToString(raw[:])
	now := t.cfg.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(at)
	if len(t.live) >= ticketsMax {
		for at, digest := range maps.Clone(t.by) {
			if !t.live[digest].until.After(now) {
				t.drop(at)
			}
		}
		if len(t.live) >= ticketsMax {
			return "", fault.ErrBusy
		}
	}
	digest := sha256.Sum256([]byte(secret))
	t.live[digest], t.by[at] = ticket{place: at, provider: provider, until: now.Add(ticketLifetime)}, digest
	return secret, nil
}

// drop forgets an account's ticket. The caller holds mu.
func (t *tickets) drop(at place) {
	if digest, ok := t.by[at]; ok {
		delete(t.live, digest)
		delete(t.by, at)
	}
}

// forget is drop for others: once an account has been unbound, what was signed to bind it binds nothing.
func (t *tickets) forget(at place) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(at)
}

// take gives the ticket of a digest, to one request at a time: two that bind the same account at once would both use up a code, and one in
// vain. It stays good until it expires, for a request that binds may have to be sent twice. The caller gives it back.
func (t *tickets) take(community string, digest []byte) (found ticket, back func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(digest) != sha256.Size {
		return ticket{}, nil, ErrTicket
	}
	key := [32]byte(digest)
	found, ok := t.live[key]
	switch {
	case !ok || found.community != community || !found.until.After(t.cfg.Now()):
		return ticket{}, nil, ErrTicket
	case t.taken[key]:
		return ticket{}, nil, fault.ErrBusy
	}
	t.taken[key] = true
	return found, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.taken, key)
	}, nil
}
