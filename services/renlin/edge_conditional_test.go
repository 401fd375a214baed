package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/op"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// TestEdgeFreshness: who holds what is shown is told so and sent nothing; when it changes, they get it.
func TestEdgeFreshness(t *testing.T) {
	e := newEdge(t)
	g := e.gateway(nil)
	v := e.found(e.serve(g))
	here, log := "/v1/communities/"+v.Community, "/log/"+v.Community
	err := neighbourhood.Eventually(t.Context(), "checkpoint", func() error {
		_, err := v.First.Raw(t.Context(), log+"/proof/0")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	read := func(target, held string) *httptest.ResponseRecorder {
		return ask(t, g, http.MethodGet, target, v.First.Token, "", func(r *http.Request) {
			if held != "" {
				r.Header.Set("If-None-Match", held)
			}
		})
	}
	newest := func(position uint64) map[string]string {
		at := "?min_index=" + strconv.FormatUint(position, 10)
		return map[string]string{
			"record": here + "/records/rulebook/main" + at, "page": here + "/records/unit" + at, "inbox": here + "/inbox" + at, "community": here,
			"tile": log + "/tile/0/000.p/1", "keys": log + "/keys",
		}
	}
	tags := map[string]string{}
	for what, target := range newest(0) {
		first := read(target, "")
		tags[what] = first.Header().Get("ETag")
		if first.Code != 200 || !strings.HasPrefix(tags[what], `"`) || tags[what] != read(target, "").Header().Get("ETag") {
			t.Errorf("%s: %d, tag %s", what, first.Code, tags[what])
		}
		for _, held := range []string{tags[what], `"x", W/` + tags[what], "*"} {
			again := read(target, held)
			h := again.Header()
			if again.Code != 304 || again.Body.Len() != 0 || h.Get("ETag") != tags[what] || h.Get("Content-Type") != "" ||
				h.Get("Cache-Control") != first.Header().Get("Cache-Control") || h.Get("Renlin-Position") != first.Header().Get("Renlin-Position") {
				t.Errorf("%s, holding %s: %d, %v", what, held, again.Code, h)
			}
		}
		if w := read(target, `"x"`); w.Code != 200 || w.Body.String() != first.Body.String() {
			t.Errorf("%s, holding something else: %d", what, w.Code)
		}
	}
	if w := ask(t, g, http.MethodGet, here+"/inbox", "", "", func(r *http.Request) { r.Header.Set("If-None-Match", "*") }); w.Code != 401 {
		t.Errorf("holding anything opens the inbox: %d", w.Code)
	}
	answer, err := v.First.Do(t.Context(), "community.register_unit", "units",
		&communityv1.RegisterUnit{Unit: v.First.Member, AreaCentiM2: 100})
	if err != nil {
		t.Fatal(err)
	}
	for what, target := range newest(answer.Position) {
		changed := what == "page" || what == "community"
		if w := read(target, tags[what]); (w.Code == 200) != changed {
			t.Errorf("%s after another unit was registered: %d", what, w.Code)
		}
	}
}

// TestEdgeCursors: a page's mark is good for its own list, at another gateway on the same directory too, and for nothing else.
func TestEdgeCursors(t *testing.T) {
	e := newEdge(t)
	g := e.gateway(nil)
	v := e.found(e.serve(g))
	v.admit("ann", "bob", "cid")
	next := func(g http.Handler, path, after string) (*op.Page, string) {
		t.Helper()
		target := "/v1/communities/" + v.Community + "/" + path + "&after=" + url.QueryEscape(after)
		w := ask(t, g, http.MethodGet, target, operatorToken, "", nil)
		if code := outcome(t, path, w); code != "" {
			return nil, code
		}
		page := &op.Page{}
		if err := json.Unmarshal(w.Body.Bytes(), page); err != nil {
			t.Fatal(err)
		}
		return page, ""
	}
	page, _ := next(g, "records/member?limit=2", "")
	if page == nil || page.Next == "" || strings.Contains(page.Next, "/") {
		t.Fatalf("first page: %+v", page)
	}
	second, code := next(g, "records/member?limit=2&min_index=1", page.Next)
	if code != "" || second.Records[0].Path <= page.Records[1].Path {
		t.Errorf("second page: %s, %+v", code, second)
	}
	restarted, code := next(e.gateway(nil), "records/member?limit=2", page.Next)
	if code != "" || restarted.Records[0].Path != second.Records[0].Path {
		t.Errorf("after a restart: %s", code)
	}
	for path, mark := range map[string]string{
		"records/member?limit=3": page.Next, "records/key?limit=2": page.Next, "inbox?limit=2": page.Next, "records/poll?limit=2": page.Next,
		"records/member?limit=2": page.Records[1].Path,
	} {
		if _, code := next(g, path, mark); code != "cursor.invalid" {
			t.Errorf("%s with a mark of another list: %q", path, code)
		}
	}
}

// TestEdgeIfMatch: who changes what somebody else has changed meanwhile is told so. The condition is a part of what was signed; the header
// may say it again, and nothing else.
func TestEdgeIfMatch(t *testing.T) {
	e := newEdge(t)
	g := e.gateway(nil)
	v := e.found(e.serve(g))
	unit := client.NewID()
	answer, err := v.First.Do(t.Context(), "community.register_unit", "units", &communityv1.RegisterUnit{Unit: unit, AreaCentiM2: 1})
	if err != nil {
		t.Fatal(err)
	}
	here := "/v1/communities/" + v.Community
	seen := ask(t, g, http.MethodGet, here+"/records/unit/"+unit+"?min_index="+strconv.FormatUint(answer.Position, 10), v.First.Token, "", nil)
	if seen.Header().Get("ETag") != `"1"` {
		t.Fatalf("tag %s", seen.Header().Get("ETag"))
	}
	x := &callers{village: v, open: g, devices: map[string]*client.Device{"offA": v.First.Device}}
	assign := func(owner string, expected uint64, conditions ...string) *httptest.ResponseRecorder {
		body := jsonOf(t, &communityv1.AssignUnit{Unit: unit, Owner: owner, ExpectedVersion: expected})
		return x.send("offA", http.MethodPost, "/units/"+unit+"/owner", string(body), func(r *http.Request) {
			x.signed("offA", "community.assign_unit", body)(r)
			r.Header["If-Match"] = conditions
		})
	}
	for name, c := range map[string]struct {
		expected   uint64
		conditions []string
	}{
		"another version": {1, []string{`"2"`}}, "not signed": {0, []string{`"1"`}}, "any": {1, []string{"*"}}, "none in it": {1, []string{""}},
		"weak": {1, []string{`W/"1"`}}, "bare": {1, []string{"1"}}, "twice": {1, []string{`"1"`, `"1"`}}, "two": {1, []string{`"1", "2"`}},
	} {
		wantProblem(t, name, assign(v.First.Member, c.expected, c.conditions...), 422, op.ErrIfMatch.Code)
	}
	if w := assign(v.First.Member, 1, seen.Header().Get("ETag")); w.Code != 201 {
		t.Errorf("as seen: %d %s", w.Code, w.Body)
	}
	wantProblem(t, "as seen before that", assign(v.Second.Member, 1, seen.Header().Get("ETag")), 412, decider.ErrStale.Code)
	wantProblem(t, "the same without the header", assign(v.Second.Member, 1), 412, decider.ErrStale.Code)
	if w := assign(v.Second.Member, 0); w.Code != 201 {
		t.Errorf("without a condition: %d %s", w.Code, w.Body)
	}
}
