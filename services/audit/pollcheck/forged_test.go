package pollcheck_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/trustee"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/audit/pollcheck"
)

// forgery is an honest record in which one thing is wrong. Each must be found by the check whose business it is; what rests on it may be
// found wrong, too.
type forgery struct {
	name, record string
	want         string          // a code
	change       func(r *record) // nil where the record is a forger's own
}

// on changes the n-th event of a type.
func on[M proto.Message](n int, change func(b M)) func(*record) {
	return func(r *record) {
		_, b := find[M](r, n)
		change(b)
	}
}

// of changes the n-th fact of a type.
func of[M proto.Message](n int, change func(r *record, f *fact, b M)) func(*record) {
	return func(r *record) {
		f, b := find[M](r, n)
		change(r, f, b)
	}
}

// counted changes tally and certificate alike, so that only what was counted says that they are wrong.
func counted(change func(t *votingv1.Tally)) func(*record) {
	return func(r *record) {
		_, tallied := find[*votingv1.TallyRecorded](r, 0)
		change(tallied.GetTally())
		_, certified := find[*votingv1.CertificateIssued](r, 0)
		certified.Tally = proto.Clone(tallied.GetTally()).(*votingv1.Tally)
	}
}

// move puts a fact behind another, at that one's time.
func move[A, B proto.Message](r *record) {
	f, _ := find[A](r, 0)
	g, _ := find[B](r, 0)
	r.remove(f)
	f.time = g.time
	r.insert(g, f)
}

// again puts a fact on the record once more.
func again[M proto.Message](r *record) {
	f, _ := find[M](r, 0)
	c := *f
	r.insert(f, &c)
}

func flip(b []byte) []byte {
	b = bytes.Clone(b)
	b[len(b)-1] ^= 1
	return b
}

var courseForgeries = []forgery{
	{"opened before the key", "open yes/no", "course.order", func(r *record) { move[*votingv1.PollKeySealed, *votingv1.PollOpened](r) }},
	{"opened before the roster", "secret totals", "course.order", func(r *record) { move[*votingv1.RosterSealed, *votingv1.PollOpened](r) }},
	{"counted before the sums", "secret totals", "course.order",
		func(r *record) { move[*votingv1.EncryptedTallyRecorded, *votingv1.TallyRecorded](r) }},
	{"counted twice", "open yes/no", "course.twice", again[*votingv1.TallyRecorded]},
	{"a ballot before the opening", "open yes/no", "course.late", func(r *record) { move[*votingv1.PollOpened, *votingv1.BallotCast](r) }},
	{"a ballot after the close", "open yes/no", "course.late", func(r *record) {
		f, _ := find[*votingv1.BallotCast](r, -1)
		g, _ := find[*votingv1.PollClosed](r, 0)
		r.remove(f)
		r.insert(g, f)
	}},
	{"a ballot at the closing instant", "secret totals", "course.late", func(r *record) {
		f, _ := find[*votingv1.SecretBallotCast](r, -1)
		_, b := find[*votingv1.PollOpened](r, 0)
		f.time = b.GetClosesAt()
	}},
	{"a ballot without an end to its time", "open yes/no", "course.late",
		of(0, func(_ *record, f *fact, _ *votingv1.BallotCast) { f.until = 0 })},
	{"a ballot with a second more", "secret totals", "course.late",
		of(0, func(_ *record, f *fact, _ *votingv1.SecretBallotCast) { f.until += 1000 })},
	{"a challenge after the close", "secret totals", "course.late", func(r *record) {
		f, _ := find[*votingv1.SecretBallotChallenged](r, 0)
		g, _ := find[*votingv1.PollClosed](r, 0)
		r.remove(f)
		r.insert(g, f)
	}},
	{"open for a second less", "open yes/no", "course.voting_time", on(0, func(b *votingv1.PollOpened) { b.ClosesAt -= 1000 })},
	{"extended backwards", "open yes/no", "course.voting_time", of(0, func(r *record, f *fact, b *votingv1.PollOpened) {
		e := *f
		e.body = &votingv1.PollExtended{ClosesAt: b.GetClosesAt() - 1}
		r.insert(f, &e)
	})},
	{"closed early", "open yes/no", "course.early_close",
		of(0, func(_ *record, f *fact, _ *votingv1.PollClosed) { f.time -= 60_000 })},
	{"closed with a ballot less", "open yes/no", "course.ballots", on(0, func(b *votingv1.PollClosed) { b.Ballots-- })},
	{"certified during objections", "open yes/no", "course.objections",
		of(0, func(_ *record, f *fact, _ *votingv1.CertificateIssued) { f.time -= 2000 })},
	{"another root", "open yes/no", "roll.root", on(0, func(b *votingv1.PollOpened) { b.Roll.Root = flip(b.Roll.Root) })},
	{"a unit that was another's", "open yes/no", "roll.root",
		on(0, func(b *communityv1.UnitAssigned) { b.Owner = forge.ID("ben") })},
	{"a voter more", "open yes/no", "roll.sums", on(0, func(b *votingv1.PollOpened) { b.Roll.Voters++ })},
	{"a head more", "open yes/no", "roll.sums", on(0, func(b *votingv1.PollOpened) { b.Roll.Heads++ })},
	{"a smaller whole", "open yes/no", "roll.whole", on(0, func(b *votingv1.PollOpened) { b.Roll.AllAreaCentiM2-- })},
	{"sealed elsewhere", "open yes/no", "roll.position", on(0, func(b *votingv1.PollOpened) { b.Roll.Position++ })},
	{"registered by another roll", "secret totals", "roll.changed", on(0, func(b *votingv1.RegistrationBegun) { b.Roll.Heads++ })},
	{"a notice of another roll", "open yes/no", "roll.changed", of(0, func(r *record, f *fact, b *votingv1.PollOpened) {
		e := *f
		other := proto.Clone(b.GetRoll()).(*votingv1.Roll)
		other.Heads++
		e.body = &votingv1.NoticeIssued{Roll: other}
		r.insert(f, &e)
	})},
	{"a ballot of a stranger", "open yes/no", "voters.unlisted", of(0, func(_ *record, f *fact, _ *votingv1.BallotCast) {
		f.actor = forge.ID("zoe")
		f.aggregate = f.aggregate[:len(f.aggregate)-26] + f.actor
	})},
	{"a ballot by somebody else", "open yes/no", "voters.foreign",
		of(0, func(_ *record, f *fact, _ *votingv1.BallotCast) { f.actor = forge.ID("gus") })},
	{"an open ballot in a secret poll", "secret totals", "voters.foreign", of(0, func(r *record, f *fact, _ *votingv1.SecretBallotCast) {
		e := *f
		e.aggregate, e.body = "poll/"+forge.ID("poll secret totals")+"/ballot/"+forge.ID("ann"), &votingv1.BallotCast{}
		r.insert(f, &e)
	})},
}

var ceremonyForgeries = []forgery{
	{"one trustee is enough", "open yes/no", "ceremony.terms", on(0, func(b *votingv1.CeremonyBegun) { b.Threshold = 1 })},
	{"trustees of one organisation", "open yes/no", "ceremony.terms", func(r *record) {
		_, b := find[*votingv1.CeremonyBegun](r, 0)
		for _, t := range b.GetTrustees() {
			t.Org = forge.ID("residents")
		}
	}},
	{"a key that is none", "open yes/no", "ceremony.terms",
		on(0, func(b *votingv1.CeremonyBegun) { b.Trustees[0].TrusteeKey = bytes.Repeat([]byte{255}, 32) })},
	{"trustees whom nobody appointed", "open yes/no", "ceremony.trustees",
		on(0, func(b *communityv1.TrusteesAppointed) { b.Trustees[0].Member = forge.ID("zoe") })},
	{"two trustees of one key", "open yes/no", "ceremony.terms",
		on(0, func(b *votingv1.CeremonyBegun) { b.Trustees[0].TrusteeKey = b.Trustees[1].TrusteeKey })},
	{"the end of another round", "open yes/no", "ceremony.round", of(4, func(r *record, f *fact, _ *votingv1.KeyPartAdded) {
		e := *f
		e.body = &votingv1.CeremonyFailed{Round: 2}
		r.insert(f, &e)
	})},
	{"a round begun twice", "open yes/no", "ceremony.round", again[*votingv1.CeremonyBegun]},
	{"the end of a round before there was one", "open yes/no", "ceremony.round", of(0, func(r *record, f *fact, _ *votingv1.PollCalled) {
		e := *f
		e.body = &votingv1.CeremonyFailed{Round: 1}
		r.insert(f, &e)
	})},
	{"a context of other terms", "open yes/no", "ceremony.context", on(0, func(b *votingv1.CeremonyBegun) { b.AnswersBy++ })},
	{"a round that was none", "open yes/no", "ceremony.round", on(0, func(b *votingv1.CeremonyBegun) { b.Round = 2 })},
	{"a word of another round", "open yes/no", "ceremony.round", on(0, func(b *votingv1.KeyPartAdded) { b.Round = 2 })},
	{"a word that was changed", "open yes/no", "ceremony.message", on(9, func(b *votingv1.KeyPartAdded) { b.Message = flip(b.Message) })},
	{"a word twice", "open yes/no", "ceremony.message", again[*votingv1.KeyPartAdded]},
	{"a word under another number", "open yes/no", "ceremony.speaker", on(4, func(b *votingv1.KeyPartAdded) { b.Trustee = 1 })},
	{"a word by another member", "open yes/no", "ceremony.speaker",
		of(4, func(_ *record, f *fact, _ *votingv1.KeyPartAdded) { f.actor = forge.ID("trustee 1") })},
	{"no promise", "open yes/no", "ceremony.nonce", on(0, func(b *votingv1.KeyPartAdded) { b.NonceCommitment = nil })},
	{"a promise too late", "open yes/no", "ceremony.nonce",
		on(4, func(b *votingv1.KeyPartAdded) { b.NonceCommitment = bytes.Repeat([]byte{1}, 32) })},
	{"another's promise", "open yes/no", "ceremony.nonce", func(r *record) {
		_, a := find[*votingv1.KeyPartAdded](r, 0)
		_, b := find[*votingv1.KeyPartAdded](r, 1)
		b.NonceCommitment = a.GetNonceCommitment()
	}},
	{"blame for the innocent", "open yes/no", "ceremony.blame", of(4, func(r *record, f *fact, _ *votingv1.KeyPartAdded) {
		e := *f
		e.body = &votingv1.CeremonyFailed{Round: 1, Trustees: []uint32{1}}
		r.insert(f, &e)
	})},
	{"blame for who spoke", "open in the second round", "ceremony.blame", on(0, func(b *votingv1.CeremonyFailed) { b.Trustees[0] = 2 })},
	{"a round that ended early", "open in the second round", "ceremony.blame",
		of(0, func(_ *record, f *fact, _ *votingv1.CeremonyFailed) { f.time -= 60_000 })},
	{"who failed comes again", "open in the second round", "ceremony.trustees",
		on(1, func(b *votingv1.CeremonyBegun) { b.Trustees[1] = b.Trustees[0] })},
	{"another key", "open yes/no", "seal.differs", on(0, func(b *votingv1.PollKeySealed) { b.Seal = flip(b.Seal) })},
	{"another box key", "open yes/no", "seal.differs", on(0, func(b *votingv1.PollKeySealed) { b.BoxKey = flip(b.BoxKey) })},
}

var shareForgeries = []forgery{
	{"a wrong share", "open yes/no", "shares.wrong", func(r *record) {
		_, a := find[*votingv1.SharePublished](r, 0)
		_, b := find[*votingv1.SharePublished](r, 1)
		a.Message = append(bytes.Clone(a.GetMessage()[:3]), b.GetMessage()[3:]...)
	}},
	{"another's share", "open yes/no", "shares.trustee", on(0, func(b *votingv1.SharePublished) { b.Trustee = 3 })},
	{"a share twice", "open yes/no", "shares.trustee", again[*votingv1.SharePublished]},
	{"another number for ties", "open single", "shares.nonce", on(0, func(b *votingv1.SharePublished) { b.Nonce = flip(b.Nonce) })},
	{"a share before the close", "open yes/no", "shares.early", func(r *record) {
		f, _ := find[*votingv1.SharePublished](r, 0)
		g, _ := find[*votingv1.BallotCast](r, 0)
		r.remove(f)
		r.insert(g, f)
	}},
	{"a key before the close", "open approval", "shares.early", func(r *record) {
		f, _ := find[*votingv1.KeyPublished](r, 0)
		g, _ := find[*votingv1.BallotCast](r, 0)
		r.remove(f)
		r.insert(g, f)
	}},
	{"a share of a secret poll", "secret totals", "shares.early", of(0, func(r *record, f *fact, _ *votingv1.PollClosed) {
		e := *f
		e.body = &votingv1.SharePublished{Trustee: 1}
		r.insert(f, &e)
	})},
	{"blame for who published", "open yes/no", "shares.missing", on(0, func(b *votingv1.SharesMissing) { b.Trustees = []uint32{1} })},
	{"too few shares", "open yes/no", "shares.few", func(r *record) {
		f, _ := find[*votingv1.SharePublished](r, 0)
		r.remove(f)
	}},
	{"a key that does not fit", "open approval", "shares.key",
		on(0, func(b *votingv1.KeyPublished) { b.PrivateKey = bytes.Repeat([]byte{8}, 32) })},
}

var registrationForgeries = []forgery{
	{"a registrar whom nobody appointed", "secret totals", "registration.registrar",
		on(0, func(b *communityv1.RegistrarAppointed) { b.Registrar.Key = forge.Public("zoe") })},
	{"registered by somebody else", "secret totals", "registration.signer",
		of(0, func(_ *record, f *fact, _ *votingv1.VoterRegistered) { f.actor = forge.ID("ben") })},
	{"registered too late", "secret totals", "registration.late", on(0, func(b *votingv1.RegistrationBegun) { b.EndsAt = 1 })},
	{"a receipt for another commitment", "secret totals", "registration.receipt",
		on(2, func(b *votingv1.VoterRegistered) { b.Commitment = flip(b.Commitment) })},
	{"somebody else's receipt", "secret totals", "registration.receipt", func(r *record) {
		_, a := find[*votingv1.VoterRegistered](r, 2)
		_, b := find[*votingv1.VoterRegistered](r, 3)
		a.Receipt = b.GetReceipt()
	}},
	{"more registered than are", "secret totals", "registration.number", on(0, func(b *votingv1.RegistrationEnded) { b.Voters++ })},
	{"registered and not on the roll", "secret totals", "registration.unlisted",
		of(0, func(_ *record, f *fact, _ *votingv1.VoterRegistered) {
			f.aggregate = f.aggregate[:len(f.aggregate)-26] + forge.ID("zoe")
		})},
	{"listed by somebody else", "secret totals", "roster.lister",
		of(1, func(_ *record, f *fact, _ *votingv1.CredentialsListed) { f.key = forge.Public("zoe") })},
	{"listed out of order", "secret totals", "roster.order", on(0, func(b *votingv1.CredentialsListed) { slices.Reverse(b.Rows) })},
	{"listed twice", "secret totals", "roster.order", on(1, func(b *votingv1.CredentialsListed) { b.Rows = append(b.Rows, b.Rows[3]) })},
	{"an empty list", "secret totals", "roster.rows", of(0, func(r *record, f *fact, _ *votingv1.CredentialsListed) {
		e := *f
		e.body = &votingv1.CredentialsListed{}
		r.insert(f, &e)
	})},
	{"too long a list", "secret totals", "roster.rows", on(0, func(b *votingv1.CredentialsListed) {
		for len(b.GetRows()) <= 200 {
			b.Rows = append(b.Rows, b.Rows[0])
		}
	})},
	{"a row that weighs more", "secret totals", "roster.root", on(0, func(b *votingv1.CredentialsListed) { b.Rows[0].AreaCentiM2++ })},
	{"more credentials than are listed", "secret totals", "roster.number", on(0, func(b *votingv1.RosterSealed) { b.Credentials++ })},
	{"a credential that nobody registered", "secret totals", "roster.number", func(r *record) {
		rows := rowsOf(voters)
		_, a := find[*votingv1.CredentialsListed](r, 0)
		_, b := find[*votingv1.CredentialsListed](r, 1)
		_, s := find[*votingv1.RosterSealed](r, 0)
		a.Rows, b.Rows, s.Root, s.Credentials = rows[:3], rows[3:], rosterRoot(rows), 7
	}},
	{"credentials of other weights", "secret totals", "roster.weights", func(r *record) {
		rows := rowsOf(voters[:6])
		rows[0].AreaCentiM2 += 100
		_, a := find[*votingv1.CredentialsListed](r, 0)
		_, s := find[*votingv1.RosterSealed](r, 0)
		a.Rows[0], s.Root = rows[0], rosterRoot(rows)
	}},
	{"a contest that shows nothing", "secret contested", "roster.contest",
		on(0, func(b *votingv1.RosterContested) { b.Salt = flip(b.Salt) })},
	{"a contest of a right row", "secret contested", "roster.contest", func(r *record) {
		_, b := find[*votingv1.RosterContested](r, 0)
		for _, v := range voters[:6] {
			if forge.ID(v) != b.GetVoter() {
				b.Voter, b.Key, b.Salt = forge.ID(v), credentialKey(v), salt(v)
				return
			}
		}
	}},
	{"opened although contested", "secret contested", "roster.contested", func(r *record) {
		f, _ := find[*votingv1.OpeningLapsed](r, 0)
		_, b := find[*votingv1.RegistrationBegun](r, 0)
		f.body = &votingv1.PollOpened{Roll: b.GetRoll(), OpenedAt: f.time, ClosesAt: f.time + pollSeconds*1000}
	}},
}

var ballotForgeries = []forgery{
	{"another election", "secret totals", "election.differs", on(0, func(b *votingv1.PollOpened) { b.Election = flip(b.Election) })},
	{"another question", "secret totals", "election.differs", on(0, func(b *votingv1.PollCalled) { b.Question.Text += "！" })},
	{"other rules", "secret totals", "election.differs", on(0, func(b *votingv1.PollCalled) { b.Rules.VetoSeconds++ })},
	{"a ballot of a stranger", "secret totals", "ballots.unlisted", of(0, func(_ *record, f *fact, b *votingv1.SecretBallotCast) {
		b.Key, f.key = credentialKey("gus"), credentialKey("gus")
		f.aggregate = f.aggregate[:len(f.aggregate)-26] + chain.KeyID(f.key)
	})},
	{"a ballot that another credential signed", "secret totals", "ballots.signer",
		of(0, func(_ *record, f *fact, _ *votingv1.SecretBallotCast) { f.key = credentialKey("ben") })},
	{"a ballot that names a member", "secret totals", "ballots.signer",
		of(0, func(_ *record, f *fact, _ *votingv1.SecretBallotCast) { f.actor = forge.ID("ann") })},
	{"a ballot that a device signed", "secret totals", "ballots.signer",
		of(0, func(_ *record, f *fact, _ *votingv1.SecretBallotCast) { f.author = chain.AuthorDevice })},
	{"a ballot in another's place", "secret totals", "ballots.place", of(1, func(_ *record, f *fact, _ *votingv1.SecretBallotCast) {
		f.aggregate = f.aggregate[:len(f.aggregate)-26] + chain.KeyID(credentialKey("fay"))
	})},
	{"a ballot that was changed", "secret totals", "ballots.refused", on(1, func(b *votingv1.SecretBallotCast) { b.Ballot = flip(b.Ballot) })},
	{"a ballot that is cut", "secret totals", "ballots.refused", on(1, func(b *votingv1.SecretBallotCast) { b.Ballot = b.Ballot[1:] })},
	{"a challenged ballot that was changed", "secret totals", "ballots.refused",
		on(0, func(b *votingv1.SecretBallotChallenged) { b.Ballot = flip(b.Ballot) })},
	{"a ballot as another number", "secret totals", "ballots.refused", on(1, func(b *votingv1.SecretBallotCast) { b.Sequence = 2 })},
	{"a ballot that was kept from the record", "secret totals", "sequence.gap", func(r *record) {
		f, _ := find[*votingv1.SecretBallotCast](r, 0)
		r.remove(f)
	}},
	{"a copied ballot", "secret totals", "weeding.copied", func(r *record) {
		f, b := find[*votingv1.SecretBallotCast](r, 1)
		e := *f
		e.body = proto.Clone(b)
		r.insert(f, &e)
	}},
	{"an opening that opens nothing", "secret totals", "challenged.unopened",
		on(0, func(b *votingv1.SecretBallotChallenged) { b.Opening = flip(b.Opening) })},
	{"no opening", "secret totals", "challenged.unopened", on(0, func(b *votingv1.SecretBallotChallenged) { b.Opening = nil })},
}

var sumForgeries = []forgery{
	{"a ballot less", "secret totals", "sums.ballots", on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Ballots-- })},
	{"a replaced one less", "secret totals", "sums.ballots", on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Replaced-- })},
	{"a challenged one less", "secret totals", "sums.ballots", on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Challenged-- })},
	{"another sum", "secret totals", "sums.differ",
		on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Totals[0].Sum = b.Tally.Totals[1].Sum })},
	{"a challenged ballot counted", "secret totals", "sums.differ", of(-1, func(_ *record, f *fact, b *votingv1.SecretBallotCast) {
		f.body = &votingv1.SecretBallotChallenged{Key: b.GetKey(), Sequence: b.GetSequence(), Ballot: b.GetBallot()}
	})},
	{"a bound too small", "secret totals", "sums.bound", on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Totals[0].Bound = 4 })},
	{"a bound too large", "secret totals", "sums.bound", on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Totals[0].Bound = 8 })},
	{"a total less", "secret totals", "sums.list",
		on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Totals = b.Tally.Totals[:5] })},
	{"a total twice", "secret totals", "sums.list",
		on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Totals = append(b.Tally.Totals, b.Tally.Totals[0]) })},
	{"a measure that does not count", "secret approval", "sums.list",
		on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Totals[2].Measure = area })},
	{"nothing listed without need", "secret totals", "sums.list", on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Totals = nil })},
	{"opened without a quorum", "secret without a quorum", "sums.needless", on(0, func(b *votingv1.EncryptedTallyRecorded) {
		b.Tally.Totals = []*votingv1.EncryptedTotal{{Measure: heads, Sum: make([]byte, 64), Bound: 1}}
		b.Tally.Leak = []*votingv1.LeakStep{{Secrecy: b.Tally.GetSecrecy(), Report: &votingv1.LeakReport{}}}
	})},
	{"a total of no", "secret pass or fail", "sums.list", on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Totals[0].Option = 1 })},
	{"a more telling level", "secret pass or fail", "sums.level",
		on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Secrecy = communityv1.Secrecy_SECRECY_TOTALS })},
	{"a level that the meter refused", "secret pass or fail", "sums.level",
		on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Leak[0].Report.Refused = "leak.pinned" })},
	{"a level that was not measured", "secret pass or fail", "sums.level",
		on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Leak = nil })},
	{"withheld without a refusal", "secret withheld", "sums.level",
		on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Leak[0].Report.Refused = "" })},
	{"another threshold", "secret pass or fail", "sums.claims",
		on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Totals[0].Claims[0].Threshold = 2 })},
	{"one threshold more", "secret interval", "sums.claims", on(0, func(b *votingv1.EncryptedTallyRecorded) {
		b.Tally.Totals[0].Claims = append(b.Tally.Totals[0].Claims, &votingv1.TotalClaim{Threshold: 5})
	})},
	{"thresholds of an exact total", "secret totals", "sums.claims", on(0, func(b *votingv1.EncryptedTallyRecorded) {
		b.Tally.Totals[0].Claims = []*votingv1.TotalClaim{{Threshold: 2}}
	})},
}

var partForgeries = []forgery{
	{"another's part", "secret totals", "parts.trustee", on(0, func(b *votingv1.TotalsDecrypted) { b.Trustee = 2 })},
	{"another's words", "secret totals", "parts.trustee", func(r *record) {
		_, a := find[*votingv1.TotalsDecrypted](r, 0)
		_, b := find[*votingv1.TotalsDecrypted](r, 1)
		a.Message = b.GetMessage()
	}},
	{"a part by somebody else", "secret totals", "parts.trustee",
		of(0, func(_ *record, f *fact, _ *votingv1.TotalsDecrypted) { f.actor = forge.ID("trustee 3") })},
	{"another's hidden part", "secret pass or fail", "parts.trustee", func(r *record) {
		_, a := find[*votingv1.TotalsBlinded](r, 0)
		_, b := find[*votingv1.TotalsBlinded](r, 1)
		a.Messages[0] = b.GetMessages()[0]
	}},
	{"a part twice", "secret totals", "parts.twice", again[*votingv1.TotalsDecrypted]},
	{"a part before the sums", "secret totals", "parts.twice",
		func(r *record) { move[*votingv1.EncryptedTallyRecorded, *votingv1.TotalsDecrypted](r) }},
	{"a wrong part", "secret totals", "parts.refused", on(0, func(b *votingv1.TotalsDecrypted) { b.Message = flip(b.Message) })},
	{"a part where nothing exact is opened", "secret pass or fail", "parts.refused", func(r *record) {
		f, _ := find[*votingv1.TotalsBlinded](r, 1)
		e := *f
		e.actor, e.body = forge.ID("trustee 1"), &votingv1.TotalsDecrypted{Trustee: 1}
		r.insert(f, &e)
	}},
	{"a wrong hidden part", "secret pass or fail", "parts.refused", on(0, func(b *votingv1.TotalsBlinded) {
		b.Messages[0] = bytes.Clone(b.Messages[0])
		b.Messages[0][100] ^= 1
	})},
	{"a hidden part for another total", "secret pass or fail", "parts.refused",
		on(0, func(b *votingv1.TotalsBlinded) { b.Messages[0], b.Messages[1] = b.Messages[1], b.Messages[0] })},
	{"a hidden part less", "secret pass or fail", "parts.number", on(0, func(b *votingv1.TotalsBlinded) { b.Messages = b.Messages[:1] })},
	{"blame for who did their part", "secret totals", "parts.missing", on(0, func(b *votingv1.SharesMissing) { b.Trustees = []uint32{1} })},
	{"too few parts", "secret totals", "opening.few", func(r *record) {
		f, _ := find[*votingv1.TotalsDecrypted](r, 0)
		r.remove(f)
	}},
	{"no proof", "secret pass or fail", "opening.few", func(r *record) {
		f, _ := find[*votingv1.TotalsProved](r, 0)
		r.remove(f)
	}},
	{"a wrong proof", "secret pass or fail", "opening.verdict", on(0, func(b *votingv1.TotalsProved) { b.Verdicts[0] = flip(b.Verdicts[0]) })},
	{"a proof of another total", "secret pass or fail", "opening.verdict",
		on(0, func(b *votingv1.TotalsProved) { b.Verdicts[0] = b.Verdicts[1] })},
	{"a hidden part for fewer readers", "secret pass or fail, few readers", "parts.readers", nil},
	{"a proof of too little", "secret interval, unsaid", "opening.claims", nil},
	{"a total that nobody finds", "secret totals", "opening.total", func(r *record) {
		_, opened := find[*votingv1.PollOpened](r, 0)
		opened.Roll.AreaCentiM2 = 4 * secretballot.TotalMax
		_, b := find[*votingv1.EncryptedTallyRecorded](r, 0)
		b.Tally.Totals[3].Bound = 2 * secretballot.TotalMax
	}},
	{"a proof by somebody else", "secret pass or fail", "opening.trustee", on(0, func(b *votingv1.TotalsProved) { b.Trustee = 1 })},
}

func forgeries() []forgery {
	return slices.Concat(courseForgeries, ceremonyForgeries, shareForgeries, registrationForgeries, ballotForgeries, sumForgeries,
		partForgeries, countForgeries, sheetForgeries)
}

// TestForgeries: each forgery is found by its check, and each thing that can be found is found in some forgery, so that a check that is
// taken away is missed here.
func TestForgeries(t *testing.T) {
	made := map[string]*record{
		"secret pass or fail, few readers": passFail(t, []int{2, 3}),
		"secret interval, unsaid":          interval(t, []trustee.Claim{{Reached: true, Threshold: 2}, {Threshold: 5}}),
	}
	for name, make := range everyHonest() {
		made[name] = make(t)
	}
	for name, make := range methodPolls {
		made[name] = make(t)
	}
	missing := pollcheck.Codes()
	newer := slices.Concat(sharedForgeries, sampleForgeries, leakForgeries, closerForgeries)
	for _, f := range slices.Concat(forgeries(), laterForgeries, togetherForgeries, newer) {
		delete(missing, f.want)
		t.Run(f.record+"/"+f.name, func(t *testing.T) { f.found(t, made[f.record]) })
	}
	for code := range missing { // any order: each is an error of its own
		t.Errorf("no forgery is found as %s", code)
	}
}

// found wants a forgery of a record to be found by the check whose business it is.
func (f forgery) found(t *testing.T, of *record) {
	r := of.clone()
	r.t = t
	if f.change != nil {
		f.change(r)
	}
	report := r.check()
	var found []string
	for _, x := range report.Polls[0].Findings {
		found = append(found, fmt.Sprintf("%s@%d", x.Code, x.Index))
		if x.English == "" || x.Chinese == "" || x.Check == "" || int(x.Index) >= len(r.facts) {
			t.Errorf("not said: %+v", x)
		}
	}
	if report.OK || !slices.ContainsFunc(report.Polls[0].Findings, func(x pollcheck.Finding) bool { return x.Code == f.want }) {
		t.Errorf("want %s, found %v", f.want, found)
	}
}
