// Random bytes for a ballot, fetched before anything is computed: a platform may give them only by and by.
import { join } from "../bytes";
import type { Source } from "../random";
import type { Random } from "./group";
import { insist } from "./refusal";
import type { Shape } from "./shape";

const atOnce = 16384; // browsers give no more than 65,536 bytes at once

/** Fetches so many bytes and hands each of them out once. */
export async function fetched(source: Source, bytes: number): Promise<Random> {
  const parts: Uint8Array[] = [];
  for (let left = bytes; left > 0; left -= atOnce) parts.push(await source(Math.min(left, atOnce)));
  const all = join(...parts);
  insist(all.length === bytes, "platform.no_randomness");
  let at = 0;
  return (count) => {
    const out = all.slice(at, at + count);
    insist(out.length === count, "platform.no_randomness");
    all.fill(0, at, (at += count));
    return out;
  };
}

/** As many as a ballot of this shape takes: one scalar for each ciphertext and two for each branch, of 64 bytes each. */
export const pool = (source: Source, shape: Shape): Promise<Random> => fetched(source, 64 * (shape.ciphertexts + 2 * shape.branches));
