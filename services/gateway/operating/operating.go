// Package operating is what the operator sees in a browser: how each part does, the streams, what is set aside, alerts, and traces.
//
// The rules, in plain words:
//
//  1. Nobody sees a page without the operator's token. It is given once, in the body of a form, on the machine itself or through TLS; from
//     then on a cookie stands for it, which no script reads, which goes nowhere but here, and which ends after eight hours or when the
//     process does.
//  2. A page shows ids, numbers, codes and names of programs: nothing that anybody typed, and nobody's data.
//  3. The one thing that a page does is to have a part begin a community's work again that it has set aside. It takes a form of ours, from
//     this site, by whoever has signed in.
//  4. Every page is made on the server and works without any script. Who wants a page to come again by itself asks for it.
//  5. Looking is not traced: what an operator looks at would otherwise push out what they look for.
package operating

import (
	"context"
	"embed"
	"net/http"
	"time"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/telemetry/ring"
	"renlin.dev/services/gateway/alerts"
	"renlin.dev/services/gateway/look"
)

//go:embed templates/*.html words/*.json all:static
var files embed.FS

// PartState is what a part says of itself, when it is asked over the bus.
type PartState struct {
	// Process is drawn at random at each start of a process: parts with the same are in one process, and a new one tells of a restart.
	Process string      `json:"process"`
	Works   []WorkState `json:"works"`
}

// WorkState is how a part's work for one community goes.
type WorkState struct {
	Community string `json:"community"`
	Fault     string `json:"fault,omitempty"` // code of what stands in its way; empty while it goes on
	// Position is the position of the record that it has come to; 0 where it does not fold the record.
	Position uint64 `json:"position,omitempty"`
	// Aside says that it was set aside: beginning again by itself would end the same way, such as with a fact that no rule can fold.
	Aside bool   `json:"aside,omitempty"`
	Why   string `json:"why,omitempty"`   // what its log says of how it ended last
	Since int64  `json:"since,omitempty"` // when that was, ms since the Unix epoch
	Tries int    `json:"tries,omitempty"` // how often it has begun since the process was started
	// Follows says that it carries the record's rules out again for itself: what it says of the record is an observer's word.
	Follows bool `json:"follows,omitempty"`
}

// Head is what the sequencer says of a community's stream.
type Head struct {
	Epoch  uint32
	Size   uint64 // commits
	Blocks uint64
	Hash   string
	Time   int64 // of the newest block, ms
	State  string
	Reason string
}

// Source answers what pages ask.
type Source interface {
	// Parts names the parts that there are, in the order in which they are shown; Mine tells those that take an order from here.
	Parts() []string
	Mine(part string) bool
	// Part asks one how it does; a fault when nobody answers.
	Part(ctx context.Context, part string) (*PartState, error)
	// Again has a part begin a community's work that it has set aside.
	Again(ctx context.Context, part, community string) error
	Communities(ctx context.Context) ([]string, error)
	// Name is what a community calls itself; empty while its record cannot be read.
	Name(ctx context.Context, community string) string
	Head(ctx context.Context, community string) (*Head, error)
	// Log gives what stands below /log/{community}/.
	Log(ctx context.Context, community, path string) ([]byte, error)
}

// Config is what the site is made of.
type Config struct {
	Source Source
	// Token opens the site; empty closes it.
	Token string
	// Private tells whether a request comes from the machine itself or through TLS, so that a token may be typed there; Local whether it
	// is the machine itself, where a cookie needs no TLS.
	Private, Local func(*http.Request) bool
	// Traces are shown; nil where none are kept.
	Traces *ring.Ring
	// Alerts are shown; nil where nobody evaluates them.
	Alerts *alerts.Board
	Now    func() time.Time
	Random func() (string, error)
}

// Site is all pages. It is safe for concurrent use.
type Site struct {
	cfg      Config
	books    map[look.Language]*look.Book
	sessions *sessions
	origin   *http.CrossOriginProtection
}

// Faults of the operator's pages.
var (
	ErrSignIn = fault.New(fault.Unauthenticated, "operator.sign_in", "These pages are for the operator; please sign in.",
		"这些页面仅供运维方使用，请先登录。")
	ErrToken = fault.New(fault.Forbidden, "operator.token_wrong", "This is not the operator's token.", "运维令牌不正确。")
	ErrPlain = fault.New(fault.Forbidden, "operator.not_private",
		"The operator's token is taken on the machine itself or through TLS only, so that nobody reads it on its way.",
		"为防止途中被读取，运维令牌只能在本机或经 TLS 连接提交。")
	ErrForm = fault.New(fault.Forbidden, "operator.form_foreign",
		"This form did not come from this page; please open the page again.", "该表单并非来自本页面，请重新打开页面后再试。")
	ErrTrace = fault.New(fault.NotFound, "trace.not_kept", "This trace is not kept here, or not any more.", "此处没有（或已不再保留）该链路。")
)

// New reads templates and words.
func New(cfg Config) (*Site, error) {
	s := &Site{
		cfg: cfg, books: map[look.Language]*look.Book{}, sessions: newSessions(cfg), origin: http.NewCrossOriginProtection(),
	}
	names := []string{"sign_in", "error"}
	for _, p := range pages {
		names = append(names, p.name)
	}
	for _, l := range look.Languages {
		book, err := look.Open(l, look.Site{Files: files, Pages: names, Functions: functions(l)})
		if err != nil {
			return nil, err
		}
		s.books[l] = book
	}
	return s, nil
}

// Route is a pattern of http.ServeMux and what answers it.
type Route struct {
	Pattern string
	Serve   http.HandlerFunc
}

// page is one screen: its name, which is also that of its template and of its words, where it is, and what it shows.
type page struct {
	name    string
	pattern string
	show    func(s *Site, v *visit) (any, error)
}

// Below is where all of this is.
const Below = "/operator"

// pages are all screens.
var pages = []page{
	{"status", Below, (*Site).status},
	{"alerts", Below + "/alerts", (*Site).alerts},
	{"traces", Below + "/traces", (*Site).traces},
	{"trace", Below + "/traces/{trace}", (*Site).trace},
	{"commit", Below + "/communities/{stream}/commits/{index}", (*Site).commit},
}

// inNavigation are the pages that the navigation names.
var inNavigation = []string{"status", "alerts", "traces"}

// tabOf names the page of the navigation for those that are under another one.
var tabOf = map[string]string{"trace": "traces", "commit": "traces"}

// Routes lists everything that the site answers.
func (s *Site) Routes() []Route {
	all := []Route{
		{"GET " + Below + "/static/{file...}", look.Static(files)},
		{"POST " + Below + "/sessions", s.signIn},
		{"POST " + Below + "/sessions/end", s.signOut},
		{"POST " + Below + "/again", s.again},
	}
	for _, p := range pages {
		all = append(all, Route{"GET " + p.pattern, s.serve(p)})
	}
	return all
}

// visit is one look at a page.
type visit struct {
	ctx  context.Context
	r    *http.Request
	book *look.Book
	who  *session // nil for whoever has not signed in
}

// visit finds out who looks, and in which language.
func (s *Site) visit(r *http.Request) *visit {
	return &visit{ctx: r.Context(), r: r, book: s.books[look.LanguageOf(r)], who: s.sessions.of(r)}
}

// serve answers a page.
func (s *Site) serve(p page) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		protect(w.Header())
		if want := look.Language(r.URL.Query().Get("lang")); want.Known() {
			look.KeepLanguage(w, r, want)
			return
		}
		v := s.visit(r)
		if v.who == nil {
			err := ErrSignIn
			if !s.cfg.Private(r) {
				err = ErrPlain
			}
			s.refuse(w, v, err)
			return
		}
		shown, err := p.show(s, v)
		if err != nil {
			s.refuse(w, v, err)
			return
		}
		s.write(w, v, http.StatusOK, p.name, shown)
	}
}

// protect says what every page of the gateway says, and that nothing of this may be kept.
func protect(h http.Header) {
	look.Protect(h)
	h.Set("Cache-Control", "no-store")
}
