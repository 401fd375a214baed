// Secret polls as a voter sees them: how far they are, and what they are shown of a ballot.
import type { Poll } from "./polls";

/** SecretStage of a secret poll, in the order in which it goes through them. */
export type SecretStage = "key" | "registering" | "listing" | "contesting" | "open" | "closed" | "lapsed";

export function secretStageOf(p: Poll): SecretStage {
  if (p.lapsed) return "lapsed";
  if (p.closed || p.tally || p.certified) return "closed";
  if (p.opened_at) return "open";
  if (!p.secret) return "key";
  if (!p.secret.ended) return "registering";
  return p.secret.root ? "contesting" : "listing";
}

/** secretly tells whether a poll's rules ask for ballots that nobody opens, also before its key is made. */
export const secretly = (p: Poll): boolean => {
  const rules = p.rules as { secrecy?: { secrecy?: number } } | null;
  return Boolean(p.secret) || ((rules && rules.secrecy && rules.secrecy.secrecy) || 0) > 1;
};

/** onPaper tells whether the rules know of paper, and so of the kiosk, for those whose device cannot. */
export const onPaper = (p: Poll): boolean => Boolean(p.rules && (p.rules as { paper?: unknown }).paper);

/** untilWhen is the end of what a voter can do at a stage. */
export function untilWhen(p: Poll): number | undefined {
  switch (secretStageOf(p)) {
    case "registering": return p.secret && p.secret.ends_at;
    case "contesting": return p.secret && p.secret.contested_until;
    case "open": return p.closes_at;
    default: return undefined;
  }
}

/** trackerOf writes a tracker as people copy it: groups of four, in lines of four groups. */
export const trackerOf = (bytes: Uint8Array): string =>
  (Array.from(bytes, (b) => (b < 16 ? "0" : "") + b.toString(16)).join("").match(/.{1,4}/g) || []).join(" ");

/** squareMetres writes an area of 0.01 m². */
export const squareMetres = (centi: number): string => (centi / 100).toFixed(2);
