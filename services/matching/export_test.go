package matching

// Ready tells whether a planner has a plan ready that nothing since has outdated.
func (p *Planner) Ready(community string, now int64) bool { return p.at(community).current(now) != nil }
