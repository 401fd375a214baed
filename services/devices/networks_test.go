package devices

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"
)

// network is one of many, in a crowd with 65535 others.
func network(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, 10<<24+n)))
}

// TestNetworks: networks that were there once take no place for ever, forgetting gives nobody a fresh bucket, and a crowd that is out of
// its share leaves that of others.
func TestNetworks(t *testing.T) {
	t.Parallel()
	n, now := newNetworks(), time.Unix(1_800_000_000, 0)
	drain := func(who netip.Addr) (drawn int) {
		for n.allow(who, now) {
			drawn++
		}
		return drawn
	}
	greedy := network(0)
	if got := drain(greedy); got != connectsBurst {
		t.Fatalf("%d of a fresh bucket", got)
	}
	for at := uint32(1); at < networksMax; at++ {
		n.allow(network(at), now)
	}
	if got := drain(network(networksMax)) + drain(network(networksMax+1)); got != connectsBurst {
		t.Errorf("a crowd drew %d", got)
	}
	others := 0
	for crowd := uint32(1); crowd <= 8; crowd++ { // that none of eight has a bucket of its own is one in 2^64
		if drain(network(crowd<<16)) > 0 {
			others++
		}
	}
	if others == 0 {
		t.Error("all crowds share a bucket")
	}
	now = now.Add(connectsRefill / 2)
	if got := drain(greedy); got != connectsBurst/2 {
		t.Errorf("%d after half the time", got)
	}
	now = now.Add(connectsRefill/2 + time.Second)
	if got := drain(greedy); got >= connectsBurst {
		t.Errorf("%d: a bucket that was drawn from was forgotten", got)
	}
	now = now.Add(connectsRefill)
	if got := drain(network(networksMax)); got != connectsBurst || len(n.young)+len(n.old) > 2 {
		t.Errorf("a newcomer drew %d, %d networks are remembered", got, len(n.young)+len(n.old))
	}
	six, next := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2:0:0:0:1")
	if drain(six) != connectsBurst || drain(netip.MustParseAddr("2001:db8::ffff")) != 0 || drain(next) != connectsBurst {
		t.Error("IPv6 networks are not told apart by their first half")
	}
}
