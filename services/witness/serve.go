package witness

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

const (
	typeText = "text/plain; charset=utf-8"
	typeSize = "text/x.tlog.size"
)

// ServeHTTP serves POST /add-checkpoint and GET /<hex SHA-256 of the origin>/checkpoint, under whatever prefix the caller
// has stripped.
func (w *Witness) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/add-checkpoint" {
		w.serveAdd(rw, r)
		return
	}
	id, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/"), "/checkpoint")
	if !ok {
		reply(rw, http.StatusNotFound, typeText, []byte("not found\n"))
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		rw.Header().Set("Allow", "GET, HEAD")
		reply(rw, http.StatusMethodNotAllowed, typeText, []byte("use GET\n"))
		return
	}
	checkpoint, ok := w.Checkpoint(id)
	if !ok {
		reply(rw, http.StatusNotFound, typeText, []byte("nothing cosigned for this log\n"))
		return
	}
	reply(rw, http.StatusOK, typeText, checkpoint)
}

func (w *Witness) serveAdd(rw http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		rw.Header().Set("Allow", "POST")
		reply(rw, http.StatusMethodNotAllowed, typeText, []byte("use POST\n"))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, requestBytesMax))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		reply(rw, http.StatusRequestEntityTooLarge, typeText, []byte("request too long\n"))
		return
	case err != nil:
		reply(rw, http.StatusBadRequest, typeText, []byte("request cut short\n"))
		return
	}
	answer, status := w.AddCheckpoint(r.Context(), body)
	kind := typeText
	if status == http.StatusConflict {
		kind = typeSize
	}
	reply(rw, status, kind, answer)
}

func reply(rw http.ResponseWriter, status int, kind string, body []byte) {
	h := rw.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	rw.WriteHeader(status)
	_, _ = rw.Write(body) // what was cosigned is durable, whether or not the answer arrives
}
