package pollcheck_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/audit/pollcheck"
)

// drawnWithTally has the samples stand in the tally's own commit, when nobody could know its block yet.
func drawnWithTally(r *record) {
	f, b := find[*votingv1.SamplesDrawn](r, 0)
	g, _ := find[*votingv1.TallyRecorded](r, 0)
	r.remove(f)
	g.also = &fact{aggregate: f.aggregate, body: b}
}

// entersAgain has somebody else enter what somebody has entered, or has entered again.
func entersAgain[M proto.Message](n int, operator string, change func(b M)) func(r *record) {
	return func(r *record) {
		f, b := find[M](r, n)
		e := *f
		e.actor, e.body = forge.ID(operator), proto.Clone(b)
		change(e.body.(M))
		r.insert(f, &e)
	}
}

// registeredWith has somebody register in the commit with which registration begins.
func registeredWith(r *record) {
	f, b := find[*votingv1.VoterRegistered](r, 0)
	g, _ := find[*votingv1.RegistrationBegun](r, 0)
	g.also = &fact{aggregate: f.aggregate, body: proto.Clone(b)}
}

// finerForgeries are wrong in one thing that nothing else tells.
var finerForgeries = []forgery{
	{"drawn with the tally", "open sampled", "samples.seed", drawnWithTally},
	{"drawn and never counted", "open sampled", "samples.seed", func(r *record) {
		f, _ := find[*votingv1.SamplesDrawn](r, 0)
		g, _ := find[*votingv1.TallyRecorded](r, 0)
		r.facts = append(r.facts[:slices.Index(r.facts, g)], f)
	}},
	{"drawn where the rules know no paper", "open yes/no", "samples.margin", func(r *record) {
		f, _ := find[*votingv1.TallyRecorded](r, 0)
		e := *f
		e.aggregate, e.body = f.aggregate+"/sample/main", &votingv1.SamplesDrawn{Papers: 1}
		r.insert(f, &e)
	}},
	{"an audit of nothing, it is said", "open yes/no", "samples.result", func(r *record) {
		_, b := find[*votingv1.CertificateIssued](r, 0)
		b.PaperAudit = &votingv1.PaperAudit{}
		f, _ := find[*votingv1.TallyRecorded](r, 0)
		e := *f
		e.aggregate, e.body = f.aggregate+"/sample/main", &votingv1.SamplesDrawn{}
		r.insert(f, &e)
	}},

	{"registered before it began", "secret totals", "registration.late", func(r *record) {
		f, _ := find[*votingv1.VoterRegistered](r, 0)
		g, _ := find[*votingv1.PollKeySealed](r, 0)
		r.remove(f)
		r.insert(g, f)
	}},
	{"registered as it began", "secret totals", "registration.late", registeredWith},
	{"registered at the last instant", "secret totals", "registration.late", func(r *record) {
		f, _ := find[*votingv1.VoterRegistered](r, -1)
		_, b := find[*votingv1.RegistrationBegun](r, 0)
		b.EndsAt = f.time
	}},
	{"registered after it ended", "secret totals", "registration.late", func(r *record) {
		f, _ := find[*votingv1.VoterRegistered](r, -1)
		g, _ := find[*votingv1.RegistrationEnded](r, 0)
		r.remove(f)
		r.insert(g, f)
	}},
	{"listed by nobody", "secret totals", "roster.lister",
		of(0, func(_ *record, f *fact, _ *votingv1.CredentialsListed) { f.key = nil })},
	{"half a key listed", "secret totals", "roster.order", on(0, func(b *votingv1.CredentialsListed) { b.Rows[0].Key = b.Rows[0].Key[:31] })},
	{"one listed twice, one after the other", "secret totals", "roster.order",
		on(0, func(b *votingv1.CredentialsListed) { b.Rows = append(b.Rows, b.Rows[1]) })},
	{"listed after the roster was sealed", "secret totals", "roster.order", func(r *record) {
		f, _ := find[*votingv1.CredentialsListed](r, 1)
		g, _ := find[*votingv1.RosterSealed](r, 0)
		r.remove(f)
		r.insert(g, f)
	}},

	{"a replaced one more in secret", "secret totals", "count.ballots", counted(func(t *votingv1.Tally) { t.Replaced++ })},
	{"a valid one less in secret", "secret totals", "count.invalid", counted(func(t *votingv1.Tally) { t.Valid-- })},
	{"a hosted one in secret", "secret totals", "count.invalid", counted(func(t *votingv1.Tally) { t.Hosted++ })},
	{"a range of an exact total", "secret totals", "count.secret", counted(func(t *votingv1.Tally) {
		t.Secret.Ranges = []*votingv1.TotalRange{{Measure: heads, Low: 3, High: 3}}
	})},
	{"nothing added up for an option that is none", "secret totals", "sums.differ", on(0, func(b *votingv1.EncryptedTallyRecorded) {
		b.Tally.Totals[5].Option, b.Tally.Totals[5].Sum = 9, make([]byte, 64)
	})},

	{"entered twice by two", "secret sheets", "sheets.operators", entersAgain(0, "operator 4", func(b *entered) {
		b.Org = forge.ID("auditors")
	})},
	{"entered for nobody", "secret sheets", "sheets.operators", on(0, func(b *entered) { b.Org = "" })},
	{"entered again for nobody", "secret sheets", "sheets.operators", on(0, func(b *reentered) { b.Org = "" })},
	{"entered after two have agreed", "secret sheets", "sheets.operators", entersAgain(0, "operator 4", func(b *reentered) {})},
	{"entered a fourth time", "secret sheets", "sheets.twin", entersAgain(2, "operator 4", func(b *reentered) {
		b.Org = forge.ID("auditors")
	})},
	{"entered again, and never before", "secret sheets", "sheets.twin", func(r *record) {
		f, _ := find[*entered](r, 0)
		r.remove(f)
	}},
	{"agreed, it is not said", "secret sheets", "sheets.twin",
		on(0, func(b *reentered) { b.Agreement = votingv1.Agreement_AGREEMENT_DISPUTED })},
	{"agreed with another", "secret sheets", "sheets.twin", on(0, func(b *reentered) { b.Twin = 2 })},
	{"agreed, and nothing cast", "secret sheets", "sheets.cast", func(r *record) {
		f, _ := find[*votingv1.SecretBallotCast](r, 3)
		r.remove(f)
	}},
	{"a device's credential entered as a sheet", "secret sheets", "sheets.foreign", func(r *record) {
		f, b := find[*entered](r, 0)
		e := *f
		_, ann := find[*votingv1.SecretBallotCast](r, 0)
		e.aggregate = strings.TrimSuffix(f.aggregate, chain.KeyID(b.GetKey())) + chain.KeyID(ann.GetKey())
		e.body = &entered{Key: ann.GetKey(), Org: b.GetOrg(), SealedMark: b.GetSealedMark()}
		r.insert(f, &e)
	}},
}

// someHonest are the records of which these are made, each once.
func someHonest(t *testing.T, names ...string) map[string]*record {
	made := map[string]*record{}
	all := everyHonest()
	for _, name := range names {
		if made[name] == nil {
			made[name] = all[name](t)
		}
	}
	return made
}

// TestFinerForgeries: what is wrong in one thing alone is found, too.
func TestFinerForgeries(t *testing.T) {
	t.Parallel()
	var names []string
	for _, f := range finerForgeries {
		names = append(names, f.record)
	}
	made := someHonest(t, names...)
	for _, f := range finerForgeries {
		t.Run(f.record+"/"+f.name, func(t *testing.T) { f.found(t, made[f.record]) })
	}
}

// TestAllowed: what is unusual, and not wrong for it, is not found, or is said not to have been looked at.
func TestAllowed(t *testing.T) {
	t.Parallel()
	made := someHonest(t, "secret totals", "secret sheets", "open budget by shares", "open sampled", togetherNot)
	for name, tt := range map[string]struct {
		record, code string // that is not found
		change       func(r *record)
		unchecked    string
	}{
		"a bound that all together reach": {"secret totals", "sums.bound",
			on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Totals[0].Bound = 7 }), ""},
		"as long a list as may be": {"secret totals", "roster.rows", on(0, func(b *votingv1.CredentialsListed) {
			for len(b.GetRows()) < 200 {
				b.Rows = append(b.Rows, b.Rows[0])
			}
		}), ""},
		"a sheet that differs proves nothing": {"secret sheets", "sheets.unread",
			on(0, func(b *votingv1.BallotCompared) { b.Differs, b.Proof = true, nil }), ""},
		"a method of later times": {"secret totals", "sums.list", on(0, func(b *votingv1.PollCalled) { b.Rules.Method = 99 }), "sums"},
		"silence about a budget that takes too long": {"open budget by shares", "turnout.differs", on(0, func(b *votingv1.PollCalled) {
			b.Question.BudgetFen = 1 << 60
			b.Rules.Turnout = &communityv1.TurnoutRules{NonVoters: communityv1.NonVoters_NON_VOTERS_TAKE_PART}
		}), "turnout"},
		"a verdict about another threshold": {togetherNot, "count.secret", on(0, func(b *votingv1.EncryptedTallyRecorded) {
			b.Tally.Totals[1].Claims[0].Threshold--
		}), "count"},
		"certified as soon as it may be": {"open sampled", "samples.hurried", of(0, func(r *record, f *fact, _ *votingv1.CertificateIssued) {
			tallied, _ := find[*votingv1.TallyRecorded](r, 0)
			f.time = tallied.time + 60_000
		}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := made[tt.record].clone()
			r.t = t
			tt.change(r)
			p := r.check().Polls[0]
			if slices.ContainsFunc(p.Findings, func(f pollcheck.Finding) bool { return f.Code == tt.code }) {
				t.Errorf("%+v", p.Findings)
			}
			if tt.unchecked != "" && stateOf(p, tt.unchecked) != pollcheck.Unchecked {
				t.Errorf("%s %s", tt.unchecked, stateOf(p, tt.unchecked))
			}
		})
	}
}

func stateOf(p pollcheck.Poll, name string) pollcheck.State {
	for _, c := range p.Checks {
		if c.Name == name {
			return c.State
		}
	}
	return ""
}

// TestWithheldBetween: where something is withheld that could have mattered to a check, it is not said to hold, though all that is shown is
// right.
func TestWithheldBetween(t *testing.T) {
	t.Parallel()
	made := someHonest(t, "secret totals", "open sampled")
	for _, tt := range []struct {
		record string
		behind func(r *record) *fact
		check  string
	}{
		{"secret totals", behind[*votingv1.RegistrationBegun], "registration"},
		{"secret totals", behind[*votingv1.RegistrationEnded], "roster"},
		{"secret totals", behind[*votingv1.PollOpened], "course"},
		{"secret totals", behind[*votingv1.PollOpened], "sums"},
		{"secret totals", behind[*votingv1.PollOpened], "count"},
		{"open sampled", behind[*votingv1.PollOpened], "samples"},
		{"open sampled", behind[*votingv1.SamplesDrawn], "samples"},
	} {
		r, c := made[tt.record], pollcheck.New(nil)
		f := tt.behind(r)
		next := uint64(0)
		for i, x := range r.facts {
			c.Add(next, x.commit(t, i))
			next++
			c.Block(next-1, 1, blockHash(i))
			if x == f {
				c.Add(next, nil)
				next++
			}
		}
		p := c.Report().Polls[0]
		if found := unexpected(tt.record, p.Findings); len(found) > 0 || stateOf(p, tt.check) != pollcheck.Unchecked {
			t.Errorf("%s behind %T: %s, %+v", tt.check, f.body, stateOf(p, tt.check), found)
		}
	}
	r := made["open sampled"].clone()
	c := pollcheck.New(nil)
	for i, f := range r.facts {
		c.Add(uint64(i), f.commit(t, i))
	}
	if p := c.Report().Polls[0]; len(p.Findings) > 0 || stateOf(p, "samples") != pollcheck.Unchecked {
		t.Errorf("without blocks: %s, %+v", stateOf(p, "samples"), p.Findings)
	}
}

// behind is the first fact of a type.
func behind[M proto.Message](r *record) *fact {
	f, _ := find[M](r, 0)
	return f
}
