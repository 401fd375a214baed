package client_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

const community = "aaaaaaaaaaaaaaaaaaaaaaaaaa"

var (
	genesis = chain.Hash{3}
	key     = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32))
	second  = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, 32))
	now     = time.UnixMilli(1_800_000_000_000)
)

// request is one that came in.
type request struct {
	method, target string
	header         http.Header
	body           string
}

// server answers with one thing after another, the last one again and again, and keeps what it was asked.
type server struct {
	*httptest.Server
	mu      sync.Mutex // guards asked
	asked   []request
	answers []http.HandlerFunc
}

func newServer(t testing.TB, answers ...http.HandlerFunc) *server {
	t.Helper()
	s := &server{answers: answers}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		n := len(s.asked)
		s.asked = append(s.asked, request{r.Method, r.URL.String(), r.Header, string(body)})
		s.mu.Unlock()
		s.answers[min(n, len(s.answers)-1)](w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// got gives what was asked, in order.
func (s *server) got() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// device is a member's, with waits that a test can bear.
func (s *server) device() *client.Device {
	g := client.New(s.URL + "/")
	g.Now, g.Pause = func() time.Time { return now }, time.Millisecond
	return &client.Device{Gateway: g, Community: community, Genesis: genesis, Member: client.NewID(), Key: key}
}

// says answers with a status and a body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // the client may have gone
	}
}

// refuses answers with a problem.
func refuses(f *fault.Fault) http.HandlerFunc {
	p := fault.Problem(f, "en", "", "")
	return says(p.Status, string(p.Body))
}

// hangsUp ends the connection without an answer.
func hangsUp(w http.ResponseWriter, _ *http.Request) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = c.Close()
	}
}

// breaksOff promises more than it says.
func breaksOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, `{"index":`)
}

func kind(k fault.Kind) *fault.Fault { return fault.New(k, "test.fault", "No.", "不。") }

var done = says(http.StatusCreated, `{"index":4,"position":5,"receipt":"AQI=","changed":["member/x"]}`)

func admit(t *testing.T, ctx context.Context, d *client.Device, cosigners ...ed25519.PrivateKey) (*op.Answer, error) {
	t.Helper()
	return d.Do(ctx, "community.admit_member", "members", &communityv1.AdmitMember{Member: d.Member}, cosigners...)
}

// TestSendsAgain: while the outcome is not known the very same bytes are sent, under the same key, and nothing is signed anew.
func TestSendsAgain(t *testing.T) {
	t.Parallel()
	s := newServer(t, hangsUp, refuses(kind(fault.Unavailable)), refuses(kind(fault.TooMany)), breaksOff, says(502, "<html>"),
		refuses(kind(fault.Timeout)), refuses(kind(fault.Conflict)), says(http.StatusCreated, "not JSON"), done)
	d := s.device()
	d.Tries, d.Token = 20, "token"
	clock := now
	d.Now = func() time.Time { clock = clock.Add(time.Hour); return clock } // who signs anew is seen
	answer, err := admit(t, t.Context(), d, second)
	if err != nil || answer.Index != 4 || answer.Position != 5 || !bytes.Equal(answer.Receipt, []byte{1, 2}) {
		t.Fatalf("answer %+v, %v", answer, err)
	}
	asked := s.got()
	if len(asked) != 9 {
		t.Fatalf("asked %d times", len(asked))
	}
	for _, r := range asked[1:] {
		if diff := cmp.Diff(asked[0], r, cmp.AllowUnexported(request{})); diff != "" {
			t.Errorf("sent again, another (-first +again):\n%s", diff)
		}
	}
	checkCommand(t, d, asked[0])
}

// checkCommand checks a command as a service would: what it is about, and that both signatures hold.
func checkCommand(t *testing.T, d *client.Device, r request) {
	t.Helper()
	if r.method != http.MethodPost || r.target != "/v1/communities/"+community+"/members" ||
		r.header.Get("Authorization") != "Bearer token" || r.header.Get("Content-Type") != "application/json" {
		t.Errorf("request %s %s %v", r.method, r.target, r.header)
	}
	notAfter, err := strconv.ParseInt(r.header.Get(op.HeaderNotAfter), 10, 64)
	if left := time.UnixMilli(notAfter).Sub(now.Add(time.Hour)); err != nil || left <= 0 || left > 10*time.Minute {
		t.Errorf("it expires after %v, %v", left, err)
	}
	c := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: "community.admit_member", Contract: 1, IdempotencyKey: r.header.Get(op.HeaderIdempotencyKey),
		NotAfter: notAfter, Body: []byte(r.body),
	}
	for _, line := range r.header.Values(op.HeaderSignature) {
		sig, err := op.ParseSignature(line)
		if err != nil {
			t.Fatal(err)
		}
		c.Signatures = append(c.Signatures, sig)
	}
	id, err := c.ID(chain.AuthorDevice, "")
	if err == nil {
		err = c.CheckSignatures(genesis, id)
	}
	if err != nil || len(c.Signatures) != 2 || !bytes.Equal(c.Signatures[0].Key, key.Public().(ed25519.PublicKey)) {
		t.Errorf("signatures: %v", err)
	}
	var told strings.Builder
	if err := r.header.Write(&told); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []ed25519.PrivateKey{key, second} {
		for _, form := range []string{"%s", "%x", "%X"} {
			if strings.Contains(told.String()+r.body, fmt.Sprintf(form, secret.Seed())) {
				t.Error("a private key left the device")
			}
		}
	}
	if !strings.Contains(r.body, d.Member) {
		t.Errorf("body %s", r.body)
	}
}

// TestKeysAreFresh: two commands are two, however alike.
func TestKeysAreFresh(t *testing.T) {
	t.Parallel()
	s := newServer(t, done)
	d := s.device()
	var calls sync.WaitGroup
	for range 40 {
		calls.Go(func() {
			if _, err := admit(t, t.Context(), d); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	keys := map[string]bool{}
	for _, r := range s.got() {
		keys[r.header.Get(op.HeaderIdempotencyKey)] = true
	}
	if len(keys) != 40 {
		t.Errorf("%d keys for 40 commands", len(keys))
	}
}

// TestTakesNo: what sending again cannot change is asked once, and said as the server said it.
func TestTakesNo(t *testing.T) {
	t.Parallel()
	for _, k := range []fault.Kind{
		fault.Internal, fault.Invalid, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Refused, fault.Gone, fault.Precondition,
		fault.TooLarge, fault.Mismatch,
	} {
		s := newServer(t, refuses(kind(k).With("topic", "x").WithIndex(9)))
		answer, err := admit(t, t.Context(), s.device())
		f := fault.Of(err)
		if answer != nil || f.Kind != k || f.Code != "test.fault" || f.Detail["topic"] != "x" || f.Index != 9 || len(s.got()) != 1 {
			t.Errorf("%v: asked %d times, %+v, %v", k, len(s.got()), answer, err)
		}
	}
}

// TestGivesUp after so many tries, without waiting for one that does not come.
func TestGivesUp(t *testing.T) {
	t.Parallel()
	for tries, want := range map[int]int{-1: 1, 0: 1, 1: 1, 3: 3} {
		s := newServer(t, refuses(fault.ErrUnavailable))
		d := s.device()
		if d.Tries = tries; tries == 1 {
			d.Pause = time.Hour // there is nothing to wait for
		}
		if answer, err := admit(t, t.Context(), d); answer != nil || !errors.Is(err, fault.ErrUnavailable) || len(s.got()) != want {
			t.Errorf("%d tries: asked %d times, %v", tries, len(s.got()), err)
		}
	}
	s := newServer(t, done)
	d := s.device()
	s.Close()
	if _, err := admit(t, t.Context(), d); err == nil {
		t.Error("nobody there, and no error")
	}
}

// closing calls a function when an answer has been read.
type closing struct {
	http.RoundTripper
	then func()
}

func (c closing) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := c.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = closingBody{response.Body, c.then}
	}
	return response, err
}

type closingBody struct {
	io.ReadCloser
	then func()
}

func (b closingBody) Close() error {
	b.then()
	return b.ReadCloser.Close()
}

// TestEndsWithItsContext: during a call and during a wait. The caller learns both what ended it and what was last known.
func TestEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := newServer(t, refuses(fault.ErrUnavailable))
	d := s.device()
	d.Pause, d.Tries = time.Hour, 1000
	d.HTTP.Transport = closing{d.HTTP.Transport, cancel}
	_, err := admit(t, ctx, d)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, fault.ErrUnavailable) || len(s.got()) != 1 {
		t.Errorf("during a wait: asked %d times, %v", len(s.got()), err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	s = newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	d = s.device()
	d.Tries = 1000
	if _, err := admit(t, ctx, d); !errors.Is(err, context.Canceled) || len(s.got()) != 1 {
		t.Errorf("during a call: asked %d times, %v", len(s.got()), err)
	}
	ctx, cancel = context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if _, err := admit(t, ctx, newServer(t, done).device()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("too late from the start: %v", err)
	}
}
