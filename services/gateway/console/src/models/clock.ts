// How long something still has. The words are the screen's; here are only the numbers, and how near it is.
export type Nearness = "none" | "calm" | "soon" | "late";

export interface Remaining {
  nearness: Nearness;
  days: number;
  hours: number;
  minutes: number;
}

const minute = 60_000;
const soonMillis = 2 * 60 * minute;

/** remaining says how long there is until a time, or since when it is over. */
export function remaining(due: number, now: number): Remaining {
  if (due === 0) return { nearness: "none", days: 0, hours: 0, minutes: 0 };
  const minutes = Math.floor(Math.abs(due - now) / minute);
  const nearness = due <= now ? "late" : due - now <= soonMillis ? "soon" : "calm";
  return { nearness, days: Math.floor(minutes / 1440), hours: Math.floor((minutes % 1440) / 60), minutes: minutes % 60 };
}
