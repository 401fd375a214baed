package devices

import "sync"

// places counts what of each device waits in the store and is no alarm. What is too much is finished at once, so that there is always room
// for alarms.
type places struct {
	mu      sync.Mutex                  // guards what follows
	waiting map[string]map[uint64]int64 // by device and place in the store: when it was said
}

func newPlaces() *places { return &places{waiting: map[string]map[uint64]int64{}} }

// take has a message wait, or go on waiting; false where its device has enough that does. What the store has given up waits no more.
func (p *places) take(name string, place uint64, said, now int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	mine := p.waiting[name]
	if mine == nil {
		mine = map[uint64]int64{}
		p.waiting[name] = mine
	}
	for other, at := range mine { // any order: each is looked at by itself
		if now-at > keptMax.Milliseconds() {
			delete(mine, other)
		}
	}
	if _, waits := mine[place]; !waits && len(mine) >= warningsKeptMax {
		return false
	}
	mine[place] = said
	return true
}

// leave tells that what became of a message is final.
func (p *places) leave(name string, place uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting[name], place)
	if len(p.waiting[name]) == 0 {
		delete(p.waiting, name)
	}
}
