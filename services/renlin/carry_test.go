package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/standing"
	"renlin.dev/pkg/telemetry/metrics"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/carrier"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// carriedBy has a resident of the community, without any office, enrol a carrier as a device of theirs, by the command.
func (s *shore) carriedBy(dir string) {
	s.t.Helper()
	member, code := client.NewID(), standing.NewCode(rand.Reader)
	s.do(s.First.Device, "community.admit_member", "members", &communityv1.AdmitMember{Member: member})
	key, err := standing.CodeKey(s.Genesis, member, code)
	if err != nil {
		s.t.Fatal(err)
	}
	s.do(s.Second.Device, "community.invite_members", "invites", &communityv1.InviteMembers{
		Invites: []*communityv1.Invite{{Member: member, CodeKey: chain.Public(key)}},
	})
	config := filepath.Join(s.t.TempDir(), "carrier.json")
	raw, err := json.Marshal(map[string]string{"data": dir})
	if err == nil {
		err = os.WriteFile(config, raw, 0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	var out, stderr bytes.Buffer
	exit := run(s.t.Context(), streams{in: strings.NewReader(code + "\n"), out: &out, err: &stderr},
		[]string{"carry", "-config", config, "-enrol", member, "-community", s.Community, "-http", s.First.URL})
	if exit != exitDone {
		s.t.Fatalf("carry -enrol: exit %d, %s", exit, stderr.String())
	}
}

// until waits until a record of a kind is as it is wanted, and gives its id.
func (s *shore) until(kind string, is func(state map[string]any) bool) (id string) {
	s.t.Helper()
	err := neighbourhood.Eventually(s.t.Context(), kind, func() error {
		page, err := s.First.Records(s.t.Context(), kind, "", 0)
		if err != nil {
			return err
		}
		for _, r := range page.Records {
			var state map[string]any
			if err := json.Unmarshal(r.State, &state); err != nil {
				return err
			}
			if is(state) {
				id = strings.TrimPrefix(r.Path, kind+"/")
				return nil
			}
		}
		return fmt.Errorf("none of %d is as it is wanted", len(page.Records))
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func whatever(map[string]any) bool { return true }

// neighbours gives two communities of a pilot that know each other and have one carrier, which is in dir.
func neighbours(t *testing.T, address, dir string) (home, office *shore) {
	t.Helper()
	g := client.New(address)
	home = newShore(t, g, "Home", communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE)
	office = newShore(t, g, "Street office", communityv1.OrgKind_ORG_KIND_GOVERNMENT)
	home.knows(office)
	office.knows(home)
	home.carriedBy(dir)
	office.carriedBy(dir)
	return home, office
}

func (s *shore) refers(to *shore) (need string) {
	s.t.Helper()
	need = made(s.do(s.First.Device, "matching.raise_need", "needs", &matchingv1.RaiseNeed{
		Skill: "meal", Quantity: 2, Cell: &matchingv1.Cell{}, Text: s.words(),
	}), "need")
	s.do(s.Second.Device, "matching.refer_need", "needs/"+need+"/referrals", &matchingv1.ReferNeed{Need: need, Peer: to.Community})
	return need
}

// TestCarriesByItself: nobody but the pilot's own carrier carries anything, and what the one community refers and lends is served and used
// in the other, and told back.
func TestCarriesByItself(t *testing.T) {
	address, cfg := startPilot(t)
	home, office := neighbours(t, address, filepath.Join(cfg.data, "carrier"))
	home.refers(office)
	uptake := office.until("uptake", whatever)
	taking := &matchingv1.TakeUp{Uptake: uptake, Text: office.words()}
	there := made(office.do(office.First.Device, "matching.take_up", "uptakes", taking), "need")
	office.serve(there)
	home.until("need", func(n map[string]any) bool { return n["served"] == 2.0 && n["waiting"] == 0.0 })
	provider := made(home.do(home.Second.Device, "matching.register_provider", "providers", &matchingv1.RegisterProvider{
		Member: home.Second.Member, Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{}, RadiusCells: 9},
	}), "provider")
	home.do(home.Second.Device, "matching.publish_offer", "providers/"+provider+"/offers", &matchingv1.PublishOffer{
		Provider: provider, Skill: "errand", Capacity: 5,
	})
	home.do(home.Second.Device, "matching.lend", "providers/"+provider+"/loans", &matchingv1.Lend{
		Provider: provider, Skill: "errand", Peer: office.Community, Quantity: 3, UseBy: time.Now().Add(time.Hour).UnixMilli(),
	})
	borrowing := office.until("borrowing", whatever)
	lent := made(office.do(office.First.Device, "matching.borrow", "borrowings/"+borrowing+"/taking", &matchingv1.Borrow{
		Borrowing: borrowing, Member: office.Second.Member,
	}), "provider")
	var offer struct{ Capacity int64 }
	giving := &matchingv1.ReturnLoan{Borrowing: borrowing}
	answer := office.do(office.First.Device, "matching.return_loan", "borrowings/"+borrowing+"/ending", giving)
	_, err := office.First.Record(t.Context(), "provider/"+lent+"/offer/errand", answer.Position, &offer)
	if err != nil || offer.Capacity != 3 {
		t.Errorf("borrowed as %+v: %v", offer, err)
	}
	home.until("loan", func(l map[string]any) bool { return l["state"] == "settled" })
}

// TestCarrierStartsAnew: a carrier that has lost what it had read goes on where the records are, and sends nothing a second time; one that
// has not goes on too.
func TestCarrierStartsAnew(t *testing.T) {
	address, _ := startPilot(t)
	dir := filepath.Join(t.TempDir(), "carrier")
	home, office := neighbours(t, address, dir)
	m := metrics.New("carrier")
	carrying := func() (stop func()) {
		key, err := carrierKey(dir)
		if err != nil {
			t.Fatal(err)
		}
		c := carrier.New(carrier.Config{Dir: dir, Key: key, Log: slog.New(slog.DiscardHandler), Metrics: m, Interval: 20 * time.Millisecond})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- c.Run(ctx) }()
		return func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	declined := func(uptake string) {
		office.do(office.First.Device, "matching.take_up", "uptakes", &matchingv1.TakeUp{Uptake: uptake, Decline: matchingv1.Reason_REASON_BUSY})
	}
	for i, forgets := range []bool{false, true, true} {
		stop := carrying()
		need := home.refers(office)
		uptake := office.until("uptake", func(u map[string]any) bool { return u["asked"] != nil && u["closed"] != true })
		stop()
		declined(uptake)
		if forgets {
			if err := os.Remove(filepath.Join(dir, "read.json")); err != nil {
				t.Fatal(err)
			}
		}
		stop = carrying()
		err := neighbourhood.Eventually(t.Context(), "what was declined", func() error {
			var n struct{ Waiting int64 }
			if _, err := home.First.Record(t.Context(), "need/"+need, 0, &n); err != nil || n.Waiting != 2 {
				return fmt.Errorf("%d wait: %w", n.Waiting, err)
			}
			return nil
		})
		stop()
		if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
	}
	for outcome, want := range map[string]float64{"ok": 6, "already": 0, "refused": 0, "over": 0} { // any order
		if got := lettersOf(t, m, outcome); got != want {
			t.Errorf("%v letters were %s, want %v", got, outcome, want)
		}
	}
}

// TestCarriesPastSilence: a community of which nothing is heard, and one that gives no proofs, keep no other's letters.
func TestCarriesPastSilence(t *testing.T) {
	address, _ := startPilot(t)
	dir := filepath.Join(t.TempDir(), "carrier")
	home, office := neighbours(t, address, dir)
	pilot, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	silent := func(who string, about func(path string) bool) {
		through := httputil.NewSingleHostReverseProxy(pilot)
		over := make(chan struct{})
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !about(r.URL.Path) {
				through.ServeHTTP(w, r)
				return
			}
			select {
			case <-r.Context().Done():
			case <-over:
			}
		}))
		t.Cleanup(func() { close(over); server.Close() })
		ends, err := carrier.Ends(dir)
		if err != nil {
			t.Fatal(err)
		}
		member := client.NewID()
		for _, e := range ends {
			if e.Community == who {
				member = e.Member
			}
		}
		if err := carrier.Add(dir, carrier.End{URL: server.URL, Community: who, Member: member}); err != nil {
			t.Fatal(err)
		}
	}
	silent(home.Community, func(path string) bool { return strings.Contains(path, "/proof/") })
	silent(client.NewID(), func(string) bool { return true })
	home.refers(office)
	home.refers(office)
	office.refers(home)
	key, err := carrierKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	m := metrics.New("carrier")
	c := carrier.New(carrier.Config{
		Dir: dir, Key: key, Log: slog.New(slog.DiscardHandler), Metrics: m, Interval: 20 * time.Millisecond, Turn: 3 * time.Second,
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	home.until("uptake", whatever)
	err = neighbourhood.Eventually(t.Context(), "a letter without proof", func() error {
		if lettersOf(t, m, "failed") == 0 {
			return errors.New("none was tried")
		}
		return nil
	})
	cancel()
	if err := errors.Join(err, <-done); err != nil {
		t.Error(err)
	}
}

// lettersOf gives how many letters had an outcome.
func lettersOf(t *testing.T, m *metrics.Registry, outcome string) (n float64) {
	t.Helper()
	families, err := m.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "renlin_carrier_letters_total" {
			continue
		}
		for _, one := range f.GetMetric() {
			for _, l := range one.GetLabel() {
				if l.GetName() == "outcome" && l.GetValue() == outcome {
					n += one.GetCounter().GetValue()
				}
			}
		}
	}
	return n
}
