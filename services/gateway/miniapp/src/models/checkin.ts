// The daily word that somebody is well: between which times it is waited for, as people write them.
import type { components } from "@renlin/client";

export type CheckIn = components["schemas"]["aid.alert.CheckIn"];

/** minutesAt reads a time of the day: 8:00, 20：30, 2030; undefined if it is none. */
export function minutesAt(text: string): number | undefined {
  const found = /^(\d{1,2})[:：]?(\d{2})$/.exec(text.trim());
  if (!found) return undefined;
  const h = Number(found[1]), m = Number(found[2]);
  return h < 24 && m < 60 ? h * 60 + m : undefined;
}

/** clockOf writes minutes after midnight: 08:00. */
export const clockOf = (minutes: number): string => {
  const two = (n: number): string => (n < 10 ? `0${n}` : String(n));
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
};
