package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"path"
	"slices"
	"strings"

	"renlin.dev/pkg/op"
)

// handle adds a route. Before anything else sees the request, the address loses what a caller may have typed, so that no refusal can
// name it, and a community that is not here is refused: a subject of the bus is made of it.
func (g *Gateway) handle(pattern string, h http.Handler) {
	g.routes[pattern] = true
	g.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		r = g.withoutTyped(r, pattern)
		if strings.Contains(pattern, "{community}") {
			if err := g.directory.check(r.Context(), r.PathValue("community")); err != nil {
				op.WriteFault(w, r, err)
				return
			}
		}
		h.ServeHTTP(w, r)
	})
}

// withoutTyped empties the request's address unless it is made of the pattern's own words, kinds of records and opaque ids. The
// values of the pattern's variables stay.
func (g *Gateway) withoutTyped(r *http.Request, pattern string) *http.Request {
	words := strings.Split(pattern, "/")
	for part := range strings.SplitSeq(r.URL.Path, "/") {
		if !slices.Contains(words, part) && g.owners[part] == "" && !opaqueID.MatchString(part) {
			address := *r.URL
			address.Path, address.RawPath = "", ""
			r = r.WithContext(r.Context()) // a copy
			r.URL = &address
			return r
		}
	}
	return r
}

// tidy tells whether an address is one that a ServeMux looks up as it is. Any other it would answer by sending the caller to a tidy one,
// and so say back what was typed.
func tidy(address string) bool {
	return strings.HasPrefix(address, "/") && (address == "/" || path.Clean(address) == strings.TrimSuffix(address, "/"))
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
	}
	if err := json.Unmarshal(raw, &list); err != nil || slices.Contains(list.Communities, community) {
		return nil
	}
	return op.ErrCommunity
}
