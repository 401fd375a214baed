package gateway

import (
	"context"
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

// personal adds what concerns the one member who reads their inbox. An operator has no vote and no mandates.
func (g *Gateway) personal(r *http.Request, community string, position uint64, page *inboxPage) error {
	who, err := g.sessions.of(r, community)
	if err != nil || who.member == "" {
		return err
	}
	if page.Notices, err = g.notices(r.Context(), who); err != nil {
		return err
	}
	page.Mandates, err = g.mandateNotices(r.Context(), who, position)
	return err
}

// notices asks for the notices of a member.
func (g *Gateway) notices(ctx context.Context, who session) ([]voterNotice, error) {
	raw, err := g.call.Look(ctx, who.community, g.owners["poll"], VotersNotices, []byte(who.member))
	if err != nil {
		return nil, err
	}
	var out []voterNotice
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fault.ErrInternal.Because(err)
	}
	return out, nil
}
