package vault_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	vaultv1 "renlin.dev/proto/renlin/vault/v1"
)

// golden has one example of every event that the service has ever written: a file holds the stored bytes in hex, a line break, and
// what they say. Files are only added: a record with such bytes may be anywhere.
var golden = map[string]proto.Message{
	"text_read": &vaultv1.TextRead{
		Ref: ref("topic"), Subject: id("ann"), Reader: id("bob"), Purpose: vaultv1.Purpose_PURPOSE_DELIBERATION, NamedBy: "topic/" + id("topic"),
	},
	"subject_erased": &vaultv1.SubjectErased{By: id("off")},
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, m := range golden {
		path := filepath.Join("testdata", "golden", name+".txt")
		raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if os.IsNotExist(err) && os.Getenv("RENLIN_GOLDEN_ADD") != "" {
			text = []byte(hex.EncodeToString(raw) + "\n" + protojson.MarshalOptions{Multiline: true}.Format(m) + "\n")
			err = os.WriteFile(path, text, 0o644)
		}
		if err != nil {
			t.Errorf("%s: %v (a new event: run with RENLIN_GOLDEN_ADD=1)", name, err)
			continue
		}
		stored, says, _ := strings.Cut(string(text), "\n")
		told := m.ProtoReflect().New().Interface()
		if err := protojson.Unmarshal([]byte(says), told); err != nil || !proto.Equal(told, m) || stored != hex.EncodeToString(raw) {
			t.Errorf("%s: would be written otherwise now, or said something else: %v", name, err)
		}
	}
}
