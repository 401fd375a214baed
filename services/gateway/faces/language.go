package faces

import (
	"net/http"
	"slices"

	"renlin.dev/pkg/fault"
)

// language is one in which pages are written.
type language string

const (
	chinese language = "zh"
	english language = "en"
)

var languages = []language{chinese, english}

func (l language) known() bool { return slices.Contains(languages, l) }

// tag is how HTML names it.
func (l language) tag() string {
	if l == chinese {
		return "zh-CN"
	}
	return "en"
}

// other is the one that a page offers beside its own.
func (l language) other() language {
	if l == chinese {
		return english
	}
	return chinese
}

// languageCookie keeps a reader's choice: two letters, and nothing that tells one reader from another.
const languageCookie = "language"

// languageOf is the reader's choice, or else what the browser prefers.
func languageOf(r *http.Request) language {
	if c, err := r.Cookie(languageCookie); err == nil && language(c.Value).known() {
		return language(c.Value)
	}
	return language(fault.Language(r.Header.Get("Accept-Language")))
}

// keepLanguage sends the reader to the same page, which is then in the language that they asked for.
func keepLanguage(w http.ResponseWriter, r *http.Request, want language) {
	http.SetCookie(w, &http.Cookie{
		Name: languageCookie, Value: string(want), Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	to := *r.URL
	q := to.Query()
	q.Del("lang")
	to.RawQuery, to.Scheme, to.Host = q.Encode(), "", ""
	http.Redirect(w, r, to.RequestURI(), http.StatusSeeOther)
}
