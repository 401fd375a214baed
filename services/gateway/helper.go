package gateway

import (
	"context"
	"slices"

	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// worded are the acts whose commands hold words.
var worded = []communityv1.Act{
	communityv1.Act_ACT_TOPICS, communityv1.Act_ACT_STATEMENTS, communityv1.Act_ACT_OBJECTIONS,
	communityv1.Act_ACT_AID,
	communityv1.Act_ACT_NEEDS,
	communityv1.Act_ACT_CREDITS,
}

// helps tells whether a session's member may write for a principal: a mandate of theirs holds now and covers an act with words. What the
// helper seals is the principal's, so that they may have it erased; it opens nothing that is sealed already.
func (g *Gateway) helps(ctx context.Context, who session, principal string) bool {
	return g.mandated(ctx, who, principal, worded)
}

// mandated tells whether a session's member has a mandate of a principal's that holds now and covers one of some acts. Here as in the rules
// a helper acts by a device of their own, and the rules judge the mandate again when the command comes.
func (g *Gateway) mandated(ctx context.Context, who session, principal string, acts []communityv1.Act) bool {
	if who.key == "" || !opaqueID.MatchString(principal) {
		return false
	}
	var list struct {
		Mandates []string `json:"mandates"`
	}
	if g.state(ctx, who.community, "helper/"+who.member, 0, &list) != nil {
		return false // nobody ever let them
	}
	now := g.cfg.Now().UnixMilli()
	return slices.ContainsFunc(list.Mandates, func(id string) bool {
		var m standing.Mandate
		if g.state(ctx, who.community, standing.MandatePath(id), 0, &m) != nil {
			return false
		}
		return m.Principal == principal && m.Helper == who.member && m.Holds(now) == nil &&
			slices.ContainsFunc(acts, func(a communityv1.Act) bool { return slices.Contains(m.Acts, a) })
	})
}
