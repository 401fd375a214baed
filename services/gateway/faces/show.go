package faces

import (
	"encoding/json"
	"strings"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/rules"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// communities lists the communities that are here.
func (s *Site) communities(v *visit) (any, error) {
	ids, err := v.source.Communities(v.ctx)
	if err != nil {
		return nil, err
	}
	all := []*Community{}
	for _, id := range ids {
		c, err := v.source.Community(v.ctx, id)
		if err != nil {
			c = &Community{ID: id} // told by its id; its own page says what is wrong
		}
		all = append(all, c)
	}
	return all, nil
}

// overview is the front page of a community: the newest decisions, and how the record is kept.
func (s *Site) overview(v *visit) (any, error) {
	decided, err := v.decisions("")
	if err != nil {
		return nil, err
	}
	record, err := v.kept()
	if err != nil {
		return nil, err
	}
	const few = 5
	if len(decided.Polls) > few {
		decided.Polls = decided.Polls[:few]
	}
	return struct {
		Decisions *decisions
		Record    *kept
	}{decided, record}, nil
}

// poll is what a page needs of the record of a poll. What is absent has not come about yet.
type poll struct {
	ID              string
	Matter          string                 `json:"matter"`
	Question        *proposalv1.Motion     `json:"question"`
	Rules           *communityv1.PollRules `json:"rules"`
	Lapsed          string                 `json:"lapsed"`
	Roll            *votingv1.Roll         `json:"roll"`
	OpenedAt        int64                  `json:"opened_at"`
	ClosesAt        int64                  `json:"closes_at"`
	Closed          bool                   `json:"closed"`
	KeyMissing      bool                   `json:"key_missing"`
	Tally           *votingv1.Tally        `json:"tally"`
	ObjectionsUntil int64                  `json:"objections_until"`
	Certified       bool                   `json:"certified"`
	Adopted         bool                   `json:"adopted"`
}

// Stage is where the poll stands: the key of its words.
func (p *poll) Stage() string {
	switch {
	case p.Lapsed != "":
		return "lapsed"
	case p.Certified && p.Adopted:
		return "adopted"
	case p.Certified:
		return "not_adopted"
	case p.Tally != nil:
		return "objections"
	case p.Closed:
		return "counting"
	case p.OpenedAt != 0:
		return "open"
	}
	return "called"
}

// Explained are the poll's rules in words.
func (p *poll) Explained() []rules.Line { return rules.Explain(p.Rules) }

// Result is the key of the words for what the count came to.
func (p *poll) Result() string {
	return strings.ToLower(strings.TrimPrefix(p.Tally.GetResult().String(), "RESULT_"))
}

// ByScore tells whether the method counts points or approvals beside heads.
func (p *poll) ByScore() bool {
	for _, t := range p.Tally.GetTotals() {
		if t.GetScore() != 0 {
			return true
		}
	}
	return false
}

// OptionAt gives the option that a tally names by its index; none for the three answers to a question that has no options.
func (p *poll) OptionAt(i uint32) *proposalv1.Option {
	if all := p.Question.GetOptions(); int(i) < len(all) {
		return all[i]
	}
	return nil
}

// answers are the keys of the words for the answers to a question without options, by their index.
var answers = []string{"yes", "no", "abstain"}

// AnswerAt names one of them.
func (p *poll) AnswerAt(i uint32) string { return answers[min(int(i), len(answers)-1)] }

// decisions are a page of polls.
type decisions struct {
	Polls []*poll
	Next  string
}

func (v *visit) decisions(after string) (*decisions, error) {
	page, err := v.records("poll", after)
	if err != nil {
		return nil, err
	}
	out := &decisions{Next: page.Next}
	for _, r := range page.Records {
		p, err := pollOf(&r)
		if err != nil {
			return nil, err
		}
		out.Polls = append(out.Polls, p)
	}
	return out, nil
}

func pollOf(r *op.Record) (*poll, error) {
	p := &poll{ID: strings.TrimPrefix(r.Path, "poll/")}
	if err := json.Unmarshal(r.State, p); err != nil {
		return nil, fault.ErrInternal.Because(err)
	}
	return p, nil
}

func (s *Site) decisions(v *visit) (any, error) { return v.decisions(v.r.URL.Query().Get("after")) }

func (s *Site) poll(v *visit) (any, error) {
	page, err := v.records("poll/"+v.r.PathValue("poll"), "")
	if err != nil {
		return nil, err
	}
	return pollOf(&page.Records[0])
}

// matter is one of the rulebook, with the rules of its polls in words.
type matter struct {
	*communityv1.Matter
	Explained []rules.Line
}

// rules tells the rulebook.
func (s *Site) rules(v *visit) (any, error) {
	page, err := v.records(standing.RulebookPath, "")
	if err != nil {
		return nil, err
	}
	var book standing.Rulebook
	if err := json.Unmarshal(page.Records[0].State, &book); err != nil {
		return nil, fault.ErrInternal.Because(err)
	}
	var all []matter
	for _, m := range book.Book.GetMatters() {
		all = append(all, matter{m, rules.Explain(m.GetPoll())})
	}
	return struct {
		Matters []matter
		Version uint64
	}{all, page.Records[0].Version}, nil
}

// holding is what a page needs of something that the community owns.
type holding struct {
	ID           string
	Kind         string `json:"kind"` // asset or resource
	Name         string `json:"name"`
	RegisteredAt int64  `json:"registered_at"`
	Condition    string `json:"condition"`
	LeasedUntil  int64  `json:"leased_until"`
	IncomeFen    int64  `json:"income_fen"`
	DisposedAt   int64  `json:"disposed_at"`
}

// holdings lists what the community owns, in the register's order.
func (s *Site) holdings(v *visit) (any, error) {
	page, err := v.records("holding", v.r.URL.Query().Get("after"))
	if err != nil {
		return nil, err
	}
	out := struct {
		Holdings []holding
		Next     string
	}{Next: page.Next}
	for _, r := range page.Records {
		h := holding{ID: strings.TrimPrefix(r.Path, "holding/")}
		if err := json.Unmarshal(r.State, &h); err != nil {
			return nil, fault.ErrInternal.Because(err)
		}
		out.Holdings = append(out.Holdings, h)
	}
	return out, nil
}
