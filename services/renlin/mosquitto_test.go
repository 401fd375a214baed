package main

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestMosquitto: a client that is not ours, as the guide calls it, is let in, is acknowledged and told that its alarm is on the record;
// with another password, another client id or quality 2 it gets nowhere. RENLIN_CI=1 requires the client.
func TestMosquitto(t *testing.T) {
	for _, tool := range []string{"mosquitto_pub", "mosquitto_sub"} {
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("RENLIN_CI") == "" {
			t.Skipf("NO MQTT CLIENT OF ANOTHER HAND WAS TRIED: there is no %s on this machine", tool)
		} else if err != nil {
			t.Fatal(err)
		}
	}
	cfg := testPilot(t)
	cfg.mqtt.Listen = "127.0.0.1:0"
	listening := make(chan string, 1)
	cfg.listening = func(mqtt string) { listening <- mqtt }
	address, _ := watchPilot(t, t.Context(), cfg, t.Output())
	h := newHome(t, address, cfg)
	p := h.enrolled()
	host, port, err := net.SplitHostPort(<-listening)
	if err != nil {
		t.Fatal(err)
	}
	name := h.Community + "/" + p.Sensor
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	as := func(id, password string, args ...string) []string {
		return append([]string{"-h", host, "-p", port, "-i", id, "-u", name, "-P", password}, args...)
	}
	// -d has it say when it listens: what is told before that nobody hears.
	hears := exec.CommandContext(ctx, "stdbuf", append([]string{"-oL", "mosquitto_sub"},
		as(p.Sensor+"-1", p.Password, "-d", "-t", "answers/"+name, "-C", "1", "-W", "100")...)...)
	out, err := hears.StdoutPipe()
	if err == nil {
		err = hears.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	heard := bufio.NewScanner(out)
	next := func(with string) string {
		for heard.Scan() {
			if strings.Contains(heard.Text(), with) {
				return heard.Text()
			}
		}
		t.Fatalf("mosquitto_sub ended without %s: %v", with, heard.Err())
		return ""
	}
	next("received SUBACK")
	alarm := []string{"-t", "signals/" + name, "-m", `{"kind":"fall","level":"alarm"}`}
	publish := func(id, password string, args ...string) error {
		return exec.CommandContext(ctx, "mosquitto_pub", as(id, password, args...)...).Run()
	}
	if err := publish(p.Sensor, p.Password, append([]string{"-q", "1"}, alarm...)...); err != nil {
		t.Fatalf("mosquitto_pub: %v", err)
	}
	if code := h.reads(next(`"recorded":`)); code != "" {
		t.Errorf("refused: %s", code)
	}
	if err := hears.Wait(); err != nil {
		t.Errorf("mosquitto_sub: %v", err)
	}
	alerts, err := h.worker.Records(t.Context(), "alert", "", h.position)
	if err != nil || len(alerts.Records) != 1 {
		t.Errorf("alerts %+v, %v", alerts, err)
	}
	for what, err := range map[string]error{ // any order: each is refused
		"another password":  publish(p.Sensor, strings.Repeat("0", 64), append([]string{"-q", "1"}, alarm...)...),
		"another client id": publish("mosquitto", p.Password, append([]string{"-q", "1"}, alarm...)...),
		"quality 2":         publish(p.Sensor, p.Password, append([]string{"-q", "2"}, alarm...)...),
	} {
		if err == nil {
			t.Errorf("%s was taken", what)
		}
	}
}
