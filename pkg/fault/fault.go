// Package fault is the one error that crosses a boundary: from a rule to the shell around it, from a service over NATS to
// another, from the gateway over HTTP to a resident's phone.
//
// Its rules, in plain words:
//
//   - A fault has a code (noun.state, such as "ballot.closed") that programs compare, a Kind that says what the caller can do,
//     and one sentence each in English and Chinese that a resident can read.
//   - Nothing that a user typed is ever in it. The sentences are constants of the source; Detail holds ids and numbers only,
//     and With withholds a value that does not look like one.
//   - Every other error is for operators. Of turns one into ErrInternal, whose cause stays in this process.
//   - Faults are values: a sentinel is made once with New, With and its sisters answer copies, nobody writes to a field of a
//     fault that they did not make.
//
// The package imports the standard library only and does no I/O, so the pure cores may use it.
package fault

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"
)

// The limits that keep a fault small enough for a NATS header, a log line and a telephone's screen.
const (
	codeBytesMax     = 64
	sentenceBytesMax = 400
	detailCountMax   = 16
	keyBytesMax      = 32
	valueBytesMax    = 160
)

// withheld stands in Detail for a value that was no id or number.
const withheld = "?"

// Fault is a refusal or failure that may be shown outside. Compare by code: errors.Is(err, ErrBallotClosed).
type Fault struct {
	// Kind says what the caller can do about it.
	Kind Kind
	// Code is what programs compare: lower-case words joined by dots, noun first, such as "ballot.closed".
	Code string
	// English and Chinese are each one whole sentence for a resident, constant in the source.
	English, Chinese string
	// Detail holds ids and numbers that make the sentence precise, such as "poll" or "size_max". Nil when there is none.
	Detail map[string]string
	// Index is the commit index that a Conflict wants folded before the next try, or 0.
	Index uint64

	// cause is for this process's operators and never leaves it.
	cause error
}

// The faults that any boundary can raise by itself.
var (
	// ErrInternal is what every error becomes that is no fault.
	ErrInternal = New(Internal, "internal", "Something went wrong on our side; it has been recorded.", "系统出了问题，已经记录下来。")
	// ErrTimeout says that the answer did not come in time and that its effect is unknown.
	ErrTimeout = New(Timeout, "request.timeout",
		"No answer came in time; please send the same request again.", "等待超时，请用同一请求重试。")
	// ErrUnavailable says that the service is starting, stopping or cut off.
	ErrUnavailable = New(Unavailable, "service.unavailable",
		"The service is not available just now; please try again soon.", "服务暂时不可用，请稍后再试。")
	// ErrFull says that there is no room left on disk. Nothing was recorded, and recording goes on by itself once there is room again.
	ErrFull = New(Unavailable, "storage.full",
		"There is no room left to record anything; please tell the operator and try again later.", "存储空间已满，暂时无法记录，请联系管理员后重试。")
	// ErrBusy says that a queue is full: back-pressure, never an unbounded wait.
	ErrBusy = New(TooMany, "service.busy", "Too much is waiting just now; please try again soon.", "当前请求过多，请稍后再试。")
	// ErrMalformed says that the request could not be read at all.
	ErrMalformed = New(Invalid, "request.malformed", "The request could not be read.", "无法读取该请求。")
)

var (
	codePattern  = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$`)
	keyPattern   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	valuePattern = regexp.MustCompile(`^[A-Za-z0-9._:/+=@~-]*$`)
)

// New makes a sentinel. A code or sentence out of bounds is a programming error and panics, at init where sentinels are made.
func New(kind Kind, code, english, chinese string) *Fault {
	f := &Fault{Kind: kind, Code: code, English: english, Chinese: chinese}
	if err := f.check(); err != nil {
		panic("fault.New: " + err.Error())
	}
	sentinels.note(f)
	return f
}

// With answers a copy that carries one more id or number. The key must be a lower-case word of the source (anything else
// panics); a value that is too long or has a character no id or number has is withheld, because it may be what a user typed. Beyond
// sixteen keys nothing is added.
func (f *Fault) With(key, value string) *Fault {
	if len(key) > keyBytesMax || !keyPattern.MatchString(key) {
		panic("fault.With: key is not a lower-case word")
	}
	if len(value) > valueBytesMax || !valuePattern.MatchString(value) {
		value = withheld
	}
	c := f.clone()
	if c.Detail == nil {
		c.Detail = map[string]string{}
	}
	if _, has := c.Detail[key]; has || len(c.Detail) < detailCountMax {
		c.Detail[key] = value
	}
	return c
}

// WithInt is With for a number.
func (f *Fault) WithInt(key string, n int64) *Fault { return f.With(key, strconv.FormatInt(n, 10)) }

// WithIndex answers a copy that names the commit index a Conflict wants folded.
func (f *Fault) WithIndex(index uint64) *Fault {
	c := f.clone()
	c.Index = index
	return c
}

// Because answers a copy that keeps err for the operators of this process: errors.Is and errors.As see it, Error prints it,
// the wire forms do not.
func (f *Fault) Because(err error) *Fault {
	c := f.clone()
	c.cause = err
	return c
}

// clone copies everything a caller of With could otherwise share.
func (f *Fault) clone() *Fault {
	c := *f
	c.Detail = maps.Clone(f.Detail)
	return &c
}

// Error is for operators' logs: code, sentence, details in order, cause.
func (f *Fault) Error() string {
	if f == nil {
		return "nil fault" // a typed nil in an error: somebody's mistake, which must not hide behind a panic in the logger
	}
	var b strings.Builder
	b.WriteString(f.Code)
	b.WriteString(": ")
	b.WriteString(f.English)
	for i, key := range slices.Sorted(maps.Keys(f.Detail)) {
		b.WriteString([]string{" (", ", "}[min(i, 1)])
		b.WriteString(key + "=" + f.Detail[key])
	}
	if len(f.Detail) > 0 {
		b.WriteByte(')')
	}
	if f.Index > 0 {
		b.WriteString(" at index " + strconv.FormatUint(f.Index, 10))
	}
	if f.cause != nil {
		b.WriteString(": " + f.cause.Error())
	}
	return b.String()
}

// Is makes errors.Is compare faults by code alone.
func (f *Fault) Is(target error) bool {
	t, ok := target.(*Fault)
	return ok && f != nil && t != nil && t.Code == f.Code
}

// Unwrap answers the cause given to Because, or nil.
func (f *Fault) Unwrap() error {
	if f == nil {
		return nil
	}
	return f.cause
}

// Of answers the fault in err's chain, the outermost if there are several. An error without one becomes ErrTimeout if a
// deadline or a cancellation caused it, ErrFull if a full disk did, otherwise ErrInternal; each keeps err as its cause for this process.
// Of(nil) is nil.
func Of(err error) *Fault {
	if err == nil {
		return nil
	}
	var f *Fault
	if errors.As(err, &f) && f != nil && (f.Kind != Internal || !errors.Is(f, syscall.ENOSPC)) {
		return f
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled):
		return ErrTimeout.Because(err)
	case errors.Is(err, syscall.ENOSPC):
		return ErrFull.Because(err)
	}
	return ErrInternal.Because(err)
}

// KindOf answers the kind of Of(err); ok is false when err is nil or holds no fault.
func KindOf(err error) (kind Kind, ok bool) {
	var f *Fault
	if errors.As(err, &f) && f != nil {
		return f.Kind, true
	}
	return Internal, false
}

// check holds every fault, made here or received, to the limits above. Its messages never repeat a value.
func (f *Fault) check() error {
	switch {
	case int(f.Kind) >= len(kindTable):
		return errors.New("unknown kind")
	case len(f.Code) > codeBytesMax || !codePattern.MatchString(f.Code):
		return errors.New("code is not lower-case words joined by dots")
	case !isSentence(f.English) || !isSentence(f.Chinese):
		return errors.New("a sentence is missing, too long or not plain text")
	case len(f.Detail) > detailCountMax:
		return errors.New("too many details")
	}
	for key, value := range f.Detail {
		if len(key) > keyBytesMax || !keyPattern.MatchString(key) {
			return errors.New("a detail's key is not a lower-case word")
		}
		if value != withheld && (len(value) > valueBytesMax || !valuePattern.MatchString(value)) {
			return errors.New("a detail's value is no id or number")
		}
	}
	return nil
}

// isSentence tells whether s is one line of printable text within bounds.
func isSentence(s string) bool {
	if s == "" || len(s) > sentenceBytesMax || !utf8.ValidString(s) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
