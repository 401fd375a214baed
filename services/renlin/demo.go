package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/verify"
	"renlin.dev/services/renlin/internal/neighbourhood"
	"renlin.dev/services/renlin/internal/process"
)

const demoManual = `
Plays the whole closed loop through the HTTP interface, as a neighbourhood would: topics, threshold, a deliberation that the rule itself
convenes, statements, motion, poll, certificate, execution; then help between neighbours, from the need to a credit, a payment by two
persons, and proofs of inclusion; then exports the record and verifies it offline. Without -http it starts a pilot in a temporary directory.
With more -tries it outlasts restarts of whatever it needs.
`

func demoCommand() command {
	c := command{name: "demo", args: "[-http URL] [-o FILE]", does: "the whole closed loop, then an offline verification"}
	c.run = func(ctx context.Context, s streams, args []string) error {
		f := c.flags(s, demoManual)
		address := f.String("http", "", "gateway of a running pilot")
		token := f.String("token", "", "file with the operator's token")
		tries := f.Int("tries", 6, "how often a request is sent while nobody answers it; each pause is twice the one before")
		out := f.String("o", "", "keep the bundle")
		if err := f.Parse(args); err != nil {
			return err
		}
		if f.NArg() != 0 || *tries < 1 {
			return errors.New("takes no arguments, and at least one try")
		}
		ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
		defer cancel()
		say := func(format string, args ...any) { fmt.Fprintf(s.out, "· "+format+"\n", args...) }
		if *address != "" {
			return demo(ctx, s, demoConfig{url: *address, tokenFile: *token, out: *out, tries: *tries}, say)
		}
		return demoInPilot(ctx, s, demoConfig{out: *out, tries: *tries}, say)
	}
	return c
}

// demoConfig says where the demo is played, and where its bundle is kept.
type demoConfig struct {
	url, tokenFile, out string
	tries               int
}

// demoInPilot starts a pilot in a temporary directory, which it removes.
func demoInPilot(ctx context.Context, s streams, own demoConfig, say func(string, ...any)) error {
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
			own.url, own.tokenFile = address, filepath.Join(cfg.data, "token")
			played = demo(ctx, s, own, say)
		}()
	})
	if err == nil {
		<-done
	}
	return errors.Join(played, err)
}

func demo(ctx context.Context, s streams, cfg demoConfig, say func(string, ...any)) error {
	g, err := gatewayAt(cfg.url, cfg.tokenFile)
	if err != nil {
		return err
	}
	g.Tries = cfg.tries
	x, err := neighbourhood.FoundExample(ctx, g, say)
	if err != nil {
		return err
	}
	l, err := x.PlayLoop(ctx, say)
	if err != nil {
		return err
	}
	if err := x.PlayNeighbours(ctx, say); err != nil {
		return err
	}
	if err := proveInclusion(ctx, x, l, say); err != nil {
		return err
	}
	var buf bytes.Buffer
	from := exportConfig{url: cfg.url, tokenFile: cfg.tokenFile, community: x.Community, tries: cfg.tries}
	if err := export(ctx, from, &buf, nil); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if cfg.out != "" {
		if err := writeWhole(cfg.out, buf.Bytes()); err != nil {
			return err
		}
	}
	say("exported %d bytes; now verifying offline, without the community", buf.Len())
	b, err := verify.Read(bytes.NewReader(buf.Bytes()))
	if err != nil {
		return err
	}
	report := verify.Run(ctx, b, verify.Options{Judge: verify.NewJudge(process.Models()...)})
	whole := verified{Report: report}
	if err := whole.look(buf.Bytes()); err != nil {
		return err
	}
	whole.print(s.out, "", shownAs{})
	if !report.OK {
		return errNo
	}
	return nil
}

// proveInclusion holds receipts that were kept against the log of now: the report that ended the loop, and every voter's ballot. Each is
// proved to be in the tree that log and witnesses signed, with keys that were read once.
func proveInclusion(ctx context.Context, x *neighbourhood.Example, l *neighbourhood.Loop, say func(string, ...any)) error {
	var keys struct {
		Log       string
		Witnesses []string
	}
	if err := x.First.Get(ctx, "/log/"+x.Community+"/keys", &keys); err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	policy, err := (&verify.Manifest{LogKey: keys.Log, WitnessKeys: keys.Witnesses}).Policy()
	if err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	for i, kept := range append([]*op.Answer{l.Report}, l.Ballots...) {
		receipt, err := chain.DecodeReceipt(kept.Receipt)
		if err != nil {
			return fmt.Errorf("read receipt: %w", err)
		}
		proof, err := awaitProof(ctx, x.First.Device, receipt.Index)
		if err != nil {
			return err
		}
		c, err := verify.ReceiptInLog(receipt, x.EpochKey, proof, policy)
		if err != nil {
			return fmt.Errorf("commit %d: %w", receipt.Index, err)
		}
		if i == 0 {
			say("proof of inclusion of commit %d: it is under the root over %d commits that log and witness signed", receipt.Index, c.Size)
		}
	}
	say("%d voters checked the receipts of their ballots against that later checkpoint: each ballot stands where it was put", len(l.Ballots))
	return nil
}

// awaitProof waits for a checkpoint that covers a commit, and gives the proof under it.
func awaitProof(ctx context.Context, d *client.Device, index uint64) (proof []byte, err error) {
	err = neighbourhood.Eventually(ctx, "checkpoint", func() (err error) {
		proof, err = d.Raw(ctx, fmt.Sprintf("/log/%s/proof/%d", d.Community, index))
		return err
	})
	return proof, err
}
