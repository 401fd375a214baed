// Reading for a screen: what is there, why not, or since when it is what was read before.
import { useCallback, useEffect, useRef, useState } from "react";
import { useDidShow } from "@tarojs/taro";
import { Refused, Unreachable, type Device } from "@renlin/client";
import { useSession } from "./session";

export interface Loaded<T> {
  value?: T;
  /** Sentence of a refusal. */
  refused?: string;
  /** There is no network, and nothing was read before. */
  away?: boolean;
  loading: boolean;
  again: () => void;
}

/** useLoad reads when the screen opens, when it is shown again, and when again is called. The same keys, the same reading. */
export function useLoad<T>(read: (device: Device) => Promise<T>, keys: unknown[] = []): Loaded<T> {
  const device = useSession();
  const [state, set] = useState<Omit<Loaded<T>, "again">>({ loading: true });
  const [turn, next] = useState(0);
  useEffect(() => {
    let gone = false;
    if (!device) return undefined;
    read(device).then(
      (value) => !gone && set({ value, loading: false }),
      (error: unknown) => {
        if (gone) return;
        if (error instanceof Refused) set({ refused: error.message, loading: false });
        else if (error instanceof Unreachable) set({ away: true, loading: false });
        else throw error;
      },
    );
    return () => {
      gone = true;
    };
  }, [device, turn, ...keys]);
  const again = useCallback(() => next((n) => n + 1), []);
  const shown = useRef(false);
  useDidShow(() => {
    if (shown.current) again();
    shown.current = true;
  });
  return { ...state, again };
}
