package vault_test

import (
	"testing"

	"renlin.dev/pkg/fault"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
)

// TestNeedsWords: officers, grid workers and auditors read the words of a need; who has taken it on, until it is done; nobody else.
func TestNeedsWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	need, assignment, provider := "need/"+id("need"), "assignment/"+id("assignment"), "provider/"+id("provider")
	w.fact(need, &matchingv1.NeedRaised{Beneficiary: id("ann"), By: id("off"), Text: text("third door")})
	w.fact(provider, &matchingv1.ProviderRegistered{Member: id("bob")})
	w.fact(provider, &matchingv1.ProviderAttested{By: id("off"), Evidence: text("paper")})
	w.fact(assignment, &matchingv1.AssignmentPlanned{Need: id("need")})
	read := func(who, at, subject, word string, purpose vaultv1.Purpose) string {
		_, err := w.try("vault.read", &vaultv1.ReadText{
			Ref: ref(word), Subject: id(subject), Purpose: purpose, NamedBy: at, ReaderKey: key("reader"),
		}, who)
		if err == nil {
			return ""
		}
		return fault.Of(err).Code
	}
	check := func(when, who, at, subject, word, want string) {
		t.Helper()
		if got := read(who, at, subject, word, vaultv1.Purpose_PURPOSE_SERVICE); got != want {
			t.Errorf("%s, %s at %s: %q, want %q", when, who, at, got, want)
		}
	}
	const no = "reading.purpose"
	check("asked", "bob", assignment, "ann", "third door", no)
	check("asked", "off", need, "ann", "third door", "")
	check("asked", "grid", assignment, "ann", "third door", "")
	check("asked", "off", provider, "off", "paper", "")
	check("asked", "conv", need, "ann", "third door", no)
	w.fact(assignment, &matchingv1.AssignmentAccepted{Provider: id("provider")})
	check("taken on", "bob", assignment, "ann", "third door", "")
	check("taken on", "bob", assignment, "ann", "ann profile", "reading.not_named")
	check("taken on", "bob", need, "ann", "third door", no)
	check("taken on", "conv", assignment, "ann", "third door", no)
	w.fact(assignment, &matchingv1.AssignmentDone{Quantity: 1})
	w.fact(assignment, &matchingv1.CandidateReleased{Provider: id("provider")})
	check("done", "bob", assignment, "ann", "third door", no)
	if got := read("aud", need, "ann", "third door", vaultv1.Purpose_PURPOSE_AUDIT); got != "" {
		t.Errorf("to audit: %s", got)
	}
	if got := read("bob", need, "ann", "third door", vaultv1.Purpose_PURPOSE_DELIBERATION); got != "reading.not_named" {
		t.Errorf("as if it were public business: %s", got)
	}
}
