package pollcheck_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/trustee"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

const (
	yesNo    = communityv1.Method_METHOD_YES_NO
	single   = communityv1.Method_METHOD_SINGLE
	approval = communityv1.Method_METHOD_APPROVAL
)

func question(codes ...string) *proposalv1.Motion {
	q := &proposalv1.Motion{Title: "修缮屋顶", Text: "是否修缮"}
	for _, code := range codes {
		q.Options = append(q.Options, &proposalv1.Option{Code: code, Title: code})
	}
	return q
}

// call calls the poll.
func (w *world) call(r *communityv1.PollRules, q *proposalv1.Motion) {
	w.rules = r
	w.rule(&votingv1.PollCalled{Matter: "works", Motion: forge.ID("motion"), Question: q, Rules: r, OpensBy: w.now + 36_000_000})
}

// open opens the poll.
func (w *world) open(election []byte) {
	w.opened = &votingv1.PollOpened{Roll: w.roll, OpenedAt: w.now + 1000, ClosesAt: w.now + 1000 + pollSeconds*1000, Election: election}
	w.rule(w.opened)
}

// close lets the time pass.
func (w *world) close(ballots int) {
	w.now = w.opened.GetClosesAt() - 1000
	w.rule(&votingv1.PollClosed{Ballots: uint32(ballots)})
}

// finish writes the tally and its certificate.
func (w *world) finish(t *votingv1.Tally, withheld ...uint32) {
	until := w.now + 61_000
	w.rule(&votingv1.TallyRecorded{Tally: t, ObjectionsUntil: until})
	w.by(chain.AuthorDevice, forge.ID("gus"), forge.Public("gus"), "poll/"+w.id+"/objection/"+forge.ID("gus"), &votingv1.ObjectionRaised{})
	w.now = until
	adopted := t.GetResult() == votingv1.Result_RESULT_PASSED || t.GetResult() == votingv1.Result_RESULT_CHOSEN
	w.rule(&votingv1.CertificateIssued{
		Motion: forge.ID("motion"), Roll: w.roll, Tally: t, Objections: 1, Adopted: adopted, Withheld: withheld, KeyLate: len(withheld) > 0,
	})
}

// cast puts a voter's box on the record.
func (w *world) cast(key []byte, voter string, options ...uint32) {
	box, err := ballot.Seal(w.rand, key, w.id, forge.ID(voter), &votingv1.Choice{Options: options})
	must(w.t, err)
	w.box(voter, box)
}

func (w *world) box(voter string, box []byte) {
	w.by(chain.AuthorDevice, forge.ID(voter), forge.Public(voter), "poll/"+w.id+"/ballot/"+forge.ID(voter), &votingv1.BallotCast{Box: box})
}

// openYesNo is an open question: a vote that is replaced, one that abstains, and one of every kind of invalid ballots.
func openYesNo(t testing.TB) *record {
	w := newWorld(t, "open yes/no")
	w.call(rulesOf(communityv1.Secrecy_SECRECY_OPEN, yesNo), question())
	w.ceremony()
	w.open(nil)
	key := w.seal.BoxKey[:]
	w.cast(key, "ann", 1)
	w.cast(key, "ann", 0)
	w.cast(key, "ben", 0)
	w.cast(key, "cai", 1)
	w.cast(key, "dan", 2)
	w.cast(key, "eva", 3) // outside of the rules
	misplaced, err := ballot.Seal(w.rand, key, w.id, forge.ID("ann"), &votingv1.Choice{Options: []uint32{0}})
	must(t, err)
	w.box("fay", misplaced)
	w.box("gus", bytes.Repeat([]byte{9}, 300)) // opens for nobody
	w.close(7)
	for n := 1; n <= 2; n++ {
		share, err := w.shares[n-1].Expose(w.seal)
		must(t, err)
		w.says(n, &votingv1.SharePublished{Trustee: uint32(n), Message: share.Bytes(), Nonce: w.nonces[n-1]})
	}
	w.now += 60_000
	w.rule(&votingv1.SharesMissing{Trustees: []uint32{3}})
	// heads: yes 2, no 1, abstain 1, of 7; area: 9000+7000 yes, 9000 no, 7000 abstain, of 57000.
	q := w.rules.GetRequirements()
	w.finish(&votingv1.Tally{
		Ballots: 7, Valid: 4, Invalid: 3, Replaced: 1, Abstained: 1, ParticipantsHeads: 7, ParticipantsAreaCentiM2: 57000,
		ValidHeads: 3, ValidAreaCentiM2: 25000, InvalidBallots: &votingv1.InvalidBallots{Unopened: 1, Misplaced: 1, OutsideRules: 1},
		Totals: []*votingv1.OptionTotal{
			{Option: 0, Heads: 2, AreaCentiM2: 16000}, {Option: 1, Heads: 1, AreaCentiM2: 9000}, {Option: 2, Heads: 1, AreaCentiM2: 7000},
		},
		Inequalities: []*votingv1.Inequality{
			{Left: "2*57000", Sign: ">=", Right: "1*57000", Holds: true, Requirement: q[0]},
			{Left: "2*2", Sign: ">", Right: "1*7", Requirement: q[1]},
			{Left: "2*16000", Sign: ">", Right: "1*57000", Requirement: q[2]},
		},
		Result: votingv1.Result_RESULT_REJECTED, StandsWithoutHosted: true,
	}, 3)
	return w.record
}

// openSingle is a choice of one of three, in which two stand equal, and the trustees' numbers break the tie.
func openSingle(t testing.TB) *record {
	w := newWorld(t, "open single")
	r := rulesOf(communityv1.Secrecy_SECRECY_OPEN, single)
	r.TieRule = communityv1.TieRule_TIE_RULE_SEED
	w.call(r, question("10", "9", "old"))
	w.ceremony()
	w.open(nil)
	for i, v := range voters[:5] {
		w.cast(w.seal.BoxKey[:], v, uint32(i%3)) // 0, 1, 2, 0, 1
	}
	w.close(5)
	h := append([]byte("renlin/tie-seed/1\n\x00\x1a"), w.id...)
	for n := 1; n <= 3; n++ {
		share, err := w.shares[n-1].Expose(w.seal)
		must(t, err)
		w.says(n, &votingv1.SharePublished{Trustee: uint32(n), Message: share.Bytes(), Nonce: w.nonces[n-1]})
		h = append(append(h, byte(n)), w.nonces[n-1]...)
	}
	seed := sha256.Sum256(h)
	order := []uint32{0, 1}
	place := func(code string) []byte { x := sha256.Sum256(append(seed[:], code...)); return x[:] }
	if bytes.Compare(place("9"), place("10")) < 0 {
		order = []uint32{1, 0}
	}
	w.finish(&votingv1.Tally{
		Ballots: 5, Valid: 5, ParticipantsHeads: 5, ParticipantsAreaCentiM2: 41000, ValidHeads: 5, ValidAreaCentiM2: 41000,
		InvalidBallots: &votingv1.InvalidBallots{}, Totals: []*votingv1.OptionTotal{
			{Option: 0, Heads: 2, AreaCentiM2: 16000}, {Option: 1, Heads: 2, AreaCentiM2: 16000}, {Option: 2, Heads: 1, AreaCentiM2: 9000},
		},
		Inequalities: []*votingv1.Inequality{{Left: "2*41000", Sign: ">=", Right: "1*57000", Holds: true, Requirement: r.GetRequirements()[0]}},
		Result:       votingv1.Result_RESULT_CHOSEN, Winners: order[:1], TieBroken: true, TieSeed: seed[:],
		Ties: []*votingv1.Tie{{Options: order, Total: 2}}, StandsWithoutHosted: true,
	})
	return w.record
}

// openAgain is a question whose key took two rounds, and by which nobody decided anything: nobody came.
func openAgain(t testing.TB) *record {
	w := newWorld(t, "open in the second round")
	w.call(rulesOf(communityv1.Secrecy_SECRECY_OPEN, yesNo), question())
	w.silent()
	w.ceremony()
	w.open(nil)
	w.close(0)
	for n := 1; n <= 2; n++ {
		share, err := w.shares[n-1].Expose(w.seal)
		must(t, err)
		w.says(n, &votingv1.SharePublished{Trustee: uint32(n), Message: share.Bytes(), Nonce: w.nonces[n-1]})
	}
	q := w.rules.GetRequirements()
	w.finish(&votingv1.Tally{
		InvalidBallots: &votingv1.InvalidBallots{}, Totals: []*votingv1.OptionTotal{{Option: 0}, {Option: 1}, {Option: 2}},
		Inequalities: []*votingv1.Inequality{
			{Left: "2*0", Sign: ">=", Right: "1*57000", Requirement: q[0]},
			{Left: "2*0", Sign: ">", Right: "1*0", Requirement: q[1], BaseZero: true},
			{Left: "2*0", Sign: ">", Right: "1*0", Requirement: q[2], BaseZero: true},
		},
		Result: votingv1.Result_RESULT_NO_QUORUM, StandsWithoutHosted: true,
	})
	return w.record
}

// openApproval is by two key holders, as polls before there were trustees: two seats, three options.
func openApproval(t testing.TB) *record {
	w := newWorld(t, "open approval")
	r := rulesOf(communityv1.Secrecy_SECRECY_UNSPECIFIED, approval)
	r.Ballot = &communityv1.BallotRules{Seats: 2, OptionsMax: 2}
	w.call(r, question("a", "b", "c"))
	private := bytes.Repeat([]byte{7}, 32)
	public := x25519(t, private)
	w.rule(&votingv1.PollKeyOffered{BoxKey: public, Wrapped: []byte{1}, Holder: forge.ID("holder 1")})
	w.rule(&votingv1.PollKeyHeld{Holder: forge.ID("holder 2")})
	w.sealRoll()
	w.open(nil)
	w.cast(public, "ann", 0, 1)
	w.cast(public, "ben", 1)
	w.cast(public, "cai", 0, 1, 2) // one too many
	w.cast(public, "dan", 2, 0)
	w.cast(public, "eva")
	w.close(5)
	w.rule(&votingv1.KeyPublished{PrivateKey: private, Holder: forge.ID("holder 1")})
	w.finish(&votingv1.Tally{
		Ballots: 5, Valid: 4, Invalid: 1, Abstained: 1, ParticipantsHeads: 5, ParticipantsAreaCentiM2: 41000,
		ValidHeads: 3, ValidAreaCentiM2: 23000, InvalidBallots: &votingv1.InvalidBallots{OutsideRules: 1},
		Totals: []*votingv1.OptionTotal{
			{Option: 0, Heads: 2, AreaCentiM2: 16000, Score: 2}, {Option: 1, Heads: 2, AreaCentiM2: 16000, Score: 2},
			{Option: 2, Heads: 1, AreaCentiM2: 7000, Score: 1},
		},
		Inequalities: []*votingv1.Inequality{{Left: "2*41000", Sign: ">=", Right: "1*57000", Holds: true, Requirement: r.GetRequirements()[0]}},
		Result:       votingv1.Result_RESULT_CHOSEN, Winners: []uint32{0, 1}, StandsWithoutHosted: true,
	})
	return w.record
}

// secretWorld is a secret poll with what it needs besides.
type secretWorld struct {
	*world
	election *secretballot.Election
	id32     [32]byte
	sequence map[string]uint64
	ballots  map[string][]byte // the last that was cast
	cast     int
	opened   uint32
	how      map[string]votingv1.Channel // by voter, how others than they came to their credentials
}

func credential(voter string) ed25519.PrivateKey { return forge.Key("credential of " + voter) }

func credentialKey(voter string) []byte { return credential(voter).Public().(ed25519.PublicKey) }

func salt(voter string) []byte { h := sha256.Sum256([]byte("salt of " + voter)); return h[:] }

// commitmentOf is docs/format.md's, written again.
func (w *world) commitmentOf(voter string) []byte {
	h := append([]byte("renlin/credential/1\n\x00\x1a"), w.id...)
	h = append(append(h, 0, 26), forge.ID(voter)...)
	sum := sha256.Sum256(append(append(h, salt(voter)...), credentialKey(voter)...))
	return sum[:]
}

// register puts a voter's registration on the record.
func (w *secretWorld) register(voter string) {
	c := w.commitmentOf(voter)
	input := append([]byte("renlin/registration/1\n\x00\x1a"), w.world.id...)
	input = append(append(append(input, 0, 26), forge.ID(voter)...), c...)
	body := &votingv1.VoterRegistered{Commitment: c, Receipt: ed25519.Sign(forge.Key("registrar"), input), Channel: w.how[voter]}
	by := voter
	switch w.how[voter] {
	case votingv1.Channel_CHANNEL_HELPER:
		body.Mandate = forge.ID("mandate")
	case votingv1.Channel_CHANNEL_PAPER:
		by, body.Org = "giver", forge.ID("committee")
	}
	w.by(chain.AuthorDevice, forge.ID(by), forge.Public(by), "poll/"+w.world.id+"/registration/"+forge.ID(voter), body)
}

// secret opens a secret poll: everybody but the last voter has registered.
func secret(t testing.TB, name string, r *communityv1.PollRules, q *proposalv1.Motion, shape secretballot.Shape) *secretWorld {
	return secretBy(t, name, r, q, shape, nil)
}

// secretBy is secret, where some have not registered by themselves.
func secretBy(
	t testing.TB, name string, r *communityv1.PollRules, q *proposalv1.Motion, shape secretballot.Shape, how map[string]votingv1.Channel,
) *secretWorld {
	w := &secretWorld{world: newWorld(t, name), sequence: map[string]uint64{}, ballots: map[string][]byte{}, how: how}
	w.call(r, q)
	w.ceremony()
	w.rule(&votingv1.RegistrationBegun{Roll: w.roll, Registrar: registrar(), EndsAt: w.now + 60_000})
	registered := voters[:6]
	w.register("ann")
	for _, v := range registered {
		w.register(v)
	}
	w.rule(&votingv1.RegistrationEnded{Voters: uint32(len(registered)), ListedBy: w.now + 60_000})
	rows := rowsOf(registered)
	for _, row := range rows {
		for v, channel := range how { // any order: each row is of one
			if bytes.Equal(row.GetKey(), credentialKey(v)) {
				row.Channel = channel
			}
		}
	}
	w.by(chain.AuthorDevice, forge.ID("registrar"), forge.Public("registrar"), "poll/"+w.id, &votingv1.CredentialsListed{Rows: rows[:2]})
	w.by(chain.AuthorDevice, forge.ID("registrar"), forge.Public("registrar"), "poll/"+w.id, &votingv1.CredentialsListed{Rows: rows[2:]})
	root := rosterRoot(rows)
	w.by(chain.AuthorDevice, forge.ID("registrar"), forge.Public("registrar"), "poll/"+w.id,
		&votingv1.RosterSealed{Root: root, Credentials: uint32(len(rows)), ContestedUntil: w.now + 60_000})
	w.now += 60_000
	h := append([]byte("renlin/election/1\n\x00\x1a"), w.world.id...)
	for _, m := range []proto.Message{q, r, w.roll} {
		raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		must(t, err)
		sum := sha256.Sum256(raw)
		h = append(h, sum[:]...)
	}
	w.id32 = sha256.Sum256(append(append(h, root...), w.seal.Bytes()...))
	w.open(w.id32[:])
	var err error
	w.election, err = secretballot.NewElection(w.id32, w.seal.Key.Bytes(), shape)
	must(t, err)
	return w
}

func rowsOf(list []string) (rows []*votingv1.CredentialRow) {
	for _, v := range list {
		rows = append(rows, &votingv1.CredentialRow{Key: credentialKey(v), Heads: 1, AreaCentiM2: areaOf(v)})
	}
	slices.SortFunc(rows, func(a, b *votingv1.CredentialRow) int { return bytes.Compare(a.GetKey(), b.GetKey()) })
	return rows
}

func rosterRoot(rows []*votingv1.CredentialRow) []byte {
	var leaves []chain.Hash
	for _, r := range rows {
		b := append([]byte("renlin/roster/1\n"), r.GetKey()...)
		if r.GetChannel() > 0 {
			b = append([]byte("renlin/roster/2\n"), r.GetKey()...)
		}
		for _, n := range []int64{r.GetHeads(), r.GetAreaCentiM2(), r.GetMeasured().GetHouseholds(), r.GetMeasured().GetWeight()} {
			b = binary.BigEndian.AppendUint64(b, uint64(n))
		}
		if r.GetChannel() > 0 {
			b = append(b, byte(r.GetChannel()))
		}
		leaves = append(leaves, chain.LeafHash(sha256.Sum256(b)))
	}
	root := chain.RootOfLeaves(leaves)
	return root[:]
}

// vote casts a credential's ballot; challenge opens one instead.
func (w *secretWorld) vote(voter string, choice ...int64) {
	w.sequence[voter]++
	raw, _, err := w.election.Encrypt(w.rand, w.voter(voter), choice)
	must(w.t, err)
	w.ballots[voter] = raw
	w.cast++
	w.by(chain.AuthorCredential, "", credentialKey(voter), w.box(voter),
		&votingv1.SecretBallotCast{Key: credentialKey(voter), Sequence: w.sequence[voter], Ballot: raw})
}

func (w *secretWorld) challenge(voter string, choice ...int64) {
	w.sequence[voter]++
	raw, opening, err := w.election.Encrypt(w.rand, w.voter(voter), choice)
	must(w.t, err)
	w.opened++
	w.by(chain.AuthorCredential, "", credentialKey(voter), w.box(voter), &votingv1.SecretBallotChallenged{
		Key: credentialKey(voter), Sequence: w.sequence[voter], Ballot: raw, Opening: opening.Bytes(),
	})
}

func (w *secretWorld) box(voter string) string {
	return "poll/" + w.world.id + "/secret-ballot/" + chain.KeyID(credentialKey(voter))
}

func (w *secretWorld) voter(voter string) secretballot.Voter {
	return secretballot.Voter{Pseudonym: [32]byte(credentialKey(voter)), Sequence: w.sequence[voter]}
}

// sums adds up in a measure.
func (w *secretWorld) sums(m communityv1.Measure) ([]secretballot.Ciphertext, []int64) {
	var ballots []*secretballot.Ballot
	var weights []int64
	for _, v := range voters {
		if w.ballots[v] == nil {
			continue
		}
		b, err := w.election.Decode(w.ballots[v])
		must(w.t, err)
		n := int64(1)
		if m == area {
			n = areaOf(v)
		}
		ballots, weights = append(ballots, b), append(weights, n)
	}
	sums, bounds, err := w.election.Tally(ballots, weights)
	must(w.t, err)
	return sums, bounds
}

// encrypted writes the encrypted tally.
func (w *secretWorld) encrypted(level communityv1.Secrecy, totals ...*votingv1.EncryptedTotal) *votingv1.EncryptedTally {
	e := &votingv1.EncryptedTally{
		Secrecy: level, Totals: totals, Ballots: uint32(len(w.ballots)), Replaced: uint32(w.cast - len(w.ballots)), Challenged: w.opened,
	}
	if len(totals) > 0 {
		e.Leak = []*votingv1.LeakStep{{Secrecy: level, Report: &votingv1.LeakReport{AnonymityMin: 3}}}
	}
	w.rule(&votingv1.EncryptedTallyRecorded{Tally: e})
	return e
}

func (w *secretWorld) total(m communityv1.Measure, option int, claims ...int64) *votingv1.EncryptedTotal {
	sums, bounds := w.sums(m)
	t := &votingv1.EncryptedTotal{Measure: m, Option: uint32(option), Sum: sums[option].Bytes(), Bound: bounds[option]}
	for _, n := range claims {
		t.Claims = append(t.Claims, &votingv1.TotalClaim{Threshold: n})
	}
	return t
}

// decrypt has trustees open totals of measures.
func (w *secretWorld) decrypt(trustees []int, ms ...communityv1.Measure) {
	s := &trustee.Sums{Election: w.id32}
	for _, m := range ms {
		sums, _ := w.sums(m)
		s.List = append(s.List, sums...)
	}
	for _, n := range trustees {
		part, err := w.shares[n-1].Decrypt(w.rand, w.seal, s)
		must(w.t, err)
		w.says(n, &votingv1.TotalsDecrypted{Trustee: uint32(n), Message: part.Bytes()})
	}
}

// prove has trustees blind the sealed totals and one of them prove what is to be proved; the values are those that the test knows.
func (w *secretWorld) prove(trustees, readers []int, totals []*votingv1.EncryptedTotal, claims [][]trustee.Claim, values []uint64) {
	asked := w.asked(totals)
	parts := w.blind(trustees, readers, asked)
	by := trustees[0]
	said := &votingv1.TotalsProved{Trustee: uint32(by)}
	for i, total := range asked {
		opened, err := trustee.OpenTotal(w.long[by-1], w.terms, w.seal, total, parts[i])
		must(w.t, err)
		verdict, err := opened.Prove(w.rand, values[i], claims[i]...)
		must(w.t, err)
		said.Verdicts = append(said.Verdicts, verdict.Bytes())
	}
	w.says(by, said)
}

// asked are the totals as trustees see them.
func (w *secretWorld) asked(totals []*votingv1.EncryptedTotal) (asked []*trustee.Total) {
	for _, t := range totals {
		sums, _ := w.sums(t.GetMeasure())
		name := map[communityv1.Measure]string{heads: "heads", area: "area"}[t.GetMeasure()]
		asked = append(asked, &trustee.Total{
			Election: w.id32, Measure: fmt.Sprintf("%d/%s", t.GetOption(), name), Sum: sums[t.GetOption()], Bound: uint64(t.GetBound()),
		})
	}
	return asked
}

// blind has trustees blind sealed totals.
func (w *secretWorld) blind(trustees, readers []int, asked []*trustee.Total) [][]*trustee.Blinded {
	parts := make([][]*trustee.Blinded, len(asked))
	for _, n := range trustees {
		said := &votingv1.TotalsBlinded{Trustee: uint32(n)}
		for i, total := range asked {
			part, err := w.shares[n-1].Blind(w.rand, w.terms, w.seal, total, readers)
			must(w.t, err)
			said.Messages, parts[i] = append(said.Messages, part.Bytes()), append(parts[i], part)
		}
		w.says(n, said)
	}
	return parts
}

func (w *secretWorld) tally(result votingv1.Result, e *votingv1.EncryptedTally, trustees ...uint32) *votingv1.Tally {
	t := &votingv1.Tally{
		Ballots: e.GetBallots(), Valid: e.GetBallots(), Replaced: e.GetReplaced(), InvalidBallots: &votingv1.InvalidBallots{}, Result: result,
		StandsWithoutHosted: true, Secret: &votingv1.SecretReport{
			Secrecy: e.GetSecrecy(), Credentials: 6, Challenged: e.GetChallenged(), Trustees: trustees,
		},
	}
	for v := range w.ballots { // any order: sums do not depend on it
		t.ParticipantsHeads++
		t.ParticipantsAreaCentiM2 += areaOf(v)
	}
	return t
}
