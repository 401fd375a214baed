// What changes, as it changes. One stream for the community that is on the screen, and only while somebody looks: browsers hold few
// connections to one address, and an officer has many tabs. Where the stream does not come, what is shown is asked for again every few
// seconds; the lists that no stream tells of (topics among them) are asked for again in any case. Asking for what one has costs a 304.
import { stream } from "./connection";
import { Store } from "./store";

export type Hearing = "live" | "asking" | "away";

/** hearing is how the screen is kept up to date. */
export const hearing = new Store<Hearing>("asking");

/** ticks counts the times at which something may have changed. */
export const ticks = new Store<number>(0);

const again = 3000; // ms
const together = 100; // ms in which events are taken together

let due = 0;
function tick(after: number): void {
  if (due) return;
  due = window.setTimeout(() => {
    due = 0;
    ticks.set(ticks.value + 1);
  }, after);
}

setInterval(() => !document.hidden && tick(0), again);

/** tellNow has everything on the screen asked for again: after a command of one's own. */
export function tellNow(): void {
  tick(0);
}

/** listen follows a community until the returned function is called. */
export function listen(community: string): () => void {
  let stop = new AbortController();
  let last = "";
  let ended = false;
  const run = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      try {
        await stream(community, last, signal, {
          open: () => hearing.set("live"),
          event: (id) => {
            last = id || last;
            tick(together);
          },
        });
      } catch {
        // the next try tells
      }
      if (signal.aborted) return;
      hearing.set(navigator.onLine ? "asking" : "away");
      await new Promise((go) => setTimeout(go, again));
    }
  };
  const look = () => {
    stop.abort();
    if (document.hidden || ended) return;
    stop = new AbortController();
    tick(0);
    void run(stop.signal);
  };
  document.addEventListener("visibilitychange", look);
  look();
  return () => {
    ended = true;
    stop.abort();
    document.removeEventListener("visibilitychange", look);
  };
}
