// Package picture takes out of a photograph what it tells beside its picture: where and when it was taken, with which device, by whom, and
// smaller pictures of what was cut away.
//
// The rules, in plain words:
//
//   - Three forms are taken: JPEG, PNG, WebP. What is declared must be what the first bytes say.
//   - What is needed to show the picture is kept, byte for byte: nothing is decoded and nothing packed anew. Everything else is left out,
//     by a list of what is kept, not of what is known to tell something. Of a JPEG's metadata the one number is kept that says which way is
//     up.
//   - What is not made as its form says is refused, whole: it may hide anything. So is what stands behind a picture's end, and a picture
//     that moves.
//   - A picture itself may show anything; only people can judge that.
package picture

import (
	"bytes"
	"mime"
	"unicode/utf8"

	"renlin.dev/pkg/fault"
)

// The forms that are taken, by their media types.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
	WebP = "image/webp"
)

// Faults of what is sent.
var (
	ErrType = fault.New(fault.Invalid, "upload.type", "Texts and pictures (JPEG, PNG, WebP) are taken here, and nothing else.",
		"这里只接收文字和图片（JPEG、PNG、WebP）。")
	ErrOther   = fault.New(fault.Invalid, "upload.not_as_declared", "What was sent is not what it says it is.", "所发送的内容与其声明的类型不符。")
	ErrDamaged = fault.New(fault.Invalid, "upload.picture_damaged",
		"This picture is damaged, moves, or holds more than a picture; please save it anew and try again.",
		"该图片已损坏、是动图，或夹带了图片以外的内容；请重新保存后再试。")
)

// media are the types of files that are known by their first bytes: those that are taken, and those that are refused though they are
// declared as something else.
var media = []struct {
	first, then string // then stands eight bytes in
	media       string
}{
	{"\xff\xd8\xff", "", JPEG}, {"\x89PNG\r\n\x1a\n", "", PNG}, {"RIFF", "WEBP", WebP},
	{"GIF8", "", "image/gif"}, {"BM", "", "image/bmp"}, {"II*\x00", "", "image/tiff"}, {"MM\x00*", "", "image/tiff"},
	{"RIFF", "", "video/avi"},
	{"%PDF-", "", "application/pdf"}, {"PK\x03\x04", "", "application/zip"}, {"\x1f\x8b", "", "application/gzip"},
	{"MZ", "", "application/exe"},
	{"\x7fELF", "", "application/elf"}, {"OggS", "", "audio/ogg"}, {"ID3", "", "audio/mpeg"}, {"\x1aE\xdf\xa3", "", "video/webm"},
	{"Rar!", "", "application/rar"}, {"7z\xbc\xaf\x27\x1c", "", "application/7z"},
}

// Sniff tells what the first bytes say; "" where they say nothing, as of a text. A file in the ISO's box form, such as HEIC or MP4, is told
// by its second word.
func Sniff(data []byte) string {
	for _, m := range media {
		if bytes.HasPrefix(data, []byte(m.first)) && (m.then == "" || len(data) >= 12 && string(data[8:12]) == m.then) {
			if len(m.first) == 2 && m.media != "application/gzip" && printable(data) {
				continue // a text may begin with two letters
			}
			return m.media
		}
	}
	if len(data) >= 12 && string(data[4:8]) == "ftyp" {
		return "image/heif"
	}
	return ""
}

// printable tells whether what begins like a file goes on like a text.
func printable(data []byte) bool {
	for _, c := range data[:min(len(data), 64)] {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}

// Upload judges what somebody sends to be kept, by what they say it is (a Content-Type; empty and text/plain mean a text), and gives what
// may be kept: a text as it is, a picture without what it tells beside its picture. A text is UTF-8 without a zero byte, so a document, a
// film or an archive is none, known here or not. Bytes that are sealed already are declared as application/octet-stream; nobody here can
// look into them, so whoever seals them takes out what must not be there. They may begin like anything: only a picture in clear is refused,
// whose beginning no sealed bytes have by chance but one time in millions.
func Upload(declared string, data []byte) ([]byte, error) {
	kind := "text/plain"
	if declared != "" {
		var err error
		if kind, _, err = mime.ParseMediaType(declared); err != nil {
			return nil, ErrType
		}
	}
	is := Sniff(data)
	switch kind {
	case JPEG, PNG, WebP:
		if is != kind {
			return nil, ErrOther
		}
		return Strip(kind, data)
	case "text/plain", "application/json", "application/x-www-form-urlencoded":
		if is != "" || !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
			return nil, ErrOther
		}
		return data, nil
	case "application/octet-stream":
		if is == JPEG || is == PNG || is == WebP {
			return nil, ErrOther
		}
		return data, nil
	}
	return nil, ErrType
}

// Strip takes out of a picture what it tells beside its picture.
func Strip(kind string, data []byte) ([]byte, error) {
	switch kind {
	case JPEG:
		return stripJPEG(data)
	case PNG:
		return stripPNG(data)
	case WebP:
		return stripWebP(data)
	}
	return nil, ErrType
}
