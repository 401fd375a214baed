package gateway

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
)

// limited is a gateway with nothing behind its limits.
func limited(t testing.TB, cfg Limits) (*Gateway, *clock) {
	t.Helper()
	if err := cfg.Check(); err != nil {
		t.Fatal(err)
	}
	s, now := testSessions(rand.Reader)
	return &Gateway{cfg: Config{Now: s.cfg.Now}, sessions: s, limits: newLimits(cfg, s.cfg.Now)}, now
}

// from is a request of a class from an address.
func from(address string, c class) (*http.Request, string) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(address), 4000).String()
	switch c {
	case writes:
		r.Method = http.MethodPost
	case signIns:
		r.Method = http.MethodPost
		return r, "POST /x/sessions"
	case streams:
		return r, "GET /x/events"
	}
	return r, "GET /x"
}

// ask asks once and gives 0, or the seconds of Retry-After.
func (g *Gateway) ask(t testing.TB, r *http.Request, pattern string) (wait int) {
	t.Helper()
	w := httptest.NewRecorder()
	_, leave, ok := g.admit(w, r, pattern)
	if ok {
		leave()
		return 0
	}
	wait, err := strconv.Atoi(w.Header().Get("Retry-After"))
	if w.Code != http.StatusTooManyRequests || err != nil || wait < 1 {
		t.Fatalf("refused with %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	return wait
}

// asked asks until it is refused and gives how often it was not.
func (g *Gateway) asked(t testing.TB, address string, c class, change func(*http.Request)) (n int) {
	t.Helper()
	for ; n < 100_000; n++ {
		r, pattern := from(address, c)
		if change != nil {
			change(r)
		}
		if g.ask(t, r, pattern) != 0 {
			return n
		}
	}
	t.Fatal("never refused")
	return n
}

var few = Limits{
	Address: Rates{Rate{60, 5}, Rate{60, 4}, Rate{60, 3}, Rate{60, 2}}, Member: Rates{Rate{60, 50}, Rate{60, 40}, Rate{60, 30}, Rate{60, 20}},
	Operator: Rates{Reads: Rate{60, 500}}, Key: Rate{60, 2},
}

// TestLimitsByClass: each class of an address has its own bucket, and one address is an IPv4 address or the first half of an IPv6 one.
func TestLimitsByClass(t *testing.T) {
	t.Parallel()
	g, _ := limited(t, few)
	for c, want := range map[class]int{reads: 5, writes: 4, signIns: 3, streams: 2} {
		for _, same := range [][]string{
			{"192.0.2.1", "::ffff:192.0.2.1"}, {"192.0.2.2"}, {"2001:db8::1", "2001:db8::ffff:2"}, {"2001:db8:0:1::1"},
		} {
			if n := g.asked(t, same[0], c, nil); n != want {
				t.Errorf("%s, %s: %d taken, want %d", classNames[c], same[0], n, want)
			}
			for _, other := range same[1:] {
				if n := g.asked(t, other, c, nil); n != 0 {
					t.Errorf("%s, %s after %s: %d taken", classNames[c], other, same[0], n)
				}
			}
		}
	}
}

// TestLimitsDefaults: whoever configures nothing is limited by something, and signing in most of all.
func TestLimitsDefaults(t *testing.T) {
	t.Parallel()
	g, _ := limited(t, Limits{})
	for c := range classes {
		if n := g.asked(t, "192.0.2.1", c, nil); n != addressDefaults.list()[c].Burst {
			t.Errorf("%s: %d taken", classNames[c], n)
		}
	}
	if addressDefaults.SignIns.PerMinute*10 > addressDefaults.Writes.PerMinute {
		t.Error("signing in is no tighter than writing")
	}
}

// TestRetryAfterIsExact: a second before the time is too early, at the time one request is taken.
func TestRetryAfterIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := Rate{PerMinute: rapid.IntRange(1, 7000).Draw(rt, "per minute"), Burst: rapid.IntRange(1, 60).Draw(rt, "burst")}
		g, now := limited(t, Limits{Address: Rates{Reads: r}})
		for range rapid.IntRange(1, 5).Draw(rt, "rounds") {
			now.Time = now.Add(time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(rt, "pause")))
			q, pattern := from("192.0.2.1", reads)
			wait := 0
			for wait == 0 {
				wait = g.ask(t, q, pattern)
			}
			begin := now.Time
			if now.Time = begin.Add(time.Duration(wait-1) * time.Second); wait > 1 && g.ask(t, q, pattern) == 0 {
				rt.Fatalf("%+v: taken a second before Retry-After %d", r, wait)
			}
			if now.Time = begin.Add(time.Duration(wait) * time.Second); g.ask(t, q, pattern) != 0 {
				rt.Fatalf("%+v: refused after Retry-After %d", r, wait)
			}
		}
	})
}

// TestLimitsAreTold: what is left stands in every answer, and a refusal is a problem.
func TestLimitsAreTold(t *testing.T) {
	t.Parallel()
	g, now := limited(t, Limits{Address: Rates{Reads: Rate{PerMinute: 30, Burst: 2}}})
	for i, want := range []string{`"address-reads";r=1;t=2`, `"address-reads";r=0;t=4`, `"address-reads";r=0;t=2`} {
		w := httptest.NewRecorder()
		r, pattern := from("192.0.2.1", reads)
		_, _, ok := g.admit(w, r, pattern)
		if h := w.Header(); h.Get("RateLimit") != want || h.Get("RateLimit-Policy") != `"address-reads";q=2;w=4` || ok != (i < 2) {
			t.Errorf("request %d: %v, %v", i, ok, h)
		}
		if i < 2 {
			continue
		}
		var p struct {
			Code   string
			Params map[string]string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Code != ErrRate.Code || p.Params["retry_after_seconds"] != "2" {
			t.Errorf("refusal: %s", w.Body)
		}
	}
	now.Time = now.Add(2 * time.Second)
	if n := g.asked(t, "192.0.2.1", reads, nil); n != 1 {
		t.Errorf("after 2 s: %d taken", n)
	}
}

// TestLimitsOfSessions: who is signed in has a bucket of their own, whatever others do at their address, and a token that does not hold
// is nobody's.
func TestLimitsOfSessions(t *testing.T) {
	t.Parallel()
	g, now := limited(t, few)
	tokens := map[string]string{"operator": "operator"}
	for _, who := range []string{"ann", "bob"} {
		token, err := g.sessions.open(session{community: "here", member: who})
		if err != nil {
			t.Fatal(err)
		}
		tokens[who] = token
	}
	bearer := func(token string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	}
	if n := g.asked(t, "192.0.2.1", reads, nil); n != 5 {
		t.Errorf("nobody: %d", n)
	}
	for who, want := range map[string]int{"ann": 50, "bob": 50, "operator": 500} {
		if n := g.asked(t, "192.0.2.1", reads, bearer(tokens[who])); n != want {
			t.Errorf("%s: %d taken, want %d", who, n, want)
		}
		if n := g.asked(t, "192.0.2.9", reads, bearer(tokens[who])); n != 0 {
			t.Errorf("%s elsewhere: %d taken", who, n)
		}
	}
	if n := g.asked(t, "192.0.2.2", reads, bearer("made up")); n != 5 {
		t.Errorf("a made-up token: %d", n)
	}
	if n := g.asked(t, "192.0.2.2", reads, nil); n != 0 {
		t.Errorf("the same address: %d", n)
	}
	if n := g.asked(t, "192.0.2.3", signIns, bearer(tokens["ann"])); n != 3 {
		t.Errorf("sign-ins with a session: %d", n)
	}
	now.Time = now.Add(sessionLifetime)
	if n := g.asked(t, "192.0.2.4", reads, bearer(tokens["ann"])); n != 5 {
		t.Errorf("a session that has run out: %d", n)
	}
}

// TestNobodyDrawsFromAnothersKey: naming a key costs its owner nothing; what it had accepted does, wherever that came from.
func TestNobodyDrawsFromAnothersKey(t *testing.T) {
	t.Parallel()
	g, now := limited(t, few)
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	signed := func(r *http.Request) {
		r.Header.Set(op.HeaderSignature, op.FormatSignature(chain.Signature{Key: public, Sig: make([]byte, 64)}))
	}
	send := func(address string, answer *op.Answer, refusal error) int {
		r, pattern := from(address, writes)
		signed(r)
		w := httptest.NewRecorder()
		in, leave, ok := g.admit(w, r, pattern)
		if !ok {
			return w.Code
		}
		defer leave()
		_, err := g.limits.counting(func(context.Context, any) (any, error) { return answer, refusal })(in.Context(), nil)
		if err != refusal {
			t.Errorf("the answer was changed: %v", err)
		}
		return 0
	}
	for range 4 { // as much as the stranger's address may
		if code := send("192.0.2.66", nil, fault.ErrMalformed); code != 0 {
			t.Fatalf("the stranger: %d", code)
		}
	}
	if code := send("192.0.2.66", nil, fault.ErrMalformed); code != 429 {
		t.Errorf("the stranger once more: %d", code)
	}
	for i, a := range []*op.Answer{{}, {Repeated: true}, {Repeated: true}, {}} {
		if code := send("192.0.2."+strconv.Itoa(10+i), a, nil); code != 0 {
			t.Errorf("the owner's request %d: %d", i, code)
		}
	}
	if code := send("192.0.2.20", &op.Answer{}, nil); code != 429 {
		t.Errorf("the owner's third new command: %d", code)
	}
	if n := g.asked(t, "192.0.2.21", reads, signed); n != 5 {
		t.Errorf("the owner's reads: %d", n)
	}
	now.Time = now.Add(time.Second)
	if code := send("192.0.2.22", &op.Answer{}, nil); code != 0 {
		t.Errorf("a second later: %d", code)
	}
}

// TestProxies: the header is believed from trusted proxies, as far back as they are.
func TestProxies(t *testing.T) {
	t.Parallel()
	l := newLimits(Limits{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}, time.Now)
	for _, c := range []struct {
		remote string
		lines  []string
		want   string
	}{
		{"192.0.2.1:1", nil, "192.0.2.1"}, {"192.0.2.1:1", []string{"198.51.100.1"}, "192.0.2.1"}, {"10.0.0.1:1", nil, "10.0.0.1"},
		{"10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"}, {"[fd00::1]:1", []string{"2001:db8::5"}, "2001:db8::5"},
		{"[::ffff:10.0.0.1]:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1:1", []string{"203.0.113.9, 198.51.100.1"}, "198.51.100.1"}, // the first was written by the caller
		{"10.0.0.1:1", []string{"203.0.113.9, 198.51.100.1 ,10.9.9.9"}, "198.51.100.1"},
		{"10.0.0.1:1", []string{"203.0.113.9", "198.51.100.1, 10.9.9.9"}, "198.51.100.1"},
		{"10.0.0.1:1", []string{"10.1.1.1, 10.2.2.2"}, "10.1.1.1"}, {"10.0.0.1:1", []string{"nonsense"}, "10.0.0.1"},
		{"10.0.0.1:1", []string{"198.51.100.1, nonsense, 10.3.3.3"}, "10.3.3.3"}, {"10.0.0.1:1", []string{""}, "10.0.0.1"},
		{"10.0.0.1:1", []string{"fe80::1%eth0"}, "fe80::1"}, {"no address", []string{"198.51.100.1"}, "invalid IP"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.remote
		r.Header["X-Forwarded-For"] = c.lines
		if got := l.from(r).String(); got != c.want {
			t.Errorf("%s, %q: %s, want %s", c.remote, c.lines, got, c.want)
		}
	}
}

// TestFloodOfAddresses: however many come, memory is bounded, whoever came before keeps what they have, and nobody is given a fresh
// bucket by being forgotten.
func TestFloodOfAddresses(t *testing.T) {
	t.Parallel()
	g, now := limited(t, few)
	honest := "198.51.100.7"
	read := func(address string) int {
		r, pattern := from(address, reads)
		return g.ask(t, r, pattern)
	}
	if read(honest) != 0 {
		t.Fatal("refused")
	}
	attacker := func(n int) string {
		return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}).String()
	}
	taken := 0
	for n := range 4 * bucketsMax {
		if read(attacker(n)) == 0 {
			taken++
		}
	}
	table := g.limits.address[reads]
	held := len(table.young) + len(table.old)
	if held > bucketsMax || taken > bucketsMax+few.Address.Reads.Burst*2 {
		t.Errorf("%d buckets; %d of the flood taken", held, taken)
	}
	if n := g.asked(t, honest, reads, nil); n != 4 {
		t.Errorf("the honest one has %d left, want 4", n)
	}
	for n := range 5 {
		if read(attacker(4*bucketsMax-1-n)) == 0 {
			t.Error("one of the flood has a fresh bucket")
		}
	}
	if read("203.0.113.4") != 0 {
		t.Error("a newcomer from elsewhere is refused")
	}
	now.Time = now.Add(time.Hour)
	if read(honest) != 0 || len(table.young)+len(table.old) != 1 {
		t.Errorf("an hour later %d buckets are held", len(table.young)+len(table.old))
	}
}

// TestForgettingIsNoGift: whatever the order of requests and pauses, a caller is taken at most as often as its bucket allows.
func TestForgettingIsNoGift(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := Rate{PerMinute: rapid.IntRange(1, 600).Draw(rt, "per minute"), Burst: rapid.IntRange(1, 5).Draw(rt, "burst")}
		table, now := newTable("x", r), time.UnixMilli(1_800_000_000_000)
		begin, taken := now, map[string]int{}
		for range rapid.IntRange(1, 60).Draw(rt, "requests") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(r.refill())).Draw(rt, "pause")))
			who := rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "who")
			if table.take(now, who, who).ok {
				taken[who]++
			}
			if most := float64(r.Burst) + now.Sub(begin).Minutes()*float64(r.PerMinute) + 1e-6; float64(taken[who]) > most {
				rt.Fatalf("%d taken, at most %f", taken[who], most)
			}
		}
	})
}

// TestAtOnce: of one caller only so many requests are worked on at once.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	g, _ := limited(t, Limits{})
	r, pattern := from("192.0.2.1", reads)
	var leaves []func()
	for range addressAtOnceMax {
		_, leave, ok := g.admit(httptest.NewRecorder(), r, pattern)
		if !ok {
			t.Fatal("refused")
		}
		leaves = append(leaves, leave)
	}
	w := httptest.NewRecorder()
	if _, _, ok := g.admit(w, r, pattern); ok || w.Code != 429 || w.Header().Get("Retry-After") != "1" {
		t.Errorf("one too many: %d %v", w.Code, w.Header())
	}
	other, _ := from("192.0.2.2", reads)
	if g.ask(t, other, pattern) != 0 {
		t.Error("another address is refused")
	}
	for _, leave := range leaves {
		leave()
	}
	if g.ask(t, r, pattern) != 0 || len(g.limits.atOnce) != 0 {
		t.Errorf("afterwards %d callers are remembered", len(g.limits.atOnce))
	}
}

// TestLimitsConfig: what nobody could be held to is refused at the start.
func TestLimitsConfig(t *testing.T) {
	t.Parallel()
	for _, bad := range []Limits{
		{Address: Rates{Reads: Rate{PerMinute: 1}}}, {Member: Rates{Writes: Rate{Burst: 1}}}, {Operator: Rates{Streams: Rate{-1, 5}}},
		{Address: Rates{SignIns: Rate{5, -1}}}, {Key: Rate{1, 61}}, {Key: Rate{PerMinute: 1}},
	} {
		if err := bad.Check(); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
	if err := (&Limits{Key: Rate{1, 60}}).Check(); err != nil {
		t.Error(err)
	}
}

// BenchmarkAdmit is what it costs to let one request in, or not: beside it stands what a signature would cost.
func BenchmarkAdmit(b *testing.B) {
	wide := Rate{PerMinute: 1 << 30, Burst: 1 << 30}
	g, _ := limited(b, Limits{Address: Rates{Reads: wide}, Member: Rates{Reads: wide}})
	token, err := g.sessions.open(session{community: "here", member: "ann"})
	if err != nil {
		b.Fatal(err)
	}
	anybody, pattern := from("192.0.2.1", reads)
	member, _ := from("192.0.2.1", reads)
	member.Header.Set("Authorization", "Bearer "+token)
	refused, other := from("192.0.2.2", signIns)
	g.asked(b, "192.0.2.2", signIns, nil)
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		b.Fatal(err)
	}
	sig := ed25519.Sign(private, []byte("x"))
	for _, c := range []struct {
		name string
		do   func()
	}{
		{"anybody", func() { _, leave, _ := g.admit(httptest.NewRecorder(), anybody, pattern); leave() }},
		{"member", func() { _, leave, _ := g.admit(httptest.NewRecorder(), member, pattern); leave() }},
		{"refused", func() { g.admit(httptest.NewRecorder(), refused, other) }},
		{"signature", func() { ed25519.Verify(public, []byte("x"), sig) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				c.do()
			}
		})
	}
}
