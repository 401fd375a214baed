package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/verify"
	"renlin.dev/services/audit/plancheck"
	"renlin.dev/services/audit/pollcheck"
	"renlin.dev/services/renlin/internal/process"
)

const verifyManual = `
Checks everything an outsider can, offline for a file: links, tree, checkpoint, cosignatures, signatures, every decision made
again, every reaction owed. Exit 0 when all of it holds; withheld or unjudged commits are listed and leave 0. Exit 1 names the first bad
commit and why. For each certificate with ballots by hosted keys or by helpers under mandates it says how many, and whether the result
is the same without them.

Every poll is checked a second time by what runs none of the services' rules: ceremony, key, roll, registrations, roster, every ballot,
sums, the trustees' parts, count, inequalities, certificate. -polls says of each poll what each of these checks covers and whether it
holds, in English and Chinese.

-policy is a C2SP tlog-policy with the log's and witnesses' keys, from a source other than the operator; without it the bundle's own
keys are used and the answer says that they are unproven.

-receipt holds a receipt that somebody kept (the JSON answer to a command, or its bytes) against the bundle: the commit must stand where the
receipt says. In place of a bundle FILE may then be a proof of inclusion (/log/COMMUNITY/proof/INDEX), which needs -policy; -epoch-key, in
hex, checks the signature of the receipt's block too.
`

func verifyCommand() command {
	c := command{name: "verify", args: "[-policy FILE] [-receipt FILE] [-polls] [-json] FILE|URL", does: "everything an outsider can check"}
	c.run = func(ctx context.Context, s streams, args []string) error {
		f := c.flags(s, verifyManual)
		policyFile := f.String("policy", "", "C2SP tlog-policy")
		var how shownAs
		f.BoolVar(&how.json, "json", false, "print one JSON object")
		f.BoolVar(&how.polls, "polls", false, "say of each poll what was checked a second time")
		tokenFile := f.String("token", "", "file with a token, for a URL")
		community := f.String("community", "", "community, for a URL with more than one")
		receiptFile := f.String("receipt", "", "receipt to hold against the record")
		epochKey := f.String("epoch-key", "", "key that signs the receipt's block, in hex")
		if err := f.Parse(args); err != nil {
			return err
		}
		if f.NArg() != 1 {
			return errors.New("want one FILE or URL")
		}
		policy, err := readPolicy(*policyFile)
		if err != nil {
			return err
		}
		kept, err := readReceipt(s, *receiptFile, *epochKey)
		if err != nil {
			return err
		}
		in, err := openBundle(ctx, s, f.Arg(0), *tokenFile, *community)
		if err != nil {
			return err
		}
		raw, err := io.ReadAll(in)
		if err := errors.Join(err, in.Close()); err != nil {
			return fmt.Errorf("%s: %w", f.Arg(0), err)
		}
		if kept != nil && isProof(raw) {
			return verifyProof(s, f.Arg(0), kept, raw, policy, how.json)
		}
		return verifyBundle(ctx, s, f.Arg(0), kept, raw, policy, how)
	}
	return c
}

// shownAs is how a report is printed.
type shownAs struct {
	json  bool
	polls bool // with every check of every poll
}

// readPolicy reads a policy file; nil for no file.
func readPolicy(name string) (*merkle.Policy, error) {
	if name == "" {
		return nil, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	policy, err := merkle.ParsePolicy(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return policy, nil
}

// verifyBundle checks a whole record, and a receipt against it if there is one.
func verifyBundle(ctx context.Context, s streams, name string, kept *keptReceipt, raw []byte, policy *merkle.Policy, how shownAs) error {
	b, err := verify.Read(bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	report := verify.Run(ctx, b, verify.Options{
		Policy: policy, Judge: verify.NewJudge(process.Models()...), Progress: progress(s.err, "verify"),
	})
	said := ""
	if kept != nil && report.Err == nil {
		said = kept.inBundle(raw, report)
	}
	whole := verified{Report: report}
	if report.Err == nil {
		if err := whole.look(raw); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if how.json {
		if err := printJSON(s.out, whole); err != nil {
			return err
		}
	} else {
		whole.print(s.out, said, how)
	}
	if report.Err != nil { // whatever was found before it was said, the record was not read to its end
		return fmt.Errorf("%s: %w", name, report.Err)
	}
	if !report.OK {
		return errNo
	}
	return nil
}

// openBundle opens a file, "-" for stdin, or exports from a running community into one.
func openBundle(ctx context.Context, s streams, name, tokenFile, community string) (io.ReadCloser, error) {
	switch {
	case name == "-":
		return io.NopCloser(s.in), nil
	case !strings.HasPrefix(name, "http://") && !strings.HasPrefix(name, "https://"):
		return os.Open(name)
	}
	f, err := scratch()
	if err != nil {
		return nil, err
	}
	cfg := exportConfig{url: name, tokenFile: tokenFile, community: community}
	if err := export(ctx, cfg, f, progress(s.err, "export")); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// verified is what -json prints.
type verified struct {
	*verify.Report
	Certificates []certificate `json:"certificates,omitempty"`
	// Polls is what the second check of every poll found; nil where the record could not be read to its end.
	Polls *pollcheck.Report `json:"polls,omitempty"`
	// Plans is what whoever reads the whole record finds of the plans that call themselves optimal; nil as Polls.
	Plans *plancheck.Report `json:"plans,omitempty"`
}

// look reads what else a bundle, which verify has read to its end, says of polls, and checks them.
func (v *verified) look(raw []byte) (err error) {
	if v.Certificates, err = certificatesIn(raw); err != nil {
		return err
	}
	if v.Polls, err = pollsIn(raw); err != nil {
		return err
	}
	judgedBy(v.Report, v.Polls)
	if v.Plans, err = plansIn(raw); err != nil {
		return err
	}
	plansJudged(v.Report, v.Plans)
	return nil
}

// print says a report to people, with what the certificates say of hosted and helpers' ballots, what the second check of polls found, and a
// line about a receipt if there was one.
func (v *verified) print(w io.Writer, receipt string, how shownAs) {
	r := v.Report
	fmt.Fprintf(w, "community  %s\ncommits    %d, of which the checkpoint covers %d\nsignatures %d checked\n",
		r.Community, r.Commits, r.Anchored, r.Signatures)
	if r.Keys == "bundle" {
		fmt.Fprintln(w, "keys       the bundle's own: UNPROVEN until a policy from elsewhere names the same (-policy)")
	} else {
		fmt.Fprintln(w, "keys       the policy's")
	}
	if r.Withheld > 0 || r.Unjudged > 0 {
		fmt.Fprintf(w, "withheld   %d commits; %d decisions could not be judged\n", r.Withheld, r.Unjudged)
	}
	for _, u := range r.NotJudged {
		fmt.Fprintf(w, "unjudged   commit %d: %s\n", u.Index, u.Why)
	}
	if r.Uncertain > 0 {
		fmt.Fprintf(w, "uncertain  %d demands of rules seem overdue, and may be done in what is withheld\n", r.Uncertain)
	}
	printCertificates(w, v.Certificates)
	if v.Polls != nil {
		printPolls(w, v.Polls, how.polls)
	}
	if v.Plans != nil {
		printPlans(w, v.Plans)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(w, "BAD        commit %d: %s (%s)\n", f.Index, f.Why, f.Check)
	}
	if receipt != "" {
		fmt.Fprintf(w, "receipt    %s\n", receipt)
	}
	if r.Stopped {
		fmt.Fprintln(w, "stopped    there is so much wrong that the rest was not looked at")
	}
	if r.OK {
		fmt.Fprintln(w, "everything that could be checked holds")
	}
}

// progress prints how far long work has come, on a terminal only.
func progress(w io.Writer, what string) func(done, all int) {
	f, ok := w.(*os.File)
	if !ok {
		return nil
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	shown := -1
	return func(done, all int) {
		percent := done * 100 / max(all, 1)
		if percent == shown && done != all {
			return
		}
		shown = percent
		fmt.Fprintf(f, "\r%s: %d%% ", what, percent)
		if done == all {
			fmt.Fprintln(f)
		}
	}
}
