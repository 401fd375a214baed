package process

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/services/gateway"
	"renlin.dev/services/renlin/internal/bus"
)

// A part tells the operator's gateway how it does, on part.<name>.state and part.<name>.metrics, and takes one order, part.<name>.again:
// to begin a community's work again that it has set aside. Those that run at other organisations tell how they do, and take no order.

// work is how a part's work for one community goes, beside what its check says.
type work struct {
	tries int
	aside bool
	why   string
	since time.Time
	again chan struct{} // has room for one
}

// whyBytesMax cuts what is told of how work ended, as a line of the log is.
const whyBytesMax = 512

// begun notes that a community's work begins.
func (w *watch) begun(community string) *work {
	w.mu.Lock()
	defer w.mu.Unlock()
	one := w.told[community]
	if one == nil {
		one = &work{again: make(chan struct{}, 1)}
		w.told[community] = one
	}
	one.tries++
	return one
}

// ended notes how a community's work ended, and whether it is set aside.
func (w *watch) ended(one *work, err error, aside bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	one.aside, one.since, one.why = aside, time.Now(), ""
	if err != nil {
		one.why = err.Error()[:min(len(err.Error()), whyBytesMax)]
	}
}

// errAgain says that work was begun again on an operator's word.
var errAgain = errors.New("the operator has it begun again")

// hopeless tells whether work that ended so would end the same way if it were begun again by itself.
func hopeless(err error) bool { return errors.Is(err, errFinal) || errors.Is(err, decider.ErrFold) }

// aside waits, with a community's work set aside, until the operator has it begun again or the process ends.
func (w *watch) aside(ctx context.Context, community string, one *work, err error) error {
	w.log.Warn("work for a community is set aside", "community", community, "err", err)
	w.ended(one, err, true)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-one.again:
		w.ended(one, errAgain, false)
		return errAgain
	}
}

// answer offers what the operator's gateway may ask. It lasts as long as the connection.
func (w *watch) answer(nc *nats.Conn) {
	if !slices.Contains(bus.Parts(), w.name) || w.name == bus.Gateway {
		return // part of another part, or who asks
	}
	offers := map[string]func([]byte) ([]byte, error){"state": w.state, "metrics": w.measured}
	if bus.TakesOrders(w.name) {
		offers["again"] = w.order
	}
	for what, offer := range offers { // any order: all are there at the end
		_, err := nc.Subscribe("part."+w.name+"."+what, func(m *nats.Msg) {
			raw, err := offer(m.Data)
			reply := gateway.PartReply{Data: raw}
			if f := fault.Of(err); f != nil {
				reply.Fault = f.Code
			}
			raw, err = json.Marshal(reply)
			if err == nil {
				err = m.Respond(raw)
			}
			if err != nil {
				w.log.Warn("a part could not tell how it does", "part", w.name, "err", err)
			}
		})
		if err != nil {
			w.log.Warn("a part cannot tell how it does", "part", w.name, "err", err)
		}
	}
}

// stateWait bounds the checks of one answer.
const stateWait = time.Second

func (w *watch) state([]byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), stateWait) // a question of the bus comes with no context
	defer cancel()
	out := gateway.PartState{Process: w.process}
	w.mu.Lock()
	checks := map[string]check{}
	for community, check := range w.works { // any order: whoever is told sorts
		checks[community] = check
		told := gateway.WorkState{Community: community, Follows: w.follows}
		if one := w.told[community]; one != nil {
			told.Tries, told.Aside, told.Why = one.tries, one.aside, one.why
			if !one.since.IsZero() {
				told.Since = one.since.UnixMilli()
			}
		}
		out.Works = append(out.Works, told)
	}
	w.mu.Unlock()
	for i := range out.Works { // outside the lock: a check may take its time
		told := &out.Works[i]
		if f := fault.Of(checks[told.Community](ctx)); f != nil {
			told.Fault = f.Code
		}
		if w.position != nil {
			told.Position = w.position(told.Community)
		}
	}
	return json.Marshal(out)
}

// measured gives everything that the process measures, packed.
func (w *watch) measured([]byte) ([]byte, error) {
	samples, err := w.metrics.Samples()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if err := json.NewEncoder(z).Encode(samples); err != nil {
		return nil, err
	}
	return out.Bytes(), z.Close()
}

// order begins a community's work again, if it was set aside.
func (w *watch) order(community []byte) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	one := w.told[string(community)]
	if one == nil || !one.aside {
		return nil, gateway.ErrNotAside
	}
	select {
	case one.again <- struct{}{}:
	default: // it was told already
	}
	return nil, nil
}
