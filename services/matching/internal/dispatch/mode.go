package dispatch

import (
	"strconv"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

// current gives the mode that holds at a time. One whose time is over is advice at once, whether or not that stands on the record yet.
func current(v *decider.View, now int64) matchingv1.Mode {
	d, ok := decider.Get[Dispatching](v, ModePath)
	if !ok || now >= d.Until {
		return matchingv1.Mode_MODE_ADVICE
	}
	return d.Mode
}

func emergency(v *decider.View, now int64) bool {
	return current(v, now) == matchingv1.Mode_MODE_EMERGENCY
}

// Set says how far plans need a human from now on. Going back to advice takes one officer; anything else an officer of another
// organisation too, and it ends by itself.
func Set(v *decider.View, cmd *decider.Command, body *matchingv1.SetMode) ([]decider.Change, error) {
	set := &matchingv1.ModeSet{Mode: body.GetMode(), Until: body.GetUntil(), By: cmd.Actor}
	switch body.GetMode() {
	case matchingv1.Mode_MODE_ADVICE:
		if body.GetUntil() != 0 {
			return nil, ErrMode
		}
		if current(v, cmd.Time) == matchingv1.Mode_MODE_ADVICE {
			return nil, decider.ErrNothing
		}
		return []decider.Change{decider.On(ModePath, set)}, nil
	case matchingv1.Mode_MODE_VETO, matchingv1.Mode_MODE_EMERGENCY:
	default:
		return nil, ErrMode
	}
	if most := cmd.Time + supply.CurrentRules(v).ModeMillisMax(); body.GetUntil() <= cmd.Time || body.GetUntil() > most {
		return nil, ErrMode.WithInt("until_max", most)
	}
	if SecondOrganisation(v, cmd) == "" {
		return nil, ErrModeTwoOrgs
	}
	return []decider.Change{decider.On(ModePath, set)}, nil
}

// SecondOrganisation gives the officer of another organisation than the actor's who has signed too; empty for none.
func SecondOrganisation(v *decider.View, cmd *decider.Command) string {
	org := func(member string) string {
		m, ok := decider.Get[standing.Member](v, "member/"+member)
		if !ok {
			return ""
		}
		return m.Roles[communityv1.Role_ROLE_OFFICER]
	}
	own := org(cmd.Actor)
	for _, id := range cmd.Cosigners {
		if other := org(id); own != "" && other != "" && other != own {
			return id
		}
	}
	return ""
}

// OnModeSet sets the timer of the mode's end.
func OnModeSet(_ *decider.View, _ decider.Event, body *matchingv1.ModeSet) []decider.Demand {
	if body.GetUntil() == 0 {
		return nil
	}
	return []decider.Demand{{
		Purpose: "end-mode/" + strconv.FormatInt(body.GetUntil(), 10), Operation: "matching.end_mode",
		Body: &matchingv1.EndMode{Until: body.GetUntil()}, Due: body.GetUntil(),
	}}
}

// End says that a mode's time is over.
func End(v *decider.View, _ *decider.Command, body *matchingv1.EndMode) ([]decider.Change, error) {
	d, ok := decider.Get[Dispatching](v, ModePath)
	if !ok || d.Until != body.GetUntil() {
		return nil, ErrModeOver
	}
	return []decider.Change{decider.On(ModePath, &matchingv1.ModeEnded{})}, nil
}
