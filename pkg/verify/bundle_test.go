package verify_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/verify"
	"renlin.dev/pkg/verify/forge"
)

// file is one member of a tar that a test writes by hand.
type file struct {
	name string
	body []byte
	head tar.Header
}

// files unpacks a bundle.
func files(t testing.TB, raw []byte) (all []file) {
	t.Helper()
	if raw[0] == 0x1f {
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if raw, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	in := tar.NewReader(bytes.NewReader(raw))
	for {
		head, err := in.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, file{name: head.Name, body: body})
	}
}

// pack writes them again, uncompressed.
func pack(t testing.TB, all ...file) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range all {
		f.head.Name, f.head.Mode, f.head.Size = f.name, 0o644, int64(len(f.body))
		if f.head.Format == tar.FormatUnknown {
			f.head.Format = tar.FormatUSTAR
		}
		if f.head.Typeflag == tar.TypeSymlink {
			f.head.Size, f.body = 0, nil
		}
		if err := w.WriteHeader(&f.head); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// readAll opens a bundle and reads its blocks.
func readAll(raw []byte) (b *verify.Bundle, blocks []*verify.Block, err error) {
	if b, err = verify.Read(bytes.NewReader(raw)); err != nil {
		return nil, nil, err
	}
	for {
		block, err := b.Next()
		if errors.Is(err, io.EOF) {
			return b, blocks, nil
		}
		if err != nil {
			return b, blocks, err
		}
		blocks = append(blocks, block)
	}
}

// TestBundleRoundTrip: what a Writer wrote comes back, compressed or not, whole or with commits withheld.
func TestBundleRoundTrip(t *testing.T) {
	t.Parallel()
	r := history(t)
	for _, plain := range []bool{false, true} {
		p := forge.NewPack(r.Clone())
		p.Plain, p.Withheld = plain, map[uint64]bool{2: true, 3: true, 5: true}
		b, blocks, err := readAll(p.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		want := p.Manifest
		want.Format = 1
		if diff := cmp.Diff(want, b.Manifest); diff != "" || len(b.Checkpoint) == 0 || len(blocks) != len(r.Blocks) {
			t.Fatalf("%d blocks, manifest %s", len(blocks), diff)
		}
		index := uint64(0)
		for n, block := range blocks {
			for i, raw := range r.Blocks[n].Commits {
				if p.Withheld[index] != (block.Commits[i] == nil) || block.Hashes[i] != chain.HashCommit(raw) {
					t.Errorf("commit %d came back otherwise", index)
				}
				if block.Commits[i] != nil && !bytes.Equal(block.Commits[i], raw) {
					t.Errorf("commit %d has other bytes", index)
				}
				index++
			}
		}
		if p.Plain != (p.Bytes()[0] == 'b') { // of bundle.json
			t.Errorf("plain %v begins with %x", plain, p.Bytes()[:2])
		}
		if _, err := b.Next(); err != io.EOF {
			t.Errorf("after the end: %v", err)
		}
	}
}

// block writes one record of the blocks' file.
func block(kind byte, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)+1))
	return append(append(out, kind), body...)
}

// TestMalformedBundles are refused, each for what is wrong with it.
func TestMalformedBundles(t *testing.T) {
	t.Parallel()
	r := history(t)
	p := forge.NewPack(r)
	good := p.Bytes()
	parts := files(t, good)
	manifest, checkpoint, blocks := parts[0], parts[1], parts[2]
	with := func(f file, body string) file { f.body = []byte(body); return f }
	kind := func(f file, flag byte, format tar.Format) file {
		f.head.Typeflag, f.head.Format = flag, format
		if flag == tar.TypeSymlink {
			f.head.Linkname = "elsewhere"
		}
		return f
	}
	header := p.Seal(0)
	sealed := header.Encode()
	blocksOf := func(raw ...[]byte) []byte {
		return pack(t, manifest, checkpoint, with(blocks, string(bytes.Join(raw, nil))))
	}
	for name, c := range map[string]struct {
		raw []byte
		why string
	}{
		"nothing":                     {nil, ""},
		"one byte":                    {[]byte{0x1f}, ""},
		"no tar":                      {[]byte("this is no bundle at all"), ""},
		"no gzip":                     {append([]byte{0x1f, 0x8b}, good[10:40]...), ""},
		"cut in the manifest":         {good[:100], ""},
		"no manifest":                 {pack(t, checkpoint, blocks), "bundle.json"},
		"no checkpoint file":          {pack(t, manifest, blocks), "checkpoint"},
		"no blocks":                   {pack(t, manifest, checkpoint), "blocks"},
		"another order":               {pack(t, checkpoint, manifest, blocks), "bundle.json"},
		"a file twice":                {pack(t, manifest, manifest, checkpoint, blocks), "checkpoint"},
		"a file that nobody knows":    {pack(t, manifest, checkpoint, file{name: "x"}, blocks), "blocks"},
		"a link for the blocks":       {pack(t, manifest, checkpoint, kind(blocks, tar.TypeSymlink, tar.FormatUSTAR)), "plain file"},
		"another form of tar":         {pack(t, manifest, checkpoint, kind(blocks, tar.TypeReg, tar.FormatGNU)), "plain file"},
		"a manifest that is none":     {pack(t, with(manifest, "{"), checkpoint, blocks), "manifest"},
		"a manifest of another sort":  {pack(t, with(manifest, `{"format":2}`), checkpoint, blocks), "format"},
		"a manifest with more":        {pack(t, with(manifest, `{"format":1,"x":1}`), checkpoint, blocks), "manifest"},
		"a manifest and another":      {pack(t, with(manifest, `{"format":1}{}`), checkpoint, blocks), "follows"},
		"a manifest that is huge":     {pack(t, with(manifest, strings.Repeat(" ", 1<<20+1)), checkpoint, blocks), "limit"},
		"a checkpoint that is huge":   {pack(t, manifest, with(checkpoint, strings.Repeat(" ", 1<<20+1)), blocks), "limit"},
		"no block":                    {pack(t, manifest, checkpoint, with(blocks, "")), "no blocks"},
		"a block's length cut":        {blocksOf(block(0, sealed)[:3]), "block 0: the file ends"},
		"a block of no length":        {blocksOf(make([]byte, 4)), "want 1 to"},
		"a block over the limit":      {blocksOf([]byte{0, 24, 0, 1, 0}), "want 1 to"},
		"a block cut":                 {blocksOf(blocks.body[:50]), "block 0: the file ends"},
		"a large block cut":           {blocksOf([]byte{0, 2, 0, 0, 0}), "block 0: the file ends"},
		"the second block cut":        {blocksOf(blocks.body[:len(blocks.body)-1]), "the file ends"},
		"a kind that nobody knows":    {blocksOf(block(2, sealed)), "kind"},
		"a whole block that is none":  {blocksOf(block(0, sealed[:50])), "block 0"},
		"a part that is none":         {blocksOf(block(1, sealed[:50])), "shorter than a header"},
		"a part with no commit":       {blocksOf(block(1, sealed)), "no commit"},
		"a part of another format":    {blocksOf(block(1, append([]byte{9}, sealed[1:]...))), "format"},
		"a part with half a hash":     {blocksOf(block(1, append(bytes.Clone(sealed), 0, 1, 2))), "malformed"},
		"a part with half a length":   {blocksOf(block(1, append(bytes.Clone(sealed), 1, 0, 0))), "malformed"},
		"a part with half a commit":   {blocksOf(block(1, append(bytes.Clone(sealed), 1, 0, 0, 0, 9, 1))), "malformed"},
		"a part with another marking": {blocksOf(block(1, append(bytes.Clone(sealed), 2))), "malformed"},
	} {
		_, _, err := readAll(c.raw)
		if !errors.Is(err, verify.ErrBundle) || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: got %v, want %q", name, err, c.why)
		}
	}
	if _, _, err := readAll(pack(t, parts...)); err != nil {
		t.Errorf("what the test itself packs is refused: %v", err)
	}
}

// TestBlockSizes: blocks of every size come back, however they are buffered, and the largest that there is.
func TestBlockSizes(t *testing.T) {
	t.Parallel()
	r := history(t)
	for _, size := range []int{1, 60_000, 65_536, 70_000, 200_000} {
		c := alien(r, fmt.Sprint("a", size))
		c.Changes[0].Events[0].Body = make([]byte, size)
		r.Append(0, c)
	}
	c := alien(r, "most")
	c.Changes[0].Events[0].Body = make([]byte, 250_000)
	d, e := alien(r, "more"), alien(r, "much")
	d.Changes, e.Changes = c.Changes, c.Changes
	r.Append(0, c, d, e)
	r.Renumber()
	if report := run(t, forge.NewPack(r), verify.Options{}); !report.OK {
		t.Errorf("got %+v", report)
	}
}

// broken is a file, or a disk, that fails after so many bytes.
type broken struct {
	good []byte
	room int
}

var errDisk = errors.New("the disk is gone")

func (b *broken) Read(p []byte) (int, error) {
	if len(b.good) == 0 {
		return 0, errDisk
	}
	n := copy(p, b.good)
	b.good = b.good[n:]
	return n, nil
}

func (b *broken) Write(p []byte) (int, error) {
	if b.room -= len(p); b.room < 0 {
		return 0, errDisk
	}
	return len(p), nil
}

// TestBrokenFile: a bundle that cannot be read or written to its end is an error, wherever it happens: also between two blocks.
func TestBrokenFile(t *testing.T) {
	t.Parallel()
	p := forge.NewPack(history(t))
	p.Plain = true
	good := p.Bytes()
	between := bytes.Index(good, files(t, good)[2].body) + 4 + 1 + chain.SealedHeaderBytes + 4 + len(p.Founding())
	for _, at := range []int{0, 1, 700, between - 1, between, between + 1, len(good) - 4000} {
		b, err := verify.Read(&broken{good: good[:at]})
		if err == nil {
			err = verify.Run(t.Context(), b, verify.Options{}).Err
			if _, again := b.Next(); !errors.Is(again, verify.ErrBundle) {
				t.Errorf("read again after an error: %v", again)
			}
		}
		if !errors.Is(err, verify.ErrBundle) {
			t.Errorf("broken at %d: %v", at, err)
		}
	}
	for plain, rooms := range map[bool][]int{true: {0, 100, 600, 1200, 20_000}, false: {0, 100}} {
		for _, room := range rooms {
			w := verify.Writer{Plain: plain}
			w.Whole(bytes.Repeat([]byte{1, 2, 3}, 10_000))
			if err := w.Flush(&broken{room: room}, verify.Manifest{}, nil); !errors.Is(err, errDisk) {
				t.Errorf("a disk of %d bytes, plain %v: %v", room, plain, err)
			}
		}
	}
}

// TestDamagedBundle: a bundle cut anywhere, or changed anywhere in its blocks, is never good. A finding, or an error that says where,
// and never a panic.
func TestDamagedBundle(t *testing.T) {
	t.Parallel()
	p := forge.NewPack(history(t))
	p.Plain = true
	good := p.Bytes()
	blocks := files(t, good)[2].body
	begin := bytes.Index(good, blocks)
	end := begin + len(blocks)
	for at := 0; at < end; at += 37 {
		changed := bytes.Clone(good)
		changed[at] ^= 0x20
		for name, raw := range map[string][]byte{"cut": good[:at], "changed": changed} {
			b, err := verify.Read(bytes.NewReader(raw))
			if err != nil {
				continue
			}
			report := verify.Run(t.Context(), b, verify.Options{Judge: verify.NewJudge(parish()...)})
			if report.OK && (name == "cut" || at >= begin) {
				t.Errorf("%s at byte %d of %d, and good", name, at, len(good))
			}
		}
	}
}

// TestWhatFollows: a bundle ends where it says. Bytes or files after the blocks, and a compressed one whose end is cut or damaged, are
// refused: nobody may hide something in what "everything holds" was said of.
func TestWhatFollows(t *testing.T) {
	t.Parallel()
	p := forge.NewPack(history(t))
	packed := p.Bytes()
	p.Plain = true
	plain := p.Bytes()
	parts := files(t, plain)
	flip := bytes.Clone(packed)
	flip[len(flip)-6] ^= 1 // in the checksum
	for name, raw := range map[string][]byte{
		"a byte after the tar":          append(bytes.Clone(plain), 1),
		"zeros after the tar":           append(bytes.Clone(plain), make([]byte, 512)...),
		"a file more":                   pack(t, append(slices.Clone(parts), file{name: "x", body: []byte("y")})...),
		"the blocks twice":              pack(t, append(slices.Clone(parts), parts[2])...),
		"a broken header after":         append(bytes.Clone(plain[:len(plain)-1024]), bytes.Repeat([]byte{7}, 512)...),
		"a byte after the compression":  append(bytes.Clone(packed), 1),
		"another compressed part":       append(bytes.Clone(packed), packed...),
		"a compressed one cut by one":   packed[:len(packed)-1],
		"a compressed one cut by eight": packed[:len(packed)-8],
		"another checksum":              flip,
	} {
		b, blocks, err := readAll(raw)
		if !errors.Is(err, verify.ErrBundle) || len(blocks) == 0 && b != nil {
			t.Errorf("%s: %v after %d blocks", name, err, len(blocks))
		}
	}
	for _, raw := range [][]byte{packed, plain} {
		if _, _, err := readAll(raw); err != nil {
			t.Errorf("as it was written: %v", err)
		}
	}
}

// TestPartErr: a bundle that ends too early is an error, beside what was found before.
func TestPartErr(t *testing.T) {
	t.Parallel()
	r := history(t)
	p := forge.NewPack(r)
	parts := files(t, p.Bytes())
	cut := parts[2]
	cut.body = cut.body[:len(cut.body)-10]
	b, err := verify.Read(bytes.NewReader(pack(t, parts[0], parts[1], cut)))
	if err != nil {
		t.Fatal(err)
	}
	report := verify.Run(t.Context(), b, verify.Options{Judge: verify.NewJudge(parish()...)})
	if report.OK || !errors.Is(report.Err, verify.ErrBundle) || len(report.Findings) != 0 || report.Anchored != 0 {
		t.Errorf("got %+v", report)
	}
}

// endless is a file of blocks that never ends, and counts what was taken of it.
type endless struct {
	head  []byte
	block []byte
	at    int // in block
	taken int64
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.head)
	e.head = e.head[n:]
	for n < len(p) {
		k := copy(p[n:], e.block[e.at:])
		n, e.at = n+k, (e.at+k)%len(e.block)
	}
	e.taken += int64(n)
	return n, nil
}

// TestEndlessBundle: a bundle of eight gigabytes of nonsense, as little of it compressed gives, costs neither memory nor time.
func TestEndlessBundle(t *testing.T) {
	t.Parallel()
	p := forge.NewPack(history(t))
	parts := files(t, p.Bytes())
	head := pack(t, parts[0], parts[1])
	head = head[:len(head)-1024] // the end of the tar
	var big bytes.Buffer
	if err := tar.NewWriter(&big).WriteHeader(&tar.Header{Name: "blocks", Mode: 0o644, Size: 8<<30 - 1, Format: tar.FormatUSTAR}); err != nil {
		t.Fatal(err)
	}
	sealed := p.Seal(0)
	zeros := append(sealed.Encode(), make([]byte, 33*20_000)...)
	for name, content := range map[string][]byte{
		"zeros":              make([]byte, 1<<16),
		"blocks of withheld": block(1, zeros),
	} {
		in := &endless{head: append(bytes.Clone(head), big.Bytes()...), block: content}
		b, err := verify.Read(in)
		if err != nil {
			t.Fatal(err)
		}
		report := verify.Run(t.Context(), b, verify.Options{Judge: verify.NewJudge(parish()...), FindingsMax: 5})
		if report.OK || in.taken > 64<<20 || len(report.NotJudged) > 5 {
			t.Errorf("%s: after %d MiB: %d findings, %d listed, %v", name, in.taken>>20, len(report.Findings), len(report.NotJudged), report.Err)
		}
	}
}

// FuzzBundle: no bundle makes a verifier panic, and one that does not end in an error has been looked at.
func FuzzBundle(f *testing.F) {
	r := history(f)
	p := forge.NewPack(r)
	for _, part := range [][]uint64{nil, {0}, {2, 3}} {
		p.Withheld = map[uint64]bool{}
		for _, i := range part {
			p.Withheld[i] = true
		}
		parts := files(f, p.Bytes())
		f.Add(parts[0].body, parts[1].body, parts[2].body)
	}
	f.Add([]byte("{}"), []byte{}, []byte{0, 0, 0, 1, 0})
	f.Fuzz(func(t *testing.T, manifest, checkpoint, blocks []byte) {
		raw := pack(t, file{name: "bundle.json", body: manifest}, file{name: "checkpoint", body: checkpoint}, file{name: "blocks", body: blocks})
		b, err := verify.Read(bytes.NewReader(raw))
		if err != nil {
			return
		}
		report := verify.Run(t.Context(), b, verify.Options{Judge: verify.NewJudge(parish()...), Workers: 1})
		if report.OK && (report.Commits == 0 || report.Err != nil || report.Commits < report.Withheld) {
			t.Fatalf("good without having looked: %+v", report)
		}
	})
}

// FuzzRead: no file makes the reader panic.
func FuzzRead(f *testing.F) {
	good := forge.NewPack(history(f)).Bytes()
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Fuzz(func(_ *testing.T, raw []byte) { _, _, _ = readAll(raw) })
}

// FuzzCommit puts any bytes in a commit's place, with everything around it made good again: the judge must not panic.
func FuzzCommit(f *testing.F) {
	r := history(f)
	for i := range r.Size() {
		raw, err := r.Commit(i).Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), raw)
	}
	f.Fuzz(func(t *testing.T, at uint8, raw []byte) {
		if len(raw) > chain.CommitBytesMax {
			return
		}
		bad := r.In(t)
		bad.Set(uint64(at)%bad.Size(), raw)
		run(t, forge.NewPack(bad), verify.Options{Workers: 1})
	})
}
