package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/pkg/verify"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/neighbourhood"
	"renlin.dev/services/renlin/internal/process"
	"renlin.dev/services/voting"
)

// keys reads whose word on the chamber's log there is.
func (c *chamber) keys() *verify.Manifest {
	c.Helper()
	r, err := http.NewRequestWithContext(c.Context(), http.MethodGet, c.shell.address+"/log/"+c.Community+"/keys", nil)
	if err != nil {
		c.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		c.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	var keys struct {
		Log       string   `json:"log"`
		Witnesses []string `json:"witnesses"`
	}
	if err = errors.Join(err, json.Unmarshal(raw, &keys)); err != nil {
		c.Fatalf("%v: %s", err, raw)
	}
	return &verify.Manifest{LogKey: keys.Log, WitnessKeys: keys.Witnesses}
}

// watched is a trustee that runs and is looked at.
type watched struct {
	*testing.T
	health  *daemon.Health
	metrics *metrics.Registry
	stop    func()
}

// watch runs the third trustee by a policy.
func (c *chamber) watch(policy *merkle.Policy) *watched {
	w := &watched{T: c.T, health: daemon.NewHealth(), metrics: metrics.New("test")}
	env := c.following()
	env.Data, env.Health, env.Metrics = c.data(), w.health, w.metrics
	if policy != nil {
		env.Follow = &process.Following{Policy: func(string) (*merkle.Policy, error) { return policy, nil }}
	}
	w.stop = c.run(env, process.RunTrustee)
	return w
}

// state is what the trustee says of itself.
func (w *watched) state() string {
	_, parts := w.health.Ready(w.Context())
	return parts[bus.Trustee]
}

// refused tells how often it did not do something, by its reason.
func (w *watched) refused(outcome string) (n int) {
	w.Helper()
	families, err := w.metrics.Gatherer().Gather()
	if err != nil {
		w.Fatal(err)
	}
	for _, f := range families {
		for _, one := range f.GetMetric() {
			for _, l := range one.GetLabel() {
				if f.GetName() == "renlin_follow_refusals_total" && l.GetValue() == outcome {
					n += int(one.GetCounter().GetValue())
				}
			}
		}
	}
	return n
}

// until waits until the trustee says what is wanted.
func (w *watched) until(want string) {
	w.Helper()
	soon, cancel := context.WithTimeout(w.Context(), time.Minute)
	defer cancel()
	err := neighbourhood.Eventually(soon, want, func() error {
		if w.state() != want {
			return errNo
		}
		return nil
	})
	if err != nil {
		w.Fatalf("%v: it says %s", err, w.state())
	}
}

func shares(m *making) (n int) {
	for _, s := range m.Ceremony.Shares {
		n += min(len(s), 1)
	}
	return n
}

// TestTrusteeOfWitnesses: trustees whose policy names the notary and its witness do their work when these have signed. One whose policy
// names another witness publishes nothing, and goes on by itself when its policy is put right.
func TestTrusteeOfWitnesses(t *testing.T) {
	t.Parallel()
	c := openChamber(t, func(r *communityv1.PollRules) { r.KeyPublishSeconds = 60 })
	keys := c.keys()
	right, err := keys.Policy()
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := (&verify.Manifest{LogKey: keys.LogKey, WitnessKeys: []string{forge.WitnessVKey(t, 0)}}).Policy()
	if err != nil {
		t.Fatal(err)
	}
	c.keystore()
	w := c.watch(wrong)
	poll, opened := openPoll(t, c.Neighbourhood) // nothing in the making of a key is final
	for _, d := range c.voters {
		mustCast(t, d, poll, opened, yes)
	}
	c.await(poll, "two shares", func(m *making) bool { return shares(m) == 2 })
	c.await(poll, "the trustee waits", func(*making) bool { return w.refused("record.unwitnessed") > 4 })
	if m := c.await(poll, "look", func(*making) bool { return true }); len(m.Ceremony.Shares[2]) != 0 || w.state() != "ready" {
		t.Fatalf("a share was published that no witness of the policy has confirmed, and it is %s", w.state())
	}
	w.stop()
	c.watch(right)
	c.await(poll, "count", func(m *making) bool { return m.Tally != nil && shares(m) == 3 })
}

// TestTrusteeToldOtherwiseOnTheBus: a second voting service answers beside the first, and says that an open poll is closed. The trustee
// publishes nothing, and says why; when the liar is gone it is well again.
func TestTrusteeToldOtherwiseOnTheBus(t *testing.T) {
	t.Parallel()
	c := openChamber(t, func(r *communityv1.PollRules) { r.KeyPublishSeconds = 60 })
	c.keystore()
	w := c.watch(nil)
	poll, opened := openPoll(t, c.Neighbourhood)
	nc, err := c.shell.server.Dial(bus.Voting)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	liar, err := op.NewService(nc, voting.Name)
	if err != nil {
		t.Fatal(err)
	}
	ctx, gone := context.WithCancel(t.Context())
	honest := op.NewCaller(nc)
	err = liar.Looks(ctx, c.Community, "ceremonies", func(ctx context.Context, question []byte) ([]byte, error) {
		raw, err := honest.Look(ctx, c.Community, voting.Name, "ceremonies", question) // sooner or later it is the first that answers
		if err != nil {
			return nil, err
		}
		var page voting.CeremoniesPage
		if err := json.Unmarshal(raw, &page); err != nil {
			return nil, err
		}
		for i := range page.Polls {
			page.Polls[i].Closed = true
		}
		return json.Marshal(page)
	})
	if err != nil {
		t.Fatal(err)
	}
	w.until("told.closed")
	if w.refused("told.closed") == 0 {
		t.Error("it is not counted")
	}
	if n := shares(c.await(poll, "look", func(*making) bool { return true })); n != 0 {
		t.Fatalf("%d shares were published while the poll is open", n)
	}
	gone()
	if err := liar.Stop(); err != nil {
		t.Fatal(err)
	}
	w.until("ready")
	for _, d := range c.voters {
		mustCast(t, d, poll, opened, yes)
	}
	c.await(poll, "all shares", func(m *making) bool { return m.Tally != nil && shares(m) == 3 })
}

// TestTrusteeOfAnotherRecord: a trustee that remembers another record than it is shown says so, and does nothing; the others go on.
func TestTrusteeOfAnotherRecord(t *testing.T) {
	t.Parallel()
	c := openChamber(t, func(r *communityv1.PollRules) { r.KeyPublishSeconds = 3 })
	c.keystore()
	w := c.watch(nil)
	poll, opened := openPoll(t, c.Neighbourhood)
	w.until("ready")
	w.stop()
	found, err := filepath.Glob(filepath.Join(c.shell.env.State, "follow-"+bus.Trustee, c.Community+".json"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	raw, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	var seen map[string]any
	if err := json.Unmarshal(raw, &seen); err != nil {
		t.Fatal(err)
	}
	seen["head"] = seen["genesis"]
	if raw, err = json.Marshal(seen); err == nil {
		err = os.WriteFile(found[0], raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	w = c.watch(nil)
	w.until("record.forked")
	c.saysOnPage("观察者（开票受托人）：", "发现分叉：过去的内容已被改写")
	for _, d := range c.voters {
		mustCast(t, d, poll, opened, yes)
	}
	if m := c.await(poll, "count", func(m *making) bool { return m.Tally != nil }); len(m.Ceremony.Shares[2]) != 0 {
		t.Error("a share was published on another record than the trustee knows")
	}
	w.until("record.forked")
}

// TestPolicies: one file is the policy of every community; a directory has one for each, and who is not in it gets none; what is no policy
// is found before anything starts.
func TestPolicies(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"a.policy": "quorum none\n", "b.policy": "quorum\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		policy, community string
		bad, none         bool
	}{
		"no policy":                {"", "a", false, true},
		"a file":                   {filepath.Join(dir, "a.policy"), "x", false, false},
		"a file that is no policy": {filepath.Join(dir, "b.policy"), "x", true, false},
		"no such file":             {filepath.Join(dir, "c.policy"), "x", true, false},
		"a directory":              {dir, "a", false, false},
		"a directory, bad":         {dir, "b", false, true},
		"a directory, not in it":   {dir, "c", false, true},
	} {
		policies, err := (&followConfig{Policy: c.policy}).policies()
		if (err != nil) != c.bad {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil || policies == nil {
			if policies == nil && !c.bad && c.policy != "" {
				t.Errorf("%s: nobody is asked", name)
			}
			continue
		}
		if policy, err := policies(c.community); (err != nil) != c.none || (policy == nil) != c.none {
			t.Errorf("%s: %v, %v", name, policy, err)
		}
	}
}
