package services_test

import (
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// telling publishes a policy, or says that it came to somebody or did not.
func (n *needs) telling() *deed {
	id, published := pick(n.crowd, n.told)
	if !published || n.chance(200) {
		body := &aidv1.PublishNotice{
			Kind: "safety", Scope: aidv1.NoticeScope_NOTICE_SCOPE_FILES, Category: "food", Title: "Storm", Text: "Stay at home.",
			ReachBy: n.now + 1_000 + n.r.Int64N(30_000),
		}
		switch n.r.IntN(3) {
		case 0:
			body.Scope, body.Category = aidv1.NoticeScope_NOTICE_SCOPE_EVERYONE, ""
		case 1:
			body.Scope, body.Category, body.Count, body.Root = aidv1.NoticeScope_NOTICE_SCOPE_SEALED, "", uint32(len(codes)), codeRoot()
		}
		return n.does(ann, "aid.publish_notice", body)
	}
	i := n.r.IntN(len(codes))
	sealed := n.policies.notices[id].scope == aidv1.NoticeScope_NOTICE_SCOPE_SEALED
	if n.chance(30) {
		sealed = !sealed
	}
	if n.chance(300) {
		if sealed {
			return n.does(codes[i], "aid.answer_notice", &aidv1.AnswerNotice{Notice: id, Entry: codeEntry(i)})
		}
		return n.does(dan, "aid.confirm_notice", &aidv1.ConfirmNotice{Notice: id, Beneficiary: dansFile})
	}
	try := &aidv1.NoticeAttempt{
		Addressee: dansFile, At: n.now, Failed: n.chance(600),
		Channel: votingv1.DeliveryChannel(int32(votingv1.DeliveryChannel_DELIVERY_CHANNEL_IN_PERSON) + int32(n.r.IntN(5))),
	}
	if sealed {
		try.Addressee, try.Entry = "", codeEntry(i)
	}
	if !try.Failed && try.Channel != votingv1.DeliveryChannel_DELIVERY_CHANNEL_PHONE {
		try.Evidence = textFor("receipt")
	}
	body := &aidv1.RecordAttempts{Notice: id, Attempts: []*aidv1.NoticeAttempt{try}}
	if n.chance(500) {
		return n.does(ann, "aid.record_attempts", body, bob)
	}
	return n.does(ann, "aid.record_attempts", body)
}

// tending pauses rounds, has them go on, or ends them.
func (n *needs) tending() *deed {
	id, ok := pick(n.crowd, n.rounds)
	if !ok {
		return nil
	}
	switch n.r.IntN(4) {
	case 0, 1:
		return n.does(dan, "aid.pause_rounds", &aidv1.PauseRounds{Order: id, Until: n.now + 600_000})
	case 2:
		return n.does(dan, "aid.resume_rounds", &aidv1.ResumeRounds{Order: id})
	}
	if n.chance(700) {
		return nil
	}
	return n.does(dan, "aid.end_rounds", &aidv1.EndRounds{Order: id})
}
