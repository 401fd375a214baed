package ring

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// An empty message is two bytes on the wire and a hundred times that in memory, so what will be made is counted before anything is.
const (
	// piecesMax bounds the messages and texts of a request: 512 spans, as the SDK sends them, are some 20,000.
	piecesMax = 1 << 16
	// nestedMax bounds how deep they stand in each other: an attribute may be a list of lists.
	nestedMax = 32
)

// count refuses what is made of more pieces than a request has. What is not as OTLP has it is left to whoever reads it.
func count(raw []byte, what protoreflect.MessageDescriptor) error {
	left := piecesMax
	if !counted(raw, what, nestedMax, &left) {
		return ErrSpansSize
	}
	return nil
}

func counted(raw []byte, what protoreflect.MessageDescriptor, deep int, left *int) bool {
	if deep == 0 {
		return false
	}
	for len(raw) > 0 {
		number, wire, n := protowire.ConsumeTag(raw)
		if n < 0 {
			return true
		}
		raw = raw[n:]
		if n = protowire.ConsumeFieldValue(number, wire, raw); n < 0 {
			return true
		}
		value := raw[:n]
		raw = raw[n:]
		field := what.Fields().ByNumber(number)
		if field == nil || wire != protowire.BytesType {
			continue
		}
		if *left--; *left < 0 {
			return false
		}
		if field.Message() == nil {
			continue
		}
		body, _ := protowire.ConsumeBytes(value)
		if !counted(body, field.Message(), deep-1, left) {
			return false
		}
	}
	return true
}
