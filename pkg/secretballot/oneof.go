package secretballot

// OneOfMax bounds the ways in which a ballot of OneOf can be filled in: all complete orders of five options, say. Its ballot has 34,785
// bytes.
const OneOfMax = 120

// OneOf is a choice of one thing of n, or of none: selection i and total i are thing i. Where the things are all the ways in which a ballot
// of some method can be filled in, the totals say how many filled it in in each way, and that is all that the method needs: whatever can be
// counted from open ballots can be counted from them, and gives the same. A blank ballot is one that chooses none.
//
// There is nothing here that a plurality of n options that may be left blank does not have, so that what is true of its proofs is true of
// these: each selection is 0 or 1, and all of them together are 0 or 1.
func OneOf(n int) (Shape, error) {
	if err := checkOptions(n, OneOfMax); err != nil {
		return Shape{}, err
	}
	return Approval(n, 0, 1)
}

// OneOfChoice answers the selections for one thing of n, or, with -1, for none.
func OneOfChoice(n, thing int) ([]int64, error) {
	if n < 0 || n > OneOfMax || thing < -1 || thing >= n {
		return nil, ErrChoice
	}
	choice := make([]int64, n)
	if thing >= 0 {
		choice[thing] = 1
	}
	return choice, nil
}
