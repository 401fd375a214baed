package pollcheck

import (
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// TestBetween: what is hidden at either end is not between.
func TestBetween(t *testing.T) {
	t.Parallel()
	h := hidden{3, 7}
	for _, tt := range []struct {
		from, to *said
		want     bool
	}{
		{&said{index: 2}, &said{index: 4}, true}, {&said{index: 3}, &said{index: 7}, false}, {&said{index: 4}, &said{index: 6}, false},
		{&said{index: 6}, &said{index: 9}, true}, {&said{index: 8}, &said{index: 9}, false}, {&said{index: 0}, &said{index: 2}, false},
		{nil, &said{index: 9}, false}, {&said{index: 0}, nil, false}, {nil, nil, false},
	} {
		if got := h.between(tt.from, tt.to); got != tt.want {
			t.Errorf("%+v to %+v: %v", tt.from, tt.to, got)
		}
	}
}

// TestExplained: what is withheld behind a poll's end explains nothing, and what is withheld before it began only what rests on it.
func TestExplained(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		hidden uint64
		by     absence
		want   bool
	}{
		{5, never, false}, {5, ofPoll, true}, {5, ofRecord, true},
		{3, ofPoll, false}, {4, ofPoll, false}, {3, ofRecord, true}, {3, never, false},
		{7, ofPoll, false}, {8, ofPoll, false}, {7, ofRecord, false}, {8, ofRecord, false},
	} {
		c := &checking{poll: &poll{facts: []*said{{index: 4}, {index: 7}}}, hidden: hidden{tt.hidden}}
		if got := c.explained(tt.by); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
	if got := at(nil); got != (place{}) {
		t.Errorf("what is not there is at %+v", got)
	}
}

// aCommit holds one event.
func aCommit(t *testing.T, aggregate, kind string, body []byte) []byte {
	t.Helper()
	signed := &chain.Signed{Suite: chain.SuiteNone, Operation: "some.thing", Contract: 1, IdempotencyKey: "1", Body: []byte("{}")}
	command, err := signed.Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	return committed(t, command, aggregate, kind, body)
}

func committed(t *testing.T, command []byte, aggregate, kind string, body []byte) []byte {
	t.Helper()
	raw, err := (&chain.Commit{
		Author: chain.AuthorPolicy, Time: 1, Rules: 1, Service: "voting", Command: command,
		Changes: []chain.Change{{Aggregate: aggregate, Version: 1, Events: []chain.Event{{Type: kind, Body: body}}}},
	}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestUnreadable: what cannot be read counts as withheld, and what is said of a poll that nobody called is of none.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	const called, closed = "renlin.voting.v1.PollCalled", "renlin.voting.v1.PollClosed"
	for name, tt := range map[string]struct {
		raw             []byte
		withheld, polls int
	}{
		"a call":                  {aCommit(t, "poll/a", called, nil), 0, 1},
		"nothing":                 {nil, 1, 0},
		"what is no commit":       {[]byte("nothing"), 1, 0},
		"what is no command":      {committed(t, []byte{0xff}, "poll/a", called, nil), 1, 0},
		"an event of later times": {aCommit(t, "poll/a", "renlin.voting.v1.PollDreamt", nil), 1, 0},
		"an event that is none":   {aCommit(t, "poll/a", called, []byte{0xff}), 1, 0},
		"a close of no poll":      {aCommit(t, "poll/a", closed, nil), 0, 0},
	} {
		c := New(nil)
		c.Add(0, tt.raw)
		if r := c.Report(); r.Withheld != tt.withheld || len(r.Polls) != tt.polls {
			t.Errorf("%s: %d withheld, %d polls", name, r.Withheld, len(r.Polls))
		}
	}
}

// TestField: the last one of a number counts, and of what cannot be read to its end there is none.
func TestField(t *testing.T) {
	t.Parallel()
	one := protowire.AppendBytes(protowire.AppendTag(nil, 3, protowire.BytesType), []byte("one"))
	two := protowire.AppendBytes(protowire.AppendTag(nil, 3, protowire.BytesType), []byte("two"))
	number := protowire.AppendVarint(protowire.AppendTag(nil, 3, protowire.VarintType), 7)
	for name, tt := range map[string]struct {
		raw  []byte
		want string
	}{
		"one": {one, "one"}, "two": {append(append([]byte{}, one...), two...), "two"}, "none": {nil, ""},
		"a number": {number, ""}, "one and a number": {append(append([]byte{}, one...), number...), "one"},
		"half a tag": {append(append([]byte{}, one...), 0x80), ""}, "half a text": {append(append([]byte{}, two...), one[:len(one)-1]...), ""},
	} {
		if got := field(tt.raw, 3); string(got) != tt.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	raw, err := proto.Marshal(&votingv1.PollClosed{Ballots: 7})
	if err != nil || field(raw, 3) != nil {
		t.Error(err, "a close has a question")
	}
}

// TestSealedIn: a commit is in the first block that reaches behind it.
func TestSealedIn(t *testing.T) {
	t.Parallel()
	c := New(nil)
	c.Block(0, 3, chain.Hash{1})
	c.Block(3, 2, chain.Hash{2})
	for index, want := range []chain.Hash{{1}, {1}, {1}, {2}, {2}, {}} {
		if got, shown := sealedIn(c.blocks, uint64(index)); got != want || shown != (want != chain.Hash{}) {
			t.Errorf("commit %d: %x", index, got[:1])
		}
	}
}
