package main

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"renlin.dev/pkg/client"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// toured is the console of an officer in a community that has something of everything a screen shows.
type toured struct {
	*worktop
	n            *neighbourhood.Neighbourhood
	deliberation string // closed, with minutes
	certified    string // a poll
	places       []string
}

func newToured(t *testing.T) *toured {
	t.Helper()
	b := browser(t)
	address, _ := startPilot(t)
	n, voters := foundVoters(t, address, 4)
	o := &toured{worktop: &worktop{tab: b, address: address, community: n.Community}, n: n}
	of := func(d *client.Device, what string) person {
		return person{
			Community: n.Community, Genesis: n.Genesis.String(), Member: d.Member, What: what, Org: n.First.Org,
			Seed: hex.EncodeToString(d.Key.Seed()),
		}
	}
	o.people = []person{of(n.First.Device, "officer"), of(n.Second.Device, "officer")}
	for _, d := range voters {
		o.people = append(o.people, of(d, "resident"))
	}
	poll, state := openPoll(t, n)
	for _, d := range voters {
		mustCast(t, d, poll, state, yes)
	}
	tallyOf(t, n, poll)
	o.certified = poll
	motion, called := o.talked()
	assignment, need := o.served()
	o.places = []string{
		"", "topics", "deliberations", "deliberations/" + o.deliberation, "polls", "polls/new", "polls/keepers", "polls/" + poll,
		"polls/" + called, "motions", "motions/" + motion, "rules", "rules/history", "members", "members/" + n.Second.Member, "invites",
		"mandates", "cases", "cases/" + o.helped(o.live(0)),
		"matching", "matching/" + assignment, "matching/need/" + need, "ledger", "ledger/" + o.proposed(), "holdings", "disclosure", "indicators",
		"inquiries", "sessions",
	}
	return o
}

// talked has topics lead to a deliberation, which the convener closes with minutes and a motion, of which the rule calls a poll.
func (o *toured) talked() (motion, poll string) {
	o.Helper()
	o.raise()()
	ctx := o.T.Context()
	await := func(kind string) (id string) {
		o.Helper()
		err := neighbourhood.Eventually(ctx, kind, func() error {
			list, err := o.n.First.Records(ctx, kind, "", 0)
			for _, r := range list.Records {
				if _, known, _ := strings.Cut(r.Path, "/"); known != o.certified {
					id = known
					return nil
				}
			}
			return errors.Join(err, errors.New("not yet"))
		})
		if err != nil {
			o.Fatal(err)
		}
		return id
	}
	o.deliberation = await("deliberation")
	if _, err := o.n.First.Do(ctx, "proposal.close", "deliberations/"+o.deliberation+"/closing", &proposalv1.CloseDeliberation{
		Deliberation: o.deliberation, Minutes: "讨论了菜园、长椅与树荫；多数赞成先装长椅。",
		Motion: &proposalv1.Motion{Title: "3 号楼前空地改建", Text: "先装四张长椅，并在东侧种三棵树。"},
	}); err != nil {
		o.Fatal(err)
	}
	return await("motion"), await("poll")
}

// served has a meal be asked for and somebody be asked to bring it, and another one wait.
func (o *toured) served() (assignment, waiting string) {
	o.Helper()
	providers := []string{serves(o.T, o.live(0)), serves(o.T, o.live(1))}
	need := asks(o.T, o.live(2))
	a, err := o.n.First.Do(o.T.Context(), "matching.adopt_plan", "plans", &matchingv1.AdoptPlan{
		Claim: matchingv1.Claim_CLAIM_PROVISIONAL, PlannedAt: time.Now().UnixMilli() - 1000,
		Matches: []*matchingv1.Match{{Need: need, Quantity: 1, Providers: providers, Reason: matchingv1.Reason_REASON_OTHER}},
	})
	if err != nil {
		o.Fatal(err)
	}
	return o.made(a, "assignment"), asks(o.T, o.live(3))
}

// proposed has the first officer propose a payment, which waits for the second.
func (o *toured) proposed() (transfer string) {
	o.Helper()
	source := o.account(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_SOURCE, Name: "街道拨款 / Grant"})
	fund := o.account(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_FUND, Name: "互助资金 / Mutual aid"})
	sealed, err := o.n.First.PutText(o.T.Context(), o.n.First.Member, "冬季互助启动款")
	if err != nil {
		o.Fatal(err)
	}
	a, err := o.n.First.Do(o.T.Context(), "ledger.propose", "transfers", &ledgerv1.ProposeTransfer{
		Lines: []*ledgerv1.Line{{From: source, To: fund, Amount: 1234_50}}, Purpose: neighbourhood.Text(sealed), PostWhenApproved: true,
	})
	if err != nil {
		o.Fatal(err)
	}
	return o.made(a, "transfer")
}

// tour leads through the console: where one signs in, and then every screen.
func (o *toured) tour(tag string, look func(screen string)) {
	o.Helper()
	o.do(chromedp.EmulateViewport(360, 740), chromedp.Navigate("about:blank"), chromedp.Navigate(o.address+"/console/"))
	o.appears("main h1") // its store of devices is made: nothing that is under way is gone from
	read(o.tab, chromedp.Evaluate[bool](`sessionStorage.clear(); localStorage["renlin.language"] = `+quoted(tag)+`; true`))
	o.do(chromedp.Navigate("about:blank"), chromedp.Navigate(o.address+"/console/"))
	o.appears("main h1")
	look("start")
	read(o.tab, chromedp.Evaluate[bool](`localStorage["renlin.language"] = "zh"; true`)) // whose words the way in is known by
	o.do(chromedp.Reload())
	o.takeOver(o.people, 0)
	read(o.tab, chromedp.Evaluate[bool](`localStorage["renlin.language"] = `+quoted(tag)+`; true`))
	for _, place := range o.places {
		o.do(chromedp.EmulateViewport(360, 740))
		o.goes(place)
		if place == "" {
			o.do(chromedp.Reload()) // now the language is the other one
		}
		o.until(`!!document.querySelector("main h1") && !document.querySelector("main [aria-busy=true]")`)
		name, _, _ := strings.Cut(place, "/")
		if place == "" {
			name = "today"
		} else if name != place {
			name += "-one"
		}
		look(name)
	}
	o.goes("matching")
	o.press(map[string]string{"zh": "查看拟议方案", "en": "Show the proposed plan"}[tag])
	o.until(`!document.querySelector("main [aria-busy=true]")`)
	look("proposal")
}

// TestAxeOfConsoleInBrowser: axe-core finds nothing on any screen of the console, in either language.
func TestAxeOfConsoleInBrowser(t *testing.T) {
	o := newToured(t)
	for _, tag := range []string{"zh", "en"} {
		o.tour(tag, func(screen string) { o.axe("console " + tag + " " + screen) })
	}
}

// TestZoomOfConsoleInBrowser: each screen of the console at 200 % and 400 %, and with letters twice as large; whoever hears it is told
// what everything is, and those that no other test walks are walked by keyboard; minutes, rules and certificates are printed.
func TestZoomOfConsoleInBrowser(t *testing.T) {
	o := newToured(t)
	printed := map[string]string{"rules": "绿化", "deliberations/" + o.deliberation: "多数赞成先装长椅", "polls/" + o.certified: "证书"}
	for _, tag := range []string{"zh", "en"} {
		o.tour(tag, func(screen string) {
			at := "console " + tag + " " + screen
			o.ordered(at)
			if tag == "zh" {
				o.picture(at + "-360")
				o.usable(at)
				place := read(o.tab, chromedp.Evaluate[string](`location.hash.split("/").slice(2).join("/")`))
				if words := printed[place]; words != "" {
					o.onPaper(at, words)
				}
			}
			o.enlarged(at)
		})
	}
	o.goes("ledger") // what became of a command is said by itself, and so is a refusal
	o.fills("account-name", "维修资金 / Repairs")
	o.press("Open an account")
	o.press("Sign and open")
	o.aloud("On the record.")
}
