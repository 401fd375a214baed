package dryrun

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// Record reads polls from a record, block after block. Whether that is whole and true is verify's to say: what is missing here only makes
// fewer polls comparable.
type Record struct {
	fold   *decider.Auditor
	rules  string // the service whose model folds it
	index  uint64
	called map[string]*votingv1.PollCalled
	voted  map[string]*poll.Voted
	past   []Past
}

// NewRecord begins at the record's first commit, and folds it by the voting service's model.
func NewRecord(model *decider.Model) *Record {
	return &Record{
		fold: decider.NewAuditor([]*decider.Model{model}, decider.AuditConfig{}), rules: model.Service,
		called: map[string]*votingv1.PollCalled{}, voted: map[string]*poll.Voted{},
	}
}

// Block takes in the next block's commits, nil for one that is withheld.
func (r *Record) Block(s *chain.Sealed, commits [][]byte) {
	for _, raw := range commits {
		r.commit(raw, s.Time)
		r.index++
	}
	r.fold.EndBlock(s)
}

// Past gives the polls that have a certificate, in the order of the record: those of a matter, or all where it is empty.
func (r *Record) Past(matter string) []Past {
	return slices.DeleteFunc(slices.Clone(r.past), func(p Past) bool {
		return matter != "" && r.called[p.Poll].GetMatter() != matter
	})
}

func (r *Record) commit(raw []byte, blockTime int64) {
	c, err := chain.DecodeCommit(raw)
	if raw == nil || err != nil {
		r.fold.Withheld(r.index)
		return
	}
	for _, ch := range c.Changes {
		id, ok := strings.CutPrefix(ch.Aggregate, "poll/")
		for _, e := range ch.Events {
			if m, err := decider.DecodeEvent(e); err == nil && ok {
				r.event(id, m)
			}
		}
	}
	r.fold.Seen(r.index, raw, blockTime)
}

func (r *Record) event(id string, m proto.Message) {
	switch m := m.(type) {
	case *votingv1.PollCalled:
		r.called[id] = m
	case *votingv1.TallyRecorded:
		r.voted[id] = r.ballots(id) // afterwards they are not kept
	case *votingv1.CertificateIssued:
		p := r.called[id]
		r.past = append(r.past, Past{
			Poll: id, Title: p.GetQuestion().GetTitle(), Rules: p.GetRules(), Question: p.GetQuestion(), Certificate: m,
			voted: r.known(id, p.GetQuestion(), m),
		})
		delete(r.voted, id)
	}
}

// ballots reads what a poll's voters filled in; nil if that is not to be had.
func (r *Record) ballots(id string) *poll.Voted {
	s := r.fold.State(r.rules)
	p, book := decider.Peek[poll.Poll](s, poll.Path(id)), decider.PeekDerived[poll.Book](s)
	if p == nil || book == nil || r.fold.Stopped() != "" {
		return nil
	}
	voted, err := poll.HowVoted(id, p, book.Polls[id])
	if err != nil {
		return nil
	}
	return voted
}

// known is what can be counted of a poll: its ballots, if its own rules make its tally of them, so that none is missing; else the totals.
func (r *Record) known(id string, q *proposalv1.Motion, c *votingv1.CertificateIssued) *poll.Voted {
	if v := r.voted[id]; v != nil && v.Makes(c.GetTally()) {
		return v
	}
	return poll.OnlyTotals(q, r.called[id].GetRules(), c.GetRoll())
}
