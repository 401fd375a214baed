// Bytes and their spellings, by hand: the logic layer of a mini-program has neither TextEncoder nor atob.

/** Bytes of UTF-8. A lone half of a pair becomes U+FFFD, as everywhere. */
export function utf8(text: string): Uint8Array {
  const out: number[] = [];
  for (let i = 0; i < text.length; i++) {
    let c = text.charCodeAt(i);
    if (c >= 0xd800 && c < 0xe000) {
      const low = i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
      if (c < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        i++;
      } else {
        c = 0xfffd;
      }
    }
    if (c < 0x80) out.push(c);
    else if (c < 0x800) out.push(0xc0 | (c >> 6), 0x80 | (c & 63));
    else if (c < 0x10000) out.push(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
    else out.push(0xf0 | (c >> 18), 0x80 | ((c >> 12) & 63), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
  }
  return Uint8Array.from(out);
}

/** The text of UTF-8 bytes; undefined if they are none. */
export function textOf(b: Uint8Array): string | undefined {
  let out = "";
  for (let i = 0; i < b.length; ) {
    const first = b[i++];
    if (first < 0x80) {
      out += String.fromCharCode(first);
      continue;
    }
    const more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4 || i + more > b.length) return undefined;
    let c = first & (0x3f >> more);
    for (let k = 0; k < more; k++) {
      if ((b[i] & 0xc0) !== 0x80) return undefined;
      c = (c << 6) | (b[i++] & 0x3f);
    }
    if (c < [0, 0x80, 0x800, 0x10000][more] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff) return undefined;
    out += c < 0x10000 ? String.fromCharCode(c) : String.fromCharCode(0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
  }
  return out;
}

/** Bytes of ASCII characters one after the other. */
export const ascii = utf8;

export function join(...parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

export const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((x, i) => x === b[i]);

/** A u16, big-endian. */
export const u16 = (n: number): Uint8Array => Uint8Array.of(n >> 8, n & 255);

/** A 64-bit number, big-endian; it must be an exact number of JavaScript, 0 to 2^53 - 1. */
export function u64(n: number): Uint8Array {
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError("not an exact number");
  const out = new Uint8Array(8);
  for (let i = 7; i >= 0; i--) {
    out[i] = n % 256;
    n = Math.floor(n / 256);
  }
  return out;
}

/** Reads a u64; NaN for one above 2^53 - 1, which no record has. */
export function readU64(b: Uint8Array, at: number): number {
  let n = 0;
  for (let i = 0; i < 8; i++) n = n * 256 + b[at + i];
  return Number.isSafeInteger(n) ? n : NaN;
}

/** Length as u16 and the bytes: `str` of docs/format.md. */
export function str(s: string | Uint8Array): Uint8Array {
  const b = typeof s === "string" ? utf8(s) : s;
  return join(u16(b.length), b);
}

export const hex = (b: Uint8Array): string => Array.from(b, (x) => (x < 16 ? "0" : "") + x.toString(16)).join("");

/** Reads hexadecimal; undefined if it is none. */
export function fromHex(s: string): Uint8Array | undefined {
  if (s.length % 2 !== 0 || !/^[0-9a-f]*$/.test(s)) return undefined;
  return Uint8Array.from({ length: s.length / 2 }, (_, i) => parseInt(s.slice(2 * i, 2 * i + 2), 16));
}

const alphabet64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function base64(b: Uint8Array): string {
  let out = "";
  for (let i = 0; i < b.length; i += 3) {
    const n = (b[i] << 16) | ((b[i + 1] || 0) << 8) | (b[i + 2] || 0);
    for (let k = 0; k < 4; k++) out += i + k > b.length ? "=" : alphabet64[(n >> (18 - 6 * k)) & 63];
  }
  return out;
}

export const base64url = (b: Uint8Array): string => base64(b).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/** Reads base64 of either alphabet, with or without padding, in its one encoding; undefined if it is none. */
export function fromBase64(s: string): Uint8Array | undefined {
  const t = s.replace(/-/g, "+").replace(/_/g, "/").replace(/={0,2}$/, "");
  if (t.length % 4 === 1 || !/^[A-Za-z0-9+/]*$/.test(t)) return undefined;
  const out = new Uint8Array(Math.floor((t.length * 3) / 4));
  let bits = 0;
  let have = 0;
  let at = 0;
  for (const c of t) {
    bits = ((bits << 6) | alphabet64.indexOf(c)) & 0xffff;
    have += 6;
    if (have >= 8) {
      have -= 8;
      out[at++] = (bits >> have) & 255;
    }
  }
  return (bits & ((1 << have) - 1)) === 0 ? out : undefined;
}

const alphabet32 = "abcdefghijklmnopqrstuvwxyz234567";

/** `short` of docs/format.md: the first 16 bytes in base 32, 26 characters. */
export function short(b: Uint8Array): string {
  let out = "";
  for (let bit = 0; bit < 128; bit += 5) {
    let n = 0;
    for (let k = bit; k < bit + 5; k++) n = (n << 1) | (k < 128 ? (b[k >> 3] >> (7 - (k & 7))) & 1 : 0);
    out += alphabet32[n];
  }
  return out;
}

export { alphabet32 };
