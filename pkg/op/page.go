package op

import (
	"encoding/json"
	"strconv"
)

// Encode gives a page as encoding/json does, byte for byte, without going through its states again: they are JSON already, made by
// encoding/json. A page of a thousand records is mostly states, and is encoded on its way more than once.
func (p *Page) Encode() []byte {
	out := make([]byte, 0, p.size())
	out = append(out, `{"position":`...)
	out = strconv.AppendUint(out, p.Position, 10)
	out = append(out, `,"records":`...)
	out = p.appendRecords(out)
	if p.Next != "" {
		out = append(out, `,"next":`...)
		out = appendString(out, p.Next)
	}
	return append(out, '}')
}

// EncodeRecords gives the records alone.
func (p *Page) EncodeRecords() []byte { return p.appendRecords(make([]byte, 0, p.size())) }

// size is about how much Encode gives.
func (p *Page) size() int {
	n := 64 + len(p.Next)
	for i := range p.Records {
		n += 64 + len(p.Records[i].Path) + len(p.Records[i].State)
	}
	return n
}

func (p *Page) appendRecords(out []byte) []byte {
	if p.Records == nil {
		return append(out, "null"...)
	}
	out = append(out, '[')
	for i := range p.Records {
		if i > 0 {
			out = append(out, ',')
		}
		r := &p.Records[i]
		out = append(out, `{"path":`...)
		out = appendString(out, r.Path)
		out = append(out, `,"version":`...)
		out = strconv.AppendUint(out, r.Version, 10)
		out = append(out, `,"state":`...)
		if r.State == nil {
			out = append(out, "null"...)
		}
		out = append(append(out, r.State...), '}')
	}
	return append(out, ']')
}

func appendString(out []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(s) // a string can always be marshalled
			return append(out, quoted...)
		}
	}
	out = append(append(out, '"'), s...)
	return append(out, '"')
}
