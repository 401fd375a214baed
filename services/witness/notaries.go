package witness

import (
	"strings"

	"renlin.dev/pkg/merkle"
)

// logOf finds the log of an origin; nil if it is none of ours. A log below a notary's name becomes known with the first checkpoint that
// the notary's key has signed for it: nobody else can make the witness remember anything.
func (w *Witness) logOf(origin string, signed []byte) (*witnessed, error) {
	if l := w.log(originHash(origin)); l != nil {
		return l, nil
	}
	for _, notary := range w.notaries {
		name, _, _ := strings.Cut(notary, "+")
		word, below := strings.CutPrefix(origin, name+"/")
		if !below || word == "" || strings.Contains(word, "/") {
			continue
		}
		vkey, err := merkle.Renamed(notary, origin)
		if err != nil {
			continue // a name that no key can carry
		}
		verifier, err := merkle.NewVerifier(vkey)
		if err != nil {
			continue
		}
		if _, _, err := merkle.Open(signed, verifier); err != nil {
			continue
		}
		if err := w.AddLog(vkey); err != nil { // what it remembers of this log does not verify
			return nil, err
		}
		return w.log(originHash(origin)), nil
	}
	return nil, nil
}
