package tally

import "math/big"

// PlainShares counts a budget of approvals by the plain count of the tests, without completion, for the benchmark to compare with.
func PlainShares(p Poll, ballots []Ballot) []uint32 {
	var voters []plainVoter
	for _, b := range ballots {
		v := plainVoter{weight: 1, points: map[uint32]int64{}}
		for _, o := range b.Choices {
			v.points[o] = 1
		}
		if len(b.Choices) > 0 {
			voters = append(voters, v)
		}
	}
	considered, _ := plainly(p, voters)
	return plainShares(p.Form.Costs, considered, p.Utility == UtilityCost, voters, big.NewRat(p.Budget.Budget, 1), p.Order)
}
