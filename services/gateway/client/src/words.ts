// Sealed texts (docs/format.md section 10): opens the answer to a read, and holds a text against its commitment on the record.
import nacl from "tweetnacl";
import { ascii, fromBase64, fromHex, join, same, textOf } from "./bytes";
import { hmac } from "./sha256";

const domain = ascii("renlin/answer/1\n");

/** commitment is what the record holds of a text, and what shows later that it is this one. */
export function commitment(salt: Uint8Array, plain: Uint8Array): Uint8Array {
  return hmac(salt, join(ascii("renlin/commitment/1\n"), Uint8Array.of(salt.length), plain));
}

/**
 * openAnswer opens the box that vault.read answers, with the private key made for that one read. It is undefined if the box does not open,
 * or if what is in it is not the text that the record commits to.
 */
export function openAnswer(box: string, readerPrivate: Uint8Array, committed?: string): string | undefined {
  const text = openSealed(box, readerPrivate, committed);
  return text && textOf(text);
}

/** openSealed is openAnswer for what is no text, such as a photograph. */
export function openSealed(box: string, readerPrivate: Uint8Array, committed?: string): Uint8Array | undefined {
  const raw = fromBase64(box);
  if (!raw || raw.length < 32 + 24 + 16) return undefined;
  const plain = nacl.box.open(raw.subarray(56), raw.subarray(32, 56), raw.subarray(0, 32), readerPrivate);
  if (!plain || plain.length <= domain.length || !same(plain.subarray(0, domain.length), domain)) return undefined;
  const from = domain.length + 1;
  const salt = plain.subarray(from, from + plain[domain.length]);
  const text = plain.subarray(from + salt.length);
  if (committed !== undefined) {
    const want = /^[0-9a-f]{64}$/.test(committed) ? fromHex(committed) : fromBase64(committed); // as records have it, as the vault answers it
    if (!want || !same(want, commitment(salt, text))) return undefined;
  }
  return text;
}
