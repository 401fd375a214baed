package decider

import "renlin.dev/pkg/fault"

// ErrStale: what a command was to change has been changed since its author looked at it.
var ErrStale = fault.New(fault.Precondition, "version.stale",
	"Somebody has changed this in the meantime; please look at it again.", "该内容已被他人更改，请重新查看后再操作。")

// Expect refuses a command whose author looked at another version of an aggregate than there is now; 0 stands for an author who does not
// say which. The aggregate is looked at only where somebody does.
func (v *View) Expect(aggregate string, version uint64) error {
	if version == 0 {
		return nil
	}
	if now := v.Version(aggregate); now != version {
		return ErrStale.WithInt("version", int64(now))
	}
	return nil
}
