package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"renlin.dev/services/gateway"
	"renlin.dev/services/renlin/internal/process"
)

var updateOpenAPI = flag.Bool("update-openapi", false, "write docs/openapi.json anew")

// docGateway is a gateway that nothing stands behind: enough for what it says of itself.
func docGateway(t *testing.T) *gateway.Gateway {
	t.Helper()
	g, err := gateway.New(gateway.Config{Models: process.Models(), HostedDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// servedDocument asks a gateway for its document.
func servedDocument(t *testing.T, g http.Handler) *httptest.ResponseRecorder {
	t.Helper()
	w := ask(t, g, http.MethodGet, "/openapi.json", "", "", nil)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json; charset=utf-8" {
		t.Fatalf("document: %d %s", w.Code, w.Body)
	}
	return w
}

// TestOpenAPI keeps docs/openapi.json in step with what is served, whose bytes are the same each time, and are not sent to who has them.
func TestOpenAPI(t *testing.T) {
	g := docGateway(t)
	w := servedDocument(t, g)
	got := w.Body.Bytes()
	if !bytes.Equal(got, servedDocument(t, docGateway(t)).Body.Bytes()) {
		t.Error("two gateways serve two documents")
	}
	path := filepath.Join("..", "..", "docs", "openapi.json")
	if *updateOpenAPI {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/openapi.json is not what is served: go test ./services/renlin -run '^TestOpenAPI$' -update-openapi")
	}
	tag := w.Header().Get("ETag")
	for held, status := range map[string]int{
		tag: 304, "W/" + tag: 304, `"other", ` + tag: 304, "*": 304, `"other"`: 200, strings.Trim(tag, `"`): 200, "": 200,
	} {
		w := ask(t, g, http.MethodGet, "/openapi.json", "", "", func(r *http.Request) { r.Header.Set("If-None-Match", held) })
		if w.Code != status || w.Header().Get("ETag") != tag || (status == 304) != (w.Body.Len() == 0) {
			t.Errorf("held %s: %d with %d bytes", held, w.Code, w.Body.Len())
		}
	}
}

// official is the OpenAPI Initiative's own schema of documents and of the schemas in them, testdata/openapi-3.1/README.md.
func official(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	for _, name := range []string{"meta", "dialect", "schema", "schema-base"} {
		raw, err := os.ReadFile(filepath.Join("testdata", "openapi-3.1", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err == nil {
			err = c.AddResource("https://spec.openapis.org/oas/3.1/"+name+"/WORK-IN-PROGRESS", parsed)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return c.MustCompile("https://spec.openapis.org/oas/3.1/schema-base/WORK-IN-PROGRESS")
}

// TestOpenAPIOfficial: the document is one of OpenAPI 3.1, down to the schemas in it, and the check can tell.
func TestOpenAPIOfficial(t *testing.T) {
	schema := official(t)
	raw := servedDocument(t, docGateway(t)).Body.Bytes()
	check := func(raw []byte) error {
		parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(parsed)
	}
	if err := check(raw); err != nil {
		t.Error(err)
	}
	for what, change := range map[string][2]string{
		"no version":                  {`"openapi":"3.1.1"`, `"openapi":"3.0.3"`},
		"a parameter nowhere":         {`"in":"header"`, `"in":"nowhere"`},
		"a schema of an unknown type": {`"type":"boolean"`, `"type":"bool"`},
		"an answer of no status":      {`"201":{"$ref"`, `"created":{"$ref"`},
		"a security that is a text":   {`"security":[]`, `"security":"none"`},
	} {
		broken := strings.Replace(string(raw), change[0], change[1], 1)
		if broken == string(raw) || check([]byte(broken)) == nil {
			t.Errorf("%s passes", what)
		}
	}
}

// undocumented are the routes that the document leaves out, with the reason.
var undocumented = map[string]string{"GET /metrics": "for operators' programs, in a format of its own"}

// isPage tells the pages for people, which are no part of the interface for programs.
func isPage(pattern string) bool {
	return pattern == "GET /{$}" || strings.HasPrefix(pattern, "GET /c/{community}") || strings.HasPrefix(pattern, "GET /static/") ||
		strings.HasPrefix(pattern, "GET /app/") || strings.HasPrefix(pattern, "GET /console") || strings.Contains(pattern, " /operator")
}

// TestOpenAPIRoutes: what the document names is answered, under the pattern that it is about, and what is answered is in the document.
func TestOpenAPIRoutes(t *testing.T) {
	g := docGateway(t)
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(servedDocument(t, g).Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	routes := g.Routes()
	mux := http.NewServeMux()
	missing := map[string]bool{}
	for _, pattern := range routes {
		mux.Handle(pattern, http.NotFoundHandler())
		missing[pattern] = undocumented[pattern] == "" && !isPage(pattern)
	}
	for path, methods := range doc.Paths {
		for method := range methods {
			target := strings.NewReplacer("{", "", "}", "").Replace(path)
			_, pattern := mux.Handler(httptest.NewRequestWithContext(t.Context(), strings.ToUpper(method), target, nil))
			if !slices.Contains(routes, pattern) {
				t.Errorf("%s %s is in the document and leads nowhere", method, path)
			}
			// A literal part of the pattern stands in the path, and a variable under its own name.
			_, below, _ := strings.Cut(pattern, " ")
			if fixed, open := strings.CutSuffix(below, "{path...}"); below != path && !(open && strings.HasPrefix(path, fixed)) {
				t.Errorf("%s %s is answered as %s", method, path, pattern)
			}
			delete(missing, pattern)
		}
	}
	for pattern, left := range missing {
		if !left {
			continue
		}
		t.Errorf("%s is answered and not in the document", pattern)
	}
}
