package pollcheck

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// people is who lives here and owns what, as the events of the community say it (docs/format.md, roll).
type people struct {
	founders, revoked map[string]bool
	admitted          map[string]string // resident -> the import that must be complete before they count, empty for none
	imports           map[string]bool   // completed ones
	areas             map[string]*flat
	households        map[string]*communityv1.HouseholdFormed
	delegates         map[string]string
	channels          map[string][]string
}

type flat struct {
	area          int64
	owner, source string
}

func newPeople() *people {
	return &people{
		founders: map[string]bool{}, revoked: map[string]bool{}, admitted: map[string]string{}, imports: map[string]bool{},
		areas: map[string]*flat{}, households: map[string]*communityv1.HouseholdFormed{},
		delegates: map[string]string{}, channels: map[string][]string{},
	}
}

func (p *people) fold(aggregate string, s *said) {
	id := aggregate[strings.LastIndexByte(aggregate, '/')+1:]
	switch b := s.body.(type) {
	case *communityv1.MemberAdmitted:
		if s.author == chain.AuthorGenesis {
			p.founders[id] = true
		} else {
			p.admitted[id] = b.GetImport()
			delete(p.revoked, id)
		}
	case *communityv1.MemberRevoked:
		p.revoked[id] = true
	case *communityv1.ImportCompleted:
		p.imports[id] = true
	case *communityv1.UnitRegistered:
		p.areas[id] = &flat{area: b.GetAreaCentiM2(), source: b.GetImport()}
	case *communityv1.UnitAssigned:
		if p.areas[id] != nil {
			p.areas[id].owner = b.GetOwner()
		}
	case *communityv1.HouseholdFormed:
		p.households[id] = b
	case *communityv1.OrgAdmitted:
		p.delegates[id] = ""
	case *communityv1.DelegateNamed:
		p.delegates[id] = b.GetMember()
	case *communityv1.ChannelEstablished:
		p.channels[id] = b.GetMembers()
	}
}

// resident tells whether a member counts: admitted, not revoked, and of an import that is complete.
func (p *people) resident(id string) bool {
	source, admitted := p.admitted[id]
	return admitted && !p.revoked[id] && (source == "" || p.imports[source])
}

// stands tells whether somebody can be a delegate or belong to a channel.
func (p *people) stands(id string) bool { return p.resident(id) || p.founders[id] && !p.revoked[id] }

func (p *people) effective(f *flat) bool { return f.source == "" || p.imports[f.source] }

// speaker is the first listed resident of a household; empty for none.
func (p *people) speaker(h *communityv1.HouseholdFormed) string {
	for _, id := range h.GetMembers() {
		if p.resident(id) {
			return id
		}
	}
	return ""
}

// weight is what a ballot weighs, in each measure by itself.
type weight struct{ heads, area, households, classes int64 }

func (w weight) of(m communityv1.Measure) int64 {
	switch m {
	case communityv1.Measure_MEASURE_HEADS:
		return w.heads
	case communityv1.Measure_MEASURE_AREA:
		return w.area
	case communityv1.Measure_MEASURE_HOUSEHOLDS:
		return w.households
	case communityv1.Measure_MEASURE_WEIGHT:
		return w.classes
	}
	return 0
}

func (w weight) plus(v weight) weight {
	return weight{w.heads + v.heads, w.area + v.area, w.households + v.households, w.classes + v.classes}
}

func (w weight) minus(v weight) weight {
	return weight{w.heads - v.heads, w.area - v.area, w.households - v.households, w.classes - v.classes}
}

// roll is a poll's electorate, as it follows from the record.
type roll struct {
	voters map[string]weight
	root   chain.Hash
	sum    weight
	all    weight
}

// sealRoll makes the roll of a poll as things stand.
func (p *people) sealRoll(r *communityv1.PollRules) *roll {
	classes, measured := r.GetTurnout().GetWeightClasses(), measuredRules(r)
	out := &roll{voters: map[string]weight{}}
	units := map[string][]string{}
	give := func(id string, w weight) { out.voters[id] = out.voters[id].plus(w) }
	switch r.GetElectorate() {
	case communityv1.Electorate_ELECTORATE_MEMBERS, communityv1.Electorate_ELECTORATE_OWNERS:
		p.residents(r, out, units)
	case communityv1.Electorate_ELECTORATE_HOUSEHOLDS:
		for _, h := range p.households { // any order: sums do not depend on it
			w := weight{heads: 1, households: 1, classes: p.classOf(h.GetUnit(), classes)}
			if id := p.speaker(h); id != "" {
				give(id, w)
			}
			out.all = out.all.plus(w)
		}
	case communityv1.Electorate_ELECTORATE_ORGANISATIONS:
		for _, id := range p.delegates { // any order: sums do not depend on it
			if p.stands(id) {
				give(id, weight{heads: 1})
			}
			out.all.heads++
		}
	case communityv1.Electorate_ELECTORATE_CHANNEL:
		for _, id := range p.channels[r.GetTurnout().GetChannel()] {
			if p.stands(id) {
				out.voters[id] = weight{heads: 1}
			}
		}
		out.all.heads = int64(len(out.voters))
	}
	if !measured {
		out.all.households, out.all.classes = 0, 0
	}
	var leaves []chain.Hash
	for _, id := range slices.Sorted(maps.Keys(out.voters)) {
		w := out.voters[id]
		if !measured {
			w.households, w.classes = 0, 0
			out.voters[id] = w
		}
		out.sum = out.sum.plus(w)
		leaves = append(leaves, chain.LeafHash(p.rollEntry(id, w, units[id], measured)))
	}
	out.root = chain.RootOfLeaves(leaves)
	return out
}

// residents fills in the roll of members or owners.
func (p *people) residents(r *communityv1.PollRules, out *roll, units map[string][]string) {
	members := r.GetElectorate() == communityv1.Electorate_ELECTORATE_MEMBERS
	if members {
		for id := range p.admitted { // any order: each entry is written under its own key
			if p.resident(id) {
				out.voters[id] = weight{heads: 1}
			}
		}
		out.all.heads = int64(len(out.voters))
	}
	owners := map[string]bool{} // the empty name stands for everything that nobody owns
	for _, id := range slices.Sorted(maps.Keys(p.areas)) {
		f := p.areas[id]
		if !p.effective(f) {
			continue
		}
		w := weight{area: f.area, classes: p.classOf(id, r.GetTurnout().GetWeightClasses())}
		out.all, owners[f.owner] = out.all.plus(w), true
		if p.resident(f.owner) {
			w = w.plus(out.voters[f.owner])
			w.heads = 1
			out.voters[f.owner], units[f.owner] = w, append(units[f.owner], id)
		}
	}
	if !members {
		out.all.heads = int64(len(owners))
	}
	for _, h := range p.households { // any order: sums do not depend on it
		if w, listed := out.voters[p.speaker(h)]; listed {
			w.households++
			out.voters[p.speaker(h)] = w
		}
		out.all.households++
	}
}

// classOf is the weight of the last class whose area a unit reaches.
func (p *people) classOf(unit string, classes []*communityv1.WeightClass) (n int64) {
	for _, c := range classes {
		if f := p.areas[unit]; f != nil && f.area >= c.GetAreaFromCentiM2() || f == nil && c.GetAreaFromCentiM2() <= 0 {
			n = c.GetWeight()
		}
	}
	return n
}

// rollEntry hashes a voter's entry.
func (p *people) rollEntry(id string, w weight, units []string, measured bool) chain.Hash {
	domain, amounts := "renlin/roll/2\n", []int64{w.heads, w.area}
	if measured {
		domain, amounts = "renlin/roll/3\n", []int64{w.heads, w.area, w.households, w.classes}
	}
	b := putStr([]byte(domain), id)
	for _, n := range amounts {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(units)))
	for _, unit := range units {
		b = binary.BigEndian.AppendUint64(putStr(b, unit), uint64(p.areas[unit].area))
	}
	return sha256.Sum256(b)
}

func putStr(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

// measuredRules tells whether a requirement counts by households or weight classes.
func measuredRules(r *communityv1.PollRules) bool {
	return slices.ContainsFunc(r.GetRequirements(), func(q *communityv1.Requirement) bool {
		return q.GetMeasure() == communityv1.Measure_MEASURE_HOUSEHOLDS || q.GetMeasure() == communityv1.Measure_MEASURE_WEIGHT
	})
}

// wholeOf is what all weigh of whom a share is taken.
func wholeOf(r *votingv1.Roll) weight {
	return weight{
		r.GetAllHeads(), r.GetAllAreaCentiM2(), r.GetAllMeasured().GetHouseholds(), r.GetAllMeasured().GetWeight(),
	}
}

func sumOf(r *votingv1.Roll) weight {
	return weight{r.GetHeads(), r.GetAreaCentiM2(), r.GetMeasured().GetHouseholds(), r.GetMeasured().GetWeight()}
}
