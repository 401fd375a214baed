package fault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// WireBytesMax bounds the wire form; Marshal never passes it, Unmarshal refuses to read more.
const WireBytesMax = 8 << 10

// wire is the JSON that travels between services. The order of the fields is part of the form, see Unmarshal.
type wire struct {
	Code   string            `json:"code"`
	Kind   string            `json:"kind"`
	EN     string            `json:"en"`
	ZH     string            `json:"zh"`
	Detail map[string]string `json:"detail,omitempty"`
	Index  uint64            `json:"index,omitempty"`
}

// Marshal answers the fault's one wire form, a JSON object without line breaks. The cause is not in it. A fault whose fields
// somebody set by hand and out of bounds goes out as ErrInternal: a boundary must always have something to send.
func Marshal(f *Fault) []byte {
	if f == nil || f.check() != nil {
		f = ErrInternal
	}
	b, err := encode(wire{f.Code, f.Kind.String(), f.English, f.Chinese, f.Detail, f.Index})
	if err != nil {
		panic("fault.Marshal: " + err.Error()) // strings, a map of strings and a number: cannot fail
	}
	return b
}

// Unmarshal reads what Marshal wrote and refuses everything else, byte for byte: unknown, repeated or reordered fields, other
// spelling of the same JSON, sizes and characters out of bounds. So a fault has one form, and no peer can put free text into it
// other than the two sentences.
func Unmarshal(b []byte) (*Fault, error) {
	if len(b) > WireBytesMax {
		return nil, errors.New("read fault: too long")
	}
	var w wire
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&w); err != nil {
		return nil, errors.New("read fault: not the expected JSON object") // the decoder's own text would quote the input
	}
	kind, ok := ParseKind(w.Kind)
	if !ok {
		return nil, errors.New("read fault: unknown kind")
	}
	f := &Fault{Kind: kind, Code: w.Code, English: w.EN, Chinese: w.ZH, Detail: w.Detail, Index: w.Index}
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("read fault: %w", err)
	}
	if !bytes.Equal(Marshal(f), b) {
		return nil, errors.New("read fault: not in its one form")
	}
	return f, nil
}

// encode is json.Marshal without the escaping meant for HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
