// Package otlp sends spans to a collector of the operator's choice, by OTLP over HTTP.
//
// Its rules, in plain words: spans are for looking, so nothing waits for them and nothing fails with them. Whoever ends a span goes on
// at once; what a collector that is down, slow or unwilling cannot take is lost, which is counted, and said in the log when it begins
// and when it is over. What is sent is what telemetry lets into a span: ids, numbers and fault codes.
package otlp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"renlin.dev/pkg/telemetry/metrics"
)

// Config says where spans go. The zero value sends none.
type Config struct {
	// Endpoint is the collector's address, such as http://127.0.0.1:4318; without a path, /v1/traces is meant. Empty sends nothing.
	Endpoint string `json:"endpoint"`
	// HeadersFile holds headers that the collector asks for, such as "Authorization: Bearer …", one a line. It is a secret.
	HeadersFile string `json:"headers_file"`
}

// Check judges the configuration without reading a file.
func (c Config) Check() error {
	if c.Endpoint == "" {
		if c.HeadersFile != "" {
			return errors.New("headers_file without endpoint")
		}
		return nil
	}
	_, err := c.address()
	return err
}

// pathDefault is where OTLP/HTTP says that traces go.
const pathDefault = "/v1/traces"

func (c Config) address() (string, error) {
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("endpoint is not an address such as http://127.0.0.1:4318") // which may hold a secret
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = pathDefault
	}
	return u.String(), nil
}

const (
	// sendTimeoutMax bounds one attempt, and retryMax all attempts at one batch. Meanwhile spans wait in a queue that is bounded too.
	sendTimeoutMax = 3 * time.Second
	retryMax       = 10 * time.Second
	// headersBytesMax and headersMax bound the headers' file.
	headersBytesMax = 64 << 10
	headersMax      = 32
)

// definitionSpans counts what the exporter was given.
var definitionSpans = metrics.Definition{
	Name:   "renlin_trace_spans_total",
	Help:   "Spans given to the exporter, by what became of them: sent or lost.",
	Labels: []string{"outcome"},
}

// New makes the exporter; nil when nothing is to be sent. It does not connect: a collector may come and go.
func New(ctx context.Context, c Config, log *slog.Logger, m *metrics.Registry) (sdktrace.SpanExporter, error) {
	if c.Endpoint == "" {
		return nil, nil
	}
	address, err := c.address()
	if err != nil {
		return nil, err
	}
	headers, err := readHeaders(c.HeadersFile)
	if err != nil {
		return nil, err
	}
	inner, err := otlptracehttp.New(ctx,
		otlptracehttp.WithEndpointURL(address), otlptracehttp.WithHeaders(headers), otlptracehttp.WithTimeout(sendTimeoutMax),
		otlptracehttp.WithCompression(otlptracehttp.GzipCompression),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
			Enabled: true, InitialInterval: 500 * time.Millisecond, MaxInterval: 5 * time.Second, MaxElapsedTime: retryMax,
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("open exporter of spans: %w", err)
	}
	spans := m.Counter(definitionSpans)
	return &exporter{SpanExporter: inner, log: log, sent: spans.With("sent"), lost: spans.With("lost")}, nil
}

// readHeaders reads the headers' file. Its errors show no line, which is a secret.
func readHeaders(path string) (map[string]string, error) {
	headers := map[string]string{}
	if path == "" {
		return headers, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open headers: %w", err)
	}
	lines := bufio.NewScanner(io.LimitReader(f, headersBytesMax))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !ok || name == "" || len(headers) == headersMax {
			return nil, errors.Join(fmt.Errorf("%s:%d: not a header such as Name: value, or one too many", path, n), f.Close())
		}
		headers[name] = strings.TrimSpace(value)
	}
	if err := errors.Join(lines.Err(), f.Close()); err != nil {
		return nil, fmt.Errorf("read headers: %w", err)
	}
	return headers, nil
}

// exporter tells of trouble once, and never OpenTelemetry's global handler, which writes to a log that is not ours.
type exporter struct {
	sdktrace.SpanExporter
	log        *slog.Logger
	sent, lost metrics.Count

	mu      sync.Mutex // guards trouble
	trouble bool
}

// ExportSpans implements sdktrace.SpanExporter. Its answer is always nil: nobody could do anything about it.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	e.mu.Lock()
	before := e.trouble
	e.trouble = err != nil
	e.mu.Unlock()
	switch {
	case err != nil:
		e.lost.Add(len(spans))
		if !before {
			e.log.WarnContext(ctx, "spans are being lost", "err", err)
		}
	default:
		e.sent.Add(len(spans))
		if before {
			e.log.InfoContext(ctx, "spans are sent again")
		}
	}
	return nil
}
