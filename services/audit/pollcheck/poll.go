package pollcheck

import (
	"slices"

	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// poll is what the record says of one poll, in its order.
type poll struct {
	id       string
	called   uint64
	question *proposalv1.Motion
	rules    *communityv1.PollRules
	raw      rawCall
	opensBy  int64

	facts []*said // all of them, in the order of the record

	// What the rest of the record said when it mattered.
	trustees   []*communityv1.Trustee // in force when the poll was called
	registrars []*communityv1.Registrar
	roll       *roll // as it stood when the key was sealed; nil before
	rollHidden bool  // a commit before it is withheld, so the roll may be another

	sealed, begun, registered, roster, opened, closed, encrypted, tallied, certified, lapsed *said
}

// rawCall are messages of the call as they stand in the event, byte for byte: the election's id hashes them.
type rawCall struct{ question, rules []byte }

// results is what earlier checks found out. What could not be found out is nil.
type results struct {
	seal      *trustee.Seal
	weights   map[string]weight           // of the voters, or by credential's key id of a secret poll
	channelOf map[string]votingv1.Channel // of a secret poll's credentials, by key id: how their voters came to them
	voted     []string                    // of an open poll, whose ballots count, ascending
	choices   []choice                    // of an open poll, beside voted
	count     *count
	open      *openCount          // of an open poll: the same, with what else it says
	absent    bool                // nobody's silence counts: for what the result would be without it
	delivered map[string]bool     // voters to whom the notice is proved to have come in time
	sheets    map[string][]*sheet // papers by voter, as they were issued
	// sheetStates are a secret poll's sheets that somebody has entered, by their credentials.
	sheetStates map[string]*sheetState
	election    *secretballot.Election
	electionID  [32]byte
	all         []*secretBallot // that credentials sent
	sums        map[sumName]secretballot.Ciphertext
	asked       []*asked
	partials    []*partial
	known       map[sumName]span // what is known of each total that is listed
	used        []uint32         // trustees whose parts opened it
	together    votingv1.Together
	seed        []byte
}

type partial = trustee.Partial

// sumName names a total.
type sumName struct {
	measure communityv1.Measure
	option  uint32
}

// span says that a total lies from low to high, both included.
type span struct{ low, high int64 }

func (s span) exact() bool { return s.low == s.high }

func (p *poll) fold(c *Checker, s said) {
	kept := s
	p.facts = append(p.facts, &kept)
	switch b := kept.body.(type) {
	case *votingv1.PollCalled:
		if p.rules == nil {
			p.question, p.rules, p.opensBy = b.GetQuestion(), b.GetRules(), b.GetOpensBy()
			p.raw = rawCall{question: field(kept.raw, 3), rules: field(kept.raw, 4)}
			p.trustees = c.trustees
		}
	case *votingv1.PollKeyHeld, *votingv1.PollKeySealed:
		if p.roll == nil {
			p.sealed, p.roll, p.rollHidden = &kept, c.people.sealRoll(p.rules), len(c.hidden) > 0
		}
	case *votingv1.RegistrationBegun:
		p.begun = first(p.begun, &kept)
	case *votingv1.RegistrationEnded:
		p.registered = first(p.registered, &kept)
	case *votingv1.RosterSealed:
		p.roster = first(p.roster, &kept)
	case *votingv1.PollOpened:
		p.opened = first(p.opened, &kept)
	case *votingv1.PollClosed:
		p.closed = first(p.closed, &kept)
	case *votingv1.EncryptedTallyRecorded:
		p.encrypted = first(p.encrypted, &kept)
	case *votingv1.TallyRecorded:
		p.tallied = first(p.tallied, &kept)
	case *votingv1.CertificateIssued:
		p.certified = first(p.certified, &kept)
	case *votingv1.OpeningLapsed:
		p.lapsed = first(p.lapsed, &kept)
	}
	if p.begun == nil || p.begun == &kept {
		p.registrars = append(p.registrars, c.registrar)
	}
}

func first(had, now *said) *said {
	if had != nil {
		return had
	}
	return now
}

// of lists a poll's facts of one type, in the order of the record.
func of[M any](p *poll) (list []*said, bodies []M) {
	for _, s := range p.facts {
		if b, ok := any(s.body).(M); ok {
			list, bodies = append(list, s), append(bodies, b)
		}
	}
	return list, bodies
}

func (p *poll) level() communityv1.Secrecy { return p.rules.GetSecrecy().GetSecrecy() }

// secret tells whether ballots are never opened one by one.
func (p *poll) secret() bool { return p.level() > communityv1.Secrecy_SECRECY_OPEN }

func (p *poll) stage() string {
	switch {
	case p.lapsed != nil:
		return "lapsed"
	case p.certified != nil:
		return "certified"
	case p.tallied != nil:
		return "counted"
	case p.closed != nil:
		return "closed"
	case p.opened != nil:
		return "open"
	case p.begun != nil:
		return "registering"
	}
	return "called"
}

func (p *poll) tally() *votingv1.Tally {
	if p.tallied == nil {
		return nil
	}
	return p.tallied.body.(*votingv1.TallyRecorded).GetTally()
}

// published is the roll as the record says it: when the poll opened, or, of a secret poll, when registration began.
func (p *poll) published() (*votingv1.Roll, *said) {
	switch {
	case p.opened != nil:
		return p.opened.body.(*votingv1.PollOpened).GetRoll(), p.opened
	case p.begun != nil:
		return p.begun.body.(*votingv1.RegistrationBegun).GetRoll(), p.begun
	}
	return nil, nil
}

// terms are what the trustees of the last round agreed on.
func (p *poll) terms() *votingv1.CeremonyBegun {
	_, begun := of[*votingv1.CeremonyBegun](p)
	if len(begun) == 0 {
		return nil
	}
	return begun[len(begun)-1]
}

// withheld names the trustees who were found missing.
func (p *poll) withheld() []uint32 {
	_, missing := of[*votingv1.SharesMissing](p)
	if len(missing) == 0 {
		return nil
	}
	return slices.Clone(missing[0].GetTrustees())
}
