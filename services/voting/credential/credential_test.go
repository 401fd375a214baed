package credential_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"

	"golang.org/x/crypto/curve25519"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/credential"
	"renlin.dev/services/voting/internal/poll"
)

// A credential is what it was after it was kept; nothing else is read, and what goes to the registrar is no credential.
func TestKept(t *testing.T) {
	t.Parallel()
	c := made(t, "ann")
	again, err := credential.Read(c.Bytes())
	if err != nil || again.Poll != c.Poll || again.Voter != c.Voter || again.Salt != c.Salt || !again.Key.Equal(c.Key) {
		t.Fatalf("%+v, %v", again, err)
	}
	r := credential.Registration{Poll: c.Poll, Voter: c.Voter, Salt: c.Salt, Key: c.Public()}
	for name, raw := range map[string][]byte{
		"nothing": nil, "shorter": c.Bytes()[1:], "longer": append(c.Bytes(), 0), "a registration": r.Bytes(),
		"an id with a capital": append([]byte{2, 'A'}, c.Bytes()[2:]...),
	} {
		if _, err := credential.Read(raw); !errors.Is(err, credential.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if bytes.Contains(r.Bytes(), c.Key.Seed()) {
		t.Error("the registrar is told the private key")
	}
	for _, ids := range [][2]string{{"x", c.Voter}, {c.Poll, ""}} {
		if _, err := credential.New(rand.Reader, ids[0], ids[1]); !errors.Is(err, credential.ErrMalformed) {
			t.Errorf("%q: %v", ids, err)
		}
	}
	if _, err := credential.New(bytes.NewReader(make([]byte, 40)), c.Poll, c.Voter); err == nil {
		t.Error("made of too little randomness")
	}
	if two := made(t, "ann"); two.Key.Equal(c.Key) || two.Salt == c.Salt {
		t.Error("two credentials are one")
	}
}

// Only the registrar reads a registration, and it says what the commitment says. All are of one size.
func TestSeal(t *testing.T) {
	t.Parallel()
	private := [32]byte(bytes.Repeat([]byte{8}, 32))
	raw, err := curve25519.X25519(private[:], curve25519.Basepoint)
	if err != nil {
		t.Fatal(err)
	}
	public := [32]byte(raw)
	c := made(t, "ann")
	told := credential.Registration{Poll: c.Poll, Voter: c.Voter, Salt: c.Salt, Key: c.Public()}
	if !bytes.Equal(told.Bytes(), slices.Concat([]byte{1}, []byte(c.Poll), []byte(c.Voter), c.Salt[:], c.Public())) {
		t.Error("a registration is written otherwise than docs/format.md says")
	}
	sealed, err := c.Seal(rand.Reader, public[:])
	if err != nil || len(sealed) != credential.SealedBytes {
		t.Fatalf("%d bytes, %v", len(sealed), err)
	}
	r, err := credential.Open(sealed, &public, &private)
	if err != nil || !bytes.Equal(r.Commitment(), c.Commitment()) || !bytes.Equal(r.Key, c.Public()) {
		t.Fatalf("%+v, %v", r, err)
	}
	other := [32]byte(bytes.Repeat([]byte{9}, 32))
	if _, err := credential.Open(sealed, &public, &other); !errors.Is(err, credential.ErrMalformed) {
		t.Errorf("opened by another: %v", err)
	}
	if _, err := c.Seal(rand.Reader, make([]byte, 32)); !errors.Is(err, ballot.ErrKey) {
		t.Errorf("sealed for everybody: %v", err)
	}
}

// FuzzRegistration: what is read as a registration is what would be written.
func FuzzRegistration(f *testing.F) {
	r := credential.Registration{Poll: roof, Voter: id("ann"), Key: make([]byte, 32)}
	f.Add(r.Bytes())
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := credential.ReadRegistration(raw)
		if err == nil && !bytes.Equal(r.Bytes(), raw) {
			t.Fatal("two forms of one registration")
		}
	})
}

// The registrar's word is checked before the record is told; the commitment is as docs/format.md has it.
func TestRegister(t *testing.T) {
	t.Parallel()
	c := made(t, "ann")
	registrar := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	plain := str(str([]byte("renlin/credential/1\n"), c.Poll), c.Voter)
	commitment := sha256.Sum256(slices.Concat(plain, c.Salt[:], c.Public()))
	receipt := ed25519.Sign(registrar, append(str(str([]byte("renlin/registration/1\n"), c.Poll), c.Voter), commitment[:]...))
	body, err := c.Register(chain.Public(registrar), receipt)
	want := &votingv1.RegisterVoter{Poll: c.Poll, Voter: c.Voter, Commitment: commitment[:], Receipt: receipt}
	if err != nil || !proto.Equal(body, want) {
		t.Fatalf("%v, %v", body, err)
	}
	if contest := c.Contest(); !bytes.Equal(poll.CommitCredential(contest.GetPoll(), contest.GetVoter(), contest.GetSalt(), contest.GetKey()),
		commitment[:]) {
		t.Error("the contest does not open the commitment")
	}
	weak := append([]byte{1}, make([]byte, 31)...)
	for name, k := range map[string]struct {
		key     ed25519.PublicKey
		receipt []byte
	}{
		"another's":            {c.Public(), receipt},
		"no receipt":           {chain.Public(registrar), nil},
		"anybody's":            {weak, append(bytes.Clone(weak), make([]byte, 32)...)},
		"a receipt of another": {chain.Public(registrar), ed25519.Sign(registrar, poll.ReceiptInput(c.Poll, id("bob"), commitment[:]))},
	} {
		if _, err := c.Register(k.key, k.receipt); !errors.Is(err, credential.ErrReceipt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A device finds its own credential on the sealed roster, or finds out that it is not there or is weighed wrongly.
func TestFind(t *testing.T) {
	t.Parallel()
	ann, bob, eve := made(t, "ann"), made(t, "bob"), made(t, "eve")
	sealed := func(rows ...*votingv1.CredentialRow) *credential.Roster {
		t.Helper()
		slices.SortFunc(rows, func(x, y *votingv1.CredentialRow) int { return bytes.Compare(x.GetKey(), y.GetKey()) })
		root := poll.RosterRoot(rows)
		body, err := proto.Marshal(&votingv1.RosterSealed{Root: root[:], Credentials: uint32(len(rows))})
		if err != nil {
			t.Fatal(err)
		}
		r := &credential.Roster{Poll: roof}
		for i, row := range rows {
			list, err := proto.Marshal(&votingv1.CredentialsListed{Rows: []*votingv1.CredentialRow{row}})
			if err != nil {
				t.Fatal(err)
			}
			events := []chain.Event{{Type: "renlin.voting.v1.CredentialsListed", Body: list}}
			if i == len(rows)-1 {
				events = append(events, chain.Event{Type: "renlin.voting.v1.RosterSealed", Body: body})
			}
			changes := []chain.Change{{Aggregate: poll.Path(id("other")), Events: events}, {Aggregate: poll.Path(roof), Events: events}}
			if err := r.Fold(&chain.Commit{Changes: changes}); err != nil {
				t.Fatal(err)
			}
		}
		return r
	}
	row := func(c *credential.Credential, heads int64) *votingv1.CredentialRow {
		return &votingv1.CredentialRow{Key: c.Public(), Heads: heads, AreaCentiM2: 8950, Measured: &votingv1.Measured{Households: 1, Weight: 2}}
	}
	mine := &votingv1.Measured{Households: 1, Weight: 2}
	roster := sealed(row(ann, 1), row(bob, 3))
	if err := ann.Find(roster, 1, 8950, mine); err != nil {
		t.Error(err)
	}
	other := *ann
	other.Poll = id("x")
	for name, k := range map[string]struct {
		err  error
		want error
	}{
		"not there":           {eve.Find(roster, 1, 8950, mine), credential.ErrUnlisted},
		"more heads":          {bob.Find(roster, 1, 8950, mine), credential.ErrWeighed},
		"less area":           {ann.Find(roster, 1, 8951, mine), credential.ErrWeighed},
		"another household":   {ann.Find(roster, 1, 8950, &votingv1.Measured{Weight: 2}), credential.ErrWeighed},
		"another weight":      {ann.Find(roster, 1, 8950, &votingv1.Measured{Households: 1}), credential.ErrWeighed},
		"a row is kept back":  {ann.Find(like(roster, roster.Rows[:1]), 1, 8950, mine), credential.ErrRoster},
		"a row is told twice": {ann.Find(like(roster, append(roster.Rows, roster.Rows[0])), 1, 8950, mine), credential.ErrRoster},
		"not sealed":          {ann.Find(&credential.Roster{Poll: roof, Rows: roster.Rows}, 1, 8950, mine), credential.ErrRoster},
		"of another poll":     {other.Find(roster, 1, 8950, mine), credential.ErrRoster},
	} {
		if !errors.Is(k.err, k.want) {
			t.Errorf("%s: %v, want %v", name, k.err, k.want)
		}
	}
}

// like is a roster that is told with other rows.
func like(r *credential.Roster, rows []*votingv1.CredentialRow) *credential.Roster {
	return &credential.Roster{Poll: r.Poll, Rows: rows, Sealed: r.Sealed}
}

// A poll that is not whole is found out before anything is encrypted for it.
func TestReadPoll(t *testing.T) {
	t.Parallel()
	yesNo := &communityv1.PollRules{Method: communityv1.Method_METHOD_YES_NO}
	good := opened(t, yesNo, 0)
	if _, err := told(t, good); err != nil {
		t.Fatal(err)
	}
	other := opened(t, proto.CloneOf(yesNo), 0)
	for name, spoil := range map[string]func(p *poll.Poll){
		"another question":     func(p *poll.Poll) { p.Question.Title = "涨物业费吗？" },
		"other rules":          func(p *poll.Poll) { p.Rules.VotingSeconds = 5 },
		"another roll":         func(p *poll.Poll) { p.Secret.Roll.Voters = 3 },
		"another roster":       func(p *poll.Poll) { p.Secret.Root[0]++ },
		"another election":     func(p *poll.Poll) { p.Secret.Election[0]++ },
		"another key":          func(p *poll.Poll) { p.Ceremony.Seal = other.Ceremony.Seal; bind(t, p) },
		"another's key":        func(p *poll.Poll) { p.Ceremony = other.Ceremony },
		"another trustee":      func(p *poll.Poll) { p.Ceremony.Trustees[0].Member = id("eve") },
		"words left out":       func(p *poll.Poll) { p.Ceremony.Said = p.Ceremony.Said[:11] },
		"a false word":         func(p *poll.Poll) { p.Ceremony.Said[5][9] ^= 1 },
		"a ceremony of before": func(p *poll.Poll) { p.Ceremony.Round = 2 },
		"no context":           func(p *poll.Poll) { p.Ceremony.Context = nil },
		"no ceremony":          func(p *poll.Poll) { p.Ceremony = nil },
		"not open":             func(p *poll.Poll) { p.Secret.Election = nil },
		"no secret poll":       func(p *poll.Poll) { p.Secret = nil },
		"an open poll":         func(p *poll.Poll) { p.Rules.Secrecy.Secrecy = communityv1.Secrecy_SECRECY_OPEN; bind(t, p) },
	} {
		p := clone(t, good)
		spoil(p)
		if _, err := told(t, p); !errors.Is(err, poll.ErrElection) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := credential.ReadPoll(roof, []byte("{")); err == nil {
		t.Error("half a poll")
	}
}

// What a voter chooses is what is in the ballot, for every method that secret polls have.
func TestSelections(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		rules   *communityv1.PollRules
		options int
		choice  *votingv1.Choice
		want    []int64 // nil: refused
	}{
		"yes":              {&communityv1.PollRules{Method: communityv1.Method_METHOD_YES_NO}, 0, of(0), []int64{1, 0, 0}},
		"abstain":          {&communityv1.PollRules{Method: communityv1.Method_METHOD_YES_NO}, 0, of(2), []int64{0, 0, 1}},
		"yes and no":       {&communityv1.PollRules{Method: communityv1.Method_METHOD_YES_NO}, 0, of(0, 1), nil},
		"nothing at all":   {&communityv1.PollRules{Method: communityv1.Method_METHOD_YES_NO}, 0, of(), nil},
		"one of four":      {&communityv1.PollRules{Method: communityv1.Method_METHOD_SINGLE}, 4, of(3), []int64{0, 0, 0, 1}},
		"none of four":     {&communityv1.PollRules{Method: communityv1.Method_METHOD_SINGLE}, 4, of(), []int64{0, 0, 0, 0}},
		"of a fifth":       {&communityv1.PollRules{Method: communityv1.Method_METHOD_SINGLE}, 4, of(4), nil},
		"two of three":     {&communityv1.PollRules{Method: communityv1.Method_METHOD_APPROVAL}, 3, of(2, 0), []int64{1, 0, 1}},
		"one twice":        {&communityv1.PollRules{Method: communityv1.Method_METHOD_APPROVAL}, 3, of(2, 2), nil},
		"with points":      {&communityv1.PollRules{Method: communityv1.Method_METHOD_APPROVAL}, 3, points([]uint32{1}, 2), nil},
		"scores":           {score(), 3, points([]uint32{2, 0}, 5, 1), []int64{1, 0, 5}},
		"too many points":  {score(), 3, points([]uint32{2, 0}, 6, 1), nil},
		"no points":        {score(), 3, of(1), nil},
		"a ranking":        {&communityv1.PollRules{Method: communityv1.Method_METHOD_INSTANT_RUNOFF}, 2, of(1, 0), []int64{0, 0, 0, 1}},
		"no ranking":       {&communityv1.PollRules{Method: communityv1.Method_METHOD_SCHULZE}, 2, of(), []int64{0, 0, 0, 0}},
		"one ranked twice": {&communityv1.PollRules{Method: communityv1.Method_METHOD_SCHULZE}, 2, of(1, 1), nil},
		"stars":            {stars(), 2, points([]uint32{1, 0}, 1, 2), []int64{0, 0, 0, 0, 0, 0, 1, 0}},
		"too many stars":   {stars(), 2, points([]uint32{1, 0}, 3, 2), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := told(t, opened(t, k.rules, k.options))
			if err != nil {
				t.Fatal(err)
			}
			c := made(t, "ann")
			b, err := c.Make(rand.Reader, p, 1, k.choice)
			if k.want == nil {
				if !errors.Is(err, secretballot.ErrChoice) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			opened, err := b.Challenge()
			if err != nil {
				t.Fatal(err)
			}
			_, got, err := credential.Opened(p, &votingv1.SecretBallotChallenged{
				Key: c.Public(), Sequence: opened.GetSequence(), Ballot: opened.GetBallot(), Opening: opened.GetOpening(),
			})
			if err != nil || !slices.Equal(got, k.want) {
				t.Errorf("got %v, %v, want %v", got, err, k.want)
			}
			written, err := p.Choice(got)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := p.Selections(written); err != nil || !slices.Equal(again, k.want) {
				t.Errorf("%v is written as %v, and that is %v: %v", k.want, written, again, err)
			}
		})
	}
}

func of(options ...uint32) *votingv1.Choice { return &votingv1.Choice{Options: options} }

func points(options []uint32, points ...int64) *votingv1.Choice {
	return &votingv1.Choice{Options: options, Points: points}
}

func score() *communityv1.PollRules {
	return &communityv1.PollRules{
		Method: communityv1.Method_METHOD_SCORE, Ballot: &communityv1.BallotRules{PointsMax: 5},
	}
}

func stars() *communityv1.PollRules {
	return &communityv1.PollRules{
		Method: communityv1.Method_METHOD_STAR, Ballot: &communityv1.BallotRules{PointsMax: 2},
	}
}

// A ballot that is cast is what the ballot box takes, under its tracker, and is never opened afterwards; a second device finds out what is
// in one that is challenged, and whether the first device lied.
func TestCastOrChallenge(t *testing.T) {
	t.Parallel()
	p, err := told(t, opened(t, &communityv1.PollRules{Method: communityv1.Method_METHOD_YES_NO}, 0))
	if err != nil {
		t.Fatal(err)
	}
	c := made(t, "ann")
	tried, err := c.Make(rand.Reader, p, 1, of(1))
	if err != nil {
		t.Fatal(err)
	}
	challenged, err := tried.Challenge()
	if err != nil {
		t.Fatal(err)
	}
	event := &votingv1.SecretBallotChallenged{
		Key: c.Public(), Sequence: 1, Ballot: challenged.GetBallot(), Opening: challenged.GetOpening(),
	}
	tracker, choice, err := credential.Opened(p, event)
	if err != nil || tracker != tried.Tracker || !slices.Equal(choice, []int64{0, 1, 0}) {
		t.Fatalf("choice %v, %v", choice, err)
	}
	for name, spoil := range map[string]func(e *votingv1.SecretBallotChallenged){
		"another number":  func(e *votingv1.SecretBallotChallenged) { e.Sequence = 2 },
		"another's":       func(e *votingv1.SecretBallotChallenged) { e.Key = made(t, "bob").Public() },
		"a false opening": func(e *votingv1.SecretBallotChallenged) { e.Opening[4] ^= 1 },
		"no key":          func(e *votingv1.SecretBallotChallenged) { e.Key = nil },
	} {
		bad := proto.CloneOf(event)
		spoil(bad)
		if _, _, err := credential.Opened(p, bad); err == nil {
			t.Errorf("%s is believed", name)
		}
	}
	b, err := c.Make(rand.Reader, p, 2, of(0))
	if err != nil {
		t.Fatal(err)
	}
	cast := b.Cast()
	if _, err := p.Election.Verify(voterOf(c, 2), cast.GetBallot()); err != nil || cast.GetPoll() != roof || cast.GetSequence() != 2 {
		t.Errorf("cast %v: %v", cast, err)
	}
	if _, err := b.Challenge(); !errors.Is(err, credential.ErrCast) {
		t.Errorf("a ballot that was cast is opened: %v", err)
	}
	stands := &votingv1.SecretBallotCast{Key: c.Public(), Sequence: 2, Ballot: cast.GetBallot()}
	if !c.Counts(p, stands, b.Tracker) || c.Counts(p, stands, tried.Tracker) || made(t, "ann").Counts(p, stands, b.Tracker) {
		t.Error("the tracker does not find the ballot")
	}
	elsewhere := *p
	elsewhere.ID = id("x")
	if _, err := c.Make(rand.Reader, &elsewhere, 3, of(0)); !errors.Is(err, credential.ErrMalformed) {
		t.Errorf("a ballot for another poll: %v", err)
	}
}

func voterOf(c *credential.Credential, sequence uint64) secretballot.Voter {
	return secretballot.Voter{Pseudonym: [secretballot.PseudonymBytes]byte(c.Public()), Sequence: sequence}
}
