package poll

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/rules"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// Secret is what the record holds of a secret poll besides: who lists the credentials, the roster, and what is opened of the sums.
type Secret struct {
	Registrar *communityv1.Registrar `json:"registrar"`
	Roll      *votingv1.Roll         `json:"roll"` // as in Poll, but there before the poll opens
	EndsAt    int64                  `json:"ends_at"`

	Ended      bool  `json:"ended,omitempty"` // nobody registers any more
	Registered int64 `json:"registered,omitempty"`
	ListedBy   int64 `json:"listed_by,omitempty"`

	Listed         uint32 `json:"listed,omitempty"`
	LastKey        []byte `json:"last_key,omitempty"` // the greatest that is listed
	Root           []byte `json:"root,omitempty"`     // empty until the roster is sealed
	Credentials    uint32 `json:"credentials,omitempty"`
	ContestedUntil int64  `json:"contested_until,omitempty"`

	Election []byte `json:"election,omitempty"` // empty until the poll is open

	Encrypted *votingv1.EncryptedTally `json:"encrypted,omitempty"` // nil until the poll is closed and added up
	Decrypted [][]byte                 `json:"decrypted,omitempty"` // trustee i+1 at index i
	Blinded   [][][]byte               `json:"blinded,omitempty"`   // trustee i+1 at index i; a message for each total
	Verdicts  [][]byte                 `json:"verdicts,omitempty"`  // one for each total
	ProvedBy  uint32                   `json:"proved_by,omitempty"` // number of the trustee
}

// Registration is aggregate poll/<id>/registration/<voter>.
type Registration struct {
	Commitment []byte           `json:"commitment"`
	Channel    votingv1.Channel `json:"channel,omitempty"` // unspecified for a device of the voter's own
	// Who registered a sheet, and for which organisation; empty for all others.
	Giver string `json:"giver,omitempty"` // member
	Org   string `json:"org,omitempty"`
	// Helper is who registered the voter under a mandate; empty for all others.
	Helper string `json:"helper,omitempty"` // member
}

// Clone is shallow: Evolve replaces the commitment whole.
func (r *Registration) Clone() *Registration { dup := *r; return &dup }

// SecretBallot is aggregate poll/<id>/secret-ballot/<key id>: how many ballots a credential has sent, cast and challenged ones alike.
type SecretBallot struct {
	Sequence uint64 `json:"sequence"`
	Cast     bool   `json:"cast,omitempty"` // one of them was cast, so it has a ballot that counts
	// Drawn are the beginnings of the random numbers in all of them, in a row; see drawn.
	Drawn []byte `json:"drawn,omitempty"`
}

// Clone is shallow: Evolve replaces the numbers whole.
func (s *SecretBallot) Clone() *SecretBallot { dup := *s; return &dup }

// sent books a ballot.
func (s *SecretBallot) sent(sequence uint64, ballot []byte) {
	s.Sequence, s.Drawn = max(s.Sequence, sequence), append(slices.Clip(s.Drawn), drawn(ballot)...)
}

// registrationPath gives the aggregate of a voter's registration.
func registrationPath(poll, voter string) string { return Registrations(poll) + "/" + voter }

// SecretBallotPath gives the aggregate of a credential's ballots in a poll.
func SecretBallotPath(poll string, key []byte) string {
	return Path(poll) + "/secret-ballot/" + chain.KeyID(key)
}

func secretKinds(m *decider.Model) {
	decider.Kind("registration", true, func(r *Registration, e decider.Event) {
		if b, ok := e.Body.(*votingv1.VoterRegistered); ok {
			*r = Registration{Commitment: b.GetCommitment(), Channel: b.GetChannel(), Org: b.GetOrg()}
			if b.GetOrg() != "" {
				r.Giver = e.Actor
			}
			if b.GetMandate() != "" {
				r.Helper = e.Through
			}
		}
	})(m)
	decider.Kind("secret-ballot", true, func(s *SecretBallot, e decider.Event) {
		switch b := e.Body.(type) {
		case *votingv1.SecretBallotCast:
			s.Cast = true
			s.sent(b.GetSequence(), b.GetBallot())
		case *votingv1.SecretBallotChallenged:
			s.sent(b.GetSequence(), b.GetBallot())
		}
	})(m)
	decider.Kind("secret-paper", true, evolveSecretSheet)(m)
}

// sealed tells whether the roster is whole.
func (s *Secret) sealed() bool { return s != nil && len(s.Root) > 0 }

// secret tells whether a poll's ballots are never opened one by one.
func (p *Poll) secret() bool {
	return p.secrecy() > communityv1.Secrecy_SECRECY_OPEN
}

// evolveSecret books what is said of a secret poll, on a copy: Evolve must not write into what an older state still shows.
func (p *Poll) evolveSecret(body proto.Message) (known bool) {
	if b, ok := body.(*votingv1.RegistrationBegun); ok {
		p.Secret = &Secret{Registrar: b.GetRegistrar(), Roll: b.GetRoll(), EndsAt: b.GetEndsAt()}
		return true
	}
	if p.Secret == nil {
		return false
	}
	s := *p.Secret
	switch b := body.(type) {
	case *votingv1.RegistrationEnded:
		s.Ended, s.Registered, s.ListedBy = true, int64(b.GetVoters()), b.GetListedBy()
	case *votingv1.CredentialsListed:
		if rows := b.GetRows(); len(rows) > 0 {
			s.Listed, s.LastKey = s.Listed+uint32(len(rows)), rows[len(rows)-1].GetKey()
		}
	case *votingv1.RosterSealed:
		s.Root, s.Credentials, s.ContestedUntil = b.GetRoot(), b.GetCredentials(), b.GetContestedUntil()
	case *votingv1.EncryptedTallyRecorded:
		s.Encrypted = b.GetTally()
		if p.Ceremony != nil { // a poll without a key has no sums, whatever a record says
			s.Decrypted = make([][]byte, len(p.Ceremony.Trustees))
			s.Blinded = make([][][]byte, len(p.Ceremony.Trustees))
		}
	case *votingv1.TotalsDecrypted:
		s.Decrypted = with(s.Decrypted, b.GetTrustee(), b.GetMessage())
	case *votingv1.TotalsBlinded:
		s.Blinded = slices.Clone(s.Blinded)
		if n := int(b.GetTrustee()); n >= 1 && n <= len(s.Blinded) {
			s.Blinded[n-1] = b.GetMessages()
		}
	case *votingv1.TotalsProved:
		s.Verdicts, s.ProvedBy = b.GetVerdicts(), b.GetTrustee()
	default:
		return false
	}
	p.Secret = &s
	return true
}

// evolveElection books what every ballot of a secret poll is bound to.
func (p *Poll) evolveElection(election []byte) {
	if p.Secret == nil {
		return
	}
	s := *p.Secret
	s.Election = election
	p.Secret = &s
}

// Credentials are what the Book keeps of a secret poll. Each CredentialsListed fixes its rows, and RosterSealed all of them; the rest is
// for policies.
type Credentials struct {
	// Registered holds the voters who have registered, until the poll opens.
	Registered map[string]bool `json:"registered"`
	// Brought is how voters came to be registered whose own device did not do it, and Givers are who registered sheets; both are fixed when
	// registration ends.
	Brought map[string]votingv1.Channel `json:"brought,omitempty"`
	Givers  map[string]bool             `json:"givers,omitempty"`
	// Sheets are the sheets that somebody has entered, by key id.
	Sheets map[string]FiledSheet `json:"sheets,omitempty"`
	// Rows are by key id.
	Rows map[string]Credential `json:"rows"`
	// Last is each credential's ballot that counts, by key id.
	Last       map[string]Sent `json:"last"`
	Replaced   uint32          `json:"replaced,omitempty"`
	Challenged uint32          `json:"challenged,omitempty"`
}

// Credential is a pseudonym and what its ballot weighs.
type Credential struct {
	Key     []byte           `json:"key"`
	Weight  tally.Weight     `json:"weight"`
	Channel votingv1.Channel `json:"channel,omitempty"` // as in CredentialRow
}

// Sent is a ballot as it was cast.
type Sent struct {
	Sequence uint64 `json:"sequence"`
	Ballot   []byte `json:"ballot"`
}

// fold books what happens to a secret poll's credentials; nil where there are none.
func (c *Credentials) fold(e decider.Event) {
	if c == nil {
		return
	}
	switch b := e.Body.(type) {
	case *votingv1.VoterRegistered:
		c.registered(e, b)
	case *votingv1.CredentialsListed:
		for _, row := range b.GetRows() {
			c.Rows[chain.KeyID(row.GetKey())] = Credential{Key: row.GetKey(), Weight: rowWeight(row), Channel: row.GetChannel()}
		}
	case *votingv1.PollOpened:
		c.Registered = nil
	case *votingv1.SecretBallotCast:
		id := lastOf(e.Aggregate)
		if _, again := c.Last[id]; again {
			c.Replaced++
		}
		c.Last[id] = Sent{Sequence: b.GetSequence(), Ballot: b.GetBallot()}
	case *votingv1.SecretBallotChallenged:
		c.Challenged++
	case *votingv1.SecretPaperEntered:
		c.entered(e, b.GetAtNight(), votingv1.Agreement_AGREEMENT_UNSPECIFIED)
	case *votingv1.SecretPaperReentered:
		c.entered(e, b.GetAtNight(), b.GetAgreement())
	}
}

func newCredentials(r *communityv1.PollRules) *Credentials {
	if r.GetSecrecy().GetSecrecy() <= communityv1.Secrecy_SECRECY_OPEN {
		return nil
	}
	return &Credentials{Registered: map[string]bool{}, Rows: map[string]Credential{}, Last: map[string]Sent{}}
}

// shownWeight is what the row of a voter's credential says: heads, and besides them only the measures by which something is decided. An
// area that decides nothing would tell whose credential it is, and nobody would be the wiser about the poll.
func shownWeight(r *communityv1.PollRules, v standing.Voter) tally.Weight {
	w := weightOf(v)
	if !counts(r, tally.Area) {
		w.Area = 0
	}
	if !counts(r, tally.Households) {
		w.Households = 0
	}
	if !counts(r, tally.Classes) {
		w.Classes = 0
	}
	return w
}

func rowWeight(r *votingv1.CredentialRow) tally.Weight {
	return tally.Weight{
		Heads: r.GetHeads(), Area: r.GetAreaCentiM2(), Households: r.GetMeasured().GetHouseholds(), Classes: r.GetMeasured().GetWeight(),
	}
}

const (
	domainCredential   = "renlin/credential/1\n"
	domainRegistration = "renlin/registration/1\n"
	domainRosterRow    = "renlin/roster/1\n"
	domainRosterHow    = "renlin/roster/2\n" // of a row that says how its voter came to the credential
	domainElection     = "renlin/election/1\n"
)

// saltBytes is the length of a salt.
const saltBytes = 32

// CommitCredential is what a voter's credential is committed to by, as docs/format.md says. The salt is random, 32 bytes.
func CommitCredential(poll, voter string, salt, key []byte) []byte {
	h := appendStr(appendStr([]byte(domainCredential), poll), voter)
	sum := sha256.Sum256(append(append(h, salt...), key...))
	return sum[:]
}

// ReceiptInput is what the registrar signs to say that it knows the credential behind a commitment.
func ReceiptInput(poll, voter string, commitment []byte) []byte {
	return append(appendStr(appendStr([]byte(domainRegistration), poll), voter), commitment...)
}

// rosterRoot is the RFC 6962 root over the credentials, ascending by key.
func rosterRoot(rows map[string]Credential) chain.Hash {
	var leaves []chain.Hash
	for _, r := range sortedRows(rows) {
		domain := domainRosterRow
		if r.Channel != votingv1.Channel_CHANNEL_UNSPECIFIED {
			domain = domainRosterHow
		}
		b := append([]byte(domain), r.Key...)
		for _, v := range []int64{r.Weight.Heads, r.Weight.Area, r.Weight.Households, r.Weight.Classes} {
			b = binary.BigEndian.AppendUint64(b, uint64(v))
		}
		if domain == domainRosterHow {
			b = append(b, byte(r.Channel))
		}
		leaves = append(leaves, chain.LeafHash(sha256.Sum256(b)))
	}
	return chain.RootOfLeaves(leaves)
}

func sortedRows(rows map[string]Credential) []Credential {
	list := make([]Credential, 0, len(rows))
	for _, r := range rows { // any order: sorted below
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b Credential) int { return bytes.Compare(a.Key, b.Key) })
	return list
}

// electionID hashes everything that a ballot is bound to: the poll, what is asked and by which rules, the roll, the roster, the trustees'
// keys. Messages go in as their deterministic encoding.
func (p *Poll) electionID(id string) ([]byte, error) {
	h := appendStr([]byte(domainElection), id)
	for _, m := range []proto.Message{p.Question, p.Rules, p.Secret.Roll} {
		raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(raw)
		h = append(h, sum[:]...)
	}
	h = append(h, p.Secret.Root...)
	sum := sha256.Sum256(append(h, p.Ceremony.Seal...))
	return sum[:], nil
}

// shapeOf is the form of a secret poll's ballots. For yes/no the selections are yes, no and abstain, one of which is 1; where a poll is
// counted by how ballots are filled in, they are the ways to do it, none of which is a blank ballot.
func shapeOf(q *proposalv1.Motion, r *communityv1.PollRules) (secretballot.Shape, error) {
	n, method := len(q.GetOptions()), r.GetMethod()
	switch {
	case rules.ByFilling(r):
		all, err := fillingsOf(q, r)
		if err != nil {
			return secretballot.Shape{}, err
		}
		return secretballot.OneOf(len(all))
	case rules.BudgetOfTotals(r):
		method = communityv1.Method_METHOD_APPROVAL
	}
	switch method {
	case communityv1.Method_METHOD_YES_NO:
		return secretballot.Approval(3, 1, 1)
	case communityv1.Method_METHOD_SINGLE:
		return secretballot.Approval(n, 0, 1)
	case communityv1.Method_METHOD_APPROVAL:
		most := int(r.GetBallot().GetOptionsMax())
		if most == 0 || most > n {
			most = n
		}
		return secretballot.Approval(n, min(int(r.GetBallot().GetOptionsMin()), most), most)
	case communityv1.Method_METHOD_SCORE:
		return secretballot.Score(n, int(r.GetBallot().GetPointsMax()))
	}
	return secretballot.Shape{}, ErrMethodSecret
}
