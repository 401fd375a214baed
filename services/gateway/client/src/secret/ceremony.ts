// How the trustees made a poll's key: docs/format.md section 14. A device replays what they said before it encrypts anything to the key, so
// that a key that is not theirs together is found out. Which trustees these are stands in the poll, for the voter to read.
import { ed25519 } from "@noble/curves/ed25519.js";
import { join, same, str, utf8 } from "../bytes";
import { sha256 } from "../sha256";
import { Element, element, G, Point, scalar, times, Transcript } from "./group";
import { insist, Refusal } from "./refusal";
import { big, bytesOf, Reader } from "./wire";

const Edwards = ed25519.Point;
type EdwardsPoint = InstanceType<typeof Edwards>;
const Field = Edwards.Fp;
const untrue = "election.untrue";
const kinds = { ceremony: 1, commit: 2, reveal: 3, deal: 4, ack: 6, seal: 7 };
const secret = 2;
const trusteesMax = 9;
const one = BigInt(1);

/** A ceremony as the record's JSON has it. */
export interface CeremonyState {
  round: number;
  trustees: { member?: string; org?: string; trustee_key?: string }[];
  threshold: number;
  answers_by: number;
  context: string;
  said?: string[];
  seal?: string;
}

interface Reveal {
  bytes: Uint8Array;
  coefficients: Element[];
  point: EdwardsPoint;
}

const domain = (name: string): Transcript => new Transcript("renlin/vote/v1/trustee/" + name);

// point reads a point of Edwards25519 of prime order, in its one encoding.
function point(bytes: Uint8Array): EdwardsPoint {
  let p: EdwardsPoint;
  try {
    p = Edwards.fromBytes(bytes, false);
  } catch {
    throw new Refusal(untrue);
  }
  insist(same(p.toBytes(), bytes) && !p.is0() && p.isTorsionFree(), untrue);
  return p;
}

// at is the value at j of a polynomial in the exponent.
const at = (coefficients: Element[], j: number): Element =>
  coefficients.reduceRight((sum, a) => times(sum, BigInt(j)).add(a), Point.ZERO);

// montgomery is the u of an Edwards point, in 32 bytes.
function montgomery(p: EdwardsPoint): Uint8Array {
  const { y } = p.toAffine();
  return Field.toBytes(Field.mul(Field.add(one, y), Field.inv(Field.sub(one, y))));
}

// distinct refuses keys of which one is another's or its negation.
function distinct(keys: Element[]): void {
  keys.forEach((p, i) => insist(keys.slice(0, i).every((q) => !p.equals(q) && !p.equals(q.negate())), untrue));
}

// contextOf is what a round's messages are bound to: section 15.
function contextOf(poll: string, c: CeremonyState): Uint8Array {
  const trustees = c.trustees.map((t) => join(str(t.member ?? ""), str(t.org ?? ""), bytesOf(t.trustee_key)));
  const head = Uint8Array.of(c.round, c.threshold, c.trustees.length);
  return sha256(join(utf8("renlin/ceremony/1\n"), head, str(poll), ...trustees, big(c.answers_by, 8)));
}

// knows checks a proof that somebody knows the number behind a multiple of G.
function knows(t: Transcript, image: Uint8Array, commitment: Uint8Array, response: bigint): void {
  const c = t.item("base", G.toBytes()).item("image", image).item("commitment", commitment).challenge("dleq");
  insist(times(G, response).equals(element(commitment).add(times(element(image), c))), untrue);
}

class Replay {
  private readonly n: number;
  private readonly keys: Element[];
  private readonly id: Uint8Array;
  private readonly said: Record<"commit" | "reveal" | "deal" | "ack", Map<number, Uint8Array>>;
  private readonly reveals: Reveal[];

  constructor(poll: string, private readonly c: CeremonyState) {
    this.n = c.trustees.length;
    insist(this.n >= 1 && this.n <= trusteesMax && c.threshold >= 1 && c.threshold <= this.n, untrue);
    const context = bytesOf(c.context);
    insist(same(context, contextOf(poll, c)), untrue);
    const keys = c.trustees.map((t) => bytesOf(t.trustee_key));
    this.keys = keys.map(element);
    distinct(this.keys);
    const begun = join(Uint8Array.of(1, kinds.ceremony, 0, secret, c.threshold, this.n), context, ...keys);
    this.id = domain("ceremony").item("ceremony", begun).digest("hash").subarray(0, 32);
    this.said = { commit: new Map(), reveal: new Map(), deal: new Map(), ack: new Map() };
    const said = (c.said ?? []).map(bytesOf);
    said.forEach((m, i) => insist(i === 0 || m[1] >= said[i - 1][1], untrue)); // each step is over before the next one begins
    said.forEach((m) => this.sort(m));
    insist(Object.values(this.said).every((step) => step.size === this.n), untrue);
    this.reveals = this.all("reveal").map((bytes, i) => this.reveal(i + 1, bytes));
  }

  private sort(bytes: Uint8Array): void {
    const step = (["commit", "reveal", "deal", "ack"] as const).find((k) => kinds[k] === bytes[1]);
    insist(step !== undefined && bytes[0] === 1 && bytes[2] >= 1 && bytes[2] <= this.n && !this.said[step].has(bytes[2]), untrue);
    this.said[step].set(bytes[2], bytes);
  }

  private all(step: keyof Replay["said"]): Uint8Array[] {
    return this.keys.map((_, i) => this.said[step].get(i + 1) as Uint8Array);
  }

  private about(name: string, i: number): Transcript {
    return domain(name).item("ceremony", this.id).item("trustee", i);
  }

  // reveal checks that a trustee was bound to their polynomial before they saw another's, and knows its constant term in both groups.
  private reveal(i: number, bytes: Uint8Array): Reveal {
    const commit = this.said.commit.get(i) as Uint8Array;
    insist(commit.length === 35 && same(commit.subarray(3), this.about("commit", i).item("reveal", bytes).digest("hash").subarray(0, 32)), untrue);
    const r = new Reader(bytes, untrue);
    r.take(3);
    insist(r.uint(1) === this.c.threshold, untrue);
    const encoded = Array.from({ length: this.c.threshold }, () => r.take(32));
    const coefficients = encoded.map(element);
    const [e, first, second, response] = [r.take(32), r.take(32), r.take(32), scalar(r.take(32))];
    r.done();
    const t = this.about("possession", i);
    for (const a of encoded) t.item("coefficient", a);
    const c = t.item("key", encoded[0]).item("point", e).item("commitment", first).item("commitment", second).challenge("possession");
    insist(times(G, response).equals(element(first).add(times(coefficients[0], c))), untrue);
    insist(Edwards.BASE.multiplyUnsafe(response).equals(point(second).add(point(e).multiplyUnsafe(c))), untrue);
    return { bytes, coefficients, point: point(e) };
  }

  // deals checks that whoever sent shares can open them, and sent one to each.
  private deals(): void {
    this.all("deal").forEach((bytes, k) => {
      const r = new Reader(bytes, untrue);
      r.take(3);
      const ephemeral = r.take(32);
      const commitment = r.take(32);
      const response = scalar(r.take(32));
      insist(r.uint(1) === this.n, untrue);
      const t = this.about("deal/envelope", k + 1).item("subject", new Uint8Array(32));
      for (let reader = 1; reader <= this.n; reader++) {
        insist(r.uint(1) === reader, untrue);
        t.item("reader", reader).item("box", r.take(48));
      }
      r.done();
      knows(t, ephemeral, commitment, response);
    });
  }

  /** The seal that follows from what was said. */
  seal(): Uint8Array {
    distinct(this.reveals.map((m) => m.coefficients[0]));
    this.deals();
    const sum = (points: Element[]): Element => points.reduce((a, b) => a.add(b), Point.ZERO);
    const key = sum(this.reveals.map((m) => m.coefficients[0]));
    const shares = this.keys.map((_, j) => sum(this.reveals.map((m) => at(m.coefficients, j + 1))));
    insist([key, ...shares].every((p) => !p.equals(Point.ZERO)), untrue);
    this.all("ack").forEach((bytes, i) => {
      const r = new Reader(bytes, untrue);
      r.take(3);
      const t = this.about("ack", i + 1);
      for (const m of this.reveals) t.item("reveal", m.bytes);
      for (const deal of this.all("deal")) t.item("deal", deal);
      const commitment = r.take(32);
      knows(t, shares[i].toBytes(), commitment, scalar(r.take(32)));
      r.done();
    });
    const box = montgomery(this.reveals.reduce((a, m) => a.add(m.point), Edwards.ZERO));
    const head = Uint8Array.of(1, kinds.seal, 0, secret, this.c.threshold, this.n);
    return join(head, this.id, key.toBytes(), box, ...shares.map((p) => p.toBytes()));
  }
}

/** Replays a ceremony and answers the key that ballots are encrypted to; refuses one whose seal does not follow from what was said. */
export function keyOf(poll: string, c: CeremonyState): Uint8Array {
  const seal = new Replay(poll, c).seal();
  insist(c.seal !== undefined && same(seal, bytesOf(c.seal)), untrue);
  return seal.subarray(38, 70);
}
