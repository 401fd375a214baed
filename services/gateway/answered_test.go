package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/natstest"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/standing"
)

// TestSurely: nothing is refused because a service is behind what was answered here; what is allowed, or cannot be known, is asked once.
func TestSurely(t *testing.T) {
	t.Parallel()
	here, file := strings.Repeat("a", 26), strings.Repeat("b", 26)
	bus := natstest.Run(t)
	nc := bus.Connect(t)
	service := bus.Connect(t)
	var asked []uint64
	if _, err := service.Subscribe("query."+here+".aid", func(m *nats.Msg) { // a service that knows what it is made to wait for
		var q op.Query
		if err := json.Unmarshal(m.Data, &q); err != nil {
			t.Error(err)
		}
		asked = append(asked, q.MinPosition)
		involved := map[bool]string{false: `[]`, true: `["ann"]`}[q.MinPosition >= 7]
		_ = m.Respond([]byte(`{"position":7,"records":[{"path":"` + q.Path + `","version":1,"state":{"involved":` + involved + `}}]}`))
	}); err != nil {
		t.Fatal(err)
	}
	if err := service.Flush(); err != nil {
		t.Fatal(err)
	}
	g := &Gateway{call: op.NewCaller(nc), owners: map[string]string{"beneficiary": "aid"}, answered: &answered{by: map[string]uint64{}}}
	answer := func(community string, position uint64, err error) {
		_, _ = g.answered.noting(func(context.Context, any) (any, error) {
			return &op.Answer{Position: position}, err
		})(t.Context(), &op.Request{Community: community})
	}
	writes := func(r *http.Request) error {
		if g.writesFor(r.Context(), session{community: here, member: "ann"}, file) {
			return nil
		}
		return standing.ErrRole
	}
	for _, c := range []struct {
		name  string
		given func()
		ask   func(*http.Request) error
		code  string
		asked int
	}{
		{"nothing was answered here", func() {
			answer("elsewhere", 9, nil)
			answer(here, 8, fault.ErrTimeout)
		}, writes, standing.ErrRole.Code, 1},
		{"it is refused as of what was answered", func() { answer(here, 6, nil) }, writes, standing.ErrRole.Code, 2},
		{"it is allowed as of what was answered", func() {
			answer(here, 7, nil)
			answer(here, 5, nil)
		}, writes, "", 2},
		{"it cannot be known", func() {}, func(r *http.Request) error {
			_ = writes(r)
			return fault.ErrTimeout
		}, fault.ErrTimeout.Code, 1},
		{"it is allowed", func() {}, func(r *http.Request) error {
			_ = writes(r)
			return nil
		}, "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.given()
			asked = nil
			err := g.surely(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), here, c.ask)
			if f := fault.Of(err); (f == nil) != (c.code == "") || f != nil && f.Code != c.code {
				t.Errorf("got %v, want %q", err, c.code)
			}
			if len(asked) != c.asked {
				t.Errorf("the service was asked as of %v, want %d times", asked, c.asked)
			}
		})
	}
}
