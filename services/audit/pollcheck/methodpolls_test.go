package pollcheck_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// marked is what a voter says: options, and points beside them where there are any.
type marked struct {
	options []uint32
	points  []int64
}

// openBy is an open poll by two key holders, in which the voters say one after another what is listed, and the tally's sums are those
// that somebody has worked out by hand.
func openBy(name string, method communityv1.Method, b *communityv1.BallotRules, q *proposalv1.Motion, says []marked, t *votingv1.Tally,
) func(testing.TB) *record {
	return func(tb testing.TB) *record {
		w := newWorld(tb, name)
		r := rulesOf(communityv1.Secrecy_SECRECY_UNSPECIFIED, method)
		r.Ballot, r.Requirements = b, r.GetRequirements()[:1]
		w.call(r, q)
		private, public := w.held()
		w.open(nil)
		for i, m := range says {
			box, err := ballot.Seal(w.rand, public, w.id, forge.ID(voters[i]), &votingv1.Choice{Options: m.options, Points: m.points})
			must(tb, err)
			w.box(voters[i], box)
		}
		t := proto.Clone(t).(*votingv1.Tally)
		t.ParticipantsHeads, t.ParticipantsAreaCentiM2 = int64(len(says)), areas(len(says))
		w.close(len(says))
		w.rule(&votingv1.KeyPublished{PrivateKey: private, Holder: forge.ID("holder 1")})
		t.Ballots, t.StandsWithoutHosted, t.TieBroken = uint32(len(says)), true, len(t.GetTies()) > 0
		if t.GetInvalidBallots() == nil {
			t.InvalidBallots = &votingv1.InvalidBallots{}
		}
		if t.GetResult() == votingv1.Result_RESULT_UNSPECIFIED {
			t.Result = votingv1.Result_RESULT_CHOSEN
		}
		t.Inequalities = []*votingv1.Inequality{{
			Left: fmt.Sprintf("2*%d", t.GetParticipantsAreaCentiM2()), Sign: ">=", Right: "1*57000", Holds: true,
			Requirement: r.GetRequirements()[0],
		}}
		w.finish(t)
		return w.record
	}
}

// areas are those of the first voters.
func areas(n int) (sum int64) {
	for _, v := range voters[:n] {
		sum += areaOf(v)
	}
	return sum
}

// held is the key of two holders.
func (w *world) held() (private, public []byte) {
	private = bytes.Repeat([]byte{7}, 32)
	public = x25519(w.t, private)
	w.rule(&votingv1.PollKeyOffered{BoxKey: public, Wrapped: []byte{1}, Holder: forge.ID("holder 1")})
	w.rule(&votingv1.PollKeyHeld{Holder: forge.ID("holder 2")})
	w.sealRoll()
	return private, public
}

func priced(budget int64, costs ...int64) *proposalv1.Motion {
	q := question("a", "b", "c", "d")
	q.Options, q.BudgetFen = q.Options[:len(costs)], budget
	for i, cost := range costs {
		q.Options[i].CostFen = cost
	}
	return q
}

var threeOptions = question("a", "b", "c")

func named(option uint32, heads, area, score int64) *votingv1.OptionTotal {
	return &votingv1.OptionTotal{Option: option, Heads: heads, AreaCentiM2: area, Score: score}
}

func outside(n uint32) *votingv1.InvalidBallots { return &votingv1.InvalidBallots{OutsideRules: n} }

// later are honest polls that came after the released ones. Voters' areas are 9000, 7000, 9000, 7000, 9000, 7000, 9000.
var later = map[string]func(testing.TB) *record{
	// b has the most points, then a; but three of five give a more than b.
	"open star": openBy("open star", communityv1.Method_METHOD_STAR, &communityv1.BallotRules{PointsMax: 5}, threeOptions, []marked{
		{[]uint32{0, 1}, []int64{5, 4}}, {[]uint32{1, 0}, []int64{5, 0}}, {[]uint32{1, 2}, []int64{3, 5}}, {[]uint32{0, 2}, []int64{5, 1}},
		{[]uint32{0, 1}, []int64{5, 4}}, {[]uint32{0}, []int64{6}},
	}, &votingv1.Tally{
		Valid: 5, Invalid: 1, InvalidBallots: outside(1), ValidHeads: 5, ValidAreaCentiM2: 41000, Winners: []uint32{0},
		Totals: []*votingv1.OptionTotal{named(0, 4, 32000, 15), named(1, 4, 34000, 16), named(2, 2, 16000, 6)},
		Steps:  []*votingv1.CountStep{{Options: []uint32{1, 0}, Figures: []string{"2", "3"}, Won: []uint32{0}}},
	}),
	// All have the same: the first two by code are taken, and the first of these wins. Only the last of three ties decided.
	"open star, even": openBy("open star, even", communityv1.Method_METHOD_STAR, &communityv1.BallotRules{PointsMax: 5},
		question("b", "a", "c"), []marked{{[]uint32{0, 1, 2}, nil}, {[]uint32{0, 1, 2}, []int64{2, 2, 2}}, {[]uint32{2}, []int64{0}},
			{nil, nil}, {[]uint32{0}, []int64{1, 1}}, {nil, []int64{1}}},
		&votingv1.Tally{
			Valid: 4, Invalid: 2, Abstained: 1, InvalidBallots: outside(2), ValidHeads: 3, ValidAreaCentiM2: 25000, Winners: []uint32{1},
			Totals: []*votingv1.OptionTotal{named(0, 2, 16000, 3), named(1, 2, 16000, 3), named(2, 3, 25000, 3)},
			Steps:  []*votingv1.CountStep{{Options: []uint32{1, 0}, Figures: []string{"0", "0"}, Won: []uint32{1}}},
			Ties:   []*votingv1.Tie{{Options: []uint32{1, 0}}},
		}),
	// a 2, b c d 1: d goes, then c, then a and b have two each.
	"open runoff": openBy("open runoff", communityv1.Method_METHOD_INSTANT_RUNOFF, &communityv1.BallotRules{OptionsMax: 3},
		question("a", "b", "c", "d"), []marked{
			{[]uint32{0, 1}, nil}, {[]uint32{1, 2}, nil}, {[]uint32{2, 1}, nil}, {[]uint32{3}, nil}, {[]uint32{0, 3}, []int64{3, 1}},
			{[]uint32{1, 2}, []int64{2, 2}}, {nil, nil},
		}, &votingv1.Tally{
			Valid: 6, Invalid: 1, Abstained: 1, InvalidBallots: outside(1), ValidHeads: 5, ValidAreaCentiM2: 41000, Winners: []uint32{0},
			Totals: []*votingv1.OptionTotal{named(0, 2, 18000, 0), named(1, 3, 25000, 0), named(2, 2, 16000, 0), named(3, 2, 16000, 0)},
			Steps: []*votingv1.CountStep{
				{Options: []uint32{0, 1, 2, 3}, Figures: []string{"2", "1", "1", "1"}, Out: []uint32{3}},
				{Options: []uint32{0, 1, 2}, Figures: []string{"2", "1", "1"}, Out: []uint32{2}},
				{Options: []uint32{0, 1}, Figures: []string{"2", "2"}},
			},
			Ties: []*votingv1.Tie{{Options: []uint32{0, 1}, Total: 2}},
		}),
	"open borda": openBy("open borda", communityv1.Method_METHOD_BORDA, &communityv1.BallotRules{Seats: 2, OptionsMin: 1},
		question("a", "b", "c"), []marked{
			{[]uint32{0, 1, 2}, nil}, {[]uint32{1, 0}, nil}, {[]uint32{2}, nil}, {[]uint32{0, 0}, nil}, {[]uint32{3}, nil},
			{[]uint32{1}, []int64{4}}, {[]uint32{0, 1}, []int64{1, 0}},
		}, &votingv1.Tally{
			Valid: 3, Invalid: 4, InvalidBallots: outside(4), ValidHeads: 3, ValidAreaCentiM2: 25000, Winners: []uint32{0, 1},
			Totals: []*votingv1.OptionTotal{named(0, 2, 16000, 3), named(1, 2, 16000, 3), named(2, 2, 18000, 2)},
		}),
	"open quadratic": openBy("open quadratic", communityv1.Method_METHOD_QUADRATIC, &communityv1.BallotRules{PointsSumMax: 9, PointsMin: 1},
		question("a", "b", "c"), []marked{
			{[]uint32{0}, []int64{3}}, {[]uint32{1, 2}, []int64{2, 2}}, {[]uint32{1, 2}, []int64{3, 1}}, {[]uint32{2, 0}, []int64{1, 2}},
			{[]uint32{1, 2}, nil}, {[]uint32{1}, []int64{0}}, {[]uint32{1}, []int64{1 << 62}},
		}, &votingv1.Tally{
			Valid: 4, Invalid: 3, InvalidBallots: outside(3), ValidHeads: 4, ValidAreaCentiM2: 32000, Winners: []uint32{0},
			Totals: []*votingv1.OptionTotal{named(0, 2, 16000, 5), named(1, 2, 16000, 3), named(2, 3, 23000, 4)},
		}),
	// b has more points, but too few people have named it for it to win anything: nobody does.
	"open score": openBy("open score", communityv1.Method_METHOD_SCORE, &communityv1.BallotRules{PointsMax: 9, PointsSumMax: 10, ScoreMin: 2},
		question("a", "b"), []marked{
			{[]uint32{0}, []int64{1}}, {[]uint32{0, 1}, []int64{1, 9}}, {[]uint32{0, 1}, []int64{5, 6}}, {[]uint32{0}, []int64{-1}},
		}, &votingv1.Tally{
			Valid: 2, Invalid: 2, InvalidBallots: outside(2), ValidHeads: 2, ValidAreaCentiM2: 16000,
			Totals: []*votingv1.OptionTotal{named(0, 2, 16000, 2), named(1, 1, 7000, 9)}, Result: votingv1.Result_RESULT_REJECTED,
		}),
	// a and b stand equal. a comes first by code; b does not fit any more, but c does.
	"open budget": openBy("open budget", communityv1.Method_METHOD_BUDGET_GREEDY,
		&communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL, CostSumMaxFen: 1100}, priced(1000, 600, 500, 400), []marked{
			{[]uint32{0, 1}, nil}, {[]uint32{0}, nil}, {[]uint32{1}, nil}, {[]uint32{2}, nil}, {[]uint32{0, 1, 2}, nil},
		}, &votingv1.Tally{
			Valid: 4, Invalid: 1, InvalidBallots: outside(1), ValidHeads: 4, ValidAreaCentiM2: 32000, Winners: []uint32{0, 2}, CostFen: 1000,
			Totals: []*votingv1.OptionTotal{named(0, 2, 16000, 2), named(1, 2, 18000, 2), named(2, 1, 7000, 1)},
			Ties:   []*votingv1.Tie{{Options: []uint32{0, 1}, Total: 2}},
		}),
	// The count stops at b, though c would fit; d has too few points.
	"open budget, no skip": openBy("open budget, no skip", communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP,
		&communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_CUMULATIVE, PointsSumMax: 4, ScoreMin: 2},
		priced(1000, 600, 500, 400, 100), []marked{
			{[]uint32{0, 1}, []int64{3, 1}}, {[]uint32{0}, []int64{1}}, {[]uint32{1}, []int64{2}}, {[]uint32{2}, []int64{2}},
			{[]uint32{3}, []int64{1}}, {[]uint32{3}, []int64{5}},
		}, &votingv1.Tally{
			Valid: 5, Invalid: 1, InvalidBallots: outside(1), ValidHeads: 5, ValidAreaCentiM2: 41000, Winners: []uint32{0}, CostFen: 600,
			Totals: []*votingv1.OptionTotal{named(0, 2, 16000, 4), named(1, 2, 18000, 3), named(2, 1, 7000, 2), named(3, 1, 9000, 1)},
		}),
	"open on paper":         func(t testing.TB) *record { return onPaper(t, 1) },
	"open on paper, joined": func(t testing.TB) *record { return onPaper(t, 0) },
}

// everyHonest are the released ones and those.
func everyHonest() map[string]func(testing.TB) *record {
	all := maps.Clone(honest)
	maps.Copy(all, later)
	maps.Copy(all, honestTogether)
	maps.Copy(all, sharedPolls)
	maps.Copy(all, sampledPolls)
	maps.Copy(all, meteredPolls)
	return all
}

const warned = "不投票者视为同意多数意见"

// silenceRules have a notice, papers, and those join the majority who had the notice and did not vote.
func silenceRules() *communityv1.PollRules {
	r := rulesOf(communityv1.Secrecy_SECRECY_UNSPECIFIED, yesNo)
	r.Notice = &communityv1.NoticeRules{NoticeSeconds: 60, Warning: warned}
	r.Paper = &communityv1.PaperRules{OperatorPermilleMax: 500}
	r.Turnout = &communityv1.TurnoutRules{NonVoters: communityv1.NonVoters_NON_VOTERS_JOIN_MAJORITY}
	return r
}

func text() *communityv1.Text {
	return &communityv1.Text{Ref: "ab", LengthBytes: 1, Commitment: bytes.Repeat([]byte{7}, 32)}
}

// officer writes a fact that one officer signs, or two.
func (w *world) officer(aggregate, name, other string, body proto.Message) *fact {
	f := w.by(chain.AuthorDevice, forge.ID(name), forge.Public(name), aggregate, body)
	if other != "" {
		f.cosigner = forge.Public(other)
	}
	return f
}

// issueNotice writes the notice as docs/format.md names it.
func (w *world) issueNotice() *votingv1.NoticeIssued {
	q := append([]byte("renlin/question/1\n\x00\x05works\x00\x0c修缮屋顶\x00\x0c是否修缮"), make([]byte, 12)...)
	b := &votingv1.NoticeIssued{Roll: w.roll, Warning: warned, OpensAt: w.now + 61_000, ClosesAt: w.now + 61_000 + pollSeconds*1000}
	question := sha256.Sum256(q)
	h := append([]byte("renlin/notice/1\n\x00\x1a"), w.id...)
	h = append(append(h, w.roll.GetRoot()...), question[:]...)
	h = append(append(h, 0, byte(len(warned))), warned...)
	h = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(h, uint64(b.GetOpensAt())), uint64(b.GetClosesAt()))
	digest := sha256.Sum256(h)
	b.Question, b.Notice = question[:], digest[:]
	w.rule(b)
	return b
}

// delivered writes how the notice came to three voters: eva says so, two brought it to fay's door, and the board told gus, whom two had not
// found. It gives the report.
func (w *world) delivered() *votingv1.NoticeReport {
	notice := w.issueNotice()
	out := &votingv1.NoticeReport{Notice: notice.GetNotice(), IssuedAt: w.now, Untried: 4, Reminders: 1}
	path := func(voter string) string { return "poll/" + w.id + "/delivery/" + forge.ID(voter) }
	reached := func(c votingv1.DeliveryChannel, by ...string) *votingv1.NoticeDelivered {
		out.Deliveries = append(out.Deliveries, &votingv1.DeliveryShare{Channel: c, Voters: 1, InTime: 1, FirstAt: w.now, LastAt: w.now})
		b := &votingv1.NoticeDelivered{Channel: c, Notice: notice.GetNotice(), At: w.now, InTime: true}
		for _, name := range by {
			b.By = append(b.By, forge.ID(name))
		}
		return b
	}
	w.by(chain.AuthorDevice, forge.ID("eva"), forge.Public("eva"), path("eva"),
		reached(votingv1.DeliveryChannel_DELIVERY_CHANNEL_APP, "eva"))
	door := reached(votingv1.DeliveryChannel_DELIVERY_CHANNEL_DOOR, "op 1", "op 2")
	door.Evidence = text()
	w.officer(path("fay"), "op 1", "op 2", door)
	w.officer(path("gus"), "op 1", "op 2", &votingv1.DeliveryFailed{
		Channel: votingv1.DeliveryChannel_DELIVERY_CHANNEL_DOOR, Notice: notice.GetNotice(), By: []string{forge.ID("op 1"), forge.ID("op 2")},
	})
	posted := reached(votingv1.DeliveryChannel_DELIVERY_CHANNEL_POSTED, "op 1")
	posted.Evidence = text()
	w.officer(path("gus"), "op 1", "", posted)
	return out
}

// paper is a sheet of a voter, whose code begins with its number.
type paper struct {
	w      *world
	voter  string
	proofs [3][]byte // of the first entry, of the second, of the third
	id     string
}

func (w *world) issue(voter string) *paper {
	p := &paper{w: w, voter: voter}
	p.proofs[2] = bytes.Repeat([]byte{byte(len(w.facts))}, 32)
	for i := 1; i >= 0; i-- {
		step := ballot.StepProof(p.proofs[i+1])
		p.proofs[i] = step[:]
	}
	commitment := ballot.StepProof(p.proofs[0])
	p.id = ballot.PaperID(commitment[:])
	w.officer(p.path(), "op 1", "", &votingv1.PaperIssued{Paper: p.id, Commitment: commitment[:]})
	return p
}

func (p *paper) path() string { return "poll/" + p.w.id + "/paper/" + forge.ID(p.voter) }

func (p *paper) box(public []byte, option uint32) []byte {
	box, err := ballot.Seal(p.w.rand, public, p.w.id, forge.ID(p.voter), &votingv1.Choice{Options: []uint32{option}})
	must(p.w.t, err)
	return box
}

// mark is some digest that is the same for the same option.
func (p *paper) mark(option uint32) []byte {
	sum := sha256.Sum256(fmt.Append(nil, p.id, option))
	return sum[:]
}

func (p *paper) enter(public []byte, option uint32) {
	sealed := ballot.SealMark(forge.ID("op 1"), p.mark(option))
	p.w.officer(p.path(), "op 1", "", &votingv1.PaperEntered{
		Paper: p.id, Org: forge.ID("residents"), Proof: p.proofs[0], SealedMark: sealed[:], Box: p.box(public, option), Evidence: text(),
	})
}

// again is a further entry, by another operator of an organisation; a twin is the entry that says the same if the ballot is cast.
func (p *paper) again(public []byte, entry int, operator, org string, option uint32, a votingv1.Agreement, twin uint32) {
	b := &votingv1.PaperReentered{
		Paper: p.id, Org: forge.ID(org), Proof: p.proofs[entry-1], Mark: p.mark(option), Box: p.box(public, option), Evidence: text(),
		Agreement: a,
	}
	f := p.w.officer(p.path(), operator, "", b)
	if twin > 0 {
		f.until = p.w.opened.GetClosesAt()
		f.also = &fact{aggregate: "poll/" + p.w.id + "/ballot/" + forge.ID(p.voter), body: &votingv1.BallotCast{
			Box: b.GetBox(), InPerson: true, Channel: votingv1.Channel_CHANNEL_PAPER, Paper: 1, Twin: twin,
		}}
	}
}

// onPaper is a question to which every way of voting gives an answer: ann by device and then at a kiosk, so that her paper comes too late;
// ben on paper; cai by a helper; dan by a hosted key and then on paper, which three had to read, the third of them as dan means it. Three
// do not vote, and join the majority.
func onPaper(t testing.TB, meant uint32) *record {
	w := newWorld(t, fmt.Sprint("open on paper ", meant))
	w.call(silenceRules(), question())
	private, public := w.held()
	notice := w.delivered()
	w.now += 60_000
	w.open(nil)
	seal := func(voter string, option uint32) *votingv1.BallotCast {
		box, err := ballot.Seal(w.rand, public, w.id, forge.ID(voter), &votingv1.Choice{Options: []uint32{option}})
		must(t, err)
		return &votingv1.BallotCast{Box: box}
	}
	cast := func(author chain.Author, voter, key string, b *votingv1.BallotCast) *fact {
		return w.by(author, forge.ID(voter), forge.Public(key), "poll/"+w.id+"/ballot/"+forge.ID(voter), b)
	}
	device := seal("ann", 0)
	device.Channel = votingv1.Channel_CHANNEL_DEVICE
	cast(chain.AuthorDevice, "ann", "ann", device)
	kiosk := seal("ann", 1)
	kiosk.Channel, kiosk.InPerson = votingv1.Channel_CHANNEL_KIOSK, true
	cast(chain.AuthorDevice, "ann", "ann", kiosk).cosigner = forge.Public("op 1")
	helped := seal("cai", 0)
	helped.Channel, helped.Mandate = votingv1.Channel_CHANNEL_HELPER, forge.ID("mandate")
	cast(chain.AuthorDevice, "cai", "helper", helped)
	hosted := seal("dan", 1)
	hosted.Channel, hosted.Hosted = votingv1.Channel_CHANNEL_HOSTED, true
	cast(chain.AuthorHosted, "dan", "host", hosted)
	w.rule(&votingv1.VotersReminded{})

	ben, ann, dan, gus, fay := w.issue("ben"), w.issue("ann"), w.issue("dan"), w.issue("gus"), w.issue("fay")
	for _, p := range []*paper{ben, ann, dan, gus} {
		p.enter(public, 0)
	}
	ben.again(public, 2, "op 2", "owners", 0, votingv1.Agreement_AGREEMENT_CAST, 1)
	ann.again(public, 2, "op 2", "owners", 0, votingv1.Agreement_AGREEMENT_SUPERSEDED, 0)
	dan.again(public, 2, "op 2", "owners", 1, votingv1.Agreement_AGREEMENT_DISPUTED, 0)
	dan.again(public, 3, "op 3", "owners", meant, votingv1.Agreement_AGREEMENT_CAST, meant+1)
	w.officer(fay.path(), "op 1", "", &votingv1.PaperVoided{Paper: fay.id})
	w.close(4)
	w.rule(&votingv1.KeyPublished{PrivateKey: private, Holder: forge.ID("holder 1")})
	tally := w.paperTally(notice)
	if meant == 0 {
		joined(tally)
	}
	w.finish(tally)
	return w.record
}

// joined is the same tally if dan says yes: then three have, with 23000, against one with 9000, and the silent join them.
func joined(t *votingv1.Tally) {
	t.Totals[0], t.Totals[1] = named(0, 3, 23000, 0), named(1, 1, 9000, 0)
	t.ValidHeads, t.ValidAreaCentiM2, t.Result = 7, 57000, votingv1.Result_RESULT_PASSED
	t.Turnout.Joined, t.Turnout.ResultWithout = true, votingv1.Result_RESULT_PASSED
	for i, left := range []string{"2*6", "2*48000"} {
		t.Inequalities[i+1].Left, t.Inequalities[i+1].Holds = left, true
	}
	for i, left := range []string{"2*3", "2*23000"} {
		t.Turnout.InequalitiesWithout[i+1].Left, t.Turnout.InequalitiesWithout[i+1].Holds = left, true
	}
	t.Channels.StandsWithoutPapers = false
}

// paperTally: ann no (9000) at the kiosk, ben yes (7000) and dan no (7000) on paper, cai yes (9000) by a helper; two have voted yes and two
// no, both with 16000, so that there is no majority to join, and the silent (25000) abstain.
func (w *world) paperTally(notice *votingv1.NoticeReport) *votingv1.Tally {
	q := w.rules.GetRequirements()
	share := func(c votingv1.Channel, n uint32, area int64) *votingv1.ChannelShare {
		return &votingv1.ChannelShare{Channel: c, Ballots: n, Heads: int64(n), AreaCentiM2: area}
	}
	over := []*votingv1.OperatorShare{{Operator: forge.ID("op 1"), Papers: 2}, {Operator: forge.ID("op 2"), Papers: 2}}
	if over[0].GetOperator() > over[1].GetOperator() {
		over[0], over[1] = over[1], over[0]
	}
	return &votingv1.Tally{
		Ballots: 4, Valid: 4, Replaced: 2, InPerson: 3, StandsWithoutHosted: true, ParticipantsHeads: 7, ParticipantsAreaCentiM2: 57000,
		ValidHeads: 4, ValidAreaCentiM2: 32000, InvalidBallots: &votingv1.InvalidBallots{}, Notice: notice,
		Totals: []*votingv1.OptionTotal{named(0, 2, 16000, 0), named(1, 2, 16000, 0), named(2, 0, 0, 0)},
		Inequalities: []*votingv1.Inequality{
			{Left: "2*57000", Sign: ">=", Right: "1*57000", Holds: true, Requirement: q[0]},
			{Left: "2*2", Sign: ">", Right: "1*7", Requirement: q[1]},
			{Left: "2*16000", Sign: ">", Right: "1*57000", Requirement: q[2]},
		},
		Result: votingv1.Result_RESULT_REJECTED,
		Turnout: &votingv1.Turnout{
			NonVoters: communityv1.NonVoters_NON_VOTERS_JOIN_MAJORITY, Delivered: 3, Heads: 3, AreaCentiM2: 25000, Warning: warned,
			InequalitiesWithout: []*votingv1.Inequality{
				{Left: "2*32000", Sign: ">=", Right: "1*57000", Holds: true, Requirement: q[0]},
				{Left: "2*2", Sign: ">", Right: "1*4", Requirement: q[1]},
				{Left: "2*16000", Sign: ">", Right: "1*32000", Requirement: q[2]},
			},
			ResultWithout: votingv1.Result_RESULT_REJECTED,
		},
		// Without the helper's ballot the noes have it, and the silent join them: rejected as well. Without the papers, too.
		CastBy: &votingv1.CastBy{
			Device: &votingv1.CastShare{Ballots: 1, Heads: 1, AreaCentiM2: 9000}, Hosted: &votingv1.CastShare{},
			Helper: &votingv1.CastShare{Ballots: 1, Heads: 1, AreaCentiM2: 9000},
			Paper:  &votingv1.CastShare{Ballots: 2, Heads: 2, AreaCentiM2: 14000}, StandsWithoutHelpers: true,
		},
		Channels: &votingv1.ChannelReport{
			Channels: []*votingv1.ChannelShare{
				share(votingv1.Channel_CHANNEL_HELPER, 1, 9000), share(votingv1.Channel_CHANNEL_KIOSK, 1, 9000),
				share(votingv1.Channel_CHANNEL_PAPER, 2, 14000),
			},
			StandsWithoutPapers: true, PapersIssued: 5, PapersVoided: 1, PapersHalfEntered: 1, PapersSuperseded: 1, OperatorsOver: over,
		},
	}
}
