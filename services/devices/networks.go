package devices

import (
	"hash/maphash"
	"net/netip"
	"time"

	"golang.org/x/time/rate"
)

const (
	// networksMax bounds the networks that are counted for themselves, crowdsMax the buckets that all others share.
	networksMax = 1 << 12
	crowdsMax   = 1 << 8
	// connectsRefill is after how long without an attempt a bucket is full in any case.
	connectsRefill = connectsBurst / connectsPerSecond * time.Second
)

// networks holds the buckets of attempts to connect. A bucket is forgotten only after it has not been drawn from for as long as it takes
// to be full, so forgetting gives nobody a fresh one. While there are too many networks for that, newcomers share buckets with the crowd
// around them: those who have one keep it. The door's lock guards it.
type networks struct {
	seed       maphash.Seed
	young, old map[netip.Prefix]*rate.Limiter
	turned     time.Time // when young was begun; old is what was drawn from before that, and not since
	crowds     [crowdsMax]*rate.Limiter
}

func newNetworks() *networks {
	return &networks{seed: maphash.MakeSeed(), young: map[netip.Prefix]*rate.Limiter{}}
}

// allow draws from the bucket of an address. Whoever has one IPv6 address has 2^64 of them.
func (n *networks) allow(address netip.Addr, now time.Time) bool {
	own, wide := 32, 16
	if address = address.Unmap().WithZone(""); address.Is6() {
		own, wide = 64, 32
	}
	network, _ := address.Prefix(own)
	crowd, _ := address.Prefix(wide)
	n.turn(now)
	return n.bucket(network, crowd).AllowN(now, 1)
}

// turn forgets what has not been drawn from for long enough.
func (n *networks) turn(now time.Time) {
	switch since := now.Sub(n.turned); {
	case since < 0 || since >= 2*connectsRefill: // the clock was set, or nobody came: all that is remembered is full, or taken for it
		n.young, n.old, n.turned = map[netip.Prefix]*rate.Limiter{}, nil, now
	case since >= connectsRefill:
		n.young, n.old, n.turned = map[netip.Prefix]*rate.Limiter{}, n.young, now
	}
}

// bucket gives a network's bucket to be drawn from, making it where there is room.
func (n *networks) bucket(network, crowd netip.Prefix) *rate.Limiter {
	b := n.young[network]
	switch {
	case b != nil:
		return b
	case n.old[network] != nil:
		b = n.old[network]
		delete(n.old, network)
	case len(n.young)+len(n.old) >= networksMax:
		at := maphash.Comparable(n.seed, crowd) % crowdsMax
		if n.crowds[at] == nil {
			n.crowds[at] = rate.NewLimiter(connectsPerSecond, connectsBurst)
		}
		return n.crowds[at]
	default:
		b = rate.NewLimiter(connectsPerSecond, connectsBurst)
	}
	n.young[network] = b
	return b
}
