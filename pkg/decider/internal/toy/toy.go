// Package toy holds the rules of two small services, on which the decider and its simulation are tested.
//
// The rules, in plain words: whoever joins the register is a member with ten points and can give points to another member. A
// member may post a topic in the forum, and members may second it until its deadline. When half of the members, as they are at
// that moment, have seconded it, the rule itself convenes a meeting; when nothing has happened by the deadline, the rule lets the
// topic expire. Its author may withdraw it, which retires it with everything below.
//
// The generated code comes from toy.proto, with the buf of deploy/tools, in a folder that holds it beside the tree of proto.
package toy

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
	"renlin.dev/pkg/fault"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
)

// Faults of the toys.
var (
	ErrFounded   = fault.New(fault.Refused, "toy.founded", "This is founded already.", "已经建立。")
	ErrMember    = fault.New(fault.Refused, "toy.member", "You are a member already.", "您已经是成员。")
	ErrStranger  = fault.New(fault.Forbidden, "toy.stranger", "You are not a member.", "您不是成员。")
	ErrPoints    = fault.New(fault.Refused, "toy.points", "You do not have so many points.", "积分不足。")
	ErrNoTopic   = fault.New(fault.NotFound, "toy.no_topic", "There is no such topic.", "没有该议题。")
	ErrClosed    = fault.New(fault.Refused, "toy.closed", "The topic is closed.", "议题已经结束。")
	ErrSeconded  = fault.New(fault.Refused, "toy.seconded", "You have seconded this already.", "您已经附议。")
	ErrNotYours  = fault.New(fault.Forbidden, "toy.not_yours", "This topic is not yours.", "这不是您的议题。")
	ErrForbidden = fault.New(fault.Forbidden, "toy.forbidden", "Only the founding may do this.", "只有建立时可以这样做。")
)

// The two services.
const (
	Register = "register"
	Forum    = "forum"
)

// Rules are the versions of the rules that the toys know; they are the same in both.
var Rules = []uint32{1, 2}

// LifeMS is how long a topic may be seconded.
const LifeMS = 4_000

// Community is aggregate community/main.
type Community struct{ Founded bool }

// Member is aggregate member/<key id>.
type Member struct {
	Active bool
	Points int64
}

// Topic is aggregate topic/<id>.
type Topic struct {
	Author   string
	Deadline int64
	Outcome  string
	Noted    int64 // seconds when they were last summarised
}

// Second is aggregate topic/<id>/second/<member>.
type Second struct{ Given bool }

// Meeting is aggregate meeting/<topic>.
type Meeting struct{ Seconds, Members int64 }

// Census counts for policies.
type Census struct {
	Active  int64
	Seconds map[string]map[string]bool // topic -> members who seconded it
}

func kinds(own string) decider.Part {
	return func(m *decider.Model) {
		decider.Kind("community", own == Register, func(c *Community, e decider.Event) {
			if _, ok := e.Body.(*toyv1.Founded); ok {
				c.Founded = true
			}
		})(m)
		decider.Kind("member", own == Register, evolveMember)(m)
		decider.Kind("topic", own == Forum, evolveTopic)(m)
	}
}

func evolveMember(s *Member, e decider.Event) {
	switch b := e.Body.(type) {
	case *toyv1.Joined:
		s.Active, s.Points = true, s.Points+10
	case *toyv1.Left:
		s.Active = false
	case *toyv1.Gave:
		s.Points -= b.GetPoints()
	case *toyv1.Got:
		s.Points += b.GetPoints()
	}
}

func evolveTopic(s *Topic, e decider.Event) {
	switch b := e.Body.(type) {
	case *toyv1.Posted:
		*s = Topic{Author: e.Actor, Deadline: b.GetDeadline()}
	case *toyv1.Convened:
		s.Outcome = "convened"
	case *toyv1.Withdrawn:
		s.Outcome = "withdrawn"
	case *toyv1.Expired:
		s.Outcome = "expired"
	case *toyv1.Summarised:
		s.Noted = b.GetSeconds()
	}
}

// RegisterModel gives the rules of the register.
func RegisterModel() *decider.Model {
	return decider.NewModel(Register, Rules, kinds(Register),
		decider.Op(decider.Operation{Name: "register.found"}, found),
		decider.Op(decider.Operation{Name: "register.activate"}, activate),
		decider.Op(decider.Operation{Name: "register.join"}, join),
		decider.Op(decider.Operation{Name: "register.leave"}, leave),
		decider.Op(decider.Operation{Name: "register.give"}, give),
	)
}

func found(v *decider.View, cmd *decider.Command, body *toyv1.Found) ([]decider.Change, error) {
	if cmd.Author != chain.AuthorGenesis {
		return nil, ErrForbidden
	}
	if v.Exists("community/main") {
		return nil, ErrFounded
	}
	return []decider.Change{
		decider.On("community/main", &toyv1.Founded{}, &chainv1.RulesActivated{Version: body.GetRules()}),
	}, nil
}

func activate(v *decider.View, cmd *decider.Command, body *toyv1.Activate) ([]decider.Change, error) {
	if v.Rules() == body.GetRules() {
		return nil, nil
	}
	if _, err := standing(v, cmd.Actor); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On("community/main", &chainv1.RulesActivated{Version: body.GetRules()})}, nil
}

func standing(v *decider.View, member string) (*Member, error) {
	m, ok := decider.Get[Member](v, "member/"+member)
	if !ok || !m.Active {
		return nil, ErrStranger
	}
	return m, nil
}

func join(v *decider.View, cmd *decider.Command, _ *toyv1.Join) ([]decider.Change, error) {
	if m, ok := decider.Get[Member](v, "member/"+cmd.Actor); ok && m.Active {
		return nil, ErrMember
	}
	return []decider.Change{decider.On("member/"+cmd.Actor, &toyv1.Joined{})}, nil
}

func leave(v *decider.View, cmd *decider.Command, _ *toyv1.Leave) ([]decider.Change, error) {
	if _, err := standing(v, cmd.Actor); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On("member/"+cmd.Actor, &toyv1.Left{})}, nil
}

func give(v *decider.View, cmd *decider.Command, body *toyv1.Give) ([]decider.Change, error) {
	m, err := standing(v, cmd.Actor)
	if err != nil {
		return nil, err
	}
	if m.Points < body.GetPoints() || body.GetPoints() <= 0 {
		return nil, ErrPoints
	}
	if _, err := standing(v, body.GetTo()); err != nil || body.GetTo() == cmd.Actor {
		return nil, ErrStranger
	}
	return []decider.Change{
		decider.On("member/"+cmd.Actor, &toyv1.Gave{Points: body.GetPoints()}),
		decider.On("member/"+body.GetTo(), &toyv1.Got{Points: body.GetPoints()}),
	}, nil
}

// ForumModel gives the rules of the forum.
func ForumModel() *decider.Model {
	return decider.NewModel(Forum, Rules, kinds(Forum),
		decider.Kind("second", true, func(s *Second, _ decider.Event) { s.Given = true }),
		decider.Kind("meeting", true, func(s *Meeting, e decider.Event) {
			if b, ok := e.Body.(*toyv1.Convened); ok {
				*s = Meeting{Seconds: b.GetSeconds(), Members: b.GetMembers()}
			}
		}),
		decider.Derived(func() *Census { return &Census{Seconds: map[string]map[string]bool{}} }, takeCensus),
		decider.Op(decider.Operation{Name: "forum.post"}, post),
		decider.Op(decider.Operation{Name: "forum.second", Lane: func(b proto.Message) string {
			return "topic/" + b.(*toyv1.Second).GetTopic()
		}}, second),
		decider.Op(decider.Operation{Name: "forum.withdraw"}, withdraw),
		decider.Op(decider.Operation{Name: "forum.summarise"}, summarise),
		decider.Op(decider.Operation{Name: "forum.convene", Policy: true}, convene),
		decider.Op(decider.Operation{Name: "forum.expire", Policy: true}, expire),
		decider.Policy(demandExpiry),
		decider.Policy(demandMeeting),
	)
}

func post(v *decider.View, cmd *decider.Command, body *toyv1.Post) ([]decider.Change, error) {
	if _, err := standing(v, cmd.Actor); err != nil {
		return nil, err
	}
	return []decider.Change{
		decider.On("topic/"+cmd.ID.NewAggregate(), &toyv1.Posted{Matter: body.GetMatter(), Deadline: cmd.Time + LifeMS}),
	}, nil
}

// open finds a topic that something may still happen to.
func open(v *decider.View, id string) (*Topic, error) {
	t, ok := decider.Get[Topic](v, "topic/"+id)
	if !ok {
		return nil, ErrNoTopic
	}
	if t.Outcome != "" {
		return nil, ErrClosed
	}
	return t, nil
}

func second(v *decider.View, cmd *decider.Command, body *toyv1.Second) ([]decider.Change, error) {
	if _, err := standing(v, cmd.Actor); err != nil {
		return nil, err
	}
	t, err := open(v, body.GetTopic())
	if err != nil {
		return nil, err
	}
	if cmd.Time >= t.Deadline {
		return nil, ErrClosed
	}
	path := "topic/" + body.GetTopic() + "/second/" + cmd.Actor
	if v.Exists(path) {
		return nil, ErrSeconded
	}
	v.Window(0, t.Deadline)
	return []decider.Change{decider.On(path, &toyv1.Seconded{})}, nil
}

func withdraw(v *decider.View, cmd *decider.Command, body *toyv1.Withdraw) ([]decider.Change, error) {
	t, err := open(v, body.GetTopic())
	if err != nil {
		return nil, err
	}
	if t.Author != cmd.Actor {
		return nil, ErrNotYours
	}
	return []decider.Change{decider.On("topic/"+body.GetTopic(), &toyv1.Withdrawn{}, &chainv1.Retired{})}, nil
}

func summarise(v *decider.View, cmd *decider.Command, body *toyv1.Summarise) ([]decider.Change, error) {
	t, err := open(v, body.GetTopic())
	if err != nil {
		return nil, err
	}
	var seconds int64
	for id := range decider.All[Second](v, "topic/"+body.GetTopic()+"/second") {
		if id != t.Author {
			seconds++
		}
	}
	if seconds == t.Noted {
		return nil, nil
	}
	return []decider.Change{decider.On("topic/"+body.GetTopic(), &toyv1.Summarised{Seconds: seconds})}, nil
}

func convene(v *decider.View, _ *decider.Command, body *toyv1.Convene) ([]decider.Change, error) {
	if _, err := open(v, body.GetTopic()); err != nil {
		return nil, err
	}
	e := &toyv1.Convened{Seconds: body.GetSeconds(), Members: body.GetMembers()}
	return []decider.Change{decider.On("topic/"+body.GetTopic(), e), decider.On("meeting/"+body.GetTopic(), e)}, nil
}

func expire(v *decider.View, _ *decider.Command, body *toyv1.Expire) ([]decider.Change, error) {
	if _, err := open(v, body.GetTopic()); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On("topic/"+body.GetTopic(), &toyv1.Expired{})}, nil
}

func takeCensus(c *Census, e decider.Event) {
	switch e.Body.(type) {
	case *toyv1.Joined:
		c.Active++
	case *toyv1.Left:
		c.Active--
	case *toyv1.Seconded:
		topic, member := split(e.Aggregate)
		if c.Seconds[topic] == nil {
			c.Seconds[topic] = map[string]bool{}
		}
		c.Seconds[topic][member] = true
	case *toyv1.Withdrawn, *toyv1.Expired, *toyv1.Convened:
		delete(c.Seconds, e.Aggregate[len("topic/"):])
	}
}

// split takes topic/<id>/second/<member> apart.
func split(path string) (topic, member string) {
	above := chain.Collection(path)
	return above[len("topic/") : len(above)-len("/second")], path[len(above)+1:]
}

func demandExpiry(_ *decider.View, e decider.Event, body *toyv1.Posted) []decider.Demand {
	id := e.Aggregate[len("topic/"):]
	return []decider.Demand{{
		Purpose: "expire/" + id, Operation: "forum.expire", Body: &toyv1.Expire{Topic: id}, Due: body.GetDeadline(),
	}}
}

// demandMeeting is exact to the event: a second later there may be more members, and another number in the demand.
func demandMeeting(v *decider.View, e decider.Event, _ *toyv1.Seconded) []decider.Demand {
	topic, _ := split(e.Aggregate)
	census := decider.DerivedOf[Census](v)
	seconds := int64(len(census.Seconds[topic]))
	if seconds*2 < census.Active || seconds < 2 {
		return nil
	}
	return []decider.Demand{{
		Purpose: "convene/" + topic, Operation: "forum.convene",
		Body: &toyv1.Convene{Topic: topic, Seconds: seconds, Members: census.Active},
	}}
}

// Models gives both.
func Models() []*decider.Model { return []*decider.Model{RegisterModel(), ForumModel()} }
