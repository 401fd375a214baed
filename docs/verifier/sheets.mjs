// Sheets of secret polls, checked from the record: who had them, that what is said of two entries follows from their marks, and that the
// ballot is the one that two have read. After docs/format.md section 21.
import { sha256 } from "@noble/hashes/sha2.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { concat, same } from "./group.mjs";
import { ascii, keyID, measured, plus, str, weight } from "./people.mjs";

const HELPER = 3, PAPER = 7, DEVICE = 1, CAST = 1, DISPUTED = 3, UNRESOLVED = 4;

// shownChannel is what a row says of how its voter came to the credential; worth orders ways to register.
export const shownChannel = (c) => ([5, 6, PAPER].includes(c) ? PAPER : c === HELPER ? HELPER : 0);
const worth = (c) => ({ [HELPER]: 0, [PAPER]: 1 })[shownChannel(c)] ?? 2;

// registeredBy tells whether a registration is by whom it may be, and replaces only what it may.
export function registeredBy(c, f, before) {
  const b = f.body, own = f.actor === f.last, last = before?.body, stands = !last || worth(b.channel) >= worth(last.channel);
  switch (shownChannel(b.channel)) {
    case PAPER: return stands && !(last?.org && before.actor !== f.actor) && !own && b.org !== "" && b.mandate === "" && Boolean(c.rules.paper);
    case HELPER: return stands && own && b.org === "" && b.mandate !== "";
    default: return stands && own && b.org === "" && b.mandate === "";
  }
}

const markOf = (ballot) => sha256(concat(ascii("renlin/sheet/mark/1\n"), ballot));
export const seal = (operator, mark) => sha256(concat(ascii("renlin/paper/seal/1\n"), ascii(operator), mark));

// signs tells whether somebody had the sheet.
function signs(c, what, key, who, mark, proof) {
  if (key.length !== 32 || proof.length !== 64) return false;
  const input = concat(ascii(`renlin/sheet/${what}/1\n`), str(c.id), str(who), mark);
  try { return ed25519.verify(proof, input, key, { zip215: false }); } catch { return false; }
}

// sheets is a part of the check of ballots.
export function sheets(c) {
  const states = new Map(), cast = new Map(), given = new Set();
  c.sheetStates = states;
  const stateOf = (f) => {
    const at = `sheet ${f.last}`;
    if (!states.has(f.last)) states.set(f.last, { operators: [], orgs: [], marks: [], agreement: 0, entries: [] });
    const s = states.get(f.last);
    if (c.channels) c.is(c.channels.get(f.last) === PAPER && keyID(f.body.key) === f.last, "sheets.foreign", f, at);
    c.is([0, DISPUTED].includes(s.agreement) && !s.operators.includes(f.actor) && !given.has(f.actor), "sheets.operators", f, at);
    if (f.body.atNight !== isNight(f.time)) c.is(false, "sheets.night", f, at);
    s.entries.push({ actor: f.actor, atNight: f.body.atNight });
    return s;
  };
  for (const f of c.facts) {
    const b = f.body, at = `sheet ${f.last}`;
    if (b.$type === "VoterRegistered" && b.org !== "") given.add(f.actor);
    if (b.$type === "SecretBallotCast" && b.sequence === 0n) cast.set(f.last, b.ballot);
    else if (b.$type === "SecretBallotCast" || b.$type === "SecretBallotChallenged") {
      if (c.channels?.get(f.last) === PAPER) c.is(false, "sheets.cast", f, at); // no device votes by a sheet's credential
    }
    if (b.$type === "SecretPaperEntered") {
      const s = stateOf(f);
      c.is(s.marks.length === 0 && b.org !== "", "sheets.operators", f, at);
      c.is(signs(c, "entry", b.key, f.actor, b.sealedMark, b.proof), "sheets.unread", f, at);
      Object.assign(s, { operators: [f.actor], orgs: [b.org], marks: [b.sealedMark] });
    }
    if (b.$type === "SecretPaperReentered") {
      reentered(c, f, stateOf(f), cast.get(f.last));
      cast.delete(f.last);
    }
  }
  for (const id of cast.keys()) c.is(false, "sheets.cast", c.facts[0], `sheet ${id}`);
  const counting = new Map(c.sent.filter((b) => b.counts).map((b) => [b.id, b]));
  for (const f of c.all("BallotCompared")) {
    const b = counting.get(f.last);
    if (f.body.differs || !b) continue;
    c.is(signs(c, "audit", b.key, f.actor, markOf(b.ballot), f.body.proof), "sheets.unread", f, `sheet ${f.last}`);
  }
}

function reentered(c, f, s, ballot) {
  const b = f.body, at = `sheet ${f.last}`, two = s.marks.length === 2;
  if (s.marks.length === 0 || s.marks.length > 2) { c.is(false, "sheets.twin", f, at); return; }
  c.is(b.org !== "" && s.orgs.includes(b.org) === two, "sheets.operators", f, at);
  c.is(signs(c, "entry", b.key, f.actor, b.mark, b.proof), "sheets.unread", f, at);
  const twin = same(seal(s.operators[0], b.mark), s.marks[0]) ? 1 : two && same(s.marks[1], b.mark) ? 2 : 0;
  c.is(b.agreement === (twin ? CAST : two ? UNRESOLVED : DISPUTED) && b.twin === twin, "sheets.twin", f, at);
  c.is(twin > 0 === Boolean(ballot) && (!ballot || same(markOf(ballot), b.mark)), "sheets.cast", f, at);
  s.agreement = b.agreement;
  s.operators.push(f.actor);
  s.orgs.push(b.org);
  s.marks.push(b.mark);
}

// isNight tells whether it is from ten in the evening to six in the morning in China.
export const isNight = (ms) => { const hour = (ms / 3_600_000n + 8n) % 24n; return hour < 6n || hour >= 22n; };

// says tells whether a message says what it should, and nothing else.
export const says = (m, want) => {
  if (want instanceof Uint8Array) return m instanceof Uint8Array && same(m, want);
  if (!want || typeof want !== "object") return m === want;
  if (Array.isArray(want)) return m.length === want.length && m.every((x, i) => says(x, want[i]));
  return Boolean(m) && m.$unknown === 0 && Object.keys(want).every((k) => says(m[k], want[k]));
};

// cameBy holds a secret tally's account of channels, sheets and helpers to the record.
export function cameBy(c, t, counting) {
  const shares = new Map(), onSheet = new Set(), more = measured(c.rules);
  for (const b of counting) {
    const channel = b.sequence === 0n ? PAPER : c.channels.get(b.id) === HELPER ? HELPER : DEVICE;
    if (channel === PAPER) onSheet.add(b.id);
    const { ballots, sum } = shares.get(channel) ?? { ballots: 0, sum: weight() };
    shares.set(channel, { ballots: ballots + 1, sum: plus(sum, c.weights.get(b.id) ?? weight()) });
  }
  const share = (channel) => {
    const { ballots, sum } = shares.get(channel) ?? { ballots: 0, sum: weight() };
    return { ballots, heads: sum[1], area: sum[2], measured: more && ballots > 0 ? { households: sum[3], weight: sum[4] } : undefined };
  };
  const by = shares.has(HELPER) ? {
    device: share(DEVICE), hosted: share(0), helper: share(HELPER), paper: shares.has(PAPER) ? share(PAPER) : undefined, standsWithoutHelpers: false,
  } : undefined;
  const report = sheetReport(c, shares, onSheet);
  if (!report && !by && !t.channels && !t.castBy) return;
  c.is(says(t.channels, report) && says(t.castBy, by), "sheets.counts", c.tallied);
}

// sheetReport says by which channels ballots came and what became of the sheets, where the rules know of paper.
function sheetReport(c, shares, onSheet) {
  if (!c.rules.paper) return undefined;
  const out = { standsWithoutPapers: false, issued: 0, voided: 0, halfEntered: 0, disputed: 0, unresolved: 0, superseded: 0, entriesAtNight: 0 };
  out.channels = [...shares.keys()].sort((a, b) => a - b).map((channel) => {
    const { ballots, sum } = shares.get(channel);
    return { channel, ballots, heads: sum[1], area: sum[2] };
  });
  out.issued = [...c.channels.values()].filter((channel) => channel === PAPER).length;
  const entered = new Map();
  for (const [id, s] of c.sheetStates) {
    out.entriesAtNight += s.entries.filter((e) => e.atNight).length;
    if (onSheet.has(id)) for (const { actor } of s.entries) entered.set(actor, (entered.get(actor) ?? 0) + 1);
    else if (s.agreement === DISPUTED) out.disputed++;
    else if (s.agreement === UNRESOLVED) out.unresolved++;
    else if (s.entries.length === 1) out.halfEntered++;
    else out.superseded++;
  }
  const most = c.rules.paper.operatorPermilleMax * onSheet.size;
  out.operatorsOver = [...entered.keys()].sort().filter((o) => most > 0 && entered.get(o) * 1000 > most)
    .map((operator) => ({ operator, papers: entered.get(operator) }));
  return out;
}
