package decider_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
)

// judged makes a verdict of a model's operation over a world's record, as somebody's command.
func (w *world) judged(m *decider.Model, who, operation string) *decider.Verdict {
	w.tb.Helper()
	raw := w.encode(w.signed(who, "j", operation, &toyv1.Join{}))
	a, err := m.Admit(w.machine.Genesis(), raw, noSignature)
	if err != nil {
		w.tb.Fatal(err)
	}
	return w.rival(m).State().Judge(&decider.Input{Raw: a.Raw, Signed: a.Signed, Body: a.Body, ID: a.ID, Time: w.now})
}

// seconds makes a model that writes a second below a topic, without looking at the topic first.
func seconds(topic string, more ...decider.Part) *decider.Model {
	parts := append([]decider.Part{
		decider.Kind("topic", false, func(*toy.Topic, decider.Event) {}),
		decider.Kind("second", true, func(s *toy.Second, _ decider.Event) { s.Given = true }),
		decider.Op(decider.Operation{Name: "test.second"}, op[*toyv1.Join](
			func(_ *decider.View, cmd *decider.Command, _ *toyv1.Join) ([]decider.Change, error) {
				return []decider.Change{decider.On("topic/"+topic+"/second/"+cmd.Actor, &toyv1.Seconded{})}, nil
			})),
	}, more...)
	return decider.NewModel("test", []uint32{1}, parts...)
}

func TestNothingIsWrittenBelowWhatIsRetired(t *testing.T) {
	t.Parallel()
	w, topic := posted(t, 4)
	w.ok(w.do(toy.Forum, w.second("m1", topic)))
	before := w.judged(seconds(topic), "m2", "test.second")
	if before.Err != nil || len(before.Commit.Reads) != 2 || before.Commit.Reads[1] != (chain.Read{Key: "topic/" + topic, Version: 1}) {
		t.Fatalf("a write below a topic does not rest on it: %+v", before.Commit)
	}
	w.ok(w.do(toy.Forum, w.command("m0", "w", "forum.withdraw", &toyv1.Withdraw{Topic: topic})))
	if v := w.judged(seconds(topic), "m2", "test.second"); !errors.Is(v.Err, decider.ErrRetired) {
		t.Errorf("below a retired topic: %v", v.Err)
	}
	state := w.inst[toy.Forum].State()
	if state.Version("topic/"+topic+"/second/"+member("m1")) != 0 || len(state.Members("topic/"+topic+"/second")) != 0 {
		t.Error("what stood below is still there")
	}
	if diff := cmp.Diff([]string{"topic/" + topic, "topic/" + topic + "/second/" + member("m1")}, state.Changed()); diff != "" {
		t.Errorf("changed or dropped (-want +got):\n%s", diff)
	}
	if decider.Peek[toy.Topic](state, "topic/"+topic).Outcome != "withdrawn" {
		t.Error("the retired topic itself is gone")
	}
}

// TestRetirementIsSeenInAnyModel: also by one that does not know the kind of what was retired, and reading below notes nothing,
// because it can never change.
func TestRetirementIsSeenInAnyModel(t *testing.T) {
	t.Parallel()
	w, topic := posted(t, 4)
	w.ok(w.do(toy.Forum, w.second("m1", topic)))
	var seen []bool
	m := decider.NewModel("test", []uint32{1},
		decider.Kind("second", false, func(s *toy.Second, _ decider.Event) { s.Given = true }),
		decider.Kind("meeting", true, func(*toy.Meeting, decider.Event) {}),
		decider.Op(decider.Operation{Name: "test.look"}, op[*toyv1.Join](
			func(v *decider.View, _ *decider.Command, _ *toyv1.Join) ([]decider.Change, error) {
				coll := "topic/" + topic + "/second"
				seen = append(seen, v.Exists(coll+"/"+member("m1")), v.Count(coll) > 0)
				return []decider.Change{decider.On("meeting/x", &toyv1.Convened{})}, nil
			})))
	before := w.judged(m, "m2", "test.look")
	w.ok(w.do(toy.Forum, w.command("m0", "w", "forum.withdraw", &toyv1.Withdraw{Topic: topic})))
	after := w.judged(m, "m2", "test.look")
	if len(seen) != 4 || !seen[0] || !seen[1] || seen[2] || seen[3] {
		t.Errorf("seen %v", seen)
	}
	if len(before.Commit.Reads) != 2 || len(before.Commit.Collections) != 1 ||
		len(after.Commit.Reads) != 1 || len(after.Commit.Collections) != 0 {
		t.Errorf("read sets %v %v and %v %v",
			before.Commit.Reads, before.Commit.Collections, after.Commit.Reads, after.Commit.Collections)
	}
}

// TestRetirementAtTheSameMoment: the second comes to nothing, and the record stays lawful.
func TestRetirementAtTheSameMoment(t *testing.T) {
	t.Parallel()
	w, topic := posted(t, 4)
	second := w.submit(toy.Forum, w.second("m1", topic))
	held := w.take(toy.Forum, 1)[0]
	w.ok(w.do(toy.Forum, w.command("m0", "w", "forum.withdraw", &toyv1.Withdraw{Topic: topic})))
	w.serveOne(toy.Forum, held)
	w.run()
	w.refused(*second, toy.ErrClosed)
	_, findings, err := decider.Reexecute(toy.Models(), w.raws, decider.AuditConfig{})
	if err != nil || len(findings) > 0 {
		t.Errorf("%v, findings %+v", err, findings)
	}
}

// TestRetirementInsideABatch: two commands of one lane, the first of which retires what the second writes below.
func TestRetirementInsideABatch(t *testing.T) {
	t.Parallel()
	w, topic := posted(t, 4)
	lane := func(name string, retire bool) decider.Part {
		return decider.Op(decider.Operation{Name: name}, op[*toyv1.Join](
			func(_ *decider.View, cmd *decider.Command, _ *toyv1.Join) ([]decider.Change, error) {
				if retire {
					return []decider.Change{decider.On("box/"+topic, &chainv1.Retired{})}, nil
				}
				return []decider.Change{decider.On("box/"+topic+"/member/"+cmd.ID.NewAggregate(), &toyv1.Joined{})}, nil
			}))
	}
	m := model(decider.Kind("box", true, func(*toy.Second, decider.Event) {}), lane("test.put", false), lane("test.end", true))
	i := w.rival(m)
	results := map[string]decider.Result{}
	submit := func(idem, operation string) {
		a, err := m.Admit(w.machine.Genesis(), w.encode(w.signed("m1", idem, operation, &toyv1.Join{})), noSignature)
		if err != nil {
			t.Fatal(err)
		}
		i.Submit(w.now, decider.Submission{Command: a, Reply: func(r decider.Result) { results[idem] = r }})
	}
	for _, c := range [][2]string{{"a", "test.put"}, {"b", "test.put"}, {"c", "test.end"}, {"d", "test.put"}} {
		submit(c[0], c[1])
	}
	first := i.Outbox()[0]
	done := &chain.Receipt{Index: i.State().Position(), Commit: chain.HashCommit(first.Request.Commits[0])}
	i.Replied(w.now, first.Handle, &chain.Reply{Receipts: []*chain.Receipt{done}})
	if err := i.ApplyBlock(w.now, w.block(toy.Register, w.command("z", "z", "register.join", &toyv1.Join{}))); err != nil {
		t.Fatal(err)
	}
	batch := i.Outbox()[0]
	if n := len(batch.Request.Commits); n != 2 || results["a"].Receipt != done {
		t.Errorf("%d commits, want those of b and c", n)
	}
}

// block lets a service do a command and answers the block it stands in.
func (w *world) block(service string, a *decider.Admitted) *chain.Block {
	w.tb.Helper()
	w.ok(w.do(service, a))
	return w.blocks[len(w.blocks)-1]
}
