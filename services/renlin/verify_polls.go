package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"renlin.dev/pkg/verify"
	"renlin.dev/services/audit/pollcheck"
)

// pollsIn has every poll of a bundle, which verify has read to its end, checked a second time, by what runs no rule of any service.
func pollsIn(raw []byte) (*pollcheck.Report, error) {
	b, err := verify.Read(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	c := pollcheck.New(spread)
	for {
		block, err := b.Next()
		if errors.Is(err, io.EOF) {
			return c.Report(), nil
		}
		if err != nil {
			return nil, err
		}
		for i, commit := range block.Commits {
			c.Add(block.First+uint64(i), commit)
		}
		c.Block(block.First, block.Count, block.Hash())
	}
}

// spread has all processors do n things.
func spread(n int, do func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	all.Wait()
}

// judgedBy adds what is wrong with polls to the report: a record whose polls do not hold does not hold.
func judgedBy(r *verify.Report, polls *pollcheck.Report) {
	for _, p := range polls.Polls {
		for _, f := range p.Findings {
			why := fmt.Sprintf("poll %s: %s %s", p.Poll, f.English, f.Chinese)
			if f.At != "" {
				why = fmt.Sprintf("poll %s, %s: %s %s", p.Poll, f.At, f.English, f.Chinese)
			}
			r.Findings = append(r.Findings, verify.Finding{Index: f.Index, Check: verify.Check("poll." + f.Code), Why: why})
		}
	}
	r.OK = r.OK && polls.OK
}

// printPolls says of each poll how far it was checked by the second hand, and with all a line for each check.
func printPolls(w io.Writer, polls *pollcheck.Report, all bool) {
	if all {
		polls.Print(w)
		return
	}
	for _, p := range polls.Polls {
		held, looked, not := 0, 0, 0
		for _, c := range p.Checks {
			looked += c.Looked
			switch c.State {
			case pollcheck.Holds:
				held++
			case pollcheck.Unchecked:
				not++
			}
		}
		fmt.Fprintf(w, "second     poll %s (%s, %s): %d checks hold, %d things looked at, %d checks not made, %d findings\n",
			p.Poll, p.Secrecy, p.Stage, held, looked, not, len(p.Findings))
	}
}
