package faces

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"renlin.dev/pkg/rules"
)

var (
	//go:embed templates/*.html
	templates embed.FS
	//go:embed words/*.json
	words embed.FS
	//go:embed all:static
	files embed.FS
)

// look is how pages are shown in one language.
type look struct {
	lang  language
	words map[string]string
	pages map[string]*template.Template
}

func newLook(lang language) (*look, error) {
	l := &look{lang: lang, pages: map[string]*template.Template{}}
	raw, err := words.ReadFile("words/" + string(lang) + ".json")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &l.words); err != nil {
		return nil, fmt.Errorf("faces: words of %s: %w", lang, err)
	}
	layout, err := template.New("layout.html").Funcs(l.functions()).ParseFS(templates, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, fmt.Errorf("faces: %w", err)
	}
	for _, p := range append(pages, page{name: "error"}) {
		own, err := layout.Clone()
		if err == nil {
			own, err = own.ParseFS(templates, "templates/"+p.name+".html")
		}
		if err != nil {
			return nil, fmt.Errorf("faces: page %s: %w", p.name, err)
		}
		l.pages[p.name] = own
	}
	return l, nil
}

// sheet is what the layout shows.
type sheet struct {
	Lang, Tag  string
	Page       string
	Tab        string // the page of the navigation under which this one is
	Community  *Community
	Navigation []string
	Here       string // the address, to come back to in another language
	Other      string
	Shown      any
}

// write answers with a page. Everything is made before the first byte leaves, so that no half page is ever shown.
func (l *look) write(w http.ResponseWriter, v *visit, status int, name string, shown any) {
	var out bytes.Buffer
	err := l.pages[name].ExecuteTemplate(&out, "layout.html", sheet{
		Lang: string(l.lang), Tag: l.lang.tag(), Page: name, Tab: cmp.Or(tabOf[name], name), Community: v.community, Navigation: inNavigation,
		Here: v.r.URL.Path, Other: string(l.lang.other()), Shown: shown,
	})
	if err != nil {
		panic(fmt.Errorf("page %s: %w", name, err)) // the edge answers that something went wrong, and tells its log
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", l.lang.tag())
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // the reader went away
}

// functions are what templates may call. Each gives text, which the template escapes.
func (l *look) functions() template.FuncMap {
	return template.FuncMap{
		"t": l.say, "at": at, "time": l.time, "moment": machineTime, "fen": fen,
		"area": area, "count": count, "short": short, "base64": base64.StdEncoding.EncodeToString, "text": l.text, "paragraphs": paragraphs,
		"cards": func(community string, polls []*poll) any { return cards{community, polls} }, "steps": func() []string { return receiptSteps },
	}
}

// cards are polls with the community whose they are.
type cards struct {
	Community string
	Polls     []*poll
}

// receiptSteps are those that static/receipt.mjs takes, in its order; the last one stands for the log's, where it cannot be asked.
var receiptSteps = []string{"read", "community", "signature", "path", "log", "checkpoint", "unasked"}

// say gives the words of a key, with what stands in braces replaced by the values that follow: a name and its value each.
func (l *look) say(key string, pairs ...any) (string, error) {
	text, ok := l.words[key]
	if !ok {
		return "", fmt.Errorf("no words for %q", key)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+fmt.Sprint(pairs[i])+"}", fmt.Sprint(pairs[i+1]))
	}
	return text, nil
}

// text is the half of a sentence that stands in both languages.
func (l *look) text(t rules.Text) string {
	if l.lang == chinese {
		return t.Chinese
	}
	return t.English
}

// beijing has been eight hours ahead for as long as there will be records here.
var beijing = time.FixedZone("UTC+8", 8*3600)

func (l *look) time(ms int64) string {
	t := time.UnixMilli(ms).In(beijing)
	if l.lang == chinese {
		return t.Format("2006年1月2日 15:04")
	}
	return t.Format("2 January 2006, 15:04")
}

func machineTime(ms int64) string { return time.UnixMilli(ms).In(beijing).Format(time.RFC3339) }

// fen writes an amount in yuan.
func fen(n int64) string { return "¥" + hundredths(n) }

// area writes hundredths of a square metre.
func area(n int64) string { return hundredths(n) + " m²" }

func hundredths(n int64) string {
	sign, rest := "", uint64(n)
	if n < 0 {
		sign, rest = "−", -rest
	}
	return fmt.Sprintf("%s%s.%02d", sign, grouped(rest/100), rest%100)
}

// count writes a number with its thousands apart.
func count(n any) string {
	switch n := n.(type) {
	case int64:
		if n < 0 {
			return "−" + grouped(-uint64(n))
		}
		return grouped(uint64(n))
	case uint64:
		return grouped(n)
	case uint32:
		return grouped(uint64(n))
	case int:
		return grouped(uint64(max(n, 0)))
	}
	return fmt.Sprint(n)
}

func grouped(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// short is what of a hash or a key is enough to tell it from others by eye.
func short(x string) string {
	if len(x) <= 16 {
		return x
	}
	return x[:8] + "…" + x[len(x)-8:]
}

// paragraphs are the parts of a text between empty lines.
func paragraphs(text string) []string {
	var out []string
	for p := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// media are those of the files that are served, by how their names end; nothing else is.
var media = map[string]string{
	".css": "text/css; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// static answers a style sheet or a script, under a tag of what is in it.
func static(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	name := r.PathValue("file")
	raw, err := fs.ReadFile(files, "static/"+name)
	kind := media[path.Ext(name)]
	if err != nil || kind == "" {
		http.Error(w, notFound.English, http.StatusNotFound)
		return
	}
	sum := sha256.Sum256(raw)
	w.Header().Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
	w.Header().Set("Content-Type", kind)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(raw))
}
