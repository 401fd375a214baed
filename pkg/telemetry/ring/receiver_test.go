package ring

import (
	"bytes"
	"compress/gzip"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	collectorv1 "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonv1 "go.opentelemetry.io/proto/otlp/common/v1"
	resourcev1 "go.opentelemetry.io/proto/otlp/resource/v1"
	tracev1 "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/otlp"
)

// wire is a request with one span, which change makes another one.
func wire(t testing.TB, change func(*tracev1.Span)) []byte {
	t.Helper()
	text := func(key, value string) *commonv1.KeyValue {
		return &commonv1.KeyValue{Key: key, Value: &commonv1.AnyValue{Value: &commonv1.AnyValue_StringValue{StringValue: value}}}
	}
	id, span := traceID(1), spanID(1)
	s := &tracev1.Span{
		TraceId: id[:], SpanId: span[:], Name: "voting.cast", StartTimeUnixNano: 1000, EndTimeUnixNano: 2000,
		Attributes: []*commonv1.KeyValue{text("fault.code", "ballot.closed"), text("enduser.id", "李四"), text("community", "李四")},
		Status:     &tracev1.Status{Message: "李四"},
	}
	if change != nil {
		change(s)
	}
	raw, err := proto.Marshal(&collectorv1.ExportTraceServiceRequest{ResourceSpans: []*tracev1.ResourceSpans{{
		Resource:   &resourcev1.Resource{Attributes: []*commonv1.KeyValue{text("service.name", "voting")}},
		ScopeSpans: []*tracev1.ScopeSpans{{Spans: []*tracev1.Span{s}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func packed(t testing.TB, raw []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestReceiver: what our own exporter sends is taken; everything else is refused by name, and no more of a span is kept than may be.
func TestReceiver(t *testing.T) {
	t.Parallel()
	r := New(Config{})
	server := httptest.NewServer(NewReceiver(r, ReceiverConfig{}))
	t.Cleanup(server.Close)
	exporter, err := otlp.New(t.Context(), otlp.Config{Endpoint: server.URL}, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	provider, shutdown := telemetry.NewProvider("aid", exporter, 1)
	_, span := telemetry.Start(telemetry.WithProvider(t.Context(), provider), "aid command")
	telemetry.End(span, nil)
	if err := shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all := r.List(nil, 10); len(all) != 1 || all[0].Name != "aid command" || all[0].Services[0] != "aid" {
		t.Errorf("kept: %+v", all)
	}
	spans, err := Decode(wire(t, nil), "")
	if err != nil || len(spans) != 1 || spans[0].Fault != "ballot.closed" || spans[0].Community != "" || spans[0].Service != "voting" {
		t.Errorf("decoded: %+v, %v", spans, err)
	}
	for name, change := range map[string]func(*tracev1.Span){ // any order: each alone
		"no trace":     func(s *tracev1.Span) { s.TraceId = make([]byte, 16) },
		"no id":        func(s *tracev1.Span) { s.SpanId = make([]byte, 8) },
		"short id":     func(s *tracev1.Span) { s.SpanId = s.SpanId[:7] },
		"no time":      func(s *tracev1.Span) { s.StartTimeUnixNano = 0 },
		"ends before":  func(s *tracev1.Span) { s.EndTimeUnixNano = 1 },
		"far too late": func(s *tracev1.Span) { s.EndTimeUnixNano = 1 << 63 },
	} {
		if spans, err := Decode(wire(t, change), ""); err != nil || len(spans) != 0 {
			t.Errorf("%s: %d spans, %v", name, len(spans), err)
		}
	}
}

// TestNames: of a span's name only what is made like ours stays.
func TestNames(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{ // any order: each alone
		"voting.cast": true, "audit head": true, "http POST /v1/communities/{community}/texts": true, "http GET /{$}": true,
		"http GET /static/{file...}": true, "http GET /": true, "http GET /.well-known/renlin": true,
		"李四": false, "": false, "Li Si owes 300": false, "li si owes": false, "call 138 0000 0000": false, "http GET /李四": false,
		"http GET /v1/{community": false, "http CALL /v1": false, "http POST": false, "http GET /?name=li": false,
	} {
		spans, err := Decode(packed(t, wire(t, func(s *tracev1.Span) { s.Name = text })), "gzip")
		if err != nil || (spans[0].Name == text) != want || !want && spans[0].Name != "?" {
			t.Errorf("%q: %+v, %v", text, spans, err)
		}
	}
}

// TestReceiverRefuses is about who sends, how much, and what.
func TestReceiverRefuses(t *testing.T) {
	t.Parallel()
	receiver := NewReceiver(New(Config{}), ReceiverConfig{From: []netip.Prefix{netip.MustParsePrefix("172.18.0.0/16")}, BytesMax: 1})
	body := wire(t, nil)
	for _, c := range []struct {
		name, from, path, media, encoding string
		body                              []byte
		want                              int
	}{
		{"well", "127.0.0.1:1", "/v1/traces", mediaType, "", body, 200},
		{"from a container", "172.18.0.5:1", "/v1/traces", mediaType, "gzip", packed(t, body), 200},
		{"from elsewhere", "192.0.2.7:1", "/v1/traces", mediaType, "", body, 403},
		{"metrics", "127.0.0.1:1", "/v1/metrics", mediaType, "", body, 404},
		{"JSON", "127.0.0.1:1", "/v1/traces", "application/json", "", []byte("{}"), 400},
		{"nonsense", "127.0.0.1:1", "/v1/traces", mediaType, "", []byte("nonsense"), 400},
		{"not packed", "127.0.0.1:1", "/v1/traces", mediaType, "gzip", body, 400},
		{"an unknown packing", "127.0.0.1:1", "/v1/traces", mediaType, "br", body, 400},
		{"too large", "127.0.0.1:1", "/v1/traces", mediaType, "", make([]byte, bodyBytesMax+1), 413},
		{"too large when unpacked", "127.0.0.1:1", "/v1/traces", mediaType, "gzip", packed(t, make([]byte, bodyBytesMax+1)), 413},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, c.path, bytes.NewReader(c.body))
		r.RemoteAddr = c.from
		r.Header.Set("Content-Type", c.media)
		r.Header.Set("Content-Encoding", c.encoding)
		receiver.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s: answered %d, %s", c.name, w.Code, w.Body)
		}
	}
	for n := 0; ; n++ { // one byte a second after the first 16 MiB
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/traces", bytes.NewReader(make([]byte, bodyBytesMax)))
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("Content-Type", mediaType)
		receiver.ServeHTTP(w, r)
		if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") != "" {
			break
		}
		if n > 4 {
			t.Fatalf("%d times 4 MiB were read: %d %s", n, w.Code, w.Body)
		}
	}
}

// TestReceiverCounts: what is small when it is packed, or even unpacked, and would be large in memory, is refused before it is read.
func TestReceiverCounts(t *testing.T) {
	t.Parallel()
	many := func(n int, piece []byte) []byte { return bytes.Repeat(piece, n) }
	within := func(field protowire.Number, body []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), body)
	}
	span := func(body []byte) []byte { return within(1, within(2, within(2, body))) }
	nested := []byte{}
	for range 2 * nestedMax { // a value that is a list of one value
		nested = within(5, within(1, nested))
	}
	for name, raw := range map[string][]byte{ // any order: each alone
		"spans":      within(1, within(2, many(piecesMax, []byte{0x12, 0}))),
		"resources":  many(piecesMax+1, []byte{0x0a, 0}),
		"attributes": span(many(piecesMax, []byte{0x4a, 0})),
		"links":      span(many(piecesMax, []byte{0x6a, 0})),
		"values":     span(within(9, within(2, within(5, many(piecesMax, []byte{0x0a, 0}))))),
		"depth":      span(within(9, within(2, nested))),
	} {
		if _, err := Decode(packed(t, raw), "gzip"); !errors.Is(err, ErrSpansSize) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := wire(t, nil)
	if spans, err := Decode(many(1024, s), ""); err != nil || len(spans) != 1024 { // what is sent in one request may be joined
		t.Errorf("%d of 1024 spans, %v", len(spans), err)
	}
	// What is packed well is paid for as what it is: 4 MiB at a time, of 16.
	receiver := NewReceiver(New(Config{}), ReceiverConfig{BytesMax: 1})
	body := packed(t, append(s, within(99, make([]byte, bodyBytesMax-len(s)-8))...))
	var codes []int
	for range 5 {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/traces", bytes.NewReader(body))
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("Content-Type", mediaType)
		r.Header.Set("Content-Encoding", "gzip")
		receiver.ServeHTTP(w, r)
		codes = append(codes, w.Code)
	}
	if !slices.Equal(codes, []int{200, 200, 200, 200, 429}) {
		t.Errorf("%d bytes that are 4 MiB were answered %v", len(body), codes)
	}
}

// FuzzDecode: whatever comes is refused or kept in bounds, and nothing that is no code or name of a program stays.
func FuzzDecode(f *testing.F) {
	f.Add(wire(f, nil), false)
	f.Add(packed(f, wire(f, nil)), true)
	f.Add([]byte("nonsense"), false)
	f.Fuzz(func(t *testing.T, raw []byte, zipped bool) {
		encoding := ""
		if zipped {
			encoding = "gzip"
		}
		spans, err := Decode(raw, encoding)
		if err != nil {
			return
		}
		r := New(Config{BytesMax: 1 << 16, TracesMax: 8})
		r.Add(spans...)
		for _, s := range spans {
			for _, text := range []string{s.Name, s.Service, s.Fault, s.Community} {
				if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' }) || len(text) > textMax {
					t.Errorf("kept: %q", text)
				}
			}
			if story, ok := r.Story(s.Trace); ok && len(story.Rows) == 0 {
				t.Error("a trace without a row")
			}
		}
		if traces, bytes, _ := r.Held(); traces > 8 || bytes > 1<<16 {
			t.Errorf("%d traces, %d bytes", traces, bytes)
		}
	})
}
