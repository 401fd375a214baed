package gateway

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// FuzzIfNoneMatch holds our reading of If-None-Match against the standard library's.
func FuzzIfNoneMatch(f *testing.F) {
	for _, line := range []string{
		`"7"`, `W/"7"`, `"6", "7"`, `"6","7"`, `*`, ` * `, `*, "7"`, `"7`, `7`, ``, `,,"7"`, `"6" "7"`, `"6",W/"7" , "8"`, `w/"7"`,
		`"6"x"7"`, "\r\n\"7\"", "\"6\x01\",\"7\"",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("If-None-Match", line)
		theirs, ours := httptest.NewRecorder(), httptest.NewRecorder()
		theirs.Header().Set("ETag", `"7"`)
		http.ServeContent(theirs, r, "", time.Time{}, strings.NewReader("x"))
		writeFresh(ours, r, `"7"`, []byte("x"))
		if ours.Code != theirs.Code || ours.Header().Get("ETag") != `"7"` {
			t.Errorf("%q: %d, net/http says %d", line, ours.Code, theirs.Code)
		}
	})
}
