package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// TestConflictsSayTheRules: what the console says of a conflict of interest before somebody signs is, word for word, what the rule would
// say after it.
func TestConflictsSayTheRules(t *testing.T) {
	t.Parallel()
	made := map[string]*fault.Fault{}
	for _, m := range fault.All() {
		made[m.Fault.Code] = m.Fault
	}
	for _, language := range []string{"zh", "en"} {
		raw, err := os.ReadFile(filepath.Join("..", "gateway", "console", "src", "words", language+".json"))
		if err != nil {
			t.Fatal(err)
		}
		words, said := map[string]string{}, 0
		if err := json.Unmarshal(raw, &words); err != nil {
			t.Fatal(err)
		}
		for key, text := range words { // any order: each by itself
			code, ok := strings.CutPrefix(key, "rule.")
			if !ok {
				continue
			}
			said++
			f := made[code]
			if f == nil {
				t.Errorf("%s: no rule refuses with %s", language, code)
			} else if want := map[string]string{"zh": f.Chinese, "en": f.English}[language]; text != want {
				t.Errorf("%s: of %s the console says %q, the rule %q", language, code, text, want)
			}
		}
		if said == 0 {
			t.Error("the console says nothing of conflicts")
		}
	}
}

// paid has the first officer propose a payment that is carried out once it is agreed to, and answers it.
func (o *worktop) paid(from, to string) (transfer string) {
	o.Helper()
	d := o.actsAs(o.first())
	sealed, err := d.PutText(o.T.Context(), d.Member, "冬季互助款")
	if err != nil {
		o.Fatal(err)
	}
	a, err := d.Do(o.T.Context(), "ledger.propose", "transfers", &ledgerv1.ProposeTransfer{
		Lines: []*ledgerv1.Line{{From: from, To: to, Amount: 100_00}}, Purpose: neighbourhood.Text(sealed), PostWhenApproved: true,
	})
	if err != nil {
		o.Fatal(err)
	}
	return o.made(a, "transfer")
}

// checked is the second officer's word.
func (o *worktop) checked(transfer string) error {
	o.Helper()
	_, err := o.actsAs(o.second()).Do(o.T.Context(), "ledger.approve", "transfers/"+transfer+"/approvals",
		&ledgerv1.ApproveTransfer{Transfer: transfer})
	return err
}

// TestConflictInBrowser: a payment goes to somebody who lives with the officer who would check it. The console says so in the rule's words
// before they sign, and offers no button; and the rule refuses it in the same words when they sign all the same.
func TestConflictInBrowser(t *testing.T) {
	o := newWorktop(t, 1280, 900)
	first, payee := o.actsAs(o.first()), o.resident(0).Member
	units, err := first.Records(t.Context(), "unit", "", 1)
	if err != nil || len(units.Records) == 0 {
		t.Fatal(err)
	}
	if _, err := first.Do(t.Context(), "community.form_household", "households", &communityv1.FormHousehold{
		Household: client.NewID(), Unit: strings.TrimPrefix(units.Records[0].Path, "unit/"), Members: []string{payee, o.second().Member},
	}); err != nil {
		t.Fatal(err)
	}
	source := o.account(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_SOURCE, Name: "街道拨款 / Grant"})
	fund := o.account(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_FUND, Name: "互助资金 / Mutual aid"})
	budget := o.account(&ledgerv1.OpenAccount{
		Kind: ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, Name: "冬季预算 / Winter", Fund: fund,
		From: time.Now().Add(-time.Minute).UnixMilli(), Until: time.Now().Add(24 * time.Hour).UnixMilli(),
	})
	to := o.account(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE, Owner: payee})
	for _, way := range [][2]string{{source, fund}, {fund, budget}} {
		if err := o.checked(o.paid(way[0], way[1])); err != nil {
			t.Fatal(err)
		}
	}
	transfer := o.paid(budget, to)
	other := o.beside(o.second())
	other.do(chromedp.EmulateViewport(360, 740))
	other.goes("ledger/" + transfer)
	other.says("利益冲突： 任何人不得经办给本人或同住家人的款项。")
	if text := read(other.tab, chromedp.Text("main")); strings.Contains(text, "复核并同意") {
		t.Errorf("there is a button all the same: %s", text)
	}
	other.picture("console-conflict-360")
	other.usable("conflict")
	if err := o.checked(transfer); fault.Of(err).Code != "transfer.related" {
		t.Errorf("who signs all the same: %v", err)
	}
	o.goes("ledger/" + transfer) // a colleague of whoever proposed it lives with nobody whom it pays
	o.says("提出或复核这笔款项的已有本组织的人")
	if text := read(o.tab, chromedp.Text("main")); strings.Contains(text, "利益冲突") {
		t.Errorf("a colleague of the proposer is marked: %s", text)
	}
}
