package credential

import (
	"bytes"
	"errors"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// What a look at the roster may find.
var (
	// ErrUnlisted: one's own credential is not on the roster. Contest it, in time.
	ErrUnlisted = errors.New("credential is not on the roster")
	// ErrWeighed: it is there with another weight than the voter's, or as one that they have in another way. Contest it, in time.
	ErrWeighed = errors.New("credential is on the roster with another weight")
	// ErrRoster: the rows that were told are not those that were sealed. Read them from somebody else.
	ErrRoster = errors.New("roster is not the one that was sealed")
)

// Roster gathers a poll's credentials as the record lists them.
type Roster struct {
	Poll   string
	Rows   []*votingv1.CredentialRow
	Sealed *votingv1.RosterSealed // nil until it is
}

// Fold takes what a commit says of the roster.
func (r *Roster) Fold(c *chain.Commit) error {
	for _, change := range c.Changes {
		if change.Aggregate != poll.Path(r.Poll) {
			continue
		}
		for _, e := range change.Events {
			switch e.Type {
			case string((*votingv1.CredentialsListed)(nil).ProtoReflect().Descriptor().FullName()):
				var listed votingv1.CredentialsListed
				if err := proto.Unmarshal(e.Body, &listed); err != nil {
					return err
				}
				r.Rows = append(r.Rows, listed.GetRows()...)
			case string((*votingv1.RosterSealed)(nil).ProtoReflect().Descriptor().FullName()):
				r.Sealed = &votingv1.RosterSealed{}
				if err := proto.Unmarshal(e.Body, r.Sealed); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Find looks for a voter's credential on the roster that was sealed, with what the voter weighs.
func (c *Credential) Find(r *Roster, heads, areaCentiM2 int64, measured *votingv1.Measured) error {
	root := poll.RosterRoot(r.Rows)
	if r.Poll != c.Poll || !bytes.Equal(r.Sealed.GetRoot(), root[:]) || int(r.Sealed.GetCredentials()) != len(r.Rows) {
		return ErrRoster
	}
	for _, row := range r.Rows {
		switch {
		case !bytes.Equal(row.GetKey(), c.Public()):
		case row.GetChannel() != c.Channel || row.GetHeads() != heads || row.GetAreaCentiM2() != areaCentiM2 ||
			row.GetMeasured().GetHouseholds() != measured.GetHouseholds() || row.GetMeasured().GetWeight() != measured.GetWeight():
			return ErrWeighed
		default:
			return nil
		}
	}
	return ErrUnlisted
}
