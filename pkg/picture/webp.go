package picture

import (
	"encoding/binary"
	"slices"
)

// webpKept are the chunks of a still WebP picture that are kept.
var webpKept = []string{"VP8 ", "VP8L", "VP8X", "ALPH", "ICCP"}

// Bits of VP8X's first byte (RFC 9649, section 2.7.1): what the file is said to hold.
const (
	webpAnimated = 0x02
	webpXMP      = 0x04
	webpExif     = 0x08
)

const riffHeader = 12

// stripWebP keeps the picture, its transparency and its colours, and has the header say that there is nothing else.
func stripWebP(data []byte) ([]byte, error) {
	if len(data) < riffHeader || string(data[:4]) != "RIFF" || string(data[8:12]) != "WEBP" ||
		uint64(binary.LittleEndian.Uint32(data[4:])) != uint64(len(data)-8) {
		return nil, ErrDamaged
	}
	out := append(make([]byte, 0, len(data)), data[:riffHeader]...)
	shown := 0
	for at := riffHeader; at < len(data); {
		if at+8 > len(data) {
			return nil, ErrDamaged
		}
		name, length := string(data[at:at+4]), uint64(binary.LittleEndian.Uint32(data[at+4:]))
		padded := length + length%2
		if padded > uint64(len(data)-at-8) {
			return nil, ErrDamaged
		}
		end := at + 8 + int(padded)
		if name == "ANIM" || name == "ANMF" || name == "VP8X" && (length != 10 || at != riffHeader || data[at+8]&webpAnimated != 0) {
			return nil, ErrDamaged
		}
		if slices.Contains(webpKept, name) {
			from := len(out)
			out = append(out, data[at:end]...)
			if name == "VP8X" {
				out[from+8] &^= webpXMP | webpExif
			}
			if length%2 == 1 {
				out[len(out)-1] = 0 // the byte that fills up tells nothing
			}
		}
		if name == "VP8 " || name == "VP8L" {
			shown++
		}
		at = end
	}
	if shown != 1 {
		return nil, ErrDamaged
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out, nil
}
