package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// toPress are the roles of what somebody can use. What can be used and has none of them is nothing to whoever hears the page.
var toPress = []string{
	"button", "link", "textbox", "searchbox", "spinbutton", "combobox", "option", "MenuListOption", "menuitem", "checkbox", "radio", "slider",
	"DisclosureTriangle", "Date", "InputTime", "DateTime",
}

// toStandAt are those at which the keyboard may stand without using anything: the page, its parts, a heading, a table to be pushed
// sideways, the list of a choice, which has the choice's name.
var toStandAt = []string{"RootWebArea", "main", "heading", "region", "group", "MenuListPopup"}

// heard is what a screen reader is given of a page: the nodes of its tree of accessibility that are not left out.
type heard struct {
	*tab
	nodes []*accessibility.Node
	byID  map[accessibility.NodeID]*accessibility.Node
}

func (b *tab) hear() heard {
	b.Helper()
	tree, err := chromedp.Call(b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		b.Fatal(err)
	}
	h := heard{b, nil, map[accessibility.NodeID]*accessibility.Node{}}
	for _, n := range tree.Nodes {
		h.byID[n.NodeID] = n
		if !n.Ignored {
			h.nodes = append(h.nodes, n)
		}
	}
	return h
}

// valued reads a value of the tree; what is not there is the zero value.
func valued[T any](v *accessibility.Value) (out T) {
	if v != nil && len(v.Value) > 0 {
		_ = json.Unmarshal(v.Value, &out) // of another type it is the zero value as well
	}
	return out
}

func property[T any](n *accessibility.Node, name accessibility.PropertyName) (out T) {
	for _, p := range n.Properties {
		if p.Name == name {
			return valued[T](p.Value)
		}
	}
	return out
}

// ordered holds a page to what whoever hears it needs: each thing that can be used has a role and a name; the headings begin with the one
// of the page and leave no level out; and there is one main part.
func (b *tab) ordered(at string) {
	b.Helper()
	h := b.hear()
	mains, last := 0, 0
	for _, n := range h.nodes {
		role, name := valued[string](n.Role), strings.TrimSpace(valued[string](n.Name))
		presses := slices.Contains(toPress, role)
		switch {
		case presses && name == "":
			b.Errorf("%s: a %s without a name", at, role)
		case !presses && property[bool](n, accessibility.PropertyNameFocusable) && !slices.Contains(toStandAt, role):
			b.Errorf("%s: the keyboard comes to %q, which is nothing but a %s", at, name, role)
		}
		switch role {
		case "main":
			mains++
		case "heading":
			level := property[int](n, accessibility.PropertyNameLevel)
			if level > last+1 || level == 1 && last > 0 {
				b.Errorf("%s: heading %q of level %d after one of %d", at, name, level, last)
			}
			last = level
		}
	}
	if mains != 1 || last == 0 {
		b.Errorf("%s: %d main parts, last heading of level %d", at, mains, last)
	}
}

// aloudTries is how often a page is heard again: what is said aloud may come a moment after what is shown.
const aloudTries = 20

// says tells whether some words stand where a screen reader says by itself what changes.
func (h heard) says(words string) bool {
	for _, n := range h.nodes {
		if !strings.Contains(valued[string](n.Name), words) {
			continue
		}
		for up := n; up != nil; up = h.byID[up.ParentID] {
			if live := property[string](up, accessibility.PropertyNameLive); live == "polite" || live == "assertive" {
				return true
			}
		}
	}
	return false
}

// aloud waits until some words stand where a screen reader says by itself what changes.
func (b *tab) aloud(words string) {
	b.Helper()
	read(b, chromedp.Poll[bool](`document.body.innerText.includes(`+quoted(words)+`)`))
	for range aloudTries {
		if b.hear().says(words) {
			return
		}
	}
	b.Errorf("%q is shown, and said to nobody who hears the page", words)
}

func quoted(words string) string {
	raw, err := json.Marshal(words)
	if err != nil {
		return `""` // no string fails
	}
	return string(raw)
}

// unpressed finds, on paper, what can only be pressed, what is not black, and what does not fit.
const unpressed = `(() => { const bad = [];
  for (const e of document.querySelectorAll("nav, .language, .skip, .tabs, .back, button:not(.row), form, input, textarea, select"))
    if (e.checkVisibility()) bad.push("to press: " + e.outerHTML.slice(0, 60));
  const read = "main p, h1, main h2, main td, main th, main li, main dd, main dt, main .stage, main .notice, main .mark";
  for (const e of document.querySelectorAll(read)) {
    if (!e.checkVisibility() || e.closest("form, .button")) continue;
    const s = getComputedStyle(e);
    if (!/^rgb\((\d{1,2}), (\d{1,2}), (\d{1,2})\)$/.test(s.color)) bad.push(s.color + ": " + e.outerHTML.slice(0, 60));
  }
  if (document.documentElement.scrollWidth > innerWidth) bad.push("too wide");
  if (![...document.querySelectorAll("h1")].some((e) => e.checkVisibility())) bad.push("no heading");
  return bad; })()`

// onPaper holds a page to what is wanted of a sheet of A4, and that it still says some words.
func (b *tab) onPaper(at string, words ...string) {
	b.Helper()
	protocol(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	b.do(chromedp.EmulateViewport(794, 1123)) // at 96 points an inch
	for _, e := range read(b, chromedp.Evaluate[[]string](unpressed)) {
		b.Errorf("%s on paper: %s", at, e)
	}
	text := read(b, chromedp.Evaluate[string](`document.body.innerText`))
	for _, w := range words {
		if !strings.Contains(text, w) {
			b.Errorf("%s on paper does not say %q: %s", at, w, text)
		}
	}
	b.picture(strings.ReplaceAll("print "+at, " ", "-"))
	protocol(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
}

// beyond finds what lies outside the window, of what can be read or used. A table may be pushed sideways by itself.
const beyond = `[...document.querySelectorAll("a[href], button, input, textarea, select, summary, h1, h2, h3, p, li, dd")].filter((e) => {
  const r = e.getBoundingClientRect();
  return e.checkVisibility() && !e.closest(".wide, .skip, .unseen") && r.width > 1 && (r.right > innerWidth + 1 || r.left < -1);
}).map((e) => e.outerHTML.slice(0, 80))`

// enlarged looks at a page that is open, at 200 % and 400 % of a large screen, and with letters twice as large on a telephone: nothing has
// to be pushed sideways, and nothing lies outside.
func (b *tab) enlarged(at string) {
	b.Helper()
	for _, zoom := range []struct {
		name          string
		width, height int64
		scale         float64
		letters       int
	}{
		{"200", 640, 450, 2, 1}, {"400", 320, 225, 4, 1}, {"letters", 360, 740, 1, 2},
	} {
		b.do(chromedp.EmulateViewport(zoom.width, zoom.height, chromedp.EmulateScale(zoom.scale)))
		const letters = `(() => { const e = document.documentElement, now = parseFloat(getComputedStyle(e).fontSize);
		  e.style.fontSize = now * %d + "px"; return true; })()`
		read(b, chromedp.Evaluate[bool](fmt.Sprintf(letters, zoom.letters)))
		if wide := read(b, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`)); wide > 0 {
			b.Errorf("%s at %s: %d pixels too wide: %q", at, zoom.name, wide, read(b, chromedp.Evaluate[[]string](widest)))
		}
		for _, e := range read(b, chromedp.Evaluate[[]string](beyond)) {
			b.Errorf("%s at %s: outside: %s", at, zoom.name, e)
		}
		if zoom.letters > 1 && strings.Contains(at, "zh") {
			b.picture(strings.NewReplacer(" ", "-", "/", "-").Replace("large " + at))
		}
		read(b, chromedp.Evaluate[bool](`document.documentElement.style.fontSize = ""; true`))
	}
}

// widest names the innermost elements that reach beyond the window, by themselves or by a word that is longer than they are wide.
const widest = `[...document.querySelectorAll("main *")].filter((e) => {
  const beyond = (e) => Math.max(e.getBoundingClientRect().right, e.getBoundingClientRect().left + e.scrollWidth) > innerWidth + 1;
  return beyond(e) && ![...e.children].some(beyond);
}).slice(0, 4).map((e) => e.outerHTML.slice(0, 120))`

// wants holds a part of a page to words.
func (b *tab) wants(selector string, words ...string) {
	b.Helper()
	text := read(b, chromedp.TextContent(selector))
	for _, w := range words {
		if !strings.Contains(text, w) {
			b.Errorf("%s does not say %q: %s", selector, w, text)
		}
	}
}

// marksWhatIsHeard remembers the places of a page from which something may be read out by itself: a screen reader knows only those that
// are there before their words come.
func (b *tab) marksWhatIsHeard() {
	b.Helper()
	read(b, chromedp.Evaluate[bool](`(() => {
	  for (const e of document.querySelectorAll("[role=status], [role=alert]")) e.known = true; return true; })()`))
}

// hears waits until one of them says some words.
func (b *tab) hears(words string) {
	b.Helper()
	read(b, chromedp.Poll[bool](`[...document.querySelectorAll("[role=status], [role=alert]")]
	  .some((e) => e.known && e.textContent.includes(`+quoted(words)+`))`))
}
