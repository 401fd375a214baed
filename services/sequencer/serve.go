package sequencer

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/telemetry"
)

// service is the sequencer's side of NATS request and reply.
type service struct {
	s      *Sequencer
	nc     *nats.Conn
	prefix string        // of the append subjects, up to the service's name
	slow   chan *pending // repeats, whose answer needs a look into the stream
	done   chan struct{} // closed when every reply was written
}

// slowMax bounds the repeats that wait for a look into the stream.
const slowMax = 1024

// Serve answers the services' requests and the question for Info over NATS, until Close. The community must be founded. The
// service in whose name a request acts is taken from its subject, which is for NATS permissions to guard.
func (s *Sequencer) Serve() error {
	now := s.now.Load()
	if now.head == nil {
		return errors.New("serve sequencer: the community is not founded")
	}
	nc, err := s.dial()
	if err != nil {
		return fmt.Errorf("serve sequencer: connect: %w", err)
	}
	community := chain.CommunityID(now.head.Genesis)
	v := &service{
		s: s, nc: nc, prefix: chain.AppendSubject(community, ""), slow: make(chan *pending, slowMax), done: make(chan struct{}),
	}
	s.serving.Lock()
	defer s.serving.Unlock()
	if s.service != nil {
		nc.Close()
		return errors.New("serve sequencer: it is served already")
	}
	s.service = v
	go v.write()
	go v.look()
	if _, err := nc.Subscribe(chain.AppendSubject(community, "*"), v.handle); err != nil {
		return fmt.Errorf("serve sequencer: %w", err)
	}
	if _, err := nc.Subscribe(chain.InfoSubject(community), v.answerInfo); err != nil {
		return fmt.Errorf("serve sequencer: %w", err)
	}
	if err := nc.Flush(); err != nil {
		return fmt.Errorf("serve sequencer: %w", err)
	}
	return nil
}

// envelope is a message whose requests are to be answered: together, once every answer is there.
type envelope struct {
	reply   string // subject
	several bool
	answers [][]byte
	left    atomic.Int32
}

func (v *service) handle(m *nats.Msg) {
	if !chain.IsInbox(m.Reply) {
		return // nobody could ever learn what became of it
	}
	if v.s.deposed.Load() {
		_ = m.Sub.Unsubscribe() // who took our place gets the same requests, and its answers must not be drowned by ours
		return
	}
	parcel, several, err := chain.DecodeParcel(m.Data)
	if err != nil {
		v.publish(m.Reply, (&chain.Reply{Fault: chain.ErrMalformed.Because(err)}).Encode())
		return
	}
	back := &envelope{reply: m.Reply, several: several, answers: make([][]byte, len(parcel))}
	back.left.Store(int32(len(parcel)))
	if !several {
		parcel[0].Trace = m.Header.Get(telemetry.HeaderParent)
	}
	from := strings.TrimPrefix(m.Subject, v.prefix)
	for i := range parcel {
		v.take(from, parcel[i], back, i)
	}
}

// take puts one request in line, or answers it at once.
func (v *service) take(from string, one chain.Parceled, back *envelope, place int) {
	q, err := chain.DecodeRequest(one.Request)
	if err != nil {
		v.reply(back, place, &chain.Reply{Fault: chain.ErrMalformed.Because(err)})
		return
	}
	p := v.s.pool.Get().(*pending)
	p.begin(telemetry.WithTraceparent(v.s.life, one.Trace), v.s.meter.now())
	p.back, p.place = back, place
	v.s.rules.Prepare(&p.prepared, from, q)
	err = p.prepared.Fault()
	if err == nil {
		err = v.s.queue.put(p)
	}
	if err != nil {
		v.reply(back, place, &chain.Reply{Fault: err})
		v.s.meter.refused(err)
		p.endSpan(err)
		v.free(p)
	}
}

// write sends the answers that the loop hands over.
func (v *service) write() {
	defer close(v.done)
	for batch := range v.s.replies {
		for _, p := range batch {
			if !p.verdict.Repeated {
				v.answer(p)
				continue
			}
			select {
			case v.slow <- p:
			default:
				v.reply(p.back, p.place, &chain.Reply{Fault: chain.ErrRetry})
			}
		}
	}
}

func (v *service) look() {
	for {
		select {
		case p := <-v.slow:
			v.answer(p)
		case <-v.done:
			return
		}
	}
}

func (v *service) answer(p *pending) {
	reply, err := p.verdict.Reply(v.s.readBlock(v.s.life))
	if err != nil {
		reply = &chain.Reply{Fault: chain.ErrRetry.Because(err)}
	}
	v.reply(p.back, p.place, reply)
	v.free(p)
}

func (v *service) free(p *pending) {
	p.end()
	v.s.pool.Put(p)
}

// reply notes one answer, and sends the envelope back with the last one.
func (v *service) reply(back *envelope, place int, reply *chain.Reply) {
	back.answers[place] = reply.Encode()
	switch {
	case back.left.Add(-1) > 0:
	case back.several:
		v.publish(back.reply, chain.EncodeReplies(back.answers))
	default:
		v.publish(back.reply, back.answers[0])
	}
}

func (v *service) publish(subject string, raw []byte) {
	if err := v.nc.Publish(subject, raw); err != nil {
		v.s.log.Warn("reply failed", "error", err) // the client will ask again
	}
}

func (v *service) answerInfo(m *nats.Msg) {
	if !chain.IsInbox(m.Reply) {
		return
	}
	raw, err := json.Marshal(v.s.Info())
	if err == nil {
		err = m.Respond(raw)
	}
	if err != nil {
		v.s.log.Warn("reply failed", "error", err)
	}
}

// close waits until every answer was written.
func (v *service) close() {
	close(v.s.replies)
	<-v.done
	if err := v.nc.Flush(); err != nil {
		v.s.log.Warn("reply failed", "error", err)
	}
	v.nc.Close()
}
