package main

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"renlin.dev/services/voting/credential"
)

// nameless watches what a page sends to addresses with one of these parts, by default about ballots of credentials: none of it may say
// whose session it is.
func (a inApp) nameless(parts ...string) (asked func() (posts int, named []string)) {
	a.Helper()
	if len(parts) == 0 {
		parts = []string{"/secret-ballot", "/challenges"}
	}
	var mu sync.Mutex
	var posts int
	var named []string
	err := chromedp.Listen(a.ctx, func(event any) {
		sent, ok := event.(*network.EventRequestWillBeSent)
		if !ok {
			return
		}
		url := sent.Request.URL
		if !slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(url, part) }) {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if sent.Request.Method == "POST" {
			posts++
		}
		for name := range sent.Request.Headers { // any order: a set
			if strings.EqualFold(name, "Authorization") || strings.EqualFold(name, "Cookie") {
				named = append(named, sent.Request.Method+" "+url)
			}
		}
	})
	if err != nil {
		a.Fatal(err)
	}
	return func() (int, []string) {
		mu.Lock()
		defer mu.Unlock()
		return posts, named
	}
}

// TestSecretVoteInBrowser: a resident registers for a secret poll, has one ballot opened, and casts another; the app is closed while it is
// on its way without a network, and afterwards there is one. It is found on the record, and no request of the credential's has a session.
func TestSecretVoteInBrowser(t *testing.T) {
	b := browser(t)
	b.language("zh-CN")
	p := openParish(t, 12)
	a := inApp{b, p.Neighbourhood, p.shell.address, callPoll(t, p.Neighbourhood), nil, p.voters}
	s := p.awaitSecret(a.poll, "registration", func(s *secret) bool { return s.Secret != nil })
	asked := a.nameless()
	a.enter(a.voters[0])
	a.says("有一项秘密表决等您登记")
	a.picture("secret-today")
	a.to("poll&id=" + a.poll)
	a.says("去登记")
	a.picture("secret-poll")
	a.booth()
	a.says("第一步：登记")
	a.picture("secret-register")
	a.press("#register")
	a.says("凭证只在这台设备上")
	a.picture("secret-registered")
	for _, d := range a.voters[1:] { // registration ends when the last of them has registered
		c, err := credential.New(rand.Reader, a.poll, d.Member)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Post(t.Context(), d, s.Secret.Registrar); err != nil {
			t.Fatal(err)
		}
	}
	p.awaitSecret(a.poll, "opening", func(s *secret) bool { return s.OpenedAt > 0 })
	a.booth()
	tried := a.fill("#option-1")
	a.picture("secret-made")
	a.press("#challenge")
	a.says("（本机）")
	if said := read(a.tab, chromedp.Text(".taro_page:last-child .main")); !strings.Contains(said, tried) || !strings.Contains(said, "反对") {
		t.Errorf("what was opened is not shown: %s", said)
	}
	a.picture("secret-opened")
	meant := a.fill("#option-0")
	a.network(false)
	a.press("#cast")
	a.says("选票已存好")
	a.picture("secret-sending")
	a.do(chromedp.Navigate("about:blank"))
	a.network(true)
	a.booth()
	a.says("您的选票在公开记录上")
	a.says(meant)
	a.says("核对无误")
	a.picture("secret-cast")
	a.countedOnce(asked)
	a.to("today")
	a.says("现在没有等您处理的事")
	const elder = `localStorage["renlin/settings"] = '{"language":"zh","elder":true,"phone":"12345"}', true`
	read(a.tab, chromedp.Evaluate[bool](elder))
	a.do(chromedp.EmulateViewport(320, 640))
	a.booth()
	a.says("您的选票在公开记录上")
	a.measure("elder booth", 24, 60)
	a.picture("secret-elder")
}

// booth opens the booth as somebody does who has closed the app before.
func (a inApp) booth() {
	a.Helper()
	address := a.address + "/app/#/secret/index?name=booth&id=" + a.poll
	a.do(chromedp.Navigate("about:blank"), chromedp.Navigate(address), chromedp.WaitVisible(".face .title"))
}

// fill fills a ballot in, has it encrypted, and answers its tracker.
func (a inApp) fill(option string) string {
	a.Helper()
	a.press(option)
	a.press("#make")
	a.do(chromedp.WaitVisible("#tracker"))
	return strings.TrimSpace(read(a.tab, chromedp.Text("#tracker")))
}

// countedOnce: the record has one ballot that was opened and one that was cast, however often they were sent.
func (a inApp) countedOnce(asked func() (int, []string)) {
	a.Helper()
	page, err := a.First.Raw(a.Context(), "/v1/communities/"+a.Community+"/blocks?from=0")
	if err != nil {
		a.Fatal(err)
	}
	for _, event := range []string{"renlin.voting.v1.SecretBallotChallenged", "renlin.voting.v1.SecretBallotCast"} {
		if n := strings.Count(string(page), event); n != 1 {
			a.Errorf("%d of %s on the record", n, event)
		}
	}
	posts, named := asked()
	if posts < 2 || len(named) > 0 {
		a.Errorf("%d ballots sent, with a session: %v", posts, named)
	}
	kept := read(a.tab, chromedp.Evaluate[string](fmt.Sprintf(`localStorage["renlin/secret/%s/%s"]`, a.poll, a.voters[0].Member)))
	if strings.Contains(kept, "sending") || strings.Contains(kept, "opening") {
		a.Errorf("something is left of what was sent: %s", kept)
	}
}
