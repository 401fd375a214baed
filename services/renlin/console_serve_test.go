package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

func (o *worktop) exampleFile() string { return filepath.Join(o.data, "example.json") }

// officers and residents of the example, in the order of its file.
func (o *worktop) of(what string) []person {
	var out []person
	for _, p := range o.people {
		if p.What == what {
			out = append(out, p)
		}
	}
	return out
}

func (o *worktop) first() person             { return o.of("officer")[0] }
func (o *worktop) second() person            { return o.of("officer")[1] }
func (o *worktop) resident(i int) person     { return o.of("resident")[i] }
func (o *worktop) live(i int) *client.Device { return o.actsAs(o.resident(i)) }

// actsAs is a person of the example with their own device, without a browser.
func (o *worktop) actsAs(p person) *client.Device {
	o.Helper()
	return o.device(slices.Index(o.people, p))
}

// made gives the id of what an answer says was made.
func (o *worktop) made(a *op.Answer, kind string) string {
	o.Helper()
	for _, path := range a.Changed {
		if id, is := strings.CutPrefix(path, kind+"/"); is && !strings.Contains(id, "/") {
			return id
		}
	}
	o.Fatalf("no %s in %v", kind, a.Changed)
	return ""
}

// TestSubstituteOnBoardInBrowser: on the board an officer sees who is asked and who stands by. The provider refuses, and the board shows
// that the substitute is asked, and why, without anybody's doing; then the officer takes the assignment back and sees what that costs. A
// plan that is proposed shows its reasons before it is signed.
func TestSubstituteOnBoardInBrowser(t *testing.T) {
	o := newWorktop(t, 1280, 900)
	providers := []string{serves(t, o.live(0)), serves(t, o.live(1))}
	need := asks(t, o.live(2))
	o.goes("matching")
	o.says("等待中的需求")
	o.appears("section[aria-labelledby=waiting] tbody tr")
	plan := &matchingv1.AdoptPlan{
		Claim: matchingv1.Claim_CLAIM_PROVISIONAL, PlannedAt: time.Now().UnixMilli() - 1000,
		Matches: []*matchingv1.Match{{Need: need, Quantity: 1, Providers: providers, Reason: matchingv1.Reason_REASON_OTHER}},
	}
	a, err := o.actsAs(o.first()).Do(t.Context(), "matching.adopt_plan", "plans", plan)
	if err != nil {
		t.Fatal(err)
	}
	assignment := o.made(a, "assignment")
	held := func(by string) string {
		return `[...document.querySelectorAll("section[aria-labelledby=asked] td[data-head=承接方]")]
		  .some((e) => e.innerText.includes("` + by[:8] + `"))`
	}
	o.until(held(providers[0]))
	o.picture("console-matching-1280")
	refusal := &matchingv1.RefuseAssignment{Assignment: assignment, Provider: providers[0], Reason: matchingv1.Reason_REASON_BUSY}
	if _, err := o.live(0).Do(t.Context(), "matching.refuse", "assignments/"+assignment+"/refusal", refusal); err != nil {
		t.Fatal(err)
	}
	refused := time.Now()
	o.until(held(providers[1]))
	o.soon("the substitute is on the board", refused)
	o.says("前一人拒绝，备份接替")
	o.picture("console-matching-substitute-1280")
	o.press("送餐 × 1")
	o.says("更替记录")
	o.says("由工作人员选定")
	o.says("由备份接替")
	o.picture("console-assignment-1280")
	o.fills("reason", "UNSUITABLE")
	o.press("签名并收回")
	o.says("人工收回的代价")
	o.says("由工作人员收回（不合适）")
	o.picture("console-overruled-1280")
	next := asks(t, o.live(3)) // whoever refused or was taken off the first need is not asked for it again
	o.goes("matching")
	o.press("送餐 · " + next[:8])
	o.says("未评估")
	o.fills("priority", "8")
	o.press("签名并评估")
	o.until(`!document.querySelector("main").innerText.includes("未评估")`)
	o.picture("console-need-1280")
	o.goes("matching")
	o.press("查看拟议方案")
	o.says("每单位成本")
	o.says("若其不能来")
	o.says("将短缺的供给")
	o.picture("console-proposal-1280")
	o.press("签署并执行此方案")
	o.says("方案已签署")
}

// helped opens a file for a resident with one part in it, agrees, and asks for meals; it gives the case.
func (o *worktop) helped(d *client.Device) (caseID string) {
	o.Helper()
	file, words := client.NewID(), "张奶奶，三号楼"
	do := func(operation, path string, body proto.Message) *op.Answer {
		o.Helper()
		a, err := d.Do(o.T.Context(), operation, path, body)
		if err != nil {
			o.Fatal(err)
		}
		return a
	}
	do("aid.register", "beneficiaries", &aidv1.RegisterBeneficiary{Beneficiary: file, Member: d.Member})
	sealed, err := d.PutText(o.T.Context(), file, words)
	if err != nil {
		o.Fatal(err)
	}
	part := &aidv1.FileField{Field: aidv1.Field_FIELD_IDENTITY, Text: neighbourhood.Text(sealed)}
	do("aid.amend_file", "beneficiaries/"+file+"/files", &aidv1.AmendFile{Beneficiary: file, File: part})
	for _, purpose := range []aidv1.ConsentPurpose{
		aidv1.ConsentPurpose_CONSENT_PURPOSE_CASE_WORK, aidv1.ConsentPurpose_CONSENT_PURPOSE_DELIVERY,
	} {
		do("aid.give_consent", "beneficiaries/"+file+"/consents", &aidv1.GiveConsent{Beneficiary: file, Purpose: purpose})
	}
	said, err := d.PutText(o.T.Context(), file, "腿脚不便，做不了饭")
	if err != nil {
		o.Fatal(err)
	}
	return o.made(do("aid.request", "aid-cases", &aidv1.RequestAid{
		Beneficiary: file, Channel: aidv1.RequestChannel_REQUEST_CHANNEL_SELF, Category: "food", Urgency: aidv1.Urgency_URGENCY_ORDINARY,
		Quantity: 20, Unit: "meal", Text: neighbourhood.Text(said),
	}), "aid-case")
}

// TestCaseInBrowser: a case is on the board without whose it is; who takes it on sees its clocks and its file, part by part. Before a part
// opens the screen says that the read is recorded, and it is. Another officer approves, and does not see whose case it is; then work is
// ordered. A resident who is no officer is told that this is not theirs to see.
func TestCaseInBrowser(t *testing.T) {
	o := newWorktop(t, 1280, 900)
	id := o.helped(o.live(0))
	o.goes("cases")
	o.says("尚无人承办")
	o.picture("console-cases-1280")
	o.press("由我承办")
	o.says("求助者档案")
	o.says("受理时限")
	o.picture("console-case-1280")
	o.press("打开：身份")
	o.says("是求助者的私密内容")
	o.picture("console-case-warning-1280")
	if n := o.reads(); n != 0 {
		t.Errorf("%d reads are on the record before anything was opened", n)
	}
	o.press("记录并打开")
	o.says("张奶奶，三号楼")
	o.picture("console-case-opened-1280")
	if n := o.reads(); n != 1 {
		t.Errorf("%d reads are on the record, want 1", n)
	}
	o.fills("assess-words", "独居，需送餐")
	o.press("提交评估")
	o.says("已评估")
	o.fills("plan-words", "每天送午餐，两周")
	o.press("提交方案")
	o.says("已有方案")
	approver := o.beside(o.first())
	approver.goes("cases/" + id)
	approver.says("档案只向其中写明的人显示") // an officer approves without seeing whose it is
	approver.fills("approve-quantity", "15")
	approver.press("批准")
	o.says("派工单")
	o.fills("order-org", o.second().Org)
	o.fills("order-quantity", "15")
	o.press("派工单")
	o.says("已派工单")
	o.picture("console-case-ordered-1280")
	other := o.beside(o.resident(1))
	for _, place := range []string{"cases", "cases/" + id, "matching"} {
		other.goes(place)
		other.says("代码 ")
	}
	other.picture("console-refused-1280")
}

// reads counts the reads of sealed words that the record has.
func (o *worktop) reads() int {
	o.Helper()
	var page struct{ Records []json.RawMessage }
	d := o.actsAs(o.first())
	if err := d.Get(o.T.Context(), "/v1/communities/"+o.community+"/records/reading", &page); err != nil {
		o.Fatal(err)
	}
	return len(page.Records)
}
