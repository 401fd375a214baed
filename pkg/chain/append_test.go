package chain_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/natstest"
	"renlin.dev/pkg/telemetry"
)

// desk stands where a sequencer would: it is given each message and answers it when the test says so.
type desk struct {
	nc       *nats.Conn
	messages chan *nats.Msg
}

func newDesk(t *testing.T) (*desk, *chain.Client) {
	t.Helper()
	s := natstest.Run(t)
	d := &desk{nc: s.Connect(t), messages: make(chan *nats.Msg, 64)}
	if _, err := d.nc.ChanSubscribe(chain.AppendSubject("c", "*"), d.messages); err != nil {
		t.Fatal(err)
	}
	if err := d.nc.Flush(); err != nil {
		t.Fatal(err)
	}
	return d, chain.NewClient(s.Connect(t), "c", "proposal")
}

// answer answers every request of a message with a fault that names what it asked for, which shows whose answer it is.
func (d *desk) answer(t *testing.T, m *nats.Msg) (requests int) {
	t.Helper()
	parcel, several, err := chain.DecodeParcel(m.Data)
	if err != nil {
		t.Error(err)
		return 0
	}
	var replies [][]byte
	for _, one := range parcel {
		q, err := chain.DecodeRequest(one.Request)
		if err != nil {
			t.Error(err)
			return 0
		}
		replies = append(replies, (&chain.Reply{Fault: chain.ErrStale.WithIndex(uint64(q.ID[0]))}).Encode())
	}
	raw := replies[0]
	if several {
		raw = chain.EncodeReplies(replies)
	}
	if err := m.Respond(raw); err != nil {
		t.Error(err)
	}
	return len(parcel)
}

// ask asks for the receipt of an id and expects the answer to it.
func ask(ctx context.Context, c *chain.Client, n byte) error {
	_, err := c.Append(ctx, &chain.Request{Ask: chain.AskReceipt, ID: chain.CommandID{n}})
	var f *fault.Fault
	if !errors.As(err, &f) || !errors.Is(f, chain.ErrStale) || f.Index != uint64(n) {
		return fmt.Errorf("request %d was answered %w", n, err)
	}
	return nil
}

// TestAppendAlone: a request that is alone leaves at once and as it is, its trace context in the header.
func TestAppendAlone(t *testing.T) {
	t.Parallel()
	d, c := newDesk(t)
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	done := make(chan error, 1)
	go func() { done <- ask(telemetry.WithTraceparent(t.Context(), parent), c, 7) }()
	m := <-d.messages
	if _, several, err := chain.DecodeParcel(m.Data); several || err != nil || m.Header.Get(telemetry.HeaderParent) != parent {
		t.Errorf("several %v, %v, header %v", several, err, m.Header)
	}
	d.answer(t, m)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestAppendShares: what comes while messages are under way shares the next one, and each request gets its own answer.
func TestAppendShares(t *testing.T) {
	t.Parallel()
	d, c := newDesk(t)
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	var all sync.WaitGroup
	send := func(n byte) {
		all.Go(func() {
			if err := ask(telemetry.WithTraceparent(t.Context(), parent), c, n); err != nil {
				t.Error(err)
			}
		})
	}
	var under []*nats.Msg
	for n := range byte(chain.FlightsMax) {
		send(n)
		under = append(under, <-d.messages)
	}
	for n := byte(chain.FlightsMax); n < 100; n++ {
		send(n)
	}
	c.AwaitWaiting(100 - chain.FlightsMax)
	for _, m := range under {
		d.answer(t, m)
	}
	m := <-d.messages
	parcel, several, err := chain.DecodeParcel(m.Data)
	if err != nil || !several || len(parcel) != 100-chain.FlightsMax || parcel[0].Trace != parent || len(m.Header) != 0 {
		t.Errorf("parcel of %d, several %v, %v", len(parcel), several, err)
	}
	d.answer(t, m)
	all.Wait()
}

// TestAppendLoads: a message takes no more than it and its reply can hold.
func TestAppendLoads(t *testing.T) {
	t.Parallel()
	small := &chain.Request{Ask: chain.AskReceipt}
	of := func(commits, bytes int) *chain.Request {
		q := &chain.Request{Ask: chain.AskAppend}
		for range commits {
			q.Commits = append(q.Commits, make([]byte, bytes))
		}
		return q
	}
	for name, c := range map[string]struct {
		calls []*chain.Request
		want  []int
	}{
		"many":        {repeat(small, chain.ParcelRequestsMax+3), []int{chain.ParcelRequestsMax, 3}},
		"receipts":    {repeat(of(200, 1), 5), []int{2, 2, 1}},
		"bytes":       {repeat(of(1, 200<<10), 5), []int{3, 2}},
		"one too big": {[]*chain.Request{of(4, 199<<10), small}, []int{1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, client := newDesk(t)
			var all sync.WaitGroup
			send := func(q *chain.Request) {
				all.Go(func() {
					if _, err := client.Append(t.Context(), q); !errors.Is(err, chain.ErrStale) {
						t.Error(err)
					}
				})
			}
			var under []*nats.Msg
			for range chain.FlightsMax {
				send(small)
				under = append(under, <-d.messages)
			}
			for i, q := range c.calls {
				send(q)
				client.AwaitWaiting(i + 1)
			}
			d.answer(t, under[0])
			for i, want := range c.want {
				m := <-d.messages
				if got := d.answer(t, m); got != want {
					t.Errorf("message %d has %d requests, want %d", i, got, want)
				}
			}
			d.answer(t, under[1])
			all.Wait()
		})
	}
}

func repeat(q *chain.Request, n int) (out []*chain.Request) {
	for range n {
		out = append(out, q)
	}
	return out
}

// TestAppendFails: without an answer nobody knows what became of a request; what can never be sent is refused at once.
func TestAppendFails(t *testing.T) {
	t.Parallel()
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		c := chain.NewClient(natstest.Run(t).Connect(t), "c", "proposal")
		if _, err := c.Append(t.Context(), &chain.Request{Ask: chain.AskReceipt}); !errors.Is(err, chain.ErrRetry) {
			t.Error(err)
		}
	})
	t.Run("nobody waits any more", func(t *testing.T) {
		t.Parallel()
		d, c := newDesk(t)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { d.answer(t, func() *nats.Msg { m := <-d.messages; cancel(); return m }()) }()
		if _, err := c.Append(ctx, &chain.Request{Ask: chain.AskReceipt}); !errors.Is(err, chain.ErrRetry) && !errors.Is(err, chain.ErrStale) {
			t.Error(err)
		}
	})
	t.Run("nonsense", func(t *testing.T) {
		t.Parallel()
		d, c := newDesk(t)
		go func() { _ = (<-d.messages).Respond([]byte{9}) }()
		if _, err := c.Append(t.Context(), &chain.Request{Ask: chain.AskReceipt}); !errors.Is(err, chain.ErrRetry) {
			t.Error(err)
		}
	})
	t.Run("too large", func(t *testing.T) {
		t.Parallel()
		_, c := newDesk(t)
		q := &chain.Request{Ask: chain.AskAppend, Commits: [][]byte{make([]byte, 2<<20)}}
		if _, err := c.Append(t.Context(), q); !errors.Is(err, chain.ErrTooLarge) {
			t.Error(err)
		}
		if _, err := c.Append(t.Context(), &chain.Request{}); !errors.Is(err, chain.ErrMalformed) {
			t.Error(err)
		}
	})
}

// TestAppendBusy: what waits in a client is bounded.
func TestAppendBusy(t *testing.T) {
	t.Parallel()
	d, c := newDesk(t)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for i := range chain.FlightsMax + chain.CallsMax {
		all.Go(func() { _, _ = c.Append(ctx, &chain.Request{Ask: chain.AskReceipt}) })
		if i < chain.FlightsMax {
			<-d.messages // never answered
		}
	}
	c.AwaitWaiting(chain.CallsMax)
	if _, err := c.Append(ctx, &chain.Request{Ask: chain.AskReceipt}); !errors.Is(err, chain.ErrBusy) {
		t.Error(err)
	}
	cancel()
	all.Wait()
}

// TestRepliesOfAParcel: exactly as many replies as requests, or one fault for all.
func TestRepliesOfAParcel(t *testing.T) {
	t.Parallel()
	one := (&chain.Reply{Repeated: true}).Encode()
	if got, err := chain.DecodeReplies(chain.EncodeReplies([][]byte{one, one}), 2); err != nil || len(got) != 2 || !got[1].Repeated {
		t.Errorf("%v, %v", got, err)
	}
	all, err := chain.DecodeReplies((&chain.Reply{Fault: chain.ErrMalformed}).Encode(), 2)
	if err != nil || !errors.Is(all[0].Fault, chain.ErrMalformed) || !errors.Is(all[1].Fault, chain.ErrMalformed) {
		t.Errorf("%v, %v", all, err)
	}
	for name, raw := range map[string][]byte{
		"nothing": nil, "fewer": chain.EncodeReplies([][]byte{one}), "more": chain.EncodeReplies([][]byte{one, one, one}),
		"no parcel": one, "broken fault": {1, '{'}, "broken reply": chain.EncodeReplies([][]byte{one, {7}}),
		"left over": append(chain.EncodeReplies([][]byte{one, one}), 0),
	} {
		if got, err := chain.DecodeReplies(raw, 2); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// FuzzParcel: whatever comes is a parcel in its one encoding, a request alone, or refused.
func FuzzParcel(f *testing.F) {
	f.Add(chain.EncodeParcel([]chain.Parceled{{Trace: "t", Request: []byte{3}}, {Request: []byte{2, 0}}}))
	f.Add([]byte{4, 0xff, 0xff})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		parcel, several, err := chain.DecodeParcel(raw)
		switch {
		case err != nil:
		case several && string(chain.EncodeParcel(parcel)) != string(raw):
			t.Errorf("%x is a parcel in a second encoding", raw)
		case !several && (len(parcel) != 1 || string(parcel[0].Request) != string(raw)):
			t.Errorf("%x alone became %v", raw, parcel)
		}
		_, _ = chain.DecodeReplies(raw, len(parcel))
	})
}
