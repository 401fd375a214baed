package pollcheck_test

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/verify/forge"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// laterForgeries came after the released ones, and are in docs/format/forged-open-polls.json.
var laterForgeries = []forgery{
	{"another finalist", "open star", "steps.differ", counted(func(t *votingv1.Tally) { t.Steps[0].Options[0] = 2 })},
	{"no steps", "open runoff", "steps.differ", counted(func(t *votingv1.Tally) { t.Steps = nil })},
	{"steps of a method that takes none", "open borda", "steps.differ",
		counted(func(t *votingv1.Tally) { t.Steps = []*votingv1.CountStep{{}} })},
	{"another out", "open runoff", "steps.differ", counted(func(t *votingv1.Tally) { t.Steps[0].Out[0] = 2 })},
	{"another winner", "open star", "result.winners", counted(func(t *votingv1.Tally) { t.Winners[0] = 1 })},
	{"another winner", "open runoff", "result.winners", counted(func(t *votingv1.Tally) { t.Winners[0] = 1 })},
	{"another winner", "open quadratic", "result.winners", counted(func(t *votingv1.Tally) { t.Winners[0] = 2 })},
	{"a winner less", "open borda", "result.winners", counted(func(t *votingv1.Tally) { t.Winners = t.Winners[:1] })},
	{"a winner whom too few have named", "open score", "result.differs", counted(func(t *votingv1.Tally) {
		t.Result, t.Winners = votingv1.Result_RESULT_CHOSEN, []uint32{1}
	})},
	{"a tie that is not told", "open budget", "result.ties", counted(func(t *votingv1.Tally) { t.Ties, t.TieBroken = nil, false })},
	{"a tie that decided nothing", "open star, even", "result.ties", counted(func(t *votingv1.Tally) {
		t.Ties = append([]*votingv1.Tie{{Options: []uint32{1, 0, 2}, Total: 3}}, t.Ties...)
	})},
	{"money that is not spent", "open budget", "result.winners", counted(func(t *votingv1.Tally) { t.CostFen-- })},
	{"a project that the count had stopped before", "open budget, no skip", "result.winners", counted(func(t *votingv1.Tally) {
		t.Winners, t.CostFen = append(t.Winners, 2), 1000
	})},
	{"a point more", "open quadratic", "count.totals", counted(func(t *votingv1.Tally) { t.Totals[0].Score++ })},
	{"a rank more", "open borda", "count.totals", counted(func(t *votingv1.Tally) { t.Totals[2].Score++ })},
	{"a dear ballot that counts", "open budget", "count.invalid",
		counted(func(t *votingv1.Tally) { t.Invalid, t.InvalidBallots = 0, outside(0) })},

	{"a notice of another warning", "open on paper", "notice.differs", on(0, func(b *votingv1.NoticeIssued) { b.Warning += "!" })},
	{"a notice of another question", "open on paper", "notice.differs", on(0, func(b *votingv1.PollCalled) { b.Question.Text = "别的" })},
	{"a notice that names another question", "open on paper", "notice.differs",
		on(0, func(b *votingv1.NoticeIssued) { b.Question = flip(b.Question) })},
	{"another notice brought", "open on paper", "notice.delivery", on(0, func(b *votingv1.NoticeDelivered) { b.Notice = flip(b.Notice) })},
	{"a notice to a stranger", "open on paper", "notice.delivery", of(1, func(_ *record, f *fact, _ *votingv1.NoticeDelivered) {
		f.aggregate = f.aggregate[:len(f.aggregate)-26] + forge.ID("zoe")
	})},
	{"somebody else's word", "open on paper", "notice.evidence", of(0, func(_ *record, f *fact, _ *votingv1.NoticeDelivered) {
		f.actor = forge.ID("ann")
	})},
	{"at the door alone", "open on paper", "notice.evidence", on(1, func(b *votingv1.NoticeDelivered) { b.By = b.By[:1] })},
	{"at the door with one signature", "open on paper", "notice.evidence",
		of(1, func(_ *record, f *fact, _ *votingv1.NoticeDelivered) { f.cosigner = nil })},
	{"at the door without a picture", "open on paper", "notice.evidence", on(1, func(b *votingv1.NoticeDelivered) { b.Evidence = nil })},
	{"by telephone, one alone", "open on paper", "notice.evidence", on(2, func(b *votingv1.NoticeDelivered) {
		b.Channel = votingv1.DeliveryChannel_DELIVERY_CHANNEL_PHONE
	})},
	{"a letter without a picture", "open on paper", "notice.evidence", on(2, func(b *votingv1.NoticeDelivered) {
		b.Channel, b.Evidence = votingv1.DeliveryChannel_DELIVERY_CHANNEL_LETTER, nil
	})},
	{"on the board first", "open on paper", "notice.evidence", func(r *record) {
		f, _ := find[*votingv1.DeliveryFailed](r, 0)
		r.remove(f)
	}},
	{"on the board after one has looked", "open on paper", "notice.evidence", on(0, func(b *votingv1.DeliveryFailed) { b.By = b.By[:1] })},
	{"by the convener", "open on paper", "notice.evidence", on(0, func(b *votingv1.PollCalled) { b.Convener = forge.ID("op 2") })},
	{"no way", "open on paper", "notice.evidence", on(1, func(b *votingv1.NoticeDelivered) { b.Channel = 0 })},
	{"too late, it is said", "open on paper", "notice.time", on(0, func(b *votingv1.NoticeDelivered) { b.InTime = false })},
	{"in time, it is said", "open on paper", "notice.time", func(r *record) {
		f, _ := find[*votingv1.NoticeDelivered](r, 0)
		last, _ := find[*votingv1.PaperVoided](r, 0)
		_, opened := find[*votingv1.PollOpened](r, 0)
		r.remove(f)
		r.insert(last, f)
		f.time = opened.GetClosesAt() - 59_000
	}},
	{"one whom nobody told", "open on paper", "notice.report", counted(func(t *votingv1.Tally) { t.Notice.Untried++ })},
	{"no report", "open on paper", "notice.report", counted(func(t *votingv1.Tally) { t.Notice = nil })},
	{"a report of no notice", "open borda", "notice.report", counted(func(t *votingv1.Tally) { t.Notice = &votingv1.NoticeReport{} })},
	{"silence without proof", "open on paper", "turnout.differs", func(r *record) {
		f, _ := find[*votingv1.NoticeDelivered](r, 0)
		r.remove(f)
	}},
	{"a silent one more", "open on paper", "turnout.differs", counted(func(t *votingv1.Tally) { t.Turnout.Delivered++ })},
	{"a majority that was none", "open on paper", "turnout.differs", counted(func(t *votingv1.Tally) { t.Turnout.Joined = true })},
	{"the other side", "open on paper, joined", "turnout.differs", counted(func(t *votingv1.Tally) { t.Turnout.Option = 1 })},
	{"another result without them", "open on paper", "turnout.differs", counted(func(t *votingv1.Tally) {
		t.Turnout.ResultWithout = votingv1.Result_RESULT_PASSED
	})},
	{"nothing said of them", "open on paper", "turnout.differs", counted(func(t *votingv1.Tally) { t.Turnout = nil })},
	{"silence where no rule says anything", "open borda", "turnout.differs",
		counted(func(t *votingv1.Tally) { t.Turnout = &votingv1.Turnout{} })},
	{"the silent left out", "open on paper, joined", "count.participants", counted(func(t *votingv1.Tally) { t.ParticipantsHeads = 4 })},
	{"their answer left out", "open on paper, joined", "count.valid", counted(func(t *votingv1.Tally) { t.ValidHeads = 4 })},
	{"their answer not asked for", "open on paper, joined", "result.inequality",
		counted(func(t *votingv1.Tally) { t.Inequalities[1].Left = "2*3" })},

	{"another number", "open on paper", "papers.sheet", on(0, func(b *votingv1.PaperIssued) { b.Paper = forge.ID("another") })},
	{"entered though taken back", "open on paper", "papers.sheet", func(r *record) {
		f, _ := find[*votingv1.PaperVoided](r, 0)
		g, b := find[*votingv1.PaperIssued](r, 0)
		e := *f
		e.aggregate, e.body = g.aggregate, &votingv1.PaperVoided{Paper: b.GetPaper()}
		r.insert(g, &e)
	}},
	{"a paper that nobody issued", "open on paper", "papers.sheet", func(r *record) {
		f, _ := find[*votingv1.PaperIssued](r, 3)
		r.remove(f)
	}},
	{"entered twice as the first", "open on paper", "papers.sheet", again[*votingv1.PaperEntered]},
	{"a code that nobody read", "open on paper", "papers.proof", on(0, func(b *votingv1.PaperEntered) { b.Proof = flip(b.Proof) })},
	{"the first one's proof again", "open on paper", "papers.proof", func(r *record) {
		_, first := find[*votingv1.PaperEntered](r, 0)
		_, second := find[*votingv1.PaperReentered](r, 0)
		second.Proof = first.GetProof()
	}},
	{"one operator twice", "open on paper", "papers.operators",
		of(0, func(_ *record, f *fact, _ *votingv1.PaperReentered) { f.actor = forge.ID("op 1") })},
	{"one organisation twice", "open on paper", "papers.operators", on(0, func(b *votingv1.PaperReentered) { b.Org = forge.ID("residents") })},
	{"a third organisation", "open on paper", "papers.operators", on(3, func(b *votingv1.PaperReentered) { b.Org = forge.ID("auditors") })},
	{"by the voter", "open on paper", "papers.operators",
		of(0, func(_ *record, f *fact, _ *votingv1.PaperEntered) { f.actor = forge.ID("ben") })},
	{"the same box", "open on paper", "papers.operators", func(r *record) {
		_, first := find[*votingv1.PaperEntered](r, 0)
		_, second := find[*votingv1.PaperReentered](r, 0)
		second.Box = first.GetBox()
	}},
	{"a dispute that was none", "open on paper", "papers.agreement", on(1, func(b *votingv1.PaperReentered) {
		b.Agreement = votingv1.Agreement_AGREEMENT_DISPUTED
	})},
	{"two marks that differ", "open on paper", "papers.agreement", on(0, func(b *votingv1.PaperReentered) { b.Mark = flip(b.Mark) })},
	{"a paper that replaces what was signed before an officer", "open on paper", "papers.agreement",
		of(1, func(_ *record, f *fact, b *votingv1.PaperReentered) {
			b.Agreement, f.until = votingv1.Agreement_AGREEMENT_CAST, 1<<60
			f.also = &fact{aggregate: "poll/" + forge.ID("poll open on paper 1") + "/ballot/" + forge.ID("ann"), body: &votingv1.BallotCast{
				Box: b.GetBox(), InPerson: true, Channel: votingv1.Channel_CHANNEL_PAPER, Paper: 1, Twin: 1,
			}}
		})},
	{"agreed, but not cast", "open on paper", "papers.cast",
		of(0, func(_ *record, f *fact, _ *votingv1.PaperReentered) { f.also = nil })},
	{"another box cast", "open on paper", "papers.cast", of(0, func(_ *record, f *fact, _ *votingv1.PaperReentered) {
		b := f.also.body.(*votingv1.BallotCast)
		b.Box = flip(b.Box)
	})},
	{"another twin", "open on paper", "papers.cast", of(3, func(_ *record, f *fact, _ *votingv1.PaperReentered) {
		f.also.body.(*votingv1.BallotCast).Twin = 1
	})},
	{"a ballot on a paper that was not entered", "open on paper", "papers.cast",
		on(0, func(b *votingv1.BallotCast) { b.Paper, b.Twin = 1, 1 })},
	{"by day, it is said", "open on paper", "papers.night",
		of(0, func(_ *record, f *fact, _ *votingv1.PaperEntered) { f.time += 16 * 3_600_000 })},
	{"boxes that differ", "open on paper", "count.invalid", func(r *record) {
		_, first := find[*votingv1.PaperEntered](r, 0)
		_, other := find[*votingv1.PaperEntered](r, 1)
		first.Box = other.GetBox()
	}},

	{"an entry of a sheet by night, it is said", "secret sheets", "sheets.night", on(0, func(b *entered) { b.AtNight = true })},
	{"a further entry by night, it is said", "secret sheets", "sheets.night", on(1, func(b *reentered) { b.AtNight = true })},
	{"devices twice, and no word of papers", "secret sheets", "sheets.counts", counted(func(t *votingv1.Tally) {
		t.Channels.Channels[2] = proto.Clone(t.GetChannels().GetChannels()[0]).(*votingv1.ChannelShare)
	})},
	{"channels in another order", "secret sheets", "sheets.counts",
		counted(func(t *votingv1.Tally) { slices.Reverse(t.Channels.Channels) })},
	{"more sheets than there were", "secret sheets", "sheets.counts", counted(func(t *votingv1.Tally) { t.Channels.PapersIssued = 99 })},
	{"sheets disputed that were not", "secret sheets", "sheets.counts", counted(func(t *votingv1.Tally) { t.Channels.PapersDisputed = 7 })},
	{"entries of sheets by night", "secret sheets", "sheets.counts", counted(func(t *votingv1.Tally) { t.Channels.EntriesAtNight = 5 })},
	{"an operator of sheets over what is allowed", "secret sheets", "sheets.counts", counted(func(t *votingv1.Tally) {
		t.Channels.OperatorsOver = []*votingv1.OperatorShare{{Operator: forge.ID("operator 1"), Papers: 2}}
	})},
	{"stands without sheets, it is said", "secret sheets", "sheets.counts",
		counted(func(t *votingv1.Tally) { t.Channels.StandsWithoutPapers = true })},
	{"a helper's heads", "secret sheets", "sheets.counts", counted(func(t *votingv1.Tally) { t.CastBy.Helper.Heads = 50 })},
	{"no sheets by hand", "secret sheets", "sheets.counts", counted(func(t *votingv1.Tally) { t.CastBy.Paper = nil })},
	{"devices by hand", "secret sheets", "sheets.counts", counted(func(t *votingv1.Tally) { t.CastBy.Device.Ballots = 77 })},
	{"stands without helpers of a secret poll, it is said", "secret sheets", "sheets.counts",
		counted(func(t *votingv1.Tally) { t.CastBy.StandsWithoutHelpers = true })},

	{"a host's that was the voter's", "open on paper", "channels.way",
		of(3, func(_ *record, f *fact, _ *votingv1.BallotCast) { f.author = chain.AuthorDevice })},
	{"at a kiosk without an officer", "open on paper", "channels.way",
		of(1, func(_ *record, f *fact, _ *votingv1.BallotCast) { f.cosigner = nil })},
	{"a helper's as the voter's", "open on paper", "channels.way",
		on(2, func(b *votingv1.BallotCast) { b.Channel = votingv1.Channel_CHANNEL_DEVICE })},
	{"a way where nobody asked", "open borda", "channels.way",
		on(0, func(b *votingv1.BallotCast) { b.Channel = votingv1.Channel_CHANNEL_DEVICE })},
	{"a helper's instead of the voter's", "open on paper", "channels.replaced",
		of(0, func(r *record, f *fact, b *votingv1.BallotCast) {
			e := *f
			e.body = &votingv1.BallotCast{Box: b.GetBox(), Mandate: forge.ID("mandate"), Channel: votingv1.Channel_CHANNEL_HELPER}
			r.insert(f, &e)
		})},
	{"a device's after an officer", "open on paper", "channels.replaced", of(1, func(r *record, f *fact, b *votingv1.BallotCast) {
		e := *f
		e.cosigner, e.body = nil, &votingv1.BallotCast{Box: b.GetBox(), Channel: votingv1.Channel_CHANNEL_DEVICE}
		r.insert(f, &e)
	})},
	{"one in person less", "open on paper", "channels.report", counted(func(t *votingv1.Tally) { t.InPerson-- })},
	{"a hosted one more", "open borda", "channels.report", counted(func(t *votingv1.Tally) { t.Hosted++ })},
	{"a helper's less", "open on paper", "channels.report", counted(func(t *votingv1.Tally) { t.CastBy = nil })},
	{"helpers where there were none", "open borda", "channels.report", counted(func(t *votingv1.Tally) { t.CastBy = &votingv1.CastBy{} })},
	{"a paper more", "open on paper", "channels.report", counted(func(t *votingv1.Tally) { t.Channels.Channels[2].Ballots++ })},
	{"a half entered one less", "open on paper", "channels.report", counted(func(t *votingv1.Tally) { t.Channels.PapersHalfEntered-- })},
	{"an operator who entered too many", "open on paper", "channels.report",
		counted(func(t *votingv1.Tally) { t.Channels.OperatorsOver = t.Channels.OperatorsOver[:1] })},
	{"no channels", "open on paper", "channels.report", counted(func(t *votingv1.Tally) { t.Channels = nil })},
	{"it stands without papers", "open on paper, joined", "channels.stands",
		counted(func(t *votingv1.Tally) { t.Channels.StandsWithoutPapers = true })},
	{"it does not stand without helpers", "open on paper", "channels.stands",
		counted(func(t *votingv1.Tally) { t.CastBy.StandsWithoutHelpers = false })},
	{"it does not stand without hosts", "open borda", "channels.stands", counted(func(t *votingv1.Tally) { t.StandsWithoutHosted = false })},
}
