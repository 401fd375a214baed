package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"slices"

	"golang.org/x/crypto/nacl/box"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/credential"
	"renlin.dev/services/voting/registrar"
)

// secrets is what the world knows of its secret polls, which nobody else knows: whose credential is whose.
type secrets struct {
	registrar *communityv1.Registrar
	agent     *registrar.Agent
	lists     map[string]*votingv1.ListCredentials // by poll, what the registrar would list
	wallets   map[string]map[string]*credential.Credential
}

// registrants are those who register for secret polls, in this order. Not everybody on the roll is among them, or registration would end
// at once.
var registrants = []string{
	"eve", "fay", "resid", "owner", "worker", "conv", "guard", "audit", "oper", "regis", "host", "hostO", "lost", "gone",
}

// secretRules are dividedRules of a secret poll, in which so many voters take part that its result tells of none.
func secretRules(level communityv1.Secrecy, contest uint32) *communityv1.PollRules {
	r := dividedRules()
	r.CloseWhenComplete = true
	r.Secrecy = &communityv1.SecrecyRules{Secrecy: level, TrusteesMin: 2, RegisterSeconds: 60, ContestSeconds: contest}
	return r
}

// secretPolls brings secret polls to where somebody must act. They are all called at once and part where the registrar lists credentials;
// one more, called when the others have come to where they stay, still takes registrations.
func (w *accessWorld) secretPolls() {
	w.Helper()
	w.appointRegistrar()
	for which, matter := range map[string]string{ // any order: they do not depend on each other
		"decrypt_totals": "secret", "blind_totals": "sealed", "prove_totals": "sealed", "cast_secret": "secret",
		"contest_roster": "contest", "listed right": "contest", "list_credentials": "secret", "sheets open": "sheets", "sheets drawn": "sheets",
	} {
		w.polls[which] = w.secretPoll(matter)
		for _, name := range registrants {
			if matter == "sheets" && slices.Contains(sheeted, name) {
				w.by("abe", "voting.register_papers", w.giving(w.polls[which], name))
				continue
			}
			w.by(name, "voting.register", w.registration(w.polls[which], name))
		}
	}
	w.Pass(60_000)
	if err := w.secrets.agent.Step(context.Background()); err != nil {
		w.TB.Fatal(err)
	}
	w.swap(w.secrets.lists[w.polls["contest_roster"]])
	for which, poll := range w.polls { // any order
		if list := w.secrets.lists[poll]; list != nil && which != "list_credentials" {
			w.by("regis", "voting.list_credentials", list)
		}
	}
	w.Pass(1000)
	for _, which := range []string{"decrypt_totals", "blind_totals", "prove_totals"} {
		w.castAll(w.polls[which])
	}
	w.stepTrustees(w.polls["prove_totals"])
	w.sheetsOut()
	w.polls["register"], w.polls["sheets registering"] = w.secretPoll("secret"), w.secretPoll("sheets")
}

// appointRegistrar makes a member without any part of a poll's key the registrar.
func (w *accessWorld) appointRegistrar() {
	w.Helper()
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		w.TB.Fatal(err)
	}
	w.secrets = &secrets{
		registrar: &communityv1.Registrar{Member: forge.ID("regis"), Org: committee, Key: forge.Public("regis"), BoxKey: public[:]},
		lists:     map[string]*votingv1.ListCredentials{}, wallets: map[string]map[string]*credential.Credential{},
	}
	w.secrets.agent, err = registrar.New(registrar.Config{
		Folder: w.TB.TempDir(), Device: forge.Key("regis"), BoxKey: private[:],
	}, &registry{w})
	if err != nil {
		w.TB.Fatal(err)
	}
	w.by("offA", "community.appoint_registrar", &communityv1.AppointRegistrar{Registrar: w.secrets.registrar}, "offB")
}

// secretPoll calls a poll whose trustees make its key, so that voters can register.
func (w *accessWorld) secretPoll(matter string) string {
	w.Helper()
	poll := w.callIn(matter)
	for range 4 { // as many words as each of them has to say
		w.stepTrustees(poll)
	}
	w.secrets.wallets[poll] = map[string]*credential.Credential{}
	return poll
}

// stepTrustees has both trustees do what is due of one poll.
func (w *accessWorld) stepTrustees(poll string) {
	w.Helper()
	for _, name := range []string{"hold1", "hold2"} {
		a := accessTrustee(w, name, true)
		a.Record.(*desk).wants = poll
		if err := a.Step(context.Background()); err != nil {
			w.TB.Fatal(err)
		}
	}
}

// registration makes somebody's credential for a poll, if they have none, tells the registrar of it, and answers what goes on the record.
func (w *accessWorld) registration(poll, who string) *votingv1.RegisterVoter {
	w.Helper()
	c := w.secrets.wallets[poll][who]
	if c == nil {
		var err error
		if c, err = credential.New(rand.Reader, poll, forge.ID(who)); err != nil {
			w.TB.Fatal(err)
		}
		w.secrets.wallets[poll][who] = c
	}
	sealed, err := c.Seal(rand.Reader, w.secrets.registrar.GetBoxKey())
	if err != nil {
		w.TB.Fatal(err)
	}
	receipt, err := w.secrets.agent.Register(context.Background(), poll, forge.ID(who), sealed)
	if err != nil {
		w.TB.Fatalf("the registrar refuses %s: %v", who, err)
	}
	body, err := c.Register(w.secrets.registrar.GetKey(), receipt)
	if err != nil {
		w.TB.Fatal(err)
	}
	return body
}

// swap puts others' keys into a list, as a registrar would who wants to vote in everybody's place.
func (w *accessWorld) swap(list *votingv1.ListCredentials) {
	w.Helper()
	for _, row := range list.GetRows() {
		public, _, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			w.TB.Fatal(err)
		}
		row.Key = public
	}
	slices.SortFunc(list.GetRows(), func(x, y *votingv1.CredentialRow) int { return bytes.Compare(x.GetKey(), y.GetKey()) })
}

// made is the first ballot of a credential, an answer to a question.
func (w *accessWorld) made(poll, who string, answer uint32) *credential.Ballot {
	w.Helper()
	b, err := w.secrets.wallets[poll][who].Make(rand.Reader, w.readable(poll), 1, &votingv1.Choice{Options: []uint32{answer}})
	if err != nil {
		w.TB.Fatal(err)
	}
	return b
}

// castAll has every credential of a poll cast; then it closes, and its sums are on the record.
func (w *accessWorld) castAll(poll string) {
	w.Helper()
	for i, name := range registrants {
		w.Do("voting.cast_secret", w.made(poll, name, uint32(i%3)).Cast(), w.secrets.wallets[poll][name].Key)
	}
}

// registry is what the registrar sees of the world. It only keeps what the registrar would list.
type registry struct{ w *accessWorld }

func (r *registry) Polls(context.Context) (polls []registrar.Poll, err error) {
	for _, p := range voting.Registrations(r.w.State("voting"), "", 1000) {
		polls = append(polls, registrar.Poll{
			ID: p.ID, Registrar: p.Registrar, Ended: p.Ended, Listed: p.Listed, LastKey: p.LastKey, Sealed: p.Over,
		})
	}
	return polls, nil
}

func (r *registry) Voters(_ context.Context, poll string) (voters []registrar.Voter, err error) {
	question, err := json.Marshal(voting.RegistrantsQuestion{Poll: poll})
	if err != nil {
		return nil, err
	}
	answer, err := voting.AnswerRegistrants(r.w.State("voting"), question)
	if err != nil {
		return nil, err
	}
	var page voting.RegistrantsPage
	if err := json.Unmarshal(answer, &page); err != nil {
		return nil, err
	}
	for _, v := range page.Voters {
		voters = append(voters, registrar.Voter{ID: v.Voter, Commitment: v.Commitment, Row: &votingv1.CredentialRow{
			Heads: v.Heads, AreaCentiM2: v.AreaCentiM2, Measured: v.Measured, Channel: v.Channel,
		}})
	}
	return voters, nil
}

func (r *registry) Over(context.Context, string) (bool, error) { return false, nil }

func (r *registry) Command(_ context.Context, _ string, body proto.Message) error {
	list := body.(*votingv1.ListCredentials)
	r.w.secrets.lists[list.GetPoll()] = list
	return nil
}
