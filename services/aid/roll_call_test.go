package aid_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	aidv1 "renlin.dev/proto/renlin/aid/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// rollCall asks everybody whether they are safe, in any community, whatever kinds of notices its rulebook names.
func rollCall(w *world, change func(*aidv1.PublishNotice)) *aidv1.PublishNotice {
	return told(w, toEveryone, func(b *aidv1.PublishNotice) {
		b.Kind, b.ReachBy = "roll-call", w.Now+hour
		if change != nil {
			change(b)
		}
	})
}

// TestRollCall: who says that they are safe leaves the list of those who are looked for; so does whoever a worker has met; who was not
// found stays on it, and when the time has come, so many go up.
func TestRollCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.published(toEveryone, func(b *aidv1.PublishNotice) { b.Kind, b.ReachBy = "roll-call", w.Now+hour })
	all := len(w.unreached(n).Unreached)
	w.do("aid.confirm_notice", &aidv1.ConfirmNotice{Notice: n}, "ann")
	w.do("aid.record_attempts", tried(n, attempt(id("bob"), inPerson, w.Now, false)), "wes")
	w.do("aid.record_attempts", tried(n, attempt(id("vic"), votingv1.DeliveryChannel_DELIVERY_CHANNEL_DOOR, w.Now, true)), "wes")
	got := w.unreached(n).Unreached
	if len(got) != all-2 || !slices.Contains(got, id("vic")) {
		t.Errorf("looked for are %v of %d", got, all)
	}
	if done := w.pass(hour); !slices.Contains(done, "AddresseesMissed") {
		t.Errorf("nobody noticed: %v", done)
	}
	if missed := w.notice(n); int(missed.Missed) != all-2 || missed.EscalatedTo == "" {
		t.Errorf("missed %+v", missed)
	}
	w.do("aid.confirm_notice", &aidv1.ConfirmNotice{Notice: n}, "vic") // late is better than never
	if slices.Contains(w.unreached(n).Unreached, id("vic")) {
		t.Error("whoever answers late is still looked for")
	}
}

func TestRollCallRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.published(toEveryone, func(b *aidv1.PublishNotice) { b.Kind, b.ReachBy = "roll-call", w.Now+hour })
	letter, door := votingv1.DeliveryChannel_DELIVERY_CHANNEL_LETTER, votingv1.DeliveryChannel_DELIVERY_CHANNEL_DOOR
	for _, row := range []struct {
		what, who, op string
		body          proto.Message
		want          string
	}{
		{"for two days", "otto", "aid.publish_notice", rollCall(w, func(b *aidv1.PublishNotice) {
			b.ReachBy = w.Now + 2*day
		}), "policy_notice.roll_call"},
		{"to files", "otto", "aid.publish_notice", rollCall(w, func(b *aidv1.PublishNotice) {
			b.Scope, b.Category = aidv1.NoticeScope_NOTICE_SCOPE_FILES, "food"
		}), "policy_notice.roll_call"},
		{"by a resident", "ann", "aid.publish_notice", rollCall(w, nil), "role.missing"},
		{"safe by letter", "wes", "aid.record_attempts", tried(n, attempt(id("bob"), letter, w.Now, false)), "policy_notice.unseen"},
		{"left at the door", "wes", "aid.record_attempts", tried(n, attempt(id("bob"), door, w.Now, false)), "policy_notice.unseen"},
		{"safe by their own hand", "wes", "aid.record_attempts", tried(n, attempt(id("wes"), inPerson, w.Now, false)), "policy_notice.own"},
	} {
		if got := w.try(row.op, row.body, row.who); got != row.want {
			t.Errorf("%s: %q, want %q", row.what, got, row.want)
		}
	}
}
