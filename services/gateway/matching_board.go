package gateway

import (
	"net/http"

	"renlin.dev/pkg/op/openapi"
)

// MatchingBoard names the question to the matching service what goes on now.
const MatchingBoard = "board"

// matchingBoardShown is how many needs, assignments and providers a board shows.
const matchingBoardShown = 200

type (
	// matchingBoard is what waits, who serves and who could; More… is how many there are beside those that are shown.
	matchingBoard struct {
		Mode struct {
			Mode  int32 `json:"mode"`
			Until int64 `json:"until,omitempty"`
		} `json:"mode"`
		Needs           []matchingBoardNeed       `json:"needs"`
		Assignments     []matchingBoardAssignment `json:"assignments"`
		Providers       []matchingBoardProvider   `json:"providers"`
		MoreNeeds       int64                     `json:"more_needs"`
		MoreAssignments int64                     `json:"more_assignments"`
		MoreProviders   int64                     `json:"more_providers"`
	}
	matchingBoardCell struct {
		East  int32 `json:"east"`
		North int32 `json:"north"`
	}
	matchingBoardNeed struct {
		Need         string            `json:"need"`
		Skill        string            `json:"skill"`
		Cell         matchingBoardCell `json:"cell"`
		Priority     uint32            `json:"priority"`
		Vulnerable   bool              `json:"vulnerable,omitempty"`
		Assessed     bool              `json:"assessed,omitempty"`
		Waiting      int64             `json:"waiting"`
		Matched      int64             `json:"matched"`
		Served       int64             `json:"served"`
		WaitingSince int64             `json:"waiting_since"`
		Until        int64             `json:"until,omitempty"`
		Shortage     int32             `json:"shortage,omitempty"`
	}
	matchingBoardAssignment struct {
		Assignment string                   `json:"assignment"`
		Need       string                   `json:"need"`
		Skill      string                   `json:"skill"`
		Quantity   int64                    `json:"quantity"`
		Delivered  int64                    `json:"delivered"`
		Priority   uint32                   `json:"priority"`
		State      string                   `json:"state"`
		PlannedAt  int64                    `json:"planned_at"`
		OpensAt    int64                    `json:"opens_at,omitempty"`
		CheckInBy  int64                    `json:"check_in_by,omitempty"`
		ConfirmBy  int64                    `json:"confirm_by,omitempty"`
		Candidates []matchingBoardCandidate `json:"candidates"`
		Switches   []matchingBoardSwitch    `json:"switches"`
		Preferred  *matchingBoardPreferred  `json:"preferred,omitempty"`
	}
	matchingBoardCandidate struct {
		Provider        string `json:"provider"`
		Org             string `json:"org"`
		Part            string `json:"part"`
		DistanceCost    int64  `json:"distance_cost"`
		ReliabilityCost int64  `json:"reliability_cost"`
		WindowCost      int64  `json:"window_cost"`
		Until           int64  `json:"until,omitempty"`
	}
	matchingBoardSwitch struct {
		At       int64  `json:"at"`
		Provider string `json:"provider"`
		Cause    int32  `json:"cause"`
	}
	matchingBoardPreferred struct {
		Instead        string `json:"instead"`
		Reason         int32  `json:"reason"`
		MoreMetres     int64  `json:"more_metres"`
		MoreWindowCost int64  `json:"more_window_cost,omitempty"`
	}
	matchingBoardProvider struct {
		Provider string               `json:"provider"`
		Org      string               `json:"org,omitempty"`
		Cell     matchingBoardCell    `json:"cell"`
		Offers   []matchingBoardOffer `json:"offers"`
	}
	matchingBoardOffer struct {
		Skill      string `json:"skill"`
		Capacity   int64  `json:"capacity"`
		Taken      int64  `json:"taken"`
		Standby    int64  `json:"standby"`
		Overloaded bool   `json:"overloaded,omitempty"`
	}
)

// matchingBoard shows grid workers and officers what goes on: no more than the records that they may read, without whose a need is.
func (g *Gateway) matchingBoard(w http.ResponseWriter, r *http.Request) {
	err := g.requireWorker(r, r.PathValue("community"))
	g.matchingLook(w, r, err, MatchingBoard, matchingQuestion{Limit: matchingBoardShown}, &matchingBoard{})
}

// matchingBoardRoute is the route of the board.
func (g *Gateway) matchingBoardRoute() row {
	return route("GET "+belowHere+"/matching/board", g.matchingBoard, openapi.Route{
		Name: "gateway.matching_board", Access: openapi.Officers, Params: []openapi.Param{minIndex, heldTag},
		Words: openapi.Words{
			English: "What goes on, for grid workers and officers: the needs of which something waits or is taken on, the assignments that are " +
				"not over with whoever stands by, and who serves with what they have left; the most urgent first. Whose a need is, it does not say.",
			Chinese: "供网格员和负责人查看的当前情况：待满足或已承接的需求、未结束的派单及其备份，以及各提供方的剩余供给；最紧急的在前。不显示是谁的需求。",
		},
		Answers: fresh(jsonMedia, matchingBoard{}), Faults: readingFaults(),
	})
}
