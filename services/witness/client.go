package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"renlin.dev/pkg/merkle"
)

const (
	// attemptsMax bounds how often a client follows a witness that is at yet another size.
	attemptsMax = 4
	// clockApartMax is how far the time in a fresh cosignature may be from the client's.
	clockApartMax = 5 * time.Minute
)

var (
	// ErrAnswer says that a witness answered outside the protocol: not what was asked, too much, or a redirect.
	ErrAnswer = errors.New("witness: answer outside the protocol")
	// ErrClock says that a witness cosigned with a time far from ours, so that no reader would count it.
	ErrClock = errors.New("witness: its clock is far from ours")
)

// ClientConfig is all that a client needs.
type ClientConfig struct {
	// URL is the witness's submission prefix, and its monitoring prefix too unless MonitorURL is set.
	URL, MonitorURL string
	// Local takes the place of URL for a witness in this process.
	Local *Witness
	// VerifierKey is the witness's vkey.
	VerifierKey string
	// Log is the vkey of the log whose checkpoints are submitted.
	Log string
	// Seen is a published checkpoint that may carry this witness's cosignature, or nil; see Remember.
	Seen []byte
	// HTTP is the client to use; nil means one with a timeout. Redirects are never followed.
	HTTP *http.Client
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Client asks one witness about one log. It is safe for concurrent use.
type Client struct {
	link     link
	verifier note.Verifier
	vkey     string
	log      note.Verifier
	now      func() time.Time

	mu   sync.Mutex // guards seen
	seen seen
}

// seen is the largest checkpoint known to carry the witness's cosignature.
type seen struct {
	note       []byte
	checkpoint merkle.Checkpoint
}

// NewClient returns a client for one witness and one log.
func NewClient(config ClientConfig) (*Client, error) {
	v, err := merkle.NewCosignatureVerifier(config.VerifierKey)
	if err != nil {
		return nil, fmt.Errorf("open witness client: %w", err)
	}
	l, err := merkle.NewVerifier(config.Log)
	if err != nil {
		return nil, fmt.Errorf("open witness client: %w", err)
	}
	c := &Client{verifier: v, vkey: config.VerifierKey, log: l, now: config.Now}
	if c.now == nil {
		c.now = time.Now
	}
	if config.Local != nil {
		c.link = local{config.Local}
	} else {
		c.link, err = newRemote(config)
		if err != nil {
			return nil, fmt.Errorf("open witness client: %w", err)
		}
	}
	c.Remember(config.Seen)
	return c, nil
}

// Verifier returns what verifies the witness's cosignatures.
func (c *Client) Verifier() note.Verifier { return c.verifier }

// VerifierKey returns the witness's vkey.
func (c *Client) VerifierKey() string { return c.vkey }

// Remember tells the client of a signed checkpoint, such as the last one published. If it is the log's and carries this
// witness's cosignature, the witness can never again honestly be at a smaller size, and the client will notice.
func (c *Client) Remember(signed []byte) {
	checkpoint, n, err := merkle.Open(signed, c.log, c.verifier)
	if err != nil {
		return
	}
	for _, sig := range n.Sigs {
		if sig.Name == c.verifier.Name() && sig.Hash == c.verifier.KeyHash() {
			c.remember(seen{note: bytes.Clone(signed), checkpoint: checkpoint})
		}
	}
}

func (c *Client) remember(s seen) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen.note == nil || s.checkpoint.Size >= c.seen.checkpoint.Size {
		c.seen = s
	}
}

// ConsistencyFunc makes the proof that the log's tree of size to extends that of size from, 0 < from < to.
type ConsistencyFunc = func(ctx context.Context, from, to uint64) ([]merkle.Hash, error)

// Cosign submits a signed checkpoint and returns the witness's verified signature lines, and nobody else's. When the
// witness is at another size, the proof is made anew from there. A *ConflictError or *RollbackError holds evidence that
// somebody must see; every other error is worth another try.
func (c *Client) Cosign(ctx context.Context, signed []byte, consistency ConsistencyFunc) ([]byte, error) {
	ours, _, err := merkle.Open(signed, c.log)
	if err != nil {
		return nil, fmt.Errorf("submit checkpoint: %w", err)
	}
	c.mu.Lock()
	known := c.seen
	c.mu.Unlock()
	if known.note != nil && known.checkpoint.Size >= ours.Size {
		kind := conflictOf(ours, known.checkpoint)
		if kind != "" {
			return nil, &ConflictError{Kind: kind, Ours: signed, Theirs: known.note, Size: known.checkpoint.Size}
		}
	}
	old := known.checkpoint.Size
	for range attemptsMax {
		req := Request{Old: old, Checkpoint: signed}
		if 0 < old && old < ours.Size {
			req.Proof, err = consistency(ctx, old, ours.Size)
			if err != nil {
				return nil, fmt.Errorf("make proof for witness: %w", err)
			}
		}
		answer, status, err := c.link.add(ctx, req.Body())
		if err != nil {
			return nil, fmt.Errorf("submit checkpoint: %w", err)
		}
		switch status {
		case http.StatusOK:
			return c.accept(signed, ours, answer)
		case http.StatusConflict:
			old, err = c.follow(ctx, signed, ours, known, old, answer)
			if err != nil {
				return nil, err
			}
		case http.StatusUnprocessableEntity:
			return nil, c.accuse(ctx, signed, ours, consistency)
		default:
			return nil, &StatusError{Status: status}
		}
	}
	return nil, fmt.Errorf("%w: it is at another size at every attempt", ErrAnswer)
}

// accept verifies a cosignature before anybody relies on it.
func (c *Client) accept(signed []byte, ours merkle.Checkpoint, answer []byte) ([]byte, error) {
	joined, sigs, err := merkle.Join(signed, answer, c.verifier)
	if err != nil {
		return nil, fmt.Errorf("%w: no good cosignature: %w", ErrAnswer, err)
	}
	at, err := merkle.CosignatureTime(sigs[0])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	if apart := c.now().Sub(at); apart > clockApartMax || apart < -clockApartMax {
		return nil, fmt.Errorf("%w: by %v", ErrClock, apart.Round(time.Second))
	}
	c.remember(seen{note: joined, checkpoint: ours})
	return []byte("— " + sigs[0].Name + " " + sigs[0].Base64 + "\n"), nil
}

// follow reads the size that a witness says it has, and returns it if a proof can be made from there.
func (c *Client) follow(
	ctx context.Context, signed []byte, ours merkle.Checkpoint, known seen, old uint64, answer []byte,
) (uint64, error) {
	size, err := parseSize(answer)
	switch {
	case err != nil:
		return 0, err
	case size == old:
		return 0, fmt.Errorf("%w: a conflict about the size that it has", ErrAnswer)
	case size < known.checkpoint.Size:
		return 0, &RollbackError{Cosigned: known.note, Size: size}
	case size > ours.Size:
		theirs, _ := c.fetch(ctx, ours.Origin)
		if theirs.note != nil && theirs.checkpoint.Size > ours.Size {
			return 0, &ConflictError{Kind: Shorter, Ours: signed, Theirs: theirs.note, Size: size}
		}
		return 0, &ConflictError{Kind: Shorter, Ours: signed, Size: size}
	}
	return size, nil
}

func parseSize(answer []byte) (uint64, error) {
	text, ok := bytes.CutSuffix(answer, []byte("\n"))
	size, err := strconv.ParseUint(string(text), 10, 64)
	if !ok || err != nil || strconv.FormatUint(size, 10) != string(text) {
		return 0, fmt.Errorf("%w: a conflict without a size", ErrAnswer)
	}
	return size, nil
}

// fetch gets the witness's checkpoint of the log, if the log itself signed it.
func (c *Client) fetch(ctx context.Context, origin string) (seen, error) {
	signed, err := c.link.checkpoint(ctx, originHash(origin))
	if err != nil {
		return seen{}, err
	}
	checkpoint, _, err := merkle.Open(signed, c.log)
	if err != nil {
		return seen{}, err
	}
	return seen{note: signed, checkpoint: checkpoint}, nil
}
