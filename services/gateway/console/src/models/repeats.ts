// What is done again and again: when somebody is expected next, and what would come of a plan before it is signed.
import { ascending } from "./record";

/** Repeat is an order that is carried out in rounds, as gateway.aid_board shows it. Times are milliseconds since 1970. */
export interface Repeat {
  order: string;
  next: number;
  every_seconds: number;
  quantity: number;
  left: number;
  kept: number;
  missed: number;
  /** How many were missed since the last that was kept. */
  in_row?: number;
  paused_until?: number;
}

/** repeatsOf gives those of all cases, that first at which nobody came, then that at which somebody is expected first. */
export function repeatsOf<C extends { case: string; repeats?: Repeat[] }>(cases: C[]): { of: C; repeat: Repeat }[] {
  return cases
    .flatMap((of) => (of.repeats ?? []).map((repeat) => ({ of, repeat })))
    .sort(
      ascending(
        (r) => -(r.repeat.in_row ?? 0),
        (r) => r.repeat.next,
        (r) => r.repeat.order,
      ),
    );
}

export interface Plan {
  first: number;
  everySeconds: number;
  graceSeconds: number;
  quantity: number;
}

/** Why the rules would refuse a plan; "" where nothing on the screen speaks against it. */
export type Unplanned = "quantity" | "first" | "grace" | "many" | "long" | "";

const monthSeconds = 31 * 24 * 3600; // how far apart two rounds may be, and how far ahead the first (services/aid/internal/casework/rounds.go)
const graceMin = 300;
const roundsMax = 400;

export interface Foreseen {
  rounds: number;
  last: number;
  refused: Unplanned;
}

/** foresee says how many rounds a plan has, when the last one is, and why the rules would refuse it. left is what the order still has to
 * bring, and due when it ends, where that is known. */
export function foresee(p: Plan, left: number, due: number | undefined, now: number): Foreseen {
  const rounds = p.quantity > 0 ? Math.ceil(left / p.quantity) : 0;
  const last = p.first + (rounds - 1) * p.everySeconds * 1000;
  const refused =
    rounds < 1
      ? "quantity"
      : !(p.first > now && p.first <= now + monthSeconds * 1000)
        ? "first"
        : p.graceSeconds < graceMin || p.graceSeconds > p.everySeconds
          ? "grace"
          : rounds > roundsMax
            ? "many"
            : due !== undefined && last > due
              ? "long"
              : "";
  return { rounds, last, refused };
}

const offset = "+08:00"; // Beijing, which has no summer time

/** momentOf reads what a field for day and time holds, as Beijing time whatever the machine says. */
export const momentOf = (typed: string): number => Date.parse(`${typed}:00${offset}`);

/** typedOf is what such a field holds for a moment. */
export const typedOf = (at: number): string => new Date(at + 8 * 3600_000).toISOString().slice(0, 16);
