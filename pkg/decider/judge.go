package decider

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
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
	// ErrUnsigned: nobody signed.
	ErrUnsigned = fault.New(fault.Unauthenticated, "signature.missing", "The request is not signed.", "该请求没有签名。")
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
	Body   proto.Message // decoded by Admit; nil to have it decoded and checked here
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

	fixed bool // it looked at a derived value, which is in no read set
	off   bool // put off: it needs what stands before it in the same request
	raw   []byte
}

// Judge runs the rules on a command over a state. It changes nothing.
func (s *State) Judge(in *Input) *Verdict { return s.judge(nil, in) }

func (s *State) judge(over *overlay, in *Input) (verdict *Verdict) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case putOff:
			verdict = &Verdict{off: true}
		default:
			panic(r)
		}
	}()
	v := &View{base: s, over: over}
	cmd, op, owed, err := s.open(in)
	if err != nil {
		return &Verdict{Err: err}
	}
	v.noteRules()
	changes, err := s.decide(v, cmd, op, owed)
	encoded, err := s.encodeChanges(v, changes, err)
	if err == nil {
		err = fits(in, v, encoded)
	}
	if err != nil && owed != nil { // a policy's command is never refused
		encoded, err = s.encodeChanges(v, []Change{s.lapse(owed, err)}, nil)
	}
	if err != nil {
		encoded = nil
	}
	reads, colls := v.readSet(encoded)
	if err != nil {
		return &Verdict{Reads: reads, Collections: colls, Err: err, fixed: v.fixed}
	}
	c := &chain.Commit{
		Author: cmd.Author, Time: in.Time, Rules: s.rules, Salt: in.Salt, ID: in.ID, Service: s.model.Service,
		Actor: cmd.Actor, Through: cmd.Through, WindowFrom: v.from, WindowUntil: v.until,
		Command: in.Raw, Reads: reads, Collections: colls, Changes: encoded,
	}
	if owed != nil {
		c.Cause, c.WindowFrom, c.WindowUntil = owed.Cause, owed.Due, 0
	}
	return &Verdict{Commit: c, Reads: reads, Collections: colls, fixed: v.fixed}
}

// open finds the operation, decodes the body, and for a policy what is owed.
func (s *State) open(in *Input) (*Command, *Operation, *Owed, error) {
	op := s.model.ops[in.Signed.Operation]
	if op == nil || op.Contract != in.Signed.Contract || op.Policy != in.Policy {
		return nil, nil, nil, ErrOperation
	}
	cmd := &Command{ID: in.ID, Operation: op.Name, Time: in.Time, NotAfter: in.Signed.NotAfter, Body: in.Body}
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
	if cmd.Body == nil {
		body, err := op.read(cmd.Author, in.Signed.Body)
		if err != nil {
			return nil, nil, nil, err
		}
		cmd.Body = body
	}
	return cmd, op, owed, nil
}

// read decodes a body and holds its fields to their classes; a policy's own body needs no check.
func (o *Operation) read(author chain.Author, raw []byte) (proto.Message, error) {
	body, err := o.Decode(author, raw)
	if err != nil {
		return nil, ErrBody.Because(err)
	}
	if author != chain.AuthorPolicy {
		err = CheckFields(body)
	}
	return body, err
}

// decide asks the guard and then the rule.
func (s *State) decide(v *View, cmd *Command, op *Operation, owed *Owed) ([]Change, error) {
	if owed == nil {
		if s.model.guard != nil {
			if err := s.model.guard(v, cmd, op); err != nil {
				return nil, err
			}
		} else if cmd.Author == 0 {
			if len(cmd.Keys) == 0 {
				return nil, ErrUnsigned
			}
			cmd.Author, cmd.Actor = chain.AuthorDevice, chain.KeyID(cmd.Keys[0])
		}
	}
	changes, err := op.decide(v, cmd)
	if err == nil && len(changes) == 0 {
		return nil, ErrNothing
	}
	return changes, err
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
		c, err := s.encodeChange(v, ch)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b chain.Change) int { return strings.Compare(a.Aggregate, b.Aggregate) })
	for i := 1; i < len(out); i++ {
		if out[i].Aggregate == out[i-1].Aggregate {
			panic("rule changes one aggregate twice: " + chain.KindOf(out[i].Aggregate))
		}
	}
	return out, nil
}

// encodeChange rests the change on every aggregate above it, so that a retirement at the same moment makes it stale.
func (s *State) encodeChange(v *View, ch Change) (chain.Change, error) {
	k := s.model.kinds[chain.KindOf(ch.Aggregate)]
	if k == nil || !k.own {
		panic("rule changes a kind that its service does not own: " + chain.KindOf(ch.Aggregate))
	}
	if len(ch.Events) == 0 {
		panic("rule changes an aggregate without an event: " + k.name)
	}
	if chain.CheckAggregate(ch.Aggregate) != nil {
		return chain.Change{}, ErrBody // its id came out of the body
	}
	if v.gone(ch.Aggregate) {
		return chain.Change{}, ErrRetired
	}
	for above := range ancestors(ch.Aggregate) {
		v.look(above)
	}
	c := chain.Change{Aggregate: ch.Aggregate, Version: 1, Events: make([]chain.Event, 0, len(ch.Events))}
	if e := v.find(ch.Aggregate); e != nil {
		c.Version = e.version + 1
	}
	for _, e := range ch.Events {
		body, err := proto.MarshalOptions{Deterministic: true}.Marshal(e)
		if err != nil {
			return chain.Change{}, ErrBody.Because(err)
		}
		c.Events = append(c.Events, chain.Event{Type: string(e.ProtoReflect().Descriptor().FullName()), Body: body})
	}
	return c, nil
}

// commitOverhead is more than everything in a commit that has a fixed size, and the names.
const commitOverhead = 2048

// fits refuses changes that one commit cannot hold. It reckons generously, the same way for everyone.
func fits(in *Input, v *View, changes []chain.Change) error {
	size := commitOverhead + len(in.Raw)
	for _, set := range [2][]chain.Read{v.reads, v.colls} {
		for i := range set {
			size += len(set[i].Key) + 10
		}
	}
	for i := range changes {
		size += len(changes[i].Aggregate) + 12
		for _, e := range changes[i].Events {
			size += len(e.Type) + len(e.Body) + 6
		}
	}
	if size > chain.CommitBytesMax || max(len(changes), len(v.reads), len(v.colls)) > 0xffff {
		return chain.ErrTooLarge
	}
	return nil
}

// PolicyCommand builds the command bytes for what is owed.
func PolicyCommand(o *Owed, contract uint16) (raw []byte, signed *chain.Signed, err error) {
	signed = &chain.Signed{
		Suite: chain.SuiteNone, Operation: o.Operation, Contract: contract, IdempotencyKey: o.Purpose, Body: o.Body,
	}
	raw, err = signed.Encode(nil)
	return raw, signed, err
}

// errPanic is what a rule's panic on one command becomes: that command's failure, and nobody else's.
var errPanic = errors.New("the rule panicked")

// judgeSafely turns a panic of a rule into an internal fault, so that no command can stop the service for everybody.
func (s *State) judgeSafely(over *overlay, in *Input) (verdict *Verdict) {
	defer func() {
		if r := recover(); r != nil {
			verdict = &Verdict{Err: fault.ErrInternal.Because(fmt.Errorf("%w: %v", errPanic, r)), fixed: true}
		}
	}()
	return s.judge(over, in)
}

// bodyDigest tells a repeat from a reused key. Eight bytes: whoever finds a collision has only misled themselves.
func bodyDigest(command []byte) uint64 {
	sum := sha256.Sum256(command)
	return binary.BigEndian.Uint64(sum[:8])
}
