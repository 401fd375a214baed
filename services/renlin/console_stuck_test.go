package main

import (
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// TestStuckInBrowser: where the words of the console do not come, the page says at once that nothing opens, in both languages, and its
// link opens it as soon as they do come.
func TestStuckInBrowser(t *testing.T) {
	b := browser(t)
	address, _ := startPilot(t)
	o := &worktop{tab: b, address: address}
	protocol(b, network.Enable, network.EnableParams{})
	block := func(patterns ...*network.BlockPattern) {
		protocol(b, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: patterns})
	}
	block(&network.BlockPattern{URLPattern: "*://*:*/console/zh-*.js", Block: true},
		&network.BlockPattern{URLPattern: "*://*:*/console/en-*.js", Block: true})
	b.do(chromedp.EmulateViewport(360, 740), chromedp.Navigate(address+"/console/"))
	o.appears(".stuck.now")
	b.picture("console-stuck-360")
	b.tabsThrough("stuck")
	block()
	b.do(chromedp.Focus(".stuck a"), chromedp.KeyEvent("\r"), chromedp.WaitVisible("main h1"))
	if left := read(b, chromedp.Evaluate[bool](`!!document.querySelector(".stuck")`)); left {
		t.Error("it still says that nothing opens")
	}
}
