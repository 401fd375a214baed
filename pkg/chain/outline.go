package chain

import (
	"bytes"
	"fmt"
	"slices"
)

// OutlineRead is a Read whose key is still a slice of the commit's bytes.
type OutlineRead struct {
	Key     []byte
	Version uint64
}

// OutlineChange is a Change whose events are not decoded yet: Events holds their bytes, one after another.
type OutlineChange struct {
	Key     []byte
	Version uint64
	Events  []byte
}

// Outline is a commit's structure without copies: what the sequencer and the verifier need of each of hundreds of thousands of
// commits a second. A zero Outline may be parsed into again and again; its slices are reused.
type Outline struct {
	Author                  Author
	Time                    int64
	Rules                   uint32
	Salt                    [16]byte
	ID                      CommandID
	Cause                   uint64
	Service, Actor, Through []byte
	WindowFrom, WindowUntil int64
	Command                 []byte
	Reads, Collections      []OutlineRead
	Changes                 []OutlineChange
}

// Parse reads and checks a whole commit. On error the outline's content is not to be used.
func (o *Outline) Parse(raw []byte) error {
	if err := o.parse(raw); err != nil {
		return fmt.Errorf("decode commit: %w", err)
	}
	return nil
}

func (o *Outline) parse(raw []byte) error {
	if len(raw) > CommitBytesMax {
		return fmt.Errorf("%d bytes, over the limit of %d", len(raw), CommitBytesMax)
	}
	r := reader{rest: raw}
	if f := r.u8(); r.err == nil && f != commitFormat {
		r.fail("format %d is not known", f)
	}
	o.Author = Author(r.u8())
	if o.Author < AuthorDevice || o.Author > AuthorGenesis {
		r.fail("kind of author %d is not known", o.Author)
	}
	o.Time = r.i64()
	o.Rules = r.u32()
	copy(o.Salt[:], r.take(len(o.Salt)))
	o.ID = CommandID(r.hash())
	o.Cause = r.u64()
	o.Service, o.Actor, o.Through = r.text(), r.text(), r.text()
	o.WindowFrom, o.WindowUntil = r.i64(), r.i64()
	o.Command = r.blob()
	o.Reads = parseReads(&r, o.Reads[:0], 0)
	o.Collections = parseReads(&r, o.Collections[:0], 1)
	o.parseChanges(&r)
	return r.done()
}

// parseReads reads one read set and checks order and paths; odd is 1 for collections.
func parseReads(r *reader, set []OutlineRead, odd int) []OutlineRead {
	n := r.count(10)
	set = slices.Grow(set, n) // so many fit into the bytes that are there
	for i := 0; i < n && r.err == nil; i++ {
		read := OutlineRead{Key: r.text(), Version: r.u64()}
		if err := checkPath(read.Key, odd); err != nil && r.err == nil {
			r.err = fmt.Errorf("read %d: %w", i, err)
		}
		if i > 0 && bytes.Compare(set[i-1].Key, read.Key) >= 0 {
			r.fail("reads are not in ascending order")
		}
		set = append(set, read)
	}
	return set
}

func (o *Outline) parseChanges(r *reader) {
	o.Changes = o.Changes[:0]
	reads := 0 // both lists ascend, so one walk finds what stands in both
	n := r.count(12)
	if n == 0 {
		r.fail("commit has no change")
	}
	o.Changes = slices.Grow(o.Changes, n)
	for i := 0; i < n && r.err == nil; i++ {
		ch := OutlineChange{Key: r.text(), Version: r.u64()}
		if err := checkPath(ch.Key, 0); err != nil && r.err == nil {
			r.err = fmt.Errorf("change %d: %w", i, err)
		}
		if ch.Version == 0 {
			r.fail("change %d has version 0", i)
		}
		ch.Events = parseEvents(r)
		if i > 0 && bytes.Compare(o.Changes[i-1].Key, ch.Key) >= 0 {
			r.fail("changes are not in ascending order")
		}
		for reads < len(o.Reads) && bytes.Compare(o.Reads[reads].Key, ch.Key) < 0 {
			reads++
		}
		if reads < len(o.Reads) && bytes.Equal(o.Reads[reads].Key, ch.Key) {
			r.fail("a changed aggregate stands among the reads")
		}
		o.Changes = append(o.Changes, ch)
	}
}

func parseEvents(r *reader) []byte {
	n := r.count(6)
	if n == 0 {
		r.fail("a change has no event")
	}
	start := r.rest
	for i := 0; i < n && r.err == nil; i++ {
		if len(r.text()) == 0 {
			r.fail("event has no type")
		}
		r.blob()
	}
	if r.err != nil {
		return nil
	}
	size := len(start) - len(r.rest)
	return start[:size:size]
}
