package gateway

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

func testCursors(t testing.TB, file string) *cursors {
	t.Helper()
	c, err := openCursors(file, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCursors: a mark is good for its list, also after a restart, and for nothing else.
func TestCursors(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "gateway", "cursor.key")
	c := testCursors(t, file)
	list := func(target string) string { return listOf(httptest.NewRequest(http.MethodGet, target, nil)) }
	here := list("/v1/communities/a/records/topic?limit=5&after=x&min_index=7")
	mark := c.seal(here, "topic/one")
	if strings.Contains(mark, "topic") || c.seal(here, "") != "" {
		t.Errorf("mark %q", mark)
	}
	for _, same := range []string{
		"/v1/communities/a/records/topic?limit=5", "/v1/communities/a/records/topic?min_index=900&after=" + mark + "&limit=5",
	} {
		if last, err := testCursors(t, file).open(list(same), mark); err != nil || last != "topic/one" {
			t.Errorf("%s: %q, %v", same, last, err)
		}
	}
	for _, other := range []string{
		"/v1/communities/b/records/topic?limit=5", "/v1/communities/a/records/poll?limit=5", "/v1/communities/a/inbox?limit=5",
		"/v1/communities/a/records/topic?limit=6", "/v1/communities/a/records/topic", "/v1/communities/a/records/topic?limit=5&x=1",
	} {
		if last, err := c.open(list(other), mark); !errors.Is(err, ErrCursor) {
			t.Errorf("%s: %q, %v", other, last, err)
		}
	}
	if _, err := testCursors(t, "").open(here, mark); !errors.Is(err, ErrCursor) {
		t.Errorf("another gateway's key: %v", err)
	}
	if last, err := c.open(here, ""); err != nil || last != "" {
		t.Errorf("no mark: %q, %v", last, err)
	}
	for n := range mark { // any change of one letter
		if _, err := c.open(here, mark[:n]+string(mark[n]^1)+mark[n+1:]); !errors.Is(err, ErrCursor) {
			t.Errorf("letter %d changed: %v", n, err)
		}
	}
}

// FuzzCursor: whatever is sent as a mark, only what was given is taken.
func FuzzCursor(f *testing.F) {
	c := &cursors{key: make([]byte, 32)}
	f.Add("/a?", "topic/x", c.seal("/a?", "topic/x"))
	f.Add("/a?", "topic/x", "topic/x")
	f.Add("/a?", "", base64.RawURLEncoding.EncodeToString(make([]byte, cursorMACBytes+1)))
	f.Fuzz(func(t *testing.T, list, last, mark string) {
		got, err := c.open(list, mark)
		switch {
		case err != nil && !errors.Is(err, ErrCursor):
			t.Fatal(err)
		case err == nil && mark != "" && c.seal(list, got) != mark:
			t.Fatalf("mark %q was taken for %q and never given", mark, got)
		}
		if sealed := c.seal(list, last); len(sealed) <= cursorBytesMax {
			if got, err := c.open(list, sealed); err != nil || got != last {
				t.Fatalf("%q came back as %q: %v", last, got, err)
			}
			if _, err := c.open(list+"x", sealed); last != "" && err == nil {
				t.Fatal("taken for another list")
			}
		}
	})
}
