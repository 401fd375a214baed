package pollcheck

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var (
	whyShare = because("shares.wrong",
		"A published share is not the trustee's.", "公布的份额并非该保管人的份额。")
	whyShareTrustee = because("shares.trustee",
		"A share stands under another trustee, or was published twice.", "份额记在另一名保管人名下，或重复公布。")
	whyShareNonce = because("shares.nonce",
		"What a trustee revealed for the breaking of ties is not what they had promised.", "保管人公开的平局用数与其承诺不符。").unless(ofPoll)
	whyShareEarly = because("shares.early",
		"A share was published before the close, so ballots could be opened while others voted.", "份额在截止前公布，投票期间即可开票。").unless(ofPoll)
	whyShareMissing = because("shares.missing",
		"Those who are said to have withheld their shares are not those who had.", "被指未公布份额的人与实际不符。").unless(ofPoll)
	whyShareFew = because("shares.few",
		"The poll was counted although too few shares were published to open its ballots.", "公布的份额不足以开票，却已计票。").unless(ofPoll)
	whyKeyWrong = because("shares.key",
		"The published key does not fit the one to which ballots were sealed.", "公布的私钥与封装选票所用的公钥不匹配。").unless(ofPoll)
)

// choice is what is in a box, or why there is nothing.
type choice struct {
	*votingv1.Choice
	fault error
}

// shares checks what opens the ballots of an open poll, and opens every last box.
func (c *checking) shares() {
	if c.secret() {
		_, given := of[*votingv1.SharePublished](c.poll)
		c.is(len(given) == 0, whyShareEarly, at(c.closed))
		return
	}
	var opener *ballot.Opener
	if c.rules.GetSecrecy() == nil {
		opener = c.heldKey()
	} else {
		opener = c.rebuilt()
	}
	if opener == nil {
		if c.tallied != nil {
			c.unchecked(notEarlier)
		}
		return
	}
	c.openBoxes(opener)
}

// heldKey takes the key that one of two holders published.
func (c *checking) heldKey() *ballot.Opener {
	var boxKey []byte
	for _, s := range c.facts {
		switch b := s.body.(type) {
		case *votingv1.PollKeyOffered:
			boxKey = b.GetBoxKey()
		case *votingv1.KeyPublished:
			opener, err := ballot.NewOpener(b.GetPrivateKey(), boxKey, c.id)
			c.is(c.closed != nil && s.index > c.closed.index, whyShareEarly, at(s))
			if c.is(err == nil, whyKeyWrong, at(s)) {
				return opener
			}
		}
	}
	return nil
}

// rebuilt makes the key again from the trustees' shares.
func (c *checking) rebuilt() *ballot.Opener {
	if c.seal == nil {
		return nil
	}
	promised := c.promises()
	var right []*trustee.Exposed
	given := map[uint32]bool{}
	nonces := map[uint32][]byte{}
	for _, s := range c.facts {
		switch b := s.body.(type) {
		case *votingv1.SharePublished:
			where := at(s).of("trustee %d", b.GetTrustee())
			c.is(c.closed != nil && s.index > c.closed.index, whyShareEarly, where)
			share, err := trustee.DecodeExposed(b.GetMessage())
			if err == nil {
				c.is(share.Trustee == int(b.GetTrustee()) && !given[b.GetTrustee()], whyShareTrustee, where)
				err = share.Check(c.seal)
			}
			given[b.GetTrustee()] = true
			if c.is(err == nil, whyShare, where.because(err)) {
				right = append(right, share)
			}
			sum := sha256.Sum256(append([]byte("renlin/tie-nonce/1\n"), b.GetNonce()...))
			n := int(b.GetTrustee())
			kept := len(b.GetNonce()) == 32 && n >= 1 && n <= len(promised) && bytes.Equal(sum[:], promised[n-1])
			c.is(kept, whyShareNonce, where)
			if !slices.Contains(c.withheld(), b.GetTrustee()) { // one that came after it was missed breaks no tie
				nonces[b.GetTrustee()] = b.GetNonce()
			}
		case *votingv1.SharesMissing:
			var missing []uint32
			for i := range c.seal.Keys {
				if !given[uint32(i+1)] {
					missing = append(missing, uint32(i+1))
				}
			}
			c.is(slices.Equal(missing, b.GetTrustees()), whyShareMissing, at(s))
		}
	}
	c.seed = c.seedOf(nonces)
	if c.tallied == nil {
		return nil
	}
	secret, err := trustee.Rebuild(c.seal, right)
	if !c.is(err == nil, whyShareFew, at(c.tallied).because(err)) {
		return nil
	}
	return secret.Opener(c.id)
}

// promises are the trustees' commitments of the last round, by number.
func (p *poll) promises() [][]byte {
	terms := p.terms()
	out := make([][]byte, len(terms.GetTrustees()))
	_, words := of[*votingv1.KeyPartAdded](p)
	for _, b := range words {
		if n := int(b.GetTrustee()); b.GetRound() == terms.GetRound() && n >= 1 && n <= len(out) && len(b.GetNonceCommitment()) > 0 {
			out[n-1] = b.GetNonceCommitment()
		}
	}
	return out
}

// seedOf is what breaks ties: a hash of the numbers that were revealed in time, if they are of two organisations; nil where there is none.
func (c *checking) seedOf(nonces map[uint32][]byte) []byte {
	if c.rules.GetTieRule() != communityv1.TieRule_TIE_RULE_SEED {
		return nil
	}
	h, orgs := putStr([]byte("renlin/tie-seed/1\n"), c.id), map[string]bool{}
	for i, t := range c.terms().GetTrustees() {
		if nonce, ok := nonces[uint32(i+1)]; ok {
			h = append(append(h, byte(i+1)), nonce...)
			orgs[t.GetOrg()] = true
		}
	}
	if len(orgs) < 2 {
		return nil
	}
	sum := sha256.Sum256(h)
	return sum[:]
}

// openBoxes opens every voter's last box.
func (c *checking) openBoxes(opener *ballot.Opener) {
	last := map[string]*votingv1.BallotCast{}
	cast, bodies := of[*votingv1.BallotCast](c.poll)
	for i, s := range cast {
		if _, again := last[s.last()]; !again {
			c.voted = append(c.voted, s.last())
		}
		last[s.last()] = bodies[i]
	}
	slices.Sort(c.voted)
	c.choices = []choice{}
	for _, voter := range c.voted {
		open, err := opener.Open(voter, last[voter].GetBox())
		if err == nil && last[voter].GetPaper() > 0 {
			twin, other := opener.Open(voter, c.twinBox(voter, last[voter]))
			if other != nil || !proto.Equal(open, twin) {
				err = errUnequal
			}
		}
		c.choices = append(c.choices, choice{open, err})
		c.check.Looked++
	}
}
