package standing

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Faults of acting for another.
var (
	ErrMandateMissing = fault.New(fault.Invalid, "mandate.missing",
		"To act for somebody else the request must name the mandate.", "代他人办理须在请求中注明所依据的委托。")
	ErrMandateUnknown = fault.New(fault.NotFound, "mandate.unknown", "There is no such mandate.", "没有该项委托。")
	ErrMandateHelper  = fault.New(fault.Forbidden, "mandate.not_yours",
		"This mandate was given to somebody else.", "该委托的受托人不是您。")
	ErrMandatePrincipal = fault.New(fault.Forbidden, "mandate.other_principal",
		"This mandate was given by somebody else than the one you act for.", "该委托的委托人与您代办的人不符。")
	ErrMandateRevoked  = fault.New(fault.Refused, "mandate.revoked", "This mandate has been revoked.", "该委托已被撤销。")
	ErrMandateDeclined = fault.New(fault.Refused, "mandate.declined",
		"The helper has declined this mandate.", "受托人已谢绝该项委托。")
	ErrMandateUnaccepted = fault.New(fault.Refused, "mandate.unaccepted",
		"The helper must accept this mandate before acting under it.", "受托人须先接受该项委托，方可代办。")
	ErrMandateEarly = fault.New(fault.Refused, "mandate.early", "This mandate does not hold yet.", "该委托尚未生效。")
	ErrMandateOver  = fault.New(fault.Refused, "mandate.over", "This mandate has run out.", "该委托已经到期。")
	ErrMandateEnded = fault.New(fault.Refused, "mandate.principal_gone",
		"The membership of the one you act for is not active.", "您所代办的成员资格未生效或已终止。")
	ErrMandateAct = fault.New(fault.Forbidden, "mandate.act",
		"This mandate does not cover acts of this kind.", "该委托不包括此类事项的办理。")
	ErrMandateScope = fault.New(fault.Forbidden, "mandate.scope",
		"This mandate covers another poll or another matter.", "该委托仅限于其他表决或其他类事项。")
	ErrMandateDevice = fault.New(fault.Forbidden, "mandate.own_device",
		"A helper acts by a device of their own.", "受托人须使用本人设备代办。")
	ErrMandateAlone = fault.New(fault.Forbidden, "mandate.signatures",
		"What is done under a mandate takes the helper's signature and no other.", "依委托办理只需受托人一人签名，不得有其他签名。")
	ErrMandateOffice = fault.New(fault.Forbidden, "mandate.office",
		"Whoever convenes, witnesses, counts or watches over polls may not cast others' ballots.",
		"负责召集、见证、计票或监督表决的人员不得代他人投票。")
)

// Mandate is aggregate mandate/<id>: a helper may do some things for a principal. Times are ms since the Unix epoch.
//
// Where the rulebook of its grant says so, it holds from when the helper has accepted it. It ends when it is declined or revoked, at Until,
// and with the membership of either: what ended it is looked at anew at every act, so nothing has to be written for it to end. There is
// no mandate out of a mandate: a helper signs for nobody but the principal who granted it.
type Mandate struct {
	Principal string              `json:"principal"`
	Helper    string              `json:"helper"`
	Acts      []communityv1.Act   `json:"acts"`
	Matter    string              `json:"matter,omitempty"` // only in it; empty for all
	Poll      string              `json:"poll,omitempty"`   // only in it; empty for all
	Proxy     string              `json:"proxy,omitempty"`  // vault reference of the written proxy
	From      int64               `json:"from"`
	Until     int64               `json:"until"`
	Grantor   communityv1.Grantor `json:"grantor"`
	Key       string              `json:"key"` // id of the key that granted it
	Revoked   bool                `json:"revoked,omitempty"`
	RevokedBy string              `json:"revoked_by,omitempty"` // member
	Position  uint64              `json:"position,omitempty"`   // of the grant; compare only in other services than community

	// AwaitsAcceptance is of the grant, and stays, whatever comes of it.
	AwaitsAcceptance bool `json:"awaits_acceptance,omitempty"`
	Accepted         bool `json:"accepted,omitempty"`
	Declined         bool `json:"declined,omitempty"`
	// Since when it is what it is; 0 for what it is not.
	GrantedAt  int64 `json:"granted_at,omitempty"`
	AcceptedAt int64 `json:"accepted_at,omitempty"`
	DeclinedAt int64 `json:"declined_at,omitempty"`
	RevokedAt  int64 `json:"revoked_at,omitempty"`
}

// Clone is shallow: Evolve replaces the list whole.
func (m *Mandate) Clone() *Mandate { dup := *m; return &dup }

// MandatePath names a mandate's aggregate.
func MandatePath(id string) string { return "mandate/" + id }

func evolveMandate(m *Mandate, e decider.Event) {
	switch b := e.Body.(type) {
	case *communityv1.MandateGranted:
		*m = Mandate{
			Principal: b.GetPrincipal(), Helper: b.GetHelper(), Acts: b.GetActs(), Matter: b.GetMatter(), Poll: b.GetPoll(),
			Proxy: b.GetProxy().GetRef(), From: b.GetFrom(), Until: b.GetUntil(), Grantor: b.GetGrantor(), Key: b.GetKey(),
			Position: e.Position, AwaitsAcceptance: b.GetAwaitsAcceptance(), GrantedAt: e.Time,
		}
	case *communityv1.MandateAccepted:
		m.Accepted, m.AcceptedAt = true, e.Time
	case *communityv1.MandateDeclined:
		m.Declined, m.DeclinedAt = true, e.Time
	case *communityv1.MandateRevoked:
		m.Revoked, m.RevokedBy, m.RevokedAt = true, e.Actor, e.Time
	}
}

// Waits tells whether the helper must still say whether they take the mandate on.
func (m *Mandate) Waits() bool { return m.AwaitsAcceptance && !m.Accepted && !m.Declined }

// Ended tells whether a mandate is over for good at a time, the membership of the two left aside.
func (m *Mandate) Ended(now int64) bool { return m.Revoked || m.Declined || now >= m.Until }

// Holds refuses a mandate that does not hold at a time, the membership of the two left aside.
func (m *Mandate) Holds(now int64) error {
	switch {
	case m.Revoked:
		return ErrMandateRevoked
	case m.Declined:
		return ErrMandateDeclined
	case now >= m.Until:
		return ErrMandateOver
	case m.Waits():
		return ErrMandateUnaccepted
	case now < m.From:
		return ErrMandateEarly
	}
	return nil
}

// Help says of an operation that a helper may do it for a member under a mandate.
type Help struct {
	// Act is what the mandate must cover.
	Act communityv1.Act
	// About gives the matter and the poll that a command is about, each empty for none: what a mandate may be bounded to. It is asked only
	// where the mandate has a bound.
	About func(v *decider.View, body proto.Message) (matter, poll string)
}

// Helped makes the access of an operation that is open to every member, and to their helpers.
func Helped(act communityv1.Act, about func(v *decider.View, body proto.Message) (matter, poll string)) Access {
	return Access{Roles: []communityv1.Role{communityv1.Role_ROLE_MEMBER}, Help: &Help{Act: act, About: about}}
}

// behalf reads for whom a command is and under which mandate, and whether it is for anybody but its author. A ballot names its voter in
// any case. Where there is no field for both, as in what is about a mandate, a command is always its author's.
func behalf(body proto.Message) (principal, mandate string, asked bool) {
	switch b := body.(type) {
	case interface {
		GetMandate() string
		GetPrincipal() string
	}:
		return b.GetPrincipal(), b.GetMandate(), b.GetPrincipal() != "" || b.GetMandate() != ""
	case interface {
		GetMandate() string
		GetVoter() string
	}:
		return b.GetVoter(), b.GetMandate(), b.GetMandate() != ""
	}
	return "", "", false
}

// helps judges a command that a helper, the bearer of its key, gives for somebody else, and fills in for whom. Everything that it rests on
// is looked at, so a revocation at the same moment makes the decision stale; the term is held against block time.
func (h *Help) helps(v *decider.View, cmd *decider.Command, bearer *Member, k *Key, principal, mandate string) error {
	switch {
	case h == nil:
		return ErrMandateAct
	case mandate == "":
		return ErrMandateMissing
	case k.Hosted:
		return ErrMandateDevice
	case len(cmd.Keys) > 1:
		return ErrMandateAlone
	}
	m, ok := decider.Get[Mandate](v, MandatePath(mandate))
	switch {
	case !ok:
		return ErrMandateUnknown
	case m.Helper != k.Member:
		return ErrMandateHelper
	case m.Principal != principal:
		return ErrMandatePrincipal
	}
	if err := m.Holds(cmd.Time); err != nil {
		return err
	}
	if _, err := Active(v, m.Principal); err != nil {
		return ErrMandateEnded
	}
	switch {
	case h.Act == communityv1.Act_ACT_BALLOTS && bearer.Biased():
		return ErrMandateOffice
	case !slices.Contains(m.Acts, h.Act):
		return ErrMandateAct
	case !h.covers(v, m, cmd.Body):
		return ErrMandateScope
	}
	v.Window(m.From, m.Until)
	cmd.Actor, cmd.Through, cmd.Mandate = m.Principal, m.Helper, mandate
	return nil
}

// covers tells whether a command lies within the mandate's bounds.
func (h *Help) covers(v *decider.View, m *Mandate, body proto.Message) bool {
	if m.Matter == "" && m.Poll == "" {
		return true
	}
	matter, poll := h.About(v, body)
	return (m.Matter == "" || m.Matter == matter) && (m.Poll == "" || m.Poll == poll)
}

// Biased tells whether somebody has a hand in how polls are held, and so may not hold others' ballots too: everybody with an office, except
// grid workers, whose work is to help.
func (m *Member) Biased() bool {
	// any order: one is enough.
	for r := range m.Roles {
		if r != communityv1.Role_ROLE_MEMBER && r != communityv1.Role_ROLE_OWNER && r != communityv1.Role_ROLE_GRID_WORKER {
			return true
		}
	}
	return false
}

// MandateBefore tells whether a mandate and the device that uses it had their right by a position, such as that at which a roll was sealed.
// A mandate may be younger where its principal granted it by a key that is not: then it is their vote by their own word. Only
// other services than community may ask.
func MandateBefore(v *decider.View, cmd *decider.Command, position uint64) bool {
	m, ok := decider.Get[Mandate](v, MandatePath(cmd.Mandate))
	if !ok || !keyBefore(v, chain.KeyID(cmd.Keys[0]), position) {
		return false
	}
	return m.Position <= position || m.Grantor != communityv1.Grantor_GRANTOR_ORGANISATIONS && keyBefore(v, m.Key, position)
}

func keyBefore(v *decider.View, id string, position uint64) bool {
	k, ok := decider.Get[Key](v, "key/"+id)
	return ok && k.Position <= position
}
