package merge

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/proposal/internal/topic"
)

const (
	secondMillis = 1000
	// secondsDefault is how many seconds a proposal waits where the rulebook does not say: seven days.
	secondsDefault = 7 * 24 * 60 * 60
)

// Propose proposes that topics go on as one of them.
func Propose(v *decider.View, cmd *decider.Command, body *proposalv1.ProposeMerge) ([]decider.Change, error) {
	if len(body.GetTopics()) == 0 || slices.Contains(body.GetTopics(), body.GetInto()) || repeats(body.GetTopics()) {
		return nil, ErrTopics
	}
	joined, err := topic.Join(v, body.GetInto(), body.GetTopics())
	if err != nil {
		return nil, err
	}
	rules, err := matterOf(v, joined)
	if err != nil {
		return nil, err
	}
	authors := joined.Authors()
	author := slices.Contains(authors, cmd.Actor)
	if !author && !convenes(v, cmd) {
		return nil, ErrProposer
	}
	listed := ListedPath(cmd.Actor, body.GetInto())
	if last, ok := decider.Get[Listed](v, listed); ok {
		if m, ok := decider.Get[Merge](v, Path(last.Merge)); ok && m.ended(cmd.Time) == nil {
			return nil, ErrListed
		}
	}
	id := cmd.ID.NewAggregate()
	changes := []decider.Change{
		decider.On(Path(id), &proposalv1.MergeProposed{
			Matter: joined.Matter(), Into: body.GetInto(), Topics: body.GetTopics(), Authors: authors,
			ExpiresAt: cmd.Time + int64(cmp.Or(rules.GetMergeSeconds(), secondsDefault))*secondMillis,
		}),
		decider.On(listed, &proposalv1.OpenMergeListed{Merge: id}),
	}
	if author {
		changes = append(changes, decider.On(ConsentPath(id, cmd.Actor), &proposalv1.MergeConsented{}))
	}
	return changes, nil
}

func repeats(ids []string) bool {
	sorted := slices.Sorted(slices.Values(ids))
	return len(slices.Compact(sorted)) < len(ids)
}

// matterOf gives the rules of the one matter of some topics.
func matterOf(v *decider.View, j *topic.Joined) (*communityv1.Matter, error) {
	if j.Matter() == "" {
		return nil, ErrMatter
	}
	book, ok := decider.Get[standing.Rulebook](v, standing.RulebookPath)
	if !ok || book.Matter(j.Matter()) == nil {
		return nil, topic.ErrMatter
	}
	return book.Matter(j.Matter()), nil
}

// convenes tells whether the actor is a convener, by a device of their own.
func convenes(v *decider.View, cmd *decider.Command) bool {
	m, err := standing.Active(v, cmd.Actor)
	return err == nil && cmd.Author == chain.AuthorDevice && m.Holds(communityv1.Role_ROLE_CONVENER)
}

// ended says how a proposal has ended, nil for one that still waits.
func (m *Merge) ended(now int64) error {
	if why := map[State]*fault.Fault{
		Completed: ErrCompleted, Declined: ErrDeclined, Withdrawn: ErrWithdrawn, Expired: ErrExpired, Failed: ErrFailed,
	}[m.State]; why != nil {
		return why
	}
	if now >= m.ExpiresAt {
		return ErrExpired
	}
	return nil
}

// waiting finds a proposal that still waits for somebody's consent, and holds the commit to its time.
func waiting(v *decider.View, cmd *decider.Command, id string) (*Merge, error) {
	m, ok := decider.Get[Merge](v, Path(id))
	if !ok {
		return nil, ErrUnknown
	}
	if err := m.ended(cmd.Time); err != nil {
		return nil, err
	}
	if agreed(v, id, m.Authors) {
		return nil, ErrAgreed
	}
	v.Window(0, m.ExpiresAt)
	return m, nil
}

// agreed tells whether every author who is still a member has consented.
func agreed(v *decider.View, id string, authors []string) bool {
	for _, author := range authors {
		if v.Exists(ConsentPath(id, author)) {
			continue
		}
		if _, err := standing.Active(v, author); err == nil {
			return false
		}
	}
	return true
}

// ConsentTo is an author's consent. It looks at the topics, so that nobody consents to what cannot come about any more; it does not look at
// the others' consents, so that all can be given at once.
func ConsentTo(v *decider.View, cmd *decider.Command, body *proposalv1.ConsentToMerge) ([]decider.Change, error) {
	m, ok := decider.Get[Merge](v, Path(body.GetMerge()))
	if !ok {
		return nil, ErrUnknown
	}
	if err := m.ended(cmd.Time); err != nil {
		return nil, err
	}
	if !slices.Contains(m.Authors, cmd.Actor) {
		return nil, ErrNotAsked
	}
	consent := ConsentPath(body.GetMerge(), cmd.Actor)
	if v.Exists(consent) {
		return nil, ErrConsented
	}
	if _, err := topic.Join(v, m.Into, m.Topics); err != nil {
		return nil, err
	}
	v.Window(0, m.ExpiresAt)
	return []decider.Change{decider.On(consent, &proposalv1.MergeConsented{})}, nil
}

// Decline is an author's refusal, also after their own consent; it ends the proposal.
func Decline(v *decider.View, cmd *decider.Command, body *proposalv1.DeclineMerge) ([]decider.Change, error) {
	m, err := waiting(v, cmd, body.GetMerge())
	if err != nil {
		return nil, err
	}
	if !slices.Contains(m.Authors, cmd.Actor) {
		return nil, ErrNotAsked
	}
	return []decider.Change{decider.On(Path(body.GetMerge()), &proposalv1.MergeDeclined{By: cmd.Actor})}, nil
}

// Withdraw takes one's own proposal back.
func Withdraw(v *decider.View, cmd *decider.Command, body *proposalv1.WithdrawMerge) ([]decider.Change, error) {
	m, err := waiting(v, cmd, body.GetMerge())
	if err != nil {
		return nil, err
	}
	if m.ProposedBy != cmd.Actor {
		return nil, ErrNotProposer
	}
	return []decider.Change{decider.On(Path(body.GetMerge()), &proposalv1.MergeWithdrawn{})}, nil
}

// OnProposed sets the timer of the proposal, and carries out at once what needs nobody else's consent.
func OnProposed(v *decider.View, e decider.Event, body *proposalv1.MergeProposed) []decider.Demand {
	id := e.Aggregate[len("merge/"):]
	timer := decider.Demand{
		Purpose: "merge-expiry/" + id, Operation: "proposal.expire_merge",
		Body: &proposalv1.ExpireMerge{Merge: id}, Due: body.GetExpiresAt(),
	}
	return append(carryOut(v, id), timer)
}

// OnConsented carries a merge out when the last has consented.
func OnConsented(v *decider.View, e decider.Event, _ *proposalv1.MergeConsented) []decider.Demand {
	return carryOut(v, strings.Split(e.Aggregate, "/")[1]) // merge/<id>/merge-consent/<member>
}

// OnRevoked carries out what waited only for somebody who is no longer a member.
func OnRevoked(v *decider.View, e decider.Event, _ *communityv1.MemberRevoked) (demands []decider.Demand) {
	member := e.Aggregate[len("member/"):]
	open := decider.DerivedOf[Index](v).Open
	for _, id := range slices.Sorted(maps.Keys(open)) {
		if slices.Contains(open[id], member) {
			demands = append(demands, carryOut(v, id)...)
		}
	}
	return demands
}

// carryOut demands an open merge when all have consented at this position. Once demanded it stays demanded, whoever comes back.
func carryOut(v *decider.View, id string) []decider.Demand {
	authors, open := decider.DerivedOf[Index](v).Open[id]
	if !open || !agreed(v, id, authors) {
		return nil
	}
	return []decider.Demand{{
		Purpose: "merge/" + id, Operation: "proposal.merge", Body: &proposalv1.MergeTopics{Merge: id},
	}}
}

// CarryOut merges the topics, or records why they no longer can be.
func CarryOut(v *decider.View, _ *decider.Command, body *proposalv1.MergeTopics) ([]decider.Change, error) {
	path := Path(body.GetMerge())
	m, ok := decider.Get[Merge](v, path)
	if !ok {
		return nil, ErrUnknown
	}
	if m.State != Open {
		return nil, m.ended(0)
	}
	joined, err := topic.Join(v, m.Into, m.Topics)
	if err != nil {
		return []decider.Change{decider.On(path, &proposalv1.MergeFailed{Reason: fault.Of(err).Code})}, nil
	}
	return append(joined.Changes(body.GetMerge()), decider.On(path, &proposalv1.MergeCompleted{})), nil
}

// Expire ends a proposal that not everybody has answered in time. One that everybody has consented to ends otherwise.
func Expire(v *decider.View, _ *decider.Command, body *proposalv1.ExpireMerge) ([]decider.Change, error) {
	path := Path(body.GetMerge())
	m, ok := decider.Get[Merge](v, path)
	switch {
	case !ok:
		return nil, ErrUnknown
	case m.State != Open:
		return nil, m.ended(0)
	case agreed(v, body.GetMerge(), m.Authors):
		return nil, ErrAgreed
	}
	return []decider.Change{decider.On(path, &proposalv1.MergeExpired{})}, nil
}
