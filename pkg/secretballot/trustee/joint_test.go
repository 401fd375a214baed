package trustee

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/internal/group"
)

// together are sealed totals of one poll, and the trustees' parts of each.
type together struct {
	*world
	values     []uint64
	totals     []*Total
	lists      [][]*Blinded
	thresholds []uint64
}

// together seals values, each bound and held against a threshold, in measures of their own; trustees do their parts of all.
func (w *world) together(values, bounds, thresholds []uint64, trustees ...int) *together {
	w.Helper()
	out := &together{world: w, values: values, thresholds: thresholds}
	for i, value := range values {
		total := w.total(value, bounds[i])
		total.Measure = []string{"0/heads", "0/area", "0/households", "0/weight", "0/more"}[i]
		out.totals, out.lists = append(out.totals, total), append(out.lists, w.blinded(total, trustees...))
	}
	return out
}

// opened has a trustee open all of them.
func (g *together) opened(reader int) (list []*OpenedTotal) {
	g.Helper()
	for i, total := range g.totals {
		list = append(list, g.open(reader, total, g.lists[i]))
	}
	return list
}

// prove proves what is so.
func (g *together) prove(reader int) *Joint {
	g.Helper()
	j, err := ProveTogether(g.rand, g.opened(reader), g.values, g.thresholds)
	g.must(err)
	return j
}

// again is the verdict as it is read from its bytes, changed.
func (g *together) again(j *Joint, change func(*Joint)) *Joint {
	g.Helper()
	c, err := DecodeJoint(j.Bytes())
	g.must(err)
	change(c)
	return c
}

// Whatever is reached and what is not, the verdict says whether all are, and its bytes are as many whichever is not.
func TestJoint(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 2, 3)
	bounds, thresholds := []uint64{60, 900_000}, []uint64{31, 450_001}
	size := map[bool]int{}
	for _, values := range [][]uint64{
		{31, 450_001}, {60, 900_000}, {31, 450_000}, {30, 450_001}, {30, 450_000}, {0, 0}, {60, 0}, {0, 900_000},
	} {
		g := w.together(values, bounds, thresholds, 1, 3)
		j, err := DecodeJoint(g.prove(3).Bytes())
		if err != nil {
			t.Fatal(err)
		}
		proved, err := j.Check(w.seal, g.totals, g.lists)
		want := values[0] >= thresholds[0] && values[1] >= thresholds[1]
		if err != nil || j.Reached != want || !slices.Equal(proved, thresholds) || j.Trustee != 3 {
			t.Errorf("%v: %v of %v, %v", values, j.Reached, proved, err)
		}
		if before, seen := size[want]; seen && before != len(j.Bytes()) {
			t.Errorf("%v: %d bytes, and %d of another", values, len(j.Bytes()), before)
		}
		size[want] = len(j.Bytes())
	}
}

// Any number of totals, thresholds, quorums and readers.
func TestAnyJoint(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 2, 4)
	rapid.Check(t, func(t *rapid.T) {
		own := *w
		own.failer = t
		own.rand = rand.NewChaCha8([32]byte{byte(rapid.Int().Draw(t, "chance"))})
		n := rapid.IntRange(1, togetherMax).Draw(t, "totals")
		var values, bounds, thresholds []uint64
		all := true
		for range n {
			bound := rapid.Uint64Range(1, 1<<rapid.IntRange(1, 40).Draw(t, "bits")-1).Draw(t, "bound")
			value := rapid.Uint64Range(0, bound).Draw(t, "total")
			threshold := rapid.Uint64Range(1, bound).Draw(t, "threshold")
			if rapid.Bool().Draw(t, "near") {
				threshold = min(max(1, value+rapid.Uint64Range(0, 1).Draw(t, "above")), bound)
			}
			values, bounds, thresholds = append(values, value), append(bounds, bound), append(thresholds, threshold)
			all = all && value >= threshold
		}
		g := own.together(values, bounds, thresholds)
		for i, total := range g.totals { // each of another quorum
			g.lists[i] = own.blinded(total, rapid.Permutation(indices(4)).Draw(t, "quorum")[:2]...)
		}
		j := g.prove(rapid.IntRange(1, 4).Draw(t, "reader"))
		if proved, err := j.Check(own.seal, g.totals, g.lists); err != nil || j.Reached != all || !slices.Equal(proved, thresholds) {
			t.Fatalf("%v of %v: %v, %v, %v", values, thresholds, j.Reached, proved, err)
		}
		which := rapid.IntRange(0, n-1).Draw(t, "which")
		other := g.again(j, func(j *Joint) { j.Each[which].Threshold++ })
		if _, err := other.Check(own.seal, g.totals, g.lists); err == nil {
			t.Fatal("another threshold is proved, too")
		}
	})
}

// A verdict holds for these totals, in this order, these parts, these thresholds, this speaker and this key.
func TestJointIsBound(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 2, 3)
	elsewhere := sealed(t, Secret, 2, 4)
	for name, values := range map[string][]uint64{"reached": {600, 600}, "short": {600, 400}} {
		g := w.together(values, []uint64{1000, 1000}, []uint64{500, 500}, 1, 2, 3)
		j := g.prove(1)
		if _, err := j.Check(w.seal, g.totals, g.lists); err != nil {
			t.Fatal(name, err)
		}
		other := func(i int, change func(*Total)) []*Total {
			list, c := slices.Clone(g.totals), *g.totals[i]
			change(&c)
			list[i] = &c
			return list
		}
		for what, totals := range map[string][]*Total{
			"another measure": other(0, func(c *Total) { c.Measure = "0/households" }),
			"a larger roll":   other(1, func(c *Total) { c.Bound = 1001 }),
			"another A":       other(0, func(c *Total) { c.Sum.A = w.encrypt(600).A }),
			"another B":       other(1, func(c *Total) { c.Sum.B = group.NewElement().Add(c.Sum.B, group.Base()) }),
			"another sum":     other(0, func(c *Total) { c.Sum = w.encrypt(values[0]) }),
			"sums exchanged": {
				{Election: g.totals[0].Election, Measure: g.totals[0].Measure, Sum: g.totals[1].Sum, Bound: 1000},
				{Election: g.totals[1].Election, Measure: g.totals[1].Measure, Sum: g.totals[0].Sum, Bound: 1000},
			},
			"the other order": {g.totals[1], g.totals[0]},
		} {
			if _, err := j.Check(w.seal, totals, g.lists); err == nil {
				t.Errorf("%s: the verdict holds for %s", name, what)
			}
			lists := [][]*Blinded{w.blinded(totals[0], 1, 2), w.blinded(totals[1], 1, 2)} // even with parts of those totals
			_, err := j.Check(w.seal, totals, lists)
			refused(t, name+", "+what, err, ErrVerdict, "")
		}
		foreign := other(1, func(c *Total) { c.Election[31] = 1 })
		_, err := j.Check(w.seal, foreign, g.lists)
		refused(t, name+", another election", err, ErrTogether, "")
		_, err = j.Check(w.seal, []*Total{g.totals[0], g.totals[0]}, g.lists)
		refused(t, name+", one total twice", err, ErrTogether, "")
		_, err = j.Check(w.seal, g.totals, [][]*Blinded{g.lists[1], g.lists[0]})
		refused(t, name+", parts exchanged", err, ErrBlinded, "1")
		_, err = j.Check(w.seal, g.totals, [][]*Blinded{g.lists[0], w.blinded(g.totals[1], 1, 2)})
		refused(t, name+", other parts of the same total", err, ErrVerdict, "")
		_, err = j.Check(w.seal, g.totals, [][]*Blinded{g.lists[0], g.lists[1][1:]})
		refused(t, name+", a part that is not on the record", err, ErrStranger, "1")
		_, err = j.Check(w.seal, g.totals[:1], g.lists[:1])
		refused(t, name+", one total of two", err, ErrTogether, "")
		_, err = j.Check(w.seal, g.totals, g.lists[:1])
		refused(t, name+", parts of one total", err, ErrTogether, "")
		_, err = j.Check(w.seal, nil, nil)
		refused(t, name+", no totals", err, ErrMalformed, "")
		if _, err := j.Check(elsewhere.seal, g.totals, g.lists); err == nil {
			t.Errorf("%s: the verdict holds for another key", name)
		}
	}
}

// Nothing in a verdict can be another.
func TestJointIsWhole(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 2, 3)
	one := group.ScalarOf(1)
	type hostile struct {
		change func(*Joint)
		want   *fault.Fault
	}
	both := map[string]hostile{
		"a higher threshold":         {func(j *Joint) { j.Each[0].Threshold++ }, ErrVerdict},
		"a lower threshold":          {func(j *Joint) { j.Each[1].Threshold-- }, ErrVerdict},
		"thresholds exchanged":       {func(j *Joint) { j.Each[0], j.Each[1] = j.Each[1], j.Each[0] }, ErrVerdict},
		"a threshold of nothing":     {func(j *Joint) { j.Each[0].Threshold = 0 }, ErrBound},
		"a threshold above the roll": {func(j *Joint) { j.Each[1].Threshold = 1001 }, ErrBound},
		"the other verdict":          {func(j *Joint) { j.Reached = !j.Reached }, ErrVerdict},
		"another speaker":            {func(j *Joint) { j.Trustee = 2 }, ErrVerdict},
		"a speaker from nowhere":     {func(j *Joint) { j.Trustee = 4 }, ErrStranger},
		"another quorum of one":      {func(j *Joint) { j.Each[0].Quorum[1] = 3 }, ErrVerdict},
		"another quorum of the last": {func(j *Joint) { j.Each[1].Quorum[1] = 3 }, ErrVerdict},
		"a quorum repeated":          {func(j *Joint) { j.Each[1].Quorum[1] = 1 }, ErrStranger},
		"a quorum unordered":         {func(j *Joint) { slices.Reverse(j.Each[0].Quorum) }, ErrStranger},
		"a quorum too small":         {func(j *Joint) { j.Each[0].Quorum = j.Each[0].Quorum[:1] }, ErrFew},
		"a quorum too large":         {func(j *Joint) { j.Each[1].Quorum = []int{1, 2, 3} }, ErrFew},
		"a total less":               {func(j *Joint) { j.Each = j.Each[:1] }, ErrTogether},
	}
	reached := map[string]hostile{
		"proofs exchanged": {func(j *Joint) { j.Proofs[0], j.Proofs[1] = j.Proofs[1], j.Proofs[0] }, ErrVerdict},
		"one proof":        {func(j *Joint) { j.Proofs = j.Proofs[:1] }, ErrVerdict},
		"a proof more":     {func(j *Joint) { j.Proofs = append(j.Proofs, j.Proofs[1]) }, ErrVerdict},
		"a bit less":       {func(j *Joint) { j.Proofs[1].Bits = j.Proofs[1].Bits[1:] }, ErrVerdict},
		"a bit too few": {func(j *Joint) {
			p := j.Proofs[0]
			p.Bits, p.Responses = p.Bits[1:], p.Responses[1:]
		}, ErrVerdict},
		"a response changed":   {func(j *Joint) { c := j.Proofs[1].Responses[3].One; c.Add(c, one) }, ErrVerdict},
		"a shortfall, as well": {func(j *Joint) { j.Short = &Shortfall{} }, ErrVerdict},
	}
	short := map[string]hostile{
		"no shortfall":          {func(j *Joint) { j.Short = nil }, ErrVerdict},
		"a proof, as well":      {func(j *Joint) { j.Proofs = []*RangeProof{j.Short.Range} }, ErrVerdict},
		"another lack":          {func(j *Joint) { j.Short.Lack.Add(j.Short.Lack, group.Base()) }, ErrVerdict},
		"cases exchanged":       {func(j *Joint) { slices.Reverse(j.Short.Cases) }, ErrVerdict},
		"one case":              {func(j *Joint) { j.Short.Cases = j.Short.Cases[:1] }, ErrVerdict},
		"a case more":           {func(j *Joint) { j.Short.Cases = append(j.Short.Cases, CaseProof{group.NewScalar(), one}) }, ErrVerdict},
		"a challenge changed":   {func(j *Joint) { c := j.Short.Cases[0].Challenge; c.Add(c, one) }, ErrVerdict},
		"a challenge moved":     {func(j *Joint) { moved(j.Short.Cases, one) }, ErrVerdict},
		"a response changed":    {func(j *Joint) { c := j.Short.Cases[1].Response; c.Add(c, one) }, ErrVerdict},
		"a bit less":            {func(j *Joint) { j.Short.Range.Bits = j.Short.Range.Bits[1:] }, ErrVerdict},
		"a bit exchanged":       {func(j *Joint) { slices.Reverse(j.Short.Range.Bits) }, ErrVerdict},
		"a bit proof changed":   {func(j *Joint) { c := j.Short.Range.Responses[0].Zero; c.Add(c, one) }, ErrVerdict},
		"the range's challenge": {func(j *Joint) { c := j.Short.Range.Challenge; c.Add(c, one) }, ErrVerdict},
	}
	for _, c := range []struct {
		values []uint64
		cases  []map[string]hostile
	}{{[]uint64{600, 500}, []map[string]hostile{both, reached}}, {[]uint64{600, 400}, []map[string]hostile{both, short}}} {
		g := w.together(c.values, []uint64{1000, 1000}, []uint64{501, 500}, 1, 2, 3)
		j := g.prove(1)
		for _, cases := range c.cases {
			for name, h := range cases {
				_, err := g.again(j, h.change).Check(w.seal, g.totals, g.lists)
				refused(t, name, err, h.want, "")
			}
		}
	}
}

// moved shifts something of one challenge to the next, so that their sum stays.
func moved(cases []CaseProof, by *group.Scalar) {
	cases[0].Challenge.Add(cases[0].Challenge, by)
	cases[1].Challenge.Subtract(cases[1].Challenge, by)
}

// Who knows every total and blinding, all trustees together, cannot prove what is not so: not with the code, and not as well as can be.
func TestJointCannotLie(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 2, 3)
	g := w.together([]uint64{640, 640}, []uint64{1000, 1000}, []uint64{640, 640}, 1, 2)
	opened := g.opened(1)
	shell := func(reached bool, thresholds ...uint64) *Joint {
		j := &Joint{Trustee: 1, Reached: reached}
		for i, n := range thresholds {
			j.Each = append(j.Each, Held{slices.Clone(opened[i].quorum), n})
		}
		return j
	}
	parts := [][]*Blinded{opened[0].parts, opened[1].parts}

	// That one is short, where none is: what it lacks would be -1, whose bits are those of no number that small.
	for _, values := range [][]uint64{{640, 640}, {639, 640}, {640, 639}, {0, 0}} {
		j := shell(false, 640, 640)
		var err error
		j.Short, err = j.proveShort(w.rand, w.seal, g.totals, parts, opened, values)
		w.must(err)
		_, err = j.Check(w.seal, g.totals, g.lists)
		refused(t, "short, with totals made up", err, ErrVerdict, "")
	}
	// With a lack that no total has, proved to be in range as it should be, the cases are not so.
	j := shell(false, 640, 640)
	j.Short = &Shortfall{Lack: pedersen(exponent(3), group.ScalarOf(9))}
	var err error
	j.Short.Range, err = proveRange(w.rand, j.bindRange(w.seal, g.totals, parts, j.Short), j.Short.Lack, 10, 3, group.ScalarOf(9))
	w.must(err)
	j.Short.Cases = []CaseProof{{group.ScalarOf(4), group.ScalarOf(5)}, {group.ScalarOf(6), group.ScalarOf(7)}}
	_, err = j.Check(w.seal, g.totals, g.lists)
	refused(t, "a lack of nobody", err, ErrVerdict, "")
	// With the lack of the total itself, -1, the cases are so, and the range is not.
	minus := group.NewElement().Negate(group.Base())
	j.Short = &Shortfall{Lack: pedersen(minus, group.ScalarOf(9))}
	j.Short.Range, err = proveRange(w.rand, j.bindRange(w.seal, g.totals, parts, j.Short), j.Short.Lack, 10, 1023, group.ScalarOf(9))
	w.must(err)
	g.cases(j, parts, opened[0], 0, group.ScalarOf(9))
	_, err = j.Check(w.seal, g.totals, g.lists)
	refused(t, "a lack of -1 in ten bits", err, ErrVerdict, "")

	// That all are reached, where one is not.
	j = shell(true, 640, 641)
	for i, distance := range []uint64{0, 1023} {
		b := j.bind(w.seal, g.totals, parts)
		b.AppendInt("total", uint64(i))
		claim := Claim{true, j.Each[i].Threshold}
		difference := claim.difference(commitment(g.totals[i], parts[i]))
		p, err := proveRange(w.rand, b, difference, 10, distance, group.NewScalar().Negate(opened[i].blinding))
		w.must(err)
		j.Proofs = append(j.Proofs, p)
	}
	_, err = j.Check(w.seal, g.totals, g.lists)
	refused(t, "reached, and one is not", err, ErrVerdict, "")
	// The proof of one total, said of the other.
	j.Each[1].Threshold = 640
	j.Proofs[1] = j.Proofs[0]
	_, err = j.Check(w.seal, g.totals, g.lists)
	refused(t, "one proof for both", err, ErrVerdict, "")
}

// cases proves the case of one total, whose V - ((threshold-1)·G - K) is a multiple of H indeed, and makes up the other.
func (g *together) cases(j *Joint, parts [][]*Blinded, o *OpenedTotal, is int, blinding *group.Scalar) {
	g.Helper()
	made, err := scalars(g.rand, 3)
	g.must(err)
	of := j.casesOf(j.Short, g.totals, parts)
	announced := make([]*group.Element, 2)
	other := group.NewElement().ScalarMult(made[0], of[1-is])
	announced[1-is] = other.Subtract(pedersen(group.NewElement(), made[1]), other)
	announced[is] = pedersen(group.NewElement(), made[2])
	j.Short.Cases = make([]CaseProof, 2)
	j.Short.Cases[1-is] = CaseProof{made[0], made[1]}
	own := j.challenge(g.seal, g.totals, parts, j.Short, announced)
	own.Subtract(own, made[0])
	difference := group.NewScalar().Subtract(blinding, o.blinding)
	j.Short.Cases[is] = CaseProof{own, made[2].Add(made[2], difference.Multiply(difference, own))}
	sum := group.NewElement().ScalarMult(own, of[is])
	if sum.Add(sum, announced[is]).Equal(pedersen(group.NewElement(), j.Short.Cases[is].Response)) != 1 {
		g.Fatalf("the case of total %d is not so", is)
	}
}

// What is not judged together, and what of it is not so, is refused before anything is proved.
func TestJointsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 2, 3)
	g := w.together([]uint64{5, 6}, []uint64{9, 9}, []uint64{5, 5}, 1, 2)
	o := g.opened(1)
	many := w.together([]uint64{1, 1, 1, 1, 1}, []uint64{9, 9, 9, 9, 9}, []uint64{1, 1, 1, 1, 1}, 1, 2)
	foreign := w.together([]uint64{5, 6}, []uint64{9, 9}, []uint64{5, 5}, 1, 2)
	foreign.totals[1].Election[0] ^= 1
	foreign.lists[1] = w.blinded(foreign.totals[1], 1, 2)
	other := sealed(t, Secret, 2, 4)
	theirs := other.together([]uint64{5, 6}, []uint64{9, 9}, []uint64{5, 5}, 1, 2)
	for name, c := range map[string]struct {
		opened             []*OpenedTotal
		values, thresholds []uint64
		want               *fault.Fault
	}{
		"nothing":                    {nil, nil, nil, ErrMalformed},
		"five totals":                {many.opened(1), many.values, many.thresholds, ErrMalformed},
		"a value less":               {o, []uint64{5}, []uint64{5, 5}, ErrMalformed},
		"a threshold less":           {o, []uint64{5, 6}, []uint64{5}, ErrMalformed},
		"two readers":                {[]*OpenedTotal{o[0], g.opened(2)[1]}, g.values, g.thresholds, ErrTogether},
		"two keys":                   {[]*OpenedTotal{o[0], theirs.opened(1)[1]}, g.values, g.thresholds, ErrTogether},
		"two elections":              {foreign.opened(1), g.values, g.thresholds, ErrTogether},
		"one total twice":            {[]*OpenedTotal{o[0], o[0]}, []uint64{5, 5}, g.thresholds, ErrTogether},
		"another total":              {o, []uint64{5, 5}, g.thresholds, ErrUntrue},
		"threshold 0":                {o, g.values, []uint64{0, 5}, ErrBound},
		"a threshold above the roll": {o, g.values, []uint64{5, 10}, ErrBound},
	} {
		_, err := ProveTogether(w.rand, c.opened, c.values, c.thresholds)
		refused(t, name, err, c.want, "")
	}
	wide := w.together([]uint64{12}, []uint64{9}, []uint64{5}, 1, 2) // of more ballots than the roll has
	_, err := ProveTogether(w.rand, wide.opened(1), wide.values, wide.thresholds)
	refused(t, "a total above the bound", err, ErrUntrue, "")
	j := g.prove(1)
	public := *g.totals[1]
	public.Sum = secretballot.Ciphertext{A: group.NewElement(), B: exponent(6)}
	_, err = j.Check(w.seal, []*Total{g.totals[0], &public}, [][]*Blinded{nil, nil}) // it is said before anything of parts
	refused(t, "a total that is no secret", err, ErrPublic, "")
	_, err = many.again(j, func(j *Joint) { j.Each = slices.Repeat(j.Each[:1], 5) }).Check(w.seal, many.totals, many.lists)
	refused(t, "five totals to check", err, ErrMalformed, "")
}

// BenchmarkJoint proves and checks that not both of two totals of a large estate are reached.
func BenchmarkJoint(b *testing.B) {
	w := sealed(b, Secret, 2, 3)
	g := w.together([]uint64{3_000, 13_000_000}, []uint64{5_000, 45_000_000}, []uint64{2_501, 22_500_001}, 1, 2)
	opened := g.opened(1)
	b.Run("prove", func(b *testing.B) {
		for b.Loop() {
			if _, err := ProveTogether(w.rand, opened, g.values, g.thresholds); err != nil {
				b.Fatal(err)
			}
		}
	})
	j := g.prove(1)
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			if _, err := j.Check(w.seal, g.totals, g.lists); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(j.Bytes())), "bytes")
	})
}
