package alerts

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// placeholders are those of Prometheus' templates that our sentences use.
var placeholders = regexp.MustCompile(`\{\{ \$(labels\.([a-z_]+)|value)( \| (humanizeDuration|humanizePercentage))? \}\}`)

// filled puts what fires into a sentence.
func (t Text) filled(a *active) Text {
	put := func(text string) string {
		return placeholders.ReplaceAllStringFunc(text, func(found string) string {
			m := placeholders.FindStringSubmatch(found)
			switch {
			case m[2] != "":
				return a.labels[m[2]]
			case m[4] == "humanizeDuration":
				return time.Duration(a.value * float64(time.Second)).Round(time.Millisecond).String()
			case m[4] == "humanizePercentage":
				return fmt.Sprintf("%.3g%%", a.value*100)
			}
			return strconv.FormatFloat(a.value, 'g', 6, 64)
		})
	}
	return Text{put(t.Chinese), put(t.English)}
}

// plain is a sentence of nothing in particular.
func (t Text) plain() Text {
	return Text{placeholders.ReplaceAllString(t.Chinese, "…"), placeholders.ReplaceAllString(t.English, "…")}
}
