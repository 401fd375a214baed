package poll

import (
	"errors"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// errUnequal: the boxes of two operators who said the same do not hold the same. A box is opened after the close only, so the ballot
// cannot be taken back; it is an invalid one.
var errUnequal = errors.New("two operators' boxes hold different choices")

// Filed is the papers of a poll in the Book: what the count needs, and what is left for the checks after it.
type Filed struct {
	Sheets map[string][]FiledSheet `json:"sheets"` // by voter, as in Papers; dropped with the boxes
	// By the tally, ascending: whose ballots came on paper, and by helpers; and where the tally stands, its index and one. Of a secret poll
	// which credentials' ballots, by key id, and which voters others have registered.
	OnPaper  []string `json:"on_paper,omitempty"`
	Helped   []string `json:"helped,omitempty"`
	Position uint64   `json:"position,omitempty"`
}

// FiledSheet is a sheet with its boxes.
type FiledSheet struct {
	ID        string             `json:"id"`
	Voided    bool               `json:"voided,omitempty"`
	Entries   []FiledEntry       `json:"entries,omitempty"`
	Agreement votingv1.Agreement `json:"agreement,omitempty"`
}

// FiledEntry is an entry with its box.
type FiledEntry struct {
	Operator string `json:"operator"`
	Box      []byte `json:"box"`
	AtNight  bool   `json:"at_night,omitempty"`
}

func newFiled(r *communityv1.PollRules) *Filed {
	if r.GetPaper() == nil {
		return nil
	}
	return &Filed{Sheets: map[string][]FiledSheet{}}
}

// fold takes in what is about papers. It sees a tally before the boxes are dropped.
func (f *Filed) fold(s *Sealed, e decider.Event) {
	if f == nil || f.Sheets == nil { // what comes after the count, against all rules, changes nothing
		return
	}
	voter := lastOf(e.Aggregate)
	enter := func(paper string, box []byte, night bool, a votingv1.Agreement) {
		for i := range f.Sheets[voter] {
			if sheet := &f.Sheets[voter][i]; sheet.ID == paper {
				sheet.Entries = append(sheet.Entries, FiledEntry{Operator: e.Actor, Box: box, AtNight: night})
				sheet.Agreement = a
			}
		}
	}
	switch b := e.Body.(type) {
	case *votingv1.PaperIssued:
		f.Sheets[voter] = append(f.Sheets[voter], FiledSheet{ID: b.GetPaper()})
	case *votingv1.PaperVoided:
		for i := range f.Sheets[voter] {
			f.Sheets[voter][i].Voided = f.Sheets[voter][i].Voided || f.Sheets[voter][i].ID == b.GetPaper()
		}
	case *votingv1.PaperEntered:
		enter(b.GetPaper(), b.GetBox(), b.GetAtNight(), votingv1.Agreement_AGREEMENT_UNSPECIFIED)
	case *votingv1.PaperReentered:
		enter(b.GetPaper(), b.GetBox(), b.GetAtNight(), b.GetAgreement())
	case *votingv1.TallyRecorded:
		for _, member := range slices.Sorted(maps.Keys(s.Ballots)) {
			switch box := s.Ballots[member]; {
			case box.Paper > 0:
				f.OnPaper = append(f.OnPaper, member)
			case box.Helped:
				f.Helped = append(f.Helped, member)
			}
		}
		if s.Secret != nil {
			f.OnPaper, f.Helped = s.Secret.sheets(), s.Secret.brought()
		}
		f.Sheets, f.Position = nil, e.Position
	}
}

// open opens a voter's box, and of a paper the other operator's too, which must hold the same.
func (f *Filed) open(o *ballot.Opener, voter string, box *Box) (*votingv1.Choice, error) {
	choice, err := o.Open(voter, box.Sealed)
	if err != nil || box.Paper == 0 {
		return choice, err
	}
	twin, _ := o.Open(voter, f.Sheets[voter][box.Paper-1].Entries[box.Twin-1].Box) // one that does not open is nil, and equals nothing
	if !proto.Equal(choice, twin) {
		return nil, errUnequal
	}
	return choice, nil
}

// report says by which channels ballots came, and what became of the papers.
func (f *Filed) report(r *communityv1.PaperRules, s *Sealed) *votingv1.ChannelReport {
	if f == nil {
		return nil
	}
	out := &votingv1.ChannelReport{Channels: s.byChannel()}
	entered, counted := map[string]uint32{}, uint32(0)
	for voter, sheets := range f.Sheets { // any order: sums do not depend on it
		for n, sheet := range sheets {
			out.PapersIssued++
			counts := s.Ballots[voter].Paper == uint32(n+1)
			counted += one(counts)
			for _, e := range sheet.Entries {
				out.EntriesAtNight += one(e.AtNight)
				if counts {
					entered[e.Operator]++
				}
			}
			sheet.report(out, counts)
		}
	}
	for _, operator := range slices.Sorted(maps.Keys(entered)) {
		most := uint64(r.GetOperatorPermilleMax()) * uint64(counted)
		if n := entered[operator]; most > 0 && uint64(n)*thousand > most {
			out.OperatorsOver = append(out.OperatorsOver, &votingv1.OperatorShare{Operator: operator, Papers: n})
		}
	}
	return out
}

// report counts a sheet under what became of it; one that is out still, or counts, is counted nowhere.
func (sheet *FiledSheet) report(out *votingv1.ChannelReport, counts bool) {
	switch a := sheet.Agreement; {
	case sheet.Voided:
		out.PapersVoided++
	case a == votingv1.Agreement_AGREEMENT_DISPUTED:
		out.PapersDisputed++
	case a == votingv1.Agreement_AGREEMENT_UNRESOLVED:
		out.PapersUnresolved++
	case len(sheet.Entries) == 1:
		out.PapersHalfEntered++
	case len(sheet.Entries) > 1 && !counts:
		out.PapersSuperseded++
	}
}

// thousand is what a rulebook's shares of papers are parts of.
const thousand = 1000

// byChannel gives the ballots of each channel, ascending. The weights are bounded by the roll's sums.
func (s *Sealed) byChannel() []*votingv1.ChannelShare {
	shares := map[votingv1.Channel]*votingv1.ChannelShare{}
	for voter, box := range s.Ballots { // any order: sums do not depend on it
		share := shares[box.Channel]
		if share == nil {
			share = &votingv1.ChannelShare{Channel: box.Channel}
			shares[box.Channel] = share
		}
		share.Ballots++
		share.Heads += s.Roll[voter].Heads
		share.AreaCentiM2 += s.Roll[voter].AreaCentiM2
	}
	out := make([]*votingv1.ChannelShare, 0, len(shares))
	for _, c := range slices.Sorted(maps.Keys(shares)) {
		out = append(out, shares[c])
	}
	return out
}
