package vault_test

import (
	"testing"

	"renlin.dev/pkg/fault"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
)

// TestPictures: a photograph is seen by whoever may read the words beside which it stands, and by nobody else.
func TestPictures(t *testing.T) {
	t.Parallel()
	w := needWorld(t)
	photo := []*communityv1.Text{text("photo"), text("another")}
	topic, need, assignment, visit := "topic/"+id("bench"), "need/"+id("need"), "assignment/"+id("assignment"), visitPath+"2"
	w.fact(topic, &proposalv1.TopicPosted{Author: id("ann"), Text: text("bench"), Pictures: photo})
	w.fact(need, &matchingv1.NeedRaised{Beneficiary: id("ann"), By: id("ann"), Text: text("third door"), Pictures: photo})
	w.fact("provider/"+id("provider"), &matchingv1.ProviderRegistered{Member: id("bob")})
	w.fact(assignment, &matchingv1.AssignmentPlanned{Need: id("need")})
	w.fact(visit, &aidv1.VisitRecorded{
		Beneficiary: id("file"), By: id("bob"), Evidence: text("met"), Pictures: []*communityv1.Text{text("door")},
	})
	const (
		talk, service, help = vaultv1.Purpose_PURPOSE_DELIBERATION, vaultv1.Purpose_PURPOSE_SERVICE, vaultv1.Purpose_PURPOSE_AID
		audit               = vaultv1.Purpose_PURPOSE_AUDIT
	)
	check := func(who, at, subject, word string, purpose vaultv1.Purpose, want string) {
		t.Helper()
		got := ""
		if _, err := w.try("vault.read", &vaultv1.ReadText{
			Ref: ref(word), Subject: id(subject), Purpose: purpose, NamedBy: at, ReaderKey: key("reader"),
		}, who); err != nil {
			got = fault.Of(err).Code
		}
		if got != want {
			t.Errorf("%s reads %q of %s at %s for %s: %q, want %q", who, word, subject, at, purpose, got, want)
		}
	}
	check("bob", topic, "ann", "another", talk, "")
	check("bob", topic, "ann", "elsewhere", talk, "reading.not_named")
	check("bob", topic, "off", "photo", talk, "reading.not_named")
	check("bob", assignment, "ann", "photo", service, "reading.purpose")
	w.fact(assignment, &matchingv1.AssignmentAccepted{Provider: id("provider")})
	check("bob", assignment, "ann", "photo", service, "")
	check("off", need, "ann", "photo", service, "")
	check("conv", need, "ann", "photo", service, "reading.purpose")
	check("bob", visit, "file", "door", help, "")
	check("grid", visit, "file", "door", help, "")
	check("conv", visit, "file", "door", help, "reading.purpose")
	check("aud", visit, "file", "door", audit, "")
	w.fact(topic, &proposalv1.TopicWithdrawn{})
	check("bob", topic, "ann", "photo", talk, "reading.not_named")
}
