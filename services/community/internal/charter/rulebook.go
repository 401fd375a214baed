package charter

import (
	"strconv"

	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Faults of a rulebook; each names the field in its detail, such as "matters.0.poll.voting_seconds".
var (
	ErrRulebookEmpty = fault.New(fault.Invalid, "rulebook.empty", "The rulebook is missing or has no matter.", "规约缺失或没有任何事项。")
	ErrRulebookLarge = fault.New(fault.Invalid, "rulebook.too_large", "The rulebook lists too much of something.", "规约中某项数量过多。")
	ErrVersion       = fault.New(fault.Mismatch, "rulebook.version",
		"The rulebook's version is not the one that comes next.", "规约版本号不是下一个版本。")
	ErrCodeTwice = fault.New(fault.Invalid, "rulebook.code_twice", "Two matters of the rulebook have the same code.", "规约中有两个事项代码相同。")
	ErrCode      = fault.New(fault.Invalid, "rulebook.code_missing", "A matter of the rulebook has no code.", "规约中有事项缺少代码。")
	ErrTitle     = fault.New(fault.Invalid, "rulebook.title", "A matter's title is missing or has invisible characters.", "事项名称缺失或含有不可见字符。")
	ErrShare     = fault.New(fault.Invalid, "rulebook.share",
		"A share in the rulebook must lie above zero and reach one at most.", "规约中的比例必须大于零且不超过一。")
	ErrNumber   = fault.New(fault.Invalid, "rulebook.number", "A number in the rulebook is out of bounds.", "规约中有数值超出范围。")
	ErrDuration = fault.New(fault.Invalid, "rulebook.duration", "A duration in the rulebook is out of bounds.", "规约中有期限超出范围。")
	ErrChoice   = fault.New(fault.Invalid, "rulebook.choice", "The rulebook leaves open what must be chosen.", "规约中有必选项未作选择。")
	ErrMethod   = fault.New(fault.Invalid, "rulebook.method",
		"The form of the ballot does not fit the method of counting.", "选票形式与计票方法不一致。")
	ErrMajorityMissing = fault.New(fault.Invalid, "rulebook.majority_missing",
		"A yes-or-no vote needs a majority to be named.", "赞成与否的表决必须规定多数比例。")
	ErrRequirement = fault.New(fault.Invalid, "rulebook.requirement",
		"A requirement of the rulebook makes no sense for this method.", "规约中有要求与该表决方法不相符。")
	ErrUnreachable = fault.New(fault.Invalid, "rulebook.unreachable", "Nobody could ever reach more than all.", "任何人都无法达到超过全部的要求。")
	ErrTwice       = fault.New(fault.Invalid, "rulebook.requirement_twice", "The same requirement stands twice.", "同一要求重复出现。")
	ErrConvener    = fault.New(fault.Invalid, "rulebook.convener_unknown",
		"The organisation that may open polls is not one of the community.", "可直接发起表决的组织不属于本社区。")
)

// Bounds of a rulebook. They keep arithmetic and waiting within what people can live through; within them everything is the
// community's to choose, down to a second.
const (
	mattersMax      = 64
	requirementsMax = 16
	denominatorMax  = 1_000_000
	membersMax      = 10_000_000
	openTopicsMax   = 1_000
	daySeconds      = 24 * 60 * 60
	yearSeconds     = 366 * daySeconds
	inviteMax       = 90 * daySeconds
	principalsMax   = 100
	mandateMax      = 10 * yearSeconds
)

// CheckRulebook refuses a rulebook by which a community could not be run. version is the one that comes next; orgKnown tells whether an
// organisation is one of the community's.
func CheckRulebook(book *communityv1.Rulebook, version uint32, orgKnown func(id string) bool) error {
	if len(book.GetMatters()) == 0 {
		return ErrRulebookEmpty.With("field", "matters")
	}
	if len(book.GetMatters()) > mattersMax {
		return ErrRulebookLarge.With("field", "matters")
	}
	if book.GetVersion() != version {
		return ErrVersion.With("field", "version").WithInt("next", int64(version))
	}
	if n := book.GetOpenTopicsMax(); n == 0 || n > openTopicsMax {
		return ErrNumber.With("field", "open_topics_max")
	}
	if n := book.GetInviteSeconds(); n == 0 || n > inviteMax {
		return ErrDuration.With("field", "invite_seconds")
	}
	if book.GetHelperPrincipalsMax() > principalsMax {
		return ErrNumber.With("field", "helper_principals_max")
	}
	if book.GetMandateSecondsMax() > mandateMax {
		return ErrDuration.With("field", "mandate_seconds_max")
	}
	if err := checkLedger(book.GetLedger()); err != nil {
		return err
	}
	if err := checkAid("aid.", book.GetAid()); err != nil {
		return err
	}
	if err := checkMatching(book.GetMatching()); err != nil {
		return err
	}
	codes := map[string]bool{}
	for i, m := range book.GetMatters() {
		at := "matters." + strconv.Itoa(i) + "."
		switch {
		case m.GetCode() == "":
			return ErrCode.With("field", at+"code")
		case codes[m.GetCode()]:
			return ErrCodeTwice.With("field", at+"code")
		}
		codes[m.GetCode()] = true
		if err := checkMatter(at, m, orgKnown); err != nil {
			return err
		}
	}
	return nil
}

func checkMatter(at string, m *communityv1.Matter, orgKnown func(id string) bool) error {
	if CheckPublished(m.GetTitle()) != nil {
		return ErrTitle.With("field", at+"title")
	}
	if n := m.GetThresholdMembers(); n == 0 || n > membersMax {
		return ErrNumber.With("field", at+"threshold_members")
	}
	// A threshold may do without a share: zero of zero, or of anything. Then the number alone counts.
	num, den := m.GetThresholdNumerator(), m.GetThresholdDenominator()
	if den < 0 || den > denominatorMax || (den == 0 && num != 0) {
		return ErrShare.With("field", at+"threshold_denominator")
	}
	if num < 0 || num > den {
		return ErrShare.With("field", at+"threshold_numerator")
	}
	if n := m.GetDeliberationSeconds(); n == 0 || n > yearSeconds {
		return ErrDuration.With("field", at+"deliberation_seconds")
	}
	if m.GetMergeSeconds() > yearSeconds {
		return ErrDuration.With("field", at+"merge_seconds")
	}
	if org := m.GetDirectConvener(); org != "" && !orgKnown(org) {
		return ErrConvener.With("field", at+"direct_convener")
	}
	return checkPoll(at+"poll.", m.GetPoll())
}

func checkPoll(at string, p *communityv1.PollRules) error {
	if err := checkPaper(at+"paper", p); err != nil {
		return err
	}
	if _, known := communityv1.Electorate_name[int32(p.GetElectorate())]; !known || p.GetElectorate() == 0 {
		return ErrChoice.With("field", at+"electorate")
	}
	for _, d := range []struct {
		name           string
		value, min, up uint32
	}{
		{"voting_seconds", p.GetVotingSeconds(), 1, yearSeconds},
		{"key_publish_seconds", p.GetKeyPublishSeconds(), 1, yearSeconds},
		{"open_within_seconds", p.GetOpenWithinSeconds(), 0, yearSeconds},
		{"objection_seconds", p.GetObjectionSeconds(), 0, yearSeconds},
		{"execution_delay_seconds", p.GetExecutionDelaySeconds(), 0, yearSeconds},
		// Zero: a decision in force stays to be carried out for ever.
		{"execution_expiry_seconds", p.GetExecutionExpirySeconds(), 0, 10 * yearSeconds},
		// A veto after the motion is in force would stop what has begun.
		{"veto_seconds", p.GetVetoSeconds(), 0, p.GetExecutionDelaySeconds()},
		// A veto lapses after seven days: an appeal that is voted on until then would decide nothing.
		{"appeal_voting_seconds", p.GetAppealVotingSeconds(), 0, 7*daySeconds - 1},
	} {
		if d.value < d.min || d.value > d.up {
			return ErrDuration.With("field", at+d.name)
		}
	}
	if err := checkNotice(at+"notice", p); err != nil {
		return err
	}
	if err := checkSecrecy(at, p); err != nil {
		return err
	}
	if err := checkBallot(at, p); err != nil {
		return err
	}
	if err := checkRequirements(at+"requirements", p); err != nil {
		return err
	}
	return checkTurnout(at, p)
}

// permilleMax is the whole in thousandths.
const permilleMax = 1000

// checkPaper refuses shares of more than all, a risk that is none, and an audit that nobody has the time for.
func checkPaper(at string, p *communityv1.PollRules) error {
	r := p.GetPaper()
	if r == nil {
		return nil
	}
	audited := r.GetRiskLimitPermille() > 0
	switch {
	case r.GetOperatorPermilleMax() > permilleMax:
		return ErrNumber.With("field", at+".operator_permille_max")
	case r.GetCallBackPermille() > permilleMax:
		return ErrNumber.With("field", at+".call_back_permille")
	case r.GetRiskLimitPermille() >= permilleMax:
		return ErrNumber.With("field", at+".risk_limit_permille")
	case audited != (r.GetAuditSeconds() > 0) || r.GetAuditSeconds() > yearSeconds:
		return ErrDuration.With("field", at+".audit_seconds")
	// A veto lapses after seven days: an appeal that is audited until then would decide nothing.
	case audited && p.GetAppealVotingSeconds() > 0 && p.GetAppealVotingSeconds()+r.GetAuditSeconds() >= 7*daySeconds:
		return ErrDuration.With("field", at+".audit_seconds")
	}
	return nil
}

func checkRequirements(at string, p *communityv1.PollRules) error {
	if len(p.GetRequirements()) > requirementsMax {
		return ErrRulebookLarge.With("field", at)
	}
	seen := map[string]bool{}
	majority := false
	for i, r := range p.GetRequirements() {
		at := at + "." + strconv.Itoa(i)
		if err := checkRequirement(at, r); err != nil {
			return err
		}
		yes := r.GetOf() == communityv1.Of_OF_YES
		if yes && (!ballotsOf[p.GetMethod()].one || p.GetBallot().GetSeats() > 1) {
			return ErrRequirement.With("field", at+".of") // of many winners, or of ranks, there is no one yes
		}
		majority = majority || yes
		same := r.GetMeasure().String() + r.GetOf().String() + r.GetBase().String()
		if seen[same] {
			return ErrTwice.With("field", at)
		}
		seen[same] = true
	}
	if !majority && p.GetMethod() == communityv1.Method_METHOD_YES_NO {
		return ErrMajorityMissing.With("field", at)
	}
	return nil
}

func checkRequirement(at string, r *communityv1.Requirement) error {
	if _, known := communityv1.Measure_name[int32(r.GetMeasure())]; !known || r.GetMeasure() == 0 {
		return ErrChoice.With("field", at+".measure")
	}
	switch r.GetBase() {
	case communityv1.Base_BASE_ALL, communityv1.Base_BASE_PARTICIPANTS, communityv1.Base_BASE_VALID:
	default:
		return ErrChoice.With("field", at+".base")
	}
	switch r.GetOf() {
	case communityv1.Of_OF_YES:
		if r.GetQuorum() { // a quorum is of those who take part, or a rejected motion would be called one without a quorum
			return ErrRequirement.With("field", at+".quorum")
		}
	case communityv1.Of_OF_PARTICIPANTS:
		if r.GetBase() != communityv1.Base_BASE_ALL { // of themselves they are always the whole
			return ErrRequirement.With("field", at+".base")
		}
	default:
		return ErrChoice.With("field", at+".of")
	}
	switch num, den := r.GetNumerator(), r.GetDenominator(); {
	case den <= 0 || den > denominatorMax:
		return ErrShare.With("field", at+".denominator")
	case num <= 0 || num > den:
		return ErrShare.With("field", at+".numerator")
	case num == den && r.GetStrict():
		return ErrUnreachable.With("field", at+".strict")
	}
	return nil
}
