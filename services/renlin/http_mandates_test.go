package main

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/projection"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	"renlin.dev/services/gateway"
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

// shown is what the gateway tells a member of mandates, of which it is asked here what is held against the deeds.
type shown struct {
	Mandates []struct {
		Mandate, State, Part string
		Notice, Helper, Path string
		At                   int64
		Can                  []string
	}
	Acts []struct {
		Event, Path, Against string
		At                   int64
	}
}

// line is what is told, word for word but for ids.
func (x shown) lines() (lines []string) {
	for _, m := range x.Mandates {
		lines = append(lines, strings.Join(append([]string{m.State + m.Part + m.Notice}, m.Can...), " "))
	}
	for _, a := range x.Acts {
		lines = append(lines, strings.TrimSpace(a.Event[strings.LastIndexByte(a.Event, '.')+1:]+" "+a.Against))
	}
	return lines
}

// TestHTTPMandateShown: both see a mandate and what is done under it, at once and afterwards; nobody else does.
func TestHTTPMandateShown(t *testing.T) {
	e := newEdge(t)
	d := e.open(e.gateway(nil))
	x, err := neighbourhood.FoundExample(t.Context(), e.serve(e.gateway(nil)), func(string, ...any) {})
	if err != nil {
		t.Fatal(err)
	}
	v := &village{x.Neighbourhood, e}
	principal, helper, other := x.Residents[0], x.Residents[1], x.Residents[2]
	streams := map[string]*listener{}
	for name, who := range map[string]*client.Device{"principal": principal, "helper": helper, "other": other} {
		who.URL, who.Token = d.url, "" // streams and sessions are of one door
		if err := who.SignIn(t.Context()); err != nil {
			t.Fatal(err)
		}
		streams[name] = v.listen(d, "/inbox/events", who.Token, "")
	}
	position := uint64(0)
	do := func(who *client.Device, operation, path string, body proto.Message) *op.Answer {
		t.Helper()
		answer, err := who.Do(t.Context(), operation, path, body)
		if err != nil {
			t.Fatal(err)
		}
		position = answer.Position
		return answer
	}
	sees := func(who *client.Device, path string, want ...string) {
		t.Helper()
		var got shown
		if err := who.Get(t.Context(), path+"?min_index="+strconv.FormatUint(position, 10), &got); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.lines(), want) {
			t.Errorf("%s: %q, want %q", path, got.lines(), want)
		}
	}
	here := "/v1/communities/" + x.Community
	inbox, mandates := here+"/inbox", here+"/mandates"
	const revoke = "community.revoke_mandate"
	sees(principal, inbox)
	sees(principal, mandates)

	mandate := made(do(principal, "community.grant_mandate", "mandates", &communityv1.GrantMandate{
		Principal: principal.Member, Helper: helper.Member, Acts: []communityv1.Act{communityv1.Act_ACT_TOPICS},
		Until: time.Now().Add(time.Hour).UnixMilli(),
	}), "mandate")
	sees(helper, inbox, "mandate.asked community.accept_mandate community.decline_mandate")
	sees(helper, mandates, "awaitshelper community.accept_mandate community.decline_mandate")
	sees(principal, inbox, "mandate.granted "+revoke)
	do(helper, "community.accept_mandate", "mandates/"+mandate+"/acceptance", &communityv1.AcceptMandate{Mandate: mandate})
	sees(principal, mandates, "holdsprincipal "+revoke)

	words, err := helper.PutText(t.Context(), principal.Member, "路灯坏了")
	if err != nil {
		t.Fatal(err)
	}
	topic := made(do(helper, "proposal.post", "topics", &proposalv1.PostTopic{
		Matter: neighbourhood.MatterGreening, Text: neighbourhood.Text(words), Principal: principal.Member, Mandate: mandate,
	}), "topic")
	sees(principal, inbox, "acted.topic proposal.withdraw "+revoke, "mandate.accepted "+revoke, "mandate.granted "+revoke)
	sees(helper, inbox, "mandate.accepted "+revoke, "mandate.granted "+revoke)
	acts := mandates + "/" + mandate + "/acts"
	sees(principal, acts, "TopicPosted proposal.withdraw")
	sees(helper, acts, "TopicPosted proposal.withdraw")
	do(principal, "proposal.withdraw", "topics/"+topic+"/withdrawal", &proposalv1.WithdrawTopic{Topic: topic})
	do(principal, revoke, "mandates/"+mandate+"/revocation", &communityv1.RevokeMandate{Mandate: mandate})
	sees(helper, mandates, "revokedhelper")
	sees(helper, inbox, "mandate.revoked", "mandate.accepted", "mandate.granted")
	sees(principal, inbox, "mandate.revoked", "acted.topic", "mandate.accepted", "mandate.granted")
	sees(principal, acts, "TopicPosted")

	for _, name := range []string{"principal", "helper"} {
		var told []string
		for _, fact := range streams[name].until(position) {
			var where struct{ Path string }
			if err := json.Unmarshal([]byte(fact.data), &where); err != nil {
				t.Fatal(err)
			}
			told = append(told, fact.event[strings.LastIndexByte(fact.event, '.')+1:]+" "+where.Path)
		}
		want := []string{
			"MandateGranted mandate/" + mandate, "MandateAccepted mandate/" + mandate, "TopicPosted topic/" + topic,
			"MandateRevoked mandate/" + mandate,
		}
		if !slices.Equal(told, want) {
			t.Errorf("the %s is told %q", name, told)
		}
	}
	sees(other, inbox)
	sees(other, mandates)
	if err := other.Get(t.Context(), acts, &shown{}); codeOf(err) != gateway.ErrUnconcerned.Code {
		t.Errorf("a neighbour sees what was done: %v", err)
	}
	if err := principal.Get(t.Context(), mandates+"/"+client.NewID()+"/acts", &shown{}); codeOf(err) != projection.ErrNoRecord.Code {
		t.Errorf("a mandate that there is not: %v", err)
	}
	if err := principal.Get(t.Context(), acts+"?after=AAAA", &shown{}); codeOf(err) != gateway.ErrCursor.Code {
		t.Errorf("a mark that was never given: %v", err)
	}
	select {
	case x := <-streams["other"].events:
		if x.event != "" && x.event != "checkpoint" {
			t.Errorf("a neighbour is told of %+v", x)
		}
	default:
	}
}
