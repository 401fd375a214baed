package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// family is one made-up person, whose name, telephone and identity card are recognised wherever they turn up.
type family struct{ name, phone, card, word string }

var (
	// closed is typed where nothing of it may stay: it must turn up nowhere.
	closed = family{"王小明", "13911729981", "11010519491231", "wangxiaomingzhijia"}
	// open is typed where the contract publishes: it may stand on the record and what is made of it, and nowhere else.
	open = family{"赵公开", "13611729982", "33010619800315", "zhaogongkaizhijia"}
)

// mark is what is typed; the number tells later where.
func (f family) mark(n int) string { return fmt.Sprintf("%s %s %s%04d", f.name, f.phone, f.card, n) }

// needle is one form in which a mark may lie somewhere.
type needle struct {
	what  string
	bytes []byte
}

// needles gives every form that we know of: as typed, in hexadecimal, in base64, in an address, in JSON.
func (f family) needles() (out []needle) {
	add := func(what, form string) { out = append(out, needle{what, []byte(form)}) }
	for what, text := range map[string]string{"name": f.name, "phone": f.phone, "card": f.card, "word": f.word} {
		add(what, text)
		digits := hex.EncodeToString([]byte(text))
		add(what+" in hex", digits)
		add(what+" in HEX", strings.ToUpper(digits))
		for shift := range 3 {
			from, to := (shift*8+5)/6, (shift+len(text))*8/6
			padded := append(make([]byte, shift), text...)
			add(what+" in base64", base64.RawStdEncoding.EncodeToString(padded)[from:to])
			add(what+" in base64url", base64.RawURLEncoding.EncodeToString(padded)[from:to])
		}
	}
	add("name in an address", url.QueryEscape(f.name))
	add("name in an address", strings.ToLower(url.QueryEscape(f.name)))
	var escaped strings.Builder
	for _, r := range f.name {
		fmt.Fprintf(&escaped, `\u%04x`, r)
	}
	add("name in JSON", escaped.String())
	add("name in JSON", strings.Replace(strings.ToUpper(escaped.String()), `\U`, `\u`, -1))
	return out
}

// hits tells in which forms the family stands in data, and the numbers of the marks as far as they can be read.
func (f family) hits(data []byte) (out []string) {
	for _, n := range f.needles() {
		if bytes.Contains(data, n.bytes) {
			out = append(out, n.what)
		}
	}
	for rest := data; len(out) < 40; {
		_, after, found := bytes.Cut(rest, []byte(f.card))
		if !found {
			break
		}
		number := "number " + string(after[:min(4, len(after))])
		if !slices.Contains(out, number) {
			out = append(out, number)
		}
		rest = after
	}
	return out
}

// absent fails if the family stands in data.
func (f family) absent(t *testing.T, where string, data []byte) {
	t.Helper()
	if hits := f.hits(data); len(hits) > 0 {
		t.Errorf("%s holds what %s typed: %s", where, map[bool]string{true: "nobody may keep", false: "is for the record only"}[f == closed],
			strings.Join(hits, ", "))
	}
}

// grep looks through every file below the pilot's directories: the closed family is nowhere, the open one where records are.
func grep(t *testing.T, cfg pilotConfig) {
	t.Helper()
	files, records := 0, map[string]int{"jetstream": 0, "views": 0, "audit": 0}
	for _, root := range []string{cfg.data, cfg.state} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			files++
			where, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			closed.absent(t, where, append([]byte(where+"\n"), raw...))
			part, _, _ := strings.Cut(filepath.ToSlash(where), "/")
			if _, isRecord := records[part]; isRecord && root == cfg.data {
				records[part] += min(1, len(open.hits(raw)))
			} else {
				open.absent(t, where, raw)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for part, found := range records {
		if found == 0 {
			t.Errorf("nothing published was found in %s: the search finds nothing", part)
		}
	}
	if files < 30 {
		t.Errorf("only %d files were looked at", files)
	}
}

// grepSpans looks through everything that a span can carry.
func grepSpans(t *testing.T, spans []sdktrace.ReadOnlySpan) {
	t.Helper()
	for _, s := range spans {
		var text bytes.Buffer
		fmt.Fprintln(&text, s.Name(), s.Status().Description, s.Attributes(), s.Resource(), s.SpanContext().TraceState().String())
		for _, e := range s.Events() {
			fmt.Fprintln(&text, e.Name, e.Attributes)
		}
		for _, l := range s.Links() {
			fmt.Fprintln(&text, l.Attributes, l.SpanContext.TraceState().String())
		}
		closed.absent(t, "span "+s.Name(), text.Bytes())
		open.absent(t, "span "+s.Name(), text.Bytes())
	}
}

// TestCanaryForms sees to it that the search finds every form that it is for.
func TestCanaryForms(t *testing.T) {
	t.Parallel()
	mark := closed.mark(7)
	for what, form := range map[string]string{
		"as typed": mark, "hex": hex.EncodeToString([]byte(mark)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(mark))),
		"address": url.QueryEscape(mark), "path": url.PathEscape(mark), "JSON": fmt.Sprintf("%+q", closed.name), "Go": fmt.Sprintf("%q", mark),
		"base64": base64.StdEncoding.EncodeToString([]byte(mark)), "base64 1": base64.StdEncoding.EncodeToString([]byte("x" + mark)),
		"base64 2": base64.URLEncoding.EncodeToString([]byte("xy" + mark)), "name": closed.name, "phone": closed.phone, "card": closed.card,
		"bytes": fmt.Sprintf("%x", mark), "word": closed.word, "base64 name": base64.StdEncoding.EncodeToString([]byte("ab" + closed.name)),
	} {
		if len(closed.hits([]byte("before"+form+"after"))) == 0 {
			t.Errorf("%s: not found in %s", what, form)
		}
		if len(open.hits([]byte(form))) != 0 {
			t.Errorf("%s: one family is taken for the other", what)
		}
	}
	if got := closed.hits([]byte(mark)); !slices.Contains(got, "number 0007") {
		t.Errorf("the number is not read: %v", got)
	}
}
