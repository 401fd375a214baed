package main

import (
	"crypto/rand"
	"crypto/sha256"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// paperMatter is the matter whose polls know of paper: everybody is called back, and the audit has all the time there is.
func paperMatter() *communityv1.PollRules {
	r := pollRules(1, 1, 1)
	r.Paper = &communityv1.PaperRules{CallBackPermille: 1000, RiskLimitPermille: 50, AuditSeconds: 1_000_000}
	return r
}

// sheet is somebody's paper in a poll; its secret is a hash of their name.
func sheet(poll, who string) *ballot.Paper {
	sum := sha256.Sum256([]byte("paper of " + who))
	return &ballot.Paper{Poll: poll, Voter: forge.ID(who), Secret: [16]byte(sum[:])}
}

func serials(sheets ...*ballot.Paper) *votingv1.IssuePapers {
	out := &votingv1.IssuePapers{Poll: sheets[0].Poll}
	for _, s := range sheets {
		c := s.Commitment()
		out.Papers = append(out.Papers, &votingv1.PaperSerial{Voter: s.Voter, Commitment: c[:]})
	}
	return out
}

// boxFor seals a yes for a sheet's voter.
func (w *accessWorld) boxFor(s *ballot.Paper) []byte {
	w.Helper()
	b, err := ballot.Seal(rand.Reader, w.boxes[s.Poll], s.Poll, s.Voter, &votingv1.Choice{Options: []uint32{0}})
	if err != nil {
		w.TB.Fatal(err)
	}
	return b
}

func (w *accessWorld) firstEntry(s *ballot.Paper, operator string) *votingv1.EnterPaper {
	w.Helper()
	c, proof, mark := s.Commitment(), s.Proof(1), s.Mark(&votingv1.Choice{Options: []uint32{0}})
	sealed := ballot.SealMark(forge.ID(operator), mark[:])
	return &votingv1.EnterPaper{
		Poll: s.Poll, Voter: s.Voter, Paper: ballot.PaperID(c[:]), Proof: proof[:], SealedMark: sealed[:], Box: w.boxFor(s),
		Evidence: accessText("picture"),
	}
}

func (w *accessWorld) secondEntry(s *ballot.Paper) *votingv1.ReenterPaper {
	w.Helper()
	c, proof, mark := s.Commitment(), s.Proof(2), s.Mark(&votingv1.Choice{Options: []uint32{0}})
	return &votingv1.ReenterPaper{
		Poll: s.Poll, Voter: s.Voter, Paper: ballot.PaperID(c[:]), Proof: proof[:], Mark: mark[:], Box: w.boxFor(s),
		Evidence: accessText("picture"),
	}
}

// paperPoll opens a poll whose rules know of paper, and answers it with its private key.
func (w *accessWorld) paperPoll() (string, []byte) {
	w.Helper()
	poll := w.callIn("paper")
	w.open(poll)
	return poll, w.private
}

// papersCounted brings two polls to where their papers are to be checked: of one the samples are drawn. An officer of a third organisation
// entered the papers with one of the owners, so that the committee's auditor may check them.
func (w *accessWorld) papersCounted() {
	w.Helper()
	w.fact("member/"+forge.ID("ida"), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_OFFICER, Org: forge.ID("watch")})
	keys := map[string][]byte{}
	for range 2 {
		poll, private := w.paperPoll()
		s := sheet(poll, "eve")
		w.by("offA", "voting.issue_papers", serials(s))
		w.by("ida", "voting.enter_paper", w.firstEntry(s, "ida"))
		w.by("offB", "voting.reenter_paper", w.secondEntry(s))
		keys[poll] = private
	}
	w.Pass(60_000)
	for _, poll := range slices.Sorted(maps.Keys(keys)) {
		w.by("hold1", "voting.publish_key", &votingv1.PublishKey{Poll: poll, PrivateKey: keys[poll]})
		w.Pass(1000)
		w.papers["undrawn"], w.papers["drawn"] = w.papers["drawn"], poll
	}
	w.by("eve", "voting.draw_samples", w.drawing(w.papers["drawn"]))
}

// drawing names the block that holds a poll's tally, signed as the sequencer would.
func (w *accessWorld) drawing(poll string) *votingv1.DrawSamples {
	w.Helper()
	for index := w.Size() - 1; index > 0; index-- {
		c := w.Commit(index)
		if w.Signed(c).Operation == "voting.record_tally" && c.Changes[0].Aggregate == "poll/"+poll {
			s := chain.Seal(chain.Header{Genesis: w.Genesis(), First: index, Count: 1}, forge.Key("epoch"))
			return &votingv1.DrawSamples{Poll: poll, Block: s.Encode()}
		}
	}
	w.TB.Fatal("the poll has no tally")
	return nil
}

// papersOpen opens a poll in which eve's paper is out, fay's was entered once and hal's is to be taken back.
func (w *accessWorld) papersOpen() {
	w.Helper()
	last := w.private
	w.papers["open"], _ = w.paperPoll()
	w.private = last
	of := func(who string) *ballot.Paper { return sheet(w.papers["open"], who) }
	w.by("offA", "voting.issue_papers", serials(of("eve"), of("fay"), of("hal")))
	w.by("ida", "voting.enter_paper", w.firstEntry(of("fay"), "ida"))
}

func paperRows() map[string]cell {
	return map[string]cell{
		"voting.issue_papers": plain(func(w *accessWorld) proto.Message {
			return serials(&ballot.Paper{Poll: w.papers["open"], Voter: forge.ID("eve")})
		}),
		"voting.void_paper": plain(func(w *accessWorld) proto.Message {
			c := sheet(w.papers["open"], "hal").Commitment()
			return &votingv1.VoidPaper{Poll: w.papers["open"], Voter: forge.ID("hal"), Paper: ballot.PaperID(c[:])}
		}),
		"voting.enter_paper: another's": func(w *accessWorld, who string) deed {
			return deed{body: w.firstEntry(sheet(w.papers["open"], "eve"), who)}
		},
		"voting.enter_paper: one's own": func(w *accessWorld, who string) deed {
			return deed{body: w.firstEntry(sheet(w.papers["open"], who), who)}
		},
		"voting.reenter_paper": plain(func(w *accessWorld) proto.Message { return w.secondEntry(sheet(w.papers["open"], "fay")) }),
		"voting.draw_samples":  plain(func(w *accessWorld) proto.Message { return w.drawing(w.papers["undrawn"]) }),
		"voting.compare_ballot": plain(func(w *accessWorld) proto.Message {
			return &votingv1.CompareBallot{Poll: w.papers["drawn"], Voter: forge.ID("eve")}
		}),
		"voting.record_call_back": plain(func(w *accessWorld) proto.Message {
			return &votingv1.RecordCallBack{Poll: w.papers["drawn"], Voter: forge.ID("eve"), Answer: votingv1.Answer_ANSWER_CONFIRMED}
		}),
	}
}
