package pollcheck_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// slip is a sheet's ballot: made once, whoever reads it.
func (w *secretWorld) slip(voter string, choice ...int64) (ballot, mark []byte) {
	raw, _, err := w.election.Encrypt(w.rand, secretballot.Voter{Pseudonym: [32]byte(credentialKey(voter))}, choice)
	must(w.t, err)
	sum := sha256.Sum256(append([]byte("renlin/sheet/mark/1\n"), raw...))
	return raw, sum[:]
}

// said is what a sheet signs for somebody.
func (w *secretWorld) said(what, voter, who string, mark []byte) []byte {
	b := append([]byte("renlin/sheet/"+what+"/1\n\x00\x1a"), w.world.id...)
	b = append(append(b, 0, 26), forge.ID(who)...)
	return ed25519.Sign(credential(voter), append(b, mark...))
}

func (w *secretWorld) desk(voter string) string {
	return "poll/" + w.world.id + "/secret-paper/" + chain.KeyID(credentialKey(voter))
}

func (w *secretWorld) enters(voter, operator, org string, mark []byte) {
	sealed := sha256.Sum256(append([]byte("renlin/paper/seal/1\n"+forge.ID(operator)), mark...))
	w.by(chain.AuthorDevice, forge.ID(operator), forge.Public(operator), w.desk(voter), &votingv1.SecretPaperEntered{
		Key: credentialKey(voter), Org: forge.ID(org), SealedMark: sealed[:], Proof: w.said("entry", voter, operator, sealed[:]),
	})
}

// reenters has a further operator say what they read; a ballot is cast if it is given.
func (w *secretWorld) reenters(voter, operator, org string, mark, ballot []byte, a votingv1.Agreement, twin uint32) {
	if ballot != nil {
		w.cast++
		w.by(chain.AuthorDevice, forge.ID(operator), forge.Public(operator), w.box(voter),
			&votingv1.SecretBallotCast{Key: credentialKey(voter), Ballot: ballot})
		w.ballots[voter] = ballot
	}
	w.by(chain.AuthorDevice, forge.ID(operator), forge.Public(operator), w.desk(voter), &votingv1.SecretPaperReentered{
		Key: credentialKey(voter), Org: forge.ID(org), Mark: mark, Proof: w.said("entry", voter, operator, mark), Agreement: a, Twin: twin,
	})
}

// secretSheets is a poll with sheets: dan's is read alike by two, eva's by the first and the third. Ann and ben vote by device, and cai
// by a helper's.
func secretSheets(t testing.TB) *record {
	r := rulesOf(communityv1.Secrecy_SECRECY_TOTALS, yesNo)
	r.Paper = &communityv1.PaperRules{CallBackPermille: 1000, RiskLimitPermille: 50, AuditSeconds: 60}
	paper, helper := votingv1.Channel_CHANNEL_PAPER, votingv1.Channel_CHANNEL_HELPER
	w := secretBy(t, "secret sheets", r, question(), yesNoShape(t), map[string]votingv1.Channel{"dan": paper, "eva": paper, "cai": helper})
	w.vote("ann", 1, 0, 0)
	w.vote("ben", 1, 0, 0)
	w.vote("cai", 1, 0, 0)
	ballot, mark := w.slip("dan", 0, 1, 0)
	w.enters("dan", "operator 1", "committee", mark)
	w.reenters("dan", "operator 2", "owners", mark, ballot, votingv1.Agreement_AGREEMENT_CAST, 1)
	ballot, mark = w.slip("eva", 0, 0, 1)
	_, misread := w.slip("eva", 0, 1, 0)
	w.enters("eva", "operator 1", "committee", mark)
	w.reenters("eva", "operator 2", "owners", misread, nil, votingv1.Agreement_AGREEMENT_DISPUTED, 0)
	w.reenters("eva", "operator 3", "committee", mark, ballot, votingv1.Agreement_AGREEMENT_CAST, 1)
	w.close(5)
	var totals []*votingv1.EncryptedTotal
	for _, m := range []communityv1.Measure{heads, area} {
		for o := range 3 {
			totals = append(totals, w.total(m, o))
		}
	}
	e := w.encrypted(communityv1.Secrecy_SECRECY_TOTALS, totals...)
	w.decrypt([]int{1, 2, 3}, heads, area)
	out := w.tally(votingv1.Result_RESULT_PASSED, e, 1, 2)
	out.Totals = []*votingv1.OptionTotal{
		{Option: 0, Heads: 3, AreaCentiM2: 25000}, {Option: 1, Heads: 1, AreaCentiM2: 7000}, {Option: 2, Heads: 1, AreaCentiM2: 9000},
	}
	out.ValidHeads, out.ValidAreaCentiM2, out.Abstained = 4, 32000, 1
	q := w.rules.GetRequirements()
	out.Inequalities = []*votingv1.Inequality{
		{Left: "2*41000", Sign: ">=", Right: "1*57000", Holds: true, Requirement: q[0]},
		{Left: "2*3", Sign: ">", Right: "1*5", Holds: true, Requirement: q[1]},
		{Left: "2*25000", Sign: ">", Right: "1*41000", Holds: true, Requirement: q[2]},
	}
	out.Channels = &votingv1.ChannelReport{PapersIssued: 2, Channels: []*votingv1.ChannelShare{
		{Channel: votingv1.Channel_CHANNEL_DEVICE, Ballots: 2, Heads: 2, AreaCentiM2: areaOf("ann") + areaOf("ben")},
		{Channel: helper, Ballots: 1, Heads: 1, AreaCentiM2: areaOf("cai")},
		{Channel: paper, Ballots: 2, Heads: 2, AreaCentiM2: areaOf("dan") + areaOf("eva")},
	}}
	out.CastBy = &votingv1.CastBy{
		Device: &votingv1.CastShare{Ballots: 2, Heads: 2, AreaCentiM2: areaOf("ann") + areaOf("ben")}, Hosted: &votingv1.CastShare{},
		Helper: &votingv1.CastShare{Ballots: 1, Heads: 1, AreaCentiM2: areaOf("cai")},
		Paper:  &votingv1.CastShare{Ballots: 2, Heads: 2, AreaCentiM2: areaOf("dan") + areaOf("eva")},
	}
	w.compare("dan", "auditor")
	w.finish(out)
	return w.record
}

// compare is an auditor's word that from a sheet follows the ballot that counts.
func (w *secretWorld) compare(voter, auditor string) {
	sum := sha256.Sum256(append([]byte("renlin/sheet/mark/1\n"), w.ballots[voter]...))
	w.by(chain.AuthorDevice, forge.ID(auditor), forge.Public(auditor),
		"poll/"+w.world.id+"/comparison/"+chain.KeyID(credentialKey(voter)),
		&votingv1.BallotCompared{Proof: w.said("audit", voter, auditor, sum[:])})
}

type (
	entered   = votingv1.SecretPaperEntered
	reentered = votingv1.SecretPaperReentered
)

// byDevice has a device send something by the credential of dan's sheet, before anybody has entered it.
func byDevice(says func(b *votingv1.SecretBallotCast) proto.Message) func(r *record) {
	return func(r *record) {
		f, b := find[*votingv1.SecretBallotCast](r, 2)
		_, dan := find[*votingv1.SecretBallotCast](r, 3)
		sent := *f
		key := dan.GetKey()
		sent.key, sent.aggregate = key, strings.TrimSuffix(f.aggregate, chain.KeyID(b.GetKey()))+chain.KeyID(key)
		sent.body = says(&votingv1.SecretBallotCast{Key: key, Sequence: 1, Ballot: b.GetBallot()})
		r.insert(f, &sent)
	}
}

var sheetForgeries = []forgery{
	{"a sheet that its voter registered", "secret sheets", "registration.signer", on(4, func(b *votingv1.VoterRegistered) {
		b.Channel, b.Mandate, b.Org = votingv1.Channel_CHANNEL_PAPER, "", ""
	})},
	{"a sheet that is a device's on the roster", "secret sheets", "roster.root", on(0, func(b *votingv1.CredentialsListed) {
		for _, row := range b.GetRows() {
			row.Channel = (row.GetChannel() + 7) % 14
		}
	})},
	{"a sheet of a device's credential", "secret sheets", "sheets.foreign", of(0, func(_ *record, _ *fact, b *entered) {
		b.Key = credentialKey("ann")
	})},
	{"entered unread", "secret sheets", "sheets.unread", on(0, func(b *entered) { b.Proof = flip(b.Proof) })},
	{"entered unread again", "secret sheets", "sheets.unread", on(0, func(b *reentered) { b.Proof = flip(b.Proof) })},
	{"compared without the sheet", "secret sheets", "sheets.unread", on(0, func(b *votingv1.BallotCompared) { b.Proof = flip(b.Proof) })},
	{"entered twice by one", "secret sheets", "sheets.operators",
		of(0, func(_ *record, f *fact, _ *reentered) { f.actor = forge.ID("operator 1") })},
	{"entered for one organisation", "secret sheets", "sheets.operators", on(0, func(b *reentered) { b.Org = forge.ID("committee") })},
	{"entered by who gave it", "secret sheets", "sheets.operators",
		of(0, func(_ *record, f *fact, _ *entered) { f.actor = forge.ID("giver") })},
	{"disputed and said to agree", "secret sheets", "sheets.twin", on(1, func(b *reentered) {
		b.Agreement, b.Twin = votingv1.Agreement_AGREEMENT_CAST, 1
	})},
	{"another mark", "secret sheets", "sheets.twin", on(0, func(b *reentered) { b.Mark = flip(b.Mark) })},
	{"another ballot than two have read", "secret sheets", "sheets.cast",
		of(3, func(r *record, _ *fact, b *votingv1.SecretBallotCast) {
			_, other := find[*votingv1.SecretBallotCast](r, 0)
			b.Ballot = other.GetBallot()
		})},
	{"a ballot from a sheet that nobody entered", "secret sheets", "sheets.cast", func(r *record) {
		f, _ := find[*reentered](r, 0)
		r.remove(f)
	}},
	{"a device by a sheet's credential", "secret sheets", "sheets.cast", byDevice(func(b *votingv1.SecretBallotCast) proto.Message {
		return b
	})},
	{"a device opens a ballot of a sheet's credential", "secret sheets", "sheets.cast",
		byDevice(func(b *votingv1.SecretBallotCast) proto.Message {
			return &votingv1.SecretBallotChallenged{Key: b.GetKey(), Sequence: b.GetSequence(), Ballot: b.GetBallot()}
		})},
	{"another officer's sheet for a sheet", "secret sheets", "registration.signer", func(r *record) {
		f, _ := find[*votingv1.VoterRegistered](r, 4)
		second := *f
		second.actor = forge.ID("another giver")
		r.insert(f, &second)
	}},
	{"sheets counted as devices", "secret sheets", "sheets.counts", counted(func(t *votingv1.Tally) {
		t.Channels.Channels[0].Ballots, t.Channels.Channels[2].Ballots = 3, 1
	})},
	{"no word of helpers", "secret sheets", "sheets.counts", counted(func(t *votingv1.Tally) { t.CastBy = nil })},
}
