package gateway

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// both are a mandate's two; empty for nobody.
type both [2]string

// concernedMax bounds the wait for who a mandate's two are: everybody else's events wait meanwhile.
const concernedMax = 2 * time.Second

// concernedBy gives whom an event concerns, beside all whom its kind is told: both of a mandate when it is granted, and both when something
// is done under it, which the commit names as actor and as through whom.
func concernedBy(c *chain.Commit, aggregate string, e chain.Event) (both, error) {
	granting := chain.KindOf(aggregate) == "mandate"
	if !granting && c.Through == "" {
		return both{}, nil
	}
	kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(e.Type))
	if err != nil {
		return both{}, nil // of a later program: it concerns nobody here
	}
	body := kind.New().Interface()
	if err := proto.Unmarshal(e.Body, body); err != nil {
		return both{}, err
	}
	switch b := body.(type) {
	case *communityv1.MandateGranted:
		return both{b.GetPrincipal(), b.GetHelper()}, nil
	case interface{ GetMandate() string }:
		if b.GetMandate() != "" {
			return both{c.Actor, c.Through}, nil
		}
	}
	if granting { // what becomes of a mandate names nobody but who did it: see concernedLater
		return both{c.Actor}, nil
	}
	return both{}, nil
}

// concernedLater finds the two whom it concerns what became of a mandate. While nobody can be asked, only who did it is told as it comes
// about; the other finds it in their inbox.
func (g *Gateway) concernedLater(ctx context.Context, community string, facts []fact) {
	ctx, cancel := context.WithTimeout(ctx, concernedMax)
	defer cancel()
	for i, x := range facts {
		if chain.KindOf(x.path) != "mandate" || x.kind == nameOf(&communityv1.MandateGranted{}) {
			continue
		}
		var m standing.Mandate
		if g.state(ctx, community, x.path, x.at.position(), &m) == nil {
			facts[i].concerned = both{m.Principal, m.Helper}
		}
	}
}
