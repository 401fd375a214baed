// A value that many parts of the screen look at. Whoever changes it tells all of them.
import { useEffect, useState } from "preact/hooks";

export class Store<T> {
  private listeners = new Set<() => void>();
  constructor(public value: T) {}

  set(value: T): void {
    this.value = value;
    for (const tell of [...this.listeners]) tell();
  }

  listen(tell: () => void): () => void {
    this.listeners.add(tell);
    return () => void this.listeners.delete(tell);
  }
}

/** useStore draws a part anew whenever the value changes. */
export function useStore<T>(store: Store<T>): T {
  const [, draw] = useState(0);
  useEffect(() => store.listen(() => draw((n) => n + 1)), [store]);
  return store.value;
}
