// Checks receipts (docs/format.md, sections 5 to 7) without BigInt and without a network. The same steps, by the same names, as the page
// that checks receipts in any browser; no index above 2^53 - 1, which no record has.
import nacl from "tweetnacl";
import { ascii, fromBase64, fromHex, hex, join, readU64, same } from "./bytes";
import { sha256 } from "./sha256";

const headerBytes = 129;
const sealedBytes = 193;
const pathMax = 20;

/** Step is one of the check, in their order. */
export type Step = "read" | "community" | "signature" | "path";

/** Broken is why a receipt does not hold: the first step that failed. */
export class Broken extends Error {
  readonly name = "Broken";
  constructor(readonly step: Step) {
    super(step);
  }
}

export interface Receipt {
  header: Uint8Array;
  signature: Uint8Array;
  genesis: Uint8Array;
  number: number;
  first: number;
  count: number;
  /** Block time, milliseconds since 1970. */
  time: number;
  root: Uint8Array;
  index: number;
  commit: Uint8Array;
  path: Uint8Array[];
}

/** Community is what a receipt is checked against: its genesis, hexadecimal, and the key that signs its blocks, base64. */
export interface Community {
  genesis: string;
  epoch_key: string;
}

function need(holds: boolean, step: Step): void {
  if (!holds) throw new Broken(step);
}

/** decode reads a receipt, and nothing that is not exactly one. */
export function decode(raw: Uint8Array): Receipt {
  need(raw.length > sealedBytes + 40, "read");
  const n = raw[sealedBytes + 40];
  need(raw[0] === 1 && n <= pathMax && raw.length === sealedBytes + 41 + 32 * n, "read");
  const from = sealedBytes + 41;
  const r = {
    header: raw.subarray(0, headerBytes), signature: raw.subarray(headerBytes, sealedBytes), genesis: raw.subarray(1, 33),
    number: readU64(raw, 37), first: readU64(raw, 45), count: raw[53] * 0x1000000 + (raw[54] << 16) + (raw[55] << 8) + raw[56],
    time: readU64(raw, 57), root: raw.subarray(97, 129), index: readU64(raw, sealedBytes), commit: raw.subarray(sealedBytes + 8, from - 1),
    path: Array.from({ length: n }, (_, i) => raw.subarray(from + 32 * i, from + 32 * (i + 1))),
  };
  need(![r.number, r.first, r.time, r.index].some((x) => x !== x), "read");
  return r;
}

const leafHash = (entry: Uint8Array): Uint8Array => sha256(join(Uint8Array.of(0), entry));
const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256(join(Uint8Array.of(1), left, right));

/** rootFrom goes from an entry up to the root of a tree of so many (RFC 6962); undefined if the path is not of that place in that tree. */
export function rootFrom(entry: Uint8Array, index: number, size: number, path: Uint8Array[]): Uint8Array | undefined {
  if (!(index >= 0 && index < size)) return undefined;
  let at = index;
  let last = size - 1;
  let root = leafHash(entry);
  const up = (): void => {
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  };
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (at % 2 === 1 || at === last) {
      root = nodeHash(sibling, root);
      while (at % 2 === 0 && at !== 0) up();
    } else {
      root = nodeHash(root, sibling);
    }
    up();
  }
  return last === 0 ? root : undefined;
}

// The y of points of small order, without the bit of x: under such a key a signature can hold that nobody made.
const smallOrder = [
  "0000000000000000000000000000000000000000000000000000000000000000", "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];
// 2^255 - 19 and the order of the base point, both as little-endian hexadecimal.
const field = "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
const order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

function below(b: Uint8Array, bound: string): boolean {
  const limit = fromHex(bound) as Uint8Array;
  for (let i = 31; i >= 0; i--) if (b[i] !== limit[i]) return b[i] < limit[i];
  return false;
}

/** signed tells whether an Ed25519 signature holds, strictly: in one encoding only, and under no key of small order. */
export function signed(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (key.length !== 32 || signature.length !== 64) return false;
  const y = key.slice();
  y[31] &= 127;
  if (!below(y, field) || smallOrder.includes(hex(y)) || !below(signature.subarray(32), order)) return false;
  return nacl.sign.detached.verify(message, signature, key);
}

/** check takes the steps one after the other and throws Broken at the first that does not hold. */
export function check(receipt: string, community: Community): Receipt {
  const raw = fromBase64(receipt.replace(/\s+/g, ""));
  need(raw !== undefined && raw.length > 0, "read");
  const r = decode(raw as Uint8Array);
  need(hex(r.genesis) === community.genesis, "community");
  const key = fromBase64(community.epoch_key);
  need(key !== undefined && signed(key, join(ascii("renlin/block/1\n"), r.header), r.signature), "signature");
  const root = rootFrom(r.commit, r.index - r.first, r.count, r.path);
  need(root !== undefined && same(root, r.root), "path");
  return r;
}
