package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/standing"
	"renlin.dev/pkg/telemetry"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/neighbourhood"
	"renlin.dev/services/renlin/internal/process"
)

// chamber is a pilot whose keystore and trustee come and go as a test has them, and a community of three trustees in it. The trustee has a
// data directory of its own, as on a machine of its own.
type chamber struct {
	*neighbourhood.Neighbourhood
	*testing.T
	shell  *shell
	third  string // the trustee's member
	voters []*client.Device
}

// openChamber founds the community while both are there, and then takes them away.
func openChamber(t *testing.T, change func(*communityv1.PollRules)) *chamber {
	t.Helper()
	c := &chamber{T: t, shell: openShellWithout(t, bus.Keystore, bus.Trustee)}
	defer c.keystore()()
	defer c.trustee()()
	soon, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := awaitServices(soon, client.New(c.shell.address)); err != nil {
		t.Fatal(err)
	}
	var err error
	c.Neighbourhood, err = neighbourhood.Found(soon, client.New(c.shell.address), neighbourhood.Plan{
		Name:       "Chamber",
		First:      &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE, Name: "Committee"},
		Second:     &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_OWNERS_COMMITTEE, Name: "Owners"},
		Third:      &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_AUDITOR, Name: "Auditors"},
		FirstRoles: []communityv1.Role{communityv1.Role_ROLE_CONVENER},
		Rulebook: func(firstOrg string) *communityv1.Rulebook {
			book := directRulebook(firstOrg)
			change(book.GetMatters()[0].GetPoll())
			return book
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.third = c.trustees()[2].GetMember()
	c.voters = admitVoters(t, c.Neighbourhood, 2)
	return c
}

// keystore and trustee run until they are stopped.
func (c *chamber) keystore() (stop func()) { return c.run(c.following(), process.RunKeystore) }
func (c *chamber) trustee() (stop func()) {
	env := c.following()
	env.Data = c.data()
	return c.run(env, process.RunTrustee)
}

// following is the environment of who follows the record, as the daemons do.
func (c *chamber) following() process.Env {
	env := c.shell.env
	env.Follow, env.Log = &process.Following{}, telemetry.NewLogger(c.Output(), "follower", slog.LevelWarn)
	return env
}

// data is the trustee's directory.
func (c *chamber) data() string { return filepath.Join(c.shell.dir, "auditors") }

func (c *chamber) run(env process.Env, part process.Part) (stop func()) {
	ctx, cancel := context.WithCancel(c.Context())
	ended := make(chan error, 1)
	go func() { ended <- part(ctx, env) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			c.Error(err)
		}
	})
	c.Cleanup(stop)
	return stop
}

// trustees reads who they are.
func (c *chamber) trustees() []*communityv1.Trustee {
	c.Helper()
	var list standing.Trustees
	if _, err := c.First.Record(c.Context(), standing.TrusteesPath, 0, &list); err != nil {
		c.Fatal(err)
	}
	return list.List
}

// making is what a poll's record says of the making of its key.
type making struct {
	Roll     *votingv1.Roll  `json:"roll"`
	Tally    *votingv1.Tally `json:"tally"`
	Ceremony struct {
		Round    uint32                 `json:"round"`
		Trustees []*communityv1.Trustee `json:"trustees"`
		Said     [][]byte               `json:"said"`
		Seal     []byte                 `json:"seal"`
		Shares   [][]byte               `json:"shares"`
	} `json:"ceremony"`
}

// await reads a poll until it has come so far.
func (c *chamber) await(poll, what string, ready func(*making) bool) *making {
	c.Helper()
	soon, cancel := context.WithTimeout(c.Context(), time.Minute)
	defer cancel()
	var m *making
	err := neighbourhood.Eventually(soon, what, func() error {
		m = &making{}
		if _, err := c.First.Record(soon, "poll/"+poll, 0, m); err != nil {
			return err
		}
		if !ready(m) {
			return errNo
		}
		return nil
	})
	if err != nil {
		c.Fatalf("%v: round %d of %d trustees, %d words", err, m.Ceremony.Round, len(m.Ceremony.Trustees), len(m.Ceremony.Said))
	}
	return m
}

// members of a round's trustees.
func (m *making) members() (all []string) {
	for _, t := range m.Ceremony.Trustees {
		all = append(all, t.GetMember())
	}
	return all
}

func opened(m *making) bool { return m.Roll != nil }

// TestTrusteeDown: the trustee's process is away when the poll closes. The other two open the ballots, the certificate names who withheld,
// and the record verifies.
func TestTrusteeDown(t *testing.T) {
	t.Parallel()
	c := openChamber(t, func(r *communityv1.PollRules) { r.KeyPublishSeconds = 3 })
	c.keystore()
	stop := c.trustee()
	poll, state := openPoll(t, c.Neighbourhood)
	if m := c.await(poll, "open", opened); m.Ceremony.Round != 1 || len(m.Ceremony.Trustees) != 3 {
		t.Fatalf("round %d of %d trustees", m.Ceremony.Round, len(m.Ceremony.Trustees))
	}
	stop()
	for _, d := range c.voters { // then all have voted, and it closes
		mustCast(t, d, poll, state, yes)
	}
	m := c.await(poll, "count", func(m *making) bool { return m.Tally != nil })
	if m.Tally.GetBallots() != 2 || m.Tally.GetResult() != votingv1.Result_RESULT_PASSED || len(m.Ceremony.Shares[2]) != 0 {
		t.Errorf("%v; the third share: %x", m.Tally, m.Ceremony.Shares[2])
	}
	soon, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := c.Certificate(soon, poll); err != nil {
		t.Fatal(err)
	}
	bundle := filepath.Join(c.shell.dir, "chamber.renlin")
	var certificates []*votingv1.CertificateIssued
	err := neighbourhood.Eventually(soon, "checkpoint over the certificate", func() error {
		if code, out, stderr := renlin(t, "export", "-o", bundle, "-http", c.shell.address, "-token", c.shell.token); code != exitDone {
			t.Fatalf("export: exit %d\n%s\n%s", code, out, stderr)
		}
		if certificates = eventsOf[*votingv1.CertificateIssued](readSteps(t, bundle)); len(certificates) == 0 {
			return errNo
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(certificates) != 1 || !slices.Equal(certificates[0].GetWithheld(), []uint32{3}) || !certificates[0].GetAdopted() {
		t.Errorf("certificates %v", certificates)
	}
	if report := verifyJSON(t, bundle, exitDone); report.Unjudged != 0 {
		t.Errorf("report: %+v", report)
	}
}

// TestTrusteeRestarted: the trustee's process ends when it has said its first word, and is started again. It goes on where it was: the
// first round makes the key, of all three.
func TestTrusteeRestarted(t *testing.T) {
	t.Parallel()
	c := openChamber(t, func(*communityv1.PollRules) {})
	stop := c.trustee()
	poll := callPoll(t, c.Neighbourhood)
	c.await(poll, "two first words", func(m *making) bool { return len(m.Ceremony.Said) == 2 }) // the keystore's is still out
	stop()
	c.keystore()
	m := c.await(poll, "the others' second words", func(m *making) bool { return len(m.Ceremony.Said) == 5 }) // now only the trustee's is out
	if len(m.Ceremony.Seal) > 0 || m.Roll != nil {
		t.Fatal("the key is made without the trustee")
	}
	c.trustee()
	if m := c.await(poll, "open", opened); m.Ceremony.Round != 1 || len(m.Ceremony.Trustees) != 3 || len(m.Ceremony.Said) != 12 {
		t.Errorf("round %d of %d trustees, %d words", m.Ceremony.Round, len(m.Ceremony.Trustees), len(m.Ceremony.Said))
	}
}

// TestTrusteeKeyLost: a trustee whose keys are lost makes others, by which it is nobody. The round ends without it, the next one does not
// ask it, and the poll opens by the other two. Appointed anew, as a member with the new keys, it takes part again.
func TestTrusteeKeyLost(t *testing.T) {
	t.Parallel()
	c := openChamber(t, func(r *communityv1.PollRules) { r.OpenWithinSeconds = 32 })
	if err := os.RemoveAll(filepath.Join(c.data(), "trustee")); err != nil {
		t.Fatal(err)
	}
	c.keystore()
	c.trustee()
	m := c.await(callPoll(t, c.Neighbourhood), "open", opened)
	if m.Ceremony.Round != 2 || len(m.Ceremony.Trustees) != 2 || slices.Contains(m.members(), c.third) {
		t.Fatalf("round %d of %v", m.Ceremony.Round, m.members())
	}
	again := c.appointAgain(m.Ceremony.Trustees)
	m = c.await(callPoll(t, c.Neighbourhood), "open", opened)
	if m.Ceremony.Round != 1 || len(m.Ceremony.Trustees) != 3 || !slices.Contains(m.members(), again) {
		t.Errorf("round %d of %v", m.Ceremony.Round, m.members())
	}
}

// enrolOffice admits a member of whom a program enrols its own device.
func (c *chamber) enrolOffice(program, config string) (member string) {
	c.Helper()
	member = client.NewID()
	if err := c.Admit(c.Context(), []*communityv1.ImportRow{{Member: member}}); err != nil {
		c.Fatal(err)
	}
	code := standing.NewCode(bytes.NewReader(bytes.Repeat([]byte{7}, 64)))
	key, err := standing.CodeKey(c.Genesis, member, code)
	if err != nil {
		c.Fatal(err)
	}
	invite := &communityv1.InviteMembers{Invites: []*communityv1.Invite{{Member: member, CodeKey: chain.Public(key)}}}
	if _, err := c.Second.Do(c.Context(), "community.invite_members", "invites", invite); err != nil {
		c.Fatal(err)
	}
	var out, stderr bytes.Buffer
	at := streams{in: strings.NewReader(code + "\n"), out: &out, err: &stderr}
	args := []string{program, "-config", config, "-enrol", member, "-community", c.Community, "-http", c.shell.address}
	if exit := run(c.Context(), at, args); exit != exitDone || !strings.Contains(out.String(), "enrolled") {
		c.Fatalf("enrol: exit %d\n%s\n%s", exit, &out, &stderr)
	}
	return member
}

// appointAgain appoints the trustee as another member of its organisation, with what its program prints and does, beside others.
func (c *chamber) appointAgain(others []*communityv1.Trustee) (member string) {
	c.Helper()
	config := writeConfig(c.T, "{\"data\": %q}\n", c.data())
	member = c.enrolOffice("trustee", config)
	exit, printed, said := renlin(c.T, "trustee", "-config", config, "-print-keys")
	var id process.TrusteeIdentity
	if err := json.Unmarshal([]byte(printed), &id); exit != exitDone || err != nil {
		c.Fatalf("print keys: exit %d, %v\n%s\n%s", exit, err, printed, said)
	}
	body := &communityv1.AppointTrustees{}
	for _, t := range others {
		body.Trustees = append(body.Trustees, &communityv1.Trustee{Member: t.GetMember(), Org: t.GetOrg(), TrusteeKey: t.GetTrusteeKey()})
	}
	third := c.trustees()[2].GetOrg()
	body.Trustees = append(body.Trustees, &communityv1.Trustee{Member: member, Org: third, TrusteeKey: id.TrusteeKey})
	if _, err := c.First.Do(c.Context(), "community.appoint_trustees", "trustees", body, c.Second.Key); err != nil {
		c.Fatal(err)
	}
	return member
}
