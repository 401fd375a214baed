// Keys and signatures of commands (docs/format.md section 3): what is signed, and by whom. Nothing here sends anything.
import nacl from "tweetnacl";
import { alphabet32, ascii, base64url, hex, join, short, str, u16, u64, utf8 } from "./bytes";
import { randomBytes, type Source } from "./random";
import { hkdf32, sha256 } from "./sha256";

/** Key is an Ed25519 key of a device. The seed is the whole secret: it is stored on the device and told to nobody. */
export interface Key {
  readonly seed: Uint8Array;
  readonly public: Uint8Array;
}

export function keyOf(seed: Uint8Array): Key {
  return { seed, public: nacl.sign.keyPair.fromSeed(seed).publicKey };
}

/** newKey makes a key on this device. */
export const newKey = async (random: Source = randomBytes): Promise<Key> => keyOf(await random(32));

/** keyId is how the record names a public key. */
export const keyId = (key: Key | Uint8Array): string => short(sha256(key instanceof Uint8Array ? key : key.public));

/** newId makes an opaque id. */
export async function newId(random: Source = randomBytes): Promise<string> {
  return Array.from(await random(26), (b) => alphabet32[b & 31]).join("");
}

/** Command is what a device signs. notAfter is in milliseconds since 1970; of a founding it is 0, and genesis 32 zeros. */
export interface Command {
  genesis: Uint8Array;
  operation: string;
  contract: number;
  idempotencyKey: string;
  notAfter: number;
  body: string;
}

export function commandId(author: Uint8Array, idempotencyKey: string): Uint8Array {
  return sha256(join(ascii("renlin/command-id/1\n"), str(author), str(idempotencyKey)));
}

export function foundingId(body: string): Uint8Array {
  return sha256(join(ascii("renlin/genesis-id/1\n"), sha256(utf8(body))));
}

/** signingInput is the bytes that every signer of a command signs. */
export function signingInput(c: Command, id: Uint8Array): Uint8Array {
  return join(
    ascii("renlin/command/1\n"), Uint8Array.of(1), c.genesis, str(c.operation), u16(c.contract), id, u64(c.notAfter), sha256(utf8(c.body)),
  );
}

/** sign makes the value of Renlin-Signature: the author's first, then those who sign the same bytes with them. */
export function sign(c: Command, author: Key, ...cosigners: Key[]): string {
  const id = c.operation === "community.found" ? foundingId(c.body) : commandId(author.public, c.idempotencyKey);
  const input = signingInput(c, id);
  const one = (k: Key): string =>
    base64url(k.public) + "." + base64url(nacl.sign.detached(input, nacl.sign.keyPair.fromSeed(k.seed).secretKey));
  return [author, ...cosigners].map(one).join(", ");
}

/** newIdempotencyKey is random, and new for each command. */
export const newIdempotencyKey = async (random: Source = randomBytes): Promise<string> => hex(await random(16));

/** codeKey derives the key of a one-time code that an officer gave; undefined if the code was not typed as it was given. */
export function codeKey(genesis: Uint8Array, member: string, code: string): Key | undefined {
  const looks: Record<string, string> = { "0": "o", "1": "l", "8": "b" };
  const symbols = Array.from(code.toLowerCase().replace(/[\s-]/g, ""), (c) => alphabet32.indexOf(looks[c] || c));
  if (symbols.length !== 16 || symbols.some((s) => s < 0)) return undefined;
  const timesX = (s: number): number => (s << 1) & 32 ? (s << 1) ^ 37 : s << 1;
  const sum = symbols.slice(0, 15).reduceRight((all, s) => timesX(all) ^ s, 0);
  if (timesX(sum) !== symbols[15]) return undefined;
  return keyOf(hkdf32(Uint8Array.from(symbols.slice(0, 15)), genesis, "renlin/code/1\n" + member));
}
