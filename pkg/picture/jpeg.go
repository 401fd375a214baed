package picture

import "encoding/binary"

// The markers of a JPEG that matter here (ITU-T T.81, table B.1).
const (
	markerSOF0  = 0xc0
	markerSOF15 = 0xcf
	markerDHT   = 0xc4
	markerDAC   = 0xcc
	markerRST0  = 0xd0
	markerRST7  = 0xd7
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerDQT   = 0xdb
	markerDNL   = 0xdc
	markerDRI   = 0xdd
	markerAPP0  = 0xe0
	markerAPP1  = 0xe1
	markerAPP2  = 0xe2
	markerAPP14 = 0xee
)

// jfifBytes is what of a JFIF header is kept: without the small picture that may follow it. adobeBytes is Adobe's, which says how colours are
// stored.
const (
	jfifBytes  = 14
	adobeBytes = 12
)

// stripJPEG keeps tables, frames and scans, of JFIF's and Adobe's headers the numbers, colour profiles, and which way is up.
func stripJPEG(data []byte) ([]byte, error) {
	out := append(make([]byte, 0, len(data)), 0xff, markerSOI)
	upright, framed, scanned := true, false, false
	at := 2
	for {
		marker, next, err := nextMarker(data, at)
		if err != nil {
			return nil, err
		}
		if marker == markerEOI {
			if next != len(data) || !framed || !scanned {
				return nil, ErrDamaged // something stands behind the picture, such as a film or a second picture
			}
			return append(out, 0xff, markerEOI), nil
		}
		if next+2 > len(data) {
			return nil, ErrDamaged
		}
		end := next + int(binary.BigEndian.Uint16(data[next:]))
		if end < next+2 || end > len(data) {
			return nil, ErrDamaged
		}
		body := data[next+2 : end]
		at = end
		switch {
		case marker == markerAPP1 && upright:
			if way, ok := orientation(body); ok {
				out, upright = append(out, exif(way)...), false
			}
		case marker >= markerSOF0 && marker <= markerSOF15 || marker == markerDQT || marker == markerDRI || marker == markerDNL:
			framed = framed || marker != markerDHT && marker != markerDAC && marker <= markerSOF15
			out = segment(out, marker, body)
		case marker == markerSOS:
			if at = scanEnd(data, end); at == len(data) {
				return nil, ErrDamaged
			}
			out = append(segment(out, marker, body), data[end:at]...)
			scanned = true
		default:
			out = append(out, header(marker, body)...)
		}
	}
}

// nextMarker finds the marker that must stand at a place, before which there may be fill bytes, and where what belongs to it begins.
func nextMarker(data []byte, at int) (marker byte, next int, err error) {
	if at >= len(data) || data[at] != 0xff {
		return 0, 0, ErrDamaged
	}
	for at < len(data) && data[at] == 0xff {
		at++
	}
	if at >= len(data) || data[at] == 0 || data[at] == markerSOI || data[at] >= markerRST0 && data[at] <= markerRST7 {
		return 0, 0, ErrDamaged
	}
	return data[at], at + 1, nil
}

// scanEnd finds where a scan's data ends: at a marker that is no restart.
func scanEnd(data []byte, at int) int {
	for ; at+1 < len(data); at++ {
		if data[at] == 0xff && data[at+1] != 0 && data[at+1] != 0xff && (data[at+1] < markerRST0 || data[at+1] > markerRST7) {
			return at
		}
	}
	return len(data)
}

func segment(out []byte, marker byte, body []byte) []byte {
	out = binary.BigEndian.AppendUint16(append(out, 0xff, marker), uint16(len(body)+2))
	return append(out, body...)
}

// header gives what is kept of an application's segment.
func header(marker byte, body []byte) []byte {
	switch {
	case marker == markerAPP0 && len(body) >= jfifBytes && string(body[:5]) == "JFIF\x00":
		kept := append([]byte{}, body[:jfifBytes]...)
		kept[12], kept[13] = 0, 0 // no small picture follows
		return segment(nil, marker, kept)
	case marker == markerAPP14 && len(body) >= adobeBytes && string(body[:5]) == "Adobe":
		return segment(nil, marker, body[:adobeBytes])
	case marker == markerAPP2 && len(body) > 14 && string(body[:12]) == "ICC_PROFILE\x00":
		return segment(nil, marker, body)
	}
	return nil
}

// orientation reads the one number of Exif that says which way is up: 2 to 8, where 1 is as it stands.
func orientation(body []byte) (way uint16, ok bool) {
	if len(body) < 14 || string(body[:6]) != "Exif\x00\x00" {
		return 0, false
	}
	tiff := body[6:]
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:4]) == "II*\x00" {
		order = binary.LittleEndian
	} else if string(tiff[:4]) != "MM\x00*" {
		return 0, false
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 0, false
	}
	count := uint64(order.Uint16(tiff[at:]))
	for i := range count {
		entry := at + 2 + 12*i
		if entry+12 > uint64(len(tiff)) {
			return 0, false
		}
		if order.Uint16(tiff[entry:]) == tagOrientation && order.Uint16(tiff[entry+2:]) == typeShort && order.Uint32(tiff[entry+4:]) == 1 {
			way = order.Uint16(tiff[entry+8:])
			return way, way >= 2 && way <= 8
		}
	}
	return 0, false
}

// Exif's tag for which way is up, and TIFF's type of a 16-bit number.
const (
	tagOrientation = 0x0112
	typeShort      = 3
)

// exif makes a segment that says which way is up, and nothing else.
func exif(way uint16) []byte {
	body := append([]byte("Exif\x00\x00MM\x00*"), 0, 0, 0, 8, 0, 1)
	body = binary.BigEndian.AppendUint16(body, tagOrientation)
	body = binary.BigEndian.AppendUint16(body, typeShort)
	body = binary.BigEndian.AppendUint32(body, 1)
	body = binary.BigEndian.AppendUint16(body, way)
	return segment(nil, markerAPP1, append(body, 0, 0, 0, 0, 0, 0))
}
