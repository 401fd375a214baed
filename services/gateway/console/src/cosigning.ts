// Commands that officers of two organisations sign. The first signs in their browser, and the edge keeps what they signed until an officer of
// another organisation has signed the same bytes in theirs; that browser sends both. Until then nothing stands on the record.
import { fromBase64 } from "@renlin/client/bytes";
import { useAsk, type Asked } from "./asking";
import { asDevice, headersOf, once, remove, signatureOf, type Answer, type Made } from "./connection";
import type { ToldMatter } from "./told";

/** Cosigning is a command with its author's signature. */
export interface Cosigning {
  id: string;
  operation: string;
  /** Below the community's address. */
  path: string;
  /** The bytes that both sign. */
  body: string;
  idempotency_key: string;
  not_after: number;
  signature: string;
  member: string;
  since: number;
}

export const useCosignings = (community: string, officer: boolean): Asked<{ cosignings: Cosigning[] }> =>
  useAsk(community, officer ? "cosignings" : "");

const waits = 24 * 3600_000; // ms that there are for the second signature

/** signFirst signs a command and leaves it for a second officer. The answer is that of a command by which nothing has happened yet. */
export async function signFirst(community: string, operation: string, path: string, body: object, as = once(community)): Promise<Answer> {
  return asDevice(community, async (d, post) => {
    const made = { operation, body: JSON.stringify(body), key: as.key, notAfter: as.notAfter + waits };
    const headers = headersOf(made, await signatureOf(d.genesis, made, d.publicKey, d));
    await post(`cosignings?operation=${operation}&path=${encodeURIComponent(path)}`, headers, made.body);
    return { index: 0, position: 0, changed: [], receipt: "" };
  });
}

/** signSecond signs the same bytes and sends the command with both signatures. */
export async function signSecond(community: string, c: Cosigning): Promise<Answer> {
  const answer = await asDevice(community, async (d, post) => {
    const made: Made = { operation: c.operation, body: c.body, key: c.idempotency_key, notAfter: c.not_after };
    const author = fromBase64(c.signature.split(".")[0].replace(/-/g, "+").replace(/_/g, "/").padEnd(44, "="))!;
    const mine = await signatureOf(d.genesis, made, author, d);
    return JSON.parse(await post(c.path, headersOf(made, `${c.signature}, ${mine}`), made.body)) as Answer;
  });
  await endCosigning(community, c).catch(() => undefined); // it has been done: the list forgets it by its time
  return answer;
}

export const endCosigning = (community: string, c: Cosigning): Promise<void> => remove(community, `cosignings/${c.id}`);

/** tellRules has the edge tell a rulebook that is not in force. */
export const tellRules = (community: string, book: object): Promise<ToldMatter[]> =>
  asDevice(community, async (_, post) => {
    const text = await post("rules", { "Content-Type": "application/json" }, JSON.stringify(book));
    return (JSON.parse(text) as { matters: ToldMatter[] }).matters;
  });
