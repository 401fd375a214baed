package pollcheck

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var (
	whyTerms = because("ceremony.terms",
		"The trustees' terms are not those of the rules: who they are, how many must act together, of how many organisations.",
		"保管人的组成、共同行动的人数或所属组织数不符合规则。")
	whyTrustees = because("ceremony.trustees",
		"The trustees are not those whom the community had appointed, without those by whom earlier rounds failed.",
		"保管人并非社区任命且未在此前轮次中失败的人。").unless(ofRecord)
	whyRound = because("ceremony.round",
		"A round, or something that belongs to one, stands where none was due.", "某一轮或其中某一步出现在不应出现之处。").unless(ofPoll)
	whyContext = because("ceremony.context",
		"What the trustees' words are bound to is not the hash of their terms.", "保管人各步所绑定的内容不是约定条件的哈希。")
	whyMessage = because("ceremony.message",
		"A word of a trustee does not hold where it stands.", "某保管人的某一步在此处不成立。").unless(ofPoll)
	whySpeaker = because("ceremony.speaker",
		"A word stands under another trustee than the one who says it.", "某一步记在了另一名保管人名下。")
	whyNonce = because("ceremony.nonce",
		"A trustee's promise for the breaking of ties is missing, out of place, or another's.", "某保管人用于平局的承诺缺失、错位或抄自他人。")
	whyBlame = because("ceremony.blame",
		"A round is said to have failed by somebody by whom it did not.", "某轮失败被归咎于并无过失的人。").unless(ofPoll)
	whySeal = because("seal.differs",
		"The key is not the one that follows from what the trustees said.", "公钥与保管人各步得出的不符。").unless(ofPoll)
)

// round is one attempt of the trustees to make the key.
type round struct {
	terms    *votingv1.CeremonyBegun
	record   *trustee.Record // nil if the terms cannot be read
	promised [][]byte
	failed   bool
}

// ceremony plays every round again, word by word.
func (c *checking) ceremony() {
	var now *round
	left := c.trustees
	for _, s := range c.facts {
		switch b := s.body.(type) {
		case *votingv1.CeremonyBegun:
			c.is(now == nil && b.GetRound() == 1 || now != nil && now.failed && b.GetRound() == now.terms.GetRound()+1, whyRound, at(s))
			c.is(slices.EqualFunc(left, b.GetTrustees(), func(a, b *communityv1.Trustee) bool { return proto.Equal(a, b) }), whyTrustees, at(s))
			now = c.begin(s, b)
		case *votingv1.KeyPartAdded:
			if c.is(now != nil && !now.failed && b.GetRound() == now.terms.GetRound(), whyRound, at(s).of("trustee %d", b.GetTrustee())) {
				c.word(now, s, b)
			}
		case *votingv1.CeremonyFailed:
			if !c.is(now != nil && !now.failed && b.GetRound() == now.terms.GetRound(), whyRound, at(s)) {
				continue
			}
			c.is(slices.Equal(now.guilty(s), b.GetTrustees()), whyBlame, at(s))
			now.failed = true
			var rest []*communityv1.Trustee
			for i, t := range now.terms.GetTrustees() {
				if !slices.Contains(b.GetTrustees(), uint32(i+1)) {
					rest = append(rest, t)
				}
			}
			left = rest
		case *votingv1.PollKeySealed:
			c.seals(now, b)
		}
	}
}

// seals keeps the seal that follows from the round, for the check after this one.
func (c *checking) seals(now *round, b *votingv1.PollKeySealed) {
	if now == nil || now.record == nil || now.failed {
		return
	}
	if seal, err := now.record.Seal(); err == nil {
		c.seal = seal
	}
}

// begin holds a round's terms to the rules.
func (c *checking) begin(s *said, b *votingv1.CeremonyBegun) *round {
	n := len(b.GetTrustees())
	least := cmp.Or(c.rules.GetSecrecy().GetTrusteesMin(), uint32(n/2+1))
	orgs := map[string]bool{}
	for _, t := range b.GetTrustees() {
		orgs[t.GetOrg()] = true
	}
	c.is(b.GetThreshold() == least && uint32(n) >= least && len(orgs) >= 2, whyTerms, at(s))
	c.is(bytes.Equal(b.GetContext(), contextOf(c.id, b)), whyContext, at(s))
	r := &round{terms: b}
	terms := &trustee.Ceremony{Purpose: trustee.Secret, Threshold: int(b.GetThreshold())}
	copy(terms.Context[:], b.GetContext())
	if !c.secret() {
		terms.Purpose = trustee.Open
	}
	for _, t := range b.GetTrustees() {
		key, err := trustee.DecodePublic(t.GetTrusteeKey())
		if !c.is(err == nil, whyTerms, at(s).of("trustee %s", t.GetMember()).because(err)) {
			return r
		}
		terms.Keys = append(terms.Keys, key)
	}
	record, err := trustee.NewRecord(terms)
	if c.is(err == nil, whyTerms, at(s).because(err)) {
		r.record = record
	}
	return r
}

// because adds the arithmetic's own word.
func (p place) because(err error) place {
	if err != nil {
		p.fault = fault.Of(err).Code
	}
	return p
}

// word holds one message to its place, its speaker, and the promise that goes with a first one.
func (c *checking) word(r *round, s *said, b *votingv1.KeyPartAdded) {
	where := at(s).of("trustee %d", b.GetTrustee())
	if r.record == nil {
		return
	}
	first := r.record.Step() == trustee.Committing
	speaker, err := r.record.Add(b.GetMessage())
	if !c.is(err == nil, whyMessage, where.because(err)) {
		return
	}
	n := int(b.GetTrustee())
	mine := n >= 1 && n <= len(r.terms.GetTrustees()) && s.actor == r.terms.GetTrustees()[n-1].GetMember()
	c.is(speaker == n && mine, whySpeaker, where)
	want := 0
	if first {
		want = sha256.Size
	}
	again := slices.ContainsFunc(r.promised, func(p []byte) bool { return bytes.Equal(p, b.GetNonceCommitment()) })
	c.is(len(b.GetNonceCommitment()) == want && !(first && again), whyNonce, where)
	if first {
		r.promised = append(r.promised, b.GetNonceCommitment())
	}
}

// guilty are those by whom a round fails: the dealer of a false share, or, when its time is over, those who owe the word that is due.
func (r *round) guilty(s *said) (numbers []uint32) {
	if r.record == nil {
		return nil
	}
	if liar := r.record.Liar(); liar > 0 {
		return []uint32{uint32(liar)}
	}
	if s.time < r.terms.GetAnswersBy() {
		return nil
	}
	for _, n := range r.record.Waiting() {
		numbers = append(numbers, uint32(n))
	}
	return numbers
}

// contextOf hashes a round's terms (docs/format.md, ceremonies and ties).
func contextOf(poll string, b *votingv1.CeremonyBegun) []byte {
	h := append([]byte("renlin/ceremony/1\n"), byte(b.GetRound()), byte(b.GetThreshold()), byte(len(b.GetTrustees())))
	h = putStr(h, poll)
	for _, t := range b.GetTrustees() {
		h = append(putStr(putStr(h, t.GetMember()), t.GetOrg()), t.GetTrusteeKey()...)
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(h, uint64(b.GetAnswersBy())))
	return sum[:]
}

// checkSeal compares the key on the record with the one that follows.
func (c *checking) checkSeal() {
	for _, s := range c.facts {
		if b, ok := s.body.(*votingv1.PollKeySealed); ok {
			right := c.seal != nil && bytes.Equal(c.seal.Bytes(), b.GetSeal()) && bytes.Equal(c.seal.BoxKey[:], b.GetBoxKey())
			if !c.is(right, whySeal, at(s)) {
				c.seal = nil
			}
		}
	}
}
