package decider

import (
	"cmp"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
)

// Owed is a demand that is not on the record yet.
type Owed struct {
	ID        chain.CommandID
	Purpose   string
	Operation string
	Body      []byte // protobuf
	Due       int64  // ms since the Unix epoch; 0 for at once
	Cause     uint64 // position of the commit whose fact demanded it
	Since     int64  // block time of the cause; from there, or from Due if later, lateness is measured
}

// OwedNow lists what is demanded and due at a time, oldest cause first.
func (s *State) OwedNow(now int64) []*Owed {
	var due []*Owed
	s.due.until(now, func(o *Owed) {
		if s.owed[o.ID] == o {
			due = append(due, o)
		}
	})
	slices.SortFunc(due, func(a, b *Owed) int {
		return cmp.Or(cmp.Compare(a.Cause, b.Cause), strings.Compare(a.Purpose, b.Purpose))
	})
	return due
}

// Owes finds a demand by its id; nil when it is done or was never demanded.
func (s *State) Owes(id chain.CommandID) *Owed { return s.owed[id] }

// demand notes what a fact triggers. A purpose that is done or demanded already is passed over: it never comes round again.
func (s *State) demand(meta *Meta, d Demand) {
	id := chain.PolicyID(s.model.Service, d.Purpose)
	if s.done[id] > 0 || s.owed[id] != nil {
		return
	}
	op := s.model.ops[d.Operation]
	if op == nil || !op.Policy {
		panic("policy demands an operation that is not one of its service's policies: " + d.Operation)
	}
	if len(d.Purpose) == 0 || len(d.Purpose) > chain.IdempotencyKeyBytesMax {
		panic("policy's purpose is empty or too long, at operation " + d.Operation)
	}
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(d.Body)
	if err != nil {
		panic("policy's body cannot be encoded: " + err.Error())
	}
	s.owe(&Owed{
		ID: id, Purpose: d.Purpose, Operation: d.Operation, Body: body, Due: d.Due, Cause: meta.Position, Since: meta.BlockTime,
	})
}

func (s *State) owe(o *Owed) {
	s.owed[o.ID] = o
	s.due.push(o)
}

func (s *State) settle(id chain.CommandID) {
	if s.owed[id] == nil {
		return
	}
	delete(s.owed, id)
	s.due.tidy(s.owed)
}

// dueHeap orders demands by due time, so that a hundred thousand timers in the future cost nothing today. Those that are done
// stay in it until they reach the top or outnumber the rest.
type dueHeap []*Owed

func (h *dueHeap) push(o *Owed) {
	*h = append(*h, o)
	for i := len(*h) - 1; i > 0; {
		parent := (i - 1) / 2
		if (*h)[parent].Due <= (*h)[i].Due {
			return
		}
		(*h)[parent], (*h)[i] = (*h)[i], (*h)[parent]
		i = parent
	}
}

// until visits everything due at a time, in no particular order.
func (h dueHeap) until(now int64, visit func(*Owed)) { h.walk(0, now, visit) }

func (h dueHeap) walk(i int, now int64, visit func(*Owed)) {
	if i >= len(h) || h[i].Due > now {
		return
	}
	visit(h[i])
	h.walk(2*i+1, now, visit)
	h.walk(2*i+2, now, visit)
}

// tidy builds the heap anew once most of it is done.
func (h *dueHeap) tidy(owed map[chain.CommandID]*Owed) {
	if len(*h) < 2*len(owed)+64 {
		return
	}
	old := *h
	*h = make(dueHeap, 0, len(owed)+64)
	for _, o := range old {
		if owed[o.ID] == o {
			h.push(o)
		}
	}
}
