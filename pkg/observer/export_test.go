package observer

// Crash has what is called die at a line.
func (o *Observer) Crash(at func(line string) error) { o.crash = at }

// ShortLooksMax is how often a record may seem too short.
const ShortLooksMax = shortLooksMax
