package look

import (
	"net/http"
	"slices"

	"renlin.dev/pkg/fault"
)

// Language is one in which pages are written.
type Language string

// The languages of pages.
const (
	Chinese Language = "zh"
	English Language = "en"
)

// Languages lists them.
var Languages = []Language{Chinese, English}

// Known tells whether there are pages in it.
func (l Language) Known() bool { return slices.Contains(Languages, l) }

// Tag is how HTML names it.
func (l Language) Tag() string {
	if l == Chinese {
		return "zh-CN"
	}
	return "en"
}

// Other is the one that a page offers beside its own.
func (l Language) Other() Language {
	if l == Chinese {
		return English
	}
	return Chinese
}

// languageCookie keeps a reader's choice: two letters, and nothing that tells one reader from another.
const languageCookie = "language"

// LanguageOf is the reader's choice, or else what the browser prefers.
func LanguageOf(r *http.Request) Language {
	if c, err := r.Cookie(languageCookie); err == nil && Language(c.Value).Known() {
		return Language(c.Value)
	}
	return Language(fault.Language(r.Header.Get("Accept-Language")))
}

// KeepLanguage sends the reader to the same page, which is then in the language that they asked for.
func KeepLanguage(w http.ResponseWriter, r *http.Request, want Language) {
	http.SetCookie(w, &http.Cookie{
		Name: languageCookie, Value: string(want), Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	to := *r.URL
	q := to.Query()
	q.Del("lang")
	to.RawQuery, to.Scheme, to.Host = q.Encode(), "", ""
	http.Redirect(w, r, to.RequestURI(), http.StatusSeeOther)
}
