package poll

import (
	"bytes"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// ErrElection: a poll, as it is told, is not the one that its ballots are bound to, so nobody should vote in it.
var ErrElection = fault.New(fault.Invalid, "election.untrue",
	"What was told of this secret poll contradicts itself: its question, roll, trustees or key are not those that ballots are bound to.",
	"所提供的秘密表决信息自相矛盾：议题、名册、开票受托人或公钥与选票所绑定的不一致。")

// Ballots gives what a secret poll's ballots are made for and checked against, after it has checked what it can: that the trustees' words
// make the key, and that the election's id is the hash of everything that the poll says of itself. So a device that was told another
// question, roster or key than everybody else finds out before it encrypts anything.
func Ballots(id string, p *Poll) (*secretballot.Election, error) {
	s := p.Secret
	if s == nil || !p.secret() || !p.Ceremony.sealed() || !p.Ceremony.belongs(id) {
		return nil, ErrElection
	}
	record, err := p.Ceremony.Record(p.secrecy())
	if err != nil {
		return nil, ErrElection.Because(err)
	}
	seal, err := record.Seal()
	if err != nil {
		return nil, ErrElection.Because(err)
	}
	election, err := p.electionID(id)
	switch {
	case err != nil:
		return nil, ErrElection.Because(err)
	case !bytes.Equal(seal.Bytes(), p.Ceremony.Seal), !bytes.Equal(election, s.Election):
		return nil, ErrElection
	}
	return p.election()
}

// belongs tells whether a ceremony's context is that of the poll and the round.
func (c *Ceremony) belongs(id string) bool {
	return bytes.Equal(c.Context, ceremonyContext(id, &votingv1.CeremonyBegun{
		Round: c.Round, Trustees: c.Trustees, Threshold: c.Threshold, AnswersBy: c.AnswersBy,
	}))
}

// RosterRoot is the root that a roster of such rows has, whatever their order.
func RosterRoot(rows []*votingv1.CredentialRow) chain.Hash {
	by := make(map[string]Credential, len(rows))
	for _, row := range rows {
		by[string(row.GetKey())] = Credential{Key: row.GetKey(), Weight: rowWeight(row), Channel: row.GetChannel()}
	}
	return rosterRoot(by)
}
