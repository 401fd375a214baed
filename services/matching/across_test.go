package matching_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/decidertest"
	"renlin.dev/pkg/merkle"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/across"
)

// shore is one of two communities, with the log that its notary would sign.
type shore struct {
	*world
	name  string
	id    string
	notes *merkle.Signer
}

// newShore founds a community of the cast, whose log has a key of its own.
func newShore(t decidertest.TB, name string) *shore {
	t.Helper()
	s := &shore{world: newWorld(t), name: name, id: id(name)}
	s.Fact("community/main", &communityv1.CommunityFounded{Name: name, EpochKey: keyOf(name)})
	seed := sha256.Sum256([]byte("notary of " + name))
	var err error
	if s.notes, err = merkle.NewSigner("renlin.dev/"+s.id, ed25519.NewKeyFromSeed(seed[:])); err != nil {
		t.Fatalf("make a notary: %v", err)
	}
	return s
}

// knows has officers of two organisations register another community, whose grid's middle lies ten squares east.
func (s *shore) knows(other *shore) {
	s.Helper()
	if _, err := s.Submit(s.Input("olga", "matching.register_peer", registering(other), "otto")); err != nil {
		s.Fatalf("register %s: %v", other.name, err)
	}
}

func registering(other *shore) *matchingv1.RegisterPeer {
	return &matchingv1.RegisterPeer{
		Community: other.id, FoundingKey: keyOf(other.name), Middle: &matchingv1.Cell{East: 10},
		Policy: "log " + other.notes.VerifierKey() + "\nquorum none\n",
	}
}

// two gives a community and its street office, which know each other.
func two(t decidertest.TB) (home, office *shore) {
	home, office = newShore(t, "home"), newShore(t, "office")
	home.knows(office)
	office.knows(home)
	return home, office
}

// carried gives the last commit with a fact of a type on an aggregate, and the proof of it under the newest checkpoint.
func (s *shore) carried(aggregate, event string) (raw, proof []byte) {
	s.Helper()
	found := -1
	entries := make([]merkle.Hash, len(s.Log))
	for i, c := range s.Log {
		encoded := s.Encode(c)
		entries[i] = merkle.Hash(chain.HashCommit(encoded))
		for _, change := range c.Changes {
			for _, e := range change.Events {
				if change.Aggregate == aggregate && strings.HasSuffix(e.Type, "."+event) {
					found, raw = i, encoded
				}
			}
		}
	}
	if found < 0 {
		s.Fatalf("%s has no %s", aggregate, event)
	}
	head := merkle.Checkpoint{Origin: s.notes.Name(), Size: uint64(len(entries)), Root: merkle.Root(entries)}
	signed, err := merkle.Sign(head, s.notes)
	if err != nil {
		s.Fatalf("sign a checkpoint: %v", err)
	}
	return raw, merkle.FormatProof(uint64(found), merkle.PathIn(entries, found), signed)
}

// refers has a need of ann's referred to the office, and answers both.
func (s *shore) refers(office *shore, quantity int64) (need, referral string) {
	s.Helper()
	need = s.need("ann", quantity)
	return need, s.Do("referral", "gwen", "matching.refer_need", &matchingv1.ReferNeed{Need: need, Peer: office.id})
}

// takingUp carries a referral to the office.
func (s *shore) takingUp(home *shore, referral string) *matchingv1.TakeUp {
	s.Helper()
	raw, proof := home.carried(across.ReferralPath(referral), "ReferralMade")
	return &matchingv1.TakeUp{Peer: home.id, Commit: raw, Proof: proof, Text: text("bring soup to the gate")}
}

// settling carries what came of a referral back.
func (s *shore) settling(office *shore, referral string) *matchingv1.SettleReferral {
	s.Helper()
	raw, proof := office.carried(across.UptakePath(across.UptakeID(s.id, referral)), "UptakeClosed")
	return &matchingv1.SettleReferral{Referral: referral, Commit: raw, Proof: proof}
}

func (s *shore) referral(id string) *across.Referral {
	return decider.Peek[across.Referral](s.State, across.ReferralPath(id))
}

func (s *shore) uptake(home *shore, referral string) *across.Uptake {
	return decider.Peek[across.Uptake](s.State, across.UptakePath(across.UptakeID(home.id, referral)))
}

// serves has a provider of the office's accept and bring so much of what was taken up, and a grid worker ask and say that it has arrived.
func (s *shore) serves(need string, quantity, brought int64) {
	s.Helper()
	provider := s.provider("bob", 10, 9)
	a := s.assigned(match(need, quantity, provider))
	s.Do("assignment", "bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: provider})
	s.Do("assignment", "bob", "matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: brought})
	s.Do("assignment", "gwen", "matching.confirm", &matchingv1.ConfirmAssignment{Assignment: a, Quantity: brought})
}

// pass lets time pass in both.
func pass(millis int64, shores ...*shore) {
	for _, s := range shores {
		s.later(millis)
	}
}

// TestReferral: from a need here to its being served there, and back.
func TestReferral(t *testing.T) {
	t.Parallel()
	home, office := two(t)
	need, referral := home.refers(office, 3)
	if n := home.needState(need); n.Waiting != 0 || n.Referred != 3 {
		t.Fatalf("what is referred is not held: %+v", n)
	}
	there := office.Do("need", "gwen", "matching.take_up", office.takingUp(home, referral))
	n := office.needState(there)
	if n.Cell.East != 10 || n.Beneficiary != across.UptakeID(home.id, referral) || n.Until != home.referral(referral).ServeBy {
		t.Fatalf("what was taken up is something else: %+v", n)
	}
	office.serves(there, 3, 3)
	if diff := cmp.Diff([]string{"matching.close_uptake"}, office.Settle()); diff != "" {
		t.Fatalf("it is not closed (-want +got):\n%s", diff)
	}
	settling := home.settling(office, referral)
	home.Do("referral", "fay", "matching.settle_referral", settling)
	if n := home.needState(need); n.Served != 3 || n.Referred != 0 || n.Waiting != 0 {
		t.Fatalf("what was served there does not count: %+v", n)
	}
	if got := home.Try("ann", "matching.settle_referral", settling); got != "referral.settled" {
		t.Errorf("once more: %q", got)
	}
	if got := office.Try("olga", "matching.take_up", office.takingUp(home, referral)); got != "uptake.made" {
		t.Errorf("taken up once more: %q", got)
	}
	pass(10*day, home, office)
	if n := home.needState(need); n.Served != 3 || n.Waiting != 0 {
		t.Errorf("later it is something else: %+v", n)
	}
}

// TestReferralOver: nothing is served there after its time, and without a word it waits here again only after that.
func TestReferralOver(t *testing.T) {
	t.Parallel()
	home, office := two(t)
	need, referral := home.refers(office, 3)
	there := office.Do("need", "gwen", "matching.take_up", office.takingUp(home, referral))
	provider := office.provider("bob", 10, 9)
	a := office.assigned(match(there, 3, provider))
	office.Do("assignment", "bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: provider})
	office.Do("assignment", "bob", "matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: 1})
	office.Do("assignment", "gwen", "matching.confirm", &matchingv1.ConfirmAssignment{Assignment: a, Quantity: 1})
	a = office.assigned(match(there, 1, provider))
	serveBy := home.referral(referral).ServeBy
	office.Now, home.Now = serveBy, serveBy
	complete := &matchingv1.CompleteAssignment{Assignment: a, Quantity: 1}
	accept := &matchingv1.AcceptAssignment{Assignment: a, Provider: provider}
	if got := office.Try("bob", "matching.accept", accept); got != "assignment.late" {
		t.Errorf("accepted after its time: %q", got)
	}
	if got := office.Try("bob", "matching.complete", complete); got != "assignment.not_serving" {
		t.Errorf("brought after its time: %q", got)
	}
	if got := office.Try("olga", "matching.adopt_plan", office.plan(match(there, 1, provider))); got == "" {
		t.Error("assigned after its time")
	}
	office.Settle()
	if u := office.uptake(home, referral); !u.Closed || u.Served != 1 || u.Ending != matchingv1.Ending_ENDING_OVER {
		t.Fatalf("it is not closed: %+v", u)
	}
	home.Settle()
	if n := home.needState(need); n.Referred != 3 {
		t.Fatalf("the hold ended before the word can have come: %+v", n)
	}
	settling := home.settling(office, referral)
	home.later(day)
	if n := home.needState(need); n.Waiting != 3 || n.Referred != 0 {
		t.Fatalf("it does not wait again: %+v", n)
	}
	home.Do("referral", "ann", "matching.settle_referral", settling)
	if n, r := home.needState(need), home.referral(referral); n.Waiting != 2 || n.Served != 1 || r.Twice != 0 {
		t.Fatalf("a late word is not taken from what waits: %+v, %+v", n, r)
	}
}

// TestToldWhenConfirmed: that something was brought is told to nobody before somebody has confirmed it. What has not arrived waits again
// there, and what nobody has confirmed when the time is over waits again here.
func TestToldWhenConfirmed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name              string
		arrived           []int64 // of three that are brought, and then of what waits again; what is left out nobody confirms
		withdrawn, closed bool    // the office takes it back after the first; it is closed before its time
		served            int64
		ending            matchingv1.Ending
	}{
		{"all", []int64{3}, false, true, 3, matchingv1.Ending_ENDING_SERVED},
		{"one is short and is brought again", []int64{2, 1}, false, true, 3, matchingv1.Ending_ENDING_SERVED},
		{"one is short and nobody has it", []int64{2}, false, false, 2, matchingv1.Ending_ENDING_OVER},
		{"nobody says anything", nil, false, false, 0, matchingv1.Ending_ENDING_OVER},
		{"nobody says anything, and it is taken back", nil, true, false, 0, matchingv1.Ending_ENDING_OVER},
		{"some is taken back", []int64{2}, true, true, 2, matchingv1.Ending_ENDING_DECLINED},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			home, office := two(t)
			need, referral := home.refers(office, 3)
			there, left := office.Do("need", "gwen", "matching.take_up", office.takingUp(home, referral)), int64(3)
			provider := office.provider("bob", 10, 9)
			for i := 0; i == 0 || i < len(c.arrived); i++ {
				a := office.assigned(match(there, left, provider))
				office.Do("assignment", "bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: provider})
				office.Do("assignment", "bob", "matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: left})
				office.Settle()
				if u := office.uptake(home, referral); u.Closed {
					t.Fatalf("told before anybody has confirmed it: %+v", u)
				}
				if c.withdrawn {
					office.Try("gwen", "matching.withdraw_need", &matchingv1.WithdrawNeed{Need: there})
				}
				if i < len(c.arrived) {
					office.Do("assignment", "gwen", "matching.confirm", &matchingv1.ConfirmAssignment{Assignment: a, Quantity: c.arrived[i]})
					left -= c.arrived[i]
				}
			}
			if office.Settle(); office.uptake(home, referral).Closed != c.closed {
				t.Fatalf("closed before its time: %v", !c.closed)
			}
			office.later(home.referral(referral).ServeBy - office.Now)
			if u := office.uptake(home, referral); !u.Closed || u.Served != c.served || u.Ending != c.ending {
				t.Fatalf("told as %+v", u)
			}
			home.Do("referral", "fay", "matching.settle_referral", home.settling(office, referral))
			if n := home.needState(need); n.Served != c.served || n.Waiting != 3-c.served {
				t.Errorf("here it is %+v", n)
			}
		})
	}
}

// TestServedAtTheEnd: what somebody serves when the time comes is let go, and refused from then on, before the rule has closed it too.
func TestServedAtTheEnd(t *testing.T) {
	t.Parallel()
	home, office := two(t)
	_, referral := home.refers(office, 1)
	there := office.Do("need", "gwen", "matching.take_up", office.takingUp(home, referral))
	provider := office.provider("bob", 10, 9)
	office.Now = home.referral(referral).ServeBy - minute
	a := office.assigned(match(there, 1, provider))
	office.Do("assignment", "bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: provider})
	office.Now += minute
	complete := &matchingv1.CompleteAssignment{Assignment: a, Quantity: 1}
	if got := office.Try("bob", "matching.complete", complete); got != "uptake.over" {
		t.Errorf("brought when the time is over: %q", got)
	}
	office.Settle()
	if u := office.uptake(home, referral); !u.Closed || u.Served != 0 {
		t.Errorf("closed as %+v", u)
	}
	if o := office.offerState(provider); o.Taken != 0 {
		t.Errorf("who served it is still held: %+v", o)
	}
}

// TestServedTwice: what was assigned here again before a late word came is told as a number, and the sum holds.
func TestServedTwice(t *testing.T) {
	t.Parallel()
	home, office := two(t)
	need, referral := home.refers(office, 2)
	there := office.Do("need", "gwen", "matching.take_up", office.takingUp(home, referral))
	office.serves(there, 2, 2)
	office.Settle()
	settling := home.settling(office, referral)
	home.later(4 * day)
	home.assigned(match(need, 2, home.provider("bob", 1, 9)))
	home.Do("referral", "ann", "matching.settle_referral", settling)
	n, r := home.needState(need), home.referral(referral)
	if r.Served != 2 || r.Twice != 2 || n.Served != 0 || n.Matched != 2 {
		t.Errorf("served twice: %+v, %+v", r, n)
	}
}

// TestRefersByRule: what waits for too long is referred without anybody's doing.
func TestRefersByRule(t *testing.T) {
	t.Parallel()
	home, office := two(t)
	book := rulebook()
	book.Matching.ReferAfterSeconds, book.Matching.ReferTo = 3600, office.id
	home.Adopt(book)
	need := home.need("ann", 2)
	if diff := cmp.Diff([]string{"matching.refer_waiting"}, home.later(60*minute)); diff != "" {
		t.Fatalf("after an hour (-want +got):\n%s", diff)
	}
	if n := home.needState(need); n.Referred != 2 {
		t.Errorf("it is not held: %+v", n)
	}
	home.need("fay", 1)
	home.Fact(across.PeerPath(office.id), &matchingv1.PeerForgotten{})
	if diff := cmp.Diff([]string{"lapsed peer.unknown"}, home.later(60*minute)); diff != "" {
		t.Errorf("to whom nobody trusts any more (-want +got):\n%s", diff)
	}
}

// attempt prepares two communities and gives who tries what, in which of them, and who signs too.
type attempt func(home, office *shore) (s *shore, who, operation string, body proto.Message, with []string)

// crossing is one line of the table of refusals.
type crossing struct {
	name string
	at   attempt
	want string
}

// TestCrossings: what is carried, by whom, and what is refused.
func TestCrossings(t *testing.T) {
	t.Parallel()
	take := func(spoil func(home, office *shore, body *matchingv1.TakeUp)) attempt {
		return func(home, office *shore) (*shore, string, string, proto.Message, []string) {
			_, referral := home.refers(office, 3)
			body := office.takingUp(home, referral)
			spoil(home, office, body)
			return office, "olga", "matching.take_up", body, nil
		}
	}
	back := func(spoil func(home, office *shore, body *matchingv1.SettleReferral)) attempt {
		return func(home, office *shore) (*shore, string, string, proto.Message, []string) {
			_, referral := home.refers(office, 3)
			taking := office.takingUp(home, referral)
			taking.Text, taking.Decline = nil, matchingv1.Reason_REASON_BUSY
			office.Do("uptake", "olga", "matching.take_up", taking)
			body := home.settling(office, referral)
			spoil(home, office, body)
			return home, "ann", "matching.settle_referral", body, nil
		}
	}
	peer := func(who string, spoil func(body *matchingv1.RegisterPeer), with ...string) attempt {
		return func(home, office *shore) (*shore, string, string, proto.Message, []string) {
			body := registering(office)
			spoil(body)
			return home, who, "matching.register_peer", body, with
		}
	}
	refer := func(body func(home, office *shore) *matchingv1.ReferNeed) attempt {
		return func(home, office *shore) (*shore, string, string, proto.Message, []string) {
			return home, "gwen", "matching.refer_need", body(home, office), nil
		}
	}
	same := func(*matchingv1.RegisterPeer) {}
	for _, c := range slicesOf(
		[]crossing{
			{"a peer, by two organisations", peer("olga", same, "otto"), ""},
			{"a peer, by one", peer("olga", same), "peer.second_org"},
			{"a peer by a resident", peer("ann", same, "otto"), "role.missing"},
			{"without a key", peer("olga", func(b *matchingv1.RegisterPeer) { b.FoundingKey = nil }, "otto"), "peer.key"},
			{"under another's id", peer("olga", func(b *matchingv1.RegisterPeer) { b.Community = id("third") }, "otto"), "peer.policy"},
			{"without a grid", peer("olga", func(b *matchingv1.RegisterPeer) { b.Middle = nil }, "otto"), "matching.cell"},
			{"who is forgotten", func(home, office *shore) (*shore, string, string, proto.Message, []string) {
				return home, "otto", "matching.forget_peer", &matchingv1.ForgetPeer{Peer: office.id}, nil
			}, ""},
			{"who is not known", func(home, _ *shore) (*shore, string, string, proto.Message, []string) {
				return home, "otto", "matching.forget_peer", &matchingv1.ForgetPeer{Peer: id("third")}, nil
			}, "peer.unknown"},
		},
		[]crossing{
			{"refer more than waits", refer(func(home, office *shore) *matchingv1.ReferNeed {
				return &matchingv1.ReferNeed{Need: home.need("ann", 1), Peer: office.id, Quantity: 2}
			}), "referral.quantity"},
			{"refer to whom nobody knows", refer(func(home, _ *shore) *matchingv1.ReferNeed {
				return &matchingv1.ReferNeed{Need: home.need("ann", 1), Peer: id("third")}
			}), "peer.unknown"},
			{"refer for yesterday", refer(func(home, office *shore) *matchingv1.ReferNeed {
				return &matchingv1.ReferNeed{Need: home.need("ann", 1), Peer: office.id, ServeBy: home.Now}
			}), "referral.time"},
			{"refer what was withdrawn", refer(func(home, office *shore) *matchingv1.ReferNeed {
				need := home.need("ann", 1)
				home.Do("need", "ann", "matching.withdraw_need", &matchingv1.WithdrawNeed{Need: need})
				return &matchingv1.ReferNeed{Need: need, Peer: office.id}
			}), "need.withdrawn"},
			{"refer onward", func(home, office *shore) (*shore, string, string, proto.Message, []string) {
				_, referral := home.refers(office, 1)
				there := office.Do("need", "gwen", "matching.take_up", office.takingUp(home, referral))
				return office, "gwen", "matching.refer_need", &matchingv1.ReferNeed{Need: there, Peer: home.id}, nil
			}, "referral.onward"},
		},
		[]crossing{
			{"take up", take(func(_, _ *shore, _ *matchingv1.TakeUp) {}), ""},
			{"decline", take(func(_, _ *shore, b *matchingv1.TakeUp) { b.Text, b.Decline = nil, matchingv1.Reason_REASON_TOO_FAR }), ""},
			{"neither", take(func(_, _ *shore, b *matchingv1.TakeUp) { b.Text = nil }), "uptake.decline"},
			{"both", take(func(_, _ *shore, b *matchingv1.TakeUp) { b.Decline = matchingv1.Reason_REASON_BUSY }), "uptake.decline"},
			{"a forged commit", take(func(_, _ *shore, b *matchingv1.TakeUp) { b.Commit[len(b.Commit)-1]++ }), "proof.not_held"},
			{"a forged proof", take(func(_, _ *shore, b *matchingv1.TakeUp) { b.Proof[len(b.Proof)/2] ^= 1 }), "proof.not_held"},
			{"words in the proof", take(func(_, _ *shore, b *matchingv1.TakeUp) {
				b.Proof = []byte(strings.Replace(string(b.Proof), "index ", "extra aGVsbG8=\nindex ", 1))
			}), "proof.surplus"},
			{"no proof", take(func(_, _ *shore, b *matchingv1.TakeUp) { b.Proof = nil }), "proof.not_held"},
			{"another fact", take(func(home, _ *shore, b *matchingv1.TakeUp) {
				b.Commit, b.Proof = home.carried("member/"+id("ann"), "MemberAdmitted")
			}), "proof.other_fact"},
			{"under another's name", take(func(_, _ *shore, b *matchingv1.TakeUp) { b.Peer = id("third") }), "peer.unknown"},
			{"what is meant for another", take(func(_, office *shore, _ *matchingv1.TakeUp) {
				office.Fact("community/main", &communityv1.CommunityFounded{EpochKey: keyOf("another")})
			}), "proof.elsewhere"},
			{"when its time is over", take(func(_, office *shore, _ *matchingv1.TakeUp) { office.Now += 2 * day }), "uptake.over"},
			{"a kind of help that is not known there", take(func(_, office *shore, _ *matchingv1.TakeUp) {
				office.Adopt(&communityv1.Rulebook{Version: 2, Matching: &communityv1.MatchingRules{}})
			}), "skill.unknown"},
		},
		[]crossing{
			{"settle", back(func(_, _ *shore, _ *matchingv1.SettleReferral) {}), ""},
			{"settle what there is not", back(func(_, _ *shore, b *matchingv1.SettleReferral) { b.Referral = id("none") }), "referral.unknown"},
			{"settle another one", back(func(home, office *shore, b *matchingv1.SettleReferral) {
				_, b.Referral = home.refers(office, 3)
			}), "proof.other_fact"},
			{"settle by one's own word", back(func(home, _ *shore, b *matchingv1.SettleReferral) {
				b.Commit, b.Proof = home.carried(across.ReferralPath(b.Referral), "ReferralMade")
			}), "proof.not_held"},
			{"settle by a forged one", back(func(_, _ *shore, b *matchingv1.SettleReferral) { b.Commit[40] ^= 1 }), "proof.not_held"},
			{"settle by who is not trusted any more", back(func(home, office *shore, _ *matchingv1.SettleReferral) {
				home.Do("peer", "otto", "matching.forget_peer", &matchingv1.ForgetPeer{Peer: office.id})
			}), "peer.unknown"},
		},
	) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, who, operation, body, with := c.at(two(t))
			_, err := s.Submit(s.Input(who, operation, body, with...))
			if got := code(err); got != c.want {
				t.Errorf("refused as %q, want %q", got, c.want)
			}
		})
	}
}

func slicesOf(parts ...[]crossing) (all []crossing) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}
