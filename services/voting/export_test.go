package voting

import "renlin.dev/pkg/decider"

// Guarded is the Model with another guard, for what the rules hold to by themselves.
func Guarded(guard decider.Guard) *decider.Model { return guarded(guard) }
