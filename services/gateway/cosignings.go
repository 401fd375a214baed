package gateway

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"time"

	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Faults of commands that wait for a second signature.
var (
	ErrCosigningOperation = fault.New(fault.Invalid, "cosigning.operation",
		"This is nothing that officers of two organisations sign.", "该操作不是须由两个组织的负责人会签的操作。")
	ErrCosigningPath = fault.New(fault.Invalid, "cosigning.path",
		"It must be said below which address the command is to be sent.", "须写明该命令发往的地址。")
	ErrCosigningsMany = fault.New(fault.TooMany, "cosigning.too_many",
		"Too many commands wait for a second signature already; please see to those first.", "等待会签的命令已经太多，请先处理。")
	ErrCosigningUnknown = fault.New(fault.NotFound, "cosigning.unknown",
		"This does not wait for a signature, or not any more.", "该命令未在等待会签，或已不再等待。")
)

const (
	cosigningAheadMax     = order.NotAfterMax * time.Millisecond // how long one may wait: as long as the sequencer takes it
	cosigningsMax         = 256                                  // of all communities
	communityCosigningMax = 32
	memberCosigningMax    = 8
)

// cosigned are the operations of which officers of two organisations sign the same bytes.
var cosigned = []string{
	"aid.merge", "aid.unmerge", "community.amend_rulebook", "community.appoint_registrar", "community.appoint_trustees", "matching.set_mode",
}

var cosignedPath = regexp.MustCompile(`^[a-z0-9_-]{1,64}(/[a-z0-9_-]{1,64}){0,5}$`)

// cosigning is a command that has one of its two signatures. It is nothing on the record: only with both will a service look at it.
type cosigning struct {
	ID        string `json:"id"` // of the command
	Operation string `json:"operation"`
	Path      string `json:"path"` // below the community's address, where it is sent with both signatures
	Body      string `json:"body"` // the bytes that are signed
	Key       string `json:"idempotency_key"`
	NotAfter  int64  `json:"not_after"`
	Signature string `json:"signature"` // the author's, as the header has it
	Member    string `json:"member"`    // the author
	Since     int64  `json:"since"`
}

// cosignings wait in memory, until they are signed and sent, taken back, or too late. A restart forgets them: whoever began begins again.
// Nothing rests on them: two officers who meet need no gateway to sign the same bytes.
type cosignings struct {
	now func() time.Time

	mu   sync.Mutex // guards what follows
	live map[string]map[string]cosigning
}

func newCosignings(now func() time.Time) *cosignings {
	return &cosignings{now: now, live: map[string]map[string]cosigning{}}
}

// drop forgets those that are too late, and counts the others. The caller holds mu.
func (c *cosignings) drop() (all int) {
	now := c.now().UnixMilli()
	for community, some := range c.live { // any order: each is looked at by itself
		maps.DeleteFunc(some, func(_ string, one cosigning) bool { return one.NotAfter <= now })
		if all += len(some); len(some) == 0 {
			delete(c.live, community)
		}
	}
	return all
}

// put keeps one. The same again changes nothing.
func (c *cosignings) put(community string, one cosigning) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	all, own := c.drop(), 0
	some := c.live[community]
	if _, again := some[one.ID]; again {
		return nil
	}
	for _, other := range some { // any order: they are counted
		if other.Member == one.Member {
			own++
		}
	}
	if all >= cosigningsMax || len(some) >= communityCosigningMax || own >= memberCosigningMax {
		return ErrCosigningsMany
	}
	if some == nil {
		some = map[string]cosigning{}
		c.live[community] = some
	}
	some[one.ID] = one
	return nil
}

// list gives those of a community, the oldest first.
func (c *cosignings) list(community string) []cosigning {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop()
	return slices.SortedFunc(maps.Values(c.live[community]), func(a, b cosigning) int {
		return cmp.Or(cmp.Compare(a.Since, b.Since), cmp.Compare(a.ID, b.ID))
	})
}

// take forgets one; false if there is none.
func (c *cosignings) take(community, id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, found := c.live[community][id]
	delete(c.live[community], id)
	return found
}

// beginCosigning keeps a command with its author's signature for a second officer. The request is the command as it will be sent, but for
// the address. It is looked at no further: whether it may be done is judged once both have signed.
func (g *Gateway) beginCosigning(w http.ResponseWriter, r *http.Request) {
	one, err := g.readCosigning(r)
	if err == nil {
		err = g.cosign.put(r.PathValue("community"), one)
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, one)
}

func (g *Gateway) readCosigning(r *http.Request) (cosigning, error) {
	community, asked := r.PathValue("community"), r.URL.Query()
	if err := g.requireRole(r, community, communityv1.Role_ROLE_OFFICER); err != nil {
		return cosigning{}, err
	}
	who, err := g.sessions.of(r, community)
	if err != nil {
		return cosigning{}, err
	}
	one := cosigning{Operation: asked.Get("operation"), Path: asked.Get("path"), Member: who.member, Since: g.cfg.Now().UnixMilli()}
	switch {
	case !slices.Contains(cosigned, one.Operation):
		return cosigning{}, ErrCosigningOperation
	case !cosignedPath.MatchString(one.Path):
		return cosigning{}, ErrCosigningPath
	}
	body, err := readBody(r, op.BodyBytesMax)
	if err != nil {
		return cosigning{}, err
	}
	if err := json.Unmarshal(body, new(map[string]json.RawMessage)); err != nil { // what is in it a service will judge
		return cosigning{}, fault.ErrMalformed.Because(err)
	}
	s, err := g.checkSigned(r, cosigningAheadMax, one.Operation, community, who.member, body, 0)
	if err != nil {
		return cosigning{}, err
	}
	one.ID, one.Body, one.NotAfter = s.id.String(), string(body), s.until.UnixMilli()
	one.Key, one.Signature = r.Header.Get(op.HeaderIdempotencyKey), r.Header.Get(op.HeaderSignature)
	return one, nil
}

// listCosignings shows officers what waits for one of them.
func (g *Gateway) listCosignings(w http.ResponseWriter, r *http.Request) {
	community := r.PathValue("community")
	if err := g.requireRole(r, community, communityv1.Role_ROLE_OFFICER); err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeFreshJSON(w, r, cachePrivate, "", cosigningList{Cosignings: append([]cosigning{}, g.cosign.list(community)...)})
}

// endCosigning forgets one that has been sent, or that its author or another officer does not want.
func (g *Gateway) endCosigning(w http.ResponseWriter, r *http.Request) {
	community := r.PathValue("community")
	err := g.requireRole(r, community, communityv1.Role_ROLE_OFFICER)
	if err == nil && !g.cosign.take(community, r.PathValue("cosigning")) {
		err = ErrCosigningUnknown
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
