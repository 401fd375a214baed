package gateway

import (
	"encoding/json"
	"net/http"

	"renlin.dev/pkg/fault"
)

// VotersNotices names the question to the voting service which polls wait for a member's vote.
const VotersNotices = "notices"

// voterNotice is one answer to it: whoever has voted, or has no vote in the poll, is not told of it.
type voterNotice struct {
	Poll      string `json:"poll"`
	Notice    []byte `json:"notice"` // the digest to acknowledge
	Warning   string `json:"warning,omitempty"`
	OpensAt   int64  `json:"opens_at"`
	ClosesAt  int64  `json:"closes_at"`
	Delivered bool   `json:"delivered,omitempty"`
	Reminded  int64  `json:"reminded_at,omitempty"`
}

// notices asks for the notices of whoever reads their inbox. An operator has no vote.
func (g *Gateway) notices(r *http.Request, community string) ([]voterNotice, error) {
	who, err := g.sessions.of(r, community)
	if err != nil || who.member == "" {
		return nil, err
	}
	raw, err := g.call.Look(r.Context(), community, g.owners["poll"], VotersNotices, []byte(who.member))
	if err != nil {
		return nil, err
	}
	var out []voterNotice
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fault.ErrInternal.Because(err)
	}
	return out, nil
}
