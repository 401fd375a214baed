// Package standing tells every service alike who somebody is and what is open to them.
//
// The rules, in plain words: a command is acted by the member to whom its first key is enrolled; the key must not be revoked and
// the member must be active, that is admitted, not revoked, and, if a roster import brought them, that import completed. An
// operation is open to nobody unless its access names a role they hold. Further signatures are cosigners: each must be an active
// member's key too, and the first of them is recorded as the one through whom the act was done. A key that the gateway holds for
// a member without a device makes the commit a hosted one.
//
// A helper acts for a principal under a mandate that the command names, where the operation allows it: then the actor is the principal, the
// helper is the one through whom it was done, and the rules see the principal. No office of theirs can be used in this way, because every
// such operation is any member's; see Mandate and Help.
//
// Where a rule must know that somebody may act and must not know who, the access is a credential's: one key that is no member's signs
// alone, nobody is looked up, and the commit has no actor. What the key may do, the rule itself establishes; see Access.Nameless for what
// else follows.
//
// The kinds here are the community service's own aggregates; other services register them as foreign and keep this same small
// view of them.
package standing

import (
	"maps"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Faults of standing.
var (
	ErrKeyUnknown = fault.New(fault.Unauthenticated, "key.unknown",
		"This device is not enrolled in the community.", "此设备尚未在本社区登记。")
	ErrKeyRevoked = fault.New(fault.Unauthenticated, "key.revoked", "This device has been signed off.", "此设备已被注销。")
	ErrNotActive  = fault.New(fault.Forbidden, "member.not_active", "This membership is not active.", "该成员资格未生效或已终止。")
	ErrRole       = fault.New(fault.Forbidden, "role.missing", "Your role does not allow this.", "您的角色无权执行此操作。")
	ErrCosigner   = fault.New(fault.Forbidden, "cosigner.refused",
		"The second signature is not another active member's own device.", "第二个签名不是另一名有效成员本人设备的签名。")
	ErrDirect = fault.New(fault.Forbidden, "operation.not_open", "This operation is not open to requests.", "该操作不接受外部请求。")
)

// Access says to whom an operation is open. The zero value opens it to nobody.
type Access struct {
	// Roles: any one of them is enough. ROLE_MEMBER is every active member.
	Roles []communityv1.Role
	// Founding: only as the founding command; its rule checks the founders' signatures.
	Founding bool
	// Newcomer: the first key need not be enrolled yet; the rule itself establishes whose it is.
	Newcomer bool
	// Credential: one key alone signs, which is no member's; the rule itself establishes what it may do. Nobody is named as its author.
	Credential bool
	// Help: a helper may do it for a member; nil for nobody.
	Help *Help
}

// To makes the access of an operation that is open to any of some roles.
func To(roles ...communityv1.Role) Access { return Access{Roles: roles} }

// Allows tells whether one of the held roles opens the operation.
func (a Access) Allows(held func(communityv1.Role) bool) bool {
	return slices.ContainsFunc(a.Roles, held)
}

// Nameless tells whether nobody is named as the author; see decider.Operation.
func (a Access) Nameless() bool { return a.Credential }

// Key is a device's or hosted key: aggregate key/<KeyID>.
type Key struct {
	Member   string `json:"member"`
	Hosted   bool   `json:"hosted,omitempty"`
	Revoked  bool   `json:"revoked,omitempty"`
	Position uint64 `json:"position,omitempty"` // of the enrolment; compare only in other services than community
}

// Member is aggregate member/<id>.
type Member struct {
	AdmittedBy string                      `json:"admitted_by"`       // organisation
	Import     string                      `json:"import,omitempty"`  // roster import that must be complete; empty for none
	Profile    string                      `json:"profile,omitempty"` // vault reference
	Revoked    bool                        `json:"revoked,omitempty"`
	Roles      map[communityv1.Role]string `json:"roles"` // role -> organisation, "" for none
}

// Clone copies what Evolve writes into.
func (m *Member) Clone() *Member {
	dup := *m
	dup.Roles = maps.Clone(m.Roles)
	return &dup
}

// Holds tells whether the member has a role. Everybody is a ROLE_MEMBER; whether they are active is Active's to say.
func (m *Member) Holds(r communityv1.Role) bool {
	_, granted := m.Roles[r]
	return granted || r == communityv1.Role_ROLE_MEMBER
}

// holdsBy is Holds for a command that a certain key signed.
func (m *Member) holdsBy(k *Key) func(communityv1.Role) bool {
	return func(r communityv1.Role) bool {
		office := r != communityv1.Role_ROLE_MEMBER && r != communityv1.Role_ROLE_OWNER
		return m.Holds(r) && !(k.Hosted && office)
	}
}

// Import is aggregate import/<id>: a roster import.
type Import struct {
	By        string `json:"by"`
	Org       string `json:"org"`
	Announced uint32 `json:"announced"`
	Staged    uint32 `json:"staged"`
	Completed bool   `json:"completed,omitempty"`
	Abandoned bool   `json:"abandoned,omitempty"`
}

// Org is aggregate org/<id>.
type Org struct {
	Kind communityv1.OrgKind `json:"kind"`
	Name string              `json:"name"`
	// Delegate is who votes for it in polls of organisations; empty for nobody.
	Delegate string `json:"delegate,omitempty"`
}

// Community is aggregate community/main.
type Community struct {
	Suite    uint32                `json:"suite"`
	Name     string                `json:"name"`
	EpochKey []byte                `json:"epoch_key"`
	Holders  []*communityv1.Holder `json:"holders"`
}

// Clone is shallow: Evolve replaces the slices whole.
func (c *Community) Clone() *Community { dup := *c; return &dup }

// Rulebook is aggregate rulebook/main.
type Rulebook struct {
	Book *communityv1.Rulebook `json:"book"`
}

// Clone is shallow: Evolve replaces the book whole.
func (r *Rulebook) Clone() *Rulebook { dup := *r; return &dup }

// Matter finds a matter's rules; nil when the rulebook does not know the code.
func (r *Rulebook) Matter(code string) *communityv1.Matter {
	for _, m := range r.Book.GetMatters() {
		if m.GetCode() == code {
			return m
		}
	}
	return nil
}

// Trustees is aggregate trustees/main: among whom the keys of polls are divided.
type Trustees struct {
	List []*communityv1.Trustee `json:"list"`
}

// Clone is shallow: Evolve replaces the list whole.
func (t *Trustees) Clone() *Trustees { dup := *t; return &dup }

// TrusteesKind registers the trustees; own only in the community service.
func TrusteesKind(own bool) decider.Part {
	return decider.Kind("trustees", own, func(t *Trustees, e decider.Event) {
		if b, ok := e.Body.(*communityv1.TrusteesAppointed); ok {
			t.List = b.GetTrustees()
		}
	})
}

// Registrar is aggregate registrar/main: who lists the credentials of secret polls' voters.
type Registrar struct {
	Registrar *communityv1.Registrar `json:"registrar"`
}

// Clone is shallow: Evolve replaces the message whole.
func (r *Registrar) Clone() *Registrar { dup := *r; return &dup }

// RegistrarKind registers the registrar; own only in the community service.
func RegistrarKind(own bool) decider.Part {
	return decider.Kind("registrar", own, func(r *Registrar, e decider.Event) {
		if b, ok := e.Body.(*communityv1.RegistrarAppointed); ok {
			r.Registrar = b.GetRegistrar()
		}
	})
}

// The aggregates of which there is one each.
const (
	CommunityPath = "community/main"
	RulebookPath  = "rulebook/main"
	TrusteesPath  = "trustees/main"
	RegistrarPath = "registrar/main"
)

// Kinds registers the kinds of standing; own only in the community service.
func Kinds(own bool) decider.Part {
	return func(m *decider.Model) {
		decider.Kind("key", own, evolveKey)(m)
		decider.Kind("member", own, evolveMember)(m)
		decider.Kind("import", own, evolveImport)(m)
		decider.Kind("mandate", own, evolveMandate)(m)
		decider.Kind("org", own, evolveOrg)(m)
		decider.Kind("community", own, evolveCommunity)(m)
		decider.Kind("rulebook", own, evolveRulebook)(m)
	}
}

func evolveKey(k *Key, e decider.Event) {
	switch b := e.Body.(type) {
	case *communityv1.KeyEnrolled:
		*k = Key{Member: b.GetMember(), Hosted: b.GetHosted(), Position: e.Position}
	case *communityv1.KeyRevoked:
		k.Revoked = true
	}
}

func evolveMember(m *Member, e decider.Event) {
	switch b := e.Body.(type) {
	case *communityv1.MemberAdmitted:
		*m = Member{
			AdmittedBy: b.GetAdmittedBy(), Import: b.GetImport(), Profile: b.GetProfile().GetRef(),
			Roles: map[communityv1.Role]string{},
		}
	case *communityv1.MemberRevoked:
		m.Revoked = true
	case *communityv1.RoleGranted:
		if m.Roles == nil {
			m.Roles = map[communityv1.Role]string{}
		}
		m.Roles[b.GetRole()] = b.GetOrg()
	case *communityv1.RoleWithdrawn:
		delete(m.Roles, b.GetRole())
	}
}

func evolveImport(i *Import, e decider.Event) {
	switch b := e.Body.(type) {
	case *communityv1.ImportBegun:
		*i = Import{By: b.GetBy(), Org: b.GetOrg(), Announced: b.GetRows()}
	case *communityv1.RowsImported:
		i.Staged += b.GetRows()
	case *communityv1.ImportCompleted:
		i.Completed = true
	case *communityv1.ImportAbandoned:
		i.Abandoned = true
	}
}

func evolveOrg(o *Org, e decider.Event) {
	switch b := e.Body.(type) {
	case *communityv1.OrgAdmitted:
		*o = Org{Kind: b.GetOrg().GetKind(), Name: b.GetOrg().GetName()}
	case *communityv1.DelegateNamed:
		o.Delegate = b.GetMember()
	}
}

func evolveCommunity(c *Community, e decider.Event) {
	if b, ok := e.Body.(*communityv1.CommunityFounded); ok {
		*c = Community{Suite: b.GetSuite(), Name: b.GetName(), EpochKey: b.GetEpochKey(), Holders: b.GetHolders()}
	}
}

func evolveRulebook(r *Rulebook, e decider.Event) {
	if b, ok := e.Body.(*communityv1.RulebookAdopted); ok {
		r.Book = b.GetRulebook()
	}
}

// Active gives a member who has standing now.
func Active(v *decider.View, id string) (*Member, error) {
	m, ok := decider.Get[Member](v, "member/"+id)
	if !ok || m.Revoked {
		return nil, ErrNotActive
	}
	if m.Import != "" {
		if i, ok := decider.Get[Import](v, "import/"+m.Import); !ok || !i.Completed {
			return nil, ErrNotActive
		}
	}
	return m, nil
}

// Bearer gives the active member of a public key, and the key's own state.
func Bearer(v *decider.View, publicKey []byte) (id string, m *Member, k *Key, err error) {
	k, ok := decider.Get[Key](v, "key/"+chain.KeyID(publicKey))
	switch {
	case !ok:
		return "", nil, nil, ErrKeyUnknown
	case k.Revoked:
		return "", nil, nil, ErrKeyRevoked
	}
	m, err = Active(v, k.Member)
	return k.Member, m, k, err
}

// Guard is the decider's guard for every service of a community.
func Guard(v *decider.View, cmd *decider.Command, op *decider.Operation) error {
	access, _ := op.Access.(Access)
	if cmd.Author == chain.AuthorGenesis || access.Founding {
		if cmd.Author != chain.AuthorGenesis || !access.Founding {
			return ErrDirect
		}
		return nil
	}
	cmd.Author = chain.AuthorDevice
	if len(cmd.Keys) == 0 {
		return ErrKeyUnknown
	}
	if access.Newcomer {
		return nil
	}
	if access.Credential {
		if len(cmd.Keys) != 1 {
			return ErrCosigner // whoever signed too would stand on the record beside the ballot
		}
		cmd.Author = chain.AuthorCredential
		return nil
	}
	id, m, k, err := Bearer(v, cmd.Keys[0])
	if err != nil {
		return err
	}
	if principal, mandate, asked := behalf(cmd.Body); asked {
		return access.Help.helps(v, cmd, m, k, principal, mandate)
	}
	if !access.Allows(m.holdsBy(k)) {
		return ErrRole
	}
	cmd.Actor = id
	if k.Hosted {
		cmd.Author = chain.AuthorHosted
	}
	for _, key := range cmd.Keys[1:] {
		cosigner, _, k, err := Bearer(v, key)
		if err != nil {
			return ErrCosigner.Because(err)
		}
		if cosigner == id || k.Hosted || slices.Contains(cmd.Cosigners, cosigner) {
			return ErrCosigner
		}
		cmd.Cosigners = append(cmd.Cosigners, cosigner)
	}
	if len(cmd.Cosigners) > 0 {
		cmd.Through = cmd.Cosigners[0]
	}
	return nil
}
