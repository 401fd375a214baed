package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
)

// older stands before a pilot and shows its console as an earlier build would be: under other names. Once the upgrade is made it shows what
// the pilot has, and while it is away it answers nothing of the console.
func older(t *testing.T, pilot string) (address string, upgraded, away *atomic.Bool) {
	t.Helper()
	target, err := url.Parse(pilot)
	if err != nil {
		t.Fatal(err)
	}
	upgraded, away = new(atomic.Bool), new(atomic.Bool)
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(r *http.Response) error {
		if upgraded.Load() || r.Request.URL.Path != "/console/" {
			return nil
		}
		raw, err := io.ReadAll(r.Body)
		raw = bytes.ReplaceAll(raw, []byte(`src="/console/`), []byte(`src="/console/old/`))
		r.Header.Del("ETag") // it is another page
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
		r.Header.Set("Content-Length", strconv.Itoa(len(raw)))
		return err
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if away.Load() && strings.HasPrefix(r.URL.Path, "/console") {
			panic(http.ErrAbortHandler)
		}
		r.Header.Del("Accept-Encoding")
		if !upgraded.Load() {
			r.URL.Path = strings.ReplaceAll(r.URL.Path, "/old/", "/")
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, upgraded, away
}

// TestUpgradeInBrowser: while a page is open the console is upgraded. The screen that is opened next is no longer there under the name that
// the page knows: the page is loaded anew by itself, and shows it; the session has gone on. Where no answer comes at all the screen says
// so, and comes when it is asked for again.
func TestUpgradeInBrowser(t *testing.T) {
	o := newWorktop(t, 1280, 900)
	address, upgraded, away := older(t, o.address)
	o.do(chromedp.Navigate(address + "/console/"))
	o.press("中文")
	o.signsInAs(o.first())
	o.goes("")
	o.says("目前没有等待处理的事项")
	upgraded.Store(true)
	o.goes("topics")
	o.saysAnew("这一类目前没有开放的议题")
	if old := read(o.tab, chromedp.Evaluate[bool](`!!document.querySelector("script[src*='/old/']")`)); old {
		t.Error("the page is still the older one")
	}
	away.Store(true)
	o.goes("polls")
	o.says("服务器没有回答")
	o.usable("a screen that did not come")
	o.press("再试一次")
	away.Store(false)
	o.press("再试一次")
	o.saysAnew("尚无表决")
}

// saysAnew is says where the page is loaded anew meanwhile: what asks the page then gets no answer, and asks again.
func (o *worktop) saysAnew(words string) {
	o.Helper()
	says := chromedp.Poll[bool](`document.querySelector("main")?.innerText.includes(` + strconv.Quote(words) + `)`)
	for _, err := chromedp.Run(o.ctx, says); err != nil; _, err = chromedp.Run(o.ctx, says) {
		if o.ctx.Err() != nil {
			o.Fatalf("the page does not say %s: %v", words, err)
		}
	}
}
