// The group below secret ballots, and transcripts, after docs/format.md section 13. Curve and hash are the libraries'; this file only spells.
// Numbers are written as BigInt(1) and never as 1n: a platform without BigInt must be able to read this file, so that it can be told why.
import { ristretto255 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { str } from "../bytes";
import { big, blob, little } from "./wire";
import { insist, Refusal } from "./refusal";

/** What is used of an element of the group. */
export interface Element {
  add(other: Element): Element;
  subtract(other: Element): Element;
  negate(): Element;
  multiply(n: bigint): Element;
  multiplyUnsafe(n: bigint): Element;
  precompute(windowSize: number, isLazy: boolean): Element;
  equals(other: Element): boolean;
  toBytes(): Uint8Array;
}

export const Point = ristretto255.Point as { BASE: Element; ZERO: Element; Fn: { ORDER: bigint }; fromBytes(bytes: Uint8Array): Element };
export const G = Point.BASE;
export const order = Point.Fn.ORDER;
export const none = BigInt(0);
const one = BigInt(1);

export const mod = (n: bigint): bigint => ((n % order) + order) % order;

// scalarBytes writes a scalar: 32 bytes little-endian.
export const scalarBytes = (n: bigint): Uint8Array => big(mod(n), 32).reverse();

// element reads an element, of which the identity is none.
export function element(bytes: Uint8Array): Element {
  insist(bytes.length === 32, "element.malformed");
  insist(!bytes.every((b) => b === 0), "element.identity");
  try {
    return Point.fromBytes(bytes);
  } catch {
    throw new Refusal("element.malformed");
  }
}

export function scalar(bytes: Uint8Array): bigint {
  insist(bytes.length === 32, "scalar.malformed");
  const n = little(bytes);
  insist(n < order, "scalar.malformed");
  return n;
}

// times is n·P for numbers that everybody knows. Its time depends on n.
export const times = (p: Element, n: bigint): Element => p.multiplyUnsafe(mod(n));

// secretly is n·P for a number that is a secret. The library does its best not to let its time depend on n; no JavaScript can promise it.
// For n = 0, which the library refuses, as much is computed as for any other.
export function secretly(p: Element, n: bigint): Element {
  const q = p.multiply(n === none ? one : n);
  return n === none ? Point.ZERO : q;
}

// Transcript hashes everything that a challenge depends on.
export class Transcript {
  private readonly hash = sha512.create();

  constructor(domain: string) {
    this.hash.update(str(domain));
  }

  // item adds bytes, or a number, under a label.
  item(label: string, data: Uint8Array | number | bigint): this {
    this.hash.update(str(label)).update(blob(data instanceof Uint8Array ? data : big(data, 8)));
    return this;
  }

  digest(label: string): Uint8Array {
    this.hash.update(str(label));
    const digest = this.hash.clone().digest();
    this.hash.update(blob(digest));
    return digest;
  }

  challenge(label: string): bigint {
    return mod(little(this.digest(label)));
  }
}

// Random gives so many bytes that nobody can tell.
export type Random = (count: number) => Uint8Array;

// drawn is a random scalar.
export const drawn = (random: Random): bigint => mod(little(random(64)));
