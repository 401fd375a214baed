package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"renlin.dev/pkg/rules"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

type (
	pollRules    = communityv1.PollRules
	turnoutRules = communityv1.TurnoutRules
)

// quiet is a poll of which nothing is to be said.
func quiet() *pollRules {
	p := rules.Preset("owners-ordinary")
	p.Turnout = &turnoutRules{}
	for _, r := range p.Requirements {
		if r.Of == communityv1.Of_OF_YES {
			r.Base = communityv1.Base_BASE_VALID
		}
	}
	p.Electorate = communityv1.Electorate_ELECTORATE_MEMBERS
	p.Requirements = []*communityv1.Requirement{p.Requirements[1], p.Requirements[3]} // by heads alone
	return p
}

func codes(p *pollRules) string {
	var out []string
	for _, f := range rules.Lint(p) {
		out = append(out, f.Code)
	}
	return strings.Join(out, " ")
}

func TestLint(t *testing.T) {
	t.Parallel()
	if got := codes(quiet()); got != "" {
		t.Fatalf("of quiet rules it says %s", got)
	}
	measure := func(m communityv1.Measure) func(*pollRules) {
		return func(p *pollRules) { p.Requirements[1].Measure = m }
	}
	area, weight, households := communityv1.Measure_MEASURE_AREA, communityv1.Measure_MEASURE_WEIGHT, communityv1.Measure_MEASURE_HOUSEHOLDS
	who := func(e communityv1.Electorate, more ...func(*pollRules)) func(*pollRules) {
		return func(p *pollRules) {
			p.Electorate = e
			for _, f := range more {
				f(p)
			}
		}
	}
	orgs, channel := communityv1.Electorate_ELECTORATE_ORGANISATIONS, communityv1.Electorate_ELECTORATE_CHANNEL
	homes, owners := communityv1.Electorate_ELECTORATE_HOUSEHOLDS, communityv1.Electorate_ELECTORATE_OWNERS
	named := func(p *pollRules) { p.Turnout.Channel = "c" }
	class := func(p *pollRules) { p.Turnout.WeightClasses = []*communityv1.WeightClass{{Weight: 1}} }
	silence := func(n communityv1.NonVoters) func(*pollRules) {
		return func(p *pollRules) {
			p.Turnout.NonVoters, p.Notice = n, &communityv1.NoticeRules{Warning: "w"}
		}
	}
	takePart, join := communityv1.NonVoters_NON_VOTERS_TAKE_PART, communityv1.NonVoters_NON_VOTERS_JOIN_MAJORITY
	late := func(within, by uint32) func(*pollRules) {
		return func(p *pollRules) {
			p.Turnout.LateQuorumWithinSeconds, p.Turnout.LateQuorumExtensionSeconds = within, by
		}
	}
	rounds := func(n, by uint32) func(*pollRules) {
		return func(p *pollRules) { p.Turnout.ExtensionRoundsMax, p.Turnout.ExtensionSeconds = n, by }
	}
	base := func(b communityv1.Base) func(*pollRules) { return func(p *pollRules) { p.Requirements[1].Base = b } }
	open := func(p *pollRules) { p.Requirements = p.Requirements[1:] }
	for _, c := range []struct {
		name   string
		change []func(*pollRules)
		want   string
	}{
		{"households by households", []func(*pollRules){who(homes, measure(households))}, ""},
		{"households by weight", []func(*pollRules){who(homes, measure(weight), class)}, ""},
		{"members by weight", []func(*pollRules){measure(weight), class}, ""},
		{"members by households", []func(*pollRules){measure(households)}, ""},
		{"a channel", []func(*pollRules){who(channel, named)}, ""},
		{"late and rounds", []func(*pollRules){late(60, 60), rounds(1, 60)}, ""},
		{"absent", []func(*pollRules){silence(communityv1.NonVoters_NON_VOTERS_ABSENT)}, ""},
		{"silence takes part", []func(*pollRules){silence(takePart)}, "silence.makes_quorum"},
		{"silence joins", []func(*pollRules){silence(join)}, "silence.contested silence.makes_quorum"},
		{"without a warning", []func(*pollRules){silence(takePart), func(p *pollRules) { p.Notice = nil }},
			"silence.no_warning silence.makes_quorum"},
		{"joining what", []func(*pollRules){silence(join), func(p *pollRules) { p.Method = communityv1.Method_METHOD_SINGLE }},
			"silence.no_majority silence.contested silence.makes_quorum"},
		{"silent and late", []func(*pollRules){silence(takePart), late(60, 60)}, "silence.makes_quorum silence.late_quorum"},
		{"households by area", []func(*pollRules){who(homes, measure(area))}, "area.no_owners"},
		{"a channel by area", []func(*pollRules){who(channel, named, measure(area))}, "area.no_owners"},
		{"members by area", []func(*pollRules){measure(area)}, "area.members"},
		{"a channel by weight", []func(*pollRules){who(channel, named, measure(weight), class)}, "weight.no_units"},
		{"weight of nothing", []func(*pollRules){measure(weight)}, "weight.no_classes"},
		{"weight of zero", []func(*pollRules){measure(weight), func(p *pollRules) {
			p.Turnout.WeightClasses = []*communityv1.WeightClass{{}}
		}}, "weight.no_classes"},
		{"a channel by households", []func(*pollRules){who(channel, named, measure(households))}, "households.none"},
		{"some channel", []func(*pollRules){who(channel)}, "channel.missing"},
		{"another's channel", []func(*pollRules){named}, "channel.unused"},
		{"classes for nothing", []func(*pollRules){class}, "weight.unused"},
		{"late, and then", []func(*pollRules){late(60, 0)}, "late_quorum.half"},
		{"moved, but when", []func(*pollRules){late(0, 60)}, "late_quorum.half"},
		{"always late", []func(*pollRules){late(15*86400, 60)}, "late_quorum.too_long"},
		{"nearly always late", []func(*pollRules){late(15*86400-1, 60)}, ""},
		{"rounds of nothing", []func(*pollRules){rounds(1, 0)}, "extension.half"},
		{"no rounds", []func(*pollRules){rounds(0, 60)}, "extension.half"},
		{"rounds for no quorum", []func(*pollRules){rounds(1, 60), open}, "close.no_quorum quorum.none"},
		{"late for no quorum", []func(*pollRules){late(60, 60), open}, "close.no_quorum quorum.none"},
		{"recount of no objections", []func(*pollRules){func(p *pollRules) {
			p.Turnout.RecountObjectionsMin, p.ObjectionSeconds = 1, 0
		}}, "recount.no_objections objections.none"},
		{"of participants", []func(*pollRules){base(communityv1.Base_BASE_PARTICIPANTS)}, "abstention.is_no"},
		{"of participants without abstentions", []func(*pollRules){base(communityv1.Base_BASE_PARTICIPANTS), func(p *pollRules) {
			p.Turnout.AbstentionsAbsent = true
		}}, "abstention.breaks_quorum"},
		{"of all", []func(*pollRules){base(communityv1.Base_BASE_ALL), open}, "absence.is_no"},
		{"no quorum", []func(*pollRules){open}, "quorum.none"},
		{"owners by heads alone", []func(*pollRules){who(owners)}, "owners.below_law"},
		{"organisations", []func(*pollRules){who(orgs)}, "organisations.unrepresented"},
	} {
		p := quiet()
		for _, f := range c.change {
			f(p)
		}
		if got := codes(p); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Every requirement of the law is missed when it is lowered.
func TestLawful(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"owners-ordinary", "owners-special"} {
		if got := codes(rules.Preset(name)); got != "abstention.is_no" {
			t.Errorf("%s: %q", name, got)
		}
		for i := range 4 {
			p := rules.Preset(name)
			p.Requirements[i].Numerator, p.Requirements[i].Denominator, p.Requirements[i].Strict = 499_999, 1_000_000, false
			if got := codes(p); !strings.Contains(got, "owners.below_law") {
				t.Errorf("%s without %d: %q", name, i, got)
			}
		}
	}
	p := rules.Preset("owners-ordinary")
	p.Requirements[3].Strict = false
	if got := codes(p); !strings.Contains(got, "owners.below_law") {
		t.Errorf("half is not more than half: %q", got)
	}
}

// What is said of rules can be read, and is said once.
func TestPresets(t *testing.T) {
	t.Parallel()
	if rules.Preset("nonsense") != nil || len(rules.Presets()) < 4 {
		t.Fatal("presets")
	}
	for _, name := range rules.Presets() {
		for _, f := range rules.Lint(rules.Preset(name)) {
			if f.Severity == rules.Error {
				t.Errorf("%s: %s", name, f.Code)
			}
		}
		rules.Preset(name).VotingSeconds = 1
		if rules.Preset(name).GetVotingSeconds() == 1 {
			t.Errorf("%s can be changed from outside", name)
		}
	}
}

// told are fields that are told together with another one.
var told = map[string]string{
	"turnout.late_quorum_extension_seconds": "turnout.late_quorum_within_seconds", "turnout.extension_seconds": "turnout.extension_rounds_max",
	"turnout.proxy_share_denominator": "turnout.proxy_share_numerator",
}

// Every field that rules have is told when it is set: a rule that nobody reads out is one that nobody adopted.
func TestExplainTellsEverything(t *testing.T) {
	t.Parallel()
	p := &pollRules{}
	fill(p.ProtoReflect())
	lines := rules.Explain(p)
	fields := map[string]bool{}
	for _, l := range lines {
		fields[l.Field] = true
		if strings.Contains(l.English+l.Chinese, "%!") || l.English == "" || l.Chinese == "" || !strings.HasSuffix(l.Chinese, "。") {
			t.Errorf("%s: %q %q", l.Field, l.English, l.Chinese)
		}
	}
	for _, want := range leaves("", p.ProtoReflect()) {
		if told[want] != "" {
			want = told[want]
		}
		if !fields[want] {
			t.Errorf("%s is not told", want)
		}
	}
}

// fill sets every field, the last value of every enum.
func fill(m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if fd.IsList() {
			list := m.Mutable(fd).List()
			if fd.Message() != nil {
				fill(list.AppendMutable().Message())
			} else {
				list.Append(protoreflect.ValueOfUint32(90))
			}
			continue
		}
		switch fd.Kind() {
		case protoreflect.MessageKind:
			fill(m.Mutable(fd).Message())
		case protoreflect.EnumKind:
			m.Set(fd, protoreflect.ValueOfEnum(protoreflect.EnumNumber(fd.Enum().Values().Len()-1)))
		case protoreflect.BoolKind:
			m.Set(fd, protoreflect.ValueOfBool(true))
		case protoreflect.StringKind:
			m.Set(fd, protoreflect.ValueOfString("x"))
		case protoreflect.Uint32Kind:
			m.Set(fd, protoreflect.ValueOfUint32(3))
		default:
			m.Set(fd, protoreflect.ValueOfInt64(3))
		}
	}
}

// leaves names every field; a requirement and a weight class are one each.
func leaves(at string, m protoreflect.Message) []string {
	var out []string
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd, name := fields.Get(i), at+string(fields.Get(i).Name())
		switch {
		case fd.IsList():
			out = append(out, name+".0")
		case fd.Message() != nil:
			out = append(out, leaves(name+".", m.Get(fd).Message())...)
		default:
			out = append(out, name)
		}
	}
	return out
}

// Every word of the contract has words for people.
func TestExplainKnowsEveryWord(t *testing.T) {
	t.Parallel()
	silent := func(field string, p *pollRules) string {
		for _, l := range rules.Explain(p) {
			if l.Field == field {
				return l.English
			}
		}
		return ""
	}
	seen := map[string]bool{}
	say := func(what fmt.Stringer, field string, p *pollRules) {
		if s := silent(field, p); s == "" || seen[s] {
			t.Errorf("%v is told as %q", what, s)
		} else {
			seen[s] = true
		}
	}
	for n := range communityv1.Electorate_name {
		say(communityv1.Electorate(n), "electorate", &pollRules{Electorate: communityv1.Electorate(n)})
	}
	for n := range communityv1.Method_name {
		say(communityv1.Method(n), "method", &pollRules{Method: communityv1.Method(n)})
	}
	for n := range communityv1.BallotForm_name {
		if n > 0 {
			say(communityv1.BallotForm(n), "ballot.form", &pollRules{Ballot: &communityv1.BallotRules{Form: communityv1.BallotForm(n)}})
		}
	}
	for n := range communityv1.Secrecy_name {
		field := "secrecy.secrecy"
		if n == 0 {
			field = "secrecy"
		}
		say(communityv1.Secrecy(n), field, &pollRules{Secrecy: &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy(n)}})
	}
	for n := range communityv1.Measure_name {
		for b := range communityv1.Base_name {
			if n > 0 && b > 0 {
				r := &communityv1.Requirement{Measure: communityv1.Measure(n), Base: communityv1.Base(b), Of: communityv1.Of_OF_YES}
				say(communityv1.Measure(n), "requirements.0", &pollRules{Requirements: []*communityv1.Requirement{r}})
			}
		}
	}
}

func TestRequirementWords(t *testing.T) {
	t.Parallel()
	got := rules.Explain(rules.Preset("owners-ordinary"))
	for _, want := range []string{
		"Quorum: in area, those who take part must have at least 2/3 of all there are.",
		"Majority: in heads, the yes, or the winner, must have more than 1/2 of those who take part.",
		"The vote lasts 15 days.", "法定人数：按面积计，参与表决者须达到全体的2/3以上（含）。", "表决期为15天。",
	} {
		found := false
		for _, l := range got {
			found = found || l.English == want || l.Chinese == want
		}
		if !found {
			t.Errorf("nobody says %q in %v", want, got)
		}
	}
	p := &pollRules{VotingSeconds: 90_061}
	for _, l := range rules.Explain(p) {
		if l.Field == "voting_seconds" && l.English != "The vote lasts 1 day 1 hour 1 minute 1 second." {
			t.Errorf("%q", l.English)
		}
	}
}
