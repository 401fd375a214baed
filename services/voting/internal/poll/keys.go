package poll

import (
	"bytes"

	"golang.org/x/crypto/nacl/box"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// WrappedBytes is the size of a private key that is sealed to the second holder (NaCl's anonymous box).
const WrappedBytes = ballot.KeyBytes + box.AnonymousOverhead

// holderOf finds the actor among the community's key holders.
func holderOf(v *decider.View, member string) (*communityv1.Holder, error) {
	if c, ok := decider.Get[standing.Community](v, standing.CommunityPath); ok {
		for _, h := range c.Holders {
			if h.GetMember() == member {
				return h, nil
			}
		}
	}
	return nil, ErrHolder
}

// OfferKey is one holder's: the key to which ballots are sealed. Whether the wrapped copy is good, only the other holder can tell.
func OfferKey(v *decider.View, cmd *decider.Command, b *votingv1.OfferKey) ([]decider.Change, error) {
	p, err := find(v, b.GetPoll())
	if err != nil {
		return nil, err
	}
	if _, err := holderOf(v, cmd.Actor); err != nil {
		return nil, err
	}
	switch {
	case p.late(cmd.Time):
		return nil, ErrLapsed
	case p.Rules.GetSecrecy() != nil:
		return nil, ErrKeyDivided
	case len(p.BoxKey) > 0:
		return nil, ErrKeyOffered
	case ballot.Weak(b.GetBoxKey()): // as is what has not the size of a key
		return nil, ErrKeyWeak
	case len(b.GetWrapped()) != WrappedBytes:
		return nil, ErrWrapped
	}
	used := "box-key/" + chain.KeyID(b.GetBoxKey())
	if v.Exists(used) {
		return nil, ErrKeyReused
	}
	v.Window(0, p.OpensBy)
	return []decider.Change{
		decider.On(Path(b.GetPoll()), &votingv1.PollKeyOffered{BoxKey: b.GetBoxKey(), Wrapped: b.GetWrapped(), Holder: cmd.Actor}),
		decider.On(used, &votingv1.BoxKeyTaken{Poll: b.GetPoll()}),
	}, nil
}

// late tells whether a poll that is not open can no longer be opened.
func (p *Poll) late(now int64) bool { return p.Lapsed != "" || (p.OpensBy > 0 && now >= p.OpensBy) }

// second finds the poll whose key waits for the actor's word, as the holder who did not offer it.
func second(v *decider.View, cmd *decider.Command, poll string, boxKey []byte) (*Poll, error) {
	p, err := find(v, poll)
	if err != nil {
		return nil, err
	}
	h, err := holderOf(v, cmd.Actor)
	if err != nil {
		return nil, err
	}
	switch {
	case p.HeldBy != "":
		return nil, ErrKeyHeld
	case p.late(cmd.Time):
		return nil, ErrLapsed
	case len(p.BoxKey) == 0:
		return nil, ErrKeyAwaited
	case !bytes.Equal(p.BoxKey, boxKey):
		return nil, ErrKeyMismatch
	}
	if other, err := holderOf(v, p.OfferedBy); err != nil || other.GetOrg() == h.GetOrg() {
		return nil, ErrSameHolder
	}
	v.Window(0, p.OpensBy)
	return p, nil
}

// HoldKey is the other holder's receipt.
func HoldKey(v *decider.View, cmd *decider.Command, b *votingv1.HoldKey) ([]decider.Change, error) {
	if _, err := second(v, cmd, b.GetPoll(), b.GetBoxKey()); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), &votingv1.PollKeyHeld{Holder: cmd.Actor})}, nil
}

// refusalsMax is how many copies are refused before the poll lapses: two holders who cannot agree on a key need people, not more keys.
const refusalsMax = 3

// RefuseKey is the other holder's word that the copy is no good. Whether that is true nobody else can tell; that it was said, and by
// whom, everybody can.
func RefuseKey(v *decider.View, cmd *decider.Command, b *votingv1.RefuseKey) ([]decider.Change, error) {
	p, err := second(v, cmd, b.GetPoll(), b.GetBoxKey())
	if err != nil {
		return nil, err
	}
	events := []proto.Message{&votingv1.PollKeyRefused{BoxKey: b.GetBoxKey(), Holder: cmd.Actor}}
	if len(p.Refused)+1 >= refusalsMax {
		events = append(events, p.lapse(ErrKeyRefused))
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), events...)}, nil
}

// PublishKey opens the ballots, after the close; either of the two that hold the key may do it.
func PublishKey(v *decider.View, cmd *decider.Command, b *votingv1.PublishKey) ([]decider.Change, error) {
	p, err := find(v, b.GetPoll())
	if err != nil {
		return nil, err
	}
	switch {
	case cmd.Actor != p.OfferedBy && cmd.Actor != p.HeldBy:
		return nil, ErrHolder
	case !p.Closed:
		return nil, ErrNotClosed
	case p.Published():
		return nil, ErrPublished
	case !ballot.Fits(b.GetPrivateKey(), p.BoxKey):
		return nil, ErrKeyMismatch
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), &votingv1.KeyPublished{PrivateKey: b.GetPrivateKey(), Holder: cmd.Actor})}, nil
}

// ReportKeyMissing notes that neither holder published in time.
func ReportKeyMissing(v *decider.View, _ *decider.Command, b *votingv1.ReportKeyMissing) ([]decider.Change, error) {
	p, err := find(v, b.GetPoll())
	if err != nil {
		return nil, err
	}
	if p.Published() {
		return nil, ErrPublished
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), &votingv1.KeyMissing{})}, nil
}
