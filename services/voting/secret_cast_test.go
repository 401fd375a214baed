package voting_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// three have a credential each.
var three = []seat{{"x1", 1, 100}, {"x2", 1, 200}, {"x3", 1, 300}}

// secretly has a credential send a ballot that was made beforehand.
func (b *booth) secretly(name string, sequence uint64, ballot []byte) error {
	return b.send("voting.cast_secret", &votingv1.CastSecret{Poll: b.id, Sequence: sequence, Ballot: ballot}, name)
}

// made is encrypt without what opens it.
func (b *booth) made(name string, sequence uint64) []byte {
	ballot, _ := b.encrypt(name, sequence, choice(0)...)
	return ballot
}

// alone is a secret poll of which only the call is on the record.
func alone(t *testing.T, rules *communityv1.PollRules) *booth {
	b := &booth{world: newWorld(t), id: id("lone poll"), next: map[string]uint64{}}
	b.fact("voting", decider.On(poll.Path(b.id), &votingv1.PollCalled{Question: question, Rules: rules}))
	return b
}

// Everything that a ballot of a credential can be refused for, each by its name; and what is refused is nowhere on the record.
func TestSecretBallotRefused(t *testing.T) {
	t.Parallel()
	foreign := sha256.Sum256([]byte("another election"))
	for _, c := range []struct {
		name string
		send func(b *booth) error
		want error
	}{
		{"a credential that is not listed", func(b *booth) error {
			return b.secretly("stranger", 1, b.made("stranger", 1))
		}, poll.ErrCredentialUnlisted},
		{"a member's device", func(b *booth) error { return b.secretly(officer, 1, b.made(officer, 1)) }, poll.ErrCredentialUnlisted},
		{"no sequence", func(b *booth) error { return b.secretly("x1", 0, b.made("x1", 0)) }, poll.ErrBallotSequence},
		{"a sequence of the future", func(b *booth) error { return b.secretly("x1", 2, b.made("x1", 2)) }, poll.ErrBallotSequence},
		{"an old sequence", func(b *booth) error { return b.secretly("x3", 1, b.made("x3", 1)) }, poll.ErrBallotSequence},
		{"a repeated sequence", func(b *booth) error { return b.secretly("x3", 2, b.made("x3", 2)) }, poll.ErrBallotSequence},
		{"a sequence without end", func(b *booth) error { return b.secretly("x1", 1<<63, b.made("x1", 1<<63)) }, poll.ErrBallotSequence},
		{"at the closing instant", func(b *booth) error { return b.at(60_000, "x1") }, poll.ErrBallotClosed},
		{"after the closing instant", func(b *booth) error { return b.at(60_001, "x1") }, poll.ErrBallotClosed},
		{"after the close", func(b *booth) error { b.close(); b.now -= 10_000; return b.cast("x1", choice(0)...) }, poll.ErrBallotClosed},
		{"nothing", func(b *booth) error { return b.secretly("x1", 1, nil) }, secretballot.ErrSize},
		{"too short", func(b *booth) error { return b.secretly("x1", 1, b.made("x1", 1)[1:]) }, secretballot.ErrSize},
		{"too long", func(b *booth) error { return b.secretly("x1", 1, append(b.made("x1", 1), 0)) }, secretballot.ErrSize},
		{"another version", func(b *booth) error { return b.secretly("x1", 1, spoil(b.made("x1", 1), 0, 2)) }, secretballot.ErrVersion},
		{"a proof for another election", func(b *booth) error {
			return b.secretly("x1", 1, madeFor(b, foreign, "x1", 1))
		}, secretballot.ErrUnproved},
		{"a proof for another credential: a copied ballot", func(b *booth) error {
			return b.secretly("x1", 1, b.made("x2", 1))
		}, secretballot.ErrUnproved},
		{"a proof for another sequence", func(b *booth) error { return b.secretly("x1", 1, b.made("x1", 2)) }, secretballot.ErrUnproved},
		{"parts of two ballots", func(b *booth) error {
			return b.secretly("x1", 1, slices.Concat(b.made("x1", 1)[:65], b.made("x1", 1)[65:]))
		}, secretballot.ErrUnproved},
		{"by a second key, too", func(b *booth) error {
			return b.send("voting.cast_secret", &votingv1.CastSecret{Poll: b.id, Sequence: 1, Ballot: b.made("x1", 1)}, "x1", officer)
		}, standing.ErrCosigner},
		{"in no poll", func(b *booth) error { b.id = id("nothing"); return b.cast("x1", choice(0)...) }, poll.ErrUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := openBooth(t, secretRules(communityv1.Secrecy_SECRECY_TOTALS), question, three...)
			b.must(b.cast("x3", choice(1)...))
			b.must(b.cast("x3", choice(0)...))
			one, three := b.credentialPath("x1"), b.credentialPath("x3")
			before := b.state.Version(one) + b.state.Version(three)
			if err := c.send(b); !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if after := b.state.Version(one) + b.state.Version(three); after != before {
				t.Error("it is on the record all the same")
			}
		})
	}
}

func spoil(ballot []byte, at int, by byte) []byte {
	ballot[at] = by
	return ballot
}

// at has a credential cast so long after the opening.
func (b *booth) at(ms int64, name string) error {
	b.now = b.poll(b.id).OpenedAt + ms
	return b.cast(name, choice(0)...)
}

// madeFor is a ballot with proofs for another election under the same key.
func madeFor(b *booth, election [32]byte, name string, sequence uint64) []byte {
	u, _ := theUrn()
	e, err := secretballot.NewElection(election, u.seal.Key.Bytes(), shapeFor(b.t, secretRules(0), question))
	if err != nil {
		b.t.Fatalf("make election: %v", err)
	}
	ballot, _, err := e.Encrypt(rand.Reader, secretballot.Voter{Pseudonym: [32]byte(public(name)), Sequence: sequence}, choice(0))
	if err != nil {
		b.t.Fatalf("encrypt: %v", err)
	}
	return ballot
}

// Nothing is cast before the opening, in a poll of another kind, or in another's way.
func TestSecretBallotInAnotherPoll(t *testing.T) {
	t.Parallel()
	level := communityv1.Secrecy_SECRECY_PASS_FAIL
	b := called(t, secretRules(level), question, three...)
	open := openBooth(t, secretRules(level), question, three...)
	early := open.made("x1", 1)
	if err := b.secretly("x1", 1, early); !errors.Is(err, poll.ErrNotOpen) {
		t.Errorf("before the opening: %v", err)
	}
	b.openFor(60_000, three, shapeFor(t, secretRules(level), question))
	b.must(b.secretly("x1", 1, early))
	for name, rules := range map[string]*communityv1.PollRules{
		"two key holders": yesNo(communityv1.Electorate_ELECTORATE_OWNERS), "open, with trustees": openRules(1),
	} {
		other := alone(t, rules)
		if err := other.secretly("x1", 1, early); !errors.Is(err, poll.ErrNotSecret) {
			t.Errorf("%s: %v", name, err)
		}
		body := &votingv1.ChallengeBallot{Poll: other.id, Sequence: 1, Ballot: early}
		if err := other.send("voting.challenge_ballot", body, "x1"); !errors.Is(err, poll.ErrNotSecret) {
			t.Errorf("%s, challenged: %v", name, err)
		}
	}
}

// A voter's name, a mandate or a sheet of paper is no way into a secret poll, whatever its rules say.
func TestSecretPollTakesNothingElse(t *testing.T) {
	t.Parallel()
	rules := secretRules(communityv1.Secrecy_SECRECY_TOTALS)
	rules.Paper = &communityv1.PaperRules{}
	b := openBooth(t, rules, question, three...)
	b.admit("ann")
	box := &votingv1.CastBallot{Poll: b.id, Voter: id("ann"), Box: make([]byte, 300)}
	for name, err := range map[string]error{
		"by name":    b.send("voting.cast", box, "ann"),
		"in person":  b.send("voting.cast", box, "ann", officer),
		"on paper":   b.send("voting.issue_papers", &votingv1.IssuePapers{Poll: b.id}, officer),
		"its entry":  b.send("voting.enter_paper", &votingv1.EnterPaper{Poll: b.id, Voter: id("ann")}, officer),
		"its second": b.send("voting.reenter_paper", &votingv1.ReenterPaper{Poll: b.id, Voter: id("ann")}, officer),
		"its end":    b.send("voting.void_paper", &votingv1.VoidPaper{Poll: b.id, Voter: id("ann")}, officer),
	} {
		if !errors.Is(err, poll.ErrSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A ballot that uses a random number of an earlier one of the same credential again could be read by whoever knows that one: if it was
// opened, by everybody. The maker repeats its randomness, and proves the ballot anew.
func TestSecretBallotCopied(t *testing.T) {
	t.Parallel()
	for name, opened := range map[string]bool{"cast": false, "opened": true} {
		b := openBooth(t, secretRules(communityv1.Secrecy_SECRECY_TOTALS), question, three...)
		seed := sha256.Sum256([]byte("a poor device"))
		poor := func(sequence uint64) ([]byte, []byte) {
			voter := secretballot.Voter{Pseudonym: [32]byte(public("x1")), Sequence: sequence}
			ballot, open, err := b.election.Encrypt(&repeating{seed: seed[:]}, voter, choice(0))
			if err != nil {
				t.Fatal(err)
			}
			return ballot, open.Bytes()
		}
		first, opening := poor(1)
		if opened {
			b.must(b.send("voting.challenge_ballot", &votingv1.ChallengeBallot{Poll: b.id, Sequence: 1, Ballot: first, Opening: opening}, "x1"))
		} else {
			b.must(b.secretly("x1", 1, first))
		}
		b.next["x1"] = 1
		b.must(b.cast("x1", choice(1)...)) // in between, so that not only the last is looked at
		again, opening := poor(3)
		if bytes.Equal(first, again) || !bytes.Equal(first[:65], again[:65]) {
			t.Fatal("the device is not as poor as that")
		}
		if err := b.secretly("x1", 3, again); !errors.Is(err, secretballot.ErrCopied) {
			t.Errorf("after one that was %s, cast: %v", name, err)
		}
		body := &votingv1.ChallengeBallot{Poll: b.id, Sequence: 3, Ballot: again, Opening: opening}
		if err := b.send("voting.challenge_ballot", body, "x1"); !errors.Is(err, secretballot.ErrCopied) {
			t.Errorf("after one that was %s, challenged: %v", name, err)
		}
	}
}

// repeating gives the same bytes to each reader of its own.
type repeating struct {
	seed []byte
	n    byte
}

// Read implements io.Reader.
func (r *repeating) Read(b []byte) (int, error) {
	for i := range b {
		if i%sha256.Size == 0 {
			r.n++
		}
		sum := sha256.Sum256(append(r.seed, r.n))
		b[i] = sum[i%sha256.Size]
	}
	return len(b), nil
}

// A ballot that is opened must be as good as one that is cast, and what is said to open it must. It is one of the credential's ballots in
// their order, and counts for nobody.
func TestChallenge(t *testing.T) {
	t.Parallel()
	b := openBooth(t, secretRules(communityv1.Secrecy_SECRECY_TOTALS), question, three...)
	ballot, opening := b.encrypt("x1", 1, choice(0)...)
	_, otherwise := b.encrypt("x1", 1, choice(0)...)
	challenge := func(name string, sequence uint64, ballot, opening []byte) error {
		return b.send("voting.challenge_ballot", &votingv1.ChallengeBallot{
			Poll: b.id, Sequence: sequence, Ballot: ballot, Opening: opening,
		}, name)
	}
	for name, c := range map[string]struct{ err, want error }{
		"another ballot's opening":       {challenge("x1", 1, ballot, otherwise), secretballot.ErrOpening},
		"an opening that says otherwise": {challenge("x1", 1, ballot, spoil(bytes.Clone(opening), 4, 0)), secretballot.ErrOpening},
		"no opening":                     {challenge("x1", 1, ballot, nil), secretballot.ErrOpening},
		"another's ballot":               {challenge("x2", 1, ballot, opening), secretballot.ErrUnproved},
		"the wrong number":               {challenge("x1", 2, ballot, opening), poll.ErrBallotSequence},
		"not on the roster":              {challenge("stranger", 1, ballot, opening), poll.ErrCredentialUnlisted},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", name, c.err, c.want)
		}
	}
	b.must(challenge("x1", 1, ballot, opening))
	got, ok := b.events(b.credentialPath("x1"))[0].(*votingv1.SecretBallotChallenged)
	if !ok || !bytes.Equal(got.GetBallot(), ballot) || !bytes.Equal(got.GetOpening(), opening) || !bytes.Equal(got.GetKey(), public("x1")) {
		t.Errorf("on the record stands %v", got)
	}
	if err := b.secretly("x1", 1, ballot); !errors.Is(err, poll.ErrBallotSequence) {
		t.Errorf("the ballot that was opened, cast: %v", err)
	}
	if err := b.secretly("x1", 2, ballot); !errors.Is(err, secretballot.ErrUnproved) {
		t.Errorf("the ballot that was opened, cast as the next one: %v", err)
	}
	b.now = b.poll(b.id).ClosesAt
	late, opening := b.encrypt("x1", 2, choice(0)...)
	if err := challenge("x1", 2, late, opening); !errors.Is(err, poll.ErrBallotClosed) {
		t.Errorf("at the closing instant: %v", err)
	}
}

// A credential sends so many ballots and no more.
func TestSecretBallotsMany(t *testing.T) {
	t.Parallel()
	b := openBooth(t, secretRules(communityv1.Secrecy_SECRECY_TOTALS), question, three...)
	b.fact("voting", decider.On(b.credentialPath("x1"), &votingv1.SecretBallotCast{Key: public("x1"), Sequence: 999, Ballot: fixedKey(1)}))
	b.next["x1"] = 999
	b.must(b.cast("x1", choice(0)...))
	if err := b.cast("x1", choice(0)...); !errors.Is(err, poll.ErrBallotsMany) {
		t.Errorf("one more than it may: %v", err)
	}
	b.must(b.cast("x2", choice(0)...))
}

// What stands on the record of a ballot names a credential and nobody: no actor, nobody in between, and nothing was looked up that the
// voter would be found by. The sequencer holds it to the time in which the poll is open.
func TestSecretBallotNamesNobody(t *testing.T) {
	t.Parallel()
	b := openBooth(t, secretRules(communityv1.Secrecy_SECRECY_TOTALS), question, three...)
	send := map[string]func(string, ...int64) error{"cast": b.cast, "challenge": b.challenge}
	for _, how := range []string{"cast", "challenge"} {
		b.must(send[how]("x1", choice(0)...))
		c, p := b.lastCommit(), b.poll(b.id)
		if c.Author != chain.AuthorCredential || c.Actor != "" || c.Through != "" || c.Cause != 0 {
			t.Errorf("%s: author %d, actor %q, through %q", how, c.Author, c.Actor, c.Through)
		}
		if c.WindowFrom != p.OpenedAt || c.WindowUntil != p.ClosesAt {
			t.Errorf("%s: window %d to %d", how, c.WindowFrom, c.WindowUntil)
		}
		var rests []string
		for _, r := range c.Reads {
			rests = append(rests, r.Key)
		}
		if len(c.Collections) != 0 || slices.ContainsFunc(rests, func(key string) bool {
			return chain.KindOf(key) == "key" || chain.KindOf(key) == "member"
		}) || !slices.Contains(rests, poll.Path(b.id)) {
			t.Errorf("%s rests on %v and %v", how, rests, c.Collections)
		}
		if len(c.Changes) != 1 || c.Changes[0].Aggregate != b.credentialPath("x1") {
			t.Errorf("%s changes %v", how, c.Changes)
		}
	}
}

// Whoever has the record judges ballots that name nobody again, and comes to the same; a name that is put on one is found.
func TestReExecutionOfSecretBallots(t *testing.T) {
	t.Parallel()
	b := openBooth(t, secretRules(communityv1.Secrecy_SECRECY_TOTALS), question, three...)
	first := len(b.commits)
	b.must(b.cast("x1", choice(0)...))
	b.must(b.challenge("x2", choice(1)...))
	b.must(b.cast("x1", choice(2)...))
	b.must(b.cast("x2", choice(1)...))
	b.close()
	found := func(commits []*chain.Commit) (list []decider.Finding) {
		findings, _ := audited(t, commits, b.now)
		for _, f := range findings {
			if f.Index >= uint64(first) { // what was put on the record by hand is found, of course
				list = append(list, f)
			}
		}
		return list
	}
	if list := found(b.commits); len(list) != 0 || len(b.commits) != first+6 {
		t.Fatalf("%d commits, findings %v", len(b.commits)-first, list)
	}
	for name, forge := range map[string]struct {
		change func(c *chain.Commit)
		more   string
	}{
		"an actor":          {func(c *chain.Commit) { c.Actor = id("ann") }, "actor"},
		"somebody between":  {func(c *chain.Commit) { c.Through = id("ann") }, "through"},
		"a device's author": {func(c *chain.Commit) { c.Author = chain.AuthorDevice }, "author"},
		"another window":    {func(c *chain.Commit) { c.WindowUntil++ }, "window"},
		"another ballot":    {func(c *chain.Commit) { c.Changes[0].Events[0].Body[50] ^= 1 }, "events"},
	} {
		commits := slices.Clone(b.commits)
		forged := *commits[first]
		forged.Changes = []chain.Change{forged.Changes[0]}
		forged.Changes[0].Events = []chain.Event{forged.Changes[0].Events[0]}
		forged.Changes[0].Events[0].Body = bytes.Clone(forged.Changes[0].Events[0].Body)
		forge.change(&forged)
		commits[first] = &forged
		list := found(commits)
		if len(list) == 0 || list[0].Index != uint64(first) || list[0].Why != "decision.differs" || list[0].More != forge.more {
			t.Errorf("%s: %v", name, list)
		}
	}
}

// A ballot's bytes and numbers are on the record as they were signed.
func TestSecretBallotCast(t *testing.T) {
	t.Parallel()
	b := openBooth(t, secretRules(communityv1.Secrecy_SECRECY_PASS_FAIL), question, three...)
	for sequence := range uint64(3) {
		ballot := b.made("x2", sequence+1)
		b.must(b.secretly("x2", sequence+1, ballot))
		want := &votingv1.SecretBallotCast{Key: public("x2"), Sequence: sequence + 1, Ballot: ballot}
		if got := b.events(b.credentialPath("x2")); len(got) != 1 || !proto.Equal(got[0], want) {
			t.Errorf("on the record stands %v", got)
		}
	}
}

func BenchmarkCastSecret(b *testing.B) {
	w := openBooth(b, secretRules(communityv1.Secrecy_SECRECY_TOTALS), question, three...)
	body := &votingv1.CastSecret{Poll: w.id, Sequence: 1, Ballot: w.made("x1", 1)}
	in := w.input("voting.cast_secret", body, "x1")
	for b.Loop() {
		if v := w.state.Judge(in); v.Err != nil {
			b.Fatal(v.Err)
		}
	}
}
