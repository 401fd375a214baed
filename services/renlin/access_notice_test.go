package main

import (
	"crypto/sha256"
	"net/http"
	"net/http/httptest"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/verify/forge"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// aidRounds orders nine meals of fay, in time enough to bring one a day.
func (w *accessWorld) aidRounds(id string) string {
	w.Helper()
	return w.by("worker", "aid.order", &aidv1.OrderWork{
		Case: id, Member: forge.ID("fay"), Quantity: 9, Due: w.Now + 2_000_000_000,
	}).ID.NewAggregate()
}

func (w *accessWorld) everyDay(order string) *aidv1.RepeatOrder {
	return &aidv1.RepeatOrder{Order: order, First: w.Now + 100_000_000, EverySeconds: 24 * 3600, GraceSeconds: 3600, Quantity: 1}
}

// accessCode is a code of the sealed list, whose six entries it has all.
const accessCode = "code"

// accessEntry is its first entry, and accessRoot the root of the list.
func accessEntry() *aidv1.ListEntry {
	e := &aidv1.ListEntry{Key: forge.Public(accessCode)}
	for _, h := range merkle.PathIn(accessEntries(), 0) {
		e.Path = append(e.Path, append([]byte(nil), h[:]...))
	}
	return e
}

func accessEntries() []merkle.Hash {
	all := make([]merkle.Hash, 6)
	for i := range all {
		all[i] = sha256.Sum256(append([]byte("renlin/list-entry/1\n"), forge.Public(accessCode)...))
	}
	return all
}

func (w *accessWorld) aNotice() *aidv1.PublishNotice {
	return &aidv1.PublishNotice{
		Kind: "safety", Scope: aidv1.NoticeScope_NOTICE_SCOPE_EVERYONE, Title: "Storm", Text: "Stay at home.", ReachBy: w.Now + 1_000_000_000,
	}
}

// notices makes one to eve's file and others, and one to a sealed list.
func (w *accessWorld) notices() {
	w.Helper()
	publish := func(what string, change func(*aidv1.PublishNotice)) {
		n := w.aNotice()
		change(n)
		w.aid.supply[what] = w.by("offB", "aid.publish_notice", n).ID.NewAggregate()
	}
	publish("files", func(n *aidv1.PublishNotice) { n.Scope, n.Category = aidv1.NoticeScope_NOTICE_SCOPE_FILES, "food" })
	publish("list", func(n *aidv1.PublishNotice) {
		root := merkle.Root(accessEntries())
		n.Scope, n.Count, n.Root = aidv1.NoticeScope_NOTICE_SCOPE_SEALED, 6, root[:]
	})
}

func aidNoticeRows() map[string]cell {
	at := func(what string, body func(id string) proto.Message) cell {
		return plain(func(w *accessWorld) proto.Message { return body(w.aid.supply[what]) })
	}
	on := func(what string, body func(w *accessWorld, order string) proto.Message) cell {
		return plain(func(w *accessWorld) proto.Message { return body(w, w.aid.orders[what]) })
	}
	answer := at("list", func(id string) proto.Message { return &aidv1.AnswerNotice{Notice: id, Entry: accessEntry()} })
	return map[string]cell{
		"aid.publish_notice": plain(func(w *accessWorld) proto.Message { return w.aNotice() }),
		"aid.confirm_notice: another's": at("files", func(id string) proto.Message {
			return &aidv1.ConfirmNotice{Notice: id, Beneficiary: fileOf("eve")}
		}),
		"aid.confirm_notice: as proxy": func(w *accessWorld, who string) deed {
			return deed{body: &aidv1.ConfirmNotice{Notice: w.aid.supply["files"], Beneficiary: fileOf(who)}}
		},
		"aid.answer_notice: by one's own": answer,
		"aid.answer_notice: by the code": func(w *accessWorld, _ string) deed {
			return deed{body: &aidv1.AnswerNotice{Notice: w.aid.supply["list"], Entry: accessEntry()}, credential: forge.Key(accessCode)}
		},
		"aid.record_attempts": plain(func(w *accessWorld) proto.Message {
			return &aidv1.RecordAttempts{Notice: w.aid.supply["files"], Attempts: []*aidv1.NoticeAttempt{{
				Addressee: fileOf("eve"), Channel: votingv1.DeliveryChannel_DELIVERY_CHANNEL_IN_PERSON, At: w.Now, Evidence: accessText("receipt"),
			}}}
		}),
		"aid.repeat_order":  on("repeat", func(w *accessWorld, order string) proto.Message { return w.everyDay(order) }),
		"aid.resume_rounds": on("resume", func(_ *accessWorld, order string) proto.Message { return &aidv1.ResumeRounds{Order: order} }),
		"aid.end_rounds":    on("end", func(_ *accessWorld, order string) proto.Message { return &aidv1.EndRounds{Order: order} }),
		"aid.pause_rounds": on("pause", func(w *accessWorld, order string) proto.Message {
			return &aidv1.PauseRounds{Order: order, Until: w.Now + 1_000_000_000}
		}),
	}
}

// ofNotice asks something of a policy notice, which there is not.
func ofNotice(what string) route {
	return route{"GET " + below + "/policy-notices/{notice}/" + what, func(x *callers, who string) *httptest.ResponseRecorder {
		return x.send(who, http.MethodGet, "/policy-notices/"+x.guest+"/"+what, "", nil)
	}}
}
