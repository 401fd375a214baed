package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"renlin.dev/pkg/client"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// onDuty makes a grid worker of the committee's of a new member.
func (a inApp) onDuty() *client.Device {
	a.Helper()
	worker := admitVoters(a.T, a.Neighbourhood, 1)[0]
	a.made(a.First.Device, "", "community.grant_role", "members/"+worker.Member+"/roles", &communityv1.GrantRole{
		Member: worker.Member, Role: communityv1.Role_ROLE_GRID_WORKER, Org: a.First.Org,
	})
	return worker
}

// TestIntakeInBrowser: somebody without a telephone rings; a grid worker takes the request with what they agreed to, raises an alert later
// that day, and another looks at it and sends somebody.
func TestIntakeInBrowser(t *testing.T) {
	a := newInApp(t)
	worker := a.onDuty()
	a.enter(worker)
	a.to("rounds")
	a.says("代为受理")
	a.to("intake")
	a.press("#way-PHONE")
	a.press("#intake-food")
	a.types("intake-said", "老人来电：想订午饭")
	a.press("#agreed-CASE_WORK")
	a.types("intake-agreed", "电话里口头同意")
	a.picture("duty-intake")
	a.press("#intake-send")
	a.says("已受理")
	var cases struct {
		Cases []struct{ Case, As, State string }
	}
	err := worker.SignIn(t.Context())
	if err == nil {
		err = worker.Get(t.Context(), "/v1/communities/"+a.Community+"/own-aid-cases", &cases)
	}
	if err != nil || len(cases.Cases) != 1 {
		t.Fatalf("the case: %+v, %v", cases, err)
	}
	var asked struct {
		Beneficiary string
		Channel     aidv1.RequestChannel
		By          string
	}
	if _, err := worker.Record(t.Context(), "aid-case/"+cases.Cases[0].Case, 0, &asked); err != nil ||
		asked.Channel != aidv1.RequestChannel_REQUEST_CHANNEL_PHONE || asked.By != worker.Member {
		t.Errorf("the request: %+v, %v", asked, err)
	}
	var file struct {
		Member   string
		Consents []struct{ Evidence string }
	}
	if _, err := worker.Record(t.Context(), "beneficiary/"+asked.Beneficiary, 0, &file); err != nil || file.Member != "" ||
		len(file.Consents) != 1 || file.Consents[0].Evidence == "" {
		t.Errorf("the file: %+v, %v", file, err)
	}
	a.made(worker, "alert", "aid.raise_alert", "alerts", &aidv1.RaiseAlert{
		Beneficiary: asked.Beneficiary, Kind: aidv1.SignalKind_SIGNAL_KIND_FALL, Level: aidv1.SignalLevel_SIGNAL_LEVEL_ALARM,
		Text: a.sealed(worker, asked.Beneficiary),
	})
	a.to("duty")
	a.says("跌倒")
	a.says("1 个告警没有人看")
	a.picture("duty-list")
	const choose = `(document.querySelector("[id^=triage-VISIT]") || {}).id || ""`
	id := strings.TrimPrefix(read(a.tab, chromedp.Evaluate[string](choose)), "triage-VISIT-")
	a.press("#triage-VISIT-" + id)
	a.pressNamed("照护")
	a.types("triage-"+id, "已请楼长去看")
	a.picture("duty-triage")
	a.press("#triage-send-" + id)
	a.says("现在没有告警")
	var alert struct {
		Outcome aidv1.TriageOutcome
		Case    string
	}
	_, err = worker.Record(t.Context(), "alert/"+id, 0, &alert)
	if err != nil || alert.Outcome != aidv1.TriageOutcome_TRIAGE_OUTCOME_VISIT || alert.Case == "" {
		t.Errorf("the alert: %+v, %v", alert, err)
	}
}
