package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// axeFile is where npm ci puts the rules of accessibility that others have written down as a program. Nothing of it is served.
const axeFile = "testdata/axe/node_modules/axe-core/axe.min.js"

// axe has axe-core look at the page as it is shown just now, and wants nothing that breaks WCAG 2.2 A or AA. Where it is not installed the
// test is left out, so it stands in tests of its own; where .ci/run has installed it and says so it must be there. It is put into the page
// by the browser's protocol, so that the page's policy of contents stays as it is.
func (b *tab) axe(at string) {
	b.Helper()
	source, err := os.ReadFile(axeFile)
	switch {
	case errors.Is(err, fs.ErrNotExist) && os.Getenv("RENLIN_BROWSER") == "1":
		b.Fatal("axe-core is not installed, and RENLIN_BROWSER=1 asks for it: npm ci --ignore-scripts in services/renlin/testdata/axe")
	case errors.Is(err, fs.ErrNotExist):
		b.Skip("axe-core is not installed: npm ci --ignore-scripts in services/renlin/testdata/axe")
	case err != nil:
		b.Fatal(err)
	}
	read(b, chromedp.Evaluate[bool](string(source)+"; typeof axe === 'object'"))
	const look = `axe.run(document, {
	  runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]}, resultTypes: ["violations"],
	}).then((r) => ({rules: r.passes.length + r.violations.length,
		  violations: r.violations.flatMap((v) => v.nodes.map((n) => [v.id, v.help, n.target.join(" "), n.html.slice(0, 120)].join(": ")))}))`
	type seen struct {
		Rules      int
		Violations []string
	}
	found := read(b, chromedp.Evaluate[seen](look, chromedp.EvalAwaitPromise))
	if found.Rules < 5 {
		b.Errorf("%s: only %d rules found anything to look at", at, found.Rules)
	}
	for _, v := range found.Violations {
		b.Errorf("%s: %s", at, v)
	}
}

// everyPage walks all public pages in some languages: those of a community, the list of communities, and what is said where there is none.
func (f faced) everyPage(b *tab, look func(at string), tags ...string) {
	b.Helper()
	for _, tag := range tags {
		b.language(tag)
		addresses := map[string]string{"communities": f.address + "/", "error": f.url("/decisions/none")}
		for name, path := range f.pages() { // any order: each is by itself
			addresses[name] = f.url(path)
		}
		for name, address := range addresses { // any order: each is by itself
			b.do(chromedp.Navigate(address), chromedp.WaitVisible("footer"))
			look(tag + " " + name)
		}
	}
}

// TestAxeInBrowser: axe-core finds nothing on any public page, in Chinese on a telephone and in English on a desk.
func TestAxeInBrowser(t *testing.T) {
	b := browser(t)
	f := newFaced(t)
	for tag, width := range map[string]int64{"zh-CN": 360, "en": 1280} { // any order: each is by itself
		b.do(chromedp.EmulateViewport(width, 800))
		f.everyPage(b, func(at string) {
			b.axe(at)
			b.picture(strings.ReplaceAll(at, " ", "-"))
		}, tag)
	}
	// A receipt that is broken, and one that holds, are told without a page being loaded.
	b.do(chromedp.Navigate(f.url("/receipt")), chromedp.WaitVisible("#receipt"))
	b.checked("AAAA")
	b.axe("a broken receipt")
	b.checked(f.receipt)
	b.axe("a receipt that holds")
	// What would be wrong is found, so that finding nothing says something.
	inner := &tab{&testing.T{}, b.ctx}
	read(b, chromedp.Evaluate[bool](`document.querySelector("main").append(document.createElement("input")); true`))
	if inner.axe("with a field that has no label"); !inner.Failed() {
		t.Error("a field without a label is not found")
	}
}

// TestZoomInBrowser: at 200 % and 400 % of a large screen, and with letters twice as large on a telephone, nothing has to be pushed
// sideways but tables, and nothing that can be used lies outside.
func TestZoomInBrowser(t *testing.T) {
	b := browser(t)
	f := newFaced(t)
	const outside = `[...document.querySelectorAll("a[href], button, input, textarea, h1, h2, h3, p, dd")].filter((e) => {
	  const r = e.getBoundingClientRect();
	  return e.checkVisibility() && !e.closest(".wide, .skip") && r.width > 0 && (r.right > innerWidth + 1 || r.left < -1);
	}).map((e) => e.outerHTML.slice(0, 80))`
	for _, zoom := range []struct {
		name          string
		width, height int64
		scale         float64
		letters       string
	}{
		{"200 %", 640, 450, 2, ""}, {"400 %", 320, 225, 4, ""}, {"letters of 200 %", 360, 740, 1, "225%"},
	} {
		b.do(chromedp.EmulateViewport(zoom.width, zoom.height, chromedp.EmulateScale(zoom.scale)))
		f.everyPage(b, func(at string) {
			if zoom.letters != "" {
				read(b, chromedp.Evaluate[bool](fmt.Sprintf(`document.documentElement.style.fontSize = %q; true`, zoom.letters)))
			}
			if wide := read(b, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`)); wide > 0 {
				t.Errorf("%s at %s: %d pixels too wide", at, zoom.name, wide)
			}
			for _, e := range read(b, chromedp.Evaluate[[]string](outside)) {
				t.Errorf("%s at %s: outside: %s", at, zoom.name, e)
			}
			if strings.HasSuffix(at, " money") || strings.HasSuffix(at, " poll") {
				b.picture(strings.NewReplacer(" ", "-", "%", "").Replace(at + " " + zoom.name))
			}
		}, "zh-CN", "en")
	}
}

// TestPrintInBrowser: on paper nothing is left of what can only be pressed, everything that is told is there, and it is black on white.
func TestPrintInBrowser(t *testing.T) {
	b := browser(t)
	f := newFaced(t)
	b.do(chromedp.EmulateViewport(794, 1123)) // A4 at 96 points an inch
	const wrong = `(() => { const bad = [];
	  for (const e of document.querySelectorAll("nav, .language, .skip, button, form"))
	    if (e.checkVisibility()) bad.push("to press: " + e.outerHTML.slice(0, 60));
	  for (const e of document.querySelectorAll("main p, main h1, main td, main th, main li, main dd, main .stage")) {
	    if (!e.checkVisibility() || e.closest("form, .button")) continue;
	    const s = getComputedStyle(e);
	    if (!/^rgb\((\d{1,2}), (\d{1,2}), (\d{1,2})\)$/.test(s.color)) bad.push(s.color + ": " + e.outerHTML.slice(0, 60));
	  }
	  if (document.documentElement.scrollWidth > innerWidth) bad.push("too wide");
	  if (!document.querySelector("main h1").checkVisibility()) bad.push("no heading");
	  return bad; })()`
	f.everyPage(b, func(at string) {
		protocol(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		for _, e := range read(b, chromedp.Evaluate[[]string](wrong)) {
			t.Errorf("%s: %s", at, e)
		}
		b.picture(strings.ReplaceAll("print "+at, " ", "-"))
		protocol(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	}, "zh-CN")
	b.do(chromedp.Navigate(f.url("/decisions/"+f.poll)), chromedp.WaitVisible("footer"))
	pdf := read(b, chromedp.PrintToPDF(func(p *page.PrintToPDFParams) { p.PaperWidth, p.PaperHeight = 8.27, 11.69 }))
	if len(pdf) < 4 || string(pdf[:4]) != "%PDF" {
		t.Error("nothing is printed")
	}
}
