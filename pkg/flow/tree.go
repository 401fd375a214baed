package flow

// link is a node's place in the tree. What is read together on the way to the root stands together.
type link struct {
	parent int32
	pred   int32 // the arc to the parent, doubled; plus one when it goes up, from the node to the parent
	size   int32 // nodes in the subtree, the node included
	last   int32 // the last node of the subtree in the order of thread
}

// tree is a rooted tree threaded in preorder: a subtree is the run of the thread from its root to last, so that it can be walked without
// a stack and cut out and put elsewhere by changing a few links. thread is a ring; back goes the other way round.
type tree struct {
	links        []link
	thread, back []int32
	changed      []int32 // scratch of move: nodes whose successor is another now
}

// newTree makes a tree of one node, the last; hang adds the others in ascending order.
func newTree(nodes int) tree {
	t := tree{links: make([]link, nodes), thread: make([]int32, nodes), back: make([]int32, nodes)}
	root := int32(nodes - 1)
	t.links[root] = link{parent: -1, pred: -1, size: int32(nodes), last: root - 1}
	if nodes == 1 {
		t.links[root].last = root
	}
	return t
}

// hang puts a node below the root, last of all so far.
func (t *tree) hang(v, arc int32, up bool) {
	root := int32(len(t.links) - 1)
	t.links[v] = link{parent: root, pred: pred(arc, up), size: 1, last: v}
	before := v - 1
	if v == 0 {
		before = root
	}
	t.thread[before], t.back[v] = v, before
	t.thread[v], t.back[root] = root, v
}

func pred(arc int32, up bool) int32 {
	if up {
		return arc<<1 | 1
	}
	return arc << 1
}

// join answers the lowest node above both. A node's subtree is smaller than its parent's, so the smaller side goes up.
func (t *tree) join(u, v int32) int32 {
	for u != v {
		if t.links[u].size < t.links[v].size {
			u = t.links[u].parent
		} else {
			v = t.links[v].parent
		}
	}
	return u
}

// move cuts the subtree of out from its parent and hangs it by its node in below on, through the arc; the way from in up to out is turned
// round. join is where the ways from on and from out to the root meet.
func (t *tree) move(in, on, out, join, arc int32, up bool) {
	from := t.links[out].parent
	before := t.back[out]
	size, last := t.links[out].size, t.links[out].last
	if in == out {
		t.rehang(in, on, last)
		t.links[in].parent, t.links[in].pred = on, pred(arc, up)
	} else {
		t.reverse(in, on, out, before, last)
		t.recount(in, out)
		t.links[in].pred, t.links[in].size = pred(arc, up), size
	}
	t.relast(on, out, from, join, before, last)
	for v := on; v != join; v = t.links[v].parent {
		t.links[v].size += size
	}
	for v := from; v != join; v = t.links[v].parent {
		t.links[v].size -= size
	}
}

// rehang moves a subtree as it is: out of the thread where it was, and in right behind its new parent.
func (t *tree) rehang(v, on, last int32) {
	if t.thread[on] == v {
		return
	}
	before, after := t.back[v], t.thread[last]
	t.thread[before], t.back[after] = after, before
	after = t.thread[on]
	t.thread[on], t.back[v] = v, on
	t.thread[last], t.back[after] = after, last
}

// reverse writes the thread anew so that in comes right behind on, then what was below in, then in's old parent and what else was below
// that, and so on up to out.
func (t *tree) reverse(in, on, out, before, last int32) {
	goesOn := t.thread[on]
	if before == on { // the subtree stood right behind on already; the thread goes on behind it
		goesOn = t.thread[last]
	}
	stem, above := in, on
	tail := t.links[in].last
	after := t.thread[tail]
	t.thread[on] = in
	t.changed = append(t.changed[:0], on)
	for stem != out {
		next := t.links[stem].parent
		t.thread[tail] = next
		t.changed = append(t.changed, tail)
		ahead := t.back[stem] // the subtree of stem leaves the list that its parent's remaining subtree is
		t.thread[ahead], t.back[after] = after, ahead
		t.links[stem].parent = above
		above, stem = stem, next
		if t.links[stem].last == t.links[above].last {
			tail = t.back[above]
		} else {
			tail = t.links[stem].last
		}
		after = t.thread[tail]
	}
	t.links[out].parent = above
	t.thread[tail], t.back[goesOn] = goesOn, tail
	t.links[out].last = tail
	if before != on {
		t.thread[before], t.back[after] = after, before
	}
	for _, v := range t.changed {
		t.back[t.thread[v]] = v
	}
}

// recount gives the nodes from out down to in, whose order has been turned, their arcs, sizes and last nodes.
func (t *tree) recount(in, out int32) {
	size, last := int32(0), t.links[out].last
	for v := out; v != in; {
		l := &t.links[v]
		p := l.parent
		above := &t.links[p]
		l.pred = above.pred ^ 1
		size += l.size - above.size
		l.size = size
		above.last = last
		v = p
	}
}

// relast puts right the last nodes above the place where the subtree hangs now, and above the place where it hung.
func (t *tree) relast(on, out, from, join, before, last int32) {
	limit := int32(-1)
	if t.links[join].last == on {
		limit = join
	}
	now := t.links[out].last
	for v := on; v >= 0 && t.links[v].last == on; v = t.links[v].parent {
		t.links[v].last = now
	}
	end := now
	if join != before && on != before {
		end = before
	} else if now == last {
		return
	}
	for v := from; v != limit && v >= 0 && t.links[v].last == last; v = t.links[v].parent {
		t.links[v].last = end
	}
}
