// What lies in stocks, what organisations have room for, and what is on its way.
import { ascending, idOf, type Kept } from "./record";

export interface Stock {
  org: string;
  category: string;
  unit: string;
  on_hand: number;
  reserved: number;
  counted_at?: number;
  reservations?: { order?: string; assignment?: string; quantity: number }[];
}

/** Thing is what a quantity is of. */
export interface Thing {
  category: string;
  unit: string;
}

export interface Room extends Thing {
  quantity: number;
}

export interface Capacity {
  rooms: Room[] | null;
  taken?: { arrival: string; room: Room }[];
}

export interface Arrival {
  load: Room;
  due: number;
  org: string;
  receiver?: string;
  received?: boolean;
  came: number;
  missing: number;
  alarms?: number[];
}

/** Alarms of arrivals, by their numbers in the contract (renlin.aid.v1.ArrivalAlarm). */
export const nobody = 1;
export const noRoom = 2;

/** Hand is for which organisations somebody works: as an officer, as a worker, and whether the one as an officer is the government's. */
export interface Hand {
  officer: string;
  worker: string;
  government: boolean;
}

/** free is what of a stock is promised to nobody. */
export const free = (s: Stock): number => s.on_hand - s.reserved;

/** short are the stocks of which nothing is free: what somebody asks for next is not there. */
export const short = (all: Kept<Stock>[]): Kept<Stock>[] => all.filter((s) => free(s.state) <= 0);

/** moves tells whether somebody may record what happens to a stock. */
export const moves = (s: Stock, me: Hand): boolean => s.org === me.officer || s.org === me.worker;

/** stocksOf puts what somebody looks after first, and of that what is short. */
export const stocksOf = (all: Kept<Stock>[], me: Hand = { officer: "", worker: "", government: false }): Kept<Stock>[] =>
  [...all].sort(
    ascending(
      (s) => (moves(s.state, me) ? 0 : 1),
      (s) => (free(s.state) <= 0 ? 0 : 1),
      (s) => s.state.category,
      (s) => s.path,
    ),
  );

const same = (a: Thing, b: Thing) => a.category === b.category && a.unit === b.unit;

/** taken is how much of a room is promised to what is on its way. */
export const taken = (c: Capacity, of: Thing): number =>
  (c.taken ?? []).reduce((sum, t) => sum + (same(t.room, of) ? t.room.quantity : 0), 0);

/** left is how much room an organisation has for a thing beside what is promised; 0 for whoever has said nothing. */
export const left = (c: Capacity | undefined, of: Thing): number =>
  c ? (c.rooms ?? []).reduce((sum, r) => sum + (same(r, of) ? r.quantity : 0), 0) - taken(c, of) : 0;

/** What somebody has to do about an arrival: take it in, or find who does; "" for nothing. */
export type Duty = "receive" | "name" | "";

/** dutyOf says what an arrival waits for of somebody: whoever takes it in has the room, or nobody has. */
export function dutyOf(a: Arrival, me: Hand, roomless: boolean): Duty {
  if (a.received) return "";
  const names = me.officer !== "" && (me.officer === a.org || me.officer === a.receiver || me.government);
  if (names && (!a.receiver || roomless)) return "name";
  return a.receiver && (a.receiver === me.officer || a.receiver === me.worker) ? "receive" : "";
}

/** mayName tells whether somebody may name another organisation for an arrival. */
export const mayName = (a: Arrival, me: Hand): boolean =>
  !a.received && me.officer !== "" && (me.officer === a.org || me.officer === a.receiver || me.government);

/** takesIn gives the organisations that have said that they have the room for an arrival, that with most of it left first. */
export const takesIn = (a: Arrival, capacities: Kept<Capacity>[]): { org: string; left: number }[] =>
  capacities
    .map((c) => ({ org: idOf(c.path), left: left(c.state, a.load) }))
    .filter((c) => c.org !== a.receiver && c.left >= a.load.quantity)
    .sort(
      ascending(
        (c) => -c.left,
        (c) => c.org,
      ),
    );

/** unheld tells whether whoever was to take an arrival in has promised more than they have room for. */
export const unheld = (a: Arrival, capacities: Kept<Capacity>[]): boolean => {
  const mine = capacities.find((c) => idOf(c.path) === a.receiver)?.state;
  return !!a.receiver && left(mine, a.load) < 0;
};

/** arrivalsOf puts what waits for somebody first, then what is on its way, the next one first, then what has come, the newest first. */
export function arrivalsOf(all: Kept<Arrival>[], me: Hand, capacities: Kept<Capacity>[]): (Kept<Arrival> & { duty: Duty })[] {
  return all
    .map((a) => ({ ...a, duty: dutyOf(a.state, me, unheld(a.state, capacities)) }))
    .sort(
      ascending(
        (a) => (a.state.received ? 2 : a.duty ? 0 : 1),
        (a) => (a.state.received ? -a.state.due : a.state.due),
        (a) => a.path,
      ),
    );
}

/** alarmsOf are the alarms of an arrival that are not over: nobody's is over once somebody takes it in, and no room's while they have it. */
export const alarmsOf = (a: Arrival, roomless: boolean): number[] =>
  [...new Set(a.alarms ?? [])].filter((alarm) => (alarm !== nobody || !a.receiver) && (alarm !== noRoom || !a.receiver || roomless));
