package chain_test

import (
	"encoding/hex"
	"testing"

	"renlin.dev/pkg/chain"
)

// TestFoundingSalt holds the derivation to docs/format.md.
func TestFoundingSalt(t *testing.T) {
	t.Parallel()
	salt := chain.FoundingSalt([]byte("command"))
	if got := hex.EncodeToString(salt[:]); got != "c7bcf9044d55f343e02fd538101f89a6" {
		t.Errorf("got %s", got)
	}
}
