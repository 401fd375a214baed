package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/daemon"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/gateway"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// door is a gateway on an address, served as a daemon serves it.
type door struct {
	url  string
	stop func() error // once
}

func (e *edge) open(g http.Handler) *door {
	e.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		e.Fatal(err)
	}
	return e.openOn(listener, g)
}

func (e *edge) openOn(listener net.Listener, g http.Handler) *door {
	e.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(e.Context()))
	done := make(chan error, 1)
	go func() {
		done <- daemon.Run(ctx, daemon.Env{Log: e.env.Log, Health: daemon.NewHealth()}, daemon.Serve("http", listener, g))
	}()
	stopped := false
	d := &door{url: "http://" + listener.Addr().String(), stop: func() error {
		cancel()
		stopped = true
		return <-done
	}}
	e.Cleanup(func() {
		if !stopped && d.stop() != nil {
			e.Error("the door did not close cleanly")
		}
	})
	return d
}

// told is one event as it came.
type told struct{ id, event, data string }

// listener is one open stream.
type listener struct {
	t      testing.TB
	status int
	code   string // of a refusal
	events chan told
	close  func()
}

// listen opens a stream of the village's events.
func (v *village) listen(d *door, path, token, last string) *listener {
	v.edge.Helper()
	ctx, cancel := context.WithCancel(v.edge.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url+"/v1/communities/"+v.Community+path, nil)
	if err != nil {
		v.edge.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		v.edge.Fatal(err)
	}
	l := &listener{t: v.edge, status: response.StatusCode, events: make(chan told, 4096), close: cancel}
	if l.status != http.StatusOK {
		var p struct{ Code string }
		raw, _ := io.ReadAll(response.Body)
		if err := json.Unmarshal(raw, &p); err != nil {
			v.edge.Errorf("%s: %d %s", path, l.status, raw)
		}
		l.code = p.Code
		_ = response.Body.Close()
	}
	if media := response.Header.Get("Content-Type"); l.code == "" && media != "text/event-stream; charset=utf-8" {
		v.edge.Errorf("media type %q", media)
	}
	go func() {
		defer close(l.events)
		defer response.Body.Close()
		var x told
		for lines := bufio.NewScanner(response.Body); l.code == "" && lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "id":
				x.id = value
			case "event":
				x.event = value
			case "data":
				x.data = value
			case "":
				if x.data != "" {
					l.events <- x
				}
				x = told{}
			}
		}
	}()
	v.edge.Cleanup(cancel)
	return l
}

// next waits for the next event; false when the stream has ended.
func (l *listener) next() (told, bool) {
	l.t.Helper()
	select {
	case x, ok := <-l.events:
		return x, ok
	case <-time.After(time.Minute):
		l.t.Fatal("no event came")
	}
	return told{}, false
}

// until gives the facts up to one of a position, without checkpoints.
func (l *listener) until(position uint64) (facts []told) {
	l.t.Helper()
	for {
		x, ok := l.next()
		if !ok {
			l.t.Fatalf("the stream ended after %v", facts)
		}
		if x.event == "checkpoint" {
			continue
		}
		facts = append(facts, x)
		if x.id == fmt.Sprint(position) {
			return facts
		}
	}
}

// admitOrg puts something on the record that everybody may know.
func (v *village) admitOrg() (id string, position uint64) {
	v.edge.Helper()
	id = client.NewID()
	answer, err := v.First.Do(v.edge.Context(), "community.admit_org", "orgs", &communityv1.AdmitOrg{
		Org: &communityv1.Org{Id: id, Kind: communityv1.OrgKind_ORG_KIND_VOLUNTEERS, Name: "Helpers"},
	}, v.Second.Key)
	if err != nil {
		v.edge.Fatal(err)
	}
	return id, answer.Position
}

// callPoll puts something on the record that concerns every member.
func (v *village) callPoll() (position uint64) {
	v.edge.Helper()
	if _, err := v.First.Records(v.edge.Context(), "poll", "", 1); err != nil { // the service knows of the founding
		v.edge.Fatal(err)
	}
	answer, err := v.First.Do(v.edge.Context(), "voting.call", "polls", &votingv1.CallPoll{
		Matter: neighbourhood.MatterGreening, Question: &proposalv1.Motion{Title: "Benches", Text: "Shall there be benches?"},
	})
	if err != nil {
		v.edge.Fatal(err)
	}
	return answer.Position
}

// onRecord reads what streams must have told, from the blocks themselves.
func (v *village) onRecord(kinds []string, end uint64) (facts []told) {
	v.edge.Helper()
	for number, index := 0, uint64(0); index < end; {
		page, err := v.First.Raw(v.edge.Context(), fmt.Sprintf("/v1/communities/%s/blocks?from=%d", v.Community, number))
		if err != nil {
			v.edge.Fatal(err)
		}
		for ; len(page) > 0 && index < end; number++ {
			n := 4 + binary.BigEndian.Uint32(page)
			b, err := chain.DecodeBlock(page[4:n])
			if err != nil {
				v.edge.Fatal(err)
			}
			page = page[n:]
			for _, raw := range b.Commits {
				if index < end {
					facts = append(facts, factsOf(v.edge, raw, index, kinds)...)
				}
				index++
			}
		}
	}
	return facts
}

func factsOf(t testing.TB, raw []byte, index uint64, kinds []string) (facts []told) {
	t.Helper()
	c, err := chain.DecodeCommit(raw)
	if err != nil {
		t.Fatal(err)
	}
	all := 0
	for _, change := range c.Changes {
		all += len(change.Events)
	}
	n := 0
	for _, change := range c.Changes {
		for _, e := range change.Events {
			n++
			id := fmt.Sprint(index + 1)
			if n < all {
				id += fmt.Sprint(".", n)
			}
			if slices.Contains(kinds, chain.KindOf(change.Aggregate)) {
				facts = append(facts, told{id, e.Type, fmt.Sprintf(`{"index":%d,"position":%d,"time":%d,"path":%q,"version":%d}`,
					index, index+1, c.Time, change.Aggregate, change.Version)})
			}
		}
	}
	return facts
}

var (
	outsidersKinds = []string{"community", "rulebook", "trustees", "registrar", "org", "motion", "poll", "secret-ballot"}
	membersKinds   = []string{"deliberation", "motion", "poll"}
)

// TestEventsTellTheRecord: from its beginning and as it grows, each stream tells exactly what on the record is for its readers, and what
// everybody is told of, everybody may read.
func TestEventsTellTheRecord(t *testing.T) {
	e := newEdge(t)
	d := e.open(e.gateway(nil))
	v := e.found(e.serve(e.gateway(nil)))
	v.First.Token = "" // it signs in at the door
	v.First.URL = d.url
	if err := v.First.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	outside, inside := v.listen(d, "/events?from=0", "", ""), v.listen(d, "/inbox/events?from=0", v.First.Token, "")
	newest := v.listen(d, "/events", "", "")
	v.admit("ann", "bob")
	v.callPoll()
	org, _ := v.admitOrg()
	last := v.callPoll()
	public := outside.until(last)
	if want := v.onRecord(outsidersKinds, last); !slices.Equal(public, want) {
		t.Errorf("everybody was told\n%v\nthe record holds\n%v", public, want)
	}
	if got, want := inside.until(last), v.onRecord(membersKinds, last); !slices.Equal(got, want) || len(got) < 2 {
		t.Errorf("a member was told\n%v\nthe record holds\n%v", got, want)
	}
	if got := newest.until(last); len(got) == 0 || !slices.Equal(got, public[len(public)-len(got):]) || len(got) == len(public) {
		t.Errorf("whoever came later was told %v", got)
	}
	seen := false
	for _, x := range public {
		var fact struct{ Path string }
		if err := json.Unmarshal([]byte(x.data), &fact); err != nil {
			t.Fatal(err)
		}
		seen = seen || fact.Path == "org/"+org
		w := ask(t, e.gateway(nil), http.MethodGet, "/v1/communities/"+v.Community+"/records/"+fact.Path, "", "", nil)
		if w.Code != 200 {
			t.Errorf("everybody was told of %s, and may not read it: %d", fact.Path, w.Code)
		}
	}
	if !seen {
		t.Error("the organisation was not told of")
	}
	for size := uint64(0); size < last; { // what was told is covered by a checkpoint in the end, and never before
		x, _ := outside.next()
		var point struct{ Size uint64 }
		if err := json.Unmarshal([]byte(x.data), &point); err != nil || (x.event == "checkpoint") != (x.id == "") {
			t.Fatalf("%+v, %v", x, err)
		}
		size = point.Size
	}
}

// TestEventsResume: whoever comes back with the id of any event is told the rest, nothing twice, also by a gateway that was restarted.
func TestEventsResume(t *testing.T) {
	e := newEdge(t)
	g := e.gateway(nil)
	d := e.open(g)
	v := e.found(e.serve(e.gateway(nil)))
	v.admitOrg()
	last := v.callPoll()
	all := v.listen(d, "/events?from=0", "", "").until(last)
	within := 0
	for n, x := range all[:len(all)-1] {
		if strings.Contains(x.id, ".") {
			within++
		}
		rest := v.listen(d, "/events?from=0", "", x.id) // the header wins: it is what a browser sends when it comes back
		if got := rest.until(last); !slices.Equal(got, all[n+1:]) {
			t.Errorf("after %s: %v, want %v", x.id, got, all[n+1:])
		}
		rest.close()
	}
	if within == 0 {
		t.Error("no commit had several events: nothing was shown of resuming within one")
	}
	open := v.listen(d, "/events", "", all[1].id)
	first, _ := open.next()
	if err := d.stop(); err != nil {
		t.Fatalf("stop with streams open: %v", err)
	}
	for ok := true; ok; {
		_, ok = open.next()
	}
	again := e.open(e.gateway(nil))
	if got := v.listen(again, "/events", "", first.id).until(last); !slices.Equal(got, all[3:]) {
		t.Errorf("after a restart: %v, want %v", got, all[3:])
	}
	for _, bad := range []string{"x", "-1", "1.", "1.0", "0.1", "1.70000", "1.1.1", "9223372036854775808"} {
		if l := v.listen(again, "/events", "", bad); l.code != gateway.ErrMark.Code {
			t.Errorf("from %q: %d %s", bad, l.status, l.code)
		}
	}
}

// TestEventsEnd: a member's stream ends with the session, the device and the membership, and nothing that came later is told.
func TestEventsEnd(t *testing.T) {
	e := newEdge(t)
	g := e.gateway(func(c *gateway.Config) { c.Heartbeat = 50 * time.Millisecond })
	d := e.open(g)
	v := e.found(e.serve(g))
	devices := v.enrol("out", "lost", "gone", "late")
	streams := map[string]*listener{}
	for name, device := range devices {
		streams[name] = v.listen(d, "/inbox/events", device.Token, "")
	}
	stays := v.listen(d, "/inbox/events", operatorToken, "")
	if w := ask(t, g, http.MethodDelete, "/v1/communities/"+v.Community+"/sessions", devices["out"].Token, "", nil); w.Code != 204 {
		t.Fatalf("sign out: %d", w.Code)
	}
	v.revokeKey(devices["lost"])
	v.revoke(devices["gone"])
	ended := func(name, code string) {
		t.Helper()
		x, ok := streams[name].next()
		for ok && name == "late" && x.event != "end" { // the poll goes on
			x, ok = streams[name].next()
		}
		if want := fmt.Sprintf(`{"code":%q}`, code); !ok || x.event != "end" || x.data != want {
			t.Errorf("%s: %+v, want an end with %s", name, x, want)
		}
		if x, ok := streams[name].next(); ok {
			t.Errorf("%s is told %+v after the end", name, x)
		}
	}
	ended("out", "session.expired")
	ended("lost", "key.revoked")
	ended("gone", "member.not_active")
	last := v.callPoll()
	if got := stays.until(last); len(got) == 0 {
		t.Error("the operator was told nothing")
	}
	if got := streams["late"].until(last); len(got) == 0 {
		t.Error("a member was told nothing")
	}
	e.ahead.Store(int64(13 * time.Hour))
	ended("late", "session.expired")
}

// TestEventsAreBounded: a member has so many streams and no more, and those that were closed make room.
func TestEventsAreBounded(t *testing.T) {
	e := newEdge(t)
	g := e.gateway(func(c *gateway.Config) { c.Heartbeat = 50 * time.Millisecond })
	d := e.open(g)
	v := e.found(e.serve(g))
	var open []*listener
	for {
		l := v.listen(d, "/inbox/events", v.First.Token, "")
		if l.code != "" {
			if l.status != 429 || l.code != gateway.ErrStreams.Code || len(open) < 2 {
				t.Errorf("after %d: %d %s", len(open), l.status, l.code)
			}
			break
		}
		open = append(open, l)
	}
	if l := v.listen(d, "/inbox/events", v.Second.Token, ""); l.code != "" {
		t.Errorf("another member: %s", l.code)
	}
	open[0].close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := neighbourhood.Eventually(ctx, "room for one", func() error {
		if l := v.listen(d, "/inbox/events", v.First.Token, ""); l.code != "" {
			return fmt.Errorf("refused: %s", l.code)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// narrow is a listener whose connections hold little that was written and not read.
type narrow struct{ net.Listener }

func (l narrow) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		err = c.(*net.TCPConn).SetWriteBuffer(4 << 10)
	}
	return c, err
}

// TestSlowReaders: who does not take what is told is dropped, and makes room; who does is told everything meanwhile.
func TestSlowReaders(t *testing.T) {
	e := newEdge(t)
	g := e.gateway(func(c *gateway.Config) { c.StreamWrite = time.Second })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := e.openOn(narrow{listener}, g)
	v := e.found(e.serve(g))
	var last uint64
	for range 150 {
		last = v.callPoll()
	}
	request := "GET /v1/communities/" + v.Community + "/inbox/events?from=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
		v.First.Token + "\r\n\r\n"
	const all = 8 // that a member may have
	for range all {
		c, err := net.Dial("tcp", listener.Addr().String())
		if err == nil {
			t.Cleanup(func() { _ = c.Close() })
			err = c.(*net.TCPConn).SetReadBuffer(4 << 10)
		}
		if err == nil {
			_, err = io.WriteString(c, request)
		}
		begun := make([]byte, len("HTTP/1.1 200 OK"))
		if err == nil {
			_, err = io.ReadFull(c, begun)
		}
		if err != nil || string(begun) != "HTTP/1.1 200 OK" {
			t.Fatalf("%s, %v", begun, err)
		}
	}
	keen := v.listen(d, "/inbox/events?from=0", v.Second.Token, "").until(last)
	if want := v.onRecord(membersKinds, last); !slices.Equal(keen, want) {
		t.Errorf("%d facts were told, %d are on the record", len(keen), len(want))
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = neighbourhood.Eventually(ctx, "all are dropped", func() error {
		for range all {
			l := v.listen(d, "/inbox/events", v.First.Token, "")
			defer l.close()
			if l.code != "" {
				return fmt.Errorf("answered %q", l.code)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
