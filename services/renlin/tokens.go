package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"renlin.dev/pkg/client"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// person is one member's device in a key file.
type person struct {
	Community string `json:"community"`
	Genesis   string `json:"genesis"`
	Member    string `json:"member"`
	Org       string `json:"org,omitempty"`
	What      string `json:"what"` // officer, resident, hosted
	Seed      string `json:"seed,omitempty"`
}

// writeExample keeps the example's devices, so that a person can act as any of them. Example keys only: nobody lives there.
func writeExample(file string, x *neighbourhood.Example) error {
	var people []person
	add := func(d *client.Device, what, org string) {
		p := person{Community: x.Community, Genesis: x.Genesis.String(), Member: d.Member, Org: org, What: what}
		if d.Key != nil {
			p.Seed = hex.EncodeToString(d.Key.Seed())
		}
		people = append(people, p)
	}
	add(x.First.Device, "officer", x.First.Org)
	add(x.Second.Device, "officer", x.Second.Org)
	for _, d := range x.Residents {
		add(d, "resident", "")
	}
	add(x.Hosted, "hosted", "")
	raw, err := json.MarshalIndent(people, "", " ")
	if err != nil {
		return err
	}
	if err := writeWhole(file, append(raw, '\n')); err != nil {
		return fmt.Errorf("write example's devices: %w", err)
	}
	return os.Chmod(file, 0o600)
}

// lastFile remembers where the token of the newest pilot of this user lies, for commands that speak to it.
func lastFile() (string, error) {
	dir, err := stateDir(".")
	if err != nil {
		return "", err
	}
	return filepath.Join(filepath.Dir(dir), "last-token"), nil
}

func rememberToken(cfg pilotConfig) error {
	file, err := lastFile()
	if err != nil {
		return nil //nolint:nilerr // without a home directory -token must be given, which the other command says
	}
	abs, err := filepath.Abs(filepath.Join(cfg.data, "token"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return writeWhole(file, []byte(abs+"\n"))
}

// gatewayAt makes a client that may found communities: with the token in the file, or else with that of the last pilot of this user, if
// there was one. On the machine of a pilot none is needed.
func gatewayAt(address, tokenFile string) (*client.Gateway, error) {
	g := client.New(address)
	named := tokenFile != ""
	if !named {
		var err error
		if tokenFile, err = lastTokenFile(); err != nil {
			return g, nil //nolint:nilerr // the gateway says so if it wants one
		}
	}
	raw, err := os.ReadFile(tokenFile)
	if err != nil && named {
		return nil, fmt.Errorf("-token: %w", err)
	}
	g.OperatorToken = strings.TrimSpace(string(raw))
	return g, nil
}

func lastTokenFile() (string, error) {
	file, err := lastFile()
	if err != nil {
		return "", err
	}
	raw, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return "", errors.New("no pilot was started by this user yet; give -token FILE")
	}
	return strings.TrimSpace(string(raw)), err
}
