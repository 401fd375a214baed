// How this person wants it: language, large or ordinary, whom they ring. Kept on this device only.
import { useEffect, useState } from "react";
import { readJSON } from "@renlin/client";
import { store } from "./platform";
import { say, type Language, type Word } from "./words";

export interface Settings {
  language: Language;
  /** 长辈版: larger, fewer things, bigger targets. */
  elder: boolean;
  /** Whom to ring for help, as the person or their helper has noted it here. */
  phone: string;
}

let now: Settings = { language: "zh", elder: false, phone: "" };
const listeners = new Set<(s: Settings) => void>();
const ready = readJSON<Partial<Settings>>(store, "settings").then((kept) => change(kept || {}, false));

/** settings gives what is set, once it has been read. */
export const settings = async (): Promise<Settings> => {
  await ready;
  return now;
};

export function change(some: Partial<Settings>, keep = true): void {
  now = { ...now, ...some };
  for (const tell of Array.from(listeners)) tell(now);
  if (keep) void store.set("settings", JSON.stringify(now));
}

/** useSettings gives what is set, also after it changes. */
export function useSettings(): Settings {
  const [state, set] = useState(now);
  useEffect(() => {
    listeners.add(set);
    set(now);
    return () => void listeners.delete(set);
  }, []);
  return state;
}

export type Say = (key: Word, values?: Record<string, string | number>) => string;

/** useWords gives the words of the language that is set. */
export function useWords(): Say {
  const { language } = useSettings();
  return (key, values) => say(language, key, values);
}
