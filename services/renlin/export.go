package main

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/verify"
	"renlin.dev/services/audit"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

const exportManual = `
Writes a bundle: every block that the caller may read, the newest checkpoint that covers them, the keys of log and witnesses. It can be
verified anywhere, offline.

With -format hsds it writes the services of the community's organisations instead, with what each can serve now, in the Open Referral form
(docs/formats.md), for "renlin import hsds" and for other directories.
`

// pilotURL is where a pilot listens unless told otherwise.
const pilotURL = "http://127.0.0.1:8686"

type exportConfig struct {
	url, tokenFile, community string
	tries                     int // the client's own number if 0
}

func exportCommand() command {
	c := command{
		name: "export", args: "-o FILE [-format bundle|hsds] [-http URL] [-community ID] [-token FILE]", does: "a bundle that anybody can verify",
	}
	c.run = func(ctx context.Context, s streams, args []string) error {
		f := c.flags(s, exportManual)
		out := f.String("o", "", "file to write")
		format := f.String("format", "bundle", "bundle, or hsds for the services of its organisations")
		var cfg exportConfig
		f.StringVar(&cfg.url, "http", pilotURL, "gateway")
		f.StringVar(&cfg.community, "community", "", "community; may be left out when there is one")
		f.StringVar(&cfg.tokenFile, "token", "", "file with a token; the pilot's by default")
		if err := f.Parse(args); err != nil {
			return err
		}
		if *out == "" || f.NArg() != 0 {
			return errors.New("want -o FILE")
		}
		switch *format {
		case "bundle":
		case "hsds":
			raw, err := exportDirectory(ctx, cfg)
			if err != nil {
				return err
			}
			fmt.Fprintf(s.out, "%s: %d bytes\n", *out, len(raw))
			return writeWhole(*out, raw)
		default:
			return errors.New("want -format bundle or hsds")
		}
		size, err := exportTo(ctx, cfg, *out, progress(s.err, "export"))
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s: %d bytes\n", *out, size)
		return nil
	}
	return c
}

// exportTo exports into a file and tells its size.
func exportTo(ctx context.Context, cfg exportConfig, name string, progress func(done, all int)) (size int64, err error) {
	err = writeAside(name, func(f *os.File) error {
		if err := export(ctx, cfg, f, progress); err != nil {
			return err
		}
		size, err = f.Seek(0, io.SeekCurrent)
		return err
	})
	return size, err
}

// writeWhole writes a file whole or not at all.
func writeWhole(name string, content []byte) error {
	return writeAside(name, func(f *os.File) error {
		_, err := f.Write(content)
		return err
	})
}

// writeAside has a file written aside and renames it, so that nobody finds half of it.
func writeAside(name string, write func(f *os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".renlin-*")
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), name)
}

// scratch gives an empty file that has no name any more: it is gone when it is closed.
func scratch() (*os.File, error) {
	f, err := os.CreateTemp("", "renlin-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// operatorDevice signs in with a token file, and finds the community.
func operatorDevice(ctx context.Context, cfg exportConfig) (*client.Device, error) {
	d := &client.Device{Gateway: client.New(cfg.url), Community: cfg.community}
	d.Tries = cmp.Or(cfg.tries, d.Tries)
	file := cfg.tokenFile
	if file == "" {
		var err error
		if file, err = lastTokenFile(); err != nil {
			return nil, err
		}
	}
	token, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read token: %w", err)
	}
	d.Token = strings.TrimSpace(string(token))
	if d.Community == "" {
		var list struct{ Communities []string }
		if err := d.Get(ctx, "/v1/communities", &list); err != nil {
			return nil, err
		}
		if len(list.Communities) != 1 {
			return nil, fmt.Errorf("there are %d communities; name one with -community", len(list.Communities))
		}
		d.Community = list.Communities[0]
	}
	var info struct{ Genesis string }
	if err := d.Get(ctx, "/v1/communities/"+d.Community, &info); err != nil {
		return nil, err
	}
	d.Genesis, err = chain.ParseHash(info.Genesis)
	return d, err
}

// export reads blocks until they cover the newest checkpoint.
func export(ctx context.Context, cfg exportConfig, out io.Writer, progress func(done, all int)) error {
	d, err := operatorDevice(ctx, cfg)
	if err != nil {
		return err
	}
	var keys struct {
		Log       string
		Witnesses []string
	}
	if err := d.Get(ctx, "/log/"+d.Community+"/keys", &keys); err != nil {
		return fmt.Errorf("read keys: %w", err)
	}
	checkpoint, err := newestCheckpoint(ctx, d)
	if err != nil {
		return fmt.Errorf("read checkpoint: %w", err)
	}
	covered, err := merkle.Peek(checkpoint)
	if err != nil {
		return fmt.Errorf("read checkpoint: %w", err)
	}
	spool, err := scratch()
	if err != nil {
		return err
	}
	defer spool.Close()
	w := &verify.Writer{Spool: spool}
	if err := readBlocks(ctx, d, covered.Size, w, progress); err != nil {
		return err
	}
	return w.Flush(out, verify.Manifest{
		Community: d.Community, Genesis: d.Genesis.String(), LogKey: keys.Log, WitnessKeys: keys.Witnesses,
	}, checkpoint)
}

// firstCheckpointMax is how long a community that was just founded, or a notary that was just started, may take to show a checkpoint.
const firstCheckpointMax = 15 * time.Second

func newestCheckpoint(ctx context.Context, d *client.Device) (checkpoint []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, firstCheckpointMax)
	defer cancel()
	var final error
	err = neighbourhood.Eventually(ctx, "first checkpoint", func() error {
		checkpoint, err = d.Raw(ctx, "/log/"+d.Community+"/checkpoint")
		if f := fault.Of(err); f != nil && f.Code != audit.ErrNotYet.Code {
			final = err
			return nil
		}
		return err
	})
	return checkpoint, errors.Join(final, err)
}

// readBlocks takes whole blocks up to the one that completes the checkpoint. What was written after it is for the next export.
func readBlocks(ctx context.Context, d *client.Device, size uint64, w *verify.Writer, progress func(done, all int)) error {
	for number, commits := uint64(0), uint64(0); commits < size; {
		page, err := d.Raw(ctx, fmt.Sprintf("/v1/communities/%s/blocks?from=%d", d.Community, number))
		if err != nil {
			return fmt.Errorf("read blocks: %w", err)
		}
		if len(page) == 0 {
			return fmt.Errorf("the community shows %d commits, its checkpoint covers %d", commits, size)
		}
		for len(page) > 0 && commits < size {
			if len(page) < 4 || uint64(binary.BigEndian.Uint32(page)) > uint64(len(page)-4) {
				return errors.New("the answer's blocks are cut short")
			}
			n := binary.BigEndian.Uint32(page)
			block, err := chain.DecodeBlock(page[4 : 4+n])
			if err != nil {
				return err
			}
			w.Whole(page[4 : 4+n])
			page = page[4+n:]
			number++
			commits += uint64(block.Count)
		}
		if progress != nil {
			progress(int(commits), int(size))
		}
	}
	return nil
}
