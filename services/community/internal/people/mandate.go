package people

import (
	"cmp"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Faults of granting and revoking mandates.
var (
	ErrMandateSelf = fault.New(fault.Invalid, "mandate.oneself",
		"Nobody is their own helper.",
		"委托人与受托人不能是同一人。")
	ErrMandateActs = fault.New(fault.Invalid, "mandate.acts",
		"A mandate names at least one kind of act, each once.",
		"委托须至少列明一类事项，且不得重复。")
	ErrMandatePoll = fault.New(fault.Invalid, "mandate.poll_acts",
		"A mandate for one poll covers ballots and objections only.",
		"限于一项表决的委托只能包括投票和提出异议。")
	ErrMandateMatter = fault.New(fault.Invalid, "mandate.matter_unknown",
		"The rulebook does not know this matter.",
		"规约中没有该类事项。")
	ErrMandateTerm = fault.New(fault.Invalid, "mandate.term",
		"A mandate ends after it begins, and within the rulebook's longest term.",
		"委托的终止时间须晚于起始时间，且不超过规约规定的最长期限。")
	ErrMandateProxy = fault.New(fault.Invalid, "mandate.proxy_missing",
		"This mandate needs the written proxy, sealed in the vault.",
		"该委托须附书面委托书（存入保管库）。")
	ErrMandateGrantor = fault.New(fault.Forbidden, "mandate.grantor",
		"A mandate is granted by the member themselves, or, for one without any key, by two organisations.",
		"委托须由本人作出；本人没有任何密钥的，由两个组织的负责人共同办理。")
	ErrMandateKeyed = fault.New(fault.Forbidden, "mandate.has_key",
		"This member has a key and must grant the mandate themselves.",
		"该成员已有密钥，须由本人作出委托。")
	ErrMandateInterest = fault.New(fault.Forbidden, "mandate.helper_signs",
		"A helper cannot sign for the grant of their own mandate.",
		"受托人不得为自己的委托签名。")
	ErrMandateNoDevice = fault.New(fault.Refused, "mandate.helper_no_device",
		"The helper has no device of their own to act with.",
		"受托人没有可用于代办的本人设备。")
	ErrMandateMany = fault.New(fault.Refused, "mandate.too_many_principals",
		"The helper acts for as many members as the rulebook allows.",
		"受托人代办的人数已达规约上限。")
	ErrMandateCrowd = fault.New(fault.Refused, "mandate.too_many",
		"This helper has as many mandates of this member as anybody may have.",
		"该成员给予此受托人的委托数量已达上限。")
	ErrMandateGone = fault.New(fault.Refused, "mandate.gone",
		"This mandate has ended already.",
		"该委托已经终止。")
)

const (
	// mandatesMax bounds the mandates of one principal for one helper, so that the helper's list stays short.
	mandatesMax = 8
	// principalsDefault and termDefault hold where the rulebook says nothing.
	principalsDefault = 3
	termDefault       = 366 * 24 * 60 * 60
)

// Helper is aggregate helper/<member>: the mandates that a member was given and that had not ended at the last grant.
type Helper struct {
	Mandates []string `json:"mandates"`
}

// Clone is shallow: Evolve replaces the list whole.
func (h *Helper) Clone() *Helper { dup := *h; return &dup }

func evolveHelper(h *Helper, e decider.Event) {
	if b, ok := e.Body.(*communityv1.MandatesListed); ok {
		h.Mandates = b.GetMandates()
	}
}

// GrantMandate is the rule of letting a helper act for a member.
func GrantMandate(v *decider.View, cmd *decider.Command, body *communityv1.GrantMandate) ([]decider.Change, error) {
	if err := need("principal", body.GetPrincipal(), "helper", body.GetHelper()); err != nil {
		return nil, err
	}
	book, _ := decider.Get[standing.Rulebook](v, standing.RulebookPath)
	from, err := checkMandate(book, body, cmd.Time)
	if err != nil {
		return nil, err
	}
	grantor, err := grantorOf(v, cmd, body)
	if err != nil {
		return nil, err
	}
	ballots := slices.Contains(body.GetActs(), communityv1.Act_ACT_BALLOTS)
	if ballots || grantor == communityv1.Grantor_GRANTOR_ORGANISATIONS || body.GetProxy() != nil {
		if standing.CheckText(body.GetProxy()) != nil {
			return nil, ErrMandateProxy
		}
	}
	if _, err := standing.Active(v, body.GetPrincipal()); err != nil {
		return nil, err
	}
	if err := checkHelper(v, body.GetHelper(), ballots); err != nil {
		return nil, err
	}
	held, err := listOf(v, cmd.Time, body, int(cmp.Or(book.Book.GetHelperPrincipalsMax(), principalsDefault)))
	if err != nil {
		return nil, err
	}
	v.Window(0, body.GetUntil())
	id := cmd.ID.NewAggregate()
	return []decider.Change{
		decider.On(standing.MandatePath(id), &communityv1.MandateGranted{
			Principal: body.GetPrincipal(), Helper: body.GetHelper(), Acts: body.GetActs(), Matter: body.GetMatter(), Poll: body.GetPoll(),
			Proxy: body.GetProxy(), From: from, Until: body.GetUntil(), Grantor: grantor, Key: chain.KeyID(cmd.Keys[0]),
			AwaitsAcceptance: book.Book.GetHelpersAccept(),
		}),
		decider.On("helper/"+body.GetHelper(), &communityv1.MandatesListed{Mandates: append(held, id)}),
	}, nil
}

// checkMandate holds what was asked for against the rulebook, and gives the time from which it holds.
func checkMandate(book *standing.Rulebook, body *communityv1.GrantMandate, now int64) (from int64, err error) {
	if body.GetPrincipal() == body.GetHelper() {
		return 0, ErrMandateSelf
	}
	seen := map[communityv1.Act]bool{}
	for _, act := range body.GetActs() {
		if communityv1.Act_name[int32(act)] == "" || act == communityv1.Act_ACT_UNSPECIFIED || seen[act] {
			return 0, ErrMandateActs
		}
		seen[act] = true
		if body.GetPoll() != "" && act != communityv1.Act_ACT_BALLOTS && act != communityv1.Act_ACT_OBJECTIONS {
			return 0, ErrMandatePoll
		}
	}
	from = max(body.GetFrom(), now)
	longest := int64(cmp.Or(book.Book.GetMandateSecondsMax(), termDefault)) * 1000
	switch {
	case len(seen) == 0:
		return 0, ErrMandateActs
	case body.GetMatter() != "" && book.Matter(body.GetMatter()) == nil:
		return 0, ErrMandateMatter
	case body.GetUntil() <= from || body.GetUntil()-now > longest:
		return 0, ErrMandateTerm
	}
	return from, nil
}

// grantorOf is by whose word the mandate is: the principal's own, by whatever key they have, or for one who has none that of two
// organisations. Whoever has a key is asked themselves, so that nobody is spoken for who can speak.
func grantorOf(v *decider.View, cmd *decider.Command, body *communityv1.GrantMandate) (communityv1.Grantor, error) {
	switch {
	case anyone(cmd, body.GetHelper()):
		return 0, ErrMandateInterest
	case cmd.Actor == body.GetPrincipal() && cmd.Author == chain.AuthorHosted:
		return communityv1.Grantor_GRANTOR_HOSTED, nil
	case cmd.Actor == body.GetPrincipal():
		return communityv1.Grantor_GRANTOR_DEVICE, nil
	}
	if _, err := officer(v, cmd); err != nil {
		return 0, ErrMandateGrantor
	}
	if _, err := twoOrganisations(v, cmd, body.GetPrincipal()); err != nil {
		return 0, err
	}
	if ring, ok := decider.Get[Keyring](v, "keyring/"+body.GetPrincipal()); ok && (len(ring.Devices) > 0 || ring.Hosted != "") {
		return 0, ErrMandateKeyed
	}
	return communityv1.Grantor_GRANTOR_ORGANISATIONS, nil
}

// checkHelper finds early what the guard would find at every act.
func checkHelper(v *decider.View, helper string, ballots bool) error {
	m, err := standing.Active(v, helper)
	if err != nil {
		return err
	}
	if ballots && m.Biased() {
		return standing.ErrMandateOffice
	}
	if ring, ok := decider.Get[Keyring](v, "keyring/"+helper); !ok || len(ring.Devices) == 0 {
		return ErrMandateNoDevice
	}
	return nil
}

// listOf gives the helper's mandates that have not ended, and refuses one more where there is no room for it.
func listOf(v *decider.View, now int64, body *communityv1.GrantMandate, principalsMax int) ([]string, error) {
	var held []string
	count := map[string]int{}
	if had, ok := decider.Get[Helper](v, "helper/"+body.GetHelper()); ok {
		for _, id := range had.Mandates {
			if m, ok := decider.Get[standing.Mandate](v, standing.MandatePath(id)); ok && inForce(v, m, now) {
				held = append(held, id)
				count[m.Principal]++
			}
		}
	}
	switch n := count[body.GetPrincipal()]; {
	case n == 0 && len(count) >= principalsMax:
		return nil, ErrMandateMany.WithInt("principals_max", int64(principalsMax))
	case n >= mandatesMax:
		return nil, ErrMandateCrowd
	}
	return held, nil
}

// inForce tells whether a mandate has not ended, though it may not have begun.
func inForce(v *decider.View, m *standing.Mandate, now int64) bool {
	if m.Ended(now) {
		return false
	}
	_, err := standing.Active(v, m.Principal)
	return err == nil
}

// RevokeMandate is the rule of ending a mandate: either of the two by their own word, or two organisations for whoever cannot.
func RevokeMandate(v *decider.View, cmd *decider.Command, body *communityv1.RevokeMandate) ([]decider.Change, error) {
	m, ok := decider.Get[standing.Mandate](v, standing.MandatePath(body.GetMandate()))
	if !ok {
		return nil, standing.ErrMandateUnknown
	}
	if cmd.Actor != m.Principal && cmd.Actor != m.Helper {
		if _, err := twoOrganisations(v, cmd, m.Helper); err != nil {
			return nil, err
		}
	}
	if m.Ended(cmd.Time) {
		return nil, ErrMandateGone
	}
	return []decider.Change{decider.On(standing.MandatePath(body.GetMandate()), &communityv1.MandateRevoked{})}, nil
}
