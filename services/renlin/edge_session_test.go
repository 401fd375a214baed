package main

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// signIn is one signed sign-in, right unless a case spoils it.
type signIn struct {
	body, sent, key string
	notAfter        time.Time
	operation       string
	genesis         chain.Hash
	header          map[string]string // sent instead
}

// request puts it on a request.
func (s *signIn) request(t *testing.T, d *client.Device) func(*http.Request) {
	t.Helper()
	c := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: s.operation, Contract: 1, IdempotencyKey: s.key, NotAfter: s.notAfter.UnixMilli(),
		Body: []byte(s.body),
	}
	if err := c.Sign(s.genesis, chain.AuthorDevice, d.Key); err != nil {
		t.Fatal(err)
	}
	return func(r *http.Request) {
		r.Header.Set(op.HeaderIdempotencyKey, s.key)
		r.Header.Set(op.HeaderNotAfter, strconv.FormatInt(s.notAfter.UnixMilli(), 10))
		r.Header.Set(op.HeaderSignature, op.FormatSignature(c.Signatures[0]))
		for name, value := range s.header {
			r.Header.Set(name, value)
		}
	}
}

// TestEdgeSignIn: a sign-in that is wrong in one way opens nothing, and a right one opens one session.
func TestEdgeSignIn(t *testing.T) {
	e := newEdge(t)
	g := e.gateway(nil)
	v := e.found(e.serve(g))
	d := v.First.Device
	path := "/v1/communities/" + v.Community + "/sessions"
	second, other := memberJSON(v.Second.Member), client.IdempotencyKey()
	try := func(spoil func(*signIn)) (status int, code, token string) {
		body := memberJSON(d.Member)
		s := &signIn{
			body: body, sent: body, key: client.IdempotencyKey(), notAfter: time.Now().Add(5 * time.Minute), operation: "gateway.sign_in",
			genesis: v.Genesis,
		}
		spoil(s)
		w := ask(t, g, http.MethodPost, path, "", s.sent, s.request(t, d))
		var out struct{ Token, Provider string }
		code = outcome(t, "sign in", w)
		if code == "" {
			if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || out.Provider != "device" || len(out.Token) < 40 {
				t.Errorf("answer %s", w.Body)
			}
		}
		return w.Code, code, out.Token
	}
	for name, c := range map[string]struct {
		spoil  func(*signIn)
		status int
		code   string
	}{
		"right":         {func(*signIn) {}, 201, ""},
		"expired":       {func(s *signIn) { s.notAfter = time.Now().Add(-time.Second) }, 400, "not_after.malformed"},
		"too far ahead": {func(s *signIn) { s.notAfter = time.Now().Add(11 * time.Minute) }, 400, "not_after.malformed"},
		"no expiry":     {func(s *signIn) { s.header = map[string]string{op.HeaderNotAfter: ""} }, 400, "not_after.malformed"},
		"overflowing expiry": {func(s *signIn) { s.header = map[string]string{op.HeaderNotAfter: "9223372036854775807"} },
			400, "not_after.malformed"},
		"another expiry":        {func(s *signIn) { s.notAfter = time.Now().Add(time.Minute); s.later() }, 401, "key.unknown"},
		"no key":                {func(s *signIn) { s.key = "" }, 400, "idempotency_key.missing"},
		"another key":           {func(s *signIn) { s.header = map[string]string{op.HeaderIdempotencyKey: other} }, 401, "key.unknown"},
		"no signature at all":   {func(s *signIn) { s.header = map[string]string{op.HeaderSignature: "x"} }, 400, "signature.malformed"},
		"for another operation": {func(s *signIn) { s.operation = "community.revoke_member" }, 401, "key.unknown"},
		"in another community":  {func(s *signIn) { s.genesis[0] ^= 1 }, 401, "key.unknown"},
		"another's":             {func(s *signIn) { s.body, s.sent = second, second }, 401, "key.unknown"},
		"changed on the way":    {func(s *signIn) { s.sent = memberJSON(v.Second.Member) }, 401, "key.unknown"},
		"nothing":               {func(s *signIn) { s.body, s.sent = "", "" }, 400, "sign_in.malformed"},
		"nobody":                {func(s *signIn) { s.body, s.sent = `{"member":""}`, `{"member":""}` }, 400, "sign_in.malformed"},
		"unknown field":         {func(s *signIn) { s.sent = `{"member":"` + d.Member + `","x":1}` }, 400, "sign_in.malformed"},
		"two bodies":            {func(s *signIn) { s.sent = memberJSON(d.Member) + memberJSON(d.Member) }, 400, "sign_in.malformed"},
		"a path for a name":     {func(s *signIn) { s.body, s.sent = memberJSON("../x"), memberJSON("../x") }, 401, "key.unknown"},
	} {
		if status, code, _ := try(c.spoil); status != c.status || code != c.code {
			t.Errorf("%s: %d %s, want %d %s", name, status, code, c.status, c.code)
		}
	}
	// The same sign-in once more, as one who overheard it would send it.
	key := client.IdempotencyKey()
	until := time.Now().Add(5 * time.Minute)
	same := func(s *signIn) { s.key, s.notAfter = key, until }
	if status, _, token := try(same); status != 201 || token == "" {
		t.Errorf("the first time: %d", status)
	}
	if status, code, _ := try(same); status != 409 || code != "sign_in.used" {
		t.Errorf("the second time: %d %s", status, code)
	}
	_, _, one := try(func(*signIn) {})
	if _, _, two := try(func(*signIn) {}); one == two {
		t.Error("two sessions have one token")
	}
}

// later has the request name another expiry than was signed.
func (s *signIn) later() {
	s.header = map[string]string{op.HeaderNotAfter: strconv.FormatInt(s.notAfter.Add(time.Second).UnixMilli(), 10)}
}

// TestEdgeSessionTime: a session lasts twelve hours, and not over a restart of the gateway.
func TestEdgeSessionTime(t *testing.T) {
	e := newEdge(t)
	g := e.gateway(nil)
	v := e.found(e.serve(g))
	inbox := "/v1/communities/" + v.Community + "/inbox"
	at := time.Now()
	if err := v.First.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	read := func(ahead time.Duration) string {
		e.ahead.Store(int64(ahead - time.Since(at)))
		return outcome(t, "inbox", ask(t, g, http.MethodGet, inbox, v.First.Token, "", nil))
	}
	for ahead, want := range map[time.Duration]string{
		0: "", 12*time.Hour - time.Minute: "", 12*time.Hour + time.Minute: "session.expired", 1000 * time.Hour: "session.expired",
	} {
		if got := read(ahead); got != want {
			t.Errorf("after %v: %q", ahead, got)
		}
	}
	e.ahead.Store(0)
	if got := outcome(t, "inbox", ask(t, e.gateway(nil), http.MethodGet, inbox, v.First.Token, "", nil)); got != "session.expired" {
		t.Errorf("at another gateway: %q", got)
	}
}

// TestEdgeHosted: the gateway signs for the member of the session and for nobody else, under the key that the request names, once.
func TestEdgeHosted(t *testing.T) {
	e := newEdge(t)
	g := e.gateway(nil)
	v := e.found(e.serve(g))
	members := v.admit("hob", "hub")
	hosted := make([]*client.Device, 2)
	for i, member := range members {
		var err error
		if hosted[i], err = v.Host(t.Context(), member); err != nil {
			t.Fatal(err)
		}
	}
	sealed, err := hosted[0].PutText(t.Context(), members[0], "words")
	if err != nil {
		t.Fatal(err)
	}
	body := string(jsonOf(t, &proposalv1.PostTopic{Matter: neighbourhood.MatterGreening, Text: neighbourhood.Text(sealed)}))
	notAfter := strconv.FormatInt(time.Now().Add(5*time.Minute).UnixMilli(), 10)
	post := func(token, key, body string) (int, string, op.Answer) {
		w := ask(t, g, http.MethodPost, "/v1/communities/"+v.Community+"/topics", token, body, func(r *http.Request) {
			r.Header.Set(op.HeaderIdempotencyKey, key)
			r.Header.Set(op.HeaderNotAfter, notAfter)
		})
		var a op.Answer
		code := outcome(t, "post", w)
		if code == "" {
			if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
				t.Error(err)
			}
		}
		return w.Code, code, a
	}
	key := client.IdempotencyKey()
	status, _, first := post(hosted[0].Token, key, body)
	if status != 201 || first.Repeated {
		t.Fatalf("hosted: %d %+v", status, first)
	}
	if status, _, again := post(hosted[0].Token, key, body); status != 200 || !again.Repeated || again.Index != first.Index {
		t.Errorf("same key, same body: %d %+v", status, again)
	}
	if status, code, _ := post(hosted[0].Token, key, body+" "); status != 422 || code != "command.reused" {
		t.Errorf("same key, other body: %d %s", status, code)
	}
	if status, _, theirs := post(hosted[1].Token, key, body); status != 201 || theirs.Repeated || theirs.Index == first.Index {
		t.Errorf("another member under the same key: %d %+v", status, theirs)
	}
	// On the record each is by the member of the session, and marked.
	var state struct{ Hosted bool }
	page, err := v.First.Records(t.Context(), "key", "", first.Position)
	if err != nil {
		t.Fatal(err)
	}
	marked := 0
	for _, r := range page.Records {
		state.Hosted = false
		if err := json.Unmarshal(r.State, &state); err != nil {
			t.Fatal(err)
		}
		if state.Hosted {
			marked++
		}
	}
	if marked != 2 {
		t.Errorf("%d hosted keys on the record", marked)
	}
	refusedHosted(t, v, hosted[0], members)
}

// refusedHosted tries what a hosted member's session must not do.
func refusedHosted(t *testing.T, v *village, d *client.Device, members []string) {
	t.Helper()
	// For another member, who is hosted here too: the path and the body name them, the session does not.
	_, err := d.Do(t.Context(), "community.revoke_member", "members/"+members[1]+"/revocation", &communityv1.RevokeMember{Member: members[1]})
	wantFault(t, "another's membership", err, fault.Forbidden, "role.missing")
	// An enrolment takes the new device's own signature and a code's.
	_, err = d.Do(t.Context(), "community.enrol_key", "members/"+members[0]+"/keys",
		&communityv1.EnrolKey{Member: members[0], Key: make([]byte, 32)})
	if err == nil {
		t.Error("a hosted key enrolled a device")
	}
	if _, err := d.PutText(t.Context(), members[1], "words"); err == nil {
		t.Error("a text was sealed as another's")
	}
	if err := d.Post(t.Context(), "/v1/communities/"+v.Community+"/hosted-keys", nil, []byte(memberJSON(members[0])), nil); err == nil {
		t.Error("a hosted member made a hosted key")
	}
}

// TestEdgeHostedKeys: only an officer with a device makes them, only for members, and the same member's is always the same.
func TestEdgeHostedKeys(t *testing.T) {
	e := newEdge(t)
	g := e.gateway(nil)
	v := e.found(e.serve(g))
	member := v.admit("guest")[0]
	path := "/v1/communities/" + v.Community + "/hosted-keys"
	keys := map[string]bool{}
	for range 3 {
		w := ask(t, g, http.MethodPost, path, v.Second.Token, memberJSON(member), nil)
		if w.Code != 201 || strings.Contains(strings.ToLower(w.Body.String()), "private") {
			t.Errorf("make: %d %s", w.Code, w.Body)
		}
		keys[w.Body.String()] = true
	}
	if len(keys) != 1 {
		t.Errorf("%d keys for one member", len(keys))
	}
	for name, c := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"nobody": {memberJSON(client.NewID()), 403, "member.not_active"}, "a path": {memberJSON("../../etc"), 403, "member.not_active"},
		"nothing": {"", 400, "sign_in.malformed"}, "unknown field": {`{"member":"` + member + `","key":"x"}`, 400, "sign_in.malformed"},
		"no member": {"{}", 400, "sign_in.malformed"},
	} {
		wantProblem(t, name, ask(t, g, http.MethodPost, path, v.Second.Token, c.body, nil), c.status, c.code)
	}
}
