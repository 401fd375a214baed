// Records as the edge answers them, and what every screen asks of them.
import type { Kept } from "../asking";

export type { Kept };

/** idOf gives the last part of a record's path. */
export function idOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** byId makes records findable. */
export function byId<T>(records: Kept<T>[]): Map<string, T> {
  return new Map(records.map((r) => [idOf(r.path), r.state]));
}

/** brief is so much of an id as people tell apart on one screen. */
export function brief(id: string): string {
  return id.length > 8 ? id.slice(0, 8) : id;
}

/** sum adds what an amount of each is. */
export function sum<T>(all: Iterable<T>, amount: (one: T) => number): number {
  let total = 0;
  for (const one of all) total += amount(one);
  return total;
}

/** ascending compares by keys, the first that differs. */
export function ascending<T>(...keys: ((one: T) => number | string)[]): (a: T, b: T) => number {
  return (a, b) => {
    for (const key of keys) {
      const [x, y] = [key(a), key(b)];
      if (x < y) return -1;
      if (x > y) return 1;
    }
    return 0;
  };
}
