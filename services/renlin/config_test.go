package main

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"renlin.dev/pkg/merkle"
	"renlin.dev/services/renlin/internal/bus"
)

// someKey is a log's verifier key.
var someKey = func() string {
	key, err := merkle.VerifierKey("renlin.dev", make(ed25519.PublicKey, ed25519.PublicKeySize))
	if err != nil {
		panic(err)
	}
	return key
}()

// keyValues gives every key that any daemon has, and a good value for it. A new field needs a row here, and in keysOf.
func keyValues(dir string) map[string]string {
	quoted := func(name string) string { return fmt.Sprintf("%q", filepath.Join(dir, name)) }
	return map[string]string{
		"log_level": `"debug"`, "health": `"127.0.0.1:8081"`, "trace_ratio": `0.5`, "otlp": `{"endpoint": "http://127.0.0.1:4318"}`,
		"nats": `"nats://127.0.0.1:4333"`, "password_file": quoted("secret"), "data": quoted("data"), "state": quoted("state"),
		"monitor": `["http://127.0.0.1:8333"]`, "adopt": `["abc"]`, "reread": `"5m"`, "checkpoint": `"1.5s"`,
		"witnesses": `[{"url": "http://127.0.0.1:8787", "key": "k"}]`,
		"policy":    quoted("policy"),
		"http":      `"127.0.0.1:8999"`, "operator_token_file": quoted("token"), "development": `true`,
		"development_from": `["172.18.0.0/16"]`, "limits": `{"trusted_proxies": ["127.0.0.1/32"]}`,
		"phone": `"010-12345678"`, "mqtt": `{"listen": "127.0.0.1:1883"}`, "traces": `{"listen": "127.0.0.1:4318"}`,
		"providers": `[{"name": "wechat", "base": "https://api.weixin.qq.com", "app_id": "wx0123456789abcdef", "secret_file": ` +
			quoted("secret") + `}]`,
		"name": `"street.example/witness"`, "logs": `["` + someKey + `"]`, "notaries": `["` + someKey + `"]`,
	}
}

// keysOf says which keys each daemon has a use for.
func keysOf(name string) []string {
	everybody := []string{"log_level", "health", "trace_ratio", "otlp"}
	onBus := append(slices.Clone(everybody), "nats", "password_file", "data")
	switch name {
	case bus.Sequencer:
		return append(onBus, "state", "monitor", "adopt")
	case bus.Notary:
		return append(onBus, "state", "checkpoint", "witnesses")
	case bus.Audit:
		return append(onBus, "reread")
	case bus.Vault:
		return append(onBus, "state")
	case bus.Registrar:
		return append(onBus, "state", "policy")
	case bus.Keystore, bus.Trustee:
		return append(onBus, "policy")
	case bus.Gateway:
		return append(onBus, "http", "operator_token_file", "development", "development_from", "limits", "mqtt", "phone", "providers", "traces")
	case carrierName:
		return append(everybody, "data")
	case witnessDaemon:
		return append(everybody, "name", "state", "logs", "notaries", "http")
	}
	return onBus
}

// daemonNames lists everything that has a configuration of its own.
func daemonNames() []string { return append(bus.Parts(), witnessDaemon, carrierName) }

// commandOf is the command that runs a daemon.
func commandOf(name string) string {
	if name == carrierName {
		return "carry"
	}
	return name
}

// checkConfig asks a daemon what it thinks of a configuration of one key a line.
func checkConfig(t *testing.T, name string, lines ...string) (code int, file, out, stderr string) {
	t.Helper()
	file = writeConfig(t, "%s", "{\n"+strings.Join(lines, ",\n")+"\n}\n")
	code, out, stderr = renlin(t, commandOf(name), "-config", file, "-check-config")
	return code, file, out, strings.TrimSpace(stderr)
}

// TestDaemonKeys: each daemon takes every key that it has a use for, and refuses by file and line one that only another has, one that is
// misspelt or in other letters, and one that stands twice.
func TestDaemonKeys(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "policy"), []byte("quorum none\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	values := keyValues(dir)
	line := func(key string) string { return fmt.Sprintf("%q: %s", key, values[key]) }
	for _, name := range daemonNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var own []string
			for _, key := range keysOf(name) {
				own = append(own, line(key))
			}
			if code, _, out, stderr := checkConfig(t, name, own...); code != exitDone || out != "configuration is well\n" || stderr != "" {
				t.Errorf("all its keys: exit %d, %s%s", code, out, stderr)
			}
			wrong := map[string]string{`"nast": "x"`: `unknown key "nast"`, `"Log_Level": "info"`: `unknown key "Log_Level"`}
			wrong[line("log_level")] = `key "log_level" stands twice`
			for _, key := range slices.Sorted(maps.Keys(values)) {
				if !slices.Contains(keysOf(name), key) {
					wrong[line(key)] = fmt.Sprintf("unknown key %q", key)
				}
			}
			for last, why := range wrong {
				code, file, out, stderr := checkConfig(t, name, append(slices.Clone(own), last)...)
				want := fmt.Sprintf("%s: %s:%d: %s", name, file, len(own)+2, why)
				if code != exitUsage || out != "" || stderr != want {
					t.Errorf("exit %d, %s%s\nwant %s", code, out, stderr, want)
				}
			}
		})
	}
}

// TestKeysAreListed: the table above leaves no field out.
func TestKeysAreListed(t *testing.T) {
	t.Parallel()
	for _, name := range daemonNames() {
		var cfg any = newDaemonConfig(name)
		switch name {
		case witnessDaemon:
			cfg = &witnessConfig{}
		case carrierName:
			cfg = &carryConfig{}
		}
		var all []string
		for _, f := range reflect.VisibleFields(reflect.TypeOf(cfg).Elem()) {
			if key := f.Tag.Get("json"); key != "" {
				all = append(all, key)
			}
		}
		slices.Sort(all)
		if listed := slices.Sorted(slices.Values(keysOf(name))); !slices.Equal(all, listed) {
			t.Errorf("%s has the keys %v, listed are %v", name, all, listed)
		}
	}
}

// TestZeroConfig: an empty configuration is a usable one. All that a daemon of the bus needs is its password, in the data directory under
// its own name; without it, it says at once which file it wants.
func TestZeroConfig(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("renlin-data", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range bus.Parts() {
		password := filepath.Join("renlin-data", name+".password")
		for _, args := range [][]string{{name, "-check-config"}, {name}} {
			if code, _, stderr := renlin(t, args...); code != exitUsage || !strings.Contains(stderr, password) {
				t.Errorf("%v without a password: exit %d, %s", args, code, stderr)
			}
		}
		for content, want := range map[string]int{"\n": exitUsage, "secret\n": exitDone} {
			if err := os.WriteFile(password, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if code, _, _, stderr := checkConfig(t, name); code != want {
				t.Errorf("%s with the password %q: exit %d, %s", name, content, code, stderr)
			}
		}
	}
	cfg := &sequencerConfig{busConfig: busConfig{name: bus.Sequencer}}
	if err := os.WriteFile(filepath.Join("renlin-data", "sequencer.password"), []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := cfg.Check(); err != nil || cfg.State != "renlin-data-state" || cfg.Monitor[0] != "http://127.0.0.1:8222" ||
		cfg.NATS != "nats://127.0.0.1:4222" {
		t.Errorf("filled in: %+v, %v", cfg, err)
	}
}

// TestConfigJudged: what the types cannot tell is refused by the key's name.
func TestConfigJudged(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	keystores := t.TempDir() // of the time when the second keystore was started as the trustee
	if err := os.Mkdir(filepath.Join(keystores, "holder-second"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, line, want string }{
		{bus.Proposal, `"log_level": "loud"`, "log_level"},
		{bus.Proposal, `"trace_ratio": 2`, "trace_ratio"},
		{bus.Proposal, `"data": 3`, ":3: data must be of type string"},
		{bus.Audit, `"reread": "-1s"`, "reread"},
		{bus.Audit, `"reread": "soon"`, ":3: not a duration"},
		{bus.Notary, `"checkpoint": "-1s"`, "checkpoint"},
		{bus.Notary, `"witnesses": [{"url": "x", "kez": "x"}]`, `:3: unknown key "kez"`},
		{bus.Gateway, `"development_from": ["172.18.0.0/16"]`, "development_from: development is not switched on"},
		{bus.Gateway, `"development_from": ["172.18.0.0"]`, ":3:"},
		{bus.Gateway, `"mqtt": {"listen": "1883"}`, "mqtt: listen: not HOST:PORT"},
		{bus.Gateway, `"mqtt": {"listen": "127.0.0.1:1883", "key_file": "absent"}`, "mqtt: certificate"},
		{bus.Trustee, fmt.Sprintf(`"data": %q`, keystores), "data: holder-second"},
	} {
		lines := []string{fmt.Sprintf(`"password_file": %q`, secret), c.line}
		code, _, _, stderr := checkConfig(t, c.name, lines...)
		if code != exitUsage || !strings.Contains(stderr, c.want) || strings.Contains(stderr, "\n") {
			t.Errorf("%s with %s: exit %d, %s", c.name, c.line, code, stderr)
		}
	}
	if err := os.WriteFile(filepath.Join(keystores, "keystore.lock"), nil, 0o600); err != nil { // both have the one directory
		t.Fatal(err)
	}
	shared := []string{fmt.Sprintf(`"password_file": %q`, secret), fmt.Sprintf(`"data": %q`, keystores)}
	if code, _, _, stderr := checkConfig(t, bus.Trustee, shared...); code != exitDone {
		t.Errorf("trustee beside a keystore: exit %d, %s", code, stderr)
	}
	for _, line := range []string{`"logs": []`, `"logs": ["x"]`, `"notaries": ["renlin.dev+00000000+AYqI4902"]`} {
		if code, _, _, stderr := checkConfig(t, witnessDaemon, line); code != exitUsage {
			t.Errorf("witness with %s: exit %d, %s", line, code, stderr)
		}
	}
}

// configured runs configure into a directory and reads what it has written for each daemon.
func configured(t *testing.T, dir string, args ...string) map[string]map[string]any {
	t.Helper()
	if code, _, stderr := renlin(t, append([]string{"configure", "-o", dir}, args...)...); code != exitDone {
		t.Fatalf("configure: exit %d, %s", code, stderr)
	}
	all := map[string]map[string]any{}
	for _, name := range daemonNames() {
		file := filepath.Join(dir, "conf", name, name+".json")
		if code, out, stderr := renlin(t, commandOf(name), "-config", file, "-check-config"); code != exitDone {
			t.Errorf("%s does not like what configure wrote: %s%s", name, out, stderr)
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		conf := map[string]any{}
		if err := json.Unmarshal(raw, &conf); err != nil {
			t.Fatal(err)
		}
		all[name] = conf
	}
	return all
}

// TestConfigure: what it writes every daemon takes, nobody but the owner reads, no file but a daemon's own holds its password, and a second
// time it changes nothing.
func TestConfigure(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	configured(t, dir)
	first := tree(t, dir)
	refused(t, "is there already", "configure", "-o", dir)
	for _, part := range bus.Parts() {
		own := "conf/" + part + "/password"
		for name, content := range first {
			if name != own && strings.Contains(content, strings.TrimSpace(first[own])) {
				t.Errorf("%s holds the password of %s", name, part)
			}
		}
	}
	// A second time, after one daemon's files were lost and another's were edited.
	edited := filepath.Join(dir, "conf", "audit", "audit.json")
	longer := strings.Replace(first["conf/audit/audit.json"], "{", "{\n \"reread\": \"1h\",", 1)
	if err := os.WriteFile(edited, []byte(longer), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "conf", "vault")); err != nil {
		t.Fatal(err)
	}
	all := configured(t, dir, "-keep")
	second := tree(t, dir)
	if all["audit"]["reread"] != "1h" {
		t.Error("an edited configuration was written anew")
	}
	for name, content := range first {
		changes := strings.HasPrefix(name, "conf/vault/p") || name == "conf/audit/audit.json" || strings.HasPrefix(name, "conf/nats/")
		if second[name] == "" || (second[name] != content) != changes {
			t.Errorf("%s: %q became %q", name, content, second[name])
		}
	}
}

// tree reads all files below a directory, and holds them to their owner.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v", name, info.Mode())
		}
		if d.IsDir() {
			return nil
		}
		raw, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		files[rel] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
