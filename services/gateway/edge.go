package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"renlin.dev/pkg/op"
)

// handle adds a route. Before anything else sees the request, a community that is not here is refused: a subject of the bus is made of it.
func (g *Gateway) handle(pattern string, h http.Handler) {
	g.routes[pattern] = true
	g.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(pattern, "{community}") {
			if err := g.directory.check(r.Context(), r.PathValue("community")); err != nil {
				op.WriteFault(w, r, err)
				return
			}
		}
		h.ServeHTTP(w, r)
	})
}

// check refuses a community that is surely not here. While its sequencer cannot be asked, the request goes on to find that out itself.
func (d *directory) check(ctx context.Context, community string) error {
	_, err := d.find(ctx, community)
	if err == nil || errors.Is(err, op.ErrCommunity) {
		return err
	}
	raw, err := d.call.Bytes(ctx, "seq.communities", nil)
	if err != nil {
		return nil
	}
	var list struct {
		Communities []string `json:"communities"`
		Opening     []string `json:"opening"` // known to a sequencer that has just started
	}
	if err := json.Unmarshal(raw, &list); err != nil || slices.Contains(append(list.Communities, list.Opening...), community) {
		return nil
	}
	return op.ErrCommunity
}
