package pollcheck_test

import (
	"slices"
	"testing"

	"renlin.dev/pkg/verify/forge"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// lapsedBefore is a secret poll that the leak meter did not let open.
func lapsedBefore(make func(t testing.TB) *record, reason string) func(t testing.TB) *record {
	return func(t testing.TB) *record {
		r := make(t)
		f, _ := find[*votingv1.PollOpened](r, 0)
		r.facts = r.facts[:slices.Index(r.facts, f)+1]
		f.body = &votingv1.OpeningLapsed{Reason: reason, Motion: forge.ID("motion")}
		return r
	}
}

// closerForgeries were found by making checks wrong, one after another, which nothing noticed.
var closerForgeries = []forgery{
	{"lapsed for nothing", "secret metered", "leak.refused", func(r *record) {
		*r = *lapsedBefore(metered, "leak.voter_pinned")(r.t)
	}},
	{"approvals lapsed for nothing", "secret approval", "leak.refused", func(r *record) {
		*r = *lapsedBefore(honest["secret approval"], "leak.voter_pinned")(r.t)
	}},
	{"rankings lapsed for nothing", "secret run-off", "leak.refused", func(r *record) {
		*r = *lapsedBefore(secretRunoff, "leak.class_small")(r.t)
	}},
	{"opened though it was refused, and would be", "secret totals", "leak.refused", on(0, func(b *votingv1.PollOpened) {
		b.Leak = &votingv1.LeakReport{AnonymityMin: 3, PosteriorMicros: 1_000_000, ChanceMicros: 500_000, Refused: "leak.voter_pinned"}
	})},
	{"another hidden set of the result, with a bound", "secret metered", "leak.told", toldOtherwise(func(b *votingv1.LeakReport) {
		b.Exact, b.AnonymityMin = false, b.GetAnonymityMin()+1
	})},
	{"a certificate of another appeal", "open yes/no", "certificate.motion",
		on(0, func(b *votingv1.CertificateIssued) { b.Appeal = forge.ID("another") })},
	{"extended to the same instant", "open yes/no", "course.voting_time", of(0, func(r *record, f *fact, b *votingv1.PollOpened) {
		e := *f
		e.body = &votingv1.PollExtended{ClosesAt: b.GetClosesAt()}
		r.insert(f, &e)
	})},
	{"a tie that broke nothing, it is said", "open single", "result.ties", counted(func(t *votingv1.Tally) { t.TieBroken = false })},
	{"another sum by device", "open on paper", "channels.report", counted(func(t *votingv1.Tally) { t.CastBy.Device.Heads++ })},
	{"no word of channels", "open on paper", "channels.report", counted(func(t *votingv1.Tally) { t.Channels = nil })},
	{"channels where the rules know none", "open yes/no", "channels.report",
		counted(func(t *votingv1.Tally) { t.Channels = &votingv1.ChannelReport{} })},
	{"a ballot on paper that says nothing of how it came", "open on paper", "channels.way", func(r *record) {
		for _, f := range r.facts {
			if f.also == nil {
				continue
			}
			if b, ok := f.also.body.(*votingv1.BallotCast); ok {
				b.Channel = votingv1.Channel_CHANNEL_UNSPECIFIED
				return
			}
		}
	}},
	{"helpers without whom it would stand", "open on paper", "channels.stands",
		counted(func(t *votingv1.Tally) { t.CastBy.StandsWithoutHelpers = false })},
	{"no steps where there were some", "open schulze", "steps.differ", counted(func(t *votingv1.Tally) { t.Steps = nil })},
}
