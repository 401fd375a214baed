package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
)

// framed gives the archive's bytes of these blocks.
func framed(blocks ...[]byte) []byte {
	var out []byte
	for _, b := range blocks {
		n := len(b)
		out = append(append(out, byte(n>>24), byte(n>>16), byte(n>>8), byte(n)), b...)
	}
	return out
}

func nothing(*chain.Block, []merkle.Hash) error { return nil }

// TestDamagedArchive: what was promised must be there as it was. Each kind of damage is named by its block.
func TestDamagedArchive(t *testing.T) {
	r := newRecord(1, 1).grow(6, 3)
	other := newRecord(1, 2).grow(6, 3)
	stranger := newRecord(2, 1).grow(6, 3)
	forged := newRecord(1, 1).grow(2, 3) // the same commits under other headers: all links hold, and nobody of ours signed
	forged.key, forged.head.Time = deviceKey, 77
	forged.blocks[2] = must(chain.EncodeBlock(nil, forged.head, must(chain.DecodeBlock(forged.blocks[2])).Commits))
	forged.grow(4, 3)
	flip := func(block, at int) [][]byte {
		blocks := slices.Clone(r.blocks)
		blocks[block] = slices.Clone(blocks[block])
		blocks[block][at] ^= 1
		return blocks
	}
	b := r.blocks
	for name, c := range map[string]struct {
		data  []byte
		block int // that is named; -1 for tiles against blocks
	}{
		"a bit in a commit":            {framed(flip(3, 400)...), 3},
		"a bit in a header":            {framed(flip(3, 50)...), 3},
		"a bit in the last signature":  {framed(flip(6, chain.HeaderBytes+5)...), 6},
		"a bit in the first commit":    {framed(flip(0, 300)...), 0},
		"a block left out":             {framed(slices.Concat(b[:3], b[4:])...), 3},
		"a block doubled":              {framed(slices.Concat(b[:3], b[2:])...), 3},
		"two blocks changed places":    {framed(b[0], b[1], b[3], b[2], b[4], b[5], b[6]), 2},
		"a block of another history":   {framed(b[0], b[1], other.blocks[2], b[3], b[4], b[5], b[6]), 2},
		"a block of another community": {framed(b[0], stranger.blocks[1], b[2], b[3], b[4], b[5], b[6]), 1},
		"a block put between":          {framed(slices.Concat(b[:3], other.blocks[3:4], b[3:])...), 3},
		"a length that is too large":   {slices.Concat(framed(b[:4]...), []byte{0xff, 0, 0, 0}, framed(b[4:]...)), 4},
		"a length that leads to the end": {
			slices.Concat(framed(b[:5]...), []byte{0, 11, 0, 0}, framed(b[5:]...)[4:]), 5,
		},
		"cut inside a block":               {framed(b...)[:len(framed(b...))-10], 6},
		"cut inside a length":              {framed(b...)[:len(framed(b[:6]...))+2], 6},
		"zeros where a block was":          {slices.Concat(framed(b[:6]...), make([]byte, len(b[6])+4)), 6},
		"headers written anew":             {framed(forged.blocks...), 6},
		"another history, whole in itself": {framed(other.blocks...), -1},
	} {
		t.Run(name, func(t *testing.T) {
			a, cut, err := loadArchive(&disk{data: c.data}, r.size(), nothing)
			if c.block < 0 {
				if err != nil || a.Commits() != r.size() {
					t.Fatalf("a history that is whole in itself: %v", err)
				}
				return // TestArchiveAgainstTiles tells them apart
			}
			if !errors.Is(err, ErrArchive) || !strings.Contains(err.Error(), fmt.Sprintf("block %d:", c.block)) {
				t.Fatalf("cut %d, %v; want damage named in block %d", cut, err, c.block)
			}
		})
	}
}

// TestUnfinishedEnd: behind what was promised a crash may leave anything, and it is cut off, wherever it is torn.
func TestUnfinishedEnd(t *testing.T) {
	r := newRecord(1, 1).grow(4, 2)
	promised := uint64(1 + 2*2) // three blocks
	whole := framed(r.blocks...)
	for at := len(framed(r.blocks[:3]...)); at <= len(whole); at++ {
		d := &disk{data: slices.Clone(whole[:at])}
		a, cut, err := loadArchive(d, promised, nothing)
		if err != nil {
			t.Fatalf("torn at %d: %v", at, err)
		}
		want := int64(at - len(framed(r.blocks[:a.Blocks()]...)))
		if a.Blocks() < 3 || cut != want || int64(len(d.data)) != int64(at)-cut || !bytes.Equal(d.data, d.synced) && cut > 0 {
			t.Fatalf("torn at %d: %d blocks, cut %d, want %d", at, a.Blocks(), cut, want)
		}
		for _, b := range r.blocks[a.Blocks():] {
			if _, _, err := a.Append(b); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(d.data, whole) {
			t.Fatalf("torn at %d: the archive did not become whole again", at)
		}
	}
}

// TestCutIsBounded: a lost tiles directory must not turn damage deep in the archive into an unfinished end.
func TestCutIsBounded(t *testing.T) {
	r := newRecord(1, 1).grow(1, 1)
	data := framed(r.blocks...)
	damaged := slices.Clone(data)
	damaged[len(data)-3] ^= 1
	if _, _, err := loadArchive(&disk{data: append(damaged, make([]byte, cutBytesMax)...)}, 0, nothing); !errors.Is(err, ErrArchive) {
		t.Errorf("16 MiB behind the damage: %v", err)
	}
	if _, cut, err := loadArchive(&disk{data: damaged}, 0, nothing); err != nil || cut == 0 {
		t.Errorf("a torn last block: cut %d, %v", cut, err)
	}
}

// TestAppendRefuses: what does not fit never gets into the file.
func TestAppendRefuses(t *testing.T) {
	r := newRecord(1, 1).grow(3, 2)
	stolen := r.clone()
	stolen.head = nil
	unsigned := slices.Clone(r.blocks[2])
	unsigned[chain.HeaderBytes] ^= 1
	epoch := func() []byte {
		b := must(chain.DecodeBlock(r.blocks[2]))
		b.Epoch++
		s := chain.Seal(b.Header, epochKey)
		return must(chain.EncodeBlock(nil, &s, b.Commits))
	}()
	for name, raw := range map[string][]byte{
		"the same again": r.blocks[1], "one too far": r.blocks[3], "another history": newRecord(1, 2).grow(3, 2).blocks[2],
		"a signature that does not hold": unsigned, "an epoch that nobody opened": epoch, "nothing": nil, "no block": []byte("no block"),
	} {
		d := &disk{}
		a, _, err := loadArchive(d, 0, nothing)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range r.blocks[:2] {
			if _, _, err := a.Append(b); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := a.Append(raw); !errors.Is(err, ErrDiffers) || !strings.Contains(err.Error(), "block 2") {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Equal(d.data, framed(r.blocks[:2]...)) {
			t.Errorf("%s: it changed the file", name)
		}
	}
}

// TestWriteFails: a write that fails, with or without effect, leaves an archive that takes the block at the next try; a sync that fails is
// never taken back.
func TestWriteFails(t *testing.T) {
	r := newRecord(1, 1).grow(3, 2)
	for _, effect := range []bool{false, true} {
		d := &disk{}
		a, _, err := loadArchive(d, 0, nothing)
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range r.blocks {
			d.ops, d.fail, d.effect = 0, 1, effect
			if _, _, err := a.Append(b); !errors.Is(err, errDisk) || isFinal(err) {
				t.Fatalf("block %d: %v", i, err)
			}
			d.fail = 0
			d.data = append(d.data, make([]byte, 7)...) // a part of it is there
			if _, _, err := a.Append(b); err != nil {
				t.Fatalf("block %d, again: %v", i, err)
			}
		}
		if !bytes.Equal(d.data, framed(r.blocks...)) {
			t.Error("the file is not what was appended")
		}
		d.ops, d.fail = 0, 1
		for range 2 {
			if err := a.Sync(); !errors.Is(err, errUnsynced) {
				t.Errorf("sync: %v", err)
			}
		}
		if _, _, err := a.Append(r.blocks[0]); err == nil {
			t.Error("an archive that may have lost something takes more")
		}
	}
}

// TestPages: whatever the page's size, pages one after another give the whole archive, in order and within the limit.
func TestPages(t *testing.T) {
	r := newRecord(1, 1)
	for i := range 12 {
		r.grow(1, 1+i%5)
	}
	whole := framed(r.blocks...)
	a, _, err := loadArchive(&disk{data: slices.Clone(whole)}, 0, nothing)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Int64Range(0, int64(len(whole)+10)).Draw(t, "limit")
		var got []byte
		for number := uint64(0); ; {
			page, err := a.Page(number, limit)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			blocks := 0
			for rest := page; len(rest) > 0; blocks++ {
				rest = rest[4+int(rest[2])<<8+int(rest[3]):]
			}
			if int64(len(page)) > limit && blocks != 1 {
				t.Fatalf("%d blocks in %d bytes, limit %d", blocks, len(page), limit)
			}
			got, number = append(got, page...), number+uint64(blocks)
		}
		if !bytes.Equal(got, whole) {
			t.Fatal("the pages are not the archive")
		}
	})
}

// TestPageOfDamage: a length that was changed under a running audit is damage, not a wrong answer.
func TestPageOfDamage(t *testing.T) {
	r := newRecord(1, 1).grow(3, 2)
	d := &disk{data: framed(r.blocks...)}
	a, _, err := loadArchive(d, r.size(), nothing)
	if err != nil {
		t.Fatal(err)
	}
	d.data[len(framed(r.blocks[:2]...))+3]++
	for number, limit := range map[uint64]int64{0: 1 << 20, 2: 0} {
		if _, err := a.Page(number, limit); !errors.Is(err, ErrArchive) || !strings.Contains(err.Error(), "block 2") {
			t.Errorf("page from %d: %v", number, err)
		}
	}
}

// TestArchiveOnDisk runs the real file: written, closed, torn, opened again.
func TestArchiveOnDisk(t *testing.T) {
	r := newRecord(1, 1).grow(20, 2)
	path := filepath.Join(t.TempDir(), "blocks.log")
	dice := rand.New(rand.NewPCG(1, 1))
	for round := range 10 {
		f := must(openFile(path))
		a, _, err := loadArchive(f, 0, nothing)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, _, err := a.Append(r.blocks[a.Blocks()]); err != nil {
				t.Fatal(err)
			}
		}
		end := a.end
		if err := errors.Join(a.Sync(), a.Close()); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, end-int64(dice.IntN(len(r.blocks[2*round+1-round])))); err != nil {
			t.Fatal(err)
		}
	}
	data := must(os.ReadFile(path))
	if !bytes.HasPrefix(framed(r.blocks...), data) || len(data) == 0 {
		t.Error("the file is not a beginning of the record")
	}
}

// FuzzLoadArchive: whatever the file holds, what is kept of it verifies, and loading again changes nothing more.
func FuzzLoadArchive(f *testing.F) {
	r := newRecord(1, 1).grow(3, 1)
	whole := framed(r.blocks...)
	f.Add(whole, uint64(0))
	f.Add(whole[:len(whole)-3], uint64(2))
	f.Add(append(slices.Clone(whole), 0, 0, 0, 0), uint64(4))
	f.Add([]byte{0, 0, 0, 1, 1}, uint64(0))
	f.Fuzz(func(t *testing.T, data []byte, promised uint64) {
		d := &disk{data: slices.Clone(data)}
		a, _, err := loadArchive(d, promised, nothing)
		if err != nil {
			return
		}
		if !bytes.Equal(d.data, data[:a.end]) {
			t.Fatal("more or other was changed than cutting the end")
		}
		b, cut, err := loadArchive(d, min(promised, a.Commits()), nothing)
		if err != nil || cut != 0 || b.Blocks() != a.Blocks() {
			t.Fatalf("again: %d blocks of %d, cut %d, %v", b.Blocks(), a.Blocks(), cut, err)
		}
	})
}
