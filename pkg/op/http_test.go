package op_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// TestCommandArrivesAsSigned: what reaches the service is byte for byte what the device signed, and its signatures hold.
func TestCommandArrivesAsSigned(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(c *call){
		"as it is":                  func(*call) {},
		"joined by a proxy":         func(c *call) { join(c.header, op.HeaderSignature) },
		"with its contract":         func(c *call) { c.header.Set(op.HeaderContract, "1") },
		"with a plain content type": func(c *call) { c.header.Set("Content-Type", "application/json") },
	} {
		e, c := newEdge(), good(deviceA, deviceB)
		change(c)
		w := e.do(t, c)
		if w.Code != http.StatusCreated || e.signed != 0 || e.got == nil || e.got.Community != communityID {
			t.Fatalf("%s: status %d, %s", name, w.Code, w.Body)
		}
		s, err := chain.DecodeSigned(e.got.Raw)
		if err != nil {
			t.Fatal(err)
		}
		id, err := s.ID(chain.AuthorDevice, "")
		if err != nil || s.CheckSignatures(genesis, id) != nil || len(s.Signatures) != 2 || string(s.Body) != c.body {
			t.Errorf("%s: another command arrived", name)
		}
		if diff := cmp.Diff(*e.answer, read[op.Answer](t, w)); diff != "" {
			t.Errorf("%s: answer %s", name, diff)
		}
		if w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: the answer may be cached", name)
		}
	}
}

func join(h http.Header, name string) {
	h.Set(name, strings.Join(h.Values(name), " ,\t"))
}

// TestRepeatIsNotCreated: the second time, nothing was created.
func TestRepeatIsNotCreated(t *testing.T) {
	t.Parallel()
	e := newEdge()
	e.answer.Repeated = true
	if w := e.do(t, good(deviceA)); w.Code != http.StatusOK || !read[op.Answer](t, w).Repeated {
		t.Errorf("status %d, %s", w.Code, w.Body)
	}
}

// TestHostedKey: what comes without a signature goes to the signer, and to nobody else.
func TestHostedKey(t *testing.T) {
	t.Parallel()
	e := newEdge()
	if w := e.do(t, good()); w.Code != http.StatusCreated || e.signed != 1 {
		t.Fatalf("status %d, %s", w.Code, w.Body)
	}
	s, err := chain.DecodeSigned(e.got.Raw)
	if err != nil || len(s.Signatures) != 1 || !deviceB.Public().(ed25519.PublicKey).Equal(ed25519.PublicKey(s.Signatures[0].Key)) {
		t.Errorf("signed by %v, %v", s.Signatures, err)
	}
	e.got, e.refuse = nil, decider.ErrUnsigned
	if w := e.do(t, good()); w.Code != http.StatusUnauthorized || e.got != nil {
		t.Errorf("refused by the signer, and yet: status %d", w.Code)
	}
	nobody := http.NewServeMux()
	nobody.Handle(op.Pattern(second), op.HTTP(second, nil, nil))
	w := (&edge{ServeMux: nobody}).do(t, good())
	if w.Code != http.StatusUnauthorized || read[problem](t, w).Code != decider.ErrUnsigned.Code {
		t.Errorf("without a signer: status %d", w.Code)
	}
}

// spoiled are requests that must not get through, each with its refusal.
var spoiled = []struct {
	name   string
	spoil  func(c *call)
	want   *fault.Fault
	status int
}{
	{"no content type", func(c *call) { c.header.Del("Content-Type") }, op.ErrMediaType, 400},
	{"a form", func(c *call) { c.header.Set("Content-Type", "application/x-www-form-urlencoded") }, op.ErrMediaType, 400},
	{"a broken content type", func(c *call) { c.header.Set("Content-Type", "application/json; =") }, op.ErrMediaType, 400},
	{"a body over the limit", func(c *call) { c.body += strings.Repeat(" ", op.BodyBytesMax) }, op.ErrBodySize, 413},
	{"no key", func(c *call) { c.header.Del(op.HeaderIdempotencyKey) }, op.ErrIdempotencyKey, 400},
	{"an empty key", func(c *call) { c.header.Set(op.HeaderIdempotencyKey, "") }, op.ErrIdempotencyKey, 400},
	{"a key with a space", func(c *call) { c.header.Set(op.HeaderIdempotencyKey, "a "+canary) }, op.ErrIdempotencyKey, 400},
	{"a key that is no ASCII", func(c *call) { c.header.Set(op.HeaderIdempotencyKey, "张三") }, op.ErrIdempotencyKey, 400},
	{"a key that is too long", func(c *call) { c.header.Set(op.HeaderIdempotencyKey, strings.Repeat("x", 129)) }, op.ErrIdempotencyKey, 400},
	{"a telephone number for a key", func(c *call) { c.header.Set(op.HeaderIdempotencyKey, "13800000000") }, op.ErrIdempotencyKey, 400},
	{"a word for a key", func(c *call) { c.header.Set(op.HeaderIdempotencyKey, canary) }, op.ErrIdempotencyKey, 400},
	{"two keys", func(c *call) { c.header.Add(op.HeaderIdempotencyKey, strings.ToUpper(key1)) }, op.ErrIdempotencyKey, 400},
	{"no expiry", func(c *call) { c.header.Del(op.HeaderNotAfter) }, op.ErrNotAfterHeader, 400},
	{"an expiry of nothing", func(c *call) { c.header.Set(op.HeaderNotAfter, "0") }, op.ErrNotAfterHeader, 400},
	{"an expiry before time", func(c *call) { c.header.Set(op.HeaderNotAfter, "-1") }, op.ErrNotAfterHeader, 400},
	{"an expiry in words", func(c *call) { c.header.Set(op.HeaderNotAfter, canary) }, op.ErrNotAfterHeader, 400},
	{"an expiry beyond numbers", func(c *call) { c.header.Set(op.HeaderNotAfter, "9223372036854775808") }, op.ErrNotAfterHeader, 400},
	{"two expiries", func(c *call) { c.header.Add(op.HeaderNotAfter, "1") }, op.ErrNotAfterHeader, 400},
	{"another contract", func(c *call) { c.header.Set(op.HeaderContract, "2") }, decider.ErrOperation, 404},
	{"two contracts", func(c *call) {
		c.header.Add(op.HeaderContract, "1")
		c.header.Add(op.HeaderContract, "2")
	}, decider.ErrOperation, 404},
	{"a signature that is none", func(c *call) { c.header.Set(op.HeaderSignature, canary) }, op.ErrSignatureHeader, 400},
	{"an empty signature", func(c *call) { c.header.Set(op.HeaderSignature, "") }, op.ErrSignatureHeader, 400},
	{"a signature and nothing", func(c *call) { c.header.Add(op.HeaderSignature, "") }, op.ErrSignatureHeader, 400},
	{"five signatures", func(c *call) {
		for len(c.header.Values(op.HeaderSignature)) < 5 {
			c.header.Add(op.HeaderSignature, c.header.Get(op.HeaderSignature))
		}
	}, op.ErrSignatureHeader, 400},
	{"five signatures in one", func(c *call) {
		c.header.Set(op.HeaderSignature, strings.Repeat(c.header.Get(op.HeaderSignature)+",", 4)+c.header.Get(op.HeaderSignature))
	}, op.ErrSignatureHeader, 400},
	{"no body", func(c *call) { c.body = "" }, decider.ErrBody, 400},
	{"no JSON", func(c *call) { c.body = canary }, decider.ErrBody, 400},
	{"a list", func(c *call) { c.body = "[]" }, decider.ErrBody, 400},
	{"a field that nobody knows", func(c *call) { c.body = `{"topic":"` + topicID + `","` + canary + `":1}` }, decider.ErrBody, 400},
	{"a field twice", func(c *call) { c.body = `{"topic":"` + topicID + `","topic":"` + topicID + `"}` }, decider.ErrBody, 400},
	{"another type", func(c *call) { c.body = `{"topic":7}` }, decider.ErrBody, 400},
	{"ill-formed text", func(c *call) { c.body = "{\"topic\":\"\xff\xfe\"}" }, decider.ErrBody, 400},
	{"half a surrogate", func(c *call) { c.body = `{"topic":"\ud800"}` }, decider.ErrBody, 400},
	{"something after it", func(c *call) { c.body += "{}" }, decider.ErrBody, 400},
	{"a field that is no id", func(c *call) { c.body = `{"topic":"` + canary + `"}` }, decider.ErrField, 400},
	{"another topic in the path", func(c *call) { c.path = strings.Replace(c.path, topicID, otherID, 1) }, op.ErrPathMismatch, 422},
	{"a topic in the path only", func(c *call) { c.body = "{}" }, op.ErrPathMismatch, 422},
	{"a condition that nobody signed", func(c *call) { c.header.Set("If-Match", `"1"`) }, op.ErrIfMatch, 422},
	{"any condition", func(c *call) { c.header.Set("If-Match", "*") }, op.ErrIfMatch, 422},
	{"a path that is no id", func(c *call) { c.path = strings.Replace(c.path, topicID, canary, 1) }, op.ErrPathMismatch, 422},
}

// TestSpoiledRequests: each is refused before it reaches the service, in the caller's language, and nothing that was typed comes back.
func TestSpoiledRequests(t *testing.T) {
	t.Parallel()
	for _, f := range spoiled {
		for _, language := range []struct{ accept, want, sentence string }{
			{"en-GB,en;q=0.9", "en", f.want.English}, {"zh-CN", "zh", f.want.Chinese}, {"", "zh", f.want.Chinese},
		} {
			e, c := newEdge(), good(deviceA)
			f.spoil(c)
			c.header.Set("Accept-Language", language.accept)
			w := e.do(t, c)
			if e.got != nil || e.signed != 0 || w.Code != f.status {
				t.Errorf("%s: status %d, want %d; reached the service: %v", f.name, w.Code, f.status, e.got != nil)
				continue
			}
			p := read[problem](t, w)
			if p.Code != f.want.Code || p.Detail != language.sentence || p.Lang != language.want || p.Status != f.status {
				t.Errorf("%s: got %+v, want %s", f.name, p, f.want.Code)
			}
			if strings.Contains(w.Body.String(), canary) {
				t.Errorf("%s: what was typed came back: %s", f.name, w.Body)
			}
			h := w.Header()
			if h.Get("Content-Type") != fault.ProblemType || h.Get("Content-Language") != language.want ||
				h.Get("Vary") != "Accept-Language" || h.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: headers %v", f.name, h)
			}
		}
	}
}

// TestFaultsOfTheService come out whole; what is no fault becomes one that says nothing of its cause.
func TestFaultsOfTheService(t *testing.T) {
	t.Parallel()
	for _, f := range []struct {
		err        error
		status     int
		code       string
		retryAfter string
		index      uint64
	}{
		{errClosed, 409, "topic.closed", "", 0},
		{chain.ErrStale.WithIndex(7), 409, "commit.stale", "", 7},
		{fault.ErrBusy, 429, "service.busy", "1", 0},
		{fault.ErrUnavailable, 503, "service.unavailable", "1", 0},
		{fault.ErrTimeout, 504, "request.timeout", "", 0},
		{errors.New("the disk of " + canary), 500, "internal", "", 0},
	} {
		e := newEdge()
		e.err = f.err
		w := e.do(t, good(deviceA))
		p := read[problem](t, w)
		if w.Code != f.status || p.Code != f.code || p.Index != f.index || w.Header().Get("Retry-After") != f.retryAfter {
			t.Errorf("%v: status %d, %+v, retry after %q", f.err, w.Code, p, w.Header().Get("Retry-After"))
		}
		if strings.Contains(w.Body.String(), canary) || p.Instance != "" {
			t.Errorf("%v: says too much: %s", f.err, w.Body)
		}
	}
}

// TestWriteFault is the same for what is no operation.
func TestWriteFault(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { op.WriteFault(w, r, decider.ErrOperation) })
	c := good(deviceA)
	c.path = "/" + canary
	c.header.Set("Accept-Language", "en")
	w := (&edge{ServeMux: mux}).do(t, c)
	if p := read[problem](t, w); w.Code != 404 || p.Detail != decider.ErrOperation.English || strings.Contains(w.Body.String(), canary) {
		t.Errorf("status %d, %s", w.Code, w.Body)
	}
}

// TestRouteMustBeSigned: a route that names what the body does not say, or not as text, is refused when it is built.
func TestRouteMustBeSigned(t *testing.T) {
	t.Parallel()
	operation := func(part decider.Part) *decider.Operation {
		return decider.NewModel("x", []uint32{1}, part).Operations()[0]
	}
	topicRule := func(*decider.View, *decider.Command, *proposalv1.SecondTopic) ([]decider.Change, error) {
		return nil, nil
	}
	inviteRule := func(*decider.View, *decider.Command, *communityv1.InviteMembers) ([]decider.Change, error) {
		return nil, nil
	}
	for name, o := range map[string]*decider.Operation{
		"absent":  operation(decider.Op(decider.Operation{Name: "x.a", Route: "POST polls/{poll}"}, topicRule)),
		"no text": operation(decider.Op(decider.Operation{Name: "x.b", Route: "POST invites/{invites}"}, inviteRule)),
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: the route was taken", name)
				}
			}()
			op.HTTP(o, nil, nil)
		}()
	}
	op.HTTP(operation(decider.Op(decider.Operation{Name: "x.c", Route: "POST seconds"}, topicRule)), nil, nil)
}

// TestPattern is the operation's address.
func TestPattern(t *testing.T) {
	t.Parallel()
	if got, want := op.Pattern(second), "POST /v1/communities/{community}/topics/{topic}/seconds"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// FuzzParseSignature: a header is refused, or is the only way to write what was read.
func FuzzParseSignature(f *testing.F) {
	f.Add(good(deviceA).header.Get(op.HeaderSignature))
	f.Add(".")
	f.Add(strings.Repeat("A", 43) + "." + strings.Repeat("A", 86))
	f.Add(strings.Repeat("A", 42) + "B." + strings.Repeat("A", 86))
	f.Fuzz(func(t *testing.T, line string) {
		s, err := op.ParseSignature(line)
		switch {
		case err != nil && !errors.Is(err, op.ErrSignatureHeader):
			t.Errorf("another error: %v", err)
		case err == nil && (op.FormatSignature(s) != line || len(s.Key) != 32 || len(s.Sig) != 64):
			t.Errorf("read otherwise than written")
		}
	})
}

// TestIdempotencyKeys: what a client makes by chance in any usual way is a key.
func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	for _, key := range []string{key1, key1 + key1, "123E4567-e89b-42d3-a456-426614174000", "mfrggzdfmztwq2lknnwg23tpo4", rand.Text()} {
		c := good(deviceA)
		c.header.Set(op.HeaderIdempotencyKey, strings.ToLower(key))
		if w := newEdge().do(t, c); w.Code != http.StatusCreated {
			t.Errorf("%s: status %d", key, w.Code)
		}
	}
}

// FuzzRequest: whatever stands in the headers and the body, it is refused with a problem, or it arrives exactly as sent.
func FuzzRequest(f *testing.F) {
	c := good(deviceA)
	f.Add(key1, strconv.FormatInt(notAfter, 10), "1", c.header.Get(op.HeaderSignature), "application/json", c.body)
	f.Add("", "+1", "01", ",", "text/plain", "{")
	f.Fuzz(func(t *testing.T, key, expiry, contract, signature, media, body string) {
		e, c := newEdge(), good(deviceA)
		c.header.Set(op.HeaderIdempotencyKey, key)
		c.header.Set(op.HeaderNotAfter, expiry)
		c.header.Set(op.HeaderContract, contract)
		c.header.Set(op.HeaderSignature, signature)
		c.header.Set("Content-Type", media)
		c.body = body
		w := e.do(t, c)
		if e.got == nil {
			if p := read[problem](t, w); w.Code < 400 || w.Code >= 500 || p.Code == "" {
				t.Errorf("refused with %d %s", w.Code, w.Body)
			}
			return
		}
		s, err := chain.DecodeSigned(e.got.Raw)
		if err != nil || string(s.Body) != body || s.IdempotencyKey != key || s.NotAfter <= 0 || len(s.Signatures) == 0 {
			t.Errorf("another command arrived: %+v, %v", s, err)
		}
	})
}
