package decider_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
)

func snapshot(tb testing.TB, s *decider.State, build string) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := s.WriteSnapshot(&b, build); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func digest(tb testing.TB, s *decider.State) chain.Hash {
	tb.Helper()
	d, err := s.Digest()
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// act lets the world do one of everything that people do there, drawn by rapid.
func (w *world) act(t *rapid.T, n int) {
	who := fmt.Sprint("m", rapid.IntRange(0, 4).Draw(t, "who"))
	topic := "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	if topics := w.inst[toy.Forum].State().Members("topic"); len(topics) > 0 {
		topic = rapid.SampledFrom(topics).Draw(t, "topic")
	}
	idem := fmt.Sprint("c", n)
	var r *decider.Result
	switch rapid.IntRange(0, 9).Draw(t, "act") {
	case 0:
		r = w.do(toy.Register, w.command(who, idem, "register.join", &toyv1.Join{}))
	case 1:
		r = w.do(toy.Register, w.command(who, idem, "register.leave", &toyv1.Leave{}))
	case 2:
		r = w.do(toy.Register, w.command(who, idem, "register.give", &toyv1.Give{To: member("m1"), Points: 3}))
	case 3, 4:
		r = w.do(toy.Forum, w.command(who, idem, "forum.post", &toyv1.Post{Matter: "lift"}))
	case 5:
		r = w.do(toy.Forum, w.command(who, idem, "forum.withdraw", &toyv1.Withdraw{Topic: topic}))
	case 6:
		r = w.do(toy.Forum, w.command(who, idem, "forum.summarise", &toyv1.Summarise{Topic: topic}))
	case 7:
		w.now += rapid.Int64Range(0, 3000).Draw(t, "pause")
		w.run()
		return
	default:
		r = w.do(toy.Forum, w.command(who, idem, "forum.second", &toyv1.Second{Topic: topic}))
	}
	if r == nil {
		t.Fatal("no answer")
	}
}

// TestSnapshotAndTailGiveWhatTheWholeRecordGives, whatever happened, wherever the snapshot was taken.
func TestSnapshotAndTailGiveWhatTheWholeRecordGives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := founded(t, 4)
		for n := range rapid.IntRange(1, 40).Draw(rt, "acts") {
			w.act(rt, n)
		}
		cut := rapid.IntRange(1, len(w.blocks)).Draw(rt, "cut")
		for _, m := range toy.Models() {
			whole, part := decider.NewState(m), decider.NewState(m)
			fold(t, whole, w.blocks)
			fold(t, part, w.blocks[:cut])
			raw := snapshot(t, part, "b")
			loaded, err := decider.LoadSnapshot(m, raw, "b")
			if err != nil {
				rt.Fatal(err)
			}
			if !bytes.Equal(snapshot(t, loaded, "b"), raw) {
				rt.Fatal("loaded and written again, a snapshot differs")
			}
			fold(t, loaded, w.blocks[cut:])
			if digest(t, loaded) != digest(t, whole) || digest(t, w.inst[m.Service].State()) != digest(t, whole) {
				rt.Fatalf("%s: snapshot at block %d of %d and tail give another state", m.Service, cut, len(w.blocks))
			}
		}
	})
}

func fold(tb testing.TB, s *decider.State, blocks []*chain.Block) {
	tb.Helper()
	for _, b := range blocks {
		if err := s.ApplyBlock(b); err != nil {
			tb.Fatal(err)
		}
	}
}

func TestSnapshotOfAnotherMakingIsRefused(t *testing.T) {
	t.Parallel()
	w := story(t)
	whole := snapshot(t, w.inst[toy.Forum].State(), "b")
	resealed := func(change func(content []byte) []byte) []byte {
		content := change(bytes.Clone(whole[:len(whole)-sha256.Size]))
		sum := sha256.Sum256(content)
		return append(content, sum[:]...)
	}
	onlyRules1 := decider.NewModel(toy.Forum, []uint32{1})
	for _, c := range []struct {
		name  string
		model *decider.Model
		raw   []byte
		build string
	}{
		{"another service", toy.RegisterModel(), whole, "b"},
		{"another shape", onlyRules1, whole, "b"},
		{"another build", toy.ForumModel(), whole, "c"},
		{"empty", toy.ForumModel(), nil, "b"},
		{"cut", toy.ForumModel(), whole[:len(whole)-1], "b"},
		{"changed", toy.ForumModel(), bytes.Replace(whole, []byte("convened"), []byte("confined"), 1), "b"},
		{"cut and sealed again", toy.ForumModel(), resealed(func(b []byte) []byte { return b[:len(b)-9] }), "b"},
		{"longer and sealed again", toy.ForumModel(), resealed(func(b []byte) []byte { return append(b, 0) }), "b"},
		{"position changed and sealed again", toy.ForumModel(), resealed(func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"Position":13`), []byte(`"Position":12`), 1)
		}), "b"},
	} {
		if _, err := decider.LoadSnapshot(c.model, c.raw, c.build); !errors.Is(err, decider.ErrSnapshot) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := decider.LoadSnapshot(toy.ForumModel(), whole, "b"); err != nil {
		t.Error(err)
	}
	if err := decider.NewState(toy.ForumModel()).WriteSnapshot(&bytes.Buffer{}, "b"); err == nil {
		t.Error("a snapshot of nothing was written")
	}
}

// FuzzLoadSnapshot gives the reader any content under a digest that fits.
func FuzzLoadSnapshot(f *testing.F) {
	w := founded(f, 1)
	whole := snapshot(f, w.inst[toy.Forum].State(), "b")
	f.Add(whole[:len(whole)-sha256.Size])
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("renlin/snapshot/1\n\x00\x00\x00\x00\x00\x00\x00\x02{}"))
	f.Fuzz(func(t *testing.T, content []byte) {
		sum := sha256.Sum256(content)
		s, err := decider.LoadSnapshot(toy.ForumModel(), append(content, sum[:]...), "b")
		if err == nil && s.Head() == nil {
			t.Error("a state without a head")
		}
	})
}

func FuzzDecodeStream(f *testing.F) {
	f.Add(decider.EncodeStream([][]byte{{1}, {}, {2, 3}}))
	f.Add([]byte{0, 0, 0})
	f.Add([]byte{255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, raw []byte) {
		blocks, err := decider.DecodeStream(raw)
		if err == nil && !bytes.Equal(decider.EncodeStream(blocks), raw) {
			t.Error("encoded again, a stream differs")
		}
	})
}
