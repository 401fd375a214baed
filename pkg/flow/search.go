package flow

// search is the working memory of Dijkstra's search, kept from one to the next. An entry of a node is of this search when its stamp is.
type search struct {
	now     uint32
	stamp   []uint32
	dist    []int64
	via     []int32 // the half by which the node was reached, at its other end
	settled []int32
	heap    []entry
	same    []int32 // nodes at the distance that is settled just now: they need no heap
	looked  int     // at how many halves this search has looked
}

type entry struct {
	dist int64
	node int32
}

func (s *search) grow(nodes int) {
	more := nodes - len(s.stamp)
	s.stamp = append(s.stamp, make([]uint32, more)...)
	s.dist = append(s.dist, make([]int64, more)...)
	s.via = append(s.via, make([]int32, more)...)
}

// begin forgets the last search.
func (s *search) begin() {
	s.now += 2 // even and odd: reached and settled
	if s.now < 2 {
		clear(s.stamp)
		s.now = 2
	}
	s.settled, s.heap, s.same, s.looked = s.settled[:0], s.heap[:0], s.same[:0], 0
}

func (s *search) offer(e entry) {
	s.heap = append(s.heap, e)
	h, i := s.heap, len(s.heap)-1
	for i > 0 {
		up := (i - 1) / 4
		if h[up].dist <= e.dist {
			break
		}
		h[i] = h[up]
		i = up
	}
	h[i] = e
}

func (s *search) take() entry {
	h := s.heap
	top, e := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	s.heap = h
	i := 0
	for {
		c := 4*i + 1
		if c >= len(h) {
			break
		}
		least := c
		for k := c + 1; k < min(c+4, len(h)); k++ {
			if h[k].dist < h[least].dist {
				least = k
			}
		}
		if h[least].dist >= e.dist {
			break
		}
		h[i] = h[least]
		i = least
	}
	if len(h) > 0 {
		h[i] = e
	}
	return top
}

// next answers the nearest node that is not settled, and settles it; false when there is none.
func (s *search) next() (entry, bool) {
	for len(s.same) > 0 || len(s.heap) > 0 {
		var e entry
		if n := len(s.same); n > 0 {
			v := s.same[n-1]
			s.same = s.same[:n-1]
			e = entry{s.dist[v], v}
		} else {
			e = s.take()
		}
		if s.stamp[e.node] == s.now && s.dist[e.node] == e.dist {
			s.stamp[e.node] = s.now + 1
			s.settled = append(s.settled, e.node)
			return e, true
		}
	}
	return entry{}, false
}

// nearest searches from a node for the nearest one that can take what it has to send away, or backward for the nearest that can send what
// it lacks. It answers that node and its distance in reduced costs, or -1 when none can be reached, or when it has looked at more than limit
// arcs and would have to go on; then over is true. Arcs and not nodes are counted, because a hub has as many as a thousand other nodes.
func (w *Warm) nearest(from Node, backward bool, limit int) (target int32, distance int64, over bool) {
	s := &w.search
	s.begin()
	s.stamp[from], s.dist[from], s.via[from] = s.now, 0, -1
	s.same = append(s.same, int32(from))
	target = -1
	for {
		e, ok := s.next()
		if !ok || target >= 0 && e.dist >= distance {
			if ok {
				s.settled = s.settled[:len(s.settled)-1]
			}
			return target, distance, false
		}
		if s.looked > limit {
			return -1, 0, true
		}
		found, at := w.relax(e, backward, target, distance)
		if target, distance = found, at; target >= 0 && distance == e.dist {
			return target, distance, false
		}
	}
}

// relax looks at the arcs of a settled node. It answers the nearest target known so far: nothing as far away as that is worth
// remembering.
func (w *Warm) relax(e entry, backward bool, target int32, distance int64) (int32, int64) {
	s := &w.search
	r := w.runs[e.node]
	base, sign := e.dist+w.price[e.node], int64(1)
	if backward {
		base, sign = e.dist-w.price[e.node], -1
	}
	halves := w.halves[r.begin : r.begin+r.length]
	s.looked += len(halves)
	for i := range halves {
		h := &halves[i]
		room := h.room
		if backward {
			room = h.back
		}
		if room == 0 || s.stamp[h.to] == s.now+1 {
			continue
		}
		d := base + h.cost - w.price[h.to]
		if backward {
			d = base - h.cost + w.price[h.to]
		}
		if target >= 0 && d >= distance || s.stamp[h.to] == s.now && d >= s.dist[h.to] {
			continue
		}
		s.stamp[h.to], s.dist[h.to], s.via[h.to] = s.now, d, r.begin+int32(i)
		if w.excess[h.to]*sign < 0 {
			if target, distance = h.to, d; d == e.dist {
				return target, distance
			}
			continue
		}
		if d == e.dist {
			s.same = append(s.same, h.to)
			continue
		}
		s.offer(entry{d, h.to})
	}
	return target, distance
}
