package main

import (
	"time"

	aidv1 "renlin.dev/proto/renlin/aid/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// announce publishes what everybody is to know: a policy notice, and by which keys another community is believed.
func (l *life) announce() {
	l.t.Helper()
	first := l.n.First
	l.do(first.Do(l.t.Context(), "aid.publish_notice", "policy-notices", &aidv1.PublishNotice{
		Kind: "subsidy", Scope: aidv1.NoticeScope_NOTICE_SCOPE_EVERYONE, ReachBy: time.Now().Add(24 * time.Hour).UnixMilli(),
		Title: l.marks.mark("aid.publish_notice", "title"), Text: l.marks.mark("aid.publish_notice", "text"),
	}))
	peer := accessPeer()
	peer.Policy = "# " + l.marks.mark("matching.register_peer", "policy") + "\n" + peer.Policy
	l.do(first.Do(l.t.Context(), "matching.register_peer", "peers", &matchingv1.RegisterPeer{
		Community: peer.Community, FoundingKey: peer.FoundingKey, Policy: peer.Policy, Middle: peer.Middle,
	}, l.n.Second.Key))
}
