package chain_test

import (
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
)

// paths says what each is: an aggregate's, a collection's, or none.
var paths = []struct {
	path                  string
	aggregate, collection bool
}{
	{"", false, false},
	{"topic", false, true},
	{"t", false, true},
	{"topic-2", false, true},
	{"2topic", false, false},
	{"-topic", false, false},
	{"to.pic", false, false},
	{"to_pic", false, false},
	{"Topic", false, false},
	{"töpic", false, false},
	{"topic/x", true, false},
	{"topic/2", true, false},
	{"topic/a.b_c-d", true, false},
	{"topic/.a", false, false},
	{"topic/_a", false, false},
	{"topic/-a", false, false},
	{"topic/X", false, false},
	{"topic/x y", false, false},
	{"topic/x\x00", false, false},
	{"topic/\xff", false, false},
	{"topic/", false, false},
	{"/topic", false, false},
	{"topic//x", false, false},
	{"topic/x/", false, false},
	{"topic/x/second", false, true},
	{"topic/x/2nd", false, false},
	{"topic/x/second/y", true, false},
	{"t/" + strings.Repeat("a", 253), true, false},
	{"t/" + strings.Repeat("a", 254), false, false},
	{strings.Repeat("a", 255), false, true},
	{strings.Repeat("a", 256), false, false},
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for _, c := range paths {
		if got := chain.CheckAggregate(c.path) == nil; got != c.aggregate {
			t.Errorf("aggregate %q: %v", c.path, got)
		}
		if got := chain.CheckCollection(c.path) == nil; got != c.collection {
			t.Errorf("collection %q: %v", c.path, got)
		}
	}
}

func TestParseHash(t *testing.T) {
	t.Parallel()
	h := chain.HashCommit([]byte("c"))
	if got, err := chain.ParseHash(h.String()); err != nil || got != h {
		t.Errorf("%v, %v", got, err)
	}
	for _, s := range []string{"", h.String()[1:], h.String() + "0", strings.ToUpper(h.String()), strings.Repeat("g", 64)} {
		if got, err := chain.ParseHash(s); err == nil {
			t.Errorf("%q is %v", s, got)
		}
	}
}
