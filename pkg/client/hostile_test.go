package client_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
)

// TestHostile: whatever a server answers comes back as an error that can be handled, and nothing of it is believed that does not fit.
func TestHostile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		kind   fault.Kind
		code   string
	}{
		"HTML":               {says(403, "<html>no</html>"), fault.Forbidden, "http.403"},
		"nothing":            {says(400, ""), fault.Invalid, "http.400"},
		"an unknown status":  {says(418, "{}"), fault.Invalid, "http.418"},
		"another's status":   {says(403, string(fault.Problem(kind(fault.NotFound), "en", "", "").Body)), fault.Forbidden, "http.403"},
		"no such kind":       {says(403, `{"kind":"evil","code":"a.b","detail":"x"}`), fault.Forbidden, "http.403"},
		"control characters": {says(403, `{"kind":"forbidden","code":"a.b\u001b[2J","detail":"x"}`), fault.Forbidden, "http.403"},
		"too many params":    {says(403, `{"kind":"forbidden","code":"a.b","detail":"x",`+params(1000)+`}`), fault.Forbidden, "http.403"},
		"very long":          {says(403, `{"kind":"forbidden","detail":"`+strings.Repeat("x", 1<<20)+`"}`), fault.Forbidden, "http.403"},
		"very deep":          {says(403, strings.Repeat(`{"params":`, 100_000)), fault.Forbidden, "http.403"},
		"ill-formed":         {says(403, "{\"kind\":\"forbidden\",\"code\":\"a\xff.b\"}"), fault.Forbidden, "http.403"},
		"a list":             {says(403, "[]"), fault.Forbidden, "http.403"},
		"a redirect to itself": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/", http.StatusTemporaryRedirect)
		}, fault.Internal, "http.307"},
	} {
		s := newServer(t, c.answer)
		answer, err := admit(t, t.Context(), s.device())
		if f := fault.Of(err); answer != nil || f.Kind != c.kind || f.Code != c.code || len(f.English) > 200 || len(s.got()) != 1 {
			t.Errorf("%s: asked %d times, %+v, %v", name, len(s.got()), answer, err)
		}
	}
}

func params(n int) string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf(`"k%d":"v"`, i))
	}
	return `"params":{` + strings.Join(out, ",") + `}`
}

// TestHostileSuccess: answers that say yes and are none.
func TestHostileSuccess(t *testing.T) {
	t.Parallel()
	long := func(w http.ResponseWriter, _ *http.Request) {
		chunk := bytes.Repeat([]byte(" "), 1<<20)
		for range client.ResponseBytesMax>>20 + 1 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	for name, answer := range map[string]http.HandlerFunc{
		"nothing": says(201, ""), "a text": says(201, `"yes"`), "another type": says(201, `{"index":"four"}`),
		"negative": says(201, `{"index":-1}`),
		"cut":      says(201, `{"index":4`), "broken off": breaksOff, "endless": long,
	} {
		s := newServer(t, answer)
		d := s.device()
		d.Tries = 2
		want := 2
		if name == "endless" {
			want = 1
		}
		if answer, err := admit(t, t.Context(), d); answer != nil || err == nil || len(s.got()) != want {
			t.Errorf("%s: asked %d times, %+v, %v", name, len(s.got()), answer, err)
		}
	}
	s := newServer(t, long)
	if raw, err := s.device().Raw(t.Context(), "/x"); err == nil || raw != nil {
		t.Errorf("an endless answer came back as one of %d bytes", len(raw))
	}
}

// TestGoesNowhereElse: no redirect takes a signed command, or the session's token, to another server.
func TestGoesNowhereElse(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		other := newServer(t, done)
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL+r.URL.Path, status) })
		d := s.device()
		d.Token = "token"
		_, err1 := admit(t, t.Context(), d)
		err2 := d.Get(t.Context(), "/v1/communities", nil)
		err3 := d.SignIn(t.Context())
		if err1 == nil || err2 == nil || err3 == nil || len(other.got()) != 0 || len(s.got()) != 3 {
			t.Errorf("%d: %v, %v, %v; the other was asked %d times", status, err1, err2, err3, len(other.got()))
		}
	}
}
