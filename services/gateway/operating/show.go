package operating

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/services/gateway/alerts"
	"renlin.dev/services/gateway/look"
)

// sheet is what the layout shows.
type sheet struct {
	Lang, Tag  string
	Page       string
	Tab        string // the page of the navigation under which this one is
	Navigation []string
	Here       string // the address, to come back to in another language
	Other      string
	Form       string // what every form sends back; empty for whoever has not signed in
	Every      int    // seconds after which the page comes again by itself; 0 for never
	Shown      any
}

// everySeconds is how often a page comes again for whoever asks for that.
const everySeconds = 2

// write answers with a page.
func (s *Site) write(w http.ResponseWriter, v *visit, status int, name string, shown any) {
	out := sheet{
		Lang: string(v.book.Language), Tag: v.book.Language.Tag(), Page: name, Tab: cmp.Or(tabOf[name], name), Here: v.r.URL.Path,
		Other: string(v.book.Language.Other()), Shown: shown,
	}
	if v.r.Method != http.MethodGet || status != http.StatusOK { // what was typed into an address is not said back
		out.Here = Below // a form's own address shows nothing
	}
	if v.who != nil {
		out.Form, out.Navigation = v.who.form, inNavigation
		if v.r.URL.Query().Get("every") != "" && status == http.StatusOK {
			out.Every = everySeconds
		}
	}
	v.book.Write(w, status, name, out)
}

// refusal is what the page of an error shows: the sentence that the API gives, and its code.
type refusal struct {
	Sentence string
	Code     string
}

// refuse says why there is nothing to see; whoever has not signed in may do so there, but where the token would be read on its way: there
// nobody is asked for it.
func (s *Site) refuse(w http.ResponseWriter, v *visit, err error) {
	f := fault.Of(err)
	if n, ok := w.(op.FaultNoter); ok {
		n.NoteFault(f)
	}
	sentence := f.English
	if v.book.Language == look.Chinese {
		sentence = f.Chinese
	}
	name := "error"
	if v.who == nil {
		name = "sign_in"
	}
	s.write(w, v, f.Kind.Status(), name, refusal{sentence, f.Code})
}

// functions are what templates may call beside those of every site.
func functions(lang look.Language) template.FuncMap {
	return template.FuncMap{
		"clock": look.Clock, "took": took, "ago": func(d time.Duration) string { return ago(lang, d) }, "size": size,
		"say": func(t alerts.Text) string {
			if lang == look.Chinese {
				return t.Chinese
			}
			return t.English
		},
	}
}

// took writes a duration as exactly as it is worth knowing.
func took(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%d.%d ms", d.Milliseconds(), d.Microseconds()/100%10)
	case d < 10*time.Second:
		return fmt.Sprintf("%s ms", look.Grouped(uint64(d.Milliseconds())))
	}
	return d.Round(time.Second).String()
}

// ago writes for how long something is so.
func ago(lang look.Language, d time.Duration) string {
	units := [][2]string{{" s", "秒"}, {" min", "分钟"}, {" h", "小时"}, {" d", "天"}}
	n, unit := max(int64(d/time.Second), 0), 0
	for i, size := range []int64{60, 60, 24} {
		if n < 2*size {
			break
		}
		n, unit = n/size, i+1
	}
	if lang == look.Chinese {
		return fmt.Sprintf("%d %s", n, units[unit][1])
	}
	return fmt.Sprintf("%d%s", n, units[unit][0])
}

// size writes bytes.
func size(n int) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
