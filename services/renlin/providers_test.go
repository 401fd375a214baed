package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestProvidersConfig: a platform that could not be asked, or would be asked in clear, is refused before anything starts, of a daemon and
// of a pilot alike, and no value is shown: it may be a secret.
func TestProvidersConfig(t *testing.T) {
	dir := t.TempDir()
	write := func(content string) string {
		file := filepath.Join(dir, "config.json")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for _, file := range []string{"s", "p"} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(miniSecret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	good := `{"name":"wechat","base":"https://api.example.org","app_id":"wx1","secret_file":"` + filepath.Join(dir, "s") + `","timeout":"3s"}`
	for name, c := range map[string]struct {
		providers, want string
	}{
		"none": {``, ""}, "one": {good, ""}, "two": {good + "," + strings.Replace(good, "wechat", "alipay", 1), ""},
		"one twice":             {good + "," + good, "number 2: name"},
		"no secret":             {strings.Replace(good, `/s"`, `/nonesuch"`, 1), "number 1: read secret"},
		"in clear":              {strings.Replace(good, "https", "http", 1), "number 1: base"},
		"unknown key":           {strings.Replace(good, `"name"`, `"secret":"`+miniSecret+`","name"`, 1), "unknown"},
		"nameless":              {strings.Replace(good, "wechat", "", 1), "number 1: name"},
		"secret in the address": {strings.Replace(good, "api.example", miniSecret+":x@api.example", 1), "number 1: base"},
	} {
		t.Run(name, func(t *testing.T) {
			file := write(`{"password_file":"` + filepath.Join(dir, "p") + `","data":"` + dir + `/d","providers":[` + c.providers + `]}`)
			code, out, stderr := renlin(t, "gateway", "-config", file, "-check-config")
			if (code == exitDone) != (c.want == "") || !strings.Contains(stderr, c.want) || strings.Contains(out+stderr, miniSecret) {
				t.Errorf("daemon: exit %d, %s%s", code, out, stderr)
			}
			file = write(`{"providers":[` + c.providers + `]}`)
			if _, err := readProviders(file); (err == nil) != (c.want == "") {
				t.Errorf("pilot: %v", err)
			}
			if c.want == "" {
				return
			}
			code, out, stderr = renlin(t, "pilot", "-data", filepath.Join(dir, "data"), "-providers", file)
			if code != exitUsage || !strings.Contains(stderr, c.want) || strings.Contains(out+stderr, miniSecret) {
				t.Errorf("pilot: exit %d, %s%s", code, out, stderr)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); !os.IsNotExist(err) {
		t.Errorf("a pilot that was refused has made its directory: %v", err)
	}
}
