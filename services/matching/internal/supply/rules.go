package supply

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// Bounds of what one command may say. They keep every sum of costs far below what an int64 holds.
const (
	quantityMax = 100_000
	cellMax     = 10_000
	radiusMax   = 200
	listMax     = 20
	openMax     = 20
)

// PriorityMax is for life and limb.
const PriorityMax = 9

// About tells which matter and poll a command is about, for the bounds of mandates: none. A mandate that is bounded to one covers no
// needs.
func About(*decider.View, proto.Message) (matter, poll string) { return "", "" }

// Raise asks for something, for oneself, or, by an officer or a grid worker, for another member.
func Raise(v *decider.View, cmd *decider.Command, body *matchingv1.RaiseNeed) ([]decider.Change, error) {
	if err := checkRaise(v, cmd, body); err != nil {
		return nil, err
	}
	members, orgs, err := behind(v, body.GetExcluded())
	if err != nil {
		return nil, err
	}
	who, err := forWhom(v, cmd, body)
	if err != nil {
		return nil, err
	}
	list := AskingPath(who)
	open := stillOpen(v, list)
	if len(open) >= openMax {
		return nil, ErrNeedLimit.WithInt("needs_max", openMax)
	}
	id := cmd.ID.NewAggregate()
	changes := []decider.Change{
		decider.On(NeedPath(id), &matchingv1.NeedRaised{
			Skill: body.GetSkill(), Quantity: body.GetQuantity(), Cell: body.GetCell(), From: body.GetFrom(), Until: body.GetUntil(),
			Languages: body.GetLanguages(), Attestations: body.GetAttestations(), Excluded: body.GetExcluded(), Text: body.GetText(),
			Beneficiary: who, By: cmd.Actor, Mandate: cmd.Mandate, ExcludedMembers: members, ExcludedOrgs: orgs,
			Suggestion: body.GetSuggestion(), Pictures: body.GetPictures(),
		}),
		decider.On(list, &matchingv1.OpenNeedsListed{Needs: append(open, id)}),
	}
	if s := body.GetSuggestion(); s != "" {
		changes = append(changes, decider.On(SuggestionPath(s), &matchingv1.SuggestionTaken{Need: id, By: cmd.Actor}))
	}
	return changes, nil
}

// forWhom gives whom a need is for: who asks, another member for whom an officer or a grid worker does, or whom a suggestion is about.
func forWhom(v *decider.View, cmd *decider.Command, body *matchingv1.RaiseNeed) (string, error) {
	overseer := cmd.Mandate == "" && (Holds(v, cmd, communityv1.Role_ROLE_OFFICER) || Holds(v, cmd, communityv1.Role_ROLE_GRID_WORKER))
	who := cmp.Or(body.GetBeneficiary(), cmd.Actor)
	if body.GetSuggestion() != "" {
		if !overseer {
			return "", ErrForOther
		}
		s, err := AwaitedSuggestion(v, cmd, body.GetSuggestion())
		switch {
		case err != nil:
			return "", err
		case body.GetBeneficiary() != "" && body.GetBeneficiary() != s.Person():
			return "", ErrSuggestionOther
		case s.File != "": // whose it is stays in the vault
			return s.File, nil
		}
		who = s.Member
	}
	if who == cmd.Actor {
		return who, nil
	}
	if !overseer {
		return "", ErrForOther
	}
	_, err := standing.Active(v, who)
	return who, err
}

// behind gives who answers for some providers, and their organisations, ascending: who is excluded does not come back under another id.
func behind(v *decider.View, providers []string) (members, orgs []string, err error) {
	for _, id := range providers {
		p, ok := decider.Get[Provider](v, ProviderPath(id))
		if !ok {
			return nil, nil, ErrProviderUnknown
		}
		members = append(members, p.Member)
		if p.Org != "" {
			orgs = append(orgs, p.Org)
		}
	}
	slices.Sort(members)
	slices.Sort(orgs)
	return slices.Compact(members), slices.Compact(orgs), nil
}

func checkRaise(v *decider.View, cmd *decider.Command, body *matchingv1.RaiseNeed) error {
	if err := CheckAsked(v, cmd.Time, body); err != nil {
		return err
	}
	if err := standing.CheckText(body.GetText()); err != nil {
		return err
	}
	return standing.CheckPictures(body.GetText(), body.GetPictures())
}

// asked is what is asked for, whether somebody here raises it or it comes from another community.
type asked interface {
	GetSkill() string
	GetQuantity() int64
	GetCell() *matchingv1.Cell
	GetFrom() int64
	GetUntil() int64
	GetLanguages() []string
	GetAttestations() []string
	GetExcluded() []string
}

// CheckAsked refuses what cannot be asked for here.
func CheckAsked(v *decider.View, now int64, body asked) error {
	rules := CurrentRules(v)
	switch {
	case body.GetSkill() == "" || !rules.Knows(body.GetSkill()):
		return ErrSkill
	case body.GetQuantity() < 1 || body.GetQuantity() > quantityMax:
		return ErrQuantity
	case !ValidCell(body.GetCell()):
		return ErrCell
	case !validWindow(body.GetFrom(), body.GetUntil(), now):
		return ErrWindow
	case len(body.GetLanguages()) > listMax || len(body.GetAttestations()) > listMax || len(body.GetExcluded()) > listMax:
		return ErrListLong
	}
	if err := checkCodes(rules.book.GetLanguages(), body.GetLanguages(), "languages"); err != nil {
		return err
	}
	return checkCodes(rules.book.GetAttestations(), body.GetAttestations(), "attestations")
}

// ValidCell tells whether a square can be one of a community's grid.
func ValidCell(c *matchingv1.Cell) bool {
	return c != nil && c.GetEast() >= -cellMax && c.GetEast() <= cellMax && c.GetNorth() >= -cellMax && c.GetNorth() <= cellMax
}

func validWindow(from, until, now int64) bool {
	return from >= 0 && until >= 0 && (until == 0 || until > max(from, now))
}

func stillOpen(v *decider.View, list string) []string {
	asking, ok := decider.Get[Asking](v, list)
	if !ok {
		return nil
	}
	var open []string
	for _, id := range asking.Needs {
		if n, ok := decider.Get[Need](v, NeedPath(id)); ok && n.State == Open && n.Waiting+n.Matched+n.Referred > 0 {
			open = append(open, id)
		}
	}
	return open
}

// Holds tells whether the actor acts with an office: a hosted key has none, and neither has what is done for another.
func Holds(v *decider.View, cmd *decider.Command, r communityv1.Role) bool {
	m, ok := decider.Get[standing.Member](v, "member/"+cmd.Actor)
	return ok && cmd.Author == chain.AuthorDevice && cmd.Mandate == "" && m.Holds(r)
}

// OfficerOf tells whether the actor is an officer of an organisation.
func OfficerOf(v *decider.View, cmd *decider.Command, org string) bool {
	m, ok := decider.Get[standing.Member](v, "member/"+cmd.Actor)
	if !ok || cmd.Author != chain.AuthorDevice || cmd.Mandate != "" {
		return false
	}
	own, officer := m.Roles[communityv1.Role_ROLE_OFFICER]
	return officer && org != "" && own == org
}

// FindNeed finds a need.
func FindNeed(v *decider.View, id string) (*Need, error) {
	n, ok := decider.Get[Need](v, NeedPath(id))
	if !ok {
		return nil, ErrNeedUnknown
	}
	return n, nil
}

// MustBeOpen refuses a need that nobody waits for any more, saying why.
func (n *Need) MustBeOpen() error {
	switch n.State {
	case Withdrawn:
		return ErrNeedWithdrawn
	case Expired:
		return ErrNeedExpired
	}
	return nil
}

// Assess says how urgent a need is.
func Assess(v *decider.View, cmd *decider.Command, body *matchingv1.AssessNeed) ([]decider.Change, error) {
	n, err := FindNeed(v, body.GetNeed())
	if err != nil {
		return nil, err
	}
	if err := n.MustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case body.GetPriority() < 1 || body.GetPriority() > PriorityMax:
		return nil, ErrPriority
	case n.Beneficiary == cmd.Actor:
		return nil, ErrAssessOwn
	case n.AssessedBy != "" && n.Priority == body.GetPriority() && n.Vulnerable == body.GetVulnerable():
		return nil, decider.ErrNothing
	}
	return []decider.Change{decider.On(NeedPath(body.GetNeed()), &matchingv1.NeedAssessed{
		Priority: body.GetPriority(), Vulnerable: body.GetVulnerable(), By: cmd.Actor,
	})}, nil
}

// CheckScreening holds what is said of a need that was looked into. Only who looks for others says it, and whoever is sent to another need
// is sent to one of the same kind, of which something still waits, is on its way or has come.
func CheckScreening(v *decider.View, cmd *decider.Command, n *Need, body *matchingv1.WithdrawNeed) error {
	duplicate := body.GetScreening() == matchingv1.Screening_SCREENING_DUPLICATE
	switch _, known := matchingv1.Screening_name[int32(body.GetScreening())]; {
	case !known || duplicate != (body.GetSameAs() != ""):
		return ErrScreening
	case body.GetScreening() == matchingv1.Screening_SCREENING_UNSPECIFIED:
		return nil
	case n.Beneficiary == cmd.Actor && n.By != cmd.Actor || cmd.Mandate != "" ||
		!Holds(v, cmd, communityv1.Role_ROLE_OFFICER) && !Holds(v, cmd, communityv1.Role_ROLE_GRID_WORKER):
		return ErrScreeningBy
	case !duplicate:
		return nil
	}
	other, err := FindNeed(v, body.GetSameAs())
	switch {
	case err != nil:
		return err
	case body.GetSameAs() == body.GetNeed() || other.Skill != n.Skill || other.Waiting+other.Matched+other.Served == 0:
		return ErrSameAs
	}
	return nil
}

// OnRaised sets the timer of a need that has an end.
func OnRaised(_ *decider.View, e decider.Event, body *matchingv1.NeedRaised) []decider.Demand {
	id, ok := strings.CutPrefix(e.Aggregate, "need/")
	if !ok || body.GetUntil() == 0 || body.GetUptake() != "" { // a forged commit may have it on another aggregate; an uptake is closed
		return nil
	}
	return []decider.Demand{{
		Purpose: "expire-need/" + id, Operation: "matching.expire_need", Body: &matchingv1.ExpireNeed{Need: id}, Due: body.GetUntil(),
	}}
}

// Expire says that what still waits of a need has run out of time. What is being brought is brought all the same; and of what was brought
// nothing waits again that has not arrived.
func Expire(v *decider.View, cmd *decider.Command, body *matchingv1.ExpireNeed) ([]decider.Change, error) {
	n, err := FindNeed(v, body.GetNeed())
	switch {
	case err != nil:
		return nil, err
	case n.MustBeOpen() != nil:
		return nil, n.MustBeOpen()
	case n.Until == 0 || cmd.Time < n.Until:
		return nil, ErrNotExpired
	}
	return []decider.Change{decider.On(NeedPath(body.GetNeed()), &matchingv1.NeedExpired{Quantity: n.Waiting})}, nil
}

// ProviderID names the one provider that a member is for themselves, or for which they answer in an organisation. So nobody is several,
// and who was excluded, was silent or has retired is the same one when they come again.
func ProviderID(org, member string) string {
	sum := sha256.Sum256([]byte("provider/" + org + "/" + member))
	return chain.ShortID(sum[:])
}

// Register says that somebody serves, or serves again.
func Register(v *decider.View, cmd *decider.Command, body *matchingv1.RegisterProvider) ([]decider.Change, error) {
	if err := checkReach(v, body.GetReach()); err != nil {
		return nil, err
	}
	if own := body.GetOrg() == "" && body.GetMember() == cmd.Actor; !own && !OfficerOf(v, cmd, body.GetOrg()) {
		return nil, ErrRegister
	}
	if _, err := standing.Active(v, body.GetMember()); err != nil {
		return nil, err
	}
	path := ProviderPath(ProviderID(body.GetOrg(), body.GetMember()))
	if p, ok := decider.Get[Provider](v, path); ok && !p.Retired {
		return nil, ErrRegistered
	}
	return []decider.Change{decider.On(path, &matchingv1.ProviderRegistered{
		Org: body.GetOrg(), Member: body.GetMember(), Reach: body.GetReach(),
	})}, nil
}

func checkReach(v *decider.View, r *matchingv1.Reach) error {
	switch {
	case !ValidCell(r.GetCell()):
		return ErrCell
	case r.GetRadiusCells() > radiusMax:
		return ErrRadius
	case len(r.GetLanguages()) > listMax:
		return ErrListLong
	}
	return checkCodes(CurrentRules(v).book.GetLanguages(), r.GetLanguages(), "languages")
}

// CheckOffered refuses what cannot be offered here: a skill or languages that the rulebook does not list, more than anybody has, or a place
// that is none.
func CheckOffered(v *decider.View, skill string, capacity int64, reach *matchingv1.Reach) error {
	switch {
	case skill == "" || !CurrentRules(v).Knows(skill):
		return ErrSkill
	case capacity < 1 || capacity > quantityMax:
		return ErrCapacity
	}
	return checkReach(v, reach)
}

// Speaks finds a provider for which the actor may speak: as who answers for it, or as an officer of its organisation.
func Speaks(v *decider.View, cmd *decider.Command, id string) (*Provider, error) {
	p, ok := decider.Get[Provider](v, ProviderPath(id))
	switch {
	case !ok:
		return nil, ErrProviderUnknown
	case p.Member != cmd.Actor && !OfficerOf(v, cmd, p.Org):
		return nil, ErrNotYours
	case p.Retired:
		return nil, ErrRetired
	}
	return p, nil
}

// Move replaces where a provider serves, and whom it understands.
func Move(v *decider.View, cmd *decider.Command, body *matchingv1.MoveProvider) ([]decider.Change, error) {
	p, err := Speaks(v, cmd, body.GetProvider())
	switch {
	case err != nil:
		return nil, err
	case p.Borrowing != "":
		return nil, ErrLent
	}
	if err := checkReach(v, body.GetReach()); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(ProviderPath(body.GetProvider()), &matchingv1.ProviderMoved{Reach: body.GetReach()})}, nil
}

// Attest says what an organisation has seen of another one's provider.
func Attest(v *decider.View, cmd *decider.Command, body *matchingv1.AttestProvider) ([]decider.Change, error) {
	p, ok := decider.Get[Provider](v, ProviderPath(body.GetProvider()))
	if !ok {
		return nil, ErrProviderUnknown
	}
	m, _ := decider.Get[standing.Member](v, "member/"+cmd.Actor)
	org := m.Roles[communityv1.Role_ROLE_OFFICER]
	switch {
	case org == "" || org == p.Org || p.Member == cmd.Actor:
		return nil, ErrAttestOwn
	case p.Retired:
		return nil, ErrRetired
	case len(body.GetAttestations()) > listMax:
		return nil, ErrListLong
	}
	if err := checkCodes(CurrentRules(v).book.GetAttestations(), body.GetAttestations(), "attestations"); err != nil {
		return nil, err
	}
	if err := standing.CheckText(body.GetEvidence()); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(ProviderPath(body.GetProvider()), &matchingv1.ProviderAttested{
		Attestations: body.GetAttestations(), Evidence: body.GetEvidence(), By: cmd.Actor, Org: org,
	})}, nil
}

// Retire ends that somebody serves. What it had to do a reaction gives to others.
func Retire(v *decider.View, cmd *decider.Command, body *matchingv1.RetireProvider) ([]decider.Change, error) {
	if _, err := Speaks(v, cmd, body.GetProvider()); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(ProviderPath(body.GetProvider()), &matchingv1.ProviderRetired{By: cmd.Actor})}, nil
}

// Publish says how much of a skill a provider can serve at once from now on. Less than what is taken is said truthfully: what nobody has
// answered for yet a reaction gives to others, and nothing new is taken until there is room.
func Publish(v *decider.View, cmd *decider.Command, body *matchingv1.PublishOffer) ([]decider.Change, error) {
	p, err := Speaks(v, cmd, body.GetProvider())
	switch {
	case err != nil:
		return nil, err
	case p.Borrowing != "":
		return nil, ErrLent
	}
	if err := checkOffer(v, cmd.Time, body.GetSkill(), body.GetCapacity(), body.GetFrom(), body.GetUntil()); err != nil {
		return nil, err
	}
	if OfGoods(v, body.GetProvider(), body.GetSkill()) {
		return nil, ErrOfGoods
	}
	path := OfferPath(body.GetProvider(), body.GetSkill())
	if o, ok := decider.Get[Offer](v, path); ok && o.says(p, body.GetCapacity(), body.GetFrom(), body.GetUntil()) {
		return nil, decider.ErrNothing
	}
	return []decider.Change{decider.On(path, &matchingv1.OfferPublished{
		Capacity: body.GetCapacity(), From: body.GetFrom(), Until: body.GetUntil(),
	})}, nil
}

func checkOffer(v *decider.View, now int64, skill string, capacity, from, until int64) error {
	switch {
	case skill == "" || !CurrentRules(v).Knows(skill):
		return ErrSkill
	case capacity < 0 || capacity > quantityMax:
		return ErrCapacity
	case !validWindow(from, until, now):
		return ErrWindow
	}
	return nil
}

// says tells whether a provider's offer says the same already, and not from before it retired.
func (o *Offer) says(p *Provider, capacity, from, until int64) bool {
	return o.PublishedAt > 0 && o.PublishedAt >= p.RegisteredAt && o.Capacity == capacity && o.From == from && o.Until == until
}

// stands tells whether a provider serves where, and whom, a reach says.
func (p *Provider) stands(r *matchingv1.Reach) bool {
	return p.Cell == CellOf(r.GetCell()) && p.RadiusCells == r.GetRadiusCells() && slices.Equal(p.Languages, r.GetLanguages())
}

// FindSupplier finds a provider with its offer of a skill; what it never offered is an offer of nothing.
func FindSupplier(v *decider.View, id, skill string) (*Supplier, error) {
	p, ok := decider.Get[Provider](v, ProviderPath(id))
	if !ok {
		return nil, ErrProviderUnknown
	}
	s := &Supplier{ID: id, Provider: p, Offer: &Offer{}, Conduct: &Conduct{}}
	if o, ok := decider.Get[Offer](v, OfferPath(id, skill)); ok {
		s.Offer = o.ofGoods(v)
	}
	if c, ok := decider.Get[Conduct](v, ConductPath(id)); ok {
		s.Conduct = c
	}
	return s, nil
}
