package main

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"regexp/syntax"
	"slices"
	"strings"
)

func readCloser(b []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(b)) }

// sample makes a value that fits the schema at a pointer, with every field and one element in each list.
func (c *contract) sample(pointer string, depth int) any {
	at := c.follow(pointer)
	schema, _ := c.at(at).(map[string]any)
	if values, ok := schema["enum"].([]any); ok {
		return values[len(values)-1]
	}
	switch schema["type"] {
	case "object":
		out := map[string]any{}
		properties, _ := schema["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			if depth < 6 {
				out[name] = c.sample(at+"/properties"+escape(name), depth+1)
			}
		}
		return out
	case "array":
		return []any{c.sample(at+"/items", depth+1)}
	case "boolean":
		return true
	case "integer":
		if least, ok := schema["minimum"].(json.Number); ok {
			return least
		}
		return 1
	case "string":
		if pattern, ok := schema["pattern"].(string); ok {
			return matching(c, pattern)
		}
		return "文"
	}
	c.t.Fatalf("no sample of the schema at %s", at)
	return nil
}

// matching makes a text that a regular expression matches.
func matching(c *contract, pattern string) string {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		c.t.Fatalf("pattern %s: %v", pattern, err)
	}
	var b strings.Builder
	write(&b, parsed)
	return b.String()
}

// write writes the least that an expression matches.
func write(b *strings.Builder, r *syntax.Regexp) {
	switch r.Op {
	case syntax.OpLiteral:
		b.WriteString(string(r.Rune))
	case syntax.OpCharClass:
		b.WriteRune(r.Rune[0])
	case syntax.OpConcat:
		for _, sub := range r.Sub {
			write(b, sub)
		}
	case syntax.OpAlternate, syntax.OpCapture, syntax.OpPlus:
		write(b, r.Sub[0])
	case syntax.OpRepeat:
		for range max(r.Min, 0) {
			write(b, r.Sub[0])
		}
	}
}
