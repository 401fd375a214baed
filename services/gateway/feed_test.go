package gateway

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
)

// page is what reading the record gave: facts of commits, and how many commits there are then.
type page struct {
	facts []fact
	to    uint64
}

// pages draws a record: commits of which some are told of with one event or several.
func pages(t *rapid.T) (all []fact, read []page) {
	commits := uint64(0)
	for range rapid.IntRange(1, 30).Draw(t, "pages") {
		var p page
		for range rapid.IntRange(1, 10).Draw(t, "commits") {
			events := rapid.SampledFrom([]int{0, 0, 1, 1, 2, 300}).Draw(t, "events")
			for n := range events {
				at := mark{commits, n + 1}
				if n == events-1 {
					at = mark{commits: commits + 1}
				}
				p.facts = append(p.facts, fact{at: at, path: "poll/x"})
			}
			commits++
		}
		p.to = commits
		all, read = append(all, p.facts...), append(read, p)
	}
	return all, read
}

// TestFeed: whoever reads on from any mark at any time is told each fact once and in order, or that the feed does not reach back so far;
// what it holds is bounded.
func TestFeed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all, read := pages(t)
		f := &feed{news: make(chan struct{})}
		var at mark
		var got []fact
		follow := func(most int) {
			for n := 0; n < most; n++ {
				b, held := f.next(at)
				if !held { // as reread does
					i := slices.IndexFunc(all, func(x fact) bool { return x.at.after(at) })
					b = batch{facts: all[i : i+1], to: all[i].at}
				}
				got, at = append(got, b.facts...), b.to
				if held && b.news != nil {
					if at.commits != f.to || at.events != 0 {
						t.Fatalf("told all, but at %v of %d", at, f.to)
					}
					return
				}
			}
		}
		for _, p := range read {
			f.add(p.facts, p.to)
			if len(f.facts) > factsMax {
				t.Fatalf("%d facts are held", len(f.facts))
			}
			follow(rapid.IntRange(0, 3).Draw(t, "batches"))
		}
		follow(1 << 20)
		if !slices.Equal(got, all) {
			t.Fatalf("%d facts were told, %d are on the record", len(got), len(all))
		}
		for range 5 { // somebody comes back with the id of any of them
			i := rapid.IntRange(0, len(all)).Draw(t, "seen")
			at, got = mark{}, nil
			if i > 0 {
				at = all[i-1].at
			}
			if follow(1 << 20); !slices.Equal(got, all[i:]) {
				t.Fatalf("after %v: %d told, want %d", at, len(got), len(all)-i)
			}
		}
	})
}

// FuzzMark: an id is read as it was written, and nothing else is taken for one.
func FuzzMark(f *testing.F) {
	for _, text := range []string{"", "0", "17", "17.2", "0.1", "1.0", "01", "9223372036854775807.65535", "x", "1.", ".1", "-1", "+1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Last-Event-Id"] = []string{text}
		m, err := markOf(r)
		if err != nil || m == nil {
			return
		}
		if m.commits > 1<<63 || m.events < 0 || m.events > 0xffff {
			t.Fatalf("%q was read as %+v", text, *m)
		}
		r.Header["Last-Event-Id"] = []string{m.String()}
		if again, err := markOf(r); err != nil || *again != *m {
			t.Fatalf("%+v is written as %s and read as %+v, %v", *m, m, again, err)
		}
	})
}

// TestToldIsPublic: every kind that everybody is told of is one that everybody may read, and what ends a standing is looked at.
func TestToldIsPublic(t *testing.T) {
	t.Parallel()
	for kind, who := range readers {
		if public := told(kind, ""); public != (who == anyone || slices.Contains(inboxKinds, kind)) {
			t.Errorf("%s is told: %v", kind, public)
		}
	}
	for _, event := range endings {
		if !told("member", event) {
			t.Errorf("%s is not told", event)
		}
	}
	if chain.KindOf("member/x") != "member" || !mayBeTold("member") || !mayBeTold("key") || mayBeTold("ballot") {
		t.Error("kinds whose events are looked at")
	}
}
