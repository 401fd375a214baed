package bus

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"golang.org/x/crypto/bcrypt"
)

// TestServerConfigSaysTheSame: a server that runs apart reads the very permissions of the embedded one, syncs always, and listens where
// it was told to.
func TestServerConfigSaysTheSame(t *testing.T) {
	passwords := map[string]string{}
	for _, user := range Parts() {
		passwords[user] = "secret-" + user
	}
	dir := t.TempDir()
	raw, err := ServerConfig("127.0.0.1:4567", "127.0.0.1:4568", filepath.Join(dir, "store"), passwords)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "nats.conf")
	if strings.Contains(string(raw), "secret-") {
		t.Error("the file shows a password")
	}
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	opts, err := server.ProcessConfigFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if opts.Host != "127.0.0.1" || opts.Port != 4567 || opts.HTTPPort != 4568 || !opts.SyncAlways || !opts.JetStream ||
		opts.MaxPayload != payloadBytesMax {
		t.Errorf("options: %s:%d, monitoring %d, sync always %v, payload %d",
			opts.Host, opts.Port, opts.HTTPPort, opts.SyncAlways, opts.MaxPayload)
	}
	if len(opts.Users) != len(Parts()) {
		t.Fatalf("%d users", len(opts.Users))
	}
	for _, u := range opts.Users {
		if err := bcrypt.CompareHashAndPassword([]byte(u.Password), []byte("secret-"+u.Username)); err != nil {
			t.Errorf("%s has another's password: %v", u.Username, err)
		}
		if diff := cmp.Diff(Permissions(u.Username), u.Permissions); diff != "" {
			t.Errorf("%s: %s", u.Username, diff)
		}
	}
	delete(passwords, Audit)
	if _, err := ServerConfig("127.0.0.1:1", "127.0.0.1:2", dir, passwords); err == nil {
		t.Error("a user without a password")
	}
}

// TestStrangersMayNothing: a name that no table knows gets a user that can do nothing.
func TestStrangersMayNothing(t *testing.T) {
	p := Permissions("stranger")
	if len(p.Publish.Allow)+len(p.Subscribe.Allow) != 0 || p.Publish.Deny[0] != ">" || p.Subscribe.Deny[0] != ">" || p.Response != nil {
		t.Errorf("%+v", p)
	}
}
