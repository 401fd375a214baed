// Credits and the open books: amounts as people write them.
import type { components } from "@renlin/client";

type S = components["schemas"];
export type Books = S["gateway.openBooks"];
export type Entry = S["gateway.ownEntry"];

/** yuan writes fen: 1,234.50. */
export function yuan(fen: number): string {
  const sign = fen < 0 ? "-" : "";
  const n = Math.abs(Math.trunc(fen));
  const whole = String(Math.floor(n / 100)).replace(/\B(?=(\d{3})+$)/g, ",");
  const cents = n % 100;
  return `${sign}${whole}.${cents < 10 ? "0" : ""}${cents}`;
}

export const creditsIn = (entries: Entry[]): Entry[] => entries.filter((e) => e.currency === "credit");

/** balanceOf adds up entries of credits: what came less what went. */
export const balanceOf = (entries: Entry[]): number => creditsIn(entries).reduce((sum, e) => sum + e.amount, 0);

export interface Holdings {
  name: "assets" | "resources";
  registered: number;
  leased: number;
  broken: number;
  disposed: number;
  incomeFen: number;
}

export const holdingsOf = (b: Books): Holdings[] =>
  (["assets", "resources"] as const).map((name) => {
    const { registered, leased, broken, disposed, income_fen } = b[name];
    return { name, registered, leased, broken, disposed, incomeFen: income_fen };
  });

/** minutesOf reads how long somebody worked; at most a day at once. */
export function minutesOf(text: string): number | undefined {
  const t = text.trim();
  return /^[0-9]{1,4}$/.test(t) && Number(t) >= 1 && Number(t) <= 1440 ? Number(t) : undefined;
}

export type Work = S["gateway.ownWork"];

/** standOf is where reported work stands, for whoever did it. */
export function standOf(w: Work, now: number): "waits" | "late" | "confirmed" | "bounded" | "declined" {
  if (w.state === "declined") return "declined";
  if (w.state === "confirmed") return w.minted < w.minutes ? "bounded" : "confirmed";
  return w.confirm_by > now ? "waits" : "late";
}
