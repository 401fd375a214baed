// One-time codes (docs/format.md, codes): made in the officer's browser, told to the member on paper or in person. The record learns only
// the public half of the key that a code derives.
import { alphabet32, base64, fromHex } from "@renlin/client/bytes";
import { codeKey } from "@renlin/client/signing";

const chance = 15;

/** timesX multiplies in the field of 32 elements that finds slips of the finger. */
const timesX = (s: number): number => ((s << 1) & 32 ? (s << 1) ^ 37 : s << 1);

export function newCode(): string {
  const symbols = [...crypto.getRandomValues(new Uint8Array(chance))].map((b) => b & 31);
  const check = timesX(symbols.reduceRight((all, s) => timesX(all) ^ s, 0));
  return [...symbols, check]
    .map((s) => alphabet32[s])
    .join("")
    .replace(/(.{4})(?=.)/g, "$1-");
}

/** publicOf is what the record is told of a member's code. */
export function publicOf(genesis: string, member: string, code: string): string {
  const key = codeKey(fromHex(genesis)!, member, code);
  if (!key) throw new Error("a code of one's own making is not one");
  return base64(key.public);
}

export function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(26))].map((b) => alphabet32[b & 31]).join("");
}
