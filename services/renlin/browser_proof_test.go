package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"rsc.io/qr"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/merkle"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// TestReceiptElsewhereInBrowser: a receipt behind an address's # is checked by a browser that has never been there, and stands in the
// address no more; one in a picture of a code is read out of it; a picture without a code is said to be one.
func TestReceiptElsewhereInBrowser(t *testing.T) {
	f := newFaced(t)
	fresh := browser(t)
	fresh.language("zh-CN")
	fresh.do(chromedp.Navigate(f.url("/receipt#" + strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(f.receipt))))
	if verdict := fresh.verdict(); !strings.Contains(verdict, "回执有效") || !strings.Contains(verdict, "1 个见证方") {
		t.Errorf("in a fresh browser: %q", verdict)
	}
	if left := read(fresh, chromedp.Evaluate[string](`location.hash`)); left != "" {
		t.Errorf("the address still holds %q", left)
	}
	code, err := qr.Encode(f.receipt, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	picture, empty := filepath.Join(dir, "code.png"), filepath.Join(dir, "empty.png")
	code.Scale = 4
	if err := os.WriteFile(picture, code.PNG(), 0o600); err != nil {
		t.Fatal(err)
	}
	const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
	blank, err := base64.StdEncoding.DecodeString(dot)
	if err == nil {
		err = os.WriteFile(empty, blank, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	fresh.do(chromedp.Navigate("about:blank"), chromedp.Navigate(f.url("/receipt")), chromedp.WaitVisible("#receipt"))
	fresh.do(chromedp.SetUploadFiles("#file", []string{empty}), chromedp.WaitVisible("#picture-note"))
	fresh.do(chromedp.SetUploadFiles("#file", []string{picture}))
	if verdict := fresh.verdict(); !strings.Contains(verdict, "回执有效") {
		t.Errorf("from a picture: %q", verdict)
	}
	fresh.picture("receipt-from-picture")
}

// verdict waits for the outcome of a check.
func (b *tab) verdict() string {
	b.Helper()
	read(b, chromedp.Poll[bool](`document.querySelector("#verdict")?.textContent.length > 0 && (!document.querySelector("#check") ||
	  !!document.querySelector("#verdict.bad") || !!document.querySelector("#steps li:nth-child(5)"))`))
	return read(b, chromedp.TextContent("#verdict"))
}

// compared has the page hold two checkpoints against each other.
func (b *tab) compared(older, newer string) (verdict, last string) {
	b.Helper()
	set := fmt.Sprintf(`document.getElementById("older").value = %q; document.getElementById("newer").value = %q;
	  document.getElementById("verdict").textContent = ""; true`, older, newer)
	read(b, chromedp.Evaluate[bool](set))
	b.do(chromedp.Focus("#compare button[type=submit]"), chromedp.KeyEvent("\r"))
	return b.verdict(), read(b, chromedp.TextContent("#steps li:last-child"))
}

// TestProofInBrowser: an auditor who has not signed in chooses two checkpoints of the list, and their own browser says that the one
// continues the other; one in which something was changed is no checkpoint.
func TestProofInBrowser(t *testing.T) {
	b := browser(t)
	f := newFaced(t)
	b.language("zh-CN")
	b.do(chromedp.Navigate(f.url("/proof")), chromedp.WaitVisible("#older"))
	const last = `document.querySelectorAll("tbody tr").length`
	if n := read(b, chromedp.Evaluate[int](last)); n < 2 {
		t.Fatalf("%d checkpoints are listed", n)
	}
	b.do(chromedp.Focus("tbody tr:last-child [data-as=older]"), chromedp.KeyEvent("\r"))
	older := read(b, chromedp.Evaluate[string](`document.getElementById("older").value`))
	newer := read(b, chromedp.Evaluate[string](`document.getElementById("newer").value`))
	verdict, _ := b.compared(older, newer)
	if !strings.Contains(verdict, "前后一致") || !strings.Contains(verdict, "1 个见证方") {
		t.Errorf("%q", verdict)
	}
	b.picture("proof-continues")
	lines := strings.Split(older, "\n")
	lines[1] += "0"
	verdict, step := b.compared(strings.Join(lines, "\n"), newer)
	if verdict != "校验失败。" || !strings.Contains(step, "较早的检查点不是本社区日志签署的") {
		t.Errorf("another size: %q, %q", verdict, step)
	}
}

// TestForkInBrowser: an operator puts back an old copy of everything but what the witness remembers, and writes another history. The
// witness does not confirm it, and the page of the record says that there are two; an auditor's browser finds it out too, by a checkpoint
// that they kept.
func TestForkInBrowser(t *testing.T) {
	b := browser(t)
	cfg := testPilot(t)
	address, stop := watchPilot(t, t.Context(), cfg, io.Discard)
	n, err := neighbourhood.Found(t.Context(), client.New(address), neighbourhood.Plan{
		Name: "Forked", Rulebook: directRulebook,
		First:  &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE, Name: "Committee"},
		Second: &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_OWNERS_COMMITTEE, Name: "Owners"},
	})
	if err != nil {
		t.Fatal(err)
	}
	admitted(t, n, address, 2)
	stop()
	old := t.TempDir()
	copyTree(t, cfg.data, filepath.Join(old, "data"))
	copyTree(t, cfg.state, filepath.Join(old, "state"))

	address, stop = watchPilot(t, t.Context(), cfg, io.Discard)
	admitted(t, n, address, 3)
	kept := fetched(t, address+"/log/"+n.Community+"/checkpoint")
	stop()

	remembered := filepath.Join(cfg.state, "witness")
	copyTree(t, remembered, filepath.Join(old, "witness"))
	remove(t, cfg.data)
	remove(t, cfg.state)
	copyTree(t, filepath.Join(old, "data"), cfg.data)
	copyTree(t, filepath.Join(old, "state"), cfg.state)
	remove(t, remembered)
	copyTree(t, filepath.Join(old, "witness"), remembered)

	address, _ = watchPilot(t, t.Context(), cfg, io.Discard)
	for range 5 {
		admit(t, n, address)
	}
	page := address + "/c/" + n.Community
	soon, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = neighbourhood.Eventually(soon, "the page says so", func() error {
		if !strings.Contains(fetched(t, page+"/record"), "发现分叉") {
			return errors.New("not yet")
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, fetched(t, page+"/record"))
	}
	b.language("zh-CN")
	b.do(chromedp.Navigate(page+"/record"), chromedp.WaitVisible(".notice.bad"))
	if said := read(b, chromedp.TextContent(".notice.bad")); !strings.Contains(said, "公证：") || !strings.Contains(said, "发现分叉") {
		t.Errorf("the page says %q", said)
	}
	b.picture("record-forked")
	b.do(chromedp.Navigate(page+"/proof"), chromedp.WaitVisible("#older"))
	published := read(b, chromedp.Evaluate[string](`document.getElementById("newer").value`))
	if verdict, step := b.compared(published, kept); verdict != "校验失败。" || !strings.Contains(step, "所提供的不是所签署的") {
		t.Errorf("an auditor with a checkpoint of the other history: %q, %q", verdict, step)
	}
	b.picture("proof-forked")
}

// admit admits somebody by the first officer's device.
func admit(t *testing.T, n *neighbourhood.Neighbourhood, address string) (position uint64) {
	t.Helper()
	d := *n.First.Device
	d.Gateway = client.New(address)
	answer, err := d.Do(t.Context(), "community.admit_member", "members", &communityv1.AdmitMember{Member: client.NewID()})
	if err != nil {
		t.Fatal(err)
	}
	return answer.Position
}

// admitted admits so many and waits until a witnessed checkpoint covers them.
func admitted(t *testing.T, n *neighbourhood.Neighbourhood, address string, people int) {
	t.Helper()
	var end uint64
	for range people {
		end = admit(t, n, address)
	}
	soon, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := neighbourhood.Eventually(soon, "checkpoint", func() error {
		point, err := merkle.Peek([]byte(fetched(t, address+"/log/"+n.Community+"/checkpoint")))
		if err == nil && point.Size < end {
			err = fmt.Errorf("it covers %d of %d", point.Size, end)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// fetched reads what anybody may.
func fetched(t *testing.T, address string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Language", "zh-CN")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// saysOnPage wants the public page of the record to say all of this.
func (c *chamber) saysOnPage(all ...string) {
	c.Helper()
	page := fetched(c.T, c.shell.address+"/c/"+c.Community+"/record")
	for _, want := range all {
		if !strings.Contains(page, want) {
			c.Errorf("the page of the record does not say %q:\n%s", want, page)
		}
	}
}
