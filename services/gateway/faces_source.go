package gateway

import (
	"context"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/projection"
	"renlin.dev/pkg/standing"
	"renlin.dev/services/gateway/console"
	"renlin.dev/services/gateway/faces"
	"renlin.dev/services/gateway/miniapp"
)

// pageRows are the pages for people. The API's document does not tell of them.
func (g *Gateway) pageRows() ([]row, error) {
	site, err := faces.New(publicSource{g})
	if err != nil {
		return nil, err
	}
	var all []row
	for _, r := range site.Routes() {
		all = append(all, route(r.Pattern, r.Serve))
	}
	for _, r := range console.Routes() {
		all = append(all, route(r.Pattern, r.Serve))
	}
	app, err := miniapp.New()
	if err != nil {
		return nil, err
	}
	for _, pattern := range miniapp.Patterns {
		all = append(all, route(pattern, app.ServeHTTP))
	}
	return all, nil
}

// publicSource gives pages what the edge answers whoever has no session, and nothing else.
type publicSource struct{ g *Gateway }

func (s publicSource) Communities(ctx context.Context) ([]string, error) {
	list, err := s.g.listed(ctx)
	if err != nil {
		return nil, err
	}
	return list.Communities, nil
}

func (s publicSource) Community(ctx context.Context, community string) (*faces.Community, error) {
	a, err := s.g.outsiders(ctx, community)
	if err != nil {
		return nil, err
	}
	return &faces.Community{
		ID: a.ID, Name: a.Name, Genesis: a.Genesis, EpochKey: a.EpochKey, Size: a.NextIndex, State: a.State, Reason: a.Reason,
	}, nil
}

func (s publicSource) Records(ctx context.Context, community, path, after string) (*op.Page, error) {
	if chain.CheckAggregate(path) != nil && chain.CheckCollection(path) != nil {
		return nil, projection.ErrPath
	}
	if readers[chain.KindOf(path)] != anyone {
		return nil, standing.ErrRole
	}
	list := "page " + community + " " + path
	from, err := s.g.cursors.open(list, after)
	if err != nil {
		return nil, err
	}
	page, err := s.g.query(ctx, &op.Query{Community: community, Path: path, After: from, Limit: pageRecords})
	if err != nil {
		return nil, err
	}
	page.Next = s.g.cursors.seal(list, page.Next)
	return page, nil
}

// pageRecords is how many records a page for people shows.
const pageRecords = 50

func (s publicSource) Books(ctx context.Context, community string) ([]byte, error) {
	return s.g.call.Look(ctx, community, s.g.owners["account"], LedgerBooks, []byte("{}"))
}

func (s publicSource) Log(ctx context.Context, community, path string) ([]byte, error) {
	return s.g.call.Bytes(ctx, "audit."+community+".log", []byte(path))
}
