package services_test

import (
	"slices"
	"strings"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
)

// person is somebody's standing.
type person struct {
	admittedBy string // organisation
	founder    bool   // admitted by the founding: stands for an organisation and counts nowhere
	batch      string // import whose completion the standing waits for
	revoked    bool
	roles      map[communityv1.Role]string
	hadDevice  bool
	profile    string   // vault reference
	inForce    []string // public keys
}

// device is a key.
type device struct {
	member   string
	hosted   bool
	revoked  bool
	position uint64 // at which it was enrolled
}

type invite struct {
	code    string
	expires int64
	used    bool
}

type flat struct {
	area         int64
	owner, batch string
}

type batch struct {
	org               string
	announced, staged uint32
	over, completed   bool
}

func lastOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func splitPath(path string) []string { return append(strings.Split(path, "/"), "", "") }

// effective tells whether what an import brought counts.
func (l *ledger) effective(batch string) bool {
	return batch == "" || l.batches[batch] != nil && l.batches[batch].completed
}

// active tells whether somebody has standing; counts tells whether they live here, too.
func (l *ledger) active(member string) bool {
	p := l.people[member]
	return p != nil && !p.revoked && l.effective(p.batch)
}

func (l *ledger) counts(member string) bool { return l.active(member) && !l.people[member].founder }

func (l *ledger) residents() (n int) {
	for id := range l.people {
		if l.counts(id) {
			n++
		}
	}
	return n
}

// officerOf gives the organisation of which somebody is an officer.
func (l *ledger) officerOf(member string) string {
	if p := l.people[member]; p != nil {
		return p.roles[communityv1.Role_ROLE_OFFICER]
	}
	return ""
}

// twoOrgs tells whether officers of two organisations signed, of whom the second is not the one that it is about.
func (l *ledger) twoOrgs(f *fact, not string) bool {
	for _, id := range l.cosigners(f) {
		if org := l.officerOf(id); id != not && org != "" && org != l.officerOf(f.Actor) {
			return l.officerOf(f.Actor) != ""
		}
	}
	return false
}

// standing takes the community's facts.
func (l *ledger) standing(f *fact) {
	genesis := f.Author == chain.AuthorGenesis
	switch b := f.body.(type) {
	case *communityv1.CommunityFounded:
		l.holders = b.GetHolders()
	case *communityv1.RulebookAdopted:
		l.must(f, genesis || l.twoOrgs(f, ""), "a rulebook by one organisation")
		l.must(f, l.book == nil || b.GetRulebook().GetVersion() == l.book.GetVersion()+1, "not the rulebook that comes next")
		l.byVote(f, b.GetRulebook())
		l.book = b.GetRulebook()
	case *communityv1.OrgAdmitted:
		l.must(f, !l.orgs[f.id] && (genesis || l.twoOrgs(f, "")), "an organisation by one organisation, or twice")
		l.orgs[f.id] = true
	case *communityv1.TrusteesAppointed:
		l.appointed(f, b)
	case *communityv1.RegistrarAppointed:
		l.registrarAppointed(f, b)
	case *communityv1.DelegateNamed:
		l.must(f, l.officerOf(f.Actor) == f.id, "a delegate of another organisation")
	case *communityv1.ChannelEstablished:
		l.must(f, l.officerOf(f.Actor) == b.GetOrg(), "a channel by whom is no officer of its organisation")
	case *communityv1.MotionUsed:
		l.must(f, !l.voted[f.id], "one motion changes the rulebook twice")
		l.voted[f.id] = true
	case *communityv1.HouseholdFormed:
		l.lodgers[f.id] = b.GetMembers()
		for _, m := range b.GetMembers() {
			l.homes[m] = true
		}
	case *communityv1.MemberAdmitted:
		l.must(f, l.people[f.id] == nil, "a member's id is used again")
		l.must(f, genesis || b.GetAdmittedBy() == l.officerOf(f.Actor), "admitted for another organisation")
		l.people[f.id] = &person{
			admittedBy: b.GetAdmittedBy(), founder: genesis, batch: b.GetImport(), roles: map[communityv1.Role]string{},
			profile: b.GetProfile().GetRef(),
		}
	case *communityv1.MemberRevoked:
		l.must(f, f.Actor == f.id || l.twoOrgs(f, f.id), "removed by one organisation")
		l.must(f, !l.people[f.id].revoked, "removed twice")
		l.people[f.id].revoked = true
	case *communityv1.RoleGranted:
		l.granted(f, b, genesis)
	case *communityv1.RoleWithdrawn:
		_, held := l.people[f.id].roles[b.GetRole()]
		l.must(f, held, "a role is withdrawn that was not held")
		delete(l.people[f.id].roles, b.GetRole())
	case *communityv1.UnitRegistered:
		l.must(f, l.flats[f.id] == nil, "a unit's id is used again")
		l.flats[f.id] = &flat{area: b.GetAreaCentiM2(), batch: b.GetImport()}
	case *communityv1.UnitAssigned:
		l.flats[f.id].owner = b.GetOwner()
	default:
		l.keysAndImports(f)
		l.mandated(f)
	}
}

func (l *ledger) granted(f *fact, b *communityv1.RoleGranted, genesis bool) {
	p := l.people[f.id]
	_, held := p.roles[b.GetRole()]
	l.must(f, !held && l.active(f.id), "a role is granted twice, or to nobody")
	appointed := f.signed.Operation == "community.appoint_trustees"
	l.must(f, !appointed || b.GetRole() == communityv1.Role_ROLE_KEY_HOLDER, "trustees are given another role")
	if !genesis && !appointed {
		watches := b.GetRole() == communityv1.Role_ROLE_GUARDIAN || b.GetRole() == communityv1.Role_ROLE_AUDITOR
		foreign := b.GetOrg() != "" && b.GetOrg() != l.officerOf(f.Actor)
		l.must(f, !watches && !foreign || l.twoOrgs(f, f.id), "one organisation grants what takes two")
		l.must(f, f.Actor != f.id && b.GetRole() != communityv1.Role_ROLE_KEY_HOLDER, "a role for oneself, or one that is fixed")
		for _, key := range p.inForce {
			l.must(f, b.GetOrg() == "" || !l.keys[key].hosted, "an office for whom the gateway signs")
		}
	}
	p.roles[b.GetRole()] = b.GetOrg()
}

// keysAndImports takes the rest of the community's facts.
func (l *ledger) keysAndImports(f *fact) {
	switch b := f.body.(type) {
	case *communityv1.MemberInvited:
		p := l.people[f.id]
		l.must(f, l.active(f.id) && f.Actor != f.id, "an invitation for nobody, or for oneself")
		l.must(f, p.admittedBy != l.officerOf(f.Actor), "the organisation that admitted gives the code, too")
		l.must(f, !p.hadDevice || l.twoOrgs(f, ""), "a further device upon one organisation's word")
		l.must(f, b.GetExpiresAt() == f.Time+1000*int64(l.book.GetInviteSeconds()), "a code with another life")
		l.invites[f.id] = &invite{code: string(b.GetCodeKey()), expires: b.GetExpiresAt()}
	case *communityv1.InviteUsed:
		l.must(f, f.signed.Operation == "community.enrol_key", "a code is used up and enrols nothing")
	case *communityv1.KeyEnrolled:
		l.enrolled(f, b)
	case *communityv1.KeyRevoked:
		for key, k := range l.keys { // any order: ids are unique
			if chain.KeyID([]byte(key)) == f.id {
				l.must(f, !k.revoked, "a key is revoked twice")
				k.revoked = true
				p := l.people[k.member]
				p.inForce = slices.DeleteFunc(p.inForce, func(x string) bool { return x == key })
			}
		}
	case *communityv1.ImportBegun:
		l.must(f, l.batches[f.id] == nil && b.GetOrg() == l.officerOf(f.Actor), "an import's id is used again, or it is another's")
		l.batches[f.id] = &batch{org: b.GetOrg(), announced: b.GetRows()}
	case *communityv1.RowsImported:
		i := l.batches[f.id]
		i.staged += b.GetRows()
		l.must(f, !i.over && i.staged <= i.announced, "rows for an import that is over, or too many")
	case *communityv1.ImportCompleted:
		i := l.batches[f.id]
		l.must(f, !i.over && i.staged == i.announced, "an import is completed that is over, or not complete")
		i.over, i.completed = true, true
	case *communityv1.ImportAbandoned:
		l.must(f, !l.batches[f.id].over, "an import ends twice")
		l.batches[f.id].over = true
	}
}

// enrolled: a device of one's own takes a code that was good and fresh, and ends what the gateway held.
func (l *ledger) enrolled(f *fact, b *communityv1.KeyEnrolled) {
	member := b.GetMember()
	l.must(f, l.active(member) && l.keys[string(b.GetKey())] == nil, "a key for nobody, or twice")
	if f.Author != chain.AuthorGenesis && !b.GetHosted() {
		i := l.invites[member]
		good := i != nil && !i.used && f.Time < i.expires && f.block < i.expires && len(f.signed.Signatures) == 2 &&
			string(f.signed.Signatures[0].Key) == string(b.GetKey()) && string(f.signed.Signatures[1].Key) == i.code
		l.must(f, good && f.Actor == member, "a device without a good code")
		if i != nil {
			i.used = true
		}
	}
	if b.GetHosted() {
		p := l.people[member]
		l.must(f, p.admittedBy != l.officerOf(f.Actor) && f.Actor != member, "the organisation that admitted hosts, too")
		l.must(f, len(p.inForce) == 0, "a hosted key for whom has one")
	} else {
		l.people[member].hadDevice = true
	}
	l.keys[string(b.GetKey())] = &device{member: member, hosted: b.GetHosted(), position: f.at}
	p := l.people[member]
	p.inForce = append(p.inForce, string(b.GetKey()))
}

// vault takes the vault's facts.
func (l *ledger) vault(f *fact) {
	switch b := f.body.(type) {
	case *vaultv1.SubjectErased:
		l.must(f, !l.erased[f.id], "erased twice")
		l.must(f, f.Actor == f.id || l.officerOf(f.Actor) != "", "erased by a neighbour")
		l.must(f, l.people[f.id] != nil || l.flats[f.id] != nil, "nobody is erased")
		l.erased[f.id] = true
	case *vaultv1.TextRead:
		l.must(f, !l.erased[b.GetSubject()], "read after it was erased")
		l.must(f, b.GetReader() == f.Actor, "somebody else read")
		roles := l.people[f.Actor].roles
		_, officer := roles[communityv1.Role_ROLE_OFFICER]
		_, grid := roles[communityv1.Role_ROLE_GRID_WORKER]
		_, auditor := roles[communityv1.Role_ROLE_AUDITOR]
		device := f.Author == chain.AuthorDevice
		switch b.GetPurpose() {
		case vaultv1.Purpose_PURPOSE_OWN:
			l.must(f, f.Actor == b.GetSubject(), "another's text as one's own")
		case vaultv1.Purpose_PURPOSE_SERVICE:
			p := l.people[lastOf(b.GetNamedBy())]
			l.must(f, device && (officer || grid), "a profile is read without an office")
			l.must(f, p != nil && p.profile == b.GetRef(), "a profile is read that is none")
		case vaultv1.Purpose_PURPOSE_AUDIT:
			l.must(f, device && auditor, "audited without the office")
		case vaultv1.Purpose_PURPOSE_DELIBERATION:
			t := l.topics[lastOf(b.GetNamedBy())]
			l.must(f, t == nil || t.author == b.GetSubject() && (!t.withdrawn || t.author == f.Actor), "a withdrawn topic is read, or another's")
		}
	}
}
