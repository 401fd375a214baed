package op

import "time"

// Limit sets how long a caller waits whose context has no deadline.
func (c *Caller) Limit(d time.Duration) { c.limit = d }

// Limit sets how long a service works on one request.
func (s *Service) Limit(d time.Duration) { s.limit = d }
