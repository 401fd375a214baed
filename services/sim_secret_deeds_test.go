package services_test

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// fay lists credentials, for the organisation that watches.
const fay = "fay"

// wallet is what a voter's device keeps of a secret poll. Proofs are dear, so few vote in each.
type wallet struct {
	voter     string
	key, salt []byte
}

// votersMax is how many register for a secret poll.
const votersMax = 7

// secretRules are those of a poll whose ballots are never opened one by one, at one of three levels.
func secretRules(version uint32, level communityv1.Secrecy) *communityv1.PollRules {
	const (
		heads, area = communityv1.Measure_MEASURE_HEADS, communityv1.Measure_MEASURE_AREA
		all, taking = communityv1.Base_BASE_ALL, communityv1.Of_OF_PARTICIPANTS
	)
	r := pollOf(communityv1.Method_METHOD_YES_NO, communityv1.Electorate_ELECTORATE_MEMBERS,
		requirement(taking, all, heads, 1, 6), requirement(communityv1.Of_OF_YES, communityv1.Base_BASE_PARTICIPANTS, heads, 1, 2))
	if level == communityv1.Secrecy_SECRECY_INTERVAL {
		r.Requirements = append(r.Requirements, requirement(taking, all, area, 1, 50)) // so credentials differ
	}
	if level == communityv1.Secrecy_SECRECY_TOTALS && version%2 == 1 {
		r = pollOf(communityv1.Method_METHOD_SINGLE, communityv1.Electorate_ELECTORATE_MEMBERS)
		r.Ballot.Form = communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE
	}
	r.OpenWithinSeconds, r.CloseWhenComplete = 12, version%2 == 1
	r.Secrecy = &communityv1.SecrecyRules{Secrecy: level, TrusteesMin: 2, AnonymityMin: 2, RegisterSeconds: 1, ContestSeconds: 1}
	if level == communityv1.Secrecy_SECRECY_INTERVAL {
		r.Secrecy.IntervalWidth = 3
	}
	if version%4 != 1 {
		r.Paper = &communityv1.PaperRules{OperatorPermilleMax: 500, CallBackPermille: 700, RiskLimitPermille: 50, AuditSeconds: 1}
	}
	if version%2 == 0 {
		r.Notice = noticeOf()
	}
	if version%2 == 0 && level == communityv1.Secrecy_SECRECY_PASS_FAIL {
		r.Secrecy.Together = true
		r.Requirements = append(r.Requirements, requirement(communityv1.Of_OF_YES, all, heads, 1, 3))
	}
	return r
}

// levelOf is that of a version of the rules; plays begin at different ones.
func levelOf(version uint32) communityv1.Secrecy {
	return []communityv1.Secrecy{
		communityv1.Secrecy_SECRECY_TOTALS, communityv1.Secrecy_SECRECY_INTERVAL,
		communityv1.Secrecy_SECRECY_TOTALS, communityv1.Secrecy_SECRECY_PASS_FAIL,
	}[version%4]
}

func registrarOf(name, org string) *communityv1.Registrar {
	return &communityv1.Registrar{Member: idFor(name), Org: idFor(org), Key: keyFor(name), BoxKey: keyFor(name + "'s box")}
}

// appointsRegistrar names who lists credentials: at once where the founding named nobody, and now and then another.
func (c *crowd) appointsRegistrar() *deed {
	first, second, ok := c.officers("")
	if !ok || c.registrar != nil && !c.chance(40) {
		return nil
	}
	who, found := c.resident()
	if !found || c.again("registrar") {
		return nil
	}
	body := &communityv1.AppointRegistrar{Registrar: &communityv1.Registrar{
		Member: who, Org: idFor(orgThree), Key: c.keyOf(who), BoxKey: keyFor(who + "'s box"),
	}}
	if c.chance(100) {
		body.Registrar.Key = c.anyKey()
	}
	return c.by(first, "community.appoint_registrar", body, second)
}

// callsVeiled calls a secret poll, mostly when there was none and there are some who could vote.
func (c *crowd) callsVeiled() *deed {
	for _, p := range c.polls { // any order: is there one
		if p.secret != nil && !c.chance(5) {
			return nil
		}
	}
	could := ids(c.people, func(id string, _ *person) bool { return c.counts(id) && c.hasKey(id) })
	who, ok := c.office(communityv1.Role_ROLE_CONVENER)
	if !ok || !c.veils || (len(could) < 5 || c.registrar == nil || len(c.trustees) == 0) && !c.chance(2) || c.again("call veiled") {
		return nil
	}
	m := c.matter("veiled")
	return c.by(who, "voting.call", &votingv1.CallPoll{Matter: m.GetCode(), Question: questionOf(m.GetPoll().GetMethod())})
}

// nature tells by a poll's key how its registrar is, and the same for everybody who asks.
func (k *council) nature() int { return int(k.context[16])*256 + int(k.context[17]) }

// What a registrar may do, in a thousand; all others are honest.
const (
	omits      = 40
	invents    = omits + 80
	swaps      = invents + 40
	replaces   = swaps + 100
	weighs     = replaces + 30
	neverLists = weighs + 30
)

// veiled is a secret poll for which something can be done, or, rarely, any whose registration has begun.
func (c *crowd) veiled(good func(*poll, *secret) bool) (string, *poll, *secret, bool) {
	if c.chance(5) {
		good = func(*poll, *secret) bool { return true }
	}
	id, ok := pick(c, ids(c.polls, func(_ string, p *poll) bool { return p.secret != nil && p.secret.begunAt > 0 && good(p, p.secret) }))
	if !ok {
		return "", nil, nil, false
	}
	return id, c.polls[id], c.polls[id].secret, true
}

// registers has somebody on the roll register, often again, sometimes without a receipt, with another's, too late, or off the roll.
func (c *crowd) registers() *deed {
	id, p, s, ok := c.veiled(func(p *poll, s *secret) bool {
		return s.registering() && !p.dead && (len(s.registered) < votersMax || c.chance(30))
	})
	if !ok {
		return nil
	}
	voter, ok := pick(c, ids(p.roll, func(m string, _ voter) bool {
		_, done := s.registered[m]
		return c.active(m) && c.hasKey(m) && (!done || c.chance(60))
	}))
	if !ok || c.chance(30) {
		if voter, ok = c.member(); !ok {
			return nil
		}
	}
	if c.lately("register "+id+voter, 5) {
		return nil
	}
	w := c.wallet(id, voter, "credential")
	commitment := commitmentTo(id, voter, w.salt, w.key)
	return c.by(voter, "voting.register", &votingv1.RegisterVoter{
		Poll: id, Voter: voter, Commitment: commitment, Receipt: c.receipt(id, s.registrar, voter, commitment),
	})
}

// receipt is the registrar's word that it knows a credential; now and then it is another's, or for somebody else.
func (c *crowd) receipt(poll string, r *communityv1.Registrar, voter string, commitment []byte) []byte {
	key := r.GetKey()
	switch n := c.r.IntN(100); {
	case n < 2:
		key = keyFor(neighbour(0))
	case n < 4:
		voter = idFor(neighbour(c.r.IntN(neighbours)))
	case n < 5:
		poll = idFor("another poll")
	case n < 6:
		return make([]byte, ed25519.SignatureSize)
	}
	private, ok := byKey.Load(string(key))
	if !ok {
		panic("a registrar without a key")
	}
	return ed25519.Sign(private.(ed25519.PrivateKey), receiptFor(poll, voter, commitment))
}

// rosterBy is what a registrar lists, as it is.
func (c *crowd) rosterBy(id string, p *poll) (rows []listedKey) {
	for _, voter := range ids(p.secret.registered, func(string, []byte) bool { return true }) {
		w := c.wallets[string(p.secret.registered[voter])]
		rows = append(rows, listedKey{string(w.key), p.shown(p.roll[voter].weight), p.secret.brought[voter].channel})
	}
	switch n := p.council.nature() % 1000; {
	case n < omits:
		rows = rows[1:]
	case n < invents:
		rows = append(rows, listedKey{key: string(keyFor("nobody's credential")), weight: weight{heads: 1}})
	case n < swaps:
		other := slices.IndexFunc(rows, func(r listedKey) bool { return r.weight != rows[0].weight })
		if other > 0 {
			rows[0].weight, rows[other].weight = rows[other].weight, rows[0].weight
		}
	case n < replaces:
		rows[0].key = string(keyFor("nobody's credential"))
	case n < weighs:
		rows[0].area++
	}
	slices.SortFunc(rows, func(a, b listedKey) int { return cmp.Compare(a.key, b.key) })
	return rows
}

// lists has the registrar list the credentials, often in two parts, sometimes out of order or again, or somebody else.
func (c *crowd) lists() *deed {
	id, p, s, ok := c.veiled(func(p *poll, s *secret) bool { return s.listing() && !p.dead })
	if !ok || len(s.registered) == 0 {
		return nil
	}
	if n := p.council.nature() % 1000; n >= weighs && n < neverLists || c.lately(fmt.Sprint("list ", id, len(s.rows), c.now/200), 0) {
		return nil
	}
	rows := c.rosterBy(id, p)
	rest := rows[min(len(s.rows), len(rows)):]
	if c.chance(50) {
		rest = rows
	}
	body := &votingv1.ListCredentials{Poll: id, Last: true}
	if len(rest) > 1 && c.chance(400) {
		body.Last, rest = false, rest[:len(rest)/2]
	}
	for _, r := range rest {
		body.Rows = append(body.Rows, &votingv1.CredentialRow{Key: []byte(r.key), Heads: r.heads, AreaCentiM2: r.area, Channel: r.how})
	}
	if c.chance(40) {
		slices.Reverse(body.Rows)
	}
	if c.chance(30) {
		return c.by(idFor(ann), "voting.list_credentials", body)
	}
	return &deed{"voting.list_credentials", body, [][]byte{s.registrar.GetKey()}}
}

// contests has a voter whose credential is not listed as it should be say so, and now and then one whose is.
func (c *crowd) contests() *deed {
	id, p, s, ok := c.veiled(func(p *poll, s *secret) bool {
		return s.sealedAt > 0 && !p.opened && !p.dead && s.contested > c.now-200
	})
	if !ok {
		return nil
	}
	falsely := c.chance(40)
	voter, ok := pick(c, ids(s.registered, func(voter string, commitment []byte) bool {
		row, on := s.rowOf(string(c.wallets[string(commitment)].key))
		wrong := !on || row.how != s.brought[voter].channel || row.weight != p.shown(p.roll[voter].weight)
		return c.active(voter) && c.hasKey(voter) && (falsely || wrong)
	}))
	if !ok || c.again("contest "+id) {
		return nil
	}
	w := c.wallets[string(s.registered[voter])]
	body := &votingv1.ContestRoster{Poll: id, Voter: voter, Key: w.key, Salt: w.salt}
	switch n := c.r.IntN(100); {
	case n < 5:
		body.Key = keyFor("nobody's credential")
	case n < 10:
		if other, ok := c.member(); ok {
			voter = other
		}
	}
	if officer, found := c.office(communityv1.Role_ROLE_OFFICER); found && s.brought[body.Voter].channel == onPaper && c.chance(600) {
		voter = officer
	}
	return c.by(voter, "voting.contest_roster", body)
}

// marks makes a ballot of a credential and remembers what is in it.
func (c *crowd) marks(id string, p *poll, key []byte, sequence uint64) []byte {
	choice := make([]int64, max(3, len(p.question.GetOptions())))
	if len(p.question.GetOptions()) == 0 {
		choice[[]int{0, 0, 0, 1, 1, 2}[c.r.IntN(6)]] = 1
	} else if o := c.r.IntN(len(choice) + 1); o < len(choice) {
		choice[o] = 1
	}
	noise, drawn := io.Reader(c.noise), ""
	if c.chance(150) { // devices of one maker, whose random numbers are none
		noise, drawn = rand.NewChaCha8([32]byte(p.secret.election)), "the same"
	}
	voter := secretballot.Voter{Pseudonym: [secretballot.PseudonymBytes]byte(key), Sequence: sequence}
	ballot, opening, err := c.forPoll(p).Encrypt(noise, voter, choice)
	if err != nil {
		panic(err)
	}
	c.hides[string(ballot)] = hidden{poll: id, key: string(key), sequence: sequence, choice: choice, opening: opening.Bytes(), drawn: drawn}
	return ballot
}

// sendsSecret has a credential cast or challenge a ballot, often again, sometimes out of number, copied, changed, for another credential,
// by none of the poll's, or too late.
func (c *crowd) sendsSecret() *deed {
	id, p, s, ok := c.veiled(func(p *poll, _ *secret) bool { return p.opened && (!p.closed || c.chance(5)) })
	if !ok || !p.opened {
		return nil
	}
	row, ok := pick(c, slices.DeleteFunc(slices.Clone(s.rows), func(r listedKey) bool { return r.how == onPaper && !c.chance(100) }))
	if !ok || c.lately(fmt.Sprint("secret ", id, row.key), 5) {
		return nil
	}
	u := cmp.Or(s.urns[row.key], &urn{})
	if u.sequence > 0 && !c.chance(300) { // most vote once
		return nil
	}
	key, sequence := []byte(row.key), u.sequence+1
	if _, ours := byKey.Load(row.key); !ours {
		return nil
	}
	if c.chance(30) { // the voter has lost count
		sequence += uint64(c.r.IntN(3)) - 1
	}
	ballot := c.marks(id, p, key, sequence)
	opening := c.hides[string(ballot)].opening
	switch n := c.r.IntN(100); {
	case n < 3:
		sequence += uint64(c.r.IntN(3)) - 1
	case n < 6: // copied
		if other, ok := pick(c, ids(s.urns, func(_ string, u *urn) bool { return u.last != nil })); ok {
			ballot = s.urns[other].last
		}
	case n < 9: // changed
		ballot = bytes.Clone(ballot)
		ballot[c.r.IntN(len(ballot))] ^= 1
	case n < 11: // another's hand
		if other, ok := pick(c, s.rows); ok {
			key = []byte(other.key)
		}
	case n < 13:
		key = keyFor("nobody's credential")
	case n < 15:
		opening = c.hides[string(s.anyLast())].opening
	}
	if c.chance(180) {
		body := &votingv1.ChallengeBallot{Poll: id, Sequence: sequence, Ballot: ballot, Opening: opening}
		return &deed{"voting.challenge_ballot", body, [][]byte{key}}
	}
	return &deed{"voting.cast_secret", &votingv1.CastSecret{Poll: id, Sequence: sequence, Ballot: ballot}, [][]byte{key}}
}

// anyLast is some credential's ballot, the first one's that has one.
func (s *secret) anyLast() []byte {
	for _, r := range s.taking() {
		return s.urns[r.key].last
	}
	return nil
}

// opens has a trustee do what is due for the sums of a secret poll, sometimes with garbage or in another's name, and some withhold it.
func (c *crowd) opens() *deed {
	id, p, s, ok := c.veiled(func(p *poll, s *secret) bool { return !p.idle() && (p.tally == nil || !p.certified && c.chance(50)) })
	if !ok || s.sums == nil {
		return nil
	}
	k := p.council
	n := 1 + uint32(c.r.IntN(len(k.trustees)))
	withholds := k.fate(toWithhold, n, 3)
	if withholds && !p.keyMissing || c.lately(fmt.Sprint("opens ", id, n), 5) {
		return nil
	}
	body := c.says(id, k, n, true)
	if body == nil {
		return nil
	}
	c.spoils(body)
	who := n
	if c.chance(40) {
		who = 1 + uint32(c.r.IntN(len(k.trustees)))
	}
	return c.by(k.trustees[who-1].GetMember(), operationOf(body), body)
}

func operationOf(body proto.Message) string {
	switch body.(type) {
	case *votingv1.DecryptTotals:
		return "voting.decrypt_totals"
	case *votingv1.BlindTotals:
		return "voting.blind_totals"
	}
	return "voting.prove_totals"
}

// spoils makes garbage of what a trustee says, now and then.
func (c *crowd) spoils(body proto.Message) {
	if !c.chance(80) {
		return
	}
	messages := [][]byte{nil}
	switch b := body.(type) {
	case *votingv1.DecryptTotals:
		messages[0] = b.Message
	case *votingv1.BlindTotals:
		messages = b.Messages
	case *votingv1.ProveTotals:
		messages = b.Verdicts
	}
	if m, ok := pick(c, messages); ok && len(m) > 0 {
		m[c.r.IntN(len(m))] ^= 1
		c.lies[string(m)] = true
	}
}

// inSecret is what trustees are told of a secret poll whose ballots are added up.
func (c *crowd) inSecret(p *poll, ceremony any) any {
	s := p.secret
	return map[string]any{
		"question": p.question, "rules": p.rules, "roll": c.rollOf(p), "ceremony": ceremony, "closed": true, "secret": map[string]any{
			"registrar": s.registrar, "roll": c.rollOf(p), "root": s.root, "credentials": len(s.rows), "election": s.election,
			"encrypted": s.sums, "decrypted": s.decrypted, "blinded": s.blinded, "verdicts": s.verdicts, "proved_by": s.provedBy,
		},
	}
}

// ballots are the roster with what counts of each credential.
func (s *secret) ballots() (out []any) {
	for _, r := range s.rows {
		u := cmp.Or(s.urns[r.key], &urn{})
		row := map[string]any{"key": []byte(r.key), "weight": map[string]int64{"heads": r.heads, "area": r.area}}
		if r.how != ofDevice {
			row["channel"] = r.how
		}
		if u.last != nil {
			row["sequence"], row["ballot"] = u.counts, u.last
		}
		out = append(out, row)
	}
	return out
}
