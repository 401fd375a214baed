package vault_test

import (
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
)

// reads asks for words that somebody wrote, and answers the refusal's code.
func (w *world) reads(who, at, writer, words string, purpose vaultv1.Purpose) string {
	w.t.Helper()
	_, err := w.try("vault.read", &vaultv1.ReadText{
		Ref: ref(words), Subject: id(writer), Purpose: purpose, NamedBy: at, ReaderKey: key("reader"),
	}, who)
	if err == nil {
		return ""
	}
	return fault.Of(err).Code
}

const closed = "reading.purpose"

// TestWordsOfTransfers: whoever is to check can read what it is for; afterwards those who answer for it, and auditors.
func TestWordsOfTransfers(t *testing.T) {
	t.Parallel()
	w, at := newWorld(t), "transfer/"+id("t")
	office := map[string]string{"maker": "one", "checker": "two", "third": "three"}
	for _, name := range []string{"maker", "checker", "third"} {
		w.fact("member/"+id(name), &communityv1.MemberAdmitted{AdmittedBy: id("org")})
		w.fact("member/"+id(name), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_OFFICER, Org: id(office[name])})
		w.fact("key/"+chain.KeyID(key(name)), &communityv1.KeyEnrolled{Member: id(name), Key: key(name)})
	}
	check := func(when, words string, want map[string]string) {
		t.Helper()
		for who, code := range want { // any order: each is a case of its own
			if got := w.reads(who, at, "maker", words, service); got != code {
				t.Errorf("%s, %s reads %s: %q, want %q", when, who, words, got, code)
			}
		}
		if got := w.reads("aud", at, "maker", words, audit); got != "" {
			t.Errorf("%s, to audit: %s", when, got)
		}
	}
	w.factBy(id("maker"), at, &ledgerv1.TransferProposed{Purpose: text("lamps"), Org: id("one"), Checkers: 1})
	check("proposed", "lamps", map[string]string{
		"maker": "", "checker": "", "third": "", "ann": closed, "grid": closed, "hosted": closed, "aud": closed,
	})
	w.factBy(id("checker"), at, &ledgerv1.TransferApproved{By: id("checker"), Org: id("two")})
	w.factBy(id("maker"), at, &ledgerv1.TransferPosted{Amounts: []int64{1}, Evidence: text("receipt")})
	for _, words := range []string{"lamps", "receipt"} {
		check("posted", words, map[string]string{"maker": "", "checker": "", "third": closed, "off": closed, "ann": closed})
	}
	if got := w.reads("checker", at, "ann", "ann profile", service); got != "reading.not_named" {
		t.Errorf("a profile by calling it a receipt: %q", got)
	}
	if got := w.reads("maker", at, "maker", "lamps", own); got != "" {
		t.Errorf("one's own: %q", got)
	}
	if got := w.reads("off", "transfer/"+id("none"), "maker", "lamps", service); got != closed {
		t.Errorf("of no transfer: %q", got)
	}
	given := "transfer/" + id("given up")
	w.factBy(id("maker"), given, &ledgerv1.TransferProposed{Purpose: text("lamps"), Org: id("one"), Checkers: 1})
	w.factBy(id("maker"), given, &ledgerv1.TransferVoided{Reason: text("no lamps")})
	if got := w.reads("third", given, "maker", "no lamps", service) + w.reads("maker", given, "maker", "no lamps", service); got != closed {
		t.Errorf("given up: %q", got)
	}
}

// TestWordsOfTheLedger: papers are for officers, work and findings for whom they concern, all of them for auditors.
func TestWordsOfTheLedger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	work, pattern, holding := "work/"+id("w"), "pattern/"+id("p"), "holding/"+id("h")
	w.factBy(id("ann"), work, &ledgerv1.WorkReported{Worker: id("ann"), Counterparty: id("bob"), What: text("shopping")})
	w.factBy(id(""), pattern, &ledgerv1.PatternFlagged{Members: []string{id("ann"), id("bob")}})
	w.factBy(id("aud"), pattern, &ledgerv1.PatternAssessed{Reason: text("friends")})
	w.factBy(id("off"), holding, &ledgerv1.HoldingRegistered{Papers: text("deed")})
	w.factBy(id("off"), holding, &ledgerv1.HoldingReported{Evidence: text("photograph")})
	for _, row := range []struct{ at, writer, words, readers string }{
		{work, "ann", "shopping", "ann bob"}, {pattern, "aud", "friends", "ann bob"}, {holding, "off", "deed", "off"},
		{holding, "off", "photograph", "off"},
	} {
		for _, who := range []string{"ann", "bob", "off", "grid", "conv", "aud", "hosted"} {
			want := closed
			if who == row.readers || row.readers == "ann bob" && (who == "ann" || who == "bob") {
				want = ""
			}
			if got := w.reads(who, row.at, row.writer, row.words, service); got != want {
				t.Errorf("%s reads %s: %q, want %q", who, row.words, got, want)
			}
			if got := w.reads(who, row.at, row.writer, row.words, public); got != closed {
				t.Errorf("%s reads %s as public business: %q", who, row.words, got)
			}
			if got := w.reads(who, row.at, row.writer, row.words, audit); (got == "") != (who == "aud") {
				t.Errorf("%s audits %s: %q", who, row.words, got)
			}
		}
	}
}

// TestWordsOfClawbacks: whom it concerns reads why, and what was said against it; whoever may decide while it waits for that; and auditors.
func TestWordsOfClawbacks(t *testing.T) {
	t.Parallel()
	w, at := newWorld(t), "clawback/"+id("w")
	check := func(when, writer, words, readers string) {
		t.Helper()
		for _, who := range []string{"ann", "bob", "off", "grid", "conv", "aud", "hosted"} {
			want := closed
			if strings.Contains(readers, who) {
				want = ""
			}
			if got := w.reads(who, at, writer, words, service); got != want {
				t.Errorf("%s, %s reads %s: %q, want %q", when, who, words, got, want)
			}
			if got := w.reads(who, at, writer, words, audit); (got == "") != (who == "aud") {
				t.Errorf("%s, %s audits %s: %q", when, who, words, got)
			}
		}
		if got := w.reads(writer, at, writer, words, own); got != "" {
			t.Errorf("%s, one's own: %q", when, got)
		}
	}
	w.factBy(id("aud"), at, &ledgerv1.ClawbackProposed{Worker: id("ann"), Counterparty: id("bob"), Reason: text("never there")})
	check("found", "aud", "never there", "ann bob")
	w.factBy(id("ann"), at, &ledgerv1.ClawbackAppealed{Reason: text("I was")})
	check("appealed", "aud", "never there", "ann bob off")
	check("appealed", "ann", "I was", "ann bob off")
	w.factBy(id("off"), at, &ledgerv1.AppealDecided{Granted: true, Reason: text("seen there")})
	for words, writer := range map[string]string{"never there": "aud", "I was": "ann", "seen there": "off"} { // each is a case of its own
		check("decided", writer, words, "ann bob")
	}
	if got := w.reads("bob", at, "ann", "ann profile", service); got != "reading.not_named" {
		t.Errorf("a profile by calling it an appeal: %q", got)
	}
	w.factBy(id("ann"), "clawback/"+id("late"), &ledgerv1.ClawbackAppealed{Reason: text("late")})
	w.factBy(id(""), "clawback/"+id("late"), &ledgerv1.ClawbackDropped{})
	if got := w.reads("off", "clawback/"+id("late"), "ann", "late", service); got != closed {
		t.Errorf("an appeal that nobody decided: %q", got)
	}
}
