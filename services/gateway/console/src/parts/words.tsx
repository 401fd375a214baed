// Words that are sealed in the vault. They are opened when the reader asks: that somebody read them stands on the record.
import { useState } from "preact/hooks";
import { read, Refusal, type Sealed } from "../connection";
import { useWords } from "../words";
import { Refused } from "./show";

interface SealedWordsProps {
  community: string;
  text: Sealed;
  /** Whose key seals them. */
  subject: string;
  /** The record that names them. */
  namedBy: string;
  /** Why they are read: a name of renlin.vault.v1.Purpose. */
  purpose: "PURPOSE_OWN" | "PURPOSE_DELIBERATION" | "PURPOSE_SERVICE" | "PURPOSE_AUDIT" | "PURPOSE_AID";
}

export function SealedWords({ community, text, subject, namedBy, purpose }: SealedWordsProps) {
  const say = useWords();
  const [shown, show] = useState<{ busy?: boolean; words?: string; refusal?: Refusal }>({});
  if (shown.words !== undefined) return <p class="words">{shown.words}</p>;
  const open = async () => {
    if (shown.busy) return;
    show({ busy: true });
    try {
      show({ words: await read(community, text, subject, namedBy, purpose) });
    } catch (e) {
      show({ refusal: Refusal.of(e) });
    }
  };
  return (
    <>
      <p>
        <button type="button" class="plain" aria-disabled={shown.busy} onClick={open}>
          {say(shown.busy ? "wait" : "words.open")}
        </button>
      </p>
      <Refused why={shown.refusal} />
    </>
  );
}
