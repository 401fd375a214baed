package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

// logValueBytesMax cuts a string attribute: ids and error texts are shorter, and what is longer is no id.
const logValueBytesMax = 512

// NewLogger answers a logger that writes one JSON object a line to w: time (UTC), level, msg, service, the attributes, and
// trace_id and span_id inside a span. A nil level means Info.
func NewLogger(w io.Writer, service string, level slog.Leveler) *slog.Logger {
	if level == nil {
		level = slog.LevelInfo
	}
	inner := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: plain})
	return slog.New(NewHandler(inner)).With("service", service)
}

// plain is the gate of the log: numbers, booleans, times, durations, short strings and errors pass; of anything else only the
// type's name does.
func plain(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindTime:
		return slog.Time(a.Key, a.Value.Time().UTC())
	case slog.KindDuration:
		return slog.String(a.Key, a.Value.Duration().String())
	case slog.KindString:
		return slog.String(a.Key, cut(a.Value.String()))
	case slog.KindAny:
		switch v := a.Value.Any().(type) {
		case slog.Level: // the line's own level
			return a
		case error:
			return slog.String(a.Key, cut(v.Error()))
		default:
			return slog.String(a.Key, fmt.Sprintf("(%T)", v))
		}
	}
	return a
}

// cut shortens s to the limit and says so.
func cut(s string) string {
	if len(s) <= logValueBytesMax {
		return s
	}
	return s[:logValueBytesMax] + "…"
}

// Handler is a slog.Handler that adds trace_id and span_id of the context's span to each line, at the top level whatever groups
// are open, and passes the line to the handler it wraps.
type Handler struct {
	base slog.Handler                    // the wrapped handler as it was given
	with func(slog.Handler) slog.Handler // what WithAttrs and WithGroup have asked for since, in order
	done slog.Handler                    // with(base), for lines outside any span
}

var _ slog.Handler = (*Handler)(nil)

// NewHandler wraps inner.
func NewHandler(inner slog.Handler) *Handler {
	return &Handler{base: inner, with: func(h slog.Handler) slog.Handler { return h }, done: inner}
}

// Enabled asks the wrapped handler.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.done.Enabled(ctx, level)
}

// Handle passes the line on, with the ids if there is a span.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	sc := trace.SpanContextFromContext(ctx)
	if !sc.IsValid() {
		return h.done.Handle(ctx, r)
	}
	ids := []slog.Attr{slog.String("trace_id", sc.TraceID().String()), slog.String("span_id", sc.SpanID().String())}
	return h.with(h.base.WithAttrs(ids)).Handle(ctx, r)
}

// WithAttrs answers a handler that adds attrs to each line.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.then(func(inner slog.Handler) slog.Handler { return inner.WithAttrs(attrs) })
}

// WithGroup answers a handler that puts later attributes into a group.
func (h *Handler) WithGroup(name string) slog.Handler {
	return h.then(func(inner slog.Handler) slog.Handler { return inner.WithGroup(name) })
}

// then adds one more step after those already asked for.
func (h *Handler) then(step func(slog.Handler) slog.Handler) *Handler {
	before := h.with
	return &Handler{
		base: h.base,
		with: func(inner slog.Handler) slog.Handler { return step(before(inner)) },
		done: step(h.done),
	}
}
