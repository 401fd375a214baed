package miniapp

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// firstLoadMax is how many bytes on the wire it may take until the app is there.
const firstLoadMax = 250_000

func ask(t *testing.T, path string, headers ...string) *http.Response {
	t.Helper()
	app, err := New()
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, pattern := range Patterns {
		mux.Handle(pattern, app)
	}
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w.Result()
}

func read(t *testing.T, r *http.Response) []byte {
	t.Helper()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// later tells by a mark each the parts of the build that are asked for when somebody needs them: the booth of secret polls, the
// arithmetic of their ballots, and that of drawn codes. Each mark is in one file alone, which the first page does not name.
var later = []string{"cast-tracker", "renlin/vote/v1/ballot", "code length overflow"}

// isLater counts in where a mark was seen, and tells whether the file has one.
func isLater(seen map[string][]string, name string, plain []byte) (found bool) {
	for _, mark := range later {
		if bytes.Contains(plain, []byte(mark)) {
			seen[mark], found = append(seen[mark], name), true
		}
	}
	return found
}

// TestFirstLoad: everything that the build has but what is loaded later, compressed, is less than the first load may be, and is what is
// there uncompressed.
func TestFirstLoad(t *testing.T) {
	app, err := New()
	if err != nil {
		t.Fatal(err)
	}
	total, seen := 0, map[string][]string{}
	for name := range app.files { // any order: a sum
		if strings.HasSuffix(name, ".LICENSE.txt") {
			continue
		}
		small := read(t, ask(t, "/app/"+name, "Accept-Encoding", "br, gzip"))
		z, err := gzip.NewReader(bytes.NewReader(small))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(z)
		if err != nil || !bytes.Equal(plain, read(t, ask(t, "/app/"+name))) {
			t.Errorf("%s is not the same compressed: %v", name, err)
		}
		if !isLater(seen, name, plain) {
			total += len(small)
		}
	}
	for _, mark := range later {
		if files := seen[mark]; len(files) != 1 || bytes.Contains(read(t, ask(t, "/app/")), []byte(files[0])) {
			t.Errorf("%q is in %s, and should be in one file that is loaded later", mark, files)
		}
	}
	t.Logf("%d bytes", total)
	if total > firstLoadMax {
		t.Errorf("%d bytes, at most %d", total, firstLoadMax)
	}
}

// TestServe: the first page, tags, what is not there, and who takes no gzip.
func TestServe(t *testing.T) {
	first := ask(t, "/app/")
	page := read(t, first)
	kind := first.Header.Get("Content-Type")
	if first.StatusCode != 200 || !strings.HasPrefix(kind, "text/html") || !bytes.Contains(page, []byte("/app/js/app.js")) {
		t.Fatalf("first page: %d %s\n%s", first.StatusCode, first.Header, page)
	}
	if again := ask(t, "/app/", "If-None-Match", first.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("with its tag: %d", again.StatusCode)
	}
	policy := first.Header.Get("Content-Security-Policy")
	if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("policy: %s", policy)
	}
	if inline := regexp.MustCompile(`<style|<script(?:\s[^>]*)?>[^<]|\son\w+=|style=`).Find(page); inline != nil {
		t.Errorf("something stands within the page that the policy forbids: %s", inline)
	}
	for _, path := range []string{"/app/nothing.js", "/app/js", "/app/js/", "/app/..%2fapp.go", "/app/index.html/"} {
		if got := ask(t, path); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
	for takes, want := range map[string]string{"": "", "br": "", "gzip;q=0": "", "gzip; q=0.5": "gzip", "GZIP": "gzip"} {
		if got := ask(t, "/app/js/app.js", "Accept-Encoding", takes).Header.Get("Content-Encoding"); got != want {
			t.Errorf("who takes %q gets %q", takes, got)
		}
	}
	part := ask(t, "/app/js/app.js", "Accept-Encoding", "gzip", "Range", "bytes=0-9")
	if part.StatusCode != http.StatusPartialContent || part.Header.Get("Content-Encoding") != "" || len(read(t, part)) != 10 {
		t.Errorf("a part: %d %s", part.StatusCode, part.Header)
	}
}
