package verify

// Without takes one check away.
func Without(o Options, c Check) Options {
	o.without = map[Check]bool{c: true}
	return o
}

// JudgeChecks lists what a judge may find.
func JudgeChecks() (all []Check) {
	for code := range judgeSentences {
		all = append(all, Check(code))
	}
	return all
}

// Findings is what gathers them.
type Findings struct{ list findings }

// NewFindings keeps so many.
func NewFindings(room int) *Findings { return &Findings{findings{max: room}} }

// Add notes one.
func (f *Findings) Add(x Finding) { f.list.add(x) }

// Sorted lists them.
func (f *Findings) Sorted() []Finding { return f.list.sorted() }
