package community_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community"
)

// history asks what the rulebook was.
func (w *world) history(version uint32) (*standing.HistoryPage, error) {
	w.t.Helper()
	question, err := json.Marshal(standing.HistoryQuestion{Version: version})
	if err != nil {
		w.t.Fatal(err)
	}
	raw, err := community.AnswerHistory(w.state, question)
	if err != nil {
		return nil, err
	}
	page := &standing.HistoryPage{}
	if err := json.Unmarshal(raw, page); err != nil {
		w.t.Fatal(err)
	}
	return page, nil
}

// Given a rulebook that came with the founding, was amended by two officers, and then by a motion, when its history is asked for, then each
// version is there, the newest first, with when it came, in which commit and by which motion; and each says what it said.
func TestHistoryOfRulebook(t *testing.T) {
	t.Parallel()
	w := founded(t)
	began := w.now
	holds := rulebook(2)
	holds.Ledger = &communityv1.LedgerRules{HoldSeconds: 3600}
	w.do(community.OpAmendRulebook, &communityv1.AmendRulebook{Rulebook: holds}, ann, bob)
	second := w.state.Position() - 1
	next := sharing(3, 500)
	w.inForce(put(naming(next)))
	w.do(community.OpAmendRulebook, &communityv1.AmendRulebook{Rulebook: next, Motion: id("m")}, ann, bob)
	third := w.state.Position() - 1
	page, err := w.history(0)
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Versions) != 3 || page.More != 0 || page.Book != nil {
		t.Fatalf("%+v", page)
	}
	for i, v := range page.Versions {
		if v.AdoptedAt <= 0 || v.AdoptedAt > w.now || v.AdoptedAt < began-60_000 {
			t.Errorf("version %d is of %d, now it is %d", v.Version, v.AdoptedAt, w.now)
		}
		page.Versions[i].AdoptedAt = 0
	}
	want := []standing.RulebookVersion{{Version: 3, Index: third, Motion: id("m")}, {Version: 2, Index: second}, {Version: 1}}
	if diff := cmp.Diff(want, page.Versions); diff != "" {
		t.Error(diff)
	}
	for version, pool := range map[uint32]uint32{1: 0, 2: 0, 3: 500} { // any order: each by itself
		page, err := w.history(version)
		if err != nil || len(page.Versions) != 1 || page.Versions[0].Version != version || page.Book.GetVersion() != version ||
			page.Book.GetLedger().GetDividendPoolPermille() != pool {
			t.Errorf("version %d: %+v, %v", version, page, err)
		}
	}
	if _, err := w.history(4); !errors.Is(err, standing.ErrVersion) {
		t.Errorf("a version that there was not: %v", err)
	}
	if _, err := community.AnswerHistory(w.state, []byte("{")); err == nil {
		t.Error("a malformed question is answered")
	}
}
