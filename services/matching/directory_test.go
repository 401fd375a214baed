package matching_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/decidertest"
	"renlin.dev/pkg/stock"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

// listed is a directory of two providers of the owners' with three offers.
func listed() *matchingv1.PublishDirectory {
	reach := func(east int32) *matchingv1.Reach {
		return &matchingv1.Reach{Cell: &matchingv1.Cell{East: east}, RadiusCells: 3, Languages: []string{"zh"}}
	}
	return &matchingv1.PublishDirectory{Org: id("owners"), Providers: []*matchingv1.DirectoryProvider{
		{Member: id("bob"), Reach: reach(1), Offers: []*matchingv1.DirectoryOffer{{Skill: "meal", Capacity: 4}, {Skill: "errand", Capacity: 2}}},
		{Member: id("cat"), Reach: reach(2), Offers: []*matchingv1.DirectoryOffer{{Skill: "meal", Capacity: 9, Until: start + day}}},
	}}
}

// TestDirectory: all of a directory in one commit; the same again is nothing, a newer one says what is new, and what it does not name
// stays.
func TestDirectory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, cat := supply.ProviderID(id("owners"), id("bob")), supply.ProviderID(id("owners"), id("cat"))
	c, err := w.Submit(w.Input("otto", "matching.publish_directory", listed()))
	if err != nil || len(c.Changes) != 5 {
		t.Fatalf("%d changes, %v", len(c.Changes), err)
	}
	if o := w.offerState(cat); o.Capacity != 9 || o.Until != start+day {
		t.Errorf("cat's meals: %+v", o)
	}
	if got := w.Try("otto", "matching.publish_directory", listed()); got != code(decider.ErrNothing) {
		t.Errorf("the same again: %q", got)
	}
	newer := listed()
	newer.Providers = newer.Providers[:1]
	newer.Providers[0].Offers[0].Capacity, newer.Providers[0].Reach.RadiusCells = 7, 8
	c, err = w.Submit(w.Input("otto", "matching.publish_directory", newer))
	if err != nil || !slices.Equal(decidertest.EventsOf(c), []string{"provider: ProviderMoved", "offer: OfferPublished"}) {
		t.Fatalf("a newer one: %v, %v", decidertest.EventsOf(c), err)
	}
	w.Do("provider", "bob", "matching.retire_provider", &matchingv1.RetireProvider{Provider: bob})
	if c, err = w.Submit(w.Input("otto", "matching.publish_directory", newer)); err != nil || len(c.Changes) != 3 {
		t.Errorf("after it had retired: %v, %v", decidertest.EventsOf(c), err)
	}
	w.assigned(match(w.need("ann", 7), 7, bob))
}

// TestDirectoryRefused: whatever is refused in it, nothing of it is there.
func TestDirectoryRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, who string
		spoil     func(w *world, b *matchingv1.PublishDirectory)
		want      string
	}{
		{"another organisation's", "olga", func(*world, *matchingv1.PublishDirectory) {}, "provider.not_your_org"},
		{"by a resident", "ann", func(*world, *matchingv1.PublishDirectory) {}, "role.missing"},
		{"nobody", "otto", func(_ *world, b *matchingv1.PublishDirectory) { b.Providers = nil }, "directory.size"},
		{"too many", "otto", func(_ *world, b *matchingv1.PublishDirectory) {
			for range 101 {
				b.Providers = append(b.Providers, proto.CloneOf(b.Providers[0]))
			}
		}, "directory.size"},
		{"a member twice", "otto", func(_ *world, b *matchingv1.PublishDirectory) { b.Providers[1].Member = id("bob") }, "directory.twice"},
		{"a skill twice", "otto", func(_ *world, b *matchingv1.PublishDirectory) { b.Providers[0].Offers[1].Skill = "meal" }, "directory.twice"},
		{"no member", "otto", func(_ *world, b *matchingv1.PublishDirectory) { b.Providers[1].Member = id("none") }, "member.not_active"},
		{"no skill", "otto", func(_ *world, b *matchingv1.PublishDirectory) { b.Providers[1].Offers[0].Skill = "gold" }, "skill.unknown"},
		{"no place", "otto", func(_ *world, b *matchingv1.PublishDirectory) { b.Providers[1].Reach = nil }, "matching.cell"},
		{"over already", "otto", func(_ *world, b *matchingv1.PublishDirectory) { b.Providers[1].Offers[0].Until = start }, "matching.window"},
		{"what a stock says", "otto", func(w *world, b *matchingv1.PublishDirectory) {
			w.Fact(stock.ClaimPath(supply.ProviderID(id("owners"), id("cat")), "meal"), &aidv1.OfferClaimed{Stock: id("stock")})
		}, "offer.of_goods"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, body := newWorld(t), listed()
			c.spoil(w, body)
			if got := w.Try(c.who, "matching.publish_directory", body); got != c.want {
				t.Errorf("refused as %q, want %q", got, c.want)
			}
			if n := len(w.State.Members("provider")); n != 0 {
				t.Errorf("%d providers are there", n)
			}
		})
	}
}
