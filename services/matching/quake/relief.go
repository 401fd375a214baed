package quake

// Relief is an organisation of the replay: where it is, what it can, how many people answer for its providers, and how much of each thing
// one of them can do at once.
type Relief struct {
	Name     string
	Lat, Lon float64
	Skills   []string
	People   int
	Capacity int64
}

// Reliefs are made up; the places are the towns. Each skill is to be had of two at least wherever most reports come from, so that there is
// somebody to stand by.
var Reliefs = []Relief{
	{"capital", 18.54, -72.34, []string{"food", "water", "shelter", "check", "security"}, 5, 30},
	{"hospital", 18.55, -72.33, []string{"medical", "rescue", "search"}, 4, 10},
	{"brigade", 18.58, -72.29, []string{"rescue", "works", "security", "search", "check"}, 4, 10},
	{"carrefour", 18.53, -72.41, []string{"water", "food", "medical", "shelter"}, 4, 25},
	{"leogane", 18.51, -72.63, []string{"food", "water", "medical", "rescue", "shelter", "works"}, 3, 15},
	{"jacmel", 18.23, -72.53, []string{"medical", "rescue", "water", "food", "check", "energy"}, 2, 12},
	{"north", 19.75, -72.2, []string{"medical", "food", "water", "check", "rescue"}, 2, 10},
	{"gonaives", 19.45, -72.69, []string{"water", "medical", "food", "energy", "works"}, 2, 10},
	{"south", 18.2, -73.75, []string{"food", "water", "medical", "shelter", "check", "energy", "works", "search"}, 2, 10},
}
