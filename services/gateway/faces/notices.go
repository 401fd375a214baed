package faces

import "renlin.dev/pkg/figures"

// Notice is a policy notice that was published to everybody. Of one to some flats, to those in need of something or to a sealed list no
// page tells: whom it concerns may be nobody's business.
type Notice struct {
	ID          string
	Kind        string
	Title, Text string
	Org         string // its name
	PublishedAt int64
	ReachBy     int64
	// People is how many it concerns, Reached how many there is proof for; figures.Held where that would tell of a few.
	People, Reached int64
}

// Notices are a page of them, the newest first.
type Notices struct {
	Notices []Notice
	Next    string
}

func (s *Site) notices(v *visit) (any, error) {
	return v.source.Notices(v.ctx, v.community.ID, v.r.URL.Query().Get("after"))
}

// Helping is how neighbours are helped, as far as everybody is told. Shares are in thousandths, times in minutes; figures.Held stands for
// what would tell of a few people.
type Helping struct {
	Told       bool // there are enough people for it to tell of none of them
	Served     int64
	Lowest     int64 // the least served group's share
	Wait       int64 // nine of ten waited no longer
	WaitFrail  int64 // of those who are counted among the vulnerable
	Redundancy int64 // what would still be served if the organisation failed that would be missed most
	Few        []Concentration
}

// Concentration tells in how few hands the service of one kind of help lies: 1000 is in one.
type Concentration struct {
	Skill string
	Share int64
}

func (s *Site) help(v *visit) (any, error) { return v.source.Helping(v.ctx, v.community.ID) }

// percent writes thousandths.
func percent(n int64) string {
	if n == figures.Held {
		return "–"
	}
	return tenths(n) + " %"
}
