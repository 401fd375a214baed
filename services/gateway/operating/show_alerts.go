package operating

import "renlin.dev/services/gateway/alerts"

// alertsShown are the rules: those that something is wrong with, and the rest.
type alertsShown struct {
	Judged     bool // whether anything was measured yet
	Loud, Rest []alerts.Alert
}

// alerts tells how every rule stands.
func (s *Site) alerts(*visit) (any, error) {
	out := &alertsShown{}
	if s.cfg.Alerts == nil {
		return out, nil
	}
	out.Judged = !s.cfg.Alerts.Last().IsZero()
	for _, a := range s.cfg.Alerts.Now() {
		if a.State == alerts.Firing || a.State == alerts.Pending {
			out.Loud = append(out.Loud, a)
		} else {
			out.Rest = append(out.Rest, a)
		}
	}
	return out, nil
}
