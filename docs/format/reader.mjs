// A second reader of the record's bytes, after docs/format.md and nothing else. Node's own crypto only.
import { createHash, createPublicKey, verify } from "node:crypto";

const utf8 = new TextDecoder("utf-8", { fatal: true });
const ascii = (s) => Buffer.from(s, "latin1");
export const H = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const u16 = (n) => { const b = Buffer.alloc(2); b.writeUInt16BE(n); return b; };
const u32 = (n) => { const b = Buffer.alloc(4); b.writeUInt32BE(n); return b; };
const i64 = (n) => { const b = Buffer.alloc(8); b.writeBigInt64BE(BigInt(n)); return b; };
const str = (b) => Buffer.concat([u16(b.length), b]);

// Reader takes values off the front and throws when there is not enough.
class Reader {
  constructor(bytes) { this.b = bytes; this.at = 0; }
  take(n) {
    if (this.at + n > this.b.length) throw new Error("input ends too early");
    return this.b.subarray(this.at, (this.at += n));
  }
  u8() { return this.take(1)[0]; }
  u16() { return this.take(2).readUInt16BE(); }
  u32() { return this.take(4).readUInt32BE(); }
  u64() { return this.take(8).readBigUInt64BE(); }
  i64() { return this.take(8).readBigInt64BE(); }
  hash() { return this.take(32); }
  str() { return utf8.decode(this.take(this.u16())); }
  blob() { return this.take(this.u32()); }
  done() { if (this.at !== this.b.length) throw new Error("bytes left over"); }
}

const KIND = /^[a-z][a-z0-9-]*$/, ID = /^[a-z0-9][a-z0-9._-]*$/;
function checkPath(path, odd) {
  const parts = path.split("/");
  if (path.length > 255 || parts.length % 2 !== odd) throw new Error("bad path");
  parts.forEach((p, i) => { if (!(i % 2 ? ID : KIND).test(p)) throw new Error("bad path"); });
}
function ascending(list) {
  for (let i = 1; i < list.length; i++) if (Buffer.compare(Buffer.from(list[i - 1]), Buffer.from(list[i])) >= 0) throw new Error("not ascending");
}

export function decodeSigned(bytes) {
  const r = new Reader(bytes);
  const s = { suite: r.u8(), operation: r.str(), contract: r.u16(), idempotencyKey: r.str(), notAfter: r.i64(), body: r.blob(), signatures: [] };
  const n = r.u8();
  if (n > 4) throw new Error("too many signatures");
  for (let i = 0; i < n; i++) s.signatures.push({ key: r.take(r.u16()), sig: r.take(r.u16()) });
  r.done();
  return s;
}

export function commandId(s, author, service) {
  if (author === "policy") return H(ascii("renlin/policy-id/1\n"), str(Buffer.from(service)), str(Buffer.from(s.idempotencyKey)));
  if (author === "genesis") return H(ascii("renlin/genesis-id/1\n"), H(s.body));
  return H(ascii("renlin/command-id/1\n"), str(s.signatures[0].key), str(Buffer.from(s.idempotencyKey)));
}

export function signingInput(s, genesis, id) {
  return Buffer.concat([ascii("renlin/command/1\n"), Buffer.from([s.suite]), genesis, str(Buffer.from(s.operation)), u16(s.contract), id, i64(s.notAfter), H(s.body)]);
}

export function ed25519(key, message, sig) {
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key]);
  return verify(null, message, createPublicKey({ key: der, format: "der", type: "spki" }), sig);
}

const AUTHORS = [, "device", "hosted", "credential", "policy", "genesis"];

export function decodeCommit(bytes) {
  if (bytes.length > 256 << 10) throw new Error("commit too large");
  const r = new Reader(bytes);
  if (r.u8() !== 1) throw new Error("unknown commit format");
  const c = { author: AUTHORS[r.u8()], time: r.i64(), rules: r.u32(), salt: r.take(16), id: r.hash(), cause: r.u64() };
  if (!c.author) throw new Error("unknown author");
  c.service = r.str(); c.actor = r.str(); c.through = r.str();
  c.windowFrom = r.i64(); c.windowUntil = r.i64();
  c.command = r.blob();
  for (const [name, odd] of [["reads", 0], ["collections", 1]]) {
    c[name] = [];
    for (let n = r.u16(); n > 0; n--) { const key = r.str(); checkPath(key, odd); c[name].push({ key, version: r.u64() }); }
    ascending(c[name].map((x) => x.key));
  }
  c.changes = [];
  const changes = r.u16();
  if (changes === 0) throw new Error("commit has no change");
  for (let i = 0; i < changes; i++) {
    const change = { aggregate: r.str(), version: r.u64(), events: [] };
    checkPath(change.aggregate, 0);
    if (change.version === 0n || c.reads.some((x) => x.key === change.aggregate)) throw new Error("bad change");
    const events = r.u16();
    if (events === 0) throw new Error("change has no event");
    for (let j = 0; j < events; j++) change.events.push({ type: r.str(), body: r.blob() });
    c.changes.push(change);
  }
  ascending(c.changes.map((x) => x.aggregate));
  r.done();
  return c;
}

export const commitHash = (bytes) => H(ascii("renlin/commit/1\n"), bytes);
export const leafHash = (entry) => H(Buffer.from([0]), entry);
const nodeHash = (l, r) => H(Buffer.from([1]), l, r);

// merkleRoot splits at the largest power of two below the size, as RFC 6962 says it.
export function merkleRoot(leaves) {
  if (leaves.length === 0) return H();
  if (leaves.length === 1) return leaves[0];
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(merkleRoot(leaves.slice(0, k)), merkleRoot(leaves.slice(k)));
}

// rollEntry is one voter's entry in a poll's sealed roll; units ascend. One of a poll that counts by households or weight classes has both.
export function rollEntry(v) {
  ascending(v.units.map((u) => u.unit));
  const units = v.units.flatMap((u) => [str(Buffer.from(u.unit)), i64(u.area_centi_m2)]);
  const measured = v.households === undefined ? [] : [i64(v.households), i64(v.weight)];
  const domain = ascii(measured.length === 0 ? "renlin/roll/2\n" : "renlin/roll/3\n");
  return H(domain, str(Buffer.from(v.member)), i64(v.heads), i64(v.area_centi_m2), ...measured, u32(v.units.length), ...units);
}

// rollRoot seals a roll; voters ascend.
export function rollRoot(voters) {
  ascending(voters.map((v) => v.member));
  return merkleRoot(voters.map((v) => leafHash(rollEntry(v))));
}

// numbers answers the numbers of a sample, each below n.
function* numbers(seed, label, n) {
  const counter = Buffer.alloc(8);
  for (let i = 0n; ; i++) {
    counter.writeBigUInt64BE(i);
    const x = H(ascii("renlin/sample/1\n"), seed, str(Buffer.from(label)), counter).readBigUInt64BE();
    if (x < 2n ** 64n - ((2n ** 64n) % n)) yield x % n;
  }
}

// sample draws many different places below size.
export function sample(seed, label, size, many) {
  const drawn = new Set();
  if (many === 0) return [];
  for (const x of numbers(seed, label, BigInt(size))) if (drawn.add(Number(x)).size === many) return [...drawn];
}

// weightedSample draws places in proportion to their weights and puts each back.
export function weightedSample(seed, label, weights, many) {
  const drawn = [];
  const sum = weights.reduce((a, b) => a + BigInt(b), 0n);
  for (const x of numbers(seed, label, sum)) {
    let upTo = 0n;
    drawn.push(weights.findIndex((w) => (upTo += BigInt(w)) > x));
    if (drawn.length === many) return drawn;
  }
}

function header(r) {
  const start = r.at;
  if (r.u8() !== 1) throw new Error("unknown block format");
  const h = { genesis: r.hash(), epoch: r.u32(), number: r.u64(), first: r.u64(), count: r.u32(), time: r.i64(), prev: r.hash(), root: r.hash() };
  h.bytes = r.b.subarray(start, r.at);
  h.sig = r.take(64);
  h.signingInput = Buffer.concat([ascii("renlin/block/1\n"), h.bytes]);
  h.hash = H(h.signingInput);
  return h;
}

export function decodeBlock(bytes) {
  if (bytes.length > 768 << 10) throw new Error("block too large");
  const r = new Reader(bytes);
  const b = { ...header(r), commits: [] };
  if (b.count === 0) throw new Error("empty block");
  for (let i = 0; i < b.count; i++) b.commits.push(r.blob());
  r.done();
  return b;
}

export function decodeReceipt(bytes) {
  const r = new Reader(bytes);
  const out = { ...header(r), index: r.u64(), commit: r.hash(), path: [] };
  for (let n = r.u8(); n > 0; n--) out.path.push(r.hash());
  r.done();
  return out;
}

// rootFromPath follows RFC 9162 section 2.1.3.2.
export function rootFromPath(entry, index, size, path) {
  if (index >= size) throw new Error("index outside the tree");
  let fn = index, sn = size - 1n, node = leafHash(entry);
  for (const p of path) {
    if (sn === 0n) throw new Error("path too long");
    if (fn & 1n || fn === sn) {
      node = nodeHash(p, node);
      while (!(fn & 1n) && fn !== 0n) { fn >>= 1n; sn >>= 1n; }
    } else node = nodeHash(node, p);
    fn >>= 1n; sn >>= 1n;
  }
  if (sn !== 0n) throw new Error("path too short");
  return node;
}
