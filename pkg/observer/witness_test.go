package observer_test

import (
	"errors"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/observer"
	"renlin.dev/pkg/verify/forge"
)

func event(t *testing.T, kind string, m proto.Message) chain.Event {
	t.Helper()
	raw, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return chain.Event{Type: kind, Body: raw}
}

// soon looks until the checkpoint that is served has been looked at: it is not asked for all the time.
func soon(t *testing.T, o *observer.Observer, done func() bool) error {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); ; {
		err := o.Catch(t.Context())
		if err != nil || done() || time.Now().After(end) {
			return err
		}
	}
}

// TestWitnessed: with a policy nothing is sure before a checkpoint that it holds valid covers it, and everything is shown all the same;
// without one it is sure as soon as it is read.
func TestWitnessed(t *testing.T) {
	t.Parallel()
	w := history(t, 3)
	early := noteOf(w.Record.Clone(), nil) // covers the first four commits
	grow(w, 4)
	late := noteOf(w.Record.Clone(), nil)
	stranger := history(t, 1)
	stranger.Pass(1)
	for name, c := range map[string]struct {
		note []byte
		sure uint64
		good bool
	}{
		"no checkpoint": {nil, 0, true},
		"no note":       {[]byte("renlin"), 0, true},
		"too few witnesses": {noteOf(w.Record.Clone(), func(p *forge.Pack) { p.Witnesses = p.Witnesses[:1] }),
			0, true},
		"another log's key":  {noteOf(w.Record.Clone(), func(p *forge.Pack) { p.LogKey = forge.Key("thief") }), 0, true},
		"another log's note": {noteOf(w.Record.Clone(), func(p *forge.Pack) { p.Checkpoint.Origin = "renlin.dev/third" }), 0, true},
		"another log's note, of which the policy knows": {noteOf(w.Record.Clone(), func(p *forge.Pack) {
			p.Checkpoint.Origin, p.Checkpoint.Size, p.LogKey = otherOrigin, 3, forge.Key("other log")
		}), 0, true},
		"of more than there is": {noteOf(w.Record.Clone(), func(p *forge.Pack) { p.Checkpoint.Size += 5 }),
			0, true},
		"late":  {early, 4, true},
		"whole": {late, 8, true},
		"witnesses saw another record": {noteOf(w.Record.Clone(), func(p *forge.Pack) { p.Checkpoint.Root[0] ^= 1 }),
			0, false},
		"witnesses saw another beginning": {noteOf(w.Record.Clone(), func(p *forge.Pack) { p.Checkpoint.Size = 3 }),
			0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := configOf(w.Record, t.TempDir())
			cfg.Policy = policy(t, w.Record)
			s := serve(t, w.Record.In(t))
			s.note = c.note
			o := open(t, cfg, s)
			if err := o.Catch(t.Context()); !c.good {
				refused(t, err, observer.ErrForked)
				refused(t, o.Sure(1), observer.ErrForked)
				return
			} else if err != nil {
				t.Fatal(err)
			}
			if n, err := members(o); n != 7 || err != nil {
				t.Errorf("%d members are shown, %v", n, err)
			}
			for position := uint64(1); position <= w.Size(); position++ {
				err := o.Sure(position)
				if position > c.sure {
					refused(t, err, observer.ErrUnwitnessed)
				} else if err != nil {
					t.Errorf("%d: %v", position, err)
				}
			}
			refused(t, o.Sure(w.Size()+1), observer.ErrBehind)
		})
	}
	plain := open(t, configOf(w.Record, t.TempDir()), serve(t, w.Record))
	if err := errors.Join(plain.Catch(t.Context()), plain.Sure(w.Size())); err != nil {
		t.Errorf("without a policy: %v", err)
	}
}

// TestLateCheckpoint: what waits for a checkpoint is sure as soon as there is one, and stays so when an older one is shown again.
func TestLateCheckpoint(t *testing.T) {
	t.Parallel()
	w := history(t, 3)
	early := noteOf(w.Record.Clone(), nil)
	grow(w, 4)
	cfg := configOf(w.Record, t.TempDir())
	cfg.Policy = policy(t, w.Record)
	s := serve(t, w.Record)
	o := open(t, cfg, s)
	if err := o.Catch(t.Context()); err != nil {
		t.Fatal(err)
	}
	refused(t, o.Sure(2), observer.ErrUnwitnessed)
	s.note = early
	if err := soon(t, o, func() bool { return o.Counts().Anchored == 4 }); err != nil {
		t.Fatal(err)
	}
	if err := o.Sure(4); err != nil {
		t.Error(err)
	}
	refused(t, o.Sure(5), observer.ErrUnwitnessed)
	s.note = noteOf(w.Record, nil)
	if err := soon(t, o, func() bool { return o.Counts().Anchored == 8 }); err != nil {
		t.Fatal(err)
	}
	grow(w, 1)
	*s = *serve(t, w.Record)
	s.note = early
	if err := soon(t, o, func() bool { return s.asked > 0 }); err != nil || s.asked == 0 {
		t.Fatal(err)
	}
	if err := o.Sure(8); err != nil {
		t.Error(err)
	}
	refused(t, o.Sure(9), observer.ErrUnwitnessed)
}
