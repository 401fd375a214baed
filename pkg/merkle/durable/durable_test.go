package durable_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"renlin.dev/pkg/merkle/durable"
	"renlin.dev/pkg/merkle/durable/durabletest"
)

func older() []durable.Item {
	return []durable.Item{
		{Name: "a", Data: []byte("old a")}, {Name: "sub/b", Data: []byte("old b")}, {Name: "sub/once", Data: []byte("1"), Once: true},
	}
}

func newer() []durable.Item {
	return []durable.Item{
		{Name: "a", Data: []byte("new a")}, {Name: "sub/b", Data: []byte("new b")}, {Name: "sub/deep/er/c", Data: []byte("new c")},
		{Name: "sub/once", Data: []byte("1"), Once: true}, {Name: "sub/deep/once", Data: []byte("2"), Once: true},
	}
}

// read returns the content of a file, "" when it is absent.
func read(tb testing.TB, f durable.Files, name string) string {
	data, err := f.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		tb.Fatal(err)
	}
	return string(data)
}

// check fails unless every file of newer is wholly old, wholly new, or absent if it was new.
func check(tb testing.TB, f durable.Files, complete bool) {
	tb.Helper()
	before := map[string]string{}
	for _, it := range older() {
		before[it.Name] = string(it.Data)
	}
	for _, it := range newer() {
		got := read(tb, f, it.Name)
		if got != string(it.Data) && (complete || got != before[it.Name]) {
			tb.Errorf("%s holds %q", it.Name, got)
		}
	}
}

func prepared(tb testing.TB) *durabletest.Disk {
	disk := durabletest.New()
	err := durable.NewWriter(disk).Write(older()...)
	if err != nil {
		tb.Fatal(err)
	}
	return disk
}

// TestEveryFault strikes at every operation of one call, in every way.
func TestEveryFault(t *testing.T) {
	clean := prepared(t)
	clean.Inject(durabletest.Fault{})
	err := durable.NewWriter(clean).Write(newer()...)
	if err != nil {
		t.Fatal(err)
	}
	steps := clean.Ops()
	if steps < 20 {
		t.Fatalf("only %d operations", steps)
	}
	for at := 1; at <= steps; at++ {
		for _, effect := range []durabletest.Effect{durabletest.None, durabletest.Half, durabletest.Whole} {
			t.Run(fmt.Sprintf("fails/at=%d/effect=%d", at, effect), func(t *testing.T) { failAndRetry(t, at, effect) })
			t.Run(fmt.Sprintf("power/at=%d/effect=%d", at, effect), func(t *testing.T) { losePower(t, at, effect) })
		}
	}
}

func failAndRetry(t *testing.T, at int, effect durabletest.Effect) {
	disk := prepared(t)
	w := durable.NewWriter(disk)
	disk.Inject(durabletest.Fault{At: at, Effect: effect})
	err := w.Write(newer()...)
	if err == nil {
		// The one failure that may be passed over is a directory that is there after all, and it must not be.
		t.Fatal("the fault was swallowed")
	}
	check(t, disk, false)
	// The same writer tries again; then the power fails, and everything must still be there.
	err = w.Write(newer()...)
	if err != nil {
		t.Fatalf("second attempt: %v", err)
	}
	for seed := range uint64(8) {
		copied := disk
		copied.Reboot(seed)
		check(t, copied, true)
	}
}

func losePower(t *testing.T, at int, effect durabletest.Effect) {
	for seed := range uint64(8) {
		disk := prepared(t)
		disk.Inject(durabletest.Fault{At: at, Effect: effect, PowerOff: true})
		err := durable.NewWriter(disk).Write(newer()...)
		if !errors.Is(err, durabletest.ErrInjected) && !errors.Is(err, durabletest.ErrPower) {
			t.Fatalf("no power, yet %v", err)
		}
		disk.Reboot(seed)
		check(t, disk, false)
		err = durable.NewWriter(disk).Write(newer()...)
		if err != nil {
			t.Fatalf("after the reboot: %v", err)
		}
		disk.Reboot(seed)
		check(t, disk, true)
	}
}

// TestKilledProcessLeavesUnsyncedDirectories is the case that a retry must not skip: a directory that exists, but
// whose name no fsync has made durable.
func TestKilledProcessLeavesUnsyncedDirectories(t *testing.T) {
	for seed := range uint64(16) {
		disk := durabletest.New()
		err := disk.Mkdir("x")
		if err != nil {
			t.Fatal(err)
		}
		err = durable.NewWriter(disk).Write(durable.Item{Name: "x/f", Data: []byte("1")})
		if err != nil {
			t.Fatal(err)
		}
		disk.Reboot(seed)
		if read(t, disk, "x/f") != "1" {
			t.Fatalf("seed %d: an acknowledged file is gone", seed)
		}
	}
}

// TestDiskForgets shows that the disk in memory would catch a writer that forgets an fsync.
func TestDiskForgets(t *testing.T) {
	var lostBytes, lostName, kept bool
	for seed := range uint64(64) {
		disk := durabletest.New()
		f, err := disk.Create("f")
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Write([]byte("12345678"))
		if err != nil {
			t.Fatal(err)
		}
		disk.Reboot(seed)
		names := disk.Files("")
		lostName = lostName || len(names) == 0
		if len(names) == 1 {
			lostBytes = lostBytes || read(t, disk, "f") != "12345678"
			kept = kept || read(t, disk, "f") == "12345678"
		}
	}
	if !lostBytes || !lostName || !kept {
		t.Errorf("in 64 power failures: bytes lost %v, name lost %v, all kept %v", lostBytes, lostName, kept)
	}
}

func TestFullDisk(t *testing.T) {
	disk := prepared(t)
	disk.Inject(durabletest.Fault{At: 3, Lasting: true})
	w := durable.NewWriter(disk)
	err := w.Write(newer()...)
	if !errors.Is(err, durabletest.ErrInjected) {
		t.Fatal(err)
	}
	check(t, disk, false)
	disk.Inject(durabletest.Fault{}) // space is freed
	err = w.Write(newer()...)
	if err != nil {
		t.Fatal(err)
	}
	check(t, disk, true)
}

func TestOnce(t *testing.T) {
	disk := prepared(t)
	err := durable.NewWriter(disk).Write(durable.Item{Name: "sub/once", Data: []byte("2"), Once: true})
	if !errors.Is(err, durable.ErrDiffers) || read(t, disk, "sub/once") != "1" {
		t.Errorf("a file written once was replaced: %v", err)
	}
	disk.Inject(durabletest.Fault{})
	err = durable.NewWriter(disk).Write(durable.Item{Name: "sub/once", Data: []byte("1"), Once: true})
	if err != nil || disk.Ops() != 3 { // the two directories' syncs, one Mkdir that finds its directory
		t.Errorf("the same again: %v, %d operations", err, disk.Ops())
	}
}

func TestDiscard(t *testing.T) {
	disk := prepared(t)
	w := durable.NewWriter(disk)
	w.Discard("sub")
	w.Discard("absent")
	if names := disk.Files(""); len(names) != 1 || names[0] != "a" {
		t.Fatalf("left: %v", names)
	}
	err := w.Write(newer()...)
	if err != nil {
		t.Fatal(err)
	}
	disk.Reboot(3)
	check(t, disk, true)
}

func TestManyItems(t *testing.T) {
	disk := durabletest.New()
	var items []durable.Item
	for i := range 200 {
		items = append(items, durable.Item{Name: fmt.Sprintf("d/%03d", i), Data: []byte{byte(i)}})
	}
	err := durable.NewWriter(disk).Write(items...)
	if err != nil {
		t.Fatal(err)
	}
	disk.Reboot(1)
	if n := len(disk.Files("d/")); n != 200 {
		t.Errorf("%d of 200 files", n)
	}
}

func TestDirectory(t *testing.T) {
	where := filepath.Join(t.TempDir(), "a", "b")
	dir, err := durable.Open(where)
	if err != nil {
		t.Fatal(err)
	}
	w := durable.NewWriter(dir)
	for range 2 {
		err = w.Write(newer()...)
		if err != nil {
			t.Fatal(err)
		}
	}
	check(t, dir, true)
	_, err = dir.ReadFile("absent")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent file: %v", err)
	}
	names, err := dir.List("sub")
	if err != nil || strings.Join(names, " ") != "b deep once" {
		t.Errorf("list: %v, %v", names, err)
	}
	_, err = dir.List("absent")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("list of an absent directory: %v", err)
	}
	for _, bad := range []string{"../out", "/etc/out"} {
		err = w.Write(durable.Item{Name: bad})
		if err == nil {
			t.Errorf("wrote %s, outside", bad)
		}
	}
	_, err = durable.Open(where)
	if !errors.Is(err, durable.ErrLocked) {
		t.Errorf("a second owner: %v", err)
	}
	err = errors.Join(dir.Remove("a"), dir.Close())
	if err != nil {
		t.Fatal(err)
	}
	again, err := durable.Open(where)
	if err != nil {
		t.Fatalf("after the first owner left: %v", err)
	}
	if read(t, again, "a") != "" || read(t, again, "sub/b") != "new b" {
		t.Error("files are not as they were left")
	}
	err = filepath.WalkDir(where, func(name string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".tmp") {
			t.Errorf("left behind: %s", name)
		}
		return err
	})
	if err = errors.Join(err, again.Close()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	err = os.WriteFile(file, nil, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, err = durable.Open(file)
	if err == nil {
		t.Error("a file was opened as a directory")
	}
}
