package gateway

import (
	"net/http"
	"slices"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/op/openapi"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// The questions that the matching service answers beside its records.
const (
	MatchingProposal = "proposal" // a plan to be signed
	MatchingReport   = "report"   // how fairly and how safely needs are served
	MatchingMine     = "mine"     // what concerns one member
)

// matchingQuestion is any of them.
type matchingQuestion struct {
	Now    int64  `json:"now,omitempty"` // ms since the Unix epoch
	Member string `json:"member,omitempty"`
	Limit  int    `json:"limit,omitempty"`
	Least  uint64 `json:"least,omitempty"` // the position that the answer must have seen
}

// matchingProposal is a plan to be looked at and signed, and why each match is as it is.
type matchingProposal struct {
	// Plan is the body of matching.adopt_plan; empty when there is nothing to plan.
	Plan string        `json:"plan,omitempty"`
	Why  []matchingWhy `json:"why"`
}

// matchingWhy explains one match.
type matchingWhy struct {
	Need     string       `json:"need"`
	Provider string       `json:"provider"`
	Quantity int64        `json:"quantity"`
	Cost     matchingCost `json:"cost"`
	Next     string       `json:"next,omitempty"`
	Extra    int64        `json:"extra"`
}

// matchingCost is what makes up the cost of a unit.
type matchingCost struct {
	Distance    int64 `json:"distance"`
	Reliability int64 `json:"reliability"`
	Window      int64 `json:"window"`
}

// matchingMine is what concerns a member: ids of records.
type matchingMine struct {
	Needs     []string `json:"needs"`
	Providers []string `json:"providers"`
	Asked     []string `json:"asked"`
	Serving   []string `json:"serving"`
	Confirm   []string `json:"confirm"`
}

// matchingReport is how fairly and how safely needs are served; shares in thousandths.
type matchingReport struct {
	Fairness struct {
		Groups []struct {
			Name         string `json:"name,omitempty"`
			Vulnerable   bool   `json:"vulnerable"`
			Needs        int64  `json:"needs"`
			Quantity     int64  `json:"quantity"`
			Served       int64  `json:"served"`
			RatePermille int64  `json:"rate_permille"`
		} `json:"groups"`
		GiniPermille             int64 `json:"gini_permille"`
		WaitP90Minutes           int64 `json:"wait_p90_minutes"`
		WaitP90MinutesVulnerable int64 `json:"wait_p90_minutes_vulnerable"`
		RatePermille             int64 `json:"rate_permille"`
		LowestGroupRatePermille  int64 `json:"lowest_group_rate_permille"`
	} `json:"fairness"`
	Redundancy struct {
		IndexPermille     int64 `json:"index_permille"`
		ReplannedPermille int64 `json:"replanned_permille"`
		Failures          []struct {
			Org        string   `json:"org"`
			Held       int64    `json:"held"`
			Covered    int64    `json:"covered"`
			Replanned  int64    `json:"replanned"`
			Unreckoned bool     `json:"unreckoned,omitempty"`
			Sole       []string `json:"sole,omitempty"`
		} `json:"failures"`
	} `json:"redundancy"`
	HHIPermille        map[string]int64 `json:"hhi_permille"`
	ConstraintPermille map[string]int64 `json:"constraint_permille"`
	ConstraintLeftOut  int64            `json:"constraint_left_out,omitempty"`
	Unserved           map[string]int64 `json:"unserved"`
	Least              int64            `json:"least"`
}

// matchingRows are what the matching service tells beside its records.
func (g *Gateway) matchingRows() []row {
	faults := readingFaults()
	params := []openapi.Param{minIndex, heldTag}
	return []row{
		g.matchingBoardRoute(),
		route("GET "+belowHere+"/matching/proposal", g.matchingProposal, openapi.Route{
			Name: "gateway.matching_proposal", Access: openapi.Officers, Params: params,
			Words: openapi.Words{
				English: "A plan of what waits, worked out now, for an officer or a grid worker to look at and sign as matching.adopt_plan; " +
					"with what makes up the cost of each match, who would be next, and what a unit would cost more then. Nothing is done by asking.",
				Chinese: "根据当前待满足的需求算出的方案，供负责人或网格员查看后以 matching.adopt_plan 签署；附每项匹配的成本构成、下一人选及其每单位增加的成本。查询本身不产生任何效果。",
			},
			Answers: fresh(jsonMedia, matchingProposal{}), Faults: faults,
		}),
		route("GET "+belowHere+"/matching/report", g.matchingReport, openapi.Route{
			Name: "gateway.matching_report", Access: openapi.Members, Params: params,
			Words: openapi.Words{
				English: "How fairly and how safely needs are served: rates by group, waiting times, what standbys and then a new plan would take " +
					"over if one organisation failed, and how far service lies in few hands. Shares are in thousandths. A group of fewer people " +
					"than the least is not told, nor anything from which it could be reckoned: it is told together with others, or as -1.",
				Chinese: "需求满足的公平与安全：各组满足率、等待时间、任一组织失效时由备份和重新派单接替的数量、服务的集中程度。比例以千分之一计；" +
					"人数少于下限的组及可据以推算的数字不单独列出，与其他组合并或记为 -1。",
			},
			Answers: fresh(jsonMedia, matchingReport{}), Faults: faults,
		}),
		route("GET "+belowHere+"/matching/mine", g.matchingMine, openapi.Route{
			Name: "gateway.matching_mine", Access: openapi.Members, Params: params,
			Words: openapi.Words{
				English: "What concerns you: your open needs, the providers for which you answer, assignments that wait for your yes or no, those " +
					"you serve, and those that you have to confirm; each the id of a record.",
				Chinese: "与您有关的事项：您未结束的需求、由您负责的提供方、等待您答复的派单、您正在承接的派单和待您确认的派单，均为记录编号。",
			},
			Answers: fresh(jsonMedia, matchingMine{}), Faults: faults,
		}),
	}
}

func (g *Gateway) matchingProposal(w http.ResponseWriter, r *http.Request) {
	err := g.requireReader(r, r.PathValue("community"), communityv1.Role_ROLE_OFFICER)
	g.matchingLook(w, r, err, MatchingProposal, matchingQuestion{Now: g.cfg.Now().UnixMilli()}, &matchingProposal{})
}

func (g *Gateway) matchingReport(w http.ResponseWriter, r *http.Request) {
	err := g.requireReader(r, r.PathValue("community"), communityv1.Role_ROLE_MEMBER)
	g.matchingLook(w, r, err, MatchingReport, matchingQuestion{Now: g.minute()}, &matchingReport{})
}

// minute is when this minute began: whoever asks for a report within it asks the same.
func (g *Gateway) minute() int64 { return g.cfg.Now().Truncate(time.Minute).UnixMilli() }

func (g *Gateway) matchingMine(w http.ResponseWriter, r *http.Request) {
	who, err := g.own(r)
	g.matchingLook(w, r, err, MatchingMine, matchingQuestion{Member: who.member}, &matchingMine{})
}

// matchingLook asks the service one of its questions, unless it was refused already.
func (g *Gateway) matchingLook(w http.ResponseWriter, r *http.Request, err error, name string, q matchingQuestion, into any) {
	var position uint64
	if err == nil {
		if position, err = number(r, "min_index"); err != nil {
			err = fault.ErrMalformed.Because(err)
		}
	}
	if err == nil {
		q.Least = position
		err = g.look(r.Context(), r.PathValue("community"), "need", name, position, q, into)
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeFreshJSON(w, r, cachePrivate, "", into)
}

// servedRecord is what a need or an assignment says of those whom it concerns.
type servedRecord struct {
	Beneficiary string   `json:"beneficiary"`
	By          string   `json:"by"`
	Live        []string `json:"live"` // a need's assignments
	Candidates  []struct {
		Provider string `json:"provider"`
	} `json:"candidates"`
}

// mayReadServed admits one member to one record about help: who is helped, or helps them under a mandate, who asked for it, and for whom
// they serve. There is no list for them: everybody's own are at matching/mine.
func (g *Gateway) mayReadServed(r *http.Request, community, path string) bool {
	who, err := g.sessions.of(r, community)
	if err != nil || who.member == "" || chain.CheckAggregate(path) != nil ||
		g.requireRole(r, community, communityv1.Role_ROLE_MEMBER) != nil {
		return false
	}
	if chain.KindOf(path) == "asking" {
		return path == "asking/"+who.member
	}
	var x servedRecord
	if g.state(r.Context(), community, path, 0, &x) != nil {
		return false
	}
	if who.member == x.Beneficiary || who.member == x.By || g.helps(r.Context(), who, x.Beneficiary) {
		return true
	}
	var mine matchingMine
	if g.look(r.Context(), community, "need", MatchingMine, 0, matchingQuestion{Member: who.member}, &mine) != nil {
		return false
	}
	for _, c := range x.Candidates {
		if slices.Contains(mine.Providers, c.Provider) {
			return true
		}
	}
	return slices.ContainsFunc(x.Live, func(id string) bool { return slices.Contains(mine.Asked, id) || slices.Contains(mine.Serving, id) })
}
