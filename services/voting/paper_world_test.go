package voting_test

import (
	"crypto/rand"
	"crypto/sha256"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// Who enters and checks papers, beside the officer of the first organisation.
const (
	worker, third, outsider, auditor = "worker", "third", "outsider", "auditor"
	orgThree, orgFour                = "org-three", "org-four"
)

// onPaper are rules that know of paper, with a half of the papers for one operator, everybody called back and a risk limit of 5 %.
func onPaper(electorate communityv1.Electorate) *communityv1.PollRules {
	r := yesNo(electorate)
	r.Paper = &communityv1.PaperRules{OperatorPermilleMax: 500, CallBackPermille: 1000, RiskLimitPermille: 50, AuditSeconds: 40}
	return r
}

// staffed gives a world those who enter and check papers.
func (w *world) staffed() *world {
	w.t.Helper()
	w.admit(worker, third, outsider, auditor)
	w.role(worker, communityv1.Role_ROLE_GRID_WORKER, orgTwo)
	w.role(third, communityv1.Role_ROLE_OFFICER, orgTwo)
	w.role(outsider, communityv1.Role_ROLE_OFFICER, orgThree)
	w.role(auditor, communityv1.Role_ROLE_AUDITOR, orgFour)
	return w
}

// papered is a world with an open poll of owners whose rules know of paper.
func papered(t tester, owners ...string) (*world, string) {
	t.Helper()
	w := newWorld(t).staffed()
	w.admit(owners...)
	for _, n := range owners {
		w.unit("flat of "+n, n, 100_00)
	}
	p := w.motion("roof", onPaper(communityv1.Electorate_ELECTORATE_OWNERS), question)
	w.open(p)
	return w, p
}

// print makes a sheet whose secret is a hash of a word.
func (w *world) print(p, voter, word string) *ballot.Paper {
	sum := sha256.Sum256([]byte("secret of " + word))
	return &ballot.Paper{Poll: p, Voter: id(voter), Secret: [16]byte(sum[:])}
}

func serialOf(s *ballot.Paper) *votingv1.PaperSerial {
	c := s.Commitment()
	return &votingv1.PaperSerial{Voter: s.Voter, Commitment: c[:]}
}

func paperID(s *ballot.Paper) string {
	c := s.Commitment()
	return ballot.PaperID(c[:])
}

// issue hands a printed sheet to its voter.
func (w *world) issue(s *ballot.Paper) error {
	return w.send("voting.issue_papers", &votingv1.IssuePapers{Poll: s.Poll, Papers: []*votingv1.PaperSerial{serialOf(s)}}, officer)
}

// issued prints and issues a sheet.
func (w *world) issued(p, voter, word string) *ballot.Paper {
	w.t.Helper()
	s := w.print(p, voter, word)
	w.must(w.issue(s))
	return s
}

var picture = &communityv1.Text{
	Ref: "abababababababababababababababababababababababababababababababab", LengthBytes: 40_000, Commitment: fixedKey(9),
}

func (w *world) boxOf(s *ballot.Paper, options []uint32) []byte {
	w.t.Helper()
	b, err := ballot.Seal(rand.Reader, w.poll(s.Poll).BoxKey, s.Poll, s.Voter, &votingv1.Choice{Options: options})
	if err != nil {
		w.t.Fatalf("seal: %v", err)
	}
	return b
}

// entered is the body of a first entry, reentered of a further one, the n-th.
func (w *world) entered(s *ballot.Paper, operator string, options []uint32) *votingv1.EnterPaper {
	proof, mark := s.Proof(1), s.Mark(&votingv1.Choice{Options: options})
	sealed := ballot.SealMark(id(operator), mark[:])
	return &votingv1.EnterPaper{
		Poll: s.Poll, Voter: s.Voter, Paper: paperID(s), Proof: proof[:], SealedMark: sealed[:], Box: w.boxOf(s, options), Evidence: picture,
	}
}

func (w *world) reentered(s *ballot.Paper, n int, options []uint32) *votingv1.ReenterPaper {
	proof, mark := s.Proof(n), s.Mark(&votingv1.Choice{Options: options})
	return &votingv1.ReenterPaper{
		Poll: s.Poll, Voter: s.Voter, Paper: paperID(s), Proof: proof[:], Mark: mark[:], Box: w.boxOf(s, options), Evidence: picture,
	}
}

func (w *world) enter(s *ballot.Paper, operator string, options []uint32) error {
	return w.send("voting.enter_paper", w.entered(s, operator, options), operator)
}

func (w *world) reenter(s *ballot.Paper, operator string, n int, options []uint32) error {
	return w.send("voting.reenter_paper", w.reentered(s, n, options), operator)
}

// twice enters a sheet by the two operators.
func (w *world) twice(s *ballot.Paper, options []uint32) {
	w.t.Helper()
	w.must(w.enter(s, officer, options))
	w.must(w.reenter(s, worker, 2, options))
}

// sheet gives a voter's sheet as it stands.
func (w *world) sheet(s *ballot.Paper) poll.Sheet {
	w.t.Helper()
	for _, have := range decider.Peek[poll.Papers](w.state, poll.PaperPath(s.Poll, s.Voter)).Sheets {
		if have.ID == paperID(s) {
			return have
		}
	}
	w.t.Fatalf("there is no such sheet")
	return poll.Sheet{}
}

// header is of a block of so many commits from an index on, signed by the sequencer.
func (w *world) header(first, count uint64) []byte {
	s := chain.Seal(chain.Header{Genesis: chain.Hash{1}, Number: first, First: first, Count: uint32(count), Time: w.now}, device("sequencer"))
	return s.Encode()
}

// tallied gives the index of the last commit that recorded a tally.
func (w *world) tallied() uint64 {
	w.t.Helper()
	for i := len(w.commits) - 1; i >= 0; i-- {
		for _, ch := range w.commits[i].Changes {
			for _, e := range ch.Events {
				if e.Type == string((&votingv1.TallyRecorded{}).ProtoReflect().Descriptor().FullName()) {
					return uint64(i)
				}
			}
		}
	}
	w.t.Fatalf("no tally is recorded")
	return 0
}

func (w *world) drawSamples(p string) error {
	w.t.Helper()
	return w.send("voting.draw_samples", &votingv1.DrawSamples{Poll: p, Block: w.header(w.tallied(), 1)}, holderOne)
}

func (w *world) sample(p string) *poll.Sample {
	w.t.Helper()
	s := decider.Peek[poll.Sample](w.state, "poll/"+p+"/sample/main")
	if s == nil {
		w.t.Fatalf("no sample is drawn")
	}
	return s
}

func (w *world) compare(p, voter string, differs bool) error {
	return w.send("voting.compare_ballot", &votingv1.CompareBallot{Poll: p, Voter: id(voter), Differs: differs}, auditor)
}

// certified lets time pass until the certificate and gives it.
func (w *world) certified(p string) *votingv1.CertificateIssued {
	w.t.Helper()
	w.wait(200_000)
	for _, m := range w.events("poll/" + p) {
		if c, ok := m.(*votingv1.CertificateIssued); ok {
			return c
		}
	}
	w.t.Fatalf("no certificate is issued")
	return nil
}

// honest fails unless the record re-executes to the same.
func (w *world) honest(t *testing.T) {
	t.Helper()
	if findings, _ := audited(t, w.commits, w.now); len(findings) != 0 {
		t.Errorf("judged again: %v", findings)
	}
}

// changed gives a copy of a body with something else in it.
func changed[M proto.Message](m M, change func(M)) M {
	dup := proto.CloneOf(m)
	change(dup)
	return dup
}
