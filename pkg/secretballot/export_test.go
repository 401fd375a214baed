package secretballot

import "renlin.dev/pkg/secretballot/internal/group"

// Strides tells how many strides looking for a total takes.
func (t *Totals) Strides(hidden *group.Element, sealed bool) int {
	_, strides, _ := t.find(hidden, sealed)
	return strides
}
