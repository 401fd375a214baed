package voting_test

import (
	"google.golang.org/protobuf/proto"

	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// goldenNotices are the events of polls with a notice, with every field filled; see goldenEvents.
func goldenNotices() map[string]proto.Message {
	poll, member := "poll/"+id("poll with a notice"), id("member")
	rules := announced()
	roll := &votingv1.Roll{Root: fixedKey(3), Voters: 3, Heads: 3, AreaCentiM2: 180_50, Position: 9, AllHeads: 3, AllAreaCentiM2: 180_50}
	return map[string]proto.Message{
		poll + " 31-called-notice": &votingv1.PollCalled{
			Matter: "roof", Motion: id("motion"), Question: question, Rules: rules, OpensBy: 1,
		},
		poll + " 32-notice": &votingv1.NoticeIssued{
			Roll: roll, Question: fixedKey(1), Warning: warning, OpensAt: 1_700_000_100_000, ClosesAt: 1_700_000_160_000, Notice: fixedKey(2),
		},
		poll + "/delivery/" + member + " 33-failed": &votingv1.DeliveryFailed{
			Channel: atDoor, Notice: fixedKey(2), At: 1_700_000_010_000, By: []string{id(worker), id(third)},
		},
		poll + "/delivery/" + member + " 34-delivered": &votingv1.NoticeDelivered{
			Channel: onBoard, Notice: fixedKey(2), At: 1_700_000_020_000, Evidence: picture, InTime: true, By: []string{id(worker)},
		},
		poll + "/delivery/" + member + " 35-delivered-helper": &votingv1.NoticeDelivered{
			Channel: votingv1.DeliveryChannel_DELIVERY_CHANNEL_HELPER, Notice: fixedKey(2), At: 1_700_000_030_000, Mandate: id("mandate"),
			By: []string{id("helper")},
		},
		poll + " 36-reminded": &votingv1.VotersReminded{ClosesAt: 1_700_000_160_000},
		poll + " 37-tallied-notice": &votingv1.TallyRecorded{
			Tally: &votingv1.Tally{Ballots: 1, Valid: 1, Result: noQuorum, Notice: &votingv1.NoticeReport{
				Notice: fixedKey(2), IssuedAt: 1_700_000_000_000, Failed: 1, Untried: 1, Reminders: 1, Deliveries: []*votingv1.DeliveryShare{
					{Channel: onBoard, Voters: 1, InTime: 1, FirstAt: 1_700_000_020_000, LastAt: 1_700_000_020_000},
				},
			}}, ObjectionsUntil: 1_700_000_090_000,
		},
	}
}
