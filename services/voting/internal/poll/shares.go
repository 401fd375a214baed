package poll

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

const (
	domainNonce = "renlin/tie-nonce/1\n"
	domainTie   = "renlin/tie-seed/1\n"
	nonceBytes  = 32
)

// CommitNonce is what a trustee commits to its nonce by.
func CommitNonce(nonce []byte) [sha256.Size]byte {
	return sha256.Sum256(append([]byte(domainNonce), nonce...))
}

// PublishShare takes a trustee's share of an open poll's key, after the close and not before, and its nonce.
func PublishShare(v *decider.View, cmd *decider.Command, b *votingv1.PublishShare) ([]decider.Change, error) {
	p, c, err := ceremonyOf(v, b.GetPoll())
	if err != nil {
		return nil, err
	}
	me := c.number(cmd.Actor)
	switch {
	case me == 0:
		return nil, ErrTrustee
	case !p.Closed:
		return nil, ErrNotClosed
	case p.Certified:
		return nil, ErrCertified
	case c.Published(me):
		return nil, ErrPublished
	case p.secrecy() != communityv1.Secrecy_SECRECY_OPEN:
		return nil, ErrShareSecret
	}
	if err := c.checkShare(me, b.GetMessage()); err != nil {
		return nil, err
	}
	if sum := CommitNonce(b.GetNonce()); len(b.GetNonce()) != nonceBytes || !bytes.Equal(sum[:], c.Promised[me-1]) {
		return nil, ErrNonce
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), &votingv1.SharePublished{
		Trustee: uint32(me), Message: b.GetMessage(), Nonce: b.GetNonce(),
	})}, nil
}

// checkShare holds a published share against the trustee's public one.
func (c *Ceremony) checkShare(number int, message []byte) error {
	seal, err := trustee.DecodeSeal(c.Seal)
	if err != nil {
		return ErrShare.Because(err)
	}
	share, err := trustee.DecodeExposed(message)
	if err != nil {
		return err
	}
	if share.Trustee != number {
		return ErrTrustee
	}
	return share.Check(seal)
}

// openable tells whether a poll can be counted by now. An open poll's boxes can be opened when as many shares are published as it takes,
// and, where a seed breaks ties, all nonces are, or those who withhold theirs have been named. Whoever waits to see what their nonce would
// do is a finding.
func (p *Poll) openable() bool {
	if p.secret() {
		return p.opened()
	}
	c := p.Ceremony
	missing := len(c.missing())
	waits := p.Rules.GetTieRule() == communityv1.TieRule_TIE_RULE_SEED && missing > 0 && len(c.Withheld) == 0
	return len(c.Trustees)-missing >= int(c.Threshold) && !waits
}

// OnSharePublished counts as soon as that is possible.
func OnSharePublished(v *decider.View, e decider.Event, _ *votingv1.SharePublished) []decider.Demand {
	return counting(v, e.Aggregate[len("poll/"):])
}

// OnSharesMissing counts where it was only a nonce that was waited for.
func OnSharesMissing(v *decider.View, e decider.Event, _ *votingv1.SharesMissing) []decider.Demand {
	return counting(v, e.Aggregate[len("poll/"):])
}

func counting(v *decider.View, id string) []decider.Demand {
	p, _, err := ceremonyOf(v, id)
	sealed := decider.DerivedOf[Book](v).Polls[id]
	if err != nil || p.Tally != nil || sealed == nil || !p.openable() {
		return nil
	}
	tally, err := Count(id, p, sealed)
	if err != nil {
		tally = nil
	}
	return []decider.Demand{{
		Purpose: "tally/" + id, Operation: "voting.record_tally", Body: &votingv1.RecordTally{Poll: id, Tally: tally},
	}}
}

// opener opens the boxes of a poll whose key is published, by whom it was held.
func (p *Poll) opener(id string) (*ballot.Opener, error) {
	if p.Ceremony == nil {
		return ballot.NewOpener(p.PrivateKey, p.BoxKey, id)
	}
	seal, err := trustee.DecodeSeal(p.Ceremony.Seal)
	if err != nil {
		return nil, err
	}
	var shares []*trustee.Exposed
	for i, message := range p.Ceremony.Shares {
		if !p.Ceremony.Published(i + 1) {
			continue
		}
		share, err := trustee.DecodeExposed(message)
		if err != nil {
			return nil, err
		}
		shares = append(shares, share)
	}
	secret, err := trustee.Rebuild(seal, shares)
	if err != nil {
		return nil, err
	}
	return secret.Opener(id), nil
}

// tieSeed hashes the nonces that were published in time, in the order of the trustees, as docs/format.md says; one that comes after it
// was missed cannot change it any more. It is empty where the rules do not ask for a seed, or fewer than two organisations have revealed
// theirs: then ties are broken by code, as where there is no seed.
func (p *Poll) tieSeed(id string) []byte {
	if p.Rules.GetTieRule() != communityv1.TieRule_TIE_RULE_SEED {
		return nil
	}
	return p.revealedSeed(id)
}

// revealedSeed is the seed that the trustees' nonces make, whether or not the rules ask for one.
func (p *Poll) revealedSeed(id string) []byte {
	if p.Ceremony == nil {
		return nil
	}
	orgs, h := map[string]bool{}, appendStr([]byte(domainTie), id)
	for i, nonce := range p.Ceremony.Nonces {
		if p.Ceremony.Published(i+1) && !slices.Contains(p.Ceremony.Withheld, uint32(i+1)) {
			orgs[p.Ceremony.Trustees[i].GetOrg()] = true
			h = append(append(h, byte(i+1)), nonce...)
		}
	}
	if len(orgs) < 2 {
		return nil
	}
	sum := sha256.Sum256(h)
	return sum[:]
}

// compareBySeed orders option codes by their hashes under a seed.
func compareBySeed(seed []byte, a, b string) int {
	x, y := seeded(seed, a), seeded(seed, b)
	return cmp.Or(bytes.Compare(x[:], y[:]), compareCodes(a, b))
}

func seeded(seed []byte, code string) [sha256.Size]byte {
	return sha256.Sum256(append(append([]byte{}, seed...), code...))
}

// withheld names the trustees who had not published in time, for the certificate.
func (p *Poll) withheld() []uint32 {
	if p.Ceremony == nil {
		return nil
	}
	return p.Ceremony.Withheld
}

// ReportSharesMissing notes who has not published in time. Of a poll that is certified before that time nobody has withheld anything: there
// were enough, and no share is taken any more.
func ReportSharesMissing(v *decider.View, _ *decider.Command, b *votingv1.ReportSharesMissing) ([]decider.Change, error) {
	p, _, err := ceremonyOf(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.Certified:
		return nil, ErrCertified
	}
	missing := p.undone()
	switch {
	case len(missing) == 0 && p.secret():
		return nil, ErrTotalsNone
	case len(missing) == 0:
		return nil, ErrPublished
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), &votingv1.SharesMissing{Trustees: missing})}, nil
}
