package main

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"image"
	"image/jpeg"
	"net/http"
	"testing"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/picture"
	"renlin.dev/pkg/seal"
)

// TestUploads: what is sealed of a photograph is the picture alone, which its commitment proves; what is not what it says, or no picture
// and no text, is refused, and what a device has sealed itself is taken as it is.
func TestUploads(t *testing.T) {
	address, _ := startPilot(t)
	n, _ := foundVoters(t, address, 1)
	d := n.First.Device
	var clean bytes.Buffer
	if err := jpeg.Encode(&clean, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	place := append([]byte("Exif\x00\x00"), "GPS 31.2304N 121.4737E"...)
	told := append([]byte{0xff, 0xd8, 0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(place)+2))...)
	told = append(append(told, place...), clean.Bytes()[2:]...)
	sealed, err := d.PutPicture(t.Context(), d.Member, picture.JPEG, told)
	if err != nil {
		t.Fatal(err)
	}
	want := seal.Commit(sealed.Salt, clean.Bytes())
	if int(sealed.Length) != clean.Len() || !bytes.Equal(sealed.Commitment, want[:]) {
		t.Errorf("sealed are %d bytes, want %d", sealed.Length, clean.Len())
	}
	boxed := make([]byte, 200)
	if _, err := rand.Read(boxed); err != nil {
		t.Fatal(err)
	}
	copy(boxed, "MZ") // as a program does, which sealed bytes may by chance
	if own, err := d.PutPicture(t.Context(), d.Member, "application/octet-stream", boxed); err != nil || int(own.Length) != len(boxed) {
		t.Errorf("what the device has sealed: %+v, %v", own, err)
	}
	at := address + "/v1/communities/" + n.Community + "/texts?subject=" + d.Member
	for _, c := range []struct{ name, media, body, code string }{
		{"a photo as a text", "text/plain", string(told), "upload.not_as_declared"},
		{"a text as a photo", picture.JPEG, "words", "upload.not_as_declared"},
		{"half a photo", picture.JPEG, string(told[:60]), "upload.picture_damaged"},
		{"an old document as a text", "text/plain", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "upload.not_as_declared"},
		{"a document", "application/pdf", "%PDF-1.7", "upload.type"},
	} {
		header := http.Header{
			"Content-Type": {c.media}, "Authorization": {"Bearer " + d.Token}, "Idempotency-Key": {client.IdempotencyKey()},
		}
		t.Log(c.name)
		request(t, http.MethodPost, at, c.body, header).refused(t, http.StatusBadRequest, c.code)
	}
}
