package gateway

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net/http"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/keyfile"
)

// ErrCursor: a page's mark that this gateway did not give for this list.
var ErrCursor = fault.New(fault.Invalid, "cursor.invalid",
	"This page's mark does not belong to this list; please begin at the first page.", "翻页标记不属于此列表，请从第一页重新开始。")

const (
	cursorDomain   = "renlin.dev/gateway/cursor/v1\x00"
	cursorMACBytes = 16
	// cursorBytesMax bounds what is looked at.
	cursorBytesMax = 1024
)

// cursors give out marks of where a page ended. A mark is good for the very list that it was given for, as address and parameters name it,
// and says nothing about who may read that: each page is judged anew.
type cursors struct{ key []byte }

// openCursors takes the key from a file, making it at the first start, so that marks outlive a restart. Without a file they do not.
func openCursors(file string, entropy io.Reader) (*cursors, error) {
	if file != "" {
		key, err := keyfile.LoadOrMake(file, entropy)
		if err != nil {
			return nil, err
		}
		return &cursors{key.Seed()}, nil
	}
	key := make([]byte, ed25519.SeedSize)
	_, err := io.ReadFull(entropy, key)
	return &cursors{key}, err
}

// listOf names the list that a request pages through: the address, with every parameter but the mark itself and the position, which may
// grow from page to page.
func listOf(r *http.Request) string {
	q := r.URL.Query()
	q.Del("after")
	q.Del("min_index")
	return r.URL.Path + "?" + q.Encode()
}

// seal makes the mark of a page that ended with a record; "" when there is none.
func (c *cursors) seal(list, last string) string {
	if last == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(append(c.mac(list, last), last...))
}

// open gives the record after which to go on; "" for no mark.
func (c *cursors) open(list, mark string) (last string, err error) {
	if mark == "" {
		return "", nil
	}
	if len(mark) > cursorBytesMax {
		return "", ErrCursor
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(mark)
	if err != nil || len(raw) <= cursorMACBytes {
		return "", ErrCursor
	}
	last = string(raw[cursorMACBytes:])
	if !hmac.Equal(raw[:cursorMACBytes], c.mac(list, last)) {
		return "", ErrCursor
	}
	return last, nil
}

func (c *cursors) mac(list, last string) []byte {
	m := hmac.New(sha256.New, c.key)
	m.Write([]byte(cursorDomain))
	m.Write(binary.BigEndian.AppendUint32(nil, uint32(len(list))))
	m.Write([]byte(list))
	m.Write([]byte(last))
	return m.Sum(nil)[:cursorMACBytes]
}
