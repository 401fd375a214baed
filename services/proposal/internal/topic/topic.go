// Package topic holds the rules of topics: who may raise, support and withdraw one, and when the topics of a matter have enough
// support for a deliberation.
//
// A topic is open until its author withdraws it, a deliberation takes it, or it is merged into another topic; all are final. Supporters of
// a topic are its author, those who seconded it, and the supporters of the topics merged into it. The record's word for it stands in
// three kinds of aggregate: topic/<id>; topic/<id>/second/<member>, one for each who seconds, so that supporters never wait for each
// other; and member/<id>/posts/<matter>, which lists the author's open topics and is written by each of their posts, so that two posts at
// the same moment cannot both be the last one allowed.
package topic

import (
	"slices"
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/proposal/internal/words"
)

// State is where a topic stands.
type State string

// The states of a topic.
const (
	Open      State = "open"
	Taken     State = "taken"
	Withdrawn State = "withdrawn"
	Merged    State = "merged"
)

// Topic is aggregate topic/<id>. Times are milliseconds since the Unix epoch.
type Topic struct {
	Matter       string     `json:"matter"`
	Author       string     `json:"author"`
	Text         words.Text `json:"text"`
	State        State      `json:"state"`
	PostedAt     int64      `json:"posted_at"`
	WithdrawnAt  int64      `json:"withdrawn_at,omitempty"`
	Deliberation string     `json:"deliberation,omitempty"`
	TakenAt      int64      `json:"taken_at,omitempty"`
	Helped       bool       `json:"helped,omitempty"`      // raised by a helper under a mandate
	MergedInto   string     `json:"merged_into,omitempty"` // the topic that goes on in its stead
	Merge        string     `json:"merge,omitempty"`       // the proposal by which that was agreed
	MergedAt     int64      `json:"merged_at,omitempty"`
	// Joined are the topics that were merged into this one, directly or with others; JoinedAuthors who raised them, in the same order.
	Joined        []string `json:"joined,omitempty"`
	JoinedAuthors []string `json:"joined_authors,omitempty"`
	// Pictures stand beside the words, under the author's key as they do.
	Pictures []standing.Picture `json:"pictures,omitempty"`
}

// Clone is shallow: Evolve replaces the lists whole.
func (t *Topic) Clone() *Topic { dup := *t; return &dup }

// Second is aggregate topic/<id>/second/<member>.
type Second struct {
	Member     string `json:"member"`
	Matter     string `json:"matter"`
	SecondedAt int64  `json:"seconded_at"`
	Helped     bool   `json:"helped,omitempty"` // given by a helper under a mandate
}

// Posts is aggregate member/<id>/posts/<matter>: the author's topics of the matter that were open at their last post, that one
// included.
type Posts struct {
	Topics []string `json:"topics"`
}

// Clone is shallow: Evolve replaces the list whole.
func (p *Posts) Clone() *Posts { dup := *p; return &dup }

// Path names a topic's aggregate.
func Path(id string) string { return "topic/" + id }

// SecondPath names the aggregate of a member's support for a topic.
func SecondPath(id, member string) string { return "topic/" + id + "/second/" + member }

// PostsPath names the aggregate of an author's open topics in a matter.
func PostsPath(author, matter string) string { return "member/" + author + "/posts/" + matter }

// Kinds registers the aggregates of this package.
func Kinds(m *decider.Model) {
	decider.Kind("topic", true, evolveTopic)(m)
	decider.Kind("second", true, evolveSecond)(m)
	decider.Kind("posts", true, evolvePosts)(m)
}

func evolveTopic(t *Topic, e decider.Event) {
	switch b := e.Body.(type) {
	case *proposalv1.TopicPosted:
		*t = Topic{
			Matter: b.GetMatter(), Author: b.GetAuthor(), Text: words.Of(b.GetText()), State: Open, PostedAt: e.Time,
			Helped: b.GetMandate() != "", Pictures: standing.PicturesOf(b.GetPictures()),
		}
	case *proposalv1.TopicWithdrawn:
		t.State, t.WithdrawnAt = Withdrawn, e.Time
	case *proposalv1.TopicTaken:
		t.State, t.Deliberation, t.TakenAt = Taken, b.GetDeliberation(), e.Time
	case *proposalv1.TopicMerged:
		t.State, t.MergedInto, t.Merge, t.MergedAt = Merged, b.GetInto(), b.GetMerge(), e.Time
	case *proposalv1.TopicsJoined:
		t.Joined, t.JoinedAuthors = slices.Concat(t.Joined, b.GetTopics()), slices.Concat(t.JoinedAuthors, b.GetAuthors())
	}
}

func evolveSecond(s *Second, e decider.Event) {
	if b, ok := e.Body.(*proposalv1.TopicSeconded); ok {
		member := e.Aggregate[strings.LastIndexByte(e.Aggregate, '/')+1:]
		*s = Second{Member: member, Matter: b.GetMatter(), SecondedAt: e.Time, Helped: b.GetMandate() != ""}
	}
}

func evolvePosts(p *Posts, e decider.Event) {
	if b, ok := e.Body.(*proposalv1.OpenTopicsListed); ok {
		p.Topics = b.GetTopics()
	}
}
