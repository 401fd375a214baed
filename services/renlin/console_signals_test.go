package main

import (
	"encoding/hex"
	"testing"

	"github.com/chromedp/chromedp"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/client"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// rings has a resident with a file call for help.
func (o *worktop) rings(d *client.Device) {
	o.Helper()
	file := client.NewID()
	do := func(operation, path string, body proto.Message) {
		o.Helper()
		if _, err := d.Do(o.T.Context(), operation, path, body); err != nil {
			o.Fatal(err)
		}
	}
	do("aid.register", "beneficiaries", &aidv1.RegisterBeneficiary{Beneficiary: file, Member: d.Member})
	said, err := d.PutText(o.T.Context(), file, "摔倒了，起不来")
	if err != nil {
		o.Fatal(err)
	}
	do("aid.raise_alert", "alerts", &aidv1.RaiseAlert{
		Beneficiary: file, Kind: aidv1.SignalKind_SIGNAL_KIND_FALL, Level: aidv1.SignalLevel_SIGNAL_LEVEL_ALARM, Text: neighbourhood.Text(said),
	})
}

// TestAlertBecomesVisitInBrowser: a resident calls for help; on a telephone of 360 pixels an officer sees it with its clock, says that
// somebody goes, and follows the link to the case that has opened by itself.
func TestAlertBecomesVisitInBrowser(t *testing.T) {
	o := newWorktop(t, 360, 740)
	o.rings(o.live(0))
	o.goes("signals")
	o.says("跌倒")
	o.says("还剩")
	o.picture("console-signals-360")
	o.usable("signals")
	o.until(`(() => { const e = document.querySelector("select[name=outcome]"); e.value = "TRIAGE_OUTCOME_VISIT"; return e.value !== ""; })()`)
	o.until(`(() => { const e = document.querySelector("textarea[name=text]"); e.value = "已派人上门"; return true; })()`)
	o.press("签名并记录")
	o.says("派人上门，开立个案")
	o.picture("console-signals-looked-360")
	o.press("不采纳")
	o.press("签名并记录")
	o.says("已处理 1 条")
	o.press("个案 ")
	o.says("受理时限")
}

// TestSuppliesInBrowser: an officer opens a stock, which is short until something came; says what their organisation has room for, and
// announces what is on its way. Signed in to two communities, the street office sees of each what is late, short and unmet.
func TestSuppliesInBrowser(t *testing.T) {
	o := newWorktop(t, 1280, 900)
	o.goes("supplies")
	o.says("没有库存登记")
	o.press("开立库存")
	o.fills("stock-category", "food")
	o.fills("stock-unit", "meal")
	o.submits()
	o.says("0 份餐")
	o.press("申报本组织接收能力")
	o.fills("room-category", "food")
	o.fills("room-unit", "meal")
	o.fills("room-quantity", "200")
	o.submits()
	o.says("200 份餐")
	o.press("预告到达")
	o.fills("arrival-category", "food")
	o.fills("arrival-unit", "meal")
	o.fills("arrival-quantity", "50")
	o.submits()
	o.says("饮食 · 50 份餐")
	o.do(chromedp.EmulateViewport(360, 740))
	o.picture("console-supplies-360")
	o.usable("supplies")

	n, _ := foundVoters(t, o.address, 1)
	street := n.First.Device
	o.takeOver([]person{{
		Community: n.Community, Genesis: n.Genesis.String(), Member: street.Member, What: "officer", Seed: hex.EncodeToString(street.Key.Seed()),
	}}, 0)
	read(o.tab, chromedp.Evaluate[bool](`location.hash = "#/"; true`))
	const short = `[...document.querySelectorAll(".cards > li")].map((e) => /短缺库存\s*(\d)/.exec(e.innerText)?.[1]).sort().join()`
	o.until(short + ` === "0,1"`)
	o.until(`[...document.querySelectorAll(".cards > li")].filter((e) => /个案逾期\s*0/.test(e.innerText)).length === 2`)
	o.picture("console-overview-360")
	o.usable("overview")
}

// submits presses the button of the form that is open now, and waits until what it asked for has been done.
func (o *worktop) submits() {
	o.Helper()
	o.sends()
	o.until(`(() => { const open = [...document.querySelectorAll("details[open]")].filter((e) => e.querySelector(":scope > form > .good"));
	  for (const e of open) e.open = false; return open.length > 0; })()`)
}

// TestConsoleAxeInBrowser: axe-core finds nothing on the console's screens, with something on them, at 360 pixels.
func TestConsoleAxeInBrowser(t *testing.T) {
	o := newWorktop(t, 360, 740)
	o.rings(o.live(0))
	for _, screen := range []string{"signals", "supplies", "cosignings", "rules/amend", "matching", "inquiries", "rules"} {
		o.goes(screen)
		o.until(`!!document.querySelector("main h1") && !document.querySelector("main [aria-busy]")`)
		read(o.tab, chromedp.Evaluate[bool](`for (const e of document.querySelectorAll("main details")) e.open = true; true`))
		o.axe(screen)
	}
}

// TestPolicyNoticeInBrowser: an officer publishes what everybody should know, is told beforehand that it is for ever, and sees whom it has
// not reached.
func TestPolicyNoticeInBrowser(t *testing.T) {
	o := newWorktop(t, 360, 740)
	o.goes("notices")
	o.says("没有政策告知")
	o.press("发布政策告知")
	o.says("公开并永久保存")
	o.fills("title", "冬季取暖补贴")
	o.fills("text", "符合条件的住户请在十二月十五日前申请。")
	o.submits()
	o.says("符合条件的住户")
	o.press("送达情况")
	o.says("未送达的对象")
	o.picture("console-notices-360")
	o.usable("notices")
}
