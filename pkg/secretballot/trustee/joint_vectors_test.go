package trustee

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/internal/group"
)

// jointVectors is what docs/format/joint.json holds: totals of one poll each, and what is said of them together.
type jointVectors struct {
	Polls []jointPoll `json:"polls"`
}

type jointPoll struct {
	Name     string         `json:"name"`
	Ceremony string         `json:"ceremony"`
	Seal     string         `json:"seal"`
	Election string         `json:"election"`
	Totals   []jointTotal   `json:"totals"`
	Verdicts []jointVerdict `json:"verdicts"`
}

type jointTotal struct {
	Measure string    `json:"measure"`
	Sum     sum       `json:"sum"`
	Bound   uint64    `json:"bound"`
	Blinded []message `json:"blinded"`
}

// jointVerdict is a verdict, and what it proves, if it proves anything.
type jointVerdict struct {
	message
	Reached    bool     `json:"reached"`
	Thresholds []uint64 `json:"thresholds,omitempty"`
}

// poll notes totals and parts.
func (g *together) poll(name string) *jointPoll {
	g.Helper()
	out := &jointPoll{
		Name: name, Ceremony: text(g.ceremony.Bytes()), Seal: text(g.seal.Bytes()), Election: text(g.totals[0].Election[:]),
	}
	for i, total := range g.totals {
		z := jointTotal{Measure: total.Measure, Sum: g.sumVector(total.Sum, g.values[i]), Bound: total.Bound}
		for _, m := range g.lists[i] {
			z.Blinded = append(z.Blinded, message{"part", text(m.Bytes()), code(m.Check(g.seal, total))})
		}
		out.Totals = append(out.Totals, z)
	}
	return out
}

// note notes a verdict and what becomes of it.
func (p *jointPoll) note(g *together, name string, j *Joint) {
	thresholds, err := j.Check(g.seal, g.totals, g.lists)
	p.Verdicts = append(p.Verdicts, jointVerdict{message{name, text(j.Bytes()), code(err)}, err == nil && j.Reached, thresholds})
}

// jointOf makes the vectors of one poll: the verdict that holds, of each of two quorums, and hostile ones.
func (w *world) jointOf(name string, values []uint64) jointPoll {
	w.Helper()
	g := w.together(values, []uint64{60, 4000}, []uint64{31, 2001}, 1, 2, 3)
	wrong := *g.lists[0][1]
	wrong.Part = group.NewElement().Add(wrong.Part, group.Base())
	g.lists[0][1] = &wrong // so the first total's quorum is another than the second's
	p, j := g.poll(name), g.prove(2)
	p.note(g, "as it is", j)
	if values[1] != 2001 {
		return *p // enough of them are hostile
	}
	for name, change := range map[string]func(*Joint){
		"another threshold":             func(j *Joint) { j.Each[1].Threshold++ },
		"a threshold above the roll":    func(j *Joint) { j.Each[0].Threshold = 61 },
		"a threshold of nothing":        func(j *Joint) { j.Each[1].Threshold = 0 },
		"another speaker":               func(j *Joint) { j.Trustee = 3 },
		"a speaker from nowhere":        func(j *Joint) { j.Trustee = 4 },
		"one total's quorum, of both":   func(j *Joint) { j.Each[1].Quorum = slices.Clone(j.Each[0].Quorum) },
		"a quorum with the wrong part":  func(j *Joint) { j.Each[0].Quorum = []int{1, 2} },
		"a quorum of one":               func(j *Joint) { j.Each[0].Quorum = []int{1} },
		"a total less":                  func(j *Joint) { j.Each = j.Each[:1]; j.cut() },
		"a number changed at the end":   func(j *Joint) { j.last().Add(j.last(), group.ScalarOf(1)) },
		"a bit's commitment, exchanged": func(j *Joint) { slices.Reverse(j.bits()) },
	} {
		p.note(g, name, g.again(j, change))
	}
	slices.SortFunc(p.Verdicts[1:], func(a, b jointVerdict) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	return *p
}

// cut takes away what belongs to the last total, so that the message can be read.
func (j *Joint) cut() {
	if j.Reached {
		j.Proofs = j.Proofs[:1]
		return
	}
	j.Short.Cases = j.Short.Cases[:1]
}

// last is the message's last scalar.
func (j *Joint) last() *group.Scalar {
	if j.Reached {
		p := j.Proofs[len(j.Proofs)-1].Responses
		return p[len(p)-1].One
	}
	return j.Short.Cases[len(j.Short.Cases)-1].Response
}

func (j *Joint) bits() []*group.Element {
	if j.Reached {
		return j.Proofs[0].Bits
	}
	return j.Short.Range.Bits
}

// lies are polls in which somebody who knows everything says what is not so.
func (w *world) lies() jointPoll {
	w.Helper()
	g := w.together([]uint64{31, 2001}, []uint64{60, 4000}, []uint64{31, 2001}, 1, 2)
	p, opened := g.poll("all are reached, and it is denied"), g.opened(1)
	parts := [][]*Blinded{opened[0].parts, opened[1].parts}
	j := &Joint{Trustee: 1, Each: []Held{{slices.Clone(opened[0].quorum), 31}, {slices.Clone(opened[1].quorum), 2001}}}
	var err error
	j.Short, err = j.proveShort(w.rand, w.seal, g.totals, parts, opened, []uint64{30, 2001})
	w.must(err)
	p.note(g, "a total made up", j)
	minus := group.NewElement().Negate(group.Base())
	j.Short = &Shortfall{Lack: pedersen(minus, group.ScalarOf(9))}
	j.Short.Range, err = proveRange(w.rand, j.bindRange(w.seal, g.totals, parts, j.Short), j.Short.Lack, 12, 1<<12-1, group.ScalarOf(9))
	w.must(err)
	g.cases(j, parts, opened[0], 0, group.ScalarOf(9))
	p.note(g, "a lack of -1", j)
	j.Short = &Shortfall{Lack: pedersen(exponent(3), group.ScalarOf(9))}
	j.Short.Range, err = proveRange(w.rand, j.bindRange(w.seal, g.totals, parts, j.Short), j.Short.Lack, 12, 3, group.ScalarOf(9))
	w.must(err)
	j.Short.Cases = []CaseProof{{group.ScalarOf(4), group.ScalarOf(5)}, {group.ScalarOf(6), group.ScalarOf(7)}}
	p.note(g, "a lack of nobody", j)
	return *p
}

// openTotal is a poll of which one total hides nothing, so that there is no verdict about it.
func (w *world) openTotal() jointPoll {
	w.Helper()
	g := w.together([]uint64{31, 2001}, []uint64{60, 4000}, []uint64{31, 2001}, 1, 2)
	j := g.prove(1)
	g.totals[1].Sum = secretballot.Ciphertext{A: group.NewElement(), B: exponent(2001)}
	p := g.poll("a total that hides nothing")
	p.note(g, "of another sum", j)
	return *p
}

// TestJointVectors holds every byte to what was once released, and every verdict to what was once said of it.
func TestJointVectors(t *testing.T) {
	w := sealed(t, Secret, 2, 3)
	v := jointVectors{[]jointPoll{
		w.jointOf("all are reached", []uint64{31, 2001}), w.jointOf("the first is not reached", []uint64{30, 2001}),
		w.jointOf("the last is not reached", []uint64{60, 2000}), w.jointOf("none is reached", []uint64{0, 0}), w.lies(), w.openTotal(),
	}}
	for _, p := range v.Polls[:4] {
		if p.Verdicts[0].Fault != "" || p.Verdicts[0].Reached != (p.Name == "all are reached") {
			t.Errorf("%s: %+v", p.Name, p.Verdicts[0])
		}
		for _, c := range p.Verdicts[1:] {
			if c.Fault == "" {
				t.Errorf("%s: %s holds", p.Name, c.Name)
			}
		}
	}
	for _, c := range append(v.Polls[4].Verdicts, v.Polls[5].Verdicts...) {
		if c.Fault == "" {
			t.Errorf("%s holds", c.Name)
		}
	}
	heldToFile(t, filepath.Join("..", "..", "..", "docs", "format", "joint.json"), v)
}

// What was once released is judged alike.
func TestReleasedJoints(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "format", "joint.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v jointVectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	for _, p := range v.Polls {
		seal, totals, lists := readable(t, DecodeSeal, p.Seal), []*Total{}, [][]*Blinded{}
		for _, z := range p.Totals {
			total := &Total{Election: [32]byte(unhex(t, p.Election)), Measure: z.Measure, Sum: z.Sum.ciphertext(t), Bound: z.Bound}
			var list []*Blinded
			for _, m := range z.Blinded {
				part := readable(t, DecodeBlinded, m.Bytes)
				if got := code(part.Check(seal, total)); got != m.Fault {
					t.Errorf("%s: %s: %q, want %q", p.Name, m.Name, got, m.Fault)
				}
				list = append(list, part)
			}
			totals, lists = append(totals, total), append(lists, list)
		}
		for _, c := range p.Verdicts {
			j := readable(t, DecodeJoint, c.Bytes)
			thresholds, err := j.Check(seal, totals, lists)
			if code(err) != c.Fault || err == nil && (j.Reached != c.Reached || !slices.Equal(thresholds, c.Thresholds)) {
				t.Errorf("%s: %s: %v, %v, %v", p.Name, c.Name, j.Reached, thresholds, err)
			}
		}
	}
}
