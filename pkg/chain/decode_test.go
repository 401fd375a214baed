package chain_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
)

// commitOf is a commit with a read, a collection and two changes; change may spoil it.
func commitOf(change func(*chain.Commit)) *chain.Commit {
	event := []chain.Event{{Type: "t.E", Body: []byte{8, 1}}}
	c := &chain.Commit{
		Author: chain.AuthorDevice, Time: 5, Rules: 1, Service: "proposal", Actor: "a", Command: []byte{1},
		Reads:       []chain.Read{{Key: "m/a", Version: 1}, {Key: "m/b"}},
		Collections: []chain.Read{{Key: "m", Version: 2}, {Key: "t/x/s", Version: 1}},
		Changes:     []chain.Change{{Aggregate: "t/x", Version: 1, Events: event}, {Aggregate: "t/y", Version: 2, Events: event}},
	}
	if change != nil {
		change(c)
	}
	return c
}

// disguised is a path whose length, cut to 16 bits, is that of "t/y": what follows would be read as its version, and as an event
// that swallows what was meant to be the change.
var disguised = func() string {
	const length = 1<<16 + len("t/y")
	head := "t/y\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01\x00\x03t.E"
	meant := 8 + 2 + 2 + len("t.E") + 4 + 2 // version, one event of two bytes
	rest := length - len(head) - 4
	return head + string(binary.BigEndian.AppendUint32(nil, uint32(rest+meant))) + strings.Repeat("a", rest)
}()

// commitFaults are commits that there is no encoding of.
var commitFaults = []struct {
	name   string
	change func(*chain.Commit)
}{
	{"no author", func(c *chain.Commit) { c.Author = 0 }},
	{"author 6", func(c *chain.Commit) { c.Author = chain.AuthorGenesis + 1 }},
	{"reads descend", func(c *chain.Commit) { slices.Reverse(c.Reads) }},
	{"a read twice", func(c *chain.Commit) { c.Reads[1] = c.Reads[0] }},
	{"a read of a collection", func(c *chain.Commit) { c.Reads[1].Key = "m" }},
	{"a read of nothing", func(c *chain.Commit) { c.Reads[0].Key = "" }},
	{"a collection twice", func(c *chain.Commit) { c.Collections[1] = c.Collections[0] }},
	{"collections descend", func(c *chain.Commit) { slices.Reverse(c.Collections) }},
	{"a collection is an aggregate", func(c *chain.Commit) { c.Collections[1].Key = "t/x" }},
	{"changes descend", func(c *chain.Commit) { slices.Reverse(c.Changes) }},
	{"an aggregate changed twice", func(c *chain.Commit) { c.Changes[1].Aggregate = "t/x" }},
	{"a change of a collection", func(c *chain.Commit) { c.Changes[1].Aggregate = "u" }},
	{"version 0", func(c *chain.Commit) { c.Changes[1].Version = 0 }},
	{"no change", func(c *chain.Commit) { c.Changes = nil }},
	{"no event", func(c *chain.Commit) { c.Changes[1].Events = nil }},
	{"an event without a type", func(c *chain.Commit) { c.Changes[1].Events = []chain.Event{{}} }},
	{"a changed path among the reads", func(c *chain.Commit) { c.Reads[1].Key = "t/y" }},
	{"ill-formed service", func(c *chain.Commit) { c.Service = "\xff" }},
	{"ill-formed actor", func(c *chain.Commit) { c.Actor = "\xc3" }},
	{"ill-formed helper", func(c *chain.Commit) { c.Through = "\xed\xa0\x80" }},
	{"ill-formed type", func(c *chain.Commit) { c.Changes[1].Events = []chain.Event{{Type: "\xff"}} }},
	{"overlong name", func(c *chain.Commit) { c.Through = strings.Repeat("a", 1<<16) }},
	{"overlong type", func(c *chain.Commit) { c.Changes[1].Events = []chain.Event{{Type: strings.Repeat("a", 1<<16+3)}} }},
	{"overlong read", func(c *chain.Commit) { c.Reads[1].Key = "m/b" + strings.Repeat("a", 1<<16) }},
	{"overlong change", func(c *chain.Commit) { c.Changes[1].Aggregate = "t/y" + strings.Repeat("a", 1<<16) }},
	{"a path that would be read as more than a path", func(c *chain.Commit) { c.Changes[1].Aggregate = disguised }},
	{"too many reads", func(c *chain.Commit) { c.Reads = make([]chain.Read, 1<<16) }},
	{"too many changes", func(c *chain.Commit) { c.Changes = make([]chain.Change, 1<<16) }},
	{"too many events", func(c *chain.Commit) { c.Changes[1].Events = make([]chain.Event, 1<<16) }},
}

// TestCommitFaults: what is not allowed is refused by the encoder; the decoder, which shares the check, is shown changed bytes below.
func TestCommitFaults(t *testing.T) {
	t.Parallel()
	if _, err := commitOf(nil).Encode(); err != nil {
		t.Fatal(err)
	}
	for _, c := range commitFaults {
		if raw, err := commitOf(c.change).Encode(); err == nil {
			t.Errorf("%s: encoded as %d bytes", c.name, len(raw))
		}
	}
}

// flaw changes the bytes of a good value.
type flaw struct {
	name string
	find string // the bytes to change; each stands once
	put  string
}

// flaws of each kind of record: every one of them must be refused. A length or count stands before what it counts.
var flaws = []struct {
	kind  string
	good  func(t *testing.T) []byte
	parse func([]byte) error
	flaws []flaw
}{
	{"commit", goodCommit, func(b []byte) error { _, err := chain.DecodeCommit(b); return err }, []flaw{
		{"format 2", "\x01\x01\x00\x00\x00\x00\x00\x00\x00\x05", "\x02\x01\x00\x00\x00\x00\x00\x00\x00\x05"},
		{"author 9", "\x01\x01\x00\x00\x00\x00\x00\x00\x00\x05", "\x01\x09\x00\x00\x00\x00\x00\x00\x00\x05"},
		{"long service", "\x00\x08proposal", "\xff\xffproposal"},
		{"short service", "\x00\x08proposal", "\x00\x07proposal"},
		{"ill-formed service", "proposal", "proposa\xff"},
		{"65535 reads", "\x00\x02\x00\x03m/a", "\xff\xff\x00\x03m/a"},
		{"one read fewer", "\x00\x02\x00\x03m/a", "\x00\x01\x00\x03m/a"},
		{"reads swapped", "m/a", "m/c"},
		{"a read twice", "m/b", "m/a"},
		{"a read is changed too", "m/b", "t/x"},
		{"65535 collections", "\x00\x02\x00\x01m", "\xff\xff\x00\x01m"},
		{"65535 changes", "\x00\x02\x00\x03t/x\x00", "\xff\xff\x00\x03t/x\x00"},
		{"a change twice", "t/y", "t/x"},
		{"version 0", "t/y\x00\x00\x00\x00\x00\x00\x00\x02", "t/y\x00\x00\x00\x00\x00\x00\x00\x00"},
		{"65535 events", "\x02\x00\x01\x00\x03t.E", "\x02\xff\xff\x00\x03t.E"},
		{"no event", "\x02\x00\x01\x00\x03t.E", "\x02\x00\x00\x00\x03t.E"},
	}},
	{"command", goodSigned, func(b []byte) error {
		_, err := chain.DecodeSigned(b)
		return err
	}, []flaw{
		{"ill-formed operation", "proposal.post", "proposal.pos\xff"},
		{"ill-formed key", "key-1", "key-\xff"},
		{"long key", "\x00\x05key-1", "\x00\xffkey-1"},
		{"long body", "\x00\x00\x00\x02{}", "\xff\xff\xff\xff{}"},
		{"5 signatures", "{}\x01", "{}\x05"},
		{"no signature, and one left over", "{}\x01", "{}\x00"},
		{"long public key", "{}\x01\x00\x20", "{}\x01\xff\xff"},
	}},
	{"block", goodBlock, func(b []byte) error { _, err := chain.DecodeBlock(b); return err }, []flaw{
		{"format 2", "\x01GENESISGENESISGENESISGENESISGENE", "\x02GENESISGENESISGENESISGENESISGENE"},
		{"4 billion commits", "\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x63", "\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x63"},
		{"no commit", "\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x63", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x63"},
		{"a commit fewer", "\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x63", "\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x63"},
		{"a commit more", "\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x63", "\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x63"},
		{"a long commit", "\x00\x00\x00\x02c2", "\x00\x00\x00\x03c2"},
		{"a short commit", "\x00\x00\x00\x02c2", "\x00\x00\x00\x01c2"},
	}},
	{"receipt", goodReceipt, func(b []byte) error { _, err := chain.DecodeReceipt(b); return err }, []flaw{
		{"format 2", "\x01GENESISGENESISGENESISGENESISGENE", "\x02GENESISGENESISGENESISGENESISGENE"},
		{"a hash more", "COMMITCOMMITCOMMITCOMMITCOMMITCO\x02", "COMMITCOMMITCOMMITCOMMITCOMMITCO\x03"},
		{"a hash fewer", "COMMITCOMMITCOMMITCOMMITCOMMITCO\x02", "COMMITCOMMITCOMMITCOMMITCOMMITCO\x01"},
		{"255 hashes", "COMMITCOMMITCOMMITCOMMITCOMMITCO\x02", "COMMITCOMMITCOMMITCOMMITCOMMITCO\xff"},
	}},
	{"request", goodRequest, func(b []byte) error { _, err := chain.DecodeRequest(b); return err }, []flaw{
		{"kind 9", "\x02\x00\x02\x00\x03m/a", "\x09\x00\x02\x00\x03m/a"},
		{"65535 reads", "\x02\x00\x02\x00\x03m/a", "\x02\xff\xff\x00\x03m/a"},
		{"reads swapped", "m/a", "m/c"},
		{"65535 ids", "\x00\x01IDIDIDIDIDIDIDIDIDIDIDIDIDIDIDID", "\xff\xffIDIDIDIDIDIDIDIDIDIDIDIDIDIDIDID"},
		{"no id", "\x00\x01IDIDIDIDIDIDIDIDIDIDIDIDIDIDIDID", "\x00\x00IDIDIDIDIDIDIDIDIDIDIDIDIDIDIDID"},
	}},
	{"reply", goodReply, func(b []byte) error { _, err := chain.DecodeReply(b); return err }, []flaw{
		{"kind 2", "\x00\x01\x00\x01\x00\x00", "\x02\x01\x00\x01\x00\x00"},
		{"kind 255", "\x00\x01\x00\x01\x00\x00", "\xff\x01\x00\x01\x00\x00"},
		{"repeated twice", "\x00\x01\x00\x01\x00\x00", "\x00\x02\x00\x01\x00\x00"},
		{"65535 receipts", "\x00\x01\x00\x01\x00\x00", "\x00\x01\xff\xff\x00\x00"},
		{"no receipt", "\x00\x01\x00\x01\x00\x00", "\x00\x01\x00\x00\x00\x00"},
		{"a broken receipt", "\x01GENESISGENESISGENESISGENESISGENE", "\x02GENESISGENESISGENESISGENESISGENE"},
		{"a fault that is none", "\x00\x01\x00\x01\x00\x00", "\x01\x01\x00\x01\x00\x00"},
	}},
}

func goodCommit(t *testing.T) []byte {
	t.Helper()
	raw, err := commitOf(nil).Encode()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func goodSigned(t *testing.T) []byte {
	t.Helper()
	s := chain.Signed{Suite: 1, Operation: "proposal.post", Contract: 1, IdempotencyKey: "key-1", NotAfter: 7, Body: []byte("{}")}
	if err := s.Sign(chain.Hash{1}, chain.AuthorDevice, seeded(1)); err != nil {
		t.Fatal(err)
	}
	raw, err := s.Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// goodSealed is a header whose parts can be told from each other.
func goodSealed() chain.Sealed {
	return chain.Sealed{Header: chain.Header{
		Genesis: chain.Hash([]byte("GENESISGENESISGENESISGENESISGENE")), Number: 3, First: 7, Count: 2, Time: 0x63, Root: chain.Hash{9},
	}}
}

func goodBlock(t *testing.T) []byte {
	t.Helper()
	s := goodSealed()
	raw, err := chain.EncodeBlock(nil, &s, [][]byte{[]byte("c1"), []byte("c2")})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func goodReceipt(*testing.T) []byte {
	return (&chain.Receipt{
		Sealed: goodSealed(), Index: 8, Commit: chain.Hash([]byte("COMMITCOMMITCOMMITCOMMITCOMMITCO")), Path: []chain.Hash{{1}, {2}},
	}).Encode()
}

func goodRequest(t *testing.T) []byte {
	t.Helper()
	raw, err := (&chain.Request{
		Ask: chain.AskCheck, Reads: []chain.Read{{Key: "m/a", Version: 1}, {Key: "m/b"}},
		Collections: []chain.Read{{Key: "m", Version: 1}}, IDs: []chain.CommandID{chain.CommandID([]byte("IDIDIDIDIDIDIDIDIDIDIDIDIDIDIDID"))},
	}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func goodReply(*testing.T) []byte {
	return (&chain.Reply{Repeated: true, Receipts: []*chain.Receipt{{Sealed: goodSealed(), Path: []chain.Hash{{1}}}}}).Encode()
}

// TestFlaws: of every record, a good one is read; cut short at any byte, with a byte more, or with one flaw it is not.
func TestFlaws(t *testing.T) {
	t.Parallel()
	for _, k := range flaws {
		good := k.good(t)
		if err := k.parse(good); err != nil {
			t.Fatalf("%s: %v", k.kind, err)
		}
		for n := range good {
			if k.parse(good[:n]) == nil {
				t.Errorf("%s: %d of %d bytes are read", k.kind, n, len(good))
			}
		}
		if k.parse(append(slices.Clone(good), 0)) == nil {
			t.Errorf("%s: a byte is left over", k.kind)
		}
		for _, f := range k.flaws {
			if n := bytes.Count(good, []byte(f.find)); n != 1 {
				t.Fatalf("%s, %s: what is to be changed stands %d times", k.kind, f.name, n)
			}
			if k.parse(bytes.Replace(good, []byte(f.find), []byte(f.put), 1)) == nil {
				t.Errorf("%s: %s is read", k.kind, f.name)
			}
		}
	}
}

// TestCommitSize: 256 KiB to the byte, for the encoder and the decoder.
func TestCommitSize(t *testing.T) {
	t.Parallel()
	bare := len(goodCommit(t)) - 1
	fit := func(n int) *chain.Commit { return commitOf(func(c *chain.Commit) { c.Command = make([]byte, n-bare) }) }
	raw, err := fit(chain.CommitBytesMax).Encode()
	if err != nil || len(raw) != 256<<10 {
		t.Fatalf("%d bytes: %v", len(raw), err)
	}
	if _, err := chain.DecodeCommit(raw); err != nil {
		t.Error(err)
	}
	if _, err := fit(chain.CommitBytesMax + 1).Encode(); err == nil {
		t.Error("a byte too many was encoded")
	}
	length := binary.BigEndian.AppendUint32(nil, uint32(chain.CommitBytesMax+1-bare))
	long := slices.Concat(raw[:commandAt], length, []byte{0}, raw[commandAt+4:])
	if _, err := chain.DecodeCommit(long); err == nil {
		t.Error("a byte too many was decoded")
	}
}

// commandAt is where the command's length stands in commitOf's bytes.
const commandAt = 1 + 1 + 8 + 4 + 16 + 32 + 8 + (2 + len("proposal")) + (2 + len("a")) + 2 + 8 + 8

// TestBlockSize: 768 KiB to the byte.
func TestBlockSize(t *testing.T) {
	t.Parallel()
	s := goodSealed()
	commits := func(n int) [][]byte {
		n -= chain.SealedHeaderBytes + 2*chain.CommitOverheadBytes
		return [][]byte{make([]byte, n/2), make([]byte, n-n/2)}
	}
	raw, err := chain.EncodeBlock([]byte("before"), &s, commits(chain.BlockBytesMax))
	if err != nil || len(raw) != len("before")+768<<10 {
		t.Fatalf("%d bytes: %v", len(raw), err)
	}
	if _, err := chain.DecodeBlock(raw[len("before"):]); err != nil {
		t.Error(err)
	}
	over := commits(chain.BlockBytesMax + 1)
	if _, err := chain.EncodeBlock(nil, &s, over); err == nil {
		t.Error("a byte too many was encoded")
	}
	long := s.Encode()
	for _, c := range over {
		long = append(binary.BigEndian.AppendUint32(long, uint32(len(c))), c...)
	}
	if _, err := chain.DecodeBlock(long); err == nil {
		t.Error("a byte too many was decoded")
	}
	if _, err := chain.EncodeBlock(nil, &s, over[:1]); err == nil {
		t.Error("a count that does not fit was encoded")
	}
}
