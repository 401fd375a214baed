package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportRefusesBrokenRows: each row that cannot be used is named with line and reason, nothing of it is said back, and nothing is
// imported: no gateway is even spoken to.
func TestImportRefusesBrokenRows(t *testing.T) {
	for kind, c := range map[string]struct {
		file, text string
		want       []string
	}{
		"pabulib": {"broken.pb", "META\nkey;value\nnum_projects;2\nnum_votes;2\nbudget;100\nvote_type;approval\nrule;greedy\nPROJECTS\n" +
			"project_id;cost;name\n1;10;A\n2;" + typed + ";B\nVOTES\nvoter_id;vote\n1;1\n2;9\n",
			[]string{"line 11, cost:", "line 15, vote:", "2 rows cannot be used; nothing was imported"}},
		"roster": {"broken.csv", "name,unit,area_m2\na,1,10\nb,1,20\n" + typed + ",2,x\n",
			[]string{"line 3, unit:", "line 4, area_m2:", "2 rows cannot be used; nothing was imported"}},
	} {
		file := filepath.Join(t.TempDir(), c.file)
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, stderr := renlin(t, "import", kind, "-http", "http://127.0.0.1:1", file)
		if code != exitUsage || out != "" || strings.Contains(stderr, typed) {
			t.Errorf("%s: exit %d\nstdout: %s\nstderr: %s", kind, code, out, stderr)
		}
		for _, want := range c.want {
			if !strings.Contains(stderr, want) {
				t.Errorf("%s: no %q in\n%s", kind, want, stderr)
			}
		}
	}
}
