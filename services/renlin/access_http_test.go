package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/gateway"
	"renlin.dev/services/gateway/platformtest"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// callers are the columns of the routes, with the device of each; two have none.
type callers struct {
	*village
	open, closed http.Handler // gateways with the development sign-in and without
	devices      map[string]*client.Device
	guest        string // a member without a device or a hosted key
	granted      string // the mandate under which resid helps host
	platform     *platformtest.Platform
}

func newCallers(t *testing.T) *callers {
	e := newEdge(t)
	a := &accounts{}
	a.platform, a.config = startPlatform(t)
	c := a.serveAt(e)
	open := a.gate
	v := e.found(c)
	a.village = v
	_, stranger, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	x := &callers{village: v, open: open, platform: a.platform, closed: e.gateway(func(c *gateway.Config) { c.Development = false })}
	x.devices = v.enrol("resid", "gone", "lost", "late", "out")
	x.devices["offA"], x.devices["offB"] = v.First.Device, v.Second.Device
	x.devices["anon"] = &client.Device{Gateway: c, Community: v.Community, Genesis: v.Genesis, Member: client.NewID(), Key: stranger}
	for name, token := range map[string]string{"forged": "made-up", "oper": operatorToken} {
		d := *x.devices["anon"]
		d.Token = token
		x.devices[name] = &d
	}
	without := *v.First.Device
	without.Key = nil
	if err := without.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	without.Key = v.First.Key // it signs commands, but the session is not its
	x.devices["devA"] = &without
	members := v.admit("host", "guest")
	x.guest = members[1]
	if x.devices["host"], err = v.Host(t.Context(), members[0]); err != nil {
		t.Fatal(err)
	}
	x.mandate("host", "resid")
	elsewhere := e.found(c).enrol("other")["other"]
	elsewhere.Community, elsewhere.Genesis = v.Community, v.Genesis // the session stays one of the other community's
	x.devices["other"] = elsewhere

	e.ahead.Store(int64(-13 * time.Hour))
	if err := x.devices["late"].SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.ahead.Store(0)
	if w := x.send("out", http.MethodDelete, "/sessions", "", nil); w.Code != http.StatusNoContent {
		t.Fatalf("sign out: %d", w.Code)
	}
	x.bindAccounts(a)
	v.revokeKey(x.devices["lost"])
	v.revoke(x.devices["gone"])
	return x
}

// mandate has a helper write for a principal from now on.
func (x *callers) mandate(principal, helper string) {
	t := x.edge
	t.Helper()
	p, h := x.devices[principal], x.devices[helper]
	answer, err := p.Do(t.Context(), "community.grant_mandate", "mandates", &communityv1.GrantMandate{
		Principal: p.Member, Helper: h.Member, Acts: []communityv1.Act{communityv1.Act_ACT_TOPICS}, Until: time.Now().Add(time.Hour).UnixMilli(),
	})
	if err == nil {
		x.granted = made(answer, "mandate")
		err = neighbourhood.Accept(t.Context(), h, x.granted)
	}
	if err == nil {
		_, err = h.Record(t.Context(), "helper/"+h.Member, answer.Position, &struct{}{})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// accountOf names somebody's account at the platform.
func accountOf(who string) string {
	if who == "devA" {
		who = "offA" // the same person
	}
	return "of_" + who
}

// bindAccounts binds accounts to some members.
func (x *callers) bindAccounts(a *accounts) {
	x.edge.Helper()
	for _, who := range []string{"resid", "offA", "gone", "lost"} {
		p := a.phone(accountOf(who))
		if code := p.bind(x.devices[who], x.devices[who].Member, p.unbound()); code != "" {
			x.edge.Fatalf("bind %s: %s", who, code)
		}
	}
	host, p := x.devices["host"].Member, a.phone(accountOf("host"))
	if err := p.redeem(x.Genesis, host, invite(x.edge, x.Neighbourhood, host), p.unbound()); err != nil {
		x.edge.Fatal(err)
	}
}

// byAccount signs in by an account.
func (x *callers) byAccount(account string) *httptest.ResponseRecorder {
	body := `{"provider":"wechat","code":"` + x.platform.Code("o6_"+account) + `"}`
	return ask(x.edge, x.open, http.MethodPost, "/v1/communities/"+x.Community+"/sessions", "", body, nil)
}

// send sends a request in somebody's session.
func (x *callers) send(who, method, path, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	x.edge.Helper()
	return ask(x.edge, x.open, method, "/v1/communities/"+x.Community+path, x.devices[who].Token, body, change)
}

// signed puts somebody's signature on a request.
func (x *callers) signed(who, operation string, body []byte) func(*http.Request) {
	d := x.devices[who]
	return func(r *http.Request) {
		s := &chain.Signed{
			Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: client.IdempotencyKey(),
			NotAfter: time.Now().Add(5 * time.Minute).UnixMilli(), Body: body,
		}
		r.Header.Set(op.HeaderIdempotencyKey, s.IdempotencyKey)
		r.Header.Set(op.HeaderNotAfter, strconv.FormatInt(s.NotAfter, 10))
		if d.Key == nil {
			return
		}
		if err := s.Sign(d.Genesis, chain.AuthorDevice, d.Key); err != nil {
			x.edge.Fatal(err)
		}
		r.Header.Set(op.HeaderSignature, op.FormatSignature(s.Signatures[0]))
	}
}

// memberJSON is a body that names somebody.
func memberJSON(member string) string { return `{"member":"` + member + `"}` }

// route is one row: the pattern that it is about, and what somebody sends.
type route struct {
	pattern string
	send    func(x *callers, who string) *httptest.ResponseRecorder
}

const below = "/v1/communities/{community}"

// get is a row that only reads.
func get(pattern, path string) route {
	return route{pattern, func(x *callers, who string) *httptest.ResponseRecorder {
		target := strings.NewReplacer(
			"{community}", x.Community, "{path...}", path, "{$}", "", "{poll}", x.guest, "{file...}", "style.css",
			"{trace}", x.guest, "{stream}", x.Community, "{index}", "0", "{file}", "index.html", "{plan}", x.guest, "{assignment}", x.guest,
		).Replace(strings.TrimPrefix(pattern, "GET "))
		return ask(x.edge, x.open, http.MethodGet, target, x.devices[who].Token, "", nil)
	}}
}

// head is a row that asks whether one might read: what it would answer has no end.
func head(pattern string) route {
	return route{pattern, func(x *callers, who string) *httptest.ResponseRecorder {
		return x.send(who, http.MethodHead, strings.TrimPrefix(pattern, "GET "+below), "", nil)
	}}
}

// routeRows are the rows of docs/ACCESS.md that are about what is no operation, by their names.
func routeRows() map[string]route {
	rows := map[string]route{
		"founding terms":   get("GET /v1/founding", ""),
		"communities":      get("GET /v1/communities", ""),
		"community":        get("GET "+below, ""),
		"measurements":     get("GET /metrics", ""),
		"API document":     get("GET /openapi.json", ""),
		"inbox":            get("GET "+below+"/inbox", ""),
		"blocks":           get("GET "+below+"/blocks", ""),
		"inbox events":     head("GET " + below + "/inbox/events"),
		"mandates":         get("GET "+below+"/mandates", ""),
		"own aid cases":    get("GET "+below+"/own-aid-cases", ""),
		"aid board":        get("GET "+below+"/aid-board", ""),
		"aid figures":      get("GET "+below+"/aid-figures", ""),
		"own notices":      get("GET "+below+"/own-policy-notices", ""),
		"notice unreached": ofNotice("unreached"), "notice figures": ofNotice("figures"),
		"books":          get("GET "+below+"/books", ""),
		"rules in words": get("GET "+below+"/rules", ""),
		"rules before":   get("GET "+below+"/rules/history", ""),
		"taking part":    get("GET "+below+"/polls/{poll}/taking-part", ""),
		"own entries":    get("GET "+below+"/own-entries", ""),
		"own works":      get("GET "+below+"/own-works", ""), "own works, helped's": ofHelped("own-works"),
		"own files": get("GET "+below+"/own-aid-files", ""), "own files, helped's": ofHelped("own-aid-files"),
		"own orders": get("GET "+below+"/own-work-orders", ""), "own notices, helped's": ofHelped("own-policy-notices"),
		"matching plan":   get("GET "+below+"/matching/proposal", ""),
		"matching report": get("GET "+below+"/matching/report", ""),
		"matching board":  get("GET "+below+"/matching/board", ""),
		"matching whole":  get("GET "+below+"/matching/plans/{plan}", ""),
		"explanation":     get("GET "+below+"/assignments/{assignment}/explanation", ""),
		"matching mine":   get("GET "+below+"/matching/mine", ""),
		"mandate acts": {"GET " + below + "/mandates/{mandate}/acts", func(x *callers, who string) *httptest.ResponseRecorder {
			return x.send(who, http.MethodGet, "/mandates/"+x.granted+"/acts", "", nil)
		}},
		"events":             head("GET " + below + "/events"),
		"log checkpoint":     get("GET /log/{community}/{path...}", "checkpoint"),
		"log tile":           get("GET /log/{community}/{path...}", "tile/0/000.p/1"),
		"log entries":        get("GET /log/{community}/{path...}", "tile/entries/000.p/1"),
		"log keys":           get("GET /log/{community}/{path...}", "keys"),
		"log proof":          get("GET /log/{community}/{path...}", "proof/0"),
		"log state":          get("GET /log/{community}/{path...}", "state"),
		"log, nothing there": get("GET /log/{community}/{path...}", "blocks"),
		"found a community": {"POST /v1/communities", func(x *callers, who string) *httptest.ResponseRecorder {
			return foundAgain(x, who, nil)
		}},
		"found, from afar": {"POST /v1/communities", func(x *callers, who string) *httptest.ResponseRecorder {
			return foundAgain(x, who, afar)
		}},
		"terms, from afar": {"GET /v1/founding", func(x *callers, who string) *httptest.ResponseRecorder { return x.terms(who, afar) }},
		"sign out":         {"DELETE " + below + "/sessions", nil}, // see signOut
		"host a key": {"POST " + below + "/hosted-keys", func(x *callers, who string) *httptest.ResponseRecorder {
			return x.send(who, http.MethodPost, "/hosted-keys", memberJSON(x.guest), nil)
		}},
		"seal a text, one's own": {"POST " + below + "/texts", func(x *callers, who string) *httptest.ResponseRecorder {
			return x.send(who, http.MethodPost, "/texts?subject="+x.devices[who].Member, "words", nil)
		}},
		"seal a text, another's": {"POST " + below + "/texts", func(x *callers, who string) *httptest.ResponseRecorder {
			return x.send(who, http.MethodPost, "/texts?subject="+x.guest, "words", nil)
		}},
		"seal a text, helped's": {"POST " + below + "/texts", func(x *callers, who string) *httptest.ResponseRecorder {
			return x.send(who, http.MethodPost, "/texts?subject="+x.devices["host"].Member, "words", nil)
		}},
		"a sealed credential": {"POST " + below + "/polls/{poll}/credentials", func(x *callers, who string) *httptest.ResponseRecorder {
			return x.send(who, http.MethodPost, "/polls/"+x.guest+"/credentials", `{"sealed":"AAAA"}`, nil) // for a poll that there is not
		}},
		"no such address": {"", func(x *callers, who string) *httptest.ResponseRecorder {
			return x.send(who, http.MethodGet, "/nonesuch", "", nil)
		}},
		"no such method": {"", func(x *callers, who string) *httptest.ResponseRecorder {
			return x.send(who, http.MethodPut, "/inbox", "", nil)
		}},
	}
	for name, r := range pageRows() {
		rows[name] = r
	}
	for name, r := range operatorRows() {
		rows[name] = r
	}
	for name, r := range signInRows() {
		rows[name] = r
	}
	for name, r := range accountRows() {
		rows[name] = r
	}
	for name, r := range commandRows() {
		rows[name] = r
	}
	for name, r := range cosigningRows() {
		rows[name] = r
	}
	return rows
}

// ofHelped asks for a list of host's, whose helper resid is for topics, and for nothing that these lists are about.
func ofHelped(list string) route {
	return route{"GET " + below + "/" + list, func(x *callers, who string) *httptest.ResponseRecorder {
		return x.send(who, http.MethodGet, "/"+list+"?principal="+x.devices["host"].Member, "", nil)
	}}
}

// terms asks what a founding must name.
func (x *callers) terms(who string, change func(*http.Request)) *httptest.ResponseRecorder {
	return ask(x.edge, x.open, http.MethodGet, "/v1/founding", x.devices[who].Token, "", change)
}

// afar has a request come from another machine.
func afar(r *http.Request) { r.RemoteAddr = "192.0.2.7:40000" }

// foundAgain founds one more community.
func foundAgain(x *callers, who string, change func(*http.Request)) *httptest.ResponseRecorder {
	x.edge.Helper()
	token := x.devices[who].Token
	var terms struct {
		EpochKey []byte `json:"epoch_key"`
		Holders  []struct {
			Key    []byte `json:"key"`
			BoxKey []byte `json:"box_key"`
		} `json:"holders"`
	}
	w := x.terms("oper", nil)
	if err := json.Unmarshal(w.Body.Bytes(), &terms); err != nil || len(terms.Holders) != 2 {
		x.edge.Fatalf("founding terms: %v", err)
	}
	found := accessFounding()
	found.EpochKey = terms.EpochKey
	for i, h := range terms.Holders {
		found.Holders[i].Key, found.Holders[i].BoxKey = h.Key, h.BoxKey
	}
	body, err := protojson.Marshal(found)
	if err != nil {
		x.edge.Fatal(err)
	}
	s := &chain.Signed{Suite: chain.SuiteIntl, Operation: "community.found", Contract: 1, Body: body}
	for _, founder := range []string{"offA", "offB"} {
		if err := s.Sign(chain.Hash{}, chain.AuthorGenesis, forge.Key(founder)); err != nil {
			x.edge.Fatal(err)
		}
	}
	return ask(x.edge, x.open, http.MethodPost, "/v1/communities", token, string(body), func(r *http.Request) {
		if change != nil {
			change(r)
		}
		for _, sig := range s.Signatures {
			r.Header.Add(op.HeaderSignature, op.FormatSignature(sig))
		}
	})
}

// commandRows are an operation that every member may do, as it comes in at the edge.
func commandRows() map[string]route {
	text := &communityv1.Text{Ref: accessRef("words"), LengthBytes: 5, Commitment: bytes.Repeat([]byte{7}, 32)}
	body, err := protojson.Marshal(&proposalv1.PostTopic{Matter: neighbourhood.MatterGreening, Text: text})
	if err != nil {
		panic(err)
	}
	unsigned := func(r *http.Request) {
		r.Header.Set(op.HeaderIdempotencyKey, client.IdempotencyKey())
		r.Header.Set(op.HeaderNotAfter, strconv.FormatInt(time.Now().Add(5*time.Minute).UnixMilli(), 10))
	}
	return map[string]route{
		"a command, signed": {"POST " + below + "/topics", func(x *callers, who string) *httptest.ResponseRecorder {
			return x.send(who, http.MethodPost, "/topics", string(body), x.signed(who, "proposal.post", body))
		}},
		"a command, unsigned": {"POST " + below + "/topics", func(x *callers, who string) *httptest.ResponseRecorder {
			return x.send(who, http.MethodPost, "/topics", string(body), unsigned)
		}},
	}
}

// kindRow reads the records of a kind.
func kindRow(kind string) route { return get("GET "+below+"/records/{path...}", kind) }

// outcome is what an answer comes to: "" for yes, or the code of the refusal, which must be a problem or a page.
func outcome(t testing.TB, what string, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Code < 300 {
		return ""
	}
	if code := codeOnPage.FindStringSubmatch(w.Body.String()); code != nil && strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		return code[1]
	}
	var p struct {
		Code, Detail string
		Status       int
	}
	err := json.Unmarshal(w.Body.Bytes(), &p)
	if err != nil || p.Status != w.Code || p.Code == "" || p.Detail == "" || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s: %d without a problem: %s", what, w.Code, w.Body)
	}
	return p.Code
}

// TestAccessByRoute walks the routes that are no operation, cell by cell, over a real gateway.
func TestAccessByRoute(t *testing.T) {
	m := readMatrix(t)
	x := newCallers(t)
	await := func() error {
		_, err := x.First.Raw(t.Context(), "/log/"+x.Community+"/proof/0")
		return err
	}
	if err := neighbourhood.Eventually(t.Context(), "checkpoint", await); err != nil {
		t.Fatal(err)
	}
	rows := routeRows()
	for _, model := range x.edge.env.Models {
		for _, kind := range model.OwnKinds() {
			rows["records: "+kind] = kindRow(kind)
		}
	}
	m.complete(t, "route", rows2names(rows), []string{
		"anon", "forged", "resid", "host", "offA", "offB", "devA", "oper", "gone", "lost", "late", "out", "other",
	})
	covered := map[string]bool{}
	for _, name := range m.rows("route") {
		r, ok := rows[name]
		covered[r.pattern] = true
		if !ok || r.send == nil {
			continue
		}
		m.walk(t, "route", name, func(who string) string { return outcome(t, name+" by "+who, r.send(x, who)) })
	}
	m.walk(t, "route", "sign out", func(who string) string {
		token := x.devices[who].Token
		code := outcome(t, "sign out", x.send(who, http.MethodDelete, "/sessions", "", nil))
		after := outcome(t, "afterwards", ask(t, x.open, http.MethodGet, "/v1/communities/"+x.Community+"/inbox", token, "", nil))
		if who != "oper" && after == "" {
			t.Errorf("%s signed out and reads on", who)
		}
		return code
	})
	for _, pattern := range x.open.(*gateway.Gateway).Routes() {
		if !covered[pattern] && !isOperation(x.edge.env, pattern) {
			t.Errorf("%s has no row", pattern)
		}
	}
}

func rows2names(rows map[string]route) (names []string) {
	for name := range rows {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
