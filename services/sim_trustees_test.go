package services_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// council is the trustees of a poll at work on its key: what they have said in the round at hand, and what they have published.
type council struct {
	secrecy   communityv1.Secrecy
	next      []*communityv1.Trustee // who takes part in the round that is to begin
	round     uint32                 // 0 before the first
	trustees  []*communityv1.Trustee // number i+1 at index i
	threshold uint32
	answersBy int64
	context   []byte
	said      [][]byte // in the order of the record
	words     []int    // how many each has said
	promises  [][]byte // to nonces
	accused   uint32   // by a complaint that was accepted
	liars     []uint32 // who dealt what is false, as their makers know
	failed    bool
	failedAt  int64
	seal      []byte // the key, when all have said all
	shares    [][]byte
	nonces    [][]byte
	published int
	withheld  []uint32
}

// The kinds of words in their turns, from docs/format.md; and that of a complaint, which may come instead of the last.
var turns = []byte{2, 3, 4, 6}

const complaintKind, shareKind = 5, 9

// appointed: two organisations name trustees of at least two.
func (l *ledger) appointed(f *fact, b *communityv1.TrusteesAppointed) {
	genesis := f.Author == chain.AuthorGenesis
	l.must(f, genesis || l.twoOrgs(f, ""), "trustees by one organisation")
	seen := map[string]bool{}
	for _, t := range b.GetTrustees() {
		l.must(f, l.orgs[t.GetOrg()] || genesis, "a trustee of no organisation")
		l.must(f, genesis || l.active(t.GetMember()), "a trustee without standing")
		l.must(f, l.registrar.GetMember() != t.GetMember(), "who knows the voters has a part of polls' keys")
		l.must(f, !seen[t.GetMember()] && !seen[string(t.GetTrusteeKey())], "a trustee twice")
		seen[t.GetMember()], seen[string(t.GetTrusteeKey())] = true, true
	}
	l.must(f, orgsOf(b.GetTrustees()) >= 2, "trustees of one organisation")
	l.trustees = b.GetTrustees()
}

func orgsOf(list []*communityv1.Trustee) int {
	orgs := map[string]bool{}
	for _, t := range list {
		orgs[t.GetOrg()] = true
	}
	return len(orgs)
}

// councilOf is the council of a poll whose rules ask for one: the trustees as they are appointed when it is called.
func (l *ledger) councilOf(r *communityv1.PollRules) *council {
	if r.GetSecrecy() == nil {
		return nil
	}
	return &council{next: l.trustees, secrecy: r.GetSecrecy().GetSecrecy()}
}

// step counts the words that everybody has said.
func (k *council) step() int {
	if len(k.words) == 0 {
		return 0
	}
	return slices.Min(k.words)
}

// owing are those whose word the others wait for.
func (k *council) owing() (numbers []uint32) {
	for i, n := range k.words {
		if n == k.step() && n < len(turns) {
			numbers = append(numbers, uint32(i+1))
		}
	}
	return numbers
}

// speaks tells whether a round is under way.
func (k *council) speaks() bool { return k != nil && k.round > 0 && !k.failed && len(k.seal) == 0 }

// is tells whether a member has a number among the trustees.
func (k *council) is(number uint32, member string) bool {
	return number >= 1 && int(number) <= len(k.trustees) && k.trustees[number-1].GetMember() == member
}

// needed is how many must act together.
func needed(p *poll, of int) uint32 {
	return cmp.Or(p.rules.GetSecrecy().GetTrusteesMin(), uint32(of)/2+1)
}

// tooFew tells whether no further round can begin.
func (p *poll) tooFew() bool {
	k := p.council
	if k == nil || k.round > 0 && !k.failed {
		return false
	}
	return uint32(len(k.next)) < needed(p, len(k.next)) || orgsOf(k.next) < 2
}

// trusteed takes what trustees do for a poll; false for everything else.
func (l *ledger) trusteed(f *fact, p *poll) bool {
	switch b := f.body.(type) {
	case *votingv1.CeremonyBegun, *votingv1.KeyPartAdded, *votingv1.CeremonyFailed, *votingv1.PollKeySealed, *votingv1.SharePublished,
		*votingv1.SharesMissing:
		if p == nil || p.council == nil {
			l.complain(f, "trustees at work for a poll that has none")
			return true
		}
		l.council(f, p)
	case *votingv1.PollKeyOffered, *votingv1.PollKeyHeld, *votingv1.KeyPublished:
		if p.council == nil {
			return false
		}
		l.complain(f, "a holder at work for a poll with trustees: %v", b)
	default:
		return false
	}
	return true
}

func (l *ledger) council(f *fact, p *poll) {
	k := p.council
	switch b := f.body.(type) {
	case *votingv1.CeremonyBegun:
		l.begun(f, p, b)
	case *votingv1.KeyPartAdded:
		l.word(f, p, b)
	case *votingv1.CeremonyFailed:
		l.roundFailed(f, p, b)
	case *votingv1.PollKeySealed:
		l.must(f, f.Author == chain.AuthorPolicy && k.speaks() && !p.dead && k.step() == len(turns), "a key before all have said all, or twice")
		l.must(f, len(k.liars) == 0, "a key with a false share in it")
		k.seal, p.key, p.heldBy, p.sealedAt = b.GetSeal(), string(b.GetBoxKey()), "the trustees", f.at
		p.roll, p.all = l.sealRoll(p.rules.GetElectorate())
	case *votingv1.SharePublished:
		l.share(f, p, b)
	case *votingv1.SharesMissing:
		var missing []uint32
		for i, s := range k.shares {
			if len(s) == 0 {
				missing = append(missing, uint32(i+1))
			}
		}
		due := p.closed && f.Time >= p.keyMissingAt && !p.keyMissing
		l.must(f, f.Author == chain.AuthorPolicy && due, "shares are missing before their time, or twice")
		l.must(f, len(missing) > 0 && slices.Equal(b.GetTrustees(), missing), "the shares of %v are missing, want %v", b.GetTrustees(), missing)
		k.withheld, p.keyMissing = b.GetTrustees(), true
		k.openable(p)
	}
}

// begun: a round is of those who were appointed at the call, without those by whom a round before it failed.
func (l *ledger) begun(f *fact, p *poll, b *votingv1.CeremonyBegun) {
	k := p.council
	same := slices.EqualFunc(b.GetTrustees(), k.next, func(a, b *communityv1.Trustee) bool { return proto.Equal(a, b) })
	l.must(f, f.Author == chain.AuthorPolicy && b.GetRound() == k.round+1 && (k.round == 0 || k.failed), "a round out of its turn")
	l.must(f, !p.dead && f.Time < p.opensBy, "a round for a poll that has lapsed")
	l.must(f, same && !p.tooFew(), "a round of others than are left, or of too few")
	l.must(f, b.GetThreshold() == needed(p, len(k.next)), "another number of trustees must act together")
	within := 1000 * (cmp.Or(int64(p.rules.GetOpenWithinSeconds()), 7*24*3600) / 4)
	l.must(f, b.GetAnswersBy() == min(p.opensBy, f.Time+within), "another time to answer")
	l.must(f, bytes.Equal(b.GetContext(), contextOf(f.id, b)), "words of this round are bound to something else")
	n := len(b.GetTrustees())
	p.council = &council{
		secrecy: k.secrecy, round: b.GetRound(), trustees: b.GetTrustees(), threshold: b.GetThreshold(), answersBy: b.GetAnswersBy(),
		context: b.GetContext(),
		words:   make([]int, n), promises: make([][]byte, n), shares: make([][]byte, n), nonces: make([][]byte, n),
	}
}

// contextOf is written down from docs/format.md, section 15.
func contextOf(poll string, b *votingv1.CeremonyBegun) []byte {
	str := func(b []byte, s string) []byte { return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...) }
	h := append([]byte("renlin/ceremony/1\n"), byte(b.GetRound()), byte(b.GetThreshold()), byte(len(b.GetTrustees())))
	h = str(h, poll)
	for _, t := range b.GetTrustees() {
		h = append(str(str(h, t.GetMember()), t.GetOrg()), t.GetTrusteeKey()...)
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(h, uint64(b.GetAnswersBy())))
	return sum[:]
}

// word: everybody says the first before anybody says the second, in their own name, in time, and none twice.
func (l *ledger) word(f *fact, p *poll, b *votingv1.KeyPartAdded) {
	k, n, m := p.council, b.GetTrustee(), b.GetMessage()
	if !k.is(n, f.Actor) || len(m) < 4 {
		l.complain(f, "a word by whom is no trustee of the round")
		return
	}
	l.must(f, m[2] == byte(n), "another's word")
	inTime := !p.dead && f.Time < k.answersBy && f.block < k.answersBy
	l.must(f, k.speaks() && k.accused == 0 && b.GetRound() == k.round && inTime, "a word of another round, or out of time")
	step := k.step()
	complaint := step == len(turns)-1 && m[1] == complaintKind
	l.must(f, step < len(turns) && k.words[n-1] == step && (complaint || m[1] == turns[step]), "a word out of its turn, or twice")
	promise := b.GetNonceCommitment()
	l.must(f, (len(promise) == sha256.Size) == (step == 0) && (step == 0 || len(promise) == 0), "a nonce is promised out of turn, or none is")
	for _, other := range k.promises {
		l.must(f, step > 0 || !bytes.Equal(other, promise), "another's promise")
	}
	k.said = append(k.said, m)
	if step == 0 {
		k.promises[n-1] = promise
	}
	if l.lied(m) {
		k.liars = append(k.liars, n)
	}
	if complaint {
		k.accused = uint32(m[3])
		return
	}
	k.words[n-1]++
}

// roundFailed: a round ends by a false share, whose dealer is named, or by those who owed their word when the time was over.
func (l *ledger) roundFailed(f *fact, p *poll, b *votingv1.CeremonyFailed) {
	k := p.council
	l.must(f, k.speaks() && b.GetRound() == k.round && !p.dead, "a round fails that is over")
	if want := []uint32{k.accused}; k.accused > 0 {
		l.must(f, slices.Equal(b.GetTrustees(), want) && b.GetReason() == "trustee.share_false", "%v are accused, want %v", b.GetTrustees(), want)
		l.must(f, slices.Contains(k.liars, k.accused), "who is accused dealt what is right")
	} else {
		l.must(f, f.Author == chain.AuthorPolicy && f.Time >= k.answersBy && b.GetReason() == "trustees.silent", "a round ends early")
		l.must(f, len(k.owing()) > 0 && slices.Equal(b.GetTrustees(), k.owing()), "a round fails by %v, want %v", b.GetTrustees(), k.owing())
	}
	k.failed, k.failedAt, k.next = true, f.Time, nil
	for i, t := range k.trustees {
		if !slices.Contains(b.GetTrustees(), uint32(i+1)) {
			k.next = append(k.next, t)
		}
	}
}

// share: a trustee publishes after the close, once, and the nonce that was promised.
func (l *ledger) share(f *fact, p *poll, b *votingv1.SharePublished) {
	k, n, m := p.council, b.GetTrustee(), b.GetMessage()
	if !k.is(n, f.Actor) || len(m) < 3 {
		l.complain(f, "a share by whom is no trustee")
		return
	}
	l.must(f, len(k.seal) > 0 && p.closed, "a share before the close")
	l.must(f, len(k.shares[n-1]) == 0 && m[1] == shareKind && m[2] == byte(n), "a share twice, or another's")
	sum := sha256.Sum256(append([]byte("renlin/tie-nonce/1\n"), b.GetNonce()...))
	l.must(f, bytes.Equal(sum[:], k.promises[n-1]), "another nonce than was promised")
	k.shares[n-1], k.nonces[n-1], k.published = m, b.GetNonce(), k.published+1
	k.openable(p)
}

// openable notes when a poll can be counted: enough shares are there, and where a seed is made of the nonces, all or the finding.
func (k *council) openable(p *poll) {
	if p.secret != nil {
		return // see unsealed
	}
	seed := p.rules.GetTieRule() == communityv1.TieRule_TIE_RULE_SEED
	if k.published >= int(k.threshold) && (!seed || k.published == len(k.trustees) || len(k.withheld) > 0) {
		p.private = []byte("the shares")
	}
}

// tieSeed is written down from docs/format.md, section 15.
func (l *ledger) tieSeed(p *poll) []byte {
	k := p.council
	if k == nil || p.rules.GetTieRule() != communityv1.TieRule_TIE_RULE_SEED {
		return nil
	}
	id := pollOfBox(l, p)
	h := append(binary.BigEndian.AppendUint16([]byte("renlin/tie-seed/1\n"), uint16(len(id))), id...)
	var of []*communityv1.Trustee
	for i, nonce := range k.nonces {
		if len(nonce) > 0 && !slices.Contains(k.withheld, uint32(i+1)) {
			h, of = append(append(h, byte(i+1)), nonce...), append(of, k.trustees[i])
		}
	}
	if orgsOf(of) < 2 {
		return nil
	}
	sum := sha256.Sum256(h)
	return sum[:]
}

// prefer puts options that stand equal in the order of the seed, if there is one.
func (p *poll) prefer(order []uint32, options []*proposalv1.Option) {
	if len(p.seed) == 0 {
		return
	}
	slices.SortFunc(order, func(a, b uint32) int {
		x := sha256.Sum256(append(slices.Clone(p.seed), options[a].GetCode()...))
		y := sha256.Sum256(append(slices.Clone(p.seed), options[b].GetCode()...))
		return bytes.Compare(x[:], y[:])
	})
}

// withheld is who had not published in time.
func (p *poll) withheld() []uint32 {
	if p.council == nil {
		return nil
	}
	return p.council.withheld
}

// idle tells whether there is nothing that trustees could open.
func (p *poll) idle() bool { return p.secret != nil && len(p.secret.sums.GetTotals()) == 0 }

// trusteesLapsed: what a rule does about trustees lapses only when it is done, or too late.
func (l *ledger) trusteesLapsed(f *fact, kind, id, round string) {
	p := l.polls[id]
	if p == nil || p.council == nil {
		l.complain(f, "the %s of %s lapsed, which can always be done", kind, id)
		return
	}
	k := p.council
	good := map[string]bool{
		"ceremony": p.dead || f.Time >= p.opensBy, "round": p.dead || !k.speaks() || k.step() == len(turns) || fmt.Sprint(k.round) != round,
		"seal": p.dead, "tally": p.tally != nil, "shares-missing": k.published == len(k.trustees) || p.certified,
	}
	l.must(f, good[kind], "the %s of %s lapsed, which could be done", kind, id)
}

// trusteesRest says which of the rules about trustees did not carry themselves out.
func (l *ledger) trusteesRest(f *fact, due int64) {
	for id, p := range l.polls {
		k := p.council
		if k == nil {
			continue
		}
		waits := k.speaks() && k.step() < len(turns) && k.answersBy > due
		late := k.failed && k.failedAt+lateMS >= p.opensBy
		l.must(f, p.dead || len(k.seal) > 0 || waits || late, "the trustees of poll %s are stuck", id)
		missed := k.published < len(k.trustees) && !p.keyMissing && p.keyMissingAt <= due && !p.idle()
		l.must(f, !p.closed || !missed || p.certified, "the trustees of poll %s withhold, and nobody says so", id)
	}
}
