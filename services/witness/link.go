package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	// answerBytesMax bounds what a client reads from a witness.
	answerBytesMax = 128 << 10
	// timeoutDefault is for a whole request when the caller brings no HTTP client.
	timeoutDefault = 10 * time.Second
)

// link is the way to a witness.
type link interface {
	add(ctx context.Context, body []byte) (answer []byte, status int, err error)
	checkpoint(ctx context.Context, originHash string) ([]byte, error)
}

// local is a witness in the same process.
type local struct{ witness *Witness }

func (l local) add(ctx context.Context, body []byte) ([]byte, int, error) {
	answer, status := l.witness.AddCheckpoint(ctx, body)
	return answer, status, nil
}

func (l local) checkpoint(_ context.Context, originHash string) ([]byte, error) {
	checkpoint, ok := l.witness.Checkpoint(originHash)
	if !ok {
		return nil, &StatusError{Status: http.StatusNotFound}
	}
	return checkpoint, nil
}

// remote is a witness behind HTTP.
type remote struct {
	submit, monitor *url.URL
	http            *http.Client
}

func newRemote(config ClientConfig) (*remote, error) {
	submit, err := parsePrefix(config.URL)
	if err != nil {
		return nil, err
	}
	monitor := submit
	if config.MonitorURL != "" {
		monitor, err = parsePrefix(config.MonitorURL)
		if err != nil {
			return nil, err
		}
	}
	own := http.Client{Timeout: timeoutDefault}
	if config.HTTP != nil {
		own = *config.HTTP
	}
	// A redirect would carry the request to somebody whom nobody configured.
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &remote{submit: submit, monitor: monitor, http: &own}, nil
}

func parsePrefix(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("the witness's URL is not an http or https prefix")
	}
	return u, nil
}

func (r *remote) add(ctx context.Context, body []byte) ([]byte, int, error) {
	return r.do(ctx, http.MethodPost, r.submit.JoinPath("add-checkpoint"), body)
}

func (r *remote) checkpoint(ctx context.Context, originHash string) ([]byte, error) {
	body, status, err := r.do(ctx, http.MethodGet, r.monitor.JoinPath(originHash, "checkpoint"), nil)
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, &StatusError{Status: status}
	}
	return body, nil
}

func (r *remote) do(ctx context.Context, method string, to *url.URL, body []byte) ([]byte, int, error) {
	req, err := http.NewRequestWithContext(ctx, method, to.String(), bytes.NewReader(body))
	if err != nil {
		return nil, 0, fmt.Errorf("make request: %w", err)
	}
	res, err := r.http.Do(req)
	if err != nil {
		return nil, 0, fmt.Errorf("ask witness: %w", err)
	}
	defer func() { _ = res.Body.Close() }() // nothing is lost with it
	answer, err := io.ReadAll(io.LimitReader(res.Body, answerBytesMax+1))
	if err != nil {
		return nil, 0, fmt.Errorf("read witness's answer: %w", err)
	}
	if len(answer) > answerBytesMax {
		return nil, 0, fmt.Errorf("%w: more than %d bytes", ErrAnswer, answerBytesMax)
	}
	return answer, res.StatusCode, nil
}
