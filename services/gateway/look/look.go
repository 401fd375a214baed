// Package look is how pages that the gateway makes itself look, whoever they are for: one layout, one style, words in two languages, and
// how times and numbers are written.
//
// The rules, in plain words: a page is whole before its first byte leaves; every sentence stands in both languages under one key; what a
// page shows is text, which the template escapes; and a browser is told in each answer to load nothing from elsewhere, to run nothing
// that stands in the page, and to show it in nobody else's.
package look

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Site is what a site's pages are made of.
type Site struct {
	// Files holds templates/NAME.html for each page, templates/layout.html, templates/parts.html, and words/LANGUAGE.json.
	Files fs.FS
	// Pages names the pages.
	Pages []string
	// Functions are what its templates may call beside those of this package.
	Functions template.FuncMap
}

// Book is a site's pages and words in one language. It does not change, and serves any number of requests at once.
type Book struct {
	Language Language
	Words    map[string]string
	pages    map[string]*template.Template
}

// Open reads templates and words, which are part of the program: what is wrong with them is an error at every start.
func Open(lang Language, site Site) (*Book, error) {
	b := &Book{Language: lang, pages: map[string]*template.Template{}}
	raw, err := fs.ReadFile(site.Files, "words/"+string(lang)+".json")
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &b.Words); err != nil {
		return nil, fmt.Errorf("read words of %s: %w", lang, err)
	}
	layout, err := template.New("layout.html").Funcs(b.functions()).Funcs(site.Functions).
		ParseFS(site.Files, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, fmt.Errorf("read layout: %w", err)
	}
	for _, name := range site.Pages {
		own, err := layout.Clone()
		if err == nil {
			own, err = own.ParseFS(site.Files, "templates/"+name+".html")
		}
		if err != nil {
			return nil, fmt.Errorf("read page %s: %w", name, err)
		}
		b.pages[name] = own
	}
	return b, nil
}

// Write answers with a page. Everything is made before the first byte leaves, so that no half page is ever shown.
func (b *Book) Write(w http.ResponseWriter, status int, name string, sheet any) {
	var out bytes.Buffer
	if err := b.pages[name].ExecuteTemplate(&out, "layout.html", sheet); err != nil {
		panic(fmt.Errorf("page %s: %w", name, err)) // the edge answers that something went wrong, and tells its log
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", b.Language.Tag())
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // the reader went away
}

// functions are what every site's templates may call. Each gives text, which the template escapes.
func (b *Book) functions() template.FuncMap {
	return template.FuncMap{
		"t": b.Say, "time": b.time, "moment": machineTime, "count": Count, "short": Short, "base64": base64.StdEncoding.EncodeToString,
	}
}

// Say gives the words of a key, with what stands in braces replaced by the values that follow: a name and its value each.
func (b *Book) Say(key string, pairs ...any) (string, error) {
	text, ok := b.Words[key]
	if !ok {
		return "", fmt.Errorf("no words for %q", key)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+fmt.Sprint(pairs[i])+"}", fmt.Sprint(pairs[i+1]))
	}
	return text, nil
}

// Protect tells browsers to load nothing but what the site itself serves, and to let nobody else show it as a part of theirs.
func Protect(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Language, Cookie")
}

// beijing has been eight hours ahead for as long as there will be records here.
var beijing = time.FixedZone("UTC+8", 8*3600)

func (b *Book) time(ms int64) string {
	t := time.UnixMilli(ms).In(beijing)
	if b.Language == Chinese {
		return t.Format("2006年1月2日 15:04")
	}
	return t.Format("2 January 2006, 15:04")
}

func machineTime(ms int64) string { return time.UnixMilli(ms).In(beijing).Format(time.RFC3339) }

// Clock is a moment of a day to the millisecond, as somebody compares it with a log.
func Clock(at time.Time) string { return at.In(beijing).Format("01-02 15:04:05.000") }

// Count writes a number with its thousands apart.
func Count(n any) string {
	switch n := n.(type) {
	case int64:
		if n < 0 {
			return "−" + Grouped(-uint64(n))
		}
		return Grouped(uint64(n))
	case uint64:
		return Grouped(n)
	case uint32:
		return Grouped(uint64(n))
	case int:
		return Grouped(uint64(max(n, 0)))
	}
	return fmt.Sprint(n)
}

// Grouped writes digits with their thousands apart.
func Grouped(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// Short is what of a hash or a key is enough to tell it from others by eye.
func Short(x string) string {
	if len(x) <= 16 {
		return x
	}
	return x[:8] + "…" + x[len(x)-8:]
}
