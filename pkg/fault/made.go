package fault

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// sentinels are all faults that New has made: the whole of what this program can refuse with.
var sentinels made

type made struct {
	mu   sync.Mutex // guards list
	list []Made
}

// Made is a sentinel and the package that made it.
type Made struct {
	*Fault
	Package string
}

// note keeps a fault under the package of New's caller.
func (m *made) note(f *Fault) {
	var pc [1]uintptr
	runtime.Callers(3, pc[:]) // below are Callers, note and New
	frame, _ := runtime.CallersFrames(pc[:]).Next()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = append(m.list, Made{f, packageOf(frame.Function)})
}

// packageOf gives the package of a function by its full name, such as "renlin.dev/pkg/op.init".
func packageOf(function string) string {
	slash := strings.LastIndexByte(function, '/') + 1
	if dot := strings.IndexByte(function[slash:], '.'); dot >= 0 {
		return function[:slash+dot]
	}
	return function
}

// All lists the sentinels of this program by code, each with the package that made it: for documents that say what may come.
func All() []Made {
	sentinels.mu.Lock()
	defer sentinels.mu.Unlock()
	out := slices.Clone(sentinels.list)
	slices.SortStableFunc(out, func(a, b Made) int { return cmp.Compare(a.Code, b.Code) })
	return out
}
