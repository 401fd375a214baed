package gateway

import (
	"encoding/json"
	"net/http"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/fullplan"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/op/openapi"
	"renlin.dev/pkg/projection"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

type (
	// matchingExplanation says why an assignment is as it is: in sentences to whoever may read it, in numbers to who was asked first, grid
	// workers and officers.
	matchingExplanation struct {
		Assignment string            `json:"assignment"`
		Plan       string            `json:"plan"`
		Sentences  []matchingSaid    `json:"sentences"`
		Numbers    *matchingReckoned `json:"numbers,omitempty"`
	}
	// matchingSaid is a sentence in both languages.
	matchingSaid struct {
		Chinese string `json:"zh"`
		English string `json:"en"`
	}
	// matchingReckoned is what one more unit of the provider's offer would save, who would have been next, and what a unit would have cost
	// more then; with nobody next, what leaving it would.
	matchingReckoned struct {
		Provider string `json:"provider"`
		Price    int64  `json:"price"`
		Next     string `json:"next,omitempty"`
		Extra    int64  `json:"extra"`
	}
	// wholeQuestion asks audit for the whole of a plan, or for why a need is served by a provider.
	wholeQuestion struct {
		Plan     string `json:"plan"`
		Need     string `json:"need,omitempty"`
		Provider string `json:"provider,omitempty"`
	}
	// explainedAssignment is what of an assignment's record an explanation rests on.
	explainedAssignment struct {
		Need       string `json:"need"`
		Plan       string `json:"plan"`
		Candidates []struct {
			Provider string `json:"provider"`
			Part     string `json:"part"`
		} `json:"candidates"`
		Preferred *struct {
			Instead string `json:"instead"`
		} `json:"preferred"`
	}
)

// The sentences of explanations.
var (
	saidCheapest = matchingSaid{
		"在当时能来的人中，由其前来对所有等待的人合计成本最低：考虑了路程、时间和履约情况。若其不能来，还有别人可以。",
		"Of those who could come, having them come costs least for all who wait together: how far it is, whether there is time, and how " +
			"promises were kept. If they cannot come, somebody else could.",
	}
	saidOnly = matchingSaid{
		"在当时，没有其他有余力的人能以比等待更低的成本满足该需求。", "Nobody else who had room could have served this for less than waiting costs.",
	}
	saidPreferred = matchingSaid{
		"由工作人员选定；另有更近的人，选择的理由已记录在案。", "A person chose them although somebody else was nearer; the reason is on the record.",
	}
	saidChosen = matchingSaid{
		"由工作人员选定；在方案所列有余力的人中没有更近的。", "A person chose them; of those whom the plan names, nobody who had room is nearer.",
	}
	saidLater = matchingSaid{
		"该方案自称最优；审计尚未算出其说明，或方案规模过大而不保存。",
		"The plan calls itself optimal; audit has not reckoned its explanation yet, or it is too large to be kept.",
	}
	saidStandby = matchingSaid{
		"最先被请的人未能前来，由备份接替。", "Who was asked first could not come; who stood by took over.",
	}
)

// matchingProofRows are what audit reckons of plans out of the record.
func (g *Gateway) matchingProofRows() []row {
	faults := append(readingFaults(), madeIn(service+"audit")...)
	return []row{
		route("GET "+belowHere+"/matching/plans/{plan}", g.matchingWholePlan, openapi.Route{
			Name: "gateway.matching_whole_plan", Access: openapi.Officers, Params: []openapi.Param{heldTag},
			Words: openapi.Words{
				English: "The whole of a plan that calls itself optimal, as audit makes it of the record: its network with what flows and the " +
					"potentials of all nodes, which one look at each arc shows to be the cheapest. The plan's digest is that of these bytes.",
				Chinese: "自称最优的方案的完整文件，由审计据记录得出：网络、流量和各节点的势，逐弧核对一遍即可证明其成本最低。方案的摘要即为这些字节的摘要。",
			},
			Answers: fresh(jsonMedia, fullplan.Plan{}), Faults: faults,
		}),
		route("GET "+belowHere+"/assignments/{assignment}/explanation", g.matchingExplain, openapi.Route{
			Name: "gateway.matching_explanation", Access: openapi.Involved, Params: []openapi.Param{minIndex, heldTag},
			Words: openapi.Words{
				English: "Why an assignment is as it is, in sentences for whoever may read it; for who was asked first, grid workers and officers " +
					"also who would have been next, and what a unit would have cost more then.",
				Chinese: "派单为何如此安排：可查阅者看到说明文字；最先被请的提供方、网格员和负责人还可看到下一人选及其每单位增加的成本。",
			},
			Answers: fresh(jsonMedia, matchingExplanation{}), Faults: faults,
		}),
	}
}

func (g *Gateway) matchingWholePlan(w http.ResponseWriter, r *http.Request) {
	community := r.PathValue("community")
	err := g.requireReader(r, community, communityv1.Role_ROLE_OFFICER)
	var out []byte
	if err == nil {
		out, err = g.wholeOf(r, wholeQuestion{Plan: r.PathValue("plan")})
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	w.Header().Set("Content-Type", jsonMedia)
	w.Header().Set("Cache-Control", cachePrivate)
	writeFresh(w, r, tagOf(out), out)
}

func (g *Gateway) wholeOf(r *http.Request, q wholeQuestion) ([]byte, error) {
	asked, err := json.Marshal(q)
	if err != nil {
		return nil, fault.ErrInternal.Because(err)
	}
	return g.call.Bytes(r.Context(), "audit."+r.PathValue("community")+".whole", asked)
}

func (g *Gateway) matchingExplain(w http.ResponseWriter, r *http.Request) {
	out, err := g.explained(r)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeFreshJSON(w, r, cachePrivate, "", out)
}

// explained gathers what the record and audit say of an assignment.
func (g *Gateway) explained(r *http.Request) (*matchingExplanation, error) {
	community, id := r.PathValue("community"), r.PathValue("assignment")
	path := "assignment/" + id
	if err := g.mayRead(r, community, path); err != nil {
		return nil, err
	}
	position, err := number(r, "min_index")
	if err != nil || chain.CheckAggregate(path) != nil {
		return nil, fault.ErrMalformed.Because(err)
	}
	var a explainedAssignment
	if err := g.state(r.Context(), community, path, position, &a); err != nil {
		return nil, err
	}
	if len(a.Candidates) == 0 {
		return nil, projection.ErrNoRecord
	}
	var plan struct {
		Claim matchingv1.Claim `json:"claim"`
	}
	if err := g.state(r.Context(), community, "plan/"+a.Plan, 0, &plan); err != nil {
		return nil, err
	}
	out := &matchingExplanation{Assignment: id, Plan: a.Plan}
	switch {
	case plan.Claim == matchingv1.Claim_CLAIM_OPTIMAL:
		err = g.reckoned(r, &a, out)
	case a.Preferred != nil:
		out.Sentences = append(out.Sentences, saidPreferred)
	default:
		out.Sentences = append(out.Sentences, saidChosen)
	}
	if slices.Contains([]string{"refused", "lapsed", "missed", "given_up", "skipped"}, a.Candidates[0].Part) && len(a.Candidates) > 1 {
		out.Sentences = append(out.Sentences, saidStandby)
	}
	return out, err
}

// reckoned adds what audit reckons. That there is nothing yet is no fault of whoever asks.
func (g *Gateway) reckoned(r *http.Request, a *explainedAssignment, out *matchingExplanation) error {
	first := a.Candidates[0].Provider
	raw, err := g.wholeOf(r, wholeQuestion{Plan: a.Plan, Need: a.Need, Provider: first})
	if kind, _ := fault.KindOf(err); kind == fault.NotFound {
		out.Sentences = append(out.Sentences, saidLater)
		return nil
	}
	if err != nil {
		return err
	}
	why := matchingReckoned{Provider: first}
	if err := json.Unmarshal(raw, &why); err != nil {
		return fault.ErrInternal.Because(err)
	}
	said := saidCheapest
	if why.Next == "" {
		said = saidOnly
	}
	out.Sentences = append(out.Sentences, said)
	if g.seesNumbers(r, first) {
		out.Numbers = &why
	}
	return nil
}

// seesNumbers admits grid workers, officers, and who answers for the provider.
func (g *Gateway) seesNumbers(r *http.Request, provider string) bool {
	community := r.PathValue("community")
	if g.requireWorker(r, community) == nil {
		return true
	}
	who, err := g.own(r)
	if err != nil {
		return false
	}
	var mine matchingMine
	err = g.look(r.Context(), community, "need", MatchingMine, 0, matchingQuestion{Member: who.member}, &mine)
	return err == nil && slices.Contains(mine.Providers, provider)
}
