package op_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/op"
)

// TestPageEncoding: a page encodes as encoding/json has it, byte for byte: tags of what is shown rest on it.
func TestPageEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		record := rapid.Custom(func(t *rapid.T) op.Record {
			state, err := json.Marshal(rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "state"))
			if err != nil {
				t.Fatal(err)
			}
			r := op.Record{Path: rapid.String().Draw(t, "path"), Version: rapid.Uint64().Draw(t, "version"), State: state}
			if rapid.IntRange(0, 9).Draw(t, "stateless") == 0 {
				r.State = nil
			}
			return r
		})
		page := &op.Page{
			Position: rapid.Uint64().Draw(t, "position"), Records: rapid.SliceOfN(record, 0, 4).Draw(t, "records"),
			Next: rapid.OneOf(rapid.Just(""), rapid.String()).Draw(t, "next"),
		}
		if rapid.IntRange(0, 9).Draw(t, "none") == 0 {
			page.Records = nil
		}
		want, err := json.Marshal(page)
		if err != nil {
			t.Fatal(err)
		}
		if got := page.Encode(); string(got) != string(want) {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
		if want, err = json.Marshal(page.Records); err != nil {
			t.Fatal(err)
		}
		if got := page.EncodeRecords(); string(got) != string(want) {
			t.Fatalf("records: got  %s\nwant %s", got, want)
		}
	})
}
