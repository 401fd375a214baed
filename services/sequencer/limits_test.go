package sequencer

import (
	"context"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/natstest"
)

func TestSizes(t *testing.T) {
	t.Parallel()
	s, srv := served(t)
	client := chain.NewClient(srv.ConnectTCP(t), s.Info().Community, "proposal")
	overhead := len(draft{id: "1", topic: "a", padding: 1}.encode(t)) - 1
	sized := func(id string, bytes int) []byte {
		return draft{id: id, topic: id, padding: bytes - overhead}.encode(t)
	}
	largest := sized("1", chain.CommitBytesMax)
	if len(largest) != chain.CommitBytesMax {
		t.Fatalf("a commit of %d bytes", len(largest))
	}
	filling := chain.BlockBytesMax - chain.SealedHeaderBytes - 2*chain.CommitBytesMax - 3*chain.CommitOverheadBytes
	tooLong := append([]byte(nil), largest...)
	tooLong = append(tooLong, 0)
	for name, row := range map[string]struct {
		commits [][]byte
		want    error
	}{
		"largest commit":       {[][]byte{largest}, nil},
		"one byte more":        {[][]byte{tooLong}, chain.ErrTooLarge},
		"a full block":         {[][]byte{sized("2", chain.CommitBytesMax), sized("3", chain.CommitBytesMax), sized("4", filling)}, nil},
		"a block and a byte":   {[][]byte{sized("5", chain.CommitBytesMax), largest, sized("7", filling+1)}, chain.ErrTooLarge},
		"more than NATS takes": {[][]byte{largest, largest, largest, largest, largest}, chain.ErrTooLarge},
	} {
		for way, by := range map[string]chain.Appender{"here": s.For("proposal"), "over NATS": client} {
			_, err := by.Append(t.Context(), appendOf(row.commits...))
			if row.want == nil && err != nil {
				t.Errorf("%s, %s: %v", name, way, err)
			}
			if row.want != nil {
				wantFault(t, err, row.want)
				if fault.Of(err).Kind != fault.TooLarge {
					t.Errorf("%s, %s: kind %v", name, way, fault.Of(err).Kind)
				}
			}
		}
	}
	many := [][]byte{}
	for i := range chain.RequestCommitsMax + 1 {
		many = append(many, commitOf(t, fmt.Sprintf("m%d", i), fmt.Sprintf("m%d", i), 1))
	}
	_, err := s.Append(t.Context(), "proposal", appendOf(many...))
	wantFault(t, err, chain.ErrMalformed)
	if reply := mustAppend(t, s, many[1:]...); len(reply.Receipts) != chain.RequestCommitsMax {
		t.Errorf("%d receipts", len(reply.Receipts))
	}
}

// More than one block waits: what does not fit goes into the next, in order, and nothing is refused for that.
func TestWhatDoesNotFitWaits(t *testing.T) {
	t.Parallel()
	cfg := configOf(t, natstest.Run(t))
	tap := tapInto(&cfg)
	s := foundedOn(t, cfg)
	tap.await(t)
	tap.hold()
	first := put(t, s, "proposal", appendOf(commitOf(t, "first", "first", 1)))
	tap.await(t)
	var asks []*ask
	for i := range 8 { // three fit into a block
		asks = append(asks, put(t, s, "proposal", appendOf(draft{id: fmt.Sprint(i), topic: fmt.Sprint(i), padding: 200 << 10}.encode(t))))
	}
	settled(t, s)
	tap.release()
	first.reply(t)
	for i, a := range asks {
		r := a.reply(t)
		if r.Fault != nil || r.Receipts[0].Index != uint64(i+2) || r.Receipts[0].Count > 3 {
			t.Errorf("request %d: %+v", i, r)
		}
	}
	if info := s.Info(); info.Blocks != 5 {
		t.Errorf("%d blocks, want 2 and 3 more", info.Blocks)
	}
}

func TestFullQueueAnswersAtOnce(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){
		"by number": func(c *Config) { c.QueueMax = 3 },
		"by size":   func(c *Config) { c.QueueBytesMax = 3 * 700 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := natstest.Run(t)
			cfg := configOf(t, srv)
			change(&cfg)
			s := foundedOn(t, cfg)
			if err := s.Serve(); err != nil {
				t.Fatal(err)
			}
			release := stall(t, s)
			var asks []*ask
			for i := range 3 {
				asks = append(asks, put(t, s, "proposal", appendOf(commitOf(t, fmt.Sprint(i), fmt.Sprint(i), 1))))
			}
			late := commitOf(t, "late", "late", 1)
			_, err := s.Append(t.Context(), "proposal", appendOf(late))
			wantFault(t, err, chain.ErrBusy)
			client := chain.NewClient(srv.Connect(t), s.Info().Community, "proposal")
			_, err = client.Append(t.Context(), appendOf(late))
			wantFault(t, err, chain.ErrBusy)
			release()
			for _, a := range asks {
				if f := a.reply(t).Fault; f != nil {
					t.Error(f)
				}
			}
			if reply := mustAppend(t, s, late); reply.Repeated {
				t.Error("a request that was answered busy was written")
			}
		})
	}
}

// stall keeps the loop from taking anything until release is called.
func stall(t *testing.T, s *Sequencer) (release func()) {
	t.Helper()
	entered, leave := make(chan struct{}), make(chan struct{})
	go func() {
		s.control <- func() {
			close(entered)
			<-leave
		}
	}()
	wait(t, entered, "turn of the loop")
	return func() { close(leave) }
}

// A caller whose context ends before its turn: nothing is written, and it is told so.
func TestGivenUpBeforeItsTurn(t *testing.T) {
	t.Parallel()
	s := foundedOn(t, configOf(t, natstest.Run(t)))
	release := stall(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	raw := commitOf(t, "1", "a", 1)
	answer := make(chan error, 1)
	go func() {
		_, err := s.Append(ctx, "proposal", appendOf(raw))
		answer <- err
	}()
	wait(t, s.queue.wake, "request in the queue")
	cancel()
	wantFault(t, wait(t, answer, "answer"), chain.ErrBusy)
	s.queue.signal() // what the test took away
	release()
	settled(t, s)
	if s.Info().Size != 1 {
		t.Fatal("it was written after all")
	}
	if reply := mustAppend(t, s, raw); reply.Repeated {
		t.Error("it was written after all")
	}
}

// Repeats need a look into the stream. When more of them wait than is allowed, the next is told to try again, and appends are not
// held up.
func TestSlowRepeatsHoldNobodyUp(t *testing.T) {
	t.Parallel()
	s, srv := served(t)
	raw := commitOf(t, "1", "a", 1)
	mustAppend(t, s, raw)
	nc := srv.ConnectTCP(t)
	answers := make(chan *nats.Msg, 2*slowMax)
	inbox := nc.NewRespInbox()
	if _, err := nc.ChanSubscribe(inbox, answers); err != nil {
		t.Fatal(err)
	}
	s.blocks.mu.Lock() // nobody can look anything up
	const tooMany = 3
	for range 1 + slowMax + tooMany { // one is being looked up, so many may wait
		m := &nats.Msg{Subject: chain.AppendSubject(s.Info().Community, "proposal"), Reply: inbox, Data: must(appendOf(raw).Encode())}
		if err := nc.PublishMsg(m); err != nil {
			t.Fatal(err)
		}
	}
	client := chain.NewClient(nc, s.Info().Community, "proposal")
	other := commitOf(t, "2", "b", 1)
	reply, err := client.Append(t.Context(), appendOf(other)) // behind all of them
	s.blocks.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	checkReceipt(t, reply, other, 2)
	retries := 0
	for range 1 + slowMax + tooMany {
		reply, err := chain.DecodeReply(wait(t, answers, "answer to a repeat").Data)
		if err != nil {
			t.Fatal(err)
		}
		if reply.Fault != nil {
			wantFault(t, reply.Fault, chain.ErrRetry)
			retries++
			continue
		}
		checkReceipt(t, reply, raw, 1)
	}
	if retries < tooMany || retries > tooMany+1 {
		t.Errorf("%d repeats were put off, want %d", retries, tooMany)
	}
}
