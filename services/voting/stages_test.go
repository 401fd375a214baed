package voting_test

import (
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/internal/poll"
)

var errAsked = errors.New("asked")

// ask has a rule decide as things stand, whether or not anything demands it, and puts nothing on the record. So it can be seen what it
// makes of a policy's command that comes too early, too late or twice.
func (w *world) ask(rule decider.Rule) error {
	w.t.Helper()
	said := errAsked
	state := decider.NewState(decider.Plant(voting.Model(), decider.InRule("voting.cast", func(decider.Rule) decider.Rule {
		return func(v *decider.View, cmd *decider.Command) ([]decider.Change, error) {
			_, said = rule(v, cmd)
			return nil, errAsked
		}
	})))
	for _, c := range w.commits {
		if err := state.Apply(c, c.Time); err != nil {
			w.t.Fatalf("fold: %v", err)
		}
	}
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: "voting.cast", Contract: 1, IdempotencyKey: "asked", NotAfter: w.now + 60_000,
		Body:       []byte(`{"poll":"` + id("a poll") + `","voter":"` + id(officer) + `","box":"AAAA"}`),
		Signatures: []chain.Signature{{Key: public(officer), Sig: []byte("checked by the shell")}},
	}
	raw, err := s.Encode(nil)
	w.must(err)
	cmdID, err := s.ID(chain.AuthorDevice, "voting")
	w.must(err)
	v := state.Judge(&decider.Input{Raw: raw, Signed: s, ID: cmdID, Time: w.now})
	if said == errAsked {
		w.t.Fatalf("nobody was asked: %v", v.Err)
	}
	return said
}

// ruling makes a rule of a service's with its command.
func ruling[C proto.Message](rule func(*decider.View, *decider.Command, C) ([]decider.Change, error), body C) decider.Rule {
	return func(v *decider.View, cmd *decider.Command) ([]decider.Change, error) { return rule(v, cmd, body) }
}

// demanded are the rules that only policies ask, each with its command about a poll.
func demanded(p string) map[string]decider.Rule {
	return map[string]decider.Rule{
		"lapse":           ruling(poll.LapseOpening, &votingv1.LapseOpening{Poll: p}),
		"notice":          ruling(poll.IssueNotice, &votingv1.IssueNotice{Poll: p}),
		"open":            ruling(poll.Open, &votingv1.OpenPoll{Poll: p}),
		"remind":          ruling(poll.RemindVoters, &votingv1.RemindVoters{Poll: p}),
		"deadline":        ruling(poll.ReachDeadline, &votingv1.ReachDeadline{Poll: p}),
		"extend":          ruling(poll.Extend, &votingv1.ExtendPoll{Poll: p}),
		"close":           ruling(poll.Close, &votingv1.ClosePoll{Poll: p}),
		"key missing":     ruling(poll.ReportKeyMissing, &votingv1.ReportKeyMissing{Poll: p}),
		"tally":           ruling(poll.RecordTally, &votingv1.RecordTally{Poll: p, Tally: &votingv1.Tally{}}),
		"no tally":        ruling(poll.RecordTally, &votingv1.RecordTally{Poll: p}),
		"recount":         ruling(poll.Recount, &votingv1.RecountBallots{Poll: p}),
		"certify":         ruling(poll.Certify, &votingv1.IssueCertificate{Poll: p}),
		"ceremony":        ruling(poll.BeginCeremony, &votingv1.BeginCeremony{Poll: p}),
		"end of a round":  ruling(poll.EndRound, &votingv1.EndRound{Poll: p, Round: 1}),
		"seal":            ruling(poll.SealPollKey, &votingv1.SealPollKey{Poll: p, Round: 1}),
		"shares missing":  ruling(poll.ReportSharesMissing, &votingv1.ReportSharesMissing{Poll: p}),
		"registration":    ruling(poll.BeginRegistration, &votingv1.BeginRegistration{Poll: p}),
		"end of it":       ruling(poll.EndRegistration, &votingv1.EndRegistration{Poll: p}),
		"roster missing":  ruling(poll.ReportRosterMissing, &votingv1.ReportRosterMissing{Poll: p}),
		"roster lapses":   ruling(poll.LapseRoster, &votingv1.LapseRoster{Poll: p}),
		"encrypted tally": ruling(poll.RecordEncryptedTally, &votingv1.RecordEncryptedTally{Poll: p}),
	}
}

// refusedAt says what each rule answers at each stage of a poll's life, by its code. What is not named is not refused there, because only
// what is demanded ever comes.
var refusedAt = map[string]map[string][]string{
	"nothing": {
		"poll.unknown": {
			"ceremony", "certify", "close", "deadline", "encrypted tally", "end of a round", "end of it", "extend", "key missing",
			"lapse", "no tally", "notice", "open", "recount", "registration", "remind", "roster lapses", "roster missing", "seal",
			"shares missing", "tally",
		},
	},
	"called": {
		"poll.not_open":    {"close"},
		"poll.not_secret":  {"encrypted tally", "end of it", "registration", "roster lapses", "roster missing"},
		"tally.impossible": {"no tally"},
		"tally.missing":    {"certify"},
		"trustees.none":    {"end of a round", "seal", "shares missing"},
	},
	"announced": {
		"notice.issued":    {"notice"},
		"poll.not_open":    {"close"},
		"poll.not_secret":  {"encrypted tally", "end of it", "registration", "roster lapses", "roster missing"},
		"poll_key.held":    {"lapse"},
		"tally.impossible": {"no tally"},
		"tally.missing":    {"certify"},
		"trustees.none":    {"end of a round", "seal", "shares missing"},
	},
	"lapsed": {
		"poll.lapsed":      {"ceremony", "lapse", "notice", "open"},
		"poll.not_open":    {"close"},
		"poll.not_secret":  {"encrypted tally", "end of it", "registration", "roster lapses", "roster missing"},
		"tally.impossible": {"no tally"},
		"tally.missing":    {"certify"},
		"trustees.none":    {"end of a round", "seal", "shares missing"},
	},
	"open": {
		"poll.extended":    {"deadline", "remind"},
		"poll.not_secret":  {"encrypted tally", "end of it", "registration", "roster lapses", "roster missing"},
		"poll.opened":      {"notice", "open"},
		"poll_key.held":    {"lapse"},
		"tally.impossible": {"no tally"},
		"tally.missing":    {"certify"},
		"trustees.none":    {"end of a round", "seal", "shares missing"},
	},
	"closed": {
		"poll.closed":      {"close", "deadline", "extend", "remind"},
		"poll.not_secret":  {"encrypted tally", "end of it", "registration", "roster lapses", "roster missing"},
		"poll.opened":      {"notice", "open"},
		"poll_key.held":    {"lapse"},
		"tally.impossible": {"no tally"},
		"tally.missing":    {"certify"},
		"trustees.none":    {"end of a round", "seal", "shares missing"},
	},
	"counted": {
		"poll.closed":        {"close", "deadline", "extend", "remind"},
		"poll.not_secret":    {"encrypted tally", "end of it", "registration", "roster lapses", "roster missing"},
		"poll.opened":        {"notice", "open"},
		"poll_key.held":      {"lapse"},
		"poll_key.published": {"key missing"},
		"tally.recorded":     {"no tally", "tally"},
		"trustees.none":      {"end of a round", "seal", "shares missing"},
	},
	"certified": {
		"certificate.issued": {"certify", "recount"},
		"poll.closed":        {"close", "deadline", "extend", "remind"},
		"poll.not_secret":    {"encrypted tally", "end of it", "registration", "roster lapses", "roster missing"},
		"poll.opened":        {"notice", "open"},
		"poll_key.held":      {"lapse"},
		"poll_key.published": {"key missing"},
		"tally.recorded":     {"no tally", "tally"},
		"trustees.none":      {"end of a round", "seal", "shares missing"},
	},
	"secret": {
		"credentials.sealed":      {"roster missing"},
		"poll.not_open":           {"close"},
		"poll_key.held":           {"lapse"},
		"registration.begun":      {"registration"},
		"secret_poll.totals_none": {"shares missing"},
		"tally.impossible":        {"encrypted tally", "no tally"},
		"tally.missing":           {"certify"},
		"trustees.round_over":     {"end of a round", "seal"},
	},
	"secret, open": {
		"credentials.sealed":      {"roster missing"},
		"poll.extended":           {"deadline", "remind"},
		"poll.opened":             {"notice", "open", "roster lapses"},
		"poll_key.held":           {"lapse"},
		"registration.begun":      {"registration"},
		"secret_poll.totals_none": {"shares missing"},
		"tally.impossible":        {"encrypted tally", "no tally"},
		"tally.missing":           {"certify"},
		"trustees.round_over":     {"end of a round", "seal"},
	},
}

// stagesOf are worlds with a poll at every stage, by the names of refusedAt.
func stagesOf(t *testing.T) map[string]func() (*world, string) {
	seats := []seat{{"ann", 1, 100}, {"ben", 1, 100}}
	return map[string]func() (*world, string){
		"nothing": func() (*world, string) { w, _ := opened(t, "ann"); return w, id("no poll") },
		"called": func() (*world, string) {
			w := newWorld(t)
			return w, w.motion("roof", yesNo(communityv1.Electorate_ELECTORATE_OWNERS), question)
		},
		"open": func() (*world, string) { return opened(t, "ann") },
		"closed": func() (*world, string) {
			w, p := opened(t, "ann")
			w.must(w.vote(p, "ann", yes))
			w.wait(w.poll(p).ClosesAt - w.now)
			return w, p
		},
		"counted": func() (*world, string) {
			w, p := opened(t, "ann")
			w.must(w.vote(p, "ann", yes))
			w.count(p)
			return w, p
		},
		"certified": func() (*world, string) {
			w, p := opened(t, "ann")
			w.must(w.vote(p, "ann", yes))
			w.count(p)
			w.wait(100_000)
			return w, p
		},
		"announced": func() (*world, string) { return noticed(t, announced(), "ann") },
		"secret": func() (*world, string) {
			b := called(t, secretRules(communityv1.Secrecy_SECRECY_TOTALS), question, seats...)
			return b.world, b.id
		},
		"secret, open": func() (*world, string) {
			b := openBooth(t, secretRules(communityv1.Secrecy_SECRECY_TOTALS), question, seats...)
			return b.world, b.id
		},
		"lapsed": func() (*world, string) {
			w, _ := opened(t, "ann")
			q := w.motion("roof 2", yesNo(communityv1.Electorate_ELECTORATE_OWNERS), question)
			w.fact("voting", decider.On(poll.Path(q), &votingv1.OpeningLapsed{Reason: "test"}))
			return w, q
		},
	}
}

// TestStages: what comes too early, too late, twice, or to a poll of another kind is refused by its name.
func TestStages(t *testing.T) {
	t.Parallel()
	for stage, make := range stagesOf(t) {
		t.Run(stage, func(t *testing.T) {
			t.Parallel()
			w, p := make()
			rules := demanded(p)
			for want, names := range refusedAt[stage] {
				for _, name := range names {
					if got := code(w.ask(rules[name])); got != want {
						t.Errorf("%s: %q, want %q", name, got, want)
					}
				}
			}
		})
	}
}
