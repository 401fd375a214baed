// Package pollcheck checks polls from the record alone, and runs no rule of any service.
//
// `renlin verify` makes every decision again by the code that made it. What is wrong in that code is wrong twice, and nobody sees it. This
// package was written again from docs/format.md and the contracts; of ours it takes the bytes of the record, the group arithmetic below
// secret ballots, and the opening of boxes. It cannot import the rules of polls: they are internal to another service.
//
// Its rules, in plain words:
//
//   - The record is read commit by commit, and of each poll is kept what was said of it, with who signed it. After the last commit each
//     poll is looked at by every check of the list, in its order, and a check that fails does not stop the others.
//   - A check says what it covers. It holds, it fails, there was nothing of it, or it could not be made; then it says why, and it is never
//     called good. A finding names the commit and, in it, whose or which message is meant.
//   - Signatures of commands, links, and the checkpoint are verify's work. Here it matters who signed, and whether that was the one who
//     may.
//   - Of an open poll the key is made again from what its holders or trustees published, every last box is opened, and the choices are
//     counted by every method, with steps, by heads and all other measures. Only a budget by equal shares of very many ballots that
//     all differ takes too long, and is said not to have been counted.
//   - Of a notice every delivery must have what proves it, and only whose silence follows on such a one counts. Of papers every entry must
//     show that the code was read, two must agree, and their boxes hold the same; how a ballot came, what it replaced, and whether the
//     result stands without some is counted again. Which papers and voters the block of the tally draws is drawn again, and so is what the
//     audit came to; for it blocks must be shown too.
//   - Of a secret poll the registrar's receipts, the roster, the election's id, every proof of every ballot, the sums, the trustees' parts
//     and proofs are checked, and the totals or ranges that follow are held against the tally. Whose credential is whose nobody can
//     check from the record. What publications tell of single voters is reckoned again by going through all ways to fill ballots in, where
//     these are not too many; otherwise it is said that it was not, and only what is cheap is checked.
//   - Every inequality is worked out again with integers of any size, then the result, the winners, and the certificate.
//   - A withheld commit may hold what a check needs. Then that check is not made, and says so.
//
// Everything here is a function of the record's bytes.
package pollcheck

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Checker reads a record. It belongs to one goroutine.
type Checker struct {
	people    *people
	polls     map[string]*poll
	order     []*poll
	registrar *communityv1.Registrar // in force; nil until one is appointed
	trustees  []*communityv1.Trustee
	hidden    hidden
	blocks    []sealedBlock
	spread    secretballot.Spread
}

// hidden are the indexes of commits that nobody showed, ascending.
type hidden []uint64

// between tells whether something is hidden between two places.
func (h hidden) between(from, to *said) bool {
	return from != nil && to != nil && slices.ContainsFunc(h, func(i uint64) bool { return i > from.index && i < to.index })
}

// New begins a record. Secret ballots are checked by as many processors as spread uses; one, if it is nil.
func New(spread secretballot.Spread) *Checker {
	return &Checker{people: newPeople(), polls: map[string]*poll{}, spread: spread}
}

// said is a fact of a poll, with who said it.
type said struct {
	index  uint64
	time   int64
	until  int64 // block time from which on the sequencer would have refused it; 0 for none
	author chain.Author
	actor  string
	keys   [][]byte // that signed, the author's first
	path   string   // below the poll: "ballot/<voter>"; empty for the poll itself
	raw    []byte
	body   proto.Message
}

// last is the last segment of the path.
func (s *said) last() string { return s.path[strings.LastIndexByte(s.path, '/')+1:] }

// Add reads the next commit; nil bytes are one that is withheld. What cannot be read counts as withheld: verify says what is wrong with it.
func (c *Checker) Add(index uint64, raw []byte) {
	commit, err := chain.DecodeCommit(raw)
	if err != nil {
		c.hide(index)
		return
	}
	signed, err := chain.DecodeSigned(commit.Command)
	if err != nil {
		c.hide(index)
		return
	}
	s := said{index: index, time: commit.Time, until: commit.WindowUntil, author: commit.Author, actor: commit.Actor}
	for _, sig := range signed.Signatures {
		s.keys = append(s.keys, sig.Key)
	}
	for _, change := range commit.Changes {
		for _, e := range change.Events {
			s.raw, s.body = e.Body, decode(e)
			if s.body == nil {
				c.hide(index)
				continue
			}
			c.fold(change.Aggregate, s)
		}
	}
}

// decode reads an event; nil if this version does not know it.
func decode(e chain.Event) proto.Message {
	t, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(e.Type))
	if err != nil {
		return nil
	}
	m := t.New().Interface()
	if proto.Unmarshal(e.Body, m) != nil {
		return nil
	}
	return m
}

func (c *Checker) hide(index uint64) {
	if n := len(c.hidden); n == 0 || c.hidden[n-1] != index {
		c.hidden = append(c.hidden, index)
	}
}

// fold takes one fact in. Facts of polls are kept with what the rest of the record says at that place.
func (c *Checker) fold(aggregate string, s said) {
	switch b := s.body.(type) {
	case *communityv1.RegistrarAppointed:
		c.registrar = b.GetRegistrar()
		return
	case *communityv1.TrusteesAppointed:
		c.trustees = b.GetTrustees()
		return
	}
	rest, ok := strings.CutPrefix(aggregate, "poll/")
	if !ok {
		c.people.fold(aggregate, &s)
		return
	}
	id, path, _ := strings.Cut(rest, "/")
	p := c.polls[id]
	if _, called := s.body.(*votingv1.PollCalled); p == nil && called {
		p = &poll{id: id, called: s.index}
		c.polls[id], c.order = p, append(c.order, p)
	}
	if p == nil {
		return // its call is withheld, or there was none, which the services' rules never let pass
	}
	s.path = path
	p.fold(c, s)
}

// Report checks every poll that was called.
func (c *Checker) Report() *Report {
	r := &Report{OK: true, Polls: []Poll{}, Withheld: len(c.hidden)}
	for _, p := range c.order {
		out := p.check(c)
		r.OK = r.OK && len(out.Findings) == 0
		r.Polls = append(r.Polls, out)
	}
	return r
}

// Codes are all that a finding may be called, with the check that finds it.
func Codes() map[string]string {
	out := map[string]string{}
	for _, c := range checks {
		for _, w := range c.whys {
			out[w.code] = c.name
		}
	}
	return out
}

func sortedCopy[T any](list []T, compare func(a, b T) int) []T {
	list = slices.Clone(list)
	slices.SortStableFunc(list, compare)
	return list
}
