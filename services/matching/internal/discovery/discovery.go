// Package discovery holds how needs are discovered from what happens: what is a sign of one, and what becomes of it.
//
// A sign is a fact that is on the record anyway: an alert, a time that an aid case missed, a provider who fell silent while somebody waits
// for them, the same asked for or taken back again and again. The rule writes that there may be a need, about whom and out of what, and
// nothing else: no need is raised, nobody is asked and nothing is taken from anybody before an officer or a grid worker has said so. No
// words are written, and whose file it is that an alert is about, the record does not say.
//
// Of each person and sign one suggestion at most awaits somebody, and after it was dealt with there is none for a while: nobody can flood
// the officers by a device or by asking. One at which nobody looks in time goes up, and awaits somebody all the same.
package discovery

import (
	"slices"
	"strconv"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/dispatch"
	"renlin.dev/services/matching/internal/supply"
)

// File is what this service keeps of aggregates of aid's: whose they are.
type File struct {
	Beneficiary string `json:"beneficiary"`
}

// Habits are when somebody asked for the same, and took back what they had asked for; the newest of each, in order. They are folded for
// policies.
type Habits struct {
	Raised    map[string][]int64 `json:"raised"` // by person and skill
	Withdrawn map[string][]int64 `json:"withdrawn"`
}

// habitMax is how many times of each are kept: as many as a rulebook can ask for.
const habitMax = 20

// Kinds registers what is read of aid's record, and the habits.
func Kinds(m *decider.Model) {
	decider.Kind("alert", false, func(f *File, e decider.Event) {
		if b, ok := e.Body.(*aidv1.AlertRaised); ok {
			f.Beneficiary = b.GetBeneficiary()
		}
	})(m)
	decider.Kind("aid-case", false, func(f *File, e decider.Event) {
		if b, ok := e.Body.(*aidv1.AidRequested); ok {
			f.Beneficiary = b.GetBeneficiary()
		}
	})(m)
	decider.Derived(func() *Habits { return &Habits{Raised: map[string][]int64{}, Withdrawn: map[string][]int64{}} }, fold)(m)
}

func fold(h *Habits, e decider.Event) {
	switch b := e.Body.(type) {
	case *matchingv1.NeedRaised:
		if asksAnew(e, b) {
			note(h.Raised, b.GetBeneficiary()+"/"+b.GetSkill(), e.Time)
		}
	case *matchingv1.NeedWithdrawn:
		if b.GetBy() == b.GetBeneficiary() {
			note(h.Withdrawn, b.GetBeneficiary(), e.Time)
		}
	}
}

// asksAnew tells whether somebody asks: what came of a suggestion, of an import or of another community is no sign for the next one.
func asksAnew(e decider.Event, b *matchingv1.NeedRaised) bool {
	return e.Author != chain.AuthorPolicy && b.GetSuggestion() == "" && b.GetUptake() == ""
}

func note(times map[string][]int64, key string, at int64) {
	list := append(slices.Clone(times[key]), at)
	times[key] = list[max(0, len(list)-habitMax):]
}

// repeats tells whether something has come about as often, within such a time, as makes a sign of it.
func repeats(times []int64, now int64, rules supply.Rules) bool {
	n := rules.SuggestTimes()
	return len(times) >= n && times[len(times)-n] > now-rules.SuggestWithinMillis()
}

// demand demands a suggestion, unless one is there. What happened tells one demand from another.
func demand(v *decider.View, e decider.Event, body *matchingv1.SuggestNeed, happened string) []decider.Demand {
	person := body.GetMember() + body.GetFile()
	if person == "" {
		return nil
	}
	id := supply.SuggestionID(person, body.GetSign())
	if s, ok := decider.Get[supply.Suggestion](v, supply.SuggestionPath(id)); ok && s.Rests(e.Time, supply.CurrentRules(v)) {
		return nil
	}
	body.Source = e.Aggregate
	return []decider.Demand{{Purpose: "suggest/" + id + "/" + happened, Operation: "matching.suggest_need", Body: body}}
}

// OnAlert puts an alert to a human.
func OnAlert(v *decider.View, e decider.Event, body *aidv1.AlertRaised) []decider.Demand {
	id, ok := strings.CutPrefix(e.Aggregate, "alert/")
	if !ok {
		return nil
	}
	return demand(v, e, &matchingv1.SuggestNeed{Sign: matchingv1.Sign_SIGN_ALERT, File: body.GetBeneficiary()}, id)
}

// OnClock puts it to a human that nobody looked at an aid case in time, or that help did not come.
func OnClock(v *decider.View, e decider.Event, body *aidv1.ServiceClockMissed) []decider.Demand {
	id, ok := strings.CutPrefix(e.Aggregate, "aid-case/")
	clock := body.GetClock()
	if !ok || clock != aidv1.ServiceClock_SERVICE_CLOCK_ANSWER && clock != aidv1.ServiceClock_SERVICE_CLOCK_RESOLVE {
		return nil
	}
	f, ok := decider.Get[File](v, e.Aggregate)
	if !ok {
		return nil
	}
	return demand(v, e, &matchingv1.SuggestNeed{Sign: matchingv1.Sign_SIGN_CLOCK, File: f.Beneficiary},
		id+"/"+strconv.FormatInt(body.GetDeadline(), 10))
}

// OnMissed puts it to a human that whoever was to help gave no sign of life: the next one is asked by another rule, but nobody knows how
// the person is.
func OnMissed(v *decider.View, e decider.Event, body *matchingv1.CheckInMissed) []decider.Demand {
	id, ok := strings.CutPrefix(e.Aggregate, "assignment/")
	if !ok {
		return nil
	}
	a, ok := decider.Get[dispatch.Assignment](v, e.Aggregate)
	if !ok {
		return nil
	}
	about := personOf(v, a.Need, a.Beneficiary)
	about.Sign = matchingv1.Sign_SIGN_CHECK_IN
	return demand(v, e, about, id+"/"+body.GetProvider())
}

// OnRaised puts it to a human that somebody asks for the same again and again.
func OnRaised(v *decider.View, e decider.Event, body *matchingv1.NeedRaised) []decider.Demand {
	id, ok := strings.CutPrefix(e.Aggregate, "need/")
	times := decider.DerivedOf[Habits](v).Raised[body.GetBeneficiary()+"/"+body.GetSkill()]
	if !ok || !asksAnew(e, body) || !repeats(times, e.Time, supply.CurrentRules(v)) {
		return nil
	}
	return demand(v, e, &matchingv1.SuggestNeed{Sign: matchingv1.Sign_SIGN_REPEATED, Member: body.GetBeneficiary()}, id)
}

// OnWithdrawn puts it to a human that somebody takes back again and again what they asked for.
func OnWithdrawn(v *decider.View, e decider.Event, body *matchingv1.NeedWithdrawn) []decider.Demand {
	id, ok := strings.CutPrefix(e.Aggregate, "need/")
	times := decider.DerivedOf[Habits](v).Withdrawn[body.GetBeneficiary()]
	if !ok || body.GetBy() != body.GetBeneficiary() || !repeats(times, e.Time, supply.CurrentRules(v)) {
		return nil
	}
	return demand(v, e, &matchingv1.SuggestNeed{Sign: matchingv1.Sign_SIGN_WITHDRAWN, Member: body.GetBeneficiary()}, id)
}

// personOf says about whom a suggestion is that comes of a need: a member, or the file for which it was made.
func personOf(v *decider.View, need, beneficiary string) *matchingv1.SuggestNeed {
	if _, member := decider.Get[standing.Member](v, "member/"+beneficiary); member {
		return &matchingv1.SuggestNeed{Member: beneficiary}
	}
	n, ok := decider.Get[supply.Need](v, supply.NeedPath(need))
	if !ok || n.Suggestion == "" {
		return &matchingv1.SuggestNeed{}
	}
	return &matchingv1.SuggestNeed{File: beneficiary}
}

// Suggest writes that there may be a need, unless that was written meanwhile.
func Suggest(v *decider.View, cmd *decider.Command, body *matchingv1.SuggestNeed) ([]decider.Change, error) {
	rules := supply.CurrentRules(v)
	path := supply.SuggestionPath(supply.SuggestionID(body.GetMember()+body.GetFile(), body.GetSign()))
	if s, ok := decider.Get[supply.Suggestion](v, path); ok && s.Rests(cmd.Time, rules) {
		return nil, supply.ErrSuggestionAwaits
	}
	if body.GetMember() != "" {
		if _, err := standing.Active(v, body.GetMember()); err != nil {
			return nil, err
		}
	}
	return []decider.Change{decider.On(path, &matchingv1.NeedSuggested{
		Sign: body.GetSign(), Member: body.GetMember(), File: body.GetFile(), Source: body.GetSource(),
		Until: cmd.Time + rules.SuggestionMillis(),
	})}, nil
}

// Dismiss says that there is no need, and why.
func Dismiss(v *decider.View, cmd *decider.Command, body *matchingv1.DismissSuggestion) ([]decider.Change, error) {
	if _, err := supply.AwaitedSuggestion(v, cmd, body.GetSuggestion()); err != nil {
		return nil, err
	}
	_, known := matchingv1.Dismissal_name[int32(body.GetReason())]
	if !known || body.GetReason() == matchingv1.Dismissal_DISMISSAL_UNSPECIFIED {
		return nil, supply.ErrSuggestionReason
	}
	return []decider.Change{decider.On(supply.SuggestionPath(body.GetSuggestion()), &matchingv1.SuggestionDismissed{
		Reason: body.GetReason(), By: cmd.Actor,
	})}, nil
}

// OnSuggested sets the timer of whoever must look.
func OnSuggested(_ *decider.View, e decider.Event, body *matchingv1.NeedSuggested) []decider.Demand {
	id, ok := strings.CutPrefix(e.Aggregate, "suggestion/")
	if !ok {
		return nil
	}
	return []decider.Demand{{
		Purpose: "lapse-suggestion/" + id + "/" + strconv.FormatInt(body.GetUntil(), 10), Operation: "matching.lapse_suggestion",
		Body: &matchingv1.LapseSuggestion{Suggestion: id, Until: body.GetUntil()}, Due: body.GetUntil(),
	}}
}

// Lapse says that nobody has looked in time, and to whom that goes up.
func Lapse(v *decider.View, _ *decider.Command, body *matchingv1.LapseSuggestion) ([]decider.Change, error) {
	path := supply.SuggestionPath(body.GetSuggestion())
	s, ok := decider.Get[supply.Suggestion](v, path)
	switch {
	case !ok:
		return nil, supply.ErrSuggestionUnknown
	case s.Fate != supply.Suggested || s.Until != body.GetUntil():
		return nil, supply.ErrSuggestionLooked
	}
	return []decider.Change{decider.On(path, &matchingv1.SuggestionLapsed{EscalatedTo: above(v)})}, nil
}

// above gives the organisation to which what was missed goes up: the first of the government.
func above(v *decider.View) string {
	for id, org := range decider.All[standing.Org](v, "org") {
		if org.Kind == communityv1.OrgKind_ORG_KIND_GOVERNMENT {
			return id
		}
	}
	return ""
}
