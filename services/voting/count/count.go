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
//   - A rule that is not counted is refused, never replaced by another.
//   - Ballots of a snapshot file that are no good are spoilt and stop nothing, as where the files come from; in other formats they are
//     broken rows.
//
// Formats: pabulib (.pb, participatory budgets), preflib (.soi .soc .toi .toc, ranked ballots), abc (elections to a committee from
// approvals, JSON), snapshot (votes with balances, JSON), owners (the figures of an owners' vote under Civil Code art. 278, JSON), polis
// (votes.csv, reactions to statements; read here, grouped elsewhere).
package count

import (
	"bytes"
	"io"

	"renlin.dev/pkg/fault"
	"renlin.dev/services/voting/internal/tally"
)

// The formats that Count takes.
const (
	FormatPabulib  = "pabulib"
	FormatPreflib  = "preflib"
	FormatABC      = "abc"
	FormatSnapshot = "snapshot"
	FormatOwners   = "owners"
)

// The rules that Count takes. The empty rule means: the one the file names. Rules of equal shares for budgets have parts (see shares).
const (
	RuleGreedy       = "greedy"
	RuleGreedyNoSkip = "greedy-no-skip"
	RuleEqualShares  = "equal-shares"
	RulePlurality    = "plurality"
	RuleApproval     = "approval"
	RuleIRV          = "irv"
	RuleBorda        = "borda"
	RuleCondorcet    = "condorcet"
	RuleSchulze      = "schulze"
	RuleCopeland     = "copeland"
	RuleSTV          = "stv"
	RuleQuadratic    = "quadratic"
	RuleRankedChoice = "ranked-choice"
	RuleOwners       = "art278"
)

// FileBytesMax bounds a file; the largest published election known is a thirtieth of it.
const FileBytesMax = 64 << 20

// The faults of reading and counting. ErrFileBroken comes as the cause of a Broken, which lists the rows.
var (
	ErrFormatUnknown = fault.New(fault.Invalid, "format.unknown",
		"This file format is not known; known are pabulib, preflib, abc, snapshot and owners.",
		"未知的文件格式；支持 pabulib、preflib、abc、snapshot 和 owners。")
	ErrFormatUncounted = fault.New(fault.Invalid, "format.uncounted",
		"Files of this format cannot be counted yet.", "该格式的文件目前尚不能计票。")
	ErrRuleUnknown = fault.New(fault.Invalid, "rule.unknown",
		"This counting rule is not known for this file format.", "该文件格式没有此计票规则。")
	ErrRuleUncounted = fault.New(fault.Invalid, "rule.uncounted",
		"This counting rule is known but cannot be counted yet.", "已知此计票规则，但目前尚不能按其计票。")
	ErrRuleMissing = fault.New(fault.Invalid, "rule.missing",
		"Say by which rule to count: the file names none.", "请指明计票规则：文件中没有写明。")
	ErrSeatsUnfit = fault.New(fault.Invalid, "seats.unfit",
		"By this rule the number of seats cannot be chosen, or there are not so many options.", "该规则不能指定席位数，或选项数不足。")
	ErrSeedUnfit = fault.New(fault.Invalid, "seed.unfit",
		"A seed for ties is 32 bytes, and files of this format have no ties to break.", "平局种子须为 32 字节；该格式的文件没有需要打破的平局。")
	ErrBallotsUnfit = fault.New(fault.Invalid, "ballots.unfit",
		"The ballots of this file cannot be counted by this rule.", "该文件中的选票不适用此计票规则。")
	ErrFileBroken = fault.New(fault.Invalid, "file.broken",
		"The file has rows that are not in order, so it was not counted.", "文件中有不合规的行，因此没有计票。")
	ErrFileTooLarge = fault.New(fault.TooLarge, "file.too_large",
		"The file is too large to be counted.", "文件过大，无法计票。")
	ErrFileUnreadable = fault.New(fault.Invalid, "file.unreadable",
		"The file is not of the format it was said to be.", "文件不是所声明的格式。")
)

// Ask is what is to be counted, and how.
type Ask struct {
	Format string
	// Rule may be empty where the file names one.
	Rule string
	// Seats is the number of winners of preflib's approval, borda and stv; 0 means 1.
	Seats uint32
	// Seed, of 32 bytes, gives the order by which ties are broken: ascending by SHA-256(seed ‖ id). Empty for ascending ids.
	Seed []byte
}

// Count counts a file by a rule.
func Count(format, rule string, data []byte) (Result, error) {
	return Ask{Format: format, Rule: rule}.Count(data)
}

// Count counts a file. On broken rows the error is a *Broken, whose fault is ErrFileBroken.
func (a Ask) Count(data []byte) (Result, error) {
	switch {
	case len(a.Seed) != 0 && (len(a.Seed) != tally.SeedBytes || a.Format == FormatOwners):
		return Result{}, ErrSeedUnfit
	case a.Seats > 0 && a.Format != FormatPreflib:
		return Result{}, ErrSeatsUnfit
	}
	switch a.Format {
	case FormatPabulib:
		election, rows, err := ReadPabulib(bytes.NewReader(data))
		if err := orBroken(rows, election.RowsRefused, err); err != nil {
			return Result{}, err
		}
		return election.count(a)
	case FormatPreflib:
		profile, rows, err := ReadPreflib(bytes.NewReader(data))
		if err := orBroken(rows, profile.RowsRefused, err); err != nil {
			return Result{}, err
		}
		return profile.count(a)
	case FormatABC:
		instances, rows, err := ReadABC(bytes.NewReader(data))
		if err := orBroken(rows, instances.RowsRefused, err); err != nil {
			return Result{}, err
		}
		return instances.count(a)
	case FormatSnapshot:
		proposal, rows, err := ReadSnapshot(bytes.NewReader(data))
		if err := orBroken(rows, proposal.RowsRefused, err); err != nil {
			return Result{}, err
		}
		return proposal.count(a)
	case FormatOwners:
		if a.Rule != "" && a.Rule != RuleOwners {
			return Result{}, ErrRuleUnknown
		}
		matters, rows, err := ReadOwners(bytes.NewReader(data))
		if err := orBroken(rows, matters.RowsRefused, err); err != nil {
			return Result{}, err
		}
		return matters.Count()
	case "polis":
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
