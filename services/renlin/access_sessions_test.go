package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"

	"renlin.dev/pkg/client"
)

// signInRows are the ways to a session.
func signInRows() map[string]route {
	const pattern = "POST " + below + "/sessions"
	develop := func(closed bool, change func(*http.Request)) route {
		return route{pattern, func(x *callers, who string) *httptest.ResponseRecorder {
			g := x.open
			if closed {
				g = x.closed
			}
			d := x.devices[who]
			return ask(x.edge, g, http.MethodPost, "/v1/communities/"+d.Community+"/sessions", "", memberJSON(d.Member), change)
		}}
	}
	return map[string]route{
		"sign in, by device": {pattern, func(x *callers, who string) *httptest.ResponseRecorder {
			body := memberJSON(x.devices[who].Member)
			w := x.send(who, http.MethodPost, "/sessions", body, x.signed(who, "gateway.sign_in", []byte(body)))
			if who == "host" { // without a device it is the development's sign-in, which another row is about
				w = ask(x.edge, x.closed, http.MethodPost, "/v1/communities/"+x.Community+"/sessions", "", body, nil)
			}
			return w
		}},
		"sign in, as another": {pattern, func(x *callers, who string) *httptest.ResponseRecorder {
			body := memberJSON(x.guest)
			d := *x.devices[who]
			if d.Key == nil {
				d.Key = x.devices["anon"].Key
			}
			y := &callers{village: x.village, open: x.open, devices: map[string]*client.Device{who: &d}}
			return y.send(who, http.MethodPost, "/sessions", body, y.signed(who, "gateway.sign_in", []byte(body)))
		}},
		"sign in, development": develop(false, nil),
		"the same, from afar":  develop(false, afar),
		"the same, by a proxy": develop(false, func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.7") }),
		"the same, by a name":  develop(false, func(r *http.Request) { r.Host = "rebound.example:8686" }),
		"the same, where off":  develop(true, nil),
	}
}

// accountRows are about platforms' accounts, and about where a member is signed in.
func accountRows() map[string]route {
	remove := func(what string) route {
		return route{"DELETE " + below + "/" + what + "}", func(x *callers, who string) *httptest.ResponseRecorder {
			path, _, _ := strings.Cut(what, "{")
			return x.send(who, http.MethodDelete, "/"+path+client.NewID(), "", nil)
		}}
	}
	return map[string]route{
		"sign in, by bound account": {"POST " + below + "/sessions", func(x *callers, who string) *httptest.ResponseRecorder {
			return x.byAccount(accountOf(who))
		}},
		"sign in, by another account": {"POST " + below + "/sessions", func(x *callers, _ string) *httptest.ResponseRecorder {
			return x.byAccount("another")
		}},
		"bind an account, by device": {"POST " + below + "/bindings", func(x *callers, who string) *httptest.ResponseRecorder {
			var refusal struct{ Params struct{ Ticket string } }
			if err := json.Unmarshal(x.byAccount("second_of_"+who).Body.Bytes(), &refusal); err != nil {
				x.edge.Fatal(err)
			}
			body := `{"member":"` + x.devices[who].Member + `","ticket":"` + refusal.Params.Ticket + `"}`
			return x.send(who, http.MethodPost, "/bindings", body, x.signed(who, "gateway.bind", []byte(body)))
		}},
		"unbind an account": remove("bindings/{binding"), "end a session": remove("sessions/{session"),
		"devices": get("GET "+below+"/devices", ""), "list sessions": get("GET "+below+"/sessions", ""),
	}
}
