// The code of somebody on a sealed list (docs/formats.md): what an office hands out on paper, and the word that the notice came, which is signed by
// the code alone. It is sent without a session and is kept nowhere: nobody shall be able to say whose code it was.
import { ascii, base64, base64url, fromBase64, fromHex, join, same } from "./bytes";
import type { Home } from "./device";
import type { Gateway } from "./gateway";
import { sha256 } from "./sha256";
import { keyOf, newIdempotencyKey, sign, type Key } from "./signing";
import { answered } from "./transport";
import type { components } from "./schema";

/** ListCode is what the paper holds: the notice is named when it is published, so the code says only which key and where it is in the tree. */
export interface ListCode {
  key: Key;
  index: number;
  path: Uint8Array[];
}

const begins = "RN1-";
const pathMax = 20; // a list has a million entries at most

const leafOf = (key: Key): Uint8Array => sha256(join(Uint8Array.of(0), sha256(join(ascii("renlin/list-entry/1\n"), key.public))));
const nodeOf = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256(join(Uint8Array.of(1), left, right));

// The left part of a tree of RFC 6962 has as many leaves as the greatest power of two below their number.
function half(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
const rootOf = (leaves: Uint8Array[]): Uint8Array =>
  leaves.length === 1 ? leaves[0] : nodeOf(rootOf(leaves.slice(0, half(leaves.length))), rootOf(leaves.slice(half(leaves.length))));

function pathTo(leaves: Uint8Array[], index: number): Uint8Array[] {
  if (leaves.length === 1) return [];
  const k = half(leaves.length);
  return index < k ? [...pathTo(leaves.slice(0, k), index), rootOf(leaves.slice(k))] : [...pathTo(leaves.slice(k), index - k), rootOf(leaves.slice(0, k))];
}

/** sealedList makes a list of keys into what is published of it, and one code for each, in their order. */
export function sealedList(keys: Key[]): { count: number; root: Uint8Array; codes: string[] } {
  if (keys.length === 0) throw new RangeError("a list has entries");
  const leaves = keys.map(leafOf);
  return { count: keys.length, root: rootOf(leaves), codes: keys.map((key, index) => listCode({ key, index, path: pathTo(leaves, index) })) };
}

/** listCode writes a code, for paper or a picture. */
export const listCode = ({ key, index, path }: ListCode): string =>
  begins + base64url(join(key.seed, Uint8Array.of(index >> 16, (index >> 8) & 255, index & 255), ...path));

/** readListCode reads one as it was scanned or typed; undefined if it is none. */
export function readListCode(text: string): ListCode | undefined {
  const said = text.replace(/\s+/g, "");
  if (!said.startsWith(begins)) return undefined;
  const raw = fromBase64(said.slice(begins.length));
  if (!raw || raw.length < 35 || (raw.length - 35) % 32 !== 0 || (raw.length - 35) / 32 > pathMax) return undefined;
  const path: Uint8Array[] = [];
  for (let at = 35; at < raw.length; at += 32) path.push(raw.slice(at, at + 32));
  return { key: keyOf(raw.slice(0, 32)), index: raw[32] * 65536 + raw[33] * 256 + raw[34], path };
}

/** rootBy is the root of a list of so many that a code leads to; undefined if it leads nowhere. */
export function rootBy({ key, index, path }: ListCode, count: number): Uint8Array | undefined {
  const rest = path.slice();
  const climb = (n: number, at: number): Uint8Array | undefined => {
    if (n === 1) return leafOf(key);
    const other = rest.pop();
    const k = half(n);
    const mine = at < k ? climb(k, at) : climb(n - k, at - k);
    return other && mine && (at < k ? nodeOf(mine, other) : nodeOf(other, mine));
  };
  const root = index < count ? climb(count, index) : undefined;
  return rest.length === 0 ? root : undefined;
}

/** onList tells whether a code is of the list that a notice has published. */
export function onList(code: ListCode, notice: { count: number; root: string }): boolean {
  const want = /^[0-9a-f]{64}$/.test(notice.root) ? fromHex(notice.root) : fromBase64(notice.root);
  const root = rootBy(code, notice.count);
  return want !== undefined && root !== undefined && same(want, root);
}

const minute = 60_000;

/** answerNotice says that the notice came, in nobody's name. Give it a gateway of its own, that no session was ever opened with. */
export async function answerNotice(gateway: Gateway, home: Home, notice: string, code: ListCode): Promise<components["schemas"]["op.Answer"]> {
  const idempotencyKey = await newIdempotencyKey();
  const notAfter = (Math.floor(gateway.now() / minute) + 5) * minute;
  const entry = { key: base64(code.key.public), index: code.index, path: code.path.map(base64) };
  const body = JSON.stringify({ notice, entry });
  const command = { genesis: fromHex(home.genesis) as Uint8Array, operation: "aid.answer_notice", contract: 1, idempotencyKey, notAfter, body };
  const headers = {
    "Content-Type": "application/json", "Idempotency-Key": idempotencyKey, "Renlin-Not-After": String(notAfter), "Renlin-Signature": sign(command, code.key),
  };
  return answered(await gateway.send({ method: "POST", path: `/v1/communities/${home.id}/policy-notices/${encodeURIComponent(notice)}/answers`, headers, body }));
}
