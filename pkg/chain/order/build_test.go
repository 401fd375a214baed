package order_test

import (
	"encoding/binary"
	"errors"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
)

// start is the block time at which most tests begin, in ms.
const start = int64(1_700_000_000_000)

// kinds is what the services of these tests may write.
var kinds = map[string][]string{
	"community": {"community", "member"},
	"proposal":  {"topic", "second"},
}

// fakeSign leaves a mark of the header's hash where a signature would stand.
func fakeSign(h chain.Header) chain.Sealed {
	s := chain.Sealed{Header: h}
	hash := h.Hash()
	copy(s.Sig[:], hash[:])
	return s
}

func newMachine() *order.Machine {
	return order.New(order.Config{Epoch: 1, Sign: fakeSign, Kinds: kinds})
}

// draft describes a commit of a test; zero fields get the usual value.
type draft struct {
	author      chain.Author
	service     string
	key         string // of the author
	idem        string
	body        string
	time        int64
	notAfter    int64
	cause       uint64
	actor       string
	from, until int64
	reads       []chain.Read
	collections []chain.Read
	changes     []chain.Change
	id          chain.CommandID
	salt        uint64
	padding     int
}

// change is one change with one event.
func change(aggregate string, version uint64) chain.Change {
	return chain.Change{Aggregate: aggregate, Version: version, Events: []chain.Event{{Type: "t.Done", Body: []byte("x")}}}
}

func (d draft) encode(tb testing.TB) []byte {
	tb.Helper()
	if d.author == 0 {
		d.author = chain.AuthorDevice
	}
	if d.service == "" {
		d.service = "proposal"
	}
	if d.key == "" {
		d.key = "key"
	}
	if d.time == 0 {
		d.time = start
	}
	signed := chain.Signed{Operation: d.service + ".test", Contract: 1, IdempotencyKey: d.idem, NotAfter: d.notAfter, Body: []byte(d.body)}
	if d.author != chain.AuthorPolicy {
		signed.Signatures = []chain.Signature{{Key: []byte(d.key), Sig: []byte("sig")}}
	}
	if d.author <= chain.AuthorCredential && d.notAfter == 0 {
		signed.NotAfter = d.time + 600_000
	}
	command, err := signed.Encode(nil)
	if err != nil {
		tb.Fatal(err)
	}
	id, err := signed.ID(d.author, d.service)
	if err != nil {
		tb.Fatal(err)
	}
	if d.id != (chain.CommandID{}) {
		id = d.id
	}
	c := chain.Commit{
		Author: d.author, Time: d.time, ID: id, Cause: d.cause, Service: d.service, Actor: d.actor,
		WindowFrom: d.from, WindowUntil: d.until, Command: command, Reads: d.reads, Collections: d.collections, Changes: d.changes,
	}
	binary.BigEndian.PutUint64(c.Salt[:], d.salt)
	if d.padding > 0 {
		c.Changes[0].Events = append(c.Changes[0].Events, chain.Event{Type: "t.Padding", Body: make([]byte, d.padding)})
	}
	raw, err := c.Encode()
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

// appendOf asks for commits, all or none.
func appendOf(tb testing.TB, drafts ...draft) *chain.Request {
	tb.Helper()
	q := &chain.Request{Ask: chain.AskAppend}
	for _, d := range drafts {
		q.Commits = append(q.Commits, d.encode(tb))
	}
	return q
}

// genesis is the founding commit of every test.
var genesis = draft{
	author: chain.AuthorGenesis, service: "community", body: "found",
	changes: []chain.Change{change("community/main", 1)},
}

// world drives a machine the way a shell does and keeps what was published.
type world struct {
	tb     testing.TB
	m      *order.Machine
	now    int64
	blocks [][]byte
}

// founded gives a world whose block 0 is durable.
func founded(tb testing.TB) *world {
	tb.Helper()
	w := &world{tb: tb, m: newMachine(), now: start}
	if r := w.do("community", appendOf(tb, genesis)); r.Fault != nil {
		tb.Fatalf("found: %v", r.Fault)
	}
	return w
}

// admit hands a request over and expects room for it.
func (w *world) admit(service string, q *chain.Request) order.Ticket {
	w.tb.Helper()
	ticket, ok := w.m.Admit(service, q, w.now)
	if !ok {
		w.tb.Fatal("no room in the open block")
	}
	return ticket
}

// flush makes everything staged durable and answers the verdicts.
func (w *world) flush() []order.Verdict {
	w.tb.Helper()
	raw, ok := w.m.Seal(nil)
	if !ok {
		return w.m.Release()
	}
	w.blocks = append(w.blocks, raw)
	return w.m.Confirm()
}

func (w *world) read(number uint64) ([]byte, error) {
	if number >= uint64(len(w.blocks)) {
		return nil, errors.New("no such block")
	}
	return w.blocks[number], nil
}

func (w *world) reply(v order.Verdict) *chain.Reply {
	w.tb.Helper()
	r, err := v.Reply(w.read)
	if err != nil {
		w.tb.Fatal(err)
	}
	return r
}

// do admits one request, makes it durable and answers its reply.
func (w *world) do(service string, q *chain.Request) *chain.Reply {
	w.tb.Helper()
	ticket := w.admit(service, q)
	verdicts := w.flush()
	if len(verdicts) != 1 || verdicts[0].Ticket != ticket {
		w.tb.Fatalf("%d verdicts for one request", len(verdicts))
	}
	return w.reply(verdicts[0])
}
