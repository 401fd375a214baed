package charter

import (
	"bytes"
	"slices"
	"strconv"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Faults of a founding; where a field is wrong the detail names it.
var (
	ErrFounded    = fault.New(fault.Refused, "community.founded", "This community has been founded already.", "该社区已经成立。")
	ErrIncomplete = fault.New(fault.Invalid, "founding.incomplete",
		"The founding lacks something or has it wrong.", "成立文件有缺失或错误。")
	ErrSuite      = fault.New(fault.Invalid, "founding.suite", "The founding names a suite that is not known.", "成立文件使用了未知的密码套件。")
	ErrFoundTwice = fault.New(fault.Invalid, "founding.twice",
		"The founding names the same organisation, member or key twice.", "成立文件中有组织、成员或密钥重复。")
	ErrFounders = fault.New(fault.Invalid, "founding.founders",
		"Two to four founders of at least two organisations are needed.", "成立需要来自至少两个组织的二至四名发起人。")
	ErrHolders = fault.New(fault.Invalid, "founding.holders",
		"Two holders of polls' keys from different organisations are needed.", "需要来自不同组织的两名表决密钥保管人。")
	ErrSigners = fault.New(fault.Forbidden, "founding.signers",
		"A founding is signed by all of its founders and by nobody else.", "成立文件须由全体发起人签名，且不得有他人签名。")
	ErrFoundingForm = fault.New(fault.Invalid, "founding.form", "This is not the form of a founding.", "这不是成立文件的格式。")
	ErrFoundingSign = fault.New(fault.Unauthenticated, "founding.signature",
		"A signature of the founding does not hold.", "成立文件的签名无效。")
)

const (
	// OpFound is the operation that founds.
	OpFound = "community.found"
	// rulesFirst is the version of the rules' code that a founding activates.
	rulesFirst  = 1
	foundersMax = chain.SignaturesMax
	orgsMax     = 32
	holders     = 2
	nonceBytes  = 32
)

// CheckSigned verifies the signatures of a founding, which are made over a zero genesis hash since there is none yet. That the keys
// are the founders' is Found's to see.
func CheckSigned(s *chain.Signed) error {
	if s.Operation != OpFound || s.Contract != 1 || s.IdempotencyKey != "" || s.NotAfter != 0 {
		return ErrFoundingForm
	}
	if err := s.CheckSignatures(chain.Hash{}, chain.GenesisID(s.Body)); err != nil {
		return ErrFoundingSign.Because(err)
	}
	return nil
}

// Found is the rule of the founding.
func Found(v *decider.View, cmd *decider.Command, body *communityv1.Found) ([]decider.Change, error) {
	if v.Exists(standing.CommunityPath) {
		return nil, ErrFounded
	}
	f := &founding{body: body, orgs: map[string]bool{}, keys: map[string]bool{}, people: map[string]*person{}}
	for _, check := range []func() error{f.frame, f.listOrgs, f.rulebook, f.founders, f.holders, f.trustees, f.registrar} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	if err := f.signers(cmd.Keys); err != nil {
		return nil, err
	}
	return f.changes(), nil
}

// founding gathers what is checked.
type founding struct {
	body   *communityv1.Found
	orgs   map[string]bool
	keys   map[string]bool // every key so far, signing, box and trustees'
	people map[string]*person
	order  []string
}

// person is a founder, a holder, or both.
type person struct {
	org   string
	roles []communityv1.Role
	keys  [][]byte
}

func (f *founding) frame() error {
	b := f.body
	switch {
	case b.GetSuite() != uint32(chain.SuiteIntl):
		return ErrSuite
	case CheckPublished(b.GetName()) != nil:
		return ErrIncomplete.With("field", "name")
	case len(b.GetNonce()) != nonceBytes:
		return ErrIncomplete.With("field", "nonce")
	}
	return f.key("epoch_key", b.GetEpochKey(), CheckSigningKey)
}

// key takes a key that must be nobody else's.
func (f *founding) key(field string, key []byte, check func([]byte) error) error {
	if check(key) != nil {
		return ErrIncomplete.With("field", field)
	}
	if f.keys[string(key)] {
		return ErrFoundTwice.With("field", field)
	}
	f.keys[string(key)] = true
	return nil
}

func (f *founding) listOrgs() error {
	if n := len(f.body.GetOrgs()); n > orgsMax {
		return ErrIncomplete.With("field", "orgs")
	}
	for i, o := range f.body.GetOrgs() {
		at := "orgs." + strconv.Itoa(i)
		if err := CheckOrg(o); err != nil {
			return ErrIncomplete.With("field", at)
		}
		if f.orgs[o.GetId()] {
			return ErrFoundTwice.With("field", at)
		}
		f.orgs[o.GetId()] = true
	}
	return nil
}

// CheckOrg refuses an organisation without id, kind or name.
func CheckOrg(o *communityv1.Org) error {
	_, known := communityv1.OrgKind_name[int32(o.GetKind())]
	if o.GetId() == "" || !known || o.GetKind() == communityv1.OrgKind_ORG_KIND_UNSPECIFIED {
		return ErrIncomplete
	}
	return CheckPublished(o.GetName())
}

func (f *founding) rulebook() error {
	return CheckRulebook(f.body.GetRulebook(), 1, func(id string) bool { return f.orgs[id] })
}

func (f *founding) founders() error {
	orgs := map[string]bool{}
	for i, p := range f.body.GetFounders() {
		at := "founders." + strconv.Itoa(i) + "."
		switch {
		case p.GetMember() == "":
			return ErrIncomplete.With("field", at+"member")
		case f.people[p.GetMember()] != nil:
			return ErrFoundTwice.With("field", at+"member")
		case !f.orgs[p.GetOrg()]:
			return ErrIncomplete.With("field", at+"org")
		case !foundersRoles(p.GetRoles()):
			return ErrIncomplete.With("field", at+"roles")
		}
		if err := f.key(at+"key", p.GetKey(), CheckSigningKey); err != nil {
			return err
		}
		orgs[p.GetOrg()] = true
		f.add(p.GetMember(), &person{org: p.GetOrg(), roles: slices.Clone(p.GetRoles()), keys: [][]byte{p.GetKey()}})
	}
	if n := len(f.body.GetFounders()); n > foundersMax || len(orgs) < 2 {
		return ErrFounders
	}
	return nil
}

// foundersRoles: each once, an officer's among them. A member everyone is; a holder only by the list of holders; an owner by a
// unit of theirs, which there is none yet.
func foundersRoles(roles []communityv1.Role) bool {
	for i, r := range roles {
		_, known := communityv1.Role_name[int32(r)]
		switch r {
		case communityv1.Role_ROLE_UNSPECIFIED, communityv1.Role_ROLE_MEMBER, communityv1.Role_ROLE_OWNER, communityv1.Role_ROLE_KEY_HOLDER:
			return false
		}
		if !known || slices.Contains(roles[:i], r) {
			return false
		}
	}
	return slices.Contains(roles, communityv1.Role_ROLE_OFFICER)
}

func (f *founding) add(member string, p *person) {
	f.people[member] = p
	f.order = append(f.order, member)
}

func (f *founding) holders() error {
	list := f.body.GetHolders()
	if len(list) != holders || list[0].GetOrg() == list[1].GetOrg() {
		return ErrHolders
	}
	for i, h := range list {
		at := "holders." + strconv.Itoa(i) + "."
		if err := f.key(at+"box_key", h.GetBoxKey(), CheckBoxKey); err != nil {
			return err
		}
		if err := f.keeper(at, h.GetMember(), h.GetOrg(), h.GetKey()); err != nil {
			return err
		}
	}
	return nil
}

// keeper takes a member whose device signs for a keystore, as a holder or a trustee. A holder may be a trustee.
func (f *founding) keeper(at, member, org string, key []byte) error {
	if err := f.device(at, member, org, key); err != nil {
		return err
	}
	known := f.people[member]
	if !slices.Contains(known.roles, communityv1.Role_ROLE_KEY_HOLDER) {
		known.roles = append(known.roles, communityv1.Role_ROLE_KEY_HOLDER)
	}
	return nil
}

// device takes a member whose device signs for a process. A founder may be one with the device they found by.
func (f *founding) device(at, member, org string, key []byte) error {
	known := f.people[member]
	switch {
	case member == "":
		return ErrIncomplete.With("field", at+"member")
	case !f.orgs[org], known != nil && known.org != org:
		return ErrIncomplete.With("field", at+"org")
	}
	if known == nil {
		known = &person{org: org}
		f.add(member, known)
	}
	if !slices.ContainsFunc(known.keys, func(k []byte) bool { return bytes.Equal(k, key) }) {
		if err := f.key(at+"key", key, CheckSigningKey); err != nil {
			return err
		}
		known.keys = append(known.keys, key)
	}
	return nil
}

// signers: as many keys as founders, each a founder's. The caller has seen to it that no key signs twice.
func (f *founding) signers(keys [][]byte) error {
	if len(keys) != len(f.body.GetFounders()) {
		return ErrSigners
	}
	for _, p := range f.body.GetFounders() {
		if !slices.ContainsFunc(keys, func(k []byte) bool { return bytes.Equal(k, p.GetKey()) }) {
			return ErrSigners
		}
	}
	return nil
}

func (f *founding) changes() []decider.Change {
	b := f.body
	out := []decider.Change{
		decider.On(standing.CommunityPath,
			&communityv1.CommunityFounded{Suite: b.GetSuite(), Name: b.GetName(), EpochKey: b.GetEpochKey(), Holders: b.GetHolders()},
			&chainv1.RulesActivated{Version: rulesFirst}),
		decider.On(standing.RulebookPath, &communityv1.RulebookAdopted{Rulebook: b.GetRulebook()}),
	}
	if len(b.GetTrustees()) > 0 {
		out = append(out, decider.On(standing.TrusteesPath, &communityv1.TrusteesAppointed{Trustees: b.GetTrustees()}))
	}
	if b.GetRegistrar() != nil {
		out = append(out, decider.On(standing.RegistrarPath, &communityv1.RegistrarAppointed{Registrar: b.GetRegistrar()}))
	}
	for _, o := range b.GetOrgs() {
		out = append(out, decider.On("org/"+o.GetId(), &communityv1.OrgAdmitted{Org: o}))
	}
	for _, id := range f.order {
		p := f.people[id]
		member := decider.On("member/"+id, &communityv1.MemberAdmitted{AdmittedBy: p.org})
		for _, r := range p.roles {
			member.Events = append(member.Events, &communityv1.RoleGranted{Role: r, Org: p.org})
		}
		ring := decider.On("keyring/" + id)
		for _, key := range p.keys {
			keyID := chain.KeyID(key)
			out = append(out, decider.On("key/"+keyID, &communityv1.KeyEnrolled{Member: id, Key: key}))
			ring.Events = append(ring.Events, &communityv1.KeyKept{KeyId: keyID})
		}
		out = append(out, member, ring)
	}
	return out
}
