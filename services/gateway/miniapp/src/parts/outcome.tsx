// What became of a write, in words, for the screen that wrote it.
import { useState } from "react";
import { FullOfPictures, type Outcome } from "@renlin/client";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Notice } from "./basics";

interface Watching {
  outcome?: Outcome;
  broken?: "device" | "pictures";
  watch: (write: Promise<Outcome>) => Promise<Outcome | undefined>;
  clear: () => void;
}

/** useOutcome keeps the newest outcome of a screen, until clear; watch takes a write and answers what became of it. */
export function useOutcome(): Watching {
  const [state, set] = useState<{ outcome?: Outcome; broken?: "device" | "pictures" }>({});
  const watch = async (write: Promise<Outcome>): Promise<Outcome | undefined> => {
    set({});
    try {
      const outcome = await write;
      set({ outcome });
      return outcome;
    } catch (error) {
      set({ broken: error instanceof FullOfPictures ? "pictures" : "device" }); // the store is full, or the device has no source of chance: nothing was sent
      return undefined;
    }
  };
  return { ...state, watch, clear: () => set({}) };
}

export function OutcomeNotice({ outcome, broken, done }: { outcome?: Outcome; broken?: "device" | "pictures"; done: Word }) {
  const say = useWords();
  if (broken) return <Notice kind="bad">{say(broken === "pictures" ? "write.full_of_pictures" : "write.broken")}</Notice>;
  if (!outcome) return null;
  if (outcome.state === "done") return <Notice kind="good">{say(done)}</Notice>;
  if (outcome.state === "waiting") return <Notice>{say("write.waiting")}</Notice>;
  return <Notice kind="bad">{outcome.refused.message}</Notice>;
}
