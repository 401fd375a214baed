package gateway

import (
	"context"
	"net/http"
	"sync"

	"github.com/go-kit/kit/endpoint"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
)

// answered remembers how far each community's record had come by the last command that was answered here. It is lost with the process, and
// another gateway's answers are not in it: it only keeps those who were just told that something is on the record from being turned away
// because a service that this gateway asks has not folded it yet.
type answered struct {
	mu sync.Mutex
	by map[string]uint64 // community -> position
}

// noting remembers where the commands of an endpoint came to stand.
func (a *answered) noting(command endpoint.Endpoint) endpoint.Endpoint {
	return func(ctx context.Context, request any) (any, error) {
		answer, err := command(ctx, request)
		if told, ok := answer.(*op.Answer); ok && err == nil {
			a.mu.Lock()
			community := request.(*op.Request).Community
			a.by[community] = max(a.by[community], told.Position)
			a.mu.Unlock()
		}
		return answer, err
	}
}

func (a *answered) in(community string) uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.by[community]
}

// asOf is the context's key of the position that rights are asked as of.
type asOf struct{}

// surely asks whether something is allowed, and refuses it only as of everything that was answered here. What is allowed is not asked
// twice, so that a service which is behind delays nobody else.
func (g *Gateway) surely(r *http.Request, community string, ask func(*http.Request) error) error {
	err := ask(r)
	if f := fault.Of(err); f == nil || f.Kind != fault.Forbidden {
		return err
	}
	position := g.answered.in(community)
	if position == 0 {
		return err
	}
	return ask(r.WithContext(context.WithValue(r.Context(), asOf{}, position)))
}
