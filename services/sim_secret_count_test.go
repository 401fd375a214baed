package services_test

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// showing is a way to publish a result: to everything that the voters can have meant, as how many made each choice, it gives what is told.
type showing struct {
	secrecy communityv1.Secrecy
	choices int
	tells   func(counts []int64) string
}

// ways is in how many ways so many voters come to the counts.
func ways(counts []int64) int64 {
	n, all := int64(1), int64(0)
	for _, c := range counts {
		for i := int64(1); i <= c; i++ {
			all++
			n = n * all / i // a binomial coefficient at each step
		}
	}
	return n
}

// meant goes through all counts of so many voters.
func meant(voters int64, counts []int64, at int, do func([]int64)) {
	if at == len(counts)-1 {
		counts[at] = voters
		do(counts)
		return
	}
	for c := range voters + 1 {
		counts[at] = c
		meant(voters-c, counts, at+1, do)
	}
}

// measure finds what a showing tells of one of so many voters who all weigh the same: how sure it makes of a choice at worst, and how
// likely it makes surer than 19 in 20, if all choices are equally likely. Of one that is told, only that counts.
func (w *showing) measure(voters int64, told string) (worst, chance *big.Rat) {
	type cell struct {
		ways int64
		by   []int64
	}
	cells, all := map[string]*cell{}, int64(0)
	meant(voters, make([]int64, w.choices), 0, func(counts []int64) {
		at := w.tells(counts)
		if cells[at] == nil {
			cells[at] = &cell{by: make([]int64, w.choices)}
		}
		n := ways(counts)
		cells[at].ways, all = cells[at].ways+n, all+n
		for i, c := range counts {
			cells[at].by[i] += n * c
		}
	})
	worst, pinned := new(big.Rat), int64(0)
	for at, c := range cells { // any order: the greatest, and a sum
		if told != "" && at != told {
			continue
		}
		sure := big.NewRat(slices.Max(c.by), c.ways*voters)
		if sure.Cmp(worst) > 0 {
			worst = sure
		}
		if sure.Cmp(big.NewRat(19, 20)) > 0 {
			pinned += c.ways
		}
	}
	return worst, big.NewRat(pinned, all)
}

// millionths rounds up.
func millionths(r *big.Rat) int64 {
	n := new(big.Int).Mul(r.Num(), big.NewInt(1_000_000))
	n.Add(n, new(big.Int).Sub(r.Denom(), big.NewInt(1)))
	return n.Quo(n, r.Denom()).Int64()
}

// leakOf is what the meter must say of a showing before anything is told.
func (p *poll) leakOf(w *showing, voters int64) *votingv1.LeakReport {
	worst, chance := w.measure(voters, "")
	r := &votingv1.LeakReport{AnonymityMin: voters, PosteriorMicros: millionths(worst), ChanceMicros: millionths(chance), Exact: true}
	pins := chance.Cmp(big.NewRat(1, 100)) > 0
	if w.secrecy == communityv1.Secrecy_SECRECY_PASS_FAIL {
		pins = worst.Cmp(big.NewRat(19, 20)) > 0
	}
	switch {
	case voters < int64(cmp.Or(p.rules.GetSecrecy().GetAnonymityMin(), 5)):
		r.Refused = "leak.class_small"
	case pins:
		r.Refused = "leak.voter_pinned"
	}
	return r
}

// claimed are the thresholds that the yes of so many voters is held against at a level.
func (p *poll) claimed(voters int64, level communityv1.Secrecy) (out []int64) {
	width := p.rules.GetSecrecy().GetIntervalWidth()
	for yes := int64(1); yes <= voters; yes++ {
		turns := slices.ContainsFunc(p.rules.GetRequirements(), func(r *communityv1.Requirement) bool {
			holds := func(n int64) bool { return p.sumsOf(weight{heads: voters}, n).holds(r) }
			return r.GetOf() == communityv1.Of_OF_YES && holds(yes) && !holds(yes-1)
		})
		if turns || level == communityv1.Secrecy_SECRECY_INTERVAL && yes%width == 0 {
			out = append(out, yes)
		}
	}
	switch {
	case !p.jointly(level) || len(out) == 0:
		return out
	case p.outOfReach(voters): // what is judged together falls short whatever anybody says, and tells nothing
		return nil
	}
	return out[len(out)-1:]
}

// outOfReach tells whether something is asked of the yes that so many voters cannot fulfil.
func (p *poll) outOfReach(voters int64) bool {
	all := p.sumsOf(weight{heads: voters}, voters)
	return slices.ContainsFunc(p.rules.GetRequirements(), func(r *communityv1.Requirement) bool {
		return r.GetOf() == communityv1.Of_OF_YES && !all.holds(r)
	})
}

// jointly tells whether requirements are judged together at a level: the greatest threshold is theirs.
func (p *poll) jointly(level communityv1.Secrecy) bool {
	return level == communityv1.Secrecy_SECRECY_PASS_FAIL && p.rules.GetSecrecy().GetTogether()
}

// sumsOf are those of a poll in which heads alone say yes.
func (p *poll) sumsOf(part weight, yes int64) *sums {
	return &sums{all: p.all, participants: part, options: []weight{{heads: yes}}}
}

// showings are the ways to publish a poll's result from its own level down, the one that tells most first.
func (p *poll) showings(voters int64) (out []*showing) {
	declared, options := p.rules.GetSecrecy().GetSecrecy(), len(p.question.GetOptions())
	if declared == communityv1.Secrecy_SECRECY_TOTALS {
		exact := &showing{declared, options + 1, func(counts []int64) string { return fmt.Sprint(counts) }} // one, or none
		if options == 0 {
			exact.choices = 3
		}
		out = append(out, exact)
	}
	if options > 0 {
		return out
	}
	for level := max(declared, communityv1.Secrecy_SECRECY_INTERVAL); level <= communityv1.Secrecy_SECRECY_PASS_FAIL; level++ {
		if level == communityv1.Secrecy_SECRECY_INTERVAL && p.rules.GetSecrecy().GetIntervalWidth() == 0 {
			continue
		}
		limits := p.claimed(voters, level)
		out = append(out, &showing{level, 3, func(counts []int64) string { return fmt.Sprint(rangeOf(counts[0], voters, limits)) }})
	}
	return out
}

// rangeOf tells between which thresholds a number lies.
func rangeOf(n, most int64, limits []int64) (r [2]int64) {
	r[1] = most
	for _, limit := range limits {
		if n < limit {
			r[1] = min(r[1], limit-1)
		} else {
			r[0] = limit
		}
	}
	return r
}

// hopeless tells whether a requirement fails whatever those who took part have meant.
func (p *poll) hopeless(part weight) bool {
	all := p.sumsOf(part, part.heads)
	return slices.ContainsFunc(p.rules.GetRequirements(), func(r *communityv1.Requirement) bool { return !all.holds(r) })
}

// openedInSecret holds what an opening says of a secret poll besides.
func (l *ledger) openedInSecret(f *fact, p *poll, b *votingv1.PollOpened) {
	s := p.secret
	if s == nil {
		l.must(f, b.GetElection() == nil && b.GetLeak() == nil, "an open poll opens as a secret one")
		return
	}
	l.must(f, f.Time >= s.contested && s.refuted == "", "opened while its roster may be contested, or by one that is wrong")
	l.must(f, s.fair(p), "opened by a roster of other weights than those of who registered")
	l.must(f, string(b.GetElection()) == string(l.electionOf(f.id, p)), "ballots are bound to something else")
	voters := int64(len(s.rows))
	want := p.leakOf(p.showings(voters)[0], voters)
	l.must(f, want.GetRefused() == "" && proto.Equal(b.GetLeak(), want), "the result is said to tell %v, want %v", b.GetLeak(), want)
	s.election = b.GetElection()
}

// unsealed takes what is said of a secret poll's sums after the close.
func (l *ledger) unsealed(f *fact, p *poll) {
	s, k := p.secret, p.council
	switch b := f.body.(type) {
	case *votingv1.EncryptedTallyRecorded:
		l.must(f, f.Author == chain.AuthorPolicy && p.closed && s.sums == nil, "ballots are added up by a hand, early, or twice")
		s.sums, s.decrypted, s.blinded = b.GetTally(), make([][]byte, len(k.trustees)), make([][][]byte, len(k.trustees))
		want := l.addedUp(f, p)
		l.must(f, proto.Equal(s.sums, want), "the sums are %v, want %v", s.sums, want)
		p.keyMissingAt = f.Time + 1000*int64(p.rules.GetKeyPublishSeconds())
		if len(want.GetTotals()) == 0 {
			p.private = []byte("nothing") // is to be opened
		}
	case *votingv1.TotalsDecrypted:
		if l.part(f, p, b.GetTrustee(), communityv1.Secrecy_SECRECY_TOTALS, b.GetMessage()) {
			s.decrypted[b.GetTrustee()-1] = b.GetMessage()
		}
		if k.published == int(k.threshold) {
			p.private, s.opened = []byte("the totals"), k.done()
		}
	case *votingv1.TotalsBlinded:
		l.must(f, len(b.GetMessages()) == len(s.sums.GetTotals()), "a part of other totals than are to be opened")
		if l.part(f, p, b.GetTrustee(), s.sums.GetSecrecy(), nil) {
			s.blinded[b.GetTrustee()-1] = b.GetMessages()
		}
	case *votingv1.TotalsProved:
		mine := k.is(b.GetTrustee(), f.Actor) && p.closed && s.sums.GetSecrecy() > communityv1.Secrecy_SECRECY_TOTALS
		l.must(f, mine && s.provedBy == 0 && k.published >= int(k.threshold), "totals are proved by a stranger, early, or twice")
		for _, v := range b.GetVerdicts() {
			l.must(f, !l.lied(v), "a false proof")
		}
		s.provedBy, s.verdicts = b.GetTrustee(), b.GetVerdicts()
		s.opened, p.private = quorumOf(b.GetVerdicts()), []byte("the proofs")
	}
}

// part: a trustee does theirs once, after the sums are on the record.
func (l *ledger) part(f *fact, p *poll, n uint32, level communityv1.Secrecy, message []byte) bool {
	k, opened := p.council, p.secret.sums.GetSecrecy()
	if !k.is(n, f.Actor) || len(p.secret.sums.GetTotals()) == 0 {
		l.complain(f, "a part by whom is no trustee, or of nothing")
		return false
	}
	exact := opened == communityv1.Secrecy_SECRECY_TOTALS
	l.must(f, level == opened && exact == (message != nil), "a part at another level than the sums'")
	l.must(f, len(k.shares[n-1]) == 0 && !l.lied(message), "a part twice, or a false one")
	k.shares[n-1], k.published = []byte("done"), k.published+1
	return true
}

// done are the numbers of those who have done their part, ascending.
func (k *council) done() (out []uint32) {
	for i, s := range k.shares {
		if len(s) > 0 {
			out = append(out, uint32(i+1))
		}
	}
	return out
}

// quorumOf are the trustees whose parts a proof rests on.
func quorumOf(verdicts [][]byte) (out []uint32) {
	for _, m := range verdicts {
		var used []int
		if v, err := trustee.DecodeVerdict(m); err == nil {
			used = v.Quorum
		} else if j, err := trustee.DecodeJoint(m); err == nil {
			used = j.Each[0].Quorum // of heads alone
		} else {
			panic(err)
		}
		for _, n := range used {
			out = append(out, uint32(n))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// addedUp adds the ballots that count up, and says what of it is to be opened.
func (l *ledger) addedUp(f *fact, p *poll) *votingv1.EncryptedTally {
	s, rows := p.secret, p.secret.taking()
	voters := int64(len(rows))
	out := &votingv1.EncryptedTally{
		Secrecy: p.rules.GetSecrecy().GetSecrecy(), Ballots: uint32(voters), Replaced: s.replaced, Challenged: s.challenged,
	}
	if voters == 0 || p.hopeless(together(rows)) {
		return out
	}
	out.Secrecy = communityv1.Secrecy_SECRECY_UNSPECIFIED
	for _, w := range p.showings(voters) {
		report := p.leakOf(w, voters)
		out.Leak = append(out.Leak, &votingv1.LeakStep{Secrecy: w.secrecy, Report: report})
		if report.GetRefused() == "" {
			out.Secrecy = w.secrecy
			break
		}
	}
	if out.GetSecrecy() == communityv1.Secrecy_SECRECY_UNSPECIFIED {
		return out
	}
	election, ballots, weights := l.forPoll(p), []*secretballot.Ballot{}, []int64{}
	for _, r := range rows {
		b, err := election.Decode(s.urns[r.key].last)
		if err != nil {
			l.complain(f, "a ballot on the record cannot be read: %v", err)
			return out
		}
		ballots, weights = append(ballots, b), append(weights, r.heads)
	}
	hides, bounds, err := election.Tally(ballots, weights)
	if err != nil {
		l.complain(f, "ballots on the record cannot be added up: %v", err)
		return out
	}
	for option, sum := range hides {
		t := &votingv1.EncryptedTotal{
			Measure: communityv1.Measure_MEASURE_HEADS, Option: uint32(option), Sum: sum.Bytes(), Bound: bounds[option],
		}
		if out.GetSecrecy() != communityv1.Secrecy_SECRECY_TOTALS {
			if option > 0 {
				break
			}
			for _, limit := range p.claimed(voters, out.GetSecrecy()) {
				t.Claims = append(t.Claims, &votingv1.TotalClaim{Threshold: limit})
			}
		}
		out.Totals = append(out.Totals, t)
	}
	out.Together = p.jointly(out.GetSecrecy())
	return out
}

// taking is how many have a ballot that counts, entitled how many could.
func (p *poll) taking() int {
	if p.secret != nil {
		return len(p.secret.taking())
	}
	return len(p.ballots)
}

func (p *poll) entitled() int {
	if p.secret != nil {
		return len(p.secret.rows)
	}
	return len(p.roll)
}

// countedInSecret holds a tally to what the voters of a secret poll meant, and to what may be known of it.
func (l *ledger) countedInSecret(f *fact, p *poll, t *votingv1.Tally) {
	s := p.secret
	counts, part := make([]int64, max(3, len(p.question.GetOptions()))), together(s.taking())
	for _, r := range s.taking() {
		choice, _ := l.hid(s.urns[r.key].last)
		for o, n := range choice.choice {
			counts[o] += n * r.heads
		}
	}
	voters, yesNo := int64(len(s.taking())), len(p.question.GetOptions()) == 0
	want := &votingv1.Tally{
		Ballots: uint32(voters), Valid: uint32(voters), Replaced: s.replaced, InvalidBallots: &votingv1.InvalidBallots{},
		StandsWithoutHosted: true, ParticipantsHeads: part.heads, ParticipantsAreaCentiM2: part.area,
		Secret: &votingv1.SecretReport{
			Secrecy: s.sums.GetSecrecy(), Credentials: uint32(len(s.rows)), Challenged: s.challenged, Trustees: s.opened,
		},
		TieBroken: t.GetTieBroken(), Ties: t.GetTies(), Inequalities: t.GetInequalities(), Notice: t.GetNotice(),
	}
	want.Channels, want.CastBy = l.channelsInSecret(p)
	known := rangeOf(counts[0], voters, nil)
	opened := len(s.sums.GetTotals()) > 0
	exact := opened && s.sums.GetSecrecy() == communityv1.Secrecy_SECRECY_TOTALS
	switch {
	case exact || voters == 0:
		known = [2]int64{counts[0], counts[0]}
		for o, n := range counts {
			want.Totals = append(want.Totals, &votingv1.OptionTotal{Option: uint32(o), Heads: n})
		}
		want.ValidHeads = sum(counts)
		if yesNo {
			want.ValidHeads -= counts[2]
		}
		want.Abstained = uint32(voters - want.ValidHeads)
	case opened:
		known = rangeOf(counts[0], voters, p.claimed(voters, s.sums.GetSecrecy()))
		want.Secret.Ranges = []*votingv1.TotalRange{{Measure: communityv1.Measure_MEASURE_HEADS, Low: known[0], High: known[1]}}
		if p.jointly(s.sums.GetSecrecy()) {
			want.Secret.Together = votingv1.Together_TOGETHER_SHORT
			if known[0] > 0 {
				want.Secret.Together = votingv1.Together_TOGETHER_REACHED
			}
		}
	}
	if opened {
		want.Secret.Leak = p.leakedBy(counts, voters, s.sums.GetSecrecy())
	}
	want.Result, want.Winners = p.judged(counts, part)
	if s.sums.GetSecrecy() == communityv1.Secrecy_SECRECY_UNSPECIFIED {
		want.Result, want.Winners = votingv1.Result_RESULT_WITHHELD, nil
	}
	l.must(f, proto.Equal(t, want), "the tally is %v, want %v", t, want)
	l.linesKnown(f, p, t, part, known)
}

// together is what credentials weigh.
func together(rows []listedKey) (all weight) {
	for _, r := range rows {
		all = all.plus(r.weight)
	}
	return all
}

func sum(list []int64) (n int64) {
	for _, x := range list {
		n += x
	}
	return n
}

// judged is what the requirements and the method say of what was meant.
func (p *poll) judged(counts []int64, part weight) (votingv1.Result, []uint32) {
	all := &sums{all: p.all, participants: part, scores: counts}
	for _, n := range counts {
		all.options = append(all.options, weight{heads: n})
	}
	return all.result(p)
}

// leakedBy is what the meter must say of a result that is known. Below exact totals a voter who does not say yes may be asked about both as
// one: the surer answer counts.
func (p *poll) leakedBy(counts []int64, voters int64, level communityv1.Secrecy) *votingv1.LeakReport {
	all := p.showings(voters)
	w := *all[slices.IndexFunc(all, func(w *showing) bool { return w.secrecy == level })]
	if len(p.question.GetOptions()) > 0 { // the last choice is none
		counts = append(slices.Clone(counts), voters-sum(counts))
	}
	told := w.tells(counts)
	worst, _ := w.measure(voters, told)
	if level != communityv1.Secrecy_SECRECY_TOTALS {
		w.choices = 2
		if both, _ := w.measure(voters, told); both.Cmp(worst) > 0 {
			worst = both
		}
	}
	r := &votingv1.LeakReport{AnonymityMin: voters, PosteriorMicros: millionths(worst), Exact: true}
	if worst.Cmp(big.NewRat(19, 20)) > 0 {
		r.ChanceMicros, r.Refused = 1_000_000, "leak.voter_pinned"
	}
	return r
}

// linesKnown: a requirement is written out as far as it is known whether it holds, and without figures that are hidden.
func (l *ledger) linesKnown(f *fact, p *poll, t *votingv1.Tally, part weight, known [2]int64) {
	lines := t.GetInequalities()
	for _, r := range p.rules.GetRequirements() {
		holds := p.sumsOf(part, known[0]).holds(r)
		if holds != p.sumsOf(part, known[1]).holds(r) {
			continue
		}
		if len(lines) == 0 || !proto.Equal(lines[0].GetRequirement(), r) {
			l.complain(f, "a requirement is not written out")
			return
		}
		hides := r.GetOf() == communityv1.Of_OF_YES && known[0] != known[1]
		l.must(f, lines[0].GetHolds() == holds, "a requirement holds or not, and the tally says otherwise")
		l.must(f, (lines[0].GetLeft() == "") == hides && (lines[0].GetRight() == "") == hides, "hidden figures are written out, or open ones not")
		lines = lines[1:]
	}
	l.must(f, len(lines) == 0, "requirements are written out that nobody can know")
}
