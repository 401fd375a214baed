// What is done in the booth is not a write of the outbox: it has no name on it. What became of it is told here in the same words.
import { useState } from "react";
import { Refusal, Refused, Unreachable } from "@renlin/client";
import { useSettings, useWords } from "@/core/settings";
import { Notice } from "@/parts/basics";

/** useDoing runs a step and keeps why it did not come to its end. */
export function useDoing(): { why?: unknown; run: (step: () => Promise<unknown>) => Promise<void> } {
  const [why, set] = useState<unknown>();
  const run = async (step: () => Promise<unknown>): Promise<void> => {
    set(undefined);
    try {
      await step();
    } catch (error) {
      set(error);
    }
  };
  return { why, run };
}

/** Why says what stood in the way; away is what is said where there is no network. */
export function Why({ why }: { why: unknown }) {
  const say = useWords();
  const { language } = useSettings();
  if (why === undefined) return null;
  if (why instanceof Refusal) return <Notice kind={why.code === "record.behind" ? "plain" : "bad"}>{why.words[language]}</Notice>;
  if (why instanceof Refused) return <Notice kind="bad">{why.message}</Notice>;
  return <Notice kind="bad">{say(why instanceof Unreachable ? "net.away" : "write.broken")}</Notice>;
}

/** told answers what a reading found, or why what was told cannot be believed. */
export async function told<T>(read: () => Promise<T>): Promise<{ found?: T; refusal?: Refusal }> {
  try {
    return { found: await read() };
  } catch (error) {
    if (error instanceof Refusal) return { refusal: error };
    throw error;
  }
}
