package picture

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
)

// pngKept are the chunks that a still picture is shown by. Texts, times, Exif, animations and whatever nobody has heard of are not.
var pngKept = []string{
	"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "bKGD", "pHYs",
}

// pngMoves are those of a picture that moves: shown without them it would be another picture.
var pngMoves = []string{"acTL", "fcTL", "fdAT"}

const (
	pngSignature = 8
	pngFrame     = 12 // length, name and sum of a chunk
)

// stripPNG keeps the chunks that are needed, each of which must have the sum that it says.
func stripPNG(data []byte) ([]byte, error) {
	if len(data) < pngSignature {
		return nil, ErrDamaged
	}
	out := append(make([]byte, 0, len(data)), data[:pngSignature]...)
	filled := false
	for at, first := pngSignature, true; ; first = false {
		if at+pngFrame > len(data) {
			return nil, ErrDamaged
		}
		length, name := uint64(binary.BigEndian.Uint32(data[at:])), string(data[at+4:at+8])
		if length > uint64(len(data)-at-pngFrame) || first != (name == "IHDR") || slices.Contains(pngMoves, name) {
			return nil, ErrDamaged
		}
		end := at + pngFrame + int(length)
		if crc32.ChecksumIEEE(data[at+4:end-4]) != binary.BigEndian.Uint32(data[end-4:]) {
			return nil, ErrDamaged
		}
		if slices.Contains(pngKept, name) {
			out = append(out, data[at:end]...)
		} else if name[0]&0x20 == 0 { // one that nobody may pass over, and that is not ours
			return nil, ErrDamaged
		}
		filled = filled || name == "IDAT"
		if name == "IEND" {
			if end != len(data) || length != 0 || !filled {
				return nil, ErrDamaged
			}
			return out, nil
		}
		at = end
	}
}
