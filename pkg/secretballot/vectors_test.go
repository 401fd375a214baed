package secretballot_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/internal/group"
)

var write = flag.Bool("write", false, "add to docs/format/secretballot.json and oneof.json the elections that they do not have yet")

const vectorsFile = "../../docs/format/secretballot.json"

// vectors are docs/format/secretballot.json, or oneof.json: elections with ballots that are good, ballots that are refused and for
// what, and totals.
// All bytes are hex.
type vectors struct {
	SecondGenerator string           `json:"second_generator"`
	Elections       []electionVector `json:"elections"`
}

type electionVector struct {
	Name        string      `json:"name"`
	ID          string      `json:"id"`
	Secret      string      `json:"secret"`
	Key         string      `json:"key"`
	Shape       shapeVector `json:"shape"`
	ShapeDigest string      `json:"shape_digest"`
	BallotBytes int         `json:"ballot_bytes"`
	// Ballots hold and are counted, with their weights.
	Ballots []ballotVector `json:"ballots"`
	Totals  []totalVector  `json:"totals"`
	Refused []ballotVector `json:"refused,omitempty"`
}

type shapeVector struct {
	Selections []int64      `json:"selections"`
	Sums       []sumVector  `json:"sums"`
	Totals     []termVector `json:"totals"`
}

type sumVector struct {
	Terms termVector `json:"terms"`
	Lo    int64      `json:"lo"`
	Hi    int64      `json:"hi"`
}

// termVector are pairs of selection and coefficient.
type termVector [][2]int64

func (t termVector) terms() (out []secretballot.Term) {
	for _, pair := range t {
		out = append(out, secretballot.Term{Selection: int(pair[0]), Coefficient: pair[1]})
	}
	return out
}

func vectorOfTerms(terms []secretballot.Term) (out termVector) {
	for _, t := range terms {
		out = append(out, [2]int64{int64(t.Selection), t.Coefficient})
	}
	return out
}

func (s shapeVector) shape() secretballot.Shape {
	shape := secretballot.Shape{Selections: s.Selections}
	for _, sum := range s.Sums {
		shape.Sums = append(shape.Sums, secretballot.Sum{Terms: sum.Terms.terms(), Lo: sum.Lo, Hi: sum.Hi})
	}
	for _, total := range s.Totals {
		shape.Totals = append(shape.Totals, total.terms())
	}
	return shape
}

func vectorOfShape(shape secretballot.Shape) shapeVector {
	s := shapeVector{Selections: shape.Selections, Sums: []sumVector{}}
	for _, sum := range shape.Sums {
		s.Sums = append(s.Sums, sumVector{vectorOfTerms(sum.Terms), sum.Lo, sum.Hi})
	}
	for _, total := range shape.Totals {
		s.Totals = append(s.Totals, vectorOfTerms(total))
	}
	return s
}

type ballotVector struct {
	Name      string   `json:"name"`
	Pseudonym string   `json:"pseudonym"`
	Sequence  uint64   `json:"sequence"`
	Ballot    string   `json:"ballot"`
	Choice    []int64  `json:"choice,omitempty"`
	Opening   string   `json:"opening,omitempty"`
	Tracker   string   `json:"tracker,omitempty"`
	Marks     []string `json:"marks,omitempty"`
	Weight    int64    `json:"weight,omitempty"`
	Fault     string   `json:"fault,omitempty"`
	// Proof is the first statement that does not hold, where the fault is that one does not.
	Proof *int `json:"proof,omitempty"`
}

type totalVector struct {
	A     string `json:"a"`
	B     string `json:"b"`
	Bound int64  `json:"bound"`
	Total int64  `json:"total"`
}

// TestVectors: what stands in the file is what this package makes of it.
func TestVectors(t *testing.T) {
	t.Parallel()
	checkVectors(t, vectorsFile, vectorCases())
}

// checkVectors makes what is in a file of elections again, and adds the cases that it does not have, if that was asked for.
func checkVectors(t *testing.T, file string, cases []vectorCase) {
	t.Helper()
	all := readVectors(t, file)
	if *write {
		addVectors(t, file, &all, cases)
	}
	names := map[string]bool{}
	for _, e := range all.Elections {
		names[e.Name] = true
	}
	for _, c := range cases {
		if !names[c.name] {
			t.Errorf("no vectors of %s", c.name)
		}
	}
	if got := hex.EncodeToString(group.Second().Bytes()); got != all.SecondGenerator || len(all.Elections) == 0 {
		t.Errorf("second generator %s, %d elections", got, len(all.Elections))
	}
	for _, e := range all.Elections {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			checkElection(t, e)
		})
	}
}

func readVectors(t *testing.T, file string) (all vectors) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) && *write {
		return vectors{SecondGenerator: hex.EncodeToString(group.Second().Bytes())}
	}
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// addVectors makes what is missing and leaves the rest as it was released.
func addVectors(t *testing.T, file string, all *vectors, cases []vectorCase) {
	t.Helper()
	for _, c := range cases {
		if !slices.ContainsFunc(all.Elections, func(e electionVector) bool { return e.Name == c.name }) {
			all.Elections = append(all.Elections, makeElection(t, c))
		}
	}
	raw, err := json.MarshalIndent(all, "", " ")
	if err == nil {
		err = os.WriteFile(file, append(raw, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func checkElection(t *testing.T, e electionVector) {
	w := newWorld(t, e.Shape.shape())
	secret, err := group.DecodeScalar(unhex(t, e.Secret))
	if err != nil || hex.EncodeToString(group.NewElement().ScalarBaseMult(secret).Bytes()) != e.Key {
		t.Fatalf("the secret is not that of the key: %v", err)
	}
	w.secret, w.id, w.key = secret, [32]byte(unhex(t, e.ID)), unhex(t, e.Key)
	w.renew()
	if w.BallotBytes() != e.BallotBytes || hex.EncodeToString(shapeDigest(w.shape)) != e.ShapeDigest {
		t.Errorf("%d bytes, shape digest %x", w.BallotBytes(), shapeDigest(w.shape))
	}
	var casts []secretballot.Cast
	var weights []int64
	for _, b := range e.Ballots {
		got := vectorOfBallot(w, b.cast(t), unhex(t, b.Opening))
		got.Name, got.Weight = b.Name, b.Weight
		if diff := cmp.Diff(b, got); diff != "" {
			t.Errorf("%s: %s", b.Name, diff)
		}
		casts, weights = append(casts, b.cast(t)), append(weights, b.Weight)
	}
	if diff := cmp.Diff(e.Totals, vectorsOfTotals(w, casts, weights)); diff != "" {
		t.Errorf("totals: %s", diff)
	}
	for _, b := range e.Refused {
		got := b
		got.Fault, got.Proof = refusal(w, b.cast(t))
		if diff := cmp.Diff(b, got); diff != "" || b.Fault == "" {
			t.Errorf("%s: %s", b.Name, diff)
		}
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// cast is the ballot as somebody sends it.
func (b *ballotVector) cast(t testing.TB) secretballot.Cast {
	v := secretballot.Voter{Pseudonym: [32]byte(unhex(t, b.Pseudonym)), Sequence: b.Sequence}
	return secretballot.Cast{Voter: v, Ballot: unhex(t, b.Ballot)}
}

// refusal answers why a ballot is refused, and which proof does not hold.
func refusal(w *world, c secretballot.Cast) (code string, proof *int) {
	_, err := w.Verify(c.Voter, c.Ballot)
	if err == nil {
		return "", nil
	}
	f := fault.Of(err)
	explained := fault.Of(w.Explain(c.Voter, c.Ballot))
	if explained == nil || explained.Code != f.Code {
		w.t.Fatalf("refused for %v, explained as %v", f, explained)
	}
	if number := explained.Detail["proof"]; number != "" {
		var n int
		if err := json.Unmarshal([]byte(number), &n); err != nil {
			w.t.Fatal(err)
		}
		proof = &n
	}
	return f.Code, proof
}

// vectorOfBallot answers what is to be known about a good ballot.
func vectorOfBallot(w *world, c secretballot.Cast, opening []byte) ballotVector {
	w.t.Helper()
	b, err := w.Verify(c.Voter, c.Ballot)
	if err != nil {
		w.t.Fatal(err)
	}
	choice, err := w.Open(b, opening)
	if err != nil {
		w.t.Fatal(err)
	}
	tracker := w.Tracker(c.Voter, c.Ballot)
	v := ballotVector{
		Pseudonym: hex.EncodeToString(c.Voter.Pseudonym[:]), Sequence: c.Voter.Sequence, Ballot: hex.EncodeToString(c.Ballot),
		Choice: choice, Opening: hex.EncodeToString(opening), Tracker: hex.EncodeToString(tracker[:]),
	}
	for _, mark := range b.Marks() {
		v.Marks = append(v.Marks, hex.EncodeToString(mark[:]))
	}
	return v
}

func vectorsOfTotals(w *world, casts []secretballot.Cast, weights []int64) (out []totalVector) {
	ballots, _ := w.VerifyAll(casts, nil)
	hidden, bounds, err := w.Tally(ballots, weights)
	if err != nil {
		w.t.Fatal(err)
	}
	for i, n := range w.totals(casts, weights) {
		a, b := hidden[i].A.Bytes(), hidden[i].B.Bytes()
		out = append(out, totalVector{A: hex.EncodeToString(a), B: hex.EncodeToString(b), Bound: bounds[i], Total: n})
	}
	return out
}

// vectorCase is an election of which vectors are made; the random numbers are those of a fixed seed.
type vectorCase struct {
	name    string
	shape   secretballot.Shape
	choices [][]int64
	weights []int64
	// chosen are the random numbers that hide the first number of each ballot, where the voters do not draw them.
	chosen []*group.Scalar
}

func vectorCases() []vectorCase {
	r := group.ScalarOf(424242)
	return []vectorCase{
		{"for or against", shapeOf(secretballot.Approval(2, 1, 1)), [][]int64{{1, 0}, {0, 1}, {1, 0}}, []int64{1, 1, 1}, nil},
		{"yes, no, abstain by area", shapeOf(secretballot.Approval(3, 1, 1)), [][]int64{{1, 0, 0}, {0, 0, 1}, {0, 1, 0}},
			[]int64{895_000, 500_037, 0}, nil},
		{"up to nine of ten", shapeOf(secretballot.Approval(10, 0, 9)), [][]int64{{0, 1, 1, 1, 1, 1, 1, 1, 1, 1}, make([]int64, 10)},
			[]int64{1, 1}, nil},
		{"scores from 0 to 2", shapeOf(secretballot.Score(2, 2)), [][]int64{{2, 0}, {1, 2}}, []int64{1, 2}, nil},
		{"quadratic, 9 credits", shapeOf(secretballot.Quadratic(2, 3, 9)), [][]int64{{0, 0, 0, 0, 0, 1}, {0, 1, 0, 0, 1, 0}}, []int64{1, 1}, nil},
		{"Borda of three", shapeOf(secretballot.Borda(3)), [][]int64{{0, 1, 0, 1, 0, 0, 0, 0, 1}}, []int64{1}, nil},
		{"all orders of three", shapeOf(secretballot.Orders(3)), [][]int64{{0, 0, 0, 1, 0, 0}, {1, 0, 0, 0, 0, 0}}, []int64{2, 1}, nil},
		{"pairs of three", shapeOf(secretballot.Pairs(3)), [][]int64{{0, 0, 0, 1, 0, 0}, {0, 0, 0, 0, 0, 1}}, []int64{2, 1}, nil},
		{"two whose random numbers cancel", shapeOf(secretballot.Approval(2, 0, 2)), [][]int64{{1, 0}, {1, 1}}, []int64{1, 1},
			[]*group.Scalar{r, group.NewScalar().Negate(r)}},
	}
}

func makeElection(t *testing.T, c vectorCase) electionVector {
	name, shape, choices, weights := c.name, c.shape, c.choices, c.weights
	seed := sha256.Sum256([]byte(name))
	random := rand.NewChaCha8(seed)
	w := newWorld(t, shape)
	w.id = sha256.Sum256(seed[:])
	var err error
	if w.secret, err = group.RandomScalar(random); err != nil {
		t.Fatal(err)
	}
	w.key = group.NewElement().ScalarBaseMult(w.secret).Bytes()
	w.renew()
	e := electionVector{
		Name: name, ID: hex.EncodeToString(w.id[:]), Secret: hex.EncodeToString(w.secret.Bytes()), Key: hex.EncodeToString(w.key),
		Shape: vectorOfShape(shape), ShapeDigest: hex.EncodeToString(shapeDigest(shape)), BallotBytes: w.BallotBytes(),
	}
	var casts []secretballot.Cast
	for i, choice := range choices {
		v := secretballot.Voter{Pseudonym: sha256.Sum256(append(seed[:], byte(i))), Sequence: uint64(i + 1)}
		draws := io.Reader(random)
		if c.chosen != nil {
			draws = io.MultiReader(bytes.NewReader(append(c.chosen[i].Bytes(), make([]byte, group.ScalarBytes)...)), random)
		}
		raw, opening, err := w.Encrypt(draws, v, choice)
		if err != nil {
			t.Fatal(err)
		}
		cast := secretballot.Cast{Voter: v, Ballot: raw}
		b := vectorOfBallot(w, cast, opening.Bytes())
		b.Name, b.Weight = "ballot "+string(rune('a'+i)), weights[i]
		e.Ballots, casts = append(e.Ballots, b), append(casts, cast)
	}
	e.Totals = vectorsOfTotals(w, casts, weights)
	const largest = 16 << 10
	if c.chosen != nil || len(casts[0].Ballot) > largest { // what is refused does not depend on it, and the file must not grow too large
		return e
	}
	for _, c := range forgeries(w, casts[0], choices[0]) {
		if len(casts[0].Ballot) > 1000 && !strings.HasPrefix(c.name, "a sum") { // the file must not grow too large
			continue
		}
		b := ballotVector{
			Name: c.name, Pseudonym: hex.EncodeToString(c.cast.Voter.Pseudonym[:]), Sequence: c.cast.Voter.Sequence,
			Ballot: hex.EncodeToString(c.cast.Ballot),
		}
		b.Fault, b.Proof = refusal(w, c.cast)
		e.Refused = append(e.Refused, b)
	}
	return e
}
