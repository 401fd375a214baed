package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/merkle"
	"renlin.dev/services/renlin/internal/process"
)

// followConfig is what the daemons have that do what cannot be undone, and therefore follow the record themselves: keystore, trustee and
// registrar.
type followConfig struct {
	// Policy is the file of a C2SP tlog-policy, as renlin verify takes it: the keys of a community's log and of the witnesses, from a
	// source other than the operator; or, where there are several communities, a directory with one file COMMUNITY.policy for each. The
	// daemon then does nothing final before a checkpoint that the policy holds valid covers what it rests on, and nothing at all for a
	// community that has no policy in the directory. If empty, links, signatures and decisions are checked all the same, but no witness
	// is asked for: whoever holds the epoch's key could show this daemon another record than everybody else.
	Policy string `json:"policy"`
}

func (c *followConfig) check() error {
	_, err := c.policies()
	return err
}

// policies gives the policy of each community; nil where none is wanted.
func (c *followConfig) policies() (func(community string) (*merkle.Policy, error), error) {
	if c.Policy == "" {
		return nil, nil
	}
	info, err := os.Stat(c.Policy)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	if info.IsDir() {
		return func(community string) (*merkle.Policy, error) {
			return readPolicy(filepath.Join(c.Policy, community+".policy"))
		}, nil
	}
	policy, err := readPolicy(c.Policy)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return func(string) (*merkle.Policy, error) { return policy, nil }, nil
}

// into has the daemon's parts follow the record.
func (c *followConfig) into(env *process.Env) error {
	policies, err := c.policies()
	if err != nil {
		return err
	}
	env.Follow = &process.Following{Policy: policies}
	return nil
}

// keystoreConfig is the second keystore's.
type keystoreConfig struct {
	busConfig
	followConfig
}

// Check judges what the types cannot.
func (c *keystoreConfig) Check() error {
	return errors.Join(c.busConfig.Check(), c.followConfig.check())
}

func (c *keystoreConfig) work(env process.Env) ([]daemon.Service, error) {
	if err := c.into(&env); err != nil {
		return nil, err
	}
	return c.domain(env)
}

func (c *trusteeConfig) work(env process.Env) ([]daemon.Service, error) {
	if err := c.into(&env); err != nil {
		return nil, err
	}
	return c.domain(env)
}

func (c *registrarConfig) work(env process.Env) ([]daemon.Service, error) {
	if err := c.into(&env); err != nil {
		return nil, err
	}
	env.State = c.State
	return c.domain(env)
}
