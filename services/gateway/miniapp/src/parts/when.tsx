import { gateway } from "@/core/session";
import { useSettings, useWords } from "@/core/settings";
import { left, when } from "@/models/time";

/** When writes a time. */
export function When({ at }: { at: number }) {
  const { language } = useSettings();
  return <span className="when">{when(at, gateway.now(), language)}</span>;
}

/** Until says until when something lasts, and how much time is left. */
export function Until({ at }: { at: number }) {
  const say = useWords();
  const { unit, n } = left(at, gateway.now());
  return <span><When at={at} />{say("until")} · {say(`left.${unit}`, { n })}</span>;
}
