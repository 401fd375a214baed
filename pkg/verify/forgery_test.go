package verify_test

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/verify"
	"renlin.dev/pkg/verify/forge"
)

// forgery is a record with one lie in it, and everything else made good again.
type forgery struct {
	name  string
	check verify.Check
	// why must stand in the finding, where one check looks at several things.
	why  string
	make func(t *testing.T, r *forge.Record) *forge.Pack
	// policy, if set, is held against the bundle in place of its own keys.
	policy string
}

// header lets a forgery change the third block's header.
func header(change func(h *chain.Header)) func(*testing.T, *forge.Record) *forge.Pack {
	return headerAt(3, change)
}

func headerAt(at int, change func(h *chain.Header)) func(*testing.T, *forge.Record) *forge.Pack {
	return func(_ *testing.T, r *forge.Record) *forge.Pack {
		r.Header = func(n int, h *chain.Header) {
			if n == at {
				change(h)
			}
		}
		return forge.NewPack(r)
	}
}

// packed lets a forgery change how the bundle is put together.
func packed(change func(p *forge.Pack)) func(*testing.T, *forge.Record) *forge.Pack {
	return func(_ *testing.T, r *forge.Record) *forge.Pack {
		p := forge.NewPack(r)
		change(p)
		return p
	}
}

// aliens lets a forgery change an alien commit.
func aliens(change func(r *forge.Record, c *chain.Commit)) func(*testing.T, *forge.Record) *forge.Pack {
	return func(_ *testing.T, r *forge.Record) *forge.Pack {
		return withAlien(r, func(c *chain.Commit) { change(r, c) })
	}
}

// command lets a forgery change an alien commit's command and sign it anew with some keys; without keys the signature stays.
func command(change func(s *chain.Signed), keys ...ed25519.PrivateKey) func(*testing.T, *forge.Record) *forge.Pack {
	return aliens(func(r *forge.Record, c *chain.Commit) {
		s := r.Signed(c)
		change(s)
		r.Sign(c, s, keys...)
	})
}

// last lets a forgery change the newest commit of an operation.
func last(operation string, change func(c *chain.Commit)) func(*testing.T, *forge.Record) *forge.Pack {
	return func(_ *testing.T, r *forge.Record) *forge.Pack {
		r.Edit(r.Find(operation), change)
		return forge.NewPack(r)
	}
}

const (
	admit  = "community.admit_member"
	post   = "proposal.post_topic"
	giving = "proposal.second_topic"
	rule   = "proposal.convene"
)

// linkForgeries are lies in headers.
var linkForgeries = []forgery{
	{"another block before it", verify.CheckBlockLink, "does not name", header(func(h *chain.Header) { h.Prev[0] ^= 1 }), ""},
	{"a number left out", verify.CheckBlockLink, "follows block", header(func(h *chain.Header) { h.Number++ }), ""},
	{"an index left out", verify.CheckBlockLink, "begins at index", header(func(h *chain.Header) { h.First++ }), ""},
	{"another community from here on", verify.CheckBlockLink, "another community", header(func(h *chain.Header) { h.Genesis[0] ^= 1 }), ""},
	{"an epoch that was over", verify.CheckBlockLink, "epoch runs backwards", func(_ *testing.T, r *forge.Record) *forge.Pack {
		r.Header = func(n int, h *chain.Header) { h.Epoch = []uint32{4, 4, 4, 3, 3, 3, 3, 3, 3, 3, 3}[n] }
		return forge.NewPack(r)
	}, ""},
	{"time backwards", verify.CheckBlockLink, "time runs backwards", func(_ *testing.T, r *forge.Record) *forge.Pack {
		r.Blocks[2].Time = r.Blocks[1].Time - 1
		return forge.NewPack(r)
	}, ""},
	{"a beginning at another number", verify.CheckBlockLink, "does not begin", headerAt(0, func(h *chain.Header) { h.Number = 1 }), ""},
	{"a beginning at another index", verify.CheckBlockLink, "does not begin", headerAt(0, func(h *chain.Header) { h.First = 1 }), ""},
	{"a beginning after something", verify.CheckBlockLink, "does not begin", headerAt(0, func(h *chain.Header) { h.Prev[0] = 1 }), ""},
	{"an epoch that nobody opened", verify.CheckBlockEpoch, "", header(func(h *chain.Header) { h.Epoch++ }), ""},
	{"another root", verify.CheckBlockRoot, "", header(func(h *chain.Header) { h.Root[0] ^= 1 }), ""},
	{"another key", verify.CheckBlockSignature, "", func(_ *testing.T, r *forge.Record) *forge.Pack {
		r.Signer = func(n int) ed25519.PrivateKey { return forge.Key([]string{"epoch", "thief"}[n/3%2]) }
		return forge.NewPack(r)
	}, ""},
	{"fewer commits than it says", verify.CheckBlockCount, "", func(_ *testing.T, r *forge.Record) *forge.Pack {
		r.Append(0, alien(r, "a"), alien(r, "b"))
		shown := r.Clone() // what the tree and the block's root are made of
		shown.Blocks[len(shown.Blocks)-1].Commits = shown.Blocks[len(shown.Blocks)-1].Commits[:1]
		headers := shown.Seal()
		r.Header = func(n int, h *chain.Header) { h.Root = headers[n].Root }
		p := forge.NewPack(r)
		p.Checkpoint = forge.NewPack(shown).Checkpoint
		p.Missing = map[uint64]bool{r.Size() - 1: true}
		return p
	}, ""},
	{"another founding than the blocks name", verify.CheckFoundingHash, "", headerAt(0, func(h *chain.Header) { h.Genesis[0] ^= 1 }), ""},
	{"a founding that is not shown", verify.CheckFoundingShown, "", packed(func(p *forge.Pack) { p.Withheld = map[uint64]bool{0: true} }), ""},
	{"a founding without a key", verify.CheckFoundingKey, "", func(t *testing.T, _ *forge.Record) *forge.Pack {
		return forge.NewPack(founded(t, nil).Record)
	}, ""},
}

// rename has the manifest and the checkpoint speak of another community.
func rename(p *forge.Pack, community string) {
	p.Checkpoint.Origin = "renlin.dev/" + community
}

// anchorForgeries are lies in the manifest and the checkpoint.
var anchorForgeries = []forgery{
	{"another community's name", verify.CheckManifest, "", func(t *testing.T, r *forge.Record) *forge.Pack {
		p := forge.NewPack(r)
		p.Manifest.Community = forge.ID("elsewhere")
		rename(p, p.Manifest.Community)
		p.Manifest.LogKey = forge.LogVKey(t, p.Checkpoint.Origin)
		return p
	}, ""},
	{"another community's hash", verify.CheckManifest, "", packed(func(p *forge.Pack) {
		p.Manifest.Genesis = strings.Repeat("ab", 32)
	}), ""},
	{"no log key", verify.CheckKeys, "", packed(func(p *forge.Pack) { p.Manifest.LogKey = "" }), ""},
	{"a log key with a policy in it", verify.CheckKeys, "", packed(func(p *forge.Pack) { p.Manifest.LogKey += "\nquorum none" }), ""},
	{"a log key with another behind it", verify.CheckKeys, "malformed", func(t *testing.T, r *forge.Record) *forge.Pack {
		p := forge.NewPack(r)
		more, err := merkle.VerifierKey(p.Checkpoint.Origin, forge.Public("thief"))
		if err != nil {
			t.Fatal(err)
		}
		p.Manifest.LogKey += "\nlog " + more
		return p
	}, ""},
	{"a witness twice", verify.CheckKeys, "twice", packed(func(p *forge.Pack) {
		p.Manifest.WitnessKeys[1] = p.Manifest.WitnessKeys[0]
	}), ""},
	{"no checkpoint", verify.CheckCheckpointMissing, "", packed(func(p *forge.Pack) { p.NoCheckpoint = true }), ""},
	{"a checkpoint that the log did not sign", verify.CheckCheckpointSigned, "",
		packed(func(p *forge.Pack) { p.LogKey = forge.Key("thief") }), ""},
	{"a checkpoint that no witness signed", verify.CheckCheckpointSigned, "quorum", packed(func(p *forge.Pack) { p.Witnesses = nil }), ""},
	{"a witness missing under a policy", verify.CheckCheckpointSigned, "quorum", packed(func(p *forge.Pack) {
		p.Witnesses = p.Witnesses[:1]
	}), "group both all a b\nquorum both\n"},
	{"a stranger for a witness under a policy", verify.CheckCheckpointSigned, "quorum", packed(func(p *forge.Pack) {
		p.Witnesses = []ed25519.PrivateKey{forge.Key("thief")}
	}), "group one any a b\nquorum one\n"},
	{"another log's checkpoint", verify.CheckCheckpointOrigin, "", func(t *testing.T, r *forge.Record) *forge.Pack {
		p := forge.NewPack(r)
		rename(p, forge.ID("elsewhere"))
		p.Manifest.LogKey = forge.LogVKey(t, p.Checkpoint.Origin)
		return p
	}, ""},
	{"a checkpoint over more", verify.CheckCheckpointAhead, "", func(_ *testing.T, r *forge.Record) *forge.Pack {
		whole := forge.NewPack(r)
		r.Blocks = r.Blocks[:len(r.Blocks)-1]
		p := forge.NewPack(r)
		p.Checkpoint = whole.Checkpoint
		return p
	}, ""},
	{"a checkpoint over something else", verify.CheckCheckpointRoot, "", packed(func(p *forge.Pack) { p.Checkpoint.Root[0] ^= 1 }), ""},
	{"a checkpoint over nothing", verify.CheckCheckpointRoot, "", packed(func(p *forge.Pack) {
		p.Checkpoint.Size, p.Checkpoint.Root = 0, merkle.EmptyRoot()
	}), ""},
	{"a commit taken out, and another for it", verify.CheckCheckpointRoot, "", func(_ *testing.T, r *forge.Record) *forge.Pack {
		r.Append(0, alien(r, "a"))
		before := forge.NewPack(r)
		r.Drop(r.Find("alien.note"))
		r.Append(0, alien(r, "b"))
		p := forge.NewPack(r)
		p.Checkpoint = before.Checkpoint
		return p
	}, ""},
}

// authorForgeries are lies about who asked for what.
var authorForgeries = []forgery{
	{"a broken signature", verify.CheckAuthor, "", command(func(s *chain.Signed) { s.Signatures[0].Sig[7] ^= 1 }), ""},
	{"a signature by another key", verify.CheckAuthor, "", command(func(s *chain.Signed) { s.Signatures[0].Key = forge.Public("bob") }), ""},
	{"a key that is too short", verify.CheckAuthor, "", command(func(s *chain.Signed) { s.Signatures[0].Key = s.Signatures[0].Key[:5] }), ""},
	{"a command of another community", verify.CheckAuthor, "", aliens(func(r *forge.Record, c *chain.Commit) {
		s := r.Signed(c)
		s.Signatures = nil
		if err := s.Sign(chain.Hash{1}, c.Author, forge.Key("ann")); err != nil {
			panic(err)
		}
		r.Sign(c, s)
	}), ""},
	{"a command for another operation", verify.CheckAuthor, "", command(func(s *chain.Signed) { s.Operation = "alien.pay" }), ""},
	{"a command for another contract", verify.CheckAuthor, "", command(func(s *chain.Signed) { s.Contract++ }), ""},
	{"a command for longer", verify.CheckAuthor, "", command(func(s *chain.Signed) { s.NotAfter++ }), ""},
	{"another body", verify.CheckAuthor, "", command(func(s *chain.Signed) { s.Body = []byte(`{"pay":1}`) }), ""},
	{"another key of the author's", verify.CheckAuthor, "", command(func(s *chain.Signed) { s.IdempotencyKey = "again" }), ""},
	{"a suite that nobody knows", verify.CheckAuthor, "suite", command(func(s *chain.Signed) { s.Suite = 2 }, forge.Key("ann")), ""},
	{"a cosignature that does not hold", verify.CheckAuthor, "", func(t *testing.T, r *forge.Record) *forge.Pack {
		return command(func(s *chain.Signed) {
			s.Signatures = append(s.Signatures, chain.Signature{Key: forge.Public("bob"), Sig: s.Signatures[0].Sig})
		})(t, r)
	}, ""},
	{"a signature twice", verify.CheckAuthor, "", command(func(*chain.Signed) {}, forge.Key("ann"), forge.Key("ann")), ""},
	{"a founding that a founder did not sign", verify.CheckAuthor, "", func(_ *testing.T, r *forge.Record) *forge.Pack {
		r.Blocks = r.Blocks[:1]
		r.EditCommand(0, func(s *chain.Signed) { s.Signatures[1].Sig[7] ^= 1 })
		return forge.NewPack(r)
	}, ""},
	{"a rule's command with a signature", verify.CheckRuleUnsigned, "", aliens(func(r *forge.Record, c *chain.Commit) {
		c.Author = chain.AuthorPolicy
		r.Sign(c, r.Signed(c), forge.Key("ann"))
	}), ""},
	{"a rule's command with a signature of no suite", verify.CheckRuleUnsigned, "", aliens(func(r *forge.Record, c *chain.Commit) {
		c.Author = chain.AuthorPolicy
		s := r.Signed(c)
		s.Suite = chain.SuiteNone
		r.Sign(c, s, forge.Key("ann"))
	}), ""},
	{"a rule's command with a suite", verify.CheckRuleUnsigned, "", aliens(func(r *forge.Record, c *chain.Commit) {
		c.Author = chain.AuthorPolicy
		s := r.Signed(c)
		s.Signatures = nil
		r.Sign(c, s)
	}), ""},
}

// forgeries are all of them.
func forgeries() []forgery {
	return slices.Concat(linkForgeries, anchorForgeries, authorForgeries, recordForgeries, decisionForgeries)
}

// TestForgeries gives each forgery to the verifier: the one check that is named must find it, and no other; with that check taken away
// it must pass.
func TestForgeries(t *testing.T) {
	t.Parallel()
	r := history(t)
	if report := run(t, forge.NewPack(r.Clone()), verify.Options{}); !report.OK || report.Unjudged != 0 || report.Err != nil {
		t.Fatalf("the true record: %+v", report)
	}
	for _, f := range forgeries() {
		t.Run(strings.ReplaceAll(string(f.check)+": "+f.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			p := f.make(t, r.Clone())
			opts := verify.Options{}
			if f.policy != "" {
				opts.Policy = policy(t, p, f.policy)
			}
			report := run(t, p, opts)
			if report.OK || len(report.Findings) == 0 || report.Err != nil {
				t.Fatalf("it was not found: %+v", report)
			}
			for _, x := range report.Findings {
				if x.Check != f.check || !strings.Contains(x.Why, f.why) {
					t.Errorf("found by %s at %d: %s; want %s", x.Check, x.Index, x.Why, f.check)
				}
			}
			if report := run(t, p, verify.Without(opts, f.check)); !report.OK {
				t.Errorf("it is found without the check, too: %+v", report.Findings)
			}
		})
	}
}

// TestForgeriesCoverEveryCheck: a check without a forgery could be deleted, and nobody would notice.
func TestForgeriesCoverEveryCheck(t *testing.T) {
	t.Parallel()
	all := forgeries()
	for _, c := range append(verify.JudgeChecks(), verify.Checks...) {
		if !slices.ContainsFunc(all, func(f forgery) bool { return f.check == c }) {
			t.Errorf("no forgery is found by %s", c)
		}
	}
}

// policy names the log and two witnesses, a and b.
func policy(t testing.TB, p *forge.Pack, quorum string) *merkle.Policy {
	t.Helper()
	text := fmt.Sprintf("log %s\nwitness a %s\nwitness b %s\n%s",
		forge.LogVKey(t, p.Checkpoint.Origin), forge.WitnessVKey(t, 0), forge.WitnessVKey(t, 1), quorum)
	parsed, err := merkle.ParsePolicy([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
