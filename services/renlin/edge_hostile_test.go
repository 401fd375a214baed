package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	"renlin.dev/services/gateway"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// besieged is a village behind a door, which others come to with what they like.
type besieged struct {
	*village
	door *door
	host string // of the door, with its port
}

func besiege(t *testing.T, change func(*gateway.Config)) *besieged {
	t.Helper()
	e := newEdge(t)
	g := e.gateway(change)
	d := e.open(g)
	v := e.found(e.serve(g))
	b := &besieged{v, d, strings.TrimPrefix(d.url, "http://")}
	v.First.URL = d.url // honest people come by the same door
	return b
}

// send connects and sends bytes as they are.
func (b *besieged) send(text string) *net.TCPConn {
	b.edge.Helper()
	c, err := net.Dial("tcp", b.host)
	if err != nil {
		b.edge.Fatal(err)
	}
	b.edge.Cleanup(func() { _ = c.Close() })
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil { // a test that waits so long has failed
		b.edge.Fatal(err)
	}
	if _, err := io.WriteString(c, text); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		b.edge.Logf("sent in part: %v", err)
	}
	return c.(*net.TCPConn)
}

// answers reads the statuses of all answers that come before the connection is closed.
func (b *besieged) answers(c net.Conn) (statuses []int) {
	b.edge.Helper()
	in := bufio.NewReader(c)
	for {
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				b.edge.Error("the connection stays open")
			}
			return statuses
		}
		_, err = io.Copy(io.Discard, response.Body)
		if statuses = append(statuses, response.StatusCode); err != nil {
			return statuses
		}
	}
}

// honest is what people do meanwhile: it must succeed, at whatever time.
func (b *besieged) honest(what string) {
	b.edge.Helper()
	if err := b.First.SignIn(b.edge.Context()); err != nil {
		b.edge.Errorf("meanwhile (%s): sign in: %v", what, err)
	}
	_, position := b.admitOrg()
	if _, err := b.First.Records(b.edge.Context(), "org", "", position); err != nil {
		b.edge.Errorf("meanwhile (%s): %v", what, err)
	}
}

// goroutinesMore is what the rest of the process may do for itself meanwhile; each siege has several times as many connections.
const goroutinesMore = 25

// quiet waits until there are no more goroutines than before, and tells how much memory is in use.
func (b *besieged) quiet(goroutines int) (bytes uint64) {
	b.edge.Helper()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	ctx, cancel := context.WithTimeout(b.edge.Context(), time.Minute)
	defer cancel()
	err := neighbourhood.Eventually(ctx, "quiet", func() error {
		b.First.HTTP.CloseIdleConnections()
		if n := runtime.NumGoroutine(); n > goroutines+goroutinesMore {
			return fmt.Errorf("%d goroutines, %d before", n, goroutines)
		}
		return nil
	})
	if err != nil {
		b.edge.Error(err)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestSiege: people who send slowly, half, too much, or nothing on hundreds of connections at once keep nobody from being served, and when
// they have gone nothing is left of them.
func TestSiege(t *testing.T) {
	b := besiege(t, nil)
	b.honest("nobody else")
	b.First.HTTP.CloseIdleConnections()
	before, heap := runtime.NumGoroutine(), b.quiet(1<<30)
	here := "/v1/communities/" + b.Community
	post := "POST " + here + "/topics HTTP/1.1\r\nHost: " + b.host + "\r\nContent-Type: application/json\r\nIdempotency-Key: " +
		client.IdempotencyKey() + "\r\n"
	for _, siege := range []struct {
		name, text string
		conns      int
		half       bool // closes its own direction
	}{
		{"idle", "", 500, false},
		{"half a header", "GET " + here + " HTTP/1.1\r\nHost: " + b.host + "\r\nX-Slow: ", 200, false},
		{"half a body", post + "Content-Length: 90000\r\n\r\n{", 200, false},
		{"half a chunk", post + "Transfer-Encoding: chunked\r\n\r\nfff0\r\n{", 200, false},
		{"nobody reads", strings.Repeat("GET "+here+"/records/rulebook/main HTTP/1.1\r\nHost: "+b.host+"\r\n\r\n", 50), 100, false},
		{"half closed", "GET " + here + "/records/org HTTP/1.1\r\nHost: " + b.host + "\r\n\r\n", 100, true},
		{"half closed in a body", post + "Content-Length: 90000\r\n\r\n{", 100, true},
		{"streams that nobody reads", "GET " + here + "/events?from=0 HTTP/1.1\r\nHost: " + b.host + "\r\n\r\n", 200, false},
	} {
		var conns []*net.TCPConn
		for range siege.conns {
			c := b.send(siege.text)
			if siege.half {
				if err := c.CloseWrite(); err != nil {
					t.Fatal(err)
				}
			}
			conns = append(conns, c)
		}
		b.honest(siege.name)
		for _, c := range conns {
			_ = c.Close()
		}
	}
	after := b.quiet(before)
	if grown := int64(after) - int64(heap); grown > 32<<20 {
		t.Errorf("%d MiB more in use than before", grown>>20)
	}
}

// TestSlowHeadersEnd: who does not come to the end of a header is not waited for.
func TestSlowHeadersEnd(t *testing.T) {
	b := besiege(t, nil)
	c := b.send("GET /v1/communities HTTP/1.1\r\nHost: " + b.host + "\r\nX-Slow: ")
	if got := b.answers(c); len(got) > 1 || len(got) == 1 && got[0] != http.StatusRequestTimeout && got[0] != http.StatusBadRequest {
		t.Errorf("answered %v", got)
	}
}

// TestLyingBodies: what a body's length says is held to. Nothing that was not sent whole is done.
func TestLyingBodies(t *testing.T) {
	b := besiege(t, nil)
	here := "/v1/communities/" + b.Community
	head := func(lines ...string) string {
		return "POST " + here + "/topics HTTP/1.1\r\nHost: " + b.host + "\r\nContent-Type: application/json\r\n" +
			op.HeaderIdempotencyKey + ": " + client.IdempotencyKey() + "\r\n" + op.HeaderNotAfter + ": " +
			strconv.FormatInt(time.Now().Add(time.Minute).UnixMilli(), 10) + "\r\n" +
			strings.Join(lines, "\r\n") + "\r\n\r\n"
	}
	chunks := strings.Repeat("1000\r\n"+strings.Repeat("x", 0x1000)+"\r\n", 1024) // 4 MiB
	for _, c := range []struct {
		name, text string
		want       []int
		closes     bool // the caller's own direction, at the end
	}{
		{"more than is sent", head("Content-Length: 100") + "{}", []int{400}, true},
		{
			"less than is sent", head("Content-Length: 2") + "{}GET " + here + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
			[]int{401, 200}, false,
		},
		{"less than is sent, and rubbish", head("Content-Length: 2") + "{}rubbish\r\n\r\n", []int{401, 400}, false},
		{"far too much", head("Content-Length: 9000000000000000000"), []int{413}, false},
		{"a byte too much", head("Content-Length: " + strconv.Itoa(op.BodyBytesMax+1)), []int{413}, true},
		{"no number", head("Content-Length: x"), []int{400}, false},
		{"negative", head("Content-Length: -1"), []int{400}, false},
		{"with a sign", head("Content-Length: +2") + "{}", []int{400}, false},
		{"two lengths", head("Content-Length: 2", "Content-Length: 5") + "{}", []int{400}, false},
		{"endless chunks", head("Transfer-Encoding: chunked") + chunks, []int{413}, true},
		{"a chunk that lies", head("Transfer-Encoding: chunked") + "5\r\n{}\r\n0\r\n\r\n", []int{400}, true},
		{"a chunk with no length", head("Transfer-Encoding: chunked") + "\r\n{}\r\n0\r\n\r\n", []int{400}, true},
		{"a huge chunk", head("Transfer-Encoding: chunked") + "ffffffffffffffff\r\n{}", []int{400}, true},
		{"chunk extensions", head("Transfer-Encoding: chunked") + "2;" + strings.Repeat("x", 1<<16) + "\r\n{}\r\n0\r\n\r\n", []int{400}, true},
	} {
		conn := b.send(c.text)
		if c.closes {
			_ = conn.CloseWrite() // it may be closed
		}
		if got := b.answers(conn); len(got) > 0 && !slices.Equal(got, c.want) || len(got) == 0 && !c.closes {
			t.Errorf("%s: answered %v, want %v", c.name, got, c.want)
		}
	}
	b.honest("lies")
}

// TestSmuggling: what two readers could take for different requests is refused, or read in the one way that RFC 9112 says, with an end to
// the connection where that is in doubt.
func TestSmuggling(t *testing.T) {
	b := besiege(t, nil)
	start := func(lines ...string) string {
		return "GET /v1/communities HTTP/1.1\r\nHost: " + b.host + "\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n"
	}
	last := "Connection: close"
	for _, c := range []struct {
		name, text string
		want       []int
	}{
		{"as it should be", start(last), []int{200}},
		{"length and chunks", start("Content-Length: 6", "Transfer-Encoding: chunked") + "0\r\n\r\n" + start(last), []int{200}},
		{"chunks and length", start("Transfer-Encoding: chunked", "Content-Length: 3") + "0\r\n\r\n" + start(last), []int{200}},
		{"chunks", start("Transfer-Encoding: chunked") + "0\r\n\r\n" + start(last), []int{200}},
		{"chunks twice", start("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + "0\r\n\r\n", []int{501}},
		{"chunks and more", start("Transfer-Encoding: chunked, identity") + "0\r\n\r\n", []int{501}},
		{"other chunks", start("Transfer-Encoding: xchunked") + "0\r\n\r\n", []int{501}},
		{"chunks with a tab", start("Transfer-Encoding:\tchunked", last) + "0\r\n\r\n", []int{200}},
		{"chunks with a strange space", start("Transfer-Encoding: \x0bchunked") + "0\r\n\r\n", []int{400}},
		{"a space before the colon", start("Transfer-Encoding : chunked") + "0\r\n\r\n", []int{400}},
		{"a folded line", start("X: 1", " Transfer-Encoding: chunked", last), []int{200}},
		{"a line that begins with a space", "GET /v1/communities HTTP/1.1\r\n Host: x\r\n\r\n", []int{400}},
		{"lengths in a list", start("Content-Length: 0, 0"), []int{400}},
		{"the same length twice", start("Content-Length: 0", "Content-Length: 0", last), []int{200}},
		{"a nought in a header", start("X: a\x00b"), []int{400}},
		{"a bare CR in a header", start("X: a\rTransfer-Encoding: chunked"), []int{400}},
		{"no host", "GET /v1/communities HTTP/1.1\r\n\r\n", []int{400}},
		{"two hosts", start("Host: other"), []int{400}},
		{"an old version with chunks", "GET /v1/communities HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + start(last), []int{200}},
		{"no version", "GET /v1/communities\r\n\r\n", []int{400}},
		{"another version", "GET /v1/communities HTTP/9.9\r\nHost: x\r\n\r\n", []int{505}},
		{"spaces in the address", "GET /v1/communities x HTTP/1.1\r\nHost: x\r\n\r\n", []int{400}},
		{"a greeting of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []int{404}},
		{"a greeting of TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", []int{400}},
		{"headers without end", "GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X: "+strings.Repeat("x", 1000)+"\r\n", 100), []int{431}},
		{"a line without end", "GET /" + strings.Repeat("x", 100_000), []int{431}},
	} {
		if got := b.answers(b.send(c.text)); !slices.Equal(got, c.want) {
			t.Errorf("%s: answered %v, want %v", c.name, got, c.want)
		}
	}
	b.honest("smuggling")
}

// TestTrickyPaths: an address that only resembles a route leads nowhere, as it stands on the wire.
func TestTrickyPaths(t *testing.T) {
	b := besiege(t, nil)
	for target, want := range map[string]int{
		"/v1/communities": 200, "http://elsewhere.example/v1/communities": 200, // the whole address, as to a proxy: the host is not looked at
		"//v1/communities": 404, "/v1//communities": 404, "/v1/./communities": 404, "/v1/x/../communities": 404, "/v1/communities/": 404,
		"/%76%31/communities": 200, // the same letters, as RFC 3986 says
		"/v1%2fcommunities":   404, "/v1/%2e%2e/v1/communities": 404, "/v1/communities/%2e%2e": 404, "/v1/communities%00": 404,
		"/v1\\communities": 404, "/v1/communities;x=1": 404, "/v1/communities/..;/": 404, "/%c0%ae%c0%ae/v1/communities": 404,
		"/v1/communities%20":  404,
		"/v1/communities/%zz": 400, "*": 404, "v1/communities": 400, "/v1/communities#x": 404, "/\xff": 404, "/V1/communities": 404,
		"/log/" + b.Community + "/..%2f..%2fetc%2fpasswd": 404, "/log/" + b.Community + "/tile/0/../../../etc": 404,
	} {
		conn := b.send("GET " + target + " HTTP/1.1\r\nHost: " + b.host + "\r\nConnection: close\r\n\r\n")
		if got := b.answers(conn); len(got) != 1 || got[0] != want {
			t.Errorf("%q: answered %v, want %d", target, got, want)
		}
	}
}
