package decider

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
)

// Faults of judging itself.
var (
	// ErrOperation: no such operation, or not of this contract version.
	ErrOperation = fault.New(fault.NotFound, "operation.unknown", "This operation does not exist.", "该操作不存在。")
	// ErrBody: the body does not fit the operation: unknown fields, wrong types, ill-formed text.
	ErrBody = fault.New(fault.Invalid, "body.malformed", "The request's content could not be read.", "无法读取请求内容。")
	// ErrNotOwed: a policy command that no rule demands.
	ErrNotOwed = fault.New(fault.Forbidden, "policy.not_owed", "No rule demands this.", "没有规则要求执行此操作。")
	// ErrRetired: the thing is closed for good.
	ErrRetired = fault.New(fault.Refused, "aggregate.retired", "This is closed for good.", "该事项已归档，不能再更改。")
	// ErrNothing: the command would change nothing.
	ErrNothing = fault.New(fault.Refused, "command.nothing", "There is nothing to change.", "没有需要更改的内容。")
)

// Input is a command on its way to a decision.
type Input struct {
	Raw    []byte        // the encoded Signed, exactly
	Signed *chain.Signed // decoded from Raw; its signatures already checked by the caller
	ID     chain.CommandID
	Time   int64
	Salt   [16]byte
	// Policy says that the command is a rule's; it must be owed.
	Policy bool
	// Genesis says that the command founds the community.
	Genesis bool
}

// Verdict is a decision with everything that it rested on. With Err set, Commit is nil and the reads tell what the refusal rested
// on.
type Verdict struct {
	Commit      *chain.Commit
	Reads       []chain.Read
	Collections []chain.Read
	Err         error
}

// Judge runs the rules on a command over a state (and an overlay, inside a batch). It changes neither.
func (s *State) Judge(in *Input) *Verdict { return s.judge(nil, in) }

func (s *State) judge(over *overlay, in *Input) *Verdict {
	v := &View{base: s, over: over}
	cmd, op, owed, err := s.open(in)
	if err != nil {
		return &Verdict{Err: err}
	}
	var changes []Change
	if owed == nil && s.model.guard != nil {
		err = s.model.guard(v, cmd, op)
	} else if owed == nil && cmd.Author == 0 {
		cmd.Author, cmd.Actor = chain.AuthorDevice, chain.KeyID(cmd.Keys[0])
	}
	if err == nil {
		changes, err = op.decide(v, cmd)
	}
	if err == nil && len(changes) == 0 {
		err = ErrNothing
	}
	if err != nil && owed != nil { // a policy command is never refused
		v.Window(0, 0)
		changes, err = []Change{s.lapse(owed, err)}, nil
	}
	encoded, err := s.encodeChanges(v, changes, err)
	reads, colls := v.readSet(encoded)
	if err != nil {
		return &Verdict{Reads: reads, Collections: colls, Err: err}
	}
	c := &chain.Commit{
		Author: cmd.Author, Time: in.Time, Rules: s.rules, Salt: in.Salt, ID: in.ID, Service: s.model.Service,
		Actor: cmd.Actor, Through: cmd.Through, WindowFrom: v.from, WindowUntil: v.until,
		Command: in.Raw, Reads: reads, Collections: colls, Changes: encoded,
	}
	if owed != nil {
		c.Cause = owed.Cause
		c.WindowFrom = max(c.WindowFrom, owed.Due)
	}
	return &Verdict{Commit: c, Reads: reads, Collections: colls}
}

// open finds the operation, decodes the body, and for a policy what is owed.
func (s *State) open(in *Input) (*Command, *Operation, *Owed, error) {
	op := s.model.ops[in.Signed.Operation]
	if op == nil || op.Contract != in.Signed.Contract || op.Policy != in.Policy {
		return nil, nil, nil, ErrOperation
	}
	cmd := &Command{ID: in.ID, Operation: op.Name, Time: in.Time}
	var owed *Owed
	switch {
	case in.Genesis:
		cmd.Author = chain.AuthorGenesis
	case in.Policy:
		cmd.Author = chain.AuthorPolicy
		owed = s.owed[in.ID]
		if owed == nil || owed.Operation != op.Name || string(owed.Body) != string(in.Signed.Body) || owed.Due > in.Time {
			return nil, nil, nil, ErrNotOwed
		}
	}
	for _, sig := range in.Signed.Signatures {
		cmd.Keys = append(cmd.Keys, sig.Key)
	}
	body, err := op.Decode(cmd.Author, in.Signed.Body)
	if err != nil {
		return nil, nil, nil, ErrBody.Because(err)
	}
	if cmd.Author != chain.AuthorPolicy {
		if err := CheckFields(body); err != nil {
			return nil, nil, nil, err
		}
	}
	cmd.Body = body
	return cmd, op, owed, nil
}

func (s *State) lapse(owed *Owed, err error) Change {
	return On(s.model.lapseKind()+"/"+chain.ShortID(owed.ID[:]), &chainv1.Lapsed{Purpose: owed.Purpose, Reason: fault.Of(err).Code})
}

// encodeChanges gives each aggregate its next version. Two changes of one aggregate, or of a kind that the service does not own,
// are programming errors and panic.
func (s *State) encodeChanges(v *View, changes []Change, err error) ([]chain.Change, error) {
	if err != nil {
		return nil, err
	}
	out := make([]chain.Change, 0, len(changes))
	for _, ch := range changes {
		k := s.model.kinds[chain.KindOf(ch.Aggregate)]
		if k == nil || !k.own {
			panic("rule changes a kind that its service does not own: " + chain.KindOf(ch.Aggregate))
		}
		if s.belowRetired(ch.Aggregate) {
			return nil, ErrRetired
		}
		var version uint64 = 1
		if e := v.find(ch.Aggregate); e != nil {
			version = e.version + 1
		}
		c := chain.Change{Aggregate: ch.Aggregate, Version: version}
		for _, e := range ch.Events {
			body, merr := proto.MarshalOptions{Deterministic: true}.Marshal(e)
			if merr != nil {
				return nil, ErrBody.Because(merr)
			}
			c.Events = append(c.Events, chain.Event{Type: string(e.ProtoReflect().Descriptor().FullName()), Body: body})
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b chain.Change) int { return strings.Compare(a.Aggregate, b.Aggregate) })
	return out, nil
}

func (s *State) belowRetired(aggregate string) bool {
	if len(s.retired) == 0 {
		return false
	}
	for path := aggregate; strings.Count(path, "/") > 1; {
		path = chain.Collection(path)                  // drop the id
		path = path[:strings.LastIndexByte(path, '/')] // and the kind
		if s.retired[path] {
			return true
		}
	}
	return false
}

// PolicyCommand builds the command bytes for what is owed.
func PolicyCommand(o *Owed, contract uint16) (raw []byte, signed *chain.Signed, err error) {
	signed = &chain.Signed{
		Suite: chain.SuiteNone, Operation: o.Operation, Contract: contract, IdempotencyKey: o.Purpose, Body: o.Body,
	}
	raw, err = signed.Encode(nil)
	return raw, signed, err
}

// bodyDigest tells a repeat from a reused key. Eight bytes: whoever finds a collision has only misled themselves.
func bodyDigest(command []byte) uint64 {
	sum := sha256.Sum256(command)
	return binary.BigEndian.Uint64(sum[:8])
}

// overlay holds commits that were decided in one request and are not durable yet.
type overlay struct {
	aggs  map[string]*entry
	colls map[string]*overCollection
	ids   map[chain.CommandID]bool
}

type overCollection struct {
	version uint64
	created []string
}

func newOverlay() *overlay {
	return &overlay{aggs: map[string]*entry{}, colls: map[string]*overCollection{}, ids: map[chain.CommandID]bool{}}
}

// apply takes a decided commit into the overlay, cloning what it changes.
func (o *overlay) apply(s *State, c *chain.Commit) error {
	o.ids[c.ID] = true
	meta := &Meta{Time: c.Time, BlockTime: c.Time, Author: c.Author, Actor: c.Actor, Through: c.Through, Service: c.Service, ID: c.ID}
	counted := map[string]bool{}
	for _, ch := range c.Changes {
		k := s.model.kinds[chain.KindOf(ch.Aggregate)]
		if k == nil {
			continue
		}
		coll := chain.Collection(ch.Aggregate)
		oc := o.colls[coll]
		if oc == nil {
			oc = &overCollection{version: s.colls[coll].count()}
			o.colls[coll] = oc
		}
		if !counted[coll] {
			counted[coll] = true
			oc.version++
		}
		e := o.aggs[ch.Aggregate]
		if e == nil {
			if base := s.aggs[ch.Aggregate]; base != nil {
				e = &entry{version: base.version, state: k.clone(base.state)}
			} else {
				e = &entry{state: k.fresh()}
				oc.created = append(oc.created, ch.Aggregate[len(coll)+1:])
			}
			o.aggs[ch.Aggregate] = e
		}
		e.version++
		for _, raw := range ch.Events {
			body, err := DecodeEvent(raw)
			if err != nil {
				return err
			}
			k.evolve(e.state, Event{Meta: meta, Aggregate: ch.Aggregate, Body: body})
		}
	}
	return nil
}
