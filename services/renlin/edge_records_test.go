package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/op"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// read reads records as the first officer.
func (v *village) read(t *testing.T, g http.Handler, path string, query url.Values) (*op.Page, string, http.Header) {
	t.Helper()
	target := "/v1/communities/" + v.Community + "/records/" + path + "?" + query.Encode()
	w := ask(t, g, http.MethodGet, target, v.First.Token, "", nil)
	if code := outcome(t, path, w); code != "" {
		return nil, code, w.Header()
	}
	page := &op.Page{}
	if err := json.Unmarshal(w.Body.Bytes(), page); err != nil {
		t.Fatal(err)
	}
	return page, "", w.Header()
}

// TestEdgeRecords pages through a collection, and reads what was just written.
func TestEdgeRecords(t *testing.T) {
	e := newEdge(t)
	g := e.gateway(nil)
	v := e.found(e.serve(g))
	names := make([]string, 230)
	for i := range names {
		names[i] = fmt.Sprint("member ", i)
	}
	want := v.admit(names...)
	answer, err := v.First.Do(t.Context(), "community.register_unit", "units",
		&communityv1.RegisterUnit{Unit: want[0], AreaCentiM2: 100})
	if err != nil {
		t.Fatal(err)
	}
	// One's own write is there at the position that its answer names; whoever asks for less may see as much.
	for _, position := range []uint64{answer.Position, answer.Index, 0} {
		page, code, header := v.read(t, g, "unit/"+want[0], url.Values{"min_index": {strconv.FormatUint(position, 10)}})
		if code != "" || page.Position < position || page.Records[0].Version != 1 || header.Get("ETag") != `"1"` {
			t.Errorf("at %d: %+v, %s, %v", position, page, code, header)
		}
	}
	for limit, first := range map[string]int{"": 100, "0": 100, "7": 7, "100": 100, "1000": 235, "5000": 235, "9223372036854775807": 235} {
		var paths []string
		after, pages := "", 0
		for {
			page, code, header := v.read(t, g, "member", url.Values{"limit": {limit}, "after": {after}})
			if code != "" || len(header.Get("ETag")) < 20 {
				t.Fatalf("limit %s: %s", limit, code)
			}
			if pages++; pages == 1 && len(page.Records) != first {
				t.Errorf("limit %q: %d records on the first page, want %d", limit, len(page.Records), first)
			}
			for _, r := range page.Records {
				paths = append(paths, strings.TrimPrefix(r.Path, "member/"))
			}
			if after = page.Next; after == "" {
				break
			}
		}
		if len(paths) != 235 || !slices.IsSorted(paths) { // with the founders and the keepers of keys
			t.Errorf("limit %q: %d members on %d pages", limit, len(paths), pages)
		}
		for _, member := range want {
			if !slices.Contains(paths, member) {
				t.Fatalf("limit %q: a member is missing", limit)
			}
		}
	}
	for query, code := range map[string]string{
		"min_index=-1": "request.malformed", "min_index=1.5": "request.malformed", "min_index=9223372036854775808": "request.malformed",
		"limit=x": "request.malformed", "limit=-1": "request.malformed", "min_index=" + typed: "request.malformed",
		"after=" + url.QueryEscape("' OR 1=1 --"): "cursor.invalid", "after=zzz": "cursor.invalid", "nonesuch=1": "",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if _, got, _ := v.read(t, g, "member", values); got != code {
			t.Errorf("%s: %q, want %q", query, got, code)
		}
	}
}

// TestEdgeBlocks: whoever has standing gets whole blocks that can be checked, page after page, and the end is empty.
func TestEdgeBlocks(t *testing.T) {
	e := newEdge(t)
	g := e.gateway(nil)
	v := e.found(e.serve(g))
	v.admit("ann", "bob")
	answer, err := v.First.Do(t.Context(), "community.register_unit", "units",
		&communityv1.RegisterUnit{Unit: v.Second.Member, AreaCentiM2: 1})
	if err != nil {
		t.Fatal(err)
	}
	var next, tag string
	get := func(token, from string) (int, []byte) {
		w := ask(t, g, http.MethodGet, "/v1/communities/"+v.Community+"/blocks?from="+from, token, "", nil)
		next, tag = w.Header().Get("Renlin-Next-Block"), w.Header().Get("ETag")
		return w.Code, w.Body.Bytes()
	}
	for _, token := range []string{v.First.Token, operatorToken} {
		var prev *chain.Sealed
		for prev == nil || prev.Number < answer.Block {
			from := uint64(0)
			if prev != nil {
				from = prev.Number + 1
			}
			status, raw := get(token, strconv.FormatUint(from, 10))
			if status != 200 {
				t.Fatalf("from %d: %d %s", from, status, raw)
			}
			for len(raw) > 0 { // the archive may be a moment behind: then nothing comes, and is asked for again
				n := binary.BigEndian.Uint32(raw)
				b, err := chain.VerifyBlock(raw[4:4+n], prev)
				if err != nil {
					t.Fatal(err)
				}
				prev, raw = &b.Sealed, raw[4+n:]
			}
			if prev != nil && next != strconv.FormatUint(prev.Number+1, 10) {
				t.Errorf("after block %d the next page is said to begin at %s", prev.Number, next)
			}
		}
		if prev.Genesis != v.Genesis {
			t.Error("the blocks are another community's")
		}
	}
	if status, raw := get(v.First.Token, "1000000"); status != 200 || len(raw) != 0 || next != "1000000" {
		t.Errorf("beyond the end: %d, %d bytes, next %s", status, len(raw), next)
	}
	w := ask(t, g, http.MethodGet, "/v1/communities/"+v.Community+"/blocks?from=1000000", v.First.Token, "", func(r *http.Request) {
		r.Header.Set("If-None-Match", tag)
	})
	if w.Code != 304 || w.Body.Len() != 0 {
		t.Errorf("asked again at the end: %d", w.Code)
	}
	for _, from := range []string{"-1", "x", "18446744073709551616", "9223372036854775808", "1%20"} {
		if status, _ := get(v.First.Token, from); status != 400 {
			t.Errorf("from %s: %d", from, status)
		}
	}
	if status, _ := get("", "0"); status != 401 {
		t.Errorf("without a session: %d", status)
	}
}
