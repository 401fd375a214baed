package decider

import "renlin.dev/pkg/chain"

// Seen folds the next commit without judging it again. It is for whoever has judged it before, by this very program, and remembers the hash
// of the block that it stands in or of a later one: a record that comes to that hash is the one that was judged. Until the caller has come
// to it, nothing may be made of what is folded.
func (a *Auditor) Seen(index uint64, raw []byte, blockTime int64) []Finding {
	a.found = nil
	a.expect(index)
	r, err := NewRecord(raw)
	if err != nil {
		a.Withheld(index)
		a.find(index, "commit.malformed", "")
		return a.found
	}
	a.report.Commits++
	if index == 0 {
		a.genesis = chain.HashCommit(raw)
	}
	a.book.commands[r.ID] = struct{}{}
	if a.book.enter(r.Commit) == fitStale {
		a.find(index, "read.stale", "")
	}
	for _, s := range a.models {
		a.fold(index, s, r, blockTime)
	}
	return a.found
}

// Stopped tells why a service's decisions can no longer be judged, and its state no longer be folded: "rules.unknown" or "model.stopped";
// "" while all can.
func (a *Auditor) Stopped() string {
	for _, s := range a.models {
		if why := a.stopped[s.model.Service]; why != "" {
			return why
		}
	}
	return ""
}
