// Package flaw names the bugs that the simulation plants, to see that it finds them. Nothing but its tests ever sets one; a flaw
// is a mistake that somebody could make, and the code beside the switch says what is right.
package flaw

// Set is any number of flaws together.
type Set uint32

// The flaws of an instance and its state.
const (
	// RepeatsJudgedAnew forgets to look for a command on record before the rules are asked.
	RepeatsJudgedAnew Set = 1 << iota
	// DecidesUponSent lets a lane decide upon what was sent and is not durable yet.
	DecidesUponSent
	// StaleWithoutFold decides again after a conflict without folding first.
	StaleWithoutFold
	// RefusalUnconfirmed answers a refusal without asking whether it rests on the present.
	RefusalUnconfirmed
	// BatchUnheld answers a refusal that rests on a batch before that stands.
	BatchUnheld
	// PolicyDropped forgets a demand when an attempt at it does not succeed.
	PolicyDropped
	// ReactsAfterBlock runs policies on the state after the block, instead of exactly after the event.
	ReactsAfterBlock
	// CollectionsUnnoted leaves collections out of the read set.
	CollectionsUnnoted
	// OverlayShared lets a batch change the state itself.
	OverlayShared
	// SnapshotWithoutOwed loses what is owed at a restart.
	SnapshotWithoutOwed
	// SnapshotWithoutIDs loses the ids of commands at a restart.
	SnapshotWithoutIDs
)

// The flaws of the simulation's own sequencer and stream, which stand where the real ones would.
const (
	// AckBeforeSync acknowledges a block that a power failure can still take back.
	AckBeforeSync Set = 1 << (iota + 16)
	// RepliesBeforePublish answers while the block is still on its way.
	RepliesBeforePublish
	// Unfenced lets a second sequencer write where the first has written.
	Unfenced
	// ReadsUnchecked takes a commit whatever it looked at.
	ReadsUnchecked
	// VersionsUnchecked takes a commit whatever has changed the same aggregate meanwhile.
	VersionsUnchecked
	// CollectionsUnchecked passes over the collections of a read set.
	CollectionsUnchecked
	// IDsForgotten begins with an empty memory of commands after a restart.
	IDsForgotten
	// ExpiredTaken takes commands after their expiry.
	ExpiredTaken
	// WindowsUnchecked takes commits outside their window.
	WindowsUnchecked
	// Unlooked lets verdicts go that no block carries, without a look at the stream: by then another may write it.
	Unlooked
	// TimeBackwards writes whatever its clock says.
	TimeBackwards
)

// Has tells whether a flaw is planted.
func (s Set) Has(f Set) bool { return s&f != 0 }
