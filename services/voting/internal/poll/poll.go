// Package poll holds the rules of a poll's life, from the call to the certificate.
//
// In plain words:
//
//   - A poll is called by the rule itself when a motion is put, or when a veto opens an appeal, or by a convener of the organisation that
//     the rulebook names for the matter. Rules that could not be counted are found then, not after the close.
//   - One key holder offers the key to which ballots are sealed, the other, of another organisation, must say that it holds a copy that
//     fits. At that commit the electorate is sealed: who is not on the roll does not vote, whoever joins, leaves or moves afterwards.
//     A key serves one poll only, because everybody will know it once the poll is counted.
//   - The holder of the copy refuses one that does not open or does not fit; then another key may be offered, three times at most. A
//     poll that has no key by its deadline, or whose roll cannot be voted by, lapses with its reason on the record: nobody can keep one
//     waiting for ever, and a new one can be called.
//   - Where the rules name trustees, these make the key together instead, and nobody has the whole of it: each says a commitment, then a
//     part, then shares, then a receipt, a word being due when all have said the one before. Who is silent for a quarter of the time that a
//     poll may wait, or is shown to have dealt a false share, is left out of the next round; when too few are left, or all are of one
//     organisation, the poll lapses. After the close each publishes its share of an open poll's key, and as many as the rules say open the
//     ballots. Who does not in time is named in the certificate.
//   - Of a secret poll nobody opens a single ballot, ever. When its key is made, who is on the roll registers a credential for this poll
//     alone: the registrar, who has no part of the key, signs that it knows the credential, and the voter puts that signature and a hash
//     on the record. When time is up, or everybody has registered, the registrar lists all credentials with their weights, ordered so
//     that nobody else can tell whose is whose.
//   - A list of other weights than those who registered have is wrong, and the poll lapses. Else every voter looks for their credential:
//     one who does not find it, or finds another weight, shows what opens the hash, and the poll lapses. The registrar's signature says
//     that it knew; a voter whose credential is listed can make no poll lapse. What is listed then votes, whatever becomes of the voter's
//     standing.
//   - Before a secret poll opens the leak meter says what its result could betray of single voters if all took part. If that is more than
//     the rules allow, the poll lapses. What every ballot is bound to is fixed when it opens: question, rules, roll, list, trustees' key.
//   - Of a secret poll nobody ever opens a ballot. After the close the sums of the ballots stand on the record, encrypted, and each trustee
//     does a part for the sums and nothing else: where totals are published, a part of their decryption; where only thresholds are, a
//     hidden part, of which whoever can read enough proves between which thresholds each total lies. Each part is checked before it is on
//     the record, and as many as the rules say are enough. The tally then says what ballots in the open would say, as far as it is known: a
//     figure that is hidden is left out, and so is a requirement of which nobody can tell whether it holds. Where nothing may be opened the
//     result is withheld, and nothing is adopted; where nothing need be, because too few took part, it follows at once.
//   - With its first word each trustee promises a number that it reveals with its share; of all these a seed is made that nobody knew while
//     anybody could vote, and where the rules say so it breaks ties. To wait and see is no use: a number that comes too late is left out.
//   - A voter on the roll casts by a key that was enrolled when the roll was sealed. With a key enrolled later they vote in person only:
//     an officer is present and signs too. A second signature on a ballot is always an officer's.
//   - The last ballot of a voter counts and names the one that it replaces. A ballot cast in person, by the voter's own device, is
//     replaced only by another such, so that nobody can undo it with the voter's telephone. One by a hosted key is never so firm.
//   - A helper casts for a voter under a mandate that covers it; mandate and device must be as old as the roll, or the mandate granted by a
//     key of the voter's that is. Who convened the poll casts for nobody else. A helper's ballot never replaces the voter's own, and the
//     voter's own replaces it, whichever comes first; of two helpers the last counts. What a helper cast before the mandate ended counts,
//     unless the voter casts. The tally tells such ballots apart, with their weights, and whether the result is the same without them.
//   - A member revoked while the poll is open casts no more; what they cast before counts, because the roll is sealed.
//   - Nothing is cast at or after the closing instant, which the sequencer holds against block time. A rulebook may close a poll as soon as
//     every ballot on the roll is in.
//   - Where the rules say so, the close moves: once, when ballots first reach a quorum shortly before it, and so often, when there is no
//     quorum at it. Then the closing instant stands on the record, and what follows from it rests on who has voted until then.
//   - A bound on proxies holds each helper to a share of all, by heads, and by area where area counts. Whom a helper has cast for stays
//     counted, even if they vote themselves later.
//   - After the close, and not before, either holder publishes the private key. That nobody did in time is a finding against both; it may
//     still be published then.
//   - The published key opens every voter's last box; the count is the rule's own work and nobody's command. A box that does not open, was
//     made for another poll or voter, or holds no good choice is an invalid ballot: counted as such, with the reason, never an obstacle.
//   - In a secret poll a ballot is signed by a credential of the roster, alone, and numbered; the last one cast counts. It is encrypted to
//     the trustees, proves that it holds one allowed choice of this credential, and shares no random number with an earlier one of the same
//     credential. Names and cosigners are refused.
//   - Others may register a voter for a secret poll: a helper under a mandate, or, where the rules know of paper, an officer by a sheet
//     that has a credential on it. The roster says which rows those are. A helper's registration never replaces a sheet's, and neither of
//     them the voter's own.
//   - From a sheet's code and what is marked on it follows every byte of its ballot. Two operators of two organisations read it, none of
//     them who gave sheets out: the first says a hash that is sealed to them, the second the ballot itself. Where both read the same it is
//     cast; where not, a third person of either organisation decides. It replaces what the credential has sent from a device, and nothing
//     replaces it.
//   - The audit of sheets is that of papers: an auditor makes the ballot again from the sheet, and the sheet signs that it is the one that
//     counts. Of what is marked there nothing is said. Who was registered by others is called back by name.
//   - Instead of being cast a ballot may be opened, so that a second device sees whether the first encrypted what it showed. It must be as
//     good as one that is cast, takes a number like it, and never counts.
//   - A secret poll that is closed is added up unopened, in each measure that decides. Then the leak meter says, by who really took part,
//     how far the sums may be opened: at the poll's own level, or at one that tells less, or not at all. Where nobody voted, or a
//     requirement fails whatever the ballots say, nothing has to be opened, and nothing is.
//   - Where the rules know of paper, an officer issues sheets to voters on the roll. The record holds a hash of each sheet's secret. Two
//     operators of two organisations enter the sheet, each from the paper: the first under a seal, so that the second has nothing to copy.
//     Where they say the same the ballot is cast; where not, that is a finding, and a third person of either organisation decides it.
//   - One voter has one ballot, by whichever channel. Paper, kiosk and door are in person, and in person beats telephone, whichever comes
//     first. The voter's own signature before an officer beats a paper, because nobody read it for them; of two papers the later issued
//     counts. What was superseded stays on the record. A sheet that was entered once only when the poll closes does not count.
//   - After the tally the block that holds it draws whom to call back and which sheets to compare with what was counted; an auditor of
//     neither entering organisation does both. One sheet that differs has them all compared. What came of it stands in the certificate,
//     which waits for the audit's time. The count itself nobody changes; but where so many sheets differ that the result may be another,
//     it is not adopted.
//   - Where the rules ask for a notice, it is issued as soon as the roll is sealed, and says which question is put, when voting begins and
//     what becomes of silence; voting begins when its time is over. That it came is proved for each voter by their own word, or by papers
//     in the vault, or, at a door or on the telephone, by two persons; the board is for those whom another way has missed. Only until the
//     close is that recorded, and for silence it counts only if it was early enough. Those who have not voted are reminded by the rule.
//   - What becomes of abstentions and of those who did not vote is the rulebook's to say. Of silence nothing is made unless it is proved
//     that the notice came, with its warning; the tally says how many those are, what they weigh, and what the result is without them.
//   - When as many object as the rules name, the ballots are counted again before the certificate. What two counts disagree on is not
//     adopted. A question that failed is not put again before the rules' time is over: a convener is refused, a motion's poll lapses.
//   - Who was on the roll may object once while the objection window lasts; then the certificate is issued, with every inequality written
//     out, every tie that decided something, and whether the key came late, and nothing about the poll changes any more.
package poll

import (
	"slices"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Poll is aggregate poll/<id>. Times are ms since the Unix epoch.
type Poll struct {
	Matter   string                 `json:"matter"`
	Motion   string                 `json:"motion,omitempty"`   // empty unless a motion called
	Appeal   string                 `json:"appeal,omitempty"`   // the motion whose veto is appealed against; empty unless that called
	Convener string                 `json:"convener,omitempty"` // member; empty unless a convener called
	Question *proposalv1.Motion     `json:"question"`
	Rules    *communityv1.PollRules `json:"rules"`
	OpensBy  int64                  `json:"opens_by,omitempty"`
	Lapsed   string                 `json:"lapsed,omitempty"` // why it will never open; empty for all others

	BoxKey    []byte   `json:"box_key,omitempty"`    // X25519 public key to which ballots are sealed; empty until offered
	Wrapped   []byte   `json:"wrapped,omitempty"`    // the private key, sealed to the holder who did not offer
	OfferedBy string   `json:"offered_by,omitempty"` // member
	HeldBy    string   `json:"held_by,omitempty"`    // member; empty until the second holder has the key
	Refused   [][]byte `json:"refused,omitempty"`    // public keys whose copies were refused

	Roll     *votingv1.Roll `json:"roll,omitempty"` // nil until opened
	OpenedAt int64          `json:"opened_at,omitempty"`
	ClosesAt int64          `json:"closes_at,omitempty"`

	Notice *Notice `json:"notice,omitempty"` // nil until issued, and where the rules ask for none

	Ceremony *Ceremony `json:"ceremony,omitempty"` // nil for polls by two key holders

	Secret *Secret `json:"secret,omitempty"` // nil for open polls, and until registration has begun

	Closed     bool   `json:"closed,omitempty"`
	ClosedAt   int64  `json:"closed_at,omitempty"`
	PrivateKey []byte `json:"private_key,omitempty"` // empty until published
	KeyMissing bool   `json:"key_missing,omitempty"` // a finding; stays when the key is published late

	Tally           *votingv1.Tally `json:"tally,omitempty"` // nil until counted
	ObjectionsUntil int64           `json:"objections_until,omitempty"`
	Certified       bool            `json:"certified,omitempty"`
	Adopted         bool            `json:"adopted,omitempty"`

	Rounds  uint32            `json:"rounds,omitempty"`  // how often it was extended for want of a quorum
	Late    bool              `json:"late,omitempty"`    // extended because a quorum was reached late
	Recount *votingv1.Recount `json:"recount,omitempty"` // nil until the ballots were counted again
}

// Clone is shallow: Evolve replaces slices and messages whole.
func (p *Poll) Clone() *Poll { dup := *p; return &dup }

// Published tells whether the private key is on the record.
func (p *Poll) Published() bool { return len(p.PrivateKey) > 0 }

// keyMade tells whether the poll has its key, so that it opens by itself.
func (p *Poll) keyMade() bool { return p.HeldBy != "" || p.Ceremony.sealed() }

// Ballot is aggregate poll/<id>/ballot/<voter>: what a rule needs to know of a voter's last ballot. The box itself is in the Book.
type Ballot struct {
	Hosted   bool `json:"hosted,omitempty"`
	InPerson bool `json:"in_person,omitempty"`
	Helped   bool `json:"helped,omitempty"` // cast by a helper under a mandate
	// Paper is which of the voter's papers it came on, counted from 1; 0 for none.
	Paper uint32 `json:"paper,omitempty"`
}

// Objection is aggregate poll/<id>/objection/<member>.
type Objection struct {
	Text string `json:"text"` // vault reference
}

// BoxKey is aggregate box-key/<key id>: a key that some poll has used up.
type BoxKey struct {
	Poll string `json:"poll"`
}

// Path gives a poll's aggregate.
func Path(poll string) string { return "poll/" + poll }

// BallotPath gives the aggregate of a voter's ballots in a poll.
func BallotPath(poll, voter string) string { return Path(poll) + "/ballot/" + voter }

func objectionPath(poll, member string) string { return Path(poll) + "/objection/" + member }

// Kinds registers the kinds that the voting service writes.
func Kinds() decider.Part {
	return func(m *decider.Model) {
		decider.Kind("poll", true, evolvePoll)(m)
		decider.Kind("ballot", true, func(b *Ballot, e decider.Event) {
			if cast, ok := e.Body.(*votingv1.BallotCast); ok {
				*b = Ballot{Hosted: cast.GetHosted(), InPerson: cast.GetInPerson(), Helped: cast.GetMandate() != "", Paper: cast.GetPaper()}
			}
		})(m)
		decider.Kind("objection", true, func(o *Objection, e decider.Event) {
			if raised, ok := e.Body.(*votingv1.ObjectionRaised); ok {
				o.Text = raised.GetText().GetRef()
			}
		})(m)
		decider.Kind("question", true, evolveQuestion)(m)
		decider.Kind("proxy", true, evolveProxy)(m)
		decider.Kind("delivery", true, evolveDelivery)(m)
		decider.Kind("box-key", true, func(k *BoxKey, e decider.Event) {
			if taken, ok := e.Body.(*votingv1.BoxKeyTaken); ok {
				k.Poll = taken.GetPoll()
			}
		})(m)
		paperKinds(m)
		secretKinds(m)
	}
}

// Motion is this service's view of motion/<id>; what it needs is in the fact that puts it.
type Motion struct{}

// MotionKind registers the proposal service's motions.
func MotionKind() decider.Part {
	return decider.Kind("motion", false, func(*Motion, decider.Event) {})
}

func evolvePoll(p *Poll, e decider.Event) {
	switch b := e.Body.(type) {
	case *votingv1.PollCalled:
		*p = Poll{
			Matter: b.GetMatter(), Motion: b.GetMotion(), Appeal: b.GetAppeal(), Convener: b.GetConvener(), Question: b.GetQuestion(),
			Rules: b.GetRules(), OpensBy: b.GetOpensBy(),
		}
	case *votingv1.PollKeyOffered:
		p.BoxKey, p.Wrapped, p.OfferedBy = b.GetBoxKey(), b.GetWrapped(), b.GetHolder()
	case *votingv1.PollKeyRefused:
		p.BoxKey, p.Wrapped, p.OfferedBy = nil, nil, ""
		p.Refused = append(slices.Clone(p.Refused), b.GetBoxKey())
	case *votingv1.PollKeyHeld:
		p.HeldBy = b.GetHolder()
	case *votingv1.OpeningLapsed:
		p.Lapsed = b.GetReason()
	case *votingv1.PollOpened:
		p.Roll, p.OpenedAt, p.ClosesAt = b.GetRoll(), b.GetOpenedAt(), b.GetClosesAt()
		p.evolveElection(b.GetElection())
	case *votingv1.PollExtended:
		p.ClosesAt, p.Rounds = b.GetClosesAt(), b.GetRounds()
		p.Late = p.Late || b.GetReason() == votingv1.Extension_EXTENSION_LATE_QUORUM
	case *votingv1.BallotsRecounted:
		p.Recount = b.GetRecount()
	case *votingv1.PollClosed:
		p.Closed, p.ClosedAt = true, e.Time
	case *votingv1.KeyPublished:
		p.PrivateKey = b.GetPrivateKey()
	case *votingv1.KeyMissing:
		p.KeyMissing = true
	case *votingv1.TallyRecorded:
		p.Tally, p.ObjectionsUntil = b.GetTally(), b.GetObjectionsUntil()
	case *votingv1.CertificateIssued:
		p.Certified, p.Adopted = true, b.GetAdopted()
	default:
		if !p.evolveNotice(e) && !p.evolveSecret(b) {
			p.evolveCeremony(b)
		}
	}
}

// find looks a poll up.
func find(v *decider.View, id string) (*Poll, error) {
	p, ok := decider.Get[Poll](v, Path(id))
	if !ok {
		return nil, ErrUnknown
	}
	return p, nil
}
