// What the check of a receipt says, in words. It needs no network.
import { Broken, check, type Home } from "@renlin/client";
import Taro from "@tarojs/taro";
import { useState } from "react";
import { address, inBrowser } from "@/core/platform";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { linkOf } from "@/models/receipts";
import { Button, Notice } from "./basics";
import { Code } from "./code";

export interface Found {
  /** The step that failed, if one did. */
  step?: string;
  index?: number;
}

export function verify(receipt: string, home: Home): Found {
  try {
    return { index: check(receipt, home).index };
  } catch (error) {
    if (error instanceof Broken) return { step: error.step };
    throw error;
  }
}

export function Verdict({ found }: { found: Found }) {
  const say = useWords();
  if (found.step !== undefined) return <Notice kind="bad">{say("receipts.broken", { step: say(`step.${found.step}` as Word) })}</Notice>;
  return <Notice kind="good">{say("receipts.holds", { n: (found.index || 0) + 1 })}</Notice>;
}

/** Passing gives a receipt to another device: as text, as a link to the public page that checks it, and as a code with that link. */
export function Passing({ receipt, home }: { receipt: string; home: Home }) {
  const say = useWords();
  const [copied, set] = useState(false);
  const [shown, show] = useState(false);
  const link = linkOf(inBrowser ? window.location.origin : address, home.id, receipt);
  const copy = async (): Promise<void> => {
    await Taro.setClipboardData({ data: receipt });
    set(true);
  };
  return (
    <>
      <Button kind="plain" chosen={shown} onPress={() => show(!shown)}>{say("receipts.code")}</Button>
      <Button kind="plain" onPress={copy}>{copied ? say("receipts.copied") : say("receipts.copy")}</Button>
      {shown ? (
        <>
          <Code text={link} label={say("receipts.code_label")} />
          <p className="quiet">{say("receipts.code_what")}</p>
          {inBrowser ? <p><a className="link" href={link} target="_blank" rel="noopener noreferrer">{say("receipts.page")}</a></p> : null}
        </>
      ) : null}
    </>
  );
}
