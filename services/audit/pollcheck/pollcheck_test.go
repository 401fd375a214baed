package pollcheck_test

import (
	"slices"
	"testing"

	"renlin.dev/services/audit/pollcheck"
)

// unsampled is found of a poll that was released before anybody looked at samples: an auditor has compared a sheet that nobody drew.
var unsampled = map[string][]string{"secret sheets": {"samples.outside", "samples.result"}}

// unexpected are what is found of a poll that is honest, but for that, and for what polls say that were made for other checks: their leak
// meter was never asked.
func unexpected(name string, found []pollcheck.Finding) []pollcheck.Finding {
	_, isMetered := meteredPolls[name]
	return slices.DeleteFunc(slices.Clone(found), func(f pollcheck.Finding) bool {
		return slices.Contains(unsampled[name], f.Code) || f.Check == "leak" && !isMetered
	})
}

// TestHonest: nothing is wrong with honest polls, and everything that there is of them is checked.
func TestHonest(t *testing.T) {
	for name, make := range everyHonest() {
		t.Run(name, func(t *testing.T) {
			report := make(t).check()
			found := unexpected(name, report.Polls[0].Findings)
			if len(found) > 0 || len(report.Polls) != 1 || report.OK != (len(report.Polls[0].Findings) == 0) {
				t.Errorf("%+v", found)
			}
			for _, c := range report.Polls[0].Checks {
				if c.State == pollcheck.Unchecked {
					t.Errorf("%s: %s", c.Name, c.State)
				}
			}
		})
	}
}

// TestWithheld: whatever commit is withheld, an honest poll is not called wrong for it, and what could not be checked is not called good.
func TestWithheld(t *testing.T) {
	for name, make := range everyHonest() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := make(t)
			for i, f := range whole.facts {
				if f.operation != "some.thing" {
					t.Fatal(i)
				}
				r := whole.clone()
				r.facts[i].hidden = true
				report := r.check()
				for _, p := range report.Polls {
					if found := unexpected(name, p.Findings); len(found) > 0 {
						t.Errorf("commit %d (%T): %+v", i, f.body, found[0])
					}
				}
				if report.Withheld != 1 {
					t.Errorf("commit %d: %d withheld", i, report.Withheld)
				}
			}
		})
	}
}
