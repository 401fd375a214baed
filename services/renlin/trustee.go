package main

import (
	"cmp"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"renlin.dev/pkg/daemon"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/process"
)

const trusteeManual = `
A trustee of polls' keys, at an organisation of its own: it has a part of each poll's key, and says its part after the close. It reads and
checks the whole record itself and does what that says; where the voting service tells otherwise it does nothing for that poll, and says so
in /readyz and its log. With a policy it also waits for the witnesses. All that it keeps below its data directory is two keys, and how far
it has seen the record; whatever it says follows from the keys and the record, so it may be stopped and started at any time. A key that is
lost is made anew, and the trustee is left out by name until it is appointed again.

Where a community is founded here, the founding names this trustee. In a community that is there already:

  renlin trustee -config FILE -enrol MEMBER -community ID -http URL < code     # MEMBER is admitted; code is that of their invitation
  renlin trustee -config FILE -print-keys     # trustee_key is what community.appoint_trustees names beside MEMBER
`

// trusteeCommand is the trustee's daemon, and what must be done once for a trustee who is appointed later.
func trusteeCommand() command {
	return officeCommand(office{
		name: bus.Trustee, does: "a trustee of polls' keys, at a third organisation", manual: trusteeManual, data: trusteeData,
		keys: func(data string) (ed25519.PrivateKey, any, error) {
			device, long, err := process.LoadTrustee(data)
			if err != nil {
				return nil, nil, err
			}
			return device, process.IdentityOf(device, long), nil
		},
	})
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

// trusteeConfig is the trustee's.
type trusteeConfig struct {
	busConfig
	followConfig
}

// Check judges what the types cannot.
func (c *trusteeConfig) Check() error {
	return errors.Join(c.busConfig.Check(), c.followConfig.check(), c.checkData())
}

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
