package devices_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/fault"
)

// shows waits until a line stands on the page that Prometheus reads; what is counted is counted a moment after a device is told.
func (s *street) shows(line string) {
	s.Helper()
	page := ""
	for end := time.Now().Add(patience); time.Now().Before(end); {
		w := httptest.NewRecorder()
		s.metrics.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		if page = w.Body.String(); strings.Contains(page, line+"\n") {
			return
		}
	}
	for l := range strings.Lines(page) {
		if strings.Contains(l, "renlin_mqtt") && !strings.Contains(l, "bucket") {
			s.Log(strings.TrimSpace(l))
		}
	}
	s.Errorf("it does not show %s", line)
}

// TestMeasured: who connects and who is turned away, what is recorded, refused and waits, each is a number, and no number names a device.
func TestMeasured(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	name, password := s.enrol(1, byPassword)
	ended, old := s.enrol(3, `{"by_password":true,"revoked":true}`)
	if _, err := s.client(ended, old, nil); err == nil {
		t.Fatal("one that was signed off came in")
	}
	if _, err := s.client(name, "short", nil); err == nil {
		t.Fatal("one without a password came in")
	}
	c, answers := s.device(name, password)
	s.shows(`renlin_mqtt_connects_total{outcome="unknown"} 1`)
	s.shows(`renlin_mqtt_connects_total{outcome="malformed"} 1`)
	s.shows(`renlin_mqtt_connects_total{outcome="ok"} 1`)
	s.shows(`renlin_mqtt_connections 1`)
	for quality := range byte(2) {
		s.await(c.Publish("signals/"+name, quality, false, fall))
		next(s, answers)
		s.shows(fmt.Sprintf(`renlin_mqtt_signals_total{outcome="ok",quality="%d"} 1`, quality))
	}
	s.shows(`renlin_mqtt_signal_delay_seconds_count 2`)
	s.shows(`renlin_mqtt_waiting_oldest_seconds 0`)
	s.mu.Lock()
	s.refuse = []*fault.Fault{fault.New(fault.Refused, "signal.quiet", "Quiet.", "安静。")}
	s.mu.Unlock()
	s.await(c.Publish("signals/"+name, 1, false, fall))
	next(s, answers)
	s.shows(`renlin_mqtt_signals_total{outcome="refused",quality="1"} 1`)
	s.is(true)
	s.await(c.Publish("signals/"+name, 0, false, fall))
	s.shows(`renlin_mqtt_signals_total{outcome="lost",quality="0"} 1`)
	s.await(c.Publish("signals/"+name, 1, false, fall))
	s.shows(`renlin_mqtt_signals_total{outcome="waits",quality="1"} 1`)
	s.is(false)
	next(s, answers)
	s.shows(`renlin_mqtt_waiting_oldest_seconds 0`)
}
