package main

import (
	"syscall"

	"renlin.dev/pkg/telemetry/metrics"
)

// What a process sees of its directories' file systems.
var (
	definitionFree = metrics.Definition{
		Name: "renlin_disk_free_bytes", Help: "Bytes that this process may still write to the file system of its directory.",
		Labels: []string{"directory"},
	}
	definitionDisk = metrics.Definition{
		Name: "renlin_disk_size_bytes", Help: "Size of the file system of the directory.", Labels: []string{"directory"},
	}
)

// watchDisks shows how much room there is for data and state; a daemon without state has none to show.
func watchDisks(m *metrics.Registry, data, state string) {
	for name, dir := range map[string]string{"data": data, "state": state} {
		if dir == "" {
			continue
		}
		m.Watch(definitionFree, func() float64 { return diskOf(dir).free }, name)
		m.Watch(definitionDisk, func() float64 { return diskOf(dir).size }, name)
	}
}

type disk struct{ free, size float64 }

// diskOf looks at a directory's file system; zeros, which an alert sees, when that cannot be done.
func diskOf(dir string) disk {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return disk{}
	}
	return disk{free: float64(s.Bavail) * float64(s.Bsize), size: float64(s.Blocks) * float64(s.Bsize)}
}
