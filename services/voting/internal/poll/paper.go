package poll

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/decider"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Bounds of papers: how many one command issues, and how many a voter may have in a poll. Who loses five needs a visit, not a sixth.
const (
	papersIssuedMax = 200
	sheetsMax       = 5
)

// Papers is aggregate poll/<id>/paper/<voter>: the sheets that were issued to a voter, in that order.
type Papers struct {
	Sheets []Sheet `json:"sheets"`
}

// Sheet is one of them.
type Sheet struct {
	ID         string             `json:"id"`
	Commitment []byte             `json:"commitment"`
	Voided     bool               `json:"voided,omitempty"`
	Entries    []Entry            `json:"entries,omitempty"`
	Agreement  votingv1.Agreement `json:"agreement,omitempty"` // of the last entry; unspecified until there are two
}

// Entry is what one operator made of a sheet. The box is in the Book.
type Entry struct {
	Operator string `json:"operator"` // member
	Org      string `json:"org"`
	Proof    []byte `json:"proof"`
	Mark     []byte `json:"mark"` // of the first entry sealed to its operator
	Box      []byte `json:"box"`  // SHA-256 of it, so that nobody copies it
}

// Clone is as deep as Evolve writes.
func (p *Papers) Clone() *Papers { return &Papers{Sheets: slices.Clone(p.Sheets)} }

// settled tells whether nobody can enter the sheet any more.
func (s *Sheet) settled() bool {
	return s.Agreement != votingv1.Agreement_AGREEMENT_UNSPECIFIED && s.Agreement != votingv1.Agreement_AGREEMENT_DISPUTED
}

// sheet finds a sheet by its id, and its number, counted from 1; nil and 0 for none.
func (p *Papers) sheet(id string) (*Sheet, uint32) {
	for i := range p.Sheets {
		if p.Sheets[i].ID == id {
			return &p.Sheets[i], uint32(i + 1)
		}
	}
	return nil, 0
}

// enter adds an entry; the list is copied, because a clone shares it.
func (s *Sheet) enter(e Entry) { s.Entries = append(slices.Clone(s.Entries), e) }

func evolvePapers(p *Papers, e decider.Event) {
	switch b := e.Body.(type) {
	case *votingv1.PaperIssued:
		p.Sheets = append(p.Sheets, Sheet{ID: b.GetPaper(), Commitment: b.GetCommitment()})
	case *votingv1.PaperVoided:
		if s, _ := p.sheet(b.GetPaper()); s != nil {
			s.Voided = true
		}
	case *votingv1.PaperEntered:
		if s, _ := p.sheet(b.GetPaper()); s != nil {
			s.enter(Entry{Operator: e.Actor, Org: b.GetOrg(), Proof: b.GetProof(), Mark: b.GetSealedMark(), Box: digest(b.GetBox())})
		}
	case *votingv1.PaperReentered:
		if s, _ := p.sheet(b.GetPaper()); s != nil {
			s.enter(Entry{Operator: e.Actor, Org: b.GetOrg(), Proof: b.GetProof(), Mark: b.GetMark(), Box: digest(b.GetBox())})
			s.Agreement = b.GetAgreement()
		}
	}
}

func digest(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}

// Serial is aggregate poll/<id>/serial/<paper>: a serial that some sheet of the poll has.
type Serial struct {
	Voter string `json:"voter"`
}

// PaperPath gives the aggregate of a voter's papers in a poll.
func PaperPath(poll, voter string) string { return Path(poll) + "/paper/" + voter }

func serialPath(poll, paper string) string { return Path(poll) + "/serial/" + paper }

// paperKinds registers what there is of papers.
func paperKinds(m *decider.Model) {
	decider.Kind("paper", true, evolvePapers)(m)
	decider.Kind("serial", true, func(s *Serial, e decider.Event) {
		if taken, ok := e.Body.(*votingv1.SerialTaken); ok {
			s.Voter = taken.GetVoter()
		}
	})(m)
	decider.Kind("sample", true, evolveSample)(m)
	decider.Kind("comparison", true, func(c *Comparison, e decider.Event) {
		if compared, ok := e.Body.(*votingv1.BallotCompared); ok {
			*c = Comparison{Auditor: e.Actor, Differs: compared.GetDiffers()}
		}
	})(m)
	decider.Kind("call-back", true, func(c *CallBack, e decider.Event) {
		if recorded, ok := e.Body.(*votingv1.CallBackRecorded); ok {
			*c = CallBack{Auditor: e.Actor, Answer: recorded.GetAnswer()}
		}
	})(m)
}

// paperPoll finds a poll in which papers can be issued and entered now.
func paperPoll(v *decider.View, cmd *decider.Command, id string) (*Poll, error) {
	p, err := find(v, id)
	switch {
	case err != nil:
		return nil, err
	case p.secret():
		return nil, ErrSecret
	case p.Rules.GetPaper() == nil:
		return nil, ErrPaperless
	case p.Roll == nil:
		return nil, ErrNotOpen
	case p.Closed || cmd.Time >= p.ClosesAt:
		return nil, ErrBallotClosed
	}
	v.Window(p.OpenedAt, p.ClosesAt)
	return p, nil
}

// IssuePapers puts sheets on the record before they are handed out. A voter may get another one, lost or not: of two the later counts.
func IssuePapers(v *decider.View, cmd *decider.Command, b *votingv1.IssuePapers) ([]decider.Change, error) {
	if _, err := paperPoll(v, cmd, b.GetPoll()); err != nil {
		return nil, err
	}
	if n := len(b.GetPapers()); n == 0 || n > papersIssuedMax {
		return nil, ErrPaperNone
	}
	voters, serials := map[string]bool{}, map[string]bool{}
	var changes []decider.Change
	for _, s := range b.GetPapers() {
		if len(s.GetCommitment()) != sha256.Size {
			return nil, ErrPaperID
		}
		paper, path := ballot.PaperID(s.GetCommitment()), PaperPath(b.GetPoll(), s.GetVoter())
		had, _ := decider.Get[Papers](v, path)
		switch {
		case !listed(v, b.GetPoll(), s.GetVoter()):
			return nil, ErrPaperUnlisted
		case voters[s.GetVoter()]:
			return nil, ErrPaperTwice
		case had != nil && len(had.Sheets) >= sheetsMax:
			return nil, ErrPaperMany
		case serials[paper] || v.Exists(serialPath(b.GetPoll(), paper)):
			return nil, ErrSerialTaken
		}
		voters[s.GetVoter()], serials[paper] = true, true
		changes = append(changes,
			decider.On(path, &votingv1.PaperIssued{Paper: paper, Commitment: s.GetCommitment()}),
			decider.On(serialPath(b.GetPoll(), paper), &votingv1.SerialTaken{Voter: s.GetVoter()}))
	}
	return changes, nil
}

// VoidPaper takes back a sheet that is not entered to the end.
func VoidPaper(v *decider.View, cmd *decider.Command, b *votingv1.VoidPaper) ([]decider.Change, error) {
	if _, err := paperPoll(v, cmd, b.GetPoll()); err != nil {
		return nil, err
	}
	if _, _, err := usable(v, b.GetPoll(), b.GetVoter(), b.GetPaper()); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(PaperPath(b.GetPoll(), b.GetVoter()), &votingv1.PaperVoided{Paper: b.GetPaper()})}, nil
}

// usable finds a sheet that is neither voided nor entered to the end.
func usable(v *decider.View, poll, voter, paper string) (*Sheet, uint32, error) {
	papers, ok := decider.Get[Papers](v, PaperPath(poll, voter))
	if !ok {
		return nil, 0, ErrPaperUnknown
	}
	switch s, n := papers.sheet(paper); {
	case s == nil:
		return nil, 0, ErrPaperUnknown
	case s.Voided:
		return nil, 0, ErrPaperVoided
	case s.settled():
		return nil, 0, ErrPaperUsed
	default:
		return s, n, nil
	}
}

// twin tells which entry of a sheet says what a further mark says, counted from 1; 0 for none. The first is sealed to its operator, so
// only who read the sheet too can tell.
func (s *Sheet) twin(mark []byte) uint32 {
	first := ballot.SealMark(s.Entries[0].Operator, mark)
	switch {
	case bytes.Equal(first[:], s.Entries[0].Mark):
		return 1
	case len(s.Entries) == 2 && bytes.Equal(mark, s.Entries[1].Mark):
		return 2
	}
	return 0
}

// settle says what comes of a further entry, and casts the ballot where that is it.
func settle(v *decider.View, b *votingv1.ReenterPaper, s *Sheet, number uint32) (votingv1.Agreement, []decider.Change) {
	twin := s.twin(b.GetMark())
	path := BallotPath(b.GetPoll(), b.GetVoter())
	last, cast := decider.Get[Ballot](v, path)
	switch {
	case twin == 0 && len(s.Entries) == 1:
		return votingv1.Agreement_AGREEMENT_DISPUTED, nil
	case twin == 0:
		return votingv1.Agreement_AGREEMENT_UNRESOLVED, nil
	// The voter's own signature before an officer is more than what two operators read; of papers the later issued counts.
	case cast && last.firm() && last.Paper == 0, cast && last.Paper > number:
		return votingv1.Agreement_AGREEMENT_SUPERSEDED, nil
	}
	return votingv1.Agreement_AGREEMENT_CAST, []decider.Change{decider.On(path, &votingv1.BallotCast{
		Box: b.GetBox(), Replaces: v.Version(path), InPerson: true, Channel: votingv1.Channel_CHANNEL_PAPER, Paper: number, Twin: twin,
	})}
}
