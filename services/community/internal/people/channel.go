package people

import (
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community/internal/charter"
)

// Faults of delegates and channels.
var (
	ErrDelegateOrg = fault.New(fault.Forbidden, "delegate.not_your_org",
		"Only an officer of the organisation itself says who votes for it.", "只有该组织自己的负责人才能指定其表决代表。")
	ErrDelegateSame = fault.New(fault.Refused, "delegate.same",
		"The organisation is represented like this already.", "该组织的表决代表没有变化。")
	ErrChannelMembers = fault.New(fault.Invalid, "channel.members", "A channel has 1 to 2,000 members, each once.", "一个通道须有1至2000名成员，不得重复。")
	ErrChannelTitle   = fault.New(fault.Invalid, "channel.title",
		"The channel's title is missing or has invisible characters.", "通道名称缺失或含有不可见字符。")
	ErrChannelOrg = fault.New(fault.Forbidden, "channel.other_org",
		"Only the organisation that established the channel may change it.", "只有设立该通道的组织才能更改它。")
)

// channelMax keeps the list, which a commit holds twice with 28 bytes a member, within what a commit may hold.
const channelMax = 2000

// NameDelegate is the rule of who votes for an organisation.
func NameDelegate(v *decider.View, cmd *decider.Command, body *communityv1.NameDelegate) ([]decider.Change, error) {
	mine, err := officer(v, cmd)
	if err != nil {
		return nil, err
	}
	if err := need("org", body.GetOrg()); err != nil {
		return nil, err
	}
	if body.GetOrg() != mine {
		return nil, ErrDelegateOrg
	}
	path := "org/" + mine
	o, ok := decider.Get[standing.Org](v, path)
	if !ok {
		return nil, ErrOrgUnknown
	}
	if err := v.Expect(path, body.GetExpectedVersion()); err != nil {
		return nil, err
	}
	if o.Delegate == body.GetMember() {
		return nil, ErrDelegateSame
	}
	if body.GetMember() != "" {
		if _, err := standing.Active(v, body.GetMember()); err != nil {
			return nil, err
		}
	}
	return []decider.Change{decider.On(path, &communityv1.DelegateNamed{Member: body.GetMember()})}, nil
}

// EstablishChannel is the rule of a channel; a later list, by an officer of the same organisation, replaces an earlier one.
func EstablishChannel(v *decider.View, cmd *decider.Command, body *communityv1.EstablishChannel) ([]decider.Change, error) {
	mine, err := officer(v, cmd)
	if err != nil {
		return nil, err
	}
	if err := need("channel", body.GetChannel()); err != nil {
		return nil, err
	}
	if charter.CheckPublished(body.GetTitle()) != nil {
		return nil, ErrChannelTitle
	}
	members := slices.Sorted(slices.Values(body.GetMembers()))
	if len(members) == 0 || len(members) > channelMax || len(slices.Compact(slices.Clone(members))) != len(members) {
		return nil, ErrChannelMembers
	}
	path := standing.ChannelPath(body.GetChannel())
	if c, ok := decider.Get[standing.Channel](v, path); ok && c.Org != mine {
		return nil, ErrChannelOrg
	}
	if err := v.Expect(path, body.GetExpectedVersion()); err != nil {
		return nil, err
	}
	for _, id := range members {
		if _, err := standing.Active(v, id); err != nil {
			return nil, err
		}
	}
	return []decider.Change{decider.On(path, &communityv1.ChannelEstablished{Title: body.GetTitle(), Members: members, Org: mine})}, nil
}
