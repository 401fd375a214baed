package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"renlin.dev/services/gateway"
)

// TestPhoneNumber: what can be rung is told to everybody, and nothing else is taken for a number.
func TestPhoneNumber(t *testing.T) {
	for number, good := range map[string]bool{
		"": true, "021-5550 0100": true, "+86 21 5550 0100": true, "110": true,
		"ring me": false, "021;55500100": false, strings.Repeat("1", 21): false, "１１０": false,
	} {
		if err := checkPhone(number); (err == nil) != good {
			t.Errorf("%q: %v", number, err)
		}
	}
	e := newEdge(t)
	g := e.gateway(func(c *gateway.Config) { c.Phone = "021-5550 0100" })
	v := e.found(e.serve(g))
	var told struct{ Phone string }
	w := ask(t, g, http.MethodGet, "/v1/communities/"+v.Community, "", "", nil)
	if err := json.Unmarshal(w.Body.Bytes(), &told); err != nil || told.Phone != "021-5550 0100" {
		t.Errorf("told: %+v, %v", told, err)
	}
}
