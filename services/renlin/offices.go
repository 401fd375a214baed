package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// office is a daemon to which members are appointed: its keys are made where it runs, and others must be told their public halves.
type office struct {
	name, does, manual string
	// data reads from a configuration where the keys lie.
	data func(file string) (string, error)
	// keys reads them, made if there are none: the device key, and what may be told of all.
	keys func(data string) (device ed25519.PrivateKey, shown any, err error)
	// enrolled is what else is kept once the device is enrolled; nothing if nil.
	enrolled func(data string, d *client.Device) error
}

// officeCommand is the daemon, and what must be done once for who is appointed later.
func officeCommand(o office) command { return o.around(daemonCommand(o.name, o.does)) }

// around adds to a daemon's command what must be done once.
func (o office) around(c command) command {
	c.args = "-config FILE [-check-config | -print-keys]"
	serve := c.run
	c.run = func(ctx context.Context, s streams, args []string) error {
		f := c.flags(s, o.manual)
		file := f.String("config", "", "read the configuration from this JSON `file`")
		f.Bool("check-config", false, "check the configuration and do nothing else")
		show := f.Bool("print-keys", false, "print the public halves of the "+o.name+"'s keys, made if there are none, and do nothing else")
		member := f.String("enrol", "", "enrol the "+o.name+"'s device for this `member` with the code on standard input, and do nothing else")
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
		data, err := o.data(*file)
		if err != nil {
			return err
		}
		device, shown, err := o.keys(data)
		if err != nil {
			return err
		}
		if *show {
			return printJSON(s.out, shown)
		}
		d := &client.Device{Gateway: client.New(*address), Community: *community, Member: *member, Key: device}
		if err := o.enrol(ctx, s, d); err != nil || o.enrolled == nil {
			return err
		}
		return o.enrolled(data, d)
	}
	return c
}

// enrol enrols the office's device, as any device of a member is enrolled: it signs first, the code second.
func (o office) enrol(ctx context.Context, s streams, d *client.Device) error {
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
	fmt.Fprintf(s.out, "enrolled the %s's device (commit %d)\n", o.name, answer.Index)
	return nil
}
