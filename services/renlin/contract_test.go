package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"renlin.dev/services/gateway"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// TestContract drives every operation of a running pilot from its API document alone, as somebody would who has nothing else: with what is
// good and bad, from who may and who may not, repeated and too large. Whatever is answered must be in the document, by status, shape and
// code, and each code's sentence in both languages. An operation that the document gains and this story does not drive fails it.
func TestContract(t *testing.T) {
	cfg := testPilot(t)
	platform, provider := startPlatform(t)
	cfg.providers = []gateway.ProviderConfig{provider}
	address, _ := watchPilot(t, t.Context(), cfg, io.Discard)
	response, err := http.Get(address + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	s := &contractStory{prober: &prober{
		speaker: &speaker{TB: t, contract: readContract(t, raw), address: address, told: map[string]bool{}},
		driven:  map[string]map[probe]int{},
	}}
	s.found()
	s.people()
	s.accounts(platform)
	s.offices()
	s.money()
	s.credits()
	s.topics()
	s.matched()
	s.votes()
	s.papers()
	s.notices()
	s.secrets()
	s.aid()
	s.reading()
	s.goodbyes()
	s.whole()
	kinds := map[probe]int{}
	for _, driven := range s.driven {
		for kind, n := range driven {
			kinds[kind] += n
		}
	}
	t.Logf("%d operations, %d requests, of them %v; %d codes of %d in two languages", len(s.ops), s.requests, kinds, len(s.told), len(s.codes))
}

// whole sees to it that every operation was driven in every way that the document makes possible.
func (s *contractStory) whole() {
	s.Helper()
	for _, id := range slices.Sorted(maps.Keys(s.ops)) {
		o, driven := s.ops[id], s.driven[id]
		want := []probe{goodProbe, repeatedProbe}
		if o.bytesMax > 0 {
			want = append(want, oversizedProbe)
		}
		if !o.open || len(o.access) > 0 && o.access[0] != "anyone" {
			want = append(want, unauthorisedProbe)
		}
		if s.canBeBad(o) {
			want = append(want, badProbe)
		}
		for _, kind := range want {
			if driven[kind] == 0 {
				s.Errorf("%s was not driven: %s", id, kind)
			}
		}
	}
}

// canBeBad tells whether something that is sent can be wrong by the document.
func (s *contractStory) canBeBad(o *documented) bool {
	for _, p := range o.params {
		if s.checkText(p.schema, "?? not this ??") != nil {
			return true
		}
	}
	return o.media == "application/json"
}

// contractStory is one community's life. What an answer tells is all that it knows of ids.
type contractStory struct {
	*prober
	firstOrg, secondOrg, thirdOrg   string
	first, second, keeperA, keeperB *dweller // officers and holders of polls' keys
	ann, ben, cat, dan              *dweller // residents; dan has no device
	unit, topic, statement          string
	text                            map[string]any
	polls                           map[string]*contractPoll
	trustees                        []*contractTrustee
	registrar                       *contractRegistrar // whom the founding names
	position                        string             // of the last command
	anewAt                          string             // of the last that was sent once more, if that was done
}

type object = map[string]any

// act drives one operation: the first time with all that must be refused, then well, then again.
func (s *contractStory) act(c call) *sent {
	s.Helper()
	if s.driven[c.op] != nil {
		return s.good(c)
	}
	s.before(c)
	if o := s.ops[c.op]; o.param("Renlin-Contract") != nil {
		s.sampled(o, c)
	}
	out := s.good(c)
	s.after(c, out)
	if s.ops[c.op].param("Renlin-Contract") != nil {
		s.anewAt = s.anew(c)
	}
	return out
}

// did is act for a command, whose position later readings wait for.
func (s *contractStory) did(c call) *sent {
	s.Helper()
	s.anewAt = ""
	out := s.act(c)
	if at := out.get("position"); at != "" {
		s.position = at
	}
	if s.anewAt != "" {
		s.position = s.anewAt
	}
	return out
}

// record reads one record's state as of the last command.
func (s *contractStory) record(kind, id string) object {
	s.Helper()
	out := s.good(call{
		op: "gateway.record", session: s.first,
		path: map[string]string{"kind": kind, "id": id}, query: map[string]string{"min_index": s.position},
	})
	return records(out)[0]["state"].(object)
}

// records lists what a page holds.
func records(page *sent) (out []object) {
	for _, r := range page.value.(object)["records"].([]any) {
		out = append(out, r.(object))
	}
	return out
}

// until reads again and again until something is so.
func (s *contractStory) until(what string, ask func() bool) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), 30*time.Second)
	defer cancel()
	err := neighbourhood.Eventually(ctx, what, func() error {
		if !ask() {
			return errNotThere
		}
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
}

// signIn opens somebody's session, as soon as they are known.
func (s *contractStory) signIn(p *dweller) {
	s.Helper()
	c := call{op: "gateway.sign_in", body: object{"member": p.member}, by: p}
	if p.key == nil {
		c.by = nil
	}
	s.until("sign in", func() bool {
		out := s.send(c)
		p.token = out.get("token")
		return out.status == http.StatusCreated
	})
}

// based reads bytes in base64.
func (s *contractStory) based(text string) []byte {
	s.Helper()
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		s.Fatal(err)
	}
	return raw
}

// decoded reads bytes in hexadecimal.
func (s *contractStory) decoded(text string) []byte {
	s.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		s.Fatal(err)
	}
	return raw
}
