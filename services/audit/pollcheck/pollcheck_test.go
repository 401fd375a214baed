package pollcheck_test

import (
	"testing"

	"renlin.dev/services/audit/pollcheck"
)

// TestHonest: nothing is wrong with honest polls, and everything that there is of them is checked.
func TestHonest(t *testing.T) {
	for name, make := range everyHonest() {
		t.Run(name, func(t *testing.T) {
			report := make(t).check()
			if !report.OK || len(report.Polls) != 1 {
				t.Errorf("%+v", report.Polls[0].Findings)
			}
			for _, c := range report.Polls[0].Checks {
				if c.State == pollcheck.Fails || c.State == pollcheck.Unchecked && c.Name != "leak" {
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
					if len(p.Findings) > 0 {
						t.Errorf("commit %d (%T): %+v", i, f.body, p.Findings[0])
					}
				}
				if report.Withheld != 1 {
					t.Errorf("commit %d: %d withheld", i, report.Withheld)
				}
			}
		})
	}
}
