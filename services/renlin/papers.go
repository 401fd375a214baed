package main

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"os"
	"slices"
	"strings"
	"time"

	"rsc.io/qr"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/client"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

const paperManual = `
Prints ballots on paper for a poll whose rules know of them.

  issue FILE   the ids of the voters, one a line; up to 200 sheets. They are put on the record and written to a page for a printer

The page holds the sheets' secrets, and nobody else has them: print it, hand the sheets out, delete it.
`

// papersMax is how many sheets one command issues.
const papersMax = 200

func paperCommand() command {
	c := command{name: "paper", args: "issue [flags] FILE", does: "ballots on paper, to be printed and handed out"}
	c.run = func(ctx context.Context, s streams, args []string) error {
		f := c.flags(s, paperManual)
		var by rosterImport
		f.StringVar(&by.address, "http", pilotURL, "gateway")
		f.StringVar(&by.officer, "officer", "", "file with the officer's key, as the pilot writes it to example.json")
		f.StringVar(&by.member, "member", "", "whose key in that file; the first officer's if empty")
		f.StringVar(&by.community, "community", "", "the community; the key file's if empty")
		poll := f.String("poll", "", "the poll's id")
		page := f.String("o", "", "file to write the sheets to; it must not exist")
		limit := f.Duration("timeout", time.Minute, "give up after")
		if len(args) == 0 || args[0] != "issue" {
			if err := f.Parse(args); err != nil {
				return err
			}
			return errors.New("want issue")
		}
		if err := f.Parse(args[1:]); err != nil {
			return err
		}
		if f.NArg() != 1 || *poll == "" || *page == "" {
			return errors.New("want -poll ID, -o PAGE, and one FILE with voters' ids")
		}
		raw, err := readFile(s, f.Arg(0))
		if err != nil {
			return err
		}
		d, _, err := officerDevice(by)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, *limit)
		defer cancel()
		n, err := issuePapers(ctx, d, *poll, strings.Fields(string(raw)), *page)
		if err != nil {
			return fmt.Errorf("nothing was issued: %w", err)
		}
		fmt.Fprintf(s.out, "%d sheets issued; print %s, hand them out, delete it\n", n, *page)
		return nil
	}
	return c
}

// issuePapers writes the page first: a sheet that is on the record and printed nowhere would be lost, one that is printed and on no record
// is refused when it is entered. Where issuing fails the page is removed.
func issuePapers(ctx context.Context, d *client.Device, poll string, voters []string, file string) (n int, err error) {
	if len(voters) == 0 || len(voters) > papersMax {
		return 0, fmt.Errorf("%d voters, want between 1 and %d", len(voters), papersMax)
	}
	if err := d.SignIn(ctx); err != nil {
		return 0, err
	}
	var state struct {
		Question question `json:"question"`
	}
	if _, err := d.Record(ctx, "poll/"+poll, 0, &state); err != nil {
		return 0, fmt.Errorf("read poll: %w", err)
	}
	body := &votingv1.IssuePapers{Poll: poll}
	var sheets []printedSheet
	for i, voter := range voters {
		p, err := ballot.NewPaper(rand.Reader, poll, voter)
		if err != nil {
			return 0, fmt.Errorf("line %d: %w", i+1, err)
		}
		sheet, err := sheetOf(p, state.Question)
		if err != nil {
			return 0, err
		}
		commitment := p.Commitment()
		sheets = append(sheets, sheet)
		body.Papers = append(body.Papers, &votingv1.PaperSerial{Voter: voter, Commitment: commitment[:]})
	}
	if err := writePage(file, sheets); err != nil {
		return 0, err
	}
	if _, err := d.Do(ctx, "voting.issue_papers", "polls/"+poll+"/papers", body); err != nil {
		return 0, errors.Join(err, os.Remove(file))
	}
	return len(sheets), nil
}

// question is as much of a poll's question as stands on a sheet.
type question struct {
	Title   string `json:"title"`
	Text    string `json:"text"`
	Options []struct {
		Code  string `json:"code"`
		Title string `json:"title"`
	} `json:"options"`
}

// printedSheet is what a page says of one sheet.
type printedSheet struct {
	Question question
	Options  []string
	Poll     string
	Paper    string
	Code     string       // the text in the picture, to be typed where no camera reads it
	Picture  template.URL // of the code
}

// yesNoOptions stand on a sheet where a question has no options of its own.
var yesNoOptions = []string{"赞成 / Yes", "反对 / No", "弃权 / Abstain"}

func sheetOf(p *ballot.Paper, q question) (printedSheet, error) {
	code, err := qr.Encode(p.Text(), qr.M)
	if err != nil {
		return printedSheet{}, fmt.Errorf("draw code: %w", err)
	}
	commitment := p.Commitment()
	s := printedSheet{
		Question: q, Options: slices.Clone(yesNoOptions), Poll: p.Poll, Paper: ballot.PaperID(commitment[:]), Code: p.Text(),
		Picture: template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(code.PNG())), // our own bytes
	}
	if len(q.Options) > 0 {
		s.Options = nil
		for _, o := range q.Options {
			s.Options = append(s.Options, o.Code+"  "+o.Title)
		}
	}
	return s, nil
}

//go:embed papers.html
var papersHTML string

var papersPage = template.Must(template.New("papers").Parse(papersHTML))

// writePage writes the sheets where only their owner reads them, whole and synced.
func writePage(file string, sheets []printedSheet) error {
	var page bytes.Buffer
	if err := papersPage.Execute(&page, sheets); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	_, err = f.Write(page.Bytes())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write page: %w", err), os.Remove(file))
	}
	return nil
}
