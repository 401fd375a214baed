package poll

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

var writeFillings = flag.Bool("write-fillings", false, "add to docs/format/fillings.json the counts that it does not have yet")

const fillingsFile = "../../../../docs/format/fillings.json"

// fillingsVector is a count of docs/format/fillings.json: rules and options, how many heads filled their ballots in in which way, and what
// follows. Messages are in protobuf's JSON, so that a reader needs nothing else.
type fillingsVector struct {
	Name    string          `json:"name"`
	Method  string          `json:"method"`
	Ballot  json.RawMessage `json:"ballot"`
	Budget  int64           `json:"budget"`
	Codes   []string        `json:"codes"`
	Costs   []int64         `json:"costs"`
	Ways    int             `json:"ways"`
	Heads   [][2]int64      `json:"heads"` // by the place of the way
	Scores  []int64         `json:"scores"`
	Winners []uint32        `json:"winners"`
	Cost    int64           `json:"cost"`
	Ties    []tieVector     `json:"ties"`
}

type tieVector struct {
	Options []uint32 `json:"options"`
	Total   int64    `json:"total"`
	Value   string   `json:"value,omitempty"`
}

// counted counts a vector's heads.
func (v *fillingsVector) counted(t *testing.T) fillingsVector {
	t.Helper()
	b := &communityv1.BallotRules{}
	if err := protojson.Unmarshal(v.Ballot, b); err != nil {
		t.Fatal(err)
	}
	q, r := &proposalv1.Motion{BudgetFen: v.Budget}, totalsOf(communityv1.Method(communityv1.Method_value[v.Method]), b)
	for i, code := range v.Codes {
		q.Options = append(q.Options, &proposalv1.Option{Code: code, CostFen: v.Costs[i]})
	}
	all, err := fillingsOf(q, r)
	if err != nil {
		t.Fatal(v.Name, err)
	}
	known, e, part := &found{}, &votingv1.EncryptedTally{Secrecy: r.GetSecrecy().GetSecrecy()}, tally.Weight{Heads: 1}
	for i := range all {
		e.Totals = append(e.Totals, &votingv1.EncryptedTotal{Measure: heads, Option: uint32(i)})
		known.spans = append(known.spans, span{})
	}
	for _, h := range v.Heads {
		known.spans[h[0]] = span{h[1], h[1]}
		part.Heads += h[1]
	}
	c, err := newCount(q, r, &votingv1.Roll{AllHeads: 100}, nil)
	if err != nil {
		t.Fatal(err)
	}
	h, err := c.heard(&Poll{Question: q, Rules: r, Secret: &Secret{Encrypted: e}}, known, part)
	if err != nil {
		t.Fatal(err)
	}
	out := &votingv1.Tally{}
	if err := h.decide(c, out, r.GetSecrecy().GetSecrecy(), votingv1.Together_TOGETHER_UNSPECIFIED); err != nil {
		t.Fatal(err)
	}
	made := *v
	made.Ways, made.Winners, made.Cost, made.Scores, made.Ties = len(all), out.GetWinners(), out.GetCostFen(), nil, nil
	for _, total := range out.GetTotals() {
		made.Scores = append(made.Scores, total.GetScore())
	}
	for _, tie := range out.GetTies() {
		made.Ties = append(made.Ties, tieVector{tie.GetOptions(), tie.GetTotal(), tie.GetValue()})
	}
	return made
}

// drawn makes a vector from numbers that a seed gives, with many ties.
func drawnVector(t *testing.T, method communityv1.Method, number int) fillingsVector {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(method), uint64(number)))
	b := &communityv1.BallotRules{OptionsMin: uint32(r.IntN(3))}
	n := 2 + r.IntN(4)
	switch method {
	case communityv1.Method_METHOD_STAR:
		b.Form, b.PointsMax, b.PointsMin = formScore, int64(1+r.IntN(3)), int64(r.IntN(2))
	case communityv1.Method_METHOD_QUADRATIC:
		b.Form, b.PointsSumMax = formPurse, int64(1+r.IntN(5))
	case communityv1.Method_METHOD_BUDGET_GREEDY, communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP:
		b.Form, b.ScoreMin = []communityv1.BallotForm{formOne, formApproval, formPurse}[number%3], int64(r.IntN(3))
		b.CostSumMaxFen, b.OptionsMin = int64(5+r.IntN(4)), 0
		if b.Form == formPurse {
			b.PointsSumMax = int64(1 + r.IntN(3))
		}
	case communityv1.Method_METHOD_PROPORTIONAL_APPROVAL, communityv1.Method_METHOD_EQUAL_SHARES:
		b.Form, b.Seats = formApproval, uint32(1+r.IntN(2))
	default:
		b.Form = formRanks
		if n == 5 {
			b.OptionsMin = 5
		}
		if method == communityv1.Method_METHOD_BORDA || method == communityv1.Method_METHOD_STV {
			b.Seats = uint32(1 + r.IntN(2))
		}
	}
	raw, err := json.Marshal(json.RawMessage(protojson.Format(b)))
	if err != nil {
		t.Fatal(err)
	}
	v := fillingsVector{Name: method.String() + " " + strconv.Itoa(number), Method: method.String(), Ballot: raw, Budget: 9}
	q := &proposalv1.Motion{BudgetFen: 9}
	for i := range n {
		v.Codes, v.Costs = append(v.Codes, strconv.Itoa(12-i)), append(v.Costs, int64(r.IntN(7)))
		q.Options = append(q.Options, &proposalv1.Option{Code: v.Codes[i], CostFen: v.Costs[i]})
	}
	all, err := fillingsOf(q, totalsOf(method, b))
	if err != nil || len(all) < 2 {
		return fillingsVector{}
	}
	weights := map[int64]int64{}
	for range r.IntN(7) {
		weights[r.Int64N(int64(len(all)))] += 1 + r.Int64N(3)
	}
	for place := range int64(len(all)) {
		if weights[place] > 0 {
			v.Heads = append(v.Heads, [2]int64{place, weights[place]})
		}
	}
	return v.counted(t)
}

// fillingsVectorsEach is how many counts of each method there are.
const fillingsVectorsEach = 24

// TestFillingsVectors: what stands in the file is what is counted here.
func TestFillingsVectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Counts []fillingsVector `json:"counts"`
	}
	raw, err := os.ReadFile(fillingsFile)
	if err == nil {
		err = json.Unmarshal(raw, &file)
	}
	if err != nil && !*writeFillings {
		t.Fatal(err)
	}
	if *writeFillings {
		for _, method := range []communityv1.Method{
			communityv1.Method_METHOD_STAR, communityv1.Method_METHOD_BORDA, communityv1.Method_METHOD_INSTANT_RUNOFF,
			communityv1.Method_METHOD_SCHULZE, communityv1.Method_METHOD_STV, communityv1.Method_METHOD_QUADRATIC,
			communityv1.Method_METHOD_PROPORTIONAL_APPROVAL, communityv1.Method_METHOD_EQUAL_SHARES,
			communityv1.Method_METHOD_BUDGET_GREEDY, communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP,
		} {
			for number := range fillingsVectorsEach {
				v := drawnVector(t, method, number)
				known := slices.ContainsFunc(file.Counts, func(f fillingsVector) bool { return f.Name == v.Name })
				if v.Name != "" && !known {
					file.Counts = append(file.Counts, v)
				}
			}
		}
		saveFillings(t, file.Counts)
	}
	if len(file.Counts) < 150 {
		t.Errorf("%d counts", len(file.Counts))
	}
	for _, v := range file.Counts {
		if diff := cmp.Diff(plainly(t, v), plainly(t, v.counted(t))); diff != "" {
			t.Errorf("%s: %s", v.Name, diff)
		}
	}
}

// plainly is a vector as it stands in the file: protobuf's JSON has spaces by chance, and of nothing it is no matter what kind.
func plainly(t *testing.T, v fillingsVector) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// saveFillings writes one a line, so that what is added can be seen.
func saveFillings(t *testing.T, counts []fillingsVector) {
	t.Helper()
	out := []byte(`{"counts":[`)
	for i, v := range counts {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, '\n'), plainly(t, v)...)
	}
	if err := os.WriteFile(fillingsFile, append(out, "\n]}\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
}
