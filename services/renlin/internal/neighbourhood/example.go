package neighbourhood

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Example is the example community: two officers, nine residents with devices of their own, and one without.
type Example struct {
	*Neighbourhood
	Residents []*client.Device
	Hosted    *client.Device
	Units     []string // the residents' flats, in their order, and then the hosted one's
}

// The example's matters.
const (
	MatterGreening = "greening" // every member, simple majority
	MatterLift     = "lift"     // owners, art. 278 special matter
)

// exampleNames are made up; they go into the vault and nowhere else.
var exampleNames = []string{"赵一", "钱二", "孙三", "李四", "周五", "吴六", "郑七", "王八奶奶", "冯九", "陈十爷爷"}

// exampleAreas are the registered areas of the example's flats, in 0.01 m².
var exampleAreas = []int64{8912, 8912, 10437, 10437, 6650, 6650, 12008, 9120, 7733, 5566}

// requirements states each row for every measure.
func requirements(measures []communityv1.Measure, rows ...*communityv1.Requirement) []*communityv1.Requirement {
	var out []*communityv1.Requirement
	for _, row := range rows {
		for _, m := range measures {
			r := proto.CloneOf(row)
			r.Measure = m
			out = append(out, r)
		}
	}
	return out
}

// ExampleRulebook is the example's: short times, so that the whole loop can be watched.
func ExampleRulebook(string) *communityv1.Rulebook {
	times := func(r *communityv1.PollRules) *communityv1.PollRules {
		r.VotingSeconds, r.KeyPublishSeconds, r.ObjectionSeconds = 120, 60, 1
		r.OpenWithinSeconds = 600 // a quarter of it is what a trustee who is silent holds a poll up by
		r.ExecutionDelaySeconds, r.ExecutionExpirySeconds, r.VetoSeconds = 1, 3600, 1
		r.AppealVotingSeconds = 120
		r.CloseWhenComplete, r.Method = true, communityv1.Method_METHOD_YES_NO
		return r
	}
	heads := []communityv1.Measure{communityv1.Measure_MEASURE_HEADS}
	both := []communityv1.Measure{communityv1.Measure_MEASURE_HEADS, communityv1.Measure_MEASURE_AREA}
	quorum := func(n, d int64) *communityv1.Requirement {
		return &communityv1.Requirement{
			Of: communityv1.Of_OF_PARTICIPANTS, Base: communityv1.Base_BASE_ALL, Numerator: n, Denominator: d, Quorum: true,
		}
	}
	yes := func(n, d int64, strict bool) *communityv1.Requirement {
		return &communityv1.Requirement{
			Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_PARTICIPANTS, Numerator: n, Denominator: d, Strict: strict,
		}
	}
	const week = 7 * 24 * 3600
	return &communityv1.Rulebook{Version: 1, OpenTopicsMax: 3, InviteSeconds: week, HelpersAccept: true, Matters: []*communityv1.Matter{
		{
			Code: MatterGreening, Title: "绿化与公共空间 / Greening and shared places", ThresholdMembers: 4, ThresholdNumerator: 1,
			ThresholdDenominator: 4, DeliberationSeconds: 120, Poll: times(&communityv1.PollRules{
				Electorate: communityv1.Electorate_ELECTORATE_MEMBERS, Requirements: requirements(heads, quorum(1, 2), yes(1, 2, true)),
				Secrecy: &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_OPEN, TrusteesMin: 2},
				TieRule: communityv1.TieRule_TIE_RULE_SEED,
			}),
		},
		{
			Code: MatterLift, Title: "加装电梯 / Adding a lift", ThresholdMembers: 5, ThresholdNumerator: 1, ThresholdDenominator: 3,
			DeliberationSeconds: 120, Poll: times(&communityv1.PollRules{
				Electorate: communityv1.Electorate_ELECTORATE_OWNERS, Requirements: requirements(both, quorum(2, 3), yes(3, 4, false)),
			}),
		},
	}, Matching: exampleMatching()}
}

// exampleMatching is what neighbours can ask of each other.
func exampleMatching() *communityv1.MatchingRules {
	return &communityv1.MatchingRules{
		Skills: []*communityv1.Skill{
			{Code: "meal", Title: "送餐 / Meals"}, {Code: "errand", Title: "代购 / Errands"}, {Code: "medicine", Title: "送药 / Medicine"},
			{Code: "repair", Title: "维修 / Repairs"}, {Code: "care", Title: "照护 / Care", Requires: []string{"first-aid"}},
		},
		Languages: []string{"zh", "ug", "bo", "yue", "sign"}, Attestations: []string{"first-aid", "female", "licensed"},
	}
}

// FoundExample founds the example community and enrols everybody. Say is told of every step.
func FoundExample(ctx context.Context, g *client.Gateway, say func(format string, args ...any)) (*Example, error) {
	n, err := Found(ctx, g, Plan{
		Name:     "韧邻示例社区 / Renlin example community",
		First:    &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE, Name: "示例居委会 / Residents' committee"},
		Second:   &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_OWNERS_COMMITTEE, Name: "示例业委会 / Owners' committee"},
		Third:    &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_AUDITOR, Name: "示例居民监督小组 / Residents' auditors"},
		Rulebook: ExampleRulebook, FirstRoles: []communityv1.Role{communityv1.Role_ROLE_CONVENER},
		SecondRoles: []communityv1.Role{communityv1.Role_ROLE_GUARDIAN},
	})
	if err != nil {
		return nil, err
	}
	say("founded by officers of two organisations: community %s; a third, of residents who audit, has the third trustee", n.Community)
	rows := make([]*communityv1.ImportRow, len(exampleNames))
	for i, name := range exampleNames {
		member := client.NewID()
		profile, err := n.First.PutText(ctx, member, "name: "+name)
		if err != nil {
			return nil, fmt.Errorf("seal profile: %w", err)
		}
		rows[i] = &communityv1.ImportRow{
			Member: member, Profile: Text(profile), Unit: client.NewID(), AreaCentiM2: exampleAreas[i],
		}
	}
	if err := n.Admit(ctx, rows); err != nil {
		return nil, err
	}
	say("admitted %d residents with their flats; names are sealed in the vault, none is on the record", len(rows))
	return n.equip(ctx, rows, say)
}

// Program has a program plan for the neighbourhood when two organisations let it (matching.set_mode): a member who answers for it, of the
// first organisation and an operator, enrols its key as a device.
func (n *Neighbourhood) Program(ctx context.Context, key ed25519.PrivateKey) (*client.Device, error) {
	d := n.newDevice(client.NewID())
	d.Key = key
	if _, err := n.First.Do(ctx, "community.admit_member", "members", &communityv1.AdmitMember{Member: d.Member}); err != nil {
		return nil, fmt.Errorf("admit who answers for the program: %w", err)
	}
	code, err := standing.CodeKey(n.Genesis, d.Member, standing.NewCode(rand.Reader))
	if err != nil {
		return nil, err
	}
	invite := &communityv1.InviteMembers{Invites: []*communityv1.Invite{{Member: d.Member, CodeKey: chain.Public(code)}}}
	if _, err := n.Second.Do(ctx, "community.invite_members", "invites", invite); err != nil {
		return nil, fmt.Errorf("invite the program: %w", err)
	}
	_, err = d.Do(ctx, "community.enrol_key", "members/"+d.Member+"/keys",
		&communityv1.EnrolKey{Member: d.Member, Key: chain.Public(key)}, code)
	if err != nil {
		return nil, fmt.Errorf("enrol the program: %w", err)
	}
	role := &communityv1.GrantRole{Member: d.Member, Role: communityv1.Role_ROLE_OPERATOR, Org: n.First.Org}
	if _, err := n.First.Do(ctx, "community.grant_role", "members/"+d.Member+"/roles", role); err != nil {
		return nil, fmt.Errorf("make the program an operator's: %w", err)
	}
	return d, nil
}

// equip gives everybody but the last a device, and the last a hosted key.
func (n *Neighbourhood) equip(ctx context.Context, rows []*communityv1.ImportRow, say func(string, ...any)) (*Example, error) {
	x := &Example{Neighbourhood: n}
	for _, r := range rows {
		x.Units = append(x.Units, r.GetUnit())
	}
	last := len(rows) - 1
	members := make([]string, last)
	for i := range members {
		members[i] = rows[i].GetMember()
	}
	var err error
	if x.Residents, err = n.Enrol(ctx, members, 8); err != nil {
		return nil, err
	}
	if x.Hosted, err = n.Host(ctx, rows[last].GetMember()); err != nil {
		return nil, err
	}
	for _, d := range x.Residents {
		if err := d.SignIn(ctx); err != nil {
			return nil, err
		}
	}
	say("enrolled %d devices with keys of their own by one-time codes, and one hosted key for a resident without a device", last)
	return x, nil
}

// Text makes the reference that a command holds to a sealed text.
func Text(s *client.Sealed) *communityv1.Text {
	return &communityv1.Text{Ref: s.Ref, LengthBytes: s.Length, Commitment: s.Commitment}
}
