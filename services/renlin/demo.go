package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/verify"
	"renlin.dev/services/renlin/internal/neighbourhood"
	"renlin.dev/services/renlin/internal/process"
)

const demoManual = `
Plays the whole closed loop through the HTTP interface, as a neighbourhood would: topics, threshold, a deliberation that the rule itself
convenes, statements, motion, poll, certificate, execution, proof of inclusion; then exports the record and verifies it offline. Without
-http it starts a pilot in a temporary directory.
`

func demoCommand() command {
	c := command{name: "demo", args: "[-http URL] [-o FILE]", does: "the whole closed loop, then an offline verification"}
	c.run = func(ctx context.Context, s streams, args []string) error {
		f := c.flags(s, demoManual)
		address := f.String("http", "", "gateway of a running pilot")
		token := f.String("token", "", "file with the operator's token")
		out := f.String("o", "", "keep the bundle")
		if err := f.Parse(args); err != nil {
			return err
		}
		if f.NArg() != 0 {
			return errors.New("takes no arguments")
		}
		ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
		defer cancel()
		say := func(format string, args ...any) { fmt.Fprintf(s.out, "· "+format+"\n", args...) }
		if *address != "" {
			return demo(ctx, s, *address, *token, *out, say)
		}
		return demoInPilot(ctx, s, *out, say)
	}
	return c
}

// demoInPilot starts a pilot in a temporary directory, which it removes.
func demoInPilot(ctx context.Context, s streams, out string, say func(string, ...any)) error {
	dir, err := os.MkdirTemp("", "renlin-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cfg := pilotConfig{
		data: filepath.Join(dir, "data"), state: filepath.Join(dir, "state"), addr: "127.0.0.1:0", empty: true, interval: 200 * time.Millisecond,
		logLevel: "error",
	}
	played := errors.New("the pilot ended before the demo began")
	done := make(chan struct{})
	err = runPilot(ctx, s, cfg, func(string, ...any) {}, func(address string) {
		go func() {
			defer close(done)
			defer cancel()
			played = demo(ctx, s, address, filepath.Join(cfg.data, "token"), out, say)
		}()
	})
	if err == nil {
		<-done
	}
	return errors.Join(played, err)
}

func demo(ctx context.Context, s streams, address, tokenFile, out string, say func(string, ...any)) error {
	g, err := gatewayAt(address, tokenFile)
	if err != nil {
		return err
	}
	x, err := neighbourhood.FoundExample(ctx, g, say)
	if err != nil {
		return err
	}
	l, err := x.PlayLoop(ctx, say)
	if err != nil {
		return err
	}
	if err := proveInclusion(ctx, x, l, say); err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := export(ctx, exportConfig{url: address, tokenFile: tokenFile, community: x.Community}, &buf, nil); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if out != "" {
		if err := writeWhole(out, buf.Bytes()); err != nil {
			return err
		}
	}
	say("exported %d bytes; now verifying offline, without the community", buf.Len())
	b, err := verify.Read(bytes.NewReader(buf.Bytes()))
	if err != nil {
		return err
	}
	report := verify.Run(ctx, b, verify.Options{Judge: verify.NewJudge(process.Models()...)})
	printReport(s.out, report)
	if !report.OK {
		return errNo
	}
	return nil
}

// proveInclusion waits for a checkpoint that covers the loop's last commit, and checks the proof with the log's published keys.
func proveInclusion(ctx context.Context, x *neighbourhood.Example, l *neighbourhood.Loop, say func(string, ...any)) error {
	var proof []byte
	err := neighbourhood.Eventually(ctx, "checkpoint", func() (err error) {
		proof, err = x.First.Raw(ctx, fmt.Sprintf("/log/%s/proof/%d", x.Community, l.Last))
		return err
	})
	if err != nil {
		return err
	}
	p, err := merkle.ParseProof(proof)
	if err != nil {
		return fmt.Errorf("read proof of inclusion: %w", err)
	}
	say("proof of inclusion of commit %d: %d hashes to a root that log and witness signed", p.Index, len(p.Path))
	return nil
}
