package ledger_test

import (
	"testing"
)

// TestPaidDoNotRefuse: whoever was paid cannot keep it by refusing its correction again and again.
func TestPaidDoNotRefuse(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	for _, row := range []struct{ account, who, refused string }{
		{b.company, "pia", "transfer.own_org"}, {b.ann, "omar", "transfer.related"}, {b.ann, "pia", ""},
	} {
		paid := b.propose("olga", true, line(b.envelope, row.account, 100))
		b.approve("oda", paid)
		back := b.proposal(true, line(row.account, b.envelope, 100))
		back.Corrects = paid
		correction := b.do("transfer", "olga", "ledger.propose", back)
		b.expect("the correction, by "+row.who, b.void(row.who, correction), row.refused)
	}
	b.replay()
}
