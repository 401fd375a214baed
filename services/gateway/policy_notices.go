package gateway

import (
	"net/http"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/op/openapi"
	"renlin.dev/pkg/projection"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// The questions about policy notices to the aid service.
const (
	OwnNotices      = "own_notices"      // which concern a member, and are not confirmed
	NoticeUnreached = "notice_unreached" // whom one has not reached
	NoticeFigures   = "notice_figures"   // in how many ways it came
)

// policyNoticeQuestion is what the aid service is asked.
type policyNoticeQuestion struct {
	Notice string `json:"notice,omitempty"`
	Member string `json:"member,omitempty"`
}

// ownPolicyNotice is a notice that waits for a member's word that it came; of a notice to files, with the file for which they speak.
type ownPolicyNotice struct {
	Notice      string `json:"notice"`
	Beneficiary string `json:"beneficiary,omitempty"`
}

// policyNoticeUnreached is whom a notice has not reached so far: members or files. Of a sealed list, of whose people nobody but its office
// knows, it is the entries that were reached.
type policyNoticeUnreached struct {
	Count     uint32   `json:"count"`
	Unreached []string `json:"unreached"`
	Reached   []string `json:"reached"`
}

// policyNoticeRows are the lists about policy notices.
func (g *Gateway) policyNoticeRows() []row {
	params := []openapi.Param{minIndex, heldTag}
	of := append([]openapi.Param{{Name: "notice", In: "path", Required: true, Pattern: opaqueID.String(), Words: openapi.Words{
		English: "The notice's id.", Chinese: "告知编号。",
	}}}, params...)
	return []row{
		route("GET "+belowHere+"/own-policy-notices", g.ownPolicyNotices, openapi.Route{
			Name: "gateway.own_policy_notices", Access: openapi.Members, Params: append([]openapi.Param{principalParam}, params...),
			Words: openapi.Words{
				English: "The policy notices that concern you, or somebody in need for whom you speak, and that nobody has confirmed yet.",
				Chinese: "与您或您所代理的帮扶对象有关、尚未确认收到的政策告知。",
			},
			Answers: fresh(jsonMedia, []ownPolicyNotice{}), Faults: readingFaults(),
		}),
		route("GET "+belowHere+"/policy-notices/{notice}/unreached", g.policyNoticeUnreached, openapi.Route{
			Name: "gateway.policy_notice_unreached", Access: openapi.Officers, Params: of,
			Words: openapi.Words{
				English: "Whom a policy notice has not reached so far, for officers and grid workers, who bring it to them. Of a sealed list only " +
					"its office knows who is on it: it is told which entries were reached.",
				Chinese: "政策告知尚未送达的对象，供负责人和网格员逐一送达。封存名单上的人只有发布单位知道，此处仅列出已送达的条目。",
			},
			Answers: fresh(jsonMedia, policyNoticeUnreached{}), Faults: readingFaults(),
		}),
		route("GET "+belowHere+"/policy-notices/{notice}/figures", g.policyNoticeFigures, openapi.Route{
			Name: "gateway.policy_notice_figures", Access: openapi.Members, Params: of,
			Words: openapi.Words{
				English: "In which ways a policy notice came to how many people, and how many it has not reached. A number that would show or tell a " +
					"small group is held back and stands as -1.",
				Chinese: "政策告知以各种方式送达的人数及未送达的人数。凡可能显示或推算出小群体的数字均不公布，以 -1 表示。",
			},
			Answers: fresh(jsonMedia, aidTable{}), Faults: readingFaults(),
		}),
	}
}

func (g *Gateway) ownPolicyNotices(w http.ResponseWriter, r *http.Request) {
	member, err := g.ownOrHelped(r, communityv1.Act_ACT_AID)
	g.policyNoticeLook(w, r, err, OwnNotices, policyNoticeQuestion{Member: member}, &[]ownPolicyNotice{})
}

// policyNoticeUnreached admits grid workers and officers, and not whoever operates the system, who brings nothing to anybody.
func (g *Gateway) policyNoticeUnreached(w http.ResponseWriter, r *http.Request) {
	community := r.PathValue("community")
	err := g.requireRole(r, community, communityv1.Role_ROLE_GRID_WORKER)
	if err != nil {
		err = g.requireRole(r, community, communityv1.Role_ROLE_OFFICER)
	}
	g.policyNoticeLook(w, r, err, NoticeUnreached, policyNoticeQuestion{Notice: r.PathValue("notice")}, &policyNoticeUnreached{})
}

func (g *Gateway) policyNoticeFigures(w http.ResponseWriter, r *http.Request) {
	err := g.requireReader(r, r.PathValue("community"), communityv1.Role_ROLE_MEMBER)
	g.policyNoticeLook(w, r, err, NoticeFigures, policyNoticeQuestion{Notice: r.PathValue("notice")}, &aidTable{})
}

// policyNoticeLook asks the service one of these questions, unless it was refused already.
func (g *Gateway) policyNoticeLook(w http.ResponseWriter, r *http.Request, err error, name string, q policyNoticeQuestion, into any) {
	if err == nil && q.Member == "" && !opaqueID.MatchString(q.Notice) {
		err = projection.ErrNoRecord
	}
	var position uint64
	if err == nil {
		if position, err = number(r, "min_index"); err != nil {
			err = fault.ErrMalformed.Because(err)
		}
	}
	if err == nil {
		err = g.look(r.Context(), r.PathValue("community"), "policy-notice", name, position, q, into)
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeFreshJSON(w, r, cachePrivate, "", into)
}
