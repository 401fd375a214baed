package notice

import (
	"bytes"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/aid/internal/beneficiary"
	"renlin.dev/services/aid/internal/casework"
	"renlin.dev/services/aid/internal/terms"
)

// Bounds of a notice.
const (
	unitsMax = 200
	listMax  = 1_000_000
	reachMax = 90 * 24 * terms.Hour
	// In a crisis nobody waits longer for who has not answered a roll-call.
	rollCallMax = 24 * terms.Hour
	// One organisation publishes no more in a day, nor has more that are not over: whoever folds the record keeps whom each concerns.
	dailyMax = 20
	openMax  = 200
)

// The policies of a notice.
const (
	OperationSeal = "aid.seal_addressees"
	OperationMiss = "aid.miss_notice"
)

// About is what a mandate may be bounded to: a notice is in no matter and in no poll.
func About(*decider.View, proto.Message) (matter, poll string) { return "", "" }

// Publish publishes a notice.
func Publish(v *decider.View, cmd *decider.Command, b *aidv1.PublishNotice) ([]decider.Change, error) {
	org, ok := beneficiary.Officer(v, cmd)
	switch {
	case !ok:
		return nil, ErrOfficer
	case !terms.Of(v).Notice(b.GetKind()):
		return nil, ErrKind
	case strings.TrimSpace(b.GetTitle()) == "" || strings.TrimSpace(b.GetText()) == "":
		return nil, ErrWords
	case b.GetReachBy() <= cmd.Time || b.GetReachBy() > cmd.Time+reachMax:
		return nil, ErrReach
	case b.GetKind() == terms.RollCall && b.GetReachBy() > cmd.Time+rollCallMax:
		return nil, ErrRollCall
	}
	if err := checkScope(v, b); err != nil {
		return nil, err
	}
	open, err := openOf(v, cmd.Time, org)
	if err != nil {
		return nil, err
	}
	events := []proto.Message{&aidv1.PolicyNoticePublished{
		Kind: b.GetKind(), Scope: b.GetScope(), Units: b.GetUnits(), Category: b.GetCategory(), Title: b.GetTitle(), Text: b.GetText(),
		ReachBy: b.GetReachBy(), By: cmd.Actor, Org: org,
	}}
	if b.GetScope() == aidv1.NoticeScope_NOTICE_SCOPE_SEALED {
		events = append(events, &aidv1.AddresseesSealed{Count: b.GetCount(), Root: b.GetRoot()})
	}
	id := cmd.ID.NewAggregate()
	return []decider.Change{
		decider.On(Path(id), events...),
		decider.On(publishingPath(org), &aidv1.OpenNoticesListed{Notices: append(open, id)}),
	}, nil
}

// openOf gives an organisation's notices of which something is still recorded, and refuses more than everybody can be asked to keep.
func openOf(v *decider.View, now int64, org string) (open []string, err error) {
	list, ok := decider.Get[Publishing](v, publishingPath(org))
	if !ok {
		return nil, nil
	}
	today := 0
	for _, id := range list.Notices {
		n, ok := decider.Get[Notice](v, Path(id))
		if !ok || n.over(now) {
			continue
		}
		open = append(open, id)
		if n.PublishedAt > now-24*terms.Hour {
			today++
		}
	}
	if today >= dailyMax || len(open) >= openMax {
		return nil, ErrPlenty
	}
	return open, nil
}

// checkScope refuses whom nobody could find, or finds in two ways.
func checkScope(v *decider.View, b *aidv1.PublishNotice) error {
	if b.GetKind() == terms.RollCall && b.GetScope() != aidv1.NoticeScope_NOTICE_SCOPE_EVERYONE &&
		b.GetScope() != aidv1.NoticeScope_NOTICE_SCOPE_UNITS {
		return ErrRollCall
	}
	units, files, list := len(b.GetUnits()) > 0, b.GetCategory() != "", b.GetCount() != 0 || len(b.GetRoot()) > 0
	switch b.GetScope() {
	case aidv1.NoticeScope_NOTICE_SCOPE_EVERYONE:
		if units || files || list {
			return ErrScope
		}
	case aidv1.NoticeScope_NOTICE_SCOPE_UNITS:
		if !units || files || list || len(b.GetUnits()) > unitsMax {
			return ErrScope
		}
		for i, id := range b.GetUnits() {
			if slices.Contains(b.GetUnits()[:i], id) || !v.Exists("unit/"+id) {
				return ErrScope.With("unit", id)
			}
		}
	case aidv1.NoticeScope_NOTICE_SCOPE_FILES:
		if units || list || !terms.Of(v).Category(b.GetCategory()) {
			return ErrScope
		}
	case aidv1.NoticeScope_NOTICE_SCOPE_SEALED:
		if units || files {
			return ErrScope
		}
		if n := int64(b.GetCount()); len(b.GetRoot()) == 0 || n < terms.Of(v).GroupMin() || n > listMax {
			return ErrList
		}
	default:
		return ErrScope
	}
	return nil
}

// OnPublished fixes whom a notice concerns, and sets its time.
func OnPublished(v *decider.View, e decider.Event, b *aidv1.PolicyNoticePublished) []decider.Demand {
	id, ok := strings.CutPrefix(e.Aggregate, "policy-notice/")
	if !ok {
		return nil
	}
	demands := []decider.Demand{{
		Purpose: "aid-notice/" + id, Operation: OperationMiss, Due: b.GetReachBy(), Body: &aidv1.MissNotice{Notice: id},
	}}
	if b.GetScope() == aidv1.NoticeScope_NOTICE_SCOPE_SEALED {
		return demands
	}
	count, root := decider.DerivedOf[Book](v).sealed(id)
	return append(demands, decider.Demand{
		Purpose: "seal-addressees/" + id, Operation: OperationSeal, Body: &aidv1.SealAddressees{Notice: id, Count: count, Root: root},
	})
}

// Seal puts on the record how many a notice concerns, and what binds who they are.
func Seal(v *decider.View, _ *decider.Command, b *aidv1.SealAddressees) ([]decider.Change, error) {
	n, err := find(v, b.GetNotice())
	switch {
	case err != nil:
		return nil, err
	case n.Sealed:
		return nil, ErrSealed
	}
	return []decider.Change{decider.On(Path(b.GetNotice()), &aidv1.AddresseesSealed{Count: b.GetCount(), Root: b.GetRoot()})}, nil
}

// going finds a notice of which something may still be recorded.
func going(v *decider.View, cmd *decider.Command, id string) (*Notice, error) {
	n, err := find(v, id)
	if err == nil && n.over(cmd.Time) {
		err = ErrOver
	}
	return n, err
}

func find(v *decider.View, id string) (*Notice, error) {
	n, ok := decider.Get[Notice](v, Path(id))
	if !ok {
		return nil, ErrUnknown
	}
	return n, nil
}

// addressee finds how a notice has come to somebody so far.
func addressee(v *decider.View, notice, id string) *Addressee {
	if a, ok := decider.Get[Addressee](v, addresseePath(notice, id)); ok {
		return a
	}
	return &Addressee{}
}

// Confirm is the word of somebody whom a notice concerns, or of who speaks for them, that it came.
func Confirm(v *decider.View, cmd *decider.Command, b *aidv1.ConfirmNotice) ([]decider.Change, error) {
	n, err := going(v, cmd, b.GetNotice())
	if err != nil {
		return nil, err
	}
	who, channel, by := cmd.Actor, votingv1.DeliveryChannel_DELIVERY_CHANNEL_APP, cmd.Actor
	switch {
	case cmd.Mandate != "":
		channel, by = votingv1.DeliveryChannel_DELIVERY_CHANNEL_HELPER, cmd.Through
	case cmd.Author == chain.AuthorHosted:
		channel = votingv1.DeliveryChannel_DELIVERY_CHANNEL_HOSTED
	}
	if n.Scope == aidv1.NoticeScope_NOTICE_SCOPE_FILES {
		file, err := beneficiary.Find(v, b.GetBeneficiary())
		switch {
		case err != nil:
			return nil, err
		case !file.Speaks(cmd.Actor) || cmd.Mandate != "" && cmd.Actor != file.Member:
			return nil, ErrNotTheirs
		case cmd.Actor != file.Member:
			channel = votingv1.DeliveryChannel_DELIVERY_CHANNEL_HELPER
		}
		who = b.GetBeneficiary()
	} else if b.GetBeneficiary() != "" {
		return nil, ErrNotAddressed
	}
	switch {
	case !listed(v, b.GetNotice(), who):
		return nil, ErrNotAddressed
	case addressee(v, b.GetNotice(), who).spoken():
		return nil, ErrConfirmed
	}
	return []decider.Change{decider.On(addresseePath(b.GetNotice(), who), &aidv1.PolicyNoticeReached{
		Channel: channel, At: cmd.Time, Mandate: cmd.Mandate, By: []string{by},
	})}, nil
}

// Answer is the word of somebody on a sealed list, by the key of their code alone. A device that is somebody's would tell whose word it is.
func Answer(v *decider.View, cmd *decider.Command, b *aidv1.AnswerNotice) ([]decider.Change, error) {
	n, err := going(v, cmd, b.GetNotice())
	if err != nil {
		return nil, err
	}
	id, err := n.onList(b.GetEntry())
	switch {
	case err != nil:
		return nil, err
	case len(cmd.Keys) != 1 || !bytes.Equal(cmd.Keys[0], b.GetEntry().GetKey()) || v.Exists("key/"+id):
		return nil, ErrEntry
	case addressee(v, b.GetNotice(), id).spoken():
		return nil, ErrConfirmed
	}
	return []decider.Change{decider.On(addresseePath(b.GetNotice(), id), &aidv1.PolicyNoticeReached{
		Channel: votingv1.DeliveryChannel_DELIVERY_CHANNEL_APP, At: cmd.Time,
	})}, nil
}

// Miss counts whom a notice has not reached in its time, and says to whom that goes up. Who they are officers see; it is on no record.
func Miss(v *decider.View, _ *decider.Command, b *aidv1.MissNotice) ([]decider.Change, error) {
	n, err := find(v, b.GetNotice())
	if err != nil {
		return nil, err
	}
	reached := uint32(0)
	for _, a := range decider.All[Addressee](v, Path(b.GetNotice())+"/addressee") {
		if len(a.Proofs) > 0 {
			reached++
		}
	}
	if reached >= n.Count {
		return nil, ErrKept
	}
	return []decider.Change{decider.On(Path(b.GetNotice()), &aidv1.AddresseesMissed{
		Count: n.Count - reached, EscalatedTo: casework.Above(v),
	})}, nil
}

// brings tells whether a member is an officer or a grid worker.
func brings(v *decider.View, member string) bool {
	m, err := standing.Active(v, member)
	return err == nil && (m.Roles[communityv1.Role_ROLE_OFFICER] != "" || m.Roles[communityv1.Role_ROLE_GRID_WORKER] != "")
}
