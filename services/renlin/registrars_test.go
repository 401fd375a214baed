package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/neighbourhood"
	"renlin.dev/services/renlin/internal/process"
	"renlin.dev/services/voting/credential"
	"renlin.dev/services/voting/registrar"
)

// parish is a pilot whose registrar comes and goes as a test has it, and a community in it whose polls are secret.
type parish struct {
	*chamber
	stop func()
}

func openParish(t *testing.T, voters int) *parish {
	t.Helper()
	p := &parish{chamber: &chamber{T: t, shell: openShellWithout(t, bus.Registrar)}}
	p.start()
	soon, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := awaitServices(soon, client.New(p.shell.address)); err != nil {
		t.Fatal(err)
	}
	var err error
	p.Neighbourhood, err = neighbourhood.Found(soon, client.New(p.shell.address), neighbourhood.Plan{
		Name:       "Parish",
		First:      &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE, Name: "Committee"},
		Second:     &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_OWNERS_COMMITTEE, Name: "Owners"},
		FirstRoles: []communityv1.Role{communityv1.Role_ROLE_CONVENER},
		Rulebook: func(firstOrg string) *communityv1.Rulebook {
			book := directRulebook(firstOrg)
			rules := book.GetMatters()[0].GetPoll()
			rules.TieRule = communityv1.TieRule_TIE_RULE_UNSPECIFIED
			rules.Secrecy = &communityv1.SecrecyRules{
				Secrecy: communityv1.Secrecy_SECRECY_TOTALS, TrusteesMin: 2, AnonymityMin: 1, RegisterSeconds: 600, ContestSeconds: 1,
			}
			rules.Paper = &communityv1.PaperRules{OperatorPermilleMax: 1000, CallBackPermille: 1000, RiskLimitPermille: 50, AuditSeconds: 3600}
			return book
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.voters = admitVoters(t, p.Neighbourhood, voters)
	for _, d := range p.voters {
		if err := d.SignIn(soon); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *parish) start() { p.stop = p.run(p.following(), process.RunRegistrar) }

// secret is what a poll's record says of its registration.
type secret struct {
	Lapsed   string `json:"lapsed"`
	OpenedAt int64  `json:"opened_at"`
	Secret   *struct {
		Registrar *communityv1.Registrar `json:"registrar"`
	} `json:"secret"`
}

func (p *parish) awaitSecret(poll, what string, ready func(*secret) bool) *secret {
	p.Helper()
	soon, cancel := context.WithTimeout(p.Context(), time.Minute)
	defer cancel()
	var s *secret
	err := neighbourhood.Eventually(soon, what, func() error {
		s = &secret{}
		if _, err := p.First.Record(soon, "poll/"+poll, 0, s); err != nil {
			return err
		}
		if !ready(s) {
			return errNo
		}
		return nil
	})
	if err != nil {
		p.Fatalf("%v: %+v", err, s)
	}
	return s
}

// kept lists the files of what the registrar was sent.
func (p *parish) kept() []string {
	p.Helper()
	found, err := filepath.Glob(filepath.Join(p.shell.env.State, bus.Registrar, p.Community, "*"))
	if err != nil {
		p.Fatal(err)
	}
	return found
}

// TestRegistrarsProcess: voters' devices register by the registrar's process, which ends in between; the poll opens by its roster, what it
// knew is deleted, and a ballot goes out under a pseudonym, to which the gateway has no name.
func TestRegistrarsProcess(t *testing.T) {
	t.Parallel()
	p := openParish(t, 12)
	poll := callPoll(t, p.Neighbourhood)
	s := p.awaitSecret(poll, "registration", func(s *secret) bool { return s.Secret != nil })
	wallets := make([]*credential.Credential, len(p.voters))
	for i, d := range p.voters {
		var err error
		if wallets[i], err = credential.New(rand.Reader, poll, d.Member); err != nil {
			t.Fatal(err)
		}
		if i == len(p.voters)/2 {
			p.stop()
			p.refuses(d, wallets[i], s.Secret.Registrar)
			p.start()
		}
		if _, err := wallets[i].Post(t.Context(), d, s.Secret.Registrar); err != nil {
			t.Fatal(err)
		}
	}
	p.awaitSecret(poll, "opening", func(s *secret) bool { return s.OpenedAt > 0 })
	if kept := p.kept(); len(kept) != 0 {
		t.Errorf("the registrar keeps %v", kept)
	}
	booth := wallets[0].Enter(p.voters[0])
	open, err := booth.Poll(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	ballot, err := wallets[0].Make(rand.Reader, open, 1, &votingv1.Choice{Options: []uint32{0}})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := booth.Cast(t.Context(), ballot)
	if err != nil {
		t.Fatal(err)
	}
	if next, err := booth.Next(t.Context(), answer.Position); err != nil || next != 2 {
		t.Errorf("next is %d: %v", next, err)
	}
}

// refuses: while the registrar is away nothing is registered, and neither what is another's nor what nobody can read.
func (p *parish) refuses(d *client.Device, c *credential.Credential, r *communityv1.Registrar) {
	p.Helper()
	sealed, err := c.Seal(rand.Reader, r.GetBoxKey())
	if err != nil {
		p.Fatal(err)
	}
	send := func(d *client.Device, body string) error {
		return d.Post(p.Context(), "/v1/communities/"+p.Community+"/polls/"+c.Poll+"/credentials", nil, []byte(body), nil)
	}
	good := `{"sealed":"` + base64.StdEncoding.EncodeToString(sealed) + `"}`
	tries := d.Tries
	d.Tries = 1
	defer func() { d.Tries = tries }()
	var f *fault.Fault
	if err := send(d, good); !errors.As(err, &f) || f.Kind != fault.Unavailable {
		p.Errorf("the registrar is away: %v", err)
	}
	p.start()
	defer p.stop()
	soon, cancel := context.WithTimeout(p.Context(), time.Minute)
	defer cancel()
	other := p.voters[0]
	err = neighbourhood.Eventually(soon, "refusal", func() error {
		if err := send(other, good); !errors.As(err, &f) || f.Code != registrar.ErrOthers.Code {
			return fmt.Errorf("another's credential: %w", err)
		}
		return nil
	})
	if err != nil {
		p.Fatal(err)
	}
	for body, want := range map[string]string{
		`{"sealed":"AAAA"}`: registrar.ErrUnreadable.Code, `{"sealed":"AAAA","x":1}`: fault.ErrMalformed.Code, `{`: fault.ErrMalformed.Code,
		`{"sealed":"` + strings.Repeat("A", 2000) + `"}`: "body.too_large",
	} {
		if err := send(d, body); !errors.As(err, &f) || f.Code != want {
			p.Errorf("%.20s: %v, want %s", body, err, want)
		}
	}
	nobody := &client.Device{Gateway: d.Gateway, Community: d.Community}
	if err := send(nobody, good); !errors.As(err, &f) || f.Kind != fault.Unauthenticated {
		p.Errorf("nobody: %v", err)
	}
}

// TestRegistrarAppointed: a registrar who is appointed later has the keys that the program prints, and a device that it enrols.
func TestRegistrarAppointed(t *testing.T) {
	t.Parallel()
	p := openParish(t, 1)
	data := filepath.Join(p.shell.dir, "another")
	config := writeConfig(t, "{\"data\": %q}\n", data)
	var id process.RegistrarIdentity
	for range 2 { // the same again
		exit, printed, said := renlin(t, bus.Registrar, "-config", config, "-print-keys")
		var again process.RegistrarIdentity
		if err := json.Unmarshal([]byte(printed), &again); exit != exitDone || err != nil || len(again.Key) != 32 || len(again.BoxKey) != 32 {
			t.Fatalf("print keys: exit %d, %v\n%s\n%s", exit, err, printed, said)
		}
		if len(id.Key) > 0 && string(id.BoxKey) != string(again.BoxKey) {
			t.Error("other keys the second time")
		}
		id = again
	}
	if info, err := os.Stat(filepath.Join(data, bus.Registrar, "box.key")); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", info, err)
	}
	member := p.enrolOffice(bus.Registrar, config)
	body := &communityv1.AppointRegistrar{Registrar: &communityv1.Registrar{
		Member: member, Org: p.Second.Org, Key: id.Key, BoxKey: id.BoxKey,
	}}
	if _, err := p.First.Do(t.Context(), "community.appoint_registrar", "registrar", body, p.Second.Key); err != nil {
		t.Fatal(err)
	}
	p.stop()
	p.shell.env.Data = data
	p.start()
	poll := callPoll(t, p.Neighbourhood)
	s := p.awaitSecret(poll, "registration", func(s *secret) bool { return s.Secret != nil })
	if s.Secret.Registrar.GetMember() != member {
		t.Fatalf("the registrar is %v", s.Secret.Registrar)
	}
	c, err := credential.New(rand.Reader, poll, p.voters[0].Member)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Post(t.Context(), p.voters[0], s.Secret.Registrar); err != nil {
		t.Error(err)
	}
	if len(p.kept()) != 1 {
		t.Errorf("the registrar keeps %v", p.kept())
	}
}
