package poll

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

var writeOpenCounts = flag.Bool("write-open-counts", false, "add to docs/format/open-counts.json the counts that it does not have yet")

const (
	openCountsFile = "../../../../docs/format/open-counts.json"
	openCountsEach = 14 // of each method
)

// openCountVector is a count of docs/format/open-counts.json: question, rules, and what follows, as protobuf messages in base64; the seed
// that breaks ties, if there is one; and what each voter said and weighs. Nobody votes twice, and nobody but by a device of their own.
type openCountVector struct {
	Name     string       `json:"name"`
	Question []byte       `json:"question"`
	Rules    []byte       `json:"rules"`
	Roll     []byte       `json:"roll"`
	Seed     []byte       `json:"seed,omitempty"`
	Ballots  []openBallot `json:"ballots"`
	Tally    []byte       `json:"tally"`
}

type openBallot struct {
	Options []uint32 `json:"options"`
	Points  []int64  `json:"points,omitempty"`
	Heads   int64    `json:"heads"`
	Area    int64    `json:"area"`
}

// counted is what the rules make of a vector's ballots.
func (v *openCountVector) counted(t *testing.T) []byte {
	t.Helper()
	q, r, roll := &proposalv1.Motion{}, &communityv1.PollRules{}, &votingv1.Roll{}
	for raw, m := range map[*[]byte]proto.Message{&v.Question: q, &v.Rules: r, &v.Roll: roll} { // any order: each is by itself
		if err := proto.Unmarshal(*raw, m); err != nil {
			t.Fatal(err)
		}
	}
	c, err := newCount(q, r, roll, v.Seed)
	if err != nil {
		t.Fatal(v.Name, err)
	}
	out := &votingv1.Tally{
		Ballots: uint32(len(v.Ballots)), InvalidBallots: &votingv1.InvalidBallots{}, TieSeed: v.Seed, StandsWithoutHosted: true,
	}
	var ballots []tally.Ballot
	weights := tally.Roll{}
	for i, b := range v.Ballots {
		voter := strconv.Itoa(i)
		weights[voter] = tally.Weight{Heads: b.Heads, Area: b.Area}
		ballots = append(ballots, c.ballotOf(voter, &votingv1.Choice{Options: b.Options, Points: b.Points}))
	}
	if r.GetTurnout().GetAbstentionsAbsent() {
		out.Turnout = &votingv1.Turnout{AbstentionsAbsent: true}
	}
	if err := c.decide(out, ballots, weights); err != nil {
		t.Fatal(v.Name, err)
	}
	return encodedOf(t, out)
}

func encodedOf(t *testing.T, m proto.Message) []byte {
	t.Helper()
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// drawnOpenCount makes one from a seed. Few voters and few numbers make many ties.
func drawnOpenCount(t *testing.T, method communityv1.Method, number int) openCountVector {
	t.Helper()
	chance := rand.New(rand.NewPCG(uint64(method)+100, uint64(number)))
	r := &communityv1.PollRules{
		Electorate: communityv1.Electorate_ELECTORATE_MEMBERS, Method: method, Ballot: drawnBallotRules(chance, method, number),
		Requirements: []*communityv1.Requirement{
			{Measure: communityv1.Measure_MEASURE_HEADS, Of: communityv1.Of_OF_PARTICIPANTS, Base: communityv1.Base_BASE_ALL,
				Numerator: 1, Denominator: 3, Quorum: true},
			{Measure: communityv1.Measure_MEASURE_AREA, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_VALID, Denominator: 2,
				Numerator: int64(number % 2), Strict: true},
		},
	}
	if method != communityv1.Method_METHOD_YES_NO {
		r.Requirements = r.Requirements[:1]
	}
	if number%5 == 1 {
		r.Turnout = &communityv1.TurnoutRules{AbstentionsAbsent: true}
	}
	q := &proposalv1.Motion{Title: "t", Text: "x"}
	if method != communityv1.Method_METHOD_YES_NO {
		for i := range max(2+chance.IntN(4), int(r.GetBallot().GetSeats())) {
			q.Options = append(q.Options, &proposalv1.Option{Code: strconv.Itoa(12 - i), Title: "o"})
		}
	}
	if costsMoney(method) {
		q.BudgetFen = 20
		for _, o := range q.Options {
			o.CostFen = int64(chance.IntN(14))
		}
	}
	v := openCountVector{Name: method.String() + " " + strconv.Itoa(number), Question: encodedOf(t, q)}
	roll := &votingv1.Roll{}
	for range chance.IntN(10) {
		b := drawnOpenBallot(chance, method, r.GetBallot(), len(q.GetOptions()))
		v.Ballots = append(v.Ballots, b)
		roll.Voters, roll.Heads, roll.AreaCentiM2 = roll.GetVoters()+1, roll.GetHeads()+b.Heads, roll.GetAreaCentiM2()+b.Area
	}
	roll.AllHeads, roll.AllAreaCentiM2 = roll.GetHeads()+int64(chance.IntN(9)), roll.GetAreaCentiM2()+1000
	if number%3 == 0 {
		r.TieRule, v.Seed = communityv1.TieRule_TIE_RULE_SEED, bytes.Repeat([]byte{byte(number + 1)}, 32)
	}
	v.Rules, v.Roll = encodedOf(t, r), encodedOf(t, roll)
	v.Tally = v.counted(t)
	return v
}

func costsMoney(method communityv1.Method) bool {
	return slices.Contains([]communityv1.Method{communityv1.Method_METHOD_BUDGET_GREEDY, communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP,
		communityv1.Method_METHOD_BUDGET_EQUAL_SHARES}, method)
}

func drawnBallotRules(chance *rand.Rand, method communityv1.Method, number int) *communityv1.BallotRules {
	b := &communityv1.BallotRules{}
	switch method {
	case communityv1.Method_METHOD_YES_NO, communityv1.Method_METHOD_SINGLE:
	case communityv1.Method_METHOD_SCORE, communityv1.Method_METHOD_STAR:
		b.PointsMax, b.ScoreMin, b.OptionsMax = 3, int64(chance.IntN(3)), uint32(chance.IntN(5))
	case communityv1.Method_METHOD_QUADRATIC:
		b.PointsSumMax, b.PointsMin, b.Seats = int64(3+chance.IntN(7)), int64(chance.IntN(2)), uint32(chance.IntN(3))
	case communityv1.Method_METHOD_BUDGET_GREEDY, communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP:
		b.Form = []communityv1.BallotForm{formOne, formApproval, formPurse, formRanks}[number%4]
		b.CostSumMaxFen, b.ScoreMin = int64(number%2)*25, int64(chance.IntN(3))
	case communityv1.Method_METHOD_BUDGET_EQUAL_SHARES:
		b.Form = []communityv1.BallotForm{formOne, formApproval, formPurse, formScore}[number%4]
		b.Utility, b.Completion = communityv1.Utility(1+chance.IntN(2)), communityv1.Completion(1+number/2%4)
		b.ScoreMin = int64(chance.IntN(3))
	default:
		b.Seats = uint32(chance.IntN(4))
		if method == communityv1.Method_METHOD_INSTANT_RUNOFF || method == communityv1.Method_METHOD_SCHULZE {
			b.Seats = 0
		}
	}
	if b.GetForm() == formPurse {
		b.PointsSumMax = int64(2 + chance.IntN(4))
	}
	if b.GetForm() == formScore {
		b.PointsMax = 3
	}
	return b
}

// drawnOpenBallot is mostly within the rules.
func drawnOpenBallot(chance *rand.Rand, method communityv1.Method, rules *communityv1.BallotRules, options int) openBallot {
	b := openBallot{Heads: 1 + chance.Int64N(3), Area: 1000 * (1 + chance.Int64N(4))}
	if method == communityv1.Method_METHOD_YES_NO {
		options = 4
	}
	named := chance.IntN(options + 1)
	if method == communityv1.Method_METHOD_YES_NO || method == communityv1.Method_METHOD_SINGLE || rules.GetForm() == formOne {
		named = min(named, 1+chance.IntN(8)/7)
	}
	for _, o := range chance.Perm(options)[:named] {
		b.Options = append(b.Options, uint32(o))
	}
	pointed := rules.GetPointsMax() > 0 || rules.GetPointsSumMax() > 0
	if pointed && chance.IntN(4) > 0 || chance.IntN(12) == 0 {
		for i := range b.Options {
			b.Points = append(b.Points, max(0, int64(3-i)-chance.Int64N(2)))
		}
	}
	return b
}

// TestOpenCountsVectors: what stands in the file is what is counted here.
func TestOpenCountsVectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Counts []openCountVector `json:"counts"`
	}
	raw, err := os.ReadFile(openCountsFile)
	if err == nil {
		err = json.Unmarshal(raw, &file)
	}
	if err != nil && !*writeOpenCounts {
		t.Fatal(err)
	}
	for method := communityv1.Method_METHOD_YES_NO; *writeOpenCounts && method <= communityv1.Method_METHOD_EQUAL_SHARES; method++ {
		for number := range openCountsEach {
			v := drawnOpenCount(t, method, number)
			if !slices.ContainsFunc(file.Counts, func(f openCountVector) bool { return f.Name == v.Name }) {
				file.Counts = append(file.Counts, v)
			}
		}
	}
	if *writeOpenCounts {
		saveOpenCounts(t, file.Counts)
	}
	if len(file.Counts) < 15*openCountsEach {
		t.Errorf("%d counts", len(file.Counts))
	}
	for _, v := range file.Counts {
		if !bytes.Equal(v.counted(t), v.Tally) {
			t.Errorf("%s is counted otherwise", v.Name)
		}
	}
}

// saveOpenCounts writes one a line, so that what is added can be seen.
func saveOpenCounts(t *testing.T, counts []openCountVector) {
	t.Helper()
	out := []byte(`{"counts":[`)
	for i, v := range counts {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, '\n'), raw...)
	}
	if err := os.WriteFile(openCountsFile, append(out, "\n]}\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
}
