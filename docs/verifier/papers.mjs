// Papers of open polls, from their issue to the ballots that they cast, and by which way every open ballot came. After docs/formats.md, paper
// ballots, and paper.proto.
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, same } from "./group.mjs";
import { ascii, list, measured, plus, shortID, weight } from "./people.mjs";
import { isNight, says, seal } from "./sheets.mjs";
import { countOpen, outcome } from "./open.mjs";

const CAST = 1, SUPERSEDED = 2, DISPUTED = 3, UNRESOLVED = 4, KEPT = 2;
const OWN = 1, HOSTED = 2, HELPER = 3, PRESENT = 4, KIOSK = 5, DOOR = 6, PAPER = 7;

const step = (proof) => sha256(concat(ascii("renlin/paper/step/1\n"), proof));

// firm tells whether only another such ballot replaces one: an officer saw it, or it came on paper, and it is no host's.
const firm = (b) => b.inPerson && !b.hosted;

const out = (s) => !s.voided && (s.agreement === 0 || s.agreement === DISPUTED);

// papers follows every sheet. c.sheets are each voter's, in the order in which they were issued.
export function papers(c) {
  if (c.secret) {
    if (c.first("PaperIssued")) c.unchecked("paper");
    return;
  }
  c.sheets = new Map();
  const find = (f) => c.sheets.get(f.last)?.find((s) => s.id === f.body.paper);
  for (const f of c.facts) {
    const b = f.body, at = `voter ${f.last}`;
    if (b.$type === "PaperIssued") {
      c.is(b.paper === shortID(sha256(b.commitment)) && !find(f), "papers.sheet", f, at);
      const theirs = c.sheets.get(f.last) ?? [];
      c.sheets.set(f.last, theirs);
      theirs.push({ id: b.paper, number: theirs.length + 1, shown: b.commitment, voided: false, agreement: 0, entries: [] });
    }
    if (!["PaperVoided", "PaperEntered", "PaperReentered"].includes(b.$type)) continue;
    const s = find(f);
    if (!c.is(s && out(s), "papers.sheet", f, at)) continue;
    if (b.$type === "PaperVoided") { s.voided = true; continue; }
    entry(c, f, s);
    if (b.$type === "PaperEntered") c.is(s.entries.length === 1, "papers.sheet", f, at);
    else agreed(c, f, s);
  }
  casts(c);
}

// entry takes an entry in. Its proof hashes to the one before, or to the commitment; the second operator is of another organisation than the
// first, the third of one of the two.
function entry(c, f, s) {
  const b = f.body, at = `voter ${f.last}`, before = s.entries;
  c.is(b.proof.length === 32 && same(step(b.proof), s.shown), "papers.proof", f, at);
  const known = before.some((e) => e.org === b.org), org = before.length === 1 ? !known : before.length === 2 ? known : true;
  const fresh = f.actor !== f.last && before.every((e) => e.operator !== f.actor && !same(e.box, b.box));
  c.is(org && fresh, "papers.operators", f, at);
  c.is(b.atNight === isNight(f.time), "papers.night", f, at);
  s.shown = b.proof;
  s.entries.push({ operator: f.actor, org: b.org, mark: b.mark ?? b.sealedMark, box: b.box, atNight: b.atNight });
}

// twin is the number of the earlier entry that says what the last one says; 0 for none. The first one's mark is sealed to its operator.
function twin({ entries }) {
  const last = entries.at(-1);
  return 1 + entries.slice(0, -1).findIndex((e, i) => same(e.mark, i === 0 ? seal(e.operator, last.mark) : last.mark));
}

// agreed holds what came of a further entry against the entries, and against the ballot that stood before this commit.
function agreed(c, f, s) {
  const stood = c.all("BallotCast").filter((x) => x.last === f.last && x.index < f.index).at(-1)?.body;
  let want = s.entries.length === 2 ? DISPUTED : UNRESOLVED;
  if (twin(s)) want = stood && (stood.paper ? stood.paper > s.number : firm(stood)) ? SUPERSEDED : CAST;
  c.is(s.entries.length > 1 && f.body.agreement === want, "papers.agreement", f, `voter ${f.last}`);
  Object.assign(s, { agreement: f.body.agreement, twin: twin(s) });
}

// casts holds every ballot on paper against the entry that cast it, and every such entry against its ballot.
function casts(c) {
  const left = new Map(c.all("BallotCast").filter((f) => f.body.paper > 0).map((f) => [f.index, f]));
  for (const f of c.all("PaperReentered")) {
    if (f.body.agreement !== CAST) continue;
    const s = c.sheets.get(f.last)?.find((x) => x.id === f.body.paper), by = left.get(f.index), b = by?.body;
    left.delete(f.index);
    if (!s) continue;
    const agreedOn = by && by.last === f.last && b.paper === s.number && b.twin === (s.twin ?? 0) && same(b.box, f.body.box);
    c.is(agreedOn && b.inPerson && !b.hosted && b.mandate === "", "papers.cast", f, `voter ${f.last}`);
  }
  for (const f of left.values()) c.is(false, "papers.cast", f, `voter ${f.last}`);
}

// twinBox is the other operator's box of a ballot on paper.
export const twinBox = (c, voter, b) => c.sheets?.get(voter)?.[b.paper - 1]?.entries[b.twin - 1]?.box;

// lastCasts are the ballots that stand, by voter.
export const lastCasts = (c) => new Map(c.all("BallotCast").map((f) => [f.last, f.body]));

// channels holds the way of every open ballot against who signed it, what it replaces against the rules, and the tally's sums against both.
export function channels(c) {
  if (c.secret) return;
  const last = new Map();
  for (const f of c.all("BallotCast")) {
    const b = f.body, at = `voter ${f.last}`, stood = last.get(f.last);
    c.is(came(c, f), "channels.way", f, at);
    last.set(f.last, b);
    if (stood) c.is(!(b.mandate !== "" && stood.mandate === "") && (firm(b) || !firm(stood)), "channels.replaced", f, at);
  }
  if (!c.tally) return;
  if (c.count) reports(c, c.tally, last);
  else c.unchecked("earlier");
}

// came tells whether a ballot came as it says.
function came(c, { body: b, author, keys }) {
  const paper = b.paper > 0, hosted = author === KEPT && !paper, seen = paper || keys.length > 1;
  if (b.hosted !== hosted || b.inPerson !== seen) return false;
  if (!c.rules.paper) return b.channel === 0 && !paper;
  if (paper) return b.channel === PAPER;
  if (b.channel === KIOSK || b.channel === DOOR) return seen;
  return b.channel === (b.mandate !== "" ? HELPER : seen ? PRESENT : hosted ? HOSTED : OWN);
}

function reports(c, t, last) {
  const where = c.tallied, all = [...last.values()], number = (some) => all.filter(some).length;
  const hosted = (b) => b.hosted, helped = (b) => b.mandate !== "", paper = (b) => b.paper > 0;
  c.is(t.hosted === number(hosted) && t.inPerson === number((b) => b.inPerson), "channels.report", where);
  const by = castBy(c, last), report = channelReport(c, last);
  // Whether the result stands is looked at by itself.
  c.is(says(t.castBy, by && { ...by, standsWithoutHelpers: t.castBy?.standsWithoutHelpers }), "channels.report", where);
  c.is(says(t.channels, report && { ...report, standsWithoutPapers: t.channels?.standsWithoutPapers }), "channels.report", where);
  c.is(t.standsWithoutHosted === stands(c, last, hosted), "channels.stands", where);
  if (by) c.is(t.castBy?.standsWithoutHelpers === stands(c, last, helped), "channels.stands", where);
  if (report) c.is(t.channels?.standsWithoutPapers === stands(c, last, paper), "channels.stands", where);
}

// stands counts again without some of the ballots, against the same roll, and tells whether result and winners are the same.
function stands(c, last, some) {
  if (!c.voted.some((voter) => some(last.get(voter)))) return true;
  const full = outcome(c, c.count, 0), rest = outcome(c, countOpen(c, { counts: (voter) => !some(last.get(voter)) }), 0);
  const set = (o) => [...o.elected].sort((a, b) => a - b);
  return full.result === rest.result && list(set(full), set(rest));
}

// castBy tells the ballots apart by whose hand cast them, if a helper cast any.
function castBy(c, last) {
  const shares = {}, more = measured(c.rules);
  for (const [voter, b] of last) {
    const hand = b.mandate !== "" ? "helper" : b.hosted ? "hosted" : b.paper > 0 ? "paper" : "device";
    shares[hand] ??= { ballots: 0, sum: weight() };
    shares[hand].ballots++;
    shares[hand].sum = plus(shares[hand].sum, c.weights.get(voter) ?? weight());
  }
  if (!shares.helper) return undefined;
  const share = (hand) => {
    const { ballots, sum } = shares[hand] ?? { ballots: 0, sum: weight() };
    return { ballots, heads: sum[1], area: sum[2], measured: more && ballots > 0 ? { households: sum[3], weight: sum[4] } : undefined };
  };
  return { device: share("device"), hosted: share("hosted"), helper: share("helper"), paper: shares.paper && share("paper") };
}

// channelReport says by which channels ballots came and what became of the papers, where the rules know of paper.
function channelReport(c, last) {
  if (!c.rules.paper) return undefined;
  const shares = new Map(), entered = new Map();
  for (const [voter, b] of last) {
    const s = shares.get(b.channel) ?? { channel: b.channel, ballots: 0, heads: 0n, area: 0n }, w = c.weights.get(voter) ?? weight();
    shares.set(b.channel, { ...s, ballots: s.ballots + 1, heads: s.heads + w[1], area: s.area + w[2] });
  }
  const report = { issued: 0, voided: 0, halfEntered: 0, disputed: 0, unresolved: 0, superseded: 0, entriesAtNight: 0 };
  let counted = 0;
  for (const [voter, sheets] of c.sheets) {
    for (const s of sheets) {
      report.issued++;
      report.entriesAtNight += s.entries.filter((e) => e.atNight).length;
      if (last.get(voter)?.paper === s.number) {
        counted++;
        for (const { operator } of s.entries) entered.set(operator, (entered.get(operator) ?? 0) + 1);
      } else if (s.voided) report.voided++;
      else if (s.agreement === DISPUTED) report.disputed++;
      else if (s.agreement === UNRESOLVED) report.unresolved++;
      else if (s.entries.length === 1) report.halfEntered++;
      else if (s.entries.length > 1) report.superseded++;
    }
  }
  const most = c.rules.paper.operatorPermilleMax * counted;
  report.operatorsOver = [...entered.keys()].sort().filter((o) => most > 0 && entered.get(o) * 1000 > most)
    .map((operator) => ({ operator, papers: entered.get(operator) }));
  report.channels = [...shares.keys()].sort((a, b) => a - b).map((channel) => shares.get(channel));
  return report;
}
