package fault_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"renlin.dev/pkg/fault"
)

var errClosed = fault.New(fault.Refused, "ballot.closed", "The poll is closed.", "表决已经截止。")

var ignoreCause = cmpopts.IgnoreUnexported(fault.Fault{})

func TestIsComparesByCode(t *testing.T) {
	t.Parallel()
	other := fault.New(fault.Refused, "ballot.absent", "There is no such ballot.", "没有这张选票。")
	wrapped := fmt.Errorf("cast ballot: %w", errClosed.With("poll", "p1"))
	if !errors.Is(wrapped, errClosed) {
		t.Error("a wrapped copy does not compare equal to its sentinel")
	}
	if errors.Is(wrapped, other) || errors.Is(errors.New("ballot.closed"), errClosed) {
		t.Error("two codes, or a plain error with the same text, compare equal")
	}
}

func TestWithAnswersCopies(t *testing.T) {
	t.Parallel()
	one := errClosed.With("poll", "p1")
	two := one.With("poll", "p2").WithInt("late_ms", -7).WithIndex(9)
	if errClosed.Detail != nil || one.Detail["poll"] != "p1" || one.Index != 0 {
		t.Errorf("With changed what it was called on: %v, %v", errClosed, one)
	}
	if want := "ballot.closed: The poll is closed. (late_ms=-7, poll=p2) at index 9"; two.Error() != want {
		t.Errorf("Error() = %q, want %q", two.Error(), want)
	}
}

func TestWithWithholdsWhatAUserTyped(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"my name is Li", "李雷", "<script>", "a\nb", strings.Repeat("x", 161), "a\x00", "\xff"} {
		if got := errClosed.With("value", typed).Detail["value"]; got != "?" {
			t.Errorf("With let %q through", got)
		}
	}
	full := errClosed
	for i := range 40 {
		full = full.With(fmt.Sprintf("key_%d", i), "v")
	}
	if len(full.Detail) != 16 {
		t.Errorf("detail grew to %d entries", len(full.Detail))
	}
}

func TestProgrammingErrorsPanic(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(){
		"upper-case code": func() { fault.New(fault.Invalid, "Ballot", "A.", "一。") },
		"no code":         func() { fault.New(fault.Invalid, "", "A.", "一。") },
		"no Chinese":      func() { fault.New(fault.Invalid, "a.b", "A.", "") },
		"two lines":       func() { fault.New(fault.Invalid, "a.b", "A.\nB.", "一。") },
		"no such kind":    func() { fault.New(fault.Kind(200), "a.b", "A.", "一。") },
		"key with spaces": func() { errClosed.With("the key", "1") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: did not panic", name)
				}
			}()
			make()
		}()
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	secret := errors.New("open /var/lib: password hunter2")
	for _, c := range []struct {
		given error
		code  string
		kind  fault.Kind
	}{
		{nil, "", 0},
		{errClosed, "ballot.closed", fault.Refused},
		{fmt.Errorf("a: %w", fmt.Errorf("b: %w", errClosed)), "ballot.closed", fault.Refused},
		{errors.Join(secret, errClosed), "ballot.closed", fault.Refused},
		{secret, "internal", fault.Internal},
		{fmt.Errorf("ask: %w", context.DeadlineExceeded), "request.timeout", fault.Timeout},
		{context.Canceled, "request.timeout", fault.Timeout},
		{(*fault.Fault)(nil), "internal", fault.Internal},
	} {
		got := fault.Of(c.given)
		if c.given == nil {
			if got != nil {
				t.Errorf("Of(nil) = %v", got)
			}
			continue
		}
		if got.Code != c.code || got.Kind != c.kind {
			t.Errorf("Of: got %s %v, want %s %v", got.Code, got.Kind, c.code, c.kind)
		}
		out := string(fault.Marshal(got)) + string(fault.Problem(got, "en", "", "").Body)
		if strings.Contains(out, "hunter2") {
			t.Errorf("the cause leaks: %s", out)
		}
	}
	if !errors.Is(fault.Of(secret), secret) {
		t.Error("the operator cannot find the cause any more")
	}
	if _, ok := fault.KindOf(secret); ok {
		t.Error("KindOf finds a fault where there is none")
	}
}

// TestKindsAreStable is the released table. Rows are only ever added.
func TestKindsAreStable(t *testing.T) {
	t.Parallel()
	released := map[string]int{
		"internal": 500, "invalid": 400, "unauthenticated": 401, "forbidden": 403, "not_found": 404, "conflict": 409, "refused": 409,
		"gone": 410, "precondition": 412, "too_large": 413, "mismatch": 422, "too_many": 429, "unavailable": 503, "timeout": 504,
	}
	for name, status := range released {
		kind, ok := fault.ParseKind(name)
		if !ok || kind.String() != name || kind.Status() != status {
			t.Errorf("%s: got %v (%v) with status %d, want %d", name, kind, ok, kind.Status(), status)
		}
		if back := fault.KindOfStatus(status); back.Status() != status {
			t.Errorf("status %d comes back as %v", status, back)
		}
		if kind.Title("en") == "" || kind.Title("zh") == "" || kind.Title("en") == kind.Title("zh") {
			t.Errorf("%s lacks a title", name)
		}
	}
	for status, want := range map[int]fault.Kind{
		408: fault.Timeout, 418: fault.Invalid, 502: fault.Unavailable, 599: fault.Internal, 0: fault.Internal,
	} {
		if got := fault.KindOfStatus(status); got != want {
			t.Errorf("KindOfStatus(%d) = %v, want %v", status, got, want)
		}
	}
	if !fault.Conflict.Temporary() || fault.Refused.Temporary() {
		t.Error("a conflict is worth repeating, a refusal is not")
	}
}

func TestWireForm(t *testing.T) {
	t.Parallel()
	f := errClosed.With("poll", "p1").With("deadline", "2026-11-22T10:00:00Z").WithIndex(77).Because(errors.New("secret"))
	b := fault.Marshal(f)
	want := `{"code":"ballot.closed","kind":"refused","en":"The poll is closed.","zh":"表决已经截止。",` +
		`"detail":{"deadline":"2026-11-22T10:00:00Z","poll":"p1"},"index":77}`
	if string(b) != want {
		t.Fatalf("wire form changed:\n got %s\nwant %s", b, want)
	}
	got, err := fault.Unmarshal(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f, got, ignoreCause); diff != "" {
		t.Error(diff)
	}
	for name, bad := range map[string]string{
		"nothing":         ``,
		"not an object":   `[]`,
		"space":           strings.Replace(want, ":", ": ", 1),
		"trailing":        want + " ",
		"two objects":     want + want,
		"unknown field":   strings.Replace(want, `"index"`, `"extra":1,"index"`, 1),
		"repeated field":  strings.Replace(want, `"index":77`, `"index":77,"index":77`, 1),
		"other case":      strings.Replace(want, `"code"`, `"Code"`, 1),
		"unknown kind":    strings.Replace(want, `refused`, `maybe`, 1),
		"bad code":        strings.Replace(want, `ballot.closed`, `Ballot Closed`, 1),
		"free text":       strings.Replace(want, `p1`, `what she said`, 1),
		"negative index":  strings.Replace(want, `77`, `-1`, 1),
		"null detail":     `{"code":"a.b","kind":"refused","en":"A.","zh":"A.","detail":null}`,
		"sentence absent": `{"code":"a.b","kind":"refused","en":"A."}`,
		"too long":        strings.Replace(want, "The poll", strings.Repeat("The poll", 2000), 1),
	} {
		if _, err := fault.Unmarshal([]byte(bad)); err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "she said") {
			t.Errorf("%s: the error repeats its input: %v", name, err)
		}
	}
	handmade := &fault.Fault{Kind: fault.Invalid, Code: "not a code", English: "x", Chinese: "x"}
	if got, err := fault.Unmarshal(fault.Marshal(handmade)); err != nil || got.Code != "internal" {
		t.Errorf("a fault out of bounds must leave as internal, got %v, %v", got, err)
	}
}

func TestWireRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := fault.New(fault.Kind(rapid.IntRange(0, int(fault.Timeout)).Draw(t, "kind")),
			rapid.StringMatching(`[a-z]{1,20}\.[a-z_]{1,20}`).Draw(t, "code"),
			rapid.StringMatching(`[ -~]{1,100}`).Draw(t, "en"), rapid.StringMatching(`[一-龥]{1,100}`).Draw(t, "zh"))
		f = f.WithIndex(rapid.Uint64().Draw(t, "index"))
		for i := range rapid.IntRange(0, 20).Draw(t, "details") {
			f = f.With(fmt.Sprintf("k%d", i), rapid.String().Draw(t, "value"))
		}
		b := fault.Marshal(f)
		got, err := fault.Unmarshal(b)
		if err != nil {
			t.Fatalf("%v in %s", err, b)
		}
		if diff := cmp.Diff(f, got, ignoreCause, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestProblem(t *testing.T) {
	t.Parallel()
	trace := strings.Repeat("ab", 16)
	f := errClosed.With("poll", "p1").WithIndex(3)
	doc := fault.Problem(f, "en-GB, zh;q=0.5", "/v1/polls/p1", trace)
	want := map[string]any{
		"type": "tag:renlin.dev,2026:fault/ballot.closed", "title": "Refused by the rules", "status": 409.0, "detail": "The poll is closed.",
		"instance": "/v1/polls/p1", "code": "ballot.closed", "kind": "refused", "lang": "en", "index": 3.0, "trace_id": trace,
		"params": map[string]any{"poll": "p1"},
	}
	var got map[string]any
	if err := json.Unmarshal(doc.Body, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" || doc.Status != 409 || doc.Language != "en" {
		t.Errorf("status %d, language %s, diff %s", doc.Status, doc.Language, diff)
	}
	if zh := fault.Problem(f, "zh-CN", "", ""); !bytes.Contains(zh.Body, []byte("表决已经截止。")) || zh.Language != "zh" {
		t.Errorf("not in Chinese: %s", zh.Body)
	}
	odd := fault.Problem(f, "", "/v1/<b>李雷</b>", "not a trace")
	if bytes.Contains(odd.Body, []byte("李雷")) || bytes.Contains(odd.Body, []byte("trace_id")) {
		t.Errorf("repeats what was given: %s", odd.Body)
	}
	back := fault.FromProblem(doc.Status, doc.Body)
	if !errors.Is(back, errClosed) || back.Kind != fault.Refused || back.Index != 3 || back.Detail["poll"] != "p1" {
		t.Errorf("the client reads %v", back)
	}
	for _, body := range []string{"", "<html>bad gateway</html>", `{"code":"ballot.closed","kind":"refused","detail":"x"}`} {
		if got := fault.FromProblem(502, []byte(body)); got.Code != "http.502" || got.Kind != fault.Unavailable {
			t.Errorf("a foreign body becomes %v", got)
		}
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"": "zh", "*": "zh", "fr": "zh", "en": "en", "EN-us": "en", "zh-Hans-CN": "zh", "en;q=0.8, zh;q=0.9": "zh",
		"zh;q=0.8,en;q=0.9": "en", "en,zh": "en", "fr, en;q=0.1": "en", "en;q=0": "zh", "en;q=x": "zh", "en;q=1.000": "en",
		"en;q=0.5,zh;q=0.5": "en", "english": "zh", strings.Repeat("en,", 1000): "zh", "en;q=7": "zh", "en;q=0.-5": "zh",
	} {
		if got := fault.Language(header); got != want {
			t.Errorf("Language(%.40q) = %s, want %s", header, got, want)
		}
	}
}

func FuzzUnmarshal(f *testing.F) {
	f.Add(fault.Marshal(errClosed.With("poll", "p1").WithIndex(1)))
	f.Add([]byte(`{"code":"a","kind":"gone","en":"A.","zh":"一。"}`))
	f.Add([]byte(`{"detail":{"a":"b"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := fault.Unmarshal(b)
		if err == nil && !bytes.Equal(fault.Marshal(got), b) {
			t.Errorf("%q is read as %v, which is written otherwise", b, got)
		}
	})
}

func FuzzFromProblem(f *testing.F) {
	f.Add(409, fault.Problem(errClosed, "en", "", "").Body)
	f.Add(-1, []byte(`{"kind":"gone","params":{"a":"b c"}}`))
	f.Fuzz(func(t *testing.T, status int, b []byte) {
		if got := fault.FromProblem(status, b); got.Code != "internal" {
			if back, err := fault.Unmarshal(fault.Marshal(got)); err != nil || back.Code != got.Code {
				t.Errorf("FromProblem answers a fault out of bounds: %v", got)
			}
		}
		fault.Language(string(b))
	})
}

// TestAll: what New makes is listed with the package that made it, and nothing else is: copies are no sentinels.
func TestAll(t *testing.T) {
	f := fault.New(fault.Refused, "listing.test", "This is a test.", "这是测试。")
	_ = f.With("poll", "p").WithIndex(3)
	var got []fault.Made
	for _, m := range fault.All() {
		if m.Code == f.Code {
			got = append(got, m)
		}
	}
	if len(got) != 1 || got[0].Fault != f || got[0].Package != "renlin.dev/pkg/fault_test" {
		t.Errorf("listed: %+v", got)
	}
	if !slices.IsSortedFunc(fault.All(), func(a, b fault.Made) int { return strings.Compare(a.Code, b.Code) }) {
		t.Error("not by code")
	}
	for _, m := range fault.All() {
		if m.Code == fault.ErrInternal.Code && m.Package != "renlin.dev/pkg/fault" {
			t.Errorf("%s made by %s", m.Code, m.Package)
		}
	}
}
