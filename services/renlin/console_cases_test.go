package main

import (
	"testing"

	"github.com/chromedp/chromedp"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// does has somebody do something about a case.
func (o *worktop) does(d *client.Device, operation, path string, body proto.Message) *op.Answer {
	o.Helper()
	a, err := d.Do(o.T.Context(), operation, path, body)
	if err != nil {
		o.Fatal(operation, err)
	}
	return a
}

// fileOf gives whose a case is.
func (o *worktop) fileOf(d *client.Device, caseID string) string {
	o.Helper()
	var one struct{ Beneficiary string }
	if _, err := d.Record(o.T.Context(), "aid-case/"+caseID, 0, &one); err != nil {
		o.Fatal(err)
	}
	return one.Beneficiary
}

// sealed puts words under somebody's key.
func (o *worktop) sealed(d *client.Device, subject, words string) *communityv1.Text {
	o.Helper()
	sealed, err := d.PutText(o.T.Context(), subject, words)
	if err != nil {
		o.Fatal(err)
	}
	return neighbourhood.Text(sealed)
}

// planned has the first officer take a resident's case on and plan it.
func (o *worktop) planned() (caseID string) {
	o.Helper()
	worker := o.actsAs(o.first())
	caseID = o.helped(o.live(0))
	at := "aid-cases/" + caseID
	o.does(worker, "aid.assign", at+"/assignment", &aidv1.AssignCase{Case: caseID, Worker: worker.Member})
	file := o.fileOf(worker, caseID)
	o.does(worker, "aid.assess", at+"/assessment", &aidv1.AssessCase{
		Case: caseID, Urgency: aidv1.Urgency_URGENCY_ORDINARY, Findings: o.sealed(worker, file, "独居"),
	})
	o.does(worker, "aid.plan", at+"/plan", &aidv1.PlanCase{Case: caseID, Plan: o.sealed(worker, file, "每天送午餐")})
	return caseID
}

// TestRepeatsInBrowser: an officer approves, and corrects what was approved. The worker orders meals and plans them once: how many times
// that is and when the last one is stands there while they type, and that a plan is longer than its order. It is on the list of what
// repeats, is paused, goes on, and is ended.
func TestRepeatsInBrowser(t *testing.T) {
	o := newWorktop(t, 1280, 900)
	id := o.planned()
	o.goes("cases/" + id)
	o.fills("approve-quantity", "15")
	o.press("批准")
	o.says("现批准 15")
	o.fills("approve_anew-quantity", "16")
	o.press("更正批准数量")
	o.says("现批准 16")
	o.picture("console-case-approved-1280")
	worker := o.beside(o.first())
	worker.do(chromedp.EmulateViewport(360, 740))
	worker.goes("cases/" + id)
	worker.says("已批准而未派出的还有 16")
	worker.fills("order-org", o.second().Org)
	worker.fills("order-quantity", "14")
	worker.press("派工单")
	worker.says("尚未答复")
	worker.press("安排重复")
	worker.says("共 14 次")
	worker.fill("input[id^=quantity-]", "7")
	worker.says("共 2 次")
	worker.fill("select[id^=every-]", "1209600")
	worker.says("最后一次晚于工单的期限")
	worker.fill("select[id^=every-]", "86400")
	worker.says("共 2 次")
	worker.picture("console-repeat-plan-360")
	worker.sends()
	worker.says("每天 · 7 份餐")
	worker.press("暂停")
	worker.submits()
	worker.says("已暂停，自动恢复于")
	worker.goes("cases")
	worker.says("每天 · 7 份餐")
	worker.picture("console-repeats-360")
	worker.usable("repeats")
	worker.goes("cases/" + id)
	worker.press("立即恢复")
	worker.sends()
	worker.until(`!document.querySelector("main").innerText.includes("已暂停，自动恢复于")`)
	worker.press("结束重复")
	worker.says("此后不再等待任何人上门")
	worker.marksWhatIsHeard()
	worker.sends()
	worker.hears("已记录。")
	worker.says("安排重复")
	worker.usable("case with orders")
}

// TestCallBackInBrowser: what a neighbour brought waits for a call by an officer without a hand in it, who opens how the person is reached,
// and writes down what they say. Then the case is closed, and opened again.
func TestCallBackInBrowser(t *testing.T) {
	o := newWorktop(t, 1280, 900)
	id := o.planned()
	worker, brings := o.actsAs(o.first()), o.live(1)
	file := o.fileOf(worker, id)
	o.does(worker, "aid.amend_file", "beneficiaries/"+file+"/files", &aidv1.AmendFile{
		Beneficiary: file, File: &aidv1.FileField{Field: aidv1.Field_FIELD_CONTACT, Text: o.sealed(worker, file, "电话 8800-1234")},
	})
	o.goes("cases/" + id)
	o.fills("approve-quantity", "5")
	o.press("批准")
	o.says("现批准 5")
	order := o.made(o.does(worker, "aid.order", "aid-cases/"+id+"/work-orders", &aidv1.OrderWork{
		Case: id, Member: brings.Member, Quantity: 5,
	}), "work-order")
	o.does(brings, "aid.answer_order", "work-orders/"+order+"/answer", &aidv1.AnswerOrder{Order: order, Accept: true})
	o.does(brings, "aid.visit", "work-orders/"+order+"/visits", &aidv1.RecordVisit{
		Order: order, Outcome: aidv1.VisitOutcome_VISIT_OUTCOME_DELIVERED, Quantity: 5, Evidence: o.sealed(brings, brings.Member, "已送到"),
	})
	other := o.beside(o.second())
	other.do(chromedp.EmulateViewport(360, 740))
	other.goes("cases")
	other.says("已送达 5 份餐")
	other.press("打开：联系方式")
	other.press("记录并打开")
	other.says("电话 8800-1234")
	other.press("记录回访")
	other.fill("input[id^=quantity-]", "5")
	other.fill("select[id^=settled-]", "yes")
	other.fill("textarea[id^=words-]", "都收到了，谢谢")
	other.picture("console-call-back-360")
	other.usable("call-backs")
	other.marksWhatIsHeard()
	other.sends()
	other.hears("回访已记录。")
	other.says("目前没有等您回访的个案")
	o.press("结案")
	o.says("已结案")
	o.fills("reopen-words", "又需要送餐")
	o.press("重新受理")
	o.says("待受理")
}
