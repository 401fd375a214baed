package services_test

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	"renlin.dev/services/community"
	"renlin.dev/services/vault"
)

// weighted is something that is done, and how often.
type weighted struct {
	weight int
	do     func(*crowd) *deed
}

// deeds is everything that is done in every play, and moneyDeeds what is done in those in which books are kept.
var deeds, moneyDeeds []weighted

func init() {
	deeds = []weighted{
		{18, (*crowd).admits}, {18, (*crowd).invitesSome}, {40, (*crowd).enrols}, {3, (*crowd).hosts}, {6, (*crowd).flat}, {5, (*crowd).assigns},
		{4, (*crowd).grants}, {1, (*crowd).withdraws}, {2, (*crowd).revokes}, {3, (*crowd).revokesKey}, {4, (*crowd).importing},
		{1, (*crowd).household}, {1, (*crowd).names}, {1, (*crowd).establishes}, {1, (*crowd).amends}, {1, (*crowd).admitsOrg},
		{5, (*crowd).reads}, {1, (*crowd).erases},
		{9, (*crowd).posts}, {40, (*crowd).seconds}, {2, (*crowd).takesBack}, {20, (*crowd).proposesMerge}, {60, (*crowd).answersMerge},
		{8, (*crowd).states}, {30, (*crowd).reacts},
		{4, (*crowd).closes}, {120, (*crowd).vetoesIt}, {600, (*crowd).reports},
		{2, (*crowd).calls}, {60, (*crowd).offers}, {80, (*crowd).holdsIt}, {6, (*crowd).refuses}, {150, (*crowd).votes},
		{90, (*crowd).publishes}, {20, (*crowd).objects}, {14, (*crowd).lets}, {2, (*crowd).endsMandate}, {90, (*crowd).helps},
		{30, (*crowd).answers},
		{6, (*crowd).watches}, {140, (*crowd).issues}, {300, (*crowd).enters}, {10, (*crowd).voids}, {120, (*crowd).draws},
		{250, (*crowd).checksOne}, {20, (*crowd).appoints}, {6, (*crowd).callsQuiet}, {1500, (*crowd).speaks}, {150, (*crowd).exposes},
		{60, (*crowd).delivers}, {20, (*crowd).appointsRegistrar}, {200, (*crowd).callsVeiled}, {1500, (*crowd).registers},
		{900, (*crowd).lists}, {400, (*crowd).contests}, {1500, (*crowd).sendsSecret}, {900, (*crowd).opens},
		{1500, (*crowd).givesSheets}, {3500, (*crowd).entersSlip}, {20, (*crowd).staffs}, {250, (*crowd).comparesSlip},
	}
	moneyDeeds = []weighted{
		{8, (*crowd).opensAccount}, {6, (*crowd).pays}, {30, (*crowd).settlesTransfer}, {1, (*crowd).corrects}, {5, (*crowd).toils},
		{20, (*crowd).answersWork}, {4, (*crowd).spends}, {6, (*crowd).keepsBooks},
	}
}

// seconds of the rules of a play.
func pollOf(method communityv1.Method, electorate communityv1.Electorate, requirements ...*communityv1.Requirement) *communityv1.PollRules {
	r := &communityv1.PollRules{
		Electorate: electorate, Method: method, Requirements: requirements,
		VotingSeconds: 2, KeyPublishSeconds: 1, ObjectionSeconds: 1, ExecutionDelaySeconds: 2, ExecutionExpirySeconds: 6, VetoSeconds: 2,
		AppealVotingSeconds: 1,
	}
	if method != communityv1.Method_METHOD_YES_NO {
		r.Ballot = &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL}
	}
	return r
}

func requirement(of communityv1.Of, base communityv1.Base, measure communityv1.Measure, n, d int64) *communityv1.Requirement {
	quorum := of == communityv1.Of_OF_PARTICIPANTS
	return &communityv1.Requirement{Measure: measure, Of: of, Base: base, Numerator: n, Denominator: d, Strict: !quorum, Quorum: quorum}
}

// bookOf is the rulebook of a version: works by heads, lifts by the owners' two measures, parks by approval, openable by a convener, and
// with rules for everything around the close, money by a budget and without appeals, quiet by a key that trustees make, veiled by such a
// key and in secret.
func bookOf(version, offset uint32) *communityv1.Rulebook {
	const (
		members, owners = communityv1.Electorate_ELECTORATE_MEMBERS, communityv1.Electorate_ELECTORATE_OWNERS
		heads, area     = communityv1.Measure_MEASURE_HEADS, communityv1.Measure_MEASURE_AREA
		all, present    = communityv1.Base_BASE_ALL, communityv1.Base_BASE_PARTICIPANTS
		taking, yes     = communityv1.Of_OF_PARTICIPANTS, communityv1.Of_OF_YES
	)
	matter := func(code string, threshold uint32, num, den int64, poll *communityv1.PollRules) *communityv1.Matter {
		return &communityv1.Matter{
			Code: code, Title: code, ThresholdMembers: threshold, ThresholdNumerator: num, ThresholdDenominator: den,
			DeliberationSeconds: 1, Poll: poll, MergeSeconds: 2,
		}
	}
	works := matter("works", 3, 1, 3, pollOf(communityv1.Method_METHOD_YES_NO, members,
		requirement(taking, all, heads, 1, 5), requirement(yes, present, heads, 1, 2)))
	works.Poll.CloseWhenComplete, works.Poll.OpenWithinSeconds = true, 1
	works.Poll.Paper = &communityv1.PaperRules{OperatorPermilleMax: 600, CallBackPermille: 500, RiskLimitPermille: 100, AuditSeconds: 2}
	lifts := matter("lifts", 2+version%2, 1, 4, pollOf(communityv1.Method_METHOD_YES_NO, owners,
		requirement(taking, all, area, 1, 3), requirement(yes, present, area, 1, 2), requirement(yes, present, heads, 1, 2)))
	lifts.Poll.Notice = noticeOf()
	parks := matter("parks", 2, 0, 0, pollOf(communityv1.Method_METHOD_APPROVAL, members, requirement(taking, all, heads, 1, 6)))
	parks.DirectConvener, parks.Poll.Turnout = idFor(orgOne), turnoutOf()
	money := matter("money", 3, 0, 0, pollOf(communityv1.Method_METHOD_BUDGET_GREEDY, members, requirement(taking, all, heads, 1, 10)))
	money.Poll.AppealVotingSeconds = 0 // a veto only postpones
	quiet := matter("quiet", 4, 0, 0, quietRules(version))
	quiet.DirectConvener = idFor(orgOne)
	veiled := matter("veiled", 4, 0, 0, secretRules(version, levelOf(version+offset)))
	veiled.DirectConvener = idFor(orgOne)
	return &communityv1.Rulebook{
		Version: version, OpenTopicsMax: 2, InviteSeconds: 3, HelperPrincipalsMax: 2, MandateSecondsMax: 20,
		HelpersAccept: version%2 == 1, Ledger: ledgerOf(),
		Matters:  []*communityv1.Matter{works, lifts, parks, money, quiet, veiled},
		Matching: matchingOf(),
	}
}

func foundingOf(offset uint32) *communityv1.Found {
	org := func(name string, kind communityv1.OrgKind) *communityv1.Org {
		return &communityv1.Org{Id: idFor(name), Kind: kind, Name: name}
	}
	founder := func(name, org string, roles ...communityv1.Role) *communityv1.Founder {
		return &communityv1.Founder{
			Member: idFor(name), Org: idFor(org), Key: keyFor(name), Roles: append(roles, communityv1.Role_ROLE_OFFICER),
		}
	}
	holder := func(name, org string) *communityv1.Holder {
		return &communityv1.Holder{Member: idFor(name), Org: idFor(org), Key: keyFor(name), BoxKey: keyFor(name + "'s box")}
	}
	return &communityv1.Found{
		Suite: 1, Name: "A play", EpochKey: keyFor("epoch"), Nonce: make([]byte, 32), Rulebook: bookOf(1, offset),
		Orgs: []*communityv1.Org{
			org(orgOne, communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE), org(orgTwo, communityv1.OrgKind_ORG_KIND_OWNERS_COMMITTEE),
			org(orgThree, communityv1.OrgKind_ORG_KIND_AUDITOR),
		},
		Founders: []*communityv1.Founder{
			founder(ann, orgOne, communityv1.Role_ROLE_CONVENER),
			founder(bob, orgTwo, communityv1.Role_ROLE_CONVENER, communityv1.Role_ROLE_GUARDIAN, communityv1.Role_ROLE_AUDITOR),
		},
		Holders: []*communityv1.Holder{holder(cat, orgOne), holder(dan, orgTwo)},
	}
}

func (c *crowd) admits() *deed {
	name := neighbour(c.r.IntN(neighbours))
	if c.people[idFor(name)] != nil && !c.chance(100) {
		return nil
	}
	first, _, _ := c.officers("")
	return c.by(first, community.OpAdmitMember, &communityv1.AdmitMember{Member: idFor(name), Profile: textFor(name)})
}

// names are all who may ever be members.
func names() (out []string) {
	for n := range neighbours {
		out = append(out, neighbour(n))
	}
	for b := range imports {
		for n := range perImport {
			out = append(out, imported(b, n))
		}
	}
	return out
}

// invitesSome invites up to three members who were admitted by one organisation, with a fresh code each.
func (c *crowd) invitesSome() *deed {
	body := &communityv1.InviteMembers{}
	org, again := "", c.chance(100)
	for _, name := range names() {
		p := c.people[idFor(name)]
		if p == nil || !c.active(idFor(name)) || p.hadDevice != again || org != "" && p.admittedBy != org {
			continue
		}
		if i := c.ledger.invites[idFor(name)]; i != nil && !i.used && i.expires > c.now {
			continue
		}
		org = p.admittedBy
		code := fmt.Sprintf("%s's code %d", name, c.r.IntN(3))
		body.Invites = append(body.Invites, &communityv1.Invite{Member: idFor(name), CodeKey: keyFor(code)})
		if len(body.Invites) == 3 {
			break
		}
	}
	first, second, ok := c.officers(org)
	if org == "" || !ok {
		return nil
	}
	if again {
		return c.by(first, community.OpInviteMembers, body, second)
	}
	return c.by(first, community.OpInviteMembers, body)
}

// enrols takes a code, now and then a wrong or an old one, for one of three devices.
func (c *crowd) enrols() *deed {
	member, ok := anyOf(c, c.ledger.invites, func(id string, i *invite) bool { return !i.used && c.active(id) })
	if !ok {
		return nil
	}
	key := keyFor(fmt.Sprintf("device %d of %s", c.r.IntN(3), member))
	code := []byte(c.ledger.invites[member].code)
	if c.chance(40) {
		code = keyFor("a guess")
	}
	return &deed{community.OpEnrolKey, &communityv1.EnrolKey{Member: member, Key: key}, [][]byte{key, code}}
}

func (c *crowd) hosts() *deed {
	member, ok := anyOf(c, c.people, func(id string, p *person) bool { return c.counts(id) && !c.hasKey(id) })
	if !ok {
		return nil
	}
	first, second, ok := c.officers(c.people[member].admittedBy)
	if !ok {
		return nil
	}
	body := &communityv1.HostKey{Member: member, Key: keyFor("the gateway's for " + member)}
	if c.people[member].hadDevice {
		return c.by(first, community.OpHostKey, body, second)
	}
	return c.by(first, community.OpHostKey, body)
}

func (c *crowd) flat() *deed {
	name := fmt.Sprint("flat ", c.r.IntN(flatsMax))
	if c.flats[idFor(name)] != nil && !c.chance(100) {
		return nil
	}
	first, _, _ := c.officers("")
	return c.by(first, community.OpRegisterUnit, &communityv1.RegisterUnit{
		Unit: idFor(name), AreaCentiM2: int64(c.r.IntN(20)) * 1000, Label: textFor(name),
	})
}

func (c *crowd) assigns() *deed {
	unit, ok := anyOf(c, c.flats, func(_ string, u *flat) bool { return u.owner == "" || c.chance(100) })
	owner, found := anyOf(c, c.people, func(id string, _ *person) bool { return c.counts(id) })
	if !ok || !found {
		return nil
	}
	first, _, _ := c.officers("")
	return c.by(first, community.OpAssignUnit, &communityv1.AssignUnit{Unit: unit, Owner: owner})
}

func (c *crowd) household() *deed {
	unit, ok := anyOf(c, c.flats, func(_ string, u *flat) bool { return u.owner != "" })
	if !ok {
		return nil
	}
	first, _, _ := c.officers("")
	return c.by(first, community.OpFormHousehold, &communityv1.FormHousehold{
		Household: idFor("household of " + unit), Unit: unit, Members: []string{c.flats[unit].owner},
	})
}

// grants gives a role, to one's own organisation's mostly; what watches takes two.
func (c *crowd) grants() *deed {
	role, _ := pick(c, []communityv1.Role{
		communityv1.Role_ROLE_OWNER, communityv1.Role_ROLE_GRID_WORKER, communityv1.Role_ROLE_OFFICER, communityv1.Role_ROLE_CONVENER,
		communityv1.Role_ROLE_GUARDIAN, communityv1.Role_ROLE_AUDITOR, communityv1.Role_ROLE_KEY_HOLDER,
	})
	member, ok := c.resident()
	first, second, found := c.officers("")
	if !ok || !found {
		return nil
	}
	body := &communityv1.GrantRole{Member: member, Role: role, Org: c.officerOf(first)}
	if role == communityv1.Role_ROLE_OWNER {
		body.Org = ""
	}
	if c.chance(500) {
		return c.by(first, community.OpGrantRole, body, second)
	}
	return c.by(first, community.OpGrantRole, body)
}

func (c *crowd) withdraws() *deed {
	member, ok := anyOf(c, c.people, func(id string, p *person) bool { return len(p.roles) > 0 && !p.founder })
	first, second, found := c.officers("")
	if !ok || !found {
		return nil
	}
	role := communityv1.Role_ROLE_GUARDIAN
	for r := range communityv1.Role_ROLE_OPERATOR + 1 {
		if _, holds := c.people[member].roles[r]; holds {
			role = r
		}
	}
	return c.by(first, community.OpWithdrawRole, &communityv1.WithdrawRole{Member: member, Role: role}, second)
}

// revokes ends a membership: by one's own word, or two organisations'.
func (c *crowd) revokes() *deed {
	member, ok := c.resident()
	first, second, found := c.officers("")
	if !ok || !found || c.people[member].founder {
		return nil
	}
	body := &communityv1.RevokeMember{Member: member}
	if c.chance(400) {
		return c.by(member, community.OpRevokeMember, body)
	}
	return c.by(first, community.OpRevokeMember, body, second)
}

func (c *crowd) revokesKey() *deed {
	key, ok := anyOf(c, c.keys, func(_ string, k *device) bool { return !k.revoked && c.counts(k.member) })
	if !ok || c.people[c.keys[key].member].founder {
		return nil
	}
	body := &communityv1.RevokeKey{Key: []byte(key)}
	if c.chance(300) {
		return c.by(c.keys[key].member, community.OpRevokeKey, body)
	}
	first, second, _ := c.officers("")
	return c.by(first, community.OpRevokeKey, body, second)
}

// importing goes on with one of the imports, or begins it, or ends it too early.
func (c *crowd) importing() *deed {
	n := c.r.IntN(imports)
	id := idFor(fmt.Sprint("import ", n))
	officer := []string{ann, bob}[n%2]
	op, body := community.OpBeginImport, proto.Message(&communityv1.BeginImport{Import: id, Rows: perImport, Org: c.officerOf(idFor(officer))})
	switch b := c.batches[id]; {
	case b == nil:
	case b.over && !c.chance(100):
		return nil
	case c.chance(80):
		op, body = community.OpAbandonImport, &communityv1.AbandonImport{Import: id}
	case b.staged < b.announced:
		rows := &communityv1.ImportRows{Import: id}
		for k := range perImport {
			name := imported(n, k)
			rows.Rows = append(rows.Rows, &communityv1.ImportRow{
				Member: idFor(name), Profile: textFor(name), Unit: idFor("flat of " + name), AreaCentiM2: 5000, Label: textFor("flat of " + name),
			})
		}
		op, body = community.OpImportRows, rows
	default:
		op, body = community.OpCompleteImport, &communityv1.CompleteImport{Import: id}
	}
	return c.by(idFor(officer), op, body)
}

func (c *crowd) amends() *deed {
	first, second, ok := c.officers("")
	if !ok || c.book.GetVersion() > 2 && !c.chance(100) {
		return nil
	}
	return c.by(first, community.OpAmendRulebook, &communityv1.AmendRulebook{Rulebook: bookOf(c.book.GetVersion()+1, c.offset)}, second)
}

func (c *crowd) admitsOrg() *deed {
	first, second, ok := c.officers("")
	if !ok {
		return nil
	}
	name := fmt.Sprint("company ", c.r.IntN(3))
	return c.by(first, community.OpAdmitOrg, &communityv1.AdmitOrg{
		Org: &communityv1.Org{Id: idFor(name), Kind: communityv1.OrgKind_ORG_KIND_COMPANY, Name: name},
	}, second)
}

// reads asks the vault for a text: one's own, a topic's, somebody's profile.
func (c *crowd) reads() *deed {
	reader, ok := c.member()
	other, found := c.member()
	if !ok || !found {
		return nil
	}
	body := &vaultv1.ReadText{
		Subject: other, Ref: c.people[other].profile, NamedBy: "member/" + other, Purpose: vaultv1.Purpose_PURPOSE_SERVICE,
	}
	switch c.r.IntN(5) {
	case 0:
		body.Subject, body.Ref, body.NamedBy, body.Purpose = reader, textFor("a draft").GetRef(), "", vaultv1.Purpose_PURPOSE_OWN
	case 1, 2:
		id, ok := pick(c, c.posted)
		if !ok {
			return nil
		}
		body.Subject, body.NamedBy, body.Purpose = c.topics[id].author, "topic/"+id, vaultv1.Purpose_PURPOSE_DELIBERATION
		body.Ref = textFor("a topic of " + body.Subject).GetRef()
	case 3:
		body.Purpose = vaultv1.Purpose_PURPOSE_AUDIT
		reader = idFor(bob)
	case 4:
		if officer, ok := c.office(communityv1.Role_ROLE_OFFICER); ok {
			reader = officer
		}
	}
	if body.Ref == "" {
		return nil
	}
	body.ReaderKey = []byte(pollKeys()[0].public)
	return c.by(reader, vault.OpRead, body)
}

func (c *crowd) erases() *deed {
	member, ok := c.resident()
	if !ok {
		return nil
	}
	who := member
	if c.chance(500) {
		who, _ = c.member()
	}
	return c.by(who, vault.OpErase, &vaultv1.EraseSubject{Subject: member})
}
