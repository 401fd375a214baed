package process

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/seal"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	"renlin.dev/services/vault"
)

// A read is answered in a box to the reader's key: the first time always, for who asks again only until the request expires.
func TestReadAnswer(t *testing.T) {
	t.Parallel()
	own, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	v := &vaults{env: Env{Data: t.TempDir(), State: t.TempDir()}, own: own, open: map[string]*openVault{}}
	defer v.close()
	community, subject := strings.Repeat("c", 26), strings.Repeat("s", 26)
	raw, err := v.put(community, []byte(subject+"a text"))
	if err != nil {
		t.Fatal(err)
	}
	var sealed vault.Sealed
	if err := json.Unmarshal(raw, &sealed); err != nil {
		t.Fatal(err)
	}
	public, private, err := seal.NewReaderKey(strings.NewReader(strings.Repeat("k", 64)))
	if err != nil {
		t.Fatal(err)
	}
	body, err := protojson.Marshal(&vaultv1.ReadText{Ref: sealed.Ref, Subject: subject, ReaderKey: public})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		repeated bool
		notAfter int64
		answered bool
	}{
		{"first", false, 1, true},
		{"again", true, math.MaxInt64, true},
		{"again, too late", true, 1, false},
	} {
		s := &chain.Signed{Operation: vault.OpRead, Body: body, NotAfter: c.notAfter}
		raw, err := v.after(t.Context(), community, s, &op.Answer{Repeated: c.repeated})
		if err != nil || (raw != nil) != c.answered {
			t.Errorf("%s: %s, %v", c.name, raw, err)
		}
		if raw == nil {
			continue
		}
		var answer vault.Answer
		if err := json.Unmarshal(raw, &answer); err != nil {
			t.Fatal(err)
		}
		salt, text, err := seal.OpenAnswer(private, answer.Box)
		if err != nil || string(text) != "a text" || !seal.Check(sealed.Commitment, salt, text) {
			t.Errorf("%s: opens %q, %v", c.name, text, err)
		}
	}
}
