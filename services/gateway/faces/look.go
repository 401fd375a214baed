package faces

import (
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"renlin.dev/pkg/rules"
	looks "renlin.dev/services/gateway/look"
)

//go:embed templates/*.html words/*.json all:static
var files embed.FS

// look is how pages are shown in one language.
type look struct{ *looks.Book }

func newLook(lang looks.Language) (*look, error) {
	site := looks.Site{Files: files, Functions: functions(lang)}
	for _, p := range append(pages, page{name: "error"}) {
		site.Pages = append(site.Pages, p.name)
	}
	book, err := looks.Open(lang, site)
	if err != nil {
		return nil, fmt.Errorf("faces: %w", err)
	}
	return &look{book}, nil
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

// write answers with a page.
func (l *look) write(w http.ResponseWriter, v *visit, status int, name string, shown any) {
	l.Write(w, status, name, sheet{
		Lang: string(l.Language), Tag: l.Language.Tag(), Page: name, Tab: cmp.Or(tabOf[name], name), Community: v.community,
		Navigation: inNavigation, Here: v.r.URL.Path, Other: string(l.Language.Other()), Shown: shown,
	})
}

// functions are what templates may call beside those of every site. Each gives text, which the template escapes.
func functions(lang looks.Language) template.FuncMap {
	return template.FuncMap{
		"at": at, "fen": fen, "area": area, "text": func(t rules.Text) string { return text(lang, t) }, "paragraphs": paragraphs,
		"held": held, "share": share, "index_of": indexOf, "work": work,
		"cards": func(community string, polls []*poll) any { return cards{community, polls} }, "steps": func() []string { return receiptSteps },
		"percent": percent, "continue_steps": func() []string { return continueSteps },
	}
}

// cards are polls with the community whose they are.
type cards struct {
	Community string
	Polls     []*poll
}

// receiptSteps are those that static/receipt.mjs takes, in its order; the last one stands for the log's, where it cannot be asked.
var receiptSteps = []string{"read", "community", "signature", "path", "log", "checkpoint", "unasked"}

// text is the half of a sentence that stands in both languages.
func text(lang looks.Language, t rules.Text) string {
	if lang == looks.Chinese {
		return t.Chinese
	}
	return t.English
}

// fen writes an amount in yuan.
func fen(n int64) string { return "¥" + hundredths(n) }

// tenths writes thousandths as tenths of a hundredth.
func tenths(n int64) string { return fmt.Sprintf("%d.%d", n/10, n%10) }

// area writes hundredths of a square metre.
func area(n int64) string { return hundredths(n) + " m²" }

func hundredths(n int64) string {
	sign, rest := "", uint64(n)
	if n < 0 {
		sign, rest = "−", -rest
	}
	return fmt.Sprintf("%s%s.%02d", sign, looks.Grouped(rest/100), rest%100)
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
