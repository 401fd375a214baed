package sequencer

import (
	"crypto/ed25519"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/natstest"
)

func TestFirstThread(t *testing.T) {
	srv := natstest.Run(t)
	cfg := configOf(t, srv)
	s := foundedOn(t, cfg)
	raw := commitOf(t, "1", "a", 1)
	reply, err := s.Append(t.Context(), "proposal", appendOf(raw))
	if err != nil {
		t.Fatal(err)
	}
	if err := reply.Receipts[0].Check(epochKey.Public().(ed25519.PublicKey)); err != nil || reply.Receipts[0].Commit != chain.HashCommit(raw) {
		t.Fatalf("receipt: %v", err)
	}
	s.Close()
	s = openOn(t, cfg)
	again, err := s.Append(t.Context(), "proposal", appendOf(raw))
	if err != nil || !again.Repeated || again.Receipts[0].Index != 1 {
		t.Fatalf("repeat: %+v, %v", again, err)
	}
	if err := s.Serve(); err != nil {
		t.Fatal(err)
	}
	client := chain.NewClient(srv.Connect(t), s.Info().Community, "proposal")
	reply, err = client.Append(t.Context(), appendOf(commitOf(t, "2", "a", 2)))
	if err != nil || reply.Receipts[0].Index != 2 {
		t.Fatalf("over NATS: %+v, %v", reply, err)
	}
}
