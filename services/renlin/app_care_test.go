package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"renlin.dev/pkg/client"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// anew signs somebody else in at the same telephone.
func (a inApp) anew(d *client.Device) {
	a.Helper()
	read(a.tab, chromedp.Evaluate[bool](`localStorage.clear(), true`))
	a.do(chromedp.Navigate("about:blank"))
	a.enter(d)
}

// types fills fields by their ids.
func (a inApp) types(fields ...string) {
	a.Helper()
	for i := 0; i < len(fields); i += 2 {
		at := onTop("#field-" + fields[i])
		a.do(chromedp.WaitVisible(at), chromedp.Focus(at))
		read(a.tab, chromedp.Evaluate[bool](fmt.Sprintf(`document.querySelector(%q).select(), true`, at))) // what is typed replaces it
		a.do(chromedp.SendKeys(at, fields[i+1]))
	}
}

// pressNamed presses the button of the screen that is seen whose words are these.
func (a inApp) pressNamed(words string) {
	a.Helper()
	const mark = `(() => {
		const all = [...document.querySelectorAll(".taro_router > .taro_page:last-child button")];
		const b = all.find((e) => e.innerText.includes(%q) && !e.disabled);
		document.querySelectorAll("#pressed").forEach((e) => e.removeAttribute("id"));
		if (b) b.id = "pressed";
		return !!b;
	})()`
	read(a.tab, chromedp.Poll[bool](fmt.Sprintf(mark, words)))
	a.press("#pressed")
}

// housed puts members on the register, each in a household of their own.
func (a inApp) housed(members ...*client.Device) {
	a.Helper()
	for _, d := range members {
		unit := client.NewID()
		a.made(a.First.Device, "", "community.register_unit", "units", &communityv1.RegisterUnit{Unit: unit, AreaCentiM2: 8000})
		a.made(a.First.Device, "", "community.form_household", "households", &communityv1.FormHousehold{
			Household: client.NewID(), Unit: unit, Members: []string{d.Member},
		})
	}
}

// TestCreditsInBrowser: work is reported in the app, the neighbour for whom it was done finds it among what waits for them, reads what was
// written, and confirms it; then the credits are there.
func TestCreditsInBrowser(t *testing.T) {
	a := newInApp(t)
	worker, neighbour := a.voters[0], a.voters[1]
	a.housed(worker, neighbour)
	a.enter(worker)
	a.to("credits")
	a.types("work-whom", neighbour.Member, "work-minutes", "60", "work-what", "陪去医院")
	a.press("#work-send")
	a.says("等对方确认")
	a.picture("care-credits-told")
	a.anew(neighbour)
	a.says("有 1 件帮忙等您确认")
	a.picture("care-credits-today")
	a.to("credits")
	a.pressNamed("看对方写了什么")
	a.says("陪去医院")
	a.picture("care-credits-asked")
	a.pressNamed("属实，确认")
	a.says("已记录您的答复")
	a.anew(worker)
	a.to("credits")
	a.says("已确认，得 60 分")
	a.says("+60")
	a.picture("care-credits-there")
}

// TestCareInBrowser: a resident whose file a grid worker has opened finds it, writes where they live, and says who speaks for them; has a
// daily word waited for with the first one, and ends it; and says that a policy's notice came.
func TestCareInBrowser(t *testing.T) {
	a := newInApp(t)
	resident, worker := a.voters[0], admitVoters(t, a.Neighbourhood, 1)[0]
	a.made(a.First.Device, "", "community.grant_role", "members/"+worker.Member+"/roles", &communityv1.GrantRole{
		Member: worker.Member, Role: communityv1.Role_ROLE_GRID_WORKER, Org: a.First.Org,
	})
	file := client.NewID()
	a.made(worker, "", "aid.register", "beneficiaries", &aidv1.RegisterBeneficiary{Beneficiary: file, Member: resident.Member})
	a.made(a.First.Device, "", "aid.publish_notice", "policy-notices", &aidv1.PublishNotice{
		Kind: "subsidy", Scope: aidv1.NoticeScope_NOTICE_SCOPE_EVERYONE, Title: "高龄津贴 / Allowance", Text: "八十岁以上可以申请。",
		ReachBy: time.Now().Add(24 * time.Hour).UnixMilli(),
	})
	a.enter(resident)
	a.says("有 1 份政策通知等您确认收到")
	a.to("inbox")
	a.says("八十岁以上可以申请")
	a.picture("care-policy")
	a.pressNamed("我已收到")
	a.says("已记录：通知已收到")
	a.to("aid")
	a.says("我的帮扶档案")
	a.press("#file-write-HOME")
	a.types("file-HOME", "三号楼二单元")
	a.press("#file-keep-HOME")
	a.says("（已写）")
	a.press("#file-write-HOME")
	read(a.tab, chromedp.Poll[bool](`document.querySelector("#field-file-HOME")?.value === "三号楼二单元"`))
	a.picture("care-file")
	a.types("proxy", a.voters[1].Member)
	a.press("#proxy-name")
	a.says("可以就帮扶的事替您表态")
	a.to("safe")
	a.picture("care-safe")
	a.press("#safe-well")
	a.says("第一次报平安")
	a.picture("care-safe-first")
	a.press("#safe-agree")
	a.says("已报平安")
	a.picture("care-safe-said")
	var checkIn struct {
		WellBy string `json:"well_by"`
		Ended  bool
	}
	err := resident.SignIn(t.Context())
	if err == nil {
		_, err = resident.Record(t.Context(), "check-in/"+file, 0, &checkIn)
	}
	if err != nil || checkIn.WellBy != resident.Member || checkIn.Ended {
		t.Errorf("the word: %+v, %v", checkIn, err)
	}
	a.press("#checkin-end")
	a.says("开始约定")
}

// TestOffersInBrowser: who serves says from where and how far, and leaves the list; and who is to bring something to a person in need
// without working on the case finds it among their rounds.
func TestOffersInBrowser(t *testing.T) {
	a := newInApp(t)
	helper, worker := a.voters[1], admitVoters(t, a.Neighbourhood, 1)[0]
	orders := a.orders(a.voters[0], worker)
	a.made(worker, "", "aid.answer_order", "work-orders/"+orders[0]+"/answer", &aidv1.AnswerOrder{Order: orders[0]})
	var declined struct{ Case string }
	if _, err := worker.Record(t.Context(), "work-order/"+orders[0], 0, &declined); err != nil {
		t.Fatal(err)
	}
	order := a.made(worker, "work-order", "aid.order", "aid-cases/"+declined.Case+"/work-orders", &aidv1.OrderWork{
		Case: declined.Case, Member: helper.Member, Quantity: 1,
	})
	provider := a.provides(helper)
	for _, d := range []*client.Device{helper, worker} {
		if err := d.SignIn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	a.enter(helper)
	a.to("offer")
	a.press("#serve-place")
	a.types("serve-east", "4", "serve-north", "-2", "serve-radius", "6")
	a.picture("care-offer")
	a.press("#serve-move")
	a.says("已记录")
	var served struct {
		Cell        struct{ East, North int32 }
		RadiusCells uint32 `json:"radius_cells"`
		Languages   []string
	}
	if _, err := helper.Record(t.Context(), "provider/"+provider, 0, &served); err != nil || served.Cell.East != 4 ||
		served.Cell.North != -2 || served.RadiusCells != 6 || strings.Join(served.Languages, " ") != "zh" {
		t.Errorf("moved: %+v, %v", served, err)
	}
	a.press("#retire")
	a.press("#retire-sure")
	a.says("登记为帮忙的人")
	a.picture("care-offer-left")
	a.to("rounds")
	a.says("吃饭")
	a.to("visit&id=" + order)
	a.press("#order-yes")
	a.types("visit-said", "交到本人手里")
	a.press("#visit-send")
	read(a.tab, chromedp.Poll[bool](`!document.querySelector("#visit-send")`))
	a.says("这项任务已结束")
	if n := a.visits(helper, []string{order}); n != 1 {
		t.Errorf("%d were brought", n)
	}
}
