// Checks receipts (docs/format.md, sections 5 to 7), C2SP tlog-proofs and checkpoints, in any browser and without a network. It imports
// nothing but SHA-256, SHA-512 and Ed25519, and touches no page: receipt-page.mjs does.
import { hashes, verify } from "./vendor/noble-ed25519.mjs";
import { sha256, sha512 } from "./vendor/sha2.js";

hashes.sha512 = sha512;

const headerBytes = 129, sealedBytes = 193, pathMax = 20;
const ascii = (text) => new TextEncoder().encode(text);
const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
export const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);

function join(...parts) {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) { out.set(p, at); at += p.length; }
  return out;
}

// Broken is why a check failed: the step, by the name that the page has words for.
export class Broken extends Error {
  constructor(step) { super(step); this.step = step; }
}

function need(holds, step) {
  if (!holds) throw new Broken(step);
}

// bytesOf reads base64, with white space and with or without padding, or a JSON answer of the API that holds a receipt.
export function bytesOf(text) {
  let t = text.trim();
  if (t.startsWith("{")) {
    try { t = JSON.parse(t).receipt ?? ""; } catch { throw new Broken("read"); }
    need(typeof t === "string", "read");
  }
  t = t.replace(/\s+/g, "").replace(/-/g, "+").replace(/_/g, "/").replace(/=+$/, "");
  need(t.length > 0 && t.length < 4096 && /^[A-Za-z0-9+/]+$/.test(t) && t.length % 4 !== 1, "read");
  const raw = Uint8Array.from(atob(t.padEnd(Math.ceil(t.length / 4) * 4, "=")), (c) => c.charCodeAt(0));
  need(btoa(String.fromCharCode(...raw)).replace(/=+$/, "") === t, "read"); // one encoding of each receipt
  return raw;
}

// decode reads a receipt, and nothing that is not exactly one.
export function decode(raw) {
  need(raw.length > sealedBytes + 40, "read");
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength), n = raw[sealedBytes + 40];
  need(raw[0] === 1 && n <= pathMax && raw.length === sealedBytes + 41 + 32 * n, "read");
  const path = [];
  for (let i = 0; i < n; i++) path.push(raw.subarray(sealedBytes + 41 + 32 * i, sealedBytes + 73 + 32 * i));
  return {
    header: raw.subarray(0, headerBytes), signature: raw.subarray(headerBytes, sealedBytes), genesis: raw.subarray(1, 33),
    number: view.getBigUint64(37), first: view.getBigUint64(45), count: BigInt(view.getUint32(53)), time: Number(view.getBigInt64(57)),
    root: raw.subarray(97, 129), index: view.getBigUint64(sealedBytes), commit: raw.subarray(sealedBytes + 8, sealedBytes + 40), path,
  };
}

const leafHash = (entry) => sha256(join(Uint8Array.of(0), entry));
export const nodeHash = (left, right) => sha256(join(Uint8Array.of(1), left, right));

// rootFrom goes from an entry up to the root of a tree of so many (RFC 6962); undefined if the path is not of that place in that tree.
export function rootFrom(entry, index, size, path) {
  if (index < 0n || index >= size) return undefined;
  let at = index, last = size - 1n, root = leafHash(entry);
  for (const sibling of path) {
    if (last === 0n) return undefined;
    if (at % 2n === 1n || at === last) {
      root = nodeHash(sibling, root);
      while (at % 2n === 0n && at !== 0n) { at /= 2n; last /= 2n; }
    } else {
      root = nodeHash(root, sibling);
    }
    at /= 2n; last /= 2n;
  }
  return last === 0n ? root : undefined;
}

// signed tells whether an Ed25519 signature holds, strictly: in one encoding only, and under no key of small order.
function signed(key, message, signature) {
  try { return key.length === 32 && signature.length === 64 && verify(signature, message, key, { zip215: false }); } catch { return false; }
}

// check takes the steps one after the other and calls step(name) after each that holds. It throws Broken at the first that does not, and
// answers the receipt. community is {genesis: hex, epochKey: bytes}.
export function check(text, community, step = () => {}) {
  const r = decode(bytesOf(text));
  step("read");
  need(hex(r.genesis) === community.genesis, "community");
  step("community");
  need(signed(community.epochKey, join(ascii("renlin/block/1\n"), r.header), r.signature), "signature");
  step("signature");
  const root = rootFrom(r.commit, r.index - r.first, r.count, r.path);
  need(root !== undefined && same(root, r.root), "path");
  step("path");
  return r;
}

// base64 reads it strictly; undefined if it is none.
function base64(text) {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

// keyOf reads a C2SP signed-note verifier key: its name, its id, the type of its signatures and the key itself.
function keyOf(vkey) {
  const [, name, id, rest] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? [];
  const bytes = rest && base64(rest);
  if (!bytes || bytes.length !== 33) return undefined;
  return { name, id, kind: bytes[0], key: bytes.subarray(1) };
}

// signaturesOf splits a signed note into its text and its signatures, {name, id, rest}.
function noteOf(note) {
  const end = note.lastIndexOf("\n\n");
  need(end > 0, "checkpoint");
  const lines = note.slice(end + 2).split("\n").filter((l) => l !== "");
  return {
    text: note.slice(0, end + 1),
    signatures: lines.flatMap((l) => {
      const [, name, b64] = /^— (\S+) (\S+)$/.exec(l) ?? [];
      const bytes = b64 && base64(b64);
      return bytes && bytes.length > 4 ? [{ name, id: hex(bytes.subarray(0, 4)), rest: bytes.subarray(4) }] : [];
    }),
  };
}

// checkpointOf reads a checkpoint that the log has signed: {origin, size, root, text, signatures}; Broken otherwise.
export function checkpointOf(text, keys) {
  const note = noteOf(text), [origin, size, root] = note.text.split("\n"), hash = base64(root ?? "");
  need(/^[1-9][0-9]{0,18}$/.test(size ?? "") && hash && hash.length === 32, "checkpoint");
  const log = keyOf(keys.log);
  need(log && log.name === origin && by(note, log, 1).some((s) => signed(log.key, ascii(note.text), s.rest)), "checkpoint");
  return { origin, size: BigInt(size), root: hash, ...note };
}

// by gives a note's signatures of a kind by a key.
const by = (note, key, kind) => note.signatures.filter((s) => key && key.kind === kind && s.name === key.name && s.id === key.id);

// witnessesOf counts the witnesses whose cosignature of a checkpoint holds.
export function witnessesOf(note, keys) {
  return keys.witnesses.map(keyOf).filter((w) => by(note, w, 4).some((s) => {
    if (s.rest.length !== 72) return false;
    const time = new DataView(s.rest.buffer, s.rest.byteOffset, 8).getBigUint64(0);
    return signed(w.key, ascii(`cosignature/v1\ntime ${time}\n${note.text}`), s.rest.subarray(8));
  })).length;
}

// checkProof checks a C2SP tlog-proof of the receipt's entry, under the log's key, and counts the witnesses whose cosignature holds.
// It calls step(name) as check does, and answers that number. keys is {log: vkey, witnesses: [vkey]}.
export function checkProof(proof, receipt, keys, step = () => {}) {
  const blank = proof.indexOf("\n\n");
  const head = proof.slice(0, blank).split("\n"), note = noteOf(proof.slice(blank + 2));
  need(blank > 0 && head[0] === "c2sp.org/tlog-proof@v1" && head[1] === "index " + receipt.index, "log");
  const path = head.slice(2).map(base64), [, size, root] = note.text.split("\n");
  need(path.every((h) => h && h.length === 32) && path.length <= 64 && /^[1-9][0-9]{0,18}$/.test(size ?? ""), "log");
  const want = base64(root ?? ""), got = rootFrom(receipt.commit, receipt.index, BigInt(size), path);
  need(want && got && same(got, want), "log");
  step("log");
  checkpointOf(proof.slice(blank + 2), keys);
  step("checkpoint");
  return witnessesOf(note, keys);
}
