package main

import (
	"cmp"
	"crypto/ed25519"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/daemon"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/process"
)

const matchingManual = `
The matching service, with the program beside it that plans by itself: it works out who serves whom after everything that happens, has that
ready for officers who ask, and sends it only while officers of two organisations let it (matching.set_mode). It signs with a key of its own
below the data directory. Whose key it is the community says: a member with the role of an operator enrols it as a device of theirs, and
answers for what it does.

  renlin matching -config FILE -enrol MEMBER -community ID -http URL < code   # MEMBER is admitted; code is that of their invitation
  renlin matching -config FILE -print-keys

Without that it advises and nothing else.
`

// matchingCommand is the matching service's daemon, and what must be done once for its program to be heard.
func matchingCommand() command {
	return officeCommand(office{
		name: bus.Matching, does: "the matching service: needs, providers, assignments, and the program that plans", manual: matchingManual,
		data: matchingData,
		keys: func(data string) (ed25519.PrivateKey, any, error) {
			key, err := process.PlannerKey(data)
			if err != nil {
				return nil, nil, err
			}
			return key, map[string][]byte{"key": chain.Public(key)}, nil
		},
	})
}

// matchingData reads where the key lies. Nothing else of the configuration is needed for it, such as the bus.
func matchingData(file string) (string, error) {
	cfg := &busConfig{name: bus.Matching}
	if file != "" {
		if err := daemon.ReadConfig(file, cfg); err != nil {
			return "", err
		}
	}
	return cmp.Or(cfg.Data, dataDefault), nil
}
