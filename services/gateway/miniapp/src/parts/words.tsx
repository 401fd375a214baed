import type { Device } from "@renlin/client";
import { useLoad } from "@/core/load";
import { useWords } from "@/core/settings";
import { words, type Sealed } from "@/core/texts";
import { Notice, Show } from "./basics";

/** Words shows what somebody said, once the vault has opened it; or that it does not hold, or is gone. */
export function Words({ text, subject, namedBy, purpose }: { text: Sealed; subject: string; namedBy: string; purpose?: string }) {
  const say = useWords();
  const loaded = useLoad(async (device: Device) => ({ said: await words(device, text, subject, namedBy, purpose) }), [text.ref]);
  return (
    <Show of={loaded}>
      {({ said }) => (said === undefined ? <Notice kind="bad">{say("words.broken")}</Notice> : <p className="words">{said}</p>)}
    </Show>
  );
}
