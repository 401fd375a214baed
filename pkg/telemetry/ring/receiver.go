package ring

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	collectorv1 "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonv1 "go.opentelemetry.io/proto/otlp/common/v1"
	tracev1 "go.opentelemetry.io/proto/otlp/trace/v1"
	"golang.org/x/time/rate"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/fault"
)

// ReceiverConfig says of whom spans are taken.
type ReceiverConfig struct {
	// From are networks from which spans are taken beside the machine itself.
	From []netip.Prefix
	// BytesMax bounds what is taken in a second on the average, 4 MiB if 0; four times that may come at once.
	BytesMax int
}

// bodyBytesMax bounds a request, packed and unpacked. The SDK sends 512 spans at a time, some 100 KB.
const bodyBytesMax = 4 << 20

// mediaType is that of OTLP over HTTP, in the one form that is taken.
const mediaType = "application/x-protobuf"

// Faults of what is sent. They are for programs, which tell their operators.
var (
	ErrSpansFrom = fault.New(fault.Forbidden, "spans.not_local",
		"Traces are taken from this machine and the networks that its operator has named, and from nowhere else.",
		"仅接收来自本机及运维方指定网络的链路追踪。")
	ErrSpansMalformed = fault.New(fault.Invalid, "spans.malformed",
		"These are no traces as OTLP over HTTP sends them, in protobuf.", "这不是以 OTLP/HTTP（protobuf）发送的链路追踪。")
	ErrSpansSize = fault.New(fault.TooLarge, "spans.too_large",
		"At most 4 MiB of traces are taken at a time, in at most 65,536 pieces.", "一次最多接收4 MiB、65,536个部分的链路追踪。")
	ErrSpansRate = fault.New(fault.TooMany, "spans.too_many", "Traces come too fast; send them later.", "链路追踪发送过快，请稍后再发。")
)

// Receiver takes spans by OTLP over HTTP into a ring.
type Receiver struct {
	ring *Ring
	cfg  ReceiverConfig
	rate *rate.Limiter
	// one lets one request at a time be unpacked and read, so that many at once take no more memory than one.
	one sync.Mutex
}

// NewReceiver makes a receiver for a ring.
func NewReceiver(r *Ring, cfg ReceiverConfig) *Receiver {
	if cfg.BytesMax == 0 {
		cfg.BytesMax = bodyBytesMax
	}
	return &Receiver{ring: r, cfg: cfg, rate: rate.NewLimiter(rate.Limit(cfg.BytesMax), 4*max(cfg.BytesMax, bodyBytesMax))}
}

// ServeHTTP implements http.Handler. It answers everything but POST /v1/traces with 404.
func (v *Receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/v1/traces" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	err := v.take(r)
	if f := fault.Of(err); f != nil {
		if f.Kind == fault.TooMany {
			w.Header().Set("Retry-After", strconv.Itoa(1))
		}
		http.Error(w, f.English, f.Kind.Status())
		return
	}
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(http.StatusOK) // an empty answer: everything was taken
}

func (v *Receiver) take(r *http.Request) error {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	address := from.Addr().Unmap()
	if err != nil || !address.IsLoopback() && !slices.ContainsFunc(v.cfg.From, func(p netip.Prefix) bool { return p.Contains(address) }) {
		return ErrSpansFrom
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != mediaType {
		return ErrSpansMalformed
	}
	raw, err := readBounded(r.Body)
	if err != nil {
		return err
	}
	if !v.rate.AllowN(time.Now(), len(raw)) {
		return ErrSpansRate
	}
	v.one.Lock()
	defer v.one.Unlock()
	plain, err := unpack(raw, r.Header.Get("Content-Encoding"))
	if err != nil {
		return err
	}
	if !v.rate.AllowN(time.Now(), max(len(plain)-len(raw), 0)) { // what is packed well is paid for as what it is
		return ErrSpansRate
	}
	spans, err := decode(plain)
	if err != nil {
		return err
	}
	v.ring.Add(spans...)
	return nil
}

func readBounded(in io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(in, bodyBytesMax+1))
	switch {
	case err != nil:
		return nil, ErrSpansMalformed.Because(err)
	case len(raw) > bodyBytesMax:
		return nil, ErrSpansSize
	}
	return raw, nil
}

// Decode reads the body of a request, packed as its Content-Encoding says. A span that has no id, names no trace or has no time is
// passed over; whatever else is not as OTLP has it is refused.
func Decode(raw []byte, encoding string) ([]*Span, error) {
	plain, err := unpack(raw, encoding)
	if err != nil {
		return nil, err
	}
	return decode(plain)
}

func unpack(raw []byte, encoding string) ([]byte, error) {
	switch encoding {
	case "", "identity":
		return raw, nil
	case "gzip":
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, ErrSpansMalformed.Because(err)
		}
		return readBounded(z)
	}
	return nil, ErrSpansMalformed.Because(errors.New("unknown encoding"))
}

func decode(raw []byte) ([]*Span, error) {
	var request collectorv1.ExportTraceServiceRequest
	if err := count(raw, request.ProtoReflect().Descriptor()); err != nil {
		return nil, err
	}
	if err := proto.Unmarshal(raw, &request); err != nil {
		return nil, ErrSpansMalformed.Because(err)
	}
	var out []*Span
	for _, resource := range request.GetResourceSpans() {
		service := ""
		for _, a := range resource.GetResource().GetAttributes() {
			if name := a.GetValue().GetStringValue(); a.GetKey() == "service.name" && isCode(name) {
				service = name
			}
		}
		for _, scope := range resource.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				if span, ok := received(s, service); ok {
					out = append(out, span)
				}
			}
		}
	}
	return out, nil
}

// received keeps of an OTLP span what is kept.
func received(s *tracev1.Span, service string) (*Span, bool) {
	if len(s.GetTraceId()) != len(TraceID{}) || len(s.GetSpanId()) != len(SpanID{}) ||
		TraceID(s.GetTraceId()) == (TraceID{}) || SpanID(s.GetSpanId()) == (SpanID{}) || s.GetStartTimeUnixNano() == 0 ||
		s.GetEndTimeUnixNano() < s.GetStartTimeUnixNano() || s.GetEndTimeUnixNano() > math.MaxInt64 {
		return nil, false
	}
	out := &Span{
		Trace: TraceID(s.GetTraceId()), ID: SpanID(s.GetSpanId()), Service: service, Name: name(s.GetName()), Block: -1,
		Start: time.Unix(0, int64(s.GetStartTimeUnixNano())), End: time.Unix(0, int64(s.GetEndTimeUnixNano())),
		Failed: s.GetStatus().GetCode() == tracev1.Status_STATUS_CODE_ERROR,
	}
	if len(s.GetParentSpanId()) == len(SpanID{}) {
		out.Parent = SpanID(s.GetParentSpanId())
	}
	for _, l := range s.GetLinks()[:min(len(s.GetLinks()), linksMax)] {
		if len(l.GetTraceId()) == len(TraceID{}) && len(l.GetSpanId()) == len(SpanID{}) {
			out.Links = append(out.Links, Link{TraceID(l.GetTraceId()), SpanID(l.GetSpanId())})
		}
	}
	for _, a := range s.GetAttributes() {
		number := int64(-1)
		if v, ok := a.GetValue().GetValue().(*commonv1.AnyValue_IntValue); ok {
			number = v.IntValue
		}
		out.note(a.GetKey(), a.GetValue().GetStringValue(), number)
	}
	return out, true
}

// name keeps a span's name if it is made like one of ours: one or two codes, or http with the pattern of an address. Whatever else another
// program calls its spans, it calls them so for itself.
func name(text string) string {
	if len(text) > textMax {
		return "?"
	}
	if rest, ok := strings.CutPrefix(text, "http "); ok {
		if method, rest, ok := strings.Cut(rest, " "); ok && slices.Contains(methods, method) && isPattern(rest) {
			return text
		}
	}
	first, second, two := strings.Cut(text, " ")
	if isCode(first) && (!two || isCode(second)) {
		return text
	}
	return "?"
}

// methods are those that patterns of addresses begin with.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// isPattern tells whether a text is the pattern of an address: codes between slashes, or names of what may stand there, in braces.
func isPattern(text string) bool {
	rest, ok := strings.CutPrefix(text, "/")
	if !ok {
		return false
	}
	for part := range strings.SplitSeq(rest, "/") {
		if inner, ok := strings.CutPrefix(part, "{"); ok {
			if part, ok = strings.CutSuffix(inner, "}"); !ok {
				return false
			}
			part = strings.TrimPrefix(part, "$") // the pattern of nothing more
		}
		if part != "" && !isCode(part) {
			return false
		}
	}
	return true
}
