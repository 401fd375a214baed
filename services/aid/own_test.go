package aid_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/decider"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	"renlin.dev/services/aid"
)

// own asks for what is somebody's own.
func (w *world) own(answer func(*decider.State, []byte) ([]byte, error), who string, into any) {
	w.Helper()
	question, err := json.Marshal(aid.MineQuestion{Member: id(who)})
	if err != nil {
		w.Fatalf("encode question: %v", err)
	}
	raw, err := answer(w.State, question)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		w.Fatalf("answer: %v", err)
	}
}

func (w *world) files(who string) (out []aid.OwnFile) {
	w.Helper()
	w.own(aid.AnswerOwnFiles, who, &out)
	return out
}

// TestOwnFiles: a file that a grid worker has opened for a resident is found by the resident, and by their proxy, and by nobody else; not
// once its words are erased.
func TestOwnFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do("aid.register", &aidv1.RegisterBeneficiary{Beneficiary: annFile, Member: id("ann")}, "wes")
	if diff := cmp.Diff([]aid.OwnFile{{Beneficiary: annFile, As: "person"}}, w.files("ann")); diff != "" {
		t.Errorf("ann's: %s", diff)
	}
	if files := w.files("wes"); len(files) != 0 {
		t.Errorf("whoever opened it: %v", files)
	}
	w.do("aid.name_proxy", &aidv1.NameProxy{Beneficiary: annFile, Proxy: id("pam")}, "ann")
	if diff := cmp.Diff([]aid.OwnFile{{Beneficiary: annFile, As: "proxy"}}, w.files("pam")); diff != "" {
		t.Errorf("pam's: %s", diff)
	}
	w.Fact("subject/"+annFile, &vaultv1.SubjectErased{})
	if files := append(w.files("ann"), w.files("pam")...); len(files) != 0 {
		t.Errorf("once erased: %v", files)
	}
}

func (w *world) carried(who string) (orders []string) {
	w.Helper()
	var out []struct {
		Order, Case, Category, Unit string
		Quantity, Delivered         int64
		Accepted                    bool
	}
	w.own(aid.AnswerCarried, who, &out)
	for _, o := range out {
		orders = append(orders, o.Order)
		if o.Category != "food" || o.Unit != "meal" || o.Case == "" {
			w.Errorf("%s carries %+v", who, o)
		}
	}
	return orders
}

// TestCarried: whoever was asked to bring something finds it, without working on its case, until it has ended; and who goes for an
// organisation, once they are named.
func TestCarried(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.approved()
	asked := w.do("aid.order", &aidv1.OrderWork{Case: c, Member: id("vic"), Quantity: 5}, "wes")
	ofOrg := w.do("aid.order", &aidv1.OrderWork{Case: c, Org: id("volunteers"), Quantity: 5}, "wes")
	if diff := cmp.Diff([]string{asked}, w.carried("vic")); diff != "" {
		t.Errorf("asked: %s", diff)
	}
	w.do("aid.answer_order", &aidv1.AnswerOrder{Order: ofOrg, Accept: true, Member: id("vic")}, "olga")
	if orders := w.carried("vic"); len(orders) != 2 {
		t.Errorf("both: %v", orders)
	}
	w.do("aid.answer_order", &aidv1.AnswerOrder{Order: asked}, "vic")
	if diff := cmp.Diff([]string{ofOrg}, w.carried("vic")); diff != "" {
		t.Errorf("one declined: %s", diff)
	}
	w.do("aid.visit", visit(ofOrg, 5), "vic")
	if orders := append(w.carried("vic"), w.carried("wes")...); len(orders) != 0 {
		t.Errorf("brought: %v", orders)
	}
}
