package flow_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"renlin.dev/pkg/flow"
)

// shapes are networks of other kinds than towns, each drawn from a seed at a size.
var shapes = map[string]func(r *rand.Rand, size int) *flow.Network{
	"grid": func(r *rand.Rand, size int) *flow.Network {
		side := max(2, intRoot(size))
		n := &flow.Network{Supply: make([]int64, side*side)}
		for v := range side * side {
			if (v+1)%side != 0 {
				n.AddArc(drawArc(r, v, v+1))
			}
			if v+side < side*side {
				n.AddArc(drawArc(r, v, v+side))
			}
		}
		return carried(r, n)
	},
	"sparse": func(r *rand.Rand, size int) *flow.Network { return drawShape(r, size, 3*size) },
	"dense":  func(r *rand.Rand, size int) *flow.Network { return drawShape(r, intRoot(size)+2, size*4) },
	"pairs": func(r *rand.Rand, size int) *flow.Network { // each of one side is matched with one of the other
		half := max(1, size/2)
		n := &flow.Network{Supply: make([]int64, 2*half)}
		for v := range half {
			n.Supply[v], n.Supply[half+v] = 1, -1
			n.AddArc(flow.Arc{From: flow.Node(v), To: flow.Node(half + v), Upper: 1, Cost: 1000})
			for range 4 {
				n.AddArc(flow.Arc{From: flow.Node(v), To: flow.Node(half + r.IntN(half)), Upper: 1, Cost: r.Int64N(1000)})
			}
		}
		return n
	},
}

func intRoot(n int) int {
	root := 0
	for (root+1)*(root+1) <= n {
		root++
	}
	return root
}

func drawArc(r *rand.Rand, from, to int) flow.Arc {
	lower := max(0, r.Int64N(8)-4)
	return flow.Arc{From: flow.Node(from), To: flow.Node(to), Lower: lower, Upper: lower + r.Int64N(40), Cost: r.Int64N(2000) - 300}
}

func drawShape(r *rand.Rand, nodes, arcs int) *flow.Network {
	n := &flow.Network{Supply: make([]int64, nodes)}
	for range arcs {
		n.AddArc(drawArc(r, r.IntN(nodes), r.IntN(nodes)))
	}
	return carried(r, n)
}

// carried gives the nodes what some flow brings and takes; now and then one unit stands at a wrong place, and perhaps no flow fits.
func carried(r *rand.Rand, n *flow.Network) *flow.Network {
	for _, a := range n.Arcs {
		f := a.Lower + r.Int64N(a.Upper-a.Lower+1)
		n.Supply[a.From] += f
		n.Supply[a.To] -= f
	}
	if r.IntN(6) == 0 {
		n.Supply[r.IntN(len(n.Supply))]++
		n.Supply[r.IntN(len(n.Supply))]--
	}
	return n
}

// TestObjectivesByLemon: the same objective as LEMON's network simplex, and nothing fits exactly where that says so, over towns and other
// shapes, of many seeds and sizes.
func TestObjectivesByLemon(t *testing.T) {
	peer, why := buildPeer(t)
	if peer == "" {
		t.Skip(why)
	}
	seeds, sizes := uint64(10), []int{4, 30, 300}
	if os.Getenv("RENLIN_CI") != "" {
		seeds, sizes = 60, append(sizes, 3000)
	}
	for name, draw := range shapes { // any order: each is drawn from its own seed
		t.Run(name, func(t *testing.T) {
			fit := 0
			for _, size := range sizes {
				for seed := range seeds {
					if likeLemon(t, peer, draw(rand.New(rand.NewPCG(seed, uint64(size))), size)) {
						fit++
					}
				}
			}
			if fit < int(seeds)*len(sizes)/2 {
				t.Errorf("of %d networks a flow fits %d", int(seeds)*len(sizes), fit)
			}
		})
	}
	for _, s := range slices.Concat(smallTowns, middleTowns) {
		t.Run(s.name, func(t *testing.T) {
			town := s.make()
			if !likeLemon(t, peer, &town.network) {
				t.Error("no flow fits")
			}
		})
	}
}

// likeLemon compares one network and tells whether a flow fits it.
func likeLemon(t *testing.T, peer string, n *flow.Network) bool {
	t.Helper()
	file := filepath.Join(t.TempDir(), "network.min")
	if err := os.WriteFile(file, n.AppendDimacs(nil), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := flow.Solve(n)
	if errors.Is(err, flow.ErrInfeasible) {
		var exit *exec.ExitError
		if out, err := exec.CommandContext(t.Context(), peer, file, "1").Output(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
			t.Fatalf("no flow fits, and LEMON says %q, %v: %s", out, err, n.AppendDimacs(nil))
		}
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	runPeer(t, peer, file, p.Objective)
	return true
}
