// Package aid is the service of help to people in need: from a request to a closing that the person has confirmed.
//
// The rules, in plain words:
//
//  1. A person in need stands on the record under a pseudonym. Who they are is in the vault, part by part, under a key of that
//     pseudonym's own; which part stands open to whom, and what they have agreed to, is on the record, and so is every read.
//
//  2. Help is asked for by the person, by who speaks for them, by a helper under a mandate, by a grid worker or officer,
//     or out of an alert. The request sets two times: by when somebody must have looked, and by when help must have come.
//
//  3. A grid worker takes a case on; an officer of their organisation who does not work on it approves or refuses. Nobody works on,
//     approves, delivers or judges what is their own.
//
//  4. What was asked, approved, delivered and acknowledged are four numbers. No more is ordered than was approved, no more delivered than
//     was ordered, no more acknowledged than was delivered.
//
//  5. Whoever is asked to bring something may decline at any time; what they did not bring can be ordered again. An order that nobody
//     answers in time ends by itself.
//
//  6. Nothing goes on without consent for that purpose, except in danger, and then the record says that nobody was asked.
//
//  7. A case is closed only when the person, who speaks for them, or a call-back by an organisation without a hand in it says that it is
//     settled. A refusal, an approval, a closing and a time that was missed can be appealed; an organisation without a hand in it decides.
//
//  8. A time that was not kept stands on the record by itself, with whose it was and to whom it goes up.
//
//  9. A device at home has a key of its own and can send signals, so many an hour, and nothing else; at what it says somebody looks in
//     time, or that stands on the record. Where somebody is waited for to say each day that they are well, silence is an alert.
//
//  10. Nothing is promised twice out of a stock, be it to a work order or, where the stock stands as an offer in matching, to an
//     assignment. What arrives from outside has a named organisation that takes it in and has the room, which the rule itself finds where
//     it can, or an alarm.
//
//  11. Numbers are told so that nobody can be found in them.
//
//  12. What is brought again and again is expected each time, and a time at which nobody came stands on the record, until somebody who
//     works on the case, or speaks for the person, says that nobody is expected any more.
//
//  13. Whom a policy notice concerns is fixed when it is published, and that it came is shown for each of them. Where it would tell who is
//     ill, poor or alone, the record holds a number and what binds the list, and nobody's name. A roll-call is such a notice:
//     whoever confirms it says that they are safe, whoever has met them or spoken to them may say it for them, and who has not answered is
//     whom one looks for.
//
// Package beneficiary has the rules of files, casework those of cases, notice those of policy notices, alert those of signals, supply those
// of stocks and arrivals, figures how numbers are told, terms what the rulebook says of all of them.
package aid

import (
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	"renlin.dev/services/aid/internal/alert"
	"renlin.dev/services/aid/internal/beneficiary"
	"renlin.dev/services/aid/internal/casework"
	"renlin.dev/services/aid/internal/notice"
	"renlin.dev/services/aid/internal/supply"
)

// Service is the name under which the service signs its commits and answers on the bus.
const Service = "aid"

// Model gives the rules of this service, for its daemon, the pilot, and everyone who judges the record again.
func Model() *decider.Model {
	parts := []decider.Part{
		decider.Guarded(standing.Guard),
		standing.Kinds(false), standing.UnitKind(false), standing.GroupKinds(false), standing.HelpedPart(),
		beneficiary.Kinds, casework.Kinds, casework.IndexPart(), casework.RunningPart(),
		alert.Kinds, supply.Kinds, supply.UnplacedPart(), countPart(),
		supply.PromisedPart(), notice.Kinds, notice.BookPart(),
	}
	parts = append(parts, policies()...)
	return decider.NewModel(Service, []uint32{1}, append(parts, operations()...)...)
}

// policies says which fact is followed by which rule.
func policies() []decider.Part {
	return []decider.Part{
		decider.Policy(casework.OnRequested),
		decider.Policy(casework.OnReopened),
		decider.Policy(casework.OnUpheld),
		decider.Policy(casework.OnRejected),
		decider.Policy(casework.OnAppealWithdrawn),
		decider.Policy(casework.OnTakenOver),
		decider.Policy(casework.OnOrdered),
		decider.Policy(casework.OnAssessed),
		decider.Policy(casework.OnDelivered),
		decider.Policy(casework.OnAppealed),
		decider.Policy(casework.OnPlanned),
		decider.Policy(casework.OnKept),
		decider.Policy(casework.OnMissed),
		decider.Policy(casework.OnPaused),
		decider.Policy(casework.OnResumed),
		decider.Policy(notice.OnPublished),
		decider.Policy(alert.OnRaised),
		decider.Policy(alert.OnRepeated),
		decider.Policy(alert.OnArranged),
		decider.Policy(alert.OnWell),
		decider.Policy(alert.OnCheckInMissed),
		decider.Policy(supply.OnAnnounced),
		decider.Policy(supply.OnAlarm),
		decider.Policy(supply.OnDeclared),
		decider.Policy(supply.OnFreed),
		decider.Policy(supply.OnTaken),
		decider.Policy(supply.OnCapacityMoved),
		decider.Policy(supply.OnLapsed),
		decider.Policy(supply.OnDeclined),
		decider.Policy(supply.OnClosed),
		decider.Policy(supply.OnWorkEnded),
		decider.Policy(supply.OnRefused),
		decider.Policy(supply.OnWithdrawn),
	}
}
