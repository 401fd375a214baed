package main

import (
	"bytes"
	"crypto/ed25519"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// request sends one request to a gateway, whatever it is.
func request(t *testing.T, method, address, body string, header http.Header) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for name, values := range header {
		if name == "Host" {
			r.Host = values[0]
			continue
		}
		r.Header[name] = values
	}
	return exchange(t, http.DefaultClient, r)
}

// signInHeader signs a sign-in.
func signInHeader(t *testing.T, d *client.Device, body, idempotency string, notAfter time.Time) http.Header {
	t.Helper()
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: "gateway.sign_in", Contract: 1, IdempotencyKey: idempotency,
		NotAfter: notAfter.UnixMilli(), Body: []byte(body),
	}
	if err := s.Sign(d.Genesis, chain.AuthorDevice, d.Key); err != nil {
		t.Fatal(err)
	}
	return http.Header{
		op.HeaderIdempotencyKey: {idempotency}, op.HeaderNotAfter: {strconv.FormatInt(s.NotAfter, 10)},
		op.HeaderSignature: {op.FormatSignature(s.Signatures[0])},
	}
}

// signedIn signs in, as soon as the enrolment is known.
func signedIn(t *testing.T, d *client.Device) {
	t.Helper()
	if err := neighbourhood.Eventually(t.Context(), "sign in", func() error { return d.SignIn(t.Context()) }); err != nil {
		t.Fatal(err)
	}
}

// TestHTTPSignIn: a signed sign-in opens one session, in its time, for its own member; the development one works on this machine only.
func TestHTTPSignIn(t *testing.T) {
	address, _ := startPilot(t)
	n, voters := foundVoters(t, address, 2)
	d, url := voters[0], address+"/v1/communities/"+n.Community+"/sessions"
	signedIn(t, d)
	body := `{"member":"` + d.Member + `"}`
	soon := time.Now().Add(time.Minute)
	good := signInHeader(t, d, body, client.IdempotencyKey(), soon)
	if got := request(t, http.MethodPost, url, body, good); got.status != http.StatusCreated || !strings.Contains(got.body, `"device"`) {
		t.Fatalf("signed: %d %s", got.status, got.body)
	}
	request(t, http.MethodPost, url, body, good).refused(t, http.StatusConflict, "sign_in.used")
	request(t, http.MethodPost, url, body, signInHeader(t, d, body, client.IdempotencyKey(), time.Now().Add(-time.Second))).
		refused(t, http.StatusBadRequest, "not_after.malformed")
	request(t, http.MethodPost, url, body, signInHeader(t, d, body, client.IdempotencyKey(), time.Now().Add(time.Hour))).
		refused(t, http.StatusBadRequest, "not_after.malformed")
	other := `{"member":"` + voters[1].Member + `"}`
	request(t, http.MethodPost, url, other, signInHeader(t, d, other, client.IdempotencyKey(), soon)).
		refused(t, http.StatusUnauthorized, "key.unknown")
	bare := signInHeader(t, d, body, client.IdempotencyKey(), soon)
	bare.Del(op.HeaderIdempotencyKey)
	request(t, http.MethodPost, url, body, bare).refused(t, http.StatusBadRequest, "idempotency_key.missing")

	if got := request(t, http.MethodPost, url, body, nil); got.status != http.StatusCreated || !strings.Contains(got.body, `"development"`) {
		t.Errorf("development: %d %s", got.status, got.body)
	}
	for name, value := range map[string]string{
		"X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.1", "Via": "1.1 x", "Host": "renlin.example",
	} {
		request(t, http.MethodPost, url, body, http.Header{name: {value}}).refused(t, http.StatusForbidden, "sign_in.development_only")
	}
}

// TestHTTPSessionsEnd: with the key that opened it, and with the member's seventeenth.
func TestHTTPSessionsEnd(t *testing.T) {
	address, _ := startPilot(t)
	n, voters := foundVoters(t, address, 2)
	inbox := "/v1/communities/" + n.Community + "/inbox"
	d := *voters[0]
	signedIn(t, &d)
	if err := d.Get(t.Context(), inbox, new(any)); err != nil {
		t.Fatal(err)
	}
	public := d.Key.Public().(ed25519.PublicKey)
	key := chain.KeyID(public)
	answer, err := n.First.Do(t.Context(), "community.revoke_key", "keys/revocation", &communityv1.RevokeKey{Key: public})
	if err != nil {
		t.Fatal(err)
	}
	err = neighbourhood.Eventually(t.Context(), "revocation known", func() error {
		_, err := n.First.Record(t.Context(), "key/"+key, answer.Position, new(any))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	wantFault(t, "after the key was revoked", d.Get(t.Context(), inbox, new(any)), fault.Unauthenticated, "key.revoked")

	first := *voters[1]
	signedIn(t, &first)
	for range 16 {
		if err := first.Get(t.Context(), inbox, new(any)); err != nil {
			t.Fatal(err)
		}
		again := *voters[1]
		signedIn(t, &again)
	}
	sessionEnded(t, address+inbox, first.Token)
}

// sessionEnded makes sure that a token opens nothing any more.
func sessionEnded(t *testing.T, address, token string) {
	t.Helper()
	request(t, http.MethodGet, address, "", http.Header{"Authorization": {"Bearer " + token}}).
		refused(t, http.StatusUnauthorized, "session.expired")
}

// TestHTTPWritesOnce: writes that are no commands want an idempotency key too, and are done once under it.
func TestHTTPWritesOnce(t *testing.T) {
	address, _ := startPilot(t)
	n, voters := foundVoters(t, address, 2)
	bearer := func(d *client.Device, key string) http.Header {
		return http.Header{"Authorization": {"Bearer " + d.Token}, op.HeaderIdempotencyKey: {key}}
	}
	for _, d := range voters {
		signedIn(t, d)
	}
	own := address + "/v1/communities/" + n.Community + "/texts?subject=" + voters[0].Member
	key := client.IdempotencyKey()
	first := request(t, http.MethodPost, own, "a text", bearer(voters[0], key))
	if first.status != http.StatusCreated {
		t.Fatalf("%d %s", first.status, first.body)
	}
	again := request(t, http.MethodPost, own, "a text", bearer(voters[0], key))
	if again.status != http.StatusOK || again.body != first.body {
		t.Errorf("again: %d %s", again.status, again.body)
	}
	request(t, http.MethodPost, own, "another text", bearer(voters[0], key)).
		refused(t, http.StatusUnprocessableEntity, "command.reused")
	request(t, http.MethodPost, own, "a text", http.Header{"Authorization": {"Bearer " + voters[0].Token}}).
		refused(t, http.StatusBadRequest, "idempotency_key.missing")
	theirs := strings.Replace(own, voters[0].Member, voters[1].Member, 1)
	got := request(t, http.MethodPost, theirs, "a text", bearer(voters[1], key))
	if got.status != http.StatusCreated || got.body == first.body {
		t.Errorf("another's key: %d %s", got.status, got.body)
	}
	request(t, http.MethodPost, theirs, "a text", bearer(voters[0], client.IdempotencyKey())).refused(t, http.StatusForbidden, "role.missing")
}

// TestHTTPOperator: the operator reads, and founds; what members and officers do is not the operator's to do.
func TestHTTPOperator(t *testing.T) {
	address, cfg := startPilot(t)
	n, voters := foundVoters(t, address, 1)
	token, err := os.ReadFile(filepath.Join(cfg.data, "token"))
	if err != nil {
		t.Fatal(err)
	}
	operator := http.Header{"Authorization": {"Bearer " + string(bytes.TrimSpace(token))}, op.HeaderIdempotencyKey: {client.IdempotencyKey()}}
	at := address + "/v1/communities/" + n.Community
	request(t, http.MethodPost, at+"/texts?subject="+voters[0].Member, "a text", operator).refused(t, http.StatusForbidden, "role.missing")
	request(t, http.MethodPost, at+"/hosted-keys", `{"member":"`+voters[0].Member+`"}`, operator).
		refused(t, http.StatusForbidden, "role.missing")
	if got := request(t, http.MethodGet, at+"/records/member/"+voters[0].Member, "", operator); got.status != http.StatusOK {
		t.Errorf("read: %d %s", got.status, got.body)
	}
	elsewhere := http.Header{"Host": {"renlin.example"}, op.HeaderIdempotencyKey: {client.IdempotencyKey()}}
	request(t, http.MethodGet, address+"/v1/founding", "", elsewhere).refused(t, http.StatusForbidden, "founding.operator_only")
	request(t, http.MethodPost, address+"/v1/communities", "{}", elsewhere).refused(t, http.StatusForbidden, "founding.operator_only")
	operator.Set("Host", "renlin.example")
	if got := request(t, http.MethodGet, address+"/v1/founding", "", operator); got.status != http.StatusOK {
		t.Errorf("founding: %d %s", got.status, got.body)
	}
}

// TestHTTPCaching: only what never changes may be kept.
func TestHTTPCaching(t *testing.T) {
	address, _ := startPilot(t)
	n, _ := foundVoters(t, address, 1)
	for path, want := range map[string]string{"checkpoint": "max-age=1", "keys": "max-age=1", "state": "max-age=1", "tile/": "immutable"} {
		if path == "tile/" {
			path = "tile/0/000.p/1"
		}
		err := neighbourhood.Eventually(t.Context(), path, func() error {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/log/"+n.Community+"/"+path, nil)
			if err != nil {
				return err
			}
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				return err
			}
			defer response.Body.Close()
			if response.StatusCode != http.StatusOK {
				return fault.ErrUnavailable
			}
			if got := response.Header.Get("Cache-Control"); !strings.Contains(got, want) {
				t.Errorf("%s: %q", path, got)
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
