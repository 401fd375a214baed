package gateway

import (
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op/openapi"
	"renlin.dev/pkg/standing"
)

// mandateRows are the lists by which both sides of a mandate see what it is and what was done under it.
func (g *Gateway) mandateRows() []row {
	params := []openapi.Param{minIndex, afterRecord, heldTag}
	return []row{
		route("GET "+belowHere+"/mandates", g.mandates, openapi.Route{
			Name: "gateway.mandates", Access: openapi.Members, Params: params,
			Words: openapi.Words{
				English: "The mandates that you gave or were given, past ones too, the newest first: terms, where each stands, and what you can " +
					"do about it.",
				Chinese: "您作出和受托的全部委托（含已终止的），由新到旧：内容、状态及您可采取的操作。",
			},
			Answers: fresh(jsonMedia, mandateList{}),
			Faults:  append(readingFaults(), ErrCursor),
		}),
		route("GET "+belowHere+"/mandates/{mandate}/acts", g.mandateActs, openapi.Route{
			Name: "gateway.mandate_acts", Access: openapi.Members,
			Params: append([]openapi.Param{{Name: "mandate", In: "path", Required: true, Pattern: opaqueID.String(), Words: openapi.Words{
				English: "A mandate of yours, as principal or helper.", Chinese: "与您有关的一项委托。",
			}}}, params...),
			Words: openapi.Words{
				English: "What was done under a mandate, the newest first: which kind of fact, where and when, whether it still stands, and how its " +
					"principal can overrule it. Of a ballot it is told that it was cast, never what it holds.",
				Chinese: "依一项委托办理的全部事项，由新到旧：种类、位置和时间、是否仍然有效及委托人可如何取代。对选票只说明已投出，绝不说明内容。",
			},
			Answers: fresh(jsonMedia, actList{}),
			Faults:  append(readingFaults(), []*fault.Fault{ErrCursor, ErrUnconcerned, standing.ErrMandateUnknown}...),
		}),
	}
}
