package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// typed stands for what a resident typed: no refusal may say it back.
const typed = "typed-13800000000"

// shot is one request to a gateway, right unless a case spoils it.
type shot struct {
	device    *client.Device
	method    string
	community string
	path      string // below the community
	operation string // what is signed
	body      []byte
	notAfter  int64
	signer    ed25519.PrivateKey // nil: nobody signs
	header    http.Header        // sent instead of what the shot would send; an empty list leaves the header out
	sent      []byte             // sent instead of the signed body
	language  string
}

// reply is what came back.
type reply struct {
	status   int
	header   http.Header
	body     string
	answer   op.Answer
	code     string
	lang     string
	sentence string
}

func (s *shot) fire(t *testing.T, key string) reply {
	t.Helper()
	c := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: s.operation, Contract: 1, IdempotencyKey: key, NotAfter: s.notAfter, Body: s.body,
	}
	if s.signer != nil {
		if err := c.Sign(s.device.Genesis, chain.AuthorDevice, s.signer); err != nil {
			t.Fatal(err)
		}
	}
	body := s.body
	if s.sent != nil {
		body = s.sent
	}
	r, err := http.NewRequestWithContext(t.Context(), s.method, s.device.URL+"/v1/communities/"+s.community+"/"+s.path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(op.HeaderIdempotencyKey, key)
	r.Header.Set(op.HeaderNotAfter, strconv.FormatInt(s.notAfter, 10))
	r.Header.Set("Accept-Language", s.language)
	for _, sig := range c.Signatures {
		r.Header.Add(op.HeaderSignature, op.FormatSignature(sig))
	}
	for name, values := range s.header {
		r.Header.Del(name)
		for _, v := range values {
			r.Header.Add(name, v)
		}
	}
	return exchange(t, s.device.HTTP, r)
}

func exchange(t *testing.T, h *http.Client, r *http.Request) reply {
	t.Helper()
	response, err := h.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := reply{status: response.StatusCode, header: response.Header, body: string(raw)}
	if out.status < 300 {
		err = json.Unmarshal(raw, &out.answer)
	} else {
		var p struct{ Code, Lang, Detail string }
		err = json.Unmarshal(raw, &p)
		out.code, out.lang, out.sentence = p.Code, p.Lang, p.Detail
	}
	if err != nil {
		t.Fatalf("status %d, no JSON: %v", out.status, err)
	}
	return out
}

// refused checks a refusal whole: status, code, form, and that nothing typed comes back.
func (got reply) refused(t *testing.T, status int, code string) {
	t.Helper()
	if got.status != status || got.code != code {
		t.Errorf("got %d %s, want %d %s", got.status, got.code, status, code)
	}
	if ct := got.header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("content type %q", ct)
	}
	if got.sentence == "" || strings.Contains(got.body, typed) || strings.Contains(got.body, "13800000000") {
		t.Errorf("no sentence, or what was typed comes back: %s", got.body)
	}
}

func jsonOf(t *testing.T, m proto.Message) []byte {
	t.Helper()
	raw, err := protojson.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// badInput is one way to spoil a request that would have been taken.
type badInput struct {
	name   string
	spoil  func(s *shot)
	status int
	code   string
}

// TestHTTPBadInput sends one request after another that is wrong in exactly one way.
func TestHTTPBadInput(t *testing.T) {
	address, _ := startPilot(t)
	x, err := neighbourhood.FoundExample(t.Context(), client.New(address), func(string, ...any) {})
	if err != nil {
		t.Fatal(err)
	}
	d := x.Residents[0]
	sealed, err := d.PutText(t.Context(), d.Member, "小广场的树荫太少")
	if err != nil {
		t.Fatal(err)
	}
	good := shot{
		device: d, method: http.MethodPost, community: d.Community, path: "topics", operation: "proposal.post", signer: d.Key, language: "en",
		body:     jsonOf(t, &proposalv1.PostTopic{Matter: neighbourhood.MatterGreening, Text: neighbourhood.Text(sealed)}),
		notAfter: time.Now().Add(5 * time.Minute).UnixMilli(),
	}
	for _, group := range [][]badInput{badBodies(t, d), badHeaders(), badPlaces(t), badAuthors(t, x)} {
		for _, tc := range group {
			t.Run(tc.name, func(t *testing.T) {
				s := good
				s.header = http.Header{}
				tc.spoil(&s)
				s.fire(t, client.IdempotencyKey()).refused(t, tc.status, tc.code)
			})
		}
	}
	t.Run("replays", func(t *testing.T) { replays(t, x, good) })
	t.Run("languages", func(t *testing.T) { languages(t, good) })
	t.Run("readers", func(t *testing.T) { readers(t, x) })
}

func badBodies(t *testing.T, d *client.Device) []badInput {
	t.Helper()
	body := func(b string) func(*shot) { return func(s *shot) { s.body = []byte(b) } }
	text := `"text":{"ref":"` + strings.Repeat("0", 64) + `","lengthBytes":3,"commitment":"` + strings.Repeat("A", 43) + `="}`
	return []badInput{
		{"unknown field", body(`{"matter":"greening",` + text + `,"` + typed + `":1}`), 400, "body.malformed"},
		{"missing field", body(`{"matter":"greening"}`), 400, "text.malformed"},
		{"nothing at all", body(``), 400, "body.malformed"},
		{"wrong type", body(`{"matter":13800000000,` + text + `}`), 400, "body.malformed"},
		{"no object", body(`["` + typed + `"]`), 400, "body.malformed"},
		{"field twice", body(`{"matter":"greening","matter":"lift",` + text + `}`), 400, "body.malformed"},
		{"two values", body(`{"matter":"greening",` + text + `}{}`), 400, "body.malformed"},
		{"outside its class", body(`{"matter":"` + typed + `",` + text + `}`), 400, "field.invalid"},
		{"short reference", body(`{"matter":"greening","text":{"ref":"` + typed + `"}}`), 400, "field.invalid"},
		{"unknown matter", body(`{"matter":"nonesuch",` + text + `}`), 400, "topic.matter_unknown"},
		{"ill-formed UTF-8", body("{\"matter\":\"green\xff\"}"), 400, "body.malformed"},
		{"lone surrogate", body(`{"matter":"green\ud800"}`), 400, "body.malformed"},
		{"deep nesting", body(strings.Repeat(`{"text":`, 10000)), 400, "body.malformed"},
		{"oversize", func(s *shot) { s.sent = bytes.Repeat([]byte(" "), op.BodyBytesMax+1) }, 413, "body.too_large"},
		{"tampered", func(s *shot) { s.sent = append(bytes.Clone(s.body), ' ') }, 401, "signature.invalid"},
		{"signed for another operation", func(s *shot) { s.operation = "proposal.second" }, 401, "signature.invalid"},
		{"signed for another community", func(s *shot) {
			other := *s.device
			other.Genesis[0] ^= 1
			s.device = &other
		}, 401, "signature.invalid"},
		{"another's ballot", func(s *shot) {
			s.path, s.operation = "polls/"+d.Member+"/ballots", "voting.cast"
			s.body = []byte(`{"poll":"` + d.Member + `","voter":"` + client.NewID() + `","box":"AAAA"}`)
		}, 403, "ballot.not_yours"},
	}
}

func badHeaders() []badInput {
	set := func(name string, values ...string) func(*shot) { return func(s *shot) { s.header[name] = values } }
	return []badInput{
		{"no idempotency key", set(op.HeaderIdempotencyKey), 400, "idempotency_key.missing"},
		{"idempotency key with a space", set(op.HeaderIdempotencyKey, typed+" x"), 400, "idempotency_key.missing"},
		{"long idempotency key", set(op.HeaderIdempotencyKey, strings.Repeat("k", 129)), 400, "idempotency_key.missing"},
		{"another idempotency key than signed", set(op.HeaderIdempotencyKey, client.IdempotencyKey()), 401, "signature.invalid"},
		{"idempotency key typed", set(op.HeaderIdempotencyKey, typed), 400, "idempotency_key.missing"},
		{"wrong media type", set("Content-Type", "text/"+typed), 400, "body.media_type"},
		{"no media type", set("Content-Type"), 400, "body.media_type"},
		{"no not-after", set(op.HeaderNotAfter), 400, "not_after.malformed"},
		{"not-after is no number", set(op.HeaderNotAfter, typed), 400, "not_after.malformed"},
		{"negative not-after", set(op.HeaderNotAfter, "-1"), 400, "not_after.malformed"},
		{"another not-after than signed", set(op.HeaderNotAfter, "13800000000"), 401, "signature.invalid"},
		{"expired", func(s *shot) { s.notAfter = time.Now().Add(-time.Minute).UnixMilli() }, 409, "command.expired"},
		{"not-after too far", func(s *shot) { s.notAfter = time.Now().Add(8 * 24 * time.Hour).UnixMilli() }, 400, "command.not_after"},
		{"another contract", set(op.HeaderContract, "2"), 404, "operation.unknown"},
		{"signature is no signature", set(op.HeaderSignature, typed), 400, "signature.malformed"},
		// Under the key of zeros, a point of order four, every fourth message has zeros for a good signature: no key for a test.
		{"signature of nothing", set(op.HeaderSignature, strings.Repeat("B", 42)+"A."+strings.Repeat("A", 86)), 401, "signature.invalid"},
	}
}

func badPlaces(t *testing.T) []badInput {
	t.Helper()
	second := func(id string) []byte { return jsonOf(t, &proposalv1.SecondTopic{Topic: id}) }
	at := func(method, path string) func(*shot) { return func(s *shot) { s.method, s.path = method, path } }
	in := func(community string) func(*shot) { return func(s *shot) { s.community = community } }
	return []badInput{
		{"path names another thing", func(s *shot) {
			s.path, s.operation, s.body = "topics/"+client.NewID()+"/seconds", "proposal.second", second(client.NewID())
		}, 422, "path.mismatch"},
		{"path names what was typed", func(s *shot) {
			s.path, s.operation, s.body = "topics/"+typed+"/seconds", "proposal.second", second(client.NewID())
		}, 422, "path.mismatch"},
		{"unknown topic", func(s *shot) {
			id := client.NewID()
			s.path, s.operation, s.body = "topics/"+id+"/seconds", "proposal.second", second(id)
		}, 404, "topic.unknown"},
		{"unknown operation", at(http.MethodPost, typed), 404, "operation.unknown"},
		{"unknown method", at(http.MethodPut, "topics"), 404, "operation.unknown"},
		{"a rule's operation", at(http.MethodPost, "polls/"+client.NewID()+"/tally"), 404, "operation.unknown"},
		{"unknown community", in(client.NewID()), 404, "community.unknown"},
		{"community typed", in(typed), 404, "community.unknown"},
		{"every community", in("*"), 404, "community.unknown"},
		{"community with a dot", in("a.b"), 404, "community.unknown"},
		{"community that breaks lines", in("a%0d%0aPUB%20op.x%200"), 404, "community.unknown"},
	}
}

func badAuthors(t *testing.T, x *neighbourhood.Example) []badInput {
	t.Helper()
	_, stranger, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return []badInput{
		{"key not enrolled", func(s *shot) { s.signer = stranger }, 401, "key.unknown"},
		{"unsigned, with a session but no hosted key", func(s *shot) {
			s.signer = nil
			s.header.Set("Authorization", "Bearer "+s.device.Token)
		}, 401, "command.unsigned"},
		{"unsigned, without a session", func(s *shot) { s.signer = nil }, 401, "command.unsigned"},
		{"unsigned, with a made-up session", func(s *shot) {
			s.signer = nil
			s.header.Set("Authorization", "Bearer "+typed)
		}, 401, "session.expired"},
		{"no role", func(s *shot) {
			s.path, s.operation = "orgs", "community.admit_org"
			s.body = []byte(`{"org":{"id":"` + client.NewID() + `","kind":"ORG_KIND_GOVERNMENT","name":"` + typed + `"}}`)
		}, 403, "role.missing"},
		{"signature twice", func(s *shot) {
			s.signer = x.Residents[1].Key
			key := client.IdempotencyKey()
			c := &chain.Signed{
				Suite: chain.SuiteIntl, Operation: s.operation, Contract: 1, IdempotencyKey: key, NotAfter: s.notAfter, Body: s.body,
			}
			if err := c.Sign(s.device.Genesis, chain.AuthorDevice, s.signer); err != nil {
				t.Error(err)
				return
			}
			line := op.FormatSignature(c.Signatures[0])
			s.header[op.HeaderSignature], s.header[op.HeaderIdempotencyKey] = []string{line, line}, []string{key}
		}, 401, "signature.invalid"},
	}
}

// replays sends the same key again: with the same content, with another, and by somebody else.
func replays(t *testing.T, x *neighbourhood.Example, good shot) {
	t.Helper()
	key := client.IdempotencyKey()
	first := good.fire(t, key)
	if first.status != http.StatusCreated || first.answer.Repeated {
		t.Fatalf("the right request: %d %s", first.status, first.body)
	}
	again := good.fire(t, key)
	if again.status != http.StatusOK || !again.answer.Repeated || again.answer.Index != first.answer.Index {
		t.Errorf("again: %d %s", again.status, again.body)
	}
	other := good
	other.body = append(bytes.Clone(good.body), ' ')
	other.fire(t, key).refused(t, 422, "command.reused")

	neighbour := good
	neighbour.device, neighbour.signer = x.Residents[1], x.Residents[1].Key
	text, err := neighbour.device.PutText(t.Context(), neighbour.device.Member, typed)
	if err != nil {
		t.Fatal(err)
	}
	neighbour.body = jsonOf(t, &proposalv1.PostTopic{Matter: neighbourhood.MatterGreening, Text: neighbourhood.Text(text)})
	theirs := neighbour.fire(t, key)
	if theirs.status != http.StatusCreated || theirs.answer.Repeated || theirs.answer.Index == first.answer.Index {
		t.Errorf("another member under the same key: %d %s", theirs.status, theirs.body)
	}
}

// languages asks for the same refusal in several ways.
func languages(t *testing.T, good shot) {
	t.Helper()
	sentences := map[string]string{}
	for _, tc := range []struct{ accept, lang string }{
		{"en", "en"}, {"zh", "zh"}, {"", "zh"}, {"fr", "zh"}, {"zh-CN,zh;q=0.9,en;q=0.8", "zh"}, {"zh;q=0.2,en-GB;q=0.7", "en"}, {typed, "zh"},
	} {
		s := good
		s.path, s.language = typed, tc.accept
		got := s.fire(t, client.IdempotencyKey())
		got.refused(t, 404, "operation.unknown")
		if got.lang != tc.lang || got.header.Get("Content-Language") != tc.lang {
			t.Errorf("%q: answered in %q", tc.accept, got.lang)
		}
		sentences[got.lang] = got.sentence
	}
	if sentences["en"] == sentences["zh"] {
		t.Error("both languages say the same")
	}
}

// readers reads with and without a session.
func readers(t *testing.T, x *neighbourhood.Example) {
	t.Helper()
	d := x.Residents[0]
	for _, tc := range []struct {
		name, path, token string
		status            int
		code              string
	}{
		{"member without a session", "records/member/" + d.Member, "", 401, "session.missing"},
		{"ballots without a session", "records/poll/" + client.NewID() + "/ballot", "", 401, "session.missing"},
		{"inbox without a session", "inbox", "", 401, "session.missing"},
		{"blocks without a session", "blocks", "", 401, "session.missing"},
		{"made-up session", "records/topic", typed, 401, "session.expired"},
		{"keyring is closed", "records/keyring/" + d.Member, d.Token, 403, "role.missing"},
		{"kind that no table names", "records/nonesuch/" + d.Member, d.Token, 403, "role.missing"},
		{"invites are the officers'", "records/invite", d.Token, 403, "role.missing"},
		{"no such topic", "records/topic/" + client.NewID(), d.Token, 404, "record.unknown"},
		{"no path", "records/" + typed + ".", d.Token, 400, "record.path"},
		{"untidy address", "records/" + typed + "//", d.Token, 404, "operation.unknown"},
		{"index is no number", "records/topic?min_index=" + typed, d.Token, 400, "request.malformed"},
		{"limit is negative", "records/topic?limit=-1", d.Token, 400, "request.malformed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &shot{device: d, method: http.MethodGet, community: d.Community, path: tc.path, header: http.Header{}}
			if tc.token != "" {
				s.header.Set("Authorization", "Bearer "+tc.token)
			}
			s.fire(t, "").refused(t, tc.status, tc.code)
		})
	}
}
