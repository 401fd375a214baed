package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestVerifyCommand holds the command to its manual on one real record: what it prints, in which shape, and with which exit code.
func TestVerifyCommand(t *testing.T) {
	address, cfg := startPilot(t)
	n, _ := foundVoters(t, address, 2)
	token := filepath.Join(cfg.data, "token")
	d := drawer{t, t.TempDir()}
	policy := d.putPolicy(n.First.Device)
	if _, err := awaitProof(t.Context(), n.First.Device, 0); err != nil {
		t.Fatal(err)
	}
	bundle := filepath.Join(d.dir, "record.renlin")
	if code, out, stderr := renlin(t, "export", "-o", bundle, "-http", address, "-token", token); code != exitDone {
		t.Fatalf("export: exit %d\n%s\n%s", code, out, stderr)
	}
	good, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("people", func(t *testing.T) {
		code, out, stderr := renlin(t, "verify", bundle)
		if code != exitDone || stderr != "" || !strings.Contains(out, "UNPROVEN") || !strings.Contains(out, "be checked holds") {
			t.Errorf("without a policy: exit %d\n%s\n%s", code, out, stderr)
		}
		code, out, stderr = renlin(t, "verify", "-policy", policy, bundle)
		if code != exitDone || strings.Contains(out, "UNPROVEN") || !strings.Contains(out, "the policy's") {
			t.Errorf("with one: exit %d\n%s\n%s", code, out, stderr)
		}
	})
	t.Run("json", func(t *testing.T) { verifyJSONShape(t, bundle, policy) })
	t.Run("a URL", func(t *testing.T) {
		code, out, stderr := renlin(t, "verify", "-policy", policy, "-token", token, address)
		if code != exitDone || !strings.Contains(out, "everything that could be checked holds") {
			t.Errorf("exit %d\n%s\n%s", code, out, stderr)
		}
		if code, _, stderr := renlin(t, "verify", "-token", token, "http://127.0.0.1:1"); code != exitUsage || strings.Count(stderr, "\n") != 1 {
			t.Errorf("nobody there: exit %d, %s", code, stderr)
		}
	})
	t.Run("standard input", func(t *testing.T) {
		var out, errs bytes.Buffer
		if code := run(t.Context(), streams{in: bytes.NewReader(good), out: &out, err: &errs}, []string{"verify", "-"}); code != exitDone {
			t.Errorf("exit %d, %s", code, errs.String())
		}
	})
	t.Run("another log's policy", func(t *testing.T) {
		other, _ := foundVoters(t, address, 1)
		foreign := drawer{t, t.TempDir()}.putPolicy(other.First.Device)
		if code, out, _ := renlin(t, "verify", "-policy", foreign, bundle); code != exitNo || !strings.Contains(out, "checkpoint.unsigned") {
			t.Errorf("exit %d\n%s", code, out)
		}
	})
	t.Run("unreadable", func(t *testing.T) { unreadableBundles(t, d, good, policy) })
}

// verifyJSONShape holds -json to the fields of the manual.
func verifyJSONShape(t *testing.T, bundle, policy string) {
	for keys, args := range map[string][]string{"bundle": {bundle}, "policy": {"-policy", policy, bundle}} {
		code, out, _ := renlin(t, append([]string{"verify", "-json"}, args...)...)
		var shape map[string]json.RawMessage
		if err := json.Unmarshal([]byte(out), &shape); err != nil || code != exitDone || strings.Count(out, "\n") != 1 {
			t.Fatalf("exit %d, %v: %s", code, err, out)
		}
		for _, field := range []string{"ok", "commits", "withheld", "unjudged", "keys", "findings"} {
			if shape[field] == nil {
				t.Errorf("no field %s in %v", field, slices.Collect(maps.Keys(shape)))
			}
		}
		if string(shape["ok"]) != "true" || string(shape["keys"]) != `"`+keys+`"` || string(shape["findings"]) != "[]" {
			t.Errorf("%s", out)
		}
	}
}

// unreadableBundles are files that are no bundle, or not whole: exit 2, one line that names the file, never "holds".
func unreadableBundles(t *testing.T, d drawer, good []byte, policy string) {
	huge := func(size int64, name string) []byte {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		w := tar.NewWriter(z)
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: size, Format: tar.FormatUSTAR}); err != nil {
			t.Fatal(err)
		}
		_ = w.Flush() // the file is shorter than it says
		_ = z.Close()
		return out.Bytes()
	}
	for name, raw := range map[string][]byte{
		"empty":                  {},
		"text":                   []byte("a record\n"),
		"half":                   good[:len(good)/2],
		"without its last byte":  good[:len(good)-1],
		"with a byte more":       append(bytes.Clone(good), 'x'),
		"twice":                  append(bytes.Clone(good), good...),
		"a manifest of 8 GiB":    huge(8<<30-1, "bundle.json"),
		"another first file":     huge(10, "blocks"),
		"a policy in its place":  []byte(policy),
		"random after the magic": {0x1f, 0x8b, 8, 0, 1, 2, 3},
	} {
		file := d.put("broken.renlin", raw)
		for _, args := range [][]string{{file}, {"-json", file}} {
			code, out, stderr := renlin(t, append([]string{"verify"}, args...)...)
			if code != exitUsage || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "broken.renlin") ||
				strings.Contains(out, "holds") || strings.Contains(out, `"ok":true`) {
				t.Errorf("%s, %v: exit %d\n%s\n%s", name, args, code, out, stderr)
			}
		}
	}
	for name, text := range map[string]string{"empty": "quorum", "garbage": "log x\n", "no quorum": "log a+b+c\n"} {
		code, _, stderr := renlin(t, "verify", "-policy", d.put("bad.policy", []byte(text)), filepath.Join(d.dir, "record.renlin"))
		if code != exitUsage || !strings.Contains(stderr, "bad.policy") {
			t.Errorf("policy %s: exit %d, %s", name, code, stderr)
		}
	}
}
