// Reading, for parts of the screen: what the edge answers, kept up to date while it is shown. An answer that has not changed is not sent
// twice (ETag), and one that is slower than the screen's pulse is waited for: what is asked meanwhile is asked once it is there.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ask, Refusal, sessions, type Answered } from "./connection";
import { ticks } from "./live";
import { useStore } from "./store";

export interface Asked<T> {
  /** What was answered; undefined until then, and kept while a newer answer is on its way. */
  value?: T;
  refusal?: Refusal;
  again(): void;
}

const going = new Map<string, Promise<Answered<unknown>>>();

/** shared asks once for all parts of the screen that ask the same between two ticks: the rows of a list all want the organisations' names. */
function shared<T>(community: string, address: string, tag: string): Promise<Answered<T>> {
  const name = JSON.stringify([community, sessions.value.get(community)?.token, address, tag, ticks.value]);
  let answer = going.get(name) as Promise<Answered<T>> | undefined;
  if (!answer) {
    const over = () => void going.delete(name);
    going.set(name, (answer = ask<T>(community, address, tag)));
    answer.then(over, over);
  }
  return answer;
}

/** useAsk reads an address below the community's, such as "inbox"; none while it is empty. */
export function useAsk<T>(community: string, address: string): Asked<T> {
  const [shown, show] = useState<{ of: string; value?: T; refusal?: Refusal }>({ of: "" });
  const [asked, setAsked] = useState(0);
  const tick = useStore(ticks);
  const held = useRef({ of: "", tag: "", turn: 0, reading: "", more: false });
  const of = community + " " + address;
  useEffect(() => {
    const h = held.current;
    if (!address) return;
    h.more = h.reading === of;
    if (h.more) return;
    const turn = ++h.turn;
    h.reading = of;
    const over = (tag: string) => {
      if (turn !== h.turn) return false; // another address, or no longer shown
      Object.assign(h, { of, tag, reading: "" });
      if (h.more) setAsked((n) => n + 1);
      return true;
    };
    shared<T>(community, address, h.of === of ? h.tag : "").then(
      (a) => over(a.tag) && !a.same && show({ of, value: a.value }),
      (e: unknown) => over("") && show((s) => ({ of, value: s.of === of ? s.value : undefined, refusal: Refusal.of(e) })),
    );
  }, [community, address, tick, asked]);
  useEffect(() => () => void held.current.turn++, []);
  const again = useCallback(() => setAsked((n) => n + 1), []);
  return shown.of === of ? { value: shown.value, refusal: shown.refusal, again } : { again };
}

/** Kept is one record as the record's services keep it. In its state numbers of 64 bits and enums are numbers. */
export interface Kept<T> {
  path: string;
  version: number;
  state: T;
}

export interface PageOf<T> {
  records: Kept<T>[] | null;
  next?: string;
  position: number;
}

/** useRecord reads one record, such as "topic/ID". */
export function useRecord<T>(community: string, path: string): Asked<Kept<T>> {
  const a = useAsk<PageOf<T>>(community, path && `records/${path}`);
  return { ...a, value: a.value?.records?.[0] };
}

export interface Listed<T> extends Asked<Kept<T>[]> {
  /** Turns to the next page; undefined on the last one. */
  forward?(): void;
  back?(): void;
}

/** useRecords reads a collection, such as "topic" or "deliberation/ID/statement", a page at a time. */
export function useRecords<T>(community: string, collection: string, limit = 200): Listed<T> {
  const [marks, turn] = useState<{ of: string; all: string[] }>({ of: collection, all: [] });
  const all = marks.of === collection ? marks.all : [];
  const after = all.length ? "&after=" + encodeURIComponent(all[all.length - 1]) : "";
  const a = useAsk<PageOf<T>>(community, collection && `records/${collection}?limit=${limit}${after}`);
  const next = a.value?.next;
  return {
    ...a,
    value: a.value && (a.value.records ?? []),
    forward: next ? () => turn({ of: collection, all: [...all, next] }) : undefined,
    back: all.length ? () => turn({ of: collection, all: all.slice(0, -1) }) : undefined,
  };
}

/** idOf is the last part of a record's path. */
export function idOf(k: Kept<unknown>): string {
  return k.path.slice(k.path.lastIndexOf("/") + 1);
}
