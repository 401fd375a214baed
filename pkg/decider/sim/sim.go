// Package sim plays a community in one goroutine, out of one seed: clients, two instances of every service, two sequencers, a
// stream on a disk, and a network between them that loses, doubles, delays and reorders messages, while processes crash, disks
// lose power and clocks jump. The rules, the instances and the machine that orders commits are the real ones; only what is around
// them is played. At the end, and during the play, an oracle holds everything that anyone was told against the record.
//
// The rules, in plain words: a seed gives everything, so that a failure can be played again; time is a number that jumps to the
// next event; nothing in a play may come from a clock, a goroutine or the order of a map.
package sim

import (
	"container/heap"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/flaw"
)

// Workload thinks up what people do.
type Workload interface {
	// Found gives the founding command and its service.
	Found(r *rand.Rand) (service string, command *chain.Signed)
	// Next gives somebody's next command and its service: operation, contract, body and signatures with their keys; the play fills
	// in idempotency key and expiry. look gives a service's state somewhere, which may be late; nil when all its instances are
	// down.
	Next(r *rand.Rand, now int64, look func(service string) *decider.State) (service string, command *chain.Signed)
}

// Ender is a Workload that says itself when nothing is left to do, and may answer no command where nobody has anything to do for now.
type Ender interface {
	Workload
	// Over tells whether the play may come to its end.
	Over() bool
}

// Idler is a Workload in which at times nobody does anything for long.
type Idler interface {
	Workload
	// Idle says how many milliseconds pass before the next command; mostly none.
	Idle(r *rand.Rand) int64
}

// Watcher is a Workload that follows the record by means of its own, and holds it to what the models promise: two services whose
// rules share a mistake agree with each other and with whoever runs the same rules again.
type Watcher interface {
	Workload
	// Block takes the next durable block and says what is wrong with it.
	Block(b *chain.Block) []string
	// Rest says what should be there by now and is not, once everything that was due has been given time.
	Rest(now int64) []string
}

// Signer is a Workload that has the private keys. It puts a good signature in the place of every one that a command has, or a bad one
// where it wants to see it refused; genesis is zero for the founding command.
type Signer interface {
	Workload
	Sign(r *rand.Rand, c *chain.Signed, genesis chain.Hash)
}

// Config says what to play.
type Config struct {
	Models   []*decider.Model
	Workload func() Workload // fresh for each seed
	// Commands is how many there are at least; 0 means 300. An Ender is asked for so many at most.
	Commands int
	PaceMS   int64 // the longest pause between two commands; 0 means 26
	// LeapMS is how far time leaps at the end, from one timer to the next, to see what was demanded for a far day; 0 means not at all.
	LeapMS int64
	Seeds  Seeds
	// Signed tells for which seeds signatures are made and checked, which is dear; the Workload must be a Signer. Nil means none.
	Signed func(seed uint64) bool
	// Judges are the rules that the record is held to; nil means Models. Others than Models are for planting bugs in services while
	// whoever checks them has none.
	Judges []*decider.Model
	// Faults names the faults to play, when it is to be these alone.
	Faults []string
	// Spells is how often the faults of a play come, of which there are three to eight each time, and SpanMS over how long they are
	// spread; 0 means once, and about as long as it takes to send the commands.
	Spells int
	SpanMS int64
	// Seal signs blocks, for rules that look at the signature; nil marks them, which costs nothing.
	Seal func(chain.Header) chain.Sealed
	// Flaws are planted bugs.
	Flaws flaw.Set
	// Plain orders commits by a second, simpler implementation of the sequencer's rules, which also has the flaws.
	Plain bool
}

// Outcome is what came of one seed.
type Outcome struct {
	Seed       uint64
	Violations []string // empty when all went well
	Commands   int
	Commits    int
	Blocks     int
	Faults     map[string]int
	Answers    map[string]int // by code; "" for done
	Head       chain.Hash     // of the newest block: the same seed gives the same
	Raws       [][]byte       // the blocks, to keep as a stream of this release
}

// epoch is the time at which every play begins, ms since the Unix epoch.
const epoch = int64(1_700_000_000_000)

// world is one play.
type world struct {
	cfg    Config
	seed   uint64
	r      *rand.Rand
	now    int64 // true time
	events eventQueue
	count  uint64 // of events, to keep those of one moment in order
	net    *network
	stream *stream
	seqs   []*sequencer
	procs  []*process
	load   *load
	watch  Watcher          // nil when the workload is none
	signer Signer           // nil where nothing is signed
	verify decider.Verifier // nil checks signatures as the format says
	oracle *oracle
	faults map[string]int
	salts  uint64
	healed bool
	// horizon is until when demands must be due to be waited for at the end; who is owed something in a year is not.
	horizon int64
	rest    int64 // when everything was healed
	idled   int64 // while nobody did anything

	known uint64 // size of the record as far as any sequencer has known it
}

func (c *Config) fill() {
	if c.Commands == 0 {
		c.Commands = 300
	}
	if c.PaceMS == 0 {
		c.PaceMS = 26
	}
	if c.Spells == 0 {
		c.Spells = 1
	}
	if c.SpanMS == 0 {
		c.SpanMS = int64(c.Commands) * c.PaceMS / 4
	}
	if c.Seal == nil {
		c.Seal = mark
	}
	if c.Judges == nil {
		c.Judges = c.Models
	}
}

// Run plays one seed.
func Run(cfg Config, seed uint64) *Outcome {
	cfg.fill()
	w := &world{cfg: cfg, seed: seed, r: rand.New(rand.NewPCG(seed, 0x5e17)), now: epoch, faults: map[string]int{}}
	w.net, w.stream = &network{world: w}, &stream{world: w}
	w.oracle = newOracle(w)
	w.load = newLoad(w)
	w.watch, _ = w.load.workload.(Watcher)
	w.verify = unsigned
	if cfg.Signed != nil && cfg.Signed(seed) {
		w.signer, w.verify = w.load.workload.(Signer), nil
	}
	for n := range 2 {
		w.seqs = append(w.seqs, newSequencer(w, n))
	}
	w.seqs[0].start(true)
	w.seqs[1].start(false)
	for _, m := range cfg.Models {
		for n := range 2 {
			p := &process{world: w, model: m, number: n, drift: w.r.Int64N(601) - 300}
			w.procs = append(w.procs, p)
			p.start()
		}
	}
	w.load.begin()
	w.play()
	w.oracle.finish()
	return w.outcome()
}

// The play's time limits, ms.
const (
	quietEvery = 200
	quietMax   = 120_000
	timersMax  = 10_000
	playMax    = 600_000 // before the heal, or as long as all commands take at the slowest pace
)

// play runs events until everything is quiet after the heal, or until that takes too long.
func (w *world) play() {
	deadline := int64(0)
	for len(w.events) > 0 && len(w.oracle.violations) == 0 {
		e := heap.Pop(&w.events).(*event)
		w.now = max(w.now, e.at)
		e.fn()
		switch {
		case !w.healed && w.now > epoch+w.idled+max(playMax, int64(w.cfg.Commands)*w.cfg.PaceMS):
			w.oracle.violate("people wait for ever: %d commands in %d ms", len(w.load.commands), w.now-epoch)
		case w.healed && deadline == 0:
			deadline = w.now + quietMax
		}
		if w.healed && w.quiet() {
			if !w.leap() {
				return
			}
			deadline = w.now + quietMax
		}
		if deadline != 0 && w.now > deadline {
			w.oracle.violate("the community does not come to rest: %s", w.unrest())
			return
		}
	}
}

// leap lets the time pass in which nothing happens, until something is due; it answers false when nothing will be for long.
func (w *world) leap() bool {
	next := w.dueNext()
	if next > w.rest+w.cfg.LeapMS {
		return false
	}
	w.now = max(w.now, next)
	w.horizon = w.now + timersMax
	return true
}

// current tells whether every instance is up and knows all of the stream.
func (w *world) current() bool {
	return w.stream.writing == 0 && !slices.ContainsFunc(w.procs, func(p *process) bool {
		return p.inst == nil || p.next != uint64(len(w.stream.blocks))
	})
}

// dueNext is when the next of all timers is due; it may have been.
func (w *world) dueNext() int64 {
	next := int64(math.MaxInt64)
	for _, p := range w.procs {
		for _, owed := range p.inst.State().OwedNow(math.MaxInt64) {
			next = min(next, owed.Due)
		}
	}
	return next
}

// quiet tells whether everything that was begun is over.
func (w *world) quiet() bool { return w.load.over() && w.unrest() == "" }

// unrest says what is still going on, or "".
func (w *world) unrest() string {
	if n := w.load.unanswered(); n > 0 {
		return fmt.Sprintf("%d commands have no answer", n)
	}
	for _, p := range w.procs {
		switch {
		case p.inst == nil:
			return p.name() + " is down"
		case p.next != uint64(len(w.stream.blocks)):
			return p.name() + " is behind"
		}
		if owed := p.inst.State().OwedNow(w.horizon); len(owed) > 0 {
			return fmt.Sprintf("%s still owes %s", p.name(), owed[0].Purpose)
		}
	}
	if w.stream.writing > 0 {
		return "a block is being written"
	}
	return ""
}

func (w *world) outcome() *Outcome {
	o := &Outcome{
		Seed: w.seed, Violations: w.oracle.violations, Commands: len(w.load.commands), Blocks: len(w.stream.blocks),
		Faults: w.faults, Answers: w.oracle.answers, Raws: w.stream.blocks,
	}
	if n := len(w.stream.sealed); n > 0 {
		head := w.stream.sealed[n-1]
		o.Head, o.Commits = head.Hash(), int(head.First)+int(head.Count)
	}
	return o
}

// salt numbers the commits' random bytes: unique is enough here.
func (w *world) salt() (salt [16]byte) {
	w.salts++
	binary.BigEndian.PutUint64(salt[:], w.seed)
	binary.BigEndian.PutUint64(salt[8:], w.salts)
	return salt
}

// chance is true so many times in a thousand.
func (w *world) chance(perMille int) bool { return w.r.IntN(1000) < perMille }

// between draws a number from lo to hi.
func (w *world) between(lo, hi int64) int64 { return lo + w.r.Int64N(hi-lo+1) }

// after lets something happen in so many milliseconds.
func (w *world) after(ms int64, fn func()) {
	w.count++
	heap.Push(&w.events, &event{at: w.now + ms, n: w.count, fn: fn})
}

type event struct {
	at int64
	n  uint64
	fn func()
}

// eventQueue is a heap by time, then by order of planning.
type eventQueue []*event

func (q eventQueue) Len() int { return len(q) }
func (q eventQueue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].n < q[j].n
}
func (q eventQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *eventQueue) Push(x any)   { *q = append(*q, x.(*event)) }
func (q *eventQueue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// network carries messages: with luck once, soon, and in order.
type network struct {
	world *world
	bad   bool // a bad time: much is lost and late
	lost  int  // statistics
}

// send delivers a message never, once or twice.
func (n *network) send(fn func()) {
	w := n.world
	loss, double, late := 5, 10, int64(8)
	switch {
	case w.healed:
		loss, double = 0, 0
	case n.bad:
		loss, double, late = 250, 150, 400
	}
	if w.chance(loss) {
		n.lost++
		return
	}
	w.after(w.between(1, late), fn)
	if w.chance(double) {
		w.after(w.between(1, 4*late), fn)
	}
}
