// Words that the vault has sealed. Each reading is on the record, so what was read is kept for as long as the app is open, and no longer: so that an erasure
// is one.
import type { Device } from "@renlin/client";
import { forgetPictures } from "./pictures";

export interface Sealed {
  ref: string;
  /** What it is held against; the state of a need has none. */
  commitment?: string;
}

const read = new Map<string, Promise<string | undefined>>();

/** words reads what was said in a topic or a statement, or for another purpose; undefined if it does not hold against the record. */
export function words(device: Device, text: Sealed, subject: string, namedBy: string, purpose = "PURPOSE_DELIBERATION"): Promise<string | undefined> {
  const before = read.get(text.ref);
  if (before) return before;
  const going = device.readText({ ref: text.ref, subject, namedBy, purpose, commitment: text.commitment });
  read.set(text.ref, going);
  going.catch(() => read.delete(text.ref));
  return going;
}

/** forgetTexts is for sign-out and erasure. */
export function forgetTexts(): void {
  read.clear();
  forgetPictures();
}
