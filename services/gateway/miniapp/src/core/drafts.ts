// What has been typed is kept until it is sent, also if the app is closed or one goes back by mistake. It lies on this device as typed, and goes when it
// is sent or whoever typed it leaves.
import { useEffect, useRef, useState } from "react";
import { readJSON } from "@renlin/client";
import { store } from "./platform";

const names = "drafts";

async function keep(name: string, text: string): Promise<void> {
  if (text === "") return store.remove(name);
  const known = (await readJSON<string[]>(store, names)) || [];
  if (!known.includes(name)) await store.set(names, JSON.stringify([...known, name])); // first, so that it is found
  await store.set(name, text);
}

/** useDraft keeps a text under a name, such as "draft/topic": what it is, how it changes, and how it ends. */
export function useDraft(name: string, first = ""): [string, (typed: string) => void, () => void] {
  const [text, set] = useState(first);
  const typed = useRef(false);
  useEffect(() => void store.get(name).then((kept) => kept && !typed.current && set(kept)), [name]);
  const type = (to: string): void => {
    typed.current = true;
    set(to);
    void keep(name, to);
  };
  const clear = (): void => {
    set(first);
    void keep(name, "");
  };
  return [text, type, clear];
}

/** useDraftOf keeps a form of more than one field. */
export function useDraftOf<T extends object>(name: string, first: T): [T, (changed: T) => void, () => void] {
  const [text, type, clear] = useDraft(name, JSON.stringify(first));
  return [{ ...first, ...(JSON.parse(text) as Partial<T>) }, (changed) => type(JSON.stringify(changed)), clear];
}

export async function forgetDrafts(): Promise<void> {
  for (const name of (await readJSON<string[]>(store, names)) || []) await store.remove(name);
  await store.remove(names);
}
