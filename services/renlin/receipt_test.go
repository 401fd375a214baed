package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/op"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// drawer is where a voter keeps what they need to check their ballot without the operator.
type drawer struct {
	t   *testing.T
	dir string
}

func (d drawer) put(name string, content []byte) string {
	d.t.Helper()
	file := filepath.Join(d.dir, name)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		d.t.Fatal(err)
	}
	return file
}

// putAnswer keeps an answer as the gateway gave it.
func (d drawer) putAnswer(name string, a *op.Answer) string {
	d.t.Helper()
	raw, err := json.Marshal(a)
	if err != nil {
		d.t.Fatal(err)
	}
	return d.put(name, raw)
}

// putPolicy writes the keys that a community publishes into a policy, as a notice board would show them.
func (d drawer) putPolicy(device *client.Device) string {
	d.t.Helper()
	var keys struct {
		Log       string
		Witnesses []string
	}
	if err := device.Get(d.t.Context(), "/log/"+device.Community+"/keys", &keys); err != nil {
		d.t.Fatal(err)
	}
	if len(keys.Witnesses) == 0 {
		d.t.Fatal("no witness")
	}
	text := fmt.Sprintf("log %s\n", keys.Log)
	var names []string
	for i, key := range keys.Witnesses {
		names = append(names, fmt.Sprint("w", i))
		text += fmt.Sprintf("witness w%d %s\n", i, key)
	}
	return d.put("trusted.policy", []byte(text+"group all all "+strings.Join(names, " ")+"\nquorum all\n"))
}

// sizeOf reads how many commits a proof's checkpoint covers.
func sizeOf(t *testing.T, proof []byte) uint64 {
	t.Helper()
	p, err := merkle.ParseProof(proof)
	if err != nil {
		t.Fatal(err)
	}
	c, err := merkle.Peek(p.Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	return c.Size
}

// TestBallotReceipt: a voter keeps the answer to their ballot. Later, under a newer checkpoint, they check offline, with a policy from
// elsewhere, that the ballot stands where it was put; against a proof alone, and against an exported record.
func TestBallotReceipt(t *testing.T) {
	address, cfg := startPilot(t)
	n, voters := foundVoters(t, address, 3)
	poll, state := openPoll(t, n)
	d := drawer{t, t.TempDir()}
	policy := d.putPolicy(n.First.Device)
	first, err := neighbourhood.Cast(t.Context(), voters[0], poll, state.BoxKey, yes)
	if err != nil {
		t.Fatal(err)
	}
	early, err := awaitProof(t.Context(), voters[0], first.Index)
	if err != nil {
		t.Fatal(err)
	}
	second, err := neighbourhood.Cast(t.Context(), voters[1], poll, state.BoxKey, no)
	if err != nil {
		t.Fatal(err)
	}
	mustCast(t, voters[2], poll, state, no)
	tallyOf(t, n, poll)
	late := laterProof(t, voters[0], first.Index, sizeOf(t, early))
	secondProof, err := awaitProof(t.Context(), voters[1], second.Index)
	if err != nil {
		t.Fatal(err)
	}
	bundle := filepath.Join(d.dir, "record.renlin")
	if code, out, stderr := renlin(t, "export", "-o", bundle, "-http", address, "-token", filepath.Join(cfg.data, "token")); code != exitDone {
		t.Fatalf("export: exit %d\n%s\n%s", code, out, stderr)
	}
	mine, other := d.putAnswer("mine.json", first), d.putAnswer("other.json", second)
	proof := d.put("mine.proof", late)
	key := hex.EncodeToString(n.EpochKey)
	for _, args := range [][]string{
		{"-receipt", mine, proof},
		{"-receipt", mine, "-epoch-key", key, proof},
		{"-receipt", d.put("mine.receipt", first.Receipt), proof},
		{"-receipt", other, d.put("other.proof", secondProof)},
		{"-receipt", mine, "-epoch-key", key, bundle},
		{"-receipt", other, bundle},
	} {
		code, out, stderr := renlin(t, append([]string{"verify", "-policy", policy}, args...)...)
		if code != exitDone || !strings.Contains(out, "stands where it was put") {
			t.Errorf("%v: exit %d\n%s\n%s", args, code, out, stderr)
		}
	}
	if _, out, _ := renlin(t, "verify", "-receipt", mine, bundle); !strings.Contains(out, "voting.cast, signed by key "+
		chain.KeyID(chain.Public(voters[0].Key))) {
		t.Errorf("it does not say whose what it is:\n%s", out)
	}
	refusedReceipts(t, d, policy, first, late, bundle)
}

// laterProof waits for a proof under a checkpoint that covers more than before.
func laterProof(t *testing.T, device *client.Device, index, than uint64) (proof []byte) {
	t.Helper()
	err := neighbourhood.Eventually(t.Context(), "newer checkpoint", func() error {
		var err error
		if proof, err = awaitProof(t.Context(), device, index); err == nil && sizeOf(t, proof) <= than {
			err = context.DeadlineExceeded
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return proof
}

// refusedReceipts holds receipts that were not kept, and what cannot be read, to their exit codes.
func refusedReceipts(t *testing.T, d drawer, policy string, kept *op.Answer, late []byte, bundle string) {
	t.Helper()
	proof := d.put("again.proof", late)
	receipt, err := chain.DecodeReceipt(kept.Receipt)
	if err != nil {
		t.Fatal(err)
	}
	changed := *receipt
	changed.Commit[0] ^= 1
	moved := *receipt
	moved.Index++
	good := d.putAnswer("good.json", kept)
	text := string(late)
	edited := strings.Replace(text, "index ", "index 1", 1)
	stranger := strings.Repeat("ab", 32)
	cosigned := text[:strings.LastIndex(text, "— ")] // the witness's line taken off
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"another commit":         {[]string{"-policy", policy, "-receipt", d.put("1", changed.Encode()), proof}, exitNo, "does not lead"},
		"another place":          {[]string{"-policy", policy, "-receipt", d.put("2", moved.Encode()), proof}, exitNo, ""},
		"in the record":          {[]string{"-receipt", d.put("3", changed.Encode()), bundle}, exitNo, "receipt.not_kept"},
		"another key":            {[]string{"-policy", policy, "-receipt", good, "-epoch-key", stranger, proof}, exitNo, "signature"},
		"an edited proof":        {[]string{"-policy", policy, "-receipt", good, d.put("4", []byte(edited))}, exitNo, ""},
		"no witness":             {[]string{"-policy", policy, "-receipt", good, d.put("5", []byte(cosigned))}, exitNo, "quorum"},
		"a proof without policy": {[]string{"-receipt", good, proof}, exitUsage, "want -policy"},
		"no receipt":             {[]string{"-policy", policy, "-receipt", policy, proof}, exitUsage, "receipt"},
		"a key too short":        {[]string{"-policy", policy, "-receipt", good, "-epoch-key", "ab", proof}, exitUsage, "-epoch-key"},
		"a key for nothing":      {[]string{"-epoch-key", "ab", bundle}, exitUsage, "-epoch-key"},
		"a proof cut":            {[]string{"-policy", policy, "-receipt", good, d.put("6", late[:60])}, exitUsage, "proof"},
		"no such file":           {[]string{"-receipt", filepath.Join(d.dir, "absent"), bundle}, exitUsage, "absent"},
	} {
		code, out, stderr := renlin(t, append([]string{"verify"}, c.args...)...)
		if code != c.code || !strings.Contains(out+stderr, c.says) {
			t.Errorf("%s: exit %d, want %d\n%s\n%s", name, code, c.code, out, stderr)
		}
		if code == exitUsage && strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: not one line: %s", name, stderr)
		}
	}
	code, out, _ := renlin(t, "verify", "-json", "-policy", policy, "-receipt", good, proof)
	var answer struct {
		OK                bool
		Index, Checkpoint uint64
		Keys              string
		Findings          []any
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil || code != exitDone || !answer.OK || answer.Index != kept.Index ||
		answer.Checkpoint != sizeOf(t, late) || answer.Keys != "policy" || !bytes.Contains([]byte(out), []byte(`"findings":[]`)) {
		t.Errorf("exit %d, %v, %s", code, err, out)
	}
}
