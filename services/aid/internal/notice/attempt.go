package notice

import (
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/delivery"
	"renlin.dev/pkg/fault"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/aid/internal/beneficiary"
	"renlin.dev/services/aid/internal/terms"
)

// attemptsMax is how many attempts one command records.
const attemptsMax = 100

// Record puts attempts to bring a notice to somebody on the record, all or none.
func Record(v *decider.View, cmd *decider.Command, b *aidv1.RecordAttempts) ([]decider.Change, error) {
	n, err := going(v, cmd, b.GetNotice())
	if err != nil {
		return nil, err
	}
	if k := len(b.GetAttempts()); k == 0 || k > attemptsMax {
		return nil, ErrAttempts
	}
	by := append([]string{cmd.Actor}, cmd.Cosigners...)
	if len(by) > 2 || cmd.Author != chain.AuthorDevice || slices.ContainsFunc(by, func(id string) bool { return !brings(v, id) }) {
		return nil, ErrBringer
	}
	changes := make([]decider.Change, 0, len(b.GetAttempts()))
	seen := map[string]bool{}
	for i, try := range b.GetAttempts() {
		who, err := n.attempted(v, cmd, b.GetNotice(), try, by)
		if err == nil && seen[who] {
			err = ErrAttempts
		}
		if err != nil {
			return nil, fault.Of(err).WithInt("row", int64(i))
		}
		seen[who] = true
		changes = append(changes, recorded(addresseePath(b.GetNotice(), who), try, by))
	}
	return changes, nil
}

// attempted tells at whom an attempt was, and refuses one that proves nothing, or nothing more.
func (n *Notice) attempted(
	v *decider.View, cmd *decider.Command, notice string, try *aidv1.NoticeAttempt, by []string,
) (who string, err error) {
	if who, err = n.at(v, notice, try, by); err != nil {
		return "", err
	}
	if n.Kind == terms.RollCall && !try.GetFailed() && !met(try.GetChannel()) {
		return "", ErrUnseen
	}
	attempt := delivery.Attempt{Channel: try.GetChannel(), Failed: try.GetFailed(), At: try.GetAt(), Evidence: try.GetEvidence()}
	if why := attempt.Check(n.PublishedAt, cmd.Time, len(by)); why != nil {
		return "", why
	}
	switch a := addressee(v, notice, who); {
	case len(a.Proofs) > 0:
		return "", ErrConfirmed
	case try.GetFailed() && len(a.Failed) >= delivery.Max && (a.sought() || len(by) < 2):
		return "", ErrMany
	case try.GetChannel() == votingv1.DeliveryChannel_DELIVERY_CHANNEL_POSTED && !a.sought():
		return "", delivery.ErrPostedFirst
	}
	return who, nil
}

// met tells whether who brought something has met the person or spoken to them.
func met(c votingv1.DeliveryChannel) bool {
	switch c {
	case votingv1.DeliveryChannel_DELIVERY_CHANNEL_IN_PERSON, votingv1.DeliveryChannel_DELIVERY_CHANNEL_PHONE:
		return true
	}
	return false
}

// at finds whom an attempt was meant for; nobody brings something to themselves, or to whom they speak for.
func (n *Notice) at(v *decider.View, notice string, try *aidv1.NoticeAttempt, by []string) (string, error) {
	if n.Scope == aidv1.NoticeScope_NOTICE_SCOPE_SEALED {
		if try.GetAddressee() != "" {
			return "", ErrEntry
		}
		return n.onList(try.GetEntry())
	}
	who := try.GetAddressee()
	if try.GetEntry() != nil || !listed(v, notice, who) {
		return "", ErrNotAddressed
	}
	speaks := func(id string) bool { return id == who }
	if n.Scope == aidv1.NoticeScope_NOTICE_SCOPE_FILES {
		file, err := beneficiary.Find(v, who)
		if err != nil {
			return "", err
		}
		speaks = file.Speaks
	}
	if slices.ContainsFunc(by, speaks) {
		return "", ErrOwn
	}
	return who, nil
}

// recorded is what stands on the record of an attempt.
func recorded(path string, try *aidv1.NoticeAttempt, by []string) decider.Change {
	if try.GetFailed() {
		return decider.On(path, &aidv1.PolicyNoticeAttempted{Channel: try.GetChannel(), At: try.GetAt(), By: by})
	}
	return decider.On(path, &aidv1.PolicyNoticeReached{Channel: try.GetChannel(), At: try.GetAt(), Evidence: try.GetEvidence(), By: by})
}
