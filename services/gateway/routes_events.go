package gateway

import (
	"net/http"

	"renlin.dev/pkg/op/openapi"
)

// eventRows are the streams of events.
func (g *Gateway) eventRows() []row {
	params := []openapi.Param{
		{Name: "from", In: "query", Number: true, Words: openapi.Words{
			English: "The position to begin at; without it and Last-Event-ID, what is new only.", Chinese: "起始位置；与 Last-Event-ID 均未给出时仅接收新事件。",
		}},
		{Name: "Last-Event-ID", In: "header", Pattern: `^[0-9]{1,19}(\.[0-9]{1,5})?$`, Words: openapi.Words{
			English: "The id of the last event received: the stream goes on after it.", Chinese: "已收到的最后一个事件的编号，消息流从其后继续。",
		}},
	}
	answers := []openapi.Answer{{Status: http.StatusOK, Media: "text/event-stream"}}
	return []row{
		route("GET "+belowHere+"/inbox/events", g.inboxEvents, openapi.Route{
			Name: "gateway.inbox_events", Access: openapi.Members, Params: params, Answers: answers, Words: openapi.Words{
				English: "What an inbox shows, as it comes about: which record an event changed, and to which version.",
				Chinese: "收件箱内容的实时消息流：某事件改变了哪条记录及其版本。",
			},
		}),
		route("GET "+belowHere+"/events", g.events, openapi.Route{
			Name: "gateway.events", Access: openapi.Anyone, Params: params, Answers: answers, Words: openapi.Words{
				English: "What happens to records that everybody may read, and new checkpoints, as it comes about.",
				Chinese: "任何人可读的记录的变化及新检查点的实时消息流。",
			},
		}),
	}
}
