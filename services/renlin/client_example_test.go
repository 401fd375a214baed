package main

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestClientExample runs the TypeScript client's example, as a developer would, against a pilot with an open poll, and then counts the
// poll: the ballot that JavaScript sealed must be one.
func TestClientExample(t *testing.T) {
	client := filepath.Join("..", "gateway", "client")
	if _, err := os.Stat(filepath.Join(client, "dist", "index.js")); err != nil {
		if os.Getenv("RENLIN_CI") == "1" {
			t.Fatal("the client is not built: npm ci --ignore-scripts && npm run build in services/gateway/client")
		}
		t.Skip("the client is not built here")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("the client is built, and there is no node to run its example")
	}
	address, _ := startPilot(t)
	n, voters := foundVoters(t, address, 2)
	poll, state := openPoll(t, n)
	people := filepath.Join(t.TempDir(), "example.json")
	raw, err := json.Marshal([]person{{
		Community: n.Community, Genesis: n.Genesis.String(), Member: voters[0].Member, What: "resident",
		Seed: hex.EncodeToString(voters[0].Key.Seed()),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(people, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), node, filepath.Join(client, "example.mjs"), address, people).CombinedOutput()
	if err != nil {
		t.Fatalf("the example failed: %v\n%s", err, out)
	}
	want := []string{
		"signed in to Ballots", "topic without a network: waiting", "topic sent: true", "it says: There is no bench at the bus stop.",
		"ballot: done once", "refused: topic.unknown", "receipt of proposal.post holds", "receipt of voting.cast holds",
	}
	for _, line := range want {
		if !strings.Contains(string(out), line+"\n") {
			t.Errorf("the example does not say %q:\n%s", line, out)
		}
	}
	mustCast(t, voters[1], poll, state, no)
	tally := tallyOf(t, n, poll)
	if tally.GetBallots() != 2 || tally.GetReplaced() != 0 || tally.GetInvalid() != 0 || tally.GetTotals()[0].GetHeads() != 1 {
		t.Errorf("the ballot from JavaScript is not counted once and as a yes: %v", tally)
	}
}
