// What is said aloud. A screen reader says what changes in a place that it knows already; a place that comes together with its words may
// be passed over. So there are two of them, on every screen and from the beginning: one that waits its turn, for what has been done, and
// one that does not, for what was refused.
import { useEffect } from "preact/hooks";
import { Store, useStore } from "../store";

interface Told {
  words: string;
  /** Counts what was told: the same words again are a new child of the place, and so are said again. */
  turn: number;
}

const done = new Store<Told>({ words: "", turn: 0 });
const refused = new Store<Told>({ words: "", turn: 0 });

const next = (place: Store<Told>, words: string) => place.set({ words, turn: place.value.turn + 1 });

/** tell has a screen reader say what has been done. */
export const tell = (words: string): void => next(done, words);

/** useTold has it say why something was not done, once for each time that the words come. */
export function useTold(words: string | undefined): void {
  useEffect(() => {
    if (words) next(refused, words);
  }, [words]);
}

/** Aloud is where it is said. */
export function Aloud() {
  const [well, ill] = [useStore(done), useStore(refused)];
  return (
    <div class="unseen">
      <div role="status" aria-live="polite">
        <p key={well.turn}>{well.words}</p>
      </div>
      <div role="alert" aria-live="assertive">
        <p key={ill.turn}>{ill.words}</p>
      </div>
    </div>
  );
}
