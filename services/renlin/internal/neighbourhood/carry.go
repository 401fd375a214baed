package neighbourhood

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"renlin.dev/pkg/abroad"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
)

// errNotSaid says that a record does not hold yet what somebody wants to carry.
var errNotSaid = errors.New("the record says nothing of the kind yet")

// Policy gives by which keys a community's word is known elsewhere: its log's own and its first witness's, as the gateway tells them.
// Whoever registers them must have them from somebody whom they believe.
func (n *Neighbourhood) Policy(ctx context.Context) (string, error) {
	var keys struct {
		Log       string
		Witnesses []string
	}
	if err := n.First.Get(ctx, "/log/"+n.Community+"/keys", &keys); err != nil {
		return "", fmt.Errorf("read keys: %w", err)
	}
	if len(keys.Witnesses) == 0 {
		return "log " + keys.Log + "\nquorum none\n", nil
	}
	return "log " + keys.Log + "\nwitness w " + keys.Witnesses[0] + "\nquorum w\n", nil
}

// Carry waits until a record says what is sought and a checkpoint covers it, and gives the commit with its proof as another community takes
// them. It needs nothing but a session of somebody who may read the record.
func Carry(ctx context.Context, d *client.Device, known *abroad.Log, sought func(*chain.Commit) bool) (commit, proof []byte, err error) {
	err = Eventually(ctx, "what is carried", func() error {
		index, raw, err := seek(ctx, d, sought)
		if err != nil {
			return err
		}
		text, err := d.Raw(ctx, "/log/"+d.Community+"/proof/"+strconv.FormatUint(index, 10))
		if err != nil {
			return err
		}
		commit = raw
		proof, err = known.Trim(text)
		return err
	})
	return commit, proof, err
}

// seek reads the blocks from the first on and finds a commit.
func seek(ctx context.Context, d *client.Device, sought func(*chain.Commit) bool) (uint64, []byte, error) {
	for from := uint64(0); ; {
		page, err := d.Raw(ctx, "/v1/communities/"+d.Community+"/blocks?from="+strconv.FormatUint(from, 10))
		if err != nil {
			return 0, nil, err
		}
		if len(page) == 0 {
			return 0, nil, errNotSaid
		}
		for len(page) >= 4 {
			size := binary.BigEndian.Uint32(page)
			if uint64(size) > uint64(len(page)-4) {
				return 0, nil, errors.New("read blocks: the answer is cut short")
			}
			b, err := chain.DecodeBlock(page[4 : 4+size])
			if err != nil {
				return 0, nil, err
			}
			page, from = page[4+size:], b.Number+1
			for i, raw := range b.Commits {
				c, err := chain.DecodeCommit(raw)
				if err != nil {
					return 0, nil, err
				}
				if sought(c) {
					return b.First + uint64(i), raw, nil
				}
			}
		}
	}
}
