package main

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// TestHTTPUnanswerableReads: strangers ask for positions that will never be, more at once than a service works on. They are told so, and
// meanwhile and afterwards the service decides and answers.
func TestHTTPUnanswerableReads(t *testing.T) {
	address, _ := startPilot(t)
	x, err := neighbourhood.FoundExample(t.Context(), client.New(address), func(string, ...any) {})
	if err != nil {
		t.Fatal(err)
	}
	d := x.Residents[0]
	sealed, err := d.PutText(t.Context(), d.Member, "小广场的树荫太少")
	if err != nil {
		t.Fatal(err)
	}
	post := func() *op.Answer {
		answer, err := d.Do(t.Context(), "proposal.post", "topics",
			&proposalv1.PostTopic{Matter: neighbourhood.MatterGreening, Text: neighbourhood.Text(sealed)})
		if err != nil {
			t.Fatalf("post a topic: %v", err)
		}
		return answer
	}
	first := post()
	const askers = op.ConcurrentMax + 100
	codes := make(chan string, askers)
	var flood sync.WaitGroup
	for i := range uint64(askers) {
		flood.Go(func() {
			position := []uint64{1 << 62, first.Position + 1000}[i%2]
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
				fmt.Sprintf("%s/v1/communities/%s/records/motion?min_index=%d", address, d.Community, position), nil)
			if err != nil {
				t.Error(err)
				return
			}
			codes <- exchange(t, http.DefaultClient, r).code
		})
	}
	second := post()
	if _, err := d.Records(t.Context(), "topic", "", 0); err != nil {
		t.Errorf("a read meanwhile: %v", err)
	}
	flood.Wait()
	close(codes)
	for code := range codes {
		if code != "record.behind" && code != "service.busy" {
			t.Errorf("an unanswerable read was answered %q", code)
		}
	}
	if _, err := d.Records(t.Context(), "topic", "", second.Position); err != nil {
		t.Errorf("read afterwards: %v", err)
	}
}
