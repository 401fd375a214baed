package client_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// A pseudonym tells nobody who it is: no session, no cookie, no connection of another's, no exact time; and it is signed by its key alone.
func TestPseudonymTellsNobody(t *testing.T) {
	t.Parallel()
	var from []string
	answer := func(w http.ResponseWriter, r *http.Request) {
		from = append(from, r.RemoteAddr)
		_, _ = w.Write([]byte(`{"records":[{"path":"poll/x","version":1,"state":{"a":1}}]}`))
	}
	s := newServer(t, answer)
	g := client.New(s.URL)
	g.Now = func() time.Time { return now.Add(17_345 * time.Millisecond) }
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	g.HTTP.Jar = jar
	address, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	jar.SetCookies(address, []*http.Cookie{{Name: "who", Value: "ann"}})
	d := &client.Device{Gateway: g, Community: community, Genesis: genesis, Member: "ann", Key: key, Token: "secret"}
	if _, err := d.Record(t.Context(), "poll/x", 0, new(any)); err != nil {
		t.Fatal(err)
	}
	p := client.NewPseudonym(g, community, genesis, second)
	body := &votingv1.CastSecret{Poll: "x", Sequence: 1}
	if _, err := p.Do(t.Context(), "voting.cast_secret", "polls/x/secret-ballots", body); err != nil {
		t.Fatal(err)
	}
	if state, err := p.State(t.Context(), "poll/x", 0); err != nil || string(state) != `{"a":1}` {
		t.Errorf("%s, %v", state, err)
	}
	if from[0] == from[1] || from[1] != from[2] {
		t.Errorf("connections %v", from)
	}
	sent := s.asked[1]
	for _, never := range []string{"Authorization", "Cookie", "Traceparent", "Accept-Language"} {
		for _, r := range s.asked[1:] {
			if len(r.header.Values(never)) > 0 {
				t.Errorf("%s is sent", never)
			}
		}
	}
	notAfter, err := strconv.ParseInt(sent.header.Get(op.HeaderNotAfter), 10, 64)
	if err != nil || notAfter%60_000 != 0 || notAfter <= now.UnixMilli() || notAfter > now.Add(10*time.Minute).UnixMilli() {
		t.Errorf("not after %d, %v", notAfter, err)
	}
	signatures, err := op.Signatures(sent.header)
	if err != nil || len(signatures) != 1 || !slices.Equal(signatures[0].Key, chain.Public(second)) {
		t.Fatalf("%v, %v", signatures, err)
	}
	signed := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: "voting.cast_secret", Contract: 1, IdempotencyKey: sent.header.Get(op.HeaderIdempotencyKey),
		NotAfter: notAfter, Body: []byte(sent.body), Signatures: signatures,
	}
	id, err := signed.ID(chain.AuthorCredential, "")
	if err != nil || signed.CheckSignatures(genesis, id) != nil {
		t.Errorf("its signature does not hold: %v", err)
	}
}
