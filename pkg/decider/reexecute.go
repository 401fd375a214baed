package decider

import (
	"encoding/binary"
	"errors"
	"fmt"

	"renlin.dev/pkg/chain"
)

// Reexecute judges a whole stream of blocks again, from its first: links, roots, and every decision and demand that the models
// know. Releases keep the streams of earlier ones and run this over them, so that what was lawful stays so.
func Reexecute(models []*Model, blocks [][]byte, cfg AuditConfig) (*AuditReport, []Finding, error) {
	a := NewAuditor(models, cfg)
	var findings []Finding
	var prev *chain.Sealed
	for n, raw := range blocks {
		b, err := chain.VerifyBlock(raw, prev)
		if err != nil {
			return a.Report(), findings, fmt.Errorf("re-execute block %d: %w", n, err)
		}
		for i, c := range b.Commits {
			findings = append(findings, a.Commit(b.First+uint64(i), c, b.Time)...)
		}
		findings = append(findings, a.EndBlock(&b.Sealed)...)
		prev = &b.Sealed
	}
	return a.Report(), findings, nil
}

// EncodeStream joins blocks into one file's content: a length of four bytes before each.
func EncodeStream(blocks [][]byte) []byte {
	var out []byte
	for _, b := range blocks {
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(b))), b...)
	}
	return out
}

// DecodeStream takes apart what EncodeStream joined.
func DecodeStream(raw []byte) ([][]byte, error) {
	var blocks [][]byte
	for len(raw) > 0 {
		if len(raw) < 4 || uint64(binary.BigEndian.Uint32(raw)) > uint64(len(raw)-4) {
			return nil, errors.New("decode stream: it ends too early")
		}
		n := 4 + int(binary.BigEndian.Uint32(raw))
		blocks, raw = append(blocks, raw[4:n]), raw[n:]
	}
	return blocks, nil
}
