package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"renlin.dev/pkg/telemetry/otlp"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// traceTo has every daemon send its traces to the gateway, as `renlin configure -traces` writes it.
func (a *apart) traceTo(address string) {
	a.t.Helper()
	for _, part := range bus.Parts() {
		file := filepath.Join(a.dir, "conf", part, part+".json")
		conf := map[string]any{}
		raw, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(raw, &conf)
		}
		if err != nil {
			a.t.Fatal(err)
		}
		conf["otlp"], conf["trace_ratio"] = otlp.Config{Endpoint: "http://" + address}, 1
		if part == bus.Gateway {
			conf["traces"] = tracesConfig{Listen: address}
		}
		if raw, err = json.Marshal(conf); err == nil {
			err = os.WriteFile(file, raw, 0o600)
		}
		if err != nil {
			a.t.Fatal(err)
		}
	}
}

// TestOperatorSeesAPartDieInBrowser: parts that run as processes of their own are told on one page. One is killed, and the page says so,
// within five seconds on a machine with nothing else to do; when it is back, it catches up with what was written meanwhile. A trace is of
// all processes that had a part in it.
func TestOperatorSeesAPartDieInBrowser(t *testing.T) {
	b := browser(t)
	a := newApart(t)
	a.traceTo(freePorts(t, 1)[0])
	a.startAll(t.Context(), a.names())
	x, err := neighbourhood.FoundExample(t.Context(), a.client(t.Context()), func(string, ...any) {})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(a.token())
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimSpace(string(raw))
	b.do(chromedp.Navigate(a.gateway+"/operator"), chromedp.WaitVisible("#token"), chromedp.Focus("#token"), chromedp.KeyEvent(token+"\r"),
		chromedp.WaitVisible("#verdict"), chromedp.Navigate(a.gateway+"/operator?every=2&lang="))
	await := func(what, selector string) time.Duration {
		t.Helper()
		began := time.Now()
		b.do(chromedp.WaitVisible(selector))
		took := time.Since(began)
		t.Logf("%s after %v", what, took)
		return took
	}
	await("all is well", "#verdict.good")
	a.kill(bus.Matching)
	if took := await("a part that was killed is seen", "#part-matching.failed"); took > 5*time.Second && os.Getenv("RENLIN_CI") != "" {
		t.Errorf("that took %v", took)
	}
	b.picture("operator-part-killed")
	d := x.Residents[0]
	answer := postTopic(t, d)
	a.start(bus.Matching)
	await("it is back", "#part-matching:not(.failed)")
	await("and all is well", "#verdict.good")
	if behind := read(b, chromedp.Evaluate[string](`document.querySelector("#part-matching td:last-child").textContent`)); behind != "0" {
		t.Errorf("it is %s commits behind", behind)
	}
	// What it catches up with is the topic: it answers for a record that goes as far as that.
	mine := fmt.Sprintf("/v1/communities/%s/matching/mine?min_index=%d", d.Community, answer.Position)
	if err := d.Get(t.Context(), mine, new(json.RawMessage)); err != nil {
		t.Errorf("it has not taken the topic in: %v", err)
	}
	o := &operated{address: a.gateway, token: token, community: d.Community, index: answer.Index}
	in := o.operator(t)
	trace := strings.TrimPrefix(toTrace.FindStringSubmatch(o.awaitTrace(t, in))[1], "/operator")
	var shown string
	err = neighbourhood.Eventually(brief(t.Context(), t), "one trace of all processes", func() error {
		_, page := in.get(trace)
		for _, want := range []string{"<td>gateway</td>", "<td>proposal</td>", "<td>sequencer</td>", "<td>audit</td>", "voting fold"} {
			if !strings.Contains(page, want) {
				shown = page
				return errMissing(want)
			}
		}
		return nil
	})
	if err != nil {
		t.Errorf("%v\n%s", err, shown)
	}
}

// errMissing is what a page has not shown yet.
type errMissing string

func (e errMissing) Error() string { return "there is no " + string(e) }
