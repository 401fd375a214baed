//go:build unix

package services_test

import (
	"syscall"
	"time"
)

// cpuTime is what this process has had of the processors, so that a rate can be told on a machine that others use as well.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
