import type { Device } from "@renlin/client";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Row } from "./basics";
import { OutcomeNotice, useOutcome } from "./outcome";
import { undoOf } from "@/models/mandates";

/** Undo is what a principal can do about one thing that was done for them: take it back here, or give a word of their own where that counts. */
export function Undo({ device, path, against, again }: { device: Device; path: string; against?: string; again: () => void }) {
  const say = useWords();
  const result = useOutcome();
  const undo = undoOf(path, against);
  if (!undo) return null;
  if (undo.to) return <div className="rows"><Row to={undo.to} params={undo.params} title={say(`undo.${undo.how}` as Word)} /></div>;
  const take = async (): Promise<void> => {
    await result.watch(device.write(undo.operation, undo.params, undo.params as never, { about: path, once: `undo ${path}`, waitHours: 24 }));
    again();
  };
  return (
    <>
      <Button kind="plain" id={`undo-${undo.id}`} onPress={take}>{say(`undo.${undo.how}` as Word)}</Button>
      <OutcomeNotice {...result} done="undo.done" />
    </>
  );
}
