// Package carrier carries between communities what one has to tell another: what it refers and lends, and what has come of that.
//
// The rules, in plain words:
//
//  1. A carrier has a key of its own, which a member of each community has enrolled as a device of theirs. It may do what any member may,
//     which is enough: of what it brings the proof counts, and not who brings it. It reads what every member reads.
//  2. It follows the record of each community, and knows of both sides what is on its way: from when a thing stands on the one record until
//     the other says that it has come. So a second one, or one that was started anew, carries nothing twice; where two do at the same
//     moment, the rules of the record take one of them.
//  3. A thing is carried when a checkpoint covers it that is signed as the other community asks. It is tried until it has come, is of no
//     use any more, or is refused for good. What is refused for a reason that people can mend, such as keys that are not registered there,
//     is tried again, more and more seldom, and shown.
//  4. It decides nothing. It cannot take up, decline or borrow: that is for people.
//  5. A community that does not answer costs the others a turn's time of every pass, and no more.
//  6. What it has on its disk is its key, to whom it carries, and how far it has read. The last is a convenience: without it, it reads the
//     records from their beginnings.
package carrier

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/abroad"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/telemetry/metrics"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/carrier/internal/desk"
)

// Config is what a carrier needs.
type Config struct {
	// Dir holds whom it carries between, and how far it has read.
	Dir string
	// Key is the carrier's own device key.
	Key ed25519.PrivateKey
	Log *slog.Logger
	// Metrics takes what is counted; nil takes nothing.
	Metrics *metrics.Registry
	// Interval is how often it looks; a second or two if 0.
	Interval time.Duration
	// Turn is for how long, of one pass, a community may let the others wait; ten seconds if 0.
	Turn time.Duration
	// Now is the process's clock.
	Now func() time.Time
}

// How often a carrier looks, and how long it waits for one community, unless it is told otherwise.
const (
	intervalDefault = 2 * time.Second
	turnDefault     = 10 * time.Second
)

// Carrier carries. One goroutine runs it.
type Carrier struct {
	cfg   Config
	meter meter
	ends  []*end // of the goroutine that runs it, like what follows
	desk  *desk.Desk
	tries map[*desk.Letter]*try
	kept  []byte // what the memory's file holds

	mu    sync.Mutex // guards shown
	shown map[string]standing
}

// end is one community as the carrier sees it.
type end struct {
	End
	device *client.Device
	blocks uint64 // that were read
	ended  bool   // they were all that there are
	// failing is since when it cannot be read; zero while it can.
	failing time.Time
	// rests is until when it is not read, because it let a whole turn pass without a page.
	rests time.Time
	// spent is for how long the others waited for it, of this pass.
	spent time.Duration
	// knows are the other communities' keys as this one's record has them, of this pass.
	knows map[string]*abroad.Log
}

// try is how it goes with a letter that does not come through.
type try struct {
	since   time.Time // that it has been on the desk
	again   time.Time
	pause   time.Duration // after the next refusal
	wait    time.Duration // after the last failure
	refused bool          // for a reason that people can mend
}

// standing is what is shown of a community.
type standing struct {
	behindSince time.Time // zero for not
	refused     int
}

// A letter that was refused is tried again after a minute, and then more and more seldom.
const (
	refusedMin = time.Minute
	refusedMax = time.Hour
)

// New makes a carrier. It begins with what Run reads from its directory.
func New(cfg Config) *Carrier {
	if cfg.Interval == 0 {
		cfg.Interval = intervalDefault
	}
	if cfg.Turn == 0 {
		cfg.Turn = turnDefault
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Carrier{
		cfg: cfg, meter: newMeter(cfg.Metrics), desk: &desk.Desk{}, tries: map[*desk.Letter]*try{}, shown: map[string]standing{},
	}
}

// Run carries until ctx ends.
func (c *Carrier) Run(ctx context.Context) error {
	defer c.meter.forget()
	for {
		c.pass(ctx)
		t := time.NewTimer(c.cfg.Interval)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
		}
	}
}

// pass reads what is new and carries what can be.
func (c *Carrier) pass(ctx context.Context) {
	if err := c.reload(); err != nil {
		c.cfg.Log.Warn("nothing is carried", "err", err)
		return
	}
	if c.catchUp(ctx) {
		c.desk.Caught(c.communities()...)
	}
	shown, letters := map[string]standing{}, c.desk.Letters()
	for _, e := range c.ends {
		shown[e.Community] = standing{behindSince: e.failing}
	}
	maps.DeleteFunc(c.tries, func(l *desk.Letter, _ *try) bool { return !slices.Contains(letters, l) }) // somebody else carried it
	for _, l := range letters {
		if ctx.Err() != nil {
			return
		}
		c.carry(ctx, l)
		s := shown[l.From]
		switch t := c.tries[l]; {
		case t == nil:
		case t.refused:
			s.refused++
		case s.behindSince.IsZero() || t.since.Before(s.behindSince):
			s.behindSince = t.since
		}
		shown[l.From] = s
	}
	c.mu.Lock()
	c.shown = shown
	c.mu.Unlock()
	if err := c.remember(); err != nil {
		c.cfg.Log.Warn("how far was read is not kept", "err", err)
	}
}

// catchUp reads all records to their ends, as far as they can be read.
func (c *Carrier) catchUp(ctx context.Context) (caught bool) {
	caught = len(c.ends) > 0
	for _, e := range c.ends {
		e.knows, e.spent = map[string]*abroad.Log{}, 0
		if c.cfg.Now().Before(e.rests) {
			e.ended, caught = false, false
			continue
		}
		err := c.turn(ctx, e, func(ctx context.Context) (err error) {
			e.ended, err = c.follow(ctx, e)
			return err
		})
		if e.spent >= c.cfg.Turn && err != nil {
			e.rests = c.cfg.Now().Add(restMax)
		}
		switch {
		case err == nil:
			e.failing = time.Time{}
			caught = caught && e.ended
			continue
		case e.failing.IsZero() && ctx.Err() == nil:
			e.failing = c.cfg.Now()
			c.cfg.Log.Warn("a record cannot be read", "community", e.Community, "err", err)
		}
		caught = false
	}
	return caught
}

func (c *Carrier) communities() []string {
	var out []string
	for _, e := range c.ends {
		out = append(out, e.Community)
	}
	return out
}

// end finds a community; nil where nothing is carried there.
func (c *Carrier) end(community string) *end {
	if i := slices.IndexFunc(c.ends, func(e *end) bool { return e.Community == community }); i >= 0 {
		return c.ends[i]
	}
	return nil
}

// Why a record is not read.
var (
	errOther = errors.New("the gateway shows another community")
	errOrder = errors.New("it is not the block that comes next")
)

// pagesMax is how much of one record is read before the others have their turn, so that none, however long it is or pretends to be, keeps
// the carrier from the rest.
const pagesMax = 64

// follow reads a record from where it was read to, and tells whether to its end. A turn that is over after some of it is no failure.
func (c *Carrier) follow(ctx context.Context, e *end) (ended bool, err error) {
	if e.device == nil {
		if err := c.enter(ctx, e); err != nil {
			return false, err
		}
	}
	for pages := range pagesMax {
		page, err := e.device.Raw(ctx, "/v1/communities/"+e.Community+"/blocks?from="+strconv.FormatUint(e.blocks, 10))
		switch {
		case err != nil && pages > 0 && errors.Is(ctx.Err(), context.DeadlineExceeded):
			return false, nil
		case err != nil:
			return false, fmt.Errorf("read blocks: %w", err)
		}
		blocks, err := decider.DecodeStream(page)
		if err != nil {
			return false, fmt.Errorf("read blocks: %w", err)
		}
		if len(blocks) == 0 {
			return true, nil
		}
		for _, raw := range blocks {
			if err := c.read(e, raw); err != nil {
				return false, fmt.Errorf("read block %d: %w", e.blocks, err)
			}
		}
	}
	return false, nil
}

// read takes one block onto the desk. That it is the record's is not checked here: whoever is told what is in it looks at the proof.
func (c *Carrier) read(e *end, raw []byte) error {
	b, err := chain.DecodeBlock(raw)
	if err == nil && b.Number != e.blocks {
		err = errOrder
	}
	if err != nil {
		return err
	}
	for i, commit := range b.Commits {
		if err := c.desk.Read(e.Community, b.First+uint64(i), commit); err != nil {
			return err
		}
	}
	e.blocks = b.Number + 1
	return nil
}

// enter signs in at a community.
func (c *Carrier) enter(ctx context.Context, e *end) error {
	d := &client.Device{Gateway: client.New(e.URL), Community: e.Community, Member: e.Member, Key: c.cfg.Key}
	d.Tries = 2 // it is asked again all the same
	var info struct{ Genesis string }
	err := d.Get(ctx, "/v1/communities/"+e.Community, &info)
	if err == nil {
		d.Genesis, err = chain.ParseHash(info.Genesis)
	}
	if err == nil && chain.CommunityID(d.Genesis) != e.Community {
		err = errOther
	}
	if err != nil {
		return fmt.Errorf("find the community: %w", err)
	}
	if err := d.SignIn(ctx); err != nil {
		return err
	}
	e.device = d
	return nil
}

// carry tries to carry one letter, if it is time, and notes what came of it.
func (c *Carrier) carry(ctx context.Context, l *desk.Letter) {
	now := c.cfg.Now()
	t := c.tries[l]
	if t == nil {
		t = &try{since: now, pause: refusedMin}
		c.tries[l] = t
	}
	if now.Before(t.again) {
		return
	}
	err := c.send(ctx, l)
	if errors.Is(err, errTurn) {
		return
	}
	outcome := outcomeOf(err)
	if l.Until != 0 && now.UnixMilli() >= l.Until && outcome != sent {
		outcome = over
	}
	switch outcome {
	case sent, already, over:
		c.desk.Drop(l)
		delete(c.tries, l)
	case refused:
		t.refused, t.again = true, now.Add(t.pause)
		t.pause = min(2*t.pause, refusedMax)
	case failed:
		t.refused, t.wait = false, min(max(2*t.wait, c.cfg.Interval), refusedMin)
		t.again = now.Add(t.wait)
	default: // a checkpoint comes every moment
		t.refused = false
		return
	}
	c.meter.tried(l.Kind, outcome)
	if err != nil && outcome != already && ctx.Err() == nil {
		c.cfg.Log.Warn("a letter was not taken", "kind", string(l.Kind), "from", l.From, "to", l.To, "outcome", string(outcome), "err", err)
	}
}

// send carries a letter with its proof.
func (c *Carrier) send(ctx context.Context, l *desk.Letter) error {
	from, to := c.end(l.From), c.end(l.To)
	if from == nil || to == nil || from.device == nil || to.device == nil {
		return errAway
	}
	if !from.ended || !to.ended {
		return errUnread
	}
	var known *abroad.Log
	err := c.turn(ctx, to, func(ctx context.Context) (err error) {
		known, err = to.keysOf(ctx, l.From)
		return err
	})
	if err != nil {
		return err
	}
	var text []byte
	err = c.turn(ctx, from, func(ctx context.Context) (err error) {
		text, err = from.device.Raw(ctx, "/log/"+l.From+"/proof/"+strconv.FormatUint(l.Index, 10))
		return err
	})
	var f *fault.Fault
	switch {
	case errors.Is(err, errTurn):
		return err
	case errors.As(err, &f) && f.Code == "log.not_yet":
		return errors.Join(errUncovered, err)
	case err != nil:
		return errors.Join(errUnproven, err)
	}
	proof, err := known.Trim(text)
	if err != nil {
		return errors.Join(errProof, err)
	}
	operation, path, body := command(l, proof)
	return c.turn(ctx, to, func(ctx context.Context) error {
		_, err := to.device.Do(ctx, operation, path, body)
		return err
	})
}

// keysOf gives by which keys another community is known here.
func (e *end) keysOf(ctx context.Context, community string) (*abroad.Log, error) {
	if known := e.knows[community]; known != nil {
		return known, nil
	}
	var peer struct {
		Policy    string
		Forgotten bool
	}
	if _, err := e.device.Record(ctx, "peer/"+community, 0, &peer); err != nil {
		return nil, err
	}
	if peer.Forgotten {
		return nil, errForgotten
	}
	known, err := abroad.ReadLog(community, peer.Policy)
	if err != nil {
		return nil, errors.Join(errProof, err)
	}
	e.knows[community] = known
	return known, nil
}

// command gives what a letter is sent as.
func command(l *desk.Letter, proof []byte) (operation, path string, body proto.Message) {
	switch l.Kind {
	case desk.Referral:
		return "matching.bring_referral", "uptakes/brought", &matchingv1.BringReferral{Peer: l.From, Commit: l.Commit, Proof: proof}
	case desk.Uptake:
		return "matching.settle_referral", "referrals/" + l.ID + "/settlement",
			&matchingv1.SettleReferral{Referral: l.ID, Commit: l.Commit, Proof: proof}
	case desk.Loan:
		return "matching.bring_loan", "borrowings", &matchingv1.BringLoan{Peer: l.From, Commit: l.Commit, Proof: proof}
	case desk.Recall:
		return "matching.bring_recall", "borrowings/recalled", &matchingv1.BringRecall{Peer: l.From, Commit: l.Commit, Proof: proof}
	}
	return "matching.settle_loan", "loans/" + l.ID + "/settlement",
		&matchingv1.SettleLoan{Loan: l.ID, Commit: l.Commit, Proof: proof}
}

// Why a letter is not on its way.
var (
	errAway      = errors.New("one of the two communities is not reached")
	errUncovered = errors.New("no checkpoint covers it yet")
	errUnread    = errors.New("whether it has come is not known before both records are read")
	errProof     = errors.New("it is not signed as the other community asks")
	errUnproven  = errors.New("the community that it is from gives no proof of it")
	errForgotten = errors.New("the other community does not take this one's word any more")
)

// outcome is what became of one try.
type outcome string

// The outcomes; each is a value of the metric's label, but uncovered, which is no try.
const (
	sent      outcome = "ok"
	already   outcome = "already"
	over      outcome = "over"
	refused   outcome = "refused"
	failed    outcome = "failed"
	uncovered outcome = "uncovered"
)

// outcomeOf tells them apart.
func outcomeOf(err error) outcome {
	switch {
	case err == nil:
		return sent
	case errors.Is(err, errUncovered), errors.Is(err, errUnread):
		return uncovered
	case errors.Is(err, errAway), errors.Is(err, errUnproven):
		return failed
	case errors.Is(err, errProof), errors.Is(err, errForgotten):
		return refused
	}
	var f *fault.Fault
	if !errors.As(err, &f) || f.Kind.Temporary() {
		return failed
	}
	switch f.Code {
	case "uptake.made", "referral.settled", "borrowing.made", "borrowing.ended", "loan.settled":
		return already
	case "uptake.over", "borrowing.over":
		return over
	case "session.expired", "session.missing":
		return failed
	}
	return refused
}

// standing gives what is shown of a community.
func (c *Carrier) standing(community string) standing {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shown[community]
}
