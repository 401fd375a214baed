package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/rules"
	"renlin.dev/pkg/verify"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/dryrun"
)

const rulesManual = `
Explains the rules of polls, of money and credits, and of how much of the work one organisation may be given, in English and Chinese, and
finds where they contradict themselves. FILE is JSON: a
rulebook, a matter of one, or the rules of one poll; {"ledger": {}} are the rules of money and credits where a rulebook says nothing about
them. -preset takes rules that come with the program instead, and prints them with -json. With -against, a bundle that "renlin export"
wrote, it also tells which of its polls would have ended otherwise by these rules, and why. Of open polls the ballots are counted again by
these rules, of secret ones what was opened; ballots that were filled in in another way than these rules ask for say nothing of them, and
why a poll cannot be compared is told.

With -digest, FILE is a rulebook, and the one line is printed that the text of a motion needs to name what only a vote of the community
changes in it: without a motion in force that has this line, no two organisations can adopt it.

Exit code 1: there is a contradiction, for which no community would adopt the rules.
`

// ruleSet is one poll's rules, those of money and credits, or those of matching, and what there is to say of them.
type ruleSet struct {
	Matter   string                 `json:"matter,omitempty"`
	Part     string                 `json:"part,omitempty"` // ledger, for money and credits, or matching, for who is given what
	Rules    json.RawMessage        `json:"rules"`
	Lines    []rules.Line           `json:"lines"`
	Findings []rules.Finding        `json:"findings"`
	Past     []pastPoll             `json:"past,omitempty"`
	poll     *communityv1.PollRules // what Rules say
}

// pastPoll is a poll of a bundle as it ended, and as it would have.
type pastPoll struct {
	dryrun.Outcome
	Was   string   `json:"was"`
	Would string   `json:"would,omitempty"`
	Why   []string `json:"why,omitempty"`
}

func rulesCommand() command {
	c := command{
		name: "rules", args: "[-preset NAME] [-against BUNDLE] [-json] [-digest] [FILE]", does: "explains polls' rules, finds contradictions",
	}
	c.run = func(_ context.Context, s streams, args []string) error {
		f := c.flags(s, rulesManual)
		preset := f.String("preset", "", "one of "+strings.Join(rules.Presets(), ", "))
		against := f.String("against", "", "bundle whose polls are held against the rules")
		asJSON := f.Bool("json", false, "print one JSON value")
		digest := f.Bool("digest", false, "print the line that a motion names a rulebook's vote-only rules by")
		if err := f.Parse(args); err != nil {
			return err
		}
		if *digest {
			if *preset != "" || *against != "" || *asJSON || f.NArg() != 1 {
				return errors.New("want -digest with one FILE and nothing else")
			}
			return printDigest(s, f.Arg(0))
		}
		sets, err := ruleSets(s, *preset, f.Args())
		if err != nil {
			return err
		}
		if *against != "" {
			if err := holdAgainst(s, *against, sets); err != nil {
				return fmt.Errorf("%s: %w", *against, err)
			}
		}
		if *asJSON {
			err = printJSON(s.out, sets)
		} else {
			printRules(s.out, sets)
		}
		if err == nil && slices.ContainsFunc(sets, contradicts) {
			return errNo
		}
		return err
	}
	return c
}

// printDigest prints the line by which a motion names what only a vote changes in a rulebook. A rulebook has a version; nothing else does,
// and the digest of a part of one would be that of other rules.
func printDigest(s streams, file string) error {
	raw, err := readFile(s, file)
	if err != nil {
		return err
	}
	book := &communityv1.Rulebook{}
	if err := protojson.Unmarshal(raw, book); err != nil || book.GetVersion() == 0 {
		return fmt.Errorf("%s: is no rulebook with a version", file)
	}
	_, err = fmt.Fprintln(s.out, rules.VoteOnlyPrefix+rules.VoteOnlyDigest(book))
	return err
}

func contradicts(r ruleSet) bool {
	return slices.ContainsFunc(r.Findings, func(f rules.Finding) bool { return f.Severity == rules.Error })
}

// ruleSets reads what is to be explained.
func ruleSets(s streams, preset string, files []string) ([]ruleSet, error) {
	switch {
	case preset != "" && len(files) > 0, preset == "" && len(files) != 1:
		return nil, errors.New("want one FILE, or -preset NAME")
	case preset != "":
		p := rules.Preset(preset)
		if p == nil {
			return nil, errors.New("there is no preset of that name; there are " + strings.Join(rules.Presets(), ", "))
		}
		set, err := newRuleSet("", p)
		return []ruleSet{set}, err
	}
	raw, err := readFile(s, files[0])
	if err != nil {
		return nil, err
	}
	book, err := readRules(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", files[0], err)
	}
	var out []ruleSet
	for _, m := range book.GetMatters() {
		set, err := newRuleSet(m.GetCode(), m.GetPoll())
		if err != nil {
			return nil, err
		}
		out = append(out, set)
	}
	if book.GetLedger() != nil {
		raw, err := tightly(book.GetLedger())
		if err != nil {
			return nil, err
		}
		out = append(out, ruleSet{
			Part: "ledger", Rules: raw, Lines: rules.ExplainLedger(book.GetLedger()), Findings: rules.LintLedger(book.GetLedger()),
		})
	}
	if book.GetMatching() != nil {
		raw, err := tightly(book.GetMatching())
		if err != nil {
			return nil, err
		}
		out = append(out, ruleSet{Part: "matching", Rules: raw, Lines: rules.ExplainMatching(book.GetMatching())})
	}
	return out, nil
}

// readRules reads a rulebook, a matter or a poll's rules. What none of them has is refused: a misspelt rule would not be one.
func readRules(raw []byte) (*communityv1.Rulebook, error) {
	var named map[string]json.RawMessage
	if err := json.Unmarshal(raw, &named); err != nil {
		return nil, errors.New("is not a JSON object")
	}
	book, matter, poll := &communityv1.Rulebook{}, &communityv1.Matter{}, &communityv1.PollRules{}
	var err error
	switch {
	case named["matters"] != nil || named["ledger"] != nil || named["matching"] != nil:
		err = protojson.Unmarshal(raw, book)
	case named["poll"] != nil:
		err = protojson.Unmarshal(raw, matter)
		book.Matters = []*communityv1.Matter{matter}
	default:
		err = protojson.Unmarshal(raw, poll)
		book.Matters = []*communityv1.Matter{{Poll: poll}}
	}
	if err != nil {
		return nil, errors.New("is neither a rulebook nor a matter nor a poll's rules")
	}
	if len(book.GetMatters()) == 0 && book.GetLedger() == nil && book.GetMatching() == nil {
		return nil, errors.New("has no matter")
	}
	return book, nil
}

func newRuleSet(matter string, p *communityv1.PollRules) (ruleSet, error) {
	raw, err := tightly(p)
	if err != nil {
		return ruleSet{}, err
	}
	return ruleSet{Matter: matter, Rules: raw, Lines: rules.Explain(p), Findings: rules.Lint(p), poll: p}, nil
}

// tightly writes rules as JSON, the same at every time.
func tightly(m proto.Message) (json.RawMessage, error) {
	raw, err := protojson.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode rules: %w", err)
	}
	var tight bytes.Buffer
	if err := json.Compact(&tight, raw); err != nil {
		return nil, fmt.Errorf("encode rules: %w", err)
	}
	return tight.Bytes(), nil
}

// holdAgainst fills in what a bundle's polls would have been. A set of a matter is held against the polls in it.
func holdAgainst(s streams, bundle string, sets []ruleSet) error {
	raw, err := readFile(s, bundle)
	if err != nil {
		return err
	}
	r, err := readPolls(raw)
	if err != nil {
		return err
	}
	for i := range sets {
		if sets[i].poll == nil {
			continue
		}
		outcomes, err := dryrun.Against(sets[i].poll, r.Past(sets[i].Matter))
		if err != nil {
			return err
		}
		for _, o := range outcomes {
			p := pastPoll{Outcome: o, Was: resultWord(o.Was)}
			if o.Comparable {
				p.Would = resultWord(o.Would)
			}
			for _, line := range o.Why {
				p.Why = append(p.Why, inequalityLine(line))
			}
			sets[i].Past = append(sets[i].Past, p)
		}
	}
	return nil
}

func resultWord(r votingv1.Result) string {
	return strings.ToLower(strings.TrimPrefix(r.String(), "RESULT_"))
}

// inequalityLine tells one requirement with its integers, such as "area: 3*200 >= 2*300 holds".
func inequalityLine(q *votingv1.Inequality) string {
	word := "fails"
	if q.GetHolds() {
		word = "holds"
	}
	r := q.GetRequirement()
	return fmt.Sprintf("%s of %s: %s %s %s %s", strings.ToLower(strings.TrimPrefix(r.GetMeasure().String(), "MEASURE_")),
		strings.ToLower(strings.TrimPrefix(r.GetOf().String(), "OF_")), q.GetLeft(), q.GetSign(), q.GetRight(), word)
}

// readPolls reads a bundle's polls. Whether the bundle is whole and true is verify's to say.
func readPolls(raw []byte) (*dryrun.Record, error) {
	b, err := verify.Read(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	r := dryrun.NewRecord(voting.Model())
	for {
		block, err := b.Next()
		if errors.Is(err, io.EOF) {
			return r, nil
		}
		if err != nil {
			return nil, err
		}
		r.Block(&block.Sealed, block.Commits)
	}
}

func printRules(w io.Writer, sets []ruleSet) {
	for i, set := range sets {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if set.Matter != "" {
			fmt.Fprintf(w, "matter %s\n", set.Matter)
		}
		if set.Part != "" {
			fmt.Fprintln(w, set.Part)
		}
		for _, l := range set.Lines {
			fmt.Fprintf(w, "  %s\n  %s\n", l.English, l.Chinese)
		}
		for _, f := range set.Findings {
			fmt.Fprintf(w, "%s %s (%s)\n  %s\n  %s\n", f.Severity, f.Code, f.Field, f.English, f.Chinese)
		}
		for _, p := range set.Past {
			printPast(w, p)
		}
	}
}

func printPast(w io.Writer, p pastPoll) {
	switch {
	case !p.Comparable:
		fmt.Fprintf(w, "poll %s %s: %s; cannot be compared\n  %s\n  %s\n", p.Poll, p.Title, p.Was, p.Unlike.English, p.Unlike.Chinese)
	case p.Differs:
		fmt.Fprintf(w, "poll %s %s: %s%s, would be %s%s\n", p.Poll, p.Title, p.Was, chosen(p.WasChosen, p.WasCostFen), p.Would,
			chosen(p.WouldChoose, p.WouldCostFen))
	default:
		fmt.Fprintf(w, "poll %s %s: %s, the same\n", p.Poll, p.Title, p.Was)
	}
	if p.Tied {
		fmt.Fprintln(w, "  by a tie, which these rules break")
	}
	if p.Longer {
		fmt.Fprintln(w, "  the vote would have been extended, so more might have voted")
	}
	for _, line := range p.Why {
		fmt.Fprintf(w, "  %s\n", line)
	}
}

// chosen names what was chosen, and for how much, such as " (1, 3 for 900.00 yuan)"; nothing where a poll chooses nothing.
func chosen(codes []string, costFen int64) string {
	switch {
	case len(codes) == 0:
		return ""
	case costFen > 0:
		return fmt.Sprintf(" (%s for %d.%02d yuan)", strings.Join(codes, ", "), costFen/100, costFen%100)
	}
	return " (" + strings.Join(codes, ", ") + ")"
}
