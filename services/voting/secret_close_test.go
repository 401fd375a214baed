package voting_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// The levels, shortly.
const (
	exact    = communityv1.Secrecy_SECRECY_TOTALS
	interval = communityv1.Secrecy_SECRECY_INTERVAL
	passFail = communityv1.Secrecy_SECRECY_PASS_FAIL
	withheld = communityv1.Secrecy_SECRECY_UNSPECIFIED
	heads    = communityv1.Measure_MEASURE_HEADS
	area     = communityv1.Measure_MEASURE_AREA
)

// sameSeats are so many seats of one weight.
func sameSeats(prefix string, n int, heads, area int64) (seats []seat) {
	for i := range n {
		seats = append(seats, seat{fmt.Sprint(prefix, i), heads, area})
	}
	return seats
}

// Whatever the order of casts, replacements and challenges: each sum that is to be opened is that of the last ballot that each credential
// cast, and the close says how many those are.
func TestEncryptedTotalsAreThePlainCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seats := slices.Concat(sameSeats("a", 6, 1, 5), sameSeats("b", 6, 2, 8))
		level := rapid.SampledFrom([]communityv1.Secrecy{exact, exact, interval, passFail}).Draw(t, "level")
		b := openBooth(t, secretRules(level), question, seats...)
		last, replaced, challenged := map[string]int{}, uint32(0), uint32(0)
		act := func(s seat, answer int, challenge bool) {
			if challenge {
				challenged++
				b.must(b.challenge(s.name, choice(answer)...))
				return
			}
			if _, again := last[s.name]; again {
				replaced++
			}
			last[s.name] = answer
			b.must(b.cast(s.name, choice(answer)...))
		}
		for range rapid.IntRange(0, 10).Draw(t, "acts") {
			s := rapid.SampledFrom(seats).Draw(t, "who")
			act(s, rapid.IntRange(0, 2).Draw(t, "answer"), rapid.IntRange(0, 3).Draw(t, "challenge") == 0)
		}
		if rapid.IntRange(0, 3).Draw(t, "everybody") == 0 {
			for i, s := range seats {
				act(s, i%3, false)
			}
		}
		got := b.close()
		want := map[communityv1.Measure][3]int64{}
		for _, s := range seats {
			if answer, cast := last[s.name]; cast {
				h, a := want[heads], want[area]
				h[answer], a[answer] = h[answer]+s.heads, a[answer]+s.area
				want[heads], want[area] = h, a
			}
		}
		if got.GetBallots() != uint32(len(last)) || got.GetReplaced() != replaced || got.GetChallenged() != challenged {
			t.Fatalf("%d ballots, %d replaced, %d challenged, want %d, %d, %d",
				got.GetBallots(), got.GetReplaced(), got.GetChallenged(), len(last), replaced, challenged)
		}
		if len(got.GetTotals()) == 0 {
			return
		}
		if got.GetSecrecy() == exact && len(got.GetTotals()) != 6 {
			t.Fatalf("%d totals", len(got.GetTotals()))
		}
		for i, n := range b.decrypt(got.GetTotals()) {
			total := got.GetTotals()[i]
			if plain := want[total.GetMeasure()][total.GetOption()]; n != plain || n > total.GetBound() {
				t.Fatalf("%v %d: %d, counted plainly %d", total.GetMeasure(), total.GetOption(), n, plain)
			}
		}
	})
}

// closedBallots is what the close says.
func (b *booth) closedBallots() uint32 {
	for _, c := range b.commits {
		for i := range c.Changes {
			for _, e := range c.Changes[i].Events {
				if m, err := decider.DecodeEvent(e); err == nil {
					if closed, ok := m.(*votingv1.PollClosed); ok {
						return closed.GetBallots()
					}
				}
			}
		}
	}
	b.t.Fatalf("the poll is not closed")
	return 0
}

// rung is what is said of a level that was considered.
type rung struct {
	level   communityv1.Secrecy
	refused string
}

// ending is how a poll ends, and what is then to be opened, and how far.
type ending struct {
	name  string
	level communityv1.Secrecy
	rules func(r *communityv1.PollRules)
	seats []seat
	skip  func(s seat) bool // does not vote

	want   communityv1.Secrecy
	ladder []rung
	totals []*votingv1.EncryptedTotal // without their sums
}

func endings() []ending {
	twelve := slices.Concat(sameSeats("a", 6, 1, 5), sameSeats("b", 6, 2, 8)) // 18 heads, 78 of area
	odd := append(sameSeats("a", 12, 1, 50), seat{"shop", 1, 80})             // 13 heads, 680 of area
	return []ending{
		{
			name: "all totals", level: exact, seats: twelve, want: exact, ladder: []rung{{exact, ""}},
			totals: []*votingv1.EncryptedTotal{
				{Measure: heads, Bound: 18}, {Measure: heads, Option: 1, Bound: 18}, {Measure: heads, Option: 2, Bound: 18},
				{Measure: area, Bound: 78}, {Measure: area, Option: 1, Bound: 78}, {Measure: area, Option: 2, Bound: 78},
			},
		},
		{
			name: "pass or fail", level: passFail, seats: twelve, want: passFail, ladder: []rung{{passFail, ""}},
			totals: []*votingv1.EncryptedTotal{{Measure: heads, Bound: 18, Claims: at(10)}, {Measure: area, Bound: 78, Claims: at(40)}},
		},
		{
			name: "intervals", level: interval, seats: twelve, want: interval, ladder: []rung{{interval, ""}},
			totals: []*votingv1.EncryptedTotal{
				{Measure: heads, Bound: 18, Claims: at(5, 10, 15)}, {Measure: area, Bound: 78, Claims: at(every(5, 75)...)},
			},
		},
		{
			name: "intervals that end elsewhere than the threshold", level: interval, seats: twelve, want: interval, ladder: []rung{{interval, ""}},
			rules:  func(r *communityv1.PollRules) { r.Secrecy.IntervalWidth = 26 },
			totals: []*votingv1.EncryptedTotal{{Measure: heads, Bound: 18, Claims: at(10)}, {Measure: area, Bound: 78, Claims: at(26, 40, 52, 78)}},
		},
		{
			name: "totals would tell of the shop", level: exact, seats: odd, want: passFail,
			rules:  func(r *communityv1.PollRules) { r.Secrecy.AnonymityMin, r.Secrecy.IntervalWidth = 5, 0 },
			ladder: []rung{{exact, "leak.class_small"}, {passFail, ""}},
			totals: []*votingv1.EncryptedTotal{{Measure: heads, Bound: 13, Claims: at(7)}, {Measure: area, Bound: 680, Claims: at(341)}},
		},
		{
			name: "a rulebook that wants ballots better hidden", level: exact, seats: twelve, want: passFail,
			rules:  func(r *communityv1.PollRules) { r.Secrecy.AnonymityMin, r.Secrecy.IntervalWidth = 7, 0 },
			ladder: []rung{{exact, "leak.class_small"}, {passFail, ""}},
			totals: []*votingv1.EncryptedTotal{{Measure: heads, Bound: 18, Claims: at(10)}, {Measure: area, Bound: 78, Claims: at(40)}},
		},
		{
			name: "nothing is safe", level: exact, seats: twelve[:3], want: withheld,
			rules:  func(r *communityv1.PollRules) { r.Secrecy.AnonymityMin = 5 },
			ladder: []rung{{exact, "leak.class_small"}, {interval, "leak.class_small"}, {passFail, "leak.class_small"}},
		},
		{
			name: "too few took part to hide", level: passFail, seats: twelve, want: withheld,
			rules:  func(r *communityv1.PollRules) { r.Secrecy.AnonymityMin = 0; r.Requirements[0].Denominator = 20 },
			skip:   func(s seat) bool { return s.name > "a3" },
			ladder: []rung{{passFail, "leak.class_small"}},
		},
		{
			name: "intervals too narrow to be listed", level: interval, want: passFail,
			seats:  slices.Concat(sameSeats("a", 6, 1, 5), sameSeats("b", 6, 2, 8_000_00)),
			rules:  func(r *communityv1.PollRules) { r.Requirements = r.Requirements[:2]; r.Requirements[1].Measure = area },
			ladder: []rung{{interval, "secret_poll.intervals_many"}, {passFail, ""}},
			totals: []*votingv1.EncryptedTotal{{Measure: area, Bound: 4800030, Claims: at(2400016)}},
		},
		{
			name: "a threshold of what is valid is not known before", level: exact, seats: twelve[:3], want: withheld,
			rules: func(r *communityv1.PollRules) {
				r.Secrecy.AnonymityMin, r.Requirements[1].Base = 5, communityv1.Base_BASE_VALID
			},
			ladder: []rung{{exact, "leak.class_small"}},
		},
		{
			name: "nor one of who took part, if abstentions do not", level: exact, seats: twelve[:3], want: withheld,
			rules: func(r *communityv1.PollRules) {
				r.Secrecy.AnonymityMin, r.Turnout = 5, &communityv1.TurnoutRules{AbstentionsAbsent: true}
			},
			ladder: []rung{{exact, "leak.class_small"}},
		},
		{
			name: "no quorum", level: exact, seats: twelve, want: exact, skip: func(s seat) bool { return s.name > "a5" },
			rules: func(r *communityv1.PollRules) { r.Requirements[0].Numerator = 2 },
		},
		{
			name: "nobody voted, and nothing is asked", level: passFail, seats: twelve, want: passFail, skip: func(seat) bool { return true },
			rules: func(r *communityv1.PollRules) {
				r.Requirements = r.Requirements[1:2]
				r.Requirements[0].Base, r.Requirements[0].Numerator, r.Requirements[0].Strict = communityv1.Base_BASE_ALL, 0, false
			},
		},
		{name: "nobody voted", level: interval, seats: twelve, want: interval, skip: func(seat) bool { return true }},
		{
			name: "even with every yes not enough", level: passFail, seats: twelve, want: passFail, skip: func(s seat) bool { return s.name > "b3" },
			rules: func(r *communityv1.PollRules) {
				r.Requirements[1].Base, r.Requirements[1].Numerator, r.Requirements[1].Denominator = communityv1.Base_BASE_ALL, 99, 100
			},
		},
		{
			name: "a share of nothing", level: passFail, seats: sameSeats("a", 6, 1, 0), want: passFail,
		},
		{
			name: "a threshold that everything reaches", level: passFail, seats: twelve, want: passFail, ladder: []rung{{passFail, ""}},
			rules:  func(r *communityv1.PollRules) { r.Requirements[1].Numerator, r.Requirements[1].Strict = 0, false },
			totals: []*votingv1.EncryptedTotal{{Measure: area, Bound: 78, Claims: at(40)}},
		},
		{
			name: "two thresholds of one total", level: passFail, seats: twelve, want: passFail, ladder: []rung{{passFail, ""}},
			rules: func(r *communityv1.PollRules) {
				r.Requirements[2] = &communityv1.Requirement{
					Measure: heads, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_ALL, Numerator: 1, Denominator: 3,
				}
			},
			totals: []*votingv1.EncryptedTotal{{Measure: heads, Bound: 18, Claims: at(7, 10)}}, // of all there are 19
		},
	}
}

// every lists multiples of a number.
func every(n, most int64) (all []int64) {
	for at := n; at <= most; at += n {
		all = append(all, at)
	}
	return all
}

// What is opened, and how far, of polls that end in one way or another.
func TestWhatIsOpened(t *testing.T) {
	t.Parallel()
	for _, c := range endings() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rules := secretRules(c.level)
			if c.rules != nil {
				c.rules(rules)
			}
			b := openBooth(t, rules, question, c.seats...)
			voted := uint32(0)
			for i, s := range c.seats {
				if c.skip == nil || !c.skip(s) {
					b.must(b.cast(s.name, choice(i%3)...))
					voted++
				}
			}
			got := b.close()
			var ladder []rung
			for _, step := range got.GetLeak() {
				ladder = append(ladder, rung{step.GetSecrecy(), step.GetReport().GetRefused()})
			}
			for _, total := range got.GetTotals() {
				if len(total.GetSum()) != 64 {
					t.Errorf("a sum of %d bytes", len(total.GetSum()))
				}
				total.Sum = nil
			}
			if got.GetSecrecy() != c.want || !slices.Equal(ladder, c.ladder) || got.GetBallots() != voted || b.closedBallots() != voted {
				t.Errorf("%v of %d ballots, closed with %d, by %v", got.GetSecrecy(), got.GetBallots(), b.closedBallots(), ladder)
			}
			if diff := gocmp.Diff(c.totals, got.GetTotals(), protocmp.Transform()); diff != "" {
				t.Errorf("totals (-want +got):\n%s", diff)
			}
		})
	}
}

func at(thresholds ...int64) (claims []*votingv1.TotalClaim) {
	for _, n := range thresholds {
		claims = append(claims, &votingv1.TotalClaim{Threshold: n})
	}
	return claims
}

// Options are opened by heads, each total by itself, and a poll in which options are answered one by one is measured as such.
func TestOptionsAreOpenedByHeads(t *testing.T) {
	t.Parallel()
	rules := secretRules(exact)
	rules.Method, rules.Requirements = communityv1.Method_METHOD_APPROVAL, rules.Requirements[:1]
	q := &proposalv1.Motion{Title: "Which", Options: []*proposalv1.Option{{Code: "1"}, {Code: "2"}, {Code: "3"}, {Code: "4"}}}
	seats := sameSeats("a", 14, 1, 50)
	b := openBooth(t, rules, q, seats...)
	for i, s := range seats {
		b.must(b.cast(s.name, int64(i%2), int64(i%3/2), 0, 1))
	}
	got := b.close()
	if got.GetSecrecy() != exact || len(got.GetTotals()) != 4 {
		t.Fatalf("%v", got)
	}
	if n := b.decrypt(got.GetTotals()); !slices.Equal(n, []int64{7, 4, 0, 14}) {
		t.Errorf("totals %v", n)
	}
}

// Who only had ballots opened has none that counts, and the ballot that was opened last does not push out the one that was cast.
func TestChallengedOnlyCountsForNobody(t *testing.T) {
	t.Parallel()
	seats := sameSeats("a", 12, 1, 50)
	b := openBooth(t, secretRules(exact), question, seats...)
	for _, s := range seats[1:] {
		b.must(b.cast(s.name, choice(0)...))
	}
	b.must(b.challenge(seats[0].name, choice(1)...))
	b.must(b.challenge(seats[1].name, choice(1)...))
	got := b.close()
	if b.closedBallots() != 11 || got.GetBallots() != 11 || got.GetChallenged() != 2 || got.GetReplaced() != 0 {
		t.Fatalf("closed with %d: %v", b.closedBallots(), got)
	}
	if n := b.decrypt(got.GetTotals()); !slices.Equal(n, []int64{11, 0, 0, 550, 0, 0}) {
		t.Errorf("totals %v", n)
	}
}

// What the rules demand after the close is done once, and lapses where there is nothing to be added up.
func TestEncryptedTallyLapses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want string
		before     func(b *booth)
	}{
		{"twice", "encrypted_tally.recorded", func(b *booth) {
			b.fact("voting", decider.On(poll.Path(b.id), &votingv1.EncryptedTallyRecorded{Tally: &votingv1.EncryptedTally{}}))
		}},
		{"a ballot that nobody has checked", "tally.impossible", func(b *booth) {}},
	} {
		seats := sameSeats("a", 12, 1, 50)
		b := openBooth(t, secretRules(passFail), question, seats...)
		for _, s := range seats {
			b.fact("voting", decider.On(b.credentialPath(s.name), &votingv1.SecretBallotCast{Key: public(s.name), Sequence: 1, Ballot: fixedKey(1)}))
		}
		b.now += 60_000
		b.carryOut("voting.close")
		c.before(b)
		b.carryOut("voting.record_encrypted_tally")
		if got := b.lapsed(); got != c.want {
			t.Errorf("%s: lapsed for %q, want %q", c.name, got, c.want)
		}
	}
	b := alone(t, secretRules(passFail)) // closed, which it never could be, before anybody could register
	b.fact("voting", decider.On(poll.Path(b.id), &votingv1.CeremonyBegun{}))
	b.fact("voting", decider.On(poll.Path(b.id), &votingv1.PollClosed{}))
	b.carryOut("voting.record_encrypted_tally")
	if got := b.lapsed(); got != "poll.not_secret" {
		t.Errorf("lapsed for %q", got)
	}
}

// Where the rules say so, a poll closes as soon as every credential of the roster has cast; a ballot that was opened is none.
func TestSecretPollClosesWhenComplete(t *testing.T) {
	t.Parallel()
	for _, early := range []bool{false, true} {
		rules := secretRules(exact)
		rules.CloseWhenComplete = early
		b := openBooth(t, rules, question, three...)
		for _, s := range three {
			b.must(b.challenge(s.name, choice(0)...))
		}
		b.carryOut("voting.close")
		b.must(b.cast("x1", choice(0)...))
		b.must(b.cast("x1", choice(0)...))
		b.must(b.cast("x2", choice(0)...))
		b.carryOut("voting.close")
		if b.poll(b.id).Closed {
			t.Fatal("closed before everybody has cast")
		}
		b.must(b.cast("x3", choice(0)...))
		b.carryOut("voting.close")
		if b.poll(b.id).Closed != early {
			t.Errorf("early is %v, closed %v", early, b.poll(b.id).Closed)
		}
	}
}

// The weeding does not depend on who cast when: only the credentials' own orders matter.
func TestWeedingIsByCredential(t *testing.T) {
	t.Parallel()
	seats := sameSeats("a", 12, 1, 50)
	type act struct {
		who    string
		answer int
	}
	orders := [][]act{{}, {}}
	for i, s := range seats {
		orders[0] = append(orders[0], act{s.name, 1}, act{s.name, i % 2})
	}
	orders[1] = slices.Clone(orders[0])
	slices.SortStableFunc(orders[1], func(x, y act) int { return -cmp.Compare(x.who, y.who) })
	var results [][]int64
	for _, order := range orders {
		b := openBooth(t, secretRules(exact), question, seats...)
		for _, a := range order {
			b.must(b.cast(a.who, choice(a.answer)...))
		}
		results = append(results, b.decrypt(b.close().GetTotals()))
	}
	if want := []int64{6, 6, 0, 300, 300, 0}; !slices.Equal(results[0], want) || !slices.Equal(results[1], want) {
		t.Errorf("totals %v", results)
	}
}
