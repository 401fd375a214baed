package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"strconv"
	"testing"

	"golang.org/x/crypto/nacl/box"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/renlin/internal/process"
)

// accessWorld is a community in which everything is waiting to be done by somebody: each operation has a topic, a poll or a member on
// which only the right to it can be missing. Commands are judged and never written, so that every cell finds the same record.
type accessWorld struct {
	*forge.World
	testing.TB
	serial int

	topics       map[string]string // by author
	asked        map[string]string // merge that waits for somebody's consent
	proposed     map[string]string // merge that somebody has proposed
	deliberation string
	statement    string
	adopted      string // a motion that can still be vetoed
	inForce      string
	polls        map[string]string // by what is waited for in it
	boxes        map[string][]byte // their public keys
	private      []byte            // of the poll whose key is to be published
	imports      map[string]string
	mandates     map[string]string // of fay's, by helper
	waiting      map[string]string // of fay's too, for seconds, that wait to be accepted
	papers       map[string]string // polls whose rules know of paper, by where they are
	notice       *votingv1.NoticeIssued
	noticedAt    int64
	secrets      *secrets
	books        map[string]string // accounts and transfers, by what they are
	aid          *aidWorld
	served       matchingWorld
}

// The two organisations of the founding.
var (
	committee = forge.ID("committee")
	owners    = forge.ID("owners")
)

// cast are the columns of people with standing, and the role that each has beside being a member. The founding makes the first four.
var cast = map[string]communityv1.Role{
	"offA": communityv1.Role_ROLE_OFFICER, "offB": communityv1.Role_ROLE_OFFICER,
	"hold1": communityv1.Role_ROLE_KEY_HOLDER, "hold2": communityv1.Role_ROLE_KEY_HOLDER,
	"resid": 0, "owner": communityv1.Role_ROLE_OWNER, "worker": communityv1.Role_ROLE_GRID_WORKER, "conv": communityv1.Role_ROLE_CONVENER,
	"guard": communityv1.Role_ROLE_GUARDIAN, "audit": communityv1.Role_ROLE_AUDITOR, "oper": communityv1.Role_ROLE_OPERATOR,
	"regis": 0, "lost": 0, "gone": 0,
}

// background are people whom no column shows.
var background = []string{"eve", "fay", "hal", "target", "abe", "ida"}

// pollRules is a vote by heads of one minute, with some seconds for what follows.
func pollRules(objection, veto, delay uint32) *communityv1.PollRules {
	return &communityv1.PollRules{
		Electorate: communityv1.Electorate_ELECTORATE_MEMBERS, Method: communityv1.Method_METHOD_YES_NO, VotingSeconds: 60,
		KeyPublishSeconds: 1_000_000, ObjectionSeconds: objection, VetoSeconds: veto, ExecutionDelaySeconds: delay,
		ExecutionExpirySeconds: 1_000_000,
		Requirements: []*communityv1.Requirement{{
			Measure: communityv1.Measure_MEASURE_HEADS, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_PARTICIPANTS,
			Numerator: 1, Denominator: 2, Strict: true,
		}},
	}
}

// dividedRules are pollRules whose key is divided among trustees.
func dividedRules() *communityv1.PollRules {
	r := pollRules(1_000_000, 1, 1)
	r.Secrecy = &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_OPEN, TrusteesMin: 2}
	return r
}

func accessRulebook(version uint32) *communityv1.Rulebook {
	matter := func(code, convener string, threshold uint32, poll *communityv1.PollRules) *communityv1.Matter {
		return &communityv1.Matter{
			Code: code, Title: code, ThresholdMembers: threshold, DeliberationSeconds: 100_000, Poll: poll, DirectConvener: convener,
		}
	}
	return &communityv1.Rulebook{Version: version, OpenTopicsMax: 9, InviteSeconds: 30 * 24 * 3600, Matters: []*communityv1.Matter{
		matter("talk", "", 3, pollRules(1, 1, 1)), matter("veto", "", 3, pollRules(1, 1_000_000, 1_000_000)),
		matter("force", "", 3, pollRules(1, 1, 1)), matter("direct", committee, 1_000_000, pollRules(1_000_000, 1, 1)),
		matter("open", "", 1_000_000, pollRules(1, 1, 1)), matter("divided", committee, 1_000_000, dividedRules()),
		matter("paper", committee, 1_000_000, paperMatter()), matter("notice", committee, 1_000_000, noticeMatter()),
		matter("secret", committee, 1_000_000, secretRules(communityv1.Secrecy_SECRECY_TOTALS, 1)),
		matter("sealed", committee, 1_000_000, secretRules(communityv1.Secrecy_SECRECY_PASS_FAIL, 1)),
		matter("sheets", committee, 1_000_000, sheetMatter()),
		matter("contest", committee, 1_000_000, secretRules(communityv1.Secrecy_SECRECY_TOTALS, 1_000_000)),
	}, Matching: accessMatching()}
}

func accessFounding() *communityv1.Found {
	role := communityv1.Role_ROLE_OFFICER
	return &communityv1.Found{
		Suite: 1, Name: "access", EpochKey: forge.Public("epoch"), Nonce: bytes.Repeat([]byte{9}, 32), Rulebook: accessRulebook(1),
		Orgs: []*communityv1.Org{
			{Id: committee, Kind: communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE, Name: "committee"},
			{Id: owners, Kind: communityv1.OrgKind_ORG_KIND_OWNERS_COMMITTEE, Name: "owners"},
		},
		Founders: []*communityv1.Founder{
			{Member: forge.ID("offA"), Org: committee, Key: forge.Public("offA"), Roles: []communityv1.Role{role}},
			{Member: forge.ID("offB"), Org: owners, Key: forge.Public("offB"), Roles: []communityv1.Role{role}},
		},
		Holders: []*communityv1.Holder{
			{Member: forge.ID("hold1"), Org: committee, Key: forge.Public("hold1"), BoxKey: bytes.Repeat([]byte{1}, 32)},
			{Member: forge.ID("hold2"), Org: owners, Key: forge.Public("hold2"), BoxKey: bytes.Repeat([]byte{2}, 32)},
		},
	}
}

func newAccessWorld(t testing.TB) *accessWorld {
	t.Helper()
	w := &accessWorld{
		World: forge.NewWorld(t, process.Models()...), TB: t,
		topics: map[string]string{}, asked: map[string]string{}, proposed: map[string]string{}, polls: map[string]string{},
		boxes: map[string][]byte{}, imports: map[string]string{},
		mandates: map[string]string{}, waiting: map[string]string{}, papers: map[string]string{},
	}
	w.Found("community.found", accessFounding(), forge.Key("offA"), forge.Key("offB"))
	w.people()
	w.helpers()
	w.business()
	w.papersCounted()
	w.voting()
	w.papersOpen()
	w.noticeOut()
	w.accounts()
	w.inNeed()
	w.matching()
	w.ends()
	return w
}

// Helper is both embedded interfaces'.
func (w *accessWorld) Helper() { w.TB.Helper() }

func accessText(word string) *communityv1.Text {
	sum := sha256.Sum256([]byte(word))
	return &communityv1.Text{Ref: accessRef(word), LengthBytes: uint32(len(word)), Commitment: sum[:]}
}

// by does something as a person of the cast, others signing too.
func (w *accessWorld) by(who, operation string, body proto.Message, cosigners ...string) *chain.Commit {
	w.Helper()
	keys := []ed25519.PrivateKey{forge.Key(who)}
	for _, name := range cosigners {
		keys = append(keys, forge.Key(name))
	}
	return w.Do(operation, body, keys...)
}

// admit admits somebody and, unless they have none, enrols their device.
func (w *accessWorld) admit(name string, device bool) {
	w.by("offA", "community.admit_member", &communityv1.AdmitMember{Member: forge.ID(name), Profile: accessText(name)})
	if !device {
		return
	}
	code := name + "'s code"
	w.by("offB", "community.invite_members", &communityv1.InviteMembers{
		Invites: []*communityv1.Invite{{Member: forge.ID(name), CodeKey: forge.Public(code)}},
	})
	w.by(name, "community.enrol_key", &communityv1.EnrolKey{Member: forge.ID(name), Key: forge.Public(name)}, code)
}

// people admits everybody and gives them their roles.
func (w *accessWorld) people() {
	for name, role := range cast { // any order: they do not depend on each other
		if role == communityv1.Role_ROLE_KEY_HOLDER || role == communityv1.Role_ROLE_OFFICER {
			continue
		}
		w.admit(name, true)
		if role == 0 {
			continue
		}
		grant := &communityv1.GrantRole{Member: forge.ID(name), Role: role, Org: committee}
		if role == communityv1.Role_ROLE_OWNER {
			grant.Org = ""
		}
		w.by("offA", "community.grant_role", grant, "offB")
	}
	for _, name := range background {
		w.admit(name, true)
	}
	w.by("offA", "community.grant_role", &communityv1.GrantRole{
		Member: forge.ID("abe"), Role: communityv1.Role_ROLE_OFFICER, Org: committee,
	})
	w.by("offA", "community.grant_role", &communityv1.GrantRole{
		Member: forge.ID("target"), Role: communityv1.Role_ROLE_GRID_WORKER, Org: committee,
	})
	for _, name := range []string{"host", "hostO", "guest"} { // people without a device
		w.admit(name, false)
		if name != "guest" {
			w.by("offB", "community.host_key", &communityv1.HostKey{Member: forge.ID(name), Key: forge.Public(name)})
		}
	}
	w.by("offA", "community.register_unit", &communityv1.RegisterUnit{Unit: forge.ID("flat"), AreaCentiM2: 5000, Label: accessText("flat")})
}

// fact puts on the record what no rule would: it makes those who cannot exist, so that they are refused all the same.
func (w *accessWorld) fact(aggregate string, e proto.Message) {
	w.Helper()
	body, err := proto.Marshal(e)
	if err != nil {
		w.TB.Fatal(err)
	}
	w.serial++
	command, err := (&chain.Signed{
		Operation: "community.fact", Contract: 1, IdempotencyKey: strconv.Itoa(w.serial), Signatures: []chain.Signature{{Key: []byte{1}}},
	}).Encode(nil)
	if err != nil {
		w.TB.Fatal(err)
	}
	err = w.Write(&chain.Commit{
		Author: chain.AuthorDevice, Time: w.Now, ID: sha256.Sum256(command), Service: "community", Actor: forge.ID("nobody"), Command: command,
		Changes: []chain.Change{{
			Aggregate: aggregate, Version: w.State("community").Version(aggregate) + 1,
			Events: []chain.Event{{Type: string(e.ProtoReflect().Descriptor().FullName()), Body: body}},
		}},
	})
	if err != nil {
		w.TB.Fatal(err)
	}
}

// motion has a matter's topic convened, deliberated, put to the vote and adopted.
func (w *accessWorld) motion(matter string) string {
	w.Helper()
	d := w.convene(matter)
	put := w.by("conv", "proposal.close", &proposalv1.CloseDeliberation{
		Deliberation: d, Minutes: "We agree.", Motion: &proposalv1.Motion{Title: matter, Text: "All of it."},
	})
	motion := put.ID.NewAggregate()
	poll := chain.PolicyID("voting", "poll/"+motion).NewAggregate()
	w.open(poll)
	w.cast(poll)
	w.Pass(60_000)
	w.by("hold1", "voting.publish_key", &votingv1.PublishKey{Poll: poll, PrivateKey: w.private})
	w.Pass(10_000)
	return motion
}

func (w *accessWorld) convene(matter string) string {
	w.Helper()
	before := len(w.State("proposal").Members("deliberation"))
	topic := w.post("eve", matter)
	for _, name := range []string{"fay", "hal"} {
		w.by(name, "proposal.second", &proposalv1.SecondTopic{Topic: topic})
	}
	w.Pass(1000)
	all := w.State("proposal").Members("deliberation")
	if len(all) != before+1 {
		w.TB.Fatalf("%s: no deliberation was convened", matter)
	}
	return chain.PolicyID("proposal", "convene/"+matter+"/1").NewAggregate()
}

func (w *accessWorld) post(who, matter string) string {
	w.Helper()
	return w.by(who, "proposal.post", &proposalv1.PostTopic{Matter: matter, Text: accessText("topic of " + who)}).ID.NewAggregate()
}

// offer makes a key for a poll and offers it.
func (w *accessWorld) offer(poll string) {
	w.Helper()
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		w.TB.Fatal(err)
	}
	w.boxes[poll], w.private = public[:], private[:]
	w.by("hold1", "voting.offer_key", w.offering(poll, public[:]))
}

func (w *accessWorld) offering(poll string, public []byte) *votingv1.OfferKey {
	return &votingv1.OfferKey{Poll: poll, BoxKey: public, Wrapped: make([]byte, ballot.KeyBytes+box.AnonymousOverhead)}
}

func (w *accessWorld) open(poll string) {
	w.Helper()
	w.offer(poll)
	w.by("hold2", "voting.hold_key", &votingv1.HoldKey{Poll: poll, BoxKey: w.boxes[poll]})
}

// ballot seals somebody's yes.
func (w *accessWorld) ballot(poll, who string) []byte {
	w.Helper()
	sealed, err := ballot.Seal(rand.Reader, w.boxes[poll], poll, forge.ID(who), &votingv1.Choice{Options: []uint32{0}})
	if err != nil {
		w.TB.Fatal(err)
	}
	return sealed
}

func (w *accessWorld) cast(poll string) {
	w.Helper()
	for _, name := range []string{"eve", "fay", "hal"} {
		w.by(name, "voting.cast", &votingv1.CastBallot{Poll: poll, Voter: forge.ID(name), Box: w.ballot(poll, name)})
	}
}

// call calls a poll without a motion.
func (w *accessWorld) call() string { w.Helper(); return w.callIn("direct") }

func (w *accessWorld) callIn(matter string) string {
	w.Helper()
	return w.by("conv", "voting.call", &votingv1.CallPoll{
		Matter: matter, Question: &proposalv1.Motion{Title: "Benches", Text: "Shall there be benches?"},
	}).ID.NewAggregate()
}

// business brings topics, a deliberation and motions to where somebody must act.
func (w *accessWorld) business() {
	w.adopted, w.inForce = w.motion("veto"), w.motion("force")
	w.deliberation = w.convene("talk")
	w.statement = w.by("hal", "proposal.submit", &proposalv1.SubmitStatement{
		Deliberation: w.deliberation, Text: accessText("statement"),
	}).ID.NewAggregate()
	for name := range cast { // any order
		w.topics[name] = w.post(name, "open")
	}
	for _, name := range []string{"eve", "fay", "host", "hostO"} {
		w.topics[name] = w.post(name, "open")
	}
	w.merging()
}

// merging has everybody asked by eve to merge their topics, and ask her. Who will leave is not asked: then nobody would be waited for.
func (w *accessWorld) merging() {
	w.Helper()
	hers := w.post("eve", "open")
	for name, topic := range w.topics { // any order
		if name == "eve" || name == "gone" {
			continue
		}
		ask := func(who, into, away string) string {
			return w.by(who, "proposal.propose_merge", &proposalv1.ProposeMerge{Into: into, Topics: []string{away}}).ID.NewAggregate()
		}
		w.asked[name], w.proposed[name] = ask("eve", topic, hers), ask(name, hers, topic)
	}
}

// voting brings polls to where somebody must act. The ones that have closed come first: all run for the same time.
func (w *accessWorld) voting() {
	counted, closed := w.call(), w.call()
	w.open(counted)
	opened := w.private
	w.open(closed)
	w.cast(counted)
	w.Pass(60_000)
	w.by("hold1", "voting.publish_key", &votingv1.PublishKey{Poll: counted, PrivateKey: opened})
	w.Pass(1000)
	last := w.private
	w.polls = map[string]string{"object": counted, "publish_key": closed, "offer_key": w.call(), "hold_key": w.call(), "cast": w.call()}
	w.divided()
	w.offer(w.polls["hold_key"])
	w.open(w.polls["cast"])
	w.private = last
	for _, which := range []string{"begun", "staged"} {
		id := forge.ID("import " + which)
		w.imports[which] = id
		w.by("offA", "community.begin_import", &communityv1.BeginImport{Import: id, Rows: 1, Org: committee})
	}
	w.by("offA", "community.import_rows", &communityv1.ImportRows{
		Import: w.imports["staged"], Rows: []*communityv1.ImportRow{{Member: forge.ID("unfin")}},
	})
}

// ends takes standing away, and makes those who have a key but no standing.
func (w *accessWorld) ends() {
	w.by("offA", "community.revoke_key", &communityv1.RevokeKey{Key: forge.Public("lost")})
	w.by("offA", "community.revoke_member", &communityv1.RevokeMember{Member: forge.ID("gone")}, "offB")
	w.fact("key/"+chain.KeyID(forge.Public("unfin")), &communityv1.KeyEnrolled{Member: forge.ID("unfin"), Key: forge.Public("unfin")})
	w.fact("member/"+forge.ID("hostO"), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_OFFICER, Org: committee})
	w.by("offB", "community.invite_members", &communityv1.InviteMembers{
		Invites: []*communityv1.Invite{
			{Member: forge.ID("guest"), CodeKey: forge.Public("guest's code")}, {Member: forge.ID("host"), CodeKey: forge.Public("stranger")},
		},
	})
	w.Pass(1000)
}
