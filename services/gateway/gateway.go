// Package gateway is the HTTP edge: the only thing that a phone, a browser or a command line speaks to.
//
// The rules, in plain words:
//
//  1. A command is taken exactly as its author signed it, with a mandatory Idempotency-Key; the gateway adds nothing and changes
//     nothing. What stands in the path must equal the signed body.
//  2. A member without a device may have a key that the gateway hosts. It signs for them only within their own session, and the
//     record marks every such commit.
//  3. Reading needs a session, but for what every outsider may see. A kind of record that no table opens is closed, and so is a route.
//     A session is a member's, in one community; it ends with time, with the membership, and with the device that opened it. The
//     operator's token reads and does nothing else.
//  4. A platform's account signs a member in to whom it is bound: by the signature of a device, or by a code where the key is hosted. It
//     reads, and signs by the hosted key only, and holds no office. What is kept of it is an HMAC. A binding rests on a key of the
//     member; it ends with that key, with the membership and when the person is erased, before the command that ended it is answered.
//  5. Development sign-in works from the loopback interface only, or a network that the operator has named for it, only when switched
//     on, and says so.
//  6. Every refusal is problem+json with a sentence in the caller's language. Nothing that a caller typed comes back in it, nor is it in
//     a trace.
//  6. Who asks too much is told when to come back, before anything dear is done for them: by member where a session says who it is, by
//     address otherwise. Whoever may sign in for development is not counted.
//  7. What a credential of a secret poll signs is taken from nobody: without a session, by one signature. It is counted by address as if
//     there were no sessions, belongs to no trace, and its line in the log says which operation it was and what became of it, no more.
//  8. A list is read page by page, each under a mark that is good for that list alone, and not read again by who holds it already. A
//     stream of events tells what changed, never what it says: each event names a record that its reader may read, under an id after which
//     the stream goes on exactly. A reader who does not keep up is dropped, and loses nothing by it.
//
// Who may do what is docs/ACCESS.md, cell by cell.
package gateway

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/pkg/telemetry/ring"
	"renlin.dev/services/gateway/alerts"
	"renlin.dev/services/gateway/operating"
)

// Config is what a gateway needs.
type Config struct {
	// Models declare the operations and the kinds; the route table follows from them.
	Models []*decider.Model
	Bus    *nats.Conn
	Log    *slog.Logger
	// HostedDir keeps the keys of members without a device.
	HostedDir string
	// CursorKey is the file with the key of pages' marks; empty makes one anew at each start, and marks given before are no good any more.
	CursorKey string
	// BindingsDir keeps what binds platforms' accounts to members, and beside it their key; without it nothing can be bound.
	BindingsDir string
	// Providers are the platforms by whose accounts members may sign in.
	Providers []Provider
	// OperatorToken opens the operator's reads; empty closes them.
	OperatorToken string
	// Development switches the development sign-in on.
	Development bool
	// DevelopmentFrom are networks that count as the machine itself for it, such as a container's own, where the machine has an address
	// that is no loopback's.
	DevelopmentFrom []netip.Prefix
	// Phone is the number that a resident's app rings for help unless its user has noted another; empty for none.
	Phone string
	// Timeout bounds one request to a service.
	Timeout time.Duration
	// Heartbeat is how often an event stream says that it is alive; 15 s if 0.
	Heartbeat time.Duration
	// StreamWrite is how long the reader of an event stream may take to take what was written; 10 s if 0.
	StreamWrite time.Duration
	// Limits say how much anybody may ask.
	Limits Limits
	// Now and Entropy are the process's clock and randomness.
	Now     func() time.Time
	Entropy io.Reader
	// Metrics takes what is counted and measured, and is shown to the operator at /metrics; nil takes nothing.
	Metrics *metrics.Registry
	// Traces are shown on the operator's pages; nil keeps none.
	Traces *ring.Ring
	// Parts are those whom the operator's pages ask how they do, Ordered tells which of them take an order, and Process is what they call
	// this process.
	Parts   []string
	Ordered func(part string) bool
	Process string
}

// Gateway is the handler of the whole edge.
type Gateway struct {
	cfg       Config
	mux       *http.ServeMux
	call      *op.Caller
	sessions  *sessions
	hosted    *hosted
	directory *directory
	repeats   *repeats
	limits    *limits
	cursors   *cursors
	feeds     *feeds
	places    *streamPlaces
	providers map[string]Provider
	bindings  *bindings
	tickets   *tickets
	attempts  *attempts
	cosign    *cosignings
	answered  *answered
	owners    map[string]string // kind -> service that owns it
	routes    map[string]bool   // patterns of the mux
	nameless  map[string]bool   // patterns of operations whose author nobody is told
	meter     meter
	alerts    *alerts.Board
	described func() ([]byte, error)
}

// New builds the edge. It starts nothing.
func New(cfg Config) (*Gateway, error) {
	if cfg.Timeout == 0 {
		cfg.Timeout = 15 * time.Second
	}
	cfg.Heartbeat, cfg.StreamWrite = cmp.Or(cfg.Heartbeat, heartbeat), cmp.Or(cfg.StreamWrite, streamWriteMax)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Entropy == nil {
		cfg.Entropy = rand.Reader
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := cfg.Limits.Check(); err != nil {
		return nil, fmt.Errorf("gateway: limits: %w", err)
	}
	h, err := openHosted(cfg.HostedDir, cfg.Entropy)
	if err != nil {
		return nil, err
	}
	c, err := openCursors(cfg.CursorKey, cfg.Entropy)
	if err != nil {
		return nil, fmt.Errorf("gateway: cursors: %w", err)
	}
	g := &Gateway{
		cfg: cfg, mux: http.NewServeMux(), call: op.NewCaller(cfg.Bus), hosted: h,
		sessions: newSessions(cfg), repeats: newRepeats(), owners: map[string]string{}, routes: map[string]bool{}, nameless: map[string]bool{},
		limits: newLimits(cfg.Limits, cfg.Now), cursors: c,
		feeds: &feeds{by: map[string]*feed{}}, places: newStreamPlaces(), cosign: newCosignings(cfg.Now),
		answered: &answered{by: map[string]uint64{}},
	}
	g.directory = newDirectory(g.call, cfg.Now)
	if err := g.openAccounts(); err != nil {
		return nil, err
	}
	for _, m := range cfg.Models {
		for _, kind := range m.OwnKinds() {
			if g.owners[kind] != "" {
				return nil, fmt.Errorf("gateway: kind %s has two owners", kind)
			}
			g.owners[kind] = m.Service
		}
		for _, o := range m.Operations() {
			if o.Route != "" {
				g.nameless[op.Pattern(o)] = o.Nameless()
				g.handle(op.Pattern(o), op.HTTP(o, g.limits.counting(g.answered.noting(g.command(m.Service, o))), g.signHosted))
			}
		}
	}
	g.described = sync.OnceValues(g.document)
	pages, err := g.pageRows()
	if err != nil {
		return nil, err
	}
	operators, err := g.operatingRows()
	if err != nil {
		return nil, err
	}
	for _, r := range slices.Concat(g.rows(), pages, operators) {
		g.handle(r.pattern, r.serve)
	}
	g.measure()
	return g, nil
}

// openAccounts readies what signing in by platforms' accounts needs.
func (g *Gateway) openAccounts() (err error) {
	g.providers = map[string]Provider{}
	for _, p := range g.cfg.Providers {
		if g.providers[p.Name()] != nil {
			return fmt.Errorf("gateway: provider %s stands twice", p.Name())
		}
		g.providers[p.Name()] = p
	}
	g.tickets, g.attempts = newTickets(g.cfg), newAttempts(g.cfg.Now)
	g.bindings, err = openBindings(g.cfg.BindingsDir, g.cfg.Entropy, g.cfg.Log)
	return err
}

// Close gives up what New has opened. Nothing must be served any more.
func (g *Gateway) Close() error { return g.bindings.Close() }

// Routes lists all that the gateway answers, as patterns of http.ServeMux, ascending.
func (g *Gateway) Routes() []string { return slices.Sorted(maps.Keys(g.routes)) }

// nowhere is the pattern of every address that has none.
const nowhere = "nowhere"

// ServeHTTP answers one request inside a span of its own and within the time limit, and tells the log what became of it. An address that
// is not exactly one of the routes leads nowhere: the mux would send the caller on to one that it takes for meant, and so repeat what
// was typed.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, pattern := g.mux.Handler(r)
	if !g.routes[pattern] || r.URL.Path != tidied(r.URL.Path, pattern) || strings.Count(r.URL.Path, "/") < strings.Count(pattern, "/") {
		pattern = nowhere
	}
	ctx, cancel := g.bounded(g.traced(r, pattern), classOf(r.Method, pattern))
	defer cancel()
	ctx, span := telemetry.Start(ctx, "http "+pattern) // the pattern, never the address: that may hold anything
	a := &answer{ResponseWriter: w, began: g.cfg.Now(), now: g.cfg.Now}
	defer func() {
		p, half := recover(), a.status != 0
		if p != nil {
			a.fault = fault.ErrInternal.Because(fmt.Errorf("handler panicked: %v", p))
			if !half {
				op.WriteFault(a, r.WithContext(ctx), a.fault)
			}
		}
		g.tell(ctx, pattern, a)
		g.meter.note(pattern, a)
		telemetry.End(span, a.err())
		if p != nil && half {
			panic(http.ErrAbortHandler) // so that nobody takes half an answer for a whole one
		}
	}()
	protect(w.Header())
	if len(r.TransferEncoding) > 0 { // somebody before us may see another end of this request than we do: nothing is read after it
		w.Header().Set("Connection", "close")
	}
	r, leave, ok := g.admit(a, r.WithContext(ctx), pattern)
	if !ok {
		return
	}
	defer leave()
	if pattern == nowhere {
		op.WriteFault(a, r, decider.ErrOperation)
		return
	}
	g.mux.ServeHTTP(a, r)
}

// tidied is how an address must be written: clean, with a stroke at its end where the route has one.
func tidied(address, pattern string) string {
	clean := path.Clean(address)
	if strings.HasSuffix(pattern, "/{$}") && clean != "/" {
		return clean + "/"
	}
	return clean
}

// traced gives a request the trace that its caller has begun, or one of its own. A request that names nobody has none: neither a span nor a
// line of a log shall join a ballot to what else its device has asked.
func (g *Gateway) traced(r *http.Request, pattern string) context.Context {
	if g.nameless[pattern] || strings.Contains(pattern, operating.Below) { // and looking at traces makes none
		return telemetry.Untraced(r.Context())
	}
	return telemetry.ExtractHTTP(r.Context(), r.Header)
}

// bounded gives a request the time that it may take. A stream has no end.
func (g *Gateway) bounded(ctx context.Context, c class) (context.Context, context.CancelFunc) {
	if c == streams {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, g.cfg.Timeout)
}

// protect tells browsers to take an answer for what it says it is, to run and embed nothing of it, and to tell nobody where they were.
func protect(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
}
