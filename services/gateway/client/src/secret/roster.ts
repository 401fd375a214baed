// A secret poll's roster and ballots as blocks of the record have them: docs/format.md sections 4, 5, 6 and 18.
import { join, same, utf8 } from "../bytes";
import { sha256 } from "../sha256";
import { Election } from "./ballot";
import { Credential } from "./credential";
import { decode, Read } from "./messages";
import { insist } from "./refusal";
import { big, compare, Reader } from "./wire";

const malformed = "record.malformed";
const headerBytes = 193;

/** An event of a poll, or of what stands below it, with where it stands. */
export interface PollEvent {
  aggregate: string;
  type: string;
  body: Uint8Array;
  index: number;
}

/** What a row weighs, area in 0.01 m²; what decides nothing is 0. */
export interface Weight {
  heads: number;
  area: number;
  households: number;
  classes: number;
}

// root is the RFC 6962 root of leaves, split at the largest power of two below their number.
function root(leaves: Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256(new Uint8Array(0));
  if (leaves.length === 1) return leaves[0];
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256(join(Uint8Array.of(1), root(leaves.slice(0, k)), root(leaves.slice(k))));
}

const leaf = (entry: Uint8Array): Uint8Array => sha256(join(Uint8Array.of(0), entry));

// eventsOf are a commit's events about one poll.
function eventsOf(raw: Uint8Array, poll: string, index: number): PollEvent[] {
  const r = new Reader(raw, malformed);
  insist(r.uint(1) === 1, malformed);
  r.take(1 + 8 + 4 + 16 + 32 + 8);
  for (let i = 0; i < 3; i++) r.text();
  r.take(16);
  r.blob();
  for (let list = 0; list < 2; list++) {
    for (let n = r.uint(2); n > 0; n--) {
      r.text();
      r.take(8);
    }
  }
  const out: PollEvent[] = [];
  for (let n = r.uint(2); n > 0; n--) {
    const aggregate = r.text();
    r.take(8);
    for (let m = r.uint(2); m > 0; m--) {
      const type = r.text();
      const body = r.blob();
      if (aggregate === `poll/${poll}` || aggregate.startsWith(`poll/${poll}/`)) out.push({ aggregate, type, body, index });
    }
  }
  r.done();
  return out;
}

/**
 * Reads a page of blocks, as /v1/communities/{community}/blocks answers it: what they say of one poll, and the number of the block to go on
 * with; no number at the end. Each block's commits are held to its root; that the chain is the one that witnesses saw, other code checks.
 */
export function readBlocks(page: Uint8Array, poll: string): { events: PollEvent[]; next?: number } {
  const r = new Reader(page, malformed);
  const events: PollEvent[] = [];
  let next: number | undefined;
  while (r.more) {
    const b = new Reader(r.blob(), malformed);
    const header = b.take(headerBytes);
    const h = new Reader(header, malformed);
    insist(h.uint(1) === 1, malformed);
    h.take(32 + 4);
    next = h.uint(8) + 1;
    const first = h.uint(8);
    const count = h.uint(4);
    h.take(8 + 32);
    const sealed = h.take(32);
    const leaves: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      const raw = b.blob();
      leaves.push(leaf(sha256(join(utf8("renlin/commit/1\n"), raw))));
      events.push(...eventsOf(raw, poll, first + i));
    }
    b.done();
    insist(same(root(leaves), sealed), malformed);
  }
  return { events, next };
}

interface Row {
  key: Uint8Array;
  weight: Weight;
  channel: number;
}

const rowOf = (r: Read): Row => {
  const measured = (r.measured ?? {}) as Read;
  const n = (value: Read[string]): number => (value as number | undefined) ?? 0;
  const weight = { heads: n(r.heads), area: n(r.area_centi_m2), households: n(measured.households), classes: n(measured.weight) };
  return { key: r.key as Uint8Array, weight, channel: n(r.channel) };
};

const amounts = (w: Weight): number[] => [w.heads, w.area, w.households, w.classes];

/** A poll's credentials as the record lists them. */
export class Roster {
  private readonly rows: Row[] = [];
  private sealed: Read | undefined;

  constructor(private readonly poll: string) {}

  fold(e: PollEvent): void {
    if (e.aggregate !== `poll/${this.poll}`) return;
    if (e.type === "renlin.voting.v1.CredentialsListed") this.rows.push(...(decode("CredentialsListed", e.body).rows as Read[]).map(rowOf));
    if (e.type === "renlin.voting.v1.RosterSealed") this.sealed = decode("RosterSealed", e.body);
  }

  root(): Uint8Array {
    const sorted = [...this.rows].sort((a, b) => compare(a.key, b.key));
    return root(sorted.map((r) => {
      const said = join(r.key, ...amounts(r.weight).map((n) => big(n, 8)));
      const entry = r.channel === 0 ? join(utf8("renlin/roster/1\n"), said) : join(utf8("renlin/roster/2\n"), said, Uint8Array.of(r.channel));
      return leaf(sha256(entry));
    }));
  }

  /**
   * Looks for a voter's credential on the roster that was sealed, and answers what its ballots weigh, for the voter to see whether it is right.
   * Refuses by why it is not there, or is not as it should be. The root is the one that the poll itself says.
   */
  find(c: Credential, sealedRoot: Uint8Array): Weight {
    const s = this.sealed;
    insist(s !== undefined, "record.behind");
    const whole = same(s.root as Uint8Array, this.root()) && s.credentials === this.rows.length;
    insist(whole && this.poll === c.poll && same(sealedRoot, this.root()), "roster.untrue");
    const mine = this.rows.find((r) => same(r.key, c.key));
    insist(mine !== undefined, "credential.unlisted");
    insist(mine.channel === c.channel, "credential.weighed");
    return mine.weight;
  }
}

/** Finds out whether an event is the cast ballot of which the voter was shown this tracker. */
export function counts(election: Election, c: Credential, e: PollEvent, tracker: Uint8Array): boolean {
  if (e.aggregate !== c.ballots() || e.type !== "renlin.voting.v1.SecretBallotCast") return false;
  const b = decode("SecretBallotCast", e.body);
  const voter = { pseudonym: b.key as Uint8Array, sequence: b.sequence as number };
  return same(voter.pseudonym, c.key) && same(election.tracker(voter, b.ballot as Uint8Array), tracker);
}

/** What an event says that a credential has sent, cast or challenged; undefined if it is not that credential's. */
export function sentBy(c: Credential, e: PollEvent): { sequence: number; ballot: Uint8Array; index: number } | undefined {
  const [name] = ["SecretBallotCast", "SecretBallotChallenged"].filter((n) => e.type === `renlin.voting.v1.${n}`);
  if (e.aggregate !== c.ballots() || name === undefined) return undefined;
  const b = decode(name as "SecretBallotCast", e.body);
  return { sequence: b.sequence as number, ballot: b.ballot as Uint8Array, index: e.index };
}

/**
 * What a second device finds in a challenged ballot, without the first device's help: the tracker, to compare with what the first one showed
 * before, and the numbers that were in it.
 */
export function opened(election: Election, e: PollEvent): { tracker: Uint8Array; selections: number[] } {
  insist(e.type === "renlin.voting.v1.SecretBallotChallenged", malformed);
  const b = decode("SecretBallotChallenged", e.body);
  const voter = { pseudonym: b.key as Uint8Array, sequence: b.sequence as number };
  const ballot = b.ballot as Uint8Array;
  election.verify(voter, ballot);
  return { tracker: election.tracker(voter, ballot), selections: election.open(ballot, b.opening as Uint8Array) };
}
