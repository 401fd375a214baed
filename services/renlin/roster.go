package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community/roster"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// rosterImport is one import of a roster: who brings it, where to.
type rosterImport struct {
	address, community, officer, member string
	name                                string // of the file, for messages
	json                                bool
}

// rosterResult is what an import came to. After a refusal nothing was imported and every count is 0.
type rosterResult struct {
	Community string           `json:"community,omitempty"`
	Import    string           `json:"import,omitempty"`
	Members   int              `json:"members"`
	Units     int              `json:"units"`
	Rows      int              `json:"rows"`
	Seconds   float64          `json:"seconds"`
	Refused   []roster.Refusal `json:"refused"`
	// RefusedTotal counts refused rows beyond the list too.
	RefusedTotal int `json:"refused_total"`
}

// importRoster reads the file whole before it speaks to anybody; a row that cannot be used stops everything.
func importRoster(ctx context.Context, s streams, c rosterImport, raw []byte) error {
	r, err := roster.Read(bytes.NewReader(raw))
	var refused *roster.Refused
	if errors.As(err, &refused) {
		return refuseRoster(s, c, refused)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	d, org, err := officerDevice(c)
	if err != nil {
		return err
	}
	began := time.Now()
	say := func(format string, args ...any) { fmt.Fprintf(s.err, format+"\n", args...) }
	rows, err := sealRoster(ctx, d, r, say)
	if err != nil {
		return fmt.Errorf("nothing was imported: %w", err)
	}
	out := &rosterResult{Community: d.Community, Members: len(r.Persons), Rows: len(rows), Refused: []roster.Refusal{}}
	for _, row := range rows {
		if row.GetUnit() != "" {
			out.Units++
		}
	}
	if out.Import, err = stageRoster(ctx, d, org, rows, say); err != nil {
		return fmt.Errorf("nothing was imported: %w", err)
	}
	out.Seconds = time.Since(began).Seconds()
	if c.json {
		return printJSON(s.out, out)
	}
	fmt.Fprintf(s.out, "community %s\nmembers   %d\nunits     %d\nimport    %s, effective since its last row, in %.1f s\n",
		out.Community, out.Members, out.Units, out.Import, out.Seconds)
	return nil
}

// refuseRoster lists rows by line, field and reason. What stands in them is personal data and not repeated.
func refuseRoster(s streams, c rosterImport, refused *roster.Refused) error {
	if c.json {
		if err := printJSON(s.out, rosterResult{Refused: refused.Rows, RefusedTotal: refused.Total}); err != nil {
			return err
		}
	} else {
		for _, row := range refused.Rows {
			fmt.Fprintf(s.err, "%s: %s\n", c.name, row.Error())
		}
	}
	return fmt.Errorf("%s: %d rows cannot be used; nothing was imported", c.name, refused.Total)
}

// officerDevice takes the device of the first officer in the key file, or of the named member, in the named community.
func officerDevice(c rosterImport) (*client.Device, string, error) {
	if c.officer == "" {
		return nil, "", errors.New("want -officer FILE with the officer's key, as the pilot writes it to example.json")
	}
	people, err := readPeople(c.officer)
	if err != nil {
		return nil, "", err
	}
	for _, p := range people {
		if c.community != "" && p.Community != c.community || c.member != "" && p.Member != c.member || c.member == "" && p.What != "officer" {
			continue
		}
		d, err := p.device(client.New(c.address))
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", c.officer, err)
		}
		return d, p.Org, nil
	}
	return nil, "", fmt.Errorf("%s: nobody there is the officer asked for", c.officer)
}

// sealRoster puts names and labels into the vault, each under the random id that will be all the record knows.
func sealRoster(ctx context.Context, d *client.Device, r *roster.Roster, say func(string, ...any)) ([]*communityv1.ImportRow, error) {
	if err := d.SignIn(ctx); err != nil {
		return nil, err
	}
	sealed := make([][]*communityv1.ImportRow, len(r.Persons))
	err := neighbourhood.Parallel(ctx, sealersAtOnce, len(r.Persons), func(ctx context.Context, i int) (err error) {
		sealed[i], err = sealPerson(ctx, d, r.Persons[i])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("seal texts: %w", err)
	}
	rows := make([]*communityv1.ImportRow, 0, r.Rows())
	for _, part := range sealed {
		rows = append(rows, part...)
	}
	say("sealed the texts of %d persons; names stand in the vault only", len(r.Persons))
	return rows, nil
}

// sealersAtOnce is how many persons' texts are on their way at a time.
const sealersAtOnce = 16

// sealPerson makes a person's rows: the first names the person and their first unit, each further one a further unit.
func sealPerson(ctx context.Context, d *client.Device, p roster.Person) ([]*communityv1.ImportRow, error) {
	member := client.NewID()
	profile, err := d.PutText(ctx, member, string(p.Profile()))
	if err != nil {
		return nil, err
	}
	rows := []*communityv1.ImportRow{{Member: member, Profile: neighbourhood.Text(profile)}}
	for i, u := range p.Units {
		unit := client.NewID()
		label, err := d.PutText(ctx, unit, string(u.Label()))
		if err != nil {
			return nil, err
		}
		if i > 0 {
			rows = append(rows, &communityv1.ImportRow{Member: member, FurtherUnit: true})
		}
		row := rows[len(rows)-1]
		row.Unit, row.AreaCentiM2, row.Label = unit, u.AreaCentiM2, neighbourhood.Text(label)
	}
	return rows, nil
}

// rosterRowsMax is how many rows one command takes.
const rosterRowsMax = 200

// stageRoster begins, fills and completes an import. Nothing has effect before the completion; what fails before it is abandoned, and a
// crash before it leaves ids that nobody has.
func stageRoster(
	ctx context.Context, d *client.Device, org string, rows []*communityv1.ImportRow, say func(string, ...any),
) (id string, err error) {
	id = client.NewID()
	begin := &communityv1.BeginImport{Import: id, Rows: uint32(len(rows)), Org: org}
	if _, err := d.Do(ctx, "community.begin_import", "imports", begin); err != nil {
		return "", fmt.Errorf("begin import: %w", err)
	}
	if err := fillRoster(ctx, d, id, rows, say); err != nil {
		abandoning, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_, aerr := d.Do(abandoning, "community.abandon_import", "imports/"+id+"/abandonment", &communityv1.AbandonImport{Import: id})
		return "", errors.Join(err, aerr)
	}
	return id, nil
}

func fillRoster(ctx context.Context, d *client.Device, id string, rows []*communityv1.ImportRow, say func(string, ...any)) error {
	for from := 0; from < len(rows); from += rosterRowsMax {
		to := min(from+rosterRowsMax, len(rows))
		part := &communityv1.ImportRows{Import: id, Rows: rows[from:to]}
		if _, err := d.Do(ctx, "community.import_rows", "imports/"+id+"/rows", part); err != nil {
			return fmt.Errorf("import rows: %w", err)
		}
		say("%d of %d rows staged", to, len(rows))
	}
	if _, err := d.Do(ctx, "community.complete_import", "imports/"+id+"/completion", &communityv1.CompleteImport{Import: id}); err != nil {
		return fmt.Errorf("complete import: %w", err)
	}
	return nil
}

// readPeople reads a key file as writeExample writes it.
func readPeople(file string) ([]person, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	var people []person
	if err := json.Unmarshal(raw, &people); err != nil {
		return nil, fmt.Errorf("%s: not a key file", file) // never with what stands in it
	}
	return people, nil
}

// device makes the person's device.
func (p person) device(g *client.Gateway) (*client.Device, error) {
	genesis, err := chain.ParseHash(p.Genesis)
	if err != nil {
		return nil, errors.New("genesis: not a hash")
	}
	seed, err := hex.DecodeString(p.Seed)
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, errors.New("seed: not a device key's")
	}
	return &client.Device{
		Gateway: g, Community: p.Community, Genesis: genesis, Member: p.Member, Key: ed25519.NewKeyFromSeed(seed),
	}, nil
}
