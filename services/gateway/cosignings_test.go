package gateway

import (
	"strconv"
	"testing"
	"time"

	"renlin.dev/pkg/fault"
)

// Given commands that wait, when time passes and officers sign, then each is listed until it is too late or was taken, and nobody fills
// the list for the others.
func TestCosigningsWait(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_000_000)
	c := newCosignings(func() time.Time { return now })
	one := func(id, member string, after time.Duration) cosigning {
		return cosigning{ID: id, Member: member, NotAfter: now.Add(after).UnixMilli(), Since: now.UnixMilli()}
	}
	ids := func(community string) (all []string) {
		for _, one := range c.list(community) {
			all = append(all, one.ID)
		}
		return all
	}
	put := func(community string, one cosigning, code string) {
		t.Helper()
		if err := c.put(community, one); code == "" && err != nil || code != "" && fault.Of(err).Code != code {
			t.Errorf("put %s: %v", one.ID, err)
		}
	}
	put("a", one("1", "ann", time.Hour), "")
	put("a", one("1", "ann", time.Hour), "")
	put("a", one("2", "bob", 2*time.Hour), "")
	if got := ids("a"); len(got) != 2 || len(ids("b")) != 0 {
		t.Errorf("listed: %v, elsewhere %v", got, ids("b"))
	}
	if now = now.Add(time.Hour); len(ids("a")) != 1 {
		t.Errorf("after an hour: %v", ids("a"))
	}
	if c.take("b", "2") || !c.take("a", "2") || c.take("a", "2") || len(ids("a")) != 0 {
		t.Error("one is taken once, where it is")
	}
	for i := range memberCosigningMax {
		put("a", one(strconv.Itoa(i), "ann", time.Hour), "")
	}
	put("a", one("more", "ann", time.Hour), "cosigning.too_many")
	put("a", one("more", "bob", time.Hour), "")
	for i := range communityCosigningMax - memberCosigningMax - 1 {
		put("a", one("m"+strconv.Itoa(i), "m"+strconv.Itoa(i), time.Hour), "")
	}
	put("a", one("last", "zoe", time.Hour), "cosigning.too_many")
	for i := range cosigningsMax - communityCosigningMax {
		put("c"+strconv.Itoa(i), one("x", "ann", time.Hour), "")
	}
	put("z", one("x", "ann", time.Hour), "cosigning.too_many")
	now = now.Add(time.Hour)
	put("z", one("x", "ann", time.Hour), "")
}
