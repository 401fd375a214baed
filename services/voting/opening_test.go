package voting_test

import (
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/internal/poll"
)

// waiting is a world with a poll that has ten minutes to open.
func waiting(t *testing.T) (*world, string) {
	t.Helper()
	w := newWorld(t)
	w.admit("stranger")
	w.role("stranger", communityv1.Role_ROLE_KEY_HOLDER, orgTwo)
	rules := yesNo(communityv1.Electorate_ELECTORATE_MEMBERS)
	rules.OpenWithinSeconds = 600
	return w, w.motion("roof", rules, question)
}

const openWithin = 600_000

// offer, hold and refuse are a holder's; k tells keys apart.
func (w *world) offer(p string, k byte) error {
	return w.send("voting.offer_key", &votingv1.OfferKey{
		Poll: p, BoxKey: publicOf(w.t, fixedKey(k)), Wrapped: make([]byte, poll.WrappedBytes),
	}, holderOne)
}

func (w *world) hold(p string, k byte) error {
	return w.send("voting.hold_key", &votingv1.HoldKey{Poll: p, BoxKey: publicOf(w.t, fixedKey(k))}, holderTwo)
}

func (w *world) refuse(p string, k byte, by string) error {
	return w.send("voting.refuse_key", &votingv1.RefuseKey{Poll: p, BoxKey: publicOf(w.t, fixedKey(k))}, by)
}

// Whatever a poll waits for, at its deadline the record says why it will not open, and from then on nobody's keystore is asked for it.
func TestOpeningLapsesInTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		given func(w *world, p string)
		want  string
	}{
		"nobody offers a key":  {func(*world, string) {}, "poll_key.not_offered"},
		"nobody holds it":      {func(w *world, p string) { w.must(w.offer(p, 5)) }, "poll_key.not_held"},
		"the copy was no good": {func(w *world, p string) { w.must(w.offer(p, 5)); w.must(w.refuse(p, 5, holderTwo)) }, "poll_key.refused"},
		"nor was the next one yet": {func(w *world, p string) {
			w.must(w.offer(p, 5))
			w.must(w.refuse(p, 5, holderTwo))
			w.must(w.offer(p, 6))
		}, "poll_key.not_held"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := waiting(t)
			c.given(w, p)
			w.wait(openWithin - 1)
			if w.poll(p).Lapsed != "" || len(voting.Polls(w.state, "", 1000)) != 1 {
				t.Fatal("lapsed too early")
			}
			w.wait(1)
			w.expect(poll.Path(p), &votingv1.OpeningLapsed{Reason: c.want, Motion: id("roof")})
			if w.poll(p).Lapsed != c.want || len(voting.Polls(w.state, "", 1000)) != 0 {
				t.Errorf("state %+v, keystores see %v", w.poll(p), voting.Polls(w.state, "", 1000))
			}
			for what, err := range map[string]error{"offer": w.offer(p, 7), "hold": w.hold(p, 5), "refuse": w.refuse(p, 5, holderTwo)} {
				if got := code(err); got != "poll.lapsed" {
					t.Errorf("%s afterwards: %q", what, got)
				}
			}
		})
	}
}

// At the deadline itself it is too late, whether or not the rule has come to say so.
func TestOpeningAtTheDeadline(t *testing.T) {
	t.Parallel()
	w, p := waiting(t)
	w.must(w.offer(p, 5))
	w.now += openWithin
	for what, err := range map[string]error{"hold": w.hold(p, 5), "refuse": w.refuse(p, 5, holderTwo), "offer": w.offer(p, 6)} {
		if got := code(err); got != "poll.lapsed" {
			t.Errorf("%s at the deadline: %q", what, got)
		}
	}
	w.now--
	w.must(w.hold(p, 5))
	if last := w.commits[len(w.commits)-1]; last.WindowUntil != w.now+1 {
		t.Errorf("the receipt may be written until %d", last.WindowUntil)
	}
	w.now++ // the opening and the lapse are due at once; the key is held, so it opens
	w.settle()
	if w.poll(p).Roll == nil || w.poll(p).Lapsed != "" {
		t.Errorf("state %+v", w.poll(p))
	}
}

// Of a poll that opened, the deadline says nothing.
func TestOpenedDoesNotLapse(t *testing.T) {
	t.Parallel()
	w, p := waiting(t)
	w.open(p)
	w.must(w.vote(p, "stranger", yes))
	w.wait(openWithin)
	if got := w.poll(p); got.Lapsed != "" || !got.Closed {
		t.Errorf("state %+v", got)
	}
	if !w.state.Done(chain.PolicyID("voting", "lapse/"+p)) {
		t.Error("the deadline is owed still")
	}
}

// A refused key is replaced, is never taken again, and the third refusal ends the opening at once.
func TestKeyRefusedByItsHolder(t *testing.T) {
	t.Parallel()
	w, p := waiting(t)
	for k := byte(5); k < 7; k++ {
		w.must(w.offer(p, k))
		w.must(w.refuse(p, k, holderTwo))
		w.expect(poll.Path(p), &votingv1.PollKeyRefused{BoxKey: publicOf(t, fixedKey(k)), Holder: id(holderTwo)})
		if got := code(w.offer(p, k)); got != "poll_key.reused" {
			t.Errorf("the refused key again: %q", got)
		}
	}
	fresh, q := waiting(t)
	fresh.must(fresh.offer(q, 5))
	fresh.must(fresh.refuse(q, 5, holderTwo))
	fresh.open(q) // with a key of its own

	w.must(w.offer(p, 7))
	w.must(w.refuse(p, 7, holderTwo))
	w.expect(poll.Path(p),
		&votingv1.PollKeyRefused{BoxKey: publicOf(t, fixedKey(7)), Holder: id(holderTwo)},
		&votingv1.OpeningLapsed{Reason: "poll_key.refused", Motion: id("roof")})
	if got := code(w.offer(p, 8)); got != "poll.lapsed" {
		t.Errorf("a fourth offer: %q", got)
	}
	w.wait(openWithin)
	if got := w.lapsed(); got != "poll.lapsed" {
		t.Errorf("the deadline ended in %q", got)
	}
	if again := w.motion("roof once more", w.poll(p).Rules, question); decider.Peek[poll.Poll](w.state, poll.Path(again)) == nil {
		t.Error("no new poll can be called")
	}
}

func TestRefusalRefused(t *testing.T) {
	t.Parallel()
	offered := func(w *world, p string) { w.must(w.offer(p, 5)) }
	for name, c := range map[string]struct {
		given func(w *world, p string)
		key   byte
		by    string
		want  string
	}{
		"before it is offered": {func(*world, string) {}, 5, holderTwo, "poll_key.not_offered"},
		"by who offered":       {offered, 5, holderOne, "poll_key.same_holder"},
		"by a stranger":        {offered, 5, "stranger", "poll_key.holder_refused"},
		"by a member":          {offered, 5, officer, "role.missing"},
		"another key":          {offered, 6, holderTwo, "poll_key.mismatch"},
		"once it is held":      {func(w *world, p string) { offered(w, p); w.must(w.hold(p, 5)) }, 5, holderTwo, "poll_key.held"},
		"once it is open":      {func(w *world, p string) { offered(w, p); w.must(w.hold(p, 5)); w.settle() }, 5, holderTwo, "poll_key.held"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := waiting(t)
			c.given(w, p)
			if got := code(w.refuse(p, c.key, c.by)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
