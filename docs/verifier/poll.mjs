// Checks polls from the record alone, after docs/format.md and the .proto files: what services/audit/pollcheck does, by another hand. A
// finding has the same code as there (docs/VERIFY.md), so that the two can be compared.
import { sha256 } from "@noble/hashes/sha2.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { Refusal, concat, same } from "./group.mjs";
import { Ceremony, Seal } from "./trustees.mjs";
import { People, ascii, byKey, eq, i64, keyID, list, root, rowWeight, sameWeight, str, sumOf, weight, wholeOf } from "./people.mjs";
import { decode, known } from "./proto.mjs";
import { countChecks } from "./count.mjs";
import { secretChecks } from "./secret.mjs";
import { registeredBy, shownChannel } from "./sheets.mjs";
import { notices } from "./notice.mjs";
import { channels, papers } from "./papers.mjs";
import { steps, turnout } from "./open.mjs";

const withheldBetween = (hidden, from, to) => Boolean(from && to) && hidden.some((i) => i > from.index && i < to.index);
const once = ["PollCalled", "PollKeyHeld", "PollKeySealed", "RegistrationBegun", "RegistrationEnded", "RosterSealed", "PollOpened", "PollClosed",
  "EncryptedTallyRecorded", "TallyRecorded", "CertificateIssued", "TotalsProved"];

// What a commit that is withheld could explain is no finding: one between the poll's call and its end, or, where it says so, any before that.
const ofPoll = new Set(["ballots.unlisted", "ceremony.round", "ceremony.message", "ceremony.blame", "seal.differs", "count.ballots", "count.secret",
  "seed.differs", "course.order", "result.winners", "result.ties", "shares.nonce", "shares.early", "shares.missing", "shares.few", "shares.key",
  "parts.number", "parts.missing", "opening.few", "opening.verdict", "roster.lister", "roster.root", "roster.number",
  "sheets.foreign", "sheets.operators", "sheets.twin", "sheets.cast", "notice.report", "papers.sheet", "papers.proof", "papers.operators",
  "papers.agreement", "papers.cast", "steps.differ", "turnout.differs", "channels.report", "channels.stands"]);
const ofRecord = new Set(["ceremony.trustees", "roster.contest"]);

// Check is one poll while it is looked at. What the checks find out for those after them is on it, too.
export class Check {
  constructor(poll, hidden) { Object.assign(this, poll, { poll, hidden, findings: [], checks: [], name: "", looked: 0, why: "" }); }

  // is notes that something was looked at, and what is wrong unless it holds.
  is(holds, code, fact, at = "", fault = "") {
    this.looked++;
    if (holds) return holds;
    if (this.#explained(code)) this.unchecked("withheld");
    else this.findings.push({ check: this.name, code, index: fact?.index ?? 0, at, fault });
    return holds;
  }

  #explained(code) {
    if (!ofPoll.has(code) && !ofRecord.has(code)) return false;
    const first = this.facts[0].index, last = this.facts.at(-1).index;
    return this.hidden.some((i) => i < last && (i > first || ofRecord.has(code)));
  }

  // refusal runs what throws a refusal, and answers [value, fault].
  refusal(f) {
    try { return [f(), ""]; } catch (e) {
      if (!(e instanceof Refusal)) throw e;
      return [undefined, e.fault];
    }
  }

  unchecked(why) { this.why ||= why; }

  run(name, f) {
    Object.assign(this, { name, looked: 0, why: "" });
    const before = this.findings.length;
    f(this);
    let state = this.looked ? "holds" : "none";
    if (this.why) state = "unchecked";
    if (this.findings.length > before) state = "fails";
    this.checks.push({ name, state, looked: this.looked, why: this.why });
  }

  all(type) { return this.facts.filter((f) => f.body.$type === type); }
  first(type) { return this.facts.find((f) => f.body.$type === type); }
  between(from, to) { return withheldBetween(this.hidden, from, to); }
  get secrecy() { return this.rules.secrecy?.secrecy ?? 0; }
  get secret() { return this.secrecy > 1; }
  get tally() { return this.tallied?.body.tally; }
  get published() { return this.opened?.body.roll ?? this.begun?.body.roll; }
  get withheld() { return this.first("SharesMissing")?.body.trustees ?? []; }
  get terms() { return this.all("CeremonyBegun").at(-1)?.body; }
}

// Checker reads a record commit by commit: {author, actor, keys, time, until, changes: [{aggregate, events: [{type, body}]}]}, or null for one that
// is withheld.
export class Checker {
  constructor() { Object.assign(this, { people: new People(), polls: new Map(), hidden: [], registrar: undefined, trustees: [] }); }

  add(index, commit) {
    if (!commit) { this.hidden.push(index); return; }
    for (const { aggregate, events } of commit.changes) {
      for (const { type, body } of events) {
        const name = type.slice(type.lastIndexOf(".") + 1);
        if (!known(name)) continue;
        this.#fold(aggregate, { index, ...commit, body: decode(name, body) });
      }
    }
  }

  #fold(aggregate, fact) {
    const b = fact.body;
    if (b.$type === "RegistrarAppointed") { this.registrar = b.registrar; return; }
    if (b.$type === "TrusteesAppointed") { this.trustees = b.trustees; return; }
    if (!aggregate.startsWith("poll/")) { this.people.fold(aggregate, fact); return; }
    const [, id, ...path] = aggregate.split("/");
    if (!this.polls.has(id)) {
      if (b.$type !== "PollCalled") return;
      this.polls.set(id, { id, called: fact.index, rules: b.rules, question: b.question, facts: [], trustees: this.trustees, registrars: [] });
    }
    const p = this.polls.get(id), last = path.at(-1) ?? "";
    const kept = { ...fact, last };
    p.facts.push(kept);
    if ((b.$type === "PollKeyHeld" || b.$type === "PollKeySealed") && !p.roll) {
      Object.assign(p, { sealed: kept, roll: this.people.roll(p.rules), rollHidden: this.hidden.length > 0 });
    }
    const names = {
      RegistrationBegun: "begun", RegistrationEnded: "registered", RosterSealed: "roster", PollOpened: "opened", PollClosed: "closed",
      EncryptedTallyRecorded: "encrypted", TallyRecorded: "tallied", CertificateIssued: "certified", OpeningLapsed: "lapsed",
    };
    if (names[b.$type]) p[names[b.$type]] ??= kept;
    if (!p.begun || p.begun === kept) p.registrars.push(this.registrar);
  }

  // report checks every poll that was called.
  report() {
    return [...this.polls.values()].map((p) => {
      const c = new Check(p, this.hidden);
      for (const [name, f] of checks) c.run(name, f);
      return { poll: p.id, index: p.called, stage: stageOf(p), result: c.tally?.result ?? 0, secret: c.secret, checks: c.checks, findings: c.findings };
    });
  }
}

function stageOf(p) {
  const [[stage]] = [["lapsed", p.lapsed], ["certified", p.certified], ["counted", p.tallied], ["closed", p.closed], ["open", p.opened],
    ["registering", p.begun], ["called", true]].filter(([, there]) => there);
  return stage;
}

// course: what happened in which order, and when.
function course(c) {
  const pairs = [["sealed", "begun"], ["begun", "registered"], ["registered", "roster"], ["sealed", "opened"], ["opened", "closed"],
    ["closed", "encrypted"], ["closed", "tallied"], ["tallied", "certified"]];
  if (c.secret) pairs.push(["roster", "opened"], ["encrypted", "tallied"]);
  for (const [before, after] of pairs) {
    if (c[after] && (c[before] || c.hidden.length === 0)) c.is(c[before] && c[before].index <= c[after].index, "course.order", c[after]);
  }
  const seen = new Set();
  for (const f of c.facts) {
    if (!once.includes(f.body.$type)) continue;
    c.is(!seen.has(f.body.$type), "course.twice", f);
    seen.add(f.body.$type);
  }
  if (c.opened) times(c);
}

function times(c) {
  const { openedAt } = c.opened.body, voted = new Set();
  let { closesAt } = c.opened.body;
  c.is(closesAt - openedAt === BigInt(c.rules.votingSeconds) * 1000n, "course.voting_time", c.opened);
  for (const f of c.facts) {
    if (f.body.$type === "PollExtended") {
      c.is(f.body.closesAt > closesAt, "course.voting_time", f);
      ({ closesAt } = f.body);
    }
    if (!["BallotCast", "SecretBallotCast", "SecretBallotChallenged"].includes(f.body.$type)) continue;
    const over = c.closed && f.index > c.closed.index;
    // What holds a ballot to the closing instant is its window, which is held against the time of its block (section 4).
    const inTime = f.time < closesAt && f.until > 0n && f.until <= closesAt;
    c.is(inTime && f.index > c.opened.index && !over, "course.late", f, f.last);
    if (f.body.$type !== "SecretBallotChallenged") voted.add(f.last);
  }
  if (c.closed && c.between(c.opened, c.closed)) c.unchecked("withheld");
  else if (c.closed) {
    const expected = c.secret && c.roster ? c.roster.body.credentials : c.published?.voters ?? 0;
    c.is(c.closed.time >= closesAt || (c.rules.closeWhenComplete && voted.size >= expected), "course.early_close", c.closed);
    c.is(c.closed.body.ballots === voted.size, "course.ballots", c.closed);
  }
  if (c.certified && c.tallied) c.is(c.certified.time >= c.tallied.body.objectionsUntil, "course.objections", c.certified);
}

function checkRoll(c) {
  const r = c.published, where = c.opened ?? c.begun;
  if (!r) return;
  for (const f of [...c.all("RegistrationBegun"), ...c.all("NoticeIssued")]) c.is(eq(f.body.roll, r), "roll.changed", f);
  if (c.sealed) c.is(r.position === BigInt(c.sealed.index + 1), "roll.position", where);
  if (!c.roll || c.rollHidden) { c.unchecked("withheld"); return; }
  c.is(same(r.root, c.roll.root), "roll.root", where);
  c.is(r.voters === c.roll.voters.size && sameWeight(sumOf(r), c.roll.sum), "roll.sums", where);
  c.is(sameWeight(wholeOf(r), c.roll.all), "roll.whole", where);
  if (!c.secret) c.weights = c.roll.voters;
}

// contextOf hashes a round's terms (section 15).
export function contextOf(poll, b) {
  const each = b.trustees.flatMap((t) => [str(t.member), str(t.org), t.trusteeKey]);
  return sha256(concat(ascii("renlin/ceremony/1\n"), Uint8Array.of(b.round, b.threshold, b.trustees.length), str(poll), ...each, i64(b.answersBy)));
}

// ceremony plays every round again, word by word.
function ceremony(c) {
  let now, left = c.trustees;
  for (const f of c.facts) {
    const b = f.body;
    if (b.$type === "CeremonyBegun") {
      c.is(now ? now.failed && b.round === now.terms.round + 1 : b.round === 1, "ceremony.round", f);
      c.is(left.length === b.trustees.length && left.every((t, i) => eq(t, b.trustees[i])), "ceremony.trustees", f);
      now = begin(c, f, b);
    } else if (b.$type === "KeyPartAdded" || b.$type === "CeremonyFailed") {
      if (!c.is(now && !now.failed && b.round === now.terms.round, "ceremony.round", f)) continue;
      if (b.$type === "KeyPartAdded") { word(c, now, f, b); continue; }
      c.is(list(guilty(now, f), b.trustees), "ceremony.blame", f);
      now.failed = true;
      left = now.terms.trustees.filter((_, i) => !b.trustees.includes(i + 1));
    } else if (b.$type === "PollKeySealed" && now?.play && !now.failed && now.play.step() === "sealed") c.seal = new Seal(now.play.seal());
  }
}

function begin(c, f, b) {
  const n = b.trustees.length, least = c.rules.secrecy?.trusteesMin || Math.floor(n / 2) + 1;
  c.is(b.threshold === least && n >= least && new Set(b.trustees.map((t) => t.org)).size >= 2, "ceremony.terms", f);
  c.is(same(b.context, contextOf(c.id, b)), "ceremony.context", f);
  const head = Uint8Array.of(1, 1, 0, c.secret ? 2 : 1, b.threshold, n);
  const [play, fault] = c.refusal(() => new Ceremony(concat(head, b.context, ...b.trustees.map((t) => t.trusteeKey))));
  c.is(!fault, "ceremony.terms", f, "", fault);
  return { terms: b, play, promised: [], failed: false };
}

function word(c, round, f, b) {
  if (!round.play) return;
  const first = round.play.step() === "commit", at = `trustee ${b.trustee}`;
  const [, fault] = c.refusal(() => round.play.add(b.message));
  if (!c.is(!fault, "ceremony.message", f, at, fault)) return;
  c.is(b.message[2] === b.trustee && round.terms.trustees[b.trustee - 1]?.member === f.actor, "ceremony.speaker", f, at);
  const again = first && round.promised.some((p) => same(p, b.promise));
  c.is(b.promise.length === (first ? 32 : 0) && !again, "ceremony.nonce", f, at);
  if (first) round.promised.push(b.promise);
}

// guilty are those by whom a round fails.
function guilty({ play, terms }, f) {
  if (!play) return [];
  if (play.liar) return [play.liar];
  const step = play.step();
  if (f.time < terms.answersBy || step === "sealed") return [];
  return play.indices.filter((i) => !play.messages[step].has(i));
}

function checkSeal(c) {
  for (const f of c.all("PollKeySealed")) {
    const right = c.seal && same(c.seal.bytes, f.body.seal) && same(c.seal.boxKey, f.body.boxKey);
    if (!c.is(right, "seal.differs", f)) c.seal = undefined;
  }
}

function voters(c) {
  const cast = c.all("BallotCast");
  for (const f of cast) {
    const at = `voter ${f.last}`;
    if (c.secret) { c.is(false, "voters.foreign", f, at); continue; }
    if (f.body.paper === 0) c.is(f.actor === f.last, "voters.foreign", f, at);
    if (c.weights) c.is(c.weights.has(f.last), "voters.unlisted", f, at);
  }
  if (cast.length && !c.secret && !c.weights) c.unchecked("withheld");
}

// registrations are the voters' last ones.
const registrations = (c) => new Map(c.all("VoterRegistered").map((f) => [f.last, f.body]));

function registration(c) {
  if (!c.begun) return;
  const { registrar, endsAt } = c.begun.body, appointed = c.registrars.some((r) => eq(r, registrar) && r);
  if (!appointed && c.hidden.length) c.unchecked("withheld");
  else c.is(appointed, "registration.registrar", c.begun);
  const before = new Map();
  for (const f of c.all("VoterRegistered")) {
    const at = `voter ${f.last}`, b = f.body;
    c.is(registeredBy(c, f, before.get(f.last)), "registration.signer", f, at);
    before.set(f.last, f);
    c.is(f.index > c.begun.index && f.time < endsAt && !(c.registered && f.index > c.registered.index), "registration.late", f, at);
    const receipt = receiptHolds(c.id, f.last, b.commitment, registrar?.key, b.receipt);
    c.is(b.commitment.length === 32 && receipt, "registration.receipt", f, at);
    if (!c.roll || c.rollHidden) c.unchecked("withheld");
    else c.is(c.roll.voters.has(f.last), "registration.unlisted", f, at);
  }
  if (!c.registered) return;
  if (c.between(c.begun, c.registered)) c.unchecked("withheld");
  else c.is(c.registered.body.voters === registrations(c).size, "registration.number", c.registered);
}

// receiptHolds tells whether the registrar signed that it knows the credential behind a commitment.
export function receiptHolds(poll, voter, commitment, key, signature) {
  if (key?.length !== 32 || signature.length !== 64) return false;
  const input = concat(ascii("renlin/registration/1\n"), str(poll), str(voter), commitment);
  try { return ed25519.verify(signature, input, key, { zip215: false }); } catch { return false; }
}

export const rowEntry = (r) => {
  const how = r.channel ? Uint8Array.of(r.channel) : new Uint8Array(0);
  return sha256(concat(ascii(`renlin/roster/${r.channel ? 2 : 1}\n`), r.key, ...rowWeight(r).slice(1).map(i64), how));
};
export const commitmentOf = (poll, voter, salt, key) => sha256(concat(ascii("renlin/credential/1\n"), str(poll), str(voter), salt, key));

// shownWeight is what a voter's row may say: heads, and of the other measures those in which something is required.
function shownWeight(c, voter) {
  const w = c.roll.voters.get(voter) ?? weight(), shown = new Set([1, ...c.rules.requirements.map((q) => q.measure)]);
  return w.map((n, m) => (n === undefined || shown.has(m) ? n : 0n));
}

function checkRoster(c) {
  const rows = [];
  let last = new Uint8Array(0);
  for (const f of c.all("CredentialsListed")) {
    const key = c.begun?.body.registrar?.key;
    c.is(key && f.keys.length > 0 && same(f.keys[0], key), "roster.lister", f);
    c.is(f.body.rows.length > 0 && f.body.rows.length <= 200, "roster.rows", f);
    f.body.rows.forEach((r, i) => {
      c.is(r.key.length === 32 && byKey(last, r.key) < 0 && !(c.roster && f.index > c.roster.index), "roster.order", f, `row ${i + 1}`);
      last = r.key;
      rows.push(r);
    });
  }
  if (!c.roster) return;
  // Where lists may be missing, rows may be.
  if (!c.between(c.registered ?? c.begun, c.roster)) {
    c.weights = new Map(rows.map((r) => [keyID(r.key), rowWeight(r)]));
    c.channels = new Map(rows.map((r) => [keyID(r.key), r.channel]));
  }
  c.is(same(root(rows.map(rowEntry)), c.roster.body.root), "roster.root", c.roster);
  const known = registrations(c), shown = !c.between(c.begun, c.roster);
  const enough = !(c.opened && shown) || rows.length === known.size;
  c.is(c.roster.body.credentials === rows.length && enough, "roster.number", c.roster);
  for (const f of c.all("RosterContested")) {
    const b = f.body, at = `voter ${b.voter}`, row = rows.find((r) => same(r.key, b.key)), theirs = known.get(b.voter)?.commitment;
    const opens = theirs && same(theirs, commitmentOf(c.id, b.voter, b.salt, b.key));
    const how = shownChannel(known.get(b.voter)?.channel);
    const wrong = !row || (c.roll && !c.rollHidden && (row.channel !== how || !sameWeight(rowWeight(row), shownWeight(c, b.voter))));
    c.is(opens && wrong, "roster.contest", f, at);
    c.is(!c.opened, "roster.contested", f, at);
  }
  if (!c.roll || c.rollHidden || !shown) { c.unchecked("withheld"); return; }
  const text = (w, how) => [...w.slice(1), how].join(), sorted = (all) => all.sort().join(";");
  const entitled = [...known].map(([id, b]) => text(shownWeight(c, id), shownChannel(b.channel)));
  c.is(!c.opened || sorted(rows.map((r) => text(rowWeight(r), r.channel))) === sorted(entitled), "roster.weights", c.roster);
}

function certificate(c) {
  if (!c.certified) return;
  const b = c.certified.body, call = c.facts[0].body, where = c.certified;
  c.is(b.motion === call.motion && b.appeal === call.appeal, "certificate.motion", where);
  if (c.tallied) c.is(eq(b.tally, c.tally), "certificate.tally", where);
  if (c.published) c.is(eq(b.roll, c.published), "certificate.roll", where);
  if (c.between(c.facts[0], c.certified)) { c.unchecked("withheld"); return; }
  c.is(list(b.withheld, c.withheld), "certificate.withheld", where);
  c.is(b.objections === c.all("ObjectionRaised").length, "certificate.objections", where);
  const recount = c.all("BallotsRecounted").at(-1);
  if (recount) c.is(eq(b.recount, recount.body.recount), "certificate.adopted", where);
  const doubtful = b.paperAudit?.verdict === 4 || (b.recount && !b.recount.same);
  c.is(b.adopted === ([1, 4].includes(b.tally?.result) && !doubtful), "certificate.adopted", where);
}

// leak says what is not done: the figures of the leak meter are its own.
function leak(c) {
  if (c.secret && (c.opened || c.encrypted)) c.unchecked("leak");
}

const { shares, checkCount, checkSeed, result } = countChecks;
const { checkElection, ballots, sequence, weeding, challenged, checkSums, parts, opening } = secretChecks;

// checks are all of them, in the order of docs/VERIFY.md. Later ones use what earlier ones have found out.
const checks = [["course", course], ["roll", checkRoll], ["ceremony", ceremony], ["seal", checkSeal], ["voters", voters],
  ["notice", notices], ["papers", papers], ["shares", shares], ["registration", registration], ["roster", checkRoster], ["election", checkElection], ["ballots", ballots], ["sequence", sequence],
  ["weeding", weeding], ["challenged", challenged], ["sums", checkSums], ["parts", parts], ["opening", opening], ["count", checkCount],
  ["seed", checkSeed], ["result", result], ["steps", steps], ["turnout", turnout], ["channels", channels], ["certificate", certificate],
  ["leak", leak]];
