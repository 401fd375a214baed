package gateway

import (
	"net/http"

	"renlin.dev/pkg/op"
	"renlin.dev/pkg/op/openapi"
)

// Questions that several readings take.
var (
	minIndex = openapi.Param{Name: "min_index", In: "query", Number: true, Words: openapi.Words{
		English: "Answer only when so many commits have been folded: the position of one's own write.",
		Chinese: "仅在折叠到该位置后才回答：填写自己上次写入所得的 position。",
	}}
	afterRecord = openapi.Param{Name: "after", In: "query", Pattern: "^[A-Za-z0-9_-]+$", Words: openapi.Words{
		English: "The next of the page before, which is good for this very list.", Chinese: "上一页返回的 next，仅对同一列表有效。",
	}}
	heldTag = openapi.Param{Name: "If-None-Match", In: "header", Words: openapi.Words{
		English: "The ETag of what one has: if nothing has changed the answer is 304, without a body.",
		Chinese: "已有内容的 ETag；若未变化则返回无正文的 304。",
	}}
	pageLimit = openapi.Param{Name: "limit", In: "query", Number: true, Words: openapi.Words{
		English: "How many records a page holds, 1000 at most.", Chinese: "每页记录数，最多 1000 条。",
	}}
)

// fresh are the answers of a reading under a tag of what is shown.
func fresh(media string, shape any, further ...openapi.Param) []openapi.Answer {
	headers := append([]openapi.Param{{Name: "ETag", Words: openapi.Words{
		English: "Changes with what is shown; of one record it is the version.", Chinese: "随内容变化；单条记录时为其版本。",
	}}}, further...)
	return []openapi.Answer{
		{Status: http.StatusOK, Media: media, Shape: shape, Headers: headers},
		{Status: http.StatusNotModified, Headers: headers, Words: openapi.Words{English: "Nothing has changed.", Chinese: "内容未变。"}},
	}
}

func (g *Gateway) readingRows() []row {
	return []row{
		route("GET "+belowHere+"/records/{path...}", g.records, recordsRoutes()...),
		route("GET "+belowHere+"/inbox", g.inbox, openapi.Route{
			Name: "gateway.inbox", Access: openapi.Members, Params: []openapi.Param{minIndex, afterRecord, heldTag},
			Words: openapi.Words{
				English: "What concerns everyone: deliberations convened, motions put and polls called; the notices of the polls that wait for " +
					"your own vote; and what happened about your mandates in the last thirty days, with what you can do about it.",
				Chinese: "与所有人有关的事项：已召集的协商会议、已提出的方案和已发起的表决；等待您本人投票的表决通知；以及近三十天内与您有关的委托的动态及您可采取的操作。",
			},
			Answers: fresh(jsonMedia, inboxPage{}),
			Faults:  append(readingFaults(), ErrCursor),
		}),
		route("GET "+belowHere+"/blocks", g.blocks, openapi.Route{
			Name: "gateway.blocks", Access: openapi.Members,
			Params: []openapi.Param{{Name: "from", In: "query", Number: true, Words: openapi.Words{
				English: "The number of the first block.", Chinese: "首个区块的编号。",
			}}, heldTag},
			Words: openapi.Words{
				English: "Whole blocks from a number on, each with its length before it as four bytes, big-endian; nothing at the end.",
				Chinese: "自某编号起的完整区块，每块之前为四字节大端长度；到末尾时为空。",
			},
			Answers: fresh(bytesMedia, nil, openapi.Param{Name: headerNext, Number: true, Words: openapi.Words{
				English: "From which block on the next page goes on.", Chinese: "下一页起始的区块编号。",
			}}),
			Faults: logFaults(),
		}),
	}
}

// recordsRoutes are the addresses of records: collections and aggregates, at the top and below another aggregate.
func recordsRoutes() []openapi.Route {
	collection := openapi.Words{English: "A page of a collection, by id.", Chinese: "一个集合的一页，按编号排列。"}
	aggregate := openapi.Words{English: "One record as its service folds it.", Chinese: "由所属服务折叠而成的一条记录。"}
	answers := fresh(jsonMedia, op.Page{}, openapi.Param{Name: headerPosition, Number: true, Words: openapi.Words{
		English: "How many commits the answering service had folded.", Chinese: "应答的服务已折叠的提交数。",
	}})
	faults := append(readingFaults(), ErrCursor)
	kind := func(name string) openapi.Param {
		return openapi.Param{Name: name, In: "path", Required: true, Values: readable(), Words: openapi.Words{
			English: "A kind of record.", Chinese: "记录的种类。",
		}}
	}
	id := func(name string) openapi.Param {
		return openapi.Param{Name: name, In: "path", Required: true, Pattern: "^[a-z0-9][a-z0-9._-]*$", Words: openapi.Words{
			English: "A record's id.", Chinese: "记录的编号。",
		}}
	}
	const records = belowHere + "/records"
	questions := []openapi.Param{minIndex, afterRecord, pageLimit, heldTag}
	return []openapi.Route{
		{
			Path: records + "/{kind}", Name: "gateway.records", Words: collection, Access: openapi.Readers,
			Params: append([]openapi.Param{kind("kind")}, questions...), Answers: answers, Faults: faults,
		}, {
			Path: records + "/{kind}/{id}", Name: "gateway.record", Words: aggregate, Access: openapi.Readers,
			Params: []openapi.Param{kind("kind"), id("id"), minIndex, heldTag}, Answers: answers, Faults: readingFaults(),
		}, {
			Path: records + "/{parent}/{parent_id}/{kind}", Name: "gateway.records_below", Words: collection, Access: openapi.Readers,
			Params: append([]openapi.Param{kind("parent"), id("parent_id"), kind("kind")}, questions...), Answers: answers, Faults: faults,
		}, {
			Path: records + "/{parent}/{parent_id}/{kind}/{id}", Name: "gateway.record_below", Words: aggregate, Access: openapi.Readers,
			Params:  []openapi.Param{kind("parent"), id("parent_id"), kind("kind"), id("id"), minIndex, heldTag},
			Answers: answers, Faults: readingFaults(),
		},
	}
}

// logRows are the public log, which anybody may read.
func (g *Gateway) logRows() []row {
	const log = "/log/{community}"
	says := func(path, name, media string, shape any, english, chinese string, params ...openapi.Param) openapi.Route {
		return openapi.Route{
			Path: log + path, Name: "gateway." + name, Access: openapi.Anyone, Params: append(params, heldTag),
			Words:   openapi.Words{English: english, Chinese: chinese},
			Answers: fresh(media, shape), Faults: logFaults(),
		}
	}
	part := func(name, pattern, english, chinese string) openapi.Param {
		return openapi.Param{Name: name, In: "path", Required: true, Pattern: pattern, Words: openapi.Words{English: english, Chinese: chinese}}
	}
	level := part("level", `^([0-9]|[1-5][0-9]|6[0-3]|entries)$`, "A tile's level, or entries.", "瓦片的层级，或 entries。")
	index := part("index", `^[0-9]{3}$`, "A tile's index, below a thousand; see C2SP tlog-tiles for greater ones.",
		"瓦片的序号，小于一千；更大的序号见 C2SP tlog-tiles。")
	partial := part("partial", `^[0-9]{3}\.p$`, "The index of a tile that is not full, and .p.", "未满瓦片的序号加 .p。")
	width := part("width", `^([1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])$`, "How much of the tile there is.", "瓦片的宽度。")
	at := openapi.Param{Name: "index", In: "path", Required: true, Number: true, Words: openapi.Words{
		English: "The index of a commit.", Chinese: "提交的序号。",
	}}
	return []row{route("GET "+log+"/{path...}", g.log,
		says("/checkpoint", "log_checkpoint", textMedia, nil,
			"The newest checkpoint with its witnesses' cosignatures, a C2SP tlog-checkpoint.", "最新检查点及见证方联署（C2SP tlog-checkpoint）。"),
		says("/keys", "log_keys", jsonMedia, logKeys{}, "The keys of the log and of its witnesses.", "日志和见证方的公钥。"),
		says("/state", "log_state", jsonMedia, logState{}, "How the audit is doing.", "审计的状态。"),
		says("/proof/{index}", "log_proof", textMedia, nil,
			"That a commit is in the log, under the newest checkpoint: a C2SP tlog-proof.", "某提交已载入日志的证明（C2SP tlog-proof）。", at),
		says("/tile/{level}/{index}", "log_tile", bytesMedia, nil,
			"A full tile of the Merkle tree, or a full bundle of entries: C2SP tlog-tiles.", "默克尔树的完整瓦片或条目束（C2SP tlog-tiles）。",
			level, index),
		says("/tile/{level}/{partial}/{width}", "log_partial_tile", bytesMedia, nil,
			"A tile or a bundle of entries that is not full.", "未满的瓦片或条目束。", level, partial, width),
	)}
}

// communityAnswer is what an outsider is told of a community.
type communityAnswer struct {
	ID        string `json:"id"`
	Genesis   string `json:"genesis"` // hash of the founding commit, hex
	EpochKey  []byte `json:"epoch_key"`
	Name      string `json:"name"`
	NextIndex uint64 `json:"next_index"` // of the next commit
	State     string `json:"state"`
	Log       string `json:"log"`              // address of the public log
	Phone     string `json:"phone,omitempty"`  // rings for help where somebody has noted no other number
	Reason    string `json:"reason,omitempty"` // blocks, hashes and who says so: everybody may know why nothing is written any more
}

// memberBody names a member.
type memberBody struct {
	Member string `json:"member"`
}

// openedSession is what a sign-in is answered.
type openedSession struct {
	Token    string `json:"token"`
	Provider string `json:"provider"` // device, development, or a platform's name
	Member   string `json:"member"`
}

// hostedKey is a key that the gateway keeps for a member.
type hostedKey struct {
	Member string `json:"member"`
	Key    []byte `json:"key"`
}
