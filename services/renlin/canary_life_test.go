package main

import (
	"errors"
	"strings"
	"testing"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// life is a community whose every published field holds a mark, and whose every sealed text does.
type life struct {
	t       *testing.T
	marks   published
	n       *neighbourhood.Neighbourhood
	members []*client.Device
	topic   string
	poll    string
}

// rulebook gives rules under which polls have options, with marks in its titles and in what its notices warn of.
func (l *life) rulebook(operation, firstOrg string, version uint32) *communityv1.Rulebook {
	book := neighbourhood.ExampleRulebook(firstOrg)
	book.Version = version
	for _, s := range book.GetMatching().GetSkills() {
		s.Title = l.marks.mark(operation, "rulebook.matching.skills.title")
	}
	for _, m := range book.GetMatters() {
		m.Title = l.marks.mark(operation, "rulebook.matters.title")
		m.DirectConvener = firstOrg
		m.Poll.Method, m.Poll.Electorate = communityv1.Method_METHOD_APPROVAL, communityv1.Electorate_ELECTORATE_MEMBERS
		m.Poll.Ballot = &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL}
		m.Poll.Requirements = nil
		m.Poll.Notice = &communityv1.NoticeRules{Warning: l.marks.mark(operation, "rulebook.matters.poll.notice.warning")}
	}
	return book
}

func (l *life) found(g *client.Gateway) {
	l.t.Helper()
	const found = "community.found"
	var err error
	l.n, err = neighbourhood.Found(l.t.Context(), g, neighbourhood.Plan{
		Name:       l.marks.mark(found, "name"),
		First:      &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE, Name: l.marks.mark(found, "orgs.name")},
		Second:     &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_GOVERNMENT, Name: l.marks.mark(found, "orgs.name")},
		FirstRoles: []communityv1.Role{communityv1.Role_ROLE_CONVENER},
		Rulebook:   func(org string) *communityv1.Rulebook { return l.rulebook(found, org, 1) },
	})
	if err != nil {
		l.t.Fatal(err)
	}
	rows := make([]*communityv1.ImportRow, 5)
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = client.NewID()
		rows[i] = &communityv1.ImportRow{
			Member: ids[i], Profile: l.seal(l.n.First.Device, ids[i]), Unit: client.NewID(), AreaCentiM2: 8950,
		}
		rows[i].Label = l.seal(l.n.First.Device, rows[i].GetUnit())
	}
	if err := l.n.Admit(l.t.Context(), rows); err != nil {
		l.t.Fatal(err)
	}
	if l.members, err = l.n.Enrol(l.t.Context(), ids, 2); err != nil {
		l.t.Fatal(err)
	}
	for _, d := range l.members {
		if err := d.SignIn(l.t.Context()); err != nil {
			l.t.Fatal(err)
		}
	}
}

// seal puts a mark into the vault.
func (l *life) seal(d *client.Device, subject string) *communityv1.Text {
	l.t.Helper()
	sealed, err := d.PutText(l.t.Context(), subject, closed.mark(9900))
	if err != nil {
		l.t.Fatal(err)
	}
	return neighbourhood.Text(sealed)
}

// do sends a command that must be taken.
func (l *life) do(answer *op.Answer, err error) *op.Answer {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
	return answer
}

// made gives the id of what an answer's commit created of a kind, wherever it stands in the path.
func made(a *op.Answer, kind string) string {
	for _, path := range a.Changed {
		if _, rest, ok := strings.Cut("/"+path, "/"+kind+"/"); ok {
			id, _, _ := strings.Cut(rest, "/")
			return id
		}
	}
	return ""
}

// raise has everybody raise a topic, until the rule convenes a deliberation.
func (l *life) raise() (deliberation string) {
	l.t.Helper()
	for _, d := range l.members {
		text := l.seal(d, d.Member)
		l.topic = made(l.do(d.Do(l.t.Context(), "proposal.post", "topics", &proposalv1.PostTopic{
			Matter: neighbourhood.MatterGreening, Text: text,
		})), "topic")
		l.read(d, &vaultv1.ReadText{
			Ref: text.GetRef(), Subject: d.Member, Purpose: vaultv1.Purpose_PURPOSE_DELIBERATION, NamedBy: "topic/" + l.topic,
		})
	}
	var list *op.Page
	err := neighbourhood.Eventually(l.t.Context(), "deliberation", func() (err error) {
		if list, err = l.n.First.Records(l.t.Context(), "deliberation", "", 0); err == nil && len(list.Records) == 0 {
			err = errors.New("not yet")
		}
		return err
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return strings.TrimPrefix(list.Records[0].Path, "deliberation/")
}

// read reads a sealed text back: the mark comes out to who may see it.
func (l *life) read(d *client.Device, body *vaultv1.ReadText) {
	l.t.Helper()
	text, _, err := d.ReadText(l.t.Context(), body)
	if err != nil || string(text) != closed.mark(9900) {
		l.t.Errorf("the vault gives back %q, %v", text, err)
	}
}

// deliberate makes statements and closes with published minutes and a published motion.
func (l *life) deliberate() {
	l.t.Helper()
	const op = "proposal.close"
	id := l.raise()
	d := l.members[0]
	l.do(d.Do(l.t.Context(), "proposal.submit", "deliberations/"+id+"/statements",
		&proposalv1.SubmitStatement{Deliberation: id, Text: l.seal(d, d.Member)}))
	l.do(l.n.First.Do(l.t.Context(), op, "deliberations/"+id+"/closing", &proposalv1.CloseDeliberation{
		Deliberation: id, Minutes: l.marks.mark(op, "minutes"), Motion: l.question(op, "motion."),
	}))
}

// question has a mark in each of its fields.
func (l *life) question(operation, below string) *proposalv1.Motion {
	mark := func(field string) string { return l.marks.mark(operation, below+field) }
	return &proposalv1.Motion{
		Title: mark("title"), Text: mark("text"),
		Options: []*proposalv1.Option{{Code: mark("options.code"), Title: mark("options.title")}, {Code: "b", Title: "b"}},
	}
}

// call holds a poll on published options, with sealed ballots.
func (l *life) call() {
	l.t.Helper()
	const op = "voting.call"
	_, err := l.n.First.Do(l.t.Context(), op, "polls", &votingv1.CallPoll{
		Matter: neighbourhood.MatterGreening, Question: &proposalv1.Motion{Title: "a"},
		Rules: &communityv1.PollRules{Notice: &communityv1.NoticeRules{Warning: closed.mark(9901)}},
	})
	if fault.Of(err).Code != "poll.rules_given" {
		l.t.Errorf("rules of a convener's own: %v", err)
	}
	l.poll = made(l.do(l.n.First.Do(l.t.Context(), op, "polls", &votingv1.CallPoll{
		Matter: neighbourhood.MatterGreening, Question: l.question(op, "question."),
	})), "poll")
	state, err := l.n.AwaitPoll(l.t.Context(), l.n.First.Device, l.poll, "open",
		func(p *neighbourhood.PollState) bool { return p.Roll != nil })
	if err != nil {
		l.t.Fatal(err)
	}
	for _, d := range l.members {
		mustCast(l.t, d, l.poll, state, &votingv1.Choice{Options: []uint32{0}})
	}
	if tallyOf(l.t, l.n, l.poll).GetValid() != uint32(len(l.members)) {
		l.t.Error("ballots are missing")
	}
}

// amend admits an organisation and adopts another rulebook, each by two organisations, and establishes a channel.
func (l *life) amend() {
	l.t.Helper()
	l.do(l.n.First.Do(l.t.Context(), "community.admit_org", "orgs", &communityv1.AdmitOrg{Org: &communityv1.Org{
		Id: client.NewID(), Kind: communityv1.OrgKind_ORG_KIND_GOVERNMENT, Name: l.marks.mark("community.admit_org", "org.name"),
	}}, l.n.Second.Key))
	l.do(l.n.First.Do(l.t.Context(), "community.establish_channel", "channels", &communityv1.EstablishChannel{
		Channel: client.NewID(), Title: l.marks.mark("community.establish_channel", "title"), Members: []string{l.members[0].Member},
	}))
	const op = "community.amend_rulebook"
	l.do(l.n.First.Do(l.t.Context(), op, "rulebook", &communityv1.AmendRulebook{Rulebook: l.rulebook(op, l.n.First.Org, 2)}, l.n.Second.Key))
}
