package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/needlist"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// inputFile is a file that is imported, as a whole in memory.
type inputFile struct {
	name string
	raw  []byte
}

// needFile is a file with its needs.
type needFile struct {
	name  string
	needs []needlist.Need
}

// lineOf is where a row of an import stands.
type lineOf struct {
	file string
	need *needlist.Need
}

// needsResult is what an import came to. After a refusal nothing was imported and every count is 0.
type needsResult struct {
	Community string  `json:"community,omitempty"`
	Import    string  `json:"import,omitempty"`
	Rows      int     `json:"rows"`
	Raised    int     `json:"raised"`
	Seconds   float64 `json:"seconds"`
	// Before tells that the same rows had been imported already, and nothing was done now.
	Before bool `json:"before,omitempty"`
	// Dropped are rows that could be raised when they were checked and not any more when all were there.
	Dropped []needRefusal `json:"dropped"`
	Refused []needRefusal `json:"refused"`
	// RefusedTotal counts refused rows beyond the list too.
	RefusedTotal int `json:"refused_total"`
}

// needRefusal is a row that was refused, and in which file.
type needRefusal struct {
	File string `json:"file"`
	needlist.Refusal
}

// needsImport is one import on its way.
type needsImport struct {
	rosterImport
	round string
	d     *client.Device
	id    string
	rows  []lineOf
	say   func(format string, args ...any)
}

// importNeeds reads all files whole before it speaks to anybody; a row that cannot be used stops everything.
func importNeeds(ctx context.Context, s streams, c rosterImport, round string, files []inputFile) error {
	n := &needsImport{rosterImport: c, round: round, say: func(format string, args ...any) { fmt.Fprintf(s.err, format+"\n", args...) }}
	out := &needsResult{Dropped: []needRefusal{}, Refused: []needRefusal{}}
	var read []needFile
	for _, f := range files {
		needs, err := needlist.Read(bytes.NewReader(f.raw))
		if err := out.refuse(f.name, err); err != nil {
			return err
		}
		read = append(read, needFile{f.name, needs})
	}
	if out.RefusedTotal > 0 {
		return refuseNeeds(s, c.json, out)
	}
	for _, f := range read {
		for i := range f.needs {
			n.rows = append(n.rows, lineOf{f.name, &f.needs[i]})
		}
	}
	if len(n.rows) > needlist.RowsMax {
		return needlist.ErrTooLarge
	}
	var err error
	if n.d, _, err = officerDevice(c); err != nil {
		return err
	}
	if err := n.check(ctx, read, out); err != nil {
		return fmt.Errorf("nothing was imported: %w", err)
	}
	if out.RefusedTotal > 0 {
		return refuseNeeds(s, c.json, out)
	}
	began := time.Now()
	if err := n.bring(ctx, out); err != nil {
		return err
	}
	out.Seconds = time.Since(began).Seconds()
	if out.RefusedTotal > 0 {
		return refuseNeeds(s, c.json, out)
	}
	return tellNeeds(s, c.json, out)
}

// refuse takes a file's refusals into the list; any other error it gives back.
func (r *needsResult) refuse(file string, err error) error {
	var refused *needlist.Refused
	switch {
	case errors.As(err, &refused):
		for _, row := range refused.Rows {
			r.Refused = append(r.Refused, needRefusal{file, row})
		}
		r.RefusedTotal += refused.Total
	case err != nil:
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// refuseNeeds lists rows by file, line, field and reason. What stands in them may be personal and is not repeated.
func refuseNeeds(s streams, asJSON bool, out *needsResult) error {
	if asJSON {
		if err := printJSON(s.out, &needsResult{Dropped: []needRefusal{}, Refused: out.Refused, RefusedTotal: out.RefusedTotal}); err != nil {
			return err
		}
	} else {
		for _, row := range out.Refused {
			fmt.Fprintf(s.err, "%s: %s\n", row.File, row.Error())
		}
	}
	return fmt.Errorf("%d rows cannot be used; nothing was imported", out.RefusedTotal)
}

func tellNeeds(s streams, asJSON bool, out *needsResult) error {
	if asJSON {
		return printJSON(s.out, out)
	}
	for _, row := range out.Dropped {
		fmt.Fprintf(s.err, "%s: %s\n", row.File, row.Error())
	}
	if out.Before {
		fmt.Fprintln(s.out, "these rows were imported before; nothing was done")
	}
	fmt.Fprintf(s.out, "community %s\nimport    %s\nneeds     %d of %d rows, in %.1f s\n",
		out.Community, out.Import, out.Raised, out.Rows, out.Seconds)
	return nil
}

// check holds the rows against the community's rulebook, and names the import.
func (n *needsImport) check(ctx context.Context, files []needFile, out *needsResult) error {
	if err := n.d.SignIn(ctx); err != nil {
		return err
	}
	var book standing.Rulebook
	if _, err := n.d.Record(ctx, standing.RulebookPath, 0, &book); err != nil {
		return fmt.Errorf("read rulebook: %w", err)
	}
	for _, f := range files {
		if err := out.refuse(f.name, needlist.Check(f.needs, book.Book.GetMatching())); err != nil {
			return err
		}
	}
	var err error
	n.id, err = n.importID()
	out.Community, out.Import, out.Rows = n.d.Community, n.id, len(n.rows)
	return err
}

// importID derives the import's id from what is imported, by whom and where to, so that the same rows are known when they come again,
// whatever files they stand in. Which time they come is theirs to say by -round.
func (n *needsImport) importID() (string, error) {
	h := sha256.New()
	h.Write([]byte("renlin/import/needs/1\n"))
	part := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(b))))
		h.Write(b)
	}
	part(n.d.Genesis[:])
	part([]byte(n.d.Member))
	part([]byte(n.round))
	for _, row := range n.rows {
		need := *row.need
		need.Line = 0
		raw, err := json.Marshal(need)
		if err != nil {
			return "", err
		}
		part(raw)
	}
	return chain.ShortID(h.Sum(nil)), nil
}

// needImportState is the record of an import.
type needImportState struct {
	Staged    int  `json:"staged"`
	Completed bool `json:"completed"`
}

// bring stages what is not staged yet, completes the import and waits until its needs are raised. Interrupted anywhere, the same import
// goes on where it stopped: what counts is how far the record has come.
func (n *needsImport) bring(ctx context.Context, out *needsResult) error {
	path := "need-import/" + n.id
	var state needImportState
	_, err := n.d.Record(ctx, path, 0, &state)
	if f := fault.Of(err); err != nil && (f == nil || f.Kind != fault.NotFound) {
		return fmt.Errorf("nothing was imported: read import: %w", err)
	}
	if state.Staged > 0 && !state.Completed {
		n.say("an interrupted import goes on after row %d", state.Staged)
	}
	position := uint64(0)
	if out.Before = state.Completed; !state.Completed {
		if err := n.stage(ctx, state.Staged, out); err != nil || out.RefusedTotal > 0 {
			return err
		}
		answer, err := n.d.Do(ctx, "matching.complete_import", "need-imports/"+n.id+"/completion",
			&matchingv1.CompleteNeedImport{Import: n.id, Rows: uint32(len(n.rows))})
		if err != nil {
			return fmt.Errorf("nothing was imported: complete import: %w", err)
		}
		position = answer.Position
	}
	err = neighbourhood.Eventually(ctx, "needs are raised", func() error { return n.raised(ctx, position, out) })
	if err != nil {
		return fmt.Errorf("the import is complete, and not all of its needs are raised yet: %w", err)
	}
	return nil
}

// needRowsMax is how many rows one command takes.
const needRowsMax = 100

// stage seals the words of each part and stages it. A row that the service refuses stops everything: it is named by its line.
func (n *needsImport) stage(ctx context.Context, from int, out *needsResult) error {
	for from < len(n.rows) {
		part := n.rows[from:min(from+needRowsMax, len(n.rows))]
		body := &matchingv1.StageNeeds{Import: n.id, First: uint32(from), Rows: make([]*matchingv1.NeedRow, len(part))}
		err := neighbourhood.Parallel(ctx, sealersAtOnce, len(part), func(ctx context.Context, i int) (err error) {
			body.Rows[i], err = n.seal(ctx, part[i].need)
			return err
		})
		if err != nil {
			return fmt.Errorf("nothing was imported: seal words: %w", err)
		}
		_, err = n.d.Do(ctx, "matching.stage_needs", "need-imports/"+n.id+"/rows", body)
		if f := fault.Of(err); err != nil && f != nil && f.Detail["row"] != "" {
			at, bad := strconv.Atoi(f.Detail["row"])
			if bad == nil && at >= 0 && at < len(part) {
				out.Refused = append(out.Refused, rowRefusal(part[at], f))
				out.RefusedTotal++
				return nil
			}
		}
		if err != nil {
			return fmt.Errorf("nothing was imported: stage rows: %w", err)
		}
		from += len(part)
		n.say("%d of %d rows staged", from, len(n.rows))
	}
	return nil
}

func rowRefusal(row lineOf, f *fault.Fault) needRefusal {
	return needRefusal{row.file, needlist.Refusal{Line: row.need.Line, Code: f.Code, English: f.English, Chinese: f.Chinese}}
}

// seal puts a row's words into the vault, under the key of whoever is helped, or of who answers for them.
func (n *needsImport) seal(ctx context.Context, r *needlist.Need) (*matchingv1.NeedRow, error) {
	subject := r.Member
	if subject == "" {
		subject = n.d.Member
	}
	words, err := n.d.PutText(ctx, subject, r.Words)
	if err != nil {
		return nil, err
	}
	return &matchingv1.NeedRow{
		Skill: r.Skill, Quantity: r.Quantity, Cell: &matchingv1.Cell{East: r.East, North: r.North}, From: r.From, Until: r.Until,
		Languages: r.Languages, Attestations: r.Attestations, Text: neighbourhood.Text(words), Beneficiary: r.Member,
		Priority: r.Priority, Vulnerable: r.Vulnerable,
	}, nil
}

// errRaising says that the rule is still at it.
var errRaising = errors.New("the rule is still raising them")

// droppedRow says that a row could not be raised any more, by the code of the refusal.
func droppedRow(row lineOf, reason string) needRefusal {
	return needRefusal{row.file, needlist.Refusal{
		Line: row.need.Line, Code: reason, English: "it could not be raised any more: " + reason, Chinese: "已无法提出：" + reason,
	}}
}

// partState is the record of a part of an import.
type partState struct {
	Done    bool `json:"done"`
	Raised  int  `json:"raised"`
	Dropped []struct {
		Row    int    `json:"row"`
		Reason string `json:"reason"`
	} `json:"dropped"`
}

// raised counts what has become of the import's parts; an error while one of them waits.
func (n *needsImport) raised(ctx context.Context, position uint64, out *needsResult) error {
	out.Raised, out.Dropped = 0, []needRefusal{}
	seen := 0
	for after := ""; ; {
		page, err := n.d.Records(ctx, "need-import/"+n.id+"/staged", after, position)
		if err != nil {
			return err
		}
		for _, r := range page.Records {
			var part partState
			first, err := strconv.Atoi(r.Path[len(chain.Collection(r.Path))+1:])
			if err := errors.Join(err, json.Unmarshal(r.State, &part)); err != nil {
				return fmt.Errorf("read part: %w", err)
			}
			if !part.Done {
				return errRaising
			}
			out.Raised += part.Raised
			seen += part.Raised + len(part.Dropped)
			for _, d := range part.Dropped {
				if at := first + d.Row; at >= 0 && at < len(n.rows) {
					out.Dropped = append(out.Dropped, droppedRow(n.rows[at], d.Reason))
				}
			}
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if seen != len(n.rows) {
		return errRaising
	}
	return nil
}
