package gateway

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-kit/kit/endpoint"
	"golang.org/x/time/rate"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
)

// Rate is a token bucket: Burst requests may come at once, and PerMinute come back each minute.
type Rate struct {
	PerMinute int `json:"per_minute"`
	Burst     int `json:"burst"`
}

// Rates are the buckets of one caller, by what is asked. What is zero has a default.
type Rates struct {
	Reads   Rate `json:"reads"`
	Writes  Rate `json:"writes"`
	SignIns Rate `json:"sign_ins"` // of an address only: who signs in is nobody yet
	Streams Rate `json:"streams"`  // openings of event streams
}

// Limits say how much anybody may ask. The zero value has defaults for everything.
type Limits struct {
	// Address is for whoever has no session, by address; of an IPv6 address its first 64 bits.
	Address Rates `json:"address"`
	// Member is for each member with a session, Operator for whoever has the operator's token.
	Member   Rates `json:"member"`
	Operator Rates `json:"operator"`
	// Key is for the writes that one device key has had accepted without a session. They count against the address as well.
	Key Rate `json:"key"`
	// Proxies are the addresses, as prefixes, of the proxies before the gateway. X-Forwarded-For is believed when it comes from one of
	// them, and from nobody else.
	Proxies []netip.Prefix `json:"trusted_proxies"`
}

// class is what is asked, as far as limits tell it apart.
type class int

const (
	reads class = iota
	writes
	signIns
	streams
	classes
)

var classNames = [classes]string{"reads", "writes", "sign-ins", "streams"}

// Defaults. A whole neighbourhood may stand behind one address, and signs in again after a restart of the gateway.
var (
	addressDefaults  = Rates{Rate{6000, 1000}, Rate{1800, 300}, Rate{120, 200}, Rate{120, 200}}
	memberDefaults   = Rates{Rate{1200, 200}, Rate{600, 100}, Rate{30, 20}, Rate{30, 20}}
	operatorDefaults = Rates{Rate{60_000, 5000}, Rate{6000, 1000}, Rate{60, 20}, Rate{600, 100}}
	keyDefault       = Rate{600, 100}
)

const (
	// bucketsMax bounds the callers that one table remembers, crowdsMax the buckets that all others share.
	bucketsMax = 1 << 15
	crowdsMax  = 1 << 10
	// refillMax bounds how long an empty bucket takes to be full: so long it must be remembered.
	refillMax = time.Hour
	// hopsMax bounds the proxies of one request.
	hopsMax = 16
)

// How many requests of one caller are worked on at once.
const (
	addressAtOnceMax = 64
	memberAtOnceMax  = 16
)

// ErrRate: the caller's bucket is empty. Retry-After says to the second when the next request is taken.
var ErrRate = fault.New(fault.TooMany, "rate.exceeded", "You have asked too often; please wait a little.", "请求过于频繁，请稍候再试。")

// Check refuses limits that nothing could be held to.
func (l *Limits) Check() error {
	for name, r := range map[string]Rates{"address": l.Address, "member": l.Member, "operator": l.Operator} { // any order: one is named
		for c, r := range r.list() {
			if err := r.check(); err != nil {
				return fmt.Errorf("%s: %s: %w", name, classNames[c], err)
			}
		}
	}
	if err := l.Key.check(); err != nil {
		return fmt.Errorf("key: %w", err)
	}
	return nil
}

func (r Rate) check() error {
	switch {
	case r == Rate{}:
		return nil
	case r.PerMinute <= 0 || r.Burst <= 0:
		return errors.New("want per_minute and burst, both more than 0")
	case r.refill() > refillMax:
		return fmt.Errorf("want a burst that comes back within %v", refillMax)
	}
	return nil
}

// refill is how long an empty bucket takes to be full.
func (r Rate) refill() time.Duration {
	return time.Duration(float64(r.Burst) / float64(r.PerMinute) * float64(time.Minute))
}

func (r Rates) list() [classes]Rate { return [classes]Rate{r.Reads, r.Writes, r.SignIns, r.Streams} }

// limits hold callers to what they may ask, before anything dear is done for them.
//
// Whoever has a session that holds, or the operator's token, is counted for themselves alone, so that nobody else at their address
// takes their place. All others are counted by address. Anybody can name any device key, so a key's bucket is only looked at before
// its signature is checked, and drawn from when a new command of its was accepted.
type limits struct {
	proxies                   []netip.Prefix
	address, member, operator [classes]*table
	key                       *table
	now                       func() time.Time

	mu     sync.Mutex     // guards atOnce
	atOnce map[string]int // requests under way, by caller; without those who have none
}

func newLimits(cfg Limits, now func() time.Time) *limits {
	l := &limits{proxies: cfg.Proxies, now: now, atOnce: map[string]int{}, key: newTable("key-writes", cmp.Or(cfg.Key, keyDefault))}
	for c := range classes {
		of := func(who string, given, by Rates) *table {
			return newTable(who+"-"+classNames[c], cmp.Or(given.list()[c], by.list()[c]))
		}
		l.address[c] = of("address", cfg.Address, addressDefaults)
		l.member[c] = of("member", cfg.Member, memberDefaults)
		l.operator[c] = of("operator", cfg.Operator, operatorDefaults)
	}
	return l
}

// caller is who is counted for a request.
type caller struct {
	name      string // of the bucket
	crowd     string // whom the caller stands with where buckets have run out
	tables    *[classes]*table
	key       string // device key that is named and not proven; "" for none
	atOnceMax int
}

// classOf tells what a request to a pattern asks for.
func classOf(method, pattern string) class {
	switch {
	case strings.HasSuffix(pattern, "/events"):
		return streams
	case method == http.MethodPost && (strings.HasSuffix(pattern, "/sessions") || strings.HasSuffix(pattern, "/bindings")):
		return signIns // binding an account takes a code, as signing in by it does
	case method == http.MethodGet || method == http.MethodHead:
		return reads
	}
	return writes
}

// admit takes a request in, or answers 429. Where it is taken in, leave must be called at its end. Nobody is counted who may sign in
// as anybody: development is for the machine itself.
func (g *Gateway) admit(w http.ResponseWriter, r *http.Request, pattern string) (in *http.Request, leave func(), ok bool) {
	if g.allowDevelopment(r) == nil {
		return r, func() {}, true
	}
	l, class := g.limits, classOf(r.Method, pattern)
	who := l.caller(g.sessions, r, class, g.nameless[pattern])
	v := who.tables[class].take(l.now(), who.name, who.crowd)
	if v.ok && who.key != "" && class == writes {
		if k := l.key.look(l.now(), who.key); !k.ok {
			v = k
		}
	}
	v.tell(w.Header())
	if !v.ok {
		op.WriteFault(w, r, ErrRate.WithInt("retry_after_seconds", v.seconds()))
		return r, nil, false
	}
	if class == streams { // they have bounds of their own
		return r, func() {}, true
	}
	if !l.enter(who) {
		op.WriteFault(w, r, fault.ErrBusy)
		return r, nil, false
	}
	if who.key != "" {
		r = r.WithContext(context.WithValue(r.Context(), keyNamed{}, who.key))
	}
	return r, func() { l.leave(who) }, true
}

// caller finds out who asks, as far as that is proven. Whoever must not say so is not asked: their session is not even looked at.
func (l *limits) caller(s *sessions, r *http.Request, c class, nameless bool) caller {
	who, ok := session{}, false
	if !nameless {
		who, ok = s.bearer(r)
	}
	if ok && c != signIns {
		if who.operator {
			return caller{name: "operator", tables: &l.operator, atOnceMax: addressAtOnceMax}
		}
		return caller{name: who.community + "/" + who.member, tables: &l.member, atOnceMax: memberAtOnceMax}
	}
	out := caller{tables: &l.address, atOnceMax: addressAtOnceMax, key: keyOf(r)}
	out.name, out.crowd = namesOf(l.from(r))
	return out
}

// bearer gives the session of a request, whatever community it is for, and nothing for a token that does not hold.
func (s *sessions) bearer(r *http.Request) (session, bool) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || token == "" {
		return session{}, false
	}
	digest := sha256.Sum256([]byte(token))
	s.mu.Lock()
	community := s.live[digest].community
	s.mu.Unlock()
	who, err := s.of(r, community)
	return who, err == nil
}

// from is the address that a request comes from: that of the connection, or what trusted proxies say of it. Each proxy appends the
// address that it was asked from, so the list is read from its end, up to the first that is no trusted proxy's; what stands before it
// anybody may have written.
func (l *limits) from(r *http.Request) netip.Addr {
	at, _ := netip.ParseAddrPort(r.RemoteAddr)
	address := at.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for n := 0; n < hopsMax && n < len(hops) && l.trusts(address); n++ {
		before, err := netip.ParseAddr(strings.TrimSpace(hops[len(hops)-1-n]))
		if err != nil {
			break
		}
		address = before.Unmap().WithZone("")
	}
	return address
}

func (l *limits) trusts(address netip.Addr) bool {
	for _, p := range l.proxies {
		if p.Contains(address) {
			return true
		}
	}
	return false
}

// namesOf names the bucket of an address, and the crowd around it. Whoever has one IPv6 address has 2^64 of them.
func namesOf(address netip.Addr) (name, crowd string) {
	own, wide := 32, 16
	if address.Is6() {
		own, wide = 64, 32
	}
	a, _ := address.Prefix(own)
	b, _ := address.Prefix(wide)
	return string(a.Addr().AsSlice()), string(b.Addr().AsSlice())
}

// keyOf is the device key that a request names; anybody may name any.
func keyOf(r *http.Request) string {
	key, _, _ := strings.Cut(r.Header.Get(op.HeaderSignature), ".")
	raw, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil || len(raw) != 32 {
		return ""
	}
	return string(raw)
}

type keyNamed struct{}

// counting draws from a key's bucket when a command was accepted that it had not sent before. By then the service has checked that the
// key signed it.
func (l *limits) counting(command endpoint.Endpoint) endpoint.Endpoint {
	return func(ctx context.Context, request any) (any, error) {
		answer, err := command(ctx, request)
		key, named := ctx.Value(keyNamed{}).(string)
		if a, ok := answer.(*op.Answer); named && err == nil && ok && !a.Repeated {
			l.key.draw(l.now(), key)
		}
		return answer, err
	}
}

// enter counts a request under way.
func (l *limits) enter(who caller) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.atOnce[who.name] >= who.atOnceMax {
		return false
	}
	l.atOnce[who.name]++
	return true
}

func (l *limits) leave(who caller) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.atOnce[who.name]--; l.atOnce[who.name] == 0 {
		delete(l.atOnce, who.name)
	}
}

// verdict is what a bucket says.
type verdict struct {
	table *table
	ok    bool
	left  int           // requests that would be taken now
	wait  time.Duration // until the next is taken; when ok, until the bucket is full
}

func (v verdict) seconds() int64 { return int64(math.Ceil(v.wait.Seconds())) }

// tell writes the fields of draft-ietf-httpapi-ratelimit-headers, and Retry-After for whoever is refused.
func (v verdict) tell(h http.Header) {
	h.Set("RateLimit-Policy", v.table.policy)
	h.Set("RateLimit", fmt.Sprintf(`%q;r=%d;t=%d`, v.table.name, v.left, v.seconds()))
	if !v.ok {
		h.Set("Retry-After", strconv.FormatInt(v.seconds(), 10))
	}
}

// table holds the buckets of one sort of caller. A bucket is forgotten only after it has not been drawn from for as long as it takes to
// be full, so forgetting gives nobody a fresh one. While there are too many callers for that, newcomers share buckets with the crowd around
// them: those who have one keep it.
type table struct {
	name, policy string
	rate         Rate
	seed         maphash.Seed

	mu         sync.Mutex // guards what follows
	young, old map[string]*rate.Limiter
	turned     time.Time // when young was begun; old is what was drawn from before that, and not since
	crowds     [crowdsMax]*rate.Limiter
}

func newTable(name string, r Rate) *table {
	return &table{
		name: name, rate: r, seed: maphash.MakeSeed(), young: map[string]*rate.Limiter{},
		policy: fmt.Sprintf(`%q;q=%d;w=%d`, name, r.Burst, int64(math.Ceil(r.refill().Seconds()))),
	}
}

func (t *table) full() *rate.Limiter {
	return rate.NewLimiter(rate.Limit(float64(t.rate.PerMinute)/60), t.rate.Burst)
}

// turn forgets what has not been drawn from for long enough. The caller holds mu.
func (t *table) turn(now time.Time) {
	switch since := now.Sub(t.turned); {
	case since < 0 || since >= 2*t.rate.refill(): // the clock was set, or nobody came: all that is remembered is full, or taken for it
		t.young, t.old, t.turned = map[string]*rate.Limiter{}, nil, now
	case since >= t.rate.refill():
		t.young, t.old, t.turned = map[string]*rate.Limiter{}, t.young, now
	}
}

// find gives a caller's bucket; nil if there is none.
func (t *table) find(now time.Time, who string) *rate.Limiter {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn(now)
	if b := t.young[who]; b != nil {
		return b
	}
	return t.old[who]
}

// bucket gives a caller's bucket to be drawn from, making it where there is room.
func (t *table) bucket(now time.Time, who, crowd string) *rate.Limiter {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn(now)
	b := t.young[who]
	switch {
	case b != nil:
		return b
	case t.old[who] != nil:
		b = t.old[who]
		delete(t.old, who)
	case len(t.young)+len(t.old) >= bucketsMax:
		n := maphash.String(t.seed, crowd) % crowdsMax
		if t.crowds[n] == nil {
			t.crowds[n] = t.full()
		}
		return t.crowds[n]
	default:
		b = t.full()
	}
	t.young[who] = b
	return b
}

// take draws one request from a caller's bucket.
func (t *table) take(now time.Time, who, crowd string) verdict {
	b := t.bucket(now, who, crowd)
	ok := b.AllowN(now, 1)
	return t.judge(ok, b.TokensAt(now))
}

// look tells what take would say, and draws nothing. A caller who has no bucket is told that it is full.
func (t *table) look(now time.Time, who string) verdict {
	b := t.find(now, who)
	if b == nil {
		return t.judge(true, float64(t.rate.Burst))
	}
	left := b.TokensAt(now)
	return t.judge(left >= 1, left)
}

// draw draws one request, into debt if it must: it has been done already.
func (t *table) draw(now time.Time, who string) { t.bucket(now, who, who).ReserveN(now, 1) }

func (t *table) judge(ok bool, left float64) verdict {
	short := float64(t.rate.Burst) - left
	if !ok {
		short = 1 - left
	}
	wait := time.Duration(short * 60 / float64(t.rate.PerMinute) * float64(time.Second))
	return verdict{table: t, ok: ok, left: max(int(left), 0), wait: max(wait, 0)}
}
