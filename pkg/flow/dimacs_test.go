package flow_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"renlin.dev/pkg/flow"
)

func TestReadDimacs(t *testing.T) {
	const head = "c made by hand\np min 3 2\n"
	for name, c := range map[string]struct {
		text string
		want error
		line string
	}{
		"a problem":            {head + "n 1 2\nn 3 -2\n\na 1 2 0 4 7\na  2\t3 1 4 -7\r\n", nil, ""},
		"no problem line":      {"", flow.ErrDimacs, ""},
		"an arc before":        {"a 1 2 0 4 7\n" + head, flow.ErrDimacs, "1"},
		"a node before":        {"n 1 0\n" + head, flow.ErrDimacs, "1"},
		"two problem lines":    {head + "p min 3 2\n", flow.ErrDimacs, "3"},
		"another problem":      {"p max 3 2\n", flow.ErrDimacs, "1"},
		"a problem cut short":  {"p min 3\n", flow.ErrDimacs, "1"},
		"negative sizes":       {"p min -3 2\n", flow.ErrDimacs, "1"},
		"negative arcs":        {"p min 3 -2\n", flow.ErrDimacs, "1"},
		"more than there is":   {"p min 16000000 0\n", flow.ErrDimacs, "1"},
		"far too many arcs":    {"p min 1 9000000000\n", flow.ErrDimacs, "1"},
		"a node twice":         {head + "n 1 2\nn 1 2\n", flow.ErrDimacs, "4"},
		"a node that is not":   {head + "n 4 2\n", flow.ErrDimacs, "3"},
		"a node of zero":       {head + "n 0 2\n", flow.ErrDimacs, "3"},
		"no number":            {head + "n 1 x\n", flow.ErrDimacs, "3"},
		"half a number":        {head + "n 1 1.5\n", flow.ErrDimacs, "3"},
		"a number too large":   {head + "n 1 99999999999999999999\n", flow.ErrDimacs, "3"},
		"a word too many":      {head + "n 1 2 3\n", flow.ErrDimacs, "3"},
		"an arc cut short":     {head + "a 1 2 0 4\n", flow.ErrDimacs, "3"},
		"an arc from nowhere":  {head + "a 0 2 0 4 1\n", flow.ErrDimacs, "3"},
		"an arc from beyond":   {head + "a 4 2 0 4 1\n", flow.ErrDimacs, "3"},
		"an arc to nowhere":    {head + "a 2 0 0 4 1\n", flow.ErrDimacs, "3"},
		"an arc to beyond":     {head + "a 2 4 0 4 1\n", flow.ErrDimacs, "3"},
		"an arc too many":      {head + strings.Repeat("a 1 2 0 4 7\n", 3), flow.ErrDimacs, "5"},
		"an arc too few":       {head + "a 1 2 0 4 7\n", flow.ErrDimacs, ""},
		"another line":         {head + "x 1 2\n", flow.ErrDimacs, "3"},
		"a longer word":        {head + "node 1 2\n", flow.ErrDimacs, "3"},
		"supply without need":  {head + "n 1 2\na 1 2 0 4 7\na 2 3 1 4 -7\n", flow.ErrUnbalanced, ""},
		"bounds the wrong way": {head + "a 1 2 5 4 7\na 2 3 1 4 -7\n", flow.ErrArc, ""},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := flow.ReadDimacs([]byte(c.text))
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if c.line != "" && !strings.Contains(err.Error(), "line="+c.line+")") {
				t.Fatalf("got %v, want line %s", err, c.line)
			}
			if err != nil {
				return
			}
			want := &flow.Network{Supply: []int64{2, 0, -2}, Arcs: []flow.Arc{arc(0, 1, 0, 4, 7), arc(1, 2, 1, 4, -7)}}
			if diff := cmp.Diff(want, n); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

// TestDimacsNodes: how many nodes there may be depends on how many the file can name, not on what it says.
func TestDimacsNodes(t *testing.T) {
	for name, c := range map[string]struct {
		nodes, bytes int
		want         error
	}{
		"a few that nothing names":   {1_000, 0, nil},
		"a file of the length":       {5_000, 24_000, nil},
		"as many as bytes":           {5_000, 5_000, flow.ErrDimacs},
		"many in a file of comments": {1_000_000, 1_000_000, flow.ErrDimacs},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := flow.ReadDimacs(fmt.Appendf(nil, "p min %d 0\n%s", c.nodes, strings.Repeat("c\n", c.bytes/2)))
			if !errors.Is(err, c.want) || err == nil && len(n.Supply) != c.nodes {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
}

// TestDimacsThereAndBack: what is written is read as it was.
func TestDimacsThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNetwork(t)
		got, err := flow.ReadDimacs(n.AppendDimacs(nil))
		if err != nil {
			t.Fatal(err)
		}
		if len(n.Arcs) == 0 {
			n.Arcs = nil
		}
		if diff := cmp.Diff(n, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// FuzzReadDimacs: any bytes are read or refused, and what was read is written and read again as the same.
func FuzzReadDimacs(f *testing.F) {
	f.Add([]byte("c x\np min 3 2\nn 1 2\nn 3 -2\na 1 2 0 4 7\na 2 3 1 4 -7\n"))
	f.Add([]byte("p min 0 0"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		n, err := flow.ReadDimacs(raw)
		if err != nil {
			return
		}
		text := n.AppendDimacs(nil)
		again, err := flow.ReadDimacs(append(text, bytes.Repeat([]byte("c\n"), 3*len(n.Supply))...))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(n, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
