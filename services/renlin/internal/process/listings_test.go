package process

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/natstest"
	"renlin.dev/pkg/op"
	"renlin.dev/services/voting"
)

// TestListings: every list is read to its end, and a voting service that never comes to one is found out at once: what it lists is not
// taken at all.
func TestListings(t *testing.T) {
	t.Parallel()
	const community = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	server := natstest.Run(t)
	svc, err := op.NewService(server.Connect(t), voting.Name)
	if err != nil {
		t.Fatal(err)
	}
	r := &holderRecord{call: op.NewCaller(server.Connect(t)), community: community}
	office := &registrarRecord{r}
	lists := map[string]func() (int, error){
		unpublished:   func() (int, error) { all, err := r.Polls(t.Context()); return len(all), err },
		ceremonies:    func() (int, error) { all, err := r.Ceremonies(t.Context()); return len(all), err },
		ballots:       func() (int, error) { all, err := r.Ballots(t.Context(), "p"); return len(all), err },
		registrations: func() (int, error) { all, err := office.Polls(t.Context()); return len(all), err },
		registrants:   func() (int, error) { all, err := office.Voters(t.Context(), "p"); return len(all), err },
	}
	for name, c := range map[string]struct {
		entries string
		next    func(page int64) string // "" for the last
		want    error
	}{
		"three pages":  {"{},{}", func(page int64) string { return []string{"a", "b", ""}[page-1] }, nil},
		"one page":     {"{},{},{},{},{},{}", func(int64) string { return "" }, nil},
		"it stands":    {"{}", func(int64) string { return "a" }, errListBack},
		"to and fro":   {"{}", func(page int64) string { return []string{"b", "a"}[page%2] }, errListBack},
		"empty pages":  {"", func(page int64) string { return fmt.Sprintf("%09d", page) }, errListBack},
		"no last page": {"{}" + strings.Repeat(",{}", 40_000), func(page int64) string { return fmt.Sprintf("%09d", page) }, errListMuch},
	} {
		for list, ask := range lists {
			var pages atomic.Int64
			err := svc.Looks(t.Context(), community, list, func(context.Context, []byte) ([]byte, error) {
				page := pages.Add(1)
				key, next := "polls", c.next(page)
				switch list {
				case ballots:
					key, next = "rows", base64.StdEncoding.EncodeToString([]byte(next))
				case registrants:
					key = "voters"
				}
				return fmt.Appendf(nil, `{%q:[%s],"next":%q}`, key, c.entries, next), nil
			})
			if err != nil {
				t.Fatal(err)
			}
			n, err := ask()
			if !errors.Is(err, c.want) || c.want == nil && n != 6 || c.want != nil && n != 0 {
				t.Errorf("%s: %s after %d pages: %d entries, %v", list, name, pages.Load(), n, err)
			}
		}
	}
}

// TestListingEnds: however a list goes on, it is too much, or takes too long, some time; at the bounds it is neither.
func TestListingEnds(t *testing.T) {
	t.Parallel()
	began := time.Unix(1, 0)
	for name, c := range map[string]struct {
		before         listing
		now            time.Time
		next           string
		entries, bytes int
		more           bool
		want           error
	}{
		"goes on":                   {listing{after: "a"}, began, "b", 1, 1, true, nil},
		"ends":                      {listing{after: "a"}, began.Add(time.Hour), "", 0, 1, false, nil},
		"goes back":                 {listing{after: "b"}, began, "a", 1, 1, false, errListBack},
		"stands":                    {listing{after: "b"}, began, "b", 1, 1, false, errListBack},
		"holds nothing":             {listing{after: "a"}, began, "b", 0, 1, false, errListBack},
		"as many as may be":         {listing{entries: listedMax - 2}, began, "b", 2, 1, true, nil},
		"one too many":              {listing{entries: listedMax - 2}, began, "", 3, 1, false, errListMuch},
		"as large as may be":        {listing{bytes: listBytesMax - 2}, began, "b", 1, 2, true, nil},
		"a byte too large":          {listing{bytes: listBytesMax - 2}, began, "", 1, 3, false, errListMuch},
		"as long as may be":         {listing{}, began.Add(listPatience), "b", 1, 1, true, nil},
		"longer than anybody waits": {listing{}, began.Add(listPatience + 1), "b", 1, 1, false, errListLong},
	} {
		c.before.began = began
		if more, err := c.before.turn(c.now, c.next, c.entries, c.bytes); more != c.more || !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %v", name, more, err)
		}
	}
}

// TestAnswerWithoutRecord: a voting service that answers with no record at all says nothing.
func TestAnswerWithoutRecord(t *testing.T) {
	t.Parallel()
	const community = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	server := natstest.Run(t)
	svc, err := op.NewService(server.Connect(t), voting.Name)
	if err != nil {
		t.Fatal(err)
	}
	answer := func(context.Context, []byte) ([]byte, error) { return []byte("{}"), nil }
	if err := svc.Bytes(t.Context(), "query."+community+"."+voting.Name, "query-"+community, answer); err != nil {
		t.Fatal(err)
	}
	r := &registrarRecord{&holderRecord{call: op.NewCaller(server.Connect(t)), community: community}}
	if over, err := r.Over(t.Context(), "p"); over || !errors.Is(err, fault.ErrUnavailable) {
		t.Errorf("over %v, %v", over, err)
	}
}
