package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// operatorsCanaries looks for made-up persons on every page of the operator's, those of all traces among them, and types one into them.
func operatorsCanaries(t *testing.T, address string, cfg pilotConfig, spans []sdktrace.ReadOnlySpan) {
	t.Helper()
	if err := cfg.traces.ExportSpans(t.Context(), spans); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(cfg.data, "token"))
	if err != nil {
		t.Fatal(err)
	}
	o := operatorAt(t, address, strings.TrimSpace(string(raw)))
	mark := closed.mark(9600)
	paths := []string{
		"", "/alerts", "/traces", "/traces?show=failed", "/traces?show=slow", "/traces?show=refused", "/traces?show=caused", "/traces?show=idle",
		"/traces?trace=" + url.QueryEscape(mark), "/traces/" + url.PathEscape(mark), "/traces?show=" + url.QueryEscape(mark),
		"/communities/" + url.PathEscape(mark) + "/commits/0", "/" + url.PathEscape(mark),
	}
	all := cfg.traces.List(nil, 1<<20)
	for i, s := range all {
		if i%max(len(all)/50, 1) == 0 { // some fifty of them, from the first to the last
			paths = append(paths, "/traces/"+s.Trace.String())
		}
	}
	for _, path := range paths {
		_, page := o.get(path)
		closed.absent(t, "the operator's page "+path[:min(len(path), 24)], []byte(page))
		if strings.HasPrefix(path, "/traces") {
			open.absent(t, "the operator's page "+path[:min(len(path), 24)], []byte(page))
		}
		if path == "" && !strings.Contains(page, `id="verdict"`) {
			t.Errorf("the operator's first page: %s", page)
		}
	}
	for _, form := range []url.Values{{"token": {mark}}, {"form": {mark}, "part": {mark}, "community": {mark}}} {
		for _, path := range []string{"/sessions", "/sessions/end", "/again"} {
			_, page := o.post(path, form, nil)
			closed.absent(t, "what the operator's page answers", []byte(page))
		}
	}
}
