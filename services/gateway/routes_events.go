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
	answers := []openapi.Answer{{Status: http.StatusOK, Media: eventsMedia, Words: openapi.Words{
		English: "Server-sent events without an end. Of a fact the id is the position with which to go on, the event its type, the data " +
			"JSON with index, position, time, path and version. There are two events more: checkpoint, with the size of the log, and end, with " +
			"the code of a problem, after which nothing comes.",
		Chinese: "不会结束的 Server-Sent Events。事实的 id 为续接位置，event 为其类型，data 为含 index、position、time、path 和 version 的 JSON。" +
			"另有 checkpoint（日志大小）和 end（问题代码，其后不再有内容）。",
	}}}
	faults := append(logFaults(), ErrMark, ErrStreams)
	return []row{
		route("GET "+belowHere+"/inbox/events", g.inboxEvents, openapi.Route{
			Name: "gateway.inbox_events", Access: openapi.Members, Params: params, Answers: answers, Faults: faults, Words: openapi.Words{
				English: "What an inbox shows, as it comes about: which record an event changed, and to which version.",
				Chinese: "收件箱内容的实时消息流：某事件改变了哪条记录及其版本。",
			},
		}),
		route("GET "+belowHere+"/events", g.events, openapi.Route{
			Name: "gateway.events", Access: openapi.Anyone, Params: params, Answers: answers, Faults: faults, Words: openapi.Words{
				English: "What happens to records that everybody may read, and new checkpoints, as it comes about.",
				Chinese: "任何人可读的记录的变化及新检查点的实时消息流。",
			},
		}),
	}
}
