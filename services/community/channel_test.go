package community_test

import (
	"fmt"
	"testing"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community"
	"renlin.dev/services/community/internal/people"
)

// channelOf is a channel of some people.
func channelOf(title string, members ...string) *communityv1.EstablishChannel {
	c := &communityv1.EstablishChannel{Channel: id("c"), Title: title}
	for _, m := range members {
		c.Members = append(c.Members, id(m))
	}
	return c
}

func TestDelegates(t *testing.T) {
	t.Parallel()
	name := func(org, who string) *communityv1.NameDelegate {
		d := &communityv1.NameDelegate{Org: id(org)}
		if who != "" {
			d.Member = id(who)
		}
		return d
	}
	named := func(w *world) { w.do(community.OpNameDelegate, name("residents", eve), ann) }
	facts := []string{"org/" + id("residents") + ": DelegateNamed"}
	seen := name("residents", fay)
	seen.ExpectedVersion = 9
	run(t, []attempt{
		{name: "named", op: community.OpNameDelegate, body: name("residents", eve), by: []string{ann}, facts: facts},
		{name: "another", given: named, op: community.OpNameDelegate, body: name("residents", fay), by: []string{ann}, facts: facts},
		{name: "nobody any more", given: named, op: community.OpNameDelegate, body: name("residents", ""), by: []string{ann}, facts: facts},
		{name: "the same", given: named, op: community.OpNameDelegate, body: name("residents", eve), by: []string{ann},
			want: people.ErrDelegateSame},
		{name: "not as seen", given: named, op: community.OpNameDelegate, body: seen, by: []string{ann}, want: decider.ErrStale},
		{name: "for another organisation", op: community.OpNameDelegate, body: name("residents", eve), by: []string{bob},
			want: people.ErrDelegateOrg},
		{name: "for none", op: community.OpNameDelegate, body: &communityv1.NameDelegate{}, by: []string{ann},
			want: people.ErrMissing},
		{name: "without standing", op: community.OpNameDelegate, body: name("residents", gus), by: []string{ann},
			want: standing.ErrNotActive},
		{name: "by a member", op: community.OpNameDelegate, body: name("residents", eve), by: []string{eve}, want: standing.ErrRole},
	})
}

func TestChannels(t *testing.T) {
	t.Parallel()
	made := func(w *world) { w.do(community.OpEstablish, channelOf("七号楼", eve), ann) }
	facts := []string{"channel/" + id("c") + ": ChannelEstablished"}
	crowd := channelOf("七号楼")
	for i := range 2001 {
		crowd.Members = append(crowd.Members, id(fmt.Sprint(i)))
	}
	nameless, seen := channelOf("七号楼", eve), channelOf("七号楼", eve)
	nameless.Channel, seen.ExpectedVersion = "", 9
	run(t, []attempt{
		{name: "established", op: community.OpEstablish, body: channelOf("七号楼", fay, eve), by: []string{ann}, facts: facts},
		{name: "replaced", given: made, op: community.OpEstablish, body: channelOf("八号楼", fay), by: []string{ann}, facts: facts},
		{name: "replaced by another organisation", given: made, op: community.OpEstablish, body: channelOf("八号楼", fay), by: []string{bob},
			want: people.ErrChannelOrg},
		{name: "not as seen", given: made, op: community.OpEstablish, body: seen, by: []string{ann}, want: decider.ErrStale},
		{name: "without a title", op: community.OpEstablish, body: channelOf("", eve), by: []string{ann},
			want: people.ErrChannelTitle},
		{name: "without an id", op: community.OpEstablish, body: nameless, by: []string{ann}, want: people.ErrMissing},
		{name: "of nobody", op: community.OpEstablish, body: channelOf("七号楼"), by: []string{ann}, want: people.ErrChannelMembers},
		{name: "with one twice", op: community.OpEstablish, body: channelOf("七号楼", eve, eve), by: []string{ann},
			want: people.ErrChannelMembers},
		{name: "of too many", op: community.OpEstablish, body: crowd, by: []string{ann}, want: people.ErrChannelMembers},
		{name: "with a stranger", op: community.OpEstablish, body: channelOf("七号楼", gus), by: []string{ann},
			want: standing.ErrNotActive},
		{name: "by a member", op: community.OpEstablish, body: channelOf("七号楼", eve), by: []string{eve}, want: standing.ErrRole},
	})
}
