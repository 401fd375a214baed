package flow

import (
	"bytes"
	"strconv"

	"renlin.dev/pkg/fault"
)

// ErrDimacs says that a file is no DIMACS .min file within the limits; the detail names the line.
var ErrDimacs = fault.New(fault.Invalid, "flow.dimacs",
	"The file is not a minimum-cost flow problem in DIMACS form.", "该文件不是 DIMACS 格式的最小费用流问题。")

// ReadDimacs reads a problem in the form of the DIMACS challenge (.min): comment lines c, one line "p min NODES ARCS" before all others,
// lines "n NODE SUPPLY" for nodes that supply or demand, and "a FROM TO LOWER UPPER COST" for arcs; nodes are counted from 1. Numbers are
// decimal integers. A node's second line, a number of arcs other than announced, more nodes than the file has room to name and a thousand
// besides, and anything else are refused with the number of the line, so that a file costs no more memory than its length calls for. What
// is read has passed Network.Check except for feasibility.
func ReadDimacs(raw []byte) (*Network, error) {
	r := dimacs{nodesMax: min(NodesMax, namelessMax+int64(len(raw)/nodeBytesMin))}
	for line := 1; len(raw) > 0; line++ {
		text, rest, _ := bytes.Cut(raw, []byte{'\n'})
		raw = rest
		if !r.line(bytes.Fields(text)) {
			return nil, ErrDimacs.WithInt("line", int64(line))
		}
	}
	if !r.begun || int64(len(r.n.Arcs)) != r.arcs {
		return nil, ErrDimacs.WithInt("arcs", int64(len(r.n.Arcs)))
	}
	if err := r.n.Check(); err != nil {
		return nil, err
	}
	return &r.n, nil
}

// A node that no line names is of no use, so few are allowed; the others need a line each, or half the line of an arc, which is longer.
const (
	namelessMax  = 1_000
	nodeBytesMin = len("n 1 0\n")
)

// dimacs is a file half read.
type dimacs struct {
	n     Network
	begun bool
	arcs  int64
	// nodesMax bounds the table that the first line has made.
	nodesMax int64
	seen     map[int64]bool // nodes that have had their line
}

// line takes a line's words and tells whether it could be.
func (r *dimacs) line(words [][]byte) bool {
	if len(words) == 0 || words[0][0] == 'c' {
		return true
	}
	if len(words[0]) != 1 {
		return false
	}
	switch words[0][0] {
	case 'p':
		return r.problem(words)
	case 'n':
		v, ok := numbers[[2]int64](words)
		if !ok || !r.begun || v[0] < 1 || v[0] > int64(len(r.n.Supply)) || r.seen[v[0]] {
			return false
		}
		r.seen[v[0]] = true
		r.n.Supply[v[0]-1] = v[1]
		return true
	case 'a':
		v, ok := numbers[[5]int64](words)
		nodes := int64(len(r.n.Supply))
		if !ok || !r.begun || v[0] < 1 || v[0] > nodes || v[1] < 1 || v[1] > nodes || int64(len(r.n.Arcs)) == r.arcs {
			return false
		}
		r.n.AddArc(Arc{From: Node(v[0] - 1), To: Node(v[1] - 1), Lower: v[2], Upper: v[3], Cost: v[4]})
		return true
	}
	return false
}

func (r *dimacs) problem(words [][]byte) bool {
	if r.begun || len(words) != 4 || string(words[1]) != "min" {
		return false
	}
	v, ok := numbers[[2]int64](words[1:])
	if !ok || v[0] < 0 || v[0] > r.nodesMax || v[1] < 0 || v[1] > ArcsMax {
		return false
	}
	r.begun, r.arcs, r.seen = true, v[1], map[int64]bool{}
	r.n.Supply = make([]int64, v[0])
	return true
}

// numbers reads exactly as many numbers as the array has behind the first word.
func numbers[A [2]int64 | [5]int64](words [][]byte) (a A, ok bool) {
	if len(words) != len(a)+1 {
		return a, false
	}
	for i := range len(a) {
		v, err := strconv.ParseInt(string(words[i+1]), 10, 64)
		if err != nil {
			return a, false
		}
		a[i] = v
	}
	return a, true
}

// AppendDimacs appends the problem in the form that ReadDimacs reads.
func (n *Network) AppendDimacs(to []byte) []byte {
	to = appendLine(to, "p min", int64(len(n.Supply)), int64(len(n.Arcs)))
	for v, b := range n.Supply {
		if b != 0 {
			to = appendLine(to, "n", int64(v)+1, b)
		}
	}
	for i := range n.Arcs {
		a := &n.Arcs[i]
		to = appendLine(to, "a", int64(a.From)+1, int64(a.To)+1, a.Lower, a.Upper, a.Cost)
	}
	return to
}

func appendLine(to []byte, word string, values ...int64) []byte {
	to = append(to, word...)
	for _, v := range values {
		to = strconv.AppendInt(append(to, ' '), v, 10)
	}
	return append(to, '\n')
}
