package secretballot

// The shapes of the voting methods that need no mixing: what is counted of them is a sum over ballots.

// Approval is a choice of some options, at least and at most so many: selection i and total i are option i. With least and most 1 it is
// plurality; yes, no and abstain are three options of it.
func Approval(options, least, most int) (Shape, error) {
	if err := checkOptions(options, SelectionsMax); err != nil {
		return Shape{}, err
	}
	if least < 0 || most < 1 || least > most || most > options {
		return Shape{}, ErrShape
	}
	s := separate(options, 1)
	if least > 0 || most < options {
		s.Sums = []Sum{{all(0, options), int64(least), int64(most)}}
	}
	return s, nil
}

// Score gives each option a score from 0 to most: selection i and total i are option i. It is the first round of STAR, too.
func Score(options, most int) (Shape, error) {
	if err := checkOptions(options, SelectionsMax); err != nil {
		return Shape{}, err
	}
	if most < 1 || most >= BranchesMax {
		return Shape{}, ErrShape
	}
	return separate(options, int64(most)), nil
}

// Borda gives each option a place: selection options·i+p says that option i has place p, the best being 0. An option's total is its points:
// options-1 for the first place, 0 for the last. BordaChoice fills the selections in.
func Borda(options int) (Shape, error) {
	if err := checkOptions(options, SumsMax/2); err != nil {
		return Shape{}, err
	}
	s := Shape{Selections: ofOnes(options * options)}
	for i := range options {
		var points []Term
		for p := range options - 1 {
			points = append(points, Term{options*i + p, int64(options - 1 - p)})
		}
		s.Totals = append(s.Totals, points)
		s.Sums = append(s.Sums, Sum{all(options*i, options), 1, 1})
	}
	for p := range options {
		var place []Term
		for i := range options {
			place = append(place, Term{options*i + p, 1})
		}
		s.Sums = append(s.Sums, Sum{place, 1, 1})
	}
	return s, nil
}

// BordaChoice answers the selections for an order of the options, best first.
func BordaChoice(order []int) ([]int64, error) {
	if !isOrder(order) {
		return nil, ErrChoice
	}
	choice := make([]int64, len(order)*len(order))
	for p, option := range order {
		choice[len(order)*option+p] = 1
	}
	return choice, nil
}

// Quadratic gives each option 0 to most votes; n votes cost n² credits, and a ballot costs no more than the credits. Selection
// most·i+n-1 says that option i has n votes; total i is option i's votes. QuadraticChoice fills the selections in.
func Quadratic(options, most int, credits int64) (Shape, error) {
	if err := checkOptions(options, min(SelectionsMax, SumsMax-1)); err != nil {
		return Shape{}, err
	}
	if most < 1 || most > SelectionsMax/options || credits < 1 {
		return Shape{}, ErrShape
	}
	s := Shape{Selections: ofOnes(options * most)}
	var cost []Term
	for i := range options {
		var votes []Term
		for n := 1; n <= most; n++ {
			votes = append(votes, Term{most*i + n - 1, int64(n)})
			cost = append(cost, Term{most*i + n - 1, int64(n) * int64(n)})
		}
		s.Totals = append(s.Totals, votes)
		s.Sums = append(s.Sums, Sum{all(most*i, most), 0, 1})
	}
	if dearest := int64(options) * int64(most) * int64(most); credits < dearest {
		s.Sums = append(s.Sums, Sum{cost, 0, credits})
	}
	return s, nil
}

// QuadraticChoice answers the selections for votes by option.
func QuadraticChoice(votes []int, most int) ([]int64, error) {
	choice := make([]int64, len(votes)*most)
	for i, n := range votes {
		if n < 0 || n > most {
			return nil, ErrChoice
		}
		if n > 0 {
			choice[most*i+n-1] = 1
		}
	}
	return choice, nil
}

// orderOptionsMax is how many options can be put in order by choosing one of all orders.
const orderOptionsMax = 4

// Orders is a choice of one of all orders of the options, which are numbered as OrderIndex says. Its totals are the ballots for each
// order: instant run-off, Schulze and every other method of ordered ballots can be counted from them.
func Orders(options int) (Shape, error) {
	if err := checkOptions(options, orderOptionsMax); err != nil {
		return Shape{}, err
	}
	n := factorial(options)
	s := separate(n, 1)
	s.Sums = []Sum{{all(0, n), 1, 1}}
	return s, nil
}

// Pairs is Orders of which only this is counted: for each pair of different options, how many ballots prefer the first. The total of
// (i, j) comes at (options-1)·i+j, less one if j > i. It publishes less, and is enough for Condorcet methods.
func Pairs(options int) (Shape, error) {
	s, err := Orders(options)
	if err != nil {
		return Shape{}, err
	}
	s.Totals = nil
	orders := ordersOf(options)
	for i := range options {
		for j := range options {
			if i == j {
				continue
			}
			var prefer []Term
			for n, order := range orders {
				if before(order, i, j) {
					prefer = append(prefer, Term{n, 1})
				}
			}
			s.Totals = append(s.Totals, prefer)
		}
	}
	return s, nil
}

// OrderChoice answers the selections of Orders and Pairs for an order of the options, best first.
func OrderChoice(order []int) ([]int64, error) {
	if !isOrder(order) || len(order) > orderOptionsMax {
		return nil, ErrChoice
	}
	choice := make([]int64, factorial(len(order)))
	choice[OrderIndex(order)] = 1
	return choice, nil
}

// OrderIndex numbers the orders of n options from 0 to n!-1, as a dictionary would have them.
func OrderIndex(order []int) int {
	index := 0
	for at, option := range order {
		later := 0
		for _, other := range order[at+1:] {
			if other < option {
				later++
			}
		}
		index += later * factorial(len(order)-1-at)
	}
	return index
}

// ordersOf lists all orders of n options by their index.
func ordersOf(n int) [][]int {
	if n == 0 {
		return [][]int{{}}
	}
	var out [][]int
	for first := range n {
		for _, rest := range ordersOf(n - 1) {
			order := []int{first}
			for _, option := range rest {
				if option >= first {
					option++
				}
				order = append(order, option)
			}
			out = append(out, order)
		}
	}
	return out
}

// before tells whether i comes before j.
func before(order []int, i, j int) bool {
	for _, option := range order {
		if option == i || option == j {
			return option == i
		}
	}
	return false
}

// isOrder tells whether each of the options stands in the list once.
func isOrder(order []int) bool {
	seen := make([]bool, len(order))
	for _, option := range order {
		if option < 0 || option >= len(order) || seen[option] {
			return false
		}
		seen[option] = true
	}
	return len(order) > 0
}

func factorial(n int) int {
	if n <= 1 {
		return 1
	}
	return n * factorial(n-1)
}

// checkOptions refuses numbers of options that no shape of the kind can have, before a shape is made.
func checkOptions(options, most int) error {
	if options < 2 {
		return ErrShape
	}
	if options > most {
		return ErrShapeSize.WithInt("options", int64(options)).WithInt("options_max", int64(most))
	}
	return nil
}

// separate is selections of which each is a total of its own.
func separate(n int, most int64) Shape {
	s := Shape{}
	for i := range n {
		s.Selections = append(s.Selections, most)
		s.Totals = append(s.Totals, []Term{{i, 1}})
	}
	return s
}

// ofOnes are selections of 0 or 1.
func ofOnes(n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

// all are n terms beginning at first, once each.
func all(first, n int) []Term {
	out := make([]Term, n)
	for i := range out {
		out[i] = Term{first + i, 1}
	}
	return out
}
