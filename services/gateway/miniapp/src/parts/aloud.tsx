// What is said aloud. A screen reader says what changes in a place that it knows already; a place that comes together with its words may
// be passed over. So there are two of them around every screen: one that waits its turn, for how something went, and one that does not,
// for what went wrong. WeChat's own reader has no such places; there the words are found where they stand.
import { useEffect, useRef, useState, type RefObject } from "react";
import { inBrowser } from "@/core/platform";

export type Kind = "plain" | "good" | "bad";

type Hearing = (kind: Kind, words: string) => void;

const hearers = new Set<Hearing>();

/** useTold has the words of a part said when they come, and again when they change. */
export function useTold(part: RefObject<HTMLElement>, kind: Kind): void {
  const last = useRef("");
  useEffect(() => {
    const words = (part.current && part.current.textContent) || "";
    if (words !== last.current) for (const hear of Array.from(hearers)) hear(kind, words);
    last.current = words;
  });
}

/** Aloud is where it is said. What comes at one time is said together; the same words again are a new child of the place, and said again. */
export function Aloud() {
  const [said, say] = useState({ well: [] as string[], ill: [] as string[], turn: 0 });
  useEffect(() => {
    let coming: { kind: Kind; words: string }[] = [];
    const hear: Hearing = (kind, words) => {
      if (coming.push({ kind, words }) > 1) return;
      setTimeout(() => {
        const of = (bad: boolean) => coming.filter((c) => (c.kind === "bad") === bad).map((c) => c.words);
        const [well, ill] = [of(false), of(true)];
        coming = [];
        say((s) => ({ well, ill, turn: s.turn + 1 }));
      }, 0);
    };
    hearers.add(hear);
    return () => void hearers.delete(hear);
  }, []);
  if (!inBrowser) return null;
  return (
    <div className="unseen">
      <div role="status" aria-live="polite"><p key={said.turn}>{said.well.join(" ")}</p></div>
      <div role="alert" aria-live="assertive"><p key={said.turn}>{said.ill.join(" ")}</p></div>
    </div>
  );
}
