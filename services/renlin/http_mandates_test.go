package main

import (
	"testing"
	"time"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// TestHTTPHelper has an old resident let a neighbour raise topics for them, over HTTP: the neighbour writes, the words are the resident's,
// who alone may have them erased; nothing else of theirs opens, and after the revocation nothing goes any more.
func TestHTTPHelper(t *testing.T) {
	address, _ := startPilot(t)
	x, err := neighbourhood.FoundExample(t.Context(), client.New(address), func(string, ...any) {})
	if err != nil {
		t.Fatal(err)
	}
	old, helper, other := x.Hosted, x.Residents[0], x.Residents[1]
	const words, secret = "楼道灯坏了", "我的病历"
	if _, err := helper.PutText(t.Context(), old.Member, words); codeOf(err) != standing.ErrRole.Code {
		t.Fatalf("before there is a mandate: %v", err)
	}
	mine, err := old.PutText(t.Context(), old.Member, secret)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := old.Do(t.Context(), "community.grant_mandate", "mandates", &communityv1.GrantMandate{
		Principal: old.Member, Helper: helper.Member, Acts: []communityv1.Act{communityv1.Act_ACT_TOPICS, communityv1.Act_ACT_SECONDS},
		Until: time.Now().Add(time.Hour).UnixMilli(),
	})
	if err != nil {
		t.Fatal(err)
	}
	mandate := made(answer, "mandate")
	if _, err := helper.Record(t.Context(), standing.MandatePath(mandate), answer.Position, &standing.Mandate{}); err != nil {
		t.Fatal(err)
	}
	if _, err := helper.PutText(t.Context(), old.Member, words); codeOf(err) != standing.ErrRole.Code {
		t.Fatalf("before they have accepted it: %v", err)
	}
	if err := neighbourhood.Accept(t.Context(), helper, mandate); err != nil {
		t.Fatal(err)
	}
	sealed, err := helper.PutText(t.Context(), old.Member, words)
	if err != nil {
		t.Fatalf("under the mandate: %v", err)
	}
	if _, err := other.PutText(t.Context(), old.Member, words); codeOf(err) != standing.ErrRole.Code {
		t.Errorf("by another: %v", err)
	}
	if _, err := helper.PutText(t.Context(), other.Member, words); codeOf(err) != standing.ErrRole.Code {
		t.Errorf("for another: %v", err)
	}
	post := &proposalv1.PostTopic{
		Matter: neighbourhood.MatterGreening, Text: neighbourhood.Text(sealed), Principal: old.Member, Mandate: mandate,
	}
	if answer, err = helper.Do(t.Context(), "proposal.post", "topics", post); err != nil {
		t.Fatal(err)
	}
	read := func(d *client.Device, ref string, purpose vaultv1.Purpose, at string) (string, error) {
		text, _, err := d.ReadText(t.Context(), &vaultv1.ReadText{Ref: ref, Subject: old.Member, Purpose: purpose, NamedBy: at})
		return string(text), err
	}
	posted := "topic/" + made(answer, "topic")
	if text, err := read(other, sealed.Ref, vaultv1.Purpose_PURPOSE_DELIBERATION, posted); err != nil || text != words {
		t.Errorf("a neighbour reads %q: %v", text, err)
	}
	for purpose, at := range map[vaultv1.Purpose]string{
		vaultv1.Purpose_PURPOSE_OWN: "", vaultv1.Purpose_PURPOSE_SERVICE: "member/" + old.Member,
		vaultv1.Purpose_PURPOSE_DELIBERATION: posted,
	} {
		if text, err := read(helper, mine.Ref, purpose, at); err == nil || text != "" {
			t.Errorf("the helper reads what the principal has sealed (%v): %q", purpose, text)
		}
	}
	if _, err := helper.Do(t.Context(), "vault.erase", "erasures", &vaultv1.EraseSubject{Subject: old.Member}); err == nil {
		t.Error("the helper has the principal's data erased")
	}
	revoke := &communityv1.RevokeMandate{Mandate: mandate}
	if answer, err = old.Do(t.Context(), "community.revoke_mandate", "mandates/"+mandate+"/revocation", revoke); err != nil {
		t.Fatal(err)
	}
	if _, err := helper.Record(t.Context(), standing.MandatePath(mandate), answer.Position, &standing.Mandate{}); err != nil {
		t.Fatal(err)
	}
	if _, err := helper.PutText(t.Context(), old.Member, words); codeOf(err) != standing.ErrRole.Code {
		t.Errorf("sealed after the revocation: %v", err)
	}
	// The proposal service may not have read the revocation yet; the sequencer has, and what rests on the mandate is stale.
	if _, err := helper.Do(t.Context(), "proposal.post", "topics", post); codeOf(err) != standing.ErrMandateRevoked.Code {
		t.Errorf("posted after the revocation: %v", err)
	}
}
