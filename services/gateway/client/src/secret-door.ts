// The door to secret ballots, which every platform can read: it says in words if the platform cannot make them, before anything is loaded that
// would only break there.
import { Refusal } from "./secret/refusal";

declare const BigInt: unknown;

/** Tells whether secret ballots can be made here; if not, what to say to the voter: the web app, the kiosk or paper. */
export function secretBallotsHere(): Refusal | undefined {
  return typeof BigInt === "function" ? undefined : new Refusal("platform.no_bigint");
}

/** Loads what is behind the door: give it () => import("@renlin/client/secret"). */
export async function secretBallots<T>(load: () => Promise<T>): Promise<T> {
  const why = secretBallotsHere();
  if (why) throw why;
  return load();
}

export { Refusal, type Words } from "./secret/refusal";
