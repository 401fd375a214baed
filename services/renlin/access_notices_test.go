package main

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// noticeMatter is the matter whose polls are announced long before they open.
func noticeMatter() *communityv1.PollRules {
	r := pollRules(1, 1, 1)
	r.Notice = &communityv1.NoticeRules{NoticeSeconds: 1_000_000}
	return r
}

// noticeOut announces a poll.
func (w *accessWorld) noticeOut() {
	w.Helper()
	last := w.private
	w.polls["noticed"] = w.callIn("notice")
	w.open(w.polls["noticed"])
	w.private = last
	w.notice, w.noticedAt = w.issued(w.polls["noticed"])
}

// issued finds the notice of a poll and when it was issued.
func (w *accessWorld) issued(poll string) (*votingv1.NoticeIssued, int64) {
	w.Helper()
	for index := w.Size() - 1; index > 0; index-- {
		c := w.Commit(index)
		for _, ch := range c.Changes {
			if ch.Aggregate != "poll/"+poll {
				continue
			}
			for _, e := range ch.Events {
				body, err := decider.DecodeEvent(e)
				if err != nil {
					w.TB.Fatal(err)
				}
				if n, ok := body.(*votingv1.NoticeIssued); ok {
					return n, c.Time
				}
			}
		}
	}
	w.TB.Fatal("no notice is issued")
	return nil, 0
}

func noticeRows() map[string]cell {
	return map[string]cell{
		"voting.acknowledge_notice: one's own": plain(func(w *accessWorld) proto.Message {
			return &votingv1.AcknowledgeNotice{Poll: w.polls["noticed"], Notice: w.notice.GetNotice()}
		}),
		"voting.acknowledge_notice: another's": func(w *accessWorld, who string) deed {
			return deed{body: &votingv1.AcknowledgeNotice{
				Poll: w.polls["noticed"], Notice: w.notice.GetNotice(), Principal: forge.ID("fay"), Mandate: w.mandates[who],
			}, principal: "fay"}
		},
		"voting.record_deliveries: letter":  delivering(votingv1.DeliveryChannel_DELIVERY_CHANNEL_LETTER),
		"voting.record_deliveries: at door": delivering(votingv1.DeliveryChannel_DELIVERY_CHANNEL_DOOR),
		"voting.record_deliveries: by two":  delivering(votingv1.DeliveryChannel_DELIVERY_CHANNEL_DOOR, "abe"),
	}
}

// delivering brings the notice to hal.
func delivering(c votingv1.DeliveryChannel, with ...string) cell {
	return plain(func(w *accessWorld) proto.Message {
		return &votingv1.RecordDeliveries{Poll: w.polls["noticed"], Notice: w.notice.GetNotice(), Rows: []*votingv1.DeliveryRow{
			{Voter: forge.ID("hal"), Channel: c, At: w.noticedAt, Evidence: accessText("receipt")},
		}}
	}, with...)
}
