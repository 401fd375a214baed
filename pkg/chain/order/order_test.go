package order_test

import (
	"testing"

	"renlin.dev/pkg/chain"
)

func TestFirstThread(t *testing.T) {
	w := founded(t)
	r := w.do("proposal", appendOf(t, draft{idem: "1", changes: []chain.Change{change("topic/a", 1)}}))
	if r.Fault != nil || len(r.Receipts) != 1 || r.Receipts[0].Index != 1 {
		t.Fatalf("reply: %+v", r)
	}
}
