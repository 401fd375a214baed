package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// diskBytes is the size of a small disk, of which the pilot wants 64 MiB to stay free.
const diskBytes = 160 << 20

// smallDisk puts a victim on a disk of its own, for which the kernel must be asked: only root may.
func smallDisk(t *testing.T, v *victim) (disk string) {
	t.Helper()
	disk = filepath.Join(v.dir, "disk")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, fmt.Sprintf("size=%d", diskBytes)); errors.Is(err, syscall.EPERM) {
		t.Skip("A FULL DISK IS NOT TESTED: no disk can be mounted here without root")
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		v.kill()
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	v.disk = disk
	return disk
}

// fill has somebody else take the disk, until so many bytes are free.
func fill(t *testing.T, disk string, leave uint64) (file string) {
	t.Helper()
	var fs syscall.Statfs_t
	if err := syscall.Statfs(disk, &fs); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(disk, "somebody-else")
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	chunk := make([]byte, 1<<20)
	for left := int64(fs.Bavail*uint64(fs.Bsize)) - int64(leave); left > 0; left -= int64(len(chunk)) {
		if _, err := f.Write(chunk[:min(left, int64(len(chunk)))]); errors.Is(err, syscall.ENOSPC) {
			return file
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// TestDiskFull lets somebody else fill the disk under load, first so far that room is short and then to the last byte. Whoever writes is
// told so by name, reading goes on, and once there is room again so does writing, with nobody's help. Everything that was acknowledged
// is there, also when the pilot is killed and started while the disk is full.
func TestDiskFull(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	v := newVictim(t)
	disk := smallDisk(t, v)
	v.start(ctx)
	n := foundPlain(ctx, t, v.url(), "disk")
	d := v.device(n.First.Device)
	if err := d.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	all := loadUntilFull(ctx, t, d, func() { fill(t, disk, 32<<20) })
	for name, leave := range map[string]uint64{"room is short": 32 << 20, "nothing is free": 0} {
		file := fill(t, disk, leave)
		all = append(all, stillReads(ctx, t, name, d)...)
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		all = append(all, writesAgain(ctx, t, name, d))
	}
	file := fill(t, disk, 0)
	v.kill()
	v.run()
	turnedAway(ctx, t, d)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	all = append(all, writesAgain(ctx, t, "started on a full disk", d))
	again(ctx, t, 0, d, all)
	finish(ctx, t, v.url(), v.token(), n, all)
	for _, line := range v.said("writing stopped") {
		t.Errorf("a full disk is taken for damage: %s", line)
	}
}

// loadUntilFull writes as many do, while the disk is being filled, until everybody is turned away.
func loadUntilFull(ctx context.Context, t *testing.T, d *client.Device, fill func()) []acked {
	t.Helper()
	loading, stop := context.WithCancel(ctx)
	done := make(chan []acked, 1)
	go func() { done <- load(loading, d, 8) }()
	fill()
	err := neighbourhood.Eventually(brief(ctx, t), "writers are turned away", func() error {
		a := registration(d)
		_, err := d.Send(ctx, a.signed, "/v1/communities/"+d.Community+"/units")
		if f := fault.Of(err); f == nil || f.Code != "storage.full" || f.Kind != fault.Unavailable {
			return fmt.Errorf("told %v", err)
		}
		return nil
	})
	stop()
	all := <-done
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d acknowledged until the disk was full", len(all))
	return all
}

// stillReads asks a pilot that has no room for what it knows, and writes: that is refused by name, but for what is under way.
func stillReads(ctx context.Context, t *testing.T, name string, d *client.Device) (taken []acked) {
	t.Helper()
	err := neighbourhood.Eventually(brief(ctx, t), "writers are turned away", func() error {
		a := registration(d)
		answer, err := d.Send(ctx, a.signed, "/v1/communities/"+d.Community+"/units")
		if err == nil {
			a.answer = answer
			taken = append(taken, a)
			return errors.New("it was recorded")
		}
		if f := fault.Of(err); f.Code != "storage.full" {
			return fmt.Errorf("told %v", err)
		}
		return nil
	})
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	var info struct{ State string }
	if err := d.Get(ctx, "/v1/communities/"+d.Community, &info); err != nil || info.State != "full" {
		t.Errorf("%s: the community's state is %q, %v", name, info.State, err)
	}
	if _, err := d.Records(ctx, "unit", "", 0); err != nil {
		t.Errorf("%s: reading: %v", name, err)
	}
	if _, err := d.PutText(ctx, d.Member, "some words"); err != nil && fault.Of(err).Code != "storage.full" {
		t.Errorf("%s: a text found no room: %v", name, err)
	}
	return taken
}

// turnedAway writes to a pilot that was started on a full disk, and for which parts of it may be missing for that.
func turnedAway(ctx context.Context, t *testing.T, d *client.Device) {
	t.Helper()
	err := neighbourhood.Eventually(brief(ctx, t), "it answers", func() error {
		a := registration(d)
		_, err := d.Send(ctx, a.signed, "/v1/communities/"+d.Community+"/units")
		if f := fault.Of(err); err == nil || f.Kind != fault.Unavailable {
			return fmt.Errorf("told %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// writesAgain writes once there is room again.
func writesAgain(ctx context.Context, t *testing.T, name string, d *client.Device) acked {
	t.Helper()
	a := registration(d)
	err := neighbourhood.Eventually(ctx, "writing goes on", func() (err error) {
		a.answer, err = d.Send(ctx, a.signed, "/v1/communities/"+d.Community+"/units")
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return a
}
