// Package client speaks to a Renlin gateway as a device does: it keeps the device's key, signs commands, and reads records.
//
// In plain words: every command is signed on this side over its exact bytes, so nobody on the way can change what was asked; it
// carries an idempotency key, so sending it again after a lost answer is safe and this package does so by itself, as it does with
// what is only read. A gateway forgets sessions when it is restarted: then the device signs in again. The private key never leaves
// the process.
package client

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/seal"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
)

// Gateway is one gateway's address. It is safe for concurrent use.
type Gateway struct {
	URL  string
	HTTP *http.Client
	// Now is the device's clock.
	Now func() time.Time
	// Tries bounds how often one command is sent when its outcome is unknown, and how often one question is asked.
	Tries int
	// Pause is the first wait between two tries; each further one is twice as long. 0 means 50 ms.
	Pause time.Duration
	// OperatorToken is what the operator founds communities with; not needed on the machine of a pilot itself.
	OperatorToken string

	after func(time.Duration) <-chan time.Time // time.After if nil; tests do not wait

	mu sync.Mutex // guards the Token of every device that is used with this gateway
}

// New makes a client of a gateway. It follows no redirect: a gateway sends none, and what a device signs or is trusted with goes to the
// address that its owner gave and to no other.
func New(address string) *Gateway {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 256
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Gateway{
		URL: strings.TrimSuffix(address, "/"), HTTP: &http.Client{Transport: transport, Timeout: time.Minute, CheckRedirect: stay},
		Now: time.Now, Tries: 6,
	}
}

// notAfter is how long a command may be on its way.
const notAfter = 9 * time.Minute

// responseBytesMax bounds what is read of one answer; a longer one is an error.
const responseBytesMax = 64 << 20

var (
	errLong  = errors.New("answer is too long")
	errEmpty = errors.New("answer lacks what was asked for")
)

// Device is a member's device in one community. It is safe for concurrent use once its fields are set.
type Device struct {
	*Gateway
	Community string
	Genesis   chain.Hash
	Member    string
	Key       ed25519.PrivateKey // nil for a member whose key the gateway hosts
	Token     string             // of the session; empty before sign-in
}

// NewID makes an opaque id of 26 characters.
func NewID() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails
	return chain.ShortID(raw[:])
}

// IdempotencyKey makes a fresh idempotency key.
func IdempotencyKey() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails
	return hex.EncodeToString(raw[:])
}

// Do signs a command and sends it until its outcome is known. Cosigners sign the same bytes after the device. The path is below
// the community's.
func (d *Device) Do(ctx context.Context, operation, path string, body proto.Message, cosigners ...ed25519.PrivateKey) (*op.Answer, error) {
	encoded, err := protojson.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", operation, err)
	}
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: IdempotencyKey(),
		NotAfter: d.Now().Add(notAfter).UnixMilli(), Body: encoded,
	}
	if d.Key != nil {
		for _, key := range append([]ed25519.PrivateKey{d.Key}, cosigners...) {
			if err := s.Sign(d.Genesis, chain.AuthorDevice, key); err != nil {
				return nil, fmt.Errorf("sign %s: %w", operation, err)
			}
		}
	}
	return d.Send(ctx, s, "/v1/communities/"+d.Community+"/"+path)
}

// Send posts a command that is signed already, again and again while its outcome is unknown; the idempotency key makes that safe.
func (d *Device) Send(ctx context.Context, s *chain.Signed, path string) (*op.Answer, error) {
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	header.Set(op.HeaderIdempotencyKey, s.IdempotencyKey)
	header.Set(op.HeaderNotAfter, strconv.FormatInt(s.NotAfter, 10))
	for _, sig := range s.Signatures {
		header.Add(op.HeaderSignature, op.FormatSignature(sig))
	}
	out := &op.Answer{}
	if err := d.Post(ctx, path, header, s.Body, out); err != nil {
		return nil, err
	}
	return out, nil
}

// insist calls again and again, with growing pauses, while the answer may be another one the next time. What is called must be safe to
// do twice. A gateway that was asked too much and says when to come back is not asked before.
func (d *Device) insist(ctx context.Context, method, path string, header http.Header, body []byte, into any) error {
	return d.insistOn(ctx, func() error { return d.call(ctx, method, path, header, body, into) })
}

func (d *Device) insistOn(ctx context.Context, call func() error) error {
	pause := d.Pause
	if pause == 0 {
		pause = 50 * time.Millisecond
	}
	for try := 1; ; try++ {
		err := call()
		if err == nil || !again(err) || try >= d.Tries {
			return err
		}
		wait := pause
		var told *toldToWait
		if errors.As(err, &told) {
			if told.wait > retryAfterMax {
				return err
			}
			wait = max(wait, told.wait)
		}
		if d.wait(ctx, wait) != nil {
			return errors.Join(err, ctx.Err())
		}
		pause *= 2
	}
}

// wait waits, if ctx lasts so long.
func (g *Gateway) wait(ctx context.Context, pause time.Duration) error {
	after := g.after
	if after == nil {
		after = time.After
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-after(pause):
		return nil
	}
}

// retryAfterMax is how long the device waits when it is told to; whoever must wait longer is told instead.
const retryAfterMax = 2 * time.Minute

// toldToWait is a refusal for asking too much, which says when to come back. A service that is away says so as well, but only guesses: it
// is asked again in the device's own time.
type toldToWait struct {
	error
	wait time.Duration
}

func (e *toldToWait) Unwrap() error { return e.error }

// refusal reads an answer that is none.
func refusal(response *http.Response, raw []byte) error {
	f := fault.FromProblem(response.StatusCode, raw)
	seconds, err := strconv.ParseUint(response.Header.Get("Retry-After"), 10, 31)
	if err != nil || f.Kind != fault.TooMany {
		return f
	}
	return &toldToWait{f, time.Duration(seconds) * time.Second}
}

// again tells whether the same request may be sent once more: no answer, or one that says so.
func again(err error) bool {
	var f *fault.Fault
	if !errors.As(err, &f) {
		return !errors.Is(err, context.Canceled) && !errors.Is(err, errLong)
	}
	return f.Kind.Temporary()
}

// SignIn opens a session by the device's key, or without one by the development provider. A signature opens one session and no second,
// so each try has its own.
func (d *Device) SignIn(ctx context.Context) error {
	return d.insistOn(ctx, func() error { return d.signIn(ctx) })
}

// signIn tries once.
func (d *Device) signIn(ctx context.Context) error {
	body, err := json.Marshal(map[string]string{"member": d.Member})
	if err != nil {
		return err
	}
	header := http.Header{}
	if d.Key != nil {
		s := &chain.Signed{
			Suite: chain.SuiteIntl, Operation: "gateway.sign_in", Contract: 1, IdempotencyKey: IdempotencyKey(),
			NotAfter: d.Now().Add(5 * time.Minute).UnixMilli(), Body: body,
		}
		if err := s.Sign(d.Genesis, chain.AuthorDevice, d.Key); err != nil {
			return err
		}
		header.Set(op.HeaderIdempotencyKey, s.IdempotencyKey)
		header.Set(op.HeaderNotAfter, strconv.FormatInt(s.NotAfter, 10))
		header.Set(op.HeaderSignature, op.FormatSignature(s.Signatures[0]))
	}
	var out struct{ Token string }
	if err := d.once(ctx, http.MethodPost, "/v1/communities/"+d.Community+"/sessions", header, body, &out); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	if out.Token == "" {
		return fmt.Errorf("sign in: %w", errEmpty)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Token = out.Token
	return nil
}

// Sealed is what the vault answers for a text: what a command names, and the salt that opens the commitment.
type Sealed struct {
	Ref        string `json:"ref"`
	Length     uint32 `json:"length_bytes"`
	Commitment []byte `json:"commitment"`
	Salt       []byte `json:"salt"`
}

// PutText seals a text in the vault under a person's key.
func (d *Device) PutText(ctx context.Context, subject, text string) (*Sealed, error) {
	out := &Sealed{}
	path := "/v1/communities/" + d.Community + "/texts?subject=" + url.QueryEscape(subject)
	return out, d.Post(ctx, path, http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, []byte(text), out)
}

// PutPicture is PutText for a picture of a media type. Its commitment is of what was sealed: without what it told beside itself.
func (d *Device) PutPicture(ctx context.Context, subject, media string, data []byte) (*Sealed, error) {
	out := &Sealed{}
	path := "/v1/communities/" + d.Community + "/texts?subject=" + url.QueryEscape(subject)
	return out, d.Post(ctx, path, http.Header{"Content-Type": {media}}, data, out)
}

// ReadText asks for a sealed text and opens the answer with a key that is made for this one read and forgotten after it. The salt is for
// checking the text against its commitment on the record: seal.Check.
func (d *Device) ReadText(ctx context.Context, read *vaultv1.ReadText) (text, salt []byte, err error) {
	public, private, err := seal.NewReaderKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	read = proto.CloneOf(read)
	read.ReaderKey = public
	answer, err := d.Do(ctx, "vault.read", "readings", read)
	if err != nil {
		return nil, nil, err
	}
	var out struct{ Box []byte }
	if err := json.Unmarshal(answer.Extra, &out); err != nil {
		return nil, nil, fmt.Errorf("read answer: %w", err)
	}
	if salt, text, err = seal.OpenAnswer(private, out.Box); err != nil {
		return nil, nil, fmt.Errorf("open answer: %w", err)
	}
	return text, salt, nil
}

// Records reads one aggregate or a page of a collection, as of at least a position.
func (d *Device) Records(ctx context.Context, path, after string, position uint64) (*op.Page, error) {
	out := &op.Page{}
	address := fmt.Sprintf("/v1/communities/%s/records/%s?min_index=%d&limit=1000&after=%s",
		d.Community, path, position, url.QueryEscape(after))
	return out, d.insist(ctx, http.MethodGet, address, nil, nil, out)
}

// Record reads one aggregate's state into a value and tells its version.
func (d *Device) Record(ctx context.Context, path string, position uint64, into any) (version uint64, err error) {
	page, err := d.Records(ctx, path, "", position)
	if err != nil {
		return 0, err
	}
	if len(page.Records) != 1 || page.Records[0].Path != path {
		return 0, fmt.Errorf("read record: %w", errEmpty)
	}
	return page.Records[0].Version, json.Unmarshal(page.Records[0].State, into)
}

// Get reads any address of the gateway as JSON.
func (d *Device) Get(ctx context.Context, path string, into any) error {
	return d.insist(ctx, http.MethodGet, path, nil, nil, into)
}

// Raw reads any address of the gateway as bytes.
func (d *Device) Raw(ctx context.Context, path string) ([]byte, error) {
	var out []byte
	err := d.insist(ctx, http.MethodGet, path, nil, nil, &out)
	return out, err
}

// Post sends a write, under an idempotency key of its own unless header has one, again and again while its outcome is unknown: the
// key makes that safe.
func (d *Device) Post(ctx context.Context, path string, header http.Header, body []byte, into any) error {
	if header = header.Clone(); header == nil {
		header = http.Header{}
	}
	if header.Get(op.HeaderIdempotencyKey) == "" {
		header.Set(op.HeaderIdempotencyKey, IdempotencyKey())
	}
	return d.insist(ctx, http.MethodPost, path, header, body, into)
}

// call calls once, or twice when the gateway has forgotten the device's session.
func (d *Device) call(ctx context.Context, method, path string, header http.Header, body []byte, into any) error {
	err := d.once(ctx, method, path, header, body, into)
	var f *fault.Fault
	if d.Member == "" || !errors.As(err, &f) || f.Code != sessionExpired {
		return err
	}
	if err := d.signIn(ctx); err != nil {
		return err
	}
	return d.once(ctx, method, path, header, body, into)
}

// sessionExpired is the code of the gateway's fault for a session that it does not know any more.
const sessionExpired = "session.expired"

func (d *Device) once(ctx context.Context, method, path string, header http.Header, body []byte, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, d.URL+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("build request: %w", err)
	}
	if header != nil {
		r.Header = header.Clone()
	}
	if r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	d.mu.Lock()
	token := d.Token
	d.mu.Unlock()
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := d.HTTP.Do(r)
	if err != nil {
		return fmt.Errorf("call gateway: %w", err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, responseBytesMax+1))
	if err == nil && len(raw) > responseBytesMax {
		err = errLong
	}
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if response.StatusCode >= 300 {
		return refusal(response, raw)
	}
	switch to := into.(type) {
	case nil:
		return nil
	case *[]byte:
		*to = raw
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return nil
}
