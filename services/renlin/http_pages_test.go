package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/op"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// pageBytesMost is more than any page may have: what the bus carries in a message.
const pageBytesMost = 1 << 20

// TestHTTPPages: polls that together do not fit into a message are listed page by page, each once and in order, also in the inbox; and the
// two keystores find all of them.
func TestHTTPPages(t *testing.T) {
	address, _ := startPilot(t)
	n, _ := foundVoters(t, address, 1)
	const polls = 60
	var called []string
	var newest string
	for range polls {
		answer, err := n.First.Do(t.Context(), "voting.call", "polls", &votingv1.CallPoll{
			Matter: neighbourhood.MatterGreening, Question: &proposalv1.Motion{Title: "Benches", Text: strings.Repeat("b", 20_000)},
		})
		if err != nil {
			t.Fatal(err)
		}
		called, newest = append(called, answer.Changed...), strconv.FormatUint(answer.Position, 10)
	}
	slices.Sort(called)
	for _, way := range []struct {
		name, address string
		records       func(raw []byte) ([]op.Record, string, error)
	}{
		{"records", "records/poll?limit=1000&min_index=" + newest + "&after=", func(raw []byte) ([]op.Record, string, error) {
			var page op.Page
			err := json.Unmarshal(raw, &page)
			return page.Records, page.Next, err
		}},
		{"inbox", "inbox?min_index=" + newest + "&after=", func(raw []byte) ([]op.Record, string, error) {
			var page struct {
				Poll []op.Record
				Next string
			}
			err := json.Unmarshal(raw, &page)
			return page.Poll, page.Next, err
		}},
	} {
		var listed []string
		pages := 0
		for after := ""; pages == 0 || after != ""; pages++ {
			raw, err := n.First.Raw(t.Context(), "/v1/communities/"+n.Community+"/"+way.address+url.QueryEscape(after))
			if err != nil {
				t.Fatalf("%s: %v", way.name, err)
			}
			if len(raw) > pageBytesMost {
				t.Errorf("%s: a page of %d bytes", way.name, len(raw))
			}
			records, next, err := way.records(raw)
			if err != nil {
				t.Fatalf("%s: %v", way.name, err)
			}
			for _, r := range records {
				listed = append(listed, r.Path)
			}
			after = next
		}
		if !slices.Equal(listed, called) || pages < 2 {
			t.Errorf("%s: %d polls on %d pages, called %d", way.name, len(listed), pages, len(called))
		}
	}
	soon, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, poll := range called {
		err := neighbourhood.Eventually(soon, "poll open", func() error {
			var p neighbourhood.PollState
			if _, err := n.First.Record(t.Context(), poll, 0, &p); err != nil || p.Roll == nil {
				return errors.Join(err, errors.New("not yet"))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
