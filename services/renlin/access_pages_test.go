package main

import "regexp"

// pageRows are the pages for people. What they refuse is a page too, which shows the code.
func pageRows() map[string]route {
	const here = "GET /c/{community}"
	return map[string]route{
		"page: communities":  get("GET /{$}", ""),
		"page: overview":     get(here, ""),
		"page: decisions":    get(here+"/decisions", ""),
		"page: no such poll": get(here+"/decisions/{poll}", ""),
		"page: rules":        get(here+"/rules", ""),
		"page: holdings":     get(here+"/holdings", ""),
		"page: record":       get(here+"/record", ""),
		"page: receipt":      get(here+"/receipt", ""),
		"page: style":        get("GET /static/{file...}", ""),
		"page: console":      get("GET /console/{$}", ""),
		"page: console bare": get("GET /console", ""),
		"page: its script":   get("GET /console/{file}", ""),
	}
}

// codeOnPage is where a page for people that refuses says why.
var codeOnPage = regexp.MustCompile(`id="code">([a-z_.]+)<`)
