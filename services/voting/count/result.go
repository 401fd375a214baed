package count

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"renlin.dev/services/voting/internal/tally"
)

// Result is what a count answers. Its JSON leaves out what the format has no use for.
type Result struct {
	Format string `json:"format"`
	Rule   string `json:"rule"`
	// File is the name that an abc file gives to an election.
	File string `json:"file,omitempty"`
	// Winners are ids as the file writes them, in the order of their bytes; Rounds tells in which order they won. Nil for owners,
	// whose result is Matters.
	Winners []string `json:"winners"`
	// Votes is how many ballots were counted, blank ones included, and Spoilt how many were not because they are no good.
	Votes  int64 `json:"votes"`
	Spoilt int64 `json:"spoilt,omitempty"`
	// Blank is how many of the votes name nobody that the rule could count (in a plurality, also two held equal at the top).
	Blank int64 `json:"blank,omitempty"`
	// Cost and Budget are exact decimals in the file's money.
	Cost   json.Number `json:"cost,omitempty"`
	Budget json.Number `json:"budget,omitempty"`
	// Scores: of a budget the scores by which projects were ordered; of rankings the points of Borda, the half points of Copeland, or
	// the votes; of an instant run-off those of the first round.
	Scores map[string]int64 `json:"-"`
	// Decimals are the scores of snapshot files, rounded to 18 places where they are no whole numbers. They are written for Scores.
	Decimals map[string]json.Number `json:"-"`
	// Names are the options' names where ids are bare numbers.
	Names  map[string]string `json:"names,omitempty"`
	Rounds []Round           `json:"rounds,omitempty"`
	Ties   []Tie             `json:"ties,omitempty"`
	// Pairs are the comparisons of Condorcet's methods: Pairs[a][b] is how many put a above b. Paths are Schulze's strongest paths, and
	// Unbeaten whom none has a stronger path to.
	Pairs    map[string]map[string]int64 `json:"pairs,omitempty"`
	Paths    map[string]map[string]int64 `json:"paths,omitempty"`
	Unbeaten []string                    `json:"unbeaten,omitempty"`
	// Quota is what a single transferable vote must have more of. Share is what one voter had to spend in equal shares, in units of the
	// file's money, after Raises raises; both are fractions such as 22/7.
	Quota  string `json:"quota,omitempty"`
	Share  string `json:"share,omitempty"`
	Raises int64  `json:"raises,omitempty"`
	// Satisfaction is what the committee of an exact optimum is worth.
	Satisfaction string `json:"satisfaction,omitempty"`
	// Matters are the results of an owners file, Elections those of an abc file, in its order; List says that the file was a list.
	Matters   []MatterResult `json:"-"`
	Elections []Result       `json:"-"`
	List      bool           `json:"-"`
}

// Round is one step: of a budget, one project considered or bought; of rankings, one elimination or transfer; of a committee, one seat.
type Round struct {
	// Project, Score, Cost, Left and Fate are a greedy budget's; Fate is funded, too_dear, stopped or below_min.
	Project string      `json:"project,omitempty"`
	Score   *int64      `json:"score,omitempty"`
	Cost    json.Number `json:"cost,omitempty"`
	Left    json.Number `json:"left,omitempty"`
	Fate    string      `json:"fate,omitempty"`
	// Option or Project is chosen by Value, an exact fraction (what it is depends on the rule), with the support of Supporters; Completion
	// says that the rule had come to its end before.
	Option     string `json:"option,omitempty"`
	Value      string `json:"value,omitempty"`
	Supporters *int64 `json:"supporters,omitempty"`
	Completion bool   `json:"completion,omitempty"`
	// Totals, Resting, Out and Tied are a run-off's: Resting ballots count for nobody in this round, Out is eliminated after it, Tied
	// stood equal where the order had to decide.
	Totals  map[string]int64 `json:"totals,omitempty"`
	Resting *int64           `json:"resting,omitempty"`
	Out     []string         `json:"out,omitempty"`
	Tied    []string         `json:"tied,omitempty"`
	// Fractions and RestingFraction are a single transferable vote's totals; Elected are elected in this round, Surplus is whose surplus is
	// transferred after it and Kept what part of its value each ballot then carries on.
	Fractions       map[string]string `json:"fractions,omitempty"`
	RestingFraction string            `json:"resting_fraction,omitempty"`
	Elected         []string          `json:"elected,omitempty"`
	Surplus         []string          `json:"surplus,omitempty"`
	Kept            string            `json:"kept,omitempty"`
}

// Tie is a tie that the order of the options broke.
type Tie struct {
	// Options are in that order.
	Options []string `json:"options"`
	Total   int64    `json:"total"`
	// Value is what each had, where that is a fraction.
	Value string `json:"value,omitempty"`
	// Decisive: another choice among them would have given other winners. Untested: there were too many ties to try this one.
	Decisive bool `json:"decisive"`
	Untested bool `json:"untested,omitempty"`
}

// MarshalJSON writes an owners result as its outcome alone, or the list of them, as the file was; and so a list of elections.
func (r Result) MarshalJSON() ([]byte, error) {
	type plain Result
	switch {
	case r.Elections != nil:
		return marshal(r.Elections)
	case r.Format != FormatOwners && r.Decimals != nil:
		return marshal(struct {
			plain
			Scores map[string]json.Number `json:"scores,omitempty"`
		}{plain(r), r.Decimals})
	case r.Format != FormatOwners:
		return marshal(struct {
			plain
			Scores map[string]int64 `json:"scores,omitempty"`
		}{plain(r), r.Scores})
	case !r.List && len(r.Matters) == 1:
		return marshal(r.Matters[0])
	case r.Matters == nil:
		return []byte("[]"), nil
	}
	return marshal(r.Matters)
}

// marshal leaves >= as it is, for people who read the JSON; an encoder that escapes for HTML still does so.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode result: %w", err)
	}
	return b.Bytes(), nil
}

// namer writes option ids as the file does.
type namer []string

// names answers the file's ids of options, never nil.
func (n namer) names(options []uint32) []string {
	out := make([]string, len(options))
	for i, o := range options {
		out[i] = n[o]
	}
	return out
}

// some answers the file's ids of options, nil for none.
func (n namer) some(options []uint32) []string {
	if len(options) == 0 {
		return nil
	}
	return n.names(options)
}

// winners answers the file's ids of the winners in the order of their bytes.
func (n namer) winners(options []uint32) []string {
	names := n.names(options)
	slices.Sort(names)
	return names
}

// totals answers totals by the file's ids.
func (n namer) totals(totals []int64) map[string]int64 {
	out := make(map[string]int64, len(totals))
	for o, total := range totals {
		out[n[o]] = total
	}
	return out
}

// ties answers ties in the file's ids.
func (n namer) ties(ties []tally.Tie) []Tie {
	var out []Tie
	for _, t := range ties {
		out = append(out, Tie{
			Options: n.names(t.Options), Total: t.Total, Value: t.Value, Decisive: t.Decisive, Untested: t.Untested,
		})
	}
	return out
}

// heads answers the head counts of weights.
func heads(weights []tally.Weight) []int64 {
	out := make([]int64, len(weights))
	for i, w := range weights {
		out[i] = w.Heads
	}
	return out
}

// matrix answers comparisons by the file's ids.
func (n namer) matrix(cells [][]int64) map[string]map[string]int64 {
	out := make(map[string]map[string]int64, len(cells))
	for a, row := range cells {
		out[n[a]] = map[string]int64{}
		for b, cell := range row {
			if a != b {
				out[n[a]][n[b]] = cell
			}
		}
	}
	return out
}

// order answers the order by which ties are broken: nil, or the seed's over the file's ids.
func (n namer) order(seed []byte) (tally.Order, error) {
	if len(seed) == 0 {
		return nil, nil
	}
	return tally.OrderBySeed(seed, n)
}

// tieRule answers the rule that goes with an order.
func tieRule(order tally.Order) tally.TieRule {
	if order == nil {
		return tally.TieByCode
	}
	return tally.TieBySeed
}

// picks answers seats or projects that were given out.
func (n namer) picks(picks []tally.Pick) []Round {
	var rounds []Round
	for _, p := range picks {
		rounds = append(rounds, Round{Option: n[p.Option], Value: p.Value, Supporters: &p.Supporters, Completion: p.Completion})
	}
	return rounds
}
