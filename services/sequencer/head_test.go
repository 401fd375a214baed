package sequencer

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/natstest"
)

// recorded makes a head record on disk that has seen so many blocks.
func recorded(t *testing.T, blocks uint64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "below", "head")
	r, err := openHeadRecord(path)
	if err != nil || r.exists() {
		t.Fatalf("a record out of nothing: %v", err)
	}
	defer r.close()
	if r.write(Head{}) == nil {
		t.Error("written without a file")
	}
	if err := r.create(Head{Genesis: chain.Hash{1}, Epoch: 3}); err != nil {
		t.Fatal(err)
	}
	for n := range blocks {
		block := &chain.Sealed{Header: chain.Header{Genesis: chain.Hash{1}, Epoch: 3, Number: n}}
		if err := r.acknowledge(block, chain.Hash{byte(n)}); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// TestHeadRecordComesWhole: whoever reads a record while it is being made finds none, or the whole one.
func TestHeadRecordComesWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const records = 50
	var now atomic.Int32
	read := make(chan error, 1)
	go func() {
		for n := now.Load(); n < records; n = now.Load() {
			if _, _, err := ReadHead(filepath.Join(dir, strconv.Itoa(int(n)))); err != nil {
				read <- err
				return
			}
		}
		read <- nil
	}()
	for n := range records {
		now.Store(int32(n))
		r := headRecord{path: filepath.Join(dir, strconv.Itoa(n))}
		if err := r.create(Head{Genesis: chain.Hash{1}}); err != nil {
			t.Error(err)
		}
		r.close()
	}
	now.Store(records)
	if err := <-read; err != nil {
		t.Error(err)
	}
}

func TestHeadRecordRoundTrip(t *testing.T) {
	t.Parallel()
	path := recorded(t, 4)
	r, err := openHeadRecord(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	want := Head{Genesis: chain.Hash{1}, Epoch: 3, Blocks: 4, Hash: chain.Hash{3}}
	if got := r.now(); got != want {
		t.Fatalf("%+v, want %+v", got, want)
	}
	if err := r.checkpoint(7, chain.Hash{9}); err != nil {
		t.Fatal(err)
	}
	want.Size, want.Root = 7, chain.Hash{9}
	if got := recordOn(t, path); got != want {
		t.Fatalf("%+v, want %+v", got, want)
	}
}

// A crash may leave any part of the slot that was being written: the other still holds, and at most the last block is not known.
func TestHeadRecordIsTorn(t *testing.T) {
	t.Parallel()
	path := recorded(t, 4) // five writes: the newest is in slot 1, as the fifth is odd
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	newest := int64(headSlotBytes)
	aside := filepath.Join(t.TempDir(), "torn")
	for name, row := range map[string]struct {
		raw    []byte
		blocks uint64 // 0: it is refused
	}{
		"whole":                    {whole, 4},
		"nothing":                  {nil, 0},
		"one byte":                 {whole[:1], 0},
		"the newest cut off":       {whole[:newest], 3},
		"the newest half there":    {whole[:newest+100], 3},
		"the newest without a sum": {append(bytes.Clone(whole[:newest]), make([]byte, headSlotBytes)...), 3},
		"a bit of the newest":      {flipped(whole, newest+60), 3},
		"a bit of the older":       {flipped(whole, 60), 4},
		"a bit of the padding":     {flipped(whole, newest+400), 3},
		"a bit of both":            {flipped(flipped(whole, 60), newest+60), 0},
		"another file":             {bytes.Repeat([]byte("x"), 1024), 0},
		"more behind":              {append(bytes.Clone(whole), 1, 2, 3), 4},
	} {
		if err := os.WriteFile(aside, row.raw, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := openHeadRecord(aside)
		if (err == nil) != (row.blocks > 0) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err == nil {
			if got := r.now().Blocks; got != row.blocks {
				t.Errorf("%s: %d blocks, want %d", name, got, row.blocks)
			}
			if err := r.acknowledge(&chain.Sealed{Header: chain.Header{Number: 6}}, chain.Hash{}); err != nil {
				t.Error(err)
			}
			r.close()
			if got := recordOn(t, aside).Blocks; got != 7 { // the next write goes over the torn one, never over the only whole one
				t.Errorf("%s: after another block %d", name, got)
			}
		}
	}
}

func flipped(raw []byte, at int64) []byte {
	out := bytes.Clone(raw)
	out[at] ^= 1
	return out
}

func TestHeadRecordThatCannotBeRead(t *testing.T) {
	t.Parallel()
	cfg := configOf(t, natstest.Run(t))
	if err := os.WriteFile(cfg.HeadRecord, []byte("not a record"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, cfg, "no slot of it is whole")
	cfg.AdoptStream = true
	refused(t, cfg, "no slot of it is whole") // what is there is to be believed, or taken away by hand
	cfg.HeadRecord = t.TempDir()
	refused(t, cfg, "open head record")
}

// FuzzHeadRecord: whatever is in the file, it is read as exactly what was written, or refused.
func FuzzHeadRecord(f *testing.F) {
	slot := encodeSlot(7, Head{Genesis: chain.Hash{1}, Epoch: 2, Blocks: 3, Hash: chain.Hash{4}, Size: 5, Root: chain.Hash{6}})
	f.Add(slot[:])
	f.Add(append(slot[:], slot[:]...))
	f.Add([]byte(headMagic))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if counter, head, ok := decodeSlot(raw); ok {
			if again := encodeSlot(counter, head); !bytes.Equal(again[:], raw) {
				t.Fatal("two encodings of one head")
			}
		}
		path := filepath.Join(t.TempDir(), "head")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := openHeadRecord(path)
		if err != nil {
			return
		}
		defer r.close()
		if r.counter == ^uint64(0) {
			return // nobody writes that often
		}
		if err := r.write(Head{Blocks: 9}); err != nil {
			t.Fatal(err)
		}
		if got := recordOn(t, path); got.Blocks != 9 {
			t.Fatalf("after a write it says %d blocks", got.Blocks)
		}
	})
}

// FuzzAnswers: what JetStream answers is never taken for more than it says.
func FuzzAnswers(f *testing.F) {
	for _, s := range []string{
		`{"stream":"EVT_x","seq":5}`, `{"stream":"EVT_x","seq":5,"duplicate":true}`, `{"error":{"code":400,"err_code":10071}}`,
		`{"error":{"code":404,"err_code":10037}}`, `{"message":{"seq":6}}`, `{"type":"x"}`, `null`, ``,
	} {
		f.Add("_INBOX.x.12", []byte(s), uint64(5))
	}
	f.Fuzz(func(t *testing.T, subject string, data []byte, want uint64) {
		m := &nats.Msg{Subject: subject, Data: data}
		attemptOf(m)
		published, looked := readOutcome(m, want), readLook(m)
		if published == nil && looked == nil {
			t.Fatal("one answer says that a message was stored and that there is none")
		}
		if published == nil && want > 0 && !bytes.Contains(data, []byte("q")) && !bytes.Contains(data, []byte(`\u`)) &&
			!bytes.Contains(data, []byte("Q")) {
			t.Fatal("acknowledged without a number")
		}
	})
}

func TestReadAnswers(t *testing.T) {
	t.Parallel()
	for data, want := range map[string][2]string{ // what a publish takes it for, and a look; "" is good
		`{"stream":"EVT_x","seq":5}`:                      {"", "neither"},
		`{"stream":"EVT_x","seq":6}`:                      {"message 6, want 5", "neither"},
		`{"stream":"EVT_x","seq":5,"duplicate":true}`:     {"message 5, want 5", "neither"},
		`{"error":{"code":400,"err_code":10071},"seq":5}`: {errFenced.Error(), "error 10071"},
		`{"error":{"code":503,"err_code":10077}}`:         {"error 10077", "error 10077"},
		`{"error":{"code":404,"err_code":10037}}`:         {"error 10037", ""},
		`{"error":{"code":404,"err_code":10059}}`:         {"error 10059", "error 10059"},
		`{"message":{"subject":"evt.x","seq":6}}`:         {"message 0, want 5", errFenced.Error()},
		``:   {"no stream answers", "no stream answers"},
		`x`:  {"read answer", "read answer"},
		`{}`: {"message 0, want 5", "neither"},
	} {
		m := &nats.Msg{Subject: "i.7", Data: []byte(data)}
		for i, err := range []error{readOutcome(m, 5), readLook(m)} {
			if (err == nil) != (want[i] == "") || err != nil && !bytes.Contains([]byte(err.Error()), []byte(want[i])) {
				t.Errorf("%s as %d: %v, want %q", data, i, err, want[i])
			}
		}
	}
	for subject, want := range map[string]uint64{"_INBOX.a.12": 12, "12": 12, "_INBOX.a.x": 0, "": 0, "a.-1": 0} {
		if got := attemptOf(&nats.Msg{Subject: subject}); got != want {
			t.Errorf("%q is attempt %d, want %d", subject, got, want)
		}
	}
}
