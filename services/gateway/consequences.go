package gateway

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/go-kit/kit/endpoint"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/projection"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
)

// Some commands end what the gateway keeps. Whoever's command has passed through here is answered only when that is done; what passed
// through another gateway, or was cut short by a crash, is found by Review and before the next sign-in.

// command gives the endpoint of an operation, with what follows from it here.
func (g *Gateway) command(service string, o *decider.Operation) endpoint.Endpoint {
	call := g.directory.orStopped(g.call.Command(service))
	switch o.Fresh().(type) {
	case *communityv1.RedeemInvite:
		return g.redeeming(o, call)
	case *communityv1.RevokeMember, *communityv1.RevokeKey, *communityv1.EnrolKey, *vaultv1.EraseSubject:
		return g.settling(o, call)
	}
	return call
}

// read gives the body of a command on its way. The edge has read it before, so it can be read.
func read(o *decider.Operation, request any) (community string, body any, err error) {
	r := request.(*op.Request)
	s, err := chain.DecodeSigned(r.Raw)
	if err != nil {
		return "", nil, chain.ErrMalformed.Because(err)
	}
	m, err := o.Decode(chain.AuthorDevice, s.Body)
	if err != nil {
		return "", nil, decider.ErrBody.Because(err)
	}
	return r.Community, m, nil
}

// settling reviews a member's bindings after a command that may have ended some.
func (g *Gateway) settling(o *decider.Operation, call endpoint.Endpoint) endpoint.Endpoint {
	return func(ctx context.Context, request any) (any, error) {
		answer, err := call(ctx, request)
		if err != nil {
			return answer, err
		}
		community, body, err := read(o, request)
		if err != nil {
			return nil, err
		}
		position := answer.(*op.Answer).Position
		if r, ok := body.(*communityv1.RevokeKey); ok {
			var k standing.Key // every session asks the roster whether its key stands: what rested on this one is over when it is answered
			if err := g.state(ctx, community, "key/"+revoked(r), position, &k); err != nil {
				return nil, err
			}
		}
		return answer, g.review(ctx, owner{community, g.concerned(community, body)}, position)
	}
}

// revoked is the id of the key that is signed off.
func revoked(b *communityv1.RevokeKey) string {
	if id := b.GetKeyId(); id != "" {
		return id
	}
	return chain.KeyID(b.GetKey())
}

// concerned tells whose bindings a command may have ended, as far as there are any.
func (g *Gateway) concerned(community string, body any) (member string) {
	switch b := body.(type) {
	case *communityv1.RevokeMember:
		return b.GetMember()
	case *communityv1.EnrolKey:
		return b.GetMember()
	case *vaultv1.EraseSubject:
		return b.GetSubject()
	case *communityv1.RevokeKey:
		return g.bindings.restingOn(community, revoked(b))
	}
	return ""
}

// review ends those bindings of a member that rest on nothing any more, as of at least a position: the membership has ended, the key was
// signed off, or the person's data was erased. Only what stands on the record ends one; what cannot be read ends none.
func (g *Gateway) review(ctx context.Context, who owner, position uint64) error {
	list := g.bindings.of(who.community, who.member)
	if len(list) == 0 {
		return nil
	}
	over, err := g.erased(ctx, who.community, who.member, position)
	if err != nil {
		return err
	}
	var m standing.Member
	if err := g.state(ctx, who.community, "member/"+who.member, position, &m); err != nil && !errors.Is(err, projection.ErrNoRecord) {
		return err
	}
	ends := map[*binding]bool{} // what is bound anew meanwhile, on another key's word, is another one
	for _, b := range list {
		var k standing.Key
		if b.damaged { // on what it rested cannot be read
			ends[b] = over || m.Revoked
			continue
		}
		if err := g.state(ctx, who.community, "key/"+b.key, position, &k); err != nil && !errors.Is(err, projection.ErrNoRecord) {
			return err
		}
		ends[b] = over || m.Revoked || k.Revoked
	}
	_, err = g.endBindings(ctx, who, func(b *binding) bool { return ends[b] })
	return err
}

// endBindings ends bindings of a member that match, and what they have opened.
func (g *Gateway) endBindings(ctx context.Context, who owner, match func(*binding) bool) (int, error) {
	gone := map[identity]bool{}
	ended, err := g.bindings.end(who.community, who.member, func(b *binding) bool {
		if !match(b) {
			return false
		}
		gone[b.identity] = true
		return true
	})
	g.sessions.end(who, func(_ string, s session) bool { return gone[s.account] })
	for account := range gone { // any order
		g.tickets.forget(place{who.community, account})
	}
	if err != nil { // the command that ended them is on the record: whoever sends it again has this done again
		g.cfg.Log.ErrorContext(ctx, "a binding that has ended is still on the disk", "community", who.community, "member", who.member, "err", err)
		return ended, fault.ErrUnavailable.Because(err)
	}
	return ended, nil
}

// Review looks at every binding once. Whoever runs the gateway has it done at the start and now and then.
func (g *Gateway) Review(ctx context.Context) error {
	var all []error
	seen := map[owner]bool{}
	for _, b := range g.bindings.all() {
		who := owner{b.community, b.member}
		if seen[who] {
			continue
		}
		seen[who] = true
		if err := g.review(ctx, who, 0); err != nil {
			all = append(all, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(all...)
}

// redeeming binds an account to a member by a code: the command names the account's ticket by its digest and uses the code up on the
// record, then the binding is made, then it is answered. Whoever sends the same command again completes what a crash cut short, as long
// as the ticket is good.
func (g *Gateway) redeeming(o *decider.Operation, call endpoint.Endpoint) endpoint.Endpoint {
	return func(ctx context.Context, request any) (any, error) {
		community, body, err := read(o, request)
		if err != nil {
			return nil, err
		}
		in := body.(*communityv1.RedeemInvite)
		t, back, err := g.tickets.take(community, in.GetTicket())
		if err != nil {
			return nil, err
		}
		defer back()
		one := &binding{community: community, member: in.GetMember(), identity: t.identity, provider: t.provider}
		if err := g.mayRedeem(ctx, one); err != nil {
			return nil, err
		}
		out, err := call(ctx, request)
		tried := []attempt{{community: community, account: t.identity}, {community: community, member: one.member}}
		if kind, known := fault.KindOf(err); known && (kind == fault.Forbidden || kind == fault.Refused) {
			g.attempts.fail(tried...)
		}
		if err != nil {
			return out, err
		}
		g.attempts.succeed(tried...)
		answer := out.(*op.Answer)
		ring, err := g.keyring(ctx, owner{community, one.member}, answer.Position)
		if err != nil {
			return nil, err
		}
		if one.key = ring.Hosted; one.key == "" { // signed off in the same moment
			return nil, standing.ErrKeyRevoked
		}
		one.boundAt = g.cfg.Now().UnixMilli()
		bound, err := g.bindings.bind(one)
		if err != nil {
			return nil, err
		}
		answer.Extra, err = json.Marshal(boundAccount{Binding: bound.id()})
		return answer, err
	}
}

// mayRedeem refuses before a code is used up what would be refused after it.
func (g *Gateway) mayRedeem(ctx context.Context, one *binding) error {
	err := g.attempts.check(attempt{community: one.community, account: one.identity}, attempt{community: one.community, member: one.member})
	if err != nil {
		return err
	}
	erased, err := g.erased(ctx, one.community, one.member, g.directory.size(ctx, one.community))
	switch {
	case err != nil:
		return err
	case erased:
		return ErrBindingErased
	}
	return g.bindings.check(one)
}
