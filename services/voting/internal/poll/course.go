package poll

import (
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// msPerSecond turns a rulebook's durations into times.
const msPerSecond = 1000

func after(from int64, seconds uint32) int64 { return from + int64(seconds)*msPerSecond }

// OnCalled demands that the opening lapses at its deadline. A poll that was called before there were deadlines has none.
func OnCalled(_ *decider.View, e decider.Event, b *votingv1.PollCalled) []decider.Demand {
	if b.GetOpensBy() == 0 {
		return nil
	}
	id := e.Aggregate[len("poll/"):]
	return []decider.Demand{{
		Purpose: "lapse/" + id, Operation: "voting.lapse_opening", Body: &votingv1.LapseOpening{Poll: id}, Due: b.GetOpensBy(),
	}}
}

// lapse says that a poll will never open.
func (p *Poll) lapse(why *fault.Fault) *votingv1.OpeningLapsed {
	return &votingv1.OpeningLapsed{Reason: why.Code, Motion: p.Motion, Appeal: p.Appeal}
}

// LapseOpening ends a poll that has no key in time. Of one whose key is held the opening is under way, and says itself what comes of it.
func LapseOpening(v *decider.View, _ *decider.Command, b *votingv1.LapseOpening) ([]decider.Change, error) {
	p, err := find(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.keyMade():
		return nil, ErrKeyHeld
	case p.Lapsed != "":
		return nil, ErrLapsed
	}
	why := ErrKeyAwaited
	switch {
	case p.Rules.GetSecrecy() != nil:
		why = ErrTrusteesSilent
	case len(p.BoxKey) > 0:
		why = ErrKeyUnheld
	case len(p.Refused) > 0:
		why = ErrKeyRefused
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), p.lapse(why))}, nil
}

// OnKeyHeld demands the opening with the roll as it stands at this commit. A roll whose sums do not fit is left out, and the
// opening lapses.
func OnKeyHeld(v *decider.View, e decider.Event, _ *votingv1.PollKeyHeld) []decider.Demand {
	return opening(v, e)
}

// OnKeySealed is OnKeyHeld for a key that is divided among trustees.
func OnKeySealed(v *decider.View, e decider.Event, _ *votingv1.PollKeySealed) []decider.Demand {
	return opening(v, e)
}

// pollAt gives the poll that an event is on, which there is: if nothing else, the event has made it.
func pollAt(v *decider.View, e decider.Event) *Poll {
	p, _ := decider.Get[Poll](v, e.Aggregate)
	return p
}

func opening(v *decider.View, e decider.Event) []decider.Demand {
	id := e.Aggregate[len("poll/"):]
	sealed := decider.DerivedOf[Book](v).Polls[id]
	if sealed == nil {
		return nil
	}
	roll, err := sealed.summary(e.Position)
	if err != nil {
		roll = nil
	}
	switch p := pollAt(v, e); {
	case p.secret():
		return demandRegistration(id, roll)
	case p.Rules.GetNotice() != nil:
		return []decider.Demand{demandNotice(id, roll)}
	}
	return []decider.Demand{{Purpose: "open/" + id, Operation: "voting.open", Body: &votingv1.OpenPoll{Poll: id, Roll: roll}}}
}

// Open opens a poll over its sealed roll. By a roll that nobody is on, or that cannot be counted, it never will be. A secret poll may have
// lapsed since its opening was demanded.
func Open(v *decider.View, cmd *decider.Command, b *votingv1.OpenPoll) ([]decider.Change, error) {
	p, err := find(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.Roll != nil:
		return nil, ErrOpened
	case p.Lapsed != "":
		return nil, ErrLapsed
	}
	if why := p.unfit(b.GetRoll()); why != nil {
		return []decider.Change{decider.On(Path(b.GetPoll()), p.lapse(why))}, nil
	}
	if p.secret() {
		return p.openSecret(cmd, b)
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), &votingv1.PollOpened{
		Roll: b.GetRoll(), OpenedAt: cmd.Time, ClosesAt: after(cmd.Time, p.Rules.GetVotingSeconds()),
	})}, nil
}

// unfit tells why nobody can vote by a roll; nil where they can.
func (p *Poll) unfit(roll *votingv1.Roll) *fault.Fault {
	switch {
	case roll == nil || !countable(p, roll):
		return ErrRollLarge
	case roll.GetVoters() == 0:
		return ErrRollEmpty
	}
	return nil
}

// OnOpened demands the close at the deadline, and the reminders before it.
func OnOpened(v *decider.View, e decider.Event, _ *votingv1.PollOpened) []decider.Demand {
	p := pollAt(v, e)
	return append(demandDeadline(pollOf(e.Aggregate), p), demandReminders(pollOf(e.Aggregate), p, e.Time)...)
}

// OnCast demands the close at once when every ballot of the roll is in and the rules say so, and the extension when a ballot reaches a
// quorum so late that the rules move the close.
func OnCast(v *decider.View, e decider.Event, _ *votingv1.BallotCast) []decider.Demand {
	id := pollOf(e.Aggregate)
	p, ok := decider.Get[Poll](v, Path(id))
	if !ok || p.Closed {
		return nil
	}
	sealed := decider.DerivedOf[Book](v).Polls[id]
	switch {
	case sealed == nil:
		return nil
	case !p.Rules.GetCloseWhenComplete() || len(sealed.Ballots) < len(sealed.Roll):
		if sealed.lateQuorum(p) {
			return demandExtension(id, p, votingv1.Extension_EXTENSION_LATE_QUORUM)
		}
		return nil
	}
	return []decider.Demand{{
		Purpose: "close/" + id + "/complete", Operation: "voting.close", Body: &votingv1.ClosePoll{Poll: id},
	}}
}

// Close closes a poll. It looks at all ballots as a collection, so a ballot that comes in between makes it decide again; at the
// deadline none can.
func Close(v *decider.View, _ *decider.Command, b *votingv1.ClosePoll) ([]decider.Change, error) {
	p, err := find(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.Roll == nil:
		return nil, ErrNotOpen
	case p.Closed:
		return nil, ErrClosed
	}
	closed := &votingv1.PollClosed{Ballots: ballotsIn(v, b.GetPoll(), p)}
	return []decider.Change{decider.On(Path(b.GetPoll()), closed)}, nil
}

// OnClosed demands the finding that the key is missing, for when the holders' time is over, and of a secret poll the sums.
func OnClosed(v *decider.View, e decider.Event, _ *votingv1.PollClosed) []decider.Demand {
	id := e.Aggregate[len("poll/"):]
	p := pollAt(v, e)
	switch {
	case p.secret(): // the trustees' time begins when there is something to open; see OnEncryptedTally
		return addingUp(v, id, p)
	case p.Ceremony != nil:
		return []decider.Demand{demandMissing(id, p, p.ClosedAt)}
	}
	return []decider.Demand{{
		Purpose: "key-missing/" + id, Operation: "voting.report_key_missing", Body: &votingv1.ReportKeyMissing{Poll: id},
		Due: after(p.ClosedAt, p.Rules.GetKeyPublishSeconds()),
	}}
}

// demandMissing demands the finding of who has not done their part, for when the time is over that trustees have from a moment on.
func demandMissing(id string, p *Poll, from int64) decider.Demand {
	return decider.Demand{
		Purpose: "shares-missing/" + id, Operation: "voting.report_shares_missing", Body: &votingv1.ReportSharesMissing{Poll: id},
		Due: after(from, p.Rules.GetKeyPublishSeconds()),
	}
}

// OnKeyPublished counts, and demands that the tally be recorded. A poll that cannot be counted, which opening should have made
// impossible, demands an empty one, which lapses.
func OnKeyPublished(v *decider.View, e decider.Event, _ *votingv1.KeyPublished) []decider.Demand {
	id := e.Aggregate[len("poll/"):]
	tally, err := Count(id, pollAt(v, e), decider.DerivedOf[Book](v).Polls[id])
	if err != nil {
		tally = nil
	}
	return []decider.Demand{{
		Purpose: "tally/" + id, Operation: "voting.record_tally", Body: &votingv1.RecordTally{Poll: id, Tally: tally},
	}}
}

// RecordTally puts the count on the record and begins the objection window.
func RecordTally(v *decider.View, cmd *decider.Command, b *votingv1.RecordTally) ([]decider.Change, error) {
	p, err := find(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.Tally != nil:
		return nil, ErrTallied
	case b.GetTally() == nil:
		return nil, ErrUncounted
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), &votingv1.TallyRecorded{
		Tally: b.GetTally(), ObjectionsUntil: after(cmd.Time, p.Rules.GetObjectionSeconds()),
	})}, nil
}

// OnTallied demands the certificate for the end of the objection window, and of the audit's time where papers are audited.
func OnTallied(v *decider.View, e decider.Event, b *votingv1.TallyRecorded) []decider.Demand {
	id := e.Aggregate[len("poll/"):]
	due := max(b.GetObjectionsUntil(), pollAt(v, e).auditUntil(e.Time))
	return []decider.Demand{{
		Purpose: "certify/" + id, Operation: "voting.certify", Body: &votingv1.IssueCertificate{Poll: id}, Due: due,
	}}
}

// Object raises an objection: one for each member who was on the roll, within the window.
func Object(v *decider.View, cmd *decider.Command, b *votingv1.RaiseObjection) ([]decider.Change, error) {
	p, err := find(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.Tally == nil:
		return nil, ErrTallyMissing
	case p.Certified || cmd.Time >= p.ObjectionsUntil:
		return nil, ErrObjectionLate
	case !listed(v, b.GetPoll(), cmd.Actor):
		return nil, ErrRollUnlisted
	}
	if err := standing.CheckText(b.GetText()); err != nil {
		return nil, err
	}
	path := objectionPath(b.GetPoll(), cmd.Actor)
	if v.Exists(path) {
		return nil, ErrObjected
	}
	v.Window(0, p.ObjectionsUntil)
	return []decider.Change{decider.On(path, &votingv1.ObjectionRaised{Text: b.GetText(), Mandate: cmd.Mandate})}, nil
}

// Certify issues the certificate. Objections do not change a count that everyone can compute; the certificate says how many there were.
// From here on nothing below the poll is written, so everyone may forget the ballots; the record keeps them.
func Certify(v *decider.View, cmd *decider.Command, b *votingv1.IssueCertificate) ([]decider.Change, error) {
	p, err := find(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.Tally == nil:
		return nil, ErrTallyMissing
	case p.Certified:
		return nil, ErrCertified
	}
	objections := v.Count(Path(b.GetPoll()) + "/objection")
	if p.recounts(objections) && p.Recount == nil {
		return nil, ErrRecountAwaited
	}
	result := p.Tally.GetResult()
	carried := result == votingv1.Result_RESULT_PASSED || result == votingv1.Result_RESULT_CHOSEN
	audit := audited(v, b.GetPoll(), p)
	doubtful := audit.GetVerdict() == votingv1.PaperVerdict_PAPER_VERDICT_DOUBTFUL || p.Recount != nil && !p.Recount.GetSame()
	changes := []decider.Change{decider.On(Path(b.GetPoll()), &votingv1.CertificateIssued{
		Motion: p.Motion, Appeal: p.Appeal, Roll: p.Roll, Tally: p.Tally, Objections: uint32(objections),
		Adopted: carried && !doubtful, KeyLate: p.KeyMissing,
		Recount: p.Recount, Extensions: p.moved(), Withheld: p.withheld(), PaperAudit: audit,
	}, &chainv1.Retired{})}
	if !carried && result != votingv1.Result_RESULT_WITHHELD { // of what nobody knows it cannot be said that it failed
		changes = append(changes, p.failed(b.GetPoll(), cmd.Time)...)
	}
	return changes, nil
}
