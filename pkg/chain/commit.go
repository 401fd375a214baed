package chain

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Author tells what kind of hand made a commit.
type Author uint8

// The kinds of author. A policy has no signature: its right is shown by running the rule again. A credential names no person.
const (
	AuthorDevice     Author = 1
	AuthorHosted     Author = 2
	AuthorCredential Author = 3
	AuthorPolicy     Author = 4
	AuthorGenesis    Author = 5
)

const commitFormat = 1

// Read is one thing that a decision looked at: an aggregate or a collection, with the number of commits that had changed it
// by then. Zero means that it did not exist, which is worth recording as much.
type Read struct {
	Key     string
	Version uint64
}

// Event is one fact: a protobuf message of the full name Type.
type Event struct {
	Type string
	Body []byte
}

// Change is what one commit does to one aggregate. Version is the aggregate's next: the number of commits on it, this one
// included.
type Change struct {
	Aggregate string
	Version   uint64
	Events    []Event
}

// Commit is one command and all its effects; it stands or falls as a whole.
type Commit struct {
	Author      Author
	Time        int64 // the clock that Decide was given, ms since the Unix epoch
	Rules       uint32
	Salt        [16]byte // random, added outside Decide, so that a commit's public hash cannot be guessed
	ID          CommandID
	Cause       uint64 // position (index + 1) of the commit that demanded a policy's command; 0 for none
	Service     string
	Actor       string   // member; empty for credential, policy and genesis
	Through     string   // who or what stood between: a helper, a host, a kiosk
	WindowFrom  int64    // block time before which the sequencer refuses; 0 for none
	WindowUntil int64    // block time from which on the sequencer refuses; 0 for none
	Command     []byte   // an encoded Signed
	Reads       []Read   // aggregates looked at and not changed, ascending
	Collections []Read   // collections looked at, ascending
	Changes     []Change // ascending by aggregate
}

// HashCommit gives the commit hash over the bytes as stored.
func HashCommit(raw []byte) Hash {
	var room [512]byte
	if len(domainCommit)+len(raw) <= len(room) { // most are short: in one go, without allocating
		return sha256.Sum256(append(append(room[:0], domainCommit...), raw...))
	}
	h := sha256.New()
	h.Write([]byte(domainCommit))
	h.Write(raw)
	var out Hash
	h.Sum(out[:0])
	return out
}

// Encode writes the commit, refusing what Decode would refuse.
func (c *Commit) Encode() ([]byte, error) {
	b := make([]byte, 0, 512)
	b = append(b, commitFormat, byte(c.Author))
	b = putI64(b, c.Time)
	b = putU32(b, c.Rules)
	b = append(b, c.Salt[:]...)
	b = append(b, c.ID[:]...)
	b = putU64(b, c.Cause)
	for _, s := range []string{c.Service, c.Actor, c.Through} {
		if overlong(s) {
			return nil, errors.New("encode commit: a name is too long")
		}
		b = putStr(b, s)
	}
	b = putI64(b, c.WindowFrom)
	b = putI64(b, c.WindowUntil)
	b = putBlob(b, c.Command)
	b, err := EncodeReads(b, c.Reads, c.Collections)
	if err != nil {
		return nil, fmt.Errorf("encode commit: %w", err)
	}
	if len(c.Changes) > 0xffff {
		return nil, errors.New("encode commit: too many changes")
	}
	b = putU16(b, len(c.Changes))
	for _, ch := range c.Changes {
		if len(ch.Events) > 0xffff || overlong(ch.Aggregate) {
			return nil, errors.New("encode commit: a change is too long")
		}
		b = putStr(b, ch.Aggregate)
		b = putU64(b, ch.Version)
		b = putU16(b, len(ch.Events))
		for _, e := range ch.Events {
			if overlong(e.Type) {
				return nil, errors.New("encode commit: an event's type is too long")
			}
			b = putStr(b, e.Type)
			b = putBlob(b, e.Body)
		}
	}
	var o Outline
	if err := o.Parse(b); err != nil {
		return nil, fmt.Errorf("encode commit: %w", err)
	}
	return b, nil
}

// EncodeReads appends a read set: aggregates, then collections. It refuses what its lengths and counts cannot say; order and paths are
// checked by whoever decodes.
func EncodeReads(b []byte, reads, collections []Read) ([]byte, error) {
	for _, set := range [][]Read{reads, collections} {
		if len(set) > 0xffff {
			return nil, errors.New("too many reads")
		}
		b = putU16(b, len(set))
		for _, r := range set {
			if overlong(r.Key) {
				return nil, errors.New("a read's path is too long")
			}
			b = putStr(b, r.Key)
			b = putU64(b, r.Version)
		}
	}
	return b, nil
}

// DecodeCommit reads a commit as stored. Byte slices of the result alias raw.
func DecodeCommit(raw []byte) (*Commit, error) {
	o := outlines.Get().(*Outline)
	defer outlines.Put(o)
	if err := o.Parse(raw); err != nil {
		return nil, err
	}
	c := &Commit{
		Author: o.Author, Time: o.Time, Rules: o.Rules, Salt: o.Salt, ID: o.ID, Cause: o.Cause,
		Service: named(o.Service), Actor: string(o.Actor), Through: string(o.Through),
		WindowFrom: o.WindowFrom, WindowUntil: o.WindowUntil, Command: o.Command,
		Reads: readsOf(o.Reads), Collections: readsOf(o.Collections),
		Changes: make([]Change, 0, len(o.Changes)),
	}
	events := eventsOf(o.Changes)
	for _, ch := range o.Changes {
		n := 0
		for r := (reader{rest: ch.Events}); len(r.rest) > 0; n++ {
			events[n] = Event{Type: named(r.text()), Body: r.blob()}
		}
		c.Changes = append(c.Changes, Change{Aggregate: string(ch.Key), Version: ch.Version, Events: events[:n:n]})
		events = events[n:]
	}
	return c, nil
}

// outlines are for commits that are read one after the other: what is made of one is copied.
var outlines = sync.Pool{New: func() any { return new(Outline) }}

// eventsOf makes room for the events of all changes.
func eventsOf(changes []OutlineChange) []Event {
	n := 0
	for _, ch := range changes {
		for r := (reader{rest: ch.Events}); len(r.rest) > 0; n++ {
			r.text()
			r.blob()
		}
	}
	return make([]Event, n)
}

func readsOf(set []OutlineRead) []Read {
	if len(set) == 0 {
		return nil
	}
	n := 0
	for _, r := range set {
		n += len(r.Key)
	}
	var keys strings.Builder // one string for all: they are forgotten together
	keys.Grow(n)
	for _, r := range set {
		keys.Write(r.Key)
	}
	all, out := keys.String(), make([]Read, len(set))
	for i, r := range set {
		out[i] = Read{Key: all[:len(r.Key)], Version: r.Version}
		all = all[len(r.Key):]
	}
	return out
}
