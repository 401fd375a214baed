package main

import (
	"encoding/json"
	"testing"

	"github.com/chromedp/chromedp"

	"renlin.dev/pkg/client"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// sends presses the button of the form that is open now.
func (o *worktop) sends() {
	o.Helper()
	o.until(`(() => { const e = [...document.querySelectorAll("details[open] > form > button")].pop();
	  e?.focus(); return !!e && document.activeElement === e; })()`)
	o.do(chromedp.KeyEvent("\r"))
}

// TestArrivalIsMetInBrowser: an officer announces what comes and is told, before signing, that an alarm follows where nobody takes it in.
// An officer of another organisation says that they have the room, and the rule names them: it waits for them, first of all. Less comes
// than was announced; that was said beforehand too, and is said aloud when it is done. A counting tells its difference while it is typed.
func TestArrivalIsMetInBrowser(t *testing.T) {
	o := newWorktop(t, 1280, 900)
	o.goes("supplies")
	o.press("预告到达")
	o.fills("arrival-category", "food")
	o.fills("arrival-unit", "meal")
	o.fills("arrival-quantity", "50")
	o.says("没有接收单位，将发出警报并上报")
	o.picture("console-announce-1280")
	o.submits()
	o.says("无人接收。")
	o.says("等您落实接收单位")
	other := o.beside(o.second())
	other.do(chromedp.EmulateViewport(360, 740))
	other.goes("supplies")
	other.press("申报本组织接收能力")
	other.fills("room-category", "food")
	other.fills("room-unit", "meal")
	other.fills("room-quantity", "60")
	other.submits()
	other.says("等您登记到达")
	other.press("开立库存")
	other.fills("stock-category", "food")
	other.fills("stock-unit", "meal")
	other.submits()
	other.press("登记到达")
	other.fill("input[id^=came-]:not([name=evidence])", "40")
	other.says("比预告少 10")
	other.until(`(() => { const e = document.querySelector("select[id^=stock-][name=stock]");
	  e.selectedIndex = 1; return e.selectedIndex === 1; })()`)
	other.fill("input[id^=came-evidence]", "送货单，短少一箱")
	other.picture("console-take-in-360")
	other.marksWhatIsHeard()
	other.sends()
	other.hears("已记录。")
	other.says("已到 40，缺 10")
	other.says("到达数量不足")
	other.says("40 份餐")
	other.press("盘点")
	other.fill("input[id^=count-]", "38")
	other.says("比账面少 2，将记为盘亏")
	other.fill("input[id^=evidence-]", "两份破损")
	other.submits()
	other.says("38 份餐")
	other.picture("console-supplies-met-360")
	other.usable("supplies")
}

// moved has the first officer put money into a fund, which the second agrees to.
func (o *worktop) moved() (transfer string) {
	o.Helper()
	source := o.account(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_SOURCE, Name: "街道拨款 / Grant"})
	fund := o.account(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_FUND, Name: "互助资金 / Mutual aid"})
	maker := o.actsAs(o.first())
	sealed, err := maker.PutText(o.T.Context(), maker.Member, "冬季互助启动款")
	if err != nil {
		o.Fatal(err)
	}
	a, err := maker.Do(o.T.Context(), "ledger.propose", "transfers", &ledgerv1.ProposeTransfer{
		Lines: []*ledgerv1.Line{{From: source, To: fund, Amount: 1234_50}}, Purpose: neighbourhood.Text(sealed), PostWhenApproved: true,
	})
	if err != nil {
		o.Fatal(err)
	}
	transfer = o.made(a, "transfer")
	o.agrees(o.actsAs(o.second()), transfer)
	return transfer
}

// agrees has a checker agree to a transfer.
func (o *worktop) agrees(d *client.Device, transfer string) {
	o.Helper()
	_, err := d.Do(o.T.Context(), "ledger.approve", "transfers/"+transfer+"/approvals", &ledgerv1.ApproveTransfer{Transfer: transfer})
	if err != nil {
		o.Fatal(err)
	}
}

// TestCorrectionInBrowser: of what was carried out by mistake a part goes back by an entry of its own. That more than is left would be
// refused is said while it is typed; the entry waits for another organisation; then the first one says how much of it was taken back.
func TestCorrectionInBrowser(t *testing.T) {
	o := newWorktop(t, 360, 740)
	wrong := o.moved()
	o.goes("ledger/" + wrong)
	o.press("更正这笔款项")
	o.says("最多可退回 ¥1,234.50")
	o.fills("line-0", "2000")
	o.says("超过这条明细尚可退回的金额")
	o.fills("line-0", "34.50")
	o.fills("correct-purpose", "金额多写了")
	o.picture("console-correction-360")
	o.usable("correction")
	o.marksWhatIsHeard()
	o.sends()
	o.hears("已提出更正，等待另一组织复核。")
	page, err := o.actsAs(o.first()).Records(t.Context(), "transfer", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range page.Records {
		var one struct{ Corrects string }
		if err := json.Unmarshal(r.State, &one); err != nil {
			t.Fatal(err)
		}
		if one.Corrects == wrong {
			o.agrees(o.actsAs(o.second()), r.Path[len("transfer/"):])
		}
	}
	o.says("已冲回 ¥34.50")
	o.says("最多可退回 ¥1,200.00")
}
