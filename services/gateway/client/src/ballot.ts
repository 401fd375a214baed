// Seals a choice in an open poll (docs/format.md section 11): nobody, not even the voter, can open the box before the poll's key is
// published after the close. The poll's own rules say what a choice may be.
import nacl from "tweetnacl";
import { ascii, join } from "./bytes";
import { randomBytes, type Source } from "./random";

/** Choice: indexes of the question's options (of yes or no: 0 yes, 1 no, 2 abstain), and points where the form asks for points. */
export interface Choice {
  options: number[];
  points?: number[];
}

const idBytes = 26;
const choiceBytesMin = 128;
const boxBytesMax = 8192;

/** sealBallot makes a voter's box to the poll's key. */
export async function sealBallot(
  pollKey: Uint8Array, poll: string, voter: string, choice: Choice, random: Source = randomBytes,
): Promise<Uint8Array> {
  if (pollKey.length !== 32 || poll.length !== idBytes || voter.length !== idBytes) throw new RangeError("a key or an id has the wrong length");
  const once = nacl.box.keyPair.fromSecretKey(await random(32));
  const nonce = await random(24);
  const plain = join(ascii(poll + voter), encodeChoice(choice));
  const out = join(once.publicKey, nonce, nacl.box(plain, nonce, pollKey, once.secretKey));
  if (out.length > boxBytesMax) throw new RangeError("the choice is too long");
  return out;
}

/** encodeChoice is protobuf (renlin.voting.v1.Choice), filled up so that its length does not tell what is in it. */
export function encodeChoice(choice: Choice): Uint8Array {
  let b = join(packed(1, choice.options), packed(2, choice.points || []));
  let size = choiceBytesMin;
  while (size < b.length || size === b.length + 1) size *= 2; // a padding takes two bytes at least
  for (let gap = size - b.length; gap > 0; gap = size - b.length) {
    let n = Math.min(gap, 2 + 127);
    if (gap - n === 1) n--;
    b = join(b, Uint8Array.of((3 << 3) | 2, n - 2), new Uint8Array(n - 2));
  }
  return b;
}

function packed(field: number, numbers: number[]): Uint8Array {
  if (numbers.length === 0) return new Uint8Array(0);
  const body = join(...numbers.map(varint));
  return join(Uint8Array.of((field << 3) | 2), varint(body.length), body);
}

function varint(n: number): Uint8Array {
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError("a choice is numbers from 0 on");
  const out: number[] = [];
  for (; n > 127; n = Math.floor(n / 128)) out.push((n % 128) | 128);
  return Uint8Array.from([...out, n]);
}
