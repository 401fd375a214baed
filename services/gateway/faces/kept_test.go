package faces

import (
	"net/http/httptest"
	"strings"
	"testing"

	"renlin.dev/pkg/rules"
	looks "renlin.dev/services/gateway/look"
)

// TestRecordSaysWhatIsWrong: given a record that once was read again and all was well, when a difference is found or audit does not go on,
// then its page claims nothing that is not so any more.
func TestRecordSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	l := s.looks[looks.English]
	links, reread := l.Words["record.check.links"], l.Words["record.check.reread"]
	for name, c := range map[string]struct { // any order: each alone
		kept          kept
		links, reread bool
		crosses       int
	}{
		"well":      {kept{RereadAt: 1, Confirmed: 1}, true, true, 0},
		"differing": {kept{RereadAt: 1, Confirmed: 1, Stopped: "audit"}, false, false, 1},
		"forked":    {kept{RereadAt: 1, Confirmed: 1, Findings: []Finding{{"notary", "notary.forked"}}}, false, true, 1},
		"watched":   {kept{RereadAt: 1, Confirmed: 1, Observed: true}, true, true, 0},
		"behind":    {kept{RereadAt: 1, Confirmed: 1, Trouble: []string{"follow"}}, false, true, 0},
		"a plan":    {kept{RereadAt: 1, Confirmed: 1, Plans: plansKept{Checked: 2}}, true, true, 0},
		"wrong plan": {kept{
			RereadAt: 1, Confirmed: 1, Plans: plansKept{Checked: 2, Wrong: 1}, Wrong: []wrongPlan{{Plan: "p", Why: rules.Text{English: "So."}}},
		}, true, true, 1},
	} {
		v := &visit{r: httptest.NewRequestWithContext(t.Context(), "GET", "/c/x/record", nil), community: &Community{ID: "x"}}
		w := httptest.NewRecorder()
		l.write(w, v, 200, "record", &c.kept)
		page := w.Body.String()
		if w.Code != 200 || strings.Contains(page, links) != c.links || strings.Contains(page, reread) != c.reread ||
			strings.Count(page, "✗") != c.crosses {
			t.Errorf("%s: %d\n%s", name, w.Code, page)
		}
	}
}

// TestFindings: what is wrong with the record is told, each once; that somebody waits or is away is not.
func TestFindings(t *testing.T) {
	t.Parallel()
	var k kept
	k.found([]Finding{{"notary", ""}, {"notary", "notary.refuses"}})
	if k.Observed || len(k.Findings) != 0 || !k.Well() {
		t.Errorf("a notary that waits: %+v", k)
	}
	k.found([]Finding{{"trustee", ""}, {"keystore", "record.not_followed"}})
	if !k.Observed || len(k.Findings) != 0 {
		t.Errorf("observers that find nothing: %+v", k)
	}
	untrue := Finding{"trustee", "record.untrue"}
	k.found([]Finding{untrue, untrue, {"notary", "notary.forked"}})
	if len(k.Findings) != 2 || k.Findings[0] != untrue || k.Well() {
		t.Errorf("two findings: %+v", k)
	}
}
