package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/gateway"
	"renlin.dev/services/gateway/platformtest"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// The mini-program of the tests at the stand-in of its platform.
const (
	miniApp    = "wx0123456789abcdef"
	miniSecret = "5ec2e7000000000000000000deadbeef"
)

// startPlatform runs a stand-in of a platform, and gives the configuration of a gateway that asks it.
func startPlatform(t testing.TB) (*platformtest.Platform, gateway.ProviderConfig) {
	t.Helper()
	p := platformtest.New(miniApp, miniSecret)
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(miniSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return p, gateway.ProviderConfig{Name: "wechat", Base: server.URL, AppID: miniApp, SecretFile: secret}
}

// phone is somebody's mini-program: an account at the platform, and no key.
type phone struct {
	t         testing.TB
	platform  *platformtest.Platform
	account   string
	g         *client.Gateway
	community string
	token     string
}

// send sends a request of the phone's and gives the answer.
func (p *phone) send(method, path, body string, header http.Header) (status int, answer map[string]any) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.g.URL+"/v1/communities/"+p.community+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if header != nil {
		r.Header = header.Clone()
	}
	r.Header.Set("Content-Type", "application/json")
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	response, err := p.g.HTTP.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
			p.t.Fatalf("%s %s: %d, %v", method, path, response.StatusCode, err)
		}
	}
	return response.StatusCode, answer
}

// code is the refusal in an answer, "" if it is none.
func codeIn(answer map[string]any) string {
	code, _ := answer["code"].(string)
	return code
}

// open opens the mini-program: it signs in by the platform. The ticket is for an account that is not bound.
func (p *phone) open() (code, ticket string) {
	p.t.Helper()
	p.token = ""
	_, answer := p.send(http.MethodPost, "/sessions", `{"provider":"wechat","code":"`+p.platform.Code(p.account)+`"}`, nil)
	p.token, _ = answer["token"].(string)
	if params, ok := answer["params"].(map[string]any); ok {
		ticket, _ = params["ticket"].(string)
	}
	return codeIn(answer), ticket
}

// signedIn opens the mini-program of an account that is bound.
func (p *phone) signedIn() {
	p.t.Helper()
	if code, _ := p.open(); code != "" || p.token == "" {
		p.t.Fatalf("sign in by account: %q", code)
	}
}

// unbound opens the mini-program of an account that is not bound and gives the ticket.
func (p *phone) unbound() string {
	p.t.Helper()
	code, ticket := p.open()
	if code != "sign_in.unbound" || len(ticket) < 40 {
		p.t.Fatalf("an account that is not bound: %q, ticket of %d", code, len(ticket))
	}
	return ticket
}

// bind binds by the signature of a device.
func (p *phone) bind(d *client.Device, member, ticket string) (code string) {
	p.t.Helper()
	_, code = p.bindBy(d, "gateway.bind", member, ticket)
	return code
}

func (p *phone) bindBy(d *client.Device, operation, member, ticket string) (status int, code string) {
	p.t.Helper()
	body := `{"member":"` + member + `","ticket":"` + ticket + `"}`
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: client.IdempotencyKey(),
		NotAfter: p.g.Now().Add(time.Minute).UnixMilli(), Body: []byte(body),
	}
	if err := s.Sign(d.Genesis, chain.AuthorDevice, d.Key); err != nil {
		p.t.Fatal(err)
	}
	status, answer := p.send(http.MethodPost, "/bindings", body, http.Header{
		op.HeaderIdempotencyKey: {s.IdempotencyKey}, op.HeaderNotAfter: {strconv.FormatInt(s.NotAfter, 10)},
		op.HeaderSignature: {op.FormatSignature(s.Signatures[0])},
	})
	return status, codeIn(answer)
}

// redeem binds by a code that an officer gave.
func (p *phone) redeem(genesis chain.Hash, member, code, ticket string) error {
	p.t.Helper()
	key, err := standing.CodeKey(genesis, member, code)
	if err != nil {
		p.t.Fatal(err)
	}
	d := &client.Device{Gateway: p.g, Community: p.community, Genesis: genesis, Key: key}
	digest := sha256.Sum256([]byte(ticket))
	_, err = d.Do(p.t.Context(), "community.redeem_invite", "members/"+member+"/bound-accounts",
		&communityv1.RedeemInvite{Member: member, Ticket: digest[:]})
	return err
}

// reads tells whether the phone's session reads, or why not.
func (p *phone) reads() string {
	p.t.Helper()
	_, answer := p.send(http.MethodGet, "/inbox", "", nil)
	return codeIn(answer)
}

// devices gives what the member is signed in by.
func (p *phone) devices() (keys, bindings []map[string]any) {
	p.t.Helper()
	status, answer := p.send(http.MethodGet, "/devices", "", nil)
	if status != http.StatusOK {
		p.t.Fatalf("devices: %d %v", status, answer)
	}
	for _, k := range answer["keys"].([]any) {
		keys = append(keys, k.(map[string]any))
	}
	for _, b := range answer["bindings"].([]any) {
		bindings = append(bindings, b.(map[string]any))
	}
	return keys, bindings
}

// invite has officers give a member a code: the second organisation's, and the first's too where the rules want both.
func invite(t testing.TB, n *neighbourhood.Neighbourhood, member string, cosigners ...ed25519.PrivateKey) (code string) {
	t.Helper()
	code = standing.NewCode(rand.Reader)
	key, err := standing.CodeKey(n.Genesis, member, code)
	if err != nil {
		t.Fatal(err)
	}
	_, err = n.Second.Do(t.Context(), "community.invite_members", "invites", &communityv1.InviteMembers{
		Invites: []*communityv1.Invite{{Member: member, CodeKey: key.Public().(ed25519.PublicKey)}},
	}, cosigners...)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// accounts is a village at whose gateway members sign in by a platform.
type accounts struct {
	*village
	platform *platformtest.Platform
	gate     *gateway.Gateway
	config   gateway.ProviderConfig
}

func newAccounts(t *testing.T) *accounts {
	t.Helper()
	e := newEdge(t)
	p, cfg := startPlatform(t)
	a := &accounts{platform: p, config: cfg}
	c := a.serveAt(e)
	a.village = e.found(c)
	return a
}

// serveAt opens the gateway that keeps the bindings.
func (a *accounts) serveAt(e *edge) *client.Gateway {
	e.Helper()
	provider, err := gateway.NewCode2Session(a.config, e.env.Log)
	if err != nil {
		e.Fatal(err)
	}
	a.gate = e.gateway(func(c *gateway.Config) {
		c.BindingsDir, c.Providers = filepath.Join(e.env.Data, "gateway", "bindings"), []gateway.Provider{provider}
	})
	e.Cleanup(func() { _ = a.gate.Close() }) // it may have been closed already
	return e.serve(a.gate)
}

// restart opens another gateway on the same directories.
func (a *accounts) restart(phones ...*phone) {
	a.edge.Helper()
	if err := a.gate.Close(); err != nil {
		a.edge.Fatal(err)
	}
	c := a.serveAt(a.edge)
	a.First.Device.Gateway, a.Second.Device.Gateway = c, c
	for _, p := range phones {
		p.g = c
	}
}

func (a *accounts) phone(account string) *phone {
	return &phone{t: a.edge, platform: a.platform, account: "o6_" + account, g: a.First.Gateway, community: a.Community}
}
