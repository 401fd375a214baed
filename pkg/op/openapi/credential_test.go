package openapi

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// TestCredential: what a credential signs is open to credentials, and to no session.
func TestCredential(t *testing.T) {
	t.Parallel()
	let := func(*decider.View, *decider.Command, *communityv1.RevokeMember) ([]decider.Change, error) {
		return nil, nil
	}
	m := decider.NewModel("voting", []uint32{1},
		decider.Op(decider.Operation{Name: "voting.cast", Route: "POST a", Access: standing.To(communityv1.Role_ROLE_MEMBER)}, let),
		decider.Op(decider.Operation{Name: "voting.cast_secret", Route: "POST b", Access: standing.Access{Credential: true}}, let))
	raw, err := Build(Config{Title: "T", Models: []*decider.Model{m}})
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Description string
			Security    []map[string]any
			Access      []string `json:"x-access"`
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]struct{ access, security string }{
		"/v1/communities/{community}/a": {"member", "device session"}, "/v1/communities/{community}/b": {"credential", "device"},
	} {
		o := doc.Paths[path]["post"]
		var security []string
		for _, s := range o.Security {
			for name := range s { // any order: there is one
				security = append(security, name)
			}
		}
		slices.Sort(security)
		if strings.Join(o.Access, " ") != want.access || strings.Join(security, " ") != want.security ||
			!strings.Contains(o.Description, "Open to: "+want.access+".") {
			t.Errorf("%s: %+v", path, o)
		}
	}
}
