package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"renlin.dev/services/renlin/internal/bus"
)

// composeFile is all that docker-compose.yml may hold. A key that is not here, such as privileged, cap_add or a secret's value, fails the
// test: whoever adds one also says here what it may be.
type composeFile struct {
	Name     string
	Services map[string]composeService
	Networks map[string]*struct{ Internal bool }
	Volumes  map[string]*struct{}
	Part     any `yaml:"x-part"`
	Limit    any `yaml:"x-limit"`
}

type composeService struct {
	Image string
	Build *struct {
		Context, Dockerfile string
		Args                map[string]string
	}
	User            string
	Entrypoint      []string
	Command         []string
	ReadOnly        bool     `yaml:"read_only"`
	CapDrop         []string `yaml:"cap_drop"`
	SecurityOpt     []string `yaml:"security_opt"`
	PIDsLimit       int      `yaml:"pids_limit"`
	CPUs            float64
	MemLimit        string `yaml:"mem_limit"`
	MemswapLimit    string `yaml:"memswap_limit"`
	Restart         string
	StopGracePeriod string `yaml:"stop_grace_period"`
	NetworkMode     string `yaml:"network_mode"`
	Networks        []string
	Ports           []string
	Volumes         []string
	Environment     map[string]string
	Logging         struct {
		Driver  string
		Options map[string]string
	}
	Healthcheck *struct {
		Test              []string
		Interval, Timeout string
		Retries           int
		StartPeriod       string `yaml:"start_period"`
	}
	DependsOn map[string]struct{ Condition string } `yaml:"depends_on"`
}

// The two services beside the daemons' own.
const (
	natsService      = "nats"
	configureService = "configure"
)

func readCompose(t *testing.T) composeFile {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "docker-compose.yml"))
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	var file composeFile
	if err := d.Decode(&file); err != nil {
		t.Fatal(err)
	}
	return file
}

// longRunning lists the services of the compose file that stay.
func longRunning() []string { return append(daemonNames(), natsService) }

// TestCompose holds docker-compose.yml to its rules: each part in a container of its own, which can do as little as possible.
func TestCompose(t *testing.T) {
	t.Parallel()
	file := readCompose(t)
	want := slices.Sorted(slices.Values(append(longRunning(), configureService)))
	if got := slices.Sorted(maps.Keys(file.Services)); !slices.Equal(got, want) {
		t.Fatalf("services %v, want %v", got, want)
	}
	for name, s := range file.Services {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.checkConfined(t)
			if name == configureService {
				s.checkConfigure(t)
			} else {
				s.checkPart(t, name)
			}
		})
	}
	used := map[string]bool{}
	for _, s := range file.Services {
		for _, mount := range s.Volumes {
			volume, _, _ := strings.Cut(mount, ":")
			used[volume] = true
		}
		for _, network := range s.Networks {
			if _, ok := file.Networks[network]; !ok {
				t.Errorf("no network %s", network)
			}
		}
	}
	if declared, want := slices.Sorted(maps.Keys(file.Volumes)), slices.Sorted(maps.Keys(used)); !slices.Equal(declared, want) {
		t.Errorf("volumes %v, used are %v", declared, want)
	}
	if bus := file.Networks["bus"]; bus == nil || !bus.Internal {
		t.Error("the bus is reachable from outside")
	}
}

// checkConfined is what every container is held to.
func (s *composeService) checkConfined(t *testing.T) {
	t.Helper()
	if s.Image != "${RENLIN_IMAGE:-renlin}" || s.User != "65532:65532" || !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) ||
		!slices.Equal(s.SecurityOpt, []string{"no-new-privileges:true"}) {
		t.Errorf("not confined: %+v", s)
	}
	if s.PIDsLimit < 16 || s.PIDsLimit > 256 || s.CPUs <= 0 || s.CPUs > 2 || mebibytes(s.MemLimit) < 64 || mebibytes(s.MemLimit) > 1024 ||
		s.MemswapLimit != s.MemLimit {
		t.Errorf("limits: %d pids, %v cpus, memory %s, with swap %s", s.PIDsLimit, s.CPUs, s.MemLimit, s.MemswapLimit)
	}
	if s.Logging.Driver != "json-file" || s.Logging.Options["max-size"] == "" || s.Logging.Options["max-file"] == "" {
		t.Errorf("its log has no bound: %+v", s.Logging)
	}
	for key, value := range s.Environment {
		limit, ok := strings.CutSuffix(value, "iB")
		if key != "GOMEMLIMIT" || !ok || mebibytes(limit) >= mebibytes(s.MemLimit) || mebibytes(limit)*4 < mebibytes(s.MemLimit)*3 {
			t.Errorf("environment %s=%s beside a limit of %s", key, value, s.MemLimit)
		}
	}
	for _, mount := range s.Volumes { // named volumes only: nothing of the machine's own
		if volume, _, _ := strings.Cut(mount, ":"); volume == "" || strings.ContainsAny(volume, "./~$") {
			t.Errorf("mounts %s", mount)
		}
	}
}

// mebibytes reads a size such as 256m; 0 if it is none.
func mebibytes(size string) int {
	n, _ := strconv.Atoi(strings.TrimRight(strings.ToLower(size), "m"))
	return n
}

// checkConfigure: the one that makes the secrets ends before anything else begins, and has no network to tell them on.
func (s *composeService) checkConfigure(t *testing.T) {
	t.Helper()
	if s.NetworkMode != "none" || len(s.Networks)+len(s.Ports) != 0 || s.Restart != "" || s.Build == nil ||
		s.Build.Dockerfile != "deploy/Dockerfile" {
		t.Errorf("%+v", s)
	}
	if !slices.Equal(s.Command[:5], []string{"configure", "-keep", "-containers", "-o", "/"}) {
		t.Errorf("command %v", s.Command)
	}
}

// checkPart is what the containers are held to that stay.
func (s *composeService) checkPart(t *testing.T, name string) {
	t.Helper()
	command := []string{commandOf(name), "-config", "/conf/" + name + "/" + name + ".json"}
	if name == natsService {
		command = []string{"-c", "/conf/nats/nats-server.conf"}
	}
	if !slices.Equal(s.Command, command) || (len(s.Entrypoint) > 0) != (name == natsService) || s.Build != nil {
		t.Errorf("runs %v %v", s.Entrypoint, s.Command)
	}
	if grace, err := time.ParseDuration(s.StopGracePeriod); err != nil || grace != stopMax || s.Restart != "unless-stopped" {
		t.Errorf("restart %s, grace %s", s.Restart, s.StopGracePeriod)
	}
	ask := []string{"CMD", "/renlin", "healthcheck", "-http", "http://127.0.0.1:8080"}
	if name == natsService {
		ask = []string{"CMD", "/renlin", "healthcheck", "-nats", "-http", "http://127.0.0.1:8222"}
	}
	if s.Healthcheck == nil || !slices.Equal(s.Healthcheck.Test, ask) || s.Healthcheck.Retries < 2 {
		t.Errorf("healthcheck: %+v", s.Healthcheck)
	}
	after := map[string]string{configureService: "service_completed_successfully"}
	networks := []string{"bus"}
	switch name {
	case natsService:
	case witnessDaemon:
		networks = []string{"witness"}
	case carrierName:
		networks = []string{"edge"}
	case bus.Notary:
		after[natsService], after[witnessDaemon] = "service_healthy", "service_healthy"
		networks = append(networks, "witness")
	case bus.Gateway:
		networks = append(networks, "edge")
		for _, other := range longRunning() {
			if other != name && other != witnessDaemon && other != carrierName {
				after[other] = "service_healthy"
			}
		}
	default:
		after[natsService] = "service_healthy"
	}
	got := map[string]string{}
	for other, d := range s.DependsOn {
		got[other] = d.Condition
	}
	if !maps.Equal(got, after) || !slices.Equal(s.Networks, networks) || s.NetworkMode != "" {
		t.Errorf("after %v, on %v; want %v, %v", got, s.Networks, after, networks)
	}
	var published []string
	if name == bus.Gateway {
		published = []string{"${RENLIN_HTTP:-127.0.0.1:8686}:8686", "${RENLIN_MQTT:-127.0.0.1:1883}:1883"}
	}
	if !slices.Equal(s.Ports, published) {
		t.Errorf("publishes %v", s.Ports)
	}
}

// TestComposeVolumes: each part has just the directories that its configuration names, its own configuration can be read and not written,
// and no part reads another's password. Configure writes where they read.
func TestComposeVolumes(t *testing.T) {
	t.Parallel()
	file := readCompose(t)
	dir := filepath.Join(t.TempDir(), "new")
	all := configured(t, dir, "-containers")
	all[natsService] = map[string]any{"data": filepath.Join(dir, "data", "nats")}
	writes := []string{"data-notary:/data/notary", "state-witness:/state/witness"}
	for _, name := range longRunning() {
		mounts := []string{"conf-" + name + ":/conf/" + name + ":ro"}
		for _, key := range []string{"data", "state"} {
			path, _ := all[name][key].(string)
			if path = strings.TrimPrefix(path, dir); path == "" || name == bus.Notary && key == "state" { // its home witness's, and it has none
				continue
			}
			mounts = append(mounts, strings.ReplaceAll(path[1:], "/", "-")+":"+path)
		}
		if got := file.Services[name].Volumes; !slices.Equal(got, mounts) {
			t.Errorf("%s has %v, want %v", name, got, mounts)
		}
		if name != natsService && all[name]["health"] != ":8080" {
			t.Errorf("%s answers for its health on %v", name, all[name]["health"])
		}
		writes = append(writes, "conf-"+name+":/conf/"+name)
	}
	if got := slices.Sorted(slices.Values(file.Services[configureService].Volumes)); !slices.Equal(got, slices.Sorted(slices.Values(writes))) {
		t.Errorf("configure has %v, want %v", got, writes)
	}
}

// TestDockerfile: the image is made from scratch of what the builder has made, for a user that is nobody; the builder is Go of the version
// that the modules name, unless somebody names another; and every part finds directories of its own.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(root, "deploy", "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	work, err := os.ReadFile(filepath.Join(root, "go.work"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(work), "\n")
	builder := "golang:" + strings.TrimPrefix(first, "go ")
	if !strings.Contains(string(raw), "\nARG BUILDER="+builder+"\n") {
		t.Errorf("the builder is not %s", builder)
	}
	if got := readCompose(t).Services[configureService].Build.Args["BUILDER"]; got != "${RENLIN_BUILDER:-"+builder+"}" {
		t.Errorf("docker-compose.yml builds with %s", got)
	}
	_, last, found := strings.Cut(string(raw), "\nFROM scratch\n")
	if !found || strings.Contains(last, "\nFROM ") || strings.Contains(last, "\nRUN ") || !strings.Contains(last, "\nUSER 65532:65532\n") {
		t.Errorf("the last stage: %s", last)
	}
	parts := "for part in " + strings.Join(slices.Concat([]string{natsService, witnessDaemon, carrierName}, bus.Parts()), " ") + "; do"
	if !strings.Contains(string(raw), parts) {
		t.Errorf("it does not make directories %s", parts)
	}
}
