package matching_test

import (
	"testing"

	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// FuzzCarried: whatever is carried, nothing but what stands on the other record is taken up or settles anything, and it is refused by name.
func FuzzCarried(f *testing.F) {
	home, office := two(f)
	_, referral := home.refers(office, 3)
	other := newShore(f, "other")
	other.knows(office)
	_, foreign := other.refers(office, 1)
	taking, from := office.takingUp(home, referral), office.takingUp(other, foreign)
	f.Add(taking.Commit, taking.Proof)
	f.Add(from.Commit, from.Proof)
	f.Add(taking.Commit, from.Proof)
	f.Add([]byte{}, []byte("c2sp.org/tlog-proof@v1\nindex 0\n\n"))
	f.Fuzz(func(t *testing.T, commit, proof []byte) {
		home, office := two(t)
		_, referral := home.refers(office, 3)
		if got := home.Try("ann", "matching.settle_referral", &matchingv1.SettleReferral{
			Referral: referral, Commit: commit, Proof: proof,
		}); got != "proof.not_held" && got != "proof.surplus" {
			t.Errorf("settles as %q", got)
		}
		lent := office.Try("fay", "matching.bring_loan", &matchingv1.BringLoan{Peer: home.id, Commit: commit, Proof: proof})
		if lent != "proof.not_held" && lent != "proof.surplus" && lent != "proof.other_fact" {
			t.Errorf("brought as %q", lent)
		}
		got := office.Try("olga", "matching.take_up", &matchingv1.TakeUp{
			Peer: home.id, Commit: commit, Proof: proof, Text: text("soup"),
		})
		good := office.takingUp(home, referral)
		switch {
		case got == "" && string(commit) != string(good.Commit):
			t.Errorf("took up what is not on the other record")
		case got == "" && office.uptake(home, referral).Quantity != 3:
			t.Errorf("took up %+v", office.uptake(home, referral))
		case got != "" && got != "proof.not_held" && got != "proof.surplus" && got != "proof.other_fact":
			t.Errorf("refused as %q", got)
		}
	})
}
