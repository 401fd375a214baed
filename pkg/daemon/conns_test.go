package daemon

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// few is a server that holds eight connections. Its handler gives the body back, and for /wait waits until it is let go.
func few(t *testing.T) (address string, open *conns, entered chan struct{}, letGo func()) {
	t.Helper()
	gate := make(chan struct{})
	open, entered = newConns(8), make(chan struct{}, 64)
	running := httptest.NewUnstartedServer(nil)
	running.Config = newServer(t.Context(), open.serving(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			entered <- struct{}{}
			<-gate
		}
		_, _ = io.Copy(w, r.Body)
	})))
	running.Config.ConnContext, running.Config.ConnState = withConn, open.note
	running.Start()
	t.Cleanup(running.Close)
	letGo = sync.OnceFunc(func() { close(gate) })
	t.Cleanup(letGo) // before the server is closed, which waits for the handlers
	return running.Listener.Addr().String(), open, entered, letGo
}

// dial connects and sends something.
func dial(t *testing.T, address, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err == nil {
		t.Cleanup(func() { _ = c.Close() })
		_, err = io.WriteString(c, text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// status reads one answer.
func status(t *testing.T, c net.Conn) string {
	t.Helper()
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(line)
}

const getWait, getNow = "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

// TestWhoWaitsMakesRoom: however many connections are held with nothing sent, half a header, or an answer had already, whoever sends a
// request is answered; and those whose requests are worked on are left alone.
func TestWhoWaitsMakesRoom(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"nothing": "", "half a line": "GET /", "half a header": "GET / HTTP/1.1\r\nHost: x\r\nX: "} {
		address, open, entered, letGo := few(t)
		worked := dial(t, address, getWait)
		<-entered
		var held []net.Conn
		for range 40 {
			held = append(held, dial(t, address, text))
		}
		kept := dial(t, address, getNow)
		if got := status(t, kept); got != "HTTP/1.1 200 OK" {
			t.Errorf("%s: an honest request: %s", name, got)
		}
		open.mu.Lock()
		if len(open.all) > 8 || open.waiting.Len() > 7 {
			t.Errorf("%s: %d connections, %d waiting", name, len(open.all), open.waiting.Len())
		}
		open.mu.Unlock()
		for _, c := range held[:30] { // some of the last may be held still
			if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(c); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s: one of the first is held still", name)
			}
		}
		letGo()
		if got := status(t, worked); got != "HTTP/1.1 200 OK" {
			t.Errorf("%s: a request that was worked on: %s", name, got)
		}
	}
}

// TestWhoIsWorkedOnStays: when all connections are worked on, a further one is closed, and none of them.
func TestWhoIsWorkedOnStays(t *testing.T) {
	t.Parallel()
	address, _, entered, letGo := few(t)
	var worked []net.Conn
	for range 8 {
		worked = append(worked, dial(t, address, getWait))
		<-entered
	}
	if got := status(t, dial(t, address, getNow)); strings.HasPrefix(got, "HTTP") {
		t.Errorf("one too many: %s", got)
	}
	letGo()
	for _, c := range worked {
		if got := status(t, c); got != "HTTP/1.1 200 OK" {
			t.Errorf("one that was worked on: %s", got)
		}
	}
	if got := status(t, dial(t, address, getNow)); got != "HTTP/1.1 200 OK" {
		t.Errorf("afterwards: %s", got)
	}
}
