// Package miniapp is the residents' app: one source, built for WeChat and for browsers. The build for browsers is committed and is a part
// of the program, so that a pilot serves it with no other tool.
//
// The rules, in plain words:
//
//  1. What is served is dist, byte for byte; .ci/run proves that it is the source's (src, Taro, React).
//  2. A browser is told to load nothing from elsewhere, to run no script and no style that is not a file of dist, and to let nobody show
//     the app as a part of theirs.
//  3. An answer is compressed for whoever takes it so. Everything is small, static and public: no secret stands beside what a stranger
//     chooses.
//  4. Addresses within the app stand behind a hash, which browsers send to nobody.
package miniapp

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed dist
var files embed.FS

// Patterns are where the app and its files are, for http.ServeMux.
var Patterns = []string{"GET /app/{$}", "GET /app/{path...}"}

// media are the kinds of files that a build has; others are not served.
var media = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".txt": "text/plain; charset=utf-8",
}

// file is one of dist, as it is and compressed.
type file struct {
	kind, tag    string
	plain, small []byte
}

// App serves the app. It holds nothing that changes.
type App struct {
	files map[string]*file
}

// New reads the build, which is a part of the program: what is wrong with it is an error at every start.
func New() (*App, error) {
	a := &App{files: map[string]*file{}}
	err := fs.WalkDir(files, "dist", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		plain, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		f := &file{kind: media[path.Ext(name)], plain: plain}
		if f.kind == "" {
			return fmt.Errorf("%s is of no kind that is served", name)
		}
		sum := sha256.Sum256(plain)
		f.tag = base64.RawURLEncoding.EncodeToString(sum[:12])
		if f.small, err = compress(plain); err != nil {
			return err
		}
		a.files[strings.TrimPrefix(name, "dist/")] = f
		return nil
	})
	if err == nil && a.files["index.html"] == nil {
		err = fmt.Errorf("dist has no index.html")
	}
	if err != nil {
		return nil, fmt.Errorf("read app: %w", err)
	}
	return a, nil
}

func compress(plain []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// ServeHTTP answers a file of the app, and its first page where none is named.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "+
		"worker-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	name := r.PathValue("path")
	if name == "" {
		name = "index.html"
	}
	f := a.files[name]
	if f == nil {
		http.Error(w, "应用中没有这个文件。 There is no such file of the app.", http.StatusNotFound)
		return
	}
	h.Set("Content-Type", f.kind)
	body, tag := f.plain, f.tag
	if takesGzip(r) {
		body, tag = f.small, f.tag+"z"
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// takesGzip tells whether whoever asks takes it compressed. Who asks for a part of a file gets it of the file as it is.
func takesGzip(r *http.Request) bool {
	if r.Header.Get("Range") != "" {
		return false
	}
	for _, one := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(one), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") && strings.ReplaceAll(weight, " ", "") != "q=0" {
			return true
		}
	}
	return false
}
