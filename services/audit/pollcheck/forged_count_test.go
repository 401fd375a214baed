package pollcheck_test

import (
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var countForgeries = []forgery{
	{"a ballot more", "open yes/no", "count.ballots", counted(func(t *votingv1.Tally) { t.Ballots++ })},
	{"a replaced one more", "open yes/no", "count.ballots", counted(func(t *votingv1.Tally) { t.Replaced++ })},
	{"a secret ballot more", "secret totals", "count.ballots", counted(func(t *votingv1.Tally) { t.Ballots++ })},
	{"an invalid ballot more", "open yes/no", "count.invalid", counted(func(t *votingv1.Tally) { t.InvalidBallots.Unopened++ })},
	{"an invalid one for another reason", "open yes/no", "count.invalid", counted(func(t *votingv1.Tally) {
		t.InvalidBallots.Misplaced, t.InvalidBallots.Malformed = 0, 1
	})},
	{"an invalid secret ballot", "secret totals", "count.invalid", counted(func(t *votingv1.Tally) { t.Invalid++ })},
	{"a participant more", "open yes/no", "count.participants", counted(func(t *votingv1.Tally) { t.ParticipantsHeads++ })},
	{"a secret participant more", "secret pass or fail", "count.participants", counted(func(t *votingv1.Tally) { t.ParticipantsHeads++ })},
	{"a valid one more", "open yes/no", "count.valid", counted(func(t *votingv1.Tally) { t.Valid++ })},
	{"an abstention less", "open yes/no", "count.valid", counted(func(t *votingv1.Tally) { t.Abstained-- })},
	{"a secret abstention more", "secret totals", "count.valid", counted(func(t *votingv1.Tally) { t.Abstained++ })},
	{"a valid secret head more", "secret totals", "count.valid", counted(func(t *votingv1.Tally) { t.ValidHeads++ })},
	{"figures that nobody can know", "secret pass or fail", "count.valid", counted(func(t *votingv1.Tally) { t.ValidHeads = 4 })},
	{"a vote more", "open yes/no", "count.totals", counted(func(t *votingv1.Tally) { t.Totals[0].Heads++ })},
	{"a score more", "open approval", "count.totals", counted(func(t *votingv1.Tally) { t.Totals[0].Score++ })},
	{"a secret vote more", "secret totals", "count.totals", counted(func(t *votingv1.Tally) { t.Totals[0].Heads++ })},
	{"an option less", "secret totals", "count.totals", counted(func(t *votingv1.Tally) { t.Totals = t.Totals[:2] })},
	{"a hidden total told", "secret pass or fail", "count.totals", counted(func(t *votingv1.Tally) {
		t.Totals = []*votingv1.OptionTotal{{Heads: 3}}
	})},
	{"another level", "secret totals", "count.secret",
		counted(func(t *votingv1.Tally) { t.Secret.Secrecy = communityv1.Secrecy_SECRECY_PASS_FAIL })},
	{"other trustees", "secret totals", "count.secret", counted(func(t *votingv1.Tally) { t.Secret.Trustees = []uint32{1, 2} })},
	{"other trustees of sealed totals", "secret pass or fail", "count.secret",
		counted(func(t *votingv1.Tally) { t.Secret.Trustees = []uint32{1, 2} })},
	{"another range", "secret pass or fail", "count.secret", counted(func(t *votingv1.Tally) { t.Secret.Ranges[0].Low++ })},
	{"a range less", "secret pass or fail", "count.secret",
		counted(func(t *votingv1.Tally) { t.Secret.Ranges = t.Secret.Ranges[:1] })},
	{"another seed", "open single", "seed.differs", counted(func(t *votingv1.Tally) { t.TieSeed = flip(t.TieSeed) })},
	{"a seed that nobody asked for", "open yes/no", "seed.differs", counted(func(t *votingv1.Tally) { t.TieSeed = make([]byte, 32) })},
	{"another inequality", "open yes/no", "result.inequality", counted(func(t *votingv1.Tally) { t.Inequalities[1].Left = "2*4" })},
	{"one that holds", "open yes/no", "result.inequality", counted(func(t *votingv1.Tally) { t.Inequalities[1].Holds = true })},
	{"one that is left out", "secret pass or fail", "result.inequality",
		counted(func(t *votingv1.Tally) { t.Inequalities = t.Inequalities[:2] })},
	{"a hidden figure told", "secret pass or fail", "result.inequality", counted(func(t *votingv1.Tally) { t.Inequalities[1].Left = "2*3" })},
	{"another winner", "open single", "result.winners", counted(func(t *votingv1.Tally) { t.Winners[0] = 1 - t.Winners[0] })},
	{"another secret winner", "secret approval", "result.winners", counted(func(t *votingv1.Tally) { t.Winners[0] = 0 })},
	{"winners of a question", "open yes/no", "result.winners", counted(func(t *votingv1.Tally) { t.Winners = []uint32{0} })},
	{"a tie that is not told", "open single", "result.ties", counted(func(t *votingv1.Tally) { t.Ties, t.TieBroken = nil, false })},
	{"another result", "open yes/no", "result.differs", counted(func(t *votingv1.Tally) { t.Result = votingv1.Result_RESULT_PASSED })},
	{"a result of what is hidden", "secret withheld", "result.differs",
		counted(func(t *votingv1.Tally) { t.Result = votingv1.Result_RESULT_PASSED })},
	{"a certificate of another tally", "open yes/no", "certificate.tally", on(0, func(b *votingv1.CertificateIssued) { b.Tally.Valid++ })},
	{"a certificate of another roll", "open yes/no", "certificate.roll", on(0, func(b *votingv1.CertificateIssued) { b.Roll.Heads++ })},
	{"nobody named", "open yes/no", "certificate.withheld", on(0, func(b *votingv1.CertificateIssued) { b.Withheld = nil })},
	{"an objection less", "open yes/no", "certificate.objections", on(0, func(b *votingv1.CertificateIssued) { b.Objections-- })},
	{"adopted all the same", "open yes/no", "certificate.adopted", on(0, func(b *votingv1.CertificateIssued) { b.Adopted = true })},
	{"a recount that is not told", "open single", "certificate.adopted", of(0, func(r *record, f *fact, _ *votingv1.TallyRecorded) {
		e := *f
		e.body = &votingv1.BallotsRecounted{Recount: &votingv1.Recount{Objections: 1}}
		r.insert(f, &e)
	})},
	{"another motion", "open yes/no", "certificate.motion", on(0, func(b *votingv1.CertificateIssued) { b.Motion = forge.ID("another") })},
}
