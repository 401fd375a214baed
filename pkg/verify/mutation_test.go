package verify_test

import (
	"testing"

	"renlin.dev/pkg/mutation"
)

// runMutations are those of the walk over the record and of what the report says.
var runMutations = []mutation.Mutation{
	{"verify.go", `len(b.Checkpoint) > 0, 0, "there is no checkpoint"`, `true, 0, ""`},
	{"verify.go", `if !v.check(CheckCheckpointSigned, false,`, `if !v.check(CheckCheckpointSigned, true,`},
	{"verify.go", `c.Origin == originOf(b.Manifest.Community)`, `true`},
	{"verify.go", ` || strings.ContainsAny(key, " \t\r\n#")`, ` || strings.Count(key, " ") < 0`},
	{"verify.go", `if members.Len() == 0 {`, `if members.Len() >= 0 {`},
	{"verify.go", `policy := v.opts.Policy`, `var policy *merkle.Policy`},
	{"verify.go", `first.Genesis == v.genesis, 0, "the founding`, `true, 0, "the founding`},
	{"verify.go", `chain.CommunityID(v.genesis) == b.Manifest.Community && `, ``},
	{"verify.go", ` && v.genesis.String() == b.Manifest.Genesis`, ``},
	{"verify.go", `first.Commits[0] != nil, 0, "the founding`, `true, 0, "the founding`},
	{"verify.go", `v.check(CheckFoundingKey, err == nil,`, `v.check(CheckFoundingKey, err == nil || key == nil,`},
	{"verify.go", `if len(founded.GetEpochKey()) != ed25519.PublicKeySize {`, `if len(founded.GetEpochKey()) > 1<<20 {`},
	{"verify.go", `			if e.Type != typeFounded {`, `			if len(e.Type) > 1<<20 {`},
	{"verify.go", `			v.report.Err = err
			return`, `			return`},
	{"verify.go", `case ctx.Err() != nil:`, `case ctx.Err() != nil && prev == nil:`},
	{"verify.go", `case v.list.full():`, `case false:`},
	{"verify.go", `			v.report.Stopped = true
`, ``},
	{"verify.go", `	if c.Size > have {`, `	if c.Size > have+1<<30 {`},
	{"verify.go", `v.reached && v.root == c.Root, 0`, `v.reached, 0`},
	{"verify.go", `v.reached && v.root == c.Root, 0`, `v.root == c.Root || c.Size == 0, 0`},
	{"verify.go", `v.report.Anchored = min(c.Size, have)`, `v.report.Anchored = have`},
	{"verify.go", `		v.anchor()
`, ``},
	{"verify.go", `	if r.Err == nil && !r.Stopped {
		v.anchor()`, `	if r.Err != nil || !r.Stopped {
		v.anchor()`},
	{"verify.go", `		r.Uncertain = v.opts.Judge.Uncertain()
`, ``},
	{"verify.go", `r.OK = len(r.Findings) == 0 && r.Err == nil`, `r.OK = r.Err == nil`},
	{"verify.go", `r.OK = len(r.Findings) == 0 && r.Err == nil`, `r.OK = len(r.Findings) == 0`},
	{"verify.go", ` && !opts.SkipSignatures && `, ` && `},
	{"verify.go", ` && !opts.SkipDecisions
`, `
`},
	{"verify.go", `	v.report.Unjudged++
`, ``},
	{"verify.go", `if len(v.report.NotJudged) < v.opts.FindingsMax {`, `if len(v.report.NotJudged) < 1<<40 {`},
	{"verify.go", `opts.Judge = NewJudge()
`, `opts.SkipDecisions = true
`},
	{"verify.go", `	v.report.Signatures = v.crew.wait()
`, `	go v.crew.wait()
`},
	{"verify.go", `v.report.Keys = "policy"`, `v.report.Keys = "bundle"`},
	{"verify.go", `v.report.Keys = "bundle"`, `v.report.Keys = "policy"`},
}

// checkMutations are those of single checks, of the crew, and of what is passed on from the judge.
var checkMutations = []mutation.Mutation{
	{"checks.go", `		v.check(CheckBlockLink, false, index, err.Error())
`, ``},
	{"checks.go", `v.check(CheckBlockEpoch, b.Epoch <= v.epoch,`, `v.check(CheckBlockEpoch, true,`},
	{"checks.go", `v.check(CheckBlockCount, len(b.Hashes) == int(b.Count),`, `v.check(CheckBlockCount, true,`},
	{"checks.go", `v.check(CheckBlockRoot, merkle.RootOfLeaves(v.leaves) == b.Root,`, `v.check(CheckBlockRoot, true,`},
	{"checks.go", `if v.epochKey != nil {`, `if v.epochKey != nil && prev == nil {`},
	{"checks.go", `			if raw != nil && !v.skipAuthors {
				v.crew`, `			if raw != nil && index == 0 {
				v.crew`},
	{"checks.go", `		v.report.Withheld++
`, ``},
	{"checks.go", `v.judged(v.opts.Judge.EndBlock(&b.Sealed))`, `v.opts.Judge.EndBlock(&b.Sealed)`},
	{"checks.go", `	v.judged(found)
`, `	_ = found
`},
	{"checks.go", `		v.notJudged(index, unjudged)
`, ``},
	{"checks.go", `	f.over = len(f.list)+1 >= f.max
`, ``},
	{"checks.go", `	if order(x, f.list[last]) < 0 {`, `	if false {`},
	{"checks.go", `if v.checkpoint != nil && v.report.Commits == v.checkpoint.Size {`, `if v.checkpoint != nil {`},
	{"crew.go", `j.sealed.CheckSignature(j.key); err != nil {`, `j.sealed.CheckSignature(j.key); err != nil && false {`},
	{"crew.go", `		if why != "" {
			c.list`, `		if why == "?" {
			c.list`},
	{"crew.go", `len(s.Signatures) != 0 || s.Suite`, `s.Suite`},
	{"crew.go", ` || s.Suite != chain.SuiteNone`, ``},
	{"crew.go", `		err = s.CheckSignatures(genesis, id)
`, `		_, _ = genesis, id
`},
	{"crew.go", `	case chain.AuthorPolicy:
`, `	case chain.AuthorPolicy, chain.AuthorHosted, chain.AuthorDevice:
		if o.Author != chain.AuthorPolicy {
			return 0, "", ""
		}
`},
	{"crew.go", `	if len(c.batch) > 0 {
		c.jobs`, `	if len(c.batch) > batchJobs {
		c.jobs`},
	{"crew.go", `	c.number.Add(checked)
`, ``},
	{"judge.go", `if list := a.Report().Unjudged; len(list) > a.listed {`, `if list := a.Report().Unjudged; len(list) < 0 {`},
	{"judge.go", `return nil, "withheld"`, `return nil, ""`},
	{"judge.go", `return found, "commit.malformed"`, `return found, ""`},
	{"judge.go", `return uint64(a.Report().Uncertain)`, `return 0`},
	{"judge.go", `return a.convert(a.Auditor.EndBlock(h))`, `a.Auditor.EndBlock(h); return nil`},
	{"judge.go", `	if f.More != "" {`, `	if false {`},
}

// readMutations are those of the bundle's form.
var readMutations = []mutation.Mutation{
	{"read.go", `case head.Name != name || `, `case `},
	{"read.go", ` || head.Typeflag != tar.TypeReg`, ``},
	{"read.go", ` || head.Format != tar.FormatUSTAR`, ``},
	{"read.go", `	if size > limit {`, `	if size > limit<<20 {`},
	{"read.go", `	d.DisallowUnknownFields()
`, ``},
	{"read.go", `if _, err := d.Token(); !errors.Is(err, io.EOF) {`, `if _, err := d.Token(); false && err != nil {`},
	{"read.go", `	if m.Format != 1 {`, `	if m.Format > 1<<20 {`},
	{"read.go", `	if b.all == 0 {`, `	if b.all < 0 {`},
	{"read.go", `n < 1 || n > recordBytesMax`, `n > recordBytesMax`},
	{"read.go", `n < 1 || n > recordBytesMax`, `n < 1`},
	{"read.go", `case n == 0 && errors.Is(err, io.EOF):`, `case n < len(head) && err != nil:`},
	{"read.go", `	return nil, errors.New("its kind is not known")
`, `	return readWhole(body[1:])
`},
	{"read.go", `if len(raw) < chain.SealedHeaderBytes {`, `if len(raw) == 0 {`},
	{"read.go", `case flag == 0 && len(rest) >= len(chain.Hash{}):`, `case flag == 0:`},
	{"read.go", ` && uint64(binary.BigEndian.Uint32(rest)) <= uint64(len(rest)-4):`, `:`},
	{"read.go", `case flag == 1 && len(rest) >= 4 && `, `case flag == 1 && `},
	{"read.go", `case flag == 1 && len(rest)`, `case flag != 0 && len(rest)`},
	{"read.go", `	if len(out.Hashes) == 0 {`, `	if len(out.Hashes) < 0 {`},
	{"read.go", `out.Hashes = append(out.Hashes, chain.HashCommit(rest[4:4+n]))`, `out.Hashes = append(out.Hashes, chain.Hash{})`},
	{"read.go", `	if b.err != nil {
		return nil, b.err`, `	if b.err != nil && errors.Is(b.err, io.EOF) {
		return nil, b.err`},
	{"read.go", `		if end := b.end(); end != nil {`, `		if end := b.end(); end != nil && false {`},
	{"read.go", `t.Next(); !errors.Is(err, io.EOF) {`, `t.Next(); false && err != nil {`},
	{"read.go", `make([]byte, 1)); !errors.Is(err, io.EOF) {`, `make([]byte, 1)); false && err != nil {`},
}

// receiptMutations are those of the check of one receipt.
var receiptMutations = []mutation.Mutation{
	{"receipt.go", `	case index != r.Index:`, `	case false:`},
	{"receipt.go", `	case c.Origin != originOf(chain.CommunityID(r.Genesis)):`, `	case false:`},
	{"receipt.go", `if block.Hash() != r.Sealed.Hash() || `, `if `},
	{"receipt.go", ` || block.Hashes[at] != r.Commit {`, ` {`},
	{"receipt.go", `		err = r.CheckPath()
`, ``},
	{"receipt.go", `		err = r.Check(epochKey)
`, `		err = r.CheckPath()
`},
	{"receipt.go", `	if err := checkReceipt(r, epochKey); err != nil {
		return merkle`, `	if err := checkReceipt(r, epochKey); false {
		return merkle`},
	{"receipt.go", `	if err := checkReceipt(r, epochKey); err != nil {
		return nil`, `	if err := checkReceipt(r, epochKey); false {
		return nil`},
}

// auditMutations are those of the decider's auditor: ids, times, versions, decisions, reactions.
var auditMutations = []mutation.Mutation{
	{"../decider/book.go", `if founding != (index == 0) {`, `if false {`},
	{"../decider/book.go", `if err != nil || id != c.ID {`, `if err != nil || id == (chain.CommandID{}) {`},
	{"../decider/book.go", `if _, twice := a.book.commands[c.ID]; twice {`, `if _, twice := a.book.commands[c.ID]; twice && false {`},
	{"../decider/book.go", `case !rule && !founding && signed.NotAfter <= blockTime:`, `case false:`},
	{"../decider/book.go", `case !rule && !founding && signed.NotAfter <= blockTime:`,
		`case !rule && !founding && signed.NotAfter < blockTime:`},
	{"../decider/book.go", `case !rule && !founding && signed.NotAfter-blockTime > order.NotAfterMax:`, `case false:`},
	{"../decider/book.go", `if c.WindowFrom != 0 && blockTime < c.WindowFrom || `, `if `},
	{"../decider/book.go", `c.WindowUntil != 0 && blockTime >= c.WindowUntil {`, `false {`},
	{"../decider/book.go", `c.WindowUntil != 0 && blockTime >= c.WindowUntil {`, `c.WindowUntil != 0 && blockTime > c.WindowUntil {`},
	{"../decider/book.go", `if c.Time-blockTime > order.SkewMax || `, `if `},
	{"../decider/book.go", ` || blockTime-c.Time > order.SkewMax {`, ` {`},
	{"../decider/book.go", `a.cfg.Verify(signed, genesis, c.ID); err != nil {`, `a.cfg.Verify(signed, genesis, c.ID); err != nil && false {`},
	{"../decider/book.go", `		genesis = chain.Hash{}
`, `		_ = genesis
`},
	{"../decider/book.go", `[2][]chain.Read{c.Reads, c.Collections}`, `[1][]chain.Read{c.Reads}`},
	{"../decider/book.go", `[2][]chain.Read{c.Reads, c.Collections}`, `[1][]chain.Read{c.Collections}`},
	{"../decider/book.go", `worst = max(worst, b.hold(ch.Aggregate, ch.Version-1))`, `b.hold(ch.Aggregate, ch.Version-1)`},
	{"../decider/book.go", `		b.touch(ch.Aggregate[:`, `		_ = len(ch.Aggregate[:`},
	{"../decider/book.go", `	case e == nil:
		return fitStale`, `	case e == nil:
		return fitCurrent`},
	{"../decider/book.go", `	case e.version != version:`, `	case e.version > version:`},
	{"../decider/book.go", `	case e.version != version:`, `	case e.version < version:`},
	{"../decider/book.go", `	case e.unknown:
		return fitUnknown`, `	case e.unknown:
		return fitCurrent`},
	{"../decider/book.go", `	if e.last != b.position {`, `	if true {`},
	{"../decider/audit.go", `		a.find(index, "commit.malformed", "")
`, ``},
	{"../decider/audit.go", `		a.find(index, "command.malformed", "")
`, ``},
	{"../decider/audit.go", `		a.find(index, "read.stale", "")
`, ``},
	{"../decider/audit.go", `	a.checkKinds(index, r.Commit)
`, ``},
	{"../decider/audit.go", `		a.unjudged(index, "service.no_model")
`, ``},
	{"../decider/audit.go", `	case fit == fitUnknown:
		a.unjudged(index, "rests.on_withheld")
		state = nil`, `	case fit == fitUnknown:`},
	{"../decider/audit.go", `		a.stopped[s.model.Service] = "rules.unknown"
`, ``},
	{"../decider/audit.go", `		a.find(index, "fold.failed", s.model.Service)
`, ``},
	{"../decider/audit.go", `		a.stopped[s.model.Service] = "model.stopped"
`, ``},
	{"../decider/audit.go", `		a.unjudged(index, why)
		return
	}
	in`, `		return
	}
	in`},
	{"../decider/audit.go", `if v.Err != nil {
			why, more`, `if v.Err != nil && v.Commit != nil {
			why, more`},
	{"../decider/audit.go", `differs(v.Commit, r); part != "" {`, `differs(v.Commit, r); part == "?" {`},
	{"../decider/audit.go", `if why != "" && s.partial && (in.Policy || v.fixed) {`, `if why != "" && s.partial {`},
	{"../decider/audit.go", `if why != "" && s.partial && (in.Policy || v.fixed) {`, `if false {`},
	{"../decider/audit.go", `if why != "" && s.partial && (in.Policy || v.fixed) {`, `if why != "" && (in.Policy || v.fixed) {`},
	{"../decider/audit.go", `	case owed == nil:
		return "policy.not_owed", ""`, `	case owed == nil:
		return "", ""`},
	{"../decider/audit.go", `err != nil || !bytes.Equal(raw, r.Command) {`, `err != nil || bytes.Equal(raw, nil) {`},
	{"../decider/audit.go", `case want.Author != got.Author:`, `case false:`},
	{"../decider/audit.go", `case want.Rules != got.Rules:`, `case false:`},
	{"../decider/audit.go", `case want.Cause != got.Cause:`, `case false:`},
	{"../decider/audit.go", `case want.Actor != got.Actor:`, `case false:`},
	{"../decider/audit.go", `case want.Through != got.Through:`, `case false:`},
	{"../decider/audit.go", `case want.WindowFrom != got.WindowFrom || `, `case `},
	{"../decider/audit.go", ` || want.WindowUntil != got.WindowUntil:`, `:`},
	{"../decider/audit.go", `case !slices.Equal(want.Reads, got.Reads):`, `case false:`},
	{"../decider/audit.go", `case !slices.Equal(want.Collections, got.Collections):`, `case false:`},
	{"../decider/audit.go", `case len(want.Changes) != len(got.Changes):`, `case len(want.Changes) > len(got.Changes):`},
	{"../decider/audit.go", `if w.Aggregate != g.Aggregate || `, `if `},
	{"../decider/audit.go", ` || len(w.Events) != len(g.Events) {`, ` || len(w.Events) > len(g.Events) {`},
	{"../decider/audit.go", `w.Events[j].Type != g.Events[j].Type || `, ``},
	{"../decider/audit.go", `return err == nil && proto.Equal(w, g)`, `return err == nil && (g != w || proto.Equal(w, g))`},
	{"../decider/audit.go", `return err == nil && proto.Equal(w, g)`, `return err == nil && g == w && proto.Equal(w, g)`},
	{"../decider/audit.go", `	return a.Overdue(h.Time)
`, `	return nil
`},
	{"../decider/audit.go", ` || a.omitted[o.ID] || `, ` || `},
	{"../decider/audit.go", `o.Since+a.cfg.GraceMS >= now {`, `o.Since > now+1<<40 {`},
	{"../decider/audit.go", `			if s.partial {
				a.report.Uncertain++
				return
			}
`, ``},
	{"../decider/audit.go", `				a.report.Uncertain++
`, ``},
	{"../decider/audit.go", `			a.find(o.Cause-1, "policy.omitted", o.Operation)
`, ``},
	{"../decider/audit.go", `a.find(o.Cause-1, "policy`, `a.find(o.Cause, "policy`},
	{"../decider/audit.go", `	a.book.holes = true
`, ``},
	{"../decider/audit.go", `		s.partial = true
`, ``},
}

// proofMutations are those of what the checks rest on: links, signatures, checkpoints, cosignatures, policies, paths.
var proofMutations = []mutation.Mutation{
	{"../chain/block.go", `s.Number != 0 || `, ``},
	{"../chain/block.go", ` || s.First != 0 || `, ` || `},
	{"../chain/block.go", ` || !s.Prev.IsZero() {`, ` {`},
	{"../chain/block.go", `case s.Genesis != prev.Genesis:`, `case false:`},
	{"../chain/block.go", `case s.Epoch < prev.Epoch:`, `case false:`},
	{"../chain/block.go", `case s.Number != prev.Number+1:`, `case false:`},
	{"../chain/block.go", `case s.First != prev.First+uint64(prev.Count):`, `case false:`},
	{"../chain/block.go", `case s.Prev != prev.Hash():`, `case false:`},
	{"../chain/block.go", `case s.Time < prev.Time:`, `case false:`},
	{"../chain/block.go", `if len(epochKey) != ed25519.PublicKeySize || `, `if `},
	{"../chain/block.go", ` || !ed25519.Verify(epochKey, s.SigningInput(), s.Sig[:]) {`, ` {`},
	{"../chain/block.go", `b.Count == 0 || `, ``},
	{"../chain/block.go", ` || uint64(b.Count)*4 > uint64(len(r.rest))`, ``},
	{"../chain/block.go", `		return nil, fmt.Errorf("decode block: %d bytes`, `		_ = fmt.Errorf("decode block: %d bytes`},
	{"../chain/signed.go", `	if s.Suite != SuiteIntl {`, `	if s.Suite == SuiteNone {`},
	{"../chain/signed.go", `	if len(s.Signatures) == 0 {
		return ErrUnsigned
	}
`, ``},
	{"../chain/signed.go", `if bytes.Equal(other.Key, sig.Key) {`, `if bytes.Equal(other.Key, nil) {`},
	{"../chain/signed.go", `WeakKey(sig.Key) || `, ``},
	{"../chain/smallorder.go", `len(key) != ed25519.PublicKeySize || `, ``},
	{"../chain/smallorder.go", ` || smallOrder(key) }`, ` }`},
	{"../chain/signed.go", ` || !ed25519.Verify(sig.Key, input, sig.Sig) {`, ` || len(input) == 0 {`},
	{"../chain/signed.go", `for i, sig := range s.Signatures {
		for`, `for i, sig := range s.Signatures[:1] {
		for`},
	{"../chain/signed.go", `	b = append(b, genesis[:]...)
`, ``},
	{"../chain/signed.go", `	b = append(b, domainCommand...)
`, ``},
	{"../chain/signed.go", `	b = putStr(b, s.Operation)
	b = putU16(b, int(s.Contract))
	b = append(b, id[:]...)`, `	b = putU16(b, int(s.Contract))
	b = append(b, id[:]...)`},
	{"../chain/signed.go", `	b = putU16(b, int(s.Contract))
	b = append(b, id[:]...)`, `	b = append(b, id[:]...)`},
	{"../chain/signed.go", `	b = append(b, id[:]...)
`, ``},
	{"../chain/signed.go", `	b = putI64(b, s.NotAfter)
	body :=`, `	body :=`},
	{"../chain/signed.go", `return append(b, body[:]...)`, `return append(b, body[:0]...)`},
	{"../chain/receipt.go", `r.CheckSignature(epochKey); err != nil {`, `r.CheckSignature(epochKey); err != nil && false {`},
	{"../chain/receipt.go", `if !ok || root != r.Root {`, `if !ok || root.IsZero() {`},
	{"../chain/receipt.go", `if !ok || root != r.Root {`, `if ok && root != r.Root {`},
	{"../chain/reader.go", `b.CheckNext(prev); err != nil {`, `b.CheckNext(prev); err != nil && false {`},
	{"../chain/reader.go", `if prev == nil && i == 0 && hash != b.Genesis {`, `if false {`},
	{"../chain/reader.go", `if RootOfLeaves(leaves) != b.Root {`, `if RootOfLeaves(leaves).IsZero() {`},
	{"../merkle/policy.go", `if !p.logSigned(c.Origin, n.Sigs) {`, `if false {`},
	{"../merkle/policy.go", `if l.verifier.Name() != origin {`, `if false {`},
	{"../merkle/policy.go", `if !p.quorum.satisfied(seen) {`, `if false {`},
	{"../merkle/policy.go", `seen[i] = fresh.Accepts(t)`, `seen[i] = true`},
	{"../merkle/policy.go", `	return n >= m.k
`, `	return n+1 >= m.k
`},
	{"../merkle/policyparse.go", `	case p.keys[key]:`, `	case false:`},
	{"../merkle/policyparse.go", `	case p.ids[id]:`, `	case false:`},
	{"../merkle/policyparse.go", `	case p.names[name] != nil:`, `	case false:`},
	{"../merkle/checkpoint.go", `		if sig.Name == c.Origin {`, `		if sig.Name != "" {`},
	{"../merkle/checkpoint.go", `	if c.Text() != text {`, `	if false {`},
	{"../merkle/checkpoint.go", `	if !printable(text) {`, `	if false {`},
	{"../merkle/checkpoint.go", ` || len(head.Hash) != HashBytes {`, ` {`},
	{"../merkle/merkle.go", `	case size > SizeMax:`, `	case false:`},
	{"../merkle/merkle.go", `	case len(path) > pathMax:`, `	case false:`},
	{"../merkle/merkle.go", `	err := tlog.CheckRecord(buf[:len(path)], int64(size), root, int64(i), leaf)
	if err != nil {`, `	err := tlog.CheckRecord(buf[:len(path)], int64(size), root, int64(i), leaf)
	if false && err != nil {`},
	{"../merkle/proof.go", `	c, err := policy.Check(p.Checkpoint, fresh)
	if err != nil {`, `	c, err := policy.Check(p.Checkpoint, fresh)
	if len(text) == 0 && err != nil {`},
	{"../merkle/proof.go", `	err = CheckPath(c.Root, c.Size, p.Index, entry, p.Path)
	if err != nil {`, `	if err != nil {`},
	{"../merkle/proof.go", `if !bytes.Equal(p.Marshal(), text) {`, `if !bytes.Equal(nil, nil) {`},
	{"../merkle/proof.go", `	if len(p.Hashes) > pathMax {`, `	if false {`},
	{"../merkle/proof.go", `return !t.After(f.Now.Add(FutureMax)) && `, `return `},
	{"../merkle/proof.go", ` || !t.Before(f.Now.Add(-f.AgeMax)))`, `)`},
}

// TestMutations takes every check out once, of this package and of those that it rests on. Of each package all tests are run at last but
// those that take seconds and notice nothing that others do not.
func TestMutations(t *testing.T) {
	rapid := []string{"-rapid.nofailfile"}
	verify := mutation.Package{
		Dir: ".", Stages: []string{"^TestForgeries$|^TestReceipt|^TestMalformed|^TestTrue", "^Test[^LD]"}, Flags: rapid,
	}
	mutation.Run(t, map[string][]mutation.Package{
		".": {verify},
		"../decider": {
			{Dir: "../decider", Stages: []string{"^TestAuditor|^TestOmission|^TestReexecute", "^Test[^SO]"}, Flags: rapid}, verify,
		},
		"../chain":  {{Dir: "../chain", Stages: []string{"."}}, verify}, // which has no test by rapid
		"../merkle": {{Dir: "../merkle", Stages: []string{"^Test"}, Flags: rapid}, verify},
	}, runMutations, checkMutations, readMutations, receiptMutations, auditMutations, proofMutations)
}
