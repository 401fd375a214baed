package gateway

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"path"
	"strings"
)

// A binding's file is named <community>/<member>.<identity in hex> and holds one line of JSON and one of HMAC over name and JSON. So a file
// that is torn, edited, or moved under another name is noticed, and whose it was can still be told when the person is to be forgotten.

// Errors of a binding's file.
var (
	errBindingName = errors.New("the name is no binding's")
	errBindingTorn = errors.New("the file is torn or was changed")
)

// bindingFile is what a file says beside its name.
type bindingFile struct {
	Provider string `json:"provider"`
	Key      string `json:"key"`
	BoundAt  int64  `json:"bound_at"`
}

// file names the binding's file.
func (b *binding) file() string {
	return path.Join(b.community, b.member+"."+hex.EncodeToString(b.identity[:]))
}

func bindingMAC(seal []byte, name string, line []byte) []byte {
	mac := hmac.New(sha256.New, seal)
	_, _ = mac.Write([]byte(name + "\n")) // never fails
	_, _ = mac.Write(line)
	return mac.Sum(nil)
}

// encodeBinding writes a file.
func encodeBinding(seal []byte, b *binding) []byte {
	line, err := json.Marshal(bindingFile{Provider: b.provider, Key: b.key, BoundAt: b.boundAt})
	if err != nil {
		panic("binding cannot be written: " + err.Error()) // two strings and a number
	}
	mac := base64.RawURLEncoding.EncodeToString(bindingMAC(seal, b.file(), line))
	return append(append(line, '\n'), mac+"\n"...)
}

// decodeBinding reads a file. An error with a binding says that it is damaged; without one that the name is no binding's.
func decodeBinding(seal []byte, name string, raw []byte) (*binding, error) {
	community, base := path.Split(name)
	member, digits, dot := strings.Cut(base, ".")
	sum, err := hex.DecodeString(digits)
	b := &binding{community: strings.TrimSuffix(community, "/"), member: member}
	if !dot || err != nil || len(sum) != len(b.identity) || digits != strings.ToLower(digits) ||
		!opaqueID.MatchString(member) || !opaqueID.MatchString(b.community) {
		return nil, errBindingName
	}
	b.identity, b.damaged = identity(sum), true
	line, rest, _ := bytes.Cut(raw, []byte("\n"))
	mac, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimSuffix(string(rest), "\n"))
	if err != nil || !hmac.Equal(mac, bindingMAC(seal, b.file(), line)) {
		return b, errBindingTorn
	}
	var f bindingFile
	if err := strictJSON(line, &f); err != nil {
		return b, errBindingTorn
	}
	b.provider, b.key, b.boundAt, b.damaged = f.Provider, f.Key, f.BoundAt, false
	return b, nil
}
