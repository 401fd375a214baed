package ledger_test

import (
	"encoding/json"
	"slices"
	"testing"

	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger"
)

// works gives what is shown to somebody of reported work, by ids.
func (w *world) works(who string) (asked, told []string) {
	w.Helper()
	question, err := json.Marshal(ledger.WorksQuestion{Member: id(who), Now: w.Now})
	if err != nil {
		w.Fatalf("encode question: %v", err)
	}
	raw, err := ledger.AnswerWorks(w.State, question)
	var out ledger.Works
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		w.Fatalf("answer: %v", err)
	}
	for _, one := range out.Asked {
		asked = append(asked, one.ID)
		if one.State != "reported" || one.Counterparty != id(who) || one.What.Ref == "" {
			w.Errorf("asked of %s: %+v", who, one)
		}
	}
	for _, one := range out.Told {
		told = append(told, one.ID)
		if one.Worker != id(who) {
			w.Errorf("told by %s: %+v", who, one)
		}
	}
	return asked, told
}

// TestOwnWorks: what is reported waits at whom it was done for until they have answered or its time is over, and nowhere else; whoever
// reported it is shown it for good.
func TestOwnWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, rules())
	same := func(at, who string, wantAsked, wantTold []string) {
		t.Helper()
		asked, told := w.works(who)
		if !slices.Equal(asked, wantAsked) || !slices.Equal(told, wantTold) {
			t.Errorf("%s: %s is asked %v and told %v, want %v and %v", at, who, asked, told, wantAsked, wantTold)
		}
	}
	first := w.Do("work", "dan", "ledger.report_work", work("eve", 30))
	second := w.Do("work", "bob", "ledger.report_work", work("eve", 20))
	third := w.Do("work", "dan", "ledger.report_work", work("eve", 10))
	same("reported", "eve", []string{first, second, third}, nil)
	same("reported", "dan", nil, []string{third, first})
	same("reported", "fay", nil, nil)
	w.Do("work", "eve", "ledger.confirm_work", &ledgerv1.ConfirmWork{Work: second})
	w.Do("work", "eve", "ledger.decline_work", &ledgerv1.DeclineWork{Work: first})
	same("answered", "eve", []string{third}, nil)
	same("answered", "dan", nil, []string{third, first})
	same("answered", "bob", nil, []string{second})
	w.Now += 400 * 24 * 60 * 60 * 1000
	same("late", "eve", nil, nil)
	fourth := w.Do("work", "dan", "ledger.report_work", work("eve", 15))
	same("anew", "eve", []string{fourth}, nil)
}
