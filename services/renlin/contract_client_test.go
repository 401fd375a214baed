package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// dweller is somebody with a device, who has read nothing but the document.
type dweller struct {
	member string
	key    ed25519.PrivateKey
	token  string
}

func newDweller() *dweller {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic("key cannot be made: " + err.Error()) // the system's randomness never fails
	}
	return &dweller{member: opaque(), key: key}
}

// public is the person's public key as JSON has bytes.
func (p *dweller) public() string {
	return base64.StdEncoding.EncodeToString(p.key.Public().(ed25519.PublicKey))
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// opaque makes an opaque id by its pattern.
func opaque() string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz234567"
	id := make([]byte, 26)
	for i, b := range randomBytes(len(id)) {
		id[i] = alphabet[b%32]
	}
	return string(id)
}

// call is one request, before the document says how it is sent.
type call struct {
	op          string
	path, query map[string]string
	body        any      // JSON
	raw         []byte   // instead of body: the bytes themselves
	by          *dweller // signs
	with        []*dweller
	session     *dweller
	key         string            // Idempotency-Key; a fresh one when empty
	header      map[string]string // over what the document asks for; empty takes a header away
}

// sent is a request with its answer.
type sent struct {
	o       *documented
	request *http.Request
	body    []byte
	status  int
	header  http.Header
	raw     []byte
	value   any // of JSON
	code    string
}

// get gives a text of the answer, by the names of its members.
func (s *sent) get(names ...string) string {
	value := s.value
	for _, name := range names {
		m, _ := value.(map[string]any)
		value = m[name]
	}
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// speaker sends calls as the document says, and holds everything that comes back against it.
type speaker struct {
	testing.TB
	*contract
	address   string
	community string
	genesis   []byte
	told      map[string]bool // codes whose sentences were compared
	requests  int
}

// bytesOf gives the body of a call.
func (c *call) bytesOf(t testing.TB) []byte {
	if c.raw != nil || c.body == nil {
		return c.raw
	}
	raw, err := json.Marshal(c.body)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// build makes the request of a call.
func (s *speaker) build(c call) (*documented, *http.Request, []byte) {
	s.Helper()
	o := s.ops[c.op]
	if o == nil {
		s.Fatalf("the document has no %s", c.op)
	}
	body := c.bytesOf(s)
	query := url.Values{}
	for name, value := range c.query {
		query.Set(name, value)
	}
	path := strings.ReplaceAll(o.path, "{community}", url.PathEscape(s.community))
	for name, value := range c.path {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	r, err := http.NewRequestWithContext(s.Context(), o.method, s.address+path+"?"+query.Encode(), bytes.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	if o.media != "" {
		r.Header.Set("Content-Type", o.media)
	}
	if c.session != nil {
		r.Header.Set("Authorization", "Bearer "+c.session.token)
	}
	if key := o.param("Idempotency-Key"); key != nil && (key.required || c.by != nil) {
		if c.key == "" {
			c.key = hex.EncodeToString(randomBytes(16))
		}
		r.Header.Set("Idempotency-Key", c.key)
	}
	if end := o.param("Renlin-Not-After"); end != nil && (end.required || c.by != nil) {
		r.Header.Set("Renlin-Not-After", strconv.FormatInt(time.Now().Add(5*time.Minute).UnixMilli(), 10))
	}
	if o.param("Renlin-Contract") != nil {
		r.Header.Set("Renlin-Contract", strconv.Itoa(int(o.contract)))
	}
	if c.by != nil {
		var all []string
		for _, p := range append([]*dweller{c.by}, c.with...) {
			all = append(all, s.sign(o, r, body, c.by, p))
		}
		r.Header["Renlin-Signature"] = all
	}
	for name, value := range c.header {
		r.Header.Del(name)
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	return o, r, body
}

// sign signs a request as the description of the device scheme says, and with nothing else of this program.
func (s *speaker) sign(o *documented, r *http.Request, body []byte, author, signer *dweller) string {
	sized := func(b []byte) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...) }
	digest := func(parts ...[]byte) []byte {
		sum := sha256.Sum256(bytes.Join(parts, nil))
		return sum[:]
	}
	genesis, notAfter := s.genesis, int64(0)
	key := []byte(r.Header.Get("Idempotency-Key"))
	id := digest([]byte("renlin/command-id/1\n"), sized(author.key.Public().(ed25519.PublicKey)), sized(key))
	if o.param("Renlin-Not-After") == nil { // a founding
		genesis, id = make([]byte, 32), digest([]byte("renlin/genesis-id/1\n"), digest(body))
	} else {
		var err error
		if notAfter, err = strconv.ParseInt(r.Header.Get("Renlin-Not-After"), 10, 64); err != nil {
			s.Fatal(err)
		}
	}
	signed := bytes.Join([][]byte{
		[]byte("renlin/command/1\n"), {1}, genesis, sized([]byte(o.signedAs)), binary.BigEndian.AppendUint16(nil, o.contract), id,
		binary.BigEndian.AppendUint64(nil, uint64(notAfter)), digest(body),
	}, nil)
	encode := base64.RawURLEncoding.EncodeToString
	return encode(signer.key.Public().(ed25519.PublicKey)) + "." + encode(ed25519.Sign(signer.key, signed))
}

// fits holds a request against the document: what a stranger sends who goes by it.
func (s *speaker) fits(o *documented, r *http.Request, c call, body []byte) {
	s.Helper()
	for _, p := range o.params {
		value, there := "", true
		switch p.in {
		case "path":
			value = c.path[p.name]
			if p.name == "community" {
				value = s.community
			}
		case "query":
			value, there = c.query[p.name]
		case "header":
			value = strings.Join(r.Header.Values(p.name), ", ")
			there = value != ""
		}
		if !there && p.required {
			s.Errorf("%s: the story lacks %s", o.id, p.name)
		}
		if there {
			if err := s.checkText(p.schema, value); err != nil {
				s.Errorf("%s: the story's %s does not fit: %v", o.id, p.name, err)
			}
		}
	}
	if o.body != "" && o.media == "application/json" {
		if err := s.check(o.body, parsed(s, body)); err != nil {
			s.Errorf("%s: the story's body does not fit: %v", o.id, err)
		}
	}
}

// send sends a call, whatever it is, and holds the answer against the document.
func (s *speaker) send(c call) *sent {
	s.Helper()
	o, r, body := s.build(c)
	out := s.exchange(o, r, body)
	s.answered(out)
	if out.code != "" && !s.told[out.code] {
		s.told[out.code] = true
		s.languages(out)
	}
	return out
}

// good sends a call that fits the document and must be done.
func (s *speaker) good(c call) *sent {
	s.Helper()
	o, r, body := s.build(c)
	s.fits(o, r, c, body)
	out := s.exchange(o, r, body)
	s.answered(out)
	if _, makes := o.answers[http.StatusCreated]; makes && out.status == http.StatusOK {
		s.Errorf("%s: done for the first time, and answered as if repeated", c.op)
	}
	if out.status >= 300 {
		s.Fatalf("%s: refused with %d %s: %s", c.op, out.status, out.code, out.raw)
	}
	return out
}

// exchange sends one request and reads the answer.
func (s *speaker) exchange(o *documented, r *http.Request, body []byte) *sent {
	s.Helper()
	s.requests++
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer response.Body.Close()
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	var raw []byte
	if media == "text/event-stream" { // it has no end: its first event is enough
		raw, err = firstEvent(response.Body)
	} else {
		raw, err = io.ReadAll(response.Body)
	}
	if err != nil {
		s.Fatal(err)
	}
	out := &sent{o: o, request: r, body: body, status: response.StatusCode, header: response.Header, raw: raw}
	if strings.HasSuffix(media, "json") {
		out.value = parsed(s, raw)
	}
	if media == "application/problem+json" {
		out.code = out.get("code")
	}
	return out
}

// firstEvent reads a stream up to the end of the first event that has data.
func firstEvent(body io.Reader) (raw []byte, err error) {
	in := bufio.NewReader(body)
	for data := false; ; {
		line, err := in.ReadString('\n')
		raw = append(raw, line...)
		data = data || strings.HasPrefix(line, "data:")
		if err != nil || data && line == "\n" {
			return raw, err
		}
	}
}

// answered holds an answer against what the document says of its status: type, shape and headers.
func (s *speaker) answered(out *sent) {
	s.Helper()
	at, ok := out.o.answers[out.status]
	if !ok {
		s.Errorf("%s: answers %d, which the document does not know: %.200s", out.o.id, out.status, out.raw)
		return
	}
	content, _ := s.at(at + "/content").(map[string]any)
	media, _, _ := mime.ParseMediaType(out.header.Get("Content-Type"))
	if content[media] == nil && !(len(content) == 0 && len(out.raw) == 0) {
		s.Errorf("%s: answers %d as %q, which the document does not know", out.o.id, out.status, media)
		return
	}
	if out.value != nil {
		if err := s.check(at+"/content"+escape(media)+"/schema", out.value); err != nil {
			s.Errorf("%s: answer %d does not fit: %v\n%.500s", out.o.id, out.status, err, out.raw)
		}
	}
	headers, _ := s.at(at + "/headers").(map[string]any)
	for name := range out.header {
		if name == "Etag" {
			name = "ETag"
		}
		if own := strings.HasPrefix(name, "Renlin-") || name == "Retry-After" || name == "ETag"; own && headers[name] == nil {
			s.Errorf("%s: answer %d has %s, which the document does not know", out.o.id, out.status, name)
		}
	}
	for name := range headers {
		place := s.follow(at + "/headers" + escape(name))
		required, _ := s.at(place + "/required").(bool)
		value := out.header.Get(name)
		if value == "" && required {
			// Retry-After stands at statuses that have other codes too.
			s.Errorf("%s: answer %d lacks %s", out.o.id, out.status, name)
		}
		if value != "" {
			if err := s.checkText(place+"/schema", value); err != nil {
				s.Errorf("%s: answer %d has %s that does not fit: %v", out.o.id, out.status, name, err)
			}
		}
	}
}

// languages asks for a refusal again in each language, and holds its sentence against the document's.
func (s *speaker) languages(first *sent) {
	s.Helper()
	want, ok := s.codes[first.code]
	if !ok {
		s.Errorf("%s: the document has no code %s", first.o.id, first.code)
		return
	}
	for accept, sentence := range map[string]string{"en": want.en, "zh-CN, en;q=0.5": want.zh} {
		r := first.request.Clone(s.Context())
		r.Body = io.NopCloser(bytes.NewReader(first.body))
		r.Header.Set("Accept-Language", accept)
		again := s.exchange(first.o, r, first.body)
		s.answered(again)
		if again.status < 400 && first.request.Method == http.MethodGet {
			delete(s.told, first.code) // what was asked for has come meanwhile: the next refusal is asked for again
			return
		}
		language := accept[:2]
		if again.code != first.code || again.get("detail") != sentence || again.get("lang") != language ||
			again.header.Get("Content-Language") != language || again.header.Get("Vary") != "Accept-Language" {
			s.Errorf("%s: %s for %s: %v %s", first.o.id, first.code, accept, again.header, again.raw)
		}
	}
}
