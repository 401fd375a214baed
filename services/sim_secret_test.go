package services_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// hidden is what is in a secret ballot, as its maker knows. The ledger never opens one.
type hidden struct {
	poll, key string
	sequence  uint64
	choice    []int64 // a number for each selection
	opening   []byte
	drawn     string // with which random numbers; empty for those of nobody else
}

// listedKey is a row of a roster.
type listedKey struct {
	key string
	weight
	how votingv1.Channel // its voter came to it
}

// urn is a credential's ballots in one poll.
type urn struct {
	sequence uint64
	last     []byte // the ballot that counts; nil while all were challenged
	counts   uint64 // its number
	slip     bool   // what counts is from its sheet, and nothing else is ever sent
	drawn    map[string]bool
}

// secret is what the record says of a secret poll besides: who registered, which credentials are listed, what they sent, what is opened.
type secret struct {
	begunAt    uint64 // position, 0 before registration begins
	registrar  *communityv1.Registrar
	endsAt     int64
	registered map[string][]byte // voter -> commitment
	brought    map[string]brought
	givers     map[string]bool  // of sheets
	slips      map[string]*slip // by credential
	ended      bool
	listedBy   int64
	rows       []listedKey
	sealedAt   uint64 // position of the roster, 0 before
	root       []byte
	contested  int64  // until when it may be
	refuted    string // who showed that the roster is wrong
	election   []byte
	form       *secretballot.Election // nil until a ballot is made or added up
	urns       map[string]*urn        // by credential
	replaced   uint32
	challenged uint32
	sums       *votingv1.EncryptedTally
	decrypted  [][]byte   // trustee i+1 at index i
	blinded    [][][]byte // likewise
	verdicts   [][]byte
	provedBy   uint32
	opened     []uint32 // the trustees whose parts made the totals known, ascending
}

func secretOf(r *communityv1.PollRules) *secret {
	if r.GetSecrecy().GetSecrecy() <= communityv1.Secrecy_SECRECY_OPEN {
		return nil
	}
	return &secret{
		registered: map[string][]byte{}, urns: map[string]*urn{}, brought: map[string]brought{}, givers: map[string]bool{},
		slips: map[string]*slip{},
	}
}

// prefixed writes strings as docs/format.md does, behind a domain.
func prefixed(domain string, strings ...string) []byte {
	b := []byte(domain)
	for _, s := range strings {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
	}
	return b
}

// commitmentTo hides a credential on the record.
func commitmentTo(poll, voter string, salt, key []byte) []byte {
	sum := sha256.Sum256(slices.Concat(prefixed("renlin/credential/1\n", poll, voter), salt, key))
	return sum[:]
}

// receiptFor is what a registrar signs.
func receiptFor(poll, voter string, commitment []byte) []byte {
	return append(prefixed("renlin/registration/1\n", poll, voter), commitment...)
}

// rosterRoot is the RFC 6962 root over credentials.
func (s *secret) rosterRoot() []byte {
	var leaves [][]byte
	for _, r := range s.rows {
		b := append([]byte("renlin/roster/1\n"), r.key...)
		if r.how != ofDevice {
			b = append([]byte("renlin/roster/2\n"), r.key...)
		}
		for _, n := range []int64{r.heads, r.area, 0, 0} { // nothing else counts in a play
			b = binary.BigEndian.AppendUint64(b, uint64(n))
		}
		if r.how != ofDevice {
			b = append(b, byte(r.how))
		}
		entry := sha256.Sum256(b)
		leaf := sha256.Sum256(append([]byte{0}, entry[:]...))
		leaves = append(leaves, leaf[:])
	}
	return treeRoot(leaves)
}

// electionOf is what every ballot is bound to.
func (l *ledger) electionOf(id string, p *poll) []byte {
	h := prefixed("renlin/election/1\n", id)
	for _, m := range []proto.Message{p.question, p.rules, l.rollOf(p)} {
		raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(raw)
		h = append(h, sum[:]...)
	}
	sum := sha256.Sum256(slices.Concat(h, p.secret.rosterRoot(), p.council.seal))
	return sum[:]
}

// forPoll is what ballots of an open secret poll are made for: one of yes, no and abstain, or at most one of several options.
func (l *ledger) forPoll(p *poll) *secretballot.Election {
	if p.secret.form != nil {
		return p.secret.form
	}
	n, least := len(p.question.GetOptions()), 0
	if n == 0 {
		n, least = 3, 1
	}
	seal, err := trustee.DecodeSeal(p.council.seal)
	if err != nil {
		panic(err)
	}
	shape, err := secretballot.Approval(n, least, 1)
	if err != nil {
		panic(err)
	}
	p.secret.form, err = secretballot.NewElection([secretballot.ElectionIDBytes]byte(p.secret.election), seal.Key.Bytes(), shape)
	if err != nil {
		panic(err)
	}
	return p.secret.form
}

// rowOf finds a credential.
func (s *secret) rowOf(key string) (listedKey, bool) {
	at := slices.IndexFunc(s.rows, func(r listedKey) bool { return r.key == key })
	if at < 0 {
		return listedKey{}, false
	}
	return s.rows[at], true
}

// shown is what a credential says of its voter's weight: heads, and area only where that decides something.
func (p *poll) shown(w weight) weight {
	if !slices.ContainsFunc(p.rules.GetRequirements(), func(r *communityv1.Requirement) bool {
		return r.GetMeasure() == communityv1.Measure_MEASURE_AREA
	}) {
		w.area = 0
	}
	return w
}

// fair tells whether the weights of the credentials are those of the voters who registered.
func (s *secret) fair(p *poll) bool {
	type alike struct {
		weight
		how votingv1.Channel
	}
	count := map[alike]int{}
	for _, r := range s.rows {
		count[alike{r.weight, r.how}]++
	}
	for voter := range s.registered { // any order: a count
		count[alike{p.shown(p.roll[voter].weight), s.brought[voter].channel}]--
	}
	for _, n := range count { // any order: all must be nought
		if n != 0 {
			return false
		}
	}
	return true
}

// byCredential holds the author of a commit against what may be done without a name, and this only so. It tells whether that is all.
func (l *ledger) byCredential(f *fact) bool {
	nameless := f.signed.Operation == "voting.cast_secret" || f.signed.Operation == "voting.challenge_ballot"
	if !nameless && f.Author != chain.AuthorCredential {
		return false
	}
	l.must(f, nameless && f.Author == chain.AuthorCredential, "a name on a secret ballot, or none on what takes one")
	l.must(f, f.Actor == "" && f.Through == "" && len(f.signed.Signatures) == 1, "a secret ballot stands beside somebody's name")
	for _, ch := range f.Changes {
		l.must(f, chain.KindOf(ch.Aggregate) == "secret-ballot", "a secret ballot changes %s", ch.Aggregate)
	}
	for _, r := range f.Reads {
		kind := chain.KindOf(r.Key)
		l.must(f, kind == "poll" || kind == "community", "a secret ballot rests on %s", r.Key)
	}
	return true
}

// secrets takes what only secret polls know, and tells whether a fact is that.
func (l *ledger) secrets(f *fact, p *poll) bool {
	switch f.body.(type) {
	case *votingv1.RegistrationBegun, *votingv1.VoterRegistered, *votingv1.RegistrationEnded, *votingv1.CredentialsListed,
		*votingv1.RosterSealed, *votingv1.RosterContested, *votingv1.SecretBallotCast, *votingv1.SecretBallotChallenged,
		*votingv1.EncryptedTallyRecorded, *votingv1.TotalsDecrypted, *votingv1.TotalsBlinded, *votingv1.TotalsProved,
		*votingv1.SecretPaperEntered, *votingv1.SecretPaperReentered:
	case *votingv1.BallotCast, *votingv1.ProxyCounted, *votingv1.PaperIssued, *votingv1.SharePublished, *votingv1.DeadlineReached:
		if p != nil && p.secret != nil {
			l.complain(f, "a secret poll has what only open ones have")
			return true
		}
		return false
	default:
		return false
	}
	if p == nil || p.secret == nil {
		l.complain(f, "an open poll has what only secret ones have")
		return true
	}
	l.must(f, !p.dead, "something happens to a secret poll that has lapsed")
	switch b := f.body.(type) {
	case *votingv1.RegistrationBegun, *votingv1.VoterRegistered, *votingv1.RegistrationEnded:
		l.registration(f, p)
	case *votingv1.CredentialsListed:
		l.credentials(f, p, b)
	case *votingv1.RosterSealed:
		l.roster(f, p, b)
	case *votingv1.RosterContested:
		l.contested(f, p, b)
	case *votingv1.SecretPaperEntered, *votingv1.SecretPaperReentered:
		l.slipped(f, p)
	case *votingv1.SecretBallotCast:
		if b.GetSequence() == 0 {
			l.castOnSlip(f, p, b)
			return true
		}
		if u := l.sent(f, p, b.GetKey(), b.GetSequence(), b.GetBallot()); u != nil {
			p.secret.replaced += one(u.last != nil)
			u.last, u.counts = b.GetBallot(), b.GetSequence()
		}
	case *votingv1.SecretBallotChallenged:
		if u := l.sent(f, p, b.GetKey(), b.GetSequence(), b.GetBallot()); u != nil {
			meant, _ := l.hid(b.GetBallot())
			l.must(f, bytes.Equal(meant.opening, b.GetOpening()), "a ballot is opened by what does not open it")
			p.secret.challenged++
		}
	default:
		l.unsealed(f, p)
	}
	return true
}

// registration: whoever is on the roll registers while there is time, by the registrar's receipt, and says again if need be.
func (l *ledger) registration(f *fact, p *poll) {
	s := p.secret
	seconds := 1000 * int64(p.rules.GetSecrecy().GetRegisterSeconds())
	switch b := f.body.(type) {
	case *votingv1.RegistrationBegun:
		l.must(f, f.Author == chain.AuthorPolicy && s.begunAt == 0 && f.Cause == p.sealedAt, "registration begins by a hand, or twice")
		l.must(f, l.registrar != nil && proto.Equal(b.GetRegistrar(), l.registrar), "another registrar than the community's")
		l.must(f, proto.Equal(b.GetRoll(), l.rollOf(p)), "the roll is not what it was when the key was made")
		l.must(f, b.GetEndsAt() == f.Time+seconds, "another time to register in")
		s.begunAt, s.registrar, s.endsAt = f.at, b.GetRegistrar(), b.GetEndsAt()
	case *votingv1.VoterRegistered:
		l.registeredAs(f, p, b)
		l.must(f, s.registering() && f.Time < s.endsAt && f.block < s.endsAt, "a registration out of its time")
		l.must(f, len(b.GetCommitment()) == sha256.Size && ed25519.Verify(s.registrar.GetKey(),
			receiptFor(splitPath(f.path)[1], f.id, b.GetCommitment()), b.GetReceipt()), "registered without the registrar's receipt")
		s.registered[f.id] = b.GetCommitment()
	case *votingv1.RegistrationEnded:
		all := len(s.registered) == len(p.roll)
		l.must(f, f.Author == chain.AuthorPolicy && s.registering() && (f.Time >= s.endsAt || all), "registration ends early, or twice")
		l.must(f, int(b.GetVoters()) == len(s.registered), "%d registered, it says %d", len(s.registered), b.GetVoters())
		l.must(f, b.GetListedBy() == f.Time+seconds, "another time to list in")
		s.ended, s.listedBy = true, b.GetListedBy()
	}
}

func (s *secret) registering() bool { return s.begunAt > 0 && !s.ended }

// listing tells whether the registrar's word is waited for.
func (s *secret) listing() bool { return s.ended && s.sealedAt == 0 }

// credentials: the registrar alone lists, in time, in ascending order over all lists.
func (l *ledger) credentials(f *fact, p *poll, b *votingv1.CredentialsListed) {
	s := p.secret
	own := f.Actor == s.registrar.GetMember() && bytes.Equal(f.signed.Signatures[0].Key, s.registrar.GetKey())
	l.must(f, own && f.signed.Operation == "voting.list_credentials", "credentials are listed by whom is not the registrar")
	l.must(f, s.listing() && f.Time < s.listedBy && f.block < s.listedBy, "credentials are listed out of time")
	l.must(f, len(b.GetRows()) <= 200, "too many credentials at once")
	for _, r := range b.GetRows() {
		row := listedKey{string(r.GetKey()), weight{r.GetHeads(), r.GetAreaCentiM2()}, r.GetChannel()}
		ascends := len(s.rows) == 0 || s.rows[len(s.rows)-1].key < row.key
		l.must(f, ascends && len(row.key) == ed25519.PublicKeySize, "credentials out of order")
		l.must(f, row.heads >= 0 && row.area >= 0, "a credential weighs less than nothing")
		s.rows = append(s.rows, row)
	}
}

func (l *ledger) roster(f *fact, p *poll, b *votingv1.RosterSealed) {
	s := p.secret
	l.must(f, s.listing() && f.signed.Operation == "voting.list_credentials", "a roster is sealed twice, or before there is one")
	whole := int(b.GetCredentials()) == len(s.rows) && len(s.rows) > 0
	l.must(f, whole && bytes.Equal(b.GetRoot(), s.rosterRoot()), "another roster than is listed")
	until := f.Time + 1000*int64(p.rules.GetSecrecy().GetContestSeconds())
	l.must(f, b.GetContestedUntil() == until, "another time to contest in")
	s.sealedAt, s.root, s.contested = f.at, b.GetRoot(), b.GetContestedUntil()
}

// contested: a roster is wrong if what a voter's commitment opens to is not on it, or not with the voter's weight.
func (l *ledger) contested(f *fact, p *poll, b *votingv1.RosterContested) {
	s := p.secret
	sheet := s.brought[b.GetVoter()].channel == onPaper && l.officerOf(f.Actor) != ""
	l.must(f, b.GetVoter() == f.Actor || sheet && b.GetMandate() == "", "a roster is contested for another")
	l.must(f, b.GetMandate() == f.asked().Mandate, "the mark of a helper's hand is missing")
	l.must(f, s.sealedAt > 0 && f.Time < s.contested && f.block < s.contested && !p.opened, "a roster is contested out of its time")
	opens := commitmentTo(splitPath(f.path)[1], b.GetVoter(), b.GetSalt(), b.GetKey())
	l.must(f, bytes.Equal(opens, s.registered[b.GetVoter()]), "a roster is contested by what no commitment opens to")
	row, on := s.rowOf(string(b.GetKey()))
	wrong := row.how != s.brought[b.GetVoter()].channel || row.weight != p.shown(p.roll[b.GetVoter()].weight)
	l.must(f, !on || wrong, "a roster is contested that is right")
	s.refuted = b.GetVoter()
}

// sent takes a ballot of a credential, cast or challenged, and answers where it goes; nil where that cannot be said.
func (l *ledger) sent(f *fact, p *poll, key []byte, sequence uint64, ballot []byte) *urn {
	s, id := p.secret, splitPath(f.path)[1]
	row, on := s.rowOf(string(key))
	l.must(f, row.how != onPaper, "a device votes by a sheet's credential")
	own := bytes.Equal(f.signed.Signatures[0].Key, key) && f.id == chain.KeyID(key)
	l.must(f, on && own && f.Author == chain.AuthorCredential, "a secret ballot by no credential of the poll, or another's")
	l.must(f, p.opened && !p.closed && f.Time < p.closesAt && f.block < p.closesAt && f.block >= p.opensAt, "a secret ballot out of hours")
	meant, known := l.hid(ballot)
	l.must(f, known && meant.poll == id && meant.key == string(key) && meant.sequence == sequence, "a ballot that its voter did not make so")
	u := s.urns[string(key)]
	if u == nil {
		u = &urn{drawn: map[string]bool{}}
		s.urns[string(key)] = u
	}
	l.must(f, !u.drawn[meant.drawn], "two ballots of a credential have the same random numbers")
	u.drawn[meant.drawn] = meant.drawn != ""
	l.must(f, sequence == u.sequence+1, "the ballot has number %d, the last had %d", sequence, u.sequence)
	u.sequence = sequence
	if !known {
		return nil
	}
	return u
}

// taking are the credentials with a ballot that counts, ascending.
func (s *secret) taking() (out []listedKey) {
	for _, r := range s.rows {
		if u := s.urns[r.key]; u != nil && u.last != nil {
			out = append(out, r)
		}
	}
	return out
}

// secretLapses tells why a secret poll must lapse when its key is made: nobody lists, or nobody registered, the roster is late, wrong or
// shown to be wrong, or the result would tell too much. It is empty where it may not.
func (l *ledger) secretLapses(f *fact, p *poll) string {
	s := p.secret
	switch {
	case s == nil || p.opened || p.heldBy == "":
		return ""
	case s.refuted != "" && f.signed.Operation == "voting.contest_roster":
		return "credentials.contested"
	case s.refuted != "" || f.Author != chain.AuthorPolicy:
		return ""
	case s.begunAt == 0 && l.registrar == nil:
		return "registration.no_registrar"
	case s.ended && len(s.registered) == 0:
		return "registration.nobody"
	case s.listing() && f.Time >= s.listedBy:
		return "credentials.missing"
	case s.sealedAt > 0 && !s.fair(p):
		return "credentials.wrong"
	case s.sealedAt > 0 && f.Time >= s.contested && (p.notice == nil || f.Time >= p.notice.opensAt):
		voters := int64(len(s.rows))
		return p.leakOf(p.showings(voters)[0], voters).GetRefused()
	}
	return ""
}

// secretLapsed: what a rule does about a secret poll lapses only when it is done, or the poll has lapsed.
func (l *ledger) secretLapsed(f *fact, kind, id string) {
	p := l.polls[id]
	if p == nil || p.secret == nil {
		l.complain(f, "the %s of %s lapsed, which can always be done", kind, id)
		return
	}
	good := map[string]bool{"registration": p.secret.ended, "roster-missing": p.secret.sealedAt > 0}
	l.must(f, p.dead || good[kind], "the %s of %s lapsed, which could be done", kind, id)
}

// registrarAppointed: two organisations name somebody who has a device and no part of any poll's key.
func (l *ledger) registrarAppointed(f *fact, b *communityv1.RegistrarAppointed) {
	genesis, r := f.Author == chain.AuthorGenesis, b.GetRegistrar()
	l.must(f, genesis || l.twoOrgs(f, ""), "a registrar by one organisation")
	l.must(f, genesis || l.orgs[r.GetOrg()] && l.active(r.GetMember()), "a registrar of no organisation, or without standing")
	if k := l.keys[string(r.GetKey())]; !genesis {
		l.must(f, k != nil && k.member == r.GetMember() && !k.revoked && !k.hosted, "a registrar by another's key")
		_, holds := l.people[r.GetMember()].roles[communityv1.Role_ROLE_KEY_HOLDER]
		l.must(f, !holds, "who knows the voters has a part of polls' keys")
	}
	l.registrar = r
}

// secretRest says which of the rules of secret polls did not carry themselves out.
func (l *ledger) secretRest(f *fact, due int64) {
	for _, id := range slices.Sorted(maps.Keys(l.polls)) {
		p := l.polls[id]
		s := p.secret
		if s == nil || p.dead || len(p.council.seal) == 0 {
			continue
		}
		l.must(f, s.begunAt > 0, "nobody can register for poll %s", id)
		l.must(f, s.begunAt == 0 || s.ended || s.endsAt > due, "registration for poll %s does not end", id)
		l.must(f, !s.listing() || s.listedBy > due, "poll %s has no roster, and nobody says so", id)
		opens := s.contested
		if p.notice != nil {
			opens = max(opens, p.notice.opensAt)
		}
		l.must(f, s.sealedAt == 0 || p.opened || opens > due, "poll %s has its roster and is not open", id)
		l.must(f, !p.closed || s.sums != nil || p.tally != nil, "poll %s is closed and not added up", id)
	}
}
