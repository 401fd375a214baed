//go:build linux || darwin

package sequencer

import (
	"fmt"
	"syscall"
)

// DiskRoom makes a Room of directories: on the disk of each there must be so many bytes free for us, or nothing is written. A directory
// that cannot be looked at has no room.
func DiskRoom(freeMin uint64, dirs ...string) Room {
	return func() error {
		for _, dir := range dirs {
			var fs syscall.Statfs_t
			if err := syscall.Statfs(dir, &fs); err != nil {
				return fmt.Errorf("look for room in %s: %w", dir, err)
			}
			if free := fs.Bavail * uint64(fs.Bsize); free < freeMin {
				return fmt.Errorf("%d MiB are free on the disk of %s, %d MiB must be", free>>20, dir, freeMin>>20)
			}
		}
		return nil
	}
}
