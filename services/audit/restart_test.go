package audit

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle/durable/durabletest"
	"renlin.dev/pkg/merkle/tiles"
)

// machine is an audit's two disks.
type machine struct {
	archive *disk
	tiles   *durabletest.Disk
}

func newMachine() *machine { return &machine{archive: &disk{}, tiles: durabletest.New()} }

// on puts a configuration onto the machine.
func (m *machine) on(cfg Config) Config {
	cfg.Dir, cfg.file, cfg.files = "", m.archive, m.tiles
	return cfg
}

// fault makes operation at of one of the two disks fail, counted from now on.
func (m *machine) fault(ofTiles bool, at int, effect durabletest.Effect, power bool) {
	if ofTiles {
		m.tiles.Inject(durabletest.Fault{At: at, Effect: effect, PowerOff: power})
		return
	}
	m.archive.ops, m.archive.fail, m.archive.effect = 0, at, effect == durabletest.Whole
	if power {
		m.archive.onFail = func() { m.tiles.Inject(durabletest.Fault{At: 1, PowerOff: true}) }
	}
}

func (m *machine) reboot(seed uint64) {
	dice := rand.New(rand.NewPCG(seed, 7))
	m.archive.reboot(func(n int) int { return dice.IntN(n) })
	m.tiles.Reboot(seed)
}

// steps feeds a record in three builds, and gives the greatest size that anybody can have been told of.
func steps(cfg Config, r *record) (told uint64, err error) {
	a, err := Open(cfg)
	if err != nil {
		return 0, err
	}
	for _, until := range []int{2, 5, len(r.blocks)} {
		for err == nil && a.archive.Blocks() < uint64(until) {
			err = a.take(r.blocks[a.archive.Blocks()])
		}
		if err == nil {
			err = a.build()
		}
		told = a.tiles.Size()
		if err != nil {
			return told, err
		}
	}
	return told, nil
}

// TestPowerLossAtEveryStep: the power goes at each operation of each disk. Whatever had been told is there afterwards, the archive holds
// what the tiles promise, and following goes on to the same log.
func TestPowerLossAtEveryStep(t *testing.T) {
	r := newRecord(1, 1).grow(2, 200)
	r.grow(4, 60)
	count := newMachine()
	if _, err := steps(count.on(configOf(t, r, streamOf(r))), r); err != nil {
		t.Fatal(err)
	}
	for _, ofTiles := range []bool{false, true} {
		ops := count.archive.ops
		if ofTiles {
			ops = count.tiles.Ops()
		}
		for at := 1; at <= ops; at++ {
			for _, effect := range []durabletest.Effect{durabletest.None, durabletest.Half, durabletest.Whole} {
				for seed := range uint64(3) {
					m := newMachine()
					m.fault(ofTiles, at, effect, true)
					told, err := steps(m.on(configOf(t, r, streamOf(r))), r)
					if err == nil {
						t.Fatalf("step %d of tiles %t: the power did not go", at, ofTiles)
					}
					m.reboot(seed)
					where := fmt.Sprintf("step %d of tiles %t, effect %d, seed %d", at, ofTiles, effect, seed)
					a, err := Open(m.on(configOf(t, r, streamOf(r))))
					if err != nil {
						t.Fatalf("%s: %v", where, err)
					}
					if size := a.tiles.Size(); size < told || a.archive.Commits() < size {
						t.Fatalf("%s: tiles %d, archive %d, told %d", where, size, a.archive.Commits(), told)
					}
					if err := feed(a, r); err != nil {
						t.Fatalf("%s: %v", where, err)
					}
					wantHead(t, a, r)
				}
			}
		}
	}
}

// TestFaultsInUse: each operation fails once, with and without effect, and the process goes on: the log is the same, or the audit says
// that only opening anew can help.
func TestFaultsInUse(t *testing.T) {
	r := newRecord(1, 1).grow(5, 100)
	for _, ofTiles := range []bool{false, true} {
		for at := 1; ; at++ {
			m := newMachine()
			a := openOn(t, m.on(configOf(t, r, streamOf(r))))
			m.fault(ofTiles, at, durabletest.Effect(at%3), false)
			var failed error
			for range 4 {
				if err := feed(a, r); err != nil {
					failed = err
				}
			}
			if failed == nil {
				break // every operation has had its turn
			}
			if errors.Is(failed, errUnsynced) {
				a = openOn(t, m.on(configOf(t, r, streamOf(r))))
			} else if isFinal(failed) {
				t.Fatalf("step %d of tiles %t: a passing fault is taken for a difference: %v", at, ofTiles, failed)
			}
			mustFeed(t, a, r)
		}
	}
}

// TestRestartAnywhere closes and opens between any two of: archive written, archive synced, tiles built.
func TestRestartAnywhere(t *testing.T) {
	r := newRecord(1, 1).grow(30, 7)
	m := newMachine()
	dice := rand.New(rand.NewPCG(3, 3))
	for a := openOn(t, m.on(configOf(t, r, streamOf(r)))); a.archive.Blocks() < uint64(len(r.blocks)); {
		switch dice.IntN(5) {
		case 0:
			a = openOn(t, m.on(configOf(t, r, streamOf(r))))
		case 1:
			if err := a.build(); err != nil {
				t.Fatal(err)
			}
		case 2:
			if err := a.archive.Sync(); err != nil {
				t.Fatal(err)
			}
		default:
			if err := a.take(r.blocks[a.archive.Blocks()]); err != nil {
				t.Fatal(err)
			}
		}
	}
	mustFeed(t, openOn(t, m.on(configOf(t, r, streamOf(r)))), r)
}

// TestBackPressure: what waits for its sync is bounded, however slow the builder is.
func TestBackPressure(t *testing.T) {
	r := newRecord(1, 1)
	big := make([]byte, chain.CommitBytesMax-2000)
	for i := range uint64(30) {
		r.block(deviceCommit(r.genesis, i, func(s *chain.Signed) { s.Body = big }))
	}
	a := openOn(t, newMachine().on(configOf(t, r, streamOf(r))))
	for _, raw := range r.blocks {
		if err := a.take(raw); err != nil {
			t.Fatal(err)
		}
		if a.unsynced > unsyncedBytesMax {
			t.Fatalf("%d bytes wait", a.unsynced)
		}
	}
	if a.tiles.Size() == 0 || a.tiles.Size() == r.size() {
		t.Errorf("built %d of %d: want some, not all", a.tiles.Size(), r.size())
	}
}

// TestArchiveRebuilt: without an archive, or with an old one, it is rebuilt from the stream, and must give the tiles that are there.
func TestArchiveRebuilt(t *testing.T) {
	r := newRecord(1, 1).grow(5, 100)
	for name, kept := range map[string]int{"lost": 0, "old": 3, "torn within the promised": -1} {
		m := newMachine()
		mustFeed(t, openOn(t, m.on(configOf(t, r, streamOf(r)))), r)
		data := framed(r.blocks[:max(kept, 0)]...)
		if kept < 0 {
			data = m.archive.data[:len(m.archive.data)-5]
		}
		m.archive.data, m.archive.synced = slices.Clone(data), slices.Clone(data)
		a, err := Open(m.on(configOf(t, r, streamOf(r))))
		if kept < 0 {
			if !errors.Is(err, ErrArchive) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if h := a.Head(); h.Size != r.size() || h.Empty != (kept == 0) {
			t.Errorf("%s: before: %+v", name, h)
		}
		r.grow(1, 1)
		mustFeed(t, a, r)

		// The stream tells another story meanwhile: it must not get behind the tiles' end.
		liar := newRecord(1, 2).grow(5, 100)
		m.archive.data, m.archive.synced = slices.Clone(data), slices.Clone(data)
		if kept > 0 {
			liar = newRecord(1, 1).grow(kept-1, 100)
			liar.history = 2
			liar.grow(6-kept, 100)
		}
		a = openOn(t, m.on(configOf(t, r, streamOf(r))))
		if err := feed(a, liar.grow(2, 1)); !errors.Is(err, ErrDiffers) || !strings.Contains(err.Error(), "root of the tiles") {
			t.Errorf("%s: another history: %v", name, err)
		}
	}
}

// TestTilesRebuilt: without tiles they are made from the archive.
func TestTilesRebuilt(t *testing.T) {
	r := newRecord(1, 1).grow(5, 100)
	m := newMachine()
	mustFeed(t, openOn(t, m.on(configOf(t, r, streamOf(r)))), r)
	m.tiles = durabletest.New()
	wantHead(t, openOn(t, m.on(configOf(t, r, streamOf(r)))), r)
}

// TestArchiveAgainstTiles: an archive that is whole in itself and tells another history, and tiles that were edited, are told apart from
// the true ones.
func TestArchiveAgainstTiles(t *testing.T) {
	r := newRecord(1, 1).grow(5, 100)
	other := newRecord(1, 2).grow(5, 100)
	stranger := newRecord(2, 1).grow(5, 100)
	for name, c := range map[string]struct {
		change func(m *machine)
		want   error
		say    string
	}{
		"another history": {func(m *machine) { m.archive.data = framed(other.blocks...) }, ErrArchive, "root of the tiles"},
		"another history, longer": {
			func(m *machine) { m.archive.data = framed(other.clone().grow(2, 1).blocks...) }, ErrArchive, "root of the tiles",
		},
		"another community":          {func(m *machine) { m.archive.data = framed(stranger.blocks...) }, ErrArchive, "block 0"},
		"a bit in the partial tile":  {func(m *machine) { flipIn(m.tiles, "tile/0/001.p/245", 9) }, tiles.ErrDamaged, "tile"},
		"a bit in the state":         {func(m *machine) { flipIn(m.tiles, "state", 30) }, tiles.ErrDamaged, "state"},
		"a bit in an entry":          {func(m *machine) { flipIn(m.tiles, "tile/entries/001.p/245", 9) }, tiles.ErrDamaged, "entries"},
		"the partial tile is lost":   {func(m *machine) { m.tiles.Lose("tile/0/001.p/245") }, tiles.ErrDamaged, "tile/0/001.p/245"},
		"the state is lost":          {func(m *machine) { m.tiles.Lose("state") }, tiles.ErrDamaged, "state"},
		"tiles of another history":   {func(m *machine) { m.tiles = tilesOf(t, other) }, ErrArchive, "root of the tiles"},
		"tiles of another community": {func(m *machine) { m.tiles = tilesOf(t, stranger) }, ErrArchive, "root of the tiles"},
	} {
		m := newMachine()
		mustFeed(t, openOn(t, m.on(configOf(t, r, streamOf(r)))), r)
		c.change(m)
		if _, err := Open(m.on(configOf(t, r, streamOf(r)))); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func flipIn(d *durabletest.Disk, name string, at int) {
	data := must(d.ReadFile(name))
	data[at] ^= 1
	d.Damage(name, data)
}

func tilesOf(t *testing.T, r *record) *durabletest.Disk {
	m := newMachine()
	mustFeed(t, openOn(t, m.on(configOf(t, r, streamOf(r)))), r)
	return m.tiles
}
