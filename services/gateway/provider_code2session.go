package gateway

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"time"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/telemetry"
)

// code2Session asks a platform of WeChat's kind: GET /sns/jscode2session with the mini-program's id and secret and the client's one-time
// code. It is safe for concurrent use.
type code2Session struct {
	name    string
	address url.URL
	app     string
	secret  string // never leaves the process but in a request to address
	timeout time.Duration
	places  chan struct{} // one a question under way
	client  *http.Client
	log     *slog.Logger
}

// platformBytesMax bounds a platform's answer: a few hundred bytes are usual.
const platformBytesMax = 16 << 10

// NewCode2Session makes the provider of a platform. It reads the secret from its file, and asks nobody.
func NewCode2Session(cfg ProviderConfig, log *slog.Logger) (Provider, error) {
	if err := cfg.Check(); err != nil {
		return nil, fmt.Errorf("provider: %w", err)
	}
	raw, err := os.ReadFile(cfg.SecretFile)
	if err != nil {
		return nil, fmt.Errorf("read secret of provider %s: %w", cfg.Name, err)
	}
	secret := string(bytes.TrimSpace(raw))
	if !providerApp.MatchString(secret) {
		return nil, fmt.Errorf("secret of provider %s: missing or malformed", cfg.Name)
	}
	base, err := url.Parse(cfg.Base)
	if err != nil {
		return nil, errors.New("provider: base: malformed") // Check has parsed it; the error would quote it
	}
	p := &code2Session{
		name: cfg.Name, address: *base.JoinPath("sns", "jscode2session"), app: cfg.AppID, secret: secret, log: log,
		timeout: time.Duration(cfg.Timeout), places: make(chan struct{}, providerConcurrent),
	}
	if p.timeout == 0 {
		p.timeout = providerTimeout
	}
	if cfg.Concurrent > 0 {
		p.places = make(chan struct{}, cfg.Concurrent)
	}
	p.client = &http.Client{
		Transport: &http.Transport{
			TLSClientConfig:    &tls.Config{MinVersion: tls.VersionTLS12},
			DisableCompression: true, // so that the bound on what is read is one on what was sent
			IdleConnTimeout:    time.Minute, MaxIdleConnsPerHost: cap(p.places), MaxResponseHeaderBytes: platformBytesMax,
		},
		// A redirect would carry secret and code elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return p, nil
}

// Name implements Provider.
func (p *code2Session) Name() string { return p.name }

// codePattern is what a one-time code may look like; what does not is not sent on.
var codePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// Identify implements Provider.
func (p *code2Session) Identify(ctx context.Context, code string) (account string, err error) {
	if !codePattern.MatchString(code) {
		return "", ErrCodeInvalid
	}
	select {
	case p.places <- struct{}{}:
		defer func() { <-p.places }()
	default:
		return "", fault.ErrBusy
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	ctx, span := telemetry.Start(ctx, "provider "+p.name) // no address: it holds secret and code
	defer func() { telemetry.End(span, err) }()
	raw, why := p.ask(ctx, code)
	if why != "" {
		p.log.WarnContext(ctx, "platform gave no usable answer", "provider", p.name, "why", why)
		return "", ErrPlatform
	}
	s, err := decodeSession(raw)
	if err != nil {
		p.log.WarnContext(ctx, "platform gave no usable answer", "provider", p.name, "why", err)
		return "", ErrPlatform
	}
	return s.OpenID, p.judge(ctx, s.ErrCode)
}

// ask puts the question and gives the answer's bytes, or why there are none.
func (p *code2Session) ask(ctx context.Context, code string) (raw []byte, why string) {
	address := p.address
	address.RawQuery = url.Values{
		"appid": {p.app}, "secret": {p.secret}, "js_code": {code}, "grant_type": {"authorization_code"},
	}.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, "the question cannot be written" // the error would quote it
	}
	response, err := p.client.Do(r)
	if err != nil {
		return nil, whyUnanswered(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK { // the platform refuses with 200 and a code in the body
		return nil, "status " + strconv.Itoa(response.StatusCode)
	}
	raw, err = io.ReadAll(io.LimitReader(response.Body, platformBytesMax+1))
	switch {
	case err != nil:
		return nil, whyUnanswered(err)
	case len(raw) > platformBytesMax:
		return nil, "too long"
	}
	return raw, ""
}

// isCertificate tells whether somebody else than the platform may have answered.
func isCertificate(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var header tls.RecordHeaderError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &header)
}

// platformSession is what we take of a platform's answer. Its session_key, unionid and errmsg are never decoded: we have no use for
// them, and what is not there leaks nowhere.
type platformSession struct {
	OpenID  string `json:"openid"`
	ErrCode int64  `json:"errcode"`
}

var accountPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{6,128}$`)

// Errors of a platform's answer: constants, for what came may hold an account.
var (
	errAnswerJSON    = errors.New("it is no JSON object")
	errAnswerAccount = errors.New("it names no account")
)

// decodeSession reads a platform's answer: a refusal by its code, or an account.
func decodeSession(raw []byte) (platformSession, error) {
	var s platformSession
	if !bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{")) || json.Unmarshal(raw, &s) != nil {
		return platformSession{}, errAnswerJSON
	}
	if s.ErrCode != 0 {
		return platformSession{ErrCode: s.ErrCode}, nil
	}
	if !accountPattern.MatchString(s.OpenID) {
		return platformSession{}, errAnswerAccount
	}
	return s, nil
}

// judge makes a fault of the platform's code. What is our own mistake is told to the operator, with the code, and not to the person.
func (p *code2Session) judge(ctx context.Context, code int64) error {
	switch code {
	case 0:
		return nil
	case -1:
		return ErrPlatformBusy
	case 40029:
		return ErrCodeInvalid
	case 40163:
		return ErrCodeSpent
	case 45011:
		return ErrTooOften
	case 40226:
		return ErrBlocked
	case 40013:
		p.log.ErrorContext(ctx, "platform does not know our app_id", "provider", p.name, "errcode", code)
	case 40125, 41004:
		p.log.ErrorContext(ctx, "platform refuses our secret", "provider", p.name, "errcode", code)
	default:
		p.log.ErrorContext(ctx, "platform refuses us", "provider", p.name, "errcode", code)
	}
	return ErrPlatform
}
