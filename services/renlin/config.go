package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/daemon"
	"renlin.dev/services/gateway"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/process"
)

// daemonConfig is the configuration of a daemon on the bus. Each daemon has a struct of its own: a key that it has no use for is as
// unknown to it as one that is misspelt. The fields' comments are the manual.
type daemonConfig interface {
	daemon.Config
	onBus() *busConfig
	// work sets up what the daemon runs.
	work(env process.Env) ([]daemon.Service, error)
}

// newDaemonConfig gives the empty configuration of a daemon.
func newDaemonConfig(name string) daemonConfig {
	common := busConfig{name: name}
	switch name {
	case bus.Sequencer:
		return &sequencerConfig{busConfig: common}
	case bus.Notary:
		return &notaryConfig{busConfig: common}
	case bus.Audit:
		return &auditConfig{busConfig: common}
	case bus.Vault:
		return &vaultConfig{busConfig: common}
	case bus.Registrar:
		return &registrarConfig{busConfig: common}
	case bus.Gateway:
		return &gatewayConfig{busConfig: common}
	case bus.Trustee:
		return &trusteeConfig{busConfig: common}
	case bus.Keystore:
		return &keystoreConfig{busConfig: common}
	}
	return &common
}

// dataDefault is where a daemon's directory is unless its configuration says otherwise.
const dataDefault = "renlin-data"

// busConfig is what every daemon on the bus has, and all that the services have that only decide.
type busConfig struct {
	daemon.Common
	// NATS is the server's address; nats://127.0.0.1:4222 if empty.
	NATS string `json:"nats"`
	// PasswordFile holds the password of the daemon's user, which has the daemon's name; Data + "/DAEMON.password" if empty.
	PasswordFile string `json:"password_file"`
	// Data is the daemon's directory; renlin-data if empty. Different daemons may share it.
	Data string `json:"data"`

	name string // the daemon's
}

func (c *busConfig) onBus() *busConfig { return c }

// Check judges what the types cannot, and fills in what was left empty. That there is no password, who starts the daemon should hear at
// once.
func (c *busConfig) Check() error {
	c.NATS, c.Data = cmp.Or(c.NATS, nats.DefaultURL), cmp.Or(c.Data, dataDefault)
	c.PasswordFile = cmp.Or(c.PasswordFile, filepath.Join(c.Data, c.name+".password"))
	if _, err := c.password(); err != nil {
		return fmt.Errorf("password_file: %w", err)
	}
	return nil
}

func (c *busConfig) password() (string, error) {
	raw, err := os.ReadFile(c.PasswordFile)
	if err == nil && strings.TrimSpace(string(raw)) == "" {
		err = fmt.Errorf("%s is empty", c.PasswordFile)
	}
	return strings.TrimSpace(string(raw)), err
}

// stateConfig is what the daemons have that remember what must not be restored together with their data.
type stateConfig struct {
	// State is a directory outside Data; Data + "-state" if empty. The sequencer keeps its head record there, the notary its home witness,
	// the vault the second copy of its texts, which may lie on another disk, the registrar what voters have sent it, which must be in no
	// backup.
	State string `json:"state"`
}

func (c *stateConfig) stateDir() string { return c.State }

// check fills State in and holds it apart from the data directory.
func (c *stateConfig) check(data string) error {
	c.State = cmp.Or(c.State, data+"-state")
	return keptApart(data, c.State)
}

// sequencerConfig is the sequencer's.
type sequencerConfig struct {
	busConfig
	stateConfig
	// Monitor lists the monitoring addresses of all servers that keep the streams; http://127.0.0.1:8222 alone if empty. Where they do not
	// show that every server syncs every write, the sequencer refuses to write.
	Monitor []string `json:"monitor"`
	// Adopt lists communities whose stream is taken as it is though their head record is lost. What audit and notary have seen must still
	// be there. Take it out again after the start.
	Adopt []string `json:"adopt"`
}

// Check judges what the types cannot.
func (c *sequencerConfig) Check() error {
	if len(c.Monitor) == 0 {
		c.Monitor = []string{"http://127.0.0.1:8222"}
	}
	return errors.Join(c.busConfig.Check(), c.check(c.Data))
}

// notaryConfig is the notary's.
type notaryConfig struct {
	busConfig
	stateConfig
	// Checkpoint is the interval of checkpoints; 1s if 0.
	Checkpoint daemon.Duration `json:"checkpoint"`
	// Witnesses cosign checkpoints; without any, a home witness in the notary's own process does.
	Witnesses []process.WitnessAddress `json:"witnesses"`
}

// Check judges what the types cannot.
func (c *notaryConfig) Check() error {
	if c.Checkpoint < 0 {
		return errors.New("checkpoint: want more than 0")
	}
	return errors.Join(c.busConfig.Check(), c.check(c.Data))
}

// auditConfig is audit's.
type auditConfig struct {
	busConfig
	// Reread is how long audit rests before it reads the whole record again; 30s if 0.
	Reread daemon.Duration `json:"reread"`
}

// Check judges what the types cannot.
func (c *auditConfig) Check() error {
	if c.Reread < 0 {
		return errors.New("reread: want more than 0")
	}
	return c.busConfig.Check()
}

// vaultConfig is the vault's.
type vaultConfig struct {
	busConfig
	stateConfig
}

// Check judges what the types cannot.
func (c *vaultConfig) Check() error { return errors.Join(c.busConfig.Check(), c.check(c.Data)) }

// gatewayConfig is the gateway's.
type gatewayConfig struct {
	busConfig
	// HTTP is the address to listen on; 127.0.0.1:8686 if empty.
	HTTP string `json:"http"`
	// OperatorTokenFile opens the operator's reads; Data + "/token" if empty.
	OperatorTokenFile string `json:"operator_token_file"`
	// Development switches the development sign-in on: from the machine itself only.
	Development bool `json:"development"`
	// DevelopmentFrom lists networks, such as 172.18.0.0/16, from which the development sign-in is taken too. In a container what comes
	// from the machine itself has the address of the container network's gateway.
	DevelopmentFrom []netip.Prefix `json:"development_from"`
	// Limits say how much anybody may ask, and which proxies are trusted to say from where. Each rate that is left out has a default.
	Limits gateway.Limits `json:"limits"`
	// Providers are platforms by whose accounts members may sign in; none if empty. docs/SIGN-IN.md tells how.
	Providers []gateway.ProviderConfig `json:"providers"`
	// Phone is the number that residents' apps ring for help, such as the committee's, unless somebody has noted another on theirs; none if
	// empty. Everybody can read it.
	Phone string `json:"phone"`
	// MQTT is where devices at home are listened to that do not speak HTTP; nowhere if empty. docs/guide/aid.md tells how.
	MQTT mqttConfig `json:"mqtt"`
	// Traces is where traces of all daemons are taken for the operator's pages; nowhere if empty. docs/guide/operate.md tells how.
	Traces tracesConfig `json:"traces"`
}

// Check judges what the types cannot.
func (c *gatewayConfig) Check() error {
	if len(c.DevelopmentFrom) > 0 && !c.Development {
		return errors.New("development_from: development is not switched on")
	}
	if err := c.Limits.Check(); err != nil {
		return fmt.Errorf("limits: %w", err)
	}
	if err := checkProviders(c.Providers); err != nil {
		return err
	}
	if err := checkPhone(c.Phone); err != nil {
		return fmt.Errorf("phone: %w", err)
	}
	if err := c.MQTT.Check(); err != nil {
		return fmt.Errorf("mqtt: %w", err)
	}
	if err := c.Traces.Check(); err != nil {
		return fmt.Errorf("traces: %w", err)
	}
	err := c.busConfig.Check()
	c.HTTP = cmp.Or(c.HTTP, "127.0.0.1:8686")
	c.OperatorTokenFile = cmp.Or(c.OperatorTokenFile, filepath.Join(c.Data, "token"))
	return err
}

// checkPhone judges a number to be rung: what a telephone has keys for, and what people put between.
func checkPhone(number string) error {
	if len(number) > 20 || strings.Trim(number, "+0123456789 -") != "" {
		return errors.New("want at most 20 digits, with +, - and spaces between")
	}
	return nil
}

// checkProviders judges the platforms of a configuration.
func checkProviders(all []gateway.ProviderConfig) error {
	names := map[string]bool{}
	for i := range all {
		err := all[i].Check()
		if err == nil {
			_, err = gateway.NewCode2Session(all[i], nil) // reads the secret
		}
		if err != nil {
			return fmt.Errorf("providers: number %d: %w", i+1, err)
		}
		if names[all[i].Name] {
			return fmt.Errorf("providers: number %d: name: stands twice", i+1)
		}
		names[all[i].Name] = true
	}
	return nil
}

// readProviders reads the pilot's platforms from a file of the form {"providers": […]}.
func readProviders(file string) ([]gateway.ProviderConfig, error) {
	var cfg struct {
		Providers []gateway.ProviderConfig `json:"providers"`
	}
	if err := daemon.ReadConfig(file, &cfg); err != nil {
		return nil, err
	}
	return cfg.Providers, checkProviders(cfg.Providers)
}
