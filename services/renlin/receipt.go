package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/verify"
)

// keptReceipt is a receipt that somebody kept, and the key of its block if they know it.
type keptReceipt struct {
	*chain.Receipt
	epochKey ed25519.PublicKey
}

// readReceipt reads the answer to a command as the gateway gave it, or the receipt's bytes; nil for no file.
func readReceipt(s streams, name, epochKey string) (*keptReceipt, error) {
	if name == "" {
		if epochKey != "" {
			return nil, errors.New("-epoch-key is for a -receipt")
		}
		return nil, nil
	}
	raw, err := readFile(s, name)
	if err != nil {
		return nil, err
	}
	var answer op.Answer
	if json.Unmarshal(raw, &answer) == nil && len(answer.Receipt) > 0 {
		raw = answer.Receipt
	}
	k := &keptReceipt{}
	if k.Receipt, err = chain.DecodeReceipt(raw); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if epochKey == "" {
		return k, nil
	}
	if k.epochKey, err = hex.DecodeString(epochKey); err != nil || len(k.epochKey) != ed25519.PublicKeySize {
		return nil, errors.New("-epoch-key: want 32 bytes in hex")
	}
	return k, nil
}

// isProof tells a proof of inclusion from a bundle.
func isProof(raw []byte) bool { return bytes.HasPrefix(raw, []byte("c2sp.org/tlog-proof@")) }

// verifyProof holds a receipt against a proof of inclusion.
func verifyProof(s streams, name string, kept *keptReceipt, proof []byte, policy *merkle.Policy, asJSON bool) error {
	if policy == nil {
		return errors.New("a proof names no keys: want -policy")
	}
	if _, err := merkle.ParseProof(proof); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	c, err := verify.ReceiptInLog(kept.Receipt, kept.epochKey, proof, policy)
	answer := struct {
		OK         bool             `json:"ok"`
		Index      uint64           `json:"index"`
		Checkpoint uint64           `json:"checkpoint"` // commits that it covers
		Keys       string           `json:"keys"`
		Findings   []verify.Finding `json:"findings"`
	}{err == nil, kept.Index, c.Size, "policy", []verify.Finding{}}
	if err != nil {
		answer.Findings = append(answer.Findings, verify.Finding{Index: kept.Index, Check: checkReceipt, Why: err.Error()})
	}
	switch {
	case asJSON:
		if err := printJSON(s.out, answer); err != nil {
			return err
		}
	case err != nil:
		fmt.Fprintf(s.out, "BAD        commit %d: %v\n", kept.Index, err)
	default:
		fmt.Fprintf(s.out, "receipt    commit %d stands where it was put, under the root over %d commits that log and witnesses signed\n",
			kept.Index, c.Size)
	}
	if err != nil {
		return errNo
	}
	return nil
}

// checkReceipt names the finding about a receipt.
const checkReceipt verify.Check = "receipt.not_kept"

// inBundle holds a receipt against a bundle whose report is at hand, adds a finding to it, or says what stands at the place.
func (k *keptReceipt) inBundle(raw []byte, report *verify.Report) string {
	b, err := verify.Read(bytes.NewReader(raw))
	var commit []byte
	if err == nil {
		commit, err = verify.ReceiptInBundle(k.Receipt, k.epochKey, b)
	}
	if err != nil {
		report.OK = false
		report.Findings = append(report.Findings, verify.Finding{Index: k.Index, Check: checkReceipt, Why: err.Error()})
		return ""
	}
	what := "it is withheld here"
	if c, err := chain.DecodeCommit(commit); commit != nil && err == nil {
		if s, err := chain.DecodeSigned(c.Command); err == nil {
			what = s.Operation
			if len(s.Signatures) > 0 {
				what += ", signed by key " + chain.KeyID(s.Signatures[0].Key)
			}
		}
	}
	return fmt.Sprintf("commit %d stands where it was put (%s)", k.Index, what)
}
