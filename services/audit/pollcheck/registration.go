package pollcheck

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var (
	whyRegistrar = because("registration.registrar",
		"The registrar is not the one whom the community had appointed.", "登记人并非社区任命的人。")
	whyRegisteredBy = because("registration.signer",
		"Somebody was registered by whom they may not be, or in a way that does not replace how they had registered.",
		"有人由无权者代为登记，或被效力较低的登记取代。")
	whyRegisteredLate = because("registration.late",
		"Somebody was registered outside of the time for it.", "有人在登记时间之外登记。")
	whyReceipt = because("registration.receipt",
		"A receipt is not the registrar's signature over this registration.", "回执不是登记人对该登记的签名。")
	whyRegisteredNumber = because("registration.number",
		"More or fewer have registered than is said.", "登记人数与所述不符。")
	whyRegisteredUnlisted = because("registration.unlisted",
		"Somebody has registered who is not on the roll.", "有不在名册上的人登记。")

	whyLister = because("roster.lister",
		"Credentials were listed by somebody else than the registrar.", "凭证由登记人以外的人列出。").unless(ofPoll)
	whyListed = because("roster.order",
		"The credentials are not listed in ascending order, each once, before the roster was sealed.", "凭证未按升序逐一列于封存之前。")
	whyRowsMany = because("roster.rows",
		"A list of credentials holds more rows than it may, or none.", "凭证列表的行数超限或为空。")
	whyRosterRoot = because("roster.root",
		"The roster's root is not that of the credentials that were listed.", "凭证名册的根哈希与所列凭证不符。").unless(ofPoll)
	whyRosterNumber = because("roster.number",
		"There are more or fewer credentials than voters who have registered, or than the roster says.", "凭证数与登记人数或名册所述不符。").unless(ofPoll)
	whyRosterWeights = because("roster.weights",
		"The credentials do not weigh what those weigh who have registered, and the poll was opened all the same.",
		"凭证权重与登记人的权重不一致，投票却仍然开始。")
	whyContest = because("roster.contest",
		"The roster was contested by something that does not show it to be wrong.", "对名册的异议并不能证明其有误。").unless(ofRecord)
	whyContested = because("roster.contested",
		"The poll was opened although its roster was shown to be wrong.", "名册已被证明有误，投票却仍然开始。")
)

const rowsMax = 200

// registrations are the voters' last ones, ascending.
func (p *poll) registrations() map[string]*votingv1.VoterRegistered {
	facts, bodies := of[*votingv1.VoterRegistered](p)
	out := map[string]*votingv1.VoterRegistered{}
	for i, s := range facts {
		out[s.last()] = bodies[i]
	}
	return out
}

// registration checks who has registered, when, and the registrar's receipts.
func (c *checking) registration() {
	if c.begun == nil {
		return
	}
	begun := c.begun.body.(*votingv1.RegistrationBegun)
	known := slices.ContainsFunc(c.registrars, func(r *communityv1.Registrar) bool { return proto.Equal(r, begun.GetRegistrar()) })
	if !known && len(c.hidden) > 0 {
		c.unchecked(notShown)
	} else {
		c.is(known, whyRegistrar, at(c.begun))
	}
	before := map[string]*said{}
	for _, s := range c.facts {
		b, ok := s.body.(*votingv1.VoterRegistered)
		if !ok {
			continue
		}
		where := at(s).of("voter %s", s.last())
		c.is(c.registeredBy(s, b, before[s.last()]), whyRegisteredBy, where)
		before[s.last()] = s
		over := c.registered != nil && s.index > c.registered.index
		c.is(s.index > c.begun.index && s.time < begun.GetEndsAt() && !over, whyRegisteredLate, where)
		c.is(receiptHolds(c.id, s.last(), b, begun.GetRegistrar().GetKey()), whyReceipt, where)
		if c.roll == nil || c.rollHidden {
			c.unchecked(notShown)
			continue
		}
		_, listed := c.roll.voters[s.last()]
		c.is(listed, whyRegisteredUnlisted, where)
	}
	if c.registered == nil {
		return
	}
	if c.hidden.between(c.begun, c.registered) {
		c.unchecked(notShown)
		return
	}
	n := c.registered.body.(*votingv1.RegistrationEnded).GetVoters()
	c.is(n == uint32(len(c.registrations())), whyRegisteredNumber, at(c.registered))
}

// receiptHolds checks the registrar's signature (docs/format.md, credentials).
func receiptHolds(poll, voter string, b *votingv1.VoterRegistered, key []byte) bool {
	if len(key) != ed25519.PublicKeySize || len(b.GetCommitment()) != sha256.Size {
		return false
	}
	input := append(putStr(putStr([]byte("renlin/registration/1\n"), poll), voter), b.GetCommitment()...)
	return ed25519.Verify(key, input, b.GetReceipt())
}

// commitment is what a voter committed to their credential by.
func commitment(poll, voter string, salt, key []byte) [sha256.Size]byte {
	h := putStr(putStr([]byte("renlin/credential/1\n"), poll), voter)
	return sha256.Sum256(append(append(h, salt...), key...))
}

func rowWeight(r *votingv1.CredentialRow) weight {
	return weight{r.GetHeads(), r.GetAreaCentiM2(), r.GetMeasured().GetHouseholds(), r.GetMeasured().GetWeight()}
}

// shownWeight is what a voter's row may say: heads, and of the other measures those in which something is required.
func (p *poll) shownWeight(w weight) weight {
	out := weight{heads: w.heads}
	for _, q := range p.rules.GetRequirements() {
		out = out.with(q.GetMeasure(), w.of(q.GetMeasure()))
	}
	return out
}

// checkRoster checks the list of credentials against everything that can be known of it: whose credential is whose cannot.
func (c *checking) checkRoster() {
	rows := c.rows()
	if c.roster == nil {
		return
	}
	sealed, where := c.roster.body.(*votingv1.RosterSealed), at(c.roster)
	c.weights, c.channelOf = map[string]weight{}, map[string]votingv1.Channel{}
	var leaves []chain.Hash
	var listed []alike
	for _, r := range rows {
		c.weights[chain.KeyID(r.GetKey())], c.channelOf[chain.KeyID(r.GetKey())] = rowWeight(r), r.GetChannel()
		listed = append(listed, alike{rowWeight(r), r.GetChannel()})
		leaves = append(leaves, chain.LeafHash(rowHash(r)))
	}
	if c.hidden.between(cmp.Or(c.registered, c.begun), c.roster) {
		c.weights, c.channelOf = nil, nil // rows may be missing
	}
	root := chain.RootOfLeaves(leaves)
	c.is(bytes.Equal(root[:], sealed.GetRoot()), whyRosterRoot, where)
	number := int(sealed.GetCredentials()) == len(rows)
	if c.opened != nil && !c.hidden.between(c.begun, c.roster) {
		number = number && len(rows) == len(c.registrations())
	}
	c.is(number, whyRosterNumber, where)
	c.contests(rows)
	if c.roll == nil || c.rollHidden || c.hidden.between(c.begun, c.roster) {
		c.unchecked(notShown)
		return
	}
	var entitled []alike
	for voter, how := range c.registrations() { // any order: sorted below
		entitled = append(entitled, alike{c.shownWeight(c.roll.voters[voter]), shownChannel(how.GetChannel())})
	}
	same := slices.Equal(sortedCopy(listed, compareAlike), sortedCopy(entitled, compareAlike))
	c.is(same || c.opened == nil, whyRosterWeights, where)
}

// rowHash is a row's entry in the roster (docs/format.md, credentials).
func rowHash(r *votingv1.CredentialRow) chain.Hash {
	domain := "renlin/roster/1\n"
	if r.GetChannel() != votingv1.Channel_CHANNEL_UNSPECIFIED {
		domain = "renlin/roster/2\n"
	}
	b := append([]byte(domain), r.GetKey()...)
	w := rowWeight(r)
	for _, n := range []int64{w.heads, w.area, w.households, w.classes} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	if r.GetChannel() != votingv1.Channel_CHANNEL_UNSPECIFIED {
		b = append(b, byte(r.GetChannel()))
	}
	return sha256.Sum256(b)
}

func compareAlike(a, b alike) int {
	return cmp.Or(cmp.Compare(a.channel, b.channel), cmp.Compare(a.heads, b.heads), cmp.Compare(a.area, b.area),
		cmp.Compare(a.households, b.households),
		cmp.Compare(a.classes, b.classes))
}

// rows reads the lists, each of which the registrar must have signed.
func (c *checking) rows() (all []*votingv1.CredentialRow) {
	var last []byte
	for _, s := range c.facts {
		b, ok := s.body.(*votingv1.CredentialsListed)
		if !ok {
			continue
		}
		key := []byte(nil)
		if c.begun != nil {
			key = c.begun.body.(*votingv1.RegistrationBegun).GetRegistrar().GetKey()
		}
		c.is(len(s.keys) > 0 && bytes.Equal(s.keys[0], key), whyLister, at(s))
		c.is(len(b.GetRows()) > 0 && len(b.GetRows()) <= rowsMax, whyRowsMany, at(s))
		late := c.roster != nil && s.index > c.roster.index
		for i, r := range b.GetRows() {
			c.is(len(r.GetKey()) == ed25519.PublicKeySize && bytes.Compare(last, r.GetKey()) < 0 && !late, whyListed, at(s).of("row %d", i+1))
			last = r.GetKey()
		}
		all = append(all, b.GetRows()...)
	}
	return all
}

// contests: who shows that their credential is missing, or weighs something else, is right, and then nobody votes by this roster.
func (c *checking) contests(rows []*votingv1.CredentialRow) {
	registrations := c.registrations()
	for _, s := range c.facts {
		b, ok := s.body.(*votingv1.RosterContested)
		if !ok {
			continue
		}
		where := at(s).of("voter %s", b.GetVoter())
		committed := commitment(c.id, b.GetVoter(), b.GetSalt(), b.GetKey())
		theirs := bytes.Equal(committed[:], registrations[b.GetVoter()].GetCommitment())
		i := slices.IndexFunc(rows, func(r *votingv1.CredentialRow) bool { return bytes.Equal(r.GetKey(), b.GetKey()) })
		wrong := i < 0
		if !wrong && c.roll != nil && !c.rollHidden {
			how := shownChannel(registrations[b.GetVoter()].GetChannel())
			wrong = rows[i].GetChannel() != how || rowWeight(rows[i]) != c.shownWeight(c.roll.voters[b.GetVoter()])
		}
		c.is(theirs && wrong, whyContest, where)
		c.is(c.opened == nil, whyContested, where)
	}
}
