package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"renlin.dev/pkg/client"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/audit/plancheck"
	"renlin.dev/services/renlin/internal/neighbourhood"
	"renlin.dev/services/renlin/internal/process"
)

// TestPilotPlansByItself: two officers let the pilot's program plan, a neighbour asks, and another one is asked to serve by nobody's hand.
// The plan stands on the record, and whoever verifies that finds it optimal.
func TestPilotPlansByItself(t *testing.T) {
	address, cfg := startPilot(t)
	g, err := gatewayAt(address, filepath.Join(cfg.data, "token"))
	if err != nil {
		t.Fatal(err)
	}
	x, err := neighbourhood.FoundExample(t.Context(), g, func(string, ...any) {})
	if err != nil {
		t.Fatal(err)
	}
	key, err := process.PlannerKey(cfg.data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Program(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	mode := &matchingv1.SetMode{Mode: matchingv1.Mode_MODE_EMERGENCY, Until: time.Now().Add(time.Hour).UnixMilli()}
	if _, err := x.First.Do(t.Context(), "matching.set_mode", "matching/mode", mode, x.Second.Key); err != nil {
		t.Fatal(err)
	}
	provider, need := serves(t, x.Residents[0]), asks(t, x.Residents[1])
	err = neighbourhood.Eventually(t.Context(), "an offer to whoever serves", func() error {
		var n struct{ Live []string }
		if _, err := x.First.Record(t.Context(), "need/"+need, 0, &n); err != nil {
			return err
		}
		if len(n.Live) == 0 {
			return errors.New("not yet")
		}
		var a struct {
			Candidates []struct{ Provider, Part string }
		}
		if _, err := x.First.Record(t.Context(), "assignment/"+n.Live[0], 0, &a); err != nil {
			return err
		}
		if len(a.Candidates) != 1 || a.Candidates[0].Provider != provider || a.Candidates[0].Part != "asked" {
			t.Errorf("%+v", a)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var report struct{ Plans plancheck.Report }
	err = neighbourhood.Eventually(t.Context(), "the archive has the plan", func() error {
		bundle := filepath.Join(t.TempDir(), "record.renlin")
		if code, out, stderr := renlin(t, "export", "-o", bundle, "-http", address, "-community", x.Community,
			"-token", filepath.Join(cfg.data, "token")); code != exitDone {
			return fmt.Errorf("export: %s%s", out, stderr)
		}
		code, out, stderr := renlin(t, "verify", "-json", bundle)
		if err := json.Unmarshal([]byte(out), &report); err != nil || code != exitDone {
			return fmt.Errorf("verify: %d, %w, %s", code, err, stderr)
		}
		if len(report.Plans.Plans) == 0 {
			return errors.New("no plan is in the bundle")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if p := report.Plans; !p.OK || len(p.Plans) != 1 || p.Plans[0].Pairs != 1 || p.Plans[0].Unchecked {
		t.Errorf("plans: %+v", p)
	}
}

// serves has a resident offer meals, and gives the provider.
func serves(t *testing.T, d *client.Device) string {
	t.Helper()
	a, err := d.Do(t.Context(), "matching.register_provider", "providers", &matchingv1.RegisterProvider{
		Member: d.Member, Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{}, RadiusCells: 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	provider := strings.TrimPrefix(a.Changed[0], "provider/")
	if _, err := d.Do(t.Context(), "matching.publish_offer", "providers/"+provider+"/offers", &matchingv1.PublishOffer{
		Provider: provider, Skill: "meal", Capacity: 2,
	}); err != nil {
		t.Fatal(err)
	}
	return provider
}

// asks has a resident ask for a meal, and gives the need.
func asks(t *testing.T, d *client.Device) string {
	t.Helper()
	words, err := d.PutText(t.Context(), d.Member, "午饭")
	if err != nil {
		t.Fatal(err)
	}
	a, err := d.Do(t.Context(), "matching.raise_need", "needs", &matchingv1.RaiseNeed{
		Skill: "meal", Quantity: 1, Cell: &matchingv1.Cell{East: 1}, Text: neighbourhood.Text(words),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range a.Changed {
		if need, is := strings.CutPrefix(path, "need/"); is {
			return need
		}
	}
	t.Fatalf("no need in %v", a.Changed)
	return ""
}

// TestPilotFindsWrongPlan: an officer signs a plan that calls itself optimal and leaves out who is nearer. No rule sees that, for the plan
// does not name them; audit does, and says so to everybody who looks at how the record is kept.
func TestPilotFindsWrongPlan(t *testing.T) {
	address, cfg := startPilot(t)
	g, err := gatewayAt(address, filepath.Join(cfg.data, "token"))
	if err != nil {
		t.Fatal(err)
	}
	x, err := neighbourhood.FoundExample(t.Context(), g, func(string, ...any) {})
	if err != nil {
		t.Fatal(err)
	}
	near, far := serves(t, x.Residents[0]), serves(t, x.Residents[1])
	if _, err := x.Residents[1].Do(t.Context(), "matching.move_provider", "providers/"+far+"/reach", &matchingv1.MoveProvider{
		Provider: far, Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{East: 3}, RadiusCells: 3},
	}); err != nil {
		t.Fatal(err)
	}
	asks(t, x.Residents[2])
	var proposal struct{ Plan string }
	plan := &matchingv1.AdoptPlan{}
	err = neighbourhood.Eventually(t.Context(), "a proposal", func() error {
		if err := x.First.Get(t.Context(), "/v1/communities/"+x.Community+"/matching/proposal", &proposal); err != nil {
			return err
		}
		if err := protojson.Unmarshal([]byte(proposal.Plan), plan); err != nil || len(plan.GetMatches()) != 1 {
			return fmt.Errorf("%s: %w", proposal.Plan, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := plan.GetMatches()[0].GetProviders()[0]; got != near {
		t.Fatalf("proposed %s, the nearer one is %s", got, near)
	}
	plan.Matches[0].Providers = []string{far}
	if _, err := x.First.Do(t.Context(), "matching.adopt_plan", "plans", plan); err != nil {
		t.Fatal(err)
	}
	var state struct {
		Stopped string
		Plans   struct {
			Checked, Wrong int
			Findings       []struct{ Code string }
		}
	}
	err = neighbourhood.Eventually(t.Context(), "the finding", func() error {
		if err := x.First.Get(t.Context(), "/log/"+x.Community+"/state", &state); err != nil {
			return err
		}
		if state.Plans.Wrong == 0 {
			return errors.New("none yet")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if p := state.Plans; p.Checked != 1 || len(p.Findings) != 1 || p.Findings[0].Code != "plan.cheaper_offer" || state.Stopped != "" {
		t.Errorf("%+v", state)
	}
	page, err := x.First.Raw(t.Context(), "/c/"+x.Community+"/record")
	if err != nil || !strings.Contains(string(page), "当时有空余的另一供给可以更低成本满足该需求。") {
		t.Errorf("the record page does not say so: %v\n%s", err, page)
	}
}
