// The group below secret ballots, transcripts and proofs of equality, after docs/format.md section 13 and nothing else. Curve and hash are
// the libraries'; this file only spells.
import { ristretto255, ristretto255_hasher } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";

export const Point = ristretto255.Point;
export const G = Point.BASE;
export const order = Point.Fn.ORDER;
const ascii = new TextEncoder();

// Refusal says no and names why, by the names that the format gives.
export class Refusal extends Error {
  constructor(fault, details = {}) {
    super(fault);
    this.name = "Refusal";
    this.fault = fault;
    Object.assign(this, details);
  }
}

// insist refuses what does not hold.
export function insist(holds, fault, details) {
  if (!holds) throw new Refusal(fault, details);
}

export const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

export function unhex(text) {
  if (typeof text !== "string" || !/^([0-9a-f]{2})*$/.test(text)) throw new TypeError("not hexadecimal");
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

export function concat(...parts) {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) { out.set(p, at); at += p.length; }
  return out;
}

export const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);

// big writes an integer big-endian in so many bytes.
export function big(n, bytes) {
  const out = new Uint8Array(bytes);
  let rest = BigInt(n);
  for (let i = bytes - 1; i >= 0; i--) { out[i] = Number(rest & 255n); rest >>= 8n; }
  if (rest !== 0n) throw new RangeError("the number does not fit");
  return out;
}

// little reads an integer little-endian.
export const little = (bytes) => BigInt("0x" + hex(Uint8Array.from(bytes).reverse()));

export const mod = (n) => ((n % order) + order) % order;

export function inverse(n) {
  const x = mod(n);
  if (x === 0n) throw new RangeError("zero has no inverse");
  return Point.Fn.inv(x);
}

// scalarBytes writes a scalar: 32 bytes little-endian.
export const scalarBytes = (n) => big(mod(n), 32).reverse();

// Reader takes values off the front. What is not there is refused by the fault of the kind of message that is read.
export class Reader {
  constructor(bytes, fault) { this.bytes = bytes; this.at = 0; this.fault = fault; }
  take(n) {
    insist(this.at + n <= this.bytes.length, this.fault);
    return this.bytes.subarray(this.at, (this.at += n));
  }
  u8() { return this.take(1)[0]; }
  u16() { const b = this.take(2); return b[0] * 256 + b[1]; }
  u64() { return BigInt("0x" + hex(this.take(8))); }
  element() { return element(this.take(32)); }
  scalar() { return scalar(this.take(32)); }
  done() { insist(this.at === this.bytes.length, this.fault); }
}

// element reads an element, of which the identity is none.
export function element(bytes) {
  insist(bytes.length === 32, "element.malformed");
  insist(!bytes.every((b) => b === 0), "element.identity");
  try { return Point.fromBytes(bytes); } catch { throw new Refusal("element.malformed"); }
}

// sumElement reads what may be the identity: a half of a sum of ciphertexts.
export const sumElement = (bytes) => (bytes.length === 32 && bytes.every((b) => b === 0) ? Point.ZERO : element(bytes));

export function scalar(bytes) {
  insist(bytes.length === 32, "scalar.malformed");
  const n = little(bytes);
  insist(n < order, "scalar.malformed");
  return n;
}

// times is n·P for numbers that everybody knows. Its time depends on n.
export const times = (p, n) => p.multiplyUnsafe(mod(n));

// secretly is n·P for a number that is a secret. The library does its best not to let its time depend on n; no JavaScript can promise it.
// For n = 0, which the library refuses, as much is computed as for any other.
export function secretly(p, n) {
  const q = p.multiply(n === 0n ? 1n : n);
  return n === 0n ? Point.ZERO : q;
}

const str = (text) => { const b = ascii.encode(text); return concat(big(b.length, 2), b); };
const blob = (bytes) => concat(big(bytes.length, 4), bytes);

// Transcript hashes everything that a challenge depends on.
export class Transcript {
  constructor(domain) { this.hash = sha512.create().update(str(domain)); }

  // item adds bytes, a number or an element under a label.
  item(label, data) {
    let bytes = data;
    if (typeof data === "number" || typeof data === "bigint") bytes = big(data, 8);
    else if (data instanceof Point) bytes = data.toBytes();
    this.hash.update(str(label)).update(blob(bytes));
    return this;
  }

  items(label, list) { for (const x of list) this.item(label, x); return this; }

  digest(label) {
    this.hash.update(str(label));
    const digest = this.hash.clone().digest();
    this.hash.update(blob(digest));
    return digest;
  }

  challenge(label) { return mod(little(this.digest(label))); }

  // half is the name of what the transcript holds, in 32 bytes.
  half() { return this.digest("hash").subarray(0, 32); }
}

// H is the second generator, of which nobody knows which multiple of G it is.
export const H = ristretto255_hasher.deriveToCurve(new Transcript("renlin/vote/v1/second-generator").digest("element"));

// readEquality reads a proof of equality over so many pairs.
export function readEquality(r, pairs) {
  return { commitments: Array.from({ length: pairs }, () => r.element()), response: r.scalar() };
}

// equal tells whether the images are one secret's, in a transcript that says before what the proof is bound to.
export function equal(transcript, bases, images, proof) {
  if (bases.length !== images.length || bases.length !== proof.commitments.length) return false;
  const c = transcript.items("base", bases).items("image", images).items("commitment", proof.commitments).challenge("dleq");
  return bases.every((b, i) => times(b, proof.response).equals(proof.commitments[i].add(times(images[i], c))));
}
