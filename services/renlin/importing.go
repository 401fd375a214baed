package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"renlin.dev/pkg/client"
	"renlin.dev/services/renlin/internal/neighbourhood"
	"renlin.dev/services/voting/count"
)

const importManual = `
Brings real data into a running community through its public interface.

  pabulib FILE   makes a community of the file's voters, each with a device key of its own, calls the file's budget poll, casts every
                 real ballot, and holds the certificate's winners against the official ones (exit 1 when they differ)
  roster FILE    admits the members of a CSV file (docs/formats.md) to a community; effective all at once
  needs FILE…    raises the needs of CSV files, words sealed in the vault; effective when the last row is there. The same rows again do
                 nothing, and an import that was interrupted goes on where it stopped
  hsds FILE…     registers the services of an Open Referral HSDS package (JSON, or the CSV files of a package) that is an organisation's
                 of the community as its providers, with what each can serve at once

Rows that cannot be used are listed with file, line and reason; then nothing is imported. A package of more than 100 providers or 400
offers comes in parts; where one of them is refused those before it stay, and the same import again goes on.

A needs file is CSV in UTF-8; the first line names its columns, in any order, in English or Chinese:

  skill 类别      what is wanted, by its code in the rulebook
  east 东, north 北  the square of the grid, 500 m wide
  words 说明      what whoever brings it must know; sealed in the vault
  quantity 数量   1 to 100,000; 1 if empty            unit 单位   of the quantity; put behind the words
  from 开始, until 截止  2026-11-29 14:00 (Beijing) or 2026-11-29T14:00:00+08:00
  language 语言, attestation 证明  codes of the rulebook, semicolons between
  member 成员     the member who is helped; empty for somebody who is none, and for whom the importer answers
  priority 优先级 1 to 9, vulnerable 困难 yes or no (是, 否): only with a member, else somebody else says it

  skill,quantity,east,north,until,member,priority,vulnerable,words
  meal,2,3,-4,2026-11-29 18:00,aaaaaaaaaaaaaaaaaaaaaaaaaa,8,yes,"third floor, cannot come down"
  water,40,1,0,,,,,the shelter in the school
`

func importCommand() command {
	c := command{name: "import", args: "roster|pabulib|needs|hsds [flags] FILE…", does: "real data into a community, through the API"}
	c.run = func(ctx context.Context, s streams, args []string) error {
		f := c.flags(s, importManual)
		address := f.String("http", pilotURL, "gateway")
		token := f.String("token", "", "pabulib: file with the operator's token, who may found a community; the pilot's by default")
		asJSON := f.Bool("json", false, "print one JSON object")
		limit := f.Duration("timeout", 30*time.Minute, "give up after")
		var to rosterImport
		round := f.String("round", "", "needs: a name, to have the same rows imported once more under another one")
		hsds := directoryImport{skills: map[string]string{}}
		hsds.flags(f)
		f.StringVar(&to.officer, "officer", "", "roster, needs, hsds: file with the officer's key, as the pilot writes it to example.json")
		f.StringVar(&to.member, "member", "", "roster, needs, hsds: whose key in that file; the first officer's if empty")
		f.StringVar(&to.community, "community", "", "roster, needs, hsds: the community; the key file's if empty")
		kind := ""
		if len(args) > 0 && args[0] != "" && args[0][0] != '-' { // the kind stands first, flags and file behind it
			kind, args = args[0], args[1:]
		}
		if err := f.Parse(args); err != nil {
			return err
		}
		files, err := readFiles(s, f.Args())
		switch many := kind == "needs" || kind == "hsds"; {
		case err != nil:
			return err
		case len(files) == 0 || len(files) > 1 && !many:
			return errors.New("want roster, pabulib, needs or hsds, and FILE")
		}
		ctx, cancel := context.WithTimeout(ctx, *limit)
		defer cancel()
		to.address, to.name, to.json = *address, files[0].name, *asJSON
		switch kind {
		case "pabulib":
			g, err := gatewayAt(*address, *token)
			if err != nil {
				return err
			}
			return importBudget(ctx, s, g, files[0].name, files[0].raw, *asJSON)
		case "roster":
			return importRoster(ctx, s, to, files[0].raw)
		case "needs":
			return importNeeds(ctx, s, to, *round, files)
		case "hsds":
			hsds.rosterImport = to
			return importDirectory(ctx, s, hsds, files)
		}
		return errors.New("want roster, pabulib, needs or hsds")
	}
	return c
}

// filesBytesMax bounds all files of an import together.
const filesBytesMax = 256 << 20

// readFiles reads every file whole.
func readFiles(s streams, names []string) ([]inputFile, error) {
	var files []inputFile
	total := 0
	for _, name := range names {
		raw, err := readFile(s, name)
		if err != nil {
			return nil, err
		}
		if total += len(raw); total > filesBytesMax {
			return nil, errors.New("the files are too large together: at most 256 MiB")
		}
		files = append(files, inputFile{name, raw})
	}
	return files, nil
}

func importBudget(ctx context.Context, s streams, g *client.Gateway, name string, raw []byte, asJSON bool) error {
	e, refused, err := count.ReadPabulib(bytes.NewReader(raw))
	for _, r := range refused {
		fmt.Fprintf(s.err, "%s: %s\n", name, r.Error())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(refused) > 0 {
		return fmt.Errorf("%s: %d rows cannot be used; nothing was imported", name, e.RowsRefused)
	}
	say := func(format string, args ...any) { fmt.Fprintf(s.err, format+"\n", args...) }
	out, err := neighbourhood.ImportBudget(ctx, g, &e, say)
	if err != nil {
		return err
	}
	if asJSON {
		err = printJSON(s.out, out)
	} else {
		fmt.Fprintf(s.out, "community %s\npoll      %s\nballots   %d in %.1f s\nwinners   %v\n",
			out.Community, out.Poll, out.Ballots, out.Seconds, out.Winners)
		if out.Agrees {
			fmt.Fprintln(s.out, "these are the official winners")
		} else {
			fmt.Fprintf(s.out, "the file's official winners are others: %v\n", out.Official)
		}
	}
	if err == nil && !out.Agrees {
		return errNo
	}
	return err
}
