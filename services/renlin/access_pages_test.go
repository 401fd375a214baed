package main

import (
	"net/http"
	"net/http/httptest"
	"regexp"
)

// pageRows are the pages for people. What they refuse is a page too, which shows the code.
func pageRows() map[string]route {
	const here = "GET /c/{community}"
	return map[string]route{
		"page: communities":  get("GET /{$}", ""),
		"page: overview":     get(here, ""),
		"page: decisions":    get(here+"/decisions", ""),
		"page: no such poll": get(here+"/decisions/{poll}", ""),
		"page: rules":        get(here+"/rules", ""),
		"page: money":        get(here+"/money", ""),
		"page: holdings":     get(here+"/holdings", ""),
		"page: notices":      get(here+"/notices", ""),
		"page: help":         get(here+"/help", ""),
		"page: record":       get(here+"/record", ""),
		"page: proof":        get(here+"/proof", ""),
		"page: receipt":      get(here+"/receipt", ""),
		"page: style":        get("GET /static/{file...}", ""),
		"page: app":          get("GET /app/{$}", ""),
		"page: app's file":   get("GET /app/{path...}", "index.html"),
		"page: console":      get("GET /console/{$}", ""),
		"page: console bare": get("GET /console", ""),
		"page: its script":   get("GET /console/{file}", ""),
	}
}

// operatorRows are the operator's pages. Nobody has signed in to them here, and no token in a header does.
func operatorRows() map[string]route {
	const here = "GET /operator"
	post := func(path string) route {
		return route{"POST /operator" + path, func(x *callers, who string) *httptest.ResponseRecorder {
			return ask(x.edge, x.open, http.MethodPost, "/operator"+path, x.devices[who].Token, "", nil)
		}}
	}
	return map[string]route{
		"operator: status": get(here, ""),
		"operator: alerts": get(here+"/alerts", ""),
		"operator: traces": get(here+"/traces", ""),
		"operator: trace":  get(here+"/traces/{trace}", ""),
		"operator: commit": get(here+"/communities/{stream}/commits/{index}", ""),
		"operator: style": {here + "/static/{file...}", func(x *callers, who string) *httptest.ResponseRecorder {
			return ask(x.edge, x.open, http.MethodGet, "/operator/static/operating.css", x.devices[who].Token, "", nil)
		}},
		"operator: sign in": post("/sessions"), "operator: sign out": post("/sessions/end"), "operator: again": post("/again"),
	}
}

// codeOnPage is where a page for people that refuses says why.
var codeOnPage = regexp.MustCompile(`id="code">([a-z_.]+)<`)
