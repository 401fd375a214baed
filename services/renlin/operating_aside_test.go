package main

import (
	"errors"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/gateway"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/neighbourhood"
	"renlin.dev/services/renlin/internal/process"
)

// TestOperatorBeginsAgainInBrowser: a part whose rule fails on a fact sets that community's work aside and does not try again by itself.
// The operator's page says which, since when and why; its button has it begun again. As long as the rule fails, that ends the same way,
// and the page says so; once it is mended the part takes in what it has missed, and goes on.
func TestOperatorBeginsAgainInBrowser(t *testing.T) {
	b := browser(t)
	var broken atomic.Bool
	models := process.Models()
	for _, m := range models {
		if m.Service == bus.Matching {
			decider.Policy(func(*decider.View, decider.Event, *communityv1.MemberAdmitted) []decider.Demand {
				if broken.Load() {
					panic("planted")
				}
				return nil
			})(m)
		}
	}
	e := edgeOf(t, models)
	server := httptest.NewServer(e.gateway(func(c *gateway.Config) {
		c.Parts, c.Ordered = []string{bus.Community, bus.Voting, bus.Matching, bus.Sequencer}, bus.TakesOrders
	}))
	t.Cleanup(server.Close)
	v := e.found(e.at(t, server.URL))
	b.language("zh-CN")
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/operator"), chromedp.WaitVisible("#token"),
		chromedp.Focus("#token"), chromedp.KeyEvent(operatorToken+"\r"), chromedp.WaitVisible("#part-matching:not(.failed)"))
	if there := read(b, chromedp.Evaluate[bool](`!!document.getElementById("aside")`)); there {
		t.Error("something is set aside before anything failed")
	}
	broken.Store(true)
	v.admit("newcomer")
	again := func(selector string) { // looked at again until it is so
		t.Helper()
		if err := neighbourhood.Eventually(t.Context(), selector, func() error {
			b.do(chromedp.Navigate(server.URL+"/operator"), chromedp.WaitVisible("#verdict"))
			if !read(b, chromedp.Evaluate[bool](`!!document.querySelector(`+quoted(selector)+`)`)) {
				return errors.New("not yet")
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	begin := func(order string) { // a page that is under way must not be gone from
		t.Helper()
		read(b, chromedp.Evaluate[bool](`document.documentElement.dataset.before = "1"; true`))
		b.do(chromedp.Focus(order), chromedp.KeyEvent("\r"), chromedp.WaitVisible("html:not([data-before]) #verdict"))
	}
	const order = `form[action="/operator/again"] button`
	again(order)
	b.wants(`section[aria-labelledby=aside]`, "matching", "a rule panicked while folding the record", "始于")
	b.wants(`#part-matching`, "work.aside")
	b.picture("operator-aside")
	b.tabsThrough("what is set aside")
	b.ordered("what is set aside")
	begin(order)
	again(order)
	b.wants(`section[aria-labelledby=aside]`, "已尝试 2 次")
	broken.Store(false)
	begin(order)
	again("#part-matching:not(.failed)")
	if left := read(b, chromedp.Evaluate[bool](`!!document.getElementById("aside")`)); left {
		t.Error("it is still set aside")
	}
	d := v.enrol("neighbour")["neighbour"]
	serves(t, d)
	if need := asks(t, d); need == "" {
		t.Error("the part takes no command")
	}
}

// at is a client of a gateway at an address, once every part is there.
func (e *edge) at(t *testing.T, address string) *client.Gateway {
	t.Helper()
	c := client.New(address)
	c.Now, c.OperatorToken = e.now, operatorToken
	if err := awaitServices(brief(t.Context(), t), c); err != nil {
		t.Fatal(err)
	}
	return c
}
