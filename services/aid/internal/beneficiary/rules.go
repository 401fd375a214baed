package beneficiary

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Office gives for which organisation a command's author acts in one of some roles. A hosted key has no office, and under a mandate nobody
// has: there the rules see the principal.
func Office(v *decider.View, cmd *decider.Command, roles ...communityv1.Role) (org string, ok bool) {
	if cmd.Author != chain.AuthorDevice || cmd.Mandate != "" {
		return "", false
	}
	m, err := standing.Active(v, cmd.Actor)
	if err != nil {
		return "", false
	}
	for _, r := range roles {
		if org, ok := m.Roles[r]; ok {
			return org, true
		}
	}
	return "", false
}

// Worker is Office for those whose work help is.
func Worker(v *decider.View, cmd *decider.Command) (org string, ok bool) {
	return Office(v, cmd, communityv1.Role_ROLE_GRID_WORKER, communityv1.Role_ROLE_OFFICER)
}

// Officer is Office for officers.
func Officer(v *decider.View, cmd *decider.Command) (org string, ok bool) {
	return Office(v, cmd, communityv1.Role_ROLE_OFFICER)
}

// SecondOrg tells whether an officer of another organisation signed too.
func SecondOrg(v *decider.View, cmd *decider.Command, org string) bool {
	return slices.ContainsFunc(cmd.Cosigners, func(id string) bool {
		m, err := standing.Active(v, id)
		if err != nil {
			return false
		}
		other, ok := m.Roles[communityv1.Role_ROLE_OFFICER]
		return ok && other != org
	})
}

// Find gives a file that can be worked with. A merged one can still be read and answered for: only new requests go elsewhere.
func Find(v *decider.View, id string) (*Beneficiary, error) {
	if id == "" {
		return nil, ErrIncomplete
	}
	b, ok := decider.Get[Beneficiary](v, Path(id))
	if !ok {
		return nil, ErrUnknown
	}
	if v.Exists("subject/" + id) {
		return nil, ErrErased
	}
	return b, nil
}

// mergesMax bounds how far InUse follows merges; there is no circle of them, for a merged file takes no other in.
const mergesMax = 64

// InUse is Find for the file that is used in the end where one was merged into another, and that into a third.
func InUse(v *decider.View, id string) (used string, b *Beneficiary, err error) {
	for range mergesMax {
		b, err = Find(v, id)
		if err != nil || b.MergedInto == "" {
			return id, b, err
		}
		id = b.MergedInto
	}
	return "", nil, ErrMerged
}

// Register opens a file.
func Register(v *decider.View, cmd *decider.Command, body *aidv1.RegisterBeneficiary) ([]decider.Change, error) {
	id, member := body.GetBeneficiary(), body.GetMember()
	if id == "" {
		return nil, ErrIncomplete
	}
	// An id is a name in the vault too: nobody opens a file under a member's, a unit's or an erased one.
	if v.Exists(Path(id)) || v.Exists("subject/"+id) || v.Exists("member/"+id) || v.Exists("unit/"+id) {
		return nil, ErrExists
	}
	org, works := Worker(v, cmd)
	switch {
	case !works && member != cmd.Actor:
		return nil, ErrForOther
	case !works && len(body.GetDedupCode()) > 0:
		return nil, ErrDedup
	case member != "" && !v.Exists("member/"+member):
		return nil, ErrMember
	}
	events := []proto.Message{&aidv1.BeneficiaryRegistered{Member: member, By: cmd.Actor, Org: org, Mandate: cmd.Mandate}}
	var changes []decider.Change
	if member != "" {
		if l, ok := decider.Get[Link](v, linkPath(member)); ok && !v.Exists("subject/"+l.Beneficiary) {
			return nil, ErrOneFile // an erased one is nobody's any more
		}
		changes = append(changes, decider.On(linkPath(member), &aidv1.BeneficiaryLinked{Beneficiary: id}))
	}
	if code := body.GetDedupCode(); len(code) > 0 {
		var others []string
		if d, ok := decider.Get[Dedup](v, dedupPath(code)); ok {
			others = d.Beneficiaries
			events = append(events, &aidv1.PossibleDuplicateFound{Others: others})
		}
		changes = append(changes, decider.On(dedupPath(code), &aidv1.DedupCodeListed{Beneficiaries: append(slices.Clone(others), id)}))
	}
	return append(changes, decider.On(Path(id), events...)), nil
}

// concerned finds a file that the author speaks for or works with.
func concerned(v *decider.View, cmd *decider.Command, id string) (b *Beneficiary, speaks bool, err error) {
	if b, err = Find(v, id); err != nil {
		return nil, false, err
	}
	if speaks = b.Speaks(cmd.Actor); speaks {
		return b, true, nil
	}
	if _, works := Worker(v, cmd); works && (b.Reads(cmd.Actor) || b.By == cmd.Actor) {
		return b, false, nil
	}
	return nil, false, ErrNotTheirs
}

// Amend replaces a part of the file: by who speaks for the person, who opened the file, or who works with it.
func Amend(v *decider.View, cmd *decider.Command, body *aidv1.AmendFile) ([]decider.Change, error) {
	if f := body.GetFile().GetField(); aidv1.Field_name[int32(f)] == "" || f == aidv1.Field_FIELD_UNSPECIFIED {
		return nil, ErrField
	}
	if err := standing.CheckText(body.GetFile().GetText()); err != nil {
		return nil, err
	}
	if _, _, err := concerned(v, cmd, body.GetBeneficiary()); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(Path(body.GetBeneficiary()), &aidv1.FileAmended{File: body.GetFile()})}, nil
}

// NameProxy says who speaks for the person.
func NameProxy(v *decider.View, cmd *decider.Command, body *aidv1.NameProxy) ([]decider.Change, error) {
	b, err := Find(v, body.GetBeneficiary())
	if err != nil {
		return nil, err
	}
	if b.Member == "" || cmd.Actor != b.Member {
		org, ok := Officer(v, cmd)
		if !ok || !SecondOrg(v, cmd, org) {
			return nil, ErrProxyTwo
		}
		if b.answers(v) {
			return nil, ErrProxyOwn
		}
	}
	if proxy := body.GetProxy(); proxy != "" {
		if _, err := standing.Active(v, proxy); err != nil || proxy == b.Member || b.Reads(proxy) {
			return nil, ErrProxy
		}
	}
	return []decider.Change{decider.On(Path(body.GetBeneficiary()), &aidv1.ProxyNamed{Proxy: body.GetProxy()})}, nil
}

// answers tells whether the person can say themselves who speaks for them: they have standing, and a device.
func (b *Beneficiary) answers(v *decider.View) bool {
	if b.Member == "" {
		return false
	}
	if _, err := standing.Active(v, b.Member); err != nil {
		return false
	}
	ring, ok := decider.Get[Devices](v, "keyring/"+b.Member)
	return ok && len(ring.Keys) > 0
}

// LivesWith tells whether a member lives with the person, where the file names them: all households are looked at, so one that is formed
// in between makes the decision stale. Of a pseudonym that names no member nobody can tell.
func (b *Beneficiary) LivesWith(v *decider.View, member string) bool {
	if b.Member == "" {
		return false
	}
	return slices.ContainsFunc(standing.Homes(v)[member], func(home []string) bool { return slices.Contains(home, b.Member) })
}

// knownPurpose tells whether a purpose can be agreed to.
func knownPurpose(p aidv1.ConsentPurpose) bool {
	return aidv1.ConsentPurpose_name[int32(p)] != "" && p != aidv1.ConsentPurpose_CONSENT_PURPOSE_UNSPECIFIED
}

// Agree agrees to one purpose.
func Agree(v *decider.View, cmd *decider.Command, body *aidv1.GiveConsent) ([]decider.Change, error) {
	if !knownPurpose(body.GetPurpose()) {
		return nil, ErrPurpose
	}
	b, speaks, err := concerned(v, cmd, body.GetBeneficiary())
	if err != nil {
		return nil, err
	}
	if !speaks || body.GetEvidence() != nil {
		if standing.CheckText(body.GetEvidence()) != nil {
			return nil, ErrConsentEvidence
		}
	}
	if b.Agreed(body.GetPurpose()) {
		return nil, ErrConsented
	}
	return []decider.Change{decider.On(Path(body.GetBeneficiary()), &aidv1.ConsentGiven{
		Purpose: body.GetPurpose(), By: cmd.Actor, Evidence: body.GetEvidence(),
	})}, nil
}

// Withdraw takes one purpose back. What was opened for it is closed by that: the vault looks at the consents at every read.
func Withdraw(v *decider.View, cmd *decider.Command, body *aidv1.WithdrawConsent) ([]decider.Change, error) {
	b, _, err := concerned(v, cmd, body.GetBeneficiary())
	if err != nil {
		return nil, err
	}
	if !b.Agreed(body.GetPurpose()) {
		return nil, ErrNoConsent
	}
	return []decider.Change{decider.On(Path(body.GetBeneficiary()), &aidv1.ConsentWithdrawn{Purpose: body.GetPurpose(), By: cmd.Actor})}, nil
}

// twoOffices refuses unless officers of two organisations sign.
func twoOffices(v *decider.View, cmd *decider.Command) error {
	if org, ok := Officer(v, cmd); !ok || !SecondOrg(v, cmd, org) {
		return ErrTwoOrgs
	}
	return nil
}

// Merge says that two files are one person's.
func Merge(v *decider.View, cmd *decider.Command, body *aidv1.MergeBeneficiaries) ([]decider.Change, error) {
	if err := twoOffices(v, cmd); err != nil {
		return nil, err
	}
	if body.GetInto() == body.GetFrom() {
		return nil, ErrMergeSelf
	}
	into, err := Find(v, body.GetInto())
	if err != nil {
		return nil, err
	}
	from, err := Find(v, body.GetFrom())
	if err != nil {
		return nil, err
	}
	if into.MergedInto != "" || from.MergedInto != "" {
		return nil, ErrMerged
	}
	return []decider.Change{decider.On(Path(body.GetFrom()), &aidv1.BeneficiaryMerged{Into: body.GetInto()})}, nil
}

// Unmerge takes that back.
func Unmerge(v *decider.View, cmd *decider.Command, body *aidv1.UnmergeBeneficiaries) ([]decider.Change, error) {
	if err := twoOffices(v, cmd); err != nil {
		return nil, err
	}
	b, err := Find(v, body.GetFrom())
	if err != nil {
		return nil, err
	}
	if b.MergedInto == "" {
		return nil, ErrNotMerged
	}
	return []decider.Change{decider.On(Path(body.GetFrom()), &aidv1.BeneficiaryUnmerged{From: b.MergedInto})}, nil
}
