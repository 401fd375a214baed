package poll

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"slices"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/secretballot"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// SecretSheet is aggregate poll/<id>/secret-paper/<key id>: what operators made of the sheet that a credential is on.
type SecretSheet struct {
	Entries   []SheetEntry       `json:"entries"`
	Agreement votingv1.Agreement `json:"agreement,omitempty"` // of the last entry; unspecified until there are two
}

// SheetEntry is what one operator read. The ballot itself is nowhere until two have read the same.
type SheetEntry struct {
	Operator string `json:"operator"` // member
	Org      string `json:"org"`
	Mark     []byte `json:"mark"` // of the first entry sealed to its operator
}

// Clone is shallow: Evolve replaces the list whole.
func (s *SecretSheet) Clone() *SecretSheet { dup := *s; return &dup }

func evolveSecretSheet(s *SecretSheet, e decider.Event) {
	switch b := e.Body.(type) {
	case *votingv1.SecretPaperEntered:
		s.enter(SheetEntry{Operator: e.Actor, Org: b.GetOrg(), Mark: b.GetSealedMark()})
	case *votingv1.SecretPaperReentered:
		s.enter(SheetEntry{Operator: e.Actor, Org: b.GetOrg(), Mark: b.GetMark()})
		s.Agreement = b.GetAgreement()
	}
}

func (s *SecretSheet) enter(e SheetEntry) { s.Entries = append(slices.Clone(s.Entries), e) }

// settled tells whether nobody can enter the sheet any more.
func (s *SecretSheet) settled() bool {
	return s.Agreement != votingv1.Agreement_AGREEMENT_UNSPECIFIED && s.Agreement != votingv1.Agreement_AGREEMENT_DISPUTED
}

// twin is as for a sheet of an open poll.
func (s *SecretSheet) twin(mark []byte) uint32 {
	first := ballot.SealMark(s.Entries[0].Operator, mark)
	switch {
	case bytes.Equal(first[:], s.Entries[0].Mark):
		return 1
	case len(s.Entries) == 2 && bytes.Equal(mark, s.Entries[1].Mark):
		return 2
	}
	return 0
}

// SecretPaperPath gives the aggregate of the sheet that a credential is on.
func SecretPaperPath(poll string, key []byte) string {
	return Path(poll) + "/secret-paper/" + chain.KeyID(key)
}

// sheetSequence is the number of what stands on a sheet; ballots from devices are numbered from 1.
const sheetSequence = 0

const (
	domainSheetMark  = "renlin/sheet/mark/1\n"
	domainSheetEntry = "renlin/sheet/entry/1\n"
	domainSheetAudit = "renlin/sheet/audit/1\n"
)

// SheetMark is what a sheet's ballot is known by before it is on the record. Nobody guesses it who has not read the sheet: what is random
// in the ballot follows from the sheet's secret.
func SheetMark(sent []byte) []byte {
	sum := sha256.Sum256(append([]byte(domainSheetMark), sent...))
	return sum[:]
}

// SheetEntryInput is what a sheet signs for an operator: the sealed mark of a first entry, the mark of any other.
func SheetEntryInput(poll, operator string, mark []byte) []byte {
	return append(appendStr(appendStr([]byte(domainSheetEntry), poll), operator), mark...)
}

// SheetAuditInput is what a sheet signs for an auditor who has found its ballot to be the one that counts.
func SheetAuditInput(poll, auditor string, mark []byte) []byte {
	return append(appendStr(appendStr([]byte(domainSheetAudit), poll), auditor), mark...)
}

// signedBySheet tells whether somebody had the sheet whose credential a key is.
func signedBySheet(key, input, proof []byte) bool {
	return !chain.WeakKey(key) && ed25519.Verify(key, input, proof)
}

// sheetEntry is what both entries hold.
type sheetEntry interface {
	GetPoll() string
	GetKey() []byte
	GetProof() []byte
}

// sheetPoll finds a secret poll whose sheets can be entered now.
func sheetPoll(v *decider.View, cmd *decider.Command, id string) (*Poll, error) {
	p, err := find(v, id)
	switch {
	case err != nil:
		return nil, err
	case !p.secret():
		return nil, ErrNotSecret
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

// readSheet checks what an entry must be, whichever it is, and answers the poll, the sheet and the operator's organisation. Whose sheet it
// is nobody here knows, and so not that somebody enters their own; who gave sheets out does, and must enter none.
func readSheet(v *decider.View, cmd *decider.Command, b sheetEntry) (p *Poll, s *SecretSheet, org string, err error) {
	if p, err = sheetPoll(v, cmd, b.GetPoll()); err != nil {
		return nil, nil, "", err
	}
	row, ok := credentialOf(v, b.GetPoll(), b.GetKey())
	switch {
	case !ok || row.Channel != votingv1.Channel_CHANNEL_PAPER:
		return nil, nil, "", ErrSheetUnlisted
	case cmd.Actor == p.Convener:
		return nil, nil, "", ErrPaperConvener
	case gaveSheets(v, b.GetPoll(), cmd.Actor):
		return nil, nil, "", ErrSheetGiver
	}
	if org, err = operatorOrg(v, cmd.Actor); err != nil {
		return nil, nil, "", err
	}
	s, found := decider.Get[SecretSheet](v, SecretPaperPath(b.GetPoll(), b.GetKey()))
	switch {
	case !found:
		return p, &SecretSheet{}, org, nil
	case s.settled():
		return nil, nil, "", ErrPaperUsed
	case slices.ContainsFunc(s.Entries, func(e SheetEntry) bool { return e.Operator == cmd.Actor }):
		return nil, nil, "", ErrSameOperator
	}
	return p, s, org, nil
}

// gaveSheets tells whether somebody registered sheets for a poll, which was settled before it opened. It is asked of polls of which a
// credential was found.
func gaveSheets(v *decider.View, poll, member string) bool {
	return decider.FixedOf[Book](v, Path(poll)).Polls[poll].Secret.Givers[member]
}

// EnterSecretPaper is the first entry.
func EnterSecretPaper(v *decider.View, cmd *decider.Command, b *votingv1.EnterSecretPaper) ([]decider.Change, error) {
	_, s, org, err := readSheet(v, cmd, b)
	switch {
	case err != nil:
		return nil, err
	case len(s.Entries) > 0:
		return nil, ErrPaperEntered
	case len(b.GetSealedMark()) != sha256.Size:
		return nil, ErrPaperMark
	case !signedBySheet(b.GetKey(), SheetEntryInput(b.GetPoll(), cmd.Actor, b.GetSealedMark()), b.GetProof()):
		return nil, ErrPaperProof
	}
	return []decider.Change{decider.On(SecretPaperPath(b.GetPoll(), b.GetKey()), &votingv1.SecretPaperEntered{
		Key: b.GetKey(), Org: org, SealedMark: b.GetSealedMark(), Proof: b.GetProof(), AtNight: atNight(cmd.Time),
	})}, nil
}

// ReenterSecretPaper is the second entry, for another organisation, and the third, for either, where those two differ. The ballot must be
// as good as one from a device, whatever comes of it, and goes on the record only if it is cast.
func ReenterSecretPaper(v *decider.View, cmd *decider.Command, b *votingv1.ReenterSecretPaper) ([]decider.Change, error) {
	p, s, org, err := readSheet(v, cmd, b)
	if err != nil {
		return nil, err
	}
	mark := SheetMark(b.GetBallot())
	switch {
	case len(s.Entries) == 0:
		return nil, ErrPaperFresh
	case len(s.Entries) == 1 && org == s.Entries[0].Org:
		return nil, ErrSameOrg
	case len(s.Entries) == 2 && org != s.Entries[0].Org && org != s.Entries[1].Org:
		return nil, ErrThirdOrg
	case !signedBySheet(b.GetKey(), SheetEntryInput(b.GetPoll(), cmd.Actor, mark), b.GetProof()):
		return nil, ErrPaperProof
	}
	if err := p.soundSheet(b); err != nil {
		return nil, err
	}
	twin, agreement := s.twin(mark), votingv1.Agreement_AGREEMENT_CAST
	switch {
	case twin == 0 && len(s.Entries) == 1:
		agreement = votingv1.Agreement_AGREEMENT_DISPUTED
	case twin == 0:
		agreement = votingv1.Agreement_AGREEMENT_UNRESOLVED
	}
	changes := []decider.Change{decider.On(SecretPaperPath(b.GetPoll(), b.GetKey()), &votingv1.SecretPaperReentered{
		Key: b.GetKey(), Org: org, Mark: mark, Proof: b.GetProof(), AtNight: atNight(cmd.Time), Agreement: agreement, Twin: twin,
	})}
	if twin > 0 {
		changes = append(changes, decider.On(SecretBallotPath(b.GetPoll(), b.GetKey()), &votingv1.SecretBallotCast{
			Key: b.GetKey(), Sequence: sheetSequence, Ballot: b.GetBallot(),
		}))
	}
	return changes, nil
}

// soundSheet holds what was read to the proofs of every ballot. No other ballot of this credential can have its random numbers: it is the
// only one.
func (p *Poll) soundSheet(b *votingv1.ReenterSecretPaper) error {
	election, err := p.election()
	if err != nil {
		return err
	}
	voter := secretballot.Voter{Pseudonym: [secretballot.PseudonymBytes]byte(b.GetKey()), Sequence: sheetSequence}
	_, err = election.Verify(voter, b.GetBallot())
	return err
}
