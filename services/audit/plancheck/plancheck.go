// Package plancheck holds every plan that calls itself optimal against all that waited and was free when it was made, from the record
// alone, and runs no rule of any service.
//
// The rule that judges a plan (`matching.adopt_plan`) looks at the needs and offers that the plan names, because whoever reads all of them
// would conflict with everybody. So whoever makes a plan could leave a need out, or not name an offer that was nearer. This package reads
// the record again up to the commit that the plan says it has looked at, and asks of every need and every offer of the skills that it names
// whether the plan's prices bear it out. It solves nothing: one look at each pair that could be matched is enough. It was written again
// from docs/format.md and the contracts; of ours it takes the bytes of the record.
//
// Its rules, in plain words:
//
//   - A plan is optimal for what was on the record at its base: the commits up to the block that it names. That block is this record's, its
//     hash is the seed, and nothing stood behind it for ten seconds when the plan was made.
//   - What a unit of a need costs at the margin is what its match costs and the price of the offer, or what leaving it costs. No offer that
//     was free, named or not, serves a named need cheaper than that. An offer with a price is
//     used up by the plan, or its organisation has all of the share that the rulebook leaves to each; then all of its offers that are not
//     used up have one price.
//   - A need of the skill that the plan does not name is left. Nobody would have served it cheaper than leaving it costs, or the plan says
//     that it left it out. The number that it says is right, and none that is left out is more urgent than one that it serves, but for a
//     need of more than a hundred units, which may be too many lines for any plan.
//   - Costs are compared with the second cost, which the seed gives each pair, so plans that cost the same are told apart too.
//   - Where a commit before the base is withheld, the plan is not checked, and that is said.
//
// Everything here is a function of the record's bytes.
package plancheck

import (
	"cmp"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"renlin.dev/pkg/chain"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// Checker reads a record. It belongs to one goroutine.
type Checker struct {
	facts  []fact
	times  []int64 // of each commit from the one at index from on; of a withheld one, that of the one before
	from   uint64
	blocks map[uint64]chain.Hash
	plans  []*plan
	hidden []uint64 // indexes of commits that nobody showed, ascending
}

// fact is one event that says something of needs, offers or the rulebook.
type fact struct {
	index     uint64
	time      int64
	aggregate string
	body      proto.Message
}

// plan is one that calls itself optimal.
type plan struct {
	id    string
	index uint64
	said  *matchingv1.PlanAdopted
	asked *matchingv1.AdoptPlan
}

// New begins a record.
func New() *Checker { return &Checker{blocks: map[uint64]chain.Hash{}} }

// Block notes a block: its first commit, how many it has, and its hash.
func (c *Checker) Block(first uint64, count uint32, hash chain.Hash) {
	c.blocks[first+uint64(count)] = hash
}

// Add reads the next commit; nil bytes are one that is withheld. What cannot be read counts as withheld: verify says what is wrong with it.
func (c *Checker) Add(index uint64, raw []byte) {
	commit, err := chain.DecodeCommit(raw)
	if raw == nil || err != nil {
		c.hide(index)
		return
	}
	c.times = append(c.times, commit.Time)
	for _, change := range commit.Changes {
		for _, e := range change.Events {
			if !strings.HasPrefix(e.Type, "renlin.matching.") && !strings.HasSuffix(e.Type, ".RulebookAdopted") {
				continue
			}
			body := decode(e)
			if body == nil {
				c.hide(index)
				return
			}
			if p, is := body.(*matchingv1.PlanAdopted); is && p.GetClaim() == matchingv1.Claim_CLAIM_OPTIMAL {
				c.plans = append(c.plans, &plan{
					id: strings.TrimPrefix(change.Aggregate, "plan/"), index: index, said: p, asked: asked(commit.Command),
				})
				continue
			}
			c.facts = append(c.facts, fact{index, commit.Time, change.Aggregate, body})
		}
	}
}

func (c *Checker) hide(index uint64) {
	if n := len(c.hidden); n == 0 || c.hidden[n-1] != index {
		c.hidden = append(c.hidden, index)
	}
	for c.from+uint64(len(c.times)) <= index {
		last := int64(0)
		if n := len(c.times); n > 0 {
			last = c.times[n-1]
		}
		c.times = append(c.times, last)
	}
}

// timeOf gives when a commit was made.
func (c *Checker) timeOf(index uint64) int64 { return c.times[index-c.from] }

// decode reads an event; nil if this version does not know it.
func decode(e chain.Event) proto.Message {
	t, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(e.Type))
	if err != nil {
		return nil
	}
	m := t.New().Interface()
	if proto.Unmarshal(e.Body, m) != nil {
		return nil
	}
	return m
}

// asked reads what the plan's author signed; an empty plan if it cannot be read.
func asked(command []byte) *matchingv1.AdoptPlan {
	body := &matchingv1.AdoptPlan{}
	if signed, err := chain.DecodeSigned(command); err == nil {
		if protojson.Unmarshal(signed.Body, body) != nil {
			body = &matchingv1.AdoptPlan{}
		}
	}
	return body
}

// Report is the whole answer, for people in two languages, and for programs as JSON.
type Report struct {
	OK       bool   `json:"ok"` // nothing is wrong with any plan that was checked
	Plans    []Plan `json:"plans"`
	Withheld int    `json:"withheld,omitempty"`
}

// Plan is what was found of one plan.
type Plan struct {
	Plan  string `json:"plan"`
	Index uint64 `json:"index"` // of the commit that adopted it
	Base  uint64 `json:"base"`
	// Pairs is how many needs with an offer each were looked at, LeftOut how many needs it left for the next plan, as it says.
	Pairs   int `json:"pairs"`
	LeftOut int `json:"left_out"`
	// Unchecked says that something before its base is withheld.
	Unchecked bool      `json:"unchecked,omitempty"`
	Findings  []Finding `json:"findings"`
}

// Finding is one thing that is wrong.
type Finding struct {
	Code    string `json:"code"`
	Index   uint64 `json:"index"`
	Need    string `json:"need,omitempty"`
	Offer   string `json:"offer,omitempty"` // whose
	English string `json:"english"`
	Chinese string `json:"chinese"`
}

// Report checks every plan that calls itself optimal, in the order of adoption.
func (c *Checker) Report() *Report {
	r := &Report{OK: true, Plans: make([]Plan, len(c.plans)), Withheld: len(c.hidden)}
	order := make([]int, len(c.plans))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(c.plans[a].said.GetBase(), c.plans[b].said.GetBase()) })
	w, at := newWorld(), 0
	for _, i := range order {
		p := c.plans[i]
		for ; at < len(c.facts) && c.facts[at].index < p.said.GetBase(); at++ {
			w.fold(&c.facts[at])
		}
		r.Plans[i] = c.check(w, p)
		r.OK = r.OK && len(r.Plans[i].Findings) == 0
	}
	return r
}

// freshMillis is how long before a plan's own time the first commit may stand that it has not looked at: for so long, at most, a record is
// on its way to who plans.
const freshMillis = 10_000

// check checks one plan on the world at its base.
func (c *Checker) check(w *world, p *plan) Plan {
	base := p.said.GetBase()
	out := Plan{Plan: p.id, Index: p.index, Base: base, Findings: []Finding{}}
	k := &checking{world: w, plan: p, out: &out, at: p.said.GetPlannedAt()}
	for _, l := range p.said.GetLeftOut() {
		out.LeftOut += int(l.GetNeeds())
	}
	hash, known := c.blocks[base]
	switch {
	case base == 0 || base > p.index || known && !slices.Equal(hash[:], p.said.GetSeed()):
		k.find(whyBlock, "", "")
		return out
	case len(c.hidden) > 0 && c.hidden[0] < base || !known:
		out.Unchecked = true
		return out
	case c.timeOf(base) < k.at-freshMillis:
		k.find(whyStale, "", "")
	}
	k.seed = hash
	k.run()
	return out
}

// why is what a finding says.
type why struct{ code, english, chinese string }

var (
	whyBlock = why{"plan.block", "The plan's seed is not the hash of the block up to which it says it has looked.",
		"方案的种子不是其所称已读到的区块的哈希。"}
	whyStale = why{"plan.stale", "The plan was made of an older record than there was by then.", "方案所依据的记录早于当时已有的记录。"}
	whyWhole = why{"plan.whole_need", "The plan serves or leaves another quantity of the need than waited.",
		"方案满足或留下的数量与该需求的待满足量不符。"}
	whyMargin = why{"plan.margin", "What the need costs at the margin is not one and the same, or is more than leaving it costs.",
		"该需求的边际成本不一致，或高于不满足的成本。"}
	whyOffer = why{"plan.cheaper_offer", "An offer that was free would have served the need cheaper.", "当时有空余的另一供给可以更低成本满足该需求。"}
	whyPrice = why{"plan.price_of_the_free", "An offer has a price although the plan leaves some of it free.", "某供给仍有余量，却标有价格。"}
	whyCount = why{"plan.left_out", "The plan says another number of needs left out than there were.", "方案所称留待下次的需求数量与实际不符。"}
	whyOver  = why{"plan.passed_over", "A need was left out that is more urgent than one that the plan serves.",
		"留待下次的需求比方案所满足的某项需求更紧急。"}
)

// Codes lists what a finding may be called.
func Codes() []string {
	var out []string
	for _, w := range []why{whyBlock, whyStale, whyWhole, whyMargin, whyOffer, whyPrice, whyCount, whyOver} {
		out = append(out, w.code)
	}
	return out
}
