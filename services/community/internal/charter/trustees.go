package charter

import (
	"strconv"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/rules"
	"renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Faults of the list of trustees; where a field is wrong the detail names it.
var (
	ErrTrustees = fault.New(fault.Invalid, "trustees.number",
		"Two to nine trustees of at least two organisations are needed.", "需要来自至少两个组织的二至九名开票受托人。")
	ErrTrustee      = fault.New(fault.Invalid, "trustees.incomplete", "A trustee lacks something or has it wrong.", "开票受托人的信息有缺失或错误。")
	ErrTrusteeTwice = fault.New(fault.Invalid, "trustees.twice",
		"The same member or key stands twice among the trustees.", "开票受托人中有成员或密钥重复。")
)

// trusteesMin is how many there are at least, where there are any: one alone would have the whole key.
const trusteesMin = 2

// CheckTrustees refuses a list of trustees by which no poll's key could be divided. known tells whether an organisation is one of the
// community's.
func CheckTrustees(list []*communityv1.Trustee, known func(org string) bool) error {
	orgs, taken := map[string]bool{}, map[string]bool{}
	terms := trustee.Ceremony{Purpose: trustee.Open, Threshold: 1}
	for i, t := range list {
		at := "trustees." + strconv.Itoa(i) + "."
		key, err := trustee.DecodePublic(t.GetTrusteeKey())
		switch {
		case t.GetMember() == "":
			return ErrTrustee.With("field", at+"member")
		case !known(t.GetOrg()):
			return ErrTrustee.With("field", at+"org")
		case err != nil:
			return ErrTrustee.With("field", at+"trustee_key")
		case taken[t.GetMember()]:
			return ErrTrusteeTwice.With("field", at+"member")
		}
		orgs[t.GetOrg()], taken[t.GetMember()] = true, true
		terms.Keys = append(terms.Keys, key)
	}
	if n := len(list); n < trusteesMin || n > trustee.CountMax || len(orgs) < 2 {
		return ErrTrustees
	}
	if err := terms.Check(); err != nil { // two of the keys are one, or cancel each other
		return ErrTrusteeTwice.With("field", "trustees").Because(err)
	}
	return nil
}

// trustees are the founding's, if it has any.
func (f *founding) trustees() error {
	if len(f.body.GetTrustees()) == 0 {
		return nil
	}
	if err := CheckTrustees(f.body.GetTrustees(), func(org string) bool { return f.orgs[org] }); err != nil {
		return err
	}
	for i, t := range f.body.GetTrustees() {
		if err := f.keeper("trustees."+strconv.Itoa(i)+".", t.GetMember(), t.GetOrg(), t.GetKey()); err != nil {
			return err
		}
	}
	return nil
}

// anonymityMax bounds among how many a rulebook may ask a ballot to be hidden.
const anonymityMax = 10_000

// checkSecrecy holds the rules of polls with trustees against each other; package rules has what secret polls cannot do.
func checkSecrecy(at string, p *communityv1.PollRules) error {
	s := p.GetSecrecy()
	seed := p.GetTieRule() == communityv1.TieRule_TIE_RULE_SEED
	_, known := communityv1.TieRule_name[int32(p.GetTieRule())]
	_, level := communityv1.Secrecy_name[int32(s.GetSecrecy())]
	switch {
	case !level, s != nil && s.GetSecrecy() == communityv1.Secrecy_SECRECY_UNSPECIFIED:
		return ErrChoice.With("field", at+"secrecy.secrecy")
	case s.GetTrusteesMin() > trustee.CountMax:
		return ErrNumber.With("field", at+"secrecy.trustees_min")
	case !known, seed && s == nil: // a seed is made of trustees' nonces
		return ErrChoice.With("field", at+"tie_rule")
	case s.GetAnonymityMin() > anonymityMax:
		return ErrNumber.With("field", at+"secrecy.anonymity_min")
	case s.GetRegisterSeconds() > yearSeconds:
		return ErrDuration.With("field", at+"secrecy.register_seconds")
	case s.GetContestSeconds() > yearSeconds:
		return ErrDuration.With("field", at+"secrecy.contest_seconds")
	case s.GetIntervalWidth() < 0:
		return ErrNumber.With("field", at+"secrecy.interval_width")
	// A veto lapses after seven days, and registration and the notice take their part of them.
	case p.GetAppealVotingSeconds() > 0 && p.GetAppealVotingSeconds()+p.GetNotice().GetNoticeSeconds()+
		s.GetRegisterSeconds()+s.GetContestSeconds() >= 7*daySeconds:
		return ErrDuration.With("field", at+"secrecy.register_seconds")
	case rules.Secret(p):
		return nil
	// What hides ballots has no use where they are open after the close.
	case s.GetAnonymityMin() != 0:
		return ErrNumber.With("field", at+"secrecy.anonymity_min")
	case s.GetRegisterSeconds() != 0:
		return ErrDuration.With("field", at+"secrecy.register_seconds")
	case s.GetContestSeconds() != 0:
		return ErrDuration.With("field", at+"secrecy.contest_seconds")
	case s.GetTogether():
		return ErrChoice.With("field", at+"secrecy.together")
	case s.GetIntervalWidth() != 0:
		return ErrNumber.With("field", at+"secrecy.interval_width")
	}
	return nil
}
