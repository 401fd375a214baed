// Package console serves the console: what committees, street offices and organisations work with, in a browser.
//
// The rules, in plain words:
//
//  1. It is one page, whose script speaks to the edge as any other client does. It has no door of its own, and knows no more than whoever
//     is signed in may read.
//  2. What is served is committed (dist) and embedded: no Node is needed to run it. dist is the build of src, which .ci/run console proves.
//  3. The browser signs each command with a key that is made in it, and holds the session as a bearer token. There are no cookies: what
//     another site has the browser send carries neither, and so is nobody's.
//  4. Nothing is loaded from anywhere else, and nothing stands inside the page: the browser is told so in each answer.
//  5. A screen's script is fetched when the screen is first opened. Files are named by their contents, but for the page and the licences:
//     an upgrade cannot mix two builds, and a page that asks for what is no longer there is loaded anew by itself.
//  6. Where the reader is stands behind the # of the address, and so do codes of invitations. Neither is ever sent.
//
// A further screen is a file, a line and its words; docs/FACES.md tells.
package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"time"

	"renlin.dev/pkg/fault"
)

//go:embed dist
var dist embed.FS

// Route is a pattern of http.ServeMux and what answers it.
type Route struct {
	Pattern string
	Serve   http.HandlerFunc
}

// Routes lists everything that the console answers.
func Routes() []Route {
	return []Route{
		{"GET /console", page},
		{"GET /console/{$}", page},
		{"GET /console/{file}", func(w http.ResponseWriter, r *http.Request) { file(w, r, r.PathValue("file")) }},
	}
}

// media are the files that there are.
var media = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".txt": "text/plain; charset=utf-8",
}

// policy lets the page load and ask what this address serves, and nothing else; no style or script inside a page, nobody around it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; " +
	"base-uri 'none'; frame-ancestors 'none'"

var errMissing = fault.New(fault.NotFound, "console.missing", "The console has no such file.", "工作台没有这个文件。")

func page(w http.ResponseWriter, r *http.Request) { file(w, r, "index.html") }

// hashed are names that tell what is in them.
var hashed = regexp.MustCompile(`-[A-Z2-7]{8}\.(js|css)$`)

// file answers one of dist. What is named by its contents is kept by browsers; for the page they ask each time whether they have the
// newest, so that nobody works with an old one.
func file(w http.ResponseWriter, r *http.Request, name string) {
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Cache-Control", "no-cache")
	raw, err := fs.ReadFile(dist, "dist/"+name)
	kind := media[path.Ext(name)]
	if err != nil || kind == "" {
		http.Error(w, errMissing.Chinese+" "+errMissing.English, http.StatusNotFound)
		return
	}
	if hashed.MatchString(name) {
		w.Header().Set("Cache-Control", "max-age=31536000, immutable")
	}
	sum := sha256.Sum256(raw)
	w.Header().Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
	w.Header().Set("Content-Type", kind)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(raw))
}
