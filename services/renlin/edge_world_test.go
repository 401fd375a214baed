package main

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/telemetry/metrics"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/gateway"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/neighbourhood"
	"renlin.dev/services/renlin/internal/process"
)

// edge is all of a pilot but its door: gateways are opened on it as a test wants them.
type edge struct {
	testing.TB
	server *bus.Server
	env    process.Env
	ahead  atomic.Int64 // how far the gateways' and devices' clocks are ahead, ns
}

const operatorToken = "the-operators-token"

// newEdge runs every part but the gateway until the test ends.
func newEdge(t testing.TB) *edge {
	t.Helper()
	return edgeOf(t, process.Models())
}

// edgeOf is newEdge with rules of a test's own.
func edgeOf(t testing.TB, models []*decider.Model) *edge {
	t.Helper()
	dir := t.TempDir()
	cfg := pilotConfig{data: filepath.Join(dir, "data"), state: filepath.Join(dir, "state"), interval: 100 * time.Millisecond}
	server, err := bus.Start(filepath.Join(cfg.data, "jetstream"))
	if err != nil {
		t.Fatal(err)
	}
	e := &edge{TB: t, server: server, env: process.Env{
		Dial: server.Dial, Data: cfg.data, State: cfg.state, Store: filepath.Join(cfg.data, "jetstream"), Models: models,
		Log:    slog.New(slog.DiscardHandler),
		Health: daemon.NewHealth(), Metrics: metrics.New("test"),
	}}
	home, err := process.HomeWitness(e.env)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() {
		done <- daemon.Run(ctx, daemon.Env{Log: e.env.Log, Health: e.env.Health}, pilotParts(e.env, cfg, server, home)...)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("parts did not stop cleanly: %v", err)
		}
		if err := home.Close(); err != nil {
			t.Error(err)
		}
		server.Shutdown()
		server.WaitForShutdown()
	})
	return e
}

func (e *edge) now() time.Time { return time.Now().Add(time.Duration(e.ahead.Load())) }

// gateway opens one more gateway.
func (e *edge) gateway(change func(*gateway.Config)) *gateway.Gateway {
	e.Helper()
	nc, err := e.server.Dial(bus.Gateway)
	if err != nil {
		e.Fatal(err)
	}
	e.Cleanup(nc.Close)
	cfg := gateway.Config{
		Models: e.env.Models, Bus: nc, Log: e.env.Log, HostedDir: filepath.Join(e.env.Data, "gateway", "hosted"),
		CursorKey:     filepath.Join(e.env.Data, "gateway", "cursor.key"),
		OperatorToken: operatorToken, Development: true, Now: e.now,
		Metrics: e.env.Metrics,
	}
	if change != nil {
		change(&cfg)
	}
	g, err := gateway.New(cfg)
	if err != nil {
		e.Fatal(err)
	}
	return g
}

// serve puts a gateway on an address and gives a client of it, once every part is there.
func (e *edge) serve(g http.Handler) *client.Gateway {
	e.Helper()
	server := httptest.NewServer(g)
	e.Cleanup(server.Close)
	c := client.New(server.URL)
	c.Now = e.now
	ctx, cancel := context.WithTimeout(e.Context(), time.Minute)
	defer cancel()
	c.OperatorToken = operatorToken
	if err := awaitServices(ctx, c); err != nil {
		e.Fatal(err)
	}
	return c
}

// ask has a gateway answer one request, as if from this machine; a case changes the request first.
func ask(t testing.TB, g http.Handler, method, target, token, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	r.RemoteAddr, r.Host = "127.0.0.1:40000", "127.0.0.1:8686"
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept-Language", "en")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if method == http.MethodPost {
		r.Header.Set(op.HeaderIdempotencyKey, client.IdempotencyKey())
	}
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w
}

// village is a small community on an edge.
type village struct {
	*neighbourhood.Neighbourhood
	edge *edge
}

func (e *edge) found(c *client.Gateway) *village {
	e.Helper()
	n, err := neighbourhood.Found(e.Context(), c, neighbourhood.Plan{
		Name:     "Village",
		First:    &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE, Name: "Committee"},
		Second:   &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_OWNERS_COMMITTEE, Name: "Owners"},
		Rulebook: directRulebook, FirstRoles: []communityv1.Role{communityv1.Role_ROLE_CONVENER},
	})
	if err != nil {
		e.Fatal(err)
	}
	return &village{n, e}
}

// admit admits members without devices.
func (v *village) admit(names ...string) []string {
	v.edge.Helper()
	members := make([]string, len(names))
	rows := make([]*communityv1.ImportRow, len(names))
	for i := range names {
		members[i] = client.NewID()
		rows[i] = &communityv1.ImportRow{Member: members[i]}
	}
	if err := v.Admit(v.edge.Context(), rows); err != nil {
		v.edge.Fatal(err)
	}
	return members
}

// enrol admits members with devices and signs them in.
func (v *village) enrol(names ...string) map[string]*client.Device {
	v.edge.Helper()
	devices, err := v.Enrol(v.edge.Context(), v.admit(names...), 4)
	if err != nil {
		v.edge.Fatal(err)
	}
	out := map[string]*client.Device{}
	for i, d := range devices {
		out[names[i]] = d
		if err := d.SignIn(v.edge.Context()); err != nil {
			v.edge.Fatal(err)
		}
	}
	return out
}

// revokeKey has an officer sign somebody's device off.
func (v *village) revokeKey(d *client.Device) {
	v.edge.Helper()
	_, err := v.First.Do(v.edge.Context(), "community.revoke_key", "keys/revocation",
		&communityv1.RevokeKey{Key: d.Key.Public().(ed25519.PublicKey)})
	if err != nil {
		v.edge.Fatal(err)
	}
}

// revoke ends somebody's membership.
func (v *village) revoke(d *client.Device) {
	v.edge.Helper()
	_, err := v.First.Do(v.edge.Context(), "community.revoke_member", "members/"+d.Member+"/revocation",
		&communityv1.RevokeMember{Member: d.Member}, v.Second.Key)
	if err != nil {
		v.edge.Fatal(err)
	}
}
