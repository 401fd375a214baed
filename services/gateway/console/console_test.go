package console

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"renlin.dev/services/gateway/look/looktest"
)

// scriptBytesMax is how much script the console may send, as it is sent: compressed.
const scriptBytesMax = 80 << 10

// Given what is served, when its script is compressed, then a telephone on a bad line has it within the bound.
func TestScriptIsSmall(t *testing.T) {
	t.Parallel()
	raw, err := dist.ReadFile("dist/console.js")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes, %d compressed", len(raw), out.Len())
	if out.Len() > scriptBytesMax {
		t.Errorf("the script takes %d bytes, at most %d", out.Len(), scriptBytesMax)
	}
}

// Given every file, when it is served, then under the policy, with its type and under a tag; the page has nothing inside it that the policy
// forbids and names nothing of another address.
func TestServed(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	for _, r := range Routes() {
		mux.HandleFunc(r.Pattern, r.Serve)
	}
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	files, err := fs.ReadDir(dist, "dist")
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{"/console", "/console/"}
	for _, f := range files {
		paths = append(paths, "/console/"+f.Name())
	}
	for _, path := range paths {
		w := get(path)
		kind := w.Header().Get("Content-Type")
		if w.Code != http.StatusOK || kind == "" || w.Header().Get("ETag") == "" || w.Header().Get("Content-Security-Policy") != policy {
			t.Errorf("%s: status %d, header %v", path, w.Code, w.Header())
		}
	}
	page := get("/console/").Body.String()
	if regexp.MustCompile(`(?i)<style|\bstyle=|\bon\w+=|<script>|https?://`).MatchString(page) {
		t.Errorf("the page has something inside it, or from elsewhere: %s", page)
	}
	if w := get("/console/nonesuch.js"); w.Code != http.StatusNotFound {
		t.Errorf("what is not there: status %d", w.Code)
	}
}

func wordsOf(t *testing.T, language string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("src", "words", language+".json"))
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	if err := json.Unmarshal(raw, &words); err != nil {
		t.Fatal(err)
	}
	return words
}

var (
	quoted  = regexp.MustCompile(`"([a-z_0-9]+(?:\.[a-z_0-9]+)*)"`)
	prefix  = regexp.MustCompile(`(?:named\(|prefix=|say\(\()"([a-z_.]+?)\.?"`)
	screens = regexp.MustCompile(`id: "([a-z_-]+)"`)
)

// Given the words of both languages, when they are compared, then they have the same keys and take the same values, and none is empty.
func TestBothLanguagesSayTheSame(t *testing.T) {
	t.Parallel()
	looktest.Same(t, wordsOf(t, "zh"), wordsOf(t, "en"))
}

// sources gives the text of every script.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir("src", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasPrefix(filepath.Ext(name), ".ts") {
			return err
		}
		raw, err := os.ReadFile(name)
		all.Write(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// Given the words, when the scripts are searched for them, then each is said somewhere, and each screen has a title.
func TestWordsAreSaid(t *testing.T) {
	t.Parallel()
	text, words := sources(t), wordsOf(t, "zh")
	said := map[string]bool{}
	for _, m := range quoted.FindAllStringSubmatch(text, -1) {
		said[m[1]] = true
	}
	var put []string // beginnings to which a value of the record is put
	for _, m := range prefix.FindAllStringSubmatch(text, -1) {
		put = append(put, m[1]+".")
	}
	for _, m := range screens.FindAllStringSubmatch(text, -1) {
		if said[m[1]+".title"] = true; words[m[1]+".title"] == "" {
			t.Errorf("the screen %s has no title", m[1])
		}
	}
	for key := range words { // any order: they do not depend on each other
		if !said[key] && !slices.ContainsFunc(put, func(p string) bool { return strings.HasPrefix(key, p) }) && key != "missing.title" {
			t.Errorf("nobody says %s", key)
		}
	}
}
