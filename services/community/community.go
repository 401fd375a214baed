// Package community is the service of a community's standing: its founding, members and their keys, organisations and roles, units,
// households, channels, roster imports, and the rulebook.
//
// Its rules are pure and stand in internal/charter (founding, rulebook) and internal/people (everything else), each told in plain
// words at its head. Who somebody is and what is open to them is package standing's, which every service of a community shares. No
// name, address or telephone number is here: those are in the vault, and the record holds references. What is published for ever is
// the community's and its organisations' names and the rulebook.
package community

import (
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community/internal/charter"
	"renlin.dev/services/community/internal/people"
)

// Service is the name under which the service signs its commits and answers on the bus.
const Service = "community"

// rulesKnown are the versions of the rules' code that this program can judge.
var rulesKnown = []uint32{1}

// Model gives the service's rules.
func Model() *decider.Model {
	parts := []decider.Part{
		standing.Kinds(true), standing.UnitKind(true), standing.GroupKinds(true), standing.TrusteesKind(true),
		standing.RegistrarKind(true), people.Kinds(), people.ConcernsPart(), people.HistoryPart(), decider.Guarded(standing.Guard),
	}
	return decider.NewModel(Service, rulesKnown, append(parts, operations()...)...)
}

// CheckFounding verifies the signatures of a founding command, which are made over a zero genesis hash because there is none yet.
// Whoever takes a founding in calls it before Decide, and whoever verifies a record calls it for the first commit. That the keys are
// those of the founders is for the rule to see.
func CheckFounding(signed *chain.Signed) error { return charter.CheckSigned(signed) }

// CheckRulebook tells a client beforehand what founding or amending would say of a rulebook: version is the one that comes next, 1
// for a founding; orgKnown tells whether an organisation is one of the community's.
func CheckRulebook(book *communityv1.Rulebook, version uint32, orgKnown func(id string) bool) error {
	return charter.CheckRulebook(book, version, orgKnown)
}

// AnswerMandates gives the mandates that concern a member, as JSON: a standing.MandatesPage for a standing.MandatesQuestion.
func AnswerMandates(s *decider.State, question []byte) ([]byte, error) {
	return people.AnswerMandates(s, question)
}

// AnswerHistory gives what the rulebook was, as JSON: a standing.HistoryPage for a standing.HistoryQuestion.
func AnswerHistory(s *decider.State, question []byte) ([]byte, error) {
	return people.AnswerHistory(s, question)
}
