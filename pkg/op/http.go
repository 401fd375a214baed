package op

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-kit/kit/endpoint"
	httptransport "github.com/go-kit/kit/transport/http"
	"google.golang.org/protobuf/reflect/protoreflect"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/telemetry"
)

// Headers of a command over HTTP. A signature is base64url(public key) "." base64url(signature); the header may be repeated, the
// author's first.
const (
	HeaderIdempotencyKey = "Idempotency-Key"
	HeaderSignature      = "Renlin-Signature"
	HeaderNotAfter       = "Renlin-Not-After"
	HeaderContract       = "Renlin-Contract"
)

// BodyBytesMax bounds a command's body: with its envelope and events it must fit into a commit.
const BodyBytesMax = 96 << 10

// Faults of the edge.
var (
	ErrIdempotencyKey = fault.New(fault.Invalid, "idempotency_key.missing",
		"The request needs a random Idempotency-Key: a UUID, or 32 hexadecimal digits.", "请求缺少有效的 Idempotency-Key（UUID 或32位十六进制数）。")
	ErrSignatureHeader = fault.New(fault.Invalid, "signature.malformed", "The request's signature could not be read.", "无法读取请求签名。")
	ErrNotAfterHeader  = fault.New(fault.Invalid, "not_after.malformed",
		"The request needs the time after which it must not be accepted.", "请求缺少有效的截止时间。")
	ErrPathMismatch = fault.New(fault.Mismatch, "path.mismatch", "The address and the content name different things.", "请求地址与内容不一致。")
	ErrIfMatch      = fault.New(fault.Mismatch, "version.mismatch",
		"If-Match must name the version that the signed content expects.", "If-Match 须与签名内容中的预期版本一致。")
	ErrBodySize  = fault.New(fault.TooLarge, "body.too_large", "The request is too large.", "请求内容过大。")
	ErrMediaType = fault.New(fault.Invalid, "body.media_type",
		"The request's content must be application/json.", "请求内容须为 application/json。")
	ErrSessionSent = fault.New(fault.Invalid, "credential.session_sent",
		"This request must not say who you are: send it again without your sign-in.", "该请求不得表明您的身份：请勿附带登录凭证，重新发送。")
	ErrCredentialSignature = fault.New(fault.Invalid, "credential.one_signature",
		"This request must be signed by your credential for the poll, and by nothing else.",
		"该请求须仅以您在本次表决中的匿名凭证签名。")
	ErrCommunity = fault.New(fault.NotFound, "community.unknown", "There is no such community here.", "此处没有该社区。")
)

// Signer signs a command that arrived without a signature, for a member whose key the gateway hosts, or refuses. It is given the
// request for its session.
type Signer func(r *http.Request, community string, s *chain.Signed) error

// HTTP makes the handler of one operation: go-kit's server around the endpoint, which takes a *Request and gives an *Answer. sign may
// be nil where no keys are hosted, and is never asked to sign for nobody: what is nameless comes with one signature and without a session,
// or not at all, so that no client links the two by mistake. A route that names what the body does not is a programming error and panics:
// nobody would have signed it.
func HTTP(o *decider.Operation, ep endpoint.Endpoint, sign Signer) http.Handler {
	fields := pathFields(o)
	return httptransport.NewServer(ep,
		func(_ context.Context, r *http.Request) (any, error) { return decodeCommand(o, fields, r, sign) },
		encodeAnswer,
		httptransport.ServerErrorEncoder(EncodeFault),
		httptransport.ServerBefore(func(ctx context.Context, r *http.Request) context.Context {
			return context.WithValue(ctx, languageKey{}, r.Header.Get("Accept-Language"))
		}),
	)
}

// pathFields gives the fields of the body that the route's variables name.
func pathFields(o *decider.Operation) []protoreflect.FieldDescriptor {
	var out []protoreflect.FieldDescriptor
	fields := o.Fresh().ProtoReflect().Descriptor().Fields()
	for segment := range strings.SplitSeq(o.Route, "/") {
		name, open := strings.CutPrefix(segment, "{")
		if !open {
			continue
		}
		fd := fields.ByName(protoreflect.Name(strings.TrimSuffix(name, "}")))
		if fd == nil || fd.Kind() != protoreflect.StringKind || fd.IsList() {
			panic("route of " + o.Name + " has a variable that is no text field of its body")
		}
		out = append(out, fd)
	}
	return out
}

// Pattern gives the ServeMux pattern of an operation: its method, and its route below the community.
func Pattern(o *decider.Operation) string {
	method, path, _ := strings.Cut(o.Route, " ")
	return method + " /v1/communities/{community}/" + path
}

func decodeCommand(o *decider.Operation, fields []protoreflect.FieldDescriptor, r *http.Request, sign Signer) (any, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return nil, ErrMediaType
	}
	if o.Nameless() {
		if err := checkNameless(r); err != nil {
			return nil, err
		}
	}
	if r.ContentLength > BodyBytesMax { // it says so itself: nothing is waited for
		return nil, ErrBodySize
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, BodyBytesMax))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, ErrBodySize
	case err != nil:
		return nil, fault.ErrMalformed.Because(err)
	}
	s, err := envelope(o, r, body)
	if err != nil {
		return nil, err
	}
	if err := checkBody(o, fields, r, body); err != nil {
		return nil, err
	}
	community := r.PathValue("community")
	if len(s.Signatures) == 0 {
		if sign == nil {
			return nil, decider.ErrUnsigned
		}
		if err := sign(r, community, s); err != nil {
			return nil, err
		}
	}
	raw, err := s.Encode(nil)
	if err != nil {
		return nil, fault.ErrMalformed.Because(err)
	}
	return &Request{Community: community, Raw: raw}, nil
}

// checkNameless refuses a request that says by whom it is, and one that another key signed too: the signer's of hosted keys is one.
func checkNameless(r *http.Request) error {
	if len(r.Header.Values("Authorization")) > 0 {
		return ErrSessionSent
	}
	signatures, err := Signatures(r.Header)
	if err == nil && len(signatures) != 1 {
		err = ErrCredentialSignature
	}
	return err
}

// randomKey is what an Idempotency-Key looks like: hexadecimal digits, a UUID, or an opaque id. It is signed and so stands on the record
// for ever, where no name and no telephone number may come by way of it.
var randomKey = regexp.MustCompile(`^([0-9a-f]{32,64}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[a-z2-7]{26})$`)

// envelope reads the headers of a command. One that stands twice is refused: two readers might take different ones.
func envelope(o *decider.Operation, r *http.Request, body []byte) (*chain.Signed, error) {
	s := &chain.Signed{Suite: chain.SuiteIntl, Operation: o.Name, Contract: o.Contract, Body: body}
	var one bool
	if s.IdempotencyKey, one = single(r, HeaderIdempotencyKey); !one || !randomKey.MatchString(s.IdempotencyKey) {
		return nil, ErrIdempotencyKey
	}
	if v, one := single(r, HeaderContract); !one || v != "" && v != strconv.Itoa(int(o.Contract)) {
		return nil, decider.ErrOperation
	}
	v, one := single(r, HeaderNotAfter)
	var err error
	if s.NotAfter, err = strconv.ParseInt(v, 10, 64); err != nil || !one || s.NotAfter <= 0 {
		return nil, ErrNotAfterHeader
	}
	s.Signatures, err = Signatures(r.Header)
	return s, err
}

// single gives a header's value, "" when there is none; false when there are several.
func single(r *http.Request, name string) (value string, ok bool) {
	values := r.Header.Values(name)
	if len(values) == 0 {
		return "", true
	}
	return values[0], len(values) == 1
}

// Signatures reads the signature headers; a proxy may have joined them into one with commas, and so do browsers.
func Signatures(h http.Header) (all []chain.Signature, err error) {
	for _, line := range h.Values(HeaderSignature) {
		for part := range strings.SplitSeq(line, ",") {
			sig, err := ParseSignature(strings.Trim(part, " \t"))
			if err != nil {
				return nil, err
			}
			if all = append(all, sig); len(all) > chain.SignaturesMax {
				return nil, ErrSignatureHeader
			}
		}
	}
	return all, nil
}

// CheckIdempotencyKey refuses a key that does not look random: it stands on the record for ever.
func CheckIdempotencyKey(key string) error {
	if !randomKey.MatchString(key) {
		return ErrIdempotencyKey
	}
	return nil
}

// ParseSignature reads one signature header.
func ParseSignature(line string) (chain.Signature, error) {
	key, sig, ok := strings.Cut(line, ".")
	k, err1 := base64.RawURLEncoding.Strict().DecodeString(key)
	v, err2 := base64.RawURLEncoding.Strict().DecodeString(sig)
	if !ok || err1 != nil || err2 != nil || len(k) != 32 || len(v) != 64 {
		return chain.Signature{}, ErrSignatureHeader
	}
	return chain.Signature{Key: k, Sig: v}, nil
}

// FormatSignature writes one signature header.
func FormatSignature(s chain.Signature) string {
	return base64.RawURLEncoding.EncodeToString(s.Key) + "." + base64.RawURLEncoding.EncodeToString(s.Sig)
}

// checkBody refuses at the edge what the service would refuse too, and what only the edge can see: a path that names another
// thing than the signed body does.
func checkBody(o *decider.Operation, fields []protoreflect.FieldDescriptor, r *http.Request, body []byte) error {
	m, err := o.Decode(chain.AuthorDevice, body)
	if err != nil {
		return decider.ErrBody.Because(err)
	}
	if err := decider.CheckFields(m); err != nil {
		return err
	}
	for _, fd := range fields {
		if m.ProtoReflect().Get(fd).String() != r.PathValue(string(fd.Name())) {
			return ErrPathMismatch
		}
	}
	return checkIfMatch(m.ProtoReflect(), r)
}

// FieldExpected is the field of a body that names the version which its author looked at.
const FieldExpected = "expected_version"

// checkIfMatch refuses a condition in the header that was not signed: the rule would not hold to it.
func checkIfMatch(m protoreflect.Message, r *http.Request) error {
	values := r.Header.Values("If-Match")
	if len(values) == 0 {
		return nil
	}
	fd := m.Descriptor().Fields().ByName(FieldExpected)
	if fd == nil || fd.Kind() != protoreflect.Uint64Kind || len(values) > 1 {
		return ErrIfMatch
	}
	if version := m.Get(fd).Uint(); version == 0 || values[0] != `"`+strconv.FormatUint(version, 10)+`"` {
		return ErrIfMatch
	}
	return nil
}

func encodeAnswer(_ context.Context, w http.ResponseWriter, response any) error {
	a := response.(*Answer)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if !a.Repeated {
		w.WriteHeader(http.StatusCreated)
	}
	return json.NewEncoder(w).Encode(a)
}

type languageKey struct{}

// EncodeFault writes a fault as RFC 9457 problem+json in the caller's language.
func EncodeFault(ctx context.Context, err error, w http.ResponseWriter) {
	language, _ := ctx.Value(languageKey{}).(string)
	writeProblem(w, fault.Of(err), language, telemetry.TraceID(ctx))
}

// WriteFault is EncodeFault for handlers that are no operations.
func WriteFault(w http.ResponseWriter, r *http.Request, err error) {
	writeProblem(w, fault.Of(err), r.Header.Get("Accept-Language"), telemetry.TraceID(r.Context()))
}

// FaultNoter is a ResponseWriter that wants to know which fault is written to it: for spans and logs around a handler.
type FaultNoter interface{ NoteFault(f *fault.Fault) }

// writeProblem names no instance: the address is what the caller typed, and nothing of that comes back.
func writeProblem(w http.ResponseWriter, f *fault.Fault, language, trace string) {
	if n, ok := w.(FaultNoter); ok {
		n.NoteFault(f)
	}
	p := fault.Problem(f, language, "", trace)
	w.Header().Set("Content-Type", fault.ProblemType)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Language", p.Language)
	w.Header().Add("Vary", "Accept-Language")
	if (f.Kind == fault.TooMany || f.Kind == fault.Unavailable) && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(p.Body) // the client went away
}
