package pollcheck

import (
	"google.golang.org/protobuf/encoding/protowire"
)

// field gives the bytes of a message's field of a number, as they stand; nil if there is none. The last one counts.
func field(raw []byte, number protowire.Number) (found []byte) {
	for len(raw) > 0 {
		num, kind, n := protowire.ConsumeTag(raw)
		if n < 0 {
			return nil
		}
		raw = raw[n:]
		size := protowire.ConsumeFieldValue(num, kind, raw)
		if size < 0 {
			return nil
		}
		if num == number && kind == protowire.BytesType {
			found, _ = protowire.ConsumeBytes(raw)
		}
		raw = raw[size:]
	}
	return found
}
