package standing

import (
	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// ErrVersion: the rulebook never had it.
var ErrVersion = fault.New(fault.NotFound, "rulebook.no_version", "The rulebook has no such version.", "规约没有该版本。")

// HistoryQuestion asks the community service what the rulebook was: all its versions, or one with its rules.
type HistoryQuestion struct {
	Version uint32 `json:"version,omitempty"`
}

// RulebookVersion is one version of the rulebook: since when it holds, the commit that adopted it, and the motion that changed what only
// a vote changes, if there was one. Officers of two organisations have signed each but the first, which the founding brought.
type RulebookVersion struct {
	Version   uint32 `json:"version"`
	AdoptedAt int64  `json:"adopted_at"` // ms since the Unix epoch
	Index     uint64 `json:"index"`
	Motion    string `json:"motion,omitempty"`
}

// HistoryPage lists versions, the newest first; More are older ones that are not listed. Book is the rulebook of the one that was asked
// for.
type HistoryPage struct {
	Versions []RulebookVersion     `json:"versions"`
	More     int                   `json:"more,omitempty"`
	Book     *communityv1.Rulebook `json:"book,omitempty"`
}
