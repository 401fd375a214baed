package services_test

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The floors, arrows only down: renlin → services, side by side → pkg → proto. Inside a service: the shell → its own cores →
// fault, decider, chain's types, merkle, proto.

// renlinMay are the packages below a service's shell that the binary may take, with the reason.
var renlinMay = map[string]string{
	"services/voting/dryrun":        "`renlin rules` judges past polls with the same code that judges polls",
	"services/voting/count":         "`renlin count` counts files with the same code that counts polls",
	"services/matching/instance":    "`renlin match` plans files with the same code that plans a community, and needs no daemon for it",
	"services/voting/trustee":       "a trustee's keystore runs in a process of its own, at an organisation of its own",
	"services/voting/follow":        "trustees, the second keystore and the registrar follow the record in processes of their own",
	"services/voting/registrar":     "the registrar runs in a process of its own, which no key holder runs",
	"services/voting/credential":    "a voter's device is played by whoever plays a neighbourhood, and by tests of the whole",
	"services/audit/plancheck":      "`renlin verify` has plans held against the record by what runs no rule, and needs no daemon for it",
	"services/audit/pollcheck":      "`renlin verify` has polls checked by what runs no rule, and needs no daemon for it",
	"services/voting/notice":        "`renlin notice` recomputes a published result and needs no daemon for it",
	"services/voting/holder":        "the keystore of a poll's key runs in processes of its own, one of them at another organisation",
	"services/gateway/platformtest": "tests of the whole sign in by a stand-in of a platform, which no product code may start",
	"services/matching/needlist":    "`renlin import needs` reads the files on the importer's side, before anything is signed",
	"services/matching/directory":   "`renlin import hsds` reads the files on the importer's side, and `renlin export` writes them there",
	"services/community/roster":     "`renlin import roster` reads the file on the importer's side, before anything is signed",
}

// besideMay are the imports from one service to another, with the reason. There is one row a pair: who, whom.
var besideMay = map[[2]string]string{}

// testsMay are the services that another service's tests may start.
var testsMay = map[string]string{
	"services/sequencer":       "a test of a service over a real stream needs somebody to order its commits",
	"services/audit/plancheck": "what the rule takes for an optimal plan must be one for whoever reads the record",

	"services/witness": "the notary's tests have real witnesses cosign, and refuse",
}

// coresBeyondInternal are packages outside internal that are held to the rules of a core all the same.
var coresBeyondInternal = map[string]string{
	"services/voting/dryrun":     "what past polls would have been must come out the same on every machine",
	"services/voting/count":      "counting must come out the same on every machine, for the daemon, the binary and an observer",
	"services/matching/instance": "what a file's needs come to must be the same on every machine",
	"services/audit/plancheck":   "what is wrong with a plan must be the same for whoever checks the record",
	"services/audit/pollcheck":   "what is wrong with a poll must be the same for whoever checks the record",
	"services/voting/notice":     "what does not hold in a notice must be the same for whoever recomputes it",
	"pkg/figures":                "what is told of people in numbers comes out the same everywhere",
	"pkg/rules":                  "the check of a rulebook rests on what it finds",
	"pkg/standing":               "who may do what is decided by it inside every service's cores",
	"pkg/delivery":               "what proves that a notice came is decided on by the cores of two services",
	"pkg/stock":                  "what lies in a stock is decided on by the cores of two services",
	"pkg/flow":                   "who serves whom, and whether a plan is the cheapest, must come out the same for whoever checks it",
	"pkg/fullplan":               "the whole of a plan has the same bytes for whoever makes it, and is checked by whoever has them",
	"pkg/ballot":                 "opening a ballot is part of the tally; its random bytes come from the caller",
	"pkg/secretballot":           "whether a secret ballot counts is decided by it, and an observer must find the same",

	"pkg/secretballot/internal/group": "the arithmetic below secret ballots; random bytes come from the caller",
	"pkg/secretballot/trustee":        "what trustees publish is judged by it, and an observer must find the same",
}

// coreMayOurs are the packages of other floors that a core may import. All of them are free of clock, randomness and I/O in
// what a core can reach: abroad, ballot, delivery, fault, figures, fullplan, merkle, rules, secretballot, standing and stock as a
// whole, decider and chain in their types.
var coreMayOurs = []string{
	"pkg/abroad", "pkg/ballot", "pkg/chain", "pkg/decider", "pkg/delivery", "pkg/fault", "pkg/figures", "pkg/flow", "pkg/fullplan",
	"pkg/merkle", "pkg/rules",
	"pkg/secretballot", "pkg/secretballot/internal/group", "pkg/secretballot/trustee", "pkg/standing", "pkg/stock",
}

// coreMayStd are the packages of the standard library that compute and do nothing else. io and bufio are there for decoders of
// bytes in memory; time for durations and instants that came in the command, its clock is banned by name.
var coreMayStd = []string{
	"bufio", "bytes", "cmp", "container/*", "crypto/ed25519", "crypto/hkdf", "crypto/hmac", "crypto/sha256",
	"crypto/sha512", "crypto/subtle", "encoding", "encoding/*", "errors", "fmt", "hash", "hash/*", "io", "iter", "maps",
	"math", "math/big", "math/bits", "regexp", "slices", "sort", "strconv", "strings", "time", "unicode", "unicode/*",
}

// coreMayForeign are modules of others that a core may use, each a pure function of its input.
var coreMayForeign = map[string]string{
	"google.golang.org/protobuf/*":         "events and commands are protobuf messages",
	"golang.org/x/crypto/nacl/box":         "opening a ballot is a function of its bytes and the published key",
	"golang.org/x/crypto/curve25519":       "a published key is checked against its public half",
	"github.com/google/cel-go/*":           "conditions of the rulebook are CEL expressions",
	"github.com/transparency-dev/merkle/*": "proofs",
	"github.com/gtank/ristretto255":        "the group below secret ballots",
	"filippo.io/edwards25519":              "the curve on which the boxes of open ballots are sealed to trustees",
	"filippo.io/edwards25519/field":        "the way from that curve's form in X25519 to its form in Ed25519",
	"golang.org/x/crypto/salsa20/salsa":    "the last step from a shared secret to a box's key",
	"golang.org/x/crypto/chacha20poly1305": "opening what one trustee sealed for another",
}

// protoMayForeign is what generated code needs.
var protoMayForeign = []string{"google.golang.org/protobuf/*"}

var corePattern = regexp.MustCompile(`^services/[^/]+/internal(/|$)`)

// isCore tells whether the package in dir is held to be pure. The binary has no cores: what is internal to it is its own business.
func isCore(dir string) bool {
	return corePattern.MatchString(dir) && serviceOf(dir) != "renlin" || coresBeyondInternal[dir] != ""
}

// serviceOf answers the service that a folder belongs to, or "" (for the folder services itself, too).
func serviceOf(dir string) string {
	parts := strings.SplitN(dir, "/", 3)
	if len(parts) < 2 || parts[0] != "services" {
		return ""
	}
	return parts[1]
}

// isStd tells whether an import path belongs to the standard library: its first element has no dot.
func isStd(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

// checkArrows: which way imports may point.
func checkArrows(r *reporter, s *source) {
	if !strings.HasSuffix(s.path, ".go") {
		return
	}
	if !s.isGo() {
		return // generated
	}
	for _, spec := range s.file.Imports {
		importPath, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		if why := forbidden(s, importPath); why != "" {
			r.node(s, spec, "import of %s: %s", importPath, why)
		}
	}
}

// forbidden answers why the file may not import the package, or "".
func forbidden(s *source, importPath string) string {
	target, ours := strings.CutPrefix(importPath, modulePrefix)
	floor, _, _ := strings.Cut(s.path, "/")
	switch {
	case isCore(s.dir()) && !s.isTest():
		return forbiddenToCore(s, importPath, target, ours)
	case s.dir() == "pkg/fault" && !s.isTest() && !isStd(importPath):
		return "fault stands on the standard library alone"
	case !ours:
		if floor == "proto" && !isStd(importPath) && !slices.ContainsFunc(protoMayForeign, covers(importPath)) {
			return "proto needs protobuf and nothing else"
		}
		return ""
	case floor == "proto" && !strings.HasPrefix(target, "proto/"):
		return "proto is the lowest floor"
	case floor == "pkg" && strings.HasPrefix(target, "services/"):
		return "pkg never knows the services"
	case floor == "services":
		return forbiddenToService(s, target)
	}
	return ""
}

// forbiddenToService holds services apart.
func forbiddenToService(s *source, target string) string {
	mine, other := serviceOf(s.dir()), serviceOf(target)
	shell := path.Join("services", other)
	switch {
	case other == "" || other == mine:
		return ""
	case mine == "": // the tests of the tree
		return ""
	case mine == "renlin":
		if target == shell || renlinMay[target] != "" {
			return ""
		}
		return "the binary takes a service's shell, not what is below it"
	case besideMay[[2]string{"services/" + mine, target}] != "":
		return ""
	case s.isTest() && testsMay[target] != "":
		return ""
	}
	return "services stand side by side: read the stream, or ask over the bus"
}

// forbiddenToCore keeps everything out that is no function of its input.
func forbiddenToCore(s *source, importPath, target string, ours bool) string {
	switch {
	case ours && (strings.HasPrefix(target, "proto/") || slices.Contains(coreMayOurs, target)):
		return ""
	case ours && isCore(target) && serviceOf(target) == serviceOf(s.dir()):
		return ""
	case ours:
		return "a core imports its own service's cores, proto, and of pkg what coreMayOurs lists"
	case isStd(importPath) && slices.ContainsFunc(coreMayStd, covers(importPath)):
		return ""
	case isStd(importPath):
		return "a core has no clock, randomness, I/O or goroutines"
	}
	for pattern := range coreMayForeign {
		if covers(importPath)(pattern) {
			return ""
		}
	}
	return "not among the modules that a core may use"
}

// covers answers a test whether a pattern, which may end in "/*", covers the import path.
func covers(importPath string) func(pattern string) bool {
	return func(pattern string) bool { return matches(pattern, importPath) }
}

// dependencyPattern finds the module named at the beginning of a row of docs/dependencies.md.
var dependencyPattern = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")

// checkDependencies: whoever brings in a module says why, in docs/dependencies.md.
func checkDependencies(r *reporter, tree []*source) {
	var modules []string
	for _, s := range tree {
		if s.path == "docs/dependencies.md" {
			for _, m := range dependencyPattern.FindAllSubmatch(s.text, -1) {
				modules = append(modules, string(m[1]))
			}
		}
	}
	for _, s := range tree {
		if !s.isGo() {
			continue
		}
		for _, spec := range s.file.Imports {
			importPath, err := strconv.Unquote(spec.Path.Value)
			if err != nil || isStd(importPath) || strings.HasPrefix(importPath, modulePrefix) {
				continue
			}
			if !slices.ContainsFunc(modules, func(m string) bool { return importPath == m || strings.HasPrefix(importPath, m+"/") }) {
				r.node(s, spec, "%s has no row in docs/dependencies.md", importPath)
			}
		}
	}
}
