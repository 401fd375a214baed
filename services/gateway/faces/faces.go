// Package faces is what people see in a browser without an app and without signing in: what a community has decided, what it owns, how
// its record is kept, and how to check that oneself.
//
// The rules, in plain words:
//
//  1. Every page is made on the server and can be read, walked through by keyboard and printed without any script. One page has a
//     script, the one that checks a receipt, which works without a network once the page is there.
//  2. A page shows only what the edge answers whoever has no session. It asks through Source and by no other way.
//  3. Nothing is loaded from anywhere else: no font, no picture, no script. The browser is told so in each answer.
//  4. Chinese and English say the same, and each sentence of a page stands in both (words/*.json). A reader's choice is kept in a cookie
//     that holds two letters.
//  5. Times are Beijing time and are told as people write them; amounts are exact.
//
// A further page is a line in pages, a template of its name, and its words. See docs/FACES.md.
package faces

import (
	"context"
	"net/http"
	"strings"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	looks "renlin.dev/services/gateway/look"
)

// Community is what an outsider is told of one.
type Community struct {
	ID       string
	Name     string // empty while its record cannot be read
	Genesis  string // hash of the founding commit, hex
	EpochKey []byte // with which blocks are signed
	Size     uint64 // commits
	State    string // as the sequencer says it
	Reason   string // why nothing is written any more; empty otherwise
}

// Source answers what a page asks, as the edge answers whoever has no session. What is not there, or not for everybody, is a fault.
type Source interface {
	Communities(ctx context.Context) ([]string, error)
	Community(ctx context.Context, community string) (*Community, error)
	// Records gives a page of a collection, or one record.
	Records(ctx context.Context, community, path, after string) (*op.Page, error)
	// Books gives the open books, as JSON.
	Books(ctx context.Context, community string) ([]byte, error)
	// Log gives what stands below /log/{community}/.
	Log(ctx context.Context, community, path string) ([]byte, error)
	// Checkpoints gives some that were published, as notes, from the first to the newest.
	Checkpoints(ctx context.Context, community string) ([][]byte, error)
	// Findings gives what those who watch the record have found wrong with it.
	Findings(ctx context.Context, community string) ([]Finding, error)
	// Notices gives a page of policy notices, Helping how neighbours are helped.
	Notices(ctx context.Context, community, after string) (*Notices, error)
	Helping(ctx context.Context, community string) (*Helping, error)
}

// Site is all pages. It holds nothing that changes and serves any number of requests at once.
type Site struct {
	source Source
	looks  map[looks.Language]*look
}

// New reads templates and words, which are part of the program: what is wrong with them is an error at every start.
func New(source Source) (*Site, error) {
	s := &Site{source: source, looks: map[looks.Language]*look{}}
	for _, l := range looks.Languages {
		look, err := newLook(l)
		if err != nil {
			return nil, err
		}
		s.looks[l] = look
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

// below is where the pages of a community are.
const below = "/c/{community}"

// pages are all screens, in the order of the navigation. Those without a community are not in it.
var pages = []page{
	{"communities", "/{$}", (*Site).communities},
	{"overview", below, (*Site).overview},
	{"decisions", below + "/decisions", (*Site).decisions},
	{"poll", below + "/decisions/{poll}", (*Site).poll},
	{"rules", below + "/rules", (*Site).rules},
	{"money", below + "/money", (*Site).money},
	{"holdings", below + "/holdings", (*Site).holdings},
	{"notices", below + "/notices", (*Site).notices},
	{"help", below + "/help", (*Site).help},
	{"record", below + "/record", (*Site).record},
	{"proof", below + "/proof", (*Site).proof},
	{"receipt", below + "/receipt", (*Site).receipt},
}

// inNavigation are the pages that a community's navigation names.
var inNavigation = []string{"overview", "decisions", "rules", "money", "holdings", "notices", "help", "record", "receipt"}

// tabOf names the page of the navigation for those that are under another one.
var tabOf = map[string]string{"poll": "decisions", "proof": "record"}

// Routes lists everything that the site answers.
func (s *Site) Routes() []Route {
	all := []Route{{"GET /static/{file...}", looks.Static(files)}}
	for _, p := range pages {
		all = append(all, Route{"GET " + p.pattern, s.serve(p)})
	}
	return all
}

// visit is one look at a page.
type visit struct {
	ctx       context.Context
	r         *http.Request
	source    Source
	lang      looks.Language
	community *Community // nil where the page is of none
}

// records reads one record or a page of a collection of the visit's community.
func (v *visit) records(path, after string) (*op.Page, error) {
	return v.source.Records(v.ctx, v.community.ID, path, after)
}

// serve answers a page. Who asks for a language is sent to the same page in it.
func (s *Site) serve(p page) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		looks.Protect(w.Header())
		if want := looks.Language(r.URL.Query().Get("lang")); want.Known() {
			looks.KeepLanguage(w, r, want)
			return
		}
		v := &visit{ctx: r.Context(), r: r, source: s.source, lang: looks.LanguageOf(r)}
		var shown any
		var err error
		if id := r.PathValue("community"); id != "" {
			v.community, err = s.source.Community(v.ctx, id)
		}
		if err == nil {
			shown, err = p.show(s, v)
		}
		if err != nil {
			s.looks[v.lang].refuse(w, v, err)
			return
		}
		s.looks[v.lang].write(w, v, http.StatusOK, p.name, shown)
	}
}

// refusal is what the page of an error shows: the sentence that the API gives, and its code for whoever helps.
type refusal struct {
	Sentence string
	Code     string
}

func (l *look) refuse(w http.ResponseWriter, v *visit, err error) {
	f := fault.Of(err)
	sentence := f.English
	if v.lang == looks.Chinese {
		sentence = f.Chinese
	}
	l.write(w, v, f.Kind.Status(), "error", refusal{sentence, f.Code})
}

// at gives the address of a page of the community.
func at(community string, parts ...string) string {
	return strings.Join(append([]string{"/c", community}, parts...), "/")
}
