package topic

import (
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// OpenMax bounds the open topics of one member in one matter, whatever the rulebook says: a post looks at each of them.
const OpenMax = 1000

// Post raises a topic. The limit is held by the author's list and by looking at every topic on it, never by a counter that would have to
// follow withdrawals and deliberations.
func Post(v *decider.View, cmd *decider.Command, body *proposalv1.PostTopic) ([]decider.Change, error) {
	if err := standing.CheckText(body.GetText()); err != nil {
		return nil, err
	}
	if err := standing.CheckPictures(body.GetText(), body.GetPictures()); err != nil {
		return nil, err
	}
	book, ok := decider.Get[standing.Rulebook](v, standing.RulebookPath)
	if !ok || body.GetMatter() == "" || book.Matter(body.GetMatter()) == nil {
		return nil, ErrMatter
	}
	list := PostsPath(cmd.Actor, body.GetMatter())
	open := stillOpen(v, list)
	limit := min(int(book.Book.GetOpenTopicsMax()), OpenMax)
	if len(open) >= limit {
		return nil, ErrLimit.WithInt("topics_max", int64(limit))
	}
	id := cmd.ID.NewAggregate()
	return []decider.Change{
		decider.On(Path(id), &proposalv1.TopicPosted{
			Matter: body.GetMatter(), Author: cmd.Actor, Text: body.GetText(), Mandate: cmd.Mandate, Pictures: body.GetPictures(),
		}),
		decider.On(list, &proposalv1.OpenTopicsListed{Topics: append(open, id)}),
	}, nil
}

func stillOpen(v *decider.View, list string) []string {
	posts, ok := decider.Get[Posts](v, list)
	if !ok {
		return nil
	}
	var open []string
	for _, id := range posts.Topics {
		if t, ok := decider.Get[Topic](v, Path(id)); ok && t.State == Open {
			open = append(open, id)
		}
	}
	return open
}

// Support seconds an open topic of somebody else, once. Who supported a topic that was merged into it supports it already. A helper's
// principals do not swell the support of the helper's own topic by the helper's hand.
func Support(v *decider.View, cmd *decider.Command, body *proposalv1.SecondTopic) ([]decider.Change, error) {
	t, err := find(v, body.GetTopic())
	if err != nil {
		return nil, err
	}
	if err := t.MustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case t.raisedBy(cmd.Actor):
		return nil, ErrOwn
	case cmd.Mandate != "" && t.raisedBy(cmd.Through):
		return nil, ErrHelperOwn
	}
	second := SecondPath(body.GetTopic(), cmd.Actor)
	if v.Exists(second) {
		return nil, ErrSeconded
	}
	for _, id := range t.Joined {
		if v.Exists(SecondPath(id, cmd.Actor)) {
			return nil, ErrSeconded
		}
	}
	return []decider.Change{decider.On(second, &proposalv1.TopicSeconded{Matter: t.Matter, Mandate: cmd.Mandate})}, nil
}

// raisedBy tells whether a member raised the topic, or one that was merged into it.
func (t *Topic) raisedBy(member string) bool {
	return t.Author == member || slices.Contains(t.JoinedAuthors, member)
}

// Withdraw takes back one's own topic, unless others' topics were merged into it. Who had seconded it no longer supports anything by that.
func Withdraw(v *decider.View, cmd *decider.Command, body *proposalv1.WithdrawTopic) ([]decider.Change, error) {
	t, err := find(v, body.GetTopic())
	if err != nil {
		return nil, err
	}
	switch {
	case t.Author != cmd.Actor:
		return nil, ErrNotAuthor
	case cmd.Mandate != "" && !t.Helped:
		return nil, ErrWithdrawOwn
	}
	if err := t.MustBeOpen(); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(t.JoinedAuthors, func(author string) bool { return author != cmd.Actor }) {
		return nil, ErrJoined
	}
	return []decider.Change{decider.On(Path(body.GetTopic()), &proposalv1.TopicWithdrawn{Mandate: cmd.Mandate})}, nil
}

func find(v *decider.View, id string) (*Topic, error) {
	t, ok := decider.Get[Topic](v, Path(id))
	if !ok {
		return nil, ErrUnknown
	}
	return t, nil
}

// MustBeOpen refuses a topic that was taken, withdrawn or merged, saying which.
func (t *Topic) MustBeOpen() error {
	switch t.State {
	case Open:
		return nil
	case Taken:
		return ErrTaken
	case Merged:
		return ErrMerged.With("topic", t.MergedInto)
	}
	return ErrWithdrawn
}

// Take looks at the topics that a deliberation is to take and gives the changes, refusing when one of them is not open any more.
func Take(v *decider.View, ids []string, deliberation string) ([]decider.Change, error) {
	changes := make([]decider.Change, 0, len(ids))
	for _, id := range ids {
		t, err := find(v, id)
		if err != nil {
			return nil, err
		}
		if err := t.MustBeOpen(); err != nil {
			return nil, err
		}
		changes = append(changes, decider.On(Path(id), &proposalv1.TopicTaken{Deliberation: deliberation}))
	}
	return changes, nil
}
