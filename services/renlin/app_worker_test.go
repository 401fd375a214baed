package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"
)

// rebuilt is a gateway that shows another build of the app when newer is set, and none at all when away is.
type rebuilt struct {
	newer, away atomic.Bool
}

func (r *rebuilt) before(t *testing.T, address string) string {
	t.Helper()
	pilot, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(pilot)
			p.Out.Header.Del("Accept-Encoding")
			p.Out.Header.Del("If-None-Match")
		},
		ModifyResponse: r.rebuild,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if r.away.Load() {
			panic(http.ErrAbortHandler) // as if nobody were there
		}
		proxy.ServeHTTP(w, request)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// rebuild marks the first page of the newer build, and says so in the worker of that build.
func (r *rebuilt) rebuild(answer *http.Response) error {
	path := answer.Request.URL.Path
	if !r.newer.Load() || path != "/app/" && path != "/app/index.html" && path != "/app/worker.js" {
		return nil
	}
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	mark := func(page []byte) []byte {
		return bytes.Replace(page, []byte("<head>"), []byte(`<head><meta name="build" content="newer">`), 1)
	}
	if path != "/app/worker.js" {
		raw = mark(raw)
	} else {
		page, err := http.Get("http://" + answer.Request.URL.Host + "/app/index.html")
		if err != nil {
			return err
		}
		defer page.Body.Close()
		first, err := io.ReadAll(page.Body)
		if err != nil {
			return err
		}
		of := func(b []byte) []byte { sum := sha256.Sum256(b); return []byte(hex.EncodeToString(sum[:])) }
		raw = bytes.Replace(raw, of(first), of(mark(first)), 1)
		raw = bytes.Replace(raw, []byte(`"renlin-app-`), []byte(`"renlin-app-newer-`), 1)
	}
	answer.Header.Set("Content-Length", strconv.Itoa(len(raw)))
	answer.Header.Del("ETag")
	answer.Body = io.NopCloser(bytes.NewReader(raw))
	return nil
}

// TestWorkerInBrowser: the app's worker keeps the files of one build and nothing that the gateway says. Nobody is left with an old build:
// a newer one, which is fetched when the app is opened, is there when it is opened next, and is what opens without a network.
func TestWorkerInBrowser(t *testing.T) {
	b := browser(t)
	pilot, _ := startPilot(t)
	foundVoters(t, pilot, 1)
	r := &rebuilt{}
	address := r.before(t, pilot)
	open := func() (newer bool) {
		t.Helper()
		b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(address+"/app/"), chromedp.WaitVisible(".face .title"))
		return read(b, chromedp.Evaluate[bool](`!!document.querySelector("meta[name=build]")`))
	}
	const kept = `navigator.serviceWorker.ready.then(async () => { const all = [];
	  for (const name of await caches.keys()) for (const r of await (await caches.open(name)).keys()) all.push(new URL(r.url).pathname);
	  return all.sort(); })`
	open()
	b.do(chromedp.WaitVisible("#enrol")) // the gateway was asked
	files := read(b, chromedp.Evaluate[[]string](kept, chromedp.EvalAwaitPromise))
	if !slices.Contains(files, "/app/index.html") || !slices.Contains(files, "/app/js/app.js") {
		t.Errorf("kept: %v", files)
	}
	for _, f := range files {
		if !strings.HasPrefix(f, "/app/") || strings.HasSuffix(f, "worker.js") {
			t.Errorf("%s is kept", f)
		}
	}
	r.newer.Store(true)
	// A browser looks for a newer worker a while after the app was opened, when it has nothing else to do: it may have after the first time,
	// and then the newer build is shown at once. Else it is told to look.
	if !open() {
		const waits = `navigator.serviceWorker.getRegistration("/app/").then((r) => r.update().then(() => !!r.waiting))`
		read(b, chromedp.Poll[bool](waits, chromedp.WithPollingInterval(time.Second), chromedp.WithPollingTimeout(2*time.Minute)))
		if !open() {
			t.Error("the older build is shown, though a newer one was there")
		}
	}
	const one = `caches.keys().then((all) => all.length === 1 && all[0].startsWith("renlin-app-newer-"))`
	// The older worker goes when it has nothing more to do. Of one that is watched the browser believes that after minutes: here it is ended.
	if !read(b, chromedp.Evaluate[bool](one, chromedp.EvalAwaitPromise)) {
		protocol(b, serviceworker.Enable, cdp.Empty{})
		protocol(b, serviceworker.StopAllWorkers, cdp.Empty{})
	}
	read(b, chromedp.Poll[bool](one, chromedp.WithPollingInterval(time.Second), chromedp.WithPollingTimeout(2*time.Minute)))
	r.away.Store(true)
	if !open() {
		t.Error("without a gateway the older build is shown")
	}
	r.away.Store(false)
}
