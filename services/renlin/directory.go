package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/directory"
)

// directoryImport is one import of a directory of services.
type directoryImport struct {
	rosterImport
	organization    string // whose services are the officer's organisation's, by id or name in the package
	answers, origin string
	squares         uint
	capacity        int64
	skills          map[string]string
}

// flags are those of an import of a directory alone.
func (c *directoryImport) flags(f *flag.FlagSet) {
	f.StringVar(&c.organization, "organization", "", "hsds: which organisation of the package is the officer's, by its id or name there")
	f.StringVar(&c.answers, "answers", "", "hsds: members who answer for providers, commas between, one a place; the officer if empty")
	f.StringVar(&c.origin, "origin", "", "hsds: `LAT,LON` of the south-western corner of square 0,0, for places that have no square")
	f.UintVar(&c.squares, "squares", 4, "hsds: how many squares away a service is given that does not say so")
	f.Int64Var(&c.capacity, "capacity", -1, "hsds: what a service can serve at once that does not say so; refused if negative")
	f.Func("skill", "hsds: `WHAT=CODE`, the skill of a taxonomy term or of a service's id, - to leave it out; repeatable", c.skillFlag)
}

// skillFlag takes WHAT=CODE.
func (c *directoryImport) skillFlag(s string) error {
	what, code, ok := strings.Cut(s, "=")
	if !ok || what == "" || code == "" {
		return errors.New("want WHAT=CODE")
	}
	c.skills[what] = code
	return nil
}

// directoryResult is what an import came to. After a refusal nothing was imported and every count is 0.
type directoryResult struct {
	Community    string              `json:"community,omitempty"`
	Organization string              `json:"organization,omitempty"`
	Providers    []string            `json:"providers"`
	Offers       int                 `json:"offers"`
	Changed      int                 `json:"changed"` // providers and offers that are new or others now; the rest was so already
	Left         directory.Left      `json:"left"`
	Refused      []directory.Refusal `json:"refused"`
	RefusedTotal int                 `json:"refused_total"`
}

// importDirectory reads a package whole and says what it comes to before anything is signed.
func importDirectory(ctx context.Context, s streams, c directoryImport, files []inputFile) error {
	var all []directory.File
	for _, f := range files {
		all = append(all, directory.File{Name: f.name, Raw: f.raw})
	}
	services, err := directory.Read(all)
	if err != nil {
		return refuseDirectory(s, c.json, err)
	}
	d, org, err := officerDevice(c.rosterImport)
	if err != nil {
		return err
	}
	o := directory.Options{Skills: c.skills, Squares: uint32(c.squares), Capacity: c.capacity, Now: d.Now().UnixMilli()}
	if c.origin != "" {
		var ok bool
		if o.Origin, ok = directory.Degrees(c.origin); !ok {
			return errors.New("want -origin LAT,LON in degrees")
		}
	}
	if err := d.SignIn(ctx); err != nil {
		return fmt.Errorf("nothing was imported: %w", err)
	}
	if err := c.ask(ctx, d, org, &o); err != nil {
		return fmt.Errorf("nothing was imported: %w", err)
	}
	providers, left, err := directory.Plan(services, o)
	if err != nil {
		return refuseDirectory(s, c.json, err)
	}
	out := &directoryResult{
		Community: d.Community, Organization: org, Providers: []string{}, Left: left, Refused: []directory.Refusal{},
	}
	if len(providers) == 0 {
		return fmt.Errorf("no service of the package is an active one of the officer's organisation (%d are others', %d not active)",
			left.Others, left.Inactive)
	}
	members, err := c.answering(d, len(providers))
	if err != nil {
		return err
	}
	if err := sendDirectory(ctx, d, org, members, providers, out); err != nil {
		return err
	}
	if c.json {
		return printJSON(s.out, out)
	}
	fmt.Fprintf(s.out, "community    %s\norganisation %s\nproviders    %d\noffers       %d (%d changes)\n",
		out.Community, out.Organization, len(out.Providers), out.Offers, out.Changed)
	fmt.Fprintf(s.out, "left out     %d services of others, %d not active, %d unwanted; %d languages that the rulebook does not list\n",
		left.Others, left.Inactive, left.Unwanted, left.Languages)
	return nil
}

// refuseDirectory lists what cannot be used.
func refuseDirectory(s streams, asJSON bool, err error) error {
	var refused *directory.Refused
	if !errors.As(err, &refused) {
		return err
	}
	if asJSON {
		out := directoryResult{Providers: []string{}, Refused: refused.Rows, RefusedTotal: refused.Total}
		if err := printJSON(s.out, out); err != nil {
			return err
		}
	} else {
		for _, row := range refused.Rows {
			fmt.Fprintln(s.err, row.Error())
		}
	}
	return fmt.Errorf("%d things cannot be used; nothing was imported", refused.Total)
}

// ask learns from the community what its rulebook lists and what the officer's organisation is called.
func (c *directoryImport) ask(ctx context.Context, d *client.Device, org string, o *directory.Options) error {
	var book standing.Rulebook
	if _, err := d.Record(ctx, standing.RulebookPath, 0, &book); err != nil {
		return fmt.Errorf("read rulebook: %w", err)
	}
	for _, skill := range book.Book.GetMatching().GetSkills() {
		o.Known = append(o.Known, skill.GetCode())
	}
	o.Languages = book.Book.GetMatching().GetLanguages()
	var own standing.Org
	if _, err := d.Record(ctx, "org/"+org, 0, &own); err != nil {
		return fmt.Errorf("read organisation: %w", err)
	}
	o.Mine = func(x directory.Organization) bool {
		if c.organization != "" {
			return x.ID == c.organization || x.Name == c.organization
		}
		return directory.RecordID(x.ID) == org || own.Name != "" && (x.Name == own.Name || x.Alternate == own.Name)
	}
	return nil
}

// answering says who answers for each provider. A member answers for one provider of an organisation.
func (c *directoryImport) answering(d *client.Device, providers int) ([]string, error) {
	members := []string{d.Member}
	if c.answers != "" {
		members = strings.Split(c.answers, ",")
	}
	sorted := slices.Compact(slices.Sorted(slices.Values(members)))
	if len(sorted) != len(members) {
		return nil, errors.New("a member stands twice in -answers")
	}
	if len(members) < providers {
		return nil, fmt.Errorf("the services are at %d places, or of as many reaches: name as many members in -answers, one for each", providers)
	}
	return members, nil
}

// sendDirectory brings all of it in one command where one holds it, so all of it is there or nothing. A longer one comes in parts. What is
// there already is not said again, so an import that stopped between two parts goes on when it is begun anew.
func sendDirectory(
	ctx context.Context, d *client.Device, org string, members []string, providers []directory.Provider, out *directoryResult,
) error {
	position, parts := uint64(0), directoryParts(org, members, providers)
	for i, body := range parts {
		answer, err := d.Do(ctx, "matching.publish_directory", "providers/directory", body)
		switch {
		case errors.Is(err, decider.ErrNothing):
		case err != nil && i == 0:
			return fmt.Errorf("nothing was imported: %w", err)
		case err != nil:
			return fmt.Errorf("%d of %d parts were imported, the same import again goes on: %w", i, len(parts), err)
		default:
			position = answer.Position
			out.Changed += len(answer.Changed)
		}
	}
	for _, p := range providers {
		out.Offers += len(p.Offers)
	}
	var err error
	if out.Providers, err = providersOf(ctx, d, org, members[:len(providers)], position); err != nil {
		return fmt.Errorf("all was imported, but cannot be shown: %w", err)
	}
	return nil
}

// What one command publishes at most, as the rules have it.
const (
	partProvidersMax = 100
	partOffersMax    = 400
)

// directoryParts cuts a directory into what one command holds. A provider's offers that do not fit go on in the next part.
func directoryParts(org string, members []string, providers []directory.Provider) []*matchingv1.PublishDirectory {
	part := &matchingv1.PublishDirectory{Org: org}
	parts, offers := []*matchingv1.PublishDirectory{part}, 0
	for i, p := range providers {
		listed := func() *matchingv1.DirectoryProvider {
			if len(part.Providers) == partProvidersMax || offers == partOffersMax {
				part, offers = &matchingv1.PublishDirectory{Org: org}, 0
				parts = append(parts, part)
			}
			one := &matchingv1.DirectoryProvider{Member: members[i], Reach: &matchingv1.Reach{
				Cell: &matchingv1.Cell{East: p.East, North: p.North}, RadiusCells: p.Squares, Languages: p.Languages,
			}}
			part.Providers = append(part.Providers, one)
			return one
		}
		to := listed()
		for _, o := range p.Offers {
			if offers == partOffersMax {
				to = listed()
			}
			to.Offers = append(to.Offers, &matchingv1.DirectoryOffer{Skill: o.Skill, Capacity: o.Capacity, From: o.From, Until: o.Until})
			offers++
		}
	}
	return parts
}

// providersOf gives the ids of an organisation's providers, by who answers for each.
func providersOf(ctx context.Context, d *client.Device, org string, members []string, position uint64) ([]string, error) {
	ids := map[string]string{}
	err := eachRecordAt(ctx, d, "provider", position, func(path string, state providerState) error {
		if state.Org == org && !state.Retired {
			ids[state.Member] = path[len(chain.Collection(path))+1:]
		}
		return nil
	})
	out := make([]string, len(members))
	for i, m := range members {
		out[i] = ids[m]
	}
	return out, err
}

// providerState is the record of a provider.
type providerState struct {
	Org         string   `json:"org"`
	Member      string   `json:"member"`
	Cell        cellAt   `json:"cell"`
	RadiusCells uint32   `json:"radius_cells"`
	Languages   []string `json:"languages"`
	Retired     bool     `json:"retired"`
	// Borrowing is the loan of another community that it is; that community lists it itself.
	Borrowing string `json:"borrowing"`
	// RegisteredAt is when it began to serve, or to serve again: what it offered before is no offer.
	RegisteredAt int64 `json:"registered_at"`
}

type cellAt struct {
	East  int32 `json:"east"`
	North int32 `json:"north"`
}

// eachRecord reads a whole collection.
func eachRecord[S any](ctx context.Context, d *client.Device, collection string, do func(path string, state S) error) error {
	return eachRecordAt(ctx, d, collection, 0, do)
}

// eachRecordAt reads it as of at least a position.
func eachRecordAt[S any](
	ctx context.Context, d *client.Device, collection string, position uint64, do func(path string, state S) error,
) error {
	for after := ""; ; {
		page, err := d.Records(ctx, collection, after, position)
		if err != nil {
			return fmt.Errorf("read records: %w", err)
		}
		for _, r := range page.Records {
			var state S
			if err := json.Unmarshal(r.State, &state); err != nil {
				return fmt.Errorf("read record: %w", err)
			}
			if err := do(r.Path, state); err != nil {
				return err
			}
		}
		if after = page.Next; after == "" {
			return nil
		}
	}
}

// exportDirectory gives the services of a community's organisations in the Open Referral form. Who answers for them is not in it, and
// neither are volunteers of their own, who are persons.
func exportDirectory(ctx context.Context, cfg exportConfig) ([]byte, error) {
	d, err := operatorDevice(ctx, cfg)
	if err != nil {
		return nil, err
	}
	var book standing.Rulebook
	if _, err := d.Record(ctx, standing.RulebookPath, 0, &book); err != nil {
		return nil, fmt.Errorf("read rulebook: %w", err)
	}
	titles := map[string]string{}
	for _, skill := range book.Book.GetMatching().GetSkills() {
		titles[skill.GetCode()] = skill.GetTitle()
	}
	orgs := map[string]string{}
	err = eachRecord(ctx, d, "org", func(path string, state standing.Org) error {
		orgs[path[len(chain.Collection(path))+1:]] = state.Name
		return nil
	})
	if err != nil {
		return nil, err
	}
	providers := map[string]providerState{}
	err = eachRecord(ctx, d, "provider", func(path string, state providerState) error {
		if state.Org != "" && !state.Retired && state.Borrowing == "" {
			providers[path] = state
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var all []directory.Listed
	for _, path := range slices.Sorted(maps.Keys(providers)) {
		offers, err := listedOf(ctx, d, path, providers[path], titles)
		if err != nil {
			return nil, err
		}
		for i := range offers {
			offers[i].OrganizationName = cmp.Or(orgs[offers[i].OrganizationID], offers[i].OrganizationID)
		}
		all = append(all, offers...)
	}
	return directory.Write(all)
}

// listedOf lists what a provider offers now.
func listedOf(
	ctx context.Context, d *client.Device, path string, p providerState, titles map[string]string,
) (all []directory.Listed, err error) {
	type offerState struct {
		Capacity    int64 `json:"capacity"`
		From        int64 `json:"from"`
		Until       int64 `json:"until"`
		Taken       int64 `json:"taken"`
		PublishedAt int64 `json:"published_at"`
	}
	now := time.Now().UnixMilli()
	err = eachRecord(ctx, d, path+"/offer", func(at string, o offerState) error {
		skill := at[len(chain.Collection(at))+1:]
		if o.Capacity == 0 || o.Until != 0 && o.Until <= now || o.PublishedAt < p.RegisteredAt {
			return nil // taken back, or over
		}
		all = append(all, directory.Listed{
			OrganizationID: p.Org, Provider: path[len(chain.Collection(path))+1:], Skill: skill, Title: cmp.Or(titles[skill], skill),
			East: p.Cell.East, North: p.Cell.North, Squares: p.RadiusCells, Languages: p.Languages, From: o.From, Until: o.Until,
			Capacity: o.Capacity, Taken: o.Taken, Updated: o.PublishedAt,
		})
		return nil
	})
	return all, err
}
