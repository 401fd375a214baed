package chain_test

import (
	"bytes"
	"errors"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
)

// seeds gives a fuzz target a good value and the flawed ones of the tables.
func seeds(f *testing.F, kind string) {
	f.Helper()
	for _, k := range flaws {
		if k.kind != kind {
			continue
		}
		good := k.good(&testing.T{})
		f.Add(good)
		for _, flaw := range k.flaws {
			f.Add(bytes.Replace(good, []byte(flaw.find), []byte(flaw.put), 1))
		}
	}
	f.Add([]byte{})
}

// same reports a second encoding of one value.
func same(t *testing.T, raw, again []byte, err error) {
	t.Helper()
	if err != nil || !bytes.Equal(raw, again) {
		t.Errorf("%x was read, and is written as %x (%v)", raw, again, err)
	}
}

// FuzzCommit: whatever is read is written as the same bytes.
func FuzzCommit(f *testing.F) {
	seeds(f, "commit")
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := chain.DecodeCommit(raw)
		var o chain.Outline
		if outlined := o.Parse(raw); (outlined == nil) != (err == nil) {
			t.Fatalf("one reader says %v, the other %v", err, outlined)
		}
		if err == nil {
			again, err := c.Encode()
			same(t, raw, again, err)
		}
	})
}

// FuzzSigned, with both of its readers.
func FuzzSigned(f *testing.F) {
	seeds(f, "command")
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := chain.DecodeSigned(raw)
		var o chain.CommandOutline
		if outlined := o.Parse(raw); (outlined == nil) != (err == nil) {
			t.Fatalf("one reader says %v, the other %v", err, outlined)
		}
		if err != nil {
			return
		}
		again, err := s.Encode(nil)
		same(t, raw, again, err)
		for author := chain.AuthorDevice; author <= chain.AuthorGenesis; author++ {
			want, err := s.ID(author, "service")
			if got, outlined := o.ID(author, []byte("service")); got != want || (err == nil) != (outlined == nil) {
				t.Errorf("author %d: id %v (%v) and %v (%v)", author, want, err, got, outlined)
			}
		}
	})
}

// FuzzBlock: no more is said of the commits in it than where they end.
func FuzzBlock(f *testing.F) {
	seeds(f, "block")
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := chain.DecodeBlock(raw)
		if err != nil {
			if _, verified := chain.VerifyBlock(raw, nil); verified == nil {
				t.Error("a block that cannot be read was verified")
			}
			return
		}
		again, err := chain.EncodeBlock(nil, &b.Sealed, b.Commits)
		same(t, raw, again, err)
		s, err := chain.DecodeSealed(raw[:chain.SealedHeaderBytes])
		same(t, raw[:chain.SealedHeaderBytes], s.Encode(), err)
	})
}

// FuzzReceipt: and one that was never issued does not check.
func FuzzReceipt(f *testing.F) {
	seeds(f, "receipt")
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := chain.DecodeReceipt(raw)
		if err != nil {
			return
		}
		same(t, raw, r.Encode(), nil)
		if r.Check(chain.Public(seeded(9))) == nil {
			t.Errorf("%x checks", raw)
		}
	})
}

// FuzzRequest: every kind of request.
func FuzzRequest(f *testing.F) {
	seeds(f, "request")
	f.Add([]byte{1, 0, 1, 0, 0, 0, 1, 'c'})
	f.Add(append([]byte{3}, make([]byte, 32)...))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if q, err := chain.DecodeRequest(raw); err == nil {
			again, err := q.Encode()
			same(t, raw, again, err)
		}
	})
}

// FuzzReply: a reply with receipts has one encoding; one with a fault is JSON and comes back as the same fault.
func FuzzReply(f *testing.F) {
	seeds(f, "reply")
	f.Add((&chain.Reply{Fault: chain.ErrStale.WithIndex(3)}).Encode())
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := chain.DecodeReply(raw)
		switch {
		case err != nil:
		case p.Fault == nil:
			same(t, raw, p.Encode(), nil)
		default:
			again, err := chain.DecodeReply(p.Encode())
			if err != nil || !errors.Is(again.Fault, p.Fault) || fault.Of(again.Fault).Index != fault.Of(p.Fault).Index {
				t.Errorf("%v came back as %v (%v)", p.Fault, again, err)
			}
		}
	})
}

// FuzzPath: a path is an aggregate's or a collection's, never both, and the one leads to the other.
func FuzzPath(f *testing.F) {
	for _, c := range paths {
		f.Add(c.path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		aggregate, collection := chain.CheckAggregate(path) == nil, chain.CheckCollection(path) == nil
		if aggregate && collection {
			t.Errorf("%q is both", path)
		}
		if aggregate && (chain.CheckCollection(chain.Collection(path)) != nil || chain.KindOf(path) != chain.KindOf(chain.Collection(path))) {
			t.Errorf("%q belongs to %q", path, chain.Collection(path))
		}
		if collection && chain.CheckAggregate(path+"/x") != nil && len(path)+2 <= chain.AggregateBytesMax {
			t.Errorf("%q can have no member", path)
		}
	})
}
