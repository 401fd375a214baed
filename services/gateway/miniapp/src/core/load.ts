// Reading for a screen: what is there, why not, or since when it is what was read before.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useDidShow } from "@tarojs/taro";
import { Refused, Unreachable, type Device } from "@renlin/client";
import { useSession } from "./session";

export interface Loaded<T> {
  value?: T;
  /** Sentence of a refusal. */
  refused?: string;
  /** There is no network, and nothing was kept; value is what this screen has, if anything. */
  away?: boolean;
  loading: boolean;
  again: () => void;
}

/**
 * useLoad reads when the screen opens, when it is shown again, when a write was settled, and when again is called. The same keys, the same
 * reading: one that is under way is waited for, and what was read stays while the network or the gateway pauses, with what is typed below it.
 */
export function useLoad<T>(read: (device: Device) => Promise<T>, keys: unknown[] = []): Loaded<T> {
  const device = useSession();
  const [state, set] = useState<Omit<Loaded<T>, "again"> & { of?: object }>({ loading: true });
  const [turn, next] = useState(0);
  const underway = useRef({ reading: false, more: false });
  const of = useMemo(() => ({}), [device, ...keys]);
  const again = useCallback(() => {
    if (underway.current.reading) underway.current.more = true;
    else next((n) => n + 1);
  }, []);
  useEffect(() => {
    let gone = false;
    if (!device) return undefined;
    underway.current = { reading: true, more: false };
    const over = (what: (value?: T) => Omit<Loaded<T>, "again" | "loading">): void => {
      if (gone) return;
      set((s) => ({ ...what(s.of === of ? s.value : undefined), of, loading: false }));
      underway.current.reading = false;
      if (underway.current.more) again();
    };
    read(device).then(
      (value) => over(() => ({ value })),
      (error: unknown) => {
        const away = error instanceof Unreachable;
        const kept = away || (error instanceof Refused && error.temporary);
        over((value) => ({ value: kept ? value : undefined, refused: error instanceof Refused ? error.message : undefined, away }));
        if (!away && !(error instanceof Refused)) throw error;
      },
    );
    return () => {
      gone = true;
      underway.current.reading = false;
    };
  }, [device, turn, of]);
  const shown = useRef(false);
  useEffect(() => (device ? device.outbox.watch(again) : undefined), [device, again]);
  useDidShow(() => {
    if (shown.current) again();
    shown.current = true;
  });
  return { ...state, again };
}
