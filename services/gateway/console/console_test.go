package console

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"renlin.dev/services/gateway/look/looktest"
)

const (
	firstBytesMax = 80 << 10 // how much script the first screen may load, as it is sent: compressed
	partBytesMax  = 40 << 10 // and how much each part that is fetched later
)

var (
	entry  = regexp.MustCompile(`<script type="module" src="/console/([^"]+)">`)
	static = regexp.MustCompile(`(?:from|import)"\./([^"]+)"`)     // what a script cannot begin without
	later  = regexp.MustCompile(`import\("\./([a-z-]+)-[A-Z0-9]+`) // what it fetches when it is needed
)

// compressed gives how many bytes a file takes as it is sent.
func compressed(t *testing.T, raw []byte) int {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}

// loads adds a script, and all that it cannot begin without, to those that a screen loads.
func loads(t *testing.T, name string, sizes map[string]int) {
	t.Helper()
	if sizes[name] > 0 {
		return
	}
	raw, err := dist.ReadFile("dist/" + name)
	if err != nil {
		t.Fatal(err)
	}
	sizes[name] = compressed(t, raw)
	for _, m := range static.FindAllSubmatch(raw, -1) {
		loads(t, string(m[1]), sizes)
	}
}

// Given what is served, when what the first screen loads is compressed, the words of a language with it, then a telephone on a bad line has
// it within the bound, and each further screen within its own; and none of the screens is a part of the first.
func TestScriptIsSmall(t *testing.T) {
	t.Parallel()
	page, err := dist.ReadFile("dist/index.html")
	if err != nil {
		t.Fatal(err)
	}
	first := map[string]int{}
	loads(t, string(entry.FindSubmatch(page)[1]), first)
	files, err := fs.Glob(dist, "dist/*.js")
	if err != nil {
		t.Fatal(err)
	}
	screens := 0
	for _, begin := range []string{"zh-", "today-"} { // the longer book
		i := slices.IndexFunc(files, func(f string) bool { return strings.HasPrefix(path.Base(f), begin) })
		loads(t, path.Base(files[i]), first)
	}
	sum := 0
	for _, n := range first { // any order: a sum
		sum += n
	}
	t.Logf("the first screen loads %d bytes in %d files", sum, len(first))
	if sum > firstBytesMax {
		t.Errorf("the first screen loads %d bytes, at most %d", sum, firstBytesMax)
	}
	for _, f := range files {
		part := map[string]int{}
		loads(t, path.Base(f), part)
		own := 0
		for name, n := range part { // any order: a sum
			if first[name] == 0 {
				own += n
			}
		}
		if own > partBytesMax {
			t.Errorf("%s loads another %d bytes, at most %d", f, own, partBytesMax)
		}
		raw, err := dist.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		screens = max(screens, len(later.FindAll(raw, -1)))
	}
	if screens < 20 {
		t.Errorf("%d parts are fetched when they are needed: each screen should be", screens)
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
		if kept := strings.Contains(w.Header().Get("Cache-Control"), "immutable"); kept != hashed.MatchString(path) {
			t.Errorf("%s: Cache-Control is %s", path, w.Header().Get("Cache-Control"))
		}
	}
	page := get("/console/").Body.String()
	if regexp.MustCompile(`(?i)<style|\bstyle=|\bon\w+=|<script>|https?://`).MatchString(page) {
		t.Errorf("the page has something inside it, or from elsewhere: %s", page)
	}
	if w := get("/console/nonesuch-ABCDEFGH.js"); w.Code != http.StatusNotFound || w.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("what is not there: status %d, %v", w.Code, w.Header())
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
