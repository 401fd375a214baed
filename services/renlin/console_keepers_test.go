package main

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// TestTrusteesTakeTwoInBrowser: an officer leaves a trustee out of the list and is told what the rules would say of what remains; the list
// is signed, nothing has happened by that alone, and an officer of another organisation reads in words who stays and who goes.
func TestTrusteesTakeTwoInBrowser(t *testing.T) {
	o := newWorktop(t, 360, 740)
	o.goes("polls/keepers")
	o.says("开票受托人")
	o.press("更换开票受托人")
	o.says("与现任名单相同")
	o.picture("console-keepers-360")
	o.usable("keepers")
	o.press("移出")
	o.until(`/规则会拒绝|可以签名/.test(document.querySelector("main").innerText)`)
	o.press("签名任命")
	o.marksWhatIsHeard()
	o.press("签名并等待会签")
	o.hears("已签名，尚未生效")
	o.says("仅有一个签名不会生效")
	other := o.beside(o.second())
	other.do(chromedp.EmulateViewport(360, 740))
	other.goes("cosignings")
	other.says("任命开票受托人")
	other.says("卸任：")
	other.picture("console-cosign-trustees-360")
	other.usable("cosign trustees")
}
