// Package count reads the files that elections are published in and counts them with the same code that counts polls. It is pure:
// a result is a function of the file's bytes, the rule asked for and nothing else.
//
// Its rules, in plain words:
//
//   - A file is counted whole or not at all: a count that silently left ballots out would be no check of anything. Every broken row is
//     named by line, field and reason, up to RowErrorsMax; an importer gets the good rows beside them and decides for itself.
//   - No text of the file is ever in an error. Line and field are enough to find it.
//   - Amounts are exact: if a file has cents, every amount in it is counted in cents.
//   - Winners carry the ids that the file gives them. Ties are broken by ascending id (numbers by value, everything else by bytes and
//     after the numbers), and every tie so broken is in the result.
//   - A rule that is known but not counted yet is refused by name, never replaced by another.
//
// Formats: pabulib (.pb, participatory budgets), preflib (.soi .soc .toi .toc, ranked ballots), owners (the figures of an owners'
// vote under Civil Code art. 278, JSON), polis (votes.csv, reactions to statements; read here, grouped elsewhere).
package count

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"renlin.dev/pkg/fault"
	"renlin.dev/services/voting/internal/tally"
)

// The formats that Count takes.
const (
	FormatPabulib = "pabulib"
	FormatPreflib = "preflib"
	FormatOwners  = "owners"
)

// The rules that Count takes. The empty rule means: the one the file names.
const (
	RuleGreedy       = "greedy"
	RuleGreedyNoSkip = "greedy-no-skip"
	RulePlurality    = "plurality"
	RuleApproval     = "approval"
	RuleIRV          = "irv"
	RuleOwners       = "art278"
)

// FileBytesMax bounds a file; the largest published election known is a thirtieth of it.
const FileBytesMax = 64 << 20

// The faults of reading and counting. ErrFileBroken comes as the cause of a Broken, which lists the rows.
var (
	ErrFormatUnknown = fault.New(fault.Invalid, "format.unknown",
		"This file format is not known; known are pabulib, preflib and owners.", "未知的文件格式；支持 pabulib、preflib 和 owners。")
	ErrFormatUncounted = fault.New(fault.Invalid, "format.uncounted",
		"Files of this format cannot be counted yet.", "该格式的文件目前尚不能计票。")
	ErrRuleUnknown = fault.New(fault.Invalid, "rule.unknown",
		"This counting rule is not known for this file format.", "该文件格式没有此计票规则。")
	ErrRuleUncounted = fault.New(fault.Invalid, "rule.uncounted",
		"This counting rule is known but cannot be counted yet.", "已知此计票规则，但目前尚不能按其计票。")
	ErrRuleMissing = fault.New(fault.Invalid, "rule.missing",
		"Say by which rule to count: the file names none.", "请指明计票规则：文件中没有写明。")
	ErrBallotsUnfit = fault.New(fault.Invalid, "ballots.unfit",
		"The ballots of this file cannot be counted by this rule.", "该文件中的选票不适用此计票规则。")
	ErrFileBroken = fault.New(fault.Invalid, "file.broken",
		"The file has rows that are not in order, so it was not counted.", "文件中有不合规的行，因此没有计票。")
	ErrFileTooLarge = fault.New(fault.TooLarge, "file.too_large",
		"The file is too large to be counted.", "文件过大，无法计票。")
	ErrFileUnreadable = fault.New(fault.Invalid, "file.unreadable",
		"The file is not of the format it was said to be.", "文件不是所声明的格式。")
)

// Result is what a count answers. Its JSON leaves out what the format has no use for.
type Result struct {
	Format string `json:"format"`
	Rule   string `json:"rule"`
	// Winners are ids as the file writes them, in the order of their bytes; Rounds tells in which order they won. Nil for owners,
	// whose result is Matters.
	Winners []string `json:"winners"`
	// Votes is how many ballots were counted, blank ones included.
	Votes int64 `json:"votes"`
	// Blank is how many of them name nobody that the rule could count (in a plurality, also two held equal at the top).
	Blank int64 `json:"blank,omitempty"`
	// Cost and Budget are exact decimals in the file's money.
	Cost   json.Number `json:"cost,omitempty"`
	Budget json.Number `json:"budget,omitempty"`
	// Scores: of a budget the scores by which projects were ordered, else the votes; of an instant run-off those of the first round.
	Scores map[string]int64 `json:"scores,omitempty"`
	// Names are the options' names where ids are bare numbers.
	Names  map[string]string `json:"names,omitempty"`
	Rounds []Round           `json:"rounds,omitempty"`
	Ties   []Tie             `json:"ties,omitempty"`
	// Matters are the results of an owners file, in its order; List says that the file was a list.
	Matters []MatterResult `json:"-"`
	List    bool           `json:"-"`
}

// Round is one step: of a budget, one project considered; of an instant run-off, one elimination.
type Round struct {
	// Project, Score, Cost, Left and Fate are a budget's; Fate is funded, too_dear, stopped or below_min.
	Project string      `json:"project,omitempty"`
	Score   *int64      `json:"score,omitempty"`
	Cost    json.Number `json:"cost,omitempty"`
	Left    json.Number `json:"left,omitempty"`
	Fate    string      `json:"fate,omitempty"`
	// Totals, Resting, Out and Tied are a run-off's: Resting ballots count for nobody in this round, Out is eliminated after it, Tied
	// stood equal where the id had to decide.
	Totals  map[string]int64 `json:"totals,omitempty"`
	Resting *int64           `json:"resting,omitempty"`
	Out     []string         `json:"out,omitempty"`
	Tied    []string         `json:"tied,omitempty"`
}

// Tie is a tie that ascending id broke.
type Tie struct {
	Options []string `json:"options"`
	Total   int64    `json:"total"`
	// Decisive: another order among them would have given other winners.
	Decisive bool `json:"decisive"`
}

// MarshalJSON writes an owners result as its outcome alone, or the list of them, as the file was.
func (r Result) MarshalJSON() ([]byte, error) {
	type plain Result
	switch {
	case r.Format != FormatOwners:
		return marshal(plain(r))
	case !r.List && len(r.Matters) == 1:
		return marshal(r.Matters[0])
	case r.Matters == nil:
		return []byte("[]"), nil
	}
	return marshal(r.Matters)
}

// marshal leaves >= as it is, for people who read the JSON; an encoder that escapes for HTML still does so.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode result: %w", err)
	}
	return b.Bytes(), nil
}

// Count counts a file. On broken rows the error is a *Broken, whose fault is ErrFileBroken.
func Count(format, rule string, data []byte) (Result, error) {
	switch format {
	case FormatPabulib:
		election, rows, err := ReadPabulib(bytes.NewReader(data))
		if err := orBroken(rows, election.RowsRefused, err); err != nil {
			return Result{}, err
		}
		return election.Count(rule)
	case FormatPreflib:
		profile, rows, err := ReadPreflib(bytes.NewReader(data))
		if err := orBroken(rows, profile.RowsRefused, err); err != nil {
			return Result{}, err
		}
		return profile.Count(rule)
	case FormatOwners:
		if rule != "" && rule != RuleOwners {
			return Result{}, ErrRuleUnknown
		}
		matters, rows, err := ReadOwners(bytes.NewReader(data))
		if err := orBroken(rows, matters.RowsRefused, err); err != nil {
			return Result{}, err
		}
		return matters.Count()
	case "abc", "snapshot", "polis":
		return Result{}, ErrFormatUncounted
	}
	return Result{}, ErrFormatUnknown
}

// readAll reads a whole file up to FileBytesMax. A read error is the caller's reader's, not the file's.
func readAll(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, FileBytesMax+1))
	if err != nil {
		return nil, fault.ErrUnavailable.Because(err)
	}
	if len(data) > FileBytesMax {
		return nil, ErrFileTooLarge.WithInt("size_max", FileBytesMax)
	}
	return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), nil
}

// namer writes option ids as the file does.
type namer []string

// names answers the file's ids of options, never nil.
func (n namer) names(options []uint32) []string {
	out := make([]string, len(options))
	for i, o := range options {
		out[i] = n[o]
	}
	return out
}

// winners answers the file's ids of the winners in the order of their bytes.
func (n namer) winners(options []uint32) []string {
	names := n.names(options)
	slices.Sort(names)
	return names
}

// totals answers totals by the file's ids.
func (n namer) totals(totals []int64) map[string]int64 {
	out := make(map[string]int64, len(totals))
	for o, total := range totals {
		out[n[o]] = total
	}
	return out
}

// ties answers ties in the file's ids.
func (n namer) ties(ties []tally.Tie) []Tie {
	var out []Tie
	for _, t := range ties {
		out = append(out, Tie{Options: n.names(t.Options), Total: t.Total, Decisive: t.Decisive})
	}
	return out
}

// heads answers the head counts of weights.
func heads(weights []tally.Weight) []int64 {
	out := make([]int64, len(weights))
	for i, w := range weights {
		out[i] = w.Heads
	}
	return out
}
