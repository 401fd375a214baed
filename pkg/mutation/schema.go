package mutation

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Names of the environment by which a build of all mutations learns which one is meant, and where to note those that are asked for.
const (
	mutantEnv  = "RENLIN_MUTANT"
	reachedEnv = "RENLIN_MUTANTS_REACHED"
)

// schema is the source file that a package is given beside its own. Only the standard library is at hand there.
const schema = `
import (
	mutantos__ "os"
	mutantconv__ "strconv"
	mutantatomic__ "sync/atomic"
)

var (
	mutantMeant__, _ = mutantconv__.Atoi(mutantos__.Getenv("` + mutantEnv + `"))
	mutantNotes__, _ = mutantos__.OpenFile(mutantos__.Getenv("` + reachedEnv + `"), mutantos__.O_APPEND|mutantos__.O_WRONLY, 0)
	mutantNoted__    [1 << 16]mutantatomic__.Bool
)

// mutant__ tells whether a mutation is the one that is meant.
func mutant__(n int) bool {
	if mutantNotes__ != nil {
		mutantNote__(n)
	}
	return mutantMeant__ == n
}

func mutantNote__(n int) {
	if !mutantNoted__[n].Swap(true) {
		mutantNotes__.WriteString(mutantconv__.Itoa(n) + "\n")
	}
}
`

// rewritten gives the files to be built in the place of a package's own: all mutations at once, each behind a question whether it is meant.
func rewritten(files []*file) map[string]string {
	out := map[string]string{}
	for _, f := range files {
		out[f.path] = f.rewritten()
		if clause := packageClause(f.source); len(out) == 1 {
			out[filepath.Join(filepath.Dir(f.path), "mutant__.go")] = clause + schema
		}
	}
	return out
}

func packageClause(source string) string {
	for line := range strings.Lines(source) {
		if strings.HasPrefix(line, "package ") {
			return line
		}
	}
	return ""
}

// rewritten puts the edits in. Of those at one place the outer one comes first before a span, and last behind it; of two around the same
// span the one that was found first is the outer one.
func (f *file) rewritten() string {
	puts := map[int]string{}
	outer := slices.Clone(f.edits)
	slices.SortStableFunc(outer, func(a, b edit) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)) })
	skip := map[int]int{}
	for _, e := range outer {
		puts[e.start] += e.before
		if e.instead {
			skip[e.start] = e.end
		}
	}
	slices.Reverse(outer) // now from the inside out
	slices.SortStableFunc(outer, func(a, b edit) int { return cmp.Compare(a.end, b.end) })
	ends := map[int]string{}
	for _, e := range outer {
		ends[e.end] += e.after
	}
	for at, text := range puts {
		ends[at] += text // what ends here ends before what begins here
	}
	var b strings.Builder
	last := 0
	for _, at := range slices.Sorted(maps.Keys(ends)) {
		if at > last {
			b.WriteString(f.source[last:at])
			last = at
		}
		b.WriteString(ends[at])
		if to, ok := skip[at]; ok {
			last = to
		}
	}
	b.WriteString(f.source[last:])
	return b.String()
}
