// A time that runs out, in words: how long there still is, or since when it is over. What is late says so, and not by its colour alone.
import { useEffect, useState } from "preact/hooks";
import type { Remaining } from "../models/clock";
import { say, useWords } from "../words";
import { Time } from "./show";

/** inWords says how long something is. */
export function inWords(r: { days: number; hours: number; minutes: number }): string {
  if (r.days > 0) return say("span.days", { days: r.days, hours: r.hours });
  if (r.hours > 0) return say("span.hours", { hours: r.hours, minutes: r.minutes });
  return say("span.minutes", { minutes: r.minutes });
}

export function Due({ left, at }: { left: Remaining; at?: number }) {
  const say = useWords();
  if (left.nearness === "none") return <span class="quiet">–</span>;
  const span = inWords(left);
  return (
    <span class={`due ${left.nearness}`}>
      {left.nearness === "late" ? say("due.late", { span }) : say("due.left", { span })}
      {at ? (
        <span class="quiet">
          {" "}
          · <Time ms={at} />
        </span>
      ) : null}
    </span>
  );
}

/** useNow is the time, a minute or so exact: what is drawn with it goes on by itself. */
export function useNow(): number {
  const [now, set] = useState(Date.now());
  useEffect(() => {
    const every = setInterval(() => set(Date.now()), 20_000);
    return () => clearInterval(every);
  }, []);
  return now;
}

/** useEvery does something again and again while somebody looks. */
export function useEvery(millis: number, work: () => void): void {
  useEffect(() => {
    const every = setInterval(() => !document.hidden && work(), millis);
    return () => clearInterval(every);
  }, [millis, work]);
}
