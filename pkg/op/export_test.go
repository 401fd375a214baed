package op

import "time"

// Limit sets how long a service works on one request.
func (s *Service) Limit(d time.Duration) { s.limit = d }
