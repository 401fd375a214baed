package voting_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// plantedHall is a hall whose key is there without a ceremony.
func plantedHall(t tester, rules *communityv1.PollRules, areas map[string]int64) *hall {
	u, err := theUrn()
	if err != nil {
		t.Fatalf("make key: %v", err)
	}
	h := &hall{council: &council{world: newWorld(t)}, areas: areas}
	h.appoint(registrar)
	h.settleIn()
	h.withhold = "voting.begin_ceremony"
	h.id = h.motion("roof", rules, question)
	h.fact("voting", decider.On(poll.Path(h.id), &votingv1.CeremonyBegun{
		Round: 1, Threshold: 1, AnswersBy: h.now + 1000, Context: fixedKey(1),
		Trustees: []*communityv1.Trustee{{Member: id(holderOne), Org: id(orgOne), TrusteeKey: u.key.Public().Bytes()}},
	}))
	h.fact("voting", decider.On(poll.Path(h.id), &votingv1.PollKeySealed{Seal: u.seal.Bytes(), BoxKey: u.seal.BoxKey[:]}))
	h.settle()
	return h
}

// weighed is a weight of the model.
type weighed struct{ heads, area int64 }

// seen is what the record says of a poll's roster, read by somebody who knows none of the rules.
type seen struct {
	registered map[string][]byte // commitment by voter
	ended      bool
	keys       [][]byte
	weights    map[string]weighed // by key
	contested  *votingv1.RosterContested
}

// read reads the record, and checks what must hold of every event when it is written.
func (h *hall) read(t *rapid.T) *seen {
	s := &seen{registered: map[string][]byte{}, weights: map[string]weighed{}}
	for _, c := range h.commits {
		for _, ch := range c.Changes {
			for _, e := range ch.Events {
				m, err := decider.DecodeEvent(e)
				if err != nil {
					t.Fatal(err)
				}
				s.take(t, ch.Aggregate, m)
			}
		}
	}
	return s
}

func (s *seen) take(t *rapid.T, aggregate string, m any) {
	switch b := m.(type) {
	case *votingv1.VoterRegistered:
		if s.ended {
			t.Fatalf("registered after the end")
		}
		s.registered[aggregate[len(aggregate)-26:]] = b.GetCommitment()
	case *votingv1.RegistrationEnded:
		s.ended = true
		if int(b.GetVoters()) != len(s.registered) {
			t.Fatalf("%d registered, it says %d", len(s.registered), b.GetVoters())
		}
	case *votingv1.CredentialsListed:
		for _, r := range b.GetRows() {
			if n := len(s.keys); n > 0 && bytes.Compare(s.keys[n-1], r.GetKey()) >= 0 || !s.ended {
				t.Fatalf("%x is listed out of order", r.GetKey())
			}
			s.keys = append(s.keys, r.GetKey())
			s.weights[string(r.GetKey())] = weighed{r.GetHeads(), r.GetAreaCentiM2()}
		}
	case *votingv1.RosterContested:
		s.contested = b
	}
}

// exact tells whether the listed weights are those of the voters who registered, each as often.
func (s *seen) exact(h *hall) bool {
	var listed, due []string
	for _, w := range s.weights { // any order: sorted below
		listed = append(listed, fmt.Sprint(w))
	}
	for _, n := range h.voters {
		if s.registered[id(n)] != nil {
			due = append(due, fmt.Sprint(weighed{1, h.areas[n]}))
		}
	}
	slices.Sort(listed)
	slices.Sort(due)
	return slices.Equal(listed, due)
}

// drawRows are the right rows of those who registered, often spoilt in one place.
func (h *hall) drawRows(t *rapid.T, registered []string) []*votingv1.CredentialRow {
	rows := h.rows(registered...)
	if len(rows) == 0 {
		return nil
	}
	i, j := rapid.IntRange(0, len(rows)-1).Draw(t, "row"), rapid.IntRange(0, len(rows)-1).Draw(t, "other row")
	switch rapid.IntRange(0, 9).Draw(t, "spoilt") {
	case 0:
		rows = slices.Delete(rows, i, i+1)
	case 1:
		rows = ascending(append(rows, &votingv1.CredentialRow{Key: public("nobody's"), Heads: 1, AreaCentiM2: 100_00}))
	case 2:
		rows[i].AreaCentiM2, rows[j].AreaCentiM2 = rows[j].AreaCentiM2, rows[i].AreaCentiM2
	case 3:
		rows[i].Key = public("nobody's")
		rows = ascending(rows)
	case 4:
		rows[i].Heads++
	case 5:
		rows[i], rows[j] = rows[j], rows[i]
	case 6:
		rows = append(rows, rows[i])
	}
	return rows
}

// Whatever a registrar lists and whoever contests it, a poll opens only with exactly the weights of those who registered, a roster that is
// wrong by itself is found to be, and one that a voter has shown to be wrong was.
func TestRosterInvariants(t *testing.T) {
	t.Parallel()
	ends := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		rules := hallRules(communityv1.Secrecy_SECRECY_PASS_FAIL)
		rules.Secrecy.AnonymityMin = 1
		areas := map[string]int64{}
		for i := range rapid.IntRange(1, 8).Draw(t, "voters") {
			areas[fmt.Sprint("voter ", i)] = rapid.SampledFrom([]int64{50_00, 100_00}).Draw(t, "area")
		}
		h := plantedHall(t, rules, areas)
		registered := map[string]bool{}
		for range rapid.IntRange(0, 12).Draw(t, "registrations") {
			n := rapid.SampledFrom(h.voters).Draw(t, "voter")
			b := h.registration(n)
			if rapid.IntRange(0, 5).Draw(t, "receipt") == 0 {
				b.Receipt = receiptOf(h, "somebody else", b.GetCommitment())
			}
			if h.send("voting.register", b, n) == nil {
				registered[n] = true
			}
			h.settle()
		}
		h.wait(60_000)
		rows := h.drawRows(t, slices.Sorted(maps.Keys(registered)))
		for len(rows) > 0 {
			part := rapid.IntRange(1, len(rows)).Draw(t, "part")
			if h.list(part == len(rows), rows[:part]...) != nil {
				break
			}
			rows = rows[part:]
		}
		if rapid.Bool().Draw(t, "contested") {
			for _, n := range h.voters {
				_ = h.send("voting.contest_roster", h.contest(n), n)
			}
		}
		h.wait(500_000)
		h.outcome(t, ends)
	})
	if ends["exact"] == 0 || ends["credentials.wrong"] == 0 || ends["credentials.missing"] == 0 {
		t.Errorf("plays ended in %v only", ends)
	}
}

// outcome holds what became of a poll against the record.
func (h *hall) outcome(t *rapid.T, ends map[string]int) {
	p, s := h.poll(h.id), h.read(t)
	sealed := len(p.Secret.Root) > 0
	exact := s.exact(h)
	if ends[p.Lapsed]++; sealed && exact {
		ends["exact"]++ // it opens, unless the leak meter refuses or somebody contests it
	}
	switch {
	case (p.Roll != nil) == (p.Lapsed != ""):
		t.Fatalf("open: %v, lapsed: %q", p.Roll != nil, p.Lapsed)
	case p.Roll != nil && !exact:
		t.Fatalf("opened with other weights: %v", s.weights)
	case sealed && (p.Lapsed == "credentials.wrong") == exact:
		t.Fatalf("lapsed %q, the weights being right: %v", p.Lapsed, exact)
	case (s.contested != nil) != (p.Lapsed == "credentials.contested"):
		t.Fatalf("lapsed %q, contested: %v", p.Lapsed, s.contested)
	}
	if c := s.contested; c != nil {
		var voter string
		for _, n := range h.voters {
			if id(n) == c.GetVoter() {
				voter = n
			}
		}
		opens := bytes.Equal(poll.CommitCredential(h.id, c.GetVoter(), c.GetSalt(), c.GetKey()), s.registered[c.GetVoter()])
		if !opens || s.weights[string(c.GetKey())] == (weighed{1, h.areas[voter]}) {
			t.Fatalf("%s has shown nothing", voter)
		}
	}
}
