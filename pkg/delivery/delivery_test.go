package delivery_test

import (
	"strings"
	"testing"

	"renlin.dev/pkg/delivery"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

const (
	app      = votingv1.DeliveryChannel_DELIVERY_CHANNEL_APP
	inPerson = votingv1.DeliveryChannel_DELIVERY_CHANNEL_IN_PERSON
	door     = votingv1.DeliveryChannel_DELIVERY_CHANNEL_DOOR
	letter   = votingv1.DeliveryChannel_DELIVERY_CHANNEL_LETTER
	posted   = votingv1.DeliveryChannel_DELIVERY_CHANNEL_POSTED
	phone    = votingv1.DeliveryChannel_DELIVERY_CHANNEL_PHONE
)

func TestCheck(t *testing.T) {
	t.Parallel()
	proof := &communityv1.Text{Ref: strings.Repeat("a", 64), LengthBytes: 1, Commitment: make([]byte, 32)}
	const issued, now = 100, 200
	for _, row := range []struct {
		name    string
		attempt delivery.Attempt
		signers int
		want    string
	}{
		{"handed over", delivery.Attempt{Channel: inPerson, At: 150, Evidence: proof}, 1, ""},
		{"by letter", delivery.Attempt{Channel: letter, At: issued, Evidence: proof}, 1, ""},
		{"on the board", delivery.Attempt{Channel: posted, At: now, Evidence: proof}, 1, ""},
		{"at the door, by two", delivery.Attempt{Channel: door, At: 150, Evidence: proof}, 2, ""},
		{"at the door, by one", delivery.Attempt{Channel: door, At: 150, Evidence: proof}, 1, "delivery.witness_missing"},
		{"by telephone, by two", delivery.Attempt{Channel: phone, At: 150}, 2, ""},
		{"by telephone, by one", delivery.Attempt{Channel: phone, At: 150}, 1, "delivery.witness_missing"},
		{"by telephone, with a paper", delivery.Attempt{Channel: phone, At: 150, Evidence: proof}, 2, "delivery.evidence"},
		{"nobody at the door", delivery.Attempt{Channel: door, At: 150, Failed: true}, 1, ""},
		{"nobody, with a paper", delivery.Attempt{Channel: door, At: 150, Failed: true, Evidence: proof}, 1, "delivery.evidence"},
		{"a board that was missed", delivery.Attempt{Channel: posted, At: 150, Failed: true}, 1, "delivery.channel"},
		{"without a paper", delivery.Attempt{Channel: letter, At: 150}, 1, "delivery.evidence"},
		{"by another's device", delivery.Attempt{Channel: app, At: 150, Evidence: proof}, 1, "delivery.channel"},
		{"before the notice", delivery.Attempt{Channel: letter, At: issued - 1, Evidence: proof}, 1, "delivery.time"},
		{"tomorrow", delivery.Attempt{Channel: letter, At: now + 1, Evidence: proof}, 1, "delivery.time"},
	} {
		got := ""
		if why := row.attempt.Check(issued, now, row.signers); why != nil {
			got = why.Code
		}
		if got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}

func TestSought(t *testing.T) {
	t.Parallel()
	if delivery.Sought(nil) || delivery.Sought([][]string{{"a"}, {"b"}}) || !delivery.Sought([][]string{{"a"}, {"a", "b"}}) {
		t.Error("two persons together look for somebody, and nobody else does")
	}
}
