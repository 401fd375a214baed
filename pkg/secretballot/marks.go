package secretballot

import (
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot/internal/group"
)

// ErrCopied: a number of the ballot was seen before, in another one.
var ErrCopied = fault.New(fault.Refused, "secret_ballot.copied",
	"This secret ballot is a copy of another one, whole or in part, or was already opened.",
	"该秘密选票全部或部分抄自另一张选票，或者已经公开过内容。")

// Mark is a number that no two ballots of an election may share, cut to 16 bytes.
type Mark [MarkBytes]byte

// Marks are the beginnings of all of the ballot's numbers that were drawn at random: A of each ciphertext and the first half of each
// commitment. A ballot box refuses a ballot that shares one with an earlier ballot of the same voter, cast or opened: a random number was
// used twice. Between voters, whoever shares one has told it.
func (b *Ballot) Marks() []Mark {
	marks := make([]Mark, 0, len(b.a)+b.plan.commitments/2)
	points := b.raw[1:][:(2*len(b.a)+b.plan.commitments)*group.ElementBytes]
	for at := 0; at < len(points); at += 2 * group.ElementBytes {
		marks = append(marks, Mark(points[at:][:MarkBytes]))
	}
	return marks
}

// repeated tells whether the ballot shares a mark with itself.
func (b *Ballot) repeated() bool {
	marks := b.Marks()
	seen := make(map[Mark]bool, len(marks))
	for _, m := range marks {
		if seen[m] {
			return true
		}
		seen[m] = true
	}
	return false
}

// Seen is what a ballot box remembers: the marks of all ballots of one election that were cast or opened. The zero value has seen none.
// It is not safe for use by several goroutines at once.
type Seen struct{ marks map[Mark]bool }

// Add remembers a ballot, or refuses it as a copy and remembers nothing of it.
func (s *Seen) Add(b *Ballot) error {
	marks := b.Marks()
	for _, m := range marks {
		if s.marks[m] {
			return ErrCopied
		}
	}
	if s.marks == nil {
		s.marks = map[Mark]bool{}
	}
	for _, m := range marks {
		s.marks[m] = true
	}
	return nil
}
