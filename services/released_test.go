package services_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/verify/forge"
)

var addStream = flag.String("add-stream", "", "freeze the story as these rules play it under this name; see .ci/run release-stream")

const (
	releasedStreams = "testdata/streams"
	streamBytesMax  = 256 << 10
)

// TestReleasedStreams judges every record that was once lawful again, under the rules of today, signatures included: a change of the rules
// that turns an old decision or leaves out a reaction needs a version of its own. The streams stand in for the pilots' records.
func TestReleasedStreams(t *testing.T) {
	if *addStream != "" {
		freeze(t, filepath.Join(releasedStreams, *addStream+".stream"))
	}
	paths, err := filepath.Glob(filepath.Join(releasedStreams, "*.stream"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no released streams: %v; .ci/run release-stream writes one", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".stream"), func(t *testing.T) { rejudge(t, path) })
	}
}

// freeze writes the story. A stream that is there stays as it is.
func freeze(t *testing.T, path string) {
	t.Helper()
	r := story(t).Record
	sealed := r.Seal()
	var blocks [][]byte
	for n, b := range r.Blocks {
		raw, err := chain.EncodeBlock(nil, &sealed[n], b.Commits)
		if err != nil {
			t.Fatal(err)
		}
		blocks = append(blocks, raw)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(decider.EncodeStream(blocks)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func rejudge(t *testing.T, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil || len(raw) > streamBytesMax {
		t.Fatalf("%d bytes, at most %d: %v", len(raw), streamBytesMax, err)
	}
	blocks, err := decider.DecodeStream(raw)
	if err != nil {
		t.Fatal(err)
	}
	for n, raw := range blocks {
		b, err := chain.DecodeBlock(raw)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.CheckSignature(chain.Public(forge.EpochKey)); err != nil {
			t.Errorf("block %d: %v", n, err)
		}
	}
	report, findings, err := decider.Reexecute(models(), blocks, decider.AuditConfig{Verify: (*chain.Signed).CheckSignatures})
	if err != nil || len(findings) > 0 || report.Judged != report.Commits || report.Commits == 0 {
		t.Errorf("%v, %+v, findings %+v", err, report, findings)
	}
	played := operations(t, blocks)
	for _, operation := range storyOperations {
		if !slices.Contains(played, operation) {
			t.Errorf("%s is not in it", operation)
		}
	}
}

// operations lists what was commanded.
func operations(t *testing.T, blocks [][]byte) (list []string) {
	t.Helper()
	for _, raw := range blocks {
		b, err := chain.DecodeBlock(raw)
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range b.Commits {
			c, err := chain.DecodeCommit(raw)
			if err != nil {
				t.Fatal(err)
			}
			s, err := chain.DecodeSigned(c.Command)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, s.Operation)
		}
	}
	return list
}
