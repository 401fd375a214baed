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

	"google.golang.org/protobuf/proto"
	"rsc.io/qr"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/rules"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/credential"
)

const paperManual = `
Prints ballots on paper for a poll whose rules know of them.

  issue FILE   the ids of the voters, one a line; up to 200 sheets. They are put on the record and written to a page for a printer

The page holds the sheets' secrets, and nobody else has them: print it, hand the sheets out, delete it.

In a secret poll the sheets are issued while voters register. Each comes with a label for its envelope: put the sheet in
without looking at its code, for whoever has that finds out the vote. Issued again, a voter's new sheet replaces the one
that you issued before.
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
		station := f.String("station", "", "in a secret poll, where they are given out: kiosk or door; anywhere else if empty")
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
		at, ok := stations[*station]
		if !ok {
			return errors.New("want -station kiosk or door, or none")
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
		n, err := issuePapers(ctx, d, printing{poll: *poll, voters: strings.Fields(string(raw)), page: *page, station: at})
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%d sheets issued; print %s, hand them out, delete it\n", n, *page)
		return nil
	}
	return c
}

// printing is what is to be printed, of which poll, for whom, and where to.
type printing struct {
	poll, page string
	voters     []string
	station    votingv1.Channel // where sheets of a secret poll are given out
}

// stations are the words for where sheets are given out.
var stations = map[string]votingv1.Channel{
	"": votingv1.Channel_CHANNEL_UNSPECIFIED, "kiosk": votingv1.Channel_CHANNEL_KIOSK, "door": votingv1.Channel_CHANNEL_DOOR,
}

// paperPoll is as much of a poll as printing needs.
type paperPoll struct {
	Question question               `json:"question"`
	Rules    *communityv1.PollRules `json:"rules"`
	Secret   *struct {
		Registrar *communityv1.Registrar `json:"registrar"`
	} `json:"secret"`
}

// issuePapers issues what the poll's rules call for, and writes the page before the record knows of it: a sheet that is on the record and
// printed nowhere would be lost, one that is printed and on no record is refused when it is entered.
func issuePapers(ctx context.Context, d *client.Device, p printing) (n int, err error) {
	if len(p.voters) == 0 || len(p.voters) > papersMax {
		return 0, fmt.Errorf("%d voters, want between 1 and %d", len(p.voters), papersMax)
	}
	if err := d.SignIn(ctx); err != nil {
		return 0, err
	}
	var state paperPoll
	if _, err := d.Record(ctx, "poll/"+p.poll, 0, &state); err != nil {
		return 0, fmt.Errorf("nothing was issued: read poll: %w", err)
	}
	sheets := openSheets
	switch {
	case rules.Secret(state.Rules) && state.Secret == nil:
		return 0, errors.New("nothing was issued: voters do not register in this poll yet")
	case state.Secret != nil:
		sheets = secretSheets
	case p.station != votingv1.Channel_CHANNEL_UNSPECIFIED:
		return 0, errors.New("nothing was issued: -station is for secret polls, where a sheet registers its voter")
	}
	made, err := sheets(ctx, d, p, &state)
	if err != nil {
		return 0, fmt.Errorf("nothing was issued: %w", err)
	}
	if err := writePage(p.page, made.printed); err != nil {
		return 0, fmt.Errorf("nothing was issued: %w", err)
	}
	_, err = d.Do(ctx, made.operation, "polls/"+p.poll+made.path, made.body)
	switch kind, _ := fault.KindOf(err); {
	case err == nil:
		return len(p.voters), nil
	case kind == fault.Internal || kind == fault.Unavailable || kind == fault.Timeout:
		// What is on the record by now is printed there and nowhere else.
		return 0, fmt.Errorf("whether the sheets of %s were issued is not known; look at the poll before you hand them out: %w", p.page, err)
	}
	return 0, errors.Join(fmt.Errorf("nothing was issued: %w", err), os.Remove(p.page))
}

// madeSheets is what is printed and what the record is told of it.
type madeSheets struct {
	operation, path string
	body            proto.Message
	printed         []printedSheet
}

// openSheets makes sheets of an open poll: commitments to their codes go on the record.
func openSheets(_ context.Context, _ *client.Device, p printing, state *paperPoll) (*madeSheets, error) {
	body := &votingv1.IssuePapers{Poll: p.poll}
	made := &madeSheets{operation: "voting.issue_papers", path: "/papers", body: body}
	for i, voter := range p.voters {
		sheet, err := ballot.NewPaper(rand.Reader, p.poll, voter)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		commitment := sheet.Commitment()
		printed, err := sheetOf(p.poll, sheet.Text(), state)
		if err != nil {
			return nil, err
		}
		printed.Paper = ballot.PaperID(commitment[:])
		made.printed = append(made.printed, printed)
		body.Papers = append(body.Papers, &votingv1.PaperSerial{Voter: voter, Commitment: commitment[:]})
	}
	return made, nil
}

// secretSheets makes sheets of a secret poll: each is a credential that the registrar knows, and its voter is registered by it.
func secretSheets(ctx context.Context, d *client.Device, p printing, state *paperPoll) (*madeSheets, error) {
	body := &votingv1.RegisterPapers{Poll: p.poll, Station: p.station}
	made := &madeSheets{operation: "voting.register_papers", path: "/sheets", body: body}
	for i, voter := range p.voters {
		sheet, err := credential.NewSheet(rand.Reader, p.poll)
		if err != nil {
			return nil, err
		}
		registered, err := sheet.Bring(ctx, d, voter, state.Secret.Registrar)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		printed, err := sheetOf(p.poll, sheet.Text(), state)
		if err != nil {
			return nil, err
		}
		printed.Label = voter
		made.printed, body.Sheets = append(made.printed, printed), append(body.Sheets, registered)
	}
	return made, nil
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
	Rules    []rules.Line // of how a ballot is filled in
	Poll     string
	Paper    string       // the serial's id, in an open poll
	Label    string       // whose it is, on the envelope of a secret poll's sheet; the sheet itself does not say it
	Code     string       // the text in the picture, to be typed where no camera reads it
	Picture  template.URL // of the code
}

// yesNoOptions stand on a sheet where a question has no options of its own.
var yesNoOptions = []string{"赞成 / Yes", "反对 / No", "弃权 / Abstain"}

func sheetOf(poll, text string, p *paperPoll) (printedSheet, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return printedSheet{}, fmt.Errorf("draw code: %w", err)
	}
	q := p.Question
	s := printedSheet{
		Question: q, Options: slices.Clone(yesNoOptions), Poll: poll, Code: text,
		Picture: template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(code.PNG())), // our own bytes
	}
	for _, l := range rules.Explain(p.Rules) {
		if l.Field == "method" || strings.HasPrefix(l.Field, "ballot.") {
			s.Rules = append(s.Rules, l)
		}
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
