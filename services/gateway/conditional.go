package gateway

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
)

// tagOf makes a strong ETag of what is shown.
func tagOf(shown ...[]byte) string {
	h := sha256.New()
	for i, part := range shown {
		if i > 0 {
			h.Write([]byte{0})
		}
		h.Write(part)
	}
	return `"` + base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18]) + `"`
}

// writeFresh answers a read with what is shown, or with 304 alone where the caller holds just that.
func writeFresh(w http.ResponseWriter, r *http.Request, tag string, body []byte) {
	w.Header().Set("ETag", tag)
	if holds(r.Header.Values("If-None-Match"), tag) {
		w.Header().Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(body) // the client went away
}

// writeFreshJSON is writeFresh for a value as JSON. cache is the Cache-Control of the answer.
func writeFreshJSON(w http.ResponseWriter, r *http.Request, cache, tag string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		op.WriteFault(w, r, fault.ErrInternal.Because(err))
		return
	}
	if tag == "" {
		tag = tagOf(body)
	}
	writeEncoded(w, r, cache, tag, body)
}

// writeEncoded is writeFreshJSON for what is JSON already.
func writeEncoded(w http.ResponseWriter, r *http.Request, cache, tag string, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", cache)
	writeFresh(w, r, tag, append(body, '\n'))
}

// What may be kept, and by whom. What everybody may see is asked for again each time; what takes a session is kept nowhere but by the
// program that asked for it.
const (
	cachePublic  = "no-cache"
	cachePrivate = "no-store"
)

// holds tells whether a list of entity tags, over one header or several, names a tag. Tags are compared weakly, as RFC 9110 says for
// If-None-Match; reading ends at what is no tag.
func holds(lines []string, tag string) bool {
	for rest := strings.Join(lines, ","); ; {
		rest = strings.TrimLeft(rest, " \t\r\n,")
		if strings.HasPrefix(rest, "*") {
			return true
		}
		rest = strings.TrimPrefix(rest, "W/")
		if !strings.HasPrefix(rest, `"`) {
			return false
		}
		end := 1 + strings.IndexFunc(rest[1:], func(c rune) bool { return c <= ' ' || c == '"' || c == 0x7f })
		if end == 0 || rest[end] != '"' {
			return false
		}
		if rest[:end+1] == tag {
			return true
		}
		rest = rest[end+1:]
	}
}
