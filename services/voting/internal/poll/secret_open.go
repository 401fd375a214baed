package poll

import (
	"slices"
	"strconv"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Work is what a secret poll's trustees are asked to do, read from its encrypted tally.
type Work struct {
	Seal *trustee.Seal
	// Sums are those to be decrypted together: all that are listed, with SECRECY_TOTALS; nil otherwise.
	Sums *trustee.Sums
	// Asked are the sealed totals of which something is to be proved, in the order of the list. One that hides nothing is not among them,
	// nor one whose bound alone tells where it lies.
	Asked []Asked
	// Together: they are judged by one verdict about all of them, each of one threshold.
	Together bool

	totals []*votingv1.EncryptedTotal
	sums   []secretballot.Ciphertext // of totals
}

// Asked is a sealed total, and the thresholds that it is held against, ascending, each from 1 to its bound.
type Asked struct {
	*trustee.Total
	Thresholds []uint64

	place int // in the encrypted tally
}

// Work reads what the trustees are asked to do.
func (p *Poll) Work() (*Work, error) {
	seal, err := trustee.DecodeSeal(p.Ceremony.Seal)
	if err != nil {
		return nil, ErrShare.Because(err)
	}
	if len(p.Secret.Election) != secretballot.ElectionIDBytes {
		return nil, ErrNotOpen
	}
	w := &Work{Seal: seal, totals: p.Secret.Encrypted.GetTotals(), Together: p.Secret.Encrypted.GetTogether()}
	if p.Secret.Encrypted.GetSecrecy() == communityv1.Secrecy_SECRECY_TOTALS {
		w.Sums = &trustee.Sums{Election: [32]byte(p.Secret.Election)}
	}
	for i, t := range w.totals {
		sum, err := secretballot.DecodeCiphertext(t.GetSum())
		if err != nil {
			return nil, err
		}
		w.sums = append(w.sums, sum)
		if w.Sums != nil {
			w.Sums.List = w.sums
			continue
		}
		asked := Asked{place: i, Thresholds: thresholds(t), Total: &trustee.Total{
			Election: [32]byte(p.Secret.Election), Measure: totalName(t), Sum: sum, Bound: uint64(t.GetBound()),
		}}
		if _, public := sum.Public(); !public && len(asked.Thresholds) > 0 {
			w.Asked = append(w.Asked, asked)
		}
	}
	if w.Together {
		return w, w.settle()
	}
	return w, nil
}

// totalName is what proofs about a total are bound to: the option's number and the measure, as docs/format.md says.
func totalName(t *votingv1.EncryptedTotal) string {
	return strconv.FormatUint(uint64(t.GetOption()), 10) + "/" + string(measures[t.GetMeasure()])
}

// thresholds gives those of a total's thresholds that its bound does not decide by itself.
func thresholds(t *votingv1.EncryptedTotal) (out []uint64) {
	for _, c := range t.GetClaims() {
		if n := c.GetThreshold(); n >= 1 && n <= t.GetBound() {
			out = append(out, uint64(n))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// between tells where a value lies among ascending thresholds, up to a bound; both ends included.
func between(thresholds []uint64, bound, value uint64) (low, high uint64) {
	high = bound
	for _, t := range thresholds {
		if value < t {
			return low, t - 1
		}
		low = t
	}
	return low, high
}

// Claims are what is to be proved of the total if it is a value: between which thresholds it lies.
func (a *Asked) Claims(value uint64) []trustee.Claim {
	low, high := between(a.Thresholds, a.Bound, value)
	return trustee.Within(low, high, a.Bound)
}

// proved tells what claims say of the total; false if it is not exactly between which thresholds it lies.
func (a *Asked) proved(claims []trustee.Claim) (low, high uint64, ok bool) {
	for _, c := range claims {
		if c.Reached {
			low = c.Threshold
		}
	}
	low, high = between(a.Thresholds, a.Bound, low)
	return low, high, slices.Equal(claims, trustee.Within(low, high, a.Bound))
}

// Idle tells whether there is nothing that a trustee could do: all that is listed is public, or decided without.
func (w *Work) Idle() bool {
	if w.Sums == nil {
		return len(w.Asked) == 0
	}
	return !slices.ContainsFunc(w.Sums.List, func(c secretballot.Ciphertext) bool { _, public := c.Public(); return !public })
}

// Done tells whether a trustee has done what opens a closed poll: their share is on the record, or of a secret poll their part of its sums.
func (p *Poll) Done(number int) bool {
	if !p.secret() {
		return p.Ceremony.Published(number)
	}
	s := p.Secret
	return s != nil && s.Encrypted != nil && (len(s.Decrypted[number-1]) > 0 || len(s.Blinded[number-1]) > 0)
}

// undone names the trustees who have not done theirs; nobody, where there is nothing to do.
func (p *Poll) undone() (numbers []uint32) {
	if p.secret() {
		if p.Secret == nil {
			return nil
		}
		if w, err := p.Work(); err != nil || w.Idle() {
			return nil
		}
	}
	for i := range p.Ceremony.Trustees {
		if !p.Done(i + 1) {
			numbers = append(numbers, uint32(i+1))
		}
	}
	return numbers
}

// at finds the actor's number and the work that is due from them: after the sums are on the record, at a level, before the certificate.
func at(v *decider.View, cmd *decider.Command, id string, totals bool) (*Poll, *Work, int, error) {
	p, c, err := ceremonyOf(v, id)
	if err != nil {
		return nil, nil, 0, err
	}
	me := c.number(cmd.Actor)
	switch {
	case me == 0:
		return nil, nil, 0, ErrTrustee
	case !p.secret():
		return nil, nil, 0, ErrSecretNot
	case !p.Closed:
		return nil, nil, 0, ErrNotClosed
	case p.Certified:
		return nil, nil, 0, ErrCertified
	case p.Secret == nil || p.Secret.Encrypted == nil:
		return nil, nil, 0, ErrTotalsAwaited
	}
	w, err := p.Work()
	switch {
	case err != nil:
		return nil, nil, 0, err
	case w.Idle():
		return nil, nil, 0, ErrTotalsNone
	case totals != (w.Sums != nil):
		return nil, nil, 0, ErrTotalsLevel
	}
	return p, w, me, nil
}

// DecryptTotals takes a trustee's part of the opening of all totals. It is checked here, so that whatever stands on the record opens them.
func DecryptTotals(v *decider.View, cmd *decider.Command, b *votingv1.DecryptTotals) ([]decider.Change, error) {
	p, w, me, err := at(v, cmd, b.GetPoll(), true)
	switch {
	case err != nil:
		return nil, err
	case p.Done(me):
		return nil, ErrTotalsDone
	}
	part, err := trustee.DecodePartial(b.GetMessage())
	if err != nil {
		return nil, err
	}
	if part.Trustee != me {
		return nil, ErrTrustee
	}
	if err := part.Check(w.Seal, w.Sums); err != nil {
		return nil, err
	}
	return said(b.GetPoll(), &votingv1.TotalsDecrypted{Trustee: uint32(me), Message: b.GetMessage()})
}

func said(id string, event proto.Message) ([]decider.Change, error) {
	return []decider.Change{decider.On(Path(id), event)}, nil
}

// BlindTotals takes a trustee's hidden part of each sealed total. What is in the envelopes only their readers can tell; that everyone who
// may put the parts together is among them, anybody can.
func BlindTotals(v *decider.View, cmd *decider.Command, b *votingv1.BlindTotals) ([]decider.Change, error) {
	p, w, me, err := at(v, cmd, b.GetPoll(), false)
	switch {
	case err != nil:
		return nil, err
	case p.Done(me):
		return nil, ErrTotalsDone
	case len(b.GetMessages()) != len(w.Asked):
		return nil, ErrTotalsNumber
	}
	for i, message := range b.GetMessages() {
		part, err := trustee.DecodeBlinded(message)
		if err != nil {
			return nil, err
		}
		switch {
		case part.Trustee != me:
			return nil, ErrTrustee
		case !slices.Equal(part.Openings.Readers, w.Readers()):
			return nil, ErrTotalsReaders
		}
		if err := part.Check(w.Seal, w.Asked[i].Total); err != nil {
			return nil, err
		}
	}
	return said(b.GetPoll(), &votingv1.TotalsBlinded{Trustee: uint32(me), Messages: b.GetMessages()})
}

// Readers are the trustees who may put the parts of a sealed total together: all of them.
func (w *Work) Readers() []int {
	out := make([]int, len(w.Seal.Keys))
	for i := range out {
		out[i] = i + 1
	}
	return out
}

// Parts gives what was said of an asked total, in the order of the trustees.
func (p *Poll) Parts(asked int) ([]*trustee.Blinded, error) {
	var parts []*trustee.Blinded
	for _, messages := range p.Secret.Blinded {
		if asked >= len(messages) {
			continue // this trustee has said nothing
		}
		part, err := trustee.DecodeBlinded(messages[asked])
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// Ready tells whether as many trustees as it takes have done their part.
func (p *Poll) Ready() bool {
	done := 0
	for i := range p.Ceremony.Trustees {
		if p.Done(i + 1) {
			done++
		}
	}
	return done >= int(p.Ceremony.Threshold)
}

// ProveTotals takes a proof for each sealed total: between which of the poll's thresholds it lies, and nothing else. Of totals that are
// judged together it is one for all. Whoever can open enough parts may give it, and the first one counts: any two would say the same.
func ProveTotals(v *decider.View, cmd *decider.Command, b *votingv1.ProveTotals) ([]decider.Change, error) {
	p, w, me, err := at(v, cmd, b.GetPoll(), false)
	switch {
	case err != nil:
		return nil, err
	case len(p.Secret.Verdicts) > 0:
		return nil, ErrTotalsProved
	case !p.Ready():
		return nil, ErrTotalsFew
	case w.Together:
		if err := p.proveTogether(w, me, b); err != nil {
			return nil, err
		}
		return said(b.GetPoll(), &votingv1.TotalsProved{Trustee: uint32(me), Verdicts: b.GetVerdicts()})
	case len(b.GetVerdicts()) != len(w.Asked):
		return nil, ErrTotalsNumber
	}
	for i, message := range b.GetVerdicts() {
		verdict, err := trustee.DecodeVerdict(message)
		if err != nil {
			return nil, err
		}
		if verdict.Trustee != me {
			return nil, ErrTrustee
		}
		if _, _, err := p.judge(verdict, w, i); err != nil {
			return nil, err
		}
	}
	return said(b.GetPoll(), &votingv1.TotalsProved{Trustee: uint32(me), Verdicts: b.GetVerdicts()})
}

// judge holds a verdict against the parts on the record, and answers where it proves the total to lie.
func (p *Poll) judge(verdict *trustee.Verdict, w *Work, asked int) (low, high uint64, err error) {
	parts, err := p.Parts(asked)
	if err != nil {
		return 0, 0, err
	}
	claims, err := verdict.Check(w.Seal, w.Asked[asked].Total, parts)
	if err != nil {
		return 0, 0, err
	}
	low, high, ok := w.Asked[asked].proved(claims)
	if !ok {
		return 0, 0, ErrTotalsClaim
	}
	return low, high, nil
}

// OnEncryptedTally counts at once where there is nothing for the trustees to open, and otherwise demands the finding of who has not, for
// when their time is over. Asked for at the close, it would find nothing to do where the sums come late, and lapse.
func OnEncryptedTally(v *decider.View, e decider.Event, _ *votingv1.EncryptedTallyRecorded) []decider.Demand {
	id := e.Aggregate[len("poll/"):]
	if p, _, err := ceremonyOf(v, id); err == nil && len(p.undone()) > 0 {
		return []decider.Demand{demandMissing(id, p, e.Time)}
	}
	return counting(v, id)
}

// OnTotalsDecrypted counts as soon as enough trustees have done their part.
func OnTotalsDecrypted(v *decider.View, e decider.Event, _ *votingv1.TotalsDecrypted) []decider.Demand {
	return counting(v, e.Aggregate[len("poll/"):])
}

// OnTotalsProved counts what was proved.
func OnTotalsProved(v *decider.View, e decider.Event, _ *votingv1.TotalsProved) []decider.Demand {
	return counting(v, e.Aggregate[len("poll/"):])
}

// opened tells whether a secret poll can be counted by now.
func (p *Poll) opened() bool {
	if p.Secret == nil || p.Secret.Encrypted == nil {
		return false
	}
	w, err := p.Work()
	switch {
	case err != nil:
		return true // it never can be better, so the count says that it cannot be
	case w.Idle():
		return true
	case w.Sums == nil:
		return len(p.Secret.Verdicts) > 0
	}
	return p.Ready()
}
