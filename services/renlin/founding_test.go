package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// repeater is a network that loses the first answer to every founding: the same bytes are sent again.
type repeater struct {
	next    http.RoundTripper
	answers []string
}

func (r *repeater) RoundTrip(q *http.Request) (*http.Response, error) {
	if q.Method != http.MethodPost || q.URL.Path != "/v1/communities" {
		return r.next.RoundTrip(q)
	}
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return nil, err
	}
	q.Body = io.NopCloser(bytes.NewReader(body))
	lost, err := r.next.RoundTrip(q)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(lost.Body)
	if err != nil {
		return nil, err
	}
	_ = lost.Body.Close() // it was read
	r.answers = append(r.answers, string(answer))
	again := q.Clone(q.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	return r.next.RoundTrip(again)
}

func exampleFounding() neighbourhood.Plan {
	return neighbourhood.Plan{
		Name:     "Twice",
		First:    &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE, Name: "Committee"},
		Second:   &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_GOVERNMENT, Name: "Street office"},
		Rulebook: neighbourhood.ExampleRulebook,
	}
}

// TestFoundingTwice: a founding whose answer was lost, or that somebody sends again, founds one community; its epoch key founds no other.
func TestFoundingTwice(t *testing.T) {
	t.Parallel()
	address, _, dir := openShell(t)
	soon, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := awaitServices(soon, client.New(address)); err != nil {
		t.Fatal(err)
	}
	anyone := &client.Device{Gateway: client.New(address)}
	terms := func() (key string) {
		t.Helper()
		var out struct {
			EpochKey string `json:"epoch_key"`
		}
		if err := anyone.Get(soon, "/v1/founding", &out); err != nil {
			t.Fatal(err)
		}
		return out.EpochKey
	}
	key := terms()
	for range 5 {
		if again := terms(); again != key {
			t.Fatal("an unused epoch key was not told again")
		}
	}
	if keys, err := filepath.Glob(filepath.Join(dir, "data", "sequencer", "epochs", "*.key")); err != nil || len(keys) != 1 {
		t.Errorf("keys for one founding: %d, %v", len(keys), err)
	}
	network := &repeater{next: http.DefaultTransport}
	g := client.New(address)
	g.HTTP = &http.Client{Transport: network, Timeout: time.Minute}
	n, err := neighbourhood.Found(soon, g, exampleFounding())
	if err != nil {
		t.Fatal(err)
	}
	var first struct{ Community, Genesis string }
	if err := json.Unmarshal([]byte(network.answers[0]), &first); err != nil {
		t.Fatal(err)
	}
	if first.Community != n.Community || first.Genesis != n.Genesis.String() {
		t.Errorf("the first answer names %s, the second %s", first.Community, n.Community)
	}
	if terms() == key {
		t.Error("a used epoch key is told again")
	}
	var list struct{ Communities []string }
	if err := anyone.Get(soon, "/v1/communities", &list); err != nil || len(list.Communities) != 1 {
		t.Errorf("communities %q, %v", list.Communities, err)
	}
	stale := client.New(address)
	stale.HTTP = &http.Client{Transport: oldTerms(key), Timeout: time.Minute}
	if _, err := neighbourhood.Found(soon, stale, exampleFounding()); fault.Of(err).Code != "epoch_key.used" {
		t.Errorf("another founding with a used epoch key: %v", err)
	}
}

// oldTerms is a client that asked for founding terms long ago: it still has that epoch key.
type oldTerms string

func (key oldTerms) RoundTrip(q *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(q)
	if err != nil || q.URL.Path != "/v1/founding" {
		return response, err
	}
	defer response.Body.Close()
	var terms map[string]json.RawMessage
	if err := json.NewDecoder(response.Body).Decode(&terms); err != nil {
		return nil, err
	}
	if terms["epoch_key"], err = json.Marshal(string(key)); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(terms)
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	return response, err
}
