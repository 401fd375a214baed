package order_test

import (
	"errors"
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
)

// a post makes topic/a; most cases begin with one already there.
var post = draft{idem: "post", changes: []chain.Change{change("topic/a", 1)}}

// given is a founded world with topic/a on it, so the next index is 2.
func given(t *testing.T) *world {
	t.Helper()
	w := founded(t)
	if r := w.do("proposal", appendOf(t, post)); r.Fault != nil {
		t.Fatalf("post: %v", r.Fault)
	}
	return w
}

// TestAppendJudged: one request each, on a chain that holds the founding and one post at index 1.
func TestAppendJudged(t *testing.T) {
	topic := func(n uint64) []chain.Change { return []chain.Change{change("topic/a", n)} }
	fresh := []chain.Change{change("topic/b", 1)}
	cases := []struct {
		name    string
		service string
		drafts  []draft
		want    error
	}{
		{"next version", "", []draft{{changes: topic(2)}}, nil},
		{"version again", "", []draft{{changes: topic(1)}}, chain.ErrStale},
		{"version ahead", "", []draft{{changes: topic(3)}}, chain.ErrStale},
		{"read current", "", []draft{{reads: []chain.Read{{Key: "topic/a", Version: 1}}, changes: fresh}}, nil},
		{"read stale", "", []draft{{reads: []chain.Read{{Key: "topic/a", Version: 0}}, changes: fresh}}, chain.ErrStale},
		{"read absent", "", []draft{{reads: []chain.Read{{Key: "topic/z", Version: 0}}, changes: fresh}}, nil},
		{"read absent that was awaited", "", []draft{{reads: []chain.Read{{Key: "topic/z", Version: 1}}, changes: fresh}}, chain.ErrStale},
		{"collection current", "", []draft{{collections: []chain.Read{{Key: "topic", Version: 1}}, changes: fresh}}, nil},
		{"collection stale", "", []draft{{collections: []chain.Read{{Key: "topic", Version: 0}}, changes: fresh}}, chain.ErrStale},
		{"other's kind", "", []draft{{changes: []chain.Change{change("member/m", 1)}}}, chain.ErrKind},
		{"other's kind below own", "", []draft{{changes: []chain.Change{change("topic/a/member/m", 1)}}}, chain.ErrKind},
		{"own kind below own", "", []draft{{changes: []chain.Change{change("topic/a/second/m", 1)}}}, nil},
		{"own kind below other's", "", []draft{{changes: []chain.Change{change("member/a/second/m", 1)}}}, nil},
		{"one of two kinds", "", []draft{{changes: []chain.Change{change("member/m", 1), change("topic/b", 1)}}}, chain.ErrKind},
		{"own lapse", "", []draft{{changes: []chain.Change{change("proposal-lapse/x", 1)}}}, nil},
		{"other's lapse", "", []draft{{changes: []chain.Change{change("community-lapse/x", 1)}}}, chain.ErrKind},
		{"unknown service", "nobody", []draft{{service: "nobody", changes: []chain.Change{change("nobody-lapse/x", 1)}}}, chain.ErrKind},
		{"own kind, then another's", "", []draft{{changes: []chain.Change{
			change("member/a/second/m", 1), change("member/m", 1)}}}, chain.ErrKind},
		{"in another's name", "community", []draft{{changes: fresh}}, chain.ErrKind},
		{"own kind in another's name", "community", []draft{{changes: []chain.Change{change("member/m", 1)}}}, chain.ErrKind},
		{"second founding", "community", []draft{{author: chain.AuthorGenesis, service: "community", body: "again",
			changes: []chain.Change{change("community/other", 1)}}}, chain.ErrMalformed},
		{"id of another key", "", []draft{{id: chain.CommandIDOf([]byte("other"), ""), changes: fresh}}, chain.ErrMalformed},
		{"credential with a name", "", []draft{{author: chain.AuthorCredential, actor: "m", changes: fresh}}, chain.ErrMalformed},
		{"credential", "", []draft{{author: chain.AuthorCredential, changes: fresh}}, nil},
		{"device with a cause", "", []draft{{cause: 1, changes: fresh}}, chain.ErrMalformed},
		{"hosted with a cause", "", []draft{{author: chain.AuthorHosted, cause: 1, changes: fresh}}, chain.ErrMalformed},
		{"credential with a cause", "", []draft{{author: chain.AuthorCredential, cause: 1, changes: fresh}}, chain.ErrMalformed},
		{"policy", "", []draft{{author: chain.AuthorPolicy, cause: 2, changes: fresh}}, nil},
		{"policy with a name", "", []draft{{author: chain.AuthorPolicy, actor: "m", changes: fresh}}, chain.ErrMalformed},
		{"policy with an expiry", "", []draft{{author: chain.AuthorPolicy, notAfter: start + 5, changes: fresh}}, chain.ErrMalformed},
		{"policy caused by what is to come", "", []draft{{author: chain.AuthorPolicy, cause: 3, changes: fresh}}, chain.ErrMalformed},
		{"two, one upon another", "", []draft{{idem: "1", changes: topic(2)}, {idem: "2", changes: topic(3)}}, nil},
		{"two, the second stale", "", []draft{{idem: "1", changes: topic(2)}, {idem: "2", changes: topic(2)}}, chain.ErrStale},
		{"two with one id", "", []draft{{changes: topic(2)}, {changes: topic(3)}}, chain.ErrMalformed},
		{"repeat", "", []draft{post}, nil},
		{"repeat with other bytes", "", []draft{{idem: "post", body: "else", changes: topic(2)}}, chain.ErrReused},
		{"repeat and new", "", []draft{post, {idem: "new", changes: topic(2)}}, chain.ErrPartlyDone},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := given(t)
			service := c.service
			if service == "" {
				service = "proposal"
			}
			before := w.m.Size()
			r := w.do(service, appendOf(t, c.drafts...))
			if !errors.Is(r.Fault, c.want) || c.want == nil && r.Fault != nil {
				t.Fatalf("fault %v, want %v", r.Fault, c.want)
			}
			wrote := w.m.Size() - before
			switch {
			case c.want != nil && (wrote != 0 || len(r.Receipts) != 0):
				t.Fatalf("refused, but %d commits written, %d receipts", wrote, len(r.Receipts))
			case c.want == nil && len(r.Receipts) != len(c.drafts):
				t.Fatalf("%d receipts for %d commits", len(r.Receipts), len(c.drafts))
			case c.want == nil && r.Repeated != strings.HasPrefix(c.name, "repeat"):
				t.Fatalf("repeated is %v", r.Repeated)
			}
			checkReceipts(t, w, r)
			w.compareWithReplay()
		})
	}
}

// checkReceipts makes sure that each receipt's path leads from its commit to its block's root.
func checkReceipts(t *testing.T, w *world, r *chain.Reply) {
	t.Helper()
	for _, receipt := range r.Receipts {
		b, err := chain.DecodeBlock(w.blocks[receipt.Number])
		if err != nil {
			t.Fatal(err)
		}
		if receipt.Sealed != b.Sealed || receipt.Commit != chain.HashCommit(b.Commits[receipt.Index-b.First]) {
			t.Fatal("receipt is of another commit")
		}
		if err := receipt.Check(nil); !errors.Is(err, chain.ErrBlockSignature) {
			t.Fatalf("a fake signature was taken for a real one: %v", err)
		}
		again, err := chain.DecodeReceipt(receipt.Encode())
		if err != nil || again.Index != receipt.Index {
			t.Fatalf("receipt does not survive its encoding: %v", err)
		}
	}
}

// TestTimesJudged: a commit's own times against the block's, which is start plus now.
func TestTimesJudged(t *testing.T) {
	const week = 7 * 24 * 3600 * 1000
	cases := []struct {
		name  string
		draft draft
		now   int64
		want  error
	}{
		{"expiry one ms ahead", draft{notAfter: start + 1}, 0, nil},
		{"expiry now", draft{notAfter: start}, 0, chain.ErrExpired},
		{"expiry in seven days", draft{notAfter: start + week}, 0, nil},
		{"expiry beyond seven days", draft{notAfter: start + week + 1}, 0, chain.ErrNotAfter},
		{"hosted, expired", draft{author: chain.AuthorHosted, notAfter: start}, 0, chain.ErrExpired},
		{"credential, expired", draft{author: chain.AuthorCredential, notAfter: start}, 0, chain.ErrExpired},
		{"policy has no expiry", draft{author: chain.AuthorPolicy}, 0, nil},
		{"window opens now", draft{from: start}, 0, nil},
		{"window opens later", draft{from: start + 1}, 0, chain.ErrWindowEarly},
		{"window closes later", draft{until: start + 1}, 0, nil},
		{"window closes now", draft{until: start}, 0, chain.ErrWindowLate},
		{"two seconds old", draft{time: start}, 2000, nil},
		{"older", draft{time: start}, 2001, chain.ErrSkewed},
		{"two seconds ahead", draft{time: start + 2000}, 0, nil},
		{"further ahead", draft{time: start + 2001}, 0, chain.ErrSkewed},
		{"clock behind the last block", draft{time: start}, -1_000_000, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := founded(t)
			w.now = start + c.now
			c.draft.changes = []chain.Change{change("topic/a", 1)}
			r := w.do("proposal", appendOf(t, c.draft))
			if !errors.Is(r.Fault, c.want) || c.want == nil && r.Fault != nil {
				t.Fatalf("fault %v, want %v", r.Fault, c.want)
			}
			if c.want == nil && r.Receipts[0].Time != max(start, w.now) {
				t.Fatalf("block time %d", r.Receipts[0].Time-start)
			}
		})
	}
}

// TestStaleNamesTheLastCommit: one catching-up must be enough.
func TestStaleNamesTheLastCommit(t *testing.T) {
	w := given(t) // topic/a at index 1
	w.do("proposal", appendOf(t, draft{idem: "b", changes: []chain.Change{change("topic/b", 1)}}))
	r := w.do("proposal", appendOf(t, draft{
		idem: "c", reads: []chain.Read{{Key: "topic/a"}, {Key: "topic/b"}}, changes: []chain.Change{change("topic/c", 1)},
	}))
	if f := faultOf(t, r.Fault); f.Index != 2 {
		t.Fatalf("stale names index %d, want 2", f.Index)
	}
	check := &chain.Request{Ask: chain.AskCheck, Reads: []chain.Read{{Key: "topic/a"}}}
	if f := faultOf(t, w.do("proposal", check).Fault); f.Index != 1 {
		t.Fatalf("stale names index %d, want 1", f.Index)
	}
}

// TestCollectionsCountCommits: a commit that touches two members of a collection counts once for it, wherever they stand in it.
func TestCollectionsCountCommits(t *testing.T) {
	w := founded(t)
	r := w.do("proposal", appendOf(t, draft{changes: []chain.Change{
		change("topic/a", 1), change("topic/a/second/x", 1), change("topic/b", 1), change("topic/b/second/x", 1),
	}}))
	if r.Fault != nil {
		t.Fatal(r.Fault)
	}
	for _, path := range []string{"topic", "topic/a", "topic/b", "topic/a/second", "topic/a/second/x"} {
		if got := w.m.Version(path); got != 1 {
			t.Errorf("%s has version %d, want 1", path, got)
		}
	}
}

func TestFounding(t *testing.T) {
	m := newMachine()
	w := &world{tb: t, m: m, now: start}
	if r := w.do("proposal", appendOf(t, post)); !errors.Is(r.Fault, order.ErrUnfounded) {
		t.Fatalf("before the founding: %v", r.Fault)
	}
	two := draft{author: chain.AuthorGenesis, service: "community", body: "2", changes: []chain.Change{change("community/x", 1)}}
	if r := w.do("community", appendOf(t, genesis, two)); !errors.Is(r.Fault, chain.ErrMalformed) {
		t.Fatalf("two foundings: %v", r.Fault)
	}
	r := w.do("community", appendOf(t, genesis))
	if r.Fault != nil || r.Receipts[0].Genesis != chain.HashCommit(genesis.encode(t)) || m.Genesis() != r.Receipts[0].Genesis {
		t.Fatalf("founding: %+v", r)
	}
	if again := w.do("community", appendOf(t, genesis)); !again.Repeated || again.Receipts[0].Index != 0 {
		t.Fatalf("founding again: %+v", again)
	}
	w.compareWithReplay()

	named := order.New(order.Config{Genesis: chain.Hash{1}, Epoch: 1, Sign: fakeSign, Kinds: kinds})
	other := &world{tb: t, m: named, now: start}
	if r := other.do("community", appendOf(t, genesis)); !errors.Is(r.Fault, chain.ErrMalformed) {
		t.Fatalf("founding of another community: %v", r.Fault)
	}
}

func TestCheckAndReceipt(t *testing.T) {
	w := given(t)
	id := chain.CommandIDOf([]byte("key"), "post")
	ask := func(q *chain.Request) *chain.Reply { return w.do("proposal", q) }
	if r := ask(&chain.Request{Ask: chain.AskCheck, Reads: []chain.Read{{Key: "topic/a", Version: 1}, {Key: "topic/b"}},
		Collections: []chain.Read{{Key: "topic", Version: 1}}}); r.Fault != nil || len(r.Receipts) != 0 {
		t.Fatalf("current: %+v", r)
	}
	if r := ask(&chain.Request{Ask: chain.AskCheck, Collections: []chain.Read{{Key: "topic"}}}); !errors.Is(r.Fault, chain.ErrStale) {
		t.Fatalf("stale collection: %v", r.Fault)
	}
	for _, ids := range [][]chain.CommandID{{id}, {{9}, id}, {id, {9}}} { // who asks has not folded what it would refuse
		r := ask(&chain.Request{Ask: chain.AskCheck, Reads: []chain.Read{{Key: "topic/a", Version: 1}}, IDs: ids})
		if !errors.Is(r.Fault, chain.ErrReused) || faultOf(t, r.Fault).Index != 1 {
			t.Fatalf("a command on record: %+v", r)
		}
	}
	old := &chain.Request{Ask: chain.AskCheck, Reads: []chain.Read{{Key: "topic/a"}}, IDs: []chain.CommandID{id}}
	if r := ask(old); !errors.Is(r.Fault, chain.ErrStale) {
		t.Fatalf("a command on record that was refused upon what is stale: %v", r.Fault)
	}
	if r := ask(&chain.Request{Ask: chain.AskCheck, IDs: []chain.CommandID{{9}}}); r.Fault != nil {
		t.Fatalf("a command that is not on record: %v", r.Fault)
	}
	if r := ask(&chain.Request{Ask: chain.AskReceipt, ID: id}); r.Fault != nil || !r.Repeated || r.Receipts[0].Index != 1 {
		t.Fatalf("receipt: %+v", r)
	}
	if r := ask(&chain.Request{Ask: chain.AskReceipt, ID: chain.CommandID{9}}); !errors.Is(r.Fault, chain.ErrUnknownID) {
		t.Fatalf("unknown id: %v", r.Fault)
	}
	if r := ask(&chain.Request{Ask: 9}); !errors.Is(r.Fault, chain.ErrMalformed) {
		t.Fatalf("unknown ask: %v", r.Fault)
	}
	if r := ask(&chain.Request{Ask: chain.AskAppend}); !errors.Is(r.Fault, chain.ErrMalformed) {
		t.Fatalf("nothing to append: %v", r.Fault)
	}
	many := &chain.Request{Ask: chain.AskAppend, Commits: make([][]byte, chain.RequestCommitsMax+1)}
	if r := ask(many); !errors.Is(r.Fault, chain.ErrMalformed) {
		t.Fatalf("too many to append: %v", r.Fault)
	}
	if r := ask(&chain.Request{Ask: chain.AskAppend, Commits: [][]byte{{1, 2, 3}}}); !errors.Is(r.Fault, chain.ErrMalformed) {
		t.Fatalf("nonsense: %v", r.Fault)
	}
	broken := draft{changes: []chain.Change{change("topic/z", 1)}}
	c, err := chain.DecodeCommit(broken.encode(t))
	if err != nil {
		t.Fatal(err)
	}
	c.Command = []byte("no command")
	raw, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if r := ask(&chain.Request{Ask: chain.AskAppend, Commits: [][]byte{raw}}); !errors.Is(r.Fault, chain.ErrMalformed) {
		t.Fatalf("broken command: %v", r.Fault)
	}
}
