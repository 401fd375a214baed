package vault_test

import (
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/fault"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/vault/internal/reading"
)

// Words that stand on the record open to nobody else by being called what shows that a notice came.
func TestClosedWordsCalledEvidence(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]func(w *world){
		"a report of work": func(w *world) {
			w.factBy(id("ann"), "work/"+id("w"), &ledgerv1.WorkReported{Worker: id("ann"), Counterparty: id("bob"), What: text("closed")})
		},
		"an objection": func(w *world) {
			w.factBy(id("ann"), "poll/"+id("poll")+"/objection/"+id("ann"), &votingv1.ObjectionRaised{Text: text("closed")})
		},
		"a paper": func(w *world) {
			w.fact("poll/"+id("poll")+"/paper/"+id("ann"), &votingv1.PaperEntered{Evidence: text("closed")})
		},
		"a mandate's proxy": func(w *world) {
			w.factBy(id("ann"), "mandate/"+id("m"), &communityv1.MandateGranted{Proxy: text("closed")})
		},
		"another notice's receipt": func(w *world) {
			w.fact("poll/"+id("other")+"/delivery/"+id("ann"), &votingv1.NoticeDelivered{Evidence: text("closed")})
		},
		"a draft that was looked at": func(w *world) {
			if _, err := w.try("vault.read", &vaultv1.ReadText{
				Ref: ref("closed"), Subject: id("ann"), Purpose: own, ReaderKey: key("reader"),
			}, "ann"); err != nil {
				t.Fatal(err)
			}
		},
	} {
		for at, evidence := range map[string]proto.Message{
			addresseePath: &aidv1.PolicyNoticeReached{Evidence: text("closed"), By: []string{id("off")}},
			deliveryPath:  &votingv1.NoticeDelivered{Evidence: text("closed")},
		} {
			w := newWorld(t)
			before(w)
			w.factBy(id("off"), at, evidence)
			for who, purpose := range map[string]vaultv1.Purpose{"off": service, "grid": service, "aud": audit} { // each is a case of its own
				if got := w.reads(who, at, "ann", "closed", purpose); got != reading.ErrNotNamed.Code {
					t.Errorf("%s, read by %s at %s: %q", name, who, at, got)
				}
			}
		}
	}
	w := newWorld(t) // what is new opens, and again when it is named once more there
	w.factBy(id("off"), addresseePath, &aidv1.PolicyNoticeReached{Evidence: text("slip"), By: []string{id("off")}})
	if got := w.reads("grid", addresseePath, "ann", "slip", service); got != "" {
		t.Errorf("a receipt: %q", got)
	}
}

// What was said in a case opens to nobody else by being called the words of an alert, a visit or another case; those of an alert that
// became a case are both's.
func TestWordsOfACaseCalledAnother(t *testing.T) {
	t.Parallel()
	second := "aid-case/" + id("second")
	alertRead := func(w *world, who, at, words string) error {
		_, err := w.try("vault.read", &vaultv1.ReadText{
			Ref: ref(words), Subject: id("file"), Purpose: vaultv1.Purpose_PURPOSE_AID, NamedBy: at, ReaderKey: key("reader"),
		}, who)
		return err
	}
	for _, row := range []struct {
		name, who, at, words string
		given                func(w *world)
		want                 *fault.Fault
	}{
		{"an alert", "off", alertPath, "request", func(w *world) {
			w.fact(alertPath, &aidv1.AlertTriaged{Text: text("request"), Case: id("second")})
		}, reading.ErrNotNamed},
		{"another case", "off", second, "request", func(w *world) {
			w.fact(second, &aidv1.AidRequested{Beneficiary: id("file"), Text: text("request")})
			w.fact(second, &aidv1.CaseAssigned{Org: id("org")})
		}, reading.ErrNotNamed},
		{"a visit", "grid", visitPath, "request", func(w *world) {
			w.fact(visitPath, &aidv1.VisitRecorded{Beneficiary: id("file"), By: id("grid"), Evidence: text("request")})
		}, reading.ErrNotNamed},
		{"a case out of an alert: there", "off", second, "danger", opened(second, true), nil},
		{"and here", "grid", alertPath, "danger", opened(second, true), nil},
		{"in either order", "off", second, "danger", opened(second, false), nil},
		{"of the facts", "grid", alertPath, "danger", opened(second, false), nil},
	} {
		w := needWorld(t)
		w.fact(casePath, &aidv1.CaseAssigned{Org: id("other"), Worker: id("x")}) // and no longer with the reader's organisation
		row.given(w)
		if err := alertRead(w, row.who, row.at, row.words); row.want == nil && err != nil || row.want != nil && !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", row.name, err, row.want)
		}
	}
}

// opened has an alert become a case, with one text for both.
func opened(aid string, alertFirst bool) func(w *world) {
	return func(w *world) {
		triaged := func() { w.fact(alertPath, &aidv1.AlertTriaged{Text: text("danger"), Case: id("second")}) }
		if alertFirst {
			triaged()
		}
		w.fact(aid, &aidv1.AidRequested{Beneficiary: id("file"), Text: text("danger")})
		w.fact(aid, &aidv1.CaseAssigned{Org: id("org")})
		if !alertFirst {
			triaged()
		}
	}
}
