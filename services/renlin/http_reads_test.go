package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/seal"
	"renlin.dev/pkg/verify"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// TestHTTPReadsReplayed takes every read of a sealed text out of an exported bundle and sends it again, word for word. Whoever does it
// learns that there was a read, which is on the record, and nothing of the text.
func TestHTTPReadsReplayed(t *testing.T) {
	address, cfg := startPilot(t)
	x, err := neighbourhood.FoundExample(t.Context(), client.New(address), func(string, ...any) {})
	if err != nil {
		t.Fatal(err)
	}
	const secret = "楼上漏水，别告诉别人"
	for _, d := range []*client.Device{x.Residents[0], x.Hosted} {
		sealed, err := d.PutText(t.Context(), d.Member, secret)
		if err != nil {
			t.Fatal(err)
		}
		text, salt, err := d.ReadText(t.Context(), &vaultv1.ReadText{Ref: sealed.Ref, Subject: d.Member, Purpose: vaultv1.Purpose_PURPOSE_OWN})
		if err != nil || string(text) != secret || !seal.Check(sealed.Commitment, salt, text) {
			t.Fatalf("the reader reads %q: %v", text, err)
		}
	}
	from := exportConfig{url: address, community: x.Community, tokenFile: filepath.Join(cfg.data, "token")}
	var reads []*chain.Signed
	err = neighbourhood.Eventually(t.Context(), "a checkpoint over the reads", func() error {
		var bundle bytes.Buffer
		if err := export(t.Context(), from, &bundle, nil); err != nil {
			return err
		}
		if reads = signedReads(t, &bundle); len(reads) < 2 {
			return errors.New("not yet")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range reads {
		for name, token := range map[string]string{"nobody": "", "a neighbour": x.Residents[1].Token} {
			got := replayed(t, x.Residents[1], s, token)
			if got.status != http.StatusOK || !got.answer.Repeated {
				t.Fatalf("%s: %d %s", name, got.status, got.body)
			}
			if strings.Contains(got.body, secret) || strings.Contains(got.body, base64.StdEncoding.EncodeToString([]byte(secret))) {
				t.Errorf("%s reads %s", name, got.body)
			}
			var answer struct{ Box []byte }
			if err := json.Unmarshal(got.answer.Extra, &answer); err != nil || len(answer.Box) == 0 {
				t.Fatalf("%s: answer %s, %v", name, got.body, err)
			}
			_, mine, err := seal.NewReaderKey(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			if _, text, err := seal.OpenAnswer(mine, answer.Box); !errors.Is(err, seal.ErrBroken) {
				t.Errorf("%s opens %q: %v", name, text, err)
			}
		}
	}
}

// signedReads finds the reads of a bundle, as they were signed.
func signedReads(t *testing.T, from io.Reader) []*chain.Signed {
	t.Helper()
	bundle, err := verify.Read(from)
	if err != nil {
		t.Fatal(err)
	}
	var reads []*chain.Signed
	for {
		block, err := bundle.Next()
		if errors.Is(err, io.EOF) {
			return reads
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range block.Commits {
			c, err := chain.DecodeCommit(raw)
			if err != nil {
				t.Fatal(err)
			}
			if s, err := chain.DecodeSigned(c.Command); err == nil && s.Operation == "vault.read" {
				reads = append(reads, s)
			}
		}
	}
}

// replayed posts a command as the record holds it.
func replayed(t *testing.T, d *client.Device, s *chain.Signed, token string) reply {
	t.Helper()
	path := d.URL + "/v1/communities/" + d.Community + "/readings"
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(s.Body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(op.HeaderIdempotencyKey, s.IdempotencyKey)
	r.Header.Set(op.HeaderNotAfter, strconv.FormatInt(s.NotAfter, 10))
	for _, sig := range s.Signatures {
		r.Header.Add(op.HeaderSignature, op.FormatSignature(sig))
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return exchange(t, d.HTTP, r)
}
