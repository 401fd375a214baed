package voting_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"slices"
	"testing"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/secretballot"
	keys "renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// registrar lists the credentials in every test.
const registrar = "registrar"

// hall is a world in which a secret poll is called and its key made, with voters who have a flat each.
type hall struct {
	*council
	id     string
	voters []string
	areas  map[string]int64
}

// hallRules are those of a yes/no poll of a level by heads and area, with the default bound on the leak.
func hallRules(level communityv1.Secrecy) *communityv1.PollRules {
	r := secretRules(level)
	r.OpenWithinSeconds, r.CloseWhenComplete = 400, true
	r.Secrecy.TrusteesMin, r.Secrecy.AnonymityMin, r.Secrecy.IntervalWidth = 2, 0, 0
	if level == communityv1.Secrecy_SECRECY_INTERVAL {
		r.Secrecy.IntervalWidth = 200_00
	}
	return r
}

var totals = communityv1.Secrecy_SECRECY_TOTALS

// alike are flats of one size.
func alike(names ...string) map[string]int64 {
	areas := map[string]int64{}
	for _, n := range names {
		areas[n] = 100_00
	}
	return areas
}

var sixOwners = []string{"ann", "bob", "cat", "dan", "eve", "fay"}

// newHall calls a poll and has the trustees make its key, so that its voters can register.
func newHall(t *testing.T, rules *communityv1.PollRules, q *proposalv1.Motion, areas map[string]int64) *hall {
	t.Helper()
	h := &hall{council: newCouncil(t, "t1", "t2"), areas: areas}
	h.appoint(registrar)
	h.settleIn()
	h.id = h.motion("roof", rules, q)
	h.step(t, 0, 1)
	return h
}

// appoint names the community's registrar.
func (h *hall) appoint(name string) {
	h.admit(name)
	h.fact("community", decider.On("registrar/main", &communityv1.RegistrarAppointed{Registrar: &communityv1.Registrar{
		Member: id(name), Org: id(orgOne), Key: public(name), BoxKey: publicOf(h.t, fixedKey(3)),
	}}))
}

// settleIn admits the owners and gives each their flat.
func (h *hall) settleIn() {
	for n := range h.areas { // any order: sorted below
		h.voters = append(h.voters, n)
	}
	slices.Sort(h.voters)
	for _, n := range h.voters {
		h.admit(n)
		h.unit("flat of "+n, n, h.areas[n])
	}
}

// credential names the key by which a voter votes in the test's poll.
func credential(voter string) string { return "credential of " + voter }

func salt(voter string) []byte {
	sum := sha256.Sum256([]byte("salt of " + voter))
	return sum[:]
}

// committed is what a voter commits to their credential by.
func (h *hall) committed(voter string) []byte { return commit(h, voter, credential(voter)) }

// commit is what a voter commits to some key by.
func commit(h *hall, voter, key string) []byte {
	return poll.CommitCredential(h.id, id(voter), salt(voter), public(key))
}

// receiptOf is the registrar's signature over a commitment.
func receiptOf(h *hall, voter string, commitment []byte) []byte {
	return ed25519.Sign(device(registrar), poll.ReceiptInput(h.id, id(voter), commitment))
}

// registration is what a voter puts on the record, with the registrar's receipt.
func (h *hall) registration(voter string) *votingv1.RegisterVoter {
	commitment := h.committed(voter)
	return &votingv1.RegisterVoter{
		Poll: h.id, Voter: id(voter), Commitment: commitment, Receipt: receiptOf(h, voter, commitment),
	}
}

func (h *hall) register(voters ...string) {
	h.t.Helper()
	for _, n := range voters {
		h.must(h.send("voting.register", h.registration(n), n))
		h.settle()
	}
}

// rows are the right ones of some voters, ascending by key.
func (h *hall) rows(voters ...string) []*votingv1.CredentialRow {
	var rows []*votingv1.CredentialRow
	for _, n := range voters {
		row := &votingv1.CredentialRow{Key: public(credential(n)), Heads: 1}
		if slices.ContainsFunc(h.poll(h.id).Rules.GetRequirements(), weighsArea) {
			row.AreaCentiM2 = h.areas[n]
		}
		rows = append(rows, row)
	}
	return ascending(rows)
}

func weighsArea(r *communityv1.Requirement) bool {
	return r.GetMeasure() == communityv1.Measure_MEASURE_AREA
}

func ascending(rows []*votingv1.CredentialRow) []*votingv1.CredentialRow {
	slices.SortFunc(rows, func(a, b *votingv1.CredentialRow) int { return bytes.Compare(a.GetKey(), b.GetKey()) })
	return rows
}

// list sends a part of the list, as the registrar.
func (h *hall) list(last bool, rows ...*votingv1.CredentialRow) error {
	h.t.Helper()
	err := h.send("voting.list_credentials", &votingv1.ListCredentials{Poll: h.id, Rows: rows, Last: last}, registrar)
	h.settle()
	return err
}

// contest is a voter's word that their credential is not listed as it should be.
func (h *hall) contest(voter string) *votingv1.ContestRoster {
	return &votingv1.ContestRoster{Poll: h.id, Voter: id(voter), Key: public(credential(voter)), Salt: salt(voter)}
}

// lapsed expects the poll to have lapsed for a reason, and never to open.
func (h *hall) lapsed(want string) {
	h.t.Helper()
	h.wait(1_000_000)
	if got := h.poll(h.id); got.Lapsed != want || got.Roll != nil {
		h.t.Fatalf("lapsed %q, want %q; open: %v", got.Lapsed, want, got.Roll != nil)
	}
}

// opened lets the time to contest pass, and expects the poll to open.
func (h *hall) opened() {
	h.t.Helper()
	h.now = max(h.now, h.poll(h.id).Secret.ContestedUntil)
	h.settle()
	if got := h.poll(h.id); got.Roll == nil {
		h.t.Fatalf("the poll did not open; lapsed %q", got.Lapsed)
	}
}

// election is what the ballots of the poll are made for.
func (h *hall) election() *secretballot.Election {
	h.t.Helper()
	p := h.poll(h.id)
	seal, err := keys.DecodeSeal(p.Ceremony.Seal)
	if err != nil {
		h.t.Fatalf("read seal: %v", err)
	}
	shape, err := secretballot.Approval(3, 1, 1)
	if err != nil {
		h.t.Fatalf("make shape: %v", err)
	}
	e, err := secretballot.NewElection([32]byte(p.Secret.Election), seal.Key.Bytes(), shape)
	if err != nil {
		h.t.Fatalf("make election: %v", err)
	}
	return e
}

// findEvent gives the last event of a kind on the poll.
func findEvent[E any](t *testing.T, h *hall) (found E) {
	t.Helper()
	for _, c := range h.commits {
		for _, ch := range c.Changes {
			for _, e := range ch.Events {
				m, err := decider.DecodeEvent(e)
				if err != nil {
					t.Fatal(err)
				}
				if is, ok := m.(E); ok && ch.Aggregate == poll.Path(h.id) {
					found = is
				}
			}
		}
	}
	return found
}
