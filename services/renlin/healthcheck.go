package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const healthcheckManual = `
Asks a daemon's /readyz, or with -nats a nats-server's monitoring: 0 when it is ready, 1 when it is not. For containers, which have no
other client.
`

func healthcheckCommand() command {
	c := command{name: "healthcheck", args: "[-nats] [-http URL]", does: "0 when the daemon is ready"}
	c.run = func(ctx context.Context, s streams, args []string) error {
		f := c.flags(s, healthcheckManual)
		address := f.String("http", pilotURL, "address of the daemon's health, or of the pilot")
		server := f.Bool("nats", false, "ask a nats-server whether it serves, JetStream included")
		limit := f.Duration("timeout", 3*time.Second, "how long to wait")
		if err := f.Parse(args); err != nil {
			return err
		}
		if f.NArg() != 0 {
			return errors.New("takes no arguments")
		}
		question := "/readyz"
		if *server {
			question = "/healthz"
		}
		ctx, cancel := context.WithTimeout(ctx, *limit)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(*address, "/")+question, nil)
		if err != nil {
			return errors.New("-http: not an address")
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			fmt.Fprintf(s.out, "not ready: %v\n", err)
			return errNo
		}
		defer response.Body.Close()
		body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
		fmt.Fprintf(s.out, "%s\n", strings.TrimSpace(string(body)))
		if err != nil || response.StatusCode != http.StatusOK {
			return errNo
		}
		return nil
	}
	return c
}
