package secretballot

import (
	"crypto/subtle"
	"io"

	"renlin.dev/pkg/secretballot/internal/group"
)

// Encrypt makes a voter's ballot and what opens it. The opening must be forgotten as soon as the ballot is cast: it shows the choice to
// whoever has it.
//
// How long this takes and what it reads does not depend on the choice: for every branch of every proof it does the same, and the branch
// that is true differs only in which of two challenges is kept.
func (e *Election) Encrypt(rand io.Reader, v Voter, choice []int64) (ballot []byte, opening *Opening, err error) {
	values, err := e.plan.values(choice)
	if err != nil {
		return nil, nil, err
	}
	opening = &Opening{values: values, nonces: make([]*group.Scalar, len(values))}
	ballot = append(make([]byte, 0, e.plan.ballotBytes), version)
	for i, value := range values {
		if opening.nonces[i], err = group.RandomScalar(rand); err != nil {
			return nil, nil, err
		}
		a, b := e.encrypt(value, opening.nonces[i])
		ballot = append(append(ballot, a.Bytes()...), b.Bytes()...)
	}
	ciphertexts := ballot[1:]
	provers := make([]prover, len(e.plan.proofs))
	for i := range provers {
		p := &provers[i]
		if err := p.begin(rand, &e.plan.proofs[i], opening); err != nil {
			return nil, nil, err
		}
		ballot = p.commit(ballot, e.key)
	}
	t := e.transcript(v, ciphertexts, ballot[1+len(ciphertexts):])
	for i := range provers {
		ballot = provers[i].respond(ballot, challenge(t, i))
	}
	return ballot, opening, nil
}

// encrypt is A = r·G, B = v·G + r·Y.
func (e *Election) encrypt(value int64, r *group.Scalar) (a, b *group.Element) {
	a = group.NewElement().ScalarBaseMult(r)
	b = group.NewElement().ScalarMult(r, e.key)
	b.Add(b, group.NewElement().ScalarBaseMult(group.ScalarOf(uint64(value))))
	return a, b
}

// prover is one proof in the making. The sum that it is about is r·G and value·G + r·Y; branch j claims that value is lo+j.
type prover struct {
	r      *group.Scalar
	at     int32 // the branch that is true
	nonces []*group.Scalar
	// challenges are drawn for all branches; that of the true branch is replaced once the whole challenge is known.
	challenges []*group.Scalar
}

// begin draws what is random.
func (p *prover) begin(rand io.Reader, statement *rangeProof, o *Opening) (err error) {
	p.r = group.NewScalar()
	for _, t := range statement.terms {
		p.r.Add(p.r, group.NewScalar().Multiply(group.ScalarOf(uint64(t.Coefficient)), o.nonces[t.Selection]))
	}
	p.at = int32(valueOf(statement.terms, o.values) - statement.lo)
	p.nonces, p.challenges = make([]*group.Scalar, statement.branches), make([]*group.Scalar, statement.branches)
	for j := range p.nonces {
		if p.nonces[j], err = group.RandomScalar(rand); err != nil {
			return err
		}
		if p.challenges[j], err = group.RandomScalar(rand); err != nil {
			return err
		}
	}
	return nil
}

// commit appends the commitments of all branches. With w the nonce and c the challenge of branch j, they are w·G and w·Y + c·(j-at)·G: for
// the true branch what an honest proof commits to, for the others what makes the response w + c·r fit.
func (p *prover) commit(out []byte, key *group.Element) []byte {
	for j, w := range p.nonces {
		off := group.NewScalar().Subtract(group.ScalarOf(uint64(j)), group.ScalarOf(uint64(p.at)))
		b := group.NewElement().ScalarMult(w, key)
		b.Add(b, group.NewElement().ScalarBaseMult(off.Multiply(off, p.challenges[j])))
		out = append(append(out, group.NewElement().ScalarBaseMult(w).Bytes()...), b.Bytes()...)
	}
	return out
}

// respond appends the challenges of all branches but the last, and all responses.
func (p *prover) respond(out []byte, whole *group.Scalar) []byte {
	missing := group.NewScalar().Set(whole)
	for _, c := range p.challenges {
		missing.Subtract(missing, c)
	}
	for j, c := range p.challenges {
		here := group.ScalarOf(uint64(subtle.ConstantTimeEq(int32(j), p.at)))
		c.Add(c, here.Multiply(here, missing))
		if j < len(p.challenges)-1 {
			out = append(out, c.Bytes()...)
		}
	}
	for j, c := range p.challenges {
		out = append(out, group.NewScalar().Add(p.nonces[j], group.NewScalar().Multiply(c, p.r)).Bytes()...)
	}
	return out
}
