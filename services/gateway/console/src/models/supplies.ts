// What lies in stocks, what organisations have room for, and what is on its way.
import { ascending, type Kept } from "./record";

export interface Stock {
  org: string;
  category: string;
  unit: string;
  on_hand: number;
  reserved: number;
}

export interface Room {
  category: string;
  unit: string;
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

/** free is what of a stock is promised to nobody. */
export const free = (s: Stock): number => s.on_hand - s.reserved;

/** short are the stocks of which nothing is free: what somebody asks for next is not there. */
export const short = (all: Kept<Stock>[]): Kept<Stock>[] => all.filter((s) => free(s.state) <= 0);

/** stocksOf puts what is short first. */
export const stocksOf = (all: Kept<Stock>[]): Kept<Stock>[] =>
  [...all].sort(ascending((s) => (free(s.state) <= 0 ? 0 : 1), (s) => s.state.category, (s) => s.path));

/** arrivalsOf puts what is on its way before what has come, the next one first. */
export const arrivalsOf = (all: Kept<Arrival>[]): Kept<Arrival>[] =>
  [...all].sort(ascending((a) => (a.state.received ? 1 : 0), (a) => a.state.due, (a) => a.path));

/** taken is how much of a room is promised to what is on its way. */
export const taken = (c: Capacity, of: Room): number =>
  (c.taken ?? []).reduce((sum, t) => sum + (t.room.category === of.category && t.room.unit === of.unit ? t.room.quantity : 0), 0);
