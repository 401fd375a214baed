package client_test

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
)

// forgetful is a gateway that knows one session at a time and answers reads as it is told.
type forgetful struct {
	mu      sync.Mutex // guards what follows
	token   string
	signIns int
	asked   int
	refuse  []*fault.Fault // one for each of the next reads
}

func (g *forgetful) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if strings.HasSuffix(r.URL.Path, "/sessions") {
		g.signIns++
		g.token = strings.Repeat("x", g.signIns)
		_ = json.NewEncoder(w).Encode(map[string]string{"token": g.token})
		return
	}
	g.asked++
	if r.Header.Get("Authorization") != "Bearer "+g.token {
		op.WriteFault(w, r, fault.New(fault.Unauthenticated, "session.expired", "Please sign in again.", "请重新登录。"))
		return
	}
	if len(g.refuse) > 0 {
		f := g.refuse[0]
		g.refuse = g.refuse[1:]
		op.WriteFault(w, r, f)
		return
	}
	_, _ = io.WriteString(w, `{}`)
}

func device(t *testing.T, g *forgetful) *client.Device {
	t.Helper()
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	d := &client.Device{Gateway: client.New(server.URL), Community: client.NewID(), Member: client.NewID(), Key: key}
	d.Tries = 3
	if err := d.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestSignsInAgain: a gateway that was restarted has forgotten the session. The device signs in again, once for each call that met it.
func TestSignsInAgain(t *testing.T) {
	t.Parallel()
	g := &forgetful{}
	d := device(t, g)
	g.token = "forgotten"
	if err := d.Get(t.Context(), "/v1/x", new(any)); err != nil {
		t.Fatal(err)
	}
	if err := d.Get(t.Context(), "/v1/x", new(any)); err != nil || g.signIns != 2 || g.asked != 3 {
		t.Errorf("%v after %d sign-ins, %d reads", err, g.signIns, g.asked)
	}
	d.Member, d.Token = "", "stale" // nobody whom the device could sign in as
	if err := d.Get(t.Context(), "/v1/x", new(any)); fault.Of(err).Code != "session.expired" || g.signIns != 2 {
		t.Errorf("%v after %d sign-ins", err, g.signIns)
	}
}

// TestAsksAgain: a read is asked for again while the answer may change, so often and no more.
func TestAsksAgain(t *testing.T) {
	t.Parallel()
	missing := fault.New(fault.NotFound, "record.unknown", "There is none.", "没有。")
	for name, c := range map[string]struct {
		refuse []*fault.Fault
		want   error
		asked  int
	}{
		"answered at once":   {nil, nil, 1},
		"away once":          {[]*fault.Fault{fault.ErrUnavailable}, nil, 2},
		"no answer in time":  {[]*fault.Fault{fault.ErrTimeout, fault.ErrBusy}, nil, 3},
		"away for too long":  {[]*fault.Fault{fault.ErrUnavailable, fault.ErrUnavailable, fault.ErrUnavailable}, fault.ErrUnavailable, 3},
		"will never be here": {[]*fault.Fault{missing}, missing, 1},
	} {
		g := &forgetful{}
		d := device(t, g)
		g.refuse = c.refuse
		d.Waits(func(time.Duration) {})
		if err := d.Get(t.Context(), "/v1/x", new(any)); !errors.Is(err, c.want) || g.asked != c.asked {
			t.Errorf("%s: %v after %d reads", name, err, g.asked)
		}
	}
}

// TestWaitsAsTold: who asked too much waits as long as they are told, not a moment less, but not for an unreasonable time.
func TestWaitsAsTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refuse fault.Kind
		after  string
		waits  []time.Duration
		fails  bool
	}{
		"told":                {fault.TooMany, "7", []time.Duration{7 * time.Second}, false},
		"less than the pause": {fault.TooMany, "0", []time.Duration{50 * time.Millisecond}, false},
		"busy":                {fault.TooMany, "", []time.Duration{time.Second}, false}, // as op.WriteFault says
		"a date":              {fault.TooMany, "Fri, 31 Dec 1999 23:59:59 GMT", []time.Duration{50 * time.Millisecond}, false},
		"away":                {fault.Unavailable, "1", []time.Duration{50 * time.Millisecond}, false},
		"for hours":           {fault.TooMany, "7200", nil, true},
	} {
		first := true
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !first {
				_, _ = io.WriteString(w, `{}`)
				return
			}
			first = false
			w.Header().Set("Retry-After", c.after)
			op.WriteFault(w, r, fault.New(c.refuse, "rate.exceeded", "Too often.", "过于频繁。"))
		}))
		t.Cleanup(server.Close)
		d := &client.Device{Gateway: client.New(server.URL)}
		var waits []time.Duration
		d.Waits(func(wait time.Duration) { waits = append(waits, wait) })
		err := d.Get(t.Context(), "/v1/x", new(any))
		if !slices.Equal(waits, c.waits) || (fault.Of(err) != nil) != c.fails {
			t.Errorf("%s: waited %v: %v", name, waits, err)
		}
	}
}
