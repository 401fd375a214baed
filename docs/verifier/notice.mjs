// The notice of a poll: what it names, what proves each delivery of it, whether that was in time, and what the tally says of all this. After
// docs/format.md section 9 and notice.proto.
import { sha256 } from "@noble/hashes/sha2.js";
import { big, concat, same } from "./group.mjs";
import { ascii, i64, list, str } from "./people.mjs";
import { says } from "./sheets.mjs";

const DEVICE = 1, KEPT = 2; // authors of commits: a voter's own key, and the one that is kept for the voter
const APP = 1, HOSTED = 2, HELPER = 3, IN_PERSON = 4, DOOR = 5, LETTER = 6, POSTED = 7, PHONE = 8;

// plain writes every run of white space as one space, and none at either end.
const plain = (text) => str(text.split(/\p{White_Space}+/u).filter((word) => word !== "").join(" "));

// questionOf hashes the question, as those are named that failed.
function questionOf({ matter, question: q }) {
  const options = q.options.flatMap((o) => [plain(o.code), plain(o.title), i64(o.cost)]);
  return sha256(concat(ascii("renlin/question/1\n"), str(matter), plain(q.title), plain(q.text), i64(q.budget), big(q.options.length, 4), ...options));
}

// noticeOf is what a notice is named by.
export function noticeOf(poll, call, b) {
  return sha256(concat(ascii("renlin/notice/1\n"), str(poll), b.roll?.root ?? new Uint8Array(0), questionOf(call), str(b.warning), i64(b.opensAt),
    i64(b.closesAt)));
}

// notices checks the notice and its deliveries. c.delivered are those to whom it is proved to have come in time.
export function notices(c) {
  const call = c.facts[0].body;
  let issued;
  c.delivered = new Set();
  for (const f of c.facts) {
    const b = f.body, at = `voter ${f.last}`;
    if (b.$type === "NoticeIssued") {
      issued = f;
      const right = same(b.notice, noticeOf(c.id, call, b)) && same(b.question, questionOf(call));
      c.is(right && b.warning === (c.rules.notice?.warning ?? ""), "notice.differs", f);
    }
    if (b.$type !== "NoticeDelivered" && b.$type !== "DeliveryFailed") continue;
    if (!issued) c.unchecked("withheld");
    else c.is(same(b.notice, issued.body.notice) && onRoll(c, f.last), "notice.delivery", f, at);
    if (b.$type === "DeliveryFailed") continue;
    c.is(proved(c, f, call), "notice.evidence", f, at);
    c.is(b.inTime === early(c, f), "notice.time", f, at);
    if (b.inTime) c.delivered.add(f.last);
  }
  const t = c.tally;
  if (!t || c.secret || !(issued || t.notice)) return;
  if (!c.roll || c.rollHidden) { c.unchecked("withheld"); return; }
  c.is(issued && says(t.notice, report(c, issued)), "notice.report", c.tallied);
}

const onRoll = (c, voter) => !c.roll || c.rollHidden || c.roll.voters.has(voter);

// proved tells whether a delivery has what proves it: the voter's own word, or a helper's; a paper; two at a door and on the telephone; and
// on the board a paper, where two had looked for the voter in vain. Who put the question to the vote proves nothing of it.
function proved(c, f, { convener }) {
  const b = f.body, { by } = b, own = f.actor === f.last;
  switch (b.channel) {
    case APP: case HOSTED:
      return own && f.author === (b.channel === APP ? DEVICE : KEPT) && list(by, [f.last]) && b.mandate === "";
    case HELPER:
      return own && by.length === 1 && by[0] !== f.last && by[0] !== convener && b.mandate !== "";
    default:
  }
  const bringers = by.length >= 1 && by.length <= 2 && by[0] === f.actor && f.keys.length >= by.length;
  if (!bringers || by.includes(f.last) || (convener !== "" && by.includes(convener))) return false;
  const two = by.length === 2 && by[0] !== by[1], paper = b.evidence !== undefined;
  switch (b.channel) {
    case IN_PERSON: case LETTER: return paper;
    case DOOR: return paper && two;
    case PHONE: return two;
    case POSTED: return paper && sought(c, f);
    default: return false;
  }
}

// sought tells whether two had looked for a voter before, or may have: in what is withheld.
const sought = (c, f) => c.between(c.facts[0], f) ||
  c.all("DeliveryFailed").some((x) => x.index < f.index && x.last === f.last && x.body.by.length === 2);

// early tells whether a delivery came before the opening, or as long before the close as a notice is before the opening, but no longer than
// voting lasts.
function early(c, f) {
  if (!c.opened || f.index < c.opened.index) return true;
  const moved = c.all("PollExtended").filter((x) => x.index < f.index).at(-1), { noticeSeconds } = c.rules.notice ?? { noticeSeconds: 0 };
  const lead = BigInt(Math.min(noticeSeconds, c.rules.votingSeconds)) * 1000n;
  return f.time + lead <= (moved ?? c.opened).body.closesAt;
}

// report is what the tally must say: every voter of the roll is in one of its numbers, by the first way that proved it.
function report(c, issued) {
  const shares = new Map(), first = new Map(), tried = new Set(), missed = { failed: 0, untried: 0 };
  for (const f of c.facts) {
    if (f.body.$type === "DeliveryFailed") tried.add(f.last);
    if (f.body.$type === "NoticeDelivered" && !first.has(f.last)) first.set(f.last, f.body);
  }
  for (const voter of c.roll.voters.keys()) {
    const b = first.get(voter);
    if (!b) { missed[tried.has(voter) ? "failed" : "untried"]++; continue; }
    const s = shares.get(b.channel) ?? { channel: b.channel, voters: 0, inTime: 0, firstAt: b.at, lastAt: b.at };
    shares.set(b.channel, s);
    s.voters++;
    if (c.delivered.has(voter)) s.inTime++;
    if (b.at < s.firstAt) s.firstAt = b.at;
    if (b.at > s.lastAt) s.lastAt = b.at;
  }
  const deliveries = [...shares.keys()].sort((a, b) => a - b).map((channel) => shares.get(channel));
  return { ...missed, notice: issued.body.notice, issuedAt: issued.time, deliveries, reminders: c.all("VotersReminded").length };
}
