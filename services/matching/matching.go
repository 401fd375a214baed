// Package matching is the service that brings what is asked for and what is offered together, and sees to it that somebody comes.
//
// The rules, in plain words:
//
//  1. Any active member asks for something that the rulebook lists, for themselves or through a helper under a mandate; an officer or a
//     grid worker for another member. Place is a square of the grid, words are in the vault. How urgent it is an officer or a grid worker
//     says, and nobody of their own need. Either of them brings many needs at once, also of people who are no members: all take effect
//     when the last one is there, and of those nobody but somebody else says how urgent they are.
//  2. Volunteers register themselves as providers; an organisation's providers are registered by its officers. A provider says how much
//     of each skill it can serve at once, where, when, and in which languages, and changes that whenever it likes. What it is able to an
//     officer of another organisation attests.
//  3. A plan says who serves whom, with standbys of other organisations. It is judged, not believed: each match must keep every rule,
//     take no more than waits and no more than is free, and a plan that says it is optimal must show it by its prices. An officer or a
//     grid worker signs it; a program's plan counts only as far as two organisations have let it, for a time.
//  4. Who is asked has ten minutes, in an emergency ninety seconds, unless the rulebook says otherwise. On no, silence, retirement, too
//     little capacity, or no sign of life after a yes, the next standby who still can is asked at once by the rule itself; when nobody is
//     left, the need waits again. In an emergency two are asked at once for what is urgent, and the first yes counts.
//  5. Who has been silent three times in a row is asked nothing for half an hour, and then one thing at a time until they have
//     refused, or brought what they accepted. Who has been at the limit of their capacity gets nothing new until there is room again; that
//     stands on the record, and others are asked at once for what they have not answered for beside the rest.
//  6. Who was helped says how much has arrived; what has not waits again. If nobody says so in time, that is noted, and somebody asks
//     them.
//  7. Of each need, what was asked for is always the sum of what waits, what assignments hold, what is held for another community, what was
//     served, and what was withdrawn or ran out of time.
//  8. What happens may have a need behind it: an alert, a time that an aid case missed, a helper who fell silent, the same asked for or
//     taken back again and again. The rule puts that to officers and grid workers, at most once for each person and cause at a time; one of
//     them makes a need of it, or says why there is none. Nothing else follows from it, but that it goes up when nobody looks.
//  9. What waits here can be referred to another community, such as a street office, by an officer or a grid worker, or by the rule after
//     the rulebook's time. It is held here until the other community's word on it has come, with proof, or until its time is over; nothing
//     of it is served there after the time that the referral names. Whose word counts, officers of two organisations have said.
//  10. Capacity that is offered here can be lent to another community, which plans with it as with its own once an officer there has said
//     who answers for it. It is held here until that community's word has come that it has ended, with proof, or until the loan's time is
//     over and some time more; nobody there is promised it from the loan's time on.
//  11. Where a stock of the aid service's stands behind an offer, the offer says what lies there, and nobody else says it. What is served
//     of it is gone; what was expired or counted short is promised to nobody from that moment.
package matching

import (
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	"renlin.dev/services/matching/internal/across"
	"renlin.dev/services/matching/internal/discovery"
	"renlin.dev/services/matching/internal/dispatch"
	"renlin.dev/services/matching/internal/supply"
)

// Service is the name under which the service signs its commits and answers on the bus.
const Service = "matching"

// Model gives the rules of this service, for its daemon, the pilot, and everyone who judges the record again.
func Model() *decider.Model {
	parts := []decider.Part{
		decider.Guarded(standing.Guard), standing.Kinds(false), standing.HelpedPart(), supply.Kinds, supply.Intake, dispatch.Kinds,
		across.Kinds,
		decider.Policy(across.OnRaised),
		decider.Policy(across.OnReferred),
		decider.Policy(across.OnBrought),
		decider.Policy(across.OnTakenUp),
		decider.Policy(across.OnAcknowledged),
		decider.Policy(across.OnWithdrawn),
		decider.Policy(across.OnLent),
		decider.Policy(across.OnLoanBrought),
		decider.Policy(across.OnLenderRetired),
		discovery.Kinds,
		decider.Policy(discovery.OnAlert),
		decider.Policy(discovery.OnClock),
		decider.Policy(discovery.OnMissed),
		decider.Policy(discovery.OnRaised),
		decider.Policy(discovery.OnWithdrawn),
		decider.Policy(discovery.OnSuggested),
		decider.Policy(supply.OnRaised),
		decider.Policy(supply.OnPublished),
		decider.Policy(supply.OnCapacityMoved),
		decider.Policy(supply.OnOverloaded),
		decider.Policy(supply.OnRelieved),
		decider.Policy(supply.OnStockOffered),
		decider.Policy(supply.OnStockWithheld),
		decider.Policy(supply.OnStockMoved),
		decider.Policy(supply.OnStockCounted),
		decider.Policy(supply.OnImportCompleted),
		decider.Policy(dispatch.OnPlanned),
		decider.Policy(dispatch.OnOffered),
		decider.Policy(dispatch.OnRefused),
		decider.Policy(dispatch.OnLapsed),
		decider.Policy(dispatch.OnMissed),
		decider.Policy(dispatch.OnRetired),
		decider.Policy(dispatch.OnPublished),
		decider.Policy(dispatch.OnOverloaded),
		decider.Policy(dispatch.OnAccepted),
		decider.Policy(dispatch.OnStarted),
		decider.Policy(dispatch.OnCheckedIn),
		decider.Policy(dispatch.OnDone),
		decider.Policy(dispatch.OnModeSet),
	}
	return decider.NewModel(Service, []uint32{1}, append(parts, operations()...)...)
}
