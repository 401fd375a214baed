package operating

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"renlin.dev/services/gateway/look"
	"renlin.dev/services/gateway/look/looktest"
)

// Given the words of both languages, when they are compared with each other and with what pages ask for, then they have the same keys, take
// the same values, and are all used.
func TestWords(t *testing.T) {
	t.Parallel()
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	zh, en := s.books[look.Chinese].Words, s.books[look.English].Words
	looktest.Same(t, zh, en)
	want := looktest.Named(t, files)
	want["sign_in.title"], want["error.title"] = true, true
	for _, p := range pages {
		want[p.name+".title"] = true
	}
	for _, name := range shows {
		want["traces."+name] = true
	}
	for _, name := range []string{"firing", "pending", "page", "ticket"} {
		want["alerts."+name] = true
	}
	for key := range en { // any order: they do not depend on each other
		if strings.HasPrefix(key, "part.") {
			want[key] = true // TestOperatorsPagesInBrowser shows all of them
		}
	}
	if have, all := slices.Sorted(maps.Keys(en)), slices.Sorted(maps.Keys(want)); !slices.Equal(have, all) {
		t.Errorf("there are\n%v\nasked for are\n%v", have, all)
	}
}

// Given durations, when they are written, then as people read them.
func TestDurations(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{ // any order: they do not depend on each other
		0: "0 µs", 999 * time.Microsecond: "999 µs", 1500 * time.Microsecond: "1.5 ms", 1234 * time.Millisecond: "1,234 ms", time.Minute: "1m0s",
	} {
		if got := took(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{ // any order: they do not depend on each other
		-time.Second: "0 秒", 90 * time.Second: "90 秒", 130 * time.Second: "2 分钟", 50 * time.Hour: "2 天", 3 * time.Hour: "3 小时",
	} {
		if got := ago(look.Chinese, d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}
