package gateway

import (
	"net/http"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// mayReadJudged admits the one who worked and the one who confirmed it to the finding about that work, and whoever helps one of them.
func (g *Gateway) mayReadJudged(r *http.Request, community, path string) bool {
	who, err := g.sessions.of(r, community)
	if err != nil || who.member == "" || chain.CheckAggregate(path) != nil ||
		g.requireRole(r, community, communityv1.Role_ROLE_MEMBER) != nil {
		return false
	}
	var x struct {
		Worker       string `json:"worker"`
		Counterparty string `json:"counterparty"`
	}
	if g.state(r.Context(), community, path, 0, &x) != nil {
		return false
	}
	acts := []communityv1.Act{communityv1.Act_ACT_CREDITS}
	for _, one := range []string{x.Worker, x.Counterparty} {
		if who.member == one || g.mandated(r.Context(), who, one, acts) {
			return true
		}
	}
	return false
}
