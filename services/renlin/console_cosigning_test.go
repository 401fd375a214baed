package main

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"renlin.dev/pkg/fault"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// TestTwoSignaturesInBrowser: an officer signs that plans are carried out at once, and is told that this alone changes nothing; the record
// is as it was, and the rules refuse one signature. In another tab an officer of another organisation reads what waits, signs too, and the
// first sees the emergency begin. A new rulebook goes the same way: what it changes is told in words to both before they sign.
func TestTwoSignaturesInBrowser(t *testing.T) {
	o := newWorktop(t, 1280, 900)
	o.goes("matching")
	o.press("切换为自动或紧急")
	o.fills("hours", "2")
	o.press("签名并等待会签")
	o.says("已签名，尚未生效")
	o.says("仅有一个签名不会生效")
	o.says("建议（由人签署）")
	o.picture("console-mode-first-1280")
	until := time.Now().Add(time.Hour).UnixMilli()
	_, err := o.actsAs(o.first()).Do(t.Context(), "matching.set_mode", "matching/mode",
		&matchingv1.SetMode{Mode: matchingv1.Mode_MODE_EMERGENCY, Until: until})
	if code := fault.Of(err).Code; code != "mode.second_org" {
		t.Errorf("one signature: %s", code)
	}
	other := o.beside(o.second())
	other.do(chromedp.EmulateViewport(360, 740))
	other.goes("cosignings")
	other.says("切换派单方式")
	other.says("紧急自动")
	other.picture("console-cosignings-360")
	other.usable("cosignings")
	other.press("会签并执行")
	other.says("已会签，已载入记录")
	other.says("目前没有等待会签的事项")
	o.says("到期自动恢复为建议")
	o.says("立即恢复为建议")

	o.goes("rules/amend")
	o.says("与现行规约没有区别")
	o.fills("members", "7")
	o.press("记入草案")
	o.says("支持人数门槛：")
	o.press("签名并等待会签")
	o.says("仅有一个签名不会生效")
	o.picture("console-rulebook-1280")
	o.usable("rulebook")
	other.says("修订规约")
	other.says("→ 7")
	other.picture("console-cosign-rulebook-360")
	other.usable("cosign a rulebook")
	other.press("会签并执行")
	other.says("已会签，已载入记录")
	o.goes("rules")
	o.says("第 2 版")
	o.picture("console-rules-2-1280")
	o.goes("rules/history")
	o.says("由两个组织的负责人共同签署")
	o.says("随社区成立而生效")
	o.press("与第 1 版相比改了什么")
	o.says("支持人数门槛：")
	o.says("→ 7")
	o.picture("console-rules-history-1280")
	o.usable("rules history")
}
