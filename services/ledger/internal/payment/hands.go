package payment

import (
	"bytes"
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/ledger/internal/book"
	"renlin.dev/services/ledger/internal/kin"
)

// Officer gives the organisation for which somebody is an officer. That whoever signs is one by a device of their own, the guard has seen.
func Officer(v *decider.View, who string) (org string, err error) {
	m, err := standing.Active(v, who)
	if err != nil {
		return "", err
	}
	if org = m.Roles[communityv1.Role_ROLE_OFFICER]; org == "" {
		return "", ErrOfficer
	}
	return org, nil
}

// Signed refuses what officers of too few organisations have signed: the author's, and as many others as there must be checkers. Who lives
// with another of them counts for nothing.
func Signed(v *decider.View, cmd *decider.Command, checkers int) error {
	org, err := Officer(v, cmd.Actor)
	if err != nil {
		return err
	}
	orgs, hands := []string{org}, []string{cmd.Actor}
	for _, who := range cmd.Cosigners {
		other, err := Officer(v, who)
		if err != nil || slices.Contains(orgs, other) || kin.Together(v, who, hands...) {
			continue
		}
		orgs, hands = append(orgs, other), append(hands, who)
	}
	if len(orgs) <= checkers {
		return ErrSigners
	}
	return nil
}

// concerned are whom a transfer's money goes to.
type concerned struct {
	orgs       []string
	people     []string // members by name
	pseudonyms bool     // and somebody whom the record does not name
}

// concernedBy gathers whom lines pay, or take back from, and whom they are for. Whom an id names is asked each time: what was a pseudonym
// when the account was opened may have become an organisation or a member since.
func concernedBy(v *decider.View, entries *book.Entries, lines []Line, beneficiary string) (c concerned, err error) {
	for _, l := range lines {
		for _, id := range []string{l.From, l.To} {
			a, err := entries.Account(id)
			if err != nil {
				return concerned{}, err
			}
			if a.Kind == book.Payee {
				c.add(v, a.Owner)
			}
		}
	}
	if beneficiary != "" {
		c.add(v, beneficiary)
	}
	return c, nil
}

// add takes in whomever an id names: an organisation, a member, both, or somebody whom the record does not name.
func (c *concerned) add(v *decider.View, id string) {
	org, member := v.Exists("org/"+id), v.Exists("member/"+id)
	if org {
		c.orgs = append(c.orgs, id)
	}
	if member {
		c.people = append(c.people, id)
	}
	c.pseudonyms = c.pseudonyms || !org && !member
}

// clear refuses the hand of anybody whom the money goes to, who lives with them, or who has a role in an organisation that is paid,
// whatever role it is. Whoever gave their word before is asked about again with each further one: roles and households change in between.
func (c concerned) clear(v *decider.View, hands ...string) error {
	for _, who := range hands {
		if err := c.clearOne(v, who); err != nil {
			return err
		}
	}
	return nil
}

func (c concerned) clearOne(v *decider.View, who string) error {
	if m, ok := decider.Get[standing.Member](v, "member/"+who); ok {
		for _, org := range m.Roles { // any order: one is enough
			if slices.Contains(c.orgs, org) {
				return ErrOwnOrg
			}
		}
	}
	if kin.Together(v, who, c.people...) {
		return ErrRelated
	}
	return nil
}

// declared refuses a commitment to a household that is missing, another one, or about nobody.
func (c concerned) declared(given, same []byte) error {
	switch {
	case !c.pseudonyms && len(given) > 0:
		return ErrUnneeded
	case c.pseudonyms && (len(given) == 0 || !bytes.Equal(given, same)):
		return ErrHousehold
	}
	return nil
}
