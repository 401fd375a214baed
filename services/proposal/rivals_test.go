package proposal_test

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/decider"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/proposal"
	"renlin.dev/services/proposal/internal/merge"
	"renlin.dev/services/proposal/internal/topic"
)

// rivals are two instances of this service before one sequencer: both decide before either's commits are written.
type rivals struct {
	t       *testing.T
	now     int64
	machine *order.Machine
	raws    [][]byte
	log     []*chain.Commit
	inst    [2]*decider.Instance
	salts   uint64
	sent    uint64
}

func newRivals(t *testing.T) *rivals {
	t.Helper()
	return rivalsIn(t, newWorld(t))
}

// rivalsIn are rivals on a record that a test has begun.
func rivalsIn(t *testing.T, w *world) *rivals {
	t.Helper()
	m := proposal.Model()
	r := &rivals{t: t, now: start}
	r.machine = order.New(order.Config{Epoch: 1, Kinds: map[string][]string{
		"proposal": m.OwnKinds(), "other": {"community", "rulebook", "member", "key", "mandate"},
	}, Sign: func(h chain.Header) chain.Sealed { return chain.Sealed{Header: h} }})
	for i := range r.inst {
		r.inst[i] = decider.NewInstance(decider.Config{Model: m, Salt: r.salt}, decider.NewState(m))
	}
	for _, c := range w.Log {
		r.sequence("other", &chain.Request{Ask: chain.AskAppend, Commits: [][]byte{w.Encode(c)}})
	}
	return r
}

func (r *rivals) salt() (s [16]byte) {
	r.salts++
	binary.BigEndian.PutUint64(s[:], r.salts)
	return s
}

// sequence has a request judged and written, and everybody folds the block.
func (r *rivals) sequence(service string, q *chain.Request) *chain.Reply {
	r.t.Helper()
	if _, ok := r.machine.Admit(service, q, r.now); !ok {
		r.t.Fatal("the sequencer puts a request off")
	}
	verdicts := r.machine.Release()
	if raw, ok := r.machine.Seal(nil); ok {
		verdicts = r.machine.Confirm()
		b, err := chain.DecodeBlock(raw)
		if err != nil {
			r.t.Fatal(err)
		}
		r.raws = append(r.raws, raw)
		for _, commit := range b.Commits {
			c, err := chain.DecodeCommit(commit)
			if err != nil {
				r.t.Fatal(err)
			}
			r.log = append(r.log, c)
		}
		for _, i := range r.inst {
			if err := i.ApplyBlock(r.now, b); err != nil {
				r.t.Fatal(err)
			}
		}
	}
	reply, err := verdicts[0].Reply(func(block uint64) ([]byte, error) { return r.raws[block], nil })
	if err != nil {
		r.t.Fatal(err)
	}
	return reply
}

// submit hands a command to one of the two and answers where its result will be.
func (r *rivals) submit(to int, who, operation string, body proto.Message) *string {
	r.t.Helper()
	raw, err := protojson.Marshal(body)
	if err != nil {
		r.t.Fatal(err)
	}
	r.sent++
	key := sha256.Sum256(binary.BigEndian.AppendUint64(nil, r.sent))
	signed := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: chain.ShortID(key[:]), NotAfter: r.now + 60_000,
		Body: raw, Signatures: []chain.Signature{{Key: keyOf(who), Sig: make([]byte, 64)}},
	}
	encoded, err := signed.Encode(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	unchecked := func(*chain.Signed, chain.Hash, chain.CommandID) error { return nil }
	command, err := proposal.Model().Admit(r.machine.Genesis(), encoded, unchecked)
	if err != nil {
		r.t.Fatal(err)
	}
	answer := "nothing"
	r.inst[to].Submit(r.now, decider.Submission{Command: command, Reply: func(result decider.Result) {
		answer = ""
		if result.Fault != nil {
			answer = result.Fault.Code
		}
	}})
	return &answer
}

// run lets both decide, and only then writes what both ask for, until nothing is left to do.
func (r *rivals) run() {
	r.t.Helper()
	for range 1000 {
		var asked [2][]*decider.Outgoing
		for i, instance := range r.inst {
			instance.Tick(r.now)
			asked[i] = instance.Outbox()
		}
		for i, out := range asked {
			for _, o := range out {
				r.inst[i].Replied(r.now, o.Handle, r.sequence("proposal", o.Request))
			}
		}
		if len(asked[0])+len(asked[1]) == 0 {
			return
		}
	}
	r.t.Fatal("the two never come to rest")
}

// TestRivalPosts: one author posts at two instances at once; the limit holds, in a batch and between rivals.
func TestRivalPosts(t *testing.T) {
	t.Parallel()
	r := newRivals(t)
	var answers []*string
	for i := range 6 {
		answers = append(answers, r.submit(i%2, "ann", "proposal.post", postIn("greening")))
	}
	r.run()
	count := map[string]int{}
	for _, a := range answers {
		count[*a]++
	}
	if count[""] != 2 || count["topic.limit"] != 4 {
		t.Errorf("answers %v, want two written and four over the limit", count)
	}
	if open := r.inst[0].State().Members("topic"); len(open) != 2 {
		t.Errorf("%d topics", len(open))
	}
}

// TestRivalSeconds: everybody supports one topic at once, some of them at both instances, while its author takes it back; whatever comes
// first, each supporter counts once, a taken topic is not withdrawn, and no round is convened twice.
func TestRivalSeconds(t *testing.T) {
	t.Parallel()
	for _, withdrawn := range []bool{false, true} {
		r := newRivals(t)
		r.submit(0, "ann", "proposal.post", postIn("greening"))
		r.run()
		raised := r.inst[0].State().Members("topic")[0]
		var answers []*string
		for _, who := range []string{"bob", "cat", "dan"} {
			for to := range 2 {
				answers = append(answers, r.submit(to, who, "proposal.second", &proposalv1.SecondTopic{Topic: raised}))
			}
		}
		back := new(string)
		if withdrawn {
			back = r.submit(1, "ann", "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: raised})
		}
		r.run()
		state := r.inst[1].State()
		seconds := len(state.Members(topic.Path(raised) + "/second"))
		written := 0
		for _, a := range answers {
			if *a == "" {
				written++
			}
		}
		got := decider.Peek[topic.Topic](state, topic.Path(raised)).State
		if written != seconds || seconds > 3 || (*back == "" && withdrawn) != (got == topic.Withdrawn) || *back == "nothing" {
			t.Errorf("%d written, %d seconds, topic %s, withdrawal %q", written, seconds, got, *back)
		}
		convened := len(state.Members("deliberation"))
		if !withdrawn && (convened != 1 || got != topic.Taken) || convened > 1 || (convened == 1) != (got == topic.Taken) {
			t.Errorf("%d deliberations, topic %s", convened, got)
		}
		w := newWorld(t)
		if findings, _ := w.Audited(r.log, 0); len(findings) > 0 {
			t.Errorf("findings: %+v", findings)
		}
	}
}

// TestRivalMerges: overlapping proposals get their last consents at two instances at once, while the topics gather support and one may be
// withdrawn. Each topic is merged at most once and into one that is open, every supporter still counts, and nobody is convened twice.
func TestRivalMerges(t *testing.T) {
	t.Parallel()
	for _, withdrawn := range []bool{false, true} {
		r := newRivals(t)
		var topics []string
		for _, who := range []string{"ann", "bob"} { // a third person would convene
			before := r.inst[0].State().Members("topic")
			r.submit(0, who, "proposal.post", postIn("naming"))
			r.run()
			topics = append(topics, slices.DeleteFunc(slices.Clone(r.inst[0].State().Members("topic")), func(id string) bool {
				return slices.Contains(before, id)
			})...)
		}
		first, second := topics[0], topics[1]
		to := r.submit(0, "conn", "proposal.propose_merge", mergeOf(second, first))
		fro := r.submit(1, "bob", "proposal.propose_merge", mergeOf(first, second))
		r.run()
		if *to != "" || *fro != "" {
			t.Fatalf("proposed: %q, %q", *to, *fro)
		}
		var answers []*string
		for _, m := range r.inst[0].State().Members("merge") {
			for i, who := range []string{"ann", "bob", "ann"} {
				answers = append(answers, r.submit(i%2, who, "proposal.consent_to_merge", &proposalv1.ConsentToMerge{Merge: m}))
			}
		}
		for i, who := range []string{"ann", "bob"} {
			answers = append(answers, r.submit(i, who, "proposal.second", &proposalv1.SecondTopic{Topic: topics[1-i]}))
		}
		back := new(string)
		if withdrawn {
			back = r.submit(1, "bob", "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: second})
		}
		r.run()
		state := r.inst[1].State()
		ends, closed := map[merge.State]int{}, 0
		for _, m := range state.Members("merge") {
			ends[decider.Peek[merge.Merge](state, merge.Path(m)).State]++
		}
		for _, id := range topics {
			if raised := decider.Peek[topic.Topic](state, topic.Path(id)); raised.State == topic.Merged {
				closed++
			}
		}
		if *back == "nothing" || slices.ContainsFunc(answers, func(a *string) bool { return *a == "nothing" }) {
			t.Error("somebody got no answer")
		}
		if closed != ends[merge.Completed] || closed > 1 || !withdrawn && closed != 1 || ends[merge.Open] > 1 {
			t.Errorf("%d merged, proposals %v", closed, ends)
		}
		w := newWorld(t)
		findings, again := w.Audited(r.log, 0)
		if len(findings) > 0 {
			t.Errorf("findings: %+v", findings)
		}
		if w.State = again; withdrawn {
			continue
		}
		open := topics[0]
		if topicOf(w, open).State == topic.Merged {
			open = topics[1]
		}
		r.submit(0, "cat", "proposal.second", &proposalv1.SecondTopic{Topic: open}) // the third supporter: ann and bob still count
		r.run()
		if n := len(r.inst[0].State().Members("deliberation")); n != 1 {
			t.Errorf("%d deliberations", n)
		}
	}
}
