package services_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// ledger is a second understanding of what the services promise, by other means than theirs: plain maps, no read sets, no copies, nothing
// shared with their code but the contracts. It follows the record and complains about each fact that should not be there; rest complains
// about what is missing. The rules are those that the services tell at the heads of their packages.
type ledger struct {
	said  []string // complaints about the block at hand
	size  uint64   // commits
	known func(box []byte) (intent, bool)
	lied  func(word []byte) bool // of a trustee
	hid   func(ballot []byte) (hidden, bool)
	seen  func(mark []byte) read // of a sheet

	holders  []*communityv1.Holder
	book     *communityv1.Rulebook
	orgs     map[string]bool
	people   map[string]*person
	keys     map[string]*device // by public key
	invites  map[string]*invite
	flats    map[string]*flat
	homes    map[string]bool     // members of whom the register says where they live
	lodgers  map[string][]string // of each household
	batches  map[string]*batch
	erased   map[string]bool
	mandates map[string]*mandate
	listed   map[string][]string // helper -> mandates, ascending, as last listed
	trustees []*communityv1.Trustee
	// registrar lists secret polls' credentials; nil for nobody.
	registrar *communityv1.Registrar

	topics     map[string]*topic
	posted     []string // topics in the order of the record
	rounds     map[string]*round
	statements map[string]string // path -> author
	reactions  map[string]bool   // path -> by the member's own hand
	meetings   map[string]*meeting
	motions    map[string]*motion
	merges     map[string]*fusion
	vetoes     map[string]bool // guardian and matter
	help       *helpWanted
	aids       *policies // nil where nobody is helped

	books    *books
	onTheWay int64 // what has come and gone in the commit at hand

	polls    map[string]*poll
	boxKeys  map[string]bool
	waits    map[string]int64 // until when a question that failed is not put again
	voted    map[string]bool  // motions that have changed the rulebook
	header   *chain.Header    // of the block at hand
	happened map[string]int   // events by name, to see that a play is about something
}

func newLedger() *ledger {
	return &ledger{
		orgs: map[string]bool{}, people: map[string]*person{}, keys: map[string]*device{}, invites: map[string]*invite{},
		flats: map[string]*flat{}, homes: map[string]bool{}, batches: map[string]*batch{}, erased: map[string]bool{}, topics: map[string]*topic{},
		rounds: map[string]*round{}, statements: map[string]string{}, meetings: map[string]*meeting{}, motions: map[string]*motion{},
		mandates: map[string]*mandate{}, listed: map[string][]string{}, reactions: map[string]bool{},
		vetoes: map[string]bool{}, merges: map[string]*fusion{}, help: newHelpWanted(),
		books: newBooks(), lodgers: map[string][]string{}, voted: map[string]bool{},
		polls: map[string]*poll{}, boxKeys: map[string]bool{}, waits: map[string]int64{}, happened: map[string]int{},
	}
}

// fact is one event with everything around it.
type fact struct {
	*chain.Commit
	signed *chain.Signed
	at     uint64 // position
	block  int64  // time of the block
	path   string
	id     string // last segment of the path
	body   proto.Message
}

// complain notes what is wrong.
func (l *ledger) complain(f *fact, format string, args ...any) {
	l.said = append(l.said, fmt.Sprintf("index %d, %s: ", f.at-1, f.signed.Operation)+fmt.Sprintf(format, args...))
}

// must complains unless something holds.
func (l *ledger) must(f *fact, holds bool, format string, args ...any) {
	if !holds {
		l.complain(f, format, args...)
	}
}

// take follows one block and answers the complaints.
func (l *ledger) take(b *chain.Block) []string {
	l.said, l.header = nil, &b.Header
	for _, raw := range b.Commits {
		l.size++
		c, err := chain.DecodeCommit(raw)
		if err != nil {
			return append(l.said, fmt.Sprintf("index %d cannot be read: %v", l.size-1, err))
		}
		signed, err := chain.DecodeSigned(c.Command)
		if err != nil {
			return append(l.said, fmt.Sprintf("index %d has a command that cannot be read: %v", l.size-1, err))
		}
		f := fact{Commit: c, signed: signed, at: l.size, block: b.Time}
		l.author(&f)
		if c.Author == chain.AuthorGenesis { // a key needs its member
			slices.SortStableFunc(c.Changes, func(a, b chain.Change) int {
				return cmp.Compare(one(chain.KindOf(a.Aggregate) == "key"), one(chain.KindOf(b.Aggregate) == "key"))
			})
		}
		for _, ch := range c.Changes {
			for _, e := range ch.Events {
				body, err := decider.DecodeEvent(e)
				if err != nil {
					return append(l.said, fmt.Sprintf("index %d has an event that cannot be read: %v", l.size-1, err))
				}
				f.path, f.id, f.body = ch.Aggregate, lastOf(ch.Aggregate), body
				l.happened[string(body.ProtoReflect().Descriptor().Name())]++
				l.event(&f)
			}
		}
		l.must(&f, l.onTheWay == 0, "amounts leave accounts and come to none, or come from none: %d", l.onTheWay)
		l.onTheWay = 0
		if c.Service != "voting" {
			l.look(&f)
			l.lookMerges(&f)
		}
	}
	return l.said
}

// event passes a fact on to those who know its kind.
func (l *ledger) event(f *fact) {
	if b, ok := f.body.(*chainv1.Lapsed); ok {
		if f.Service != "ledger" { // its holds and timers end otherwise often, and rest nothing on that
			l.lapsed(f, b)
		}
		return
	}
	switch f.Service {
	case "community":
		l.standing(f)
	case "vault":
		l.vault(f)
	case "proposal":
		l.proposal(f)
	case "voting":
		l.voting(f)
	case "ledger":
		l.money(f)
	case "matching":
		l.matching(f)
	case "aid":
		if l.aids != nil {
			l.aids.take(l, f)
		}
	}
}

// offices says which role an operation needs; any member may do what is not here.
var offices = map[string]communityv1.Role{
	"proposal.close": communityv1.Role_ROLE_CONVENER, "proposal.veto": communityv1.Role_ROLE_GUARDIAN,
	"ledger.open": communityv1.Role_ROLE_OFFICER, "ledger.propose": communityv1.Role_ROLE_OFFICER,
	"ledger.approve": communityv1.Role_ROLE_OFFICER, "ledger.post": communityv1.Role_ROLE_OFFICER,
	"ledger.void": communityv1.Role_ROLE_OFFICER, "ledger.offer_terms": communityv1.Role_ROLE_OFFICER,
	"ledger.declare_dividend": communityv1.Role_ROLE_OFFICER, "ledger.assess": communityv1.Role_ROLE_AUDITOR,
	"ledger.propose_clawback": communityv1.Role_ROLE_AUDITOR,
	"ledger.register_holding": communityv1.Role_ROLE_OFFICER, "ledger.report_holding": communityv1.Role_ROLE_OFFICER,
	"proposal.report": communityv1.Role_ROLE_OFFICER, "voting.call": communityv1.Role_ROLE_CONVENER,
	"voting.offer_key": communityv1.Role_ROLE_KEY_HOLDER, "voting.hold_key": communityv1.Role_ROLE_KEY_HOLDER,
	"voting.publish_key":  communityv1.Role_ROLE_KEY_HOLDER,
	"voting.refuse_key":   communityv1.Role_ROLE_KEY_HOLDER,
	"voting.add_key_part": communityv1.Role_ROLE_KEY_HOLDER, "voting.publish_share": communityv1.Role_ROLE_KEY_HOLDER,
	"community.appoint_trustees": communityv1.Role_ROLE_OFFICER, "community.appoint_registrar": communityv1.Role_ROLE_OFFICER,
	"voting.issue_papers": communityv1.Role_ROLE_OFFICER, "voting.void_paper": communityv1.Role_ROLE_OFFICER,
	"voting.register_papers": communityv1.Role_ROLE_OFFICER, "voting.compare_secret_paper": communityv1.Role_ROLE_AUDITOR,
	"voting.compare_ballot": communityv1.Role_ROLE_AUDITOR, "voting.record_call_back": communityv1.Role_ROLE_AUDITOR,
	"community.admit_org": communityv1.Role_ROLE_OFFICER, "community.amend_rulebook": communityv1.Role_ROLE_OFFICER,
	"community.admit_member": communityv1.Role_ROLE_OFFICER, "community.grant_role": communityv1.Role_ROLE_OFFICER,
	"community.invite_members": communityv1.Role_ROLE_OFFICER, "community.host_key": communityv1.Role_ROLE_OFFICER,
	"community.register_unit": communityv1.Role_ROLE_OFFICER, "community.assign_unit": communityv1.Role_ROLE_OFFICER,
	"community.name_delegate": communityv1.Role_ROLE_OFFICER, "community.establish_channel": communityv1.Role_ROLE_OFFICER,
	"community.form_household": communityv1.Role_ROLE_OFFICER, "community.begin_import": communityv1.Role_ROLE_OFFICER,
	"community.import_rows": communityv1.Role_ROLE_OFFICER, "community.complete_import": communityv1.Role_ROLE_OFFICER,
	"community.abandon_import": communityv1.Role_ROLE_OFFICER,
	"matching.attest_provider": communityv1.Role_ROLE_OFFICER, "matching.set_mode": communityv1.Role_ROLE_OFFICER,
}

// author makes sure that whoever signed a command was who the commit says, had standing, and held the office that it takes.
func (l *ledger) author(f *fact) {
	if f.Author == chain.AuthorPolicy || f.Author == chain.AuthorGenesis {
		l.must(f, len(f.signed.Signatures) == 0 || f.Author == chain.AuthorGenesis, "a rule's command is signed")
		l.must(f, f.Author != chain.AuthorGenesis || f.at == 1, "founded again")
		return
	}
	l.must(f, f.signed.NotAfter > f.block, "written after its expiry")
	if f.signed.Operation == "aid.answer_notice" {
		l.must(f, f.Author == chain.AuthorCredential && f.Actor+f.Through == "" && len(f.signed.Signatures) == 1, "an answer names somebody")
		return // whose code it is nobody knows
	}
	if l.byCredential(f) {
		return // whose it is nobody knows; see sent
	}
	if f.signed.Operation == "community.enrol_key" {
		return // its author has no standing yet; see standing
	}
	if f.signed.Operation == "aid.send_signal" || f.signed.Operation == "aid.send_well" {
		l.must(f, len(f.signed.Signatures) == 1 && f.Actor == chain.KeyID(f.signed.Signatures[0].Key), "a signal of another sensor's")
		return // a sensor is nobody's device
	}
	var members []string
	for i, s := range f.signed.Signatures {
		k := l.keys[string(s.Key)]
		if k == nil || k.revoked || !l.active(k.member) {
			l.complain(f, "signature %d is of a key or a member without standing", i)
			return
		}
		l.must(f, i == 0 || !k.hosted, "a hosted key signs for another's command")
		l.must(f, !slices.Contains(members, k.member), "a member signs twice")
		members = append(members, k.member)
	}
	if len(members) > 0 && l.behalf(f, members) {
		return
	}
	if len(members) == 0 || members[0] != f.Actor {
		l.complain(f, "the actor did not sign")
		return
	}
	hosted := l.keys[string(f.signed.Signatures[0].Key)].hosted
	l.must(f, hosted == (f.Author == chain.AuthorHosted), "hosted is %v", hosted)
	if role, needed := offices[f.signed.Operation]; needed {
		_, holds := l.people[f.Actor].roles[role]
		l.must(f, holds && !hosted, "the actor is no %s", role)
	}
}

// cosigners are the members who signed besides the author.
func (l *ledger) cosigners(f *fact) (out []string) {
	for i, s := range f.signed.Signatures {
		if k := l.keys[string(s.Key)]; i > 0 && k != nil {
			out = append(out, k.member)
		}
	}
	return out
}

// lapsed holds against each other what could not be done and what is on the record.
func (l *ledger) lapsed(f *fact, b *chainv1.Lapsed) {
	l.must(f, f.Author == chain.AuthorPolicy && b.GetReason() != "", "something lapsed without a reason")
	if f.Service == "matching" {
		l.matchingLapsed(f, b)
		return
	}
	parts := splitPath(b.GetPurpose())
	switch kind, id := parts[0], parts[1]; kind {
	case "convene":
		l.conveneLapsed(f, id)
	case "close":
		p, d := l.polls[id], l.meetings[id]
		l.must(f, p != nil && p.closed || d != nil && d.closed, "the closing of %s lapsed, and it is open", id)
	case "deadline", "extend", "certify":
		l.timesLapsed(f, kind, id)
	case "remind":
		p := l.polls[id]
		l.must(f, p != nil && (p.closed || p.rounds > 0 || p.late), "the reminder of %s lapsed, and it runs as it did", id)
	case "notice":
		l.must(f, l.polls[id] != nil && l.polls[id].dead, "the notice of %s lapsed, and the poll has not", id)
	case "lapse":
		p := l.polls[id]
		l.must(f, p != nil && (p.heldBy != "" || p.dead), "the lapse of %s lapsed, and it waits for its key", id)
	case "key-missing":
		l.must(f, l.polls[id] != nil && l.polls[id].private != nil, "the key of %s is missing, and that lapsed", id)
	case "ceremony", "round", "seal", "tally", "shares-missing":
		l.trusteesLapsed(f, kind, id, parts[2])
	case "execute":
		m := l.motions[id]
		l.must(f, m != nil && (m.inForce || m.stopped() || f.Time < m.executesAt), "the execution of %s lapsed, and nothing was in its way", id)
	case "open", "registration", "roster-missing", "roster":
		l.secretLapsed(f, kind, id)
	case "merge", "merge-expiry":
		l.mergeLapsed(f, kind, id)
	case "appeal":
		l.appealLapsed(f, id)
	case "aid-clock", "aid-triage", "aid-arrival", "aid-notice", "aid-round":
		l.must(f, strings.HasSuffix(b.GetReason(), ".kept"), "the time of %s lapsed, and was not kept: %s", id, b.GetReason())
	case "place-arrival":
		l.must(f, strings.HasPrefix(b.GetReason(), "arrival."), "the placing of %s lapsed: %s", id, b.GetReason())
	case "aid-order":
		l.must(f, slices.Contains([]string{"work_order.accepted", "work_order.ended"}, b.GetReason()), "order %s lapsed: %s", id, b.GetReason())
	case "aid-check-in":
		l.must(f, slices.Contains([]string{"check_in.kept", "check_in.none"}, b.GetReason()), "check-in %s lapsed: %s", id, b.GetReason())
	case "expire":
		l.must(f, l.motions[id] != nil && l.motions[id].done, "the expiry of %s lapsed, and it was not carried out", id)
	default:
		l.complain(f, "%s lapsed (%s), which can always be done", b.GetPurpose(), b.GetReason())
	}
}

// rest complains about what is due by a time and not there.
func (l *ledger) rest(due int64) []string {
	l.said = nil
	f := &fact{signed: &chain.Signed{Operation: "at rest"}, at: l.size}
	l.proposalRest(f, due)
	l.votingRest(f, due)
	l.trusteesRest(f, due)
	l.secretRest(f, due)
	l.matchingRest(f, due)
	l.moneyRest(f, due)
	slices.Sort(l.said) // maps have no order
	return l.said
}
