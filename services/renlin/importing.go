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

Rows that cannot be used are listed with line and reason; then nothing is imported.
`

func importCommand() command {
	c := command{name: "import", args: "roster|pabulib [flags] FILE", does: "real data into a community, through the API"}
	c.run = func(ctx context.Context, s streams, args []string) error {
		f := c.flags(s, importManual)
		address := f.String("http", pilotURL, "gateway")
		token := f.String("token", "", "pabulib: file with the operator's token, who may found a community; the pilot's by default")
		asJSON := f.Bool("json", false, "print one JSON object")
		limit := f.Duration("timeout", 30*time.Minute, "give up after")
		var to rosterImport
		f.StringVar(&to.officer, "officer", "", "roster: file with the officer's key, as the pilot writes it to example.json")
		f.StringVar(&to.member, "member", "", "roster: whose key in that file; the first officer's if empty")
		f.StringVar(&to.community, "community", "", "roster: the community; the key file's if empty")
		kind := ""
		if len(args) > 0 && args[0] != "" && args[0][0] != '-' { // the kind stands first, flags and file behind it
			kind, args = args[0], args[1:]
		}
		if err := f.Parse(args); err != nil {
			return err
		}
		if f.NArg() != 1 {
			return errors.New("want roster or pabulib, and one FILE")
		}
		raw, err := readFile(s, f.Arg(0))
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, *limit)
		defer cancel()
		switch kind {
		case "pabulib":
			g, err := gatewayAt(*address, *token)
			if err != nil {
				return err
			}
			return importBudget(ctx, s, g, f.Arg(0), raw, *asJSON)
		case "roster":
			to.address, to.name, to.json = *address, f.Arg(0), *asJSON
			return importRoster(ctx, s, to, raw)
		}
		return errors.New("want roster or pabulib")
	}
	return c
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
