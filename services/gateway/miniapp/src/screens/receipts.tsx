import { useState } from "react";
import Taro from "@tarojs/taro";
import { Broken, check, type Kept } from "@renlin/client";
import { useLoad } from "@/core/load";
import { inBrowser } from "@/core/platform";
import { useWords } from "@/core/settings";
import type { Word } from "@/core/words";
import { Button, Card, Field, Notice, Show } from "@/parts/basics";
import { When } from "@/parts/when";
import type { Shown } from ".";

/** Receipts are the proofs that this device keeps, and a place to check any other. Checking needs no network. */
export function Receipts({ device }: Shown) {
  const say = useWords();
  const loaded = useLoad((d) => d.receipts());
  const [text, setText] = useState("");
  const [found, setFound] = useState<{ step?: string; index?: number }>();
  const verify = (receipt: string): { step?: string; index?: number } => {
    try {
      return { index: check(receipt, device.home).index };
    } catch (error) {
      if (error instanceof Broken) return { step: error.step };
      throw error;
    }
  };
  return (
    <>
      <p>{say("receipts.lead")}</p>
      <Show of={loaded}>
        {(kept) => (
          <>
            {kept.length === 0 ? <p className="quiet">{say("receipts.none")}</p> : null}
            {kept.slice(0, 50).map((k) => <Receipt key={k.receipt} kept={k} found={verify(k.receipt)} />)}
          </>
        )}
      </Show>
      <Card title={say("receipts.other")}>
        <Field id="receipt" label={say("receipts.text")} value={text} onType={setText} long max={4000} />
        <Button id="check" disabled={text.trim() === ""} onPress={() => setFound(verify(text))}>{say("receipts.check")}</Button>
        {found ? <Verdict found={found} /> : null}
        {inBrowser ? <p><a className="link" href={`/c/${device.home.id}/receipt`}>{say("receipts.page")}</a></p> : null}
      </Card>
    </>
  );
}

function Verdict({ found }: { found: { step?: string; index?: number } }) {
  const say = useWords();
  if (found.step !== undefined) return <Notice kind="bad">{say("receipts.broken", { step: say(`step.${found.step}` as Word) })}</Notice>;
  return <Notice kind="good">{say("receipts.holds", { n: (found.index || 0) + 1 })}</Notice>;
}

function Receipt({ kept, found }: { kept: Kept; found: { step?: string; index?: number } }) {
  const say = useWords();
  const [copied, set] = useState(false);
  const known = ["voting.cast", "proposal.post", "proposal.second", "proposal.submit", "proposal.react", "community.enrol_key"];
  const what = known.includes(kept.operation) ? say(`did.${kept.operation}` as Word) : say("did.other");
  const copy = async (): Promise<void> => {
    await Taro.setClipboardData({ data: kept.receipt });
    set(true);
  };
  return (
    <Card title={what}>
      <p className="quiet"><When at={kept.at} /></p>
      <Verdict found={found} />
      <Button kind="plain" onPress={copy}>{copied ? say("receipts.copied") : say("receipts.copy")}</Button>
    </Card>
  );
}
