package topic

import (
	"slices"

	"renlin.dev/pkg/decider"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// JoinedMax bounds the topics that one topic has received, directly or with others: a second looks at each of them.
const JoinedMax = 100

// Joined is some open topics that go on as one of them.
type Joined struct {
	into    string
	ids     []string // that are closed
	topics  []*Topic // theirs, and last the one that goes on
	joined  []string // what the one that goes on receives: the topics and what was merged into them before
	authors []string // of joined, in its order
}

// Join looks at topics that are to go on as one of them, refusing when one is not open any more or they are too many for one.
func Join(v *decider.View, into string, ids []string) (*Joined, error) {
	j := &Joined{into: into, ids: ids}
	for _, id := range append(slices.Clone(ids), into) {
		t, err := find(v, id)
		if err != nil {
			return nil, err
		}
		if err := t.MustBeOpen(); err != nil {
			return nil, err
		}
		j.topics = append(j.topics, t)
		if id != into {
			j.joined = append(append(j.joined, id), t.Joined...)
			j.authors = append(append(j.authors, t.Author), t.JoinedAuthors...)
		}
		if len(j.joined) > JoinedMax {
			return nil, ErrJoinedMany.WithInt("topics_max", JoinedMax)
		}
	}
	if len(j.joined)+len(j.target().Joined) > JoinedMax {
		return nil, ErrJoinedMany.WithInt("topics_max", JoinedMax)
	}
	return j, nil
}

func (j *Joined) target() *Topic { return j.topics[len(j.topics)-1] }

// Matter is that of all the topics, empty when they are of several.
func (j *Joined) Matter() string {
	for _, t := range j.topics {
		if t.Matter != j.topics[0].Matter {
			return ""
		}
	}
	return j.topics[0].Matter
}

// Authors are all who raised one of the topics or of those merged into them, each once, ascending.
func (j *Joined) Authors() []string {
	all := slices.Concat(j.authors, []string{j.target().Author}, j.target().JoinedAuthors)
	slices.Sort(all)
	return slices.Compact(all)
}

// Changes closes the topics but one, which receives them.
func (j *Joined) Changes(merge string) []decider.Change {
	changes := []decider.Change{
		decider.On(Path(j.into), &proposalv1.TopicsJoined{Merge: merge, Topics: j.joined, Authors: j.authors}),
	}
	for _, id := range j.ids {
		changes = append(changes, decider.On(Path(id), &proposalv1.TopicMerged{Into: j.into, Merge: merge}))
	}
	return changes
}
