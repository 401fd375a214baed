package credential_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/credential"
)

// What was printed is read again, and nothing that differs from it in one character.
func TestSheetText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(what string, n int) []byte { return rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, what) }
		s, err := credential.NewSheet(bytes.NewReader(draw("secret", 32)), chain.ShortID(draw("poll", 16)))
		if err != nil {
			t.Fatal(err)
		}
		text := s.Text()
		if got, err := credential.ReadSheet(text); err != nil || *got != *s {
			t.Fatalf("%s is read as %v, %v", text, got, err)
		}
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		slip := text[:at] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[rapid.IntRange(0, 31).Draw(t, "sign")]) + text[at+1:]
		if _, err := credential.ReadSheet(slip); (err == nil) != (slip == text) {
			t.Fatalf("%s is taken for %s", slip, text)
		}
	})
}

func TestSheetTextRefused(t *testing.T) {
	t.Parallel()
	id := chain.ShortID(make([]byte, 16))
	s, err := credential.NewSheet(bytes.NewReader(make([]byte, 32)), id)
	if err != nil {
		t.Fatal(err)
	}
	good := s.Text()
	for what, text := range map[string]string{
		"empty": "", "bare": good[10:], "small letters": strings.ToLower(good), "short": good[:len(good)-1], "long": good + "A",
		"a paper of an open poll": "RENLIN-P1:" + good[10:], "a line": good + "\n",
	} {
		if _, err := credential.ReadSheet(text); err == nil {
			t.Errorf("%s is read", what)
		}
	}
	if _, err := credential.NewSheet(bytes.NewReader(make([]byte, 32)), "a poll"); err == nil {
		t.Error("a sheet for no poll")
	}
	if _, err := credential.NewSheet(bytes.NewReader(nil), id); err == nil {
		t.Error("a sheet without chance")
	}
	if _, err := s.Credential("ann"); err == nil {
		t.Error("a sheet for nobody")
	}
}

// A sheet's credential follows from its secret alone, as docs/format.md says, and is of its voter by the commitment only.
func TestSheetCredential(t *testing.T) {
	t.Parallel()
	id, voter := chain.ShortID(make([]byte, 16)), chain.ShortID(bytes.Repeat([]byte{9}, 16))
	s := &credential.Sheet{Poll: id, Secret: [32]byte(bytes.Repeat([]byte{7}, 32))}
	c, err := s.Credential(voter)
	if err != nil {
		t.Fatal(err)
	}
	derived := func(domain string) []byte {
		out, err := hkdf.Key(sha256.New, bytes.Repeat([]byte{7}, 32), []byte(id), domain, 32)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if !bytes.Equal(c.Key.Seed(), derived("renlin/sheet/key/1\n")) || !bytes.Equal(c.Salt[:], derived("renlin/sheet/salt/1\n")) {
		t.Error("the credential does not follow from the secret as written")
	}
	if c.Channel != votingv1.Channel_CHANNEL_PAPER || c.Voter != voter {
		t.Errorf("credential %v of %s", c.Channel, c.Voter)
	}
	other, err := (&credential.Sheet{Poll: voter, Secret: s.Secret}).Credential(voter)
	if err != nil || bytes.Equal(other.Public(), c.Public()) {
		t.Errorf("one secret is one credential in two polls (%v)", err)
	}
}
