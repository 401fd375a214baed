package order

import (
	"bytes"

	"renlin.dev/pkg/chain"
)

// Rules is the part of a Machine that never changes and may be used by any goroutine: who may write what.
type Rules struct {
	kinds map[string]map[string]bool
}

// MakeRules takes, for each service, the kinds of aggregates that it may write.
func MakeRules(kinds map[string][]string) Rules {
	r := Rules{kinds: make(map[string]map[string]bool, len(kinds))}
	for service, list := range kinds {
		set := map[string]bool{service + LapseSuffix: true}
		for _, kind := range list {
			set[kind] = true
		}
		r.kinds[service] = set
	}
	return r
}

// Prepared is a request after every check that needs no state. It keeps the request's bytes, which must not change until the
// verdict is there.
type Prepared struct {
	request *chain.Request
	fault   error
	plans   []plan
	bytes   int // of its commits inside a block
}

// plan is one commit with all that was computed of it.
type plan struct {
	raw      []byte
	outline  chain.Outline
	hash     chain.Hash
	leaf     chain.Hash
	notAfter int64
}

// Fault gives the refusal that needs no state, or nil. Such a request may be answered at once: it rests on nothing.
func (p *Prepared) Fault() error { return p.fault }

// Request gives what was prepared.
func (p *Prepared) Request() *chain.Request { return p.request }

// Prepare does every check that needs no state, and the hashing, so that this costs the caller's time and not the machine's.
// It may be called from any goroutine. p is overwritten and its memory reused.
func (r Rules) Prepare(p *Prepared, service string, req *chain.Request) {
	p.request, p.fault, p.plans, p.bytes = req, nil, p.plans[:0], 0
	switch req.Ask {
	case chain.AskAppend:
		p.fault = r.prepareAppend(p, service, req)
	case chain.AskCheck, chain.AskReceipt:
	default:
		p.fault = chain.ErrMalformed
	}
}

func (r Rules) prepareAppend(p *Prepared, service string, req *chain.Request) error {
	if len(req.Commits) == 0 || len(req.Commits) > chain.RequestCommitsMax {
		return chain.ErrMalformed
	}
	for _, raw := range req.Commits {
		if len(raw) > chain.CommitBytesMax {
			return chain.ErrTooLarge
		}
		p.bytes += chain.CommitOverheadBytes + len(raw)
	}
	if chain.SealedHeaderBytes+p.bytes > chain.BlockBytesMax {
		return chain.ErrTooLarge
	}
	kinds := r.kinds[service]
	for i, raw := range req.Commits {
		if i < cap(p.plans) {
			p.plans = p.plans[:i+1] // keeps the outline's slices for reuse
		} else {
			p.plans = append(p.plans, plan{})
		}
		if err := p.plans[i].prepare(raw, service, kinds); err != nil {
			return err
		}
	}
	return nil
}

func (n *plan) prepare(raw []byte, service string, kinds map[string]bool) error {
	o := &n.outline
	if err := o.Parse(raw); err != nil {
		return chain.ErrMalformed.Because(err)
	}
	if string(o.Service) != service {
		return chain.ErrKind
	}
	for i := range o.Changes {
		if !kinds[string(kindOf(o.Changes[i].Key))] {
			return chain.ErrKind
		}
	}
	var command chain.CommandOutline
	if err := command.Parse(o.Command); err != nil {
		return chain.ErrMalformed.Because(err)
	}
	id, err := command.ID(o.Author, o.Service)
	if err != nil || id != o.ID || !authorFits(o, &command) {
		return chain.ErrMalformed
	}
	n.raw, n.notAfter = raw, command.NotAfter
	n.hash = chain.HashCommit(raw)
	n.leaf = chain.LeafHash(n.hash)
	return nil
}

// authorFits holds what is said of the author against the command: only people have a name here, only rules have a cause, and
// only they and the founding act without an expiry.
func authorFits(o *chain.Outline, c *chain.CommandOutline) bool {
	switch o.Author {
	case chain.AuthorDevice, chain.AuthorHosted:
		return o.Cause == 0
	case chain.AuthorCredential:
		return o.Cause == 0 && len(o.Actor) == 0
	case chain.AuthorPolicy:
		return len(o.Actor) == 0 && c.NotAfter == 0 && c.Signatures == 0
	}
	return o.Cause == 0 && len(o.Actor) == 0 && c.NotAfter == 0
}

// kindOf is chain.KindOf for an aggregate's path that is not yet a string.
func kindOf(path []byte) []byte {
	path = path[:bytes.LastIndexByte(path, '/')]
	return path[bytes.LastIndexByte(path, '/')+1:]
}
