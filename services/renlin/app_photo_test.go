package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"renlin.dev/pkg/merkle"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// photo writes a photograph of so many pixels that is much larger than what is sealed of it.
func photo(t *testing.T, width, height int) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.Set(x, y, color.RGBA{uint8(x / 8), uint8(y / 8), uint8(x * y / 64), 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 98}); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "photo.jpg")
	if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// attaches has the page's field take a file.
func (a inApp) attaches(selector, file string) {
	a.Helper()
	a.do(chromedp.WaitVisible(selector), chromedp.SetUploadFiles(selector, []string{file}))
}

// TestPhotoInBrowser: a resident adds a photograph to a topic without a network; it is made small, waits, and is sealed once there is one;
// a neighbour looks at it. What is no picture is refused in words.
func TestPhotoInBrowser(t *testing.T) {
	a := newInApp(t)
	a.enter(a.voters[0])
	a.to("raise")
	a.press(".choices .button")
	a.do(chromedp.SendKeys("#field-topic", "三号楼门口的灯坏了"))
	words := filepath.Join(t.TempDir(), "words.jpg")
	if err := os.WriteFile(words, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	a.attaches("#topic-photo", words)
	a.says("打不开这张照片")
	a.attaches("#topic-photo", photo(t, 2400, 1600))
	a.do(chromedp.WaitVisible("#topic-photo-drop-0"))
	a.picture("photo-attached")
	a.network(false)
	a.press("#raise")
	a.says("有网络后自动发送")
	a.network(true)
	a.to("outbox")
	a.says("没有待发送的内容")
	if err := a.voters[1].SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	topics, err := a.voters[1].Records(t.Context(), "topic", "", 0)
	if err != nil || len(topics.Records) != 1 {
		t.Fatalf("topics: %v %v", topics, err)
	}
	var topic struct {
		Pictures []struct {
			LengthBytes int `json:"length_bytes"`
		}
	}
	if _, err := a.voters[1].Record(t.Context(), topics.Records[0].Path, 0, &topic); err != nil {
		t.Fatal(err)
	}
	if len(topic.Pictures) != 1 || topic.Pictures[0].LengthBytes > 60<<10 || topic.Pictures[0].LengthBytes < 1000 {
		t.Fatalf("the record has of it %+v", topic)
	}
	a.anew(a.voters[1])
	a.to("topic&id=" + strings.TrimPrefix(topics.Records[0].Path, "topic/"))
	a.press("#pictures")
	if width := read(a.tab, chromedp.Poll[int](`(w => w > 300 ? w : 0)(document.querySelector("canvas.photo")?.width)`,
		chromedp.WithPollingTimeout(2*time.Minute))); width > 1280 {
		t.Errorf("it is %d wide", width)
	}
	a.picture("photo-seen")
}

// TestRollCallInBrowser: an officer asks whether everybody is safe; the app asks with one large button, and whoever has pressed it leaves
// the list of those whom a grid worker looks for; so does whoever the worker has met.
func TestRollCallInBrowser(t *testing.T) {
	a := newInApp(t)
	worker := admitVoters(t, a.Neighbourhood, 1)[0]
	a.made(a.First.Device, "", "community.grant_role", "members/"+worker.Member+"/roles", &communityv1.GrantRole{
		Member: worker.Member, Role: communityv1.Role_ROLE_GRID_WORKER, Org: a.First.Org,
	})
	notice := a.made(a.First.Device, "policy-notice", "aid.publish_notice", "policy-notices", &aidv1.PublishNotice{
		Kind: "roll-call", Scope: aidv1.NoticeScope_NOTICE_SCOPE_EVERYONE, Title: "您平安吗 / Are you safe?", Text: "台风过境，请报平安。",
		ReachBy: time.Now().Add(time.Hour).UnixMilli(),
	})
	a.enter(a.voters[0])
	a.do(chromedp.WaitVisible("#safe-" + notice))
	a.picture("rollcall-today")
	a.press("#safe-" + notice)
	a.says("已报平安")
	a.to("inbox")
	a.press("#policies-earlier")
	a.says("✓ 已确认收到")
	a.picture("rollcall-earlier")
	a.anew(worker)
	a.to("rollcall")
	a.do(chromedp.WaitVisible("#met-"+a.voters[1].Member), chromedp.WaitNotPresent("#met-"+a.voters[0].Member))
	a.picture("rollcall-missing")
	a.press("#met-" + a.voters[1].Member)
	a.do(chromedp.WaitNotPresent("#met-" + a.voters[1].Member))
	var unreached struct{ Unreached []string }
	if err := worker.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := worker.Get(t.Context(), "/v1/communities/"+a.Community+"/policy-notices/"+notice+"/unreached", &unreached); err != nil {
		t.Fatal(err)
	}
	for _, d := range a.voters {
		if strings.Contains(strings.Join(unreached.Unreached, " "), d.Member) {
			t.Errorf("%s is still looked for", d.Member)
		}
	}
}

// listCode is a code as an office hands it out: docs/formats.md.
func listCode(keys []ed25519.PrivateKey, i int) (code string, root merkle.Hash) {
	entries := make([]merkle.Hash, len(keys))
	for k, key := range keys {
		entries[k] = sha256.Sum256(append([]byte("renlin/list-entry/1\n"), key.Public().(ed25519.PublicKey)...))
	}
	raw := slices.Concat(keys[i].Seed(), []byte{0, 0, byte(i)})
	for _, h := range merkle.PathIn(entries, i) {
		raw = append(raw, h[:]...)
	}
	return "RN1-" + base64.RawURLEncoding.EncodeToString(raw), merkle.Root(entries)
}

// TestAnswerNoticeInBrowser: whoever has a code of a sealed list says that its notice came; the request names nobody and has no session.
func TestAnswerNoticeInBrowser(t *testing.T) {
	a := newInApp(t)
	keys := make([]ed25519.PrivateKey, 6)
	for i := range keys {
		var err error
		if _, keys[i], err = ed25519.GenerateKey(nil); err != nil {
			t.Fatal(err)
		}
	}
	code, root := listCode(keys, 4)
	a.made(a.First.Device, "", "aid.publish_notice", "policy-notices", &aidv1.PublishNotice{
		Kind: "subsidy", Scope: aidv1.NoticeScope_NOTICE_SCOPE_SEALED, Title: "上门体检 / Check-up", Text: "下周三上午上门。",
		Count: uint32(len(keys)), Root: root[:], ReachBy: time.Now().Add(time.Hour).UnixMilli(),
	})
	named := a.nameless("/answers")
	a.enter(a.voters[0])
	a.to("answer")
	a.types("answer-code", code[:80])
	a.says("这不是告知的代码")
	a.types("answer-code", code)
	a.says("下周三上午上门")
	a.picture("answer-notice")
	a.press("#answer-send")
	a.says("没有记下您的姓名")
	if posts, with := named(); posts != 1 || len(with) != 0 {
		t.Errorf("%d answers, named %v", posts, with)
	}
	a.types("answer-code", code)
	a.press("#answer-send")
	a.says("已有该告知送达的记录")
}
