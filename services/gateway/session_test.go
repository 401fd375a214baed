package gateway

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
)

// clock is a time that a test sets.
type clock struct{ time.Time }

func testSessions(entropy io.Reader) (*sessions, *clock) {
	c := &clock{time.UnixMilli(1_800_000_000_000)}
	return newSessions(Config{Now: func() time.Time { return c.Time }, Entropy: entropy, OperatorToken: "operator"}), c
}

// bearing is a request with a token.
func bearing(t *testing.T, token string) *http.Request {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

// TestSessionEnds to the moment, in its own community only, and when it is closed.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	s, now := testSessions(rand.Reader)
	token, err := s.open(session{community: "here", member: "ann", key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	if who, err := s.of(bearing(t, token), "here"); err != nil || who.member != "ann" || who.key != "k" || who.operator {
		t.Errorf("session %+v, %v", who, err)
	}
	if _, err := s.of(bearing(t, token), "elsewhere"); !errors.Is(err, ErrExpired) {
		t.Errorf("elsewhere: %v", err)
	}
	begin := now.Time
	for after, want := range map[time.Duration]bool{
		0: true, sessionLifetime - time.Nanosecond: true, sessionLifetime: false, sessionLifetime + time.Nanosecond: false,
	} {
		now.Time = begin.Add(after)
		if _, err := s.of(bearing(t, token), "here"); (err == nil) != want {
			t.Errorf("after %v: %v", after, err)
		}
	}
	now.Time = begin
	other, err := s.open(session{community: "here", member: "bob"})
	if err != nil {
		t.Fatal(err)
	}
	s.close(bearing(t, token))
	if _, err := s.of(bearing(t, token), "here"); !errors.Is(err, ErrExpired) {
		t.Errorf("closed: %v", err)
	}
	if who, err := s.of(bearing(t, other), "here"); err != nil || who.member != "bob" {
		t.Errorf("another's, after that: %+v, %v", who, err)
	}
	if who, err := s.of(bearing(t, "operator"), "anywhere"); err != nil || !who.operator || who.member != "" {
		t.Errorf("operator: %+v, %v", who, err)
	}
}

// TestSessionsAreBounded: when all are in use nobody else gets one, and those that have run out make room.
func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	s, now := testSessions(rand.Reader)
	first := ""
	for n := range sessionsMax {
		token, err := s.open(session{community: "here", member: fmt.Sprint("ann", n/memberSessionsMax)})
		if err != nil {
			t.Fatalf("session %d: %v", n, err)
		}
		if n == 0 {
			first = token
			now.Time = now.Add(time.Second)
		}
	}
	if _, err := s.open(session{community: "here"}); !errors.Is(err, fault.ErrBusy) {
		t.Errorf("one too many: %v", err)
	}
	now.Time = now.Add(sessionLifetime - time.Second) // the first has run out, and no other
	if _, err := s.open(session{community: "here", member: "bob"}); err != nil {
		t.Errorf("when one has run out: %v", err)
	}
	if _, err := s.of(bearing(t, first), "here"); !errors.Is(err, ErrExpired) || len(s.live) != sessionsMax {
		t.Errorf("the first: %v; %d are live", err, len(s.live))
	}
	if _, err := s.open(session{community: "here"}); !errors.Is(err, fault.ErrBusy) {
		t.Errorf("one too many again: %v", err)
	}
}

// TestMembersSessionsAreBounded: one more than a member may have ends the oldest.
func TestMembersSessionsAreBounded(t *testing.T) {
	t.Parallel()
	s, _ := testSessions(rand.Reader)
	var tokens []string
	for range memberSessionsMax + 1 {
		token, err := s.open(session{community: "here", member: "ann"})
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, token)
	}
	if _, err := s.of(bearing(t, tokens[0]), "here"); !errors.Is(err, ErrExpired) {
		t.Errorf("the oldest: %v", err)
	}
	for _, token := range tokens[1:] {
		if _, err := s.of(bearing(t, token), "here"); err != nil {
			t.Errorf("one of the others: %v", err)
		}
	}
}

// TestSignInsAreUsedOnce for as long as they could be used again, of many at once too.
func TestSignInsAreUsedOnce(t *testing.T) {
	t.Parallel()
	s, now := testSessions(rand.Reader)
	id := func(n int) (id chain.CommandID) {
		binary.BigEndian.PutUint64(id[:], uint64(n))
		return id
	}
	until := now.Add(signInMax)
	var tries sync.WaitGroup
	results := make(chan error, 50)
	for range cap(results) {
		tries.Go(func() { results <- s.use(id(0), until) })
	}
	tries.Wait()
	close(results)
	opened := 0
	for err := range results {
		switch {
		case err == nil:
			opened++
		case !errors.Is(err, ErrSignInUsed):
			t.Error(err)
		}
	}
	if opened != 1 {
		t.Errorf("it was used %d times", opened)
	}
	for n := 1; n < sessionsMax; n++ {
		if err := s.use(id(n), until.Add(time.Second)); err != nil {
			t.Fatalf("sign-in %d: %v", n, err)
		}
	}
	if err := s.use(id(sessionsMax), until); !errors.Is(err, fault.ErrBusy) {
		t.Errorf("one too many: %v", err)
	}
	if err := s.use(id(1), until); !errors.Is(err, ErrSignInUsed) {
		t.Errorf("used, with all places taken: %v", err)
	}
	now.Time = until // the first could not be used again anyway: it has expired
	if err := s.use(id(sessionsMax), until.Add(time.Minute)); err != nil {
		t.Errorf("when one has expired: %v", err)
	}
}

// broken is a source of randomness that has run dry.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestNoRandomnessNoSession(t *testing.T) {
	t.Parallel()
	s, _ := testSessions(broken{})
	if token, err := s.open(session{community: "here"}); !errors.Is(err, fault.ErrInternal) || token != "" || len(s.live) != 0 {
		t.Errorf("token %q, %v", token, err)
	}
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"127.0.0.1:80": true, "127.9.9.9": true, "[::1]:80": true, "::1": true, "[::1]": true, "localhost": true, "localhost:8686": true,
		"192.0.2.1:80": false, "10.0.0.1": false, "[2001:db8::1]:80": false, "0.0.0.0:80": false, "": false, ":80": false,
		"example.org:80": false, "localhost.example.org": false,
		"127.0.0.1.example.org:80": false, "127.0.0.1@example.org": false, "2130706433": false,
		"[::ffff:127.0.0.1]:80": true, "[::ffff:192.0.2.1]:80": false,
	} {
		if got := loopback(address); got != want {
			t.Errorf("%q: %v", address, got)
		}
	}
}

// TestDevelopmentFrom: a network that the operator has named counts as the machine itself, and nothing beside it, but a page of elsewhere
// has no name for it all the same.
func TestDevelopmentFrom(t *testing.T) {
	t.Parallel()
	named := []netip.Prefix{netip.MustParsePrefix("172.18.0.0/16"), netip.MustParsePrefix("fd00:1::/64")}
	for _, c := range []struct {
		on         bool
		from, host string
		want       bool
	}{
		{true, "172.18.0.1:9", "127.0.0.1:8686", true},
		{true, "[::ffff:172.18.0.1]:9", "localhost:8686", true},
		{true, "[fd00:1::1]:9", "127.0.0.1:8686", true},
		{true, "127.0.0.1:9", "127.0.0.1:8686", true},
		{false, "172.18.0.1:9", "127.0.0.1:8686", false},
		{true, "172.19.0.1:9", "127.0.0.1:8686", false},
		{true, "[fd00:2::1]:9", "127.0.0.1:8686", false},
		{true, "172.18.0.1:9", "example.org", false},
		{true, "172.18.0.1", "127.0.0.1:8686", false}, // no address of a connection
	} {
		g := &Gateway{cfg: Config{Development: c.on, DevelopmentFrom: named}}
		if got := g.allowDevelopment(&http.Request{ProtoMajor: 1, ProtoMinor: 1, RemoteAddr: c.from, Host: c.host}) == nil; got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// TestStrictJSON: nothing beside what was asked for.
func TestStrictJSON(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bool{
		`{"member":"x"}`: true, ` {"member":"x"} `: true, `{}`: true, `{"member":"x","y":1}`: false, `{"member":"x"}{}`: false,
		`{"member":"x"} x`: false, `["x"]`: false, `{"member":1}`: false, ``: false, `{"member":"x"`: false,
	} {
		var in struct {
			Member string `json:"member"`
		}
		if err := strictJSON([]byte(body), &in); (err == nil) != want {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// TestSessionsListed: a member sees their own, which is which, and ends one, or all.
func TestSessionsListed(t *testing.T) {
	t.Parallel()
	s, now := testSessions(rand.Reader)
	var tokens []string
	for _, who := range []session{
		{community: "here", member: "ann", way: wayDevice, key: "k"}, {community: "here", member: "ann", way: "wechat", account: identity{1}},
		{community: "here", member: "bob"}, {community: "there", member: "ann"},
	} {
		token, err := s.open(who)
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, token)
		now.Time = now.Add(time.Second)
	}
	ann := owner{"here", "ann"}
	list := s.list(bearing(t, tokens[1]), ann)
	if len(list) != 2 || list[0].current || !list[1].current || list[0].key != "k" || list[1].way != "wechat" || list[0].id == list[1].id {
		t.Fatalf("%+v", list)
	}
	if s.lastSignIn(signer{"here", "k"}) != list[0].opened.UnixMilli() || s.lastSignIn(signer{"here", identity{1}.id()}) == 0 ||
		s.lastSignIn(signer{"there", "k"}) != 0 {
		t.Error("when they signed in last is not known")
	}
	if n := s.end(ann, func(id string, _ session) bool { return id == list[0].id }); n != 1 {
		t.Errorf("%d ended", n)
	}
	for n, want := range []bool{false, true} {
		if _, err := s.of(bearing(t, tokens[n]), "here"); (err == nil) != want {
			t.Errorf("session %d: %v", n, err)
		}
	}
	if n := s.end(ann, func(string, session) bool { return true }); n != 1 || len(s.list(bearing(t, tokens[1]), ann)) != 0 {
		t.Errorf("%d ended", n)
	}
	if _, err := s.of(bearing(t, tokens[2]), "here"); err != nil {
		t.Errorf("another's: %v", err)
	}
	if _, err := s.of(bearing(t, tokens[3]), "there"); err != nil {
		t.Errorf("one's own elsewhere: %v", err)
	}
	now.Time = now.Add(sessionLifetime)
	if list := s.list(bearing(t, tokens[3]), owner{"there", "ann"}); len(list) != 0 {
		t.Errorf("run out: %+v", list)
	}
}
