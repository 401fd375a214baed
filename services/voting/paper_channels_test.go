package voting_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// TestChannelNamed: every ballot of a poll whose rules know of paper says how it came, and the tally adds them up by that.
func TestChannelNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t).staffed()
	w.admit("sun")
	own := []string{"device", "desk", "kiosk", "door", "helped", "paper", "phone"}
	w.admit(own...)
	w.fact("community", decider.On("member/"+id("hosted"), &communityv1.MemberAdmitted{AdmittedBy: id(orgOne)}))
	w.enrol("hosted", "gateway", true)
	for i, n := range append(own, "hosted") {
		w.unit("flat of "+n, n, int64(i+1)*100)
	}
	p := w.motion("roof", onPaper(communityv1.Electorate_ELECTORATE_OWNERS), question)
	w.open(p)
	w.mandate("m", "helped", "sun", nil)
	at := func(voter, dev string, c votingv1.Channel, with ...string) error {
		body := &votingv1.CastBallot{Poll: p, Voter: id(voter), Box: w.seal(p, voter, &votingv1.Choice{Options: yes}), Station: c}
		return w.send("voting.cast", body, append([]string{dev}, with...)...)
	}
	const kiosk, door = votingv1.Channel_CHANNEL_KIOSK, votingv1.Channel_CHANNEL_DOOR
	for name, got := range map[string]error{
		"kiosk without an officer": at("kiosk", "kiosk", kiosk),
		"paper at a kiosk":         at("kiosk", "kiosk", votingv1.Channel_CHANNEL_PAPER, officer),
		"a station of no kind":     at("kiosk", "kiosk", 99, officer),
		"a helper at a kiosk": w.send("voting.cast", &votingv1.CastBallot{
			Poll: p, Voter: id("helped"), Box: w.seal(p, "helped", nil), Mandate: id("m"), Station: kiosk,
		}, "sun"),
	} {
		if code(got) != "ballot.station" {
			t.Errorf("%s: %q", name, code(got))
		}
	}
	w.must(at("device", "device", 0))
	w.must(at("phone", "phone", 0))
	w.must(at("desk", "desk", 0, officer))
	w.must(at("kiosk", "kiosk", kiosk, officer))
	w.must(at("door", "door", door, officer))
	w.must(at("hosted", "gateway", 0))
	w.must(w.voteFor(p, "helped", "sun", "m", yes))
	w.twice(w.issued(p, "paper", "1"), yes)
	got := w.count(p)
	var want []*votingv1.ChannelShare
	for _, c := range []struct {
		c       votingv1.Channel
		ballots uint32
		area    int64
	}{{1, 2, 800}, {2, 1, 800}, {3, 1, 500}, {4, 1, 200}, {5, 1, 300}, {6, 1, 400}, {7, 1, 600}} {
		want = append(want, &votingv1.ChannelShare{Channel: c.c, Ballots: c.ballots, Heads: int64(c.ballots), AreaCentiM2: c.area})
	}
	if !slices.EqualFunc(got.GetChannels().GetChannels(), want, func(a, b *votingv1.ChannelShare) bool { return proto.Equal(a, b) }) {
		t.Errorf("channels %v", got.GetChannels().GetChannels())
	}
	if !got.GetChannels().GetStandsWithoutPapers() || got.GetCastBy().GetPaper().GetAreaCentiM2() != 600 ||
		got.GetCastBy().GetDevice().GetBallots() != 5 {
		t.Errorf("tally %v", got)
	}
	w.honest(t)
}

// TestWhatBecameOfPapers: a tally says of every paper that does not count why.
func TestWhatBecameOfPapers(t *testing.T) {
	t.Parallel()
	w, p := papered(t, "a", "b", "c", "d", "e", "f")
	w.issued(p, "a", "out still")
	half := w.issued(p, "b", "b")
	w.must(w.enter(half, officer, yes))
	disputed := w.issued(p, "c", "c")
	w.must(w.enter(disputed, officer, yes))
	w.must(w.reenter(disputed, worker, 2, no))
	void := w.issued(p, "d", "d")
	w.must(w.enter(void, officer, yes))
	w.must(w.send("voting.void_paper", &votingv1.VoidPaper{Poll: p, Voter: void.Voter, Paper: paperID(void)}, officer))
	w.twice(w.issued(p, "e", "first"), yes)
	w.twice(w.issued(p, "e", "second"), no)
	w.twice(w.issued(p, "f", "f"), no)
	w.must(w.vote(p, "f", yes, officer)) // at a desk, afterwards
	got := w.count(p)
	want := &votingv1.ChannelReport{
		Channels: []*votingv1.ChannelShare{
			{Channel: votingv1.Channel_CHANNEL_IN_PERSON, Ballots: 1, Heads: 1, AreaCentiM2: 100_00},
			{Channel: votingv1.Channel_CHANNEL_PAPER, Ballots: 1, Heads: 1, AreaCentiM2: 100_00},
		},
		PapersIssued: 7, PapersVoided: 1, PapersHalfEntered: 1, PapersDisputed: 1, PapersSuperseded: 2,
		OperatorsOver: []*votingv1.OperatorShare{{Operator: id(officer), Papers: 1}, {Operator: id(worker), Papers: 1}},
	}
	slices.SortFunc(want.OperatorsOver, func(a, b *votingv1.OperatorShare) int { return strings.Compare(a.GetOperator(), b.GetOperator()) })
	if !proto.Equal(got.GetChannels(), want) {
		t.Errorf("got %v\nwant %v", got.GetChannels(), want)
	}
	w.honest(t)
}

// TestNightIsAFinding: what is entered at night counts, and the tally says how much that was.
func TestNightIsAFinding(t *testing.T) {
	t.Parallel()
	w := newWorld(t).staffed()
	w.admit("ann", "bob")
	w.unit("flat", "ann", 1)
	const hour = 3_600_000
	w.now += 38*hour - w.now%(24*hour) - 20_000 // just before two in the afternoon at Greenwich, which is ten in the evening in China
	p := w.motion("roof", onPaper(communityv1.Electorate_ELECTORATE_OWNERS), question)
	w.open(p)
	s := w.issued(p, "ann", "1")
	w.must(w.enter(s, officer, yes))
	w.now += 20_000
	w.must(w.reenter(s, worker, 2, yes))
	if got := w.count(p); got.GetChannels().GetEntriesAtNight() != 1 || got.GetTotals()[0].GetHeads() != 1 {
		t.Errorf("tally %v", got)
	}
}

// TestOperatorsOver: who entered more of the counted papers than the rules allow one operator is named, with how many.
func TestOperatorsOver(t *testing.T) {
	t.Parallel()
	w, p := papered(t, "a", "b", "c", "d")
	enter := func(voter, first, second string) {
		s := w.issued(p, voter, voter)
		w.must(w.enter(s, first, yes))
		w.must(w.reenter(s, second, 2, yes))
	}
	enter("a", officer, worker)
	enter("b", officer, worker)
	enter("c", officer, third) // three of four: more than a half
	enter("d", third, outsider)
	over := w.count(p).GetChannels().GetOperatorsOver()
	if len(over) != 1 || over[0].GetOperator() != id(officer) || over[0].GetPapers() != 3 {
		t.Errorf("over: %v", over)
	}
}

// way is one step of one channel in the play of TestOneBallotByAllChannels.
type way int

const (
	wayDevice way = iota
	wayHosted
	wayHelper
	wayKiosk
	wayHostedKiosk
	wayFirstOld // the first and the second entry of the paper that was issued first
	waySecondOld
	wayFirstNew // and of the one that was issued after it
	waySecondNew
	ways
)

// rival judges a command as a service does that has seen less of the record: against the state, without folding it.
func (w *world) rival(operation string, body proto.Message, signers ...string) *decider.Verdict {
	w.t.Helper()
	encoded, err := protojson.Marshal(body)
	if err != nil {
		w.t.Fatalf("encode body: %v", err)
	}
	w.serial++
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: fmt.Sprint(w.serial), NotAfter: w.now + 60_000, Body: encoded,
	}
	for _, n := range signers {
		s.Signatures = append(s.Signatures, chain.Signature{Key: public(n), Sig: []byte("checked by the shell")})
	}
	raw, err := s.Encode(nil)
	if err != nil {
		w.t.Fatalf("encode command: %v", err)
	}
	cmdID, err := s.ID(chain.AuthorDevice, "voting")
	if err != nil {
		w.t.Fatalf("name command: %v", err)
	}
	return w.state.Judge(&decider.Input{Raw: raw, Signed: s, ID: cmdID, Time: w.now})
}

// stale tells whether the sequencer would refuse a decision, because what it rested on has changed since.
func (w *world) stale(v *decider.Verdict) bool {
	for _, r := range v.Reads {
		if w.state.Version(r.Key) != r.Version {
			return true
		}
	}
	if v.Commit == nil {
		return false
	}
	return slices.ContainsFunc(v.Commit.Changes, func(c chain.Change) bool { return w.state.Version(c.Aggregate)+1 != c.Version })
}

// deed is what one step sends, with the option that it says.
func (w *world) deed(p string, by way, option uint32, sheets [2]*ballot.Paper) (operation string, body proto.Message, signers []string) {
	cast := &votingv1.CastBallot{Poll: p, Voter: id("ann"), Box: w.seal(p, "ann", &votingv1.Choice{Options: []uint32{option}})}
	switch by {
	case wayDevice:
		return "voting.cast", cast, []string{"ann"}
	case wayHosted:
		return "voting.cast", cast, []string{"gateway"}
	case wayHelper:
		cast.Mandate = id("m")
		return "voting.cast", cast, []string{"sun"}
	case wayKiosk:
		cast.Station = votingv1.Channel_CHANNEL_KIOSK
		return "voting.cast", cast, []string{"ann", officer}
	case wayHostedKiosk:
		return "voting.cast", cast, []string{"gateway", officer}
	case wayFirstOld, wayFirstNew:
		return "voting.enter_paper", w.entered(sheets[(by-wayFirstOld)/2], officer, []uint32{option}), []string{officer}
	}
	return "voting.reenter_paper", w.reentered(sheets[(by-waySecondOld)/2], 2, []uint32{option}), []string{worker}
}

// lastBallot is what the rule of channels lets stand, told apart from how the rules are written: whatever comes, one ballot.
type lastBallot struct {
	by     way
	option uint32
	cast   uint32    // how many were, superseded ones included
	first  [2]uint32 // option and one of the first entry of each paper, 0 for none
	second [2]bool
	done   [2]bool // entered to the end
}

// refuses names the refusal that a step must meet; empty for none.
func (l *lastBallot) refuses(by way) string {
	n := (by - wayFirstOld) / 2
	switch {
	case by >= wayFirstOld && l.done[n]:
		return "paper.used"
	case by == wayFirstOld || by == wayFirstNew:
		if l.first[n] != 0 {
			return "paper.same_operator"
		}
	case by >= wayFirstOld && l.second[n]:
		return "paper.same_operator"
	case by >= wayFirstOld && l.first[n] == 0:
		return "paper.not_entered"
	case by >= wayFirstOld || l.cast == 0 || by == wayKiosk:
	case by == wayHelper && l.by != wayHelper:
		return "ballot.own_stands"
	case l.by == wayKiosk || l.by >= wayFirstOld:
		return "ballot.in_person_stands"
	}
	return ""
}

// take plays a step that was not refused.
func (l *lastBallot) take(by way, option uint32) {
	if by >= wayFirstOld {
		n := (by - wayFirstOld) / 2
		if by == wayFirstOld || by == wayFirstNew {
			l.first[n] = option + 1
			return
		}
		l.second[n] = true
		if l.first[n] != option+1 {
			return // they differ
		}
		l.done[n] = true
		if l.cast > 0 && (l.by == wayKiosk || l.by == waySecondNew && by == waySecondOld) {
			return // superseded before it was cast
		}
	}
	l.by, l.option, l.cast = by, option, l.cast+1
}

// TestOneBallotByAllChannels plays orders of all channels, in pairs of decisions that saw the same record, as two services or two instances
// make them: whichever comes first, the voter has one ballot, and it is the one that the rule of channels names.
func TestOneBallotByAllChannels(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t).staffed()
		w.admit("ann", "sun")
		w.enrol("ann", "gateway", true)
		w.unit("flat", "ann", 700)
		p := w.motion("roof", onPaper(communityv1.Electorate_ELECTORATE_OWNERS), question)
		w.open(p)
		w.mandate("m", "ann", "sun", nil)
		sheets := [2]*ballot.Paper{w.issued(p, "ann", "old"), w.issued(p, "ann", "new")}
		var want lastBallot
		step := rapid.Custom(func(t *rapid.T) [2]int {
			return [2]int{rapid.IntRange(0, int(ways)-1).Draw(t, "way"), rapid.IntRange(0, 1).Draw(t, "option")}
		})
		for range rapid.IntRange(1, 6).Draw(t, "rounds") {
			pair := rapid.SliceOfN(step, 2, 2).Draw(t, "pair")
			var verdicts []*decider.Verdict
			for _, s := range pair {
				op, body, signers := w.deed(p, way(s[0]), uint32(s[1]), sheets)
				verdicts = append(verdicts, w.rival(op, body, signers...))
			}
			for i, s := range pair {
				v := verdicts[i]
				if w.stale(v) { // the service decides again, on the record as it is now
					op, body, signers := w.deed(p, way(s[0]), uint32(s[1]), sheets)
					v = w.rival(op, body, signers...)
				}
				if refusal := want.refuses(way(s[0])); code(v.Err) != refusal {
					t.Fatalf("step %v after %+v: got %q, want %q", s, want, code(v.Err), refusal)
				}
				if v.Err == nil {
					w.write(v.Commit)
					want.take(way(s[0]), uint32(s[1]))
				}
			}
		}
		got := w.count(p)
		if want.cast == 0 {
			if got.GetBallots() != 0 {
				t.Fatalf("nobody cast, the tally says %v", got)
			}
			return
		}
		if got.GetBallots() != 1 || got.GetValid() != 1 || got.GetReplaced() != want.cast-1 || got.GetParticipantsAreaCentiM2() != 700 ||
			got.GetTotals()[want.option].GetHeads() != 1 || got.GetTotals()[1-want.option].GetHeads() != 0 {
			t.Fatalf("want %+v, the tally says %v", want, got)
		}
		channel := map[way]votingv1.Channel{
			wayDevice: 1, wayHosted: 2, wayHelper: 3, wayKiosk: 5, wayHostedKiosk: 4, waySecondOld: 7, waySecondNew: 7,
		}[want.by]
		if c := got.GetChannels().GetChannels(); len(c) != 1 || c[0].GetChannel() != channel {
			t.Fatalf("want %+v, the tally says %v", want, c)
		}
	})
}

// TestRivalsConflict: two that decide on the same record about one voter never both stand.
func TestRivalsConflict(t *testing.T) {
	t.Parallel()
	for a := range ways {
		for b := range ways {
			w := newWorld(t).staffed()
			w.admit("ann", "sun")
			w.enrol("ann", "gateway", true)
			w.unit("flat", "ann", 700)
			p := w.motion("roof", onPaper(communityv1.Electorate_ELECTORATE_OWNERS), question)
			w.open(p)
			w.mandate("m", "ann", "sun", nil)
			sheets := [2]*ballot.Paper{w.issued(p, "ann", "old"), w.issued(p, "ann", "new")}
			for n, s := range sheets {
				if first := []way{wayFirstOld, wayFirstNew}[n]; a != first && b != first {
					w.must(w.enter(s, officer, yes))
				}
			}
			judge := func(by way) *decider.Verdict {
				op, body, signers := w.deed(p, by, 0, sheets)
				return w.rival(op, body, signers...)
			}
			first, second := judge(a), judge(b)
			if first.Err != nil || second.Err != nil {
				continue // the second entry of a paper that was not entered
			}
			w.write(first.Commit)
			touch := func(v *decider.Verdict) bool {
				return slices.ContainsFunc(v.Commit.Changes, func(c chain.Change) bool { return c.Aggregate == poll.BallotPath(p, id("ann")) })
			}
			if touch(first) && touch(second) && !w.stale(second) {
				t.Errorf("after %d, %d stands as well", a, b)
			}
		}
	}
}
