// Package secretballot is how a vote is cast in secret and counted in public: ballots that only the trustees together could open, proofs
// that each holds an allowed choice, and sums of ballots that nobody ever opened one by one.
//
// Its rules, in plain words:
//
//   - A ballot is a list of small numbers, each encrypted to the key Y of the election: to hide v, draw a random r and publish A = r·G and
//     B = v·G + r·Y. Ciphertexts add up: the sum of all A and the sum of all B hide the sum of all v, and that alone is decrypted.
//   - A Shape says what an allowed choice is: how large each number may be, and which sums of them must lie in which range. A ballot
//     carries one proof for each number and each sum, which says "it is one of the allowed values" and not which one. Yes/no/abstain,
//     plurality, approval, scores, Borda, quadratic votes and orders of up to four options are shapes; see the functions that make
//     them.
//   - A proof's challenge is the hash of everything: election, key, shape, voter's pseudonym, sequence number, all ciphertexts and all
//     commitments. So a ballot cannot be cast again by another voter, in another election, as another sequence number, or with its
//     parts exchanged.
//   - Proofs carry their commitments, so that thousands are checked as one sum with random coefficients. The coefficients are hashed
//     from the whole batch: whoever checks the same ballots computes the same sum. If a batch fails, halving it finds the ballots at
//     fault.
//   - There is one encoding of a ballot, of a size that the shape fixes. Cheap checks come first: size, version, encodings, repeated
//     numbers, proofs.
//   - A voter may ask for a ballot to be opened instead of cast (Opening), to see that the device encrypts what it shows. An opened ballot
//     must never be counted; whoever keeps the ballot box sees to that by its Marks.
//
// It promises secrecy towards fewer trustees than must work together, and that every ballot counted is allowed. It does not promise that
// a voter cannot prove to a buyer how they voted: a device that keeps r has a receipt.
//
// The package is pure: random bytes come from the caller, and who wants to use several processors gives a Spread.
package secretballot

import (
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot/internal/group"
)

// Sizes of what is bound to a ballot.
const (
	ElectionIDBytes = 32
	PseudonymBytes  = 32
	TrackerBytes    = 32
	MarkBytes       = 16
)

// version begins every encoding of this package.
const version = 1

// Why something is refused. The faults of single numbers are in the package below: element.malformed, element.identity, scalar.malformed.
var (
	// ErrKey: the election's key is no key.
	ErrKey = fault.New(fault.Invalid, "election_key.malformed",
		"The key of this secret poll is not a key.", "该秘密表决的公钥无效。")
	// ErrSize: the ballot is not as long as ballots of this poll are.
	ErrSize = fault.New(fault.Invalid, "secret_ballot.size_wrong",
		"This secret ballot is longer or shorter than ballots of this poll are.", "该秘密选票的长度与本次表决不符。")
	// ErrVersion: a format that this version does not know.
	ErrVersion = fault.New(fault.Invalid, "secret_ballot.version_unknown",
		"This secret ballot is written in a form that is not known here.", "该秘密选票的格式版本无法识别。")
	// ErrRepeated: a number that must be random stands in the ballot twice.
	ErrRepeated = fault.New(fault.Invalid, "secret_ballot.number_repeated",
		"This secret ballot uses a random number twice, which would give its choice away.", "该秘密选票重复使用了随机数，会泄露所投内容。")
	// ErrUnproved: a proof does not hold, for this voter, sequence number and election.
	ErrUnproved = fault.New(fault.Invalid, "secret_ballot.unproved",
		"This secret ballot does not prove that it holds an allowed choice of this voter in this poll.",
		"该秘密选票不能证明其内容是本次表决中该投票人的有效选择。")
	// ErrChoice: numbers that the shape does not allow cannot be encrypted.
	ErrChoice = fault.New(fault.Invalid, "choice.not_allowed",
		"This choice is not one that the poll allows.", "该选择不符合本次表决的规则。")
	// ErrOpening: what was revealed does not open the ballot.
	ErrOpening = fault.New(fault.Invalid, "opening.wrong",
		"What was revealed does not open this secret ballot.", "所公开的内容不能打开该秘密选票。")
)

// Voter is whom a ballot belongs to, and which of their ballots it is.
type Voter struct {
	// Pseudonym is the Ed25519 public key of the voter's credential.
	Pseudonym [PseudonymBytes]byte
	// Sequence numbers the voter's ballots in this election; the last one counts.
	Sequence uint64
}

// Election is all that a ballot is checked against. It does not change and may be used by several goroutines.
type Election struct {
	id   [ElectionIDBytes]byte
	key  *group.Element
	plan *plan
	// keyBytes and shapeDigest are said in every transcript.
	keyBytes, shapeDigest []byte
}

// NewElection checks key and shape. The id is the hash of everything that was declared: the poll, its roll, the trustees and their key.
func NewElection(id [ElectionIDBytes]byte, key []byte, shape Shape) (*Election, error) {
	plan, err := shape.plan()
	if err != nil {
		return nil, err
	}
	y, err := group.DecodeElement(key)
	if err != nil {
		return nil, ErrKey.Because(err)
	}
	return &Election{id: id, key: y, plan: plan, keyBytes: y.Bytes(), shapeDigest: shape.digest()}, nil
}

// BallotBytes is the size of every ballot of the election.
func (e *Election) BallotBytes() int { return e.plan.ballotBytes }

// transcript says everything that a ballot's proofs are bound to.
func (e *Election) transcript(v Voter, ciphertexts, commitments []byte) *group.Transcript {
	t := group.NewTranscript("renlin/vote/v1/ballot")
	t.Append("election", e.id[:])
	t.Append("key", e.keyBytes)
	t.Append("shape", e.shapeDigest)
	t.Append("pseudonym", v.Pseudonym[:])
	t.AppendInt("sequence", v.Sequence)
	t.Append("ciphertexts", ciphertexts)
	t.Append("commitments", commitments)
	return t
}

// challenge draws the challenge of the proof at an index; they are drawn in order.
func challenge(t *group.Transcript, proof int) *group.Scalar {
	t.AppendInt("proof", uint64(proof))
	return t.Challenge("challenge")
}

// Tracker names a ballot: what the voter is shown before they choose to cast or to open it, and what they look for on the board. It
// depends on voter and sequence number, so that two voters are never shown the same one.
func (e *Election) Tracker(v Voter, ballot []byte) [TrackerBytes]byte {
	t := group.NewTranscript("renlin/vote/v1/tracker")
	t.Append("election", e.id[:])
	t.Append("pseudonym", v.Pseudonym[:])
	t.AppendInt("sequence", v.Sequence)
	t.Append("ballot", ballot)
	digest := t.Digest("tracker")
	return [TrackerBytes]byte(digest[:])
}
