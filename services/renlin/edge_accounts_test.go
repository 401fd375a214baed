package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/standing"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	"renlin.dev/services/gateway/platformtest"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// TestAccountBoundByDevice: an account that nobody has bound opens nothing; bound by a device it reads as the member, holds no office, and
// signs nothing but by a hosted key; it ends when it is unbound, and when the device is signed off.
func TestAccountBoundByDevice(t *testing.T) {
	a := newAccounts(t)
	people := a.enrol("ann", "bob")
	ann, bob, p := people["ann"], people["bob"], a.phone("account-of-ann")
	ticket := p.unbound()
	for name, c := range map[string]struct {
		bind func() string
		want string
	}{
		"another's device":      {func() string { return p.bind(bob, ann.Member, ticket) }, "key.unknown"},
		"for another operation": {func() string { _, code := p.bindBy(ann, "gateway.sign_in", ann.Member, ticket); return code }, "key.unknown"},
		"a made-up ticket":      {func() string { return p.bind(ann, ann.Member, ticket+"x") }, "ticket.expired"},
		"no ticket":             {func() string { return p.bind(ann, ann.Member, "") }, "sign_in.malformed"},
		"nobody":                {func() string { return p.bind(ann, "", ticket) }, "sign_in.malformed"},
	} {
		if got := c.bind(); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for range 2 { // the second is a repetition, whose first answer was lost
		if code := p.bind(ann, ann.Member, ticket); code != "" {
			t.Fatalf("bind: %q", code)
		}
	}
	p.signedIn()
	if code := p.reads(); code != "" {
		t.Errorf("reading: %q", code)
	}
	status, answer := p.send(http.MethodPost, "/topics", `{"matter":"greening"}`, http.Header{
		op.HeaderIdempotencyKey: {client.IdempotencyKey()}, op.HeaderNotAfter: {strconv.FormatInt(time.Now().Add(time.Minute).UnixMilli(), 10)},
	})
	if status != http.StatusUnauthorized || codeIn(answer) != "command.unsigned" {
		t.Errorf("a command of who has a device, unsigned: %d %v", status, answer)
	}
	other := a.phone("account-of-bob")
	if code := other.bind(bob, bob.Member, ticket); code != "binding.taken" {
		t.Errorf("another member with the same account: %q", code)
	}
	keys, bindings := p.devices()
	if len(keys) != 1 || keys[0]["hosted"] != false || keys[0]["last_sign_in"] == nil || keys[0]["position"] == nil ||
		len(bindings) != 1 || bindings[0]["current"] != true || bindings[0]["key"] != keys[0]["key"] || bindings[0]["provider"] != "wechat" {
		t.Errorf("devices: %v, %v", keys, bindings)
	}
	bound := "/bindings/" + bindings[0]["binding"].(string)
	if status, answer := other.send(http.MethodDelete, bound, "", nil); status != http.StatusUnauthorized {
		t.Errorf("unbound by nobody: %d %v", status, answer)
	}
	a.restart(p, other)
	p.signedIn()
	if status, answer := p.send(http.MethodDelete, bound, "", nil); status != http.StatusNoContent {
		t.Errorf("unbind: %d %v", status, answer)
	}
	if code := p.reads(); code != "session.expired" {
		t.Errorf("after unbinding: %q", code)
	}
	if code := p.bind(ann, ann.Member, p.unbound()); code != "" {
		t.Fatalf("bind again: %q", code)
	}
	p.signedIn()
	a.revokeKey(ann)
	if code := p.reads(); code != "session.expired" {
		t.Errorf("after the device was signed off: %q", code)
	}
	p.unbound()
}

// TestAccountOfAnOfficer signs in as a member and holds no office.
func TestAccountOfAnOfficer(t *testing.T) {
	a := newAccounts(t)
	p := a.phone("account-of-officer")
	if code := p.bind(a.First.Device, a.First.Member, p.unbound()); code != "" {
		t.Fatalf("bind: %q", code)
	}
	p.signedIn()
	member := a.admit("guest")[0]
	for path, body := range map[string]string{"/hosted-keys": memberJSON(member), "/texts?subject=" + member: "words"} {
		status, answer := p.send(http.MethodPost, path, body, http.Header{op.HeaderIdempotencyKey: {client.IdempotencyKey()}})
		if status != http.StatusForbidden || codeIn(answer) != "role.missing" {
			t.Errorf("%s: %d %v", path, status, answer)
		}
	}
	if _, answer := p.send(http.MethodGet, "/records/invite", "", nil); codeIn(answer) != "role.missing" {
		t.Errorf("invites: %v", answer)
	}
}

// TestAccountBoundByCode: a member whose key is hosted binds an account by a code, once, and then posts a topic by the hosted key.
func TestAccountBoundByCode(t *testing.T) {
	a := newAccounts(t)
	member := a.admit("old", "other")
	if _, err := a.Host(t.Context(), member[0]); err != nil {
		t.Fatal(err)
	}
	p, thief := a.phone("account-of-old"), a.phone("account-of-thief")
	code, ticket := invite(t, a.Neighbourhood, member[0]), p.unbound()
	wantFault(t, "a guess", p.redeem(a.Genesis, member[0], standing.NewCode(rand.Reader), ticket), fault.Forbidden, "redemption.signatures")
	wantFault(t, "no ticket", p.redeem(a.Genesis, member[0], code, "x"), fault.Forbidden, "ticket.expired")
	wantFault(t, "somebody without a code", p.redeem(a.Genesis, member[1], code, ticket), fault.Forbidden, "invite.none")
	if err := p.redeem(a.Genesis, member[0], code, ticket); err != nil {
		t.Fatal(err)
	}
	if err := p.redeem(a.Genesis, member[0], code, ticket); err == nil {
		t.Error("another command with a code that was used up")
	}
	wantFault(t, "a thief of the code", thief.redeem(a.Genesis, member[0], code, thief.unbound()), fault.Refused, "invite.used")
	a.restart(p, thief)
	p.signedIn()
	keys, bindings := p.devices()
	if len(keys) != 1 || keys[0]["hosted"] != true || len(bindings) != 1 || bindings[0]["key"] != keys[0]["key"] {
		t.Errorf("devices: %v, %v", keys, bindings)
	}
	d := &client.Device{Gateway: p.g, Community: a.Community, Genesis: a.Genesis, Token: p.token}
	sealed, err := d.PutText(t.Context(), member[0], "the lamp is broken")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Do(t.Context(), "proposal.post", "topics",
		&proposalv1.PostTopic{Matter: neighbourhood.MatterGreening, Text: neighbourhood.Text(sealed)}); err != nil {
		t.Errorf("a topic by the hosted key: %v", err)
	}
}

// TestAccountsGuessing: who tries codes that are not theirs must wait, longer each time; the member's own device need not.
func TestAccountsGuessing(t *testing.T) {
	a := newAccounts(t)
	ann := a.enrol("ann")["ann"]
	member := a.admit("old")[0]
	if _, err := a.Host(t.Context(), member); err != nil {
		t.Fatal(err)
	}
	code, thief := invite(t, a.Neighbourhood, member), a.phone("account-of-thief")
	ticket := thief.unbound()
	thief.g.Tries = 1 // it does not wait as a well-behaved client would
	for n := range 5 {
		err := thief.redeem(a.Genesis, member, standing.NewCode(rand.Reader), ticket)
		wantFault(t, strconv.Itoa(n), err, fault.Forbidden, "redemption.signatures")
	}
	wantFault(t, "too many", thief.redeem(a.Genesis, member, code, ticket), fault.TooMany, "attempts.too_many")
	if got := thief.bind(ann, ann.Member, ticket); got != "attempts.too_many" {
		t.Errorf("another way with the same account: %q", got)
	}
	if got, _ := thief.open(); got != "attempts.too_many" {
		t.Errorf("signing in with the same account: %q", got)
	}
	if err := ann.SignIn(t.Context()); err != nil {
		t.Errorf("signed: %v", err)
	}
	p := a.phone("account-of-old")
	mine := p.unbound()
	wantFault(t, "in the same member's name", p.redeem(a.Genesis, member, code, mine), fault.TooMany, "attempts.too_many")
	a.edge.ahead.Store(int64(2 * time.Second))
	if err := p.redeem(a.Genesis, member, code, mine); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

// TestAccountsRace: of two members who bind one account at once, one wins, and it is the one whom it signs in.
func TestAccountsRace(t *testing.T) {
	a := newAccounts(t)
	people := a.enrol("ann", "bob", "cat", "dan")
	p := a.phone("account-of-all")
	ticket := p.unbound()
	var tries sync.WaitGroup
	var mu sync.Mutex
	won := map[string]bool{}
	for _, d := range people {
		tries.Go(func() {
			for {
				switch code := p.bind(d, d.Member, ticket); code {
				case "service.busy":
					continue
				case "":
					mu.Lock()
					won[d.Member] = true
					mu.Unlock()
				case "binding.taken":
				default:
					t.Errorf("bind: %q", code)
				}
				return
			}
		})
	}
	tries.Wait()
	_, answer := p.send(http.MethodPost, "/sessions", `{"provider":"wechat","code":"`+p.platform.Code(p.account)+`"}`, nil)
	if member, _ := answer["member"].(string); len(won) != 1 || !won[member] {
		t.Errorf("%d have won, and it signs %v in", len(won), answer)
	}
}

// TestAccountsEnd with the membership, and with the erasure of the person; what ended elsewhere is found at the next sign-in, and by the
// review.
func TestAccountsEnd(t *testing.T) {
	a := newAccounts(t)
	people := a.enrol("leaver", "erased", "elsewhere", "reviewed")
	phones := map[string]*phone{}
	for name, d := range people { // any order
		p := a.phone("account-of-" + name)
		if code := p.bind(d, d.Member, p.unbound()); code != "" {
			t.Fatalf("bind: %q", code)
		}
		p.signedIn()
		phones[name] = p
	}
	files := func(name string) int {
		found, err := filepath.Glob(filepath.Join(a.edge.env.Data, "gateway", "bindings", a.Community, people[name].Member+".*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	erase := func(d *client.Device) {
		t.Helper()
		if _, err := d.Do(t.Context(), "vault.erase", "erasures", &vaultv1.EraseSubject{Subject: d.Member}); err != nil {
			t.Fatal(err)
		}
	}
	a.revoke(people["leaver"])
	erase(people["erased"])
	for _, name := range []string{"leaver", "erased"} {
		if files(name) != 0 {
			t.Errorf("%s: answered, and the binding is on the disk", name)
		}
		if code := phones[name].reads(); code != "session.expired" && code != "member.not_active" {
			t.Errorf("%s reads on: %q", name, code)
		}
	}
	ticket := phones["erased"].unbound()
	if code := phones["erased"].bind(people["erased"], people["erased"].Member, ticket); code != "binding.erased" {
		t.Errorf("bound after the erasure: %q", code)
	}
	elsewhere := client.New(a.edge.serve(a.edge.gateway(nil)).URL) // a gateway that keeps no bindings
	for _, name := range []string{"elsewhere", "reviewed"} {
		d := *people[name]
		d.Gateway = elsewhere
		erase(&d)
		if files(name) != 1 {
			t.Errorf("%s: the binding is gone already: the test shows nothing", name)
		}
	}
	phones["elsewhere"].unbound()
	soon, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	err := neighbourhood.Eventually(soon, "review", func() error {
		if err := a.gate.Review(t.Context()); err != nil || files("reviewed") == 0 {
			return err
		}
		return fault.ErrUnavailable
	})
	if err != nil || files("elsewhere") != 0 {
		t.Errorf("after the review: %v", err)
	}
	if code := phones["reviewed"].reads(); code != "session.expired" {
		t.Errorf("after the review: %q", code)
	}
}

// bound enrols a device for somebody, binds their account by it, and signs in by the account.
func (a *accounts) bound() (*client.Device, *phone) {
	a.edge.Helper()
	ann, p := a.enrol("ann")["ann"], a.phone("account-of-ann")
	if code := p.bind(ann, ann.Member, p.unbound()); code != "" {
		a.edge.Fatalf("bind: %q", code)
	}
	p.signedIn()
	return ann, p
}

// TestAccountStreamEnds when the device on which the account rests is signed off, also when this gateway is not told of it.
func TestAccountStreamEnds(t *testing.T) {
	a := newAccounts(t)
	ann, p := a.bound()
	stream := a.listen(a.edge.open(a.gate), "/inbox/events", p.token, "")
	a.First.Gateway = a.edge.serve(a.edge.gateway(nil)) // which keeps no bindings
	a.revokeKey(ann)
	x, ok := stream.next()
	for ok && x.event != "end" {
		x, ok = stream.next()
	}
	if !ok || x.data != `{"code":"session.expired"}` {
		t.Errorf("the last that it was told: %+v", x)
	}
}

// TestAccountElsewhere: one account may belong to members of several communities, and in none is told of another.
func TestAccountElsewhere(t *testing.T) {
	a := newAccounts(t)
	ann := a.enrol("ann")["ann"]
	second := a.edge.found(a.First.Gateway)
	bob := second.enrol("bob")["bob"]
	p := a.phone("account-of-one")
	if code := p.bind(ann, ann.Member, p.unbound()); code != "" {
		t.Fatalf("bind: %q", code)
	}
	q := *p
	q.community = second.Community
	if code := q.bind(bob, bob.Member, q.unbound()); code != "" {
		t.Fatalf("bind elsewhere: %q", code)
	}
	p.signedIn()
	q.signedIn()
	_, here := p.devices()
	_, there := q.devices()
	if len(here) != 1 || len(there) != 1 || here[0]["binding"] == there[0]["binding"] {
		t.Errorf("bindings %v and %v", here, there)
	}
	if code := (&phone{t: t, g: p.g, community: second.Community, token: p.token}).reads(); code != "session.expired" {
		t.Errorf("a session of one community in the other: %q", code)
	}
}

// TestSessionsOverHTTP: a member sees where they are signed in, ends one session, and signs out everywhere.
func TestSessionsOverHTTP(t *testing.T) {
	a := newAccounts(t)
	ann, p := a.bound()
	device := &phone{t: t, g: p.g, community: a.Community, token: ann.Token}
	list := func(of *phone) (out []map[string]any) {
		t.Helper()
		status, answer := of.send(http.MethodGet, "/sessions", "", nil)
		if status != http.StatusOK {
			t.Fatalf("sessions: %d %v", status, answer)
		}
		for _, s := range answer["sessions"].([]any) {
			out = append(out, s.(map[string]any))
		}
		return out
	}
	all := list(device)
	if len(all) != 2 || all[0]["current"] != true || all[0]["provider"] != "device" || all[1]["provider"] != "wechat" ||
		all[1]["binding"] == nil || all[0]["key"] != chain.KeyID(ann.Key.Public().(ed25519.PublicKey)) {
		t.Fatalf("sessions: %v", all)
	}
	if status, answer := device.send(http.MethodDelete, "/sessions/nonesuch", "", nil); status != http.StatusNotFound {
		t.Errorf("no such session: %d %v", status, answer)
	}
	if status, answer := device.send(http.MethodDelete, "/sessions/"+all[1]["session"].(string), "", nil); status != http.StatusNoContent {
		t.Errorf("end the phone's: %d %v", status, answer)
	}
	if code := p.reads(); code != "session.expired" {
		t.Errorf("the phone reads on: %q", code)
	}
	p.signedIn()
	if status, answer := p.send(http.MethodDelete, "/sessions/all", "", nil); status != http.StatusNoContent {
		t.Errorf("sign out everywhere: %d %v", status, answer)
	}
	for _, of := range []*phone{p, device} {
		if code := of.reads(); code != "session.expired" {
			t.Errorf("after that: %q", code)
		}
	}
}

// TestPlatformRefusals: what the platform refuses is told to the person, what is ours is not, in both languages.
func TestPlatformRefusals(t *testing.T) {
	a := newAccounts(t)
	sign := func(body, language string) (int, map[string]any) {
		p := a.phone("account-of-ann")
		return p.send(http.MethodPost, "/sessions", body, http.Header{"Accept-Language": {language}})
	}
	body := func(code string) string { return `{"provider":"wechat","code":"` + code + `"}` }
	a.platform.Block("o6_blocked")
	for name, c := range map[string]struct {
		body    string
		trouble platformtest.Trouble
		status  int
		code    string
	}{
		"no such code":   {body("nonesuch"), "", 401, "sign_in.code_invalid"},
		"blocked":        {body(a.platform.Code("o6_blocked")), "", 403, "sign_in.blocked"},
		"busy":           {body(a.platform.Code("o6_busy")), platformtest.Busy, 503, "platform.busy"},
		"broken":         {body(a.platform.Code("o6_broken")), platformtest.Broken, 503, "platform.unavailable"},
		"no such one":    {`{"provider":"alipay","code":"x"}`, "", 404, "sign_in.provider_unknown"},
		"no code":        {`{"provider":"wechat"}`, "", 400, "sign_in.malformed"},
		"a member too":   {`{"provider":"wechat","code":"x","member":"y"}`, "", 400, "sign_in.malformed"},
		"a code alone":   {`{"code":"x"}`, "", 400, "sign_in.malformed"},
		"a code for one": {`{"code":"x","member":"y"}`, "", 400, "sign_in.malformed"},
	} {
		a.platform.Misbehave(c.trouble)
		sentences := map[string]bool{}
		for _, language := range []string{"en", "zh"} {
			status, answer := sign(c.body, language)
			if status != c.status || codeIn(answer) != c.code {
				t.Errorf("%s: %d %v", name, status, answer)
			}
			sentence, _ := answer["detail"].(string)
			sentences[sentence] = true
		}
		if len(sentences) != 2 {
			t.Errorf("%s: one sentence for two languages", name)
		}
	}
}

// TestAccountDamaged: a binding whose file was torn signs nobody in and says so; the account is bound anew, or goes with its member.
func TestAccountDamaged(t *testing.T) {
	a := newAccounts(t)
	people := a.enrol("ann", "bob")
	phones := map[string]*phone{}
	for name, d := range people { // any order
		p := a.phone("account-of-" + name)
		if code := p.bind(d, d.Member, p.unbound()); code != "" {
			t.Fatalf("bind: %q", code)
		}
		phones[name] = p
	}
	files := func() []string {
		found, err := filepath.Glob(filepath.Join(a.edge.env.Data, "gateway", "bindings", a.Community, "*"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	for _, file := range files() {
		if err := os.Truncate(file, 20); err != nil {
			t.Fatal(err)
		}
	}
	a.restart(phones["ann"], phones["bob"])
	ann := phones["ann"]
	code, ticket := ann.open()
	if code != "binding.damaged" {
		t.Errorf("damaged: %q", code)
	}
	if code := ann.bind(people["ann"], people["ann"].Member, ticket); code != "" {
		t.Errorf("bound anew: %q", code)
	}
	ann.signedIn()
	a.revoke(people["bob"])
	if left := files(); len(left) != 1 || !strings.Contains(left[0], people["ann"].Member) {
		t.Errorf("what was damaged stays when the membership ends: %v", left)
	}
	phones["bob"].unbound()
}
