package tiles_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/merkle/durable/durabletest"
	"renlin.dev/pkg/merkle/tiles"
)

// stories are short lives of a log: where it begins, and the batches that follow. They cross the ends of bundles and
// of tiles on two levels.
var stories = []struct {
	begin   int
	batches []int
	seeds   uint64
	oracle  func(testing.TB, *tiles.Store, int)
}{
	{0, []int{1, 253, 2, 1}, 2, verify},
	{250, []int{3, 300, 209}, 2, verify},
	{65530, []int{5, 1, 2}, 1, verifyReads},
}

// TestEveryFault strikes at every operation of every story, each in three ways, with and without power.
func TestEveryFault(t *testing.T) {
	for _, story := range stories {
		t.Run(fmt.Sprintf("from=%d", story.begin), func(t *testing.T) {
			t.Parallel()
			base := durabletest.New()
			grow(t, open(t, base), story.begin, 65530)
			dry := base.Clone()
			dry.Inject(durabletest.Fault{})
			play(t, open(t, dry), story.batches)
			steps, stride := dry.Ops(), 1
			if testing.Short() {
				stride = 5
			}
			for at := 1; at <= steps; at += stride {
				for _, effect := range []durabletest.Effect{durabletest.None, durabletest.Half, durabletest.Whole} {
					s, size := failAndRetry(t, base.Clone(), story.batches, at, effect)
					story.oracle(t, s, size)
					for seed := range story.seeds {
						s, size := losePower(t, base.Clone(), story.batches, at, effect, seed)
						story.oracle(t, s, size)
					}
				}
			}
			t.Logf("%d operations, %d faults", steps, steps/stride*3*(1+int(story.seeds)))
		})
	}
}

func play(tb testing.TB, s *tiles.Store, batches []int) {
	for _, n := range batches {
		grow(tb, s, int(s.Size())+n, n)
	}
}

// failAndRetry: an error that is passed on; the same process tries again; then the power fails.
func failAndRetry(t *testing.T, disk *durabletest.Disk, batches []int, at int, effect durabletest.Effect) (*tiles.Store, int) {
	disk.Inject(durabletest.Fault{At: at, Effect: effect})
	s, err := tiles.New(disk, tiles.Options{})
	if err != nil {
		s = open(t, disk)
	}
	for _, n := range batches {
		size := int(s.Size())
		err = s.Append(uint64(size), all[size:size+n])
		if err == nil {
			continue
		}
		if !errors.Is(err, durabletest.ErrInjected) || s.Size() != uint64(size) {
			t.Fatalf("at %d/%d: %v, size %d after %d", at, effect, err, s.Size(), size)
		}
		_, root := s.Head()
		if root != rootOf(size) {
			t.Fatalf("at %d/%d: the failed batch shows", at, effect)
		}
		grow(t, s, size+n, n-n/2, n) // in other batches than the first time
	}
	size := int(s.Size())
	disk.Reboot(uint64(at))
	return open(t, disk), size
}

// losePower: everything that Append acknowledged is there after the reboot, and the log goes on.
func losePower(t *testing.T, disk *durabletest.Disk, batches []int, at int, effect durabletest.Effect, seed uint64) (*tiles.Store, int) {
	disk.Inject(durabletest.Fault{At: at, Effect: effect, PowerOff: true})
	acknowledged, attempted := 0, 0
	s, err := tiles.New(disk, tiles.Options{})
	if err == nil {
		acknowledged = int(s.Size())
		attempted = acknowledged
		for _, n := range batches {
			attempted = acknowledged + n
			err = s.Append(uint64(acknowledged), all[acknowledged:attempted])
			if err != nil {
				break
			}
			acknowledged = attempted
		}
	}
	disk.Reboot(seed)
	again := open(t, disk)
	if got := int(again.Size()); got != acknowledged && got != attempted {
		t.Fatalf("at %d/%d/%d: %d entries, acknowledged %d, attempted %d", at, effect, seed, got, acknowledged, attempted)
	}
	grow(t, again, attempted+3, 2)
	return again, attempted + 3
}

// TestFullDisk: nothing is shown while the disk is full, and the log goes on when there is room.
func TestFullDisk(t *testing.T) {
	for at := 1; at < 40; at++ {
		disk := durabletest.New()
		s := open(t, disk)
		grow(t, s, 250, 250)
		disk.Inject(durabletest.Fault{At: at, Lasting: true})
		for range 3 {
			err := s.Append(250, all[250:300])
			if err == nil {
				break // the batch needs fewer operations than that
			}
			if s.Size() != 250 {
				t.Fatal("a batch that failed shows")
			}
		}
		disk.Inject(durabletest.Fault{})
		grow(t, s, 310, 50)
		verify(t, open(t, disk), 310)
	}
}

func TestTwoHistories(t *testing.T) {
	other := entries(600, 1)
	// Given a batch that was cut short before its state was written.
	disk := durabletest.New()
	s := open(t, disk)
	grow(t, s, 100, 100)
	base := disk.Clone()
	disk.Inject(durabletest.Fault{})
	grow(t, s, 400, 300)
	steps := disk.Ops()
	cut := 0
	for at := 1; at <= steps; at++ {
		short := base.Clone()
		short.Inject(durabletest.Fault{At: at, PowerOff: true})
		err := open(t, short).Append(100, all[100:400])
		short.Reboot(0)
		if err == nil || len(short.Files("tile/entries/000"))+len(short.Files("tile/entries/001")) < 3 {
			continue
		}
		again := open(t, short)
		if again.Size() != 100 {
			continue
		}
		// When another history is appended in its place, then the store stops, and the true one still goes on.
		cut++
		err = again.Append(100, other[100:400])
		if !errors.Is(err, tiles.ErrConflict) {
			t.Errorf("at %d: %v", at, err)
		}
		grow(t, again, 400, 300)
		verify(t, again, 400)
	}
	if cut == 0 {
		t.Error("no crash left files beyond the state")
	}
}

// TestOldState restores yesterday's state file beside today's tiles: the log opens as it was, and takes only what it
// had taken before.
func TestOldState(t *testing.T) {
	disk := durabletest.New()
	s := open(t, disk)
	grow(t, s, 100, 100)
	old, err := disk.ReadFile("state")
	if err != nil {
		t.Fatal(err)
	}
	grow(t, s, 700, 300)
	disk.Damage("state", old)
	s = open(t, disk)
	verify(t, s, 100)
	err = s.Append(100, entries(700, 1)[100:400])
	if !errors.Is(err, tiles.ErrConflict) {
		t.Errorf("another history over the old state: %v", err)
	}
	grow(t, s, 700, 300)
	verify(t, s, 700)
}

// TestDamage flips one bit in, cuts, lengthens and loses every file in turn. Somebody must name it.
func TestDamage(t *testing.T) {
	base := durabletest.New()
	grow(t, open(t, base), 700, 700)
	files := append(base.Files("tile/"), "state")
	if len(files) != 3+3+1+1 {
		t.Fatalf("files: %v", files)
	}
	for _, name := range files {
		data, err := base.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for how, bad := range map[string][]byte{
			"first bit": flip(data, 0), "last bit": flip(data, len(data)-1), "middle bit": flip(data, len(data)/2),
			"cut": data[:len(data)-1], "longer": append(data[:len(data):len(data)], 0), "empty": {}, "lost": nil,
		} {
			disk := base.Clone()
			if disk.Damage(name, bad); how == "lost" {
				disk.Lose(name)
			}
			found := discover(disk)
			var damage *tiles.DamageError
			if !errors.As(found, &damage) || !errors.Is(found, tiles.ErrDamaged) {
				t.Errorf("%s, %s: found only %v", name, how, found)
				continue
			}
			if damage.File != name && !(damage.File == "state" && strings.Contains(name, ".p/")) {
				t.Errorf("%s, %s: blamed %v", name, how, found)
			}
		}
	}
}

func flip(data []byte, i int) []byte {
	bad := append([]byte(nil), data...)
	bad[i] ^= 1
	return bad
}

// discover opens and checks; it also makes sure that no reader gets a wrong answer meanwhile.
func discover(disk *durabletest.Disk) error {
	s, err := tiles.New(disk, tiles.Options{})
	if err != nil {
		return err
	}
	for i := range s.Size() {
		entry, err := s.Entry(i)
		if err == nil && entry != all[i] {
			return fmt.Errorf("entry %d was read wrong", i)
		}
		path, err := s.Inclusion(i, s.Size())
		if err == nil && merkle.CheckPath(rootOf(int(s.Size())), s.Size(), i, all[i], path) != nil {
			return fmt.Errorf("a wrong path was given for entry %d", i)
		}
	}
	return s.Check(context.Background())
}

// TestDamageInUse damages files under a running store: what is served is right or refused.
func TestDamageInUse(t *testing.T) {
	base := durabletest.New()
	grow(t, open(t, base), 700, 700)
	for _, name := range []string{"tile/0/000", "tile/0/001", "tile/entries/000", "tile/entries/001"} {
		disk := base.Clone()
		var told error
		s, err := tiles.New(disk, tiles.Options{OnServeError: func(err error) { told = err }})
		if err != nil {
			t.Fatal(err)
		}
		data, err := disk.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		disk.Damage(name, flip(data, 77))
		got := get(s, "/"+name)
		if got.Code != http.StatusInternalServerError || got.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d", name, got.Code)
		}
		var damage *tiles.DamageError
		if !errors.As(told, &damage) || damage.File != name {
			t.Errorf("%s: told %v", name, told)
		}
		disk.Lose(name)
		if got := get(s, "/"+name); got.Code != http.StatusInternalServerError {
			t.Errorf("%s, lost: %d", name, got.Code)
		}
	}
}

func TestLostState(t *testing.T) {
	disk := durabletest.New()
	grow(t, open(t, disk), 3, 3)
	disk.Lose("state")
	_, err := tiles.New(disk, tiles.Options{})
	if !errors.Is(err, tiles.ErrDamaged) {
		t.Errorf("tiles without a state: %v", err)
	}
}

func TestUnreadableStates(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "another file": pathologic("renlin.example/log", 0), "too large": pathologic("renlin.dev/tiles@v1", 1<<63),
		"size without tiles": pathologic("renlin.dev/tiles@v1", 3), "extension": pathologic("renlin.dev/tiles@v1", 0) + "x\n",
	} {
		disk := durabletest.New()
		disk.Damage("state", []byte(text))
		_, err := tiles.New(disk, tiles.Options{})
		if !errors.Is(err, tiles.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func pathologic(origin string, size uint64) string {
	return merkle.Checkpoint{Origin: origin, Size: size}.Text()
}

func TestCheckStops(t *testing.T) {
	s := open(t, durabletest.New())
	grow(t, s, 700, 700)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := s.Check(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a check called off: %v", err)
	}
}
