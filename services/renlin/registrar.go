package main

import (
	"cmp"
	"crypto/ed25519"
	"errors"

	"renlin.dev/pkg/daemon"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/process"
)

const registrarManual = `
The registrar of secret polls: it takes the credentials that voters' devices seal for it, signs that it knows them, and lists them without
names when registration is over. Then it deletes what it knew. It has no part of any poll's key and must not be run by whoever has one.
Who has registered, and when it may delete, it reads off the record, which it checks itself.

Its keys lie below its data directory. What voters have sent lies below its state directory: that must survive a crash, or polls lapse by
the registrar's fault, and must be in no backup, or who votes under which pseudonym could be looked up later.

Where a community is founded here, the founding names this registrar. In a community that is there already:

  renlin registrar -config FILE -enrol MEMBER -community ID -http URL < code   # MEMBER is admitted; code is that of their invitation
  renlin registrar -config FILE -print-keys     # both are what community.appoint_registrar names beside MEMBER
`

// registrarCommand is the registrar's daemon, and what must be done once for a registrar who is appointed later.
func registrarCommand() command {
	return officeCommand(office{
		name: bus.Registrar, does: "the registrar of secret polls' voters, who holds no key of any poll", manual: registrarManual,
		data: registrarData,
		keys: func(data string) (ed25519.PrivateKey, any, error) {
			device, _, id, err := process.LoadRegistrar(data)
			return device, id, err
		},
	})
}

// registrarData reads where the keys lie. Nothing else of the configuration is needed for them, such as the bus.
func registrarData(file string) (string, error) {
	cfg := &registrarConfig{busConfig: busConfig{name: bus.Registrar}}
	if file != "" {
		if err := daemon.ReadConfig(file, cfg); err != nil {
			return "", err
		}
	}
	return cmp.Or(cfg.Data, dataDefault), nil
}

// registrarConfig is the registrar's.
type registrarConfig struct {
	busConfig
	stateConfig
	followConfig
}

// Check judges what the types cannot.
func (c *registrarConfig) Check() error {
	return errors.Join(c.busConfig.Check(), c.stateConfig.check(c.Data), c.followConfig.check())
}
