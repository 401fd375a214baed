package pollcheck

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var (
	whyElection = because("election.differs",
		"What the ballots are bound to is not the hash of what was declared.", "选票所绑定的编号不是所公布内容的哈希。")
	whyBallotUnlisted = because("ballots.unlisted",
		"A ballot is by a credential that is not on the roster.", "选票所用凭证不在凭证名册上。").unless(ofPoll)
	whyBallotSigner = because("ballots.signer",
		"A ballot was not signed by its credential, or the commit names a person.", "选票并非由其凭证签名，或记录中出现了人名。")
	whyBallotPlace = because("ballots.place",
		"A ballot stands under another credential than its own.", "选票记在了另一凭证名下。")
	whyBallotRefused = because("ballots.refused",
		"A ballot does not prove that it holds an allowed choice of this credential in this poll.", "选票不能证明其内容为该凭证在本次表决中的有效选择。")
	whySequence = because("sequence.gap",
		"A credential's ballots are not numbered one after another.", "某凭证的选票编号不连续。")
	whyCopied = because("weeding.copied",
		"A ballot shares a random number with an earlier one of its credential: it is a copy, in whole or in part.",
		"选票与同一凭证的前一张共用随机数：全部或部分为抄袭。")
	whyChallenge = because("challenged.unopened",
		"What was revealed of a challenged ballot does not open it.", "受检选票所公开的内容不能打开该票。")
)

// checkElection makes the election's id again: the poll, what is asked and by which rules, roll, roster, and key.
func (c *checking) checkElection() {
	if !c.secret() || c.opened == nil {
		return
	}
	c.electionID = [32]byte{}
	given := c.opened.body.(*votingv1.PollOpened).GetElection()
	copy(c.electionID[:], given)
	if c.begun == nil || c.roster == nil || c.sealed == nil {
		c.unchecked(notShown)
		return
	}
	h := putStr([]byte("renlin/election/1\n"), c.id)
	for _, m := range [][]byte{c.raw.question, c.raw.rules, field(c.begun.raw, 1)} {
		sum := sha256.Sum256(m)
		h = append(h, sum[:]...)
	}
	h = append(h, c.roster.body.(*votingv1.RosterSealed).GetRoot()...)
	key, _ := c.sealed.body.(*votingv1.PollKeySealed)
	sum := sha256.Sum256(append(h, key.GetSeal()...))
	c.is(bytes.Equal(sum[:], given), whyElection, at(c.opened))
	if c.seal == nil {
		return
	}
	shape, _ := c.shape() // of none there is no election
	c.election, _ = secretballot.NewElection(c.electionID, c.seal.Key.Bytes(), shape)
}

// shape is the form of a secret poll's ballots (docs/format.md, credentials).
func (p *poll) shape() (secretballot.Shape, error) {
	n, b := len(p.question.GetOptions()), p.rules.GetBallot()
	if p.byFilling() {
		all, err := p.fillings()
		if err != nil {
			return secretballot.Shape{}, err
		}
		return secretballot.OneOf(len(all))
	}
	switch p.rules.GetMethod() {
	case communityv1.Method_METHOD_YES_NO:
		return secretballot.Approval(3, 1, 1)
	case communityv1.Method_METHOD_SINGLE:
		return secretballot.Approval(n, 0, 1)
	case communityv1.Method_METHOD_APPROVAL, communityv1.Method_METHOD_BUDGET_GREEDY, communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP:
		if b.GetForm() == communityv1.BallotForm_BALLOT_FORM_ORDINAL {
			break
		}
		most := int(b.GetOptionsMax())
		if most == 0 || most > n {
			most = n
		}
		return secretballot.Approval(n, min(int(b.GetOptionsMin()), most), most)
	case communityv1.Method_METHOD_SCORE:
		return secretballot.Score(n, int(b.GetPointsMax()))
	}
	return secretballot.Shape{}, secretballot.ErrShape
}

// secretBallot is one that was cast or challenged.
type secretBallot struct {
	*said
	key, ballot, opening []byte
	sequence             uint64
	challenged           bool // it was opened instead of cast
	counts               bool // it was cast, and not replaced
	decoded              *secretballot.Ballot
}

func (b *secretBallot) place() place {
	return at(b.said).of("credential %s, ballot %d", chain.KeyID(b.key), b.sequence)
}

func (b *secretBallot) voter() (v secretballot.Voter) {
	copy(v.Pseudonym[:], b.key)
	v.Sequence = b.sequence
	return v
}

// sent lists everything that credentials sent, in the order of the record.
func (p *poll) sent() (list []*secretBallot) {
	last := map[string]*secretBallot{}
	for _, s := range p.facts {
		switch b := s.body.(type) {
		case *votingv1.SecretBallotCast:
			sent := &secretBallot{said: s, key: b.GetKey(), ballot: b.GetBallot(), sequence: b.GetSequence(), counts: true}
			if before := last[string(sent.key)]; before != nil {
				before.counts = false
			}
			last[string(sent.key)], list = sent, append(list, sent)
		case *votingv1.SecretBallotChallenged:
			list = append(list, &secretBallot{
				said: s, key: b.GetKey(), ballot: b.GetBallot(), sequence: b.GetSequence(), opening: b.GetOpening(),
				challenged: true,
			})
		}
	}
	return list
}

// ballots checks whose every ballot is, and all proofs of all of them as one sum.
func (c *checking) ballots() {
	list := c.sent()
	c.all = list
	c.checkSheets()
	if len(list) == 0 {
		return
	}
	for _, b := range list {
		named := b.author != chain.AuthorCredential || b.actor != "" || len(b.keys) != 1 || !bytes.Equal(b.keys[0], b.key)
		if b.sequence == sheetSequence { // see sheets
			named = b.author == chain.AuthorCredential || b.actor == ""
		}
		c.is(!named, whyBallotSigner, b.place())
		c.is(b.last() == chain.KeyID(b.key), whyBallotPlace, b.place())
		if c.weights != nil {
			_, listed := c.weights[chain.KeyID(b.key)]
			c.is(listed, whyBallotUnlisted, b.place())
		}
	}
	if c.election == nil || c.weights == nil {
		c.unchecked(notEarlier)
		return
	}
	casts := make([]secretballot.Cast, len(list))
	for i, b := range list {
		casts[i] = secretballot.Cast{Voter: b.voter(), Ballot: b.ballot}
	}
	decoded, bad := c.election.VerifyAll(casts, c.spread)
	for i, b := range list {
		b.decoded = decoded[i]
		c.check.Looked++
	}
	for _, f := range bad {
		where := list[f.Index].place()
		where.fault = fault.Of(f.Err).Code
		c.is(false, whyBallotRefused, where)
	}
}

// sequence: a gap would be a ballot that somebody kept from the record, or put on it twice.
func (c *checking) sequence() {
	next := map[string]uint64{}
	for _, b := range c.all {
		if b.sequence == sheetSequence && !b.challenged {
			continue // see sheets
		}
		next[string(b.key)]++
		if c.hidden.between(c.opened, b.said) {
			c.unchecked(notShown)
			return
		}
		c.is(b.sequence == next[string(b.key)], whySequence, b.place())
	}
}

// weeding looks for copies among a credential's ballots, cast, replaced, and challenged: of one that was opened everybody could read the
// next. Between credentials a proof shows that whoever made it knows the numbers in it.
func (c *checking) weeding() {
	seen := map[string]*secretballot.Seen{}
	for _, b := range c.all {
		if b.decoded == nil {
			continue
		}
		if seen[string(b.key)] == nil {
			seen[string(b.key)] = &secretballot.Seen{}
		}
		c.is(seen[string(b.key)].Add(b.decoded) == nil, whyCopied, b.place())
	}
}

// challenged opens what was challenged.
func (c *checking) challenged() {
	for _, b := range c.all {
		if !b.challenged || b.decoded == nil {
			continue
		}
		_, err := c.election.Open(b.decoded, b.opening)
		c.is(err == nil, whyChallenge, b.place().because(err))
	}
}

// counting are the ballots that count, ascending by credential.
func (c *checking) counting() []*secretBallot {
	list := slices.DeleteFunc(slices.Clone(c.all), func(b *secretBallot) bool { return !b.counts })
	return sortedCopy(list, func(a, b *secretBallot) int { return bytes.Compare(a.key, b.key) })
}
