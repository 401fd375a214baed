package look

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io/fs"
	"net/http"
	"path"
	"time"

	"renlin.dev/pkg/fault"
)

// media are those of the files that are served, by how their names end; nothing else is.
var media = map[string]string{
	".css": "text/css; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// NotFound is what a page answers for what it does not have.
var NotFound = fault.New(fault.NotFound, "page.missing", "There is no such page.", "没有这个页面。")

// Static answers a style sheet or a script of the static folder, under a tag of what is in it.
func Static(files fs.FS) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		Protect(w.Header())
		name := r.PathValue("file")
		raw, err := fs.ReadFile(files, "static/"+name)
		kind := media[path.Ext(name)]
		if err != nil || kind == "" {
			http.Error(w, NotFound.English, http.StatusNotFound)
			return
		}
		sum := sha256.Sum256(raw)
		w.Header().Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
		w.Header().Set("Content-Type", kind)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(raw))
	}
}
