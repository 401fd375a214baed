package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/process"
)

const trusteeManual = `
A trustee of polls' keys, at an organisation of its own: it has a part of each poll's key, and says its part after the close. All that it
keeps is two keys below its data directory; whatever it says follows from them and from the record, so it may be stopped and started at any
time. A key that is lost is made anew, and the trustee is left out by name until it is appointed again.

Where a community is founded here, the founding names this trustee. In a community that is there already:

  renlin trustee -config FILE -enrol MEMBER -community ID -http URL < code     # MEMBER is admitted; code is that of their invitation
  renlin trustee -config FILE -print-keys     # trustee_key is what community.appoint_trustees names beside MEMBER
`

// trusteeCommand is the trustee's daemon, and what must be done once for a trustee who is appointed later.
func trusteeCommand() command {
	c := daemonCommand(bus.Trustee, "a trustee of polls' keys, at a third organisation")
	c.args = "-config FILE [-check-config | -print-keys]"
	serve := c.run
	c.run = func(ctx context.Context, s streams, args []string) error {
		f := c.flags(s, trusteeManual)
		file := f.String("config", "", "read the configuration from this JSON `file`")
		f.Bool("check-config", false, "check the configuration and do nothing else")
		show := f.Bool("print-keys", false, "print the public halves of the trustee's keys, made if there are none, and do nothing else")
		member := f.String("enrol", "", "enrol the trustee's device for this `member` with the code on standard input, and do nothing else")
		address := f.String("http", pilotURL, "gateway of the community, for -enrol")
		community := f.String("community", "", "its id, for -enrol")
		if err := f.Parse(args); err != nil {
			return err
		}
		switch {
		case !*show && *member == "":
			return serve(ctx, s, args)
		case f.NArg() != 0:
			return errors.New("takes no arguments")
		case *member != "" && *community == "":
			return errors.New("want -community ID")
		}
		data, err := trusteeData(*file)
		if err != nil {
			return err
		}
		if *show {
			return printTrustee(s, data)
		}
		return enrolTrustee(ctx, s, data, &client.Device{Gateway: client.New(*address), Community: *community, Member: *member})
	}
	return c
}

// trusteeData reads where the keys lie. Nothing else of the configuration is needed for them, such as the bus.
func trusteeData(file string) (string, error) {
	cfg := &trusteeConfig{busConfig: busConfig{name: bus.Trustee}}
	if file != "" {
		if err := daemon.ReadConfig(file, cfg); err != nil {
			return "", err
		}
	}
	cfg.Data = cmp.Or(cfg.Data, dataDefault)
	return cfg.Data, cfg.checkData()
}

// printTrustee prints what others must know of the trustee.
func printTrustee(s streams, data string) error {
	device, long, err := process.LoadTrustee(data)
	if err != nil {
		return err
	}
	return printJSON(s.out, process.IdentityOf(device, long))
}

// enrolTrustee enrols the trustee's device, as any device of a member is enrolled: it signs first, the code second.
func enrolTrustee(ctx context.Context, s streams, data string, d *client.Device) error {
	var err error
	if d.Key, _, err = process.LoadTrustee(data); err != nil {
		return err
	}
	raw, err := readFile(s, "-")
	if err != nil {
		return err
	}
	var info struct{ Genesis string }
	if err := d.Get(ctx, "/v1/communities/"+d.Community, &info); err != nil {
		return err
	}
	if d.Genesis, err = chain.ParseHash(info.Genesis); err != nil {
		return err
	}
	code, err := standing.CodeKey(d.Genesis, d.Member, strings.TrimSpace(string(raw)))
	if err != nil {
		return err
	}
	answer, err := d.Do(ctx, "community.enrol_key", "members/"+d.Member+"/keys",
		&communityv1.EnrolKey{Member: d.Member, Key: chain.Public(d.Key)}, code)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "enrolled the trustee's device (commit %d)\n", answer.Index)
	return nil
}

// trusteeConfig is the trustee's.
type trusteeConfig struct{ busConfig }

// Check judges what the types cannot.
func (c *trusteeConfig) Check() error { return errors.Join(c.busConfig.Check(), c.checkData()) }

// checkData refuses the second keystore's directory. The keystore was started as the trustee before that was a program of its own: whoever
// goes on so would leave polls without their second holder, and not notice before one is to be opened. Where both share a directory, the
// keystore has been there.
func (c *trusteeConfig) checkData() error {
	_, held := os.Stat(filepath.Join(c.Data, "holder-second"))
	_, kept := os.Stat(filepath.Join(c.Data, bus.Keystore+".lock"))
	if held != nil || kept == nil {
		return nil
	}
	return fmt.Errorf("data: holder-second in %s is the second keystore's; it is run by renlin keystore, whose data directory it belongs into",
		c.Data)
}
