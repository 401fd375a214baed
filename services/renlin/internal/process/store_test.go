package process

import (
	"log/slog"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// TestSequencersKnowTheStore: beside an embedded server, a sequencer can sync what a kill left unsynced.
func TestSequencersKnowTheStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keys, err := openEpochs(filepath.Join(dir, "epochs"))
	if err != nil {
		t.Fatal(err)
	}
	defer keys.close()
	public, err := keys.next()
	if err != nil {
		t.Fatal(err)
	}
	body, err := proto.Marshal(&communityv1.CommunityFounded{EpochKey: public})
	if err != nil {
		t.Fatal(err)
	}
	founding, err := (&chain.Commit{
		Author: chain.AuthorGenesis, Service: "community", Command: []byte("command"), Changes: []chain.Change{{
			Aggregate: "community/main", Version: 1, Events: []chain.Event{{Type: "renlin.community.v1.CommunityFounded", Body: body}},
		}},
	}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, store := range []string{"", filepath.Join(dir, "jetstream")} {
		s := &Sequencers{env: Env{State: filepath.Join(dir, "state"), Store: store, Log: slog.New(slog.DiscardHandler)}, epochs: keys}
		cfg, community, err := s.config(founding)
		if err != nil || cfg.StoreDir != store || community != chain.CommunityID(chain.HashCommit(founding)) {
			t.Errorf("store %q: %q of community %s, %v", store, cfg.StoreDir, community, err)
		}
	}
}
