package order_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
)

// model says the same as a Machine by looking at every commit each time. It keeps no state but the commits themselves.
type model struct {
	blocks [][]*chain.Commit // durable
	times  []int64
	sealed []*chain.Commit
	sealAt int64
	open   []*chain.Commit
	openAt int64
	wait   [2]map[order.Ticket]answer // of the sealed round, of the open one
}

// answer is what a verdict must come to.
type answer struct {
	fault    error
	commits  []*chain.Commit
	repeated bool
}

func (m *model) all() []*chain.Commit {
	return slices.Concat(slices.Concat(m.blocks...), m.sealed, m.open)
}

// version counts commits that touched a path, a collection's members included.
func version(commits []*chain.Commit, path string) (n uint64) {
	for _, c := range commits {
		if slices.ContainsFunc(c.Changes, func(ch chain.Change) bool { return ch.Aggregate == path || chain.Collection(ch.Aggregate) == path }) {
			n++
		}
	}
	return n
}

func current(commits []*chain.Commit, sets ...[]chain.Read) bool {
	for _, r := range slices.Concat(sets...) {
		if version(commits, r.Key) != r.Version {
			return false
		}
	}
	return true
}

func timely(c *chain.Commit, at int64) error {
	signed, err := chain.DecodeSigned(c.Command)
	if err != nil {
		panic(err)
	}
	switch expires := c.Author != chain.AuthorPolicy && c.Author != chain.AuthorGenesis; {
	case expires && signed.NotAfter <= at:
		return chain.ErrExpired
	case expires && signed.NotAfter > at+order.NotAfterMax:
		return chain.ErrNotAfter
	case c.WindowUntil != 0 && at >= c.WindowUntil:
		return chain.ErrWindowLate
	case at < c.WindowFrom:
		return chain.ErrWindowEarly
	case max(c.Time-at, at-c.Time) > 2000:
		return chain.ErrSkewed
	}
	return nil
}

// openTime is the latest time, at most now, at which everything staged is timely. It looks at every millisecond.
func (m *model) openTime(now int64) int64 {
	if len(m.open) == 0 {
		return now
	}
	at := m.openAt
	for at < now && !slices.ContainsFunc(m.open, func(c *chain.Commit) bool { return timely(c, at+1) != nil }) {
		at++
	}
	return at
}

// judge answers what becomes of an append, and whether there is room.
func (m *model) judge(commits []*chain.Commit, now int64) (answer, bool) {
	var known []*chain.Commit
	var reused bool
	for _, c := range commits {
		for _, old := range m.all() {
			if old.ID == c.ID {
				known = append(known, old)
				reused = reused || !bytes.Equal(old.Command, c.Command)
			}
		}
	}
	switch {
	case len(known) == len(commits) && reused:
		return answer{fault: chain.ErrReused}, true
	case len(known) == len(commits):
		return answer{commits: known, repeated: true}, true
	case len(known) > 0:
		return answer{fault: chain.ErrPartlyDone}, true
	}
	fresh := max(now, m.sealAt, slices.Max(m.times))
	at := m.openTime(fresh)
	staged := m.all()
	for _, c := range commits {
		if fault := timely(c, at); fault != nil {
			if at < fresh && timely(c, fresh) == nil {
				return answer{}, false
			}
			return answer{fault: fault}, true
		}
		if c.Cause > uint64(len(staged)) {
			return answer{fault: chain.ErrMalformed}, true
		}
		if !current(staged, c.Reads, c.Collections) {
			return answer{fault: chain.ErrStale}, true
		}
		for _, ch := range c.Changes {
			if version(staged, ch.Aggregate)+1 != ch.Version {
				return answer{fault: chain.ErrStale}, true
			}
		}
		if slices.ContainsFunc(commits[:len(staged)-len(m.all())], func(other *chain.Commit) bool { return other.ID == c.ID }) {
			return answer{fault: chain.ErrMalformed}, true
		}
		staged = append(staged, c)
	}
	m.open, m.openAt = append(m.open, commits...), at
	return answer{commits: commits}, true
}

// machineTest runs a Machine beside the model.
type machineTest struct {
	w        *world
	model    model
	pictures []pictured
}

// pictured is a picture, and how many blocks were durable when it was taken.
type pictured struct {
	picture *order.Picture
	blocks  int
}

var paths = []string{"topic/a", "topic/b", "topic/a/second/x", "topic/a/second/y"}

// drawDraft draws a commit whose versions are mostly right.
func (mt *machineTest) drawDraft(t *rapid.T, upon []*chain.Commit) draft {
	near := func(path string) uint64 {
		return version(upon, path) + rapid.SampledFrom([]uint64{0, 0, 0, 0, 0, 0, 0, 1}).Draw(t, "off")
	}
	d := draft{
		key: rapid.SampledFrom([]string{"k1", "k2"}).Draw(t, "key"), idem: fmt.Sprint(rapid.IntRange(0, 25).Draw(t, "idem")),
		body:   rapid.SampledFrom([]string{"", "", "", "", "other"}).Draw(t, "body"),
		author: rapid.SampledFrom([]chain.Author{chain.AuthorDevice, chain.AuthorDevice, chain.AuthorPolicy}).Draw(t, "author"),
		time:   mt.w.now + rapid.SampledFrom([]int64{0, 0, 0, 0, -2000, 2000, 2001, -2001}).Draw(t, "time"),
		salt:   rapid.Uint64().Draw(t, "salt"),
	}
	if d.author == chain.AuthorPolicy {
		d.cause = uint64(rapid.IntRange(0, len(upon)).Draw(t, "cause")) + rapid.SampledFrom([]uint64{0, 0, 0, 0, 1}).Draw(t, "beyond")
	} else {
		// The expiry is part of the command, so it depends on the command alone: a repeat is to be a repeat.
		d.notAfter = start + 600_000 + int64(len(d.idem))
	}
	if rapid.IntRange(0, 4).Draw(t, "window") == 0 {
		d.from = mt.w.now + rapid.Int64Range(-2, 1).Draw(t, "from")
		d.until = mt.w.now + rapid.Int64Range(0, 500).Draw(t, "until")
	}
	changed := rapid.SliceOfNDistinct(rapid.SampledFrom(paths), 1, 3, rapid.ID[string]).Draw(t, "changed")
	slices.Sort(changed)
	for _, path := range changed {
		d.changes = append(d.changes, change(path, near(path)+1))
	}
	for _, path := range paths {
		if !slices.Contains(changed, path) && rapid.Bool().Draw(t, "read") {
			d.reads = append(d.reads, chain.Read{Key: path, Version: near(path)})
		}
	}
	slices.SortFunc(d.reads, func(a, b chain.Read) int { return bytes.Compare([]byte(a.Key), []byte(b.Key)) })
	for _, path := range []string{"topic", "topic/a/second"} {
		if rapid.IntRange(0, 3).Draw(t, "collection") == 0 {
			d.collections = append(d.collections, chain.Read{Key: path, Version: near(path)})
		}
	}
	return d
}

// ask gives a request to both.
func (mt *machineTest) ask(t *rapid.T) {
	upon := mt.model.all()
	asks := []chain.Ask{chain.AskAppend, chain.AskAppend, chain.AskAppend, chain.AskCheck, chain.AskReceipt}
	q := &chain.Request{Ask: rapid.SampledFrom(asks).Draw(t, "ask")}
	var want answer
	room := true
	switch q.Ask {
	case chain.AskCheck:
		d := mt.drawDraft(t, upon)
		q.Reads, q.Collections = d.reads, d.collections
		if !current(upon, q.Reads, q.Collections) {
			want.fault = chain.ErrStale
		}
	case chain.AskReceipt:
		want.fault = chain.ErrUnknownID
		q.ID = chain.CommandID{1}
		if c := rapid.SampledFrom(append(upon, nil)).Draw(t, "known"); c != nil {
			q.ID, want = c.ID, answer{commits: []*chain.Commit{c}, repeated: true}
		}
	default:
		var commits []*chain.Commit
		for range rapid.IntRange(1, 3).Draw(t, "commits") {
			raw := mt.drawDraft(t, append(slices.Clone(upon), commits...)).encode(mt.w.tb)
			c, err := chain.DecodeCommit(raw)
			if err != nil {
				t.Fatal(err)
			}
			commits, q.Commits = append(commits, c), append(q.Commits, raw)
		}
		want, room = mt.model.judge(commits, mt.w.now)
	}
	ticket, ok := mt.w.m.Admit("proposal", q, mt.w.now)
	if ok != room {
		t.Fatalf("room: %v, want %v", ok, room)
	}
	if ok {
		mt.model.wait[1][ticket] = want
	}
	if staged := mt.w.m.Staged(); staged != len(mt.model.open) {
		t.Fatalf("%d staged, want %d", staged, len(mt.model.open))
	}
}

// settle compares verdicts that came out with what was due.
func (mt *machineTest) settle(t *rapid.T, verdicts []order.Verdict, due map[order.Ticket]answer) {
	if len(verdicts) != len(due) {
		t.Fatalf("%d verdicts, want %d", len(verdicts), len(due))
	}
	for _, v := range verdicts {
		want, ok := due[v.Ticket]
		if !ok {
			t.Fatalf("verdict for ticket %d, which is not due", v.Ticket)
		}
		r, err := v.Reply(mt.w.read)
		if err != nil {
			t.Fatal(err)
		}
		if !errors.Is(r.Fault, want.fault) || want.fault == nil && (r.Fault != nil || r.Repeated != want.repeated) ||
			len(r.Receipts) != len(want.commits) {
			t.Fatalf("reply %+v, want %+v", r, want)
		}
		for i, c := range want.commits {
			if got := slices.Concat(mt.model.blocks...)[r.Receipts[i].Index]; got.ID != c.ID {
				t.Fatalf("receipt names index %d, where another command stands", r.Receipts[i].Index)
			}
		}
	}
	clear(due)
}

func (mt *machineTest) actions() map[string]func(*rapid.T) {
	m, w := &mt.model, mt.w
	return map[string]func(*rapid.T){
		"ask": mt.ask, "ask again": mt.ask, "ask once more": mt.ask,
		"time passes": func(t *rapid.T) { w.now += rapid.SampledFrom([]int64{1, 100, 1500, 2500, -300, -4000}).Draw(t, "ms") },
		"seal": func(t *rapid.T) {
			if w.m.Underway() != nil {
				t.Skip("a block is under way")
			}
			raw, ok := w.m.Seal(nil)
			if ok != (len(m.open) > 0) {
				t.Fatalf("sealed: %v, with %d staged", ok, len(m.open))
			}
			if !ok {
				mt.settle(t, w.m.Release(), m.wait[1])
				return
			}
			b, err := chain.DecodeBlock(raw)
			if err != nil || b.Time != m.openAt || len(raw) != cap(raw) && len(raw) > chain.BlockBytesMax {
				t.Fatalf("block at %d, want %d: %v", b.Time, m.openAt, err)
			}
			w.blocks = append(w.blocks, raw)
			m.sealed, m.sealAt, m.open, m.openAt = m.open, m.openAt, nil, 0
			m.wait[0], m.wait[1] = m.wait[1], m.wait[0]
		},
		"confirm": func(t *rapid.T) {
			if w.m.Underway() == nil {
				t.Skip("no block is under way")
			}
			m.blocks, m.times, m.sealed, m.sealAt = append(m.blocks, m.sealed), append(m.times, m.sealAt), nil, 0
			mt.settle(t, w.m.Confirm(), m.wait[0])
		},
		"abort": func(t *rapid.T) {
			if w.m.Underway() != nil {
				w.blocks = w.blocks[:len(w.blocks)-1]
			}
			m.sealed, m.sealAt, m.open, m.openAt = nil, 0, nil, 0
			maps.Copy(m.wait[0], m.wait[1])
			clear(m.wait[1])
			for ticket := range m.wait[0] {
				m.wait[0][ticket] = answer{fault: chain.ErrRetry}
			}
			mt.settle(t, w.m.Abort(), m.wait[0])
		},
		"take a picture": func(t *rapid.T) {
			mt.pictures = append(mt.pictures, pictured{w.m.Picture(), len(m.blocks)})
		},
		"develop one": func(t *rapid.T) {
			if len(mt.pictures) == 0 {
				t.Skip("none was taken")
			}
			p := mt.pictures[0]
			mt.pictures = mt.pictures[1:]
			if !bytes.Equal(encoded(w.tb, p.picture), encoded(w.tb, w.replayed(p.blocks).Picture())) {
				t.Fatalf("the picture of %d blocks shows another state", p.blocks)
			}
		},
		"": mt.compare,
	}
}

// compare holds the machine's state against the model's, and against that of one that is made from the blocks.
func (mt *machineTest) compare(t *rapid.T) {
	for _, path := range append([]string{"topic", "topic/a/second", "topic/none"}, paths...) {
		if got, want := mt.w.m.Version(path), version(mt.model.all(), path); got != want {
			t.Fatalf("%s has version %d, want %d", path, got, want)
		}
	}
	if mt.w.m.Underway() != nil || mt.w.m.Staged() > 0 {
		return
	}
	mt.w.compareWithReplay()
}

// TestMachineAgainstModel: whatever requests come, in whatever order blocks are sealed, confirmed and given up, with clocks that
// run both ways.
func TestMachineAgainstModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := founded(t)
		first, err := chain.DecodeCommit(genesis.encode(t))
		if err != nil {
			rt.Fatal(err)
		}
		mt := &machineTest{w: w, model: model{
			blocks: [][]*chain.Commit{{first}}, times: []int64{start}, wait: [2]map[order.Ticket]answer{{}, {}},
		}}
		rt.Repeat(mt.actions())
	})
}
