package process

import (
	"context"
	"errors"
	"fmt"
	"time"

	"renlin.dev/services/voting"
)

// What somebody is told in pages before they stop listening: far more than a community has, and no more than a machine can hold.
const (
	listedMax    = 1 << 18 // entries
	listBytesMax = 1 << 30
	listPatience = 2 * time.Minute // for all pages; one has its own limit
)

// Why a list is not taken, which is as if nothing had been said.
var (
	errListBack = errors.New("the voting service's next page does not go on further up")
	errListMuch = errors.New("the voting service lists more than anybody can take")
	errListLong = errors.New("the voting service's list takes too long")
)

// listing is a list that a service tells page by page. Whoever does not believe the service must not be kept at it for ever: each page but
// the last holds something and goes on further up, and there is an end to how much, and for how long, anybody listens.
type listing struct {
	after   string // the last entry of the pages so far
	began   time.Time
	entries int
	bytes   int
}

// turn takes a page's measure, and tells whether another is to be asked for.
func (l *listing) turn(now time.Time, next string, entries, bytes int) (more bool, err error) {
	l.entries, l.bytes = l.entries+entries, l.bytes+bytes
	switch {
	case l.entries > listedMax || l.bytes > listBytesMax:
		return false, errListMuch
	case next == "":
		return false, nil
	case next <= l.after || entries == 0:
		return false, errListBack
	case now.Sub(l.began) > listPatience:
		return false, errListLong
	}
	l.after = next
	return true, nil
}

// listed asks the voting service for all pages of a list. Question asks for what stands after an entry; read takes a page apart, and tells
// its last entry if there are more.
func listed[T any](
	ctx context.Context, r *holderRecord, name string, question func(after string) ([]byte, error),
	read func(page []byte) (entries []T, next string, err error),
) ([]T, error) {
	var out []T
	l := listing{began: time.Now()}
	for more := true; more; {
		asked, err := question(l.after)
		if err != nil {
			return nil, fmt.Errorf("ask for %s: %w", name, err)
		}
		raw, err := r.call.Look(ctx, r.community, voting.Name, name, asked)
		if err != nil {
			return nil, err
		}
		entries, next, err := read(raw)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		if more, err = l.turn(time.Now(), next, len(entries), len(raw)); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		out = append(out, entries...)
	}
	return out, nil
}

// byID asks for what stands after an id.
func byID(after string) ([]byte, error) { return []byte(after), nil }
