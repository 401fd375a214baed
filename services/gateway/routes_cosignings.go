package gateway

import (
	"encoding/json"
	"net/http"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/op/openapi"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// cosigningList are the commands that wait for a second signature.
type cosigningList struct {
	Cosignings []cosigning `json:"cosignings"`
}

// cosigningRows are what two officers need who sign the same bytes in two places, and how they read what a rulebook would say.
func (g *Gateway) cosigningRows() []row {
	signedLike := []openapi.Param{
		{Name: "operation", In: "query", Required: true, Values: cosigned, Words: openapi.Words{
			English: "The operation that the signature names.", Chinese: "签名所写明的操作。",
		}},
		{Name: "path", In: "query", Required: true, Pattern: cosignedPath.String(), Words: openapi.Words{
			English: "Below the community's address: where the command is to be sent with both signatures.",
			Chinese: "社区地址之下、会签后发往的路径。",
		}},
		{Name: op.HeaderIdempotencyKey, In: "header", Required: true, Words: openapi.Words{
			English: "The command's own.", Chinese: "该命令本身的键。",
		}},
		{Name: op.HeaderNotAfter, In: "header", Required: true, Number: true, Words: openapi.Words{
			English: "Until when the command may be accepted, in milliseconds: seven days ahead at most.", Chinese: "该命令的截止时间（毫秒），最多七天。",
		}},
		{Name: op.HeaderSignature, In: "header", Required: true, Words: openapi.Words{
			English: "The author's signature over the command.", Chinese: "发起人对该命令的签名。",
		}},
	}
	one := []openapi.Param{{Name: "cosigning", In: "path", Required: true, Pattern: "^[0-9a-f]{64}$", Words: openapi.Words{
		English: "The command's id.", Chinese: "命令编号。",
	}}}
	return []row{
		route("POST "+belowHere+"/cosignings", g.beginCosigning, openapi.Route{
			Name: "gateway.begin_cosigning", Access: openapi.Officers, Params: signedLike,
			Words: openapi.Words{
				English: "Keep a command that has its author's signature for an officer of another organisation, who signs the same bytes and sends " +
					"it with both. It is nothing on the record until then, and is forgotten at the gateway's restart.",
				Chinese: "保存已由发起人签名的命令，等待另一组织的负责人对同样的内容签名后一并发出。此前不会载入记录；网关重启后不再保留。",
			},
			Body:    &openapi.Body{Media: jsonMedia, Shape: map[string]json.RawMessage{}, BytesMax: op.BodyBytesMax},
			Answers: []openapi.Answer{{Status: http.StatusCreated, Media: jsonMedia, Shape: cosigning{}}},
			Faults: []*fault.Fault{
				ErrCosigningOperation, ErrCosigningPath, ErrCosigningsMany, fault.ErrMalformed,
				op.ErrIdempotencyKey, op.ErrNotAfterHeader, op.ErrSignatureHeader,
				standing.ErrKeyUnknown, standing.ErrKeyRevoked,
			},
		}),
		route("GET "+belowHere+"/cosignings", g.listCosignings, openapi.Route{
			Name: "gateway.cosignings", Access: openapi.Officers, Params: []openapi.Param{heldTag},
			Words:   openapi.Words{English: "The commands that wait for a second signature, the oldest first.", Chinese: "等待会签的命令，最早的在前。"},
			Answers: fresh(jsonMedia, cosigningList{}),
		}),
		route("DELETE "+belowHere+"/cosignings/{cosigning}", g.endCosigning, openapi.Route{
			Name: "gateway.end_cosigning", Access: openapi.Officers, Params: one,
			Words: openapi.Words{
				English: "Take a command off the list: it has been sent, or shall not be. Its author can still send it with another's signature.",
				Chinese: "将命令移出列表：已发出，或不予会签。发起人仍可另行取得他人签名后发出。",
			},
			Answers: []openapi.Answer{{Status: http.StatusNoContent}}, Faults: []*fault.Fault{ErrCosigningUnknown},
		}),
		route("POST "+belowHere+"/rules", g.tellRules, openapi.Route{
			Name: "gateway.tell_rules", Access: openapi.Officers,
			Words: openapi.Words{
				English: "What a rulebook that is not in force would say, in sentences. Nothing is kept of it.",
				Chinese: "以句子说明一份尚未生效的规约。不保存任何内容。",
			},
			Body:    &openapi.Body{Media: jsonMedia, Shape: &communityv1.Rulebook{}, BytesMax: op.BodyBytesMax},
			Answers: []openapi.Answer{{Status: http.StatusOK, Media: jsonMedia, Shape: toldRules{}}},
			Faults:  []*fault.Fault{fault.ErrMalformed, decider.ErrField},
		}),
	}
}
