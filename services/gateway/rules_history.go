package gateway

import (
	"context"
	"encoding/json"
	"net/http"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/op/openapi"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

const (
	// RulesHistory names the question to the community service what the rulebook was: a standing.HistoryQuestion.
	RulesHistory = "history"
	// PollTaking names the question to the voting service how many take part in a poll.
	PollTaking = "taking"
)

type (
	// rulesHistory is the rulebook's versions, the newest first, and how many older ones are not listed.
	rulesHistory struct {
		Versions []standing.RulebookVersion `json:"versions"`
		More     int                        `json:"more,omitempty"`
	}
	// pollTaking is how many take part in an open poll, and how much of each quorum there is. Where it is not told, all of it is 0.
	pollTaking struct {
		Told    bool         `json:"told"`
		Voters  int64        `json:"voters"`
		Cast    int64        `json:"cast"`
		Silent  int64        `json:"silent,omitempty"`
		Quorums []pollQuorum `json:"quorums"`
	}
	pollQuorum struct {
		Measure     int32 `json:"measure"`
		Have        int64 `json:"have"`
		All         int64 `json:"all"`
		Numerator   int64 `json:"numerator"`
		Denominator int64 `json:"denominator"`
		Strict      bool  `json:"strict,omitempty"`
		Holds       bool  `json:"holds"`
	}
)

// rulesHistory lists the versions that the rulebook had.
func (g *Gateway) rulesHistory(w http.ResponseWriter, r *http.Request) {
	position, err := number(r, "min_index")
	if err != nil {
		op.WriteFault(w, r, fault.ErrMalformed.Because(err))
		return
	}
	page, err := g.historyOf(r.Context(), r.PathValue("community"), position, standing.HistoryQuestion{})
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeFreshJSON(w, r, cachePublic, "", rulesHistory{Versions: page.Versions, More: page.More})
}

func (g *Gateway) historyOf(
	ctx context.Context, community string, position uint64, q standing.HistoryQuestion,
) (*standing.HistoryPage, error) {
	out := &standing.HistoryPage{}
	return out, g.look(ctx, community, "rulebook", RulesHistory, position, q, out)
}

// rulesOfVersion tells a version that the rulebook had.
func (g *Gateway) rulesOfVersion(ctx context.Context, community string, version, position uint64) (*toldRules, error) {
	if version > 1<<32-1 {
		return nil, fault.ErrMalformed
	}
	page, err := g.historyOf(ctx, community, position, standing.HistoryQuestion{Version: uint32(version)})
	if err != nil {
		return nil, err
	}
	return &toldRules{Version: version, Matters: tellMatters(page.Book)}, nil
}

// pollTaking tells members how many take part in an open poll, and how much of each quorum there is: never what for.
func (g *Gateway) pollTaking(w http.ResponseWriter, r *http.Request) {
	out, err := g.takingIn(r)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeFreshJSON(w, r, cachePrivate, "", out)
}

func (g *Gateway) takingIn(r *http.Request) (*pollTaking, error) {
	community, id := r.PathValue("community"), r.PathValue("poll")
	if err := g.requireReader(r, community, communityv1.Role_ROLE_MEMBER); err != nil {
		return nil, err
	}
	position, err := number(r, "min_index")
	if err != nil || !opaqueID.MatchString(id) {
		return nil, fault.ErrMalformed.Because(err)
	}
	var known struct{}
	if err := g.state(r.Context(), community, "poll/"+id, position, &known); err != nil {
		return nil, err
	}
	raw, err := g.call.Look(r.Context(), community, g.owners["poll"], PollTaking, []byte(id))
	if err != nil {
		return nil, err
	}
	out := &pollTaking{}
	if err := json.Unmarshal(raw, out); err != nil {
		return nil, fault.ErrInternal.Because(err)
	}
	return out, nil
}

// historyRows are what the rulebook was, and how many take part in a poll.
func (g *Gateway) historyRows() []row {
	return []row{
		route("GET "+belowHere+"/rules/history", g.rulesHistory, openapi.Route{
			Name: "gateway.rules_history", Access: openapi.Anyone, Params: []openapi.Param{minIndex, heldTag},
			Words: openapi.Words{
				English: "The versions that the rulebook had, the newest first: since when each holds, the commit that adopted it, and the motion " +
					"that changed what only a vote changes. What each said, gateway.rules tells of a version.",
				Chinese: "规约的历次版本，最新的在前：各自的生效时间、所在提交，以及据以变更只能由表决变更之事项的方案。各版内容见 gateway.rules 的 version 参数。",
			},
			Answers: fresh(jsonMedia, rulesHistory{}), Faults: readingFaults(),
		}),
		route("GET "+belowHere+"/polls/{poll}/taking-part", g.pollTaking, openapi.Route{
			Name: "gateway.poll_taking", Access: openapi.Members, Params: []openapi.Param{minIndex, heldTag},
			Words: openapi.Words{
				English: "How many take part in a poll that is open, and how much of each quorum there is: never what for. Of a secret poll, and of " +
					"one that is not open, nothing is told; after the count the tally says it.",
				Chinese: "投票进行期间有多少人参与、各项法定参与比例已达多少，不涉及所投内容。秘密表决及未在投票期间的表决不予告知；计票后见计票结果。",
			},
			Answers: fresh(jsonMedia, pollTaking{}), Faults: readingFaults(),
		}),
	}
}
