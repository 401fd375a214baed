package picture

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"
)

// told stands wherever a picture may tell something beside itself.
const told = "GPS 31.2304N 121.4737E, Li Si, iPhone"

func drawn() image.Image {
	out := image.NewRGBA(image.Rect(0, 0, 24, 16))
	for x := range 24 {
		for y := range 16 {
			out.Set(x, y, color.RGBA{uint8(x * 10), uint8(y * 15), 90, 255})
		}
	}
	return out
}

// jpegWith is a JPEG with segments after its beginning.
func jpegWith(t testing.TB, segments ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, drawn(), nil); err != nil {
		t.Fatal(err)
	}
	raw := out.Bytes()
	return append(append([]byte{0xff, markerSOI}, bytes.Join(segments, nil)...), raw[2:]...)
}

// exifOf is an Exif segment with a way up, a place and a name.
func exifOf(way uint16, order binary.AppendByteOrder, mark string) []byte {
	tiff := order.AppendUint32(order.AppendUint16([]byte(mark), 42), 8)
	tiff = order.AppendUint16(tiff, 2)
	tiff = order.AppendUint32(order.AppendUint16(order.AppendUint16(tiff, 0x010f), 2), uint32(len(told)))
	tiff = order.AppendUint32(tiff, 38)
	tiff = order.AppendUint32(order.AppendUint16(order.AppendUint16(tiff, tagOrientation), typeShort), 1)
	tiff = order.AppendUint16(order.AppendUint16(tiff, way), 0)
	tiff = append(order.AppendUint32(tiff, 0), told...)
	return segment(nil, markerAPP1, append([]byte("Exif\x00\x00"), tiff...))
}

func pngWith(t testing.TB, chunks ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, drawn()); err != nil {
		t.Fatal(err)
	}
	raw := out.Bytes()
	const head = pngSignature + pngFrame + 13
	return append(append(append([]byte{}, raw[:head]...), bytes.Join(chunks, nil)...), raw[head:]...)
}

func chunk(name, body string) []byte {
	out := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), name+body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// onePixel is a WebP of one pixel, as cwebp -lossless writes it.
const onePixel = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="

// webpWith is a WebP with a header that says what it holds, and further chunks.
func webpWith(t testing.TB, flags byte, chunks ...[]byte) []byte {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(onePixel)
	if err != nil {
		t.Fatal(err)
	}
	body := append([]byte("WEBP"), riff("VP8X", string([]byte{flags, 0, 0, 0, 0, 0, 0, 0, 0, 0}))...)
	body = append(append(body, raw[riffHeader:]...), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func riff(name, body string) []byte {
	out := append(binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body))), body...)
	return append(out, make([]byte, len(body)%2)...)
}

// pictures are pictures that tell something beside themselves, by their form.
func pictures(t testing.TB) map[string][][]byte {
	small := append([]byte("JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x01\x01"), told...)
	return map[string][][]byte{
		JPEG: {
			jpegWith(t), jpegWith(t, exifOf(6, binary.BigEndian, "MM")), jpegWith(t, exifOf(3, binary.LittleEndian, "II")),
			jpegWith(t, segment(nil, markerAPP0, small), segment(nil, markerAPP1, []byte("http://ns.adobe.com/xap/1.0/\x00"+told))),
			jpegWith(t, segment(nil, 0xed, []byte("Photoshop 3.0\x00"+told)), segment(nil, 0xfe, []byte(told))),
			jpegWith(t, segment(nil, markerAPP2, []byte("MPF\x00"+told)), []byte{0xff, 0xff, 0xff}, segment(nil, 0xef, []byte(told))),
			jpegWith(t, segment(nil, markerAPP14, []byte("Adobe\x00\x64\x00\x00\x00\x00\x01"+told))),
		},
		PNG: {
			pngWith(t), pngWith(t, chunk("tEXt", "Author\x00"+told), chunk("eXIf", told), chunk("tIME", told[:7])),
			pngWith(t, chunk("iTXt", "XML:com.adobe.xmp\x00"+told), chunk("prVt", told)),
		},
		WebP: {
			webpWith(t, 0), webpWith(t, webpExif|webpXMP, riff("EXIF", told), riff("XMP ", told+"!"), riff("None", told)),
		},
	}
}

// TestStrip: what a picture tells beside itself is gone, the picture is the same, and a second time changes nothing.
func TestStrip(t *testing.T) {
	t.Parallel()
	for kind, all := range pictures(t) { // any order: they do not depend on each other
		for i, raw := range all {
			out, err := Upload(kind, raw)
			if err != nil {
				t.Errorf("%s %d: %v", kind, i, err)
				continue
			}
			if bytes.Contains(out, []byte(told[:12])) || bytes.Contains(out, []byte(told[14:])) {
				t.Errorf("%s %d still tells: %q", kind, i, out)
			}
			if again, err := Upload(kind, out); err != nil || !bytes.Equal(again, out) {
				t.Errorf("%s %d: a second time %d bytes of %d, %v", kind, i, len(again), len(out), err)
			}
			if kind == WebP {
				continue // nobody here decodes it; its picture's chunk is compared below
			}
			same(t, raw, out)
		}
	}
	out, err := Strip(WebP, webpWith(t, webpExif, riff("EXIF", told)))
	if err != nil || !bytes.Equal(out, webpWith(t, 0)) {
		t.Errorf("WebP: %x, %v", out, err)
	}
}

// same compares what two pictures show.
func same(t *testing.T, a, b []byte) {
	t.Helper()
	one, _, err := image.Decode(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	two, _, err := image.Decode(bytes.NewReader(b))
	if err != nil || one.Bounds() != two.Bounds() {
		t.Fatalf("stripped: %v", err)
	}
	for x := range one.Bounds().Dx() {
		for y := range one.Bounds().Dy() {
			if one.At(x, y) != two.At(x, y) {
				t.Fatalf("another picture at %d, %d", x, y)
			}
		}
	}
}

// TestWhichWayIsUp: that one number stays, in one form, and is the only one.
func TestWhichWayIsUp(t *testing.T) {
	t.Parallel()
	for way, kept := range map[uint16]bool{0: false, 1: false, 2: true, 6: true, 8: true, 9: false, 65535: false} { // any order: each alone
		for mark, order := range map[string]binary.AppendByteOrder{"MM": binary.BigEndian, "II": binary.LittleEndian} {
			out, err := Strip(JPEG, jpegWith(t, exifOf(way, order, mark), exifOf(way, order, mark)))
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(out, []byte("Exif")); n != map[bool]int{true: 1}[kept] || kept && !bytes.Contains(out, exif(way)) {
				t.Errorf("way %d: %d times", way, n)
			}
		}
	}
}

// TestRefused: what is not what it says, moves, is damaged or holds more is refused by name.
func TestRefused(t *testing.T) {
	t.Parallel()
	photo, drawing, web := jpegWith(t), pngWith(t), webpWith(t, 0)
	broken := pngWith(t, chunk("gAMA", "\x00\x00\xb1\x8f"))
	broken[len(broken)-20] ^= 1
	for name, c := range map[string]struct { // any order: each alone
		declared string
		data     []byte
		want     error
	}{
		"a picture as a text":     {"text/plain", photo, ErrOther},
		"a picture as nothing":    {"", drawing, ErrOther},
		"a picture as sealed":     {"application/octet-stream", web, ErrOther},
		"a PNG as a JPEG":         {JPEG, drawing, ErrOther},
		"a text as a picture":     {PNG, []byte("words"), ErrOther},
		"nothing as a picture":    {JPEG, nil, ErrOther},
		"a PDF":                   {"application/pdf", []byte("%PDF-1.7"), ErrType},
		"a PDF as a text":         {"text/plain", []byte("%PDF-1.7"), ErrOther},
		"HEIC":                    {"image/heic", []byte("\x00\x00\x00\x18ftypheic"), ErrType},
		"HEIC as a text":          {"", []byte("\x00\x00\x00\x18ftypheic"), ErrOther},
		"a document as a text":    {"text/plain", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), ErrOther},
		"an archive as a text":    {"text/plain", []byte("\xfd7zXZ\x00"), ErrOther},
		"a tar as JSON":           {"application/json", []byte("photo.jpg\x00\x00\x00"), ErrOther},
		"a photo behind a blank":  {"", append([]byte(" "), photo...), ErrOther},
		"no type":                 {"nonsense;;", []byte("words"), ErrType},
		"a film behind a photo":   {JPEG, append(bytes.Clone(photo), "ftypmp42"...), ErrDamaged},
		"half a photo":            {JPEG, photo[:len(photo)/2], ErrDamaged},
		"a photo without an end":  {JPEG, photo[:len(photo)-2], ErrDamaged},
		"no photo in it":          {JPEG, []byte{0xff, markerSOI, 0xff, markerEOI}, ErrDamaged},
		"a segment too long":      {JPEG, []byte{0xff, markerSOI, 0xff, markerAPP1, 0xff, 0xff, 0}, ErrDamaged},
		"a segment too short":     {JPEG, []byte{0xff, markerSOI, 0xff, markerAPP1, 0, 1, 0}, ErrDamaged},
		"text behind a drawing":   {PNG, append(bytes.Clone(drawing), told...), ErrDamaged},
		"half a drawing":          {PNG, drawing[:len(drawing)/2], ErrDamaged},
		"a wrong sum":             {PNG, broken, ErrDamaged},
		"a drawing that moves":    {PNG, pngWith(t, chunk("acTL", "12345678")), ErrDamaged},
		"an unknown need":         {PNG, pngWith(t, chunk("NEWs", told)), ErrDamaged},
		"a WebP that moves":       {WebP, webpWith(t, webpAnimated), ErrDamaged},
		"a WebP with frames":      {WebP, webpWith(t, 0, riff("ANMF", told)), ErrDamaged},
		"a WebP longer than said": {WebP, append(bytes.Clone(web), 0, 0), ErrDamaged},
		"half a WebP":             {WebP, web[:len(web)-4], ErrDamaged},
	} {
		if _, err := Upload(c.declared, c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for _, text := range []string{"words", "议题", "BMW 车位", "MZ 3 号楼", "{\"name\":\"x\"}"} {
		for _, declared := range []string{"", "text/plain; charset=utf-8", "application/json"} {
			if out, err := Upload(declared, []byte(text)); err != nil || string(out) != text {
				t.Errorf("%q as %q: %q, %v", text, declared, out, err)
			}
		}
	}
}

// TestSealed: what a device has sealed may begin like anything.
func TestSealed(t *testing.T) {
	t.Parallel()
	for _, first := range []string{
		"BM\x00\x01", "MZ\x00\x01", "\x1f\x8b\x08\x00", "%PDF-1.7", "\x00\x00\x00\x18ftypheic", "\xff\xd8\xfe", "",
	} {
		if out, err := Upload("application/octet-stream", []byte(first)); err != nil || string(out) != first {
			t.Errorf("%q: %q, %v", first, out, err)
		}
	}
}

// FuzzUpload: whatever is sent is refused, or comes out no longer than it was, the same a second time, and without what stands where a
// picture tells of itself.
func FuzzUpload(f *testing.F) {
	for kind, all := range pictures(f) {
		for _, raw := range all {
			f.Add(kind, raw)
		}
	}
	f.Add("text/plain", []byte("words"))
	f.Fuzz(func(t *testing.T, declared string, data []byte) {
		before := bytes.Clone(data)
		out, err := Upload(declared, data)
		if !bytes.Equal(before, data) {
			t.Fatal("what was sent was changed")
		}
		if err != nil {
			return
		}
		if len(out) > len(data)+4 { // what Exif of one number ends with
			t.Errorf("%d bytes became %d", len(data), len(out))
		}
		again, err := Upload(declared, out)
		if err != nil || !bytes.Equal(again, out) {
			t.Errorf("a second time: %v", err)
		}
		for _, part := range parts(t, out) {
			if !slices.Contains(keptParts, part) {
				t.Errorf("%s is kept", part)
			}
		}
	})
}

// keptParts are the names of all that a picture may come out with, written out once more so that a list that grows is noticed.
var keptParts = []string{
	"SOF", "DHT", "DQT", "DRI", "DNL", "DAC", "SOS", "JFIF", "Adobe", "ICC_PROFILE", "which way is up",
	"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "bKGD", "pHYs",
	"VP8 ", "VP8L", "VP8X", "ALPH", "ICCP",
}

// parts names what a picture that came out is made of, by its form's rules and not by the code that made it; none of what is no picture.
func parts(t *testing.T, data []byte) (out []string) {
	t.Helper()
	switch Sniff(data) {
	case PNG:
		for rest := data[8:]; len(rest) > 0; rest = rest[12+binary.BigEndian.Uint32(rest):] {
			out = append(out, string(rest[4:8]))
		}
	case WebP:
		for rest := data[12:]; len(rest) > 0; {
			n := binary.LittleEndian.Uint32(rest[4:])
			if string(rest[:4]) == "VP8X" && rest[8]&(webpXMP|webpExif|webpAnimated) != 0 {
				out = append(out, "a header that says more")
			}
			out, rest = append(out, string(rest[:4])), rest[8+n+n%2:]
		}
	case JPEG:
		for rest := data[2:]; !bytes.Equal(rest, []byte{0xff, markerEOI}); {
			if len(rest) < 4 || rest[0] != 0xff {
				t.Fatalf("no segment stands at %d", len(data)-len(rest))
			}
			end := 2 + int(binary.BigEndian.Uint16(rest[2:]))
			out = append(out, jpegPart(rest[1], rest[4:end]))
			if rest[1] == markerSOS {
				for ; rest[end] != 0xff || rest[end+1] == 0 || rest[end+1] == 0xff || rest[end+1]&0xf8 == markerRST0; end++ {
				}
			}
			rest = rest[end:]
		}
	}
	return out
}

// jpegPart names a segment; one of an application is known by all of it but its numbers.
func jpegPart(marker byte, body []byte) string {
	alone := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00"
	names := map[byte]string{0xc4: "DHT", 0xcc: "DAC", 0xda: "SOS", 0xdb: "DQT", 0xdc: "DNL", 0xdd: "DRI"}
	switch begins := func(text string) bool { return bytes.HasPrefix(body, []byte(text)) }; {
	case names[marker] != "":
		return names[marker]
	case marker&0xf0 == 0xc0:
		return "SOF"
	case marker == 0xe0 && begins("JFIF\x00") && len(body) == 14 && body[12] == 0 && body[13] == 0:
		return "JFIF"
	case marker == 0xee && begins("Adobe") && len(body) == 12:
		return "Adobe"
	case marker == 0xe2 && begins("ICC_PROFILE\x00"):
		return "ICC_PROFILE"
	case marker == 0xe1 && begins(alone) && len(body) == len(alone)+7 && body[len(alone)] >= 2 && body[len(alone)] <= 8 &&
		bytes.Count(body[len(alone)+1:], []byte{0}) == 6:
		return "which way is up"
	}
	return fmt.Sprintf("segment %x", marker)
}
