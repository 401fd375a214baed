package figures

// place is a node that was reached, and how far it is.
type place struct {
	distance int64
	node     int
}

// before has one answer for any two places, so that of several ways that cost the same everybody finds the same.
func (p place) before(q place) bool {
	return p.distance < q.distance || p.distance == q.distance && p.node < q.node
}

// reached is a heap, the nearest first.
type reached []place

func (r *reached) push(p place) {
	h := append(*r, p)
	for i := len(h) - 1; i > 0 && h[i].before(h[(i-1)/2]); i = (i - 1) / 2 {
		h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
	}
	*r = h
}

func (r *reached) pop() place {
	h := *r
	first, last := h[0], len(h)-1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if h[child].before(h[least]) {
				least = child
			}
		}
		if least == i {
			break
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
	*r = h
	return first
}
