// Numbers and lists as docs/format.md writes them where the rest of the client has no need for them: integers of any size, blobs, and what is
// read off the front of bytes.
import { fromBase64, hex, join } from "../bytes";
import { Refusal } from "./refusal";

/** Orders bytes as a dictionary does. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/** Writes an integer big-endian in so many bytes. */
export function big(n: number | bigint, bytes: number): Uint8Array {
  const out = new Uint8Array(bytes);
  const byte = BigInt(256);
  let rest = BigInt(n);
  if (rest < BigInt(0)) throw new RangeError("the number is negative");
  for (let i = bytes - 1; i >= 0; i--) {
    out[i] = Number(rest % byte);
    rest /= byte;
  }
  if (rest !== BigInt(0)) throw new RangeError("the number does not fit");
  return out;
}

/** Reads an integer little-endian. */
export const little = (bytes: Uint8Array): bigint => BigInt("0x" + hex(Uint8Array.from(bytes).reverse()));

export const blob = (bytes: Uint8Array): Uint8Array => join(big(bytes.length, 4), bytes);

/** The text of bytes that are ASCII by their format. */
export const letters = (bytes: Uint8Array): string => Array.from(bytes, (b) => String.fromCharCode(b)).join("");

/** Bytes of the record as JSON has them: base64, none where the field is absent. */
export function bytesOf(text: string | undefined): Uint8Array {
  const bytes = fromBase64(text ?? "");
  if (!bytes) throw new Refusal("record.malformed");
  return bytes;
}

/** Takes values off the front; where there are not enough it refuses by the name it was given. */
export class Reader {
  at = 0;

  constructor(readonly bytes: Uint8Array, private readonly code: string) {}

  take(n: number): Uint8Array {
    if (n < 0 || this.at + n > this.bytes.length) throw new Refusal(this.code);
    return this.bytes.subarray(this.at, (this.at += n));
  }

  uint(bytes: number): number {
    let n = 0;
    for (const b of this.take(bytes)) n = n * 256 + b;
    if (!Number.isSafeInteger(n)) throw new Refusal(this.code);
    return n;
  }

  text(): string {
    return letters(this.take(this.uint(2)));
  }

  blob(): Uint8Array {
    return this.take(this.uint(4));
  }

  get more(): boolean {
    return this.at < this.bytes.length;
  }

  done(): void {
    if (this.more) throw new Refusal(this.code);
  }
}

