package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
)

// cosigningRows are about commands that wait for a second signature, and about reading what one of them would change.
func cosigningRows() map[string]route {
	const body = `{"mode":"MODE_EMERGENCY","until":"1"}` // it is kept as it is: a service will judge it
	begin := func(x *callers, who string) *httptest.ResponseRecorder {
		return x.send(who, http.MethodPost, "/cosignings?operation=matching.set_mode&path=matching/mode", body,
			x.signed(who, "matching.set_mode", []byte(body)))
	}
	return map[string]route{
		"begin a cosigning": {"POST " + below + "/cosignings", begin},
		"cosignings":        get("GET "+below+"/cosignings", ""),
		"end a cosigning": {"DELETE " + below + "/cosignings/{cosigning}", func(x *callers, who string) *httptest.ResponseRecorder {
			begun := struct{ ID string }{strings.Repeat("0", 64)}
			_ = json.Unmarshal(begin(x, who).Body.Bytes(), &begun) // who may begin none may end none
			return x.send(who, http.MethodDelete, "/cosignings/"+begun.ID, "", nil)
		}},
		"tell rules": {"POST " + below + "/rules", func(x *callers, who string) *httptest.ResponseRecorder {
			return x.send(who, http.MethodPost, "/rules", `{"version":2,"matters":[{"code":"greening"}]}`, nil)
		}},
	}
}
