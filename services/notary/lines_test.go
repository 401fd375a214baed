package notary_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
)

// lines is a log that keeps the kind of each trouble, and "again" for its end.
type lines struct {
	mu   sync.Mutex // guards said
	said []string
}

func (l *lines) logger() *slog.Logger { return slog.New(l) }

func (l *lines) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.said
	l.said = nil
	return out
}

func (l *lines) Enabled(context.Context, slog.Level) bool { return true }
func (l *lines) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *lines) WithGroup(string) slog.Handler            { return l }

func (l *lines) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if strings.HasSuffix(r.Message, "again") {
		l.said = append(l.said, "again")
		return nil
	}
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "kind" {
			l.said = append(l.said, a.Value.String())
		}
		return true
	})
	return nil
}
