package voting_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// TestRoundsOver: in a round of the trustees nothing is said, ended or sealed that is of another round, or after its end.
func TestRoundsOver(t *testing.T) {
	t.Parallel()
	u, err := theUrn()
	if err != nil {
		t.Fatal(err)
	}
	sealed := &votingv1.PollKeySealed{Seal: u.seal.Bytes(), BoxKey: u.seal.BoxKey[:]}
	for name, tt := range map[string]struct {
		facts  []proto.Message
		wait   int64
		round  uint32
		nobody bool // who asks is no trustee
		want   map[string]string
	}{
		"another round": {
			nil, 0, 2, false,
			map[string]string{"end": "trustees.round_over", "seal": "trustees.round_over", "say": "trustees.round_over"},
		},
		"a failed round": {
			[]proto.Message{&votingv1.CeremonyFailed{Round: 1, Trustees: []uint32{1}, Reason: "test"}}, 0, 1, false,
			map[string]string{"end": "trustees.round_over", "seal": "trustees.round_over", "say": "trustees.round_over"},
		},
		"sealed": {
			[]proto.Message{sealed}, 0, 1, false,
			map[string]string{"end": "trustees.round_over", "seal": "trustees.round_over", "say": "trustees.round_over"},
		},
		"lapsed": {
			[]proto.Message{&votingv1.OpeningLapsed{Reason: "test"}}, 0, 1, false,
			map[string]string{"end": "poll.lapsed", "seal": "poll.lapsed", "say": "poll.lapsed"},
		},
		"at the end of the round":       {nil, 1000, 1, false, map[string]string{"say": "trustees.round_over"}},
		"just before it":                {nil, 999, 1, false, map[string]string{"say": "trustee.malformed"}},
		"by somebody who is no trustee": {nil, 0, 1, true, map[string]string{"say": "trustees.stranger"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p := id("a poll of trustees")
			who := officer
			if tt.nobody {
				who = convener
			}
			w.fact("voting", decider.On(poll.Path(p), &votingv1.PollCalled{
				Matter: "roof", Question: question, Rules: secretRules(communityv1.Secrecy_SECRECY_TOTALS), OpensBy: w.now + 1_000_000,
			}))
			w.fact("voting", decider.On(poll.Path(p), &votingv1.CeremonyBegun{
				Round: 1, Threshold: 1, AnswersBy: w.now + 1000, Context: fixedKey(1),
				Trustees: []*communityv1.Trustee{{Member: id(who), Org: id(orgOne), TrusteeKey: u.key.Public().Bytes()}},
			}))
			for _, body := range tt.facts {
				w.fact("voting", decider.On(poll.Path(p), body))
			}
			w.now += tt.wait
			rules := map[string]decider.Rule{
				"end":  ruling(poll.EndRound, &votingv1.EndRound{Poll: p, Round: tt.round}),
				"seal": ruling(poll.SealPollKey, &votingv1.SealPollKey{Poll: p, Round: tt.round}),
				"say":  ruling(poll.AddKeyPart, &votingv1.AddKeyPart{Poll: p, Round: tt.round, Message: []byte{1}}),
			}
			for what, want := range tt.want {
				if got := code(w.ask(rules[what])); got != want {
					t.Errorf("%s: %q, want %q", what, got, want)
				}
			}
		})
	}
}

// TestNoticeStages: nobody has a notice before there is one, after the close, or of a poll that will not open.
func TestNoticeStages(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		notice bool
		facts  []proto.Message
		wait   int64
		want   string
	}{
		"no notice yet": {false, nil, 0, "notice.none"},
		"lapsed":        {true, []proto.Message{&votingv1.OpeningLapsed{Reason: "test"}}, 0, "poll.lapsed"},
		"closed":        {true, []proto.Message{&votingv1.PollOpened{ClosesAt: 1 << 60}, &votingv1.PollClosed{}}, 0, "notice.closed"},
		"at the close":  {true, []proto.Message{&votingv1.PollOpened{}}, 1000, "notice.closed"},
		"just before":   {true, []proto.Message{&votingv1.PollOpened{}}, 999, "roll.unlisted"},
		"unlisted":      {true, nil, 0, "roll.unlisted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p := w.motion("roof", announced(), question)
			if tt.notice {
				w.fact("voting", decider.On(poll.Path(p), &votingv1.NoticeIssued{Roll: &votingv1.Roll{Position: 1 << 40}, Notice: fixedKey(5)}))
			}
			for _, body := range tt.facts {
				if opened, ok := body.(*votingv1.PollOpened); ok {
					body = &votingv1.PollOpened{Roll: &votingv1.Roll{}, ClosesAt: max(opened.GetClosesAt(), w.now+1000)}
				}
				w.fact("voting", decider.On(poll.Path(p), body))
			}
			w.now += tt.wait
			got := code(w.ask(ruling(poll.AcknowledgeNotice, &votingv1.AcknowledgeNotice{Poll: p, Notice: fixedKey(5)})))
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
