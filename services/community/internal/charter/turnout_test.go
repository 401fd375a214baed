package charter_test

import (
	"testing"

	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community/internal/charter"
)

type turnoutRules = communityv1.TurnoutRules

func TestTurnoutAccepted(t *testing.T) {
	t.Parallel()
	households, weight := communityv1.Measure_MEASURE_HOUSEHOLDS, communityv1.Measure_MEASURE_WEIGHT
	classes := []*communityv1.WeightClass{{AreaFromCentiM2: 0, Weight: 1}, {AreaFromCentiM2: 90_00, Weight: 1_000_000}}
	for name, change := range map[string]func(*pollRules){
		"nothing of it": func(p *pollRules) { p.Turnout = &turnoutRules{} },
		"all of it": func(p *pollRules) {
			p.Turnout = &turnoutRules{
				NonVoters: communityv1.NonVoters_NON_VOTERS_ABSENT, AbstentionsAbsent: true,
				LateQuorumWithinSeconds: 3600, LateQuorumExtensionSeconds: 86400, ExtensionRoundsMax: 12, ExtensionSeconds: 86400,
				ResubmissionSeconds: 3650 * 86400, RecountObjectionsMin: 1, ProxyShareNumerator: 1, ProxyShareDenominator: 1,
			}
		},
		"households by households": func(p *pollRules) {
			p.Electorate = communityv1.Electorate_ELECTORATE_HOUSEHOLDS
			p.Requirements = []*requirement{share(households, present, all, 1, 2), share(heads, yes, participants, 1, 2)}
		},
		"owners by weight": func(p *pollRules) {
			p.Turnout = &turnoutRules{WeightClasses: classes}
			p.Requirements = []*requirement{share(weight, present, all, 1, 2), share(weight, yes, participants, 1, 2)}
		},
		"organisations": func(p *pollRules) {
			p.Electorate = communityv1.Electorate_ELECTORATE_ORGANISATIONS
			p.Requirements = []*requirement{share(heads, yes, all, 1, 2)}
		},
		"a channel": func(p *pollRules) {
			p.Electorate, p.Turnout = communityv1.Electorate_ELECTORATE_CHANNEL, &turnoutRules{Channel: known}
			p.Requirements = []*requirement{share(heads, yes, all, 1, 2)}
		},
	} {
		b := good()
		change(b.Matters[0].Poll)
		if err := charter.CheckRulebook(b, 1, orgKnown); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func slipsOfTurnout() []spoilt {
	row := func(name string, spoil func(*turnoutRules), want *fault.Fault, field string) spoilt {
		return spoilt{name, func(b *rulebook) {
			b.Matters[0].Poll.Turnout = &turnoutRules{}
			spoil(b.Matters[0].Poll.Turnout)
		}, want, "matters.0.poll." + field}
	}
	const year = 366 * 86400
	class := func(from, weight int64) *communityv1.WeightClass {
		return &communityv1.WeightClass{AreaFromCentiM2: from, Weight: weight}
	}
	return []spoilt{
		row("unknown silence", func(r *turnoutRules) { r.NonVoters = 9 }, charter.ErrChoice, "turnout.non_voters"),
		row("late for over a year", func(r *turnoutRules) { r.LateQuorumWithinSeconds = year + 1 }, charter.ErrDuration,
			"turnout.late_quorum_within_seconds"),
		row("moved by over a year", func(r *turnoutRules) { r.LateQuorumExtensionSeconds = year + 1 }, charter.ErrDuration,
			"turnout.late_quorum_extension_seconds"),
		row("extended by over a year", func(r *turnoutRules) { r.ExtensionSeconds = year + 1 }, charter.ErrDuration,
			"turnout.extension_seconds"),
		row("blocked for ever", func(r *turnoutRules) { r.ResubmissionSeconds = 10*year + 1 }, charter.ErrDuration,
			"turnout.resubmission_seconds"),
		row("extended for ever", func(r *turnoutRules) { r.ExtensionRoundsMax = 13 }, charter.ErrNumber, "turnout.extension_rounds_max"),
		row("more objections than people", func(r *turnoutRules) { r.RecountObjectionsMin = 10_000_001 }, charter.ErrNumber,
			"turnout.recount_objections_min"),
		row("proxies of nothing", func(r *turnoutRules) { r.ProxyShareDenominator = 5 }, charter.ErrShare, "turnout.proxy_share_numerator"),
		row("proxies beyond all", func(r *turnoutRules) { r.ProxyShareNumerator, r.ProxyShareDenominator = 6, 5 }, charter.ErrShare,
			"turnout.proxy_share_numerator"),
		row("proxies below nothing", func(r *turnoutRules) { r.ProxyShareNumerator, r.ProxyShareDenominator = -6, -5 }, charter.ErrShare,
			"turnout.proxy_share_numerator"),
		row("proxies of minus one", func(r *turnoutRules) { r.ProxyShareNumerator, r.ProxyShareDenominator = -1, 5 }, charter.ErrShare,
			"turnout.proxy_share_numerator"),
		row("proxies of millionths", func(r *turnoutRules) { r.ProxyShareNumerator, r.ProxyShareDenominator = 1, 1_000_001 }, charter.ErrShare,
			"turnout.proxy_share_numerator"),
		row("classes fall", func(r *turnoutRules) { r.WeightClasses = []*communityv1.WeightClass{class(9, 1), class(9, 2)} },
			charter.ErrClasses, "turnout.weight_classes.1"),
		row("class below nothing", func(r *turnoutRules) { r.WeightClasses = []*communityv1.WeightClass{class(-1, 1)} },
			charter.ErrClasses, "turnout.weight_classes.0"),
		row("class beyond all flats", func(r *turnoutRules) { r.WeightClasses = []*communityv1.WeightClass{class(1_000_000_001, 1)} },
			charter.ErrClasses, "turnout.weight_classes.0"),
		row("weight below nothing", func(r *turnoutRules) { r.WeightClasses = []*communityv1.WeightClass{class(1, -1)} },
			charter.ErrClasses, "turnout.weight_classes.0"),
		row("weight beyond bounds", func(r *turnoutRules) { r.WeightClasses = []*communityv1.WeightClass{class(1, 1_000_001)} },
			charter.ErrClasses, "turnout.weight_classes.0"),
		row("too many classes", func(r *turnoutRules) { r.WeightClasses = make([]*communityv1.WeightClass, 33) }, charter.ErrRulebookLarge,
			"turnout.weight_classes"),
		row("a contradiction", func(r *turnoutRules) { r.ExtensionRoundsMax = 1 }, charter.ErrContradiction, "turnout.extension_seconds"),
		row("silence without a warning", func(r *turnoutRules) { r.NonVoters = communityv1.NonVoters_NON_VOTERS_TAKE_PART },
			charter.ErrContradiction, "notice.warning"),
	}
}
