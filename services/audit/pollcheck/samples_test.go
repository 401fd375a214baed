package pollcheck_test

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// sampleOf draws so many of a list by the block of the last fact, as docs/format.md has it.
func (w *world) sampleOf(what string, list []string, many int) (out []string) {
	seed := blockHash(len(w.facts) - 1)
	h := append([]byte("renlin/sample/1\n"), seed[:]...)
	label := w.id + "/" + what
	h = append(append(h, 0, byte(len(label))), label...)
	list = slices.Sorted(slices.Values(list))
	for counter := uint64(0); len(out) < many; counter++ {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(slices.Clone(h), counter))
		if id := list[binary.BigEndian.Uint64(sum[:8])%uint64(len(list))]; !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return slices.Sorted(slices.Values(out))
}

// audited writes the tally, the samples that its block draws, what the auditors find, and a certificate that says so.
func (w *world) audited(t *votingv1.Tally, draw func() *votingv1.SamplesDrawn, find func(b *votingv1.SamplesDrawn) *votingv1.PaperAudit) {
	until := w.now + 61_000
	w.rule(&votingv1.TallyRecorded{Tally: t, ObjectionsUntil: until})
	b := draw()
	seed := blockHash(len(w.facts) - 1)
	b.Seed = seed[:]
	w.by(chain.AuthorDevice, forge.ID("gus"), forge.Public("gus"), "poll/"+w.id+"/sample/main", b)
	audit := find(b)
	w.now = until
	adopted := t.GetResult() == votingv1.Result_RESULT_PASSED && audit.GetVerdict() != votingv1.PaperVerdict_PAPER_VERDICT_DOUBTFUL
	w.rule(&votingv1.CertificateIssued{Motion: forge.ID("motion"), Roll: w.roll, Tally: t, Adopted: adopted, PaperAudit: audit})
}

func (w *world) calledBack(voter string, answer votingv1.Answer) {
	w.by(chain.AuthorDevice, forge.ID("auditor"), forge.Public("auditor"), "poll/"+w.id+"/call-back/"+voter,
		&votingv1.CallBackRecorded{Answer: answer})
}

// matches writes an auditor's word about a sheet, and the order to compare all of them where it is the first that differs.
func (w *world) matches(voter string, differs, first bool) {
	f := w.by(chain.AuthorDevice, forge.ID("auditor"), forge.Public("auditor"), "poll/"+w.id+"/comparison/"+voter,
		&votingv1.BallotCompared{Differs: differs})
	if differs && first {
		f.also = &fact{aggregate: "poll/" + w.id + "/sample/main", body: &votingv1.RecountOrdered{}}
	}
}

// openSampled is a question on which four vote on paper, two by device and one by a helper. Two papers must be wrong for another result,
// by heads: 2*6 > 7, and each moves it by 3. Of four papers two are drawn, as of two wrong ones one sample of six has none, and of five
// whom to ask three.
func openSampled(name string, wrong int) func(t testing.TB) *record {
	return func(t testing.TB) *record {
		w := newWorld(t, name)
		r := rulesOf(communityv1.Secrecy_SECRECY_UNSPECIFIED, yesNo)
		r.Paper = &communityv1.PaperRules{CallBackPermille: 500, RiskLimitPermille: 400, AuditSeconds: 60}
		w.call(r, question())
		private, public := w.held()
		w.open(nil)
		cast := func(voter string, b *votingv1.BallotCast) {
			box, err := ballot.Seal(w.rand, public, w.id, forge.ID(voter), &votingv1.Choice{Options: []uint32{0}})
			must(t, err)
			b.Box = box
			key := voter
			if b.GetMandate() != "" {
				key = "helper"
			}
			w.by(chain.AuthorDevice, forge.ID(voter), forge.Public(key), "poll/"+w.id+"/ballot/"+forge.ID(voter), b)
		}
		cast("ann", &votingv1.BallotCast{Channel: votingv1.Channel_CHANNEL_DEVICE})
		cast("ben", &votingv1.BallotCast{Channel: votingv1.Channel_CHANNEL_DEVICE})
		cast("gus", &votingv1.BallotCast{Channel: votingv1.Channel_CHANNEL_HELPER, Mandate: forge.ID("mandate")})
		papers := []string{"cai", "dan", "eva", "fay"}
		for _, voter := range papers {
			option := uint32(0)
			if voter == "eva" {
				option = 1
			}
			p := w.issue(voter)
			p.enter(public, option)
			p.again(public, 2, "op 2", "owners", option, votingv1.Agreement_AGREEMENT_CAST, 1)
		}
		w.close(7)
		w.rule(&votingv1.KeyPublished{PrivateKey: private, Holder: forge.ID("holder 1")})
		w.audited(w.sampledTally(), func() *votingv1.SamplesDrawn {
			on := []string{forge.ID("cai"), forge.ID("dan"), forge.ID("eva"), forge.ID("fay")}
			return &votingv1.SamplesDrawn{
				Papers: 4, WrongMin: 2, Compared: w.sampleOf("comparison", on, 2),
				CallBacks: w.sampleOf("call-back", append(on, forge.ID("gus")), 3),
			}
		}, func(b *votingv1.SamplesDrawn) *votingv1.PaperAudit { return w.found(b, wrong) })
		return w.record
	}
}

// found is what auditors find: a sheet that differs, or two, or none, and what two of three say who are called back.
func (w *world) found(b *votingv1.SamplesDrawn, wrong int) *votingv1.PaperAudit {
	out := &votingv1.PaperAudit{
		Verdict: votingv1.PaperVerdict_PAPER_VERDICT_CONFIRMED, RiskLimitPermille: 400, Papers: 4, WrongMin: 2, Sampled: 2, Compared: 2,
		CallBacks: 3, Confirmed: 1, Denied: 1, Differing: uint32(wrong),
	}
	w.calledBack(b.GetCallBacks()[0], votingv1.Answer_ANSWER_CONFIRMED)
	w.calledBack(b.GetCallBacks()[1], votingv1.Answer_ANSWER_UNREACHED)
	w.calledBack(b.GetCallBacks()[1], votingv1.Answer_ANSWER_DENIED)
	for i, voter := range b.GetCompared() {
		w.matches(voter, i < wrong, i == 0)
	}
	if wrong == 0 {
		return out
	}
	for _, voter := range []string{"cai", "dan", "eva", "fay"} {
		if !slices.Contains(b.GetCompared(), forge.ID(voter)) {
			w.matches(forge.ID(voter), false, false)
		}
	}
	out.Compared, out.Verdict = 4, votingv1.PaperVerdict_PAPER_VERDICT_RECOUNTED
	if wrong > 1 {
		out.Verdict = votingv1.PaperVerdict_PAPER_VERDICT_DOUBTFUL
	}
	return out
}

// sampledTally: six say yes with 48000, and eva no with 9000.
func (w *world) sampledTally() *votingv1.Tally {
	q := w.rules.GetRequirements()
	return &votingv1.Tally{
		Ballots: 7, Valid: 7, InPerson: 4, StandsWithoutHosted: true, ParticipantsHeads: 7, ParticipantsAreaCentiM2: 57000, ValidHeads: 7,
		ValidAreaCentiM2: 57000, InvalidBallots: &votingv1.InvalidBallots{},
		Totals: []*votingv1.OptionTotal{named(0, 6, 48000, 0), named(1, 1, 9000, 0), named(2, 0, 0, 0)},
		Inequalities: []*votingv1.Inequality{
			{Left: "2*57000", Sign: ">=", Right: "1*57000", Holds: true, Requirement: q[0]},
			{Left: "2*6", Sign: ">", Right: "1*7", Holds: true, Requirement: q[1]},
			{Left: "2*48000", Sign: ">", Right: "1*57000", Holds: true, Requirement: q[2]},
		},
		Result: votingv1.Result_RESULT_PASSED,
		CastBy: &votingv1.CastBy{
			Device: &votingv1.CastShare{Ballots: 2, Heads: 2, AreaCentiM2: 16000}, Hosted: &votingv1.CastShare{},
			Helper: &votingv1.CastShare{Ballots: 1, Heads: 1, AreaCentiM2: 9000},
			Paper:  &votingv1.CastShare{Ballots: 4, Heads: 4, AreaCentiM2: 32000}, StandsWithoutHelpers: true,
		},
		Channels: &votingv1.ChannelReport{
			Channels: []*votingv1.ChannelShare{
				{Channel: votingv1.Channel_CHANNEL_DEVICE, Ballots: 2, Heads: 2, AreaCentiM2: 16000},
				{Channel: votingv1.Channel_CHANNEL_HELPER, Ballots: 1, Heads: 1, AreaCentiM2: 9000},
				{Channel: votingv1.Channel_CHANNEL_PAPER, Ballots: 4, Heads: 4, AreaCentiM2: 32000},
			},
			PapersIssued: 4,
		},
	}
}

// sampledPolls are honest ones whose papers are audited.
var sampledPolls = map[string]func(testing.TB) *record{
	"open sampled":            openSampled("open sampled", 0),
	"open sampled, recounted": openSampled("open sampled, recounted", 1),
	"open sampled, doubtful":  openSampled("open sampled, doubtful", 2),
	"secret sheets, sampled":  secretSheetsSampled,
	"open never sampled": func(t testing.TB) *record {
		r := openSampled("open never sampled", 0)(t)
		r.facts = slices.DeleteFunc(r.facts, func(f *fact) bool {
			switch f.body.(type) {
			case *votingv1.SamplesDrawn, *votingv1.BallotCompared, *votingv1.CallBackRecorded:
				return true
			}
			return false
		})
		_, b := find[*votingv1.CertificateIssued](r, 0)
		b.PaperAudit = &votingv1.PaperAudit{
			Verdict: votingv1.PaperVerdict_PAPER_VERDICT_UNFINISHED, RiskLimitPermille: 400, Papers: 4,
		}
		return r
	},
}

// certified changes the certificate's account of the audit.
func certified(change func(b *votingv1.PaperAudit)) func(r *record) {
	return on(0, func(b *votingv1.CertificateIssued) { change(b.PaperAudit) })
}

func drawnOtherwise(change func(b *votingv1.SamplesDrawn)) func(r *record) { return on(0, change) }

var sampleForgeries = []forgery{
	{"another seed", "open sampled", "samples.seed", drawnOtherwise(func(b *votingv1.SamplesDrawn) { b.Seed = flip(b.Seed) })},
	{"drawn before the tally", "open sampled", "samples.seed", func(r *record) {
		f, _ := find[*votingv1.SamplesDrawn](r, 0)
		g, _ := find[*votingv1.PollClosed](r, 0)
		r.remove(f)
		r.insert(g, f)
	}},
	{"a paper less", "open sampled", "samples.margin", drawnOtherwise(func(b *votingv1.SamplesDrawn) { b.Papers-- })},
	{"more that must be wrong", "open sampled", "samples.margin", drawnOtherwise(func(b *votingv1.SamplesDrawn) { b.WrongMin++ })},
	{"a sheet less drawn", "open sampled", "samples.small",
		drawnOtherwise(func(b *votingv1.SamplesDrawn) { b.Compared = b.Compared[:1] })},
	{"nobody called back", "open sampled", "samples.small", drawnOtherwise(func(b *votingv1.SamplesDrawn) { b.CallBacks = nil })},
	{"no sheet drawn in secret", "secret sheets, sampled", "samples.small",
		drawnOtherwise(func(b *votingv1.SamplesDrawn) { b.Compared = nil })},
	{"another sheet drawn", "open sampled", "samples.differ", drawnOtherwise(func(b *votingv1.SamplesDrawn) {
		for _, voter := range []string{"cai", "dan", "eva", "fay"} {
			if id := forge.ID(voter); !slices.Contains(b.Compared, id) {
				b.Compared = slices.Sorted(slices.Values([]string{b.Compared[0], id}))
				return
			}
		}
	})},
	{"who was to be asked is not", "open sampled", "samples.differ", drawnOtherwise(func(b *votingv1.SamplesDrawn) {
		b.CallBacks = []string{b.CallBacks[0], b.CallBacks[1], forge.ID("zoe")}
	})},
	{"drawn twice", "open sampled", "samples.differ", again[*votingv1.SamplesDrawn]},
	{"a sheet compared twice", "open sampled", "samples.outside", again[*votingv1.BallotCompared]},
	{"a sheet that was not drawn", "open sampled", "samples.outside", of(1, func(r *record, f *fact, _ *votingv1.BallotCompared) {
		f.aggregate = f.aggregate[:len(f.aggregate)-26] + forge.ID("ann")
	})},
	{"one who said so is asked again", "open sampled", "samples.outside", again[*votingv1.CallBackRecorded]},
	{"one is asked who was not to be", "open sampled", "samples.outside", of(0, func(_ *record, f *fact, _ *votingv1.CallBackRecorded) {
		f.aggregate = f.aggregate[:len(f.aggregate)-26] + forge.ID("ann")
	})},
	{"a sheet that differs, and goes on", "open sampled, recounted", "samples.recount",
		of(0, func(_ *record, f *fact, _ *votingv1.BallotCompared) { f.also = nil })},
	{"all compared for nothing", "open sampled", "samples.recount", of(0, func(r *record, f *fact, _ *votingv1.BallotCompared) {
		drawn, _ := find[*votingv1.SamplesDrawn](r, 0)
		f.also = &fact{aggregate: drawn.aggregate, body: &votingv1.RecountOrdered{}}
	})},
	{"certified before the audit's time", "open sampled", "samples.hurried",
		of(0, func(r *record, f *fact, _ *votingv1.CertificateIssued) {
			tallied, _ := find[*votingv1.TallyRecorded](r, 0)
			f.time = tallied.time + 59_999
		})},
	{"no word of the audit", "open sampled", "samples.result", on(0, func(b *votingv1.CertificateIssued) { b.PaperAudit = nil })},
	{"no word of an audit that nobody made", "open never sampled", "samples.result",
		on(0, func(b *votingv1.CertificateIssued) { b.PaperAudit = nil })},
	{"confirmed, though a sheet was not compared", "open sampled", "samples.result", func(r *record) {
		f, _ := find[*votingv1.BallotCompared](r, 0)
		r.remove(f)
	}},
	{"confirmed, though nobody drew", "open never sampled", "samples.result", certified(func(b *votingv1.PaperAudit) {
		b.Verdict = votingv1.PaperVerdict_PAPER_VERDICT_CONFIRMED
	})},
	{"recounted, though one was left", "open sampled, recounted", "samples.result", func(r *record) {
		f, _ := find[*votingv1.BallotCompared](r, -1)
		r.remove(f)
	}},
	{"one fewer that differs", "open sampled, doubtful", "samples.result", certified(func(b *votingv1.PaperAudit) {
		b.Differing, b.Verdict = 1, votingv1.PaperVerdict_PAPER_VERDICT_RECOUNTED
	})},
	{"no denial", "open sampled", "samples.result", certified(func(b *votingv1.PaperAudit) { b.Denied = 0 })},
	{"a doubtful one adopted", "open sampled, doubtful", "certificate.adopted",
		on(0, func(b *votingv1.CertificateIssued) { b.Adopted = true })},
}

// secretSheetsSampled is the poll with sheets, audited: both sheets are drawn, as one that is wrong would be enough, and all three are
// asked whom others have registered; nobody has asked any yet.
func secretSheetsSampled(t testing.TB) *record {
	r := secretSheets(t)
	tallied, b := find[*votingv1.TallyRecorded](r, 0)
	w := &world{record: r, now: tallied.time, id: forge.ID("poll secret sheets"), opened: &votingv1.PollOpened{}, roll: rollOf(r)}
	_, roster := find[*votingv1.CredentialsListed](r, 0)
	_, more := find[*votingv1.CredentialsListed](r, 1)
	var sheets []string
	for _, row := range slices.Concat(roster.GetRows(), more.GetRows()) {
		if row.GetChannel() == votingv1.Channel_CHANNEL_PAPER {
			sheets = append(sheets, chain.KeyID(row.GetKey()))
		}
	}
	said, _ := find[*votingv1.BallotCompared](r, 0)
	r.facts = slices.DeleteFunc(r.facts, func(f *fact) bool { return f == said || f.time >= tallied.time })
	w.audited(proto.Clone(b.GetTally()).(*votingv1.Tally), func() *votingv1.SamplesDrawn {
		return &votingv1.SamplesDrawn{
			Papers: 2, WrongMin: 1, Compared: w.sampleOf("comparison", sheets, 2),
			CallBacks: w.sampleOf("call-back", []string{forge.ID("cai"), forge.ID("dan"), forge.ID("eva")}, 3),
		}
	}, func(*votingv1.SamplesDrawn) *votingv1.PaperAudit {
		w.now += 1000
		said.time = w.now
		r.facts = append(r.facts, said)
		return &votingv1.PaperAudit{
			Verdict: votingv1.PaperVerdict_PAPER_VERDICT_UNFINISHED, RiskLimitPermille: 50, Papers: 2, WrongMin: 1, Sampled: 2, Compared: 1,
			CallBacks: 3,
		}
	})
	return w.record
}

func rollOf(r *record) *votingv1.Roll {
	_, b := find[*votingv1.PollOpened](r, 0)
	return b.GetRoll()
}
